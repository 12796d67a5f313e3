"""What a program drops: coroutines that nobody awaits, tasks whose failure nobody asks for."""

from __future__ import annotations

import asyncio
import gc
import warnings

import pytest

from course_helpers import Recording, simulate, summary


async def greet() -> None:
    pass


async def fail() -> None:
    raise ValueError("boo")


def recorded(*, times: int) -> Recording:
    async def main() -> None:
        for _ in range(times):
            greet()  # type: ignore[unused-coroutine] # which is dropped

    with pytest.warns(RuntimeWarning, match=r"greet.* was never awaited"):
        return simulate(main())


def test_a_coroutine_that_nobody_awaits_is_named() -> None:
    recording = recorded(times=1)
    (place,) = recording.never_awaited
    assert place.function == "greet"
    assert place.file == __file__
    assert "Never awaited: greet() made a coroutine that was dropped." in str(summary(recording))


def test_many_are_told_in_one_sentence() -> None:
    text = str(summary(recorded(times=4)))
    assert "Never awaited: 4 coroutines that were dropped, of greet()." in text


def test_a_program_that_awaits_all_has_none() -> None:
    async def main() -> None:
        await greet()

    recording = simulate(main())
    assert recording.never_awaited == ()
    assert "Never awaited" not in str(summary(recording))


def test_what_is_dropped_outside_is_not_the_programs() -> None:
    outside = greet()

    async def main() -> None:
        await asyncio.sleep(1)

    recording = simulate(main())
    with pytest.warns(RuntimeWarning, match="never awaited"):
        del outside
    assert recording.never_awaited == ()


def test_pythons_own_warning_is_put_back() -> None:
    before = warnings.__dict__["_warn_unawaited_coroutine"]
    recorded(times=1)
    assert warnings.__dict__["_warn_unawaited_coroutine"] is before


@pytest.mark.slow
def test_a_failed_task_that_is_gone_before_the_end_was_never_asked() -> None:
    told: list[str] = []

    async def start() -> None:
        task = asyncio.create_task(fail())
        await asyncio.sleep(0)
        assert task.done()

    async def main() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: told.append(context["message"]))
        await start()
        gc.collect()  # from 3.12 on the task is part of a circle
        await asyncio.sleep(1)

    recording = simulate(main())
    assert told == ["Task exception was never retrieved"]
    assert not recording.task("fail()").retrieved


def test_an_exception_of_a_future_in_the_place_of_a_failed_task_is_not_the_tasks() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda loop, context: None)
        tasks = [asyncio.create_task(fail()) for _ in range(2000)]
        await asyncio.wait(tasks)
        assert all(task.exception() for task in tasks)
        tasks.clear()
        gc.collect()  # their places in memory are free again, some of the futures get them
        futures = [loop.create_future() for _ in range(10_000)]
        for future in futures:
            future.set_exception(KeyError())

    assert all(task.retrieved for task in simulate(main()).tasks)
