"""What is refused, and in which words; and two loops recorded at the same time."""

from __future__ import annotations

import asyncio
import threading
from typing import Any
from unittest.mock import Mock

import pytest

from course_helpers import longest_wait, replay, summary, timeline
from course_helpers.recorder.record import record
from course_helpers.recorder.recorder import Recorder
from course_helpers.recording.model import Recording
from tests.recording.truths import untruths


def test_where_no_loop_runs() -> None:
    with pytest.raises(RuntimeError, match=r"recording = simulate\(main\(\)\)"), record():
        pass


def test_inside_another_recording_of_the_loop() -> None:
    async def main() -> None:
        with record() as recording:
            with pytest.raises(RuntimeError, match="end the first `with record"), record():
                pass
            await asyncio.sleep(0)
        assert len(recording.tasks) == 1

    asyncio.run(main())


def test_a_name_that_a_recording_does_not_have() -> None:
    recording = Recording(clock="virtual", duration=0.0, tasks=())
    with pytest.raises(AttributeError, match="no 'durations'; it has clock, duration, tasks"):
        recording.durations  # noqa: B018


def test_in_two_tasks_at_once() -> None:
    async def second() -> None:
        with pytest.raises(RuntimeError, match="one recording at a time"), record():
            pass

    async def main() -> None:
        with record() as recording:
            await asyncio.create_task(second())
        assert [task.ending for task in recording.tasks] == ["alive", "done"]

    asyncio.run(main())


def test_one_record_inside_itself() -> None:
    async def main() -> None:
        block = record()
        with block:
            with pytest.raises(RuntimeError, match=r"write record\(\) anew"), block:
                pass
            await asyncio.sleep(0)

    asyncio.run(main())


def test_one_record_twice_in_a_row() -> None:
    async def main() -> None:
        block = record()
        with block as first:
            await asyncio.sleep(0)
        with block as second:
            await asyncio.create_task(asyncio.sleep(0))
        assert len(first.tasks) == 1
        assert len(second.tasks) == 2

    asyncio.run(main())


def test_leaving_what_was_never_entered() -> None:
    with pytest.raises(RuntimeError, match="never entered"):
        record().__exit__(None, None, None)


def test_without_brackets() -> None:
    with pytest.raises(TypeError, match=r"write `with record\(\) as recording:`, with b"), record:
        pass


@pytest.mark.parametrize("show", [timeline, summary, replay, longest_wait])
def test_something_else_than_a_recording(show: Any) -> None:
    name = show.__name__
    for block in (record(), record):
        with pytest.raises(TypeError, match=rf"after that block {name}\(recording\)"):
            show(block)
    with pytest.raises(
        TypeError, match=rf"{name}\(\) takes a Recording, not int: `recording = sim"
    ):
        show(3)


def test_async_with() -> None:
    async def main() -> None:
        with pytest.raises(TypeError, match="without `async`"):
            async with record():
                pass

    asyncio.run(main())


def test_looking_before_the_end() -> None:
    async def main() -> None:
        with record() as recording, pytest.raises(RuntimeError, match="after the end of the"):
            len(recording.tasks)

    asyncio.run(main())


@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        ({"limit": 0}, ValueError, "limit is a number of events, at least 1, not 0"),
        ({"limit": -5}, ValueError, "at least 1"),
        ({"limit": 1.5}, TypeError, "limit is a number of events"),
        ({"limit": "1000"}, TypeError, "limit is a number of events"),
        ({"limit": None}, TypeError, "limit is a number of events"),
        ({"limit": True}, TypeError, "limit is a number of events"),
        ({"keep": "first"}, ValueError, 'keep is "oldest" or "newest", not \'first\''),
        ({"keep": None}, ValueError, 'keep is "oldest" or "newest"'),
        ({"threshold": 0}, ValueError, "threshold is in seconds and more than 0"),
        ({"threshold": float("nan")}, ValueError, "threshold is in seconds and more than 0"),
        ({"threshold": "0.1"}, TypeError, "threshold is in seconds"),
        ({"threshold": None}, TypeError, "threshold is in seconds"),
    ],
)
def test_bounds_that_make_no_sense(
    arguments: dict[str, Any], error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        record(**arguments)


def test_loops_that_are_not_asyncios() -> None:
    class Loop(asyncio.AbstractEventLoop):
        pass

    with pytest.raises(TypeError, match="only asyncio's own event loops"):
        Recorder(Loop())  # type: ignore[abstract]


def test_labels_that_there_are_not() -> None:
    async def main() -> Recording:
        with record() as recording:
            await asyncio.sleep(0)
        return recording

    recording = asyncio.run(main())
    with pytest.raises(LookupError, match="no task with the label 'nobody'; the labels are"):
        recording.task("nobody")
    with pytest.raises(LookupError, match="no resource with the label 'lock'"):
        recording.resource("lock")


def test_two_loops_in_two_threads_do_not_mix() -> None:
    recordings: dict[str, Recording] = {}
    together = threading.Barrier(2, timeout=30)

    async def use(lock: asyncio.Lock, queue: asyncio.Queue[int], turns: int) -> None:
        for turn in range(turns):
            async with lock:
                await asyncio.sleep(0)
            await queue.put(turn)
            await queue.get()

    async def main(name: str, turns: int) -> None:
        with record() as recording:
            together.wait()
            lock, queue = asyncio.Lock(), asyncio.Queue[int]()
            async with asyncio.TaskGroup() as group:
                for number in range(3):
                    group.create_task(use(lock, queue, turns), name=f"{name}{number}")
            together.wait()
        recordings[name] = recording

    threads = [
        threading.Thread(target=lambda: asyncio.run(main("A", 100))),
        threading.Thread(target=lambda: asyncio.run(main("B", 150))),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for name, turns in (("A", 100), ("B", 150)):
        recording = recordings[name]
        assert untruths(recording) == []
        labels = [task.label for task in recording.tasks]
        assert labels[1:] == [f"{name}{number}" for number in range(3)]
        actions = [change.action for change in recording.resource("lock").changes]
        assert actions == ["seen", *["acquire", "release"] * (3 * turns)]
        actions = [change.action for change in recording.resource("queue").changes]
        assert actions.count("put") == actions.count("get") == 3 * turns


def test_callables_that_invent_every_attribute() -> None:
    """A Mock has a `func` whose `func` has a `func`: its name must not be looked for for ever."""

    async def main() -> Recording:
        mock = Mock()
        with record() as recording:
            asyncio.get_running_loop().call_later(0, mock)
            asyncio.get_running_loop().call_soon(mock)
            await asyncio.to_thread(mock)
            await asyncio.sleep(0.001)
        assert mock.call_count == 3
        return recording

    recording = asyncio.run(main())
    assert recording.warnings == ()
    assert untruths(recording) == []
    assert recording.tasks[1].label == "Mock()"
