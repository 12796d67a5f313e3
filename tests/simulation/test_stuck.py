"""Programs that are stuck: what is said of them by the error and by what was recorded."""

from __future__ import annotations

import asyncio
import contextlib
import re
import sys
import threading
from collections.abc import Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from course_helpers.recorder.record import record
from course_helpers.recording.model import STOPPED, Ending, Recording, State
from course_helpers.simulation import Deadlock, LimitExceeded, simulate
from course_helpers.views.findings import findings
from course_helpers.views.summary import summary
from tests.simulation.test_deadlock import line_of, opposite_orders

Program = Callable[[], Coroutine[Any, Any, Any]]


def deadlock(program: Program) -> Deadlock:
    with pytest.raises(Deadlock) as raised:
        simulate(program())
    return raised.value


def found(recording: Recording, check: str) -> list[str]:
    return [finding.text for finding in findings(recording) if finding.check == check]


async def take(lock: asyncio.Lock) -> None:
    async with lock:
        await asyncio.sleep(0.1)


async def gather_within_a_lock() -> None:
    lock = asyncio.Lock()
    async with lock:
        await asyncio.gather(take(lock))


async def group_within_a_lock() -> None:
    lock = asyncio.Lock()
    async with lock, asyncio.TaskGroup() as group:
        group.create_task(take(lock))


async def wait_within_a_lock() -> None:
    lock = asyncio.Lock()
    async with lock:
        await asyncio.wait([asyncio.create_task(take(lock))])


async def shield_within_a_lock() -> None:
    lock = asyncio.Lock()
    async with lock:
        await asyncio.shield(take(lock))


async def task_within_a_lock() -> None:
    lock = asyncio.Lock()
    async with lock:
        await asyncio.create_task(take(lock))


@pytest.mark.parametrize(
    ("program", "call"),
    [
        (gather_within_a_lock, ", in gather"),
        (group_within_a_lock, ", in TaskGroup"),
        (wait_within_a_lock, ", in wait"),
        (shield_within_a_lock, ", in shield"),
        (task_within_a_lock, ""),
    ],
)
def test_a_cycle_by_way_of_a_task_that_is_awaited(program: Program, call: str) -> None:
    error = deadlock(program)
    name = f"{program.__name__}()"
    text = str(error)
    assert f"{name} holds lock and waits for take(){call} (line " in text
    assert f"; take() waits for lock (line {line_of(take, 'with lock')}): a cycle of 2." in text
    assert text.count("\n") == 1
    assert found(error.recording, "deadlock") == [
        f"Deadlock: {name} waits for take(); take() waits for lock, which {name} holds."
    ]


@pytest.mark.parametrize("program", [gather_within_a_lock, group_within_a_lock, opposite_orders])
def test_a_deadlock_that_a_timeout_has_ended_is_found(program: Program) -> None:
    async def main() -> Recording:
        with record() as recording:
            task = asyncio.create_task(program())
            await asyncio.sleep(0.15)
            task.cancel()
            await asyncio.wait([task])
        return recording

    (text,) = found(asyncio.run(main()), "deadlock")
    assert re.match(r"Deadlock until [\d.]+ s, when a task was cancelled: \w+\(\) waits for", text)


def test_who_can_be_freed_by_another_is_in_no_cycle() -> None:
    async def fail() -> None:
        await asyncio.sleep(0.2)
        raise ValueError

    async def main() -> None:
        lock = asyncio.Lock()
        async with lock:
            await asyncio.gather(take(lock), fail())

    async def permits() -> None:
        semaphore = asyncio.Semaphore(2)

        async def release_later() -> None:
            async with semaphore:
                await asyncio.sleep(0.2)

        async def twice() -> None:
            async with semaphore, semaphore:
                pass

        await asyncio.gather(twice(), release_later())

    for program in (main, permits):
        assert found(simulate(program(), until=0.15), "deadlock") == []


def test_tasks_that_wait_for_each_other_are_cancelled_at_the_end() -> None:
    said: list[str] = []
    tasks: dict[str, asyncio.Task[None]] = {}

    async def wait_for(name: str, together: bool) -> None:
        try:
            await asyncio.sleep(0.05)
            await (asyncio.gather(tasks[name]) if together else tasks[name])
        except asyncio.CancelledError:
            said.append(name)
            raise

    async def main(together: bool) -> None:
        tasks["one"] = asyncio.create_task(wait_for("two", together), name="one")
        tasks["two"] = asyncio.create_task(wait_for("one", False), name="two")
        await asyncio.wait(tasks.values())

    for together in (False, True):
        said.clear()
        lines = str(deadlock(partial(main, together))).splitlines()
        assert lines[1].startswith("one waits for two")
        assert lines[1].endswith(": a cycle of 2.")
        assert re.match(r"main\(\w+\) waits for one and two, in wait \(", lines[2])
        assert len(lines) == 3
        assert sorted(said) == ["one", "two"]


