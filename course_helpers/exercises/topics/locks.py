"""The exercises on locks."""

from __future__ import annotations

from collections.abc import Iterator

from course_helpers.exercises.exercise import Exercise
from course_helpers.exercises.judging import Asked, Scenario
from course_helpers.exercises.rules import (
    Breach,
    Run,
    clean,
    ends,
    gives_up,
    no_lost_update,
    nobody_waits,
    others_unharmed,
    rule,
    shown,
)
from course_helpers.exercises.schedules import every_cancellation, every_order, seeds
from course_helpers.exercises.suspects import made_in
from course_helpers.exercises.world import Program, World, call, part, value_of, watched
from course_helpers.recording.model import Ending

# 1.1 Two withdrawals


class Bank:
    """Is asked before each withdrawal, and takes a while."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def approve(self, amount: int) -> None:
        """Say that an amount may be withdrawn."""
        await self._world.reply(f"approve {amount}")


def _withdrawals(*amounts: int, accounts: int = 1) -> Program:
    async def program(kind: type, world: World) -> int:
        watching = watched(kind, "balance")
        kept = [call(watching, 100, Bank(world)) for _ in range(accounts)]
        await world.together(
            *(
                world.start(part(kept[number % accounts], "withdraw"), amount)
                for number, amount in enumerate(amounts)
            )
        )
        total: int = sum(value_of(account, "balance") for account in kept)
        return total - 100 * accounts

    return program


@rule("the bank is asked before each write", hint="What happens before `self.balance` is written?")
def _asked_before_write(run: Run) -> Iterator[Breach]:
    answered: set[str] = set()
    for mark in run.marks:
        if mark.verb == "answers":
            answered.add(mark.what)
        elif mark.verb == "writes" and mark.task is not None:
            caller = run.caller(mark.task)
            amount = run.name(caller).partition("(")[2].rstrip(")")
            if f"approve {amount}" not in answered:
                yield Breach(
                    f"{run.name(mark.task)} writes {shown(mark.value)}, and the bank has not "
                    "answered yet",
                    mark,
                )


@rule(
    "what was withdrawn is missing, and nothing else",
    hint="Compare the balance at the end with what each withdrawal has taken.",
)
def _withdrawn(run: Run) -> Iterator[Breach]:
    wrote = {run.caller(mark.task) for mark in run.marks if mark.verb == "writes"}
    due = sum(
        int(task.label.partition("(")[2].rstrip(")"))
        for task in run.callers()
        if task.ending is Ending.DONE or task.index in wrote
    )
    if run.result != -due:
        yield Breach(
            f"{due} were withdrawn, and {shown(-run.result)} are missing", run.recording.duration
        )


_POINT = (
    no_lost_update(
        "balance",
        hint="Look for the `await` between the read and the write of the balance. Either nobody "
        "else may come in between, or there is nothing in between.",
    ),
    _asked_before_write,
    _withdrawn,
)

account = Exercise(
    "locks.account",
    Asked("class", "Account"),
    minutes=5,
    level="warm-up",
    scenarios=(
        Scenario(
            "Two withdrawals from one account",
            _withdrawals(20, 30),
            seeds(10),
            (ends, *_POINT, clean),
        ),
        Scenario(
            "Three withdrawals from one account",
            _withdrawals(10, 20, 30),
            every_order(),
            (ends, *_POINT, clean),
        ),
        Scenario(
            "Two withdrawals from two accounts",
            _withdrawals(10, 20, accounts=2),
            seeds(5),
            (
                ends,
                nobody_waits(
                    name="different accounts do not wait for each other",
                    because="though nobody else uses its account",
                    hint="How many locks are there, and how many accounts?",
                ),
                clean,
            ),
        ),
        Scenario(
            "Three withdrawals from one account, one of them cancelled",
            _withdrawals(10, 20, 30),
            every_cancellation(),
            (ends, gives_up, others_unharmed, *_POINT, clean),
        ),
    ),
    suspects=(made_in("withdraw", "Lock", "each call makes its own lock: nobody shares it"),),
)
