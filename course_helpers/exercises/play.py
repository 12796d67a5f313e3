"""`play`: be the world around a program, and choose who is answered next."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from course_helpers.exercises.game import Game
    from course_helpers.exercises.rules import Rule
    from course_helpers.exercises.schedules import Schedules
    from course_helpers.exercises.world import World


def play(
    program: Callable[[World], Coroutine[Any, Any, Any]],
    goal: Rule,
    *,
    schedules: Schedules | None = None,
) -> Game:
    """Choose which reply comes next, until a rule is broken: that is the goal.

    `program` is an async function of the world: what it awaits with `world.reply("…")` is answered
    when you say so. After each choice it runs again from its start. When the goal is reached, it is
    said in how many of all orders (or of other `schedules`) that happens.

    Raises TypeError for a program that is no async function.
    """
    if not iscoroutinefunction(program):
        raise TypeError(
            f"play() takes an async function of the world, not {type(program).__name__}: "
            "async def program(world): …"
        )
    from course_helpers.exercises.game import Game  # slow to import
    from course_helpers.exercises.schedules import every_order

    return Game(program, goal, schedules or every_order())
