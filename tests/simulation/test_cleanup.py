"""What is left when the program ends is cleaned up, as `asyncio.run` does, and never for ever."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import threading
from collections.abc import AsyncIterator, Iterator

import pytest

from course_helpers.recording.model import Ending
from course_helpers.simulation import Deadlock, simulate


@pytest.fixture(autouse=True)
def silence(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """asyncio has nothing to complain of: no task destroyed while pending, no lost exception."""
    with caplog.at_level(logging.WARNING, logger="asyncio"):
        yield caplog
        gc.collect()
    assert caplog.text == ""


def test_tasks_that_are_left_are_cancelled_and_get_turns() -> None:
    events: list[str] = []

    async def worker() -> None:
        try:
            await asyncio.sleep(100)
        finally:
            events.append("cancelled")
            await asyncio.sleep(0.5)
            events.append("cleaned up")

    async def main() -> str:
        asyncio.create_task(worker())
        await asyncio.sleep(1)
        return "done"

    recording = simulate(main())
    assert events == ["cancelled", "cleaned up"]
    # None of that is in the recording.
    assert recording.duration == 1
    assert recording.tasks[1].ending is Ending.ALIVE


def test_a_task_that_refuses_to_be_cancelled_is_given_up() -> None:
    async def stubborn() -> None:
        while True:
            with contextlib.suppress(BaseException):
                await asyncio.sleep(1)

    async def main() -> None:
        asyncio.create_task(stubborn())
        await asyncio.sleep(1)

    simulate(main())


@pytest.mark.real_time
def test_what_a_task_that_is_given_up_has_done_is_the_same_each_time() -> None:
    async def stubborn(done: list[int]) -> None:
        while True:
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(0)
            done[0] += 1

    async def main(done: list[int]) -> None:
        asyncio.create_task(stubborn(done))
        await asyncio.sleep(0)

    one, other = [0], [0]
    simulate(main(one))
    simulate(main(other))
    assert one == other


def test_a_task_that_waits_for_ever_when_cancelled_is_given_up() -> None:
    async def stubborn() -> None:
        try:
            await asyncio.sleep(100)
        finally:
            await asyncio.Event().wait()

    async def main() -> None:
        asyncio.create_task(stubborn())
        await asyncio.sleep(1)

    simulate(main())


def test_a_task_that_never_awaits_when_cancelled_is_given_up() -> None:
    async def stubborn() -> None:
        try:
            await asyncio.sleep(100)
        finally:
            while True:
                pass

    async def main() -> None:
        asyncio.create_task(stubborn())
        await asyncio.sleep(1)

    simulate(main())


def test_after_a_deadlock_all_tasks_are_cancelled() -> None:
    events: list[str] = []

    async def main() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            events.append("cancelled")

    with pytest.raises(Deadlock):
        simulate(main())
    assert events == ["cancelled"]


def test_asynchronous_generators_are_closed() -> None:
    events: list[str] = []

    async def numbers() -> AsyncIterator[int]:
        try:
            yield 1
            yield 2
        finally:
            await asyncio.sleep(1)
            events.append("closed")

    kept = []

    async def main() -> None:
        generator = numbers()
        kept.append(generator)
        assert await anext(generator) == 1

    simulate(main())
    assert events == ["closed"]


def test_an_endless_job_of_the_executor_is_not_waited_for() -> None:
    end = threading.Event()

    async def main() -> str:
        asyncio.get_running_loop().run_in_executor(None, end.wait, 60)
        return "done"

    try:
        assert simulate(main()).result == "done"
    finally:
        end.set()


def test_connections_and_children_are_closed() -> None:
    kept: list[object] = []  # what is thrown away while it is open, asyncio warns of

    async def main() -> None:
        server = await asyncio.start_server(lambda *streams: kept.append(streams), "127.0.0.1", 0)
        kept.append(await asyncio.open_connection(*server.sockets[0].getsockname()))
        kept.append(
            await asyncio.create_subprocess_exec("sleep", "60", stdout=asyncio.subprocess.PIPE)
        )
        server.close()

    simulate(main())


def test_an_exception_while_being_cancelled_is_logged(
    silence: pytest.LogCaptureFixture,
) -> None:
    async def failing() -> None:
        try:
            await asyncio.sleep(100)
        finally:
            raise ValueError("while cleaning up")

    async def main() -> None:
        asyncio.create_task(failing())
        await asyncio.sleep(1)

    simulate(main())
    assert "while cleaning up" in silence.text
    silence.clear()


def test_an_exception_that_nobody_retrieves_is_recorded_and_not_logged() -> None:
    async def fail() -> None:
        raise ValueError("no")

    async def main() -> None:
        keep = [asyncio.create_task(fail(), name="kept")]
        asyncio.create_task(fail(), name="dropped")  # collected at some time or other
        await asyncio.sleep(1)
        keep.clear()
        gc.collect()

    recording = simulate(main())
    gc.collect()
    assert [recording.task(name).retrieved for name in ("kept", "dropped")] == [False, False]


def test_a_handler_of_ones_own_hears_of_it_while_the_program_runs() -> None:
    heard: list[str] = []

    async def fail() -> None:
        raise ValueError("no")

    async def main() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: heard.append(context["message"]))
        asyncio.create_task(fail())
        await asyncio.sleep(1)
        gc.collect()

    simulate(main())
    assert heard == ["Task exception was never retrieved"]
