"""Coroutines without frames, as Cython and mypyc compile them: what they await is not told."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Generator
from typing import Any

import pytest

from course_helpers import Recording, simulate
from course_helpers.recording.model import State
from tests.recording.truths import untruths
from tests.simulation.test_deadlock import line_of


class Compiled(Coroutine[Any, Any, Any]):
    """It runs a coroutine, and holds others besides: to the garbage collector, all alike.

    As with what is compiled, no frame of its own stands still while it waits.
    """

    __slots__ = ("_inside", "_others")

    def __init__(self, inside: object, *others: object) -> None:
        self._others = others
        self._inside: Any = inside

    def __await__(self) -> Generator[Any, Any, Any]:
        return self  # type: ignore[return-value]

    def __next__(self) -> Any:
        return self._inside.send(None)

    def send(self, value: Any) -> Any:
        """Go on."""
        return self._inside.send(value)

    def throw(self, *error: Any) -> Any:
        """Go on with an error."""
        return self._inside.throw(*error)

    def close(self) -> None:
        """End."""
        self._inside.close()


async def _nap() -> None:
    await asyncio.sleep(0.1)  # inside


def _waits(recording: Recording) -> list[tuple[str, int]]:
    """The calls that the task waited in, and their lines."""
    assert not untruths(recording)
    spans = recording.task("waiter").spans
    return [
        (span.reason.call, span.location.line)
        for span in spans
        if span.state is State.WAITING and span.reason and span.location
    ]


async def _in_a_task(program: Coroutine[Any, Any, Any]) -> None:
    await asyncio.create_task(program, name="waiter")


async def _awaits(awaitable: Awaitable[Any]) -> None:
    await awaitable  # outside


def test_the_line_and_the_call_behind_it_are_found() -> None:
    recording = simulate(_in_a_task(_awaits(Compiled(_nap()))))
    assert _waits(recording) == [("sleep(0.1)", line_of(_nap, "inside"))]


def test_a_task_that_runs_one_has_the_line_behind_it() -> None:
    recording = simulate(_in_a_task(Compiled(_nap())))
    assert _waits(recording) == [("sleep(0.1)", line_of(_nap, "inside"))]


async def _beside_another_that_waits() -> None:
    lock = asyncio.Lock()
    await lock.acquire()
    other = lock.acquire()
    task = asyncio.create_task(other)
    await asyncio.sleep(0)
    await _in_a_task(_awaits(Compiled(_nap(), other)))
    lock.release()
    await task


def test_another_coroutine_that_it_holds_is_not_taken_for_it() -> None:
    recording = simulate(_beside_another_that_waits())
    assert _waits(recording) == [("sleep(0.1)", line_of(_nap, "inside"))]


class _Hidden:
    """A coroutine that nobody can find: in a function's variables, as in C's."""

    def __init__(self, inside: Coroutine[Any, Any, Any]) -> None:
        self.send = lambda value: inside.send(value)
        self.throw = lambda *error: inside.throw(*error)


def test_where_nothing_can_be_found_it_is_named_and_the_line_is_the_last_known() -> None:
    recording = simulate(_in_a_task(_awaits(Compiled(_Hidden(_nap())))))
    assert _waits(recording) == [("Compiled", line_of(_awaits, "outside"))]


async def _ends_soon() -> int:
    await asyncio.sleep(0.1)
    return 1


async def _passes_on(find: Callable[[], Awaitable[Any]]) -> Any:
    return await find()


async def _awaits_a_task_behind_it() -> None:
    task = asyncio.create_task(_ends_soon(), name="other")
    await _in_a_task(_awaits(Compiled(_Hidden(_passes_on(lambda: task)))))


def test_a_task_that_is_awaited_behind_it_is_told() -> None:
    recording = simulate(_awaits_a_task_behind_it())
    [reason] = [span.reason for span in recording.task("waiter").spans if span.reason]
    assert reason.call == "await task"
    assert reason.task == recording.task("other").index


@pytest.mark.parametrize("hidden", [False, True])
def test_one_that_only_gives_way_waits_for_nothing(hidden: bool) -> None:
    inside: Any = asyncio.sleep(0)
    recording = simulate(_in_a_task(_awaits(Compiled(_Hidden(inside) if hidden else inside))))
    assert _waits(recording) == []
