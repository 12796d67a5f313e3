"""Warnings and tracebacks of a recorded program name its own lines, and none of the package's."""

from __future__ import annotations

import asyncio
import gc
import traceback
import warnings
from collections.abc import Callable, Coroutine
from types import CodeType
from typing import Any

import pytest

from course_helpers import record, simulate
from course_helpers.learners_code import Owner, owner_of_file

Program = Callable[[], Coroutine[Any, Any, None]]


async def full() -> None:
    queue = asyncio.Queue[int](1)
    queue.put_nowait(1)
    queue.put_nowait(2)


async def empty() -> None:
    asyncio.Queue[int]().get_nowait()


async def done_too_often() -> None:
    asyncio.Queue[int]().task_done()


async def fail() -> None:
    await asyncio.sleep(0)
    raise ValueError("a child's")


async def failing_children() -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(fail())
        group.create_task(done_too_often())


async def group_not_entered() -> None:
    coroutine = fail()
    try:
        asyncio.TaskGroup().create_task(coroutine)
    finally:
        coroutine.close()


async def without_the_lock() -> None:
    asyncio.Condition().notify()


async def not_a_coroutine() -> None:
    asyncio.create_task(fail)  # type: ignore[arg-type]


async def no_such_program() -> None:
    await asyncio.create_subprocess_exec("no such program")


async def after_another() -> None:
    try:
        await full()
    except asyncio.QueueFull as error:
        raise LookupError("no room") from error


PROGRAMS: tuple[Program, ...] = (
    full,
    empty,
    done_too_often,
    failing_children,
    group_not_entered,
    without_the_lock,
    not_a_coroutine,
    no_such_program,
    after_another,
)


async def in_a_block(program: Program) -> None:
    with record():
        await program()


def simulated(program: Program) -> None:
    simulate(program())


def recorded(program: Program) -> None:
    asyncio.run(in_a_block(program))


def files_in_tracebacks(error: BaseException) -> list[str]:
    """The files of all frames that Python shows of an error, its group's and its causes' too."""
    lines = "".join(traceback.format_exception(error)).splitlines()
    return [line.split('"')[1] for line in lines if '  File "' in line]


@pytest.mark.parametrize("run", [simulated, recorded])
@pytest.mark.parametrize("program", PROGRAMS)
def test_an_errors_traceback_has_no_frame_of_the_package(
    program: Program, run: Callable[[Program], None]
) -> None:
    with pytest.raises(Exception) as caught:  # noqa: PT011 - of whatever kind
        run(program)
    files = files_in_tracebacks(caught.value)
    assert __file__ in files
    assert not [file for file in files if owner_of_file(file) is Owner.PACKAGE]


@pytest.mark.parametrize("run", [simulated, recorded])
def test_nor_has_one_that_the_program_catches_itself(run: Callable[[Program], None]) -> None:
    seen: list[str] = []

    async def catches() -> None:
        for program in (full, empty, done_too_often, without_the_lock, not_a_coroutine):
            try:
                await program()
            except Exception as error:
                seen.extend(files_in_tracebacks(error))

    run(catches)
    assert len(seen) >= 10
    assert not [file for file in seen if owner_of_file(file) is Owner.PACKAGE]


@pytest.mark.parametrize("run", [simulated, recorded])
def test_a_forgotten_await_is_said_of_the_line_that_forgot_it(
    run: Callable[[Program], None],
) -> None:
    async def forgets() -> None:
        fail()  # type: ignore[unused-coroutine]
        await asyncio.sleep(0)

    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        run(forgets)
    [warning] = said
    assert str(warning.message) == "coroutine 'fail' was never awaited"
    code: CodeType = forgets.__code__
    assert (warning.filename, warning.lineno) == (__file__, code.co_firstlineno + 1)


def test_in_two_loops_recorded_at_once_too() -> None:
    async def forgets() -> None:
        with record():
            simulate(forgets_as_well())
            fail()  # type: ignore[unused-coroutine]

    async def forgets_as_well() -> None:
        fail()  # type: ignore[unused-coroutine]

    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        asyncio.run(forgets())
    assert [(one.filename, one.lineno) for one in said] == [
        (__file__, forgets_as_well.__code__.co_firstlineno + 1),
        (__file__, forgets.__code__.co_firstlineno + 3),
    ]


def test_where_it_was_created_is_said_in_debug_mode() -> None:
    async def forgets() -> None:
        with record():
            fail()  # type: ignore[unused-coroutine]

    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        asyncio.run(forgets(), debug=True)
    [warning] = said
    first, second, *stack = str(warning.message).splitlines()
    assert first == "coroutine 'fail' was never awaited"
    assert second == "Coroutine created at (most recent call last)"
    assert stack[-2:] == [
        f'  File "{__file__}", line {forgets.__code__.co_firstlineno + 2}, in forgets',
        "    fail()  # type: ignore[unused-coroutine]",
    ]


def run_cell(source: str) -> tuple[dict[str, Any], BaseException]:
    """Run a cell's code, which fails; its variables and its error."""
    variables: dict[str, Any] = {"asyncio": asyncio, "record": record}
    compiled = compile(source, "cell", "exec", 0x2000)  # ast.PyCF_ALLOW_TOP_LEVEL_AWAIT

    async def run() -> None:
        await eval(compiled, variables)

    with pytest.raises(BaseException) as caught:  # noqa: PT011 - of whatever kind
        asyncio.run(run())
    return variables, caught.value


def test_a_cells_block_that_fails_says_that_its_recording_exists() -> None:
    variables, error = run_cell(
        "with record() as seen:\n    await asyncio.sleep(0)\n    raise ValueError\n"
    )
    [note] = error.__notes__
    assert "`seen`" in note
    assert "timeline(seen)" in note
    assert variables["seen"].tasks


@pytest.mark.parametrize("kind", ["asyncio.CancelledError", "SystemExit", "GeneratorExit"])
def test_what_is_no_failure_gets_no_note(kind: str) -> None:
    _, error = run_cell(f"with record() as seen:\n    await asyncio.sleep(0)\n    raise {kind}\n")
    assert not hasattr(error, "__notes__")


def test_a_variable_that_has_gone_with_its_function_is_not_named() -> None:
    _, error = run_cell(
        "async def main():\n    with record() as seen:\n        raise ValueError\nawait main()\n"
    )
    assert not hasattr(error, "__notes__")


@pytest.mark.parametrize("run", [simulated, recorded])
def test_the_stack_where_a_task_or_a_future_was_created_has_no_frame_of_the_package(
    run: Callable[[Program], None],
) -> None:
    told: list[dict[str, Any]] = []

    async def leaves_errors() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: told.append(context))
        await asyncio.sleep(0)  # in a step of its own, which the loop runs
        loop.set_debug(True)
        asyncio.create_task(fail())
        loop.create_future().set_exception(ValueError("nobody asks"))
        await asyncio.sleep(0.01)
        gc.collect()
        await asyncio.sleep(0.01)
        loop.set_debug(False)

    run(leaves_errors)
    assert len(told) == 2
    for context in told:
        files = [frame.filename for frame in context["source_traceback"]]
        assert files[-1] == __file__ or owner_of_file(files[-1]) is Owner.ASYNCIO
        assert not [file for file in files if owner_of_file(file) is Owner.PACKAGE]
