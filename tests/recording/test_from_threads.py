"""Threads that use what is the loop's without `call_soon_threadsafe`."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest

from course_helpers import record, simulate
from course_helpers.recording.model import FromThread, Recording
from course_helpers.views.findings import findings


def _in_a_thread(function: Callable[..., Any], *arguments: Any) -> None:
    thread = threading.Thread(target=function, args=arguments, name="stranger")
    thread.start()
    thread.join()


def _found(recording: Recording) -> list[str]:
    return [each.text for each in findings(recording) if each.check == "used from a thread"]


async def _waits(event: asyncio.Event) -> None:
    await event.wait()


async def _sets() -> None:
    event = asyncio.Event()
    task = asyncio.create_task(_waits(event), name="waiter")
    await asyncio.sleep(0.1)
    _in_a_thread(event.set)
    await task


def test_who_set_an_event_and_made_its_waiter_ready_is_told() -> None:
    recording = simulate(_sets())
    deeds = {deed.action: deed for deed in recording.from_threads}
    assert deeds.keys() == {"set", "wake"}
    assert recording.tasks[deeds["set"].thread].label == "stranger"
    assert recording.tasks[deeds["wake"].task or 0].label == "waiter"
    assert deeds["set"].resource == recording.resource("event").index
    assert deeds["set"].sequence < deeds["wake"].sequence < recording.events
    (said,) = _found(recording)
    assert said.startswith("stranger set event")
    assert said.endswith("the loop was not told. waiter was ready at 0.1 s and ran at 0.1 s.")


async def _one_of(use: Callable[[Any, asyncio.Task[None]], object]) -> None:
    task = asyncio.create_task(asyncio.sleep(1), name="sleeper")
    await asyncio.sleep(0)
    _in_a_thread(use, asyncio.get_running_loop(), task)
    await asyncio.wait([task])


async def _nothing() -> None: ...


@pytest.mark.parametrize(
    ("use", "action", "said"),
    [
        (lambda _, task: task.cancel(), "cancel", "stranger cancelled sleeper"),
        (lambda loop, _: loop.call_soon(int), "call_soon", "stranger called call_soon()"),
        (
            lambda loop, _: loop.create_task(_nothing(), name="new"),
            "create_task",
            "stranger created new",
        ),
    ],
)
def test_what_is_done_to_tasks_and_to_the_loop_is_told(
    use: Callable[[Any, asyncio.Task[None]], object], action: str, said: str
) -> None:
    recording = simulate(_one_of(use))
    assert [deed.action for deed in recording.from_threads] == [action]
    (text,) = _found(recording)
    assert text.startswith(said)


async def _by_the_loop() -> None:
    queue: asyncio.Queue[int] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    getting = asyncio.create_task(queue.get())
    await asyncio.to_thread(loop.call_soon_threadsafe, queue.put_nowait, 1)
    await asyncio.to_thread(int)
    await getting


def test_what_goes_through_the_loop_is_no_strangers_deed() -> None:
    recording = simulate(_by_the_loop())
    assert recording.from_threads == ()
    put = next(change for change in recording.resources[0].changes if change.action == "put")
    assert put.task is None  # a callback did


async def _of_another_loop() -> None:
    mine: asyncio.Queue[int] = asyncio.Queue()
    await mine.put(1)

    def elsewhere() -> None:
        queue: asyncio.Queue[int] = asyncio.Queue()
        queue.put_nowait(1)

        async def main() -> None:
            await queue.get()
            await queue.put(2)

        asyncio.run(main())

    await asyncio.to_thread(elsewhere)
    await mine.get()


def test_what_another_loop_uses_is_none_of_this_ones() -> None:
    async def recorded() -> Recording:
        with record() as recording:
            await _of_another_loop()
        return recording

    assert asyncio.run(recorded()).from_threads == ()


def _fill(queue: asyncio.Queue[FromThread | int]) -> None:
    for number in range(3):
        queue.put_nowait(number)


async def _uses_a_queue() -> None:
    queue: asyncio.Queue[FromThread | int] = asyncio.Queue()
    await queue.put(0)
    await queue.get()
    _in_a_thread(_fill, queue)


def test_a_place_is_told_once() -> None:
    recording = simulate(_uses_a_queue())
    (text,) = _found(recording)
    assert text.startswith("stranger put an item into queue 3 times at line ")
    assert recording.resource("queue").changes[-1].value == 3


async def _takes_and_gives_back() -> None:
    lock = asyncio.Lock()
    async with lock:
        pass

    _in_a_thread(lambda: asyncio.run(_both(lock)))


async def _both(lock: asyncio.Lock) -> None:
    async with lock:
        pass


def test_two_things_done_at_one_place_are_two() -> None:
    recording = simulate(_takes_and_gives_back())
    assert {text.partition(" at line ")[0] for text in _found(recording)} == {
        "stranger acquired lock",
        "stranger released lock",
    }
