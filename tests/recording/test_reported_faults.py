"""Faults that people report of real programs: what a recording has to say of them.

Each is a program of a few lines that has the fault. Those that stand elsewhere among the tests are
named by `test_cases`.
"""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from course_helpers import Deadlock, LimitExceeded, Recording, record, simulate, summary, timeline
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
    first = told.index("work() releases permits: 1 of 1 permits free.")
    assert told[first + 1 : first + 3] == [
        "work() #2 acquires permits: 0 of 1 permits free.",
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
