"""What asyncio reports to the loop's exception handler, and tasks that are destroyed."""

from __future__ import annotations

import asyncio
import gc

import pytest

from course_helpers import simulate
from course_helpers.recording.model import Ending, Recording
from course_helpers.views.findings import findings


async def _callbacks() -> None:
    def boom(*_: object) -> None:
        raise ValueError("in a callback")

    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda loop, context: None)
    loop.call_soon(boom)
    loop.call_later(0.1, boom)
    await asyncio.sleep(0.2)


def _first_line(recording: Recording) -> str:
    return findings(recording)[0].text


def test_an_exception_in_a_callback_is_found() -> None:
    recording = simulate(_callbacks())
    soon, later = recording.reports
    assert (soon.time, later.time) == (0.0, 0.1)
    assert soon.sequence < later.sequence < recording.events
    assert (soon.message, soon.callback) == ("Exception in callback", "boom")
    assert soon.detail == "ValueError: in a callback"
    assert soon.location is not None
    assert soon.location.function.endswith("boom")
    assert _first_line(recording).startswith("Exception in callback boom at line ")


async def _fails_to_close() -> None:
    async def rows() -> object:
        try:
            yield 1
        finally:
            raise KeyError("while it is closed")

    asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)
    async for _ in rows():  # type: ignore[attr-defined]
        break
    gc.collect()
    await asyncio.sleep(0.1)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_the_name_of_what_it_is_about_is_no_address() -> None:
    recording = simulate(_fails_to_close())
    assert all("0x" not in report.message for report in recording.reports)


async def _garbage() -> None:
    async def background() -> None:
        await asyncio.get_running_loop().create_future()

    asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)
    asyncio.create_task(background(), name="background")
    await asyncio.sleep(0.1)
    gc.collect()
    await asyncio.sleep(0.1)


def test_a_task_that_is_destroyed_while_it_is_pending_has_an_end_and_keeps_its_name() -> None:
    recording = simulate(_garbage())
    task = recording.task("background")
    assert (task.ending, task.ended) == (Ending.DESTROYED, 0.1)
    said = "background was destroyed while it was pending, at 0.1 s: it waited in await future"
    assert _first_line(recording).startswith(said)
    assert not recording.reports
