"""Faults that people report of real programs: what a recording has to say of them.

Each is a program of a few lines that has the fault. Those that stand elsewhere among the tests are
named by `test_cases`.
"""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Any

import pytest

from course_helpers import (
    Deadlock,
    LimitExceeded,
    Recording,
    longest_wait,
    record,
    simulate,
    summary,
    timeline,
)
from course_helpers.recorder import names
from course_helpers.recording.model import Outcome
from course_helpers.views.replay.narration import moments, text
from tests.simulation.test_deadlock import line_of


async def nap(seconds: float = 0.1) -> None:
    await asyncio.sleep(seconds)


def said(recording: Recording) -> list[str]:
    return [finding.text for finding in summary(recording).findings]


def replayed(recording: Recording) -> list[str]:
    return [text(one, recording) for each in moments(recording) for one in each.sentences]


def deadlock(program: Any) -> str:
    with pytest.raises(Deadlock) as raised:
        simulate(program)
    return str(raised.value)


def test_a_limited_wait_drops_a_cancellation_that_comes_in_the_same_turn() -> None:
    async def poll(event: asyncio.Event) -> None:
        while True:
            await asyncio.wait_for(event.wait(), 5)
            event.clear()

    async def main() -> None:
        event = asyncio.Event()
        task = asyncio.create_task(poll(event), name="poller")
        await nap()
        event.set()
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task], timeout=0.5)

    recording = simulate(main())
    dropped = sys.version_info < (3, 12)
    swallowed = ["poller was cancelled by main() at 0.1 s and went on: "]
    assert [each[: len(swallowed[0])] for each in said(recording)[:1]] == swallowed * dropped
    assert (recording.cancellations[0].outcome is Outcome.CANCELLED) is not dropped


def test_what_a_thread_puts_into_a_queue_through_the_loop_is_seen() -> None:
    async def main() -> None:
        loop, queue = asyncio.get_running_loop(), asyncio.Queue[int]()

        def read() -> None:
            for number in range(3):
                loop.call_soon_threadsafe(queue.put_nowait, number)

        threading.Thread(target=read).start()
        await nap()
        for _ in range(4):
            await queue.get()

    assert "main() waits for an item from queue (line" in deadlock(main())


def test_locks_that_are_taken_with_a_time_limit_are_part_of_a_cycle() -> None:
    async def work(first: asyncio.Lock, second: asyncio.Lock) -> None:
        await asyncio.wait_for(first.acquire(), 5)
        await nap()
        await second.acquire()

    async def main() -> None:
        a, b = asyncio.Lock(), asyncio.Lock()
        await asyncio.gather(work(a, b), work(b, a))

    assert "work() holds a and waits for b" in deadlock(main())


def test_who_puts_with_a_time_limit_waits_for_the_queue() -> None:
    async def main() -> None:
        queue: asyncio.Queue[int] = asyncio.Queue(1)
        for number in range(2):
            await asyncio.wait_for(queue.put(number), 1)

    with pytest.raises(TimeoutError) as raised:
        simulate(main())
    recording = raised.value.recording  # type: ignore[attr-defined]
    assert "queue (Queue) was full 100 % of the time: 1 task waited, the longest 1 s." in said(
        recording
    )


def test_what_is_open_when_the_recording_ends_has_not_ended() -> None:
    async def main() -> Recording:
        async with asyncio.timeout(5), asyncio.TaskGroup() as group:
            with record() as recording:
                child = group.create_task(nap(1), name="child")
                await asyncio.sleep(0)
            child.cancel()
        return recording

    recording = asyncio.run(main())
    assert recording.task("child").ended is None
    assert "still open at the end" in str(summary(recording))


def test_a_permit_is_handed_to_who_waits() -> None:
    async def work(permits: asyncio.Semaphore) -> None:
        async with permits:
            await nap()

    async def main() -> None:
        permits = asyncio.Semaphore(1)
        await asyncio.gather(*(work(permits) for _ in range(2)))

    told = replayed(simulate(main()))
    first = told.index("work() releases permits: 1 of 1 permit free.")
    assert told[first + 1 : first + 3] == [
        "work() #2 acquires permits: 0 of 1 permit free.",
        "work() #2 is woken by work(); it was the only one in line for permits.",
    ]


