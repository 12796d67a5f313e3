"""What a program left behind, in a script; test_kernel.py asks the same in a notebook."""

from __future__ import annotations

import asyncio

import pytest

from course_helpers import leftover_tasks


def test_they_are_the_tasks_that_have_not_ended_without_the_one_that_asks() -> None:
    async def main() -> list[str]:
        kept = [asyncio.create_task(asyncio.sleep(60), name=f"worker {n}") for n in range(12)]
        ended = asyncio.create_task(asyncio.sleep(0), name="ended")
        await ended
        return [task.get_name() for task in leftover_tasks() if task in kept]

    assert asyncio.run(main()) == [f"worker {n}" for n in range(12)], "numbers count as numbers"


def test_cancelled_and_not_awaited_is_left_behind() -> None:
    async def main() -> tuple[int, int]:
        task = asyncio.create_task(asyncio.sleep(60))
        await asyncio.sleep(0)
        task.cancel()
        before = leftover_tasks()
        await asyncio.gather(*before, return_exceptions=True)
        return len(before), len(leftover_tasks())

    assert asyncio.run(main()) == (1, 0)


def test_names_of_any_kind_have_an_order() -> None:
    async def main() -> list[str]:
        for name in ("b", "1", "", "a2", "a10", "²"):
            asyncio.create_task(asyncio.sleep(60), name=name)
        return [task.get_name() for task in leftover_tasks()]

    names = asyncio.run(main())
    assert sorted(names) == sorted(("b", "1", "", "a2", "a10", "²"))
    assert names.index("a2") < names.index("a10") < names.index("b")


def test_without_a_loop_there_is_nothing_to_ask() -> None:
    with pytest.raises(RuntimeError, match="no loop is running"):
        leftover_tasks()
