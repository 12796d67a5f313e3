"""A recording is not heard where it is not asked for: in warnings, and among the threads."""

from __future__ import annotations

import asyncio
import threading
import warnings
from typing import Any

from course_helpers import record, simulate


async def forgotten() -> None: ...


async def forget() -> None:
    forgotten()  # type: ignore[unused-coroutine]
    await asyncio.sleep(0)


LINE = forget.__code__.co_firstlineno + 1


async def recorded() -> None:
    with record():
        await forget()


def warned(run: Any) -> list[tuple[str, int]]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        run()
    return [(one.filename, one.lineno) for one in caught if "never awaited" in str(one.message)]


def test_a_forgotten_await_names_the_programs_own_line() -> None:
    assert warned(lambda: asyncio.run(forget())) == [(__file__, LINE)]
    assert warned(lambda: asyncio.run(recorded())) == [(__file__, LINE)]
    assert warned(lambda: simulate(forget())) == [(__file__, LINE)]


def test_the_watching_thread_is_none_of_the_programs() -> None:
    async def main() -> set[threading.Thread]:
        with record():
            await asyncio.sleep(0)
            return set(threading.enumerate())

    before = set(threading.enumerate())
    # Threads of earlier tests may end meanwhile.
    assert asyncio.run(main()) <= before