def test_all_who_are_notified_were_in_line() -> None:
    async def wait(condition: asyncio.Condition) -> None:
        async with condition:
            await condition.wait()

    async def main() -> None:
        condition = asyncio.Condition()
        tasks = [asyncio.create_task(wait(condition), name=name) for name in "AB"]
        await nap()
        async with condition:
            condition.notify_all()
        await asyncio.wait(tasks)

    told = "\n".join(replayed(simulate(main())))
    assert "A is woken by main(); it was first in line for condition." in told
    assert "B is woken by main(); it was number 2 in line for condition." in told


@pytest.mark.skipif(sys.version_info < (3, 12), reason="eager tasks came with 3.12")
def test_eager_tasks_block_in_lines_of_their_own() -> None:
    async def child() -> None:
        time.sleep(0.2)
        await nap()

    async def main() -> None:
        asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)  # type: ignore[attr-defined, unused-ignore]
        task = asyncio.create_task(child(), name="child")
        time.sleep(0.1)
        await task

    recording = simulate(main())
    assert said(recording) == [
        f"Loop blocked 0.2 s at line {line_of(child, 'time.sleep')} in child.",
        f"Loop blocked 0.1 s at line {line_of(main, 'time.sleep')} in main().",
    ]
    assert not any("gives way" in each for each in replayed(recording))


@pytest.mark.real_time
def test_who_waits_for_its_own_loop_was_stopped() -> None:
    async def main() -> None:
        coroutine = nap()
        future = asyncio.run_coroutine_threadsafe(coroutine, asyncio.get_running_loop())
        try:
            future.result()
        finally:
            coroutine.close()

    with pytest.raises(LimitExceeded) as raised:
        simulate(main(), real_seconds=0.05)
    line = line_of(main, "future.result")
    assert f"it was in line {line} of main()" in str(raised.value)
    assert said(raised.value.recording)[0] == (
        f"main() was running at line {line}, and the simulation stopped it."
    )


def test_many_primitives_without_a_name_are_looked_for_a_few_times(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    searches = []
    look: Callable[..., tuple[str, ...]] = names.primitive_names

    def counted(*arguments: Any) -> tuple[str, ...]:
        searches.append(arguments)
        return look(*arguments)

    async def main() -> None:
        for _ in range(200):
            asyncio.Event().set()

    monkeypatch.setattr(names, "primitive_names", counted)
    assert len(simulate(main()).resources) == 200
    assert len(searches) < 10


def test_one_lock_among_many_primitives_without_a_name_is_in_the_picture() -> None:
    async def main() -> None:
        events = [asyncio.Event() for _ in range(44)]
        for each in list(events):
            asyncio.get_running_loop().call_soon(each.set)
        del events, each
        await nap()
        lock = asyncio.Lock()
        async with lock:
            await nap()

    assert "lock" in timeline(simulate(main())).alternative


def test_a_notification_is_lost_with_whom_it_woke() -> None:
    async def waits(condition: asyncio.Condition) -> None:
        async with condition:
            await condition.wait()

    async def main() -> None:
        condition = asyncio.Condition()
        first, second = [
            asyncio.create_task(waits(condition), name=name) for name in ("first", "second")
        ]
        await nap()
        async with condition:
            condition.notify(1)
            first.cancel()
        await asyncio.wait([first, second])

    if sys.version_info >= (3, 13):  # then it wakes the next one
        recording = simulate(main())
        assert said(recording) == []
        assert "second is woken by first; it was the only one in line for condition." in replayed(
            recording
        )
    else:
        assert "\nsecond waits for a notification of condition (line " in deadlock(main())


def test_a_permit_that_comes_when_nobody_waits_for_it_any_more_is_lost() -> None:
    async def request(admitted: asyncio.Semaphore) -> None:
        admission = asyncio.create_task(admitted.acquire(), name=f"admission of {name()}")
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(admission), 0.1)
            await nap(0.3)
            admitted.release()

    def name() -> str:
        task = asyncio.current_task()
        assert task is not None
        return task.get_name()

    async def main() -> None:
        admitted = asyncio.Semaphore(1)
        requests = [
            asyncio.create_task(request(admitted), name=name) for name in ("first", "second")
        ]
        await asyncio.wait(requests)
        await nap()

    # The second request gave up after 0.1 s, and its admission came at 0.3 s.
    assert "admitted (Semaphore) was never released: admission of second ended with it." in said(
        simulate(main())
    )


