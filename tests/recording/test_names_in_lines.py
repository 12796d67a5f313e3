"""Primitives that no variable holds are called as in the line that uses them."""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar

import pytest

from course_helpers.simulation.errors import Deadlock
from course_helpers.simulation.run import simulate


def labels(program: Any) -> list[str]:
    return [resource.label for resource in simulate(program).resources]


class Till:
    lock = asyncio.Lock()
    by_name: ClassVar[dict[str, dict[str, asyncio.Event]]] = {"tea": {"sold": asyncio.Event()}}

    async def sell(self) -> None:
        async with self.lock:
            await asyncio.sleep(1)

    @classmethod
    async def close(cls) -> None:
        await cls.lock.acquire()
        cls.lock.release()


class Slots:
    __slots__ = ("free",)

    def __init__(self) -> None:
        self.free = asyncio.Semaphore(2)


class Shop:
    def __init__(self) -> None:
        self.tills = {"left": Slots(), "right": Slots()}

    async def enter(self, side: str) -> None:
        async with self.tills[side].free:
            await asyncio.sleep(1)


class Careful:
    """A property is the program's own code: it is not run to find a name."""

    def __init__(self) -> None:
        self.asked = 0
        self.kept = {"lock": {"lock": asyncio.Lock()}}

    @property
    def lock(self) -> asyncio.Lock:
        self.asked += 1
        return self.kept["lock"]["lock"]

    async def use(self) -> None:
        async with self.lock:
            await asyncio.sleep(1)


@pytest.mark.parametrize("method", [Till().sell, Till.close])
def test_an_attribute_of_a_class(method: Any) -> None:
    Till.lock = asyncio.Lock()
    assert labels(method()) == ["Till.lock"]


def test_two_in_one_line() -> None:
    class Two:
        first, second = asyncio.Lock(), asyncio.Lock()

    async def main() -> None:
        async with Two.first, Two.second:
            await asyncio.sleep(1)

    assert labels(main()) == ["Two.first", "Two.second"]


def test_deep_in_containers() -> None:
    async def main() -> None:
        shop = Shop()
        await asyncio.gather(*(shop.enter(side) for side in ("left", "right", "left")))
        Till.by_name["tea"]["sold"].set()

    assert labels(main()) == [
        "Shop.tills['left'].free",
        "Shop.tills['right'].free",
        "Till.by_name['tea']['sold']",
    ]


def test_each_of_many_has_its_own_name() -> None:
    many = [[asyncio.Lock()] for _ in range(300)]

    async def use(number: int) -> None:
        async with many[number][0]:
            await asyncio.sleep(1)

    async def main() -> None:
        await asyncio.gather(*(use(number) for number in range(0, 300, 30)))

    assert labels(main()) == [f"many[{number}][0]" for number in range(0, 300, 30)]


def test_no_code_of_the_program_is_run_for_a_name() -> None:
    async def main() -> Careful:
        careful = Careful()
        await careful.use()
        return careful

    recording = simulate(main())
    assert recording.result.asked == 1
    assert [resource.label for resource in recording.resources] == ["Lock 1"]


def test_a_line_that_makes_the_primitive_has_no_name_for_it() -> None:
    async def main() -> None:
        async with asyncio.Lock():
            await asyncio.sleep(1)

    assert labels(main()) == ["Lock 1"]


def test_timeouts_that_expire_together_have_names_of_their_own() -> None:
    async def main() -> None:
        async with asyncio.timeout(1) as outer, asyncio.timeout(1) as inner:
            await asyncio.Event().wait()
        assert not (outer.expired() and inner.expired())

    with pytest.raises(TimeoutError) as raised:
        simulate(main())
    resources = raised.value.recording.resources  # type: ignore[attr-defined]
    assert [each.label for each in resources][:2] == ["outer", "inner"]


class Account:
    def __init__(self) -> None:
        self.lock = asyncio.Lock()


async def transfer(source: Account, target: Account) -> None:
    first, second = source.lock, target.lock
    async with first:
        await asyncio.sleep(1)
        async with second:
            pass


async def eat(forks: list[asyncio.Lock], seat: int) -> None:
    left, right = forks[seat], forks[(seat + 1) % len(forks)]
    async with left:
        await asyncio.sleep(1)
        async with right:
            pass


def names_in(program: Any) -> list[str]:
    with pytest.raises(Deadlock) as raised:
        simulate(program)
    return [resource.label for resource in raised.value.recording.resources]


def test_a_variable_that_means_several_by_turns_names_none_that_has_a_name_of_its_own() -> None:
    async def transfers() -> None:
        savings, checking = Account(), Account()
        await asyncio.gather(transfer(savings, checking), transfer(checking, savings))

    async def dinner() -> None:
        table = [asyncio.Lock() for _ in range(3)]
        await asyncio.gather(*(eat(table, seat) for seat in range(3)))

    assert names_in(transfers()) == ["savings.lock", "checking.lock"]
    assert names_in(dinner()) == ["table[0]", "table[1]", "table[2]"]


def test_a_variable_that_means_one_names_it() -> None:
    async def main() -> None:
        savings, checking = Account(), Account()
        await transfer(savings, checking)

    # As in the line that uses them: nothing else is called so.
    assert labels(main()) == ["first", "second"]


def test_where_they_have_no_other_name_they_are_numbered() -> None:
    async def main() -> None:
        await asyncio.gather(transfer(Account(), Account()), transfer(Account(), Account()))

    assert labels(main())[:2] == ["first", "first #2"]