def test_a_task_that_waits_for_itself_cannot_be_cancelled_by_the_program() -> None:
    async def main() -> None:
        async def wait_for(number: int) -> None:
            await tasks[number]

        tasks = [asyncio.create_task(wait_for(number)) for number in (1, 0)]
        await asyncio.sleep(0)
        with pytest.raises(RecursionError):
            tasks[0].cancel()

    assert [task.ending for task in simulate(main()).tasks[1:]] == [Ending.ALIVE] * 2


def test_a_join_that_waits_for_task_done() -> None:
    async def consumer(queue: asyncio.Queue[int], done: int) -> None:
        while True:
            await queue.get()
            await asyncio.sleep(0.1)
            if done:
                queue.task_done()
                done -= 1

    async def main(done: int) -> None:
        queue: asyncio.Queue[int] = asyncio.Queue()
        for number in range(3):
            queue.put_nowait(number)
        consuming = asyncio.create_task(consumer(queue, done), name="consumer")
        await queue.join()
        consuming.cancel()

    for done, words in ((0, "none was"), (1, "1 was"), (2, "2 were")):
        error = deadlock(partial(main, done))
        assert f"; of 3 items that were taken, {words} marked done." in str(error)
        (text,) = found(error.recording, "task_done missing")
        assert text.endswith(f"; of 3 items that were taken, {words} marked done.")
    assert found(simulate(main(0), until=0.25), "task_done missing") == []  # one is still at work
    assert found(simulate(main(3)), "task_done missing") == []


@pytest.mark.real_time
def test_what_a_program_does_because_it_is_stopped_is_not_told_of_it() -> None:
    async def main() -> None:
        lock = asyncio.Lock()
        async with lock, asyncio.timeout(1):
            while lock.locked():
                pass

    with pytest.raises(LimitExceeded) as raised:
        simulate(main(), real_seconds=0.05)
    recording = raised.value.recording
    assert recording.resource("lock").changes[-1].holders == (0,)
    rows = str(summary(recording))
    assert "still running at the end" in rows
    assert "in time" not in rows


@pytest.mark.real_time
def test_a_program_that_never_awaits_was_stopped_and_did_not_fail(tmp_path: Path) -> None:
    async def join(finished: asyncio.Event) -> None:
        while True:
            await finished.wait()  # it is set, so that this never suspends

    async def main() -> None:
        finished = asyncio.Event()
        finished.set()
        await join(finished)

    with pytest.raises(LimitExceeded) as raised:
        simulate(main(), real_seconds=0.05)
    recording = raised.value.recording
    (task,) = recording.tasks
    assert (task.ending, task.detail, task.spans[-1].state) == (
        Ending.ALIVE,
        STOPPED,
        State.RUNNING,
    )
    location = task.spans[-1].location
    assert location is not None
    assert location.function.endswith("join")
    (finding,) = findings(recording)
    assert finding.text == (
        f"main() was running at line {location.line}, and the simulation stopped it."
    )
    recording.save(tmp_path / "stopped.json")
    assert Recording.load(tmp_path / "stopped.json") == recording


@pytest.mark.skipif(sys.version_info < (3, 12), reason="eager tasks came with Python 3.12")
@pytest.mark.real_time
def test_of_eager_tasks_that_are_created_the_innermost_is_stopped() -> None:
    async def spin() -> None:
        while True:
            pass

    async def creates() -> None:
        asyncio.create_task(spin())

    async def main() -> None:
        factory = asyncio.eager_task_factory  # type: ignore[attr-defined, unused-ignore]
        asyncio.get_running_loop().set_task_factory(factory)
        asyncio.create_task(creates())

    with pytest.raises(LimitExceeded) as raised:
        simulate(main(), real_seconds=0.05)
    last = [(task, task.spans[-1]) for task in raised.value.recording.tasks]
    assert [
        (span.location and span.location.function.split(".")[-1], span.state, task.detail)
        for task, span in last
    ] == [
        ("main", State.READY, None),
        ("creates", State.READY, None),
        ("spin", State.RUNNING, STOPPED),
    ]
    assert {task.ending for task, _ in last} == {Ending.ALIVE}


@pytest.mark.real_time
def test_what_a_library_called_is_named_where_no_line_of_the_programs_runs() -> None:
    async def main() -> None:
        stack = contextlib.AsyncExitStack()
        stack.callback(threading.Event().wait)
        await asyncio.create_task(stack.aclose())

    with pytest.raises(LimitExceeded, match=r"it was in threading\.Condition\.wait\(\)") as raised:
        simulate(main(), real_seconds=0.05)
    # What the interrupted library raised instead is no failure of its own.
    endings = [task.ending for task in raised.value.recording.tasks]
    assert endings == [Ending.ALIVE, Ending.ALIVE]