async def _rows(lock: asyncio.Lock) -> AsyncIterator[int]:
    async with lock:
        for number in range(5):
            await nap()
            yield number


def test_a_generator_that_is_left_keeps_its_lock_until_asyncio_closes_it() -> None:
    async def take_one(rows: AsyncIterator[int]) -> None:
        async for _ in rows:
            return

    async def main(keeps: bool) -> None:
        lock = asyncio.Lock()
        rows = [_rows(lock)]
        taker = asyncio.create_task(take_one(rows[0] if keeps else rows.pop()), name="taker")
        await taker
        async with lock:
            pass

    told = replayed(simulate(main(False)))
    done = told.index("taker is done.")
    assert told.index("_rows() is created.") > done
    assert told.index("_rows() releases lock.") > done
    assert ", held by taker, which ended without releasing it." in deadlock(main(True))


def test_a_job_that_its_caller_gave_up_goes_on_in_its_thread() -> None:
    async def main() -> None:
        never = threading.Event()
        with suppress(TimeoutError):
            async with asyncio.timeout(1):
                await asyncio.to_thread(never.wait, 1.5)

    assert said(simulate(main())) == ["A thread was left at work on Event.wait()."]


def test_a_lock_that_comes_with_a_cancellation_is_released() -> None:
    async def wants(lock: asyncio.Lock) -> None:
        await asyncio.wait_for(lock.acquire(), 5)
        try:
            await nap()
        finally:
            lock.release()

    async def main() -> None:
        lock = asyncio.Lock()
        await lock.acquire()
        task = asyncio.create_task(wants(lock), name="wants")
        await nap()
        lock.release()
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])

    recording = simulate(main())
    dropped = sys.version_info < (3, 12)
    found = [each for each in said(recording) if "cancelled" in each]
    assert found == ["wants was cancelled by main() at 0.1 s and went on: it ended as done."] * (
        dropped
    )
    assert recording.resource("lock").changes[-1].holders == ()
    assert "main() cancels wants." in replayed(recording)


def test_each_task_has_one_connection_and_wants_another() -> None:
    async def work(idle: asyncio.Queue[int]) -> None:
        await idle.get()
        await nap()
        await idle.get()

    async def main() -> None:
        idle = asyncio.Queue[int]()
        for number in range(2):
            idle.put_nowait(number)
        async with asyncio.TaskGroup() as group:
            for name in ("first", "second"):
                group.create_task(work(idle), name=name)

    told = deadlock(main())
    assert "\nfirst waits for an item from idle (line " in told
    assert "\nsecond waits for an item from idle (line " in told


@pytest.mark.skipif(not hasattr(asyncio.TaskGroup, "cancel"), reason="since Python 3.15")
def test_a_group_that_its_own_block_cancels_swallows_nothing() -> None:
    async def main(outer: float) -> None:
        async with asyncio.timeout(outer):
            async with asyncio.TaskGroup() as group:
                group.create_task(nap(10), name="worker")
                await nap()
                group.cancel()  # type: ignore[attr-defined,unused-ignore]

    recording = simulate(main(5))
    assert said(recording) == []
    assert {request.outcome for request in recording.cancellations if request.task == 0} == {
        Outcome.TAKEN_BACK
    }


def test_who_is_woken_in_vain_again_and_again_has_waited_once() -> None:
    async def quick(pool: asyncio.Queue[int]) -> None:
        for _ in range(5):
            connection = await pool.get()
            await nap()
            pool.put_nowait(connection)

    async def main() -> None:
        pool = asyncio.Queue[int]()
        pool.put_nowait(1)
        tasks: list[asyncio.Task[Any]] = [asyncio.create_task(quick(pool), name="quick")]
        await asyncio.sleep(0)
        tasks.append(asyncio.create_task(pool.get(), name="patient"))
        await asyncio.wait(tasks)

    assert longest_wait(simulate(main())) == "0.5 s: patient in Queue.get"
