"""`play`: be the world around a program, and choose who is answered next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from course_helpers.exercises.happening import Program, expect_program
from course_helpers.exercises.schedules import Schedules, every_order

if TYPE_CHECKING:
    from course_helpers.exercises.game import Game
    from course_helpers.exercises.rules import Rule


def play(
    program: Program, goal: Rule, *, schedules: Schedules | None = None, name: str = ""
) -> Game:
    """Choose which reply comes next, until a rule is broken: that is the goal.

        async def main(world):
            ...
            await world.reply("load for A")

        play(main, no_lost_update("count"))

    `program` is an async function of a `World`: what it awaits by `world.reply` comes when you
    press its button. After each press it runs again from its start, on the virtual clock. `goal` is
    the rule to break, by a run that has come to its end. When it is broken, the game can try every
    order of the replies (or other `schedules`), and say how many break it. With a `name`, that it
    was is kept with your progress.

    Raises TypeError for anything else than such a program and a rule.
    """
    from course_helpers.exercises.rules import Rule

    expect_program(program, "play", "world")
    if not isinstance(goal, Rule):
        raise TypeError(f"play: the goal is a rule to break, not {goal!r:.80}")
    from course_helpers.exercises.game import Game

    return Game(program, goal, schedules or every_order(), name)
