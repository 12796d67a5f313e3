"""The exercise on task groups."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from course_helpers.exercises.exercise import Exercise
from course_helpers.exercises.judging import Asked, Scenario
from course_helpers.exercises.rules import Breach, Run, clean, ends, rule
from course_helpers.exercises.schedules import seeds
from course_helpers.exercises.world import Program, World
from course_helpers.recorder.marks import mark
from course_helpers.recording.model import Mark
from course_helpers.views import words


class Database:
    """Is opened and closed by `async with`; writes take a while."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def __aenter__(self) -> Database:
        mark("opens", "database")
        return self

    async def __aexit__(self, *_: object) -> None:
        mark("closes", "database")

    async def write(self, record: str) -> None:
        """Write a record; raises ValueError for one that is bad."""
        mark("begins", "write", record)
        try:
            await self._world.reply(f"write {record}", 0.05, 0.2)
        except asyncio.CancelledError:
            await self._world.reply(f"undo {record}", 0.01, 0.01)
            mark("undoes", "write", record)
            raise
        if "bad" in record:
            mark("fails", "write", record)
            raise ValueError(f"{record} cannot be written")
        mark("writes", "write", record)


def _saving(*records: str) -> Program:
    async def program(answer: Callable[..., Awaitable[Any]], world: World) -> str:
        task = world.start(answer, Database(world), list(records), name="save_all()")
        outcome = "ended"
        try:
            await task
        except* ValueError:
            outcome = "raised"
        # Whoever was left behind has time to do harm.
        await world.reply("some time later", 1, 1)
        return outcome

    return program


def _first(run: Run, verb: str) -> Mark | None:
    return next((made for made in run.marks if made.verb == verb), None)


@rule(
    "nothing is written while the database is not open",
    hint="Who waits for all writes before `async with database` ends? `gather` does not, when one "
    "of them fails.",
)
def _closed(run: Run) -> Iterator[Breach]:
    closed = _first(run, "closes")
    for made in run.marks:
        if made.verb not in ("writes", "undoes"):
            continue
        if _first(run, "opens") is None:
            yield Breach(f"{made.value} is written, and the database was not opened", made)
        elif closed is not None and made.sequence > closed.sequence:
            what = "written" if made.verb == "writes" else "cleaned up"
            yield Breach(
                f"{made.value} is {what}, and the database is closed since "
                f"{words.seconds(closed.time)}",
                made,
                closed,
            )


@rule("when one write fails, the others stop")
def _stopped(run: Run) -> Iterator[Breach]:
    failed = _first(run, "fails")
    for made in run.marks:
        if failed is not None and made.verb == "writes" and made.sequence > failed.sequence:
            yield Breach(
                f"{made.value} is written, though {failed.value} failed at "
                f"{words.seconds(failed.time)}",
                made,
                failed,
            )


@rule(
    "the error of a bad record comes out",
    hint="Whoever calls `save_all` has to hear of it.",
)
def _comes_out(run: Run) -> Iterator[Breach]:
    failed = _first(run, "fails")
    if failed is not None and run.result == "ended":
        yield Breach(f"{failed.value} failed, and save_all() ended as if all were well", failed)


@rule("all records are written, at the same time")
def _all_written(run: Run) -> Iterator[Breach]:
    if _first(run, "fails") is not None:
        return
    begun = [made for made in run.marks if made.verb == "begins"]
    for made in begun:
        if made.time > begun[0].time:
            yield Breach(
                f"the write of {made.value} begins at {words.seconds(made.time)}, after that of "
                f"{begun[0].value}",
                made,
                begun[0],
            )
    written = {made.value for made in run.marks if made.verb == "writes"}
    for record in ("ann", "ben", "cem"):
        if record not in written and not any("bad" in str(made.value) for made in begun):
            yield Breach(f"{record} was not written", run.recording.duration)


_RULES = (ends, _closed, _all_written, _stopped, _comes_out, clean)

save_all = Exercise(
    "task_groups.save_all",
    Asked("function", "save_all"),
    minutes=5,
    level="warm-up",
    scenarios=(
        Scenario("Three records", _saving("ann", "ben", "cem"), seeds(5), _RULES),
        Scenario(
            "Four records, and one is bad", _saving("ann", "bad", "ben", "cem"), seeds(15), _RULES
        ),
    ),
)
