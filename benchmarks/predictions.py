"""What a question and the game take: from the press to what is shown."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from unittest import mock

from benchmarks.measuring import Row, processor_seconds
from course_helpers import mark, play, predict
from course_helpers.exercises import store
from course_helpers.exercises.rules import no_lost_update
from course_helpers.exercises.world import World


async def _work(name: str, seconds: float) -> None:
    print(name, "starts")
    await asyncio.sleep(seconds)
    print(name, "ends")


async def _three() -> None:
    await asyncio.gather(*(_work(name, number) for number, name in enumerate("ABC", 1)))


async def _increments(world: World) -> None:
    count = 0

    async def increment(name: str) -> None:
        nonlocal count
        await world.reply(f"load for {name}")
        value = count
        mark("reads", "count", value)
        await world.reply(f"store for {name}")
        count = value + 1
        mark("writes", "count", count)

    await asyncio.gather(increment("A"), increment("B"), increment("C"))


def _compare() -> float:
    question = predict.order(_three)
    for line in ("C starts", "B starts", "A starts", "A ends", "B ends", "C ends"):
        question.press(line)
    return processor_seconds(question.submit)


def _moves() -> float:
    """The dearest of a game's moves."""
    game = play(_increments, no_lost_update("count"))
    dearest = 0.0
    while game.replies:
        dearest = max(dearest, processor_seconds(lambda: game.move(0)))
    return dearest


def rows() -> Iterator[Row]:
    """A comparison and a move, each with its picture."""
    with mock.patch.dict(os.environ, {store.VARIABLE: "off"}):
        for what, measure, aim in (
            ("a prediction of six lines compared, with its picture", _compare, "200 ms"),
            ("a move in play, three tasks, with its picture", _moves, "150 ms"),
        ):
            measure()  # what is imported for the first
            least = min(measure() for _ in range(3))
            yield Row(what, f"{least * 1000:.0f} ms", aim)
