"""Where simulate may be called, with what, and what it leaves behind: nothing."""

from __future__ import annotations

import asyncio
import contextvars
import functools
import gc
import inspect
import sys
import threading
import warnings
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from course_helpers.recording.model import Ending
from course_helpers.simulation import Deadlock, simulate

request: contextvars.ContextVar[str] = contextvars.ContextVar("request", default="none")


async def program() -> str:
    await asyncio.gather(asyncio.sleep(1), asyncio.sleep(2))
    return "done"


def test_in_a_script() -> None:
    assert simulate(program()).result == "done"
    assert asyncio._get_running_loop() is None


def test_beside_a_running_loop() -> None:
    async def cell() -> None:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        tasks = asyncio.all_tasks()
        recording = simulate(program())
        assert recording.result == "done"
        assert recording.tasks[0].label == "program()"
        assert asyncio.get_running_loop() is loop
        assert asyncio.current_task() is task
        assert asyncio.all_tasks() == tasks
        # The loop goes on as if nothing had been.
        await asyncio.sleep(0)
        assert await asyncio.create_task(asyncio.sleep(0, "alive")) == "alive"
        await asyncio.to_thread(int)

    asyncio.run(cell())


def test_the_loop_that_stepped_aside_has_no_current_task_meanwhile() -> None:
    async def cell() -> None:
        loop = asyncio.get_running_loop()

        async def main() -> None:
            # From 3.14 on a thread has one current task, whatever its loop.
            assert asyncio.current_task(loop) is None

        simulate(main())

    asyncio.run(cell())


def test_in_a_callback_of_a_running_loop() -> None:
    async def cell() -> Any:
        loop = asyncio.get_running_loop()
        result = loop.create_future()
        loop.call_soon(lambda: result.set_result(simulate(program()).result))
        return await result

    assert asyncio.run(cell()) == "done"


def test_the_running_loop_is_put_back_after_errors() -> None:
    async def failing() -> None:
        raise ZeroDivisionError

    async def stuck() -> None:
        await asyncio.Event().wait()

    async def cell() -> None:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        for coroutine, error in ((failing(), ZeroDivisionError), (stuck(), Deadlock)):
            with pytest.raises(error):
                simulate(coroutine)
            assert asyncio.get_running_loop() is loop
            assert asyncio.current_task() is task
        await asyncio.sleep(0)

    asyncio.run(cell())


def test_in_a_thread_with_and_without_a_loop_of_its_own() -> None:
    async def callback() -> Any:
        return simulate(program()).result

    with ThreadPoolExecutor(1) as thread:
        assert thread.submit(lambda: simulate(program()).result).result() == "done"
        assert thread.submit(lambda: asyncio.run(callback())).result() == "done"


def test_at_the_same_time_in_two_threads() -> None:
    with ThreadPoolExecutor(4) as threads:
        futures = [threads.submit(lambda: simulate(program()).result) for _ in range(40)]
        assert [future.result() for future in futures] == ["done"] * 40


def test_hooks_for_generators_are_put_back() -> None:
    before = sys.get_asyncgen_hooks()
    simulate(program())
    assert sys.get_asyncgen_hooks() == before


def test_context_variables_come_in_and_do_not_get_out() -> None:
    async def main() -> str:
        value = request.get()
        request.set("inside")
        return value

    token = request.set("outside")
    try:
        assert simulate(main()).result == "outside"
        assert request.get() == "outside"
    finally:
        request.reset(token)


def test_what_the_coroutine_raises_is_raised_with_the_recording() -> None:
    async def main() -> None:
        await asyncio.sleep(2)
        raise LookupError("nothing there")

    with pytest.raises(LookupError, match="nothing there") as raised:
        simulate(main())
    recording = raised.value.recording  # type: ignore[attr-defined]
    assert recording.duration == 2
    assert recording.tasks[0].ending is Ending.FAILED


def test_an_exception_group_too() -> None:
    async def failing() -> None:
        await asyncio.sleep(1)
        raise ValueError("C failed!")

    async def main() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(failing())
            group.create_task(asyncio.sleep(9))

    with pytest.raises(ExceptionGroup) as raised:
        simulate(main())
    assert raised.value.recording.duration == 1  # type: ignore[attr-defined]


def test_an_exception_that_takes_no_attributes_is_raised_all_the_same() -> None:
    class Strict(Exception):
        def __setattr__(self, name: str, value: object) -> None:
            raise AttributeError(name)

    async def main() -> None:
        raise Strict

    with pytest.raises(Strict):
        simulate(main())


def test_a_program_that_cancels_itself() -> None:
    async def main() -> None:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        await asyncio.sleep(1)

    with pytest.raises(asyncio.CancelledError) as raised:
        simulate(main())
    assert raised.value.recording.tasks[0].ending is Ending.CANCELLED  # type: ignore[attr-defined]


def test_a_program_that_exits() -> None:
    async def main() -> None:
        sys.exit(3)

    with pytest.raises(SystemExit):
        simulate(main())
    assert simulate(program()).result == "done"


def test_a_program_that_stops_its_loop() -> None:
    async def main() -> None:
        asyncio.get_running_loop().stop()
        await asyncio.sleep(1)

    with pytest.raises(RuntimeError, match="stopped before"):
        simulate(main())


async def generator() -> AsyncIterator[int]:
    yield 1


def plain_function() -> None: ...


def used() -> Any:
    coroutine = program()
    simulate(coroutine)
    return coroutine


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: program, TypeError, r"write simulate\(program\(\)\)"),
        (lambda: functools.partial(program), TypeError, r"takes a coroutine"),
        (lambda: plain_function, TypeError, r"define it with `async def`"),
        (lambda: generator, TypeError, r"asynchronous generator.*simulate\(main\(\)\)"),
        (generator, TypeError, r"asynchronous generator.*simulate\(main\(\)\)"),
        (lambda: None, TypeError, r"as in simulate\(main\(\)\), not NoneType"),
        (lambda: 3, TypeError, r"not int"),
        (used, RuntimeError, r"runs only once: write simulate\(program\(\)\)"),
    ],
)
def test_what_is_no_coroutine_is_refused_with_what_to_write(
    make: Callable[[], Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        simulate(make())


def test_a_task_is_refused() -> None:
    async def cell() -> None:
        task = asyncio.create_task(program())
        with pytest.raises(TypeError, match="without create_task"):
            simulate(task)  # type: ignore[arg-type]
        task.cancel()

    asyncio.run(cell())


def test_simulating_inside_a_simulation_is_refused() -> None:
    async def main() -> None:
        simulate(program())

    with pytest.raises(RuntimeError, match=r"`await program\(\)` instead"):
        simulate(main())


def test_no_warning_of_a_coroutine_that_was_never_awaited() -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        refused: list[dict[str, Any]] = [{"until": -1}, {"steps": "x"}, {"seed": []}]
        for options in refused:
            with pytest.raises((TypeError, ValueError)):
                simulate(program(), **options)
        gc.collect()
    assert caught == []


def test_the_signature_is_keywords_only() -> None:
    parameters = list(inspect.signature(simulate).parameters.values())
    assert all(parameter.kind is parameter.KEYWORD_ONLY for parameter in parameters[1:])


def test_no_thread_is_left() -> None:
    async def main() -> None:
        await asyncio.to_thread(int)

    before = set(threading.enumerate())
    simulate(main())
    for thread in set(threading.enumerate()) - before:
        thread.join(10)
        assert not thread.is_alive()
