"""A program in a loop of its own: as `asyncio.run` would, and nothing of it remains."""

from __future__ import annotations

import asyncio
import contextvars
import threading
import time
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import suppress
from typing import Any

import pytest

from course_helpers import leftover_tasks, run_in_own_loop


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) <= before


class OwnLoop(asyncio.SelectorEventLoop):
    pass


def test_it_returns_the_result_from_the_loop_that_was_asked_for() -> None:
    loops: list[Any] = []

    async def program() -> str:
        loops.append(asyncio.get_running_loop())
        assert threading.current_thread() is not threading.main_thread()
        await asyncio.sleep(0)
        return "result"

    async def main() -> None:
        assert await run_in_own_loop(program()) == "result"
        assert await run_in_own_loop(program(), loop_factory=OwnLoop, debug=True) == "result"
        assert loops[0] is not asyncio.get_running_loop()
        assert not loops[0].get_debug()
        assert type(loops[1]) is OwnLoop
        assert loops[1].get_debug()
        assert all(loop.is_closed() for loop in loops)

    asyncio.run(main())


def test_the_loop_that_awaits_it_goes_on() -> None:
    async def program(loop: asyncio.AbstractEventLoop, turn: asyncio.Event) -> None:
        while not turn.is_set():
            loop.call_soon_threadsafe(turn.set)
            await asyncio.sleep(0.001)

    async def main() -> None:
        async with asyncio.timeout(10):
            await run_in_own_loop(program(asyncio.get_running_loop(), asyncio.Event()))

    asyncio.run(main())


@pytest.mark.parametrize("error", [ValueError("mine"), asyncio.CancelledError(), SystemExit(3)])
def test_what_the_program_raises_is_raised(error: BaseException) -> None:
    async def program() -> None:
        await asyncio.sleep(0)
        raise error

    async def main() -> BaseException | None:
        try:
            await run_in_own_loop(program())
        except BaseException as caught:
            return caught
        return None

    raised = asyncio.run(main())
    assert type(raised) is type(error)
    assert str(raised) == str(error)


def test_variables_are_copied() -> None:
    variable = contextvars.ContextVar("variable", default="unset")

    async def program() -> str:
        value = variable.get()
        variable.set("changed")
        return value

    async def main() -> tuple[str, str]:
        variable.set("set")
        return await run_in_own_loop(program()), variable.get()

    assert asyncio.run(main()) == ("set", "set")


def test_what_the_program_leaves_is_cleaned_up_as_asyncio_run_does() -> None:
    ends: list[str] = []

    async def worker() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ends.append("task cancelled")

    async def numbers() -> AsyncIterator[int]:
        try:
            yield 1
            yield 2
        finally:
            ends.append("generator closed")

    kept: list[Any] = []

    async def program() -> None:
        kept.append(asyncio.create_task(worker()))
        kept.append(numbers())
        await anext(kept[1])
        await asyncio.to_thread(time.sleep, 0)

    asyncio.run(run_in_own_loop(program()))
    assert ends == ["task cancelled", "generator closed"]


async def sleeps() -> None:
    await asyncio.sleep(60)


async def refuses_to_be_cancelled() -> None:
    while True:
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(60)


async def never_awaits() -> None:
    while True:
        pass


@pytest.mark.parametrize(
    "program",
    [sleeps, refuses_to_be_cancelled, pytest.param(never_awaits, marks=pytest.mark.slow)],
)
def test_cancelling_ends_it(program: Any) -> None:
    started = threading.Event()

    async def reporting() -> None:
        started.set()
        await program()

    async def main() -> None:
        task = asyncio.create_task(run_in_own_loop(reporting()))
        await asyncio.to_thread(started.wait)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not leftover_tasks()

    asyncio.run(main())


def test_cancelling_at_once_ends_it() -> None:
    async def main() -> None:
        for turns in range(1, 4):
            task = asyncio.create_task(run_in_own_loop(sleeps()))
            for _ in range(turns):
                await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(main())


def test_an_error_while_it_is_cancelled_is_not_lost() -> None:
    started = threading.Event()

    async def program() -> None:
        try:
            started.set()
            await asyncio.sleep(60)
        finally:
            raise ValueError("the clean-up failed")

    async def main() -> None:
        task = asyncio.create_task(run_in_own_loop(program()))
        await asyncio.to_thread(started.wait)
        task.cancel()
        with pytest.raises(ValueError, match="the clean-up failed"):
            await task

    asyncio.run(main())


def test_a_call_that_cannot_be_interrupted_is_given_up_with_a_note(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from course_helpers.running_loop import own_loop

    monkeypatch.setattr(own_loop, "_CLEAN_UP", 0.05)
    monkeypatch.setattr(own_loop, "_GIVE_UP", 0.2)
    started, end = threading.Lock(), threading.Lock()
    started.acquire()
    end.acquire()

    async def program() -> None:
        started.release()
        end.acquire()

    async def main() -> None:
        task = asyncio.create_task(run_in_own_loop(program()))
        await asyncio.to_thread(started.acquire)
        task.cancel()
        with pytest.raises(asyncio.CancelledError) as raised:
            await task
        assert "cannot be interrupted" in raised.value.__notes__[0]
        end.release()
        for thread in threading.enumerate():
            if thread.name.startswith("run_in_own_loop"):
                await asyncio.to_thread(thread.join)

    asyncio.run(main())


def test_mistakes_are_named() -> None:
    async def program() -> None:
        pass

    def broken() -> asyncio.AbstractEventLoop:
        raise OSError("no loop today")

    async def main() -> None:
        with pytest.raises(TypeError, match=r"program\(\)\), with brackets"):
            await run_in_own_loop(program)  # type: ignore[arg-type]
        with pytest.raises(TypeError, match="not int"):
            await run_in_own_loop(3)  # type: ignore[arg-type]
        with pytest.raises(OSError, match="no loop today"):
            await run_in_own_loop(program(), loop_factory=broken)

    asyncio.run(main())


def test_one_inside_another() -> None:
    async def program(depth: int) -> int:
        coroutine: Coroutine[Any, Any, int] = program(depth - 1)
        if depth:
            return 1 + await run_in_own_loop(coroutine)
        coroutine.close()
        return 0

    assert asyncio.run(program(3)) == 3
