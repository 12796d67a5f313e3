"""Schedules: the orders and timings of what asyncio leaves open, in which an answer is tried.

asyncio itself fixes the order in which ready tasks run. What differs from day to day is the world
around a program: which reply comes first, how long it takes, which request fails, who gives up, and
how late a timer is. So a schedule decides that, and nothing else: the same schedule gives the same
run, on every Python.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, NamedTuple, Protocol

ORDERS_AT_MOST: Final = 400


class Departure(NamedTuple):
    """Who gives up, and when: the caller of that number, at the moment of that number.

    Moments are counted in order of time: each reply has one half-way and one when it has come.
    """

    caller: int
    moment: int


class Schedule(NamedTuple):
    """One way in which the world behaves.

    Durations are drawn with `seed`; or, with `choices`, replies come one at a time, and each choice
    says which of those that are awaited comes next (0 for all choices beyond the end). Where timers
    are `late`, as real ones are, each is by up to 1 % of its delay, and those due at the same time
    fire in any order.
    """

    name: str
    seed: int = 0
    choices: tuple[int, ...] | None = None
    departure: Departure | None = None
    late: bool = False


class Explored(Protocol):
    """What a run tells those who plan the next one."""

    taken: list[tuple[int, int]]  # for each choice: which one, of how many
    moments: int

    @property
    def callers(self) -> Sequence[object]:
        """Those that could give up."""


Try = Callable[[Schedule], Explored]


@dataclass(frozen=True)
class Schedules:
    """A way of making schedules.

    `explore` yields once for each, after it has been tried. `noun` is what one of them is called,
    `others` whether there may be others than those that it makes. `more` makes any number of them,
    where their number is a matter of choice.
    """

    explore: Callable[[Try], Iterator[None]]
    noun: str
    others: bool = True
    more: Callable[[int], Schedules] | None = None


def seeds(count: int = 20, *, late: bool = False) -> Schedules:
    """So many schedules whose durations are drawn, or in which timers are `late` as well."""

    def explore(run: Try) -> Iterator[None]:
        for seed in range(count):
            run(Schedule(f"schedule {seed}", seed=seed, late=late))
            yield

    return Schedules(explore, "schedule", more=partial(seeds, late=late))


def every_order(most: int = ORDERS_AT_MOST) -> Schedules:
    """Every order in which the world's replies can come, by running again: depth first.

    Where there are more than `most` orders, RuntimeError is raised: an exercise must not say that
    it has tried all.
    """

    def explore(run: Try) -> Iterator[None]:
        choices: tuple[int, ...] = ()
        for number in range(most):
            taken = list(run(Schedule(f"order {number}", choices=choices)).taken)
            yield
            while taken and taken[-1][0] + 1 >= taken[-1][1]:
                taken.pop()
            if not taken:
                return
            choices = (*(choice for choice, _ in taken[:-1]), taken[-1][0] + 1)
        raise RuntimeError(f"there are more than {most} orders")

    return Schedules(explore, "order", others=False)


def every_cancellation(seed: int = 0, callers: Sequence[int] | None = None) -> Schedules:
    """One schedule, and each of its callers cancelled at each moment: one at a time.

    With `callers`, only those of these numbers: where the others are in the same position.
    """

    def explore(run: Try) -> Iterator[None]:
        world = run(Schedule("schedule 0, in which nobody gives up", seed=seed))
        leaving = range(len(world.callers)) if callers is None else callers
        departures = [
            Departure(caller, moment) for caller in leaving for moment in range(world.moments)
        ]
        yield
        for number, departure in enumerate(departures, 1):
            run(Schedule(f"schedule {number}", seed=seed, departure=departure))
            yield

    return Schedules(explore, "schedule")
