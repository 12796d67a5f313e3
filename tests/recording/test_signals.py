"""Known answers: which signal woke or cancelled a task. The signals are real ones."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from course_helpers import Recording, record, signal_handlers, simulate, timeline
from course_helpers.recording.model import State
from course_helpers.recording.readings import canceller
from course_helpers.views.words import outside_waker
from tests.views.test_page import of
from tests.views.test_timeline import texts

pytestmark = pytest.mark.skipif(os.name == "nt", reason="no loop handles signals there")

Raises = Callable[[], Coroutine[Any, Any, None]]


def woken_by(recording: Recording) -> list[tuple[str, str]]:
    """The tasks that a signal woke, and which."""
    return [
        (task.label, outside_waker(span.waker))
        for task, span in recording.spans(State.READY)
        if span.waker is not None and span.waker.kind == "signal"
    ]


def cancelled_by(recording: Recording) -> list[tuple[str, str | None, str | None]]:
    """Whose cancellation was requested, by whom, and through what of asyncio's."""
    labels = [task.label for task in recording.tasks]
    return [
        (labels[request.task], canceller(request, recording.cancellations, labels), request.through)
        for request in recording.cancellations
    ]


async def waits_for(*numbers: int) -> None:
    """A program to which signals come, one after the other; each sets an event."""
    arrived = asyncio.Event()
    with signal_handlers({signal.Signals(number): arrived.set for number in numbers}):
        for number in numbers:
            asyncio.get_running_loop().call_later(1, signal.raise_signal, number)
            await arrived.wait()
            arrived.clear()


async def is_cancelled() -> None:
    async def work() -> None:
        await asyncio.sleep(9)

    task = asyncio.create_task(work(), name="work")
    with signal_handlers({signal.SIGTERM: task.cancel}):
        asyncio.get_running_loop().call_later(1, signal.raise_signal, signal.SIGTERM)
        await asyncio.wait([task])


def test_who_is_woken_by_a_signal_is_woken_by_its_name() -> None:
    async def main() -> None:
        await waits_for(signal.SIGTERM, signal.SIGINT)

    recording = simulate(main())
    assert woken_by(recording) == [("main()", "SIGTERM"), ("main()", "SIGINT")]
    assert {"SIGTERM", "SIGINT"} <= set(texts(timeline(recording)))
    items = of(waits_for(signal.SIGTERM)).items
    assert any("Woken by SIGTERM." in item for item in items)


@pytest.mark.skipif(not hasattr(signal, "SIGRTMIN"), reason="there are no real-time signals")
def test_a_signal_without_a_name_has_its_number() -> None:
    number = signal.SIGRTMIN + 3

    async def main() -> None:
        arrived, loop = asyncio.Event(), asyncio.get_running_loop()
        loop.add_signal_handler(number, arrived.set)
        loop.call_later(1, signal.raise_signal, number)
        await arrived.wait()

    assert woken_by(simulate(main())) == [("main()", f"signal {number}")]


def test_who_is_cancelled_by_a_signal_is_cancelled_by_its_name() -> None:
    recording = simulate(is_cancelled())
    assert cancelled_by(recording) == [("work", "SIGTERM", None)]
    assert woken_by(recording) == [("work", "SIGTERM")]
    assert "cancelled by SIGTERM" in texts(timeline(recording))


async def in_the_step_of_another_task() -> None:
    async def innocent() -> None:
        signal.raise_signal(signal.SIGINT)

    innocent_task = asyncio.create_task(innocent(), name="innocent")
    await asyncio.sleep(60)
    await innocent_task


async def in_a_callback() -> None:
    asyncio.get_running_loop().call_soon(signal.raise_signal, signal.SIGINT)
    await asyncio.sleep(60)


async def in_its_own_step() -> None:
    signal.raise_signal(signal.SIGINT)
    await asyncio.sleep(60)


async def while_the_loop_sleeps() -> None:
    thread = threading.Thread(target=os.kill, args=(os.getpid(), signal.SIGINT))
    asyncio.get_running_loop().call_soon(thread.start)
    await asyncio.sleep(60)


async def on_what_it_awaits() -> None:
    await asyncio.create_task(in_a_callback(), name="awaited")


@pytest.mark.parametrize(
    "program",
    [
        in_the_step_of_another_task,
        in_a_callback,
        in_its_own_step,
        while_the_loop_sleeps,
        on_what_it_awaits,
    ],
)
def test_an_interrupt_of_asyncio_run_is_nobodys_doing_but_the_signals(program: Raises) -> None:
    recordings = []

    async def main() -> None:
        with record() as recording:
            recordings.append(recording)
            await program()

    with pytest.raises(KeyboardInterrupt):
        asyncio.run(main())
    (recording,) = recordings
    whom, *passed_on = cancelled_by(recording)
    assert whom == ("main()", "SIGINT", "asyncio.run")
    assert {by for _, by, _ in passed_on} <= {"SIGINT"}
    assert recording.cancellations[0].location is None
    if program is not in_its_own_step:  # it is cancelled before it waits, and nothing wakes it
        woken = "awaited" if program is on_what_it_awaits else "main()"
        assert woken_by(recording) == [(woken, "SIGINT")]
