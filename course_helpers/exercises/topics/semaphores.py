"""The exercise on semaphores."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from course_helpers.exercises.exercise import Exercise
from course_helpers.exercises.judging import Asked, Scenario
from course_helpers.exercises.rules import as_many_as, at_most, clean, ends, result_is
from course_helpers.exercises.schedules import seeds
from course_helpers.exercises.suspects import made_in
from course_helpers.exercises.world import Program, World
from course_helpers.recorder.marks import mark

_ALLOWED = 3


class Site:
    """A server that is asked for pages, and does not answer for some."""

    def __init__(self, world: World, faulty: frozenset[int]) -> None:
        self._world = world
        self._faulty = faulty

    async def get(self, number: int) -> str:
        """The page of that number; raises ConnectionError where there is no answer."""
        mark("enters", "site", number)
        try:
            await self._world.reply(f"page {number}")
            if number in self._faulty:
                raise ConnectionError(f"no answer for {number}")
            return f"page {number}"
        finally:
            mark("leaves", "site", number)


def _fetching(count: int, *faulty: int) -> Program:
    async def program(answer: Callable[..., Awaitable[object]], world: World) -> object:
        site = Site(world, frozenset(faulty))
        return await world.run(answer, site, list(range(count)), name="fetch_all()")

    return program


def _pages(count: int, *faulty: int) -> list[str | None]:
    return [None if number in faulty else f"page {number}" for number in range(count)]


_FEW = at_most(
    _ALLOWED,
    "site",
    hint="A semaphore lets so many in at once: made once, and held by each request while it is at "
    "the site.",
)
_MANY = as_many_as(
    _ALLOWED,
    "site",
    7,
    hint="Does the next request begin as soon as one has ended, or when all of a group have?",
)
_NAME = "all pages, in the order of the numbers, and None for those without an answer"

fetch_all = Exercise(
    "semaphores.fetch_all",
    Asked("function", "fetch_all"),
    minutes=5,
    level="warm-up",
    scenarios=(
        Scenario(
            "Seven pages",
            _fetching(7),
            seeds(15),
            (ends, _FEW, _MANY, result_is(lambda run: _pages(7), name=_NAME), clean),
        ),
        Scenario(
            "Seven pages, two without an answer",
            _fetching(7, 1, 4),
            seeds(10),
            (ends, _FEW, _MANY, result_is(lambda run: _pages(7, 1, 4), name=_NAME), clean),
        ),
    ),
    suspects=(made_in("one", "Semaphore", "each call makes its own semaphore: nobody shares it"),),
)
