"""The exercise on queues."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator

from course_helpers.exercises.exercise import Exercise
from course_helpers.exercises.judging import Asked, Scenario
from course_helpers.exercises.rules import Breach, Run, clean, ends, rule
from course_helpers.exercises.schedules import seeds
from course_helpers.exercises.world import Program, World
from course_helpers.recorder.marks import mark
from course_helpers.recorder.names import given
from course_helpers.recording.model import Ending
from course_helpers.views import words


def _consuming(*orders: str, consumers: int = 2) -> Program:
    """Orders that consumers cook: an empty one is to be skipped, one with `burnt` in it fails."""

    async def program(answer: Callable[..., Awaitable[None]], world: World) -> None:
        queue: asyncio.Queue[str] = asyncio.Queue()
        given[queue] = "orders"
        for order in orders:
            queue.put_nowait(order)

        async def cook(order: str) -> None:
            await world.reply(f"cook {order}")
            if "burnt" in order:
                raise ValueError(f"{order} cannot be served")
            mark("serves", order)

        tasks = [
            world.start(answer, queue, cook, name=f"cook {number + 1}")
            for number in range(consumers)
        ]
        await queue.join()
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)

    return program


@rule(
    "each order is served once, but for the empty and the burnt",
    hint="Which orders reach `cook`, and how often?",
)
def _served(run: Run) -> Iterator[Breach]:
    served: list[str] = []
    for made in run.marks:
        if made.verb == "serves":
            if made.what in served:
                yield Breach(f"{made.what} is served a second time", made)
            served.append(made.what)
        elif made.verb == "is asked" and made.what == "cook ":
            yield Breach(f"{run.name(made.task)} cooks an empty order", made)
    for order in ("soup", "fish", "rice", "cake"):
        if order not in served:
            yield Breach(f"{order} was never served, and join has returned", run.recording.duration)


@rule(
    "a burnt order ends no cook",
    hint="An exception that leaves `consumer` ends its task. Who cooks the next order?",
)
def _cooks_live(run: Run) -> Iterator[Breach]:
    for task in run.callers():
        if task.ending is Ending.FAILED:
            yield Breach(
                f"{words.name(task)} failed with {task.detail}, and cooks no more", task.ended
            )
        elif task.ending is Ending.DONE:
            yield Breach(f"{words.name(task)} has gone home, and orders may still come", task.ended)


_ORDERS = ("soup", "", "fish", "burnt pie", "rice", "cake")

consumer = Exercise(
    "queues.consumer",
    Asked("function", "consumer"),
    minutes=5,
    level="warm-up",
    scenarios=(
        Scenario(
            "Six orders and two cooks",
            _consuming(*_ORDERS),
            seeds(15),
            (_cooks_live, ends, _served, clean),
        ),
        Scenario(
            "Six orders and three cooks",
            _consuming(*_ORDERS, consumers=3),
            seeds(5),
            (_cooks_live, ends, _served, clean),
        ),
    ),
)
