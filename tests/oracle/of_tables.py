"""Judges of the summary's headline and tables."""

from __future__ import annotations

import re
from collections.abc import Iterator

from course_helpers.recording.model import Ending, State
from course_helpers.views.summary import summary
from course_helpers.views.words import seconds, share
from tests.oracle.facts import (
    beyond,
    busy,
    calls_of,
    ever_busy,
    is_owned,
    longest_line,
    waits_by_call,
)
from tests.oracle.judging import Case, Untruth
from tests.oracle.said import Kinds
from tests.oracle.truth import Lane, class_of

HEADLINE = Kinds()
USES = Kinds()


def of_headlines(case: Case) -> Iterator[Untruth]:
    """How long it took, how many tasks there were and how they ended."""
    yield from HEADLINE.judge(case, said(case)[0])


def of_task_rows(case: Case) -> Iterator[Untruth]:
    """How each task ended, its steps, and how it spent its time."""
    for row in rows(case, "task"):
        lane = case.lanes.get(row["task"])
        if case.is_outside(row["task"].removesuffix(" (thread)")):
            continue
        if lane is not None:
            yield from _of_task(row, lane)
        else:
            yield Untruth("table: task", row["task"], "no task")


def of_resource_rows(case: Case) -> Iterator[Untruth]:
    """What became of each primitive, and who waited for it."""
    for row in rows(case, "resource"):
        name = row["resource"]
        if name not in case.resources:
            continue
        for untruth in USES.judge(case, row["what happened"], name=name):
            yield untruth._replace(said=(name, row["what happened"]))
        times = [time for _, time in calls_of(case, name)]
        true = {
            "class": _class(name),
            "waits": f"{len(times):,}",
            "most in line": f"{longest_line(case, name):,}",
            "waited": seconds(sum(times)),
            "longest": seconds(max(times, default=0.0)),
        }
        for column, value in true.items():
            if row[column] != value:
                kind = f"table: {column}"
                if column == "longest" and row["waits"] != true["waits"]:
                    kind = "table: waits"  # the parts of one wait, each by itself
                yield Untruth(kind, (name, row[column]), value)


def said(case: Case) -> list[str]:
    """The parts of a summary: headline, findings, tables."""
    return str(summary(case.recording)).split("\n\n")


def rows(case: Case, first: str) -> Iterator[dict[str, str]]:
    """The rows of the table whose first column has that name, by column."""
    for part in said(case):
        head, *lines = part.splitlines()
        if not re.match(rf"{first} {{2}}", head):
            continue
        names = re.split(r" {2,}", head.strip())
        for line in lines:
            cells = re.split(r" {2,}", line.strip())
            yield dict(zip(names, cells + [""] * len(names), strict=False))


def _class(name: str) -> str:
    name, capacity = class_of(name)
    return name if capacity is None else f"{name}({capacity})"


def _of_task(row: dict[str, str], lane: Lane) -> Iterator[Untruth]:
    true = {
        "ended": lane.ending.value,
        "total": seconds(sum(map(lane.total, State))),
        "steps": f"{lane.steps():,}",
        "running": seconds(lane.total(State.RUNNING)),
        "ready": seconds(lane.total(State.READY)),
        "waiting": seconds(lane.total(State.WAITING)),
    }
    for column, value in true.items():
        if row[column] != value:
            yield Untruth(f"table: {column}", (lane.label, row[column]), value)
    calls = waits_by_call(lane)
    last = lane.stretches[-1]
    stuck = last.wait.call if last.state is State.WAITING and last.wait else ""
    for part in filter(None, row["waiting for"].split(", ")):
        call, time, unit = part.rsplit(" ", 2)
        if call.endswith(" more") or (call == stuck and f"{time} {unit}" == "0 s"):
            continue
        # Where there are many, they are told without their arguments.
        same = [each for each in calls if each.partition("(")[0] == call.partition("(")[0]]
        times = {calls.get(call, 0.0), sum(calls[each] for each in same)}
        if not same or f"{time} {unit}" not in map(seconds, times):
            yield Untruth("table: waiting for", (lane.label, part), calls)


@HEADLINE.kind(
    "headline",
    r"<time> by the (?:virtual|real) clock, (?P<lanes>(?:[\d,]+ [a-z]+(?:, | and )?)+)"
    r"(?:: <endings>)?\.",
)
def _headline(case: Case, parts: dict[str, str]) -> object | None:
    ended = endings(case.truth.learners(), case.existed)
    true = seconds(case.truth.duration), lanes(case), ended
    return None if (parts["time"], parts["lanes"], parts.get("endings", "")) == true else true


def lanes(case: Case) -> str:
    """How many tasks there are, and how many jobs that threads did."""
    tasks = len(case.truth.learners()) + case.existed
    waits = [entry.value for entry in case.truth.log.entries if entry.verb == "waits"]
    jobs = waits.count("to_thread")
    said = [f"{tasks:,} task{'' if tasks == 1 else 's'}"] if tasks or not jobs else []
    said += [f"{jobs:,} thread{'' if jobs == 1 else 's'}"] if jobs else []
    return " and ".join(said)


def endings(lanes: list[Lane], existed: int) -> str:
    """How many tasks ended how; those that existed before are alive at the end."""
    words = {
        Ending.DONE: "done",
        Ending.CANCELLED: "cancelled",
        Ending.FAILED: "failed",
        Ending.DESTROYED: "destroyed",
        Ending.ALIVE: "still alive at the end",
    }
    numbers = {ending: sum(lane.ending is ending for lane in lanes) for ending in words}
    numbers[Ending.ALIVE] += existed
    parts = [f"{numbers[ending]:,} {word}" for ending, word in words.items() if numbers[ending]]
    return f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else "".join(parts)


# What became of a primitive


def _times(case: Case, name: str, action: str) -> int:
    return sum(deed.action == action for deed in case.truth.deeds.get(name, ()))


def _full(case: Case, name: str) -> str:
    part = share(busy(case, name), case.truth.duration)
    return f"full {part} of the time" if ever_busy(case, name) else "never full"


@USES.kind("a lock's use", r"acquired (?P<times>[\d,]+) times?, locked <share> of the time")
def _lock(case: Case, parts: dict[str, str]) -> object | None:
    name = parts["name"]
    true = _times(case, name, "acquire"), share(busy(case, name), case.truth.duration)
    return None if (int(parts["times"]), parts["share"]) == true else true


@USES.kind(
    "a semaphore's use",
    r"acquired (?P<times>[\d,]+) times?,"
    r" (?P<full>never full|never without one|(?:full|without a free permit) .+? of the time)"
    r"(?:, (?P<extra>\d+) permits? too many)?",
)
def _semaphore(case: Case, parts: dict[str, str]) -> object | None:
    name = parts["name"]
    number, extra = int(parts["times"]), int(parts.get("extra", 0))
    # A permit may have been handed to a task that was cancelled before it could take it.
    handed = _times(case, name, "acquire")
    asked = sum(entry.verb == "waits" and entry.subject == name for entry in case.truth.log.entries)
    full = _full(case, name)
    if handed and not is_owned(case, name):
        full = full.replace("never full", "never without one").replace(
            "full", "without a free permit"
        )
    true = handed, full, beyond(case, name)
    return None if handed <= number <= asked and (parts["full"], extra) == true[1:] else true


@USES.kind(
    "a queue's use",
    r"at most (?P<most>[\d,]+) in it, (?P<now>[\d,]+) at the end"
    r"(?:, (?P<full>never full|full .+))?",
)
def _queue(case: Case, parts: dict[str, str]) -> object | None:
    name = parts["name"]
    deeds = [deed.value[0] for deed in case.truth.deeds.get(name, ()) if deed.value]
    values = [value[0] for _, value in case.truth.values[name]]
    true = max([*deeds, *values]), values[-1], _full(case, name)
    said = int(parts["most"]), int(parts["now"]), parts.get("full", true[2])
    return None if said == true else true


@USES.kind("an event's use", r"set (?P<times>[\d,]+) times?, (?P<now>set|not set) at the end")
def _event(case: Case, parts: dict[str, str]) -> object | None:
    name = parts["name"]
    now = "set" if case.truth.values[name][-1][1][0] else "not set"
    # To set what is set changes nothing, and may or may not be counted.
    so = parts["now"] == now and int(parts["times"]) <= _times(case, name, "set")
    return None if so else (_times(case, name, "set"), now)


@USES.kind("a condition's use", r"notified (?P<times>[\d,]+) times?")
def _condition(case: Case, parts: dict[str, str]) -> object | None:
    true = _times(case, parts["name"], "notify")
    return None if int(parts["times"]) <= true else true


@USES.kind("a barrier's use", r"reached (?P<times>[\d,]+) times?")
def _barrier(case: Case, parts: dict[str, str]) -> object | None:
    true = sum(
        entry.verb == "waits" and entry.subject == parts["name"] for entry in case.truth.log.entries
    )
    return None if int(parts["times"]) <= true else true


@USES.kind(
    "a group's use",
    r"(?P<how>cancelled its tasks|aborted|all its tasks ended|still open at the end)",
)
def _group(case: Case, parts: dict[str, str]) -> object | None:
    members = [case.truth.tasks[key] for key in case.truth.members.get(parts["name"], ())]
    open_ = [member.label for member in members if member.ended is None]
    if parts["how"] == "all its tasks ended":
        return open_ or None
    if parts["how"] == "still open at the end":
        return _still_in_block(case, parts["name"])
    if parts["how"] == "cancelled its tasks":
        return None if any(each.requests for each in members) else "none was to be cancelled"
    aborted = any(each.ending is not Ending.DONE for each in members) or not members
    owner = case.truth.tasks[case.truth.deeds[parts["name"]][0].who]
    return None if aborted or owner.requests else "nothing happened"


@USES.kind("a timeout's use", r"(?P<how>expired|in time|still running at the end)")
def _timeout(case: Case, parts: dict[str, str]) -> object | None:
    actions = {deed.action for deed in case.truth.deeds.get(parts["name"], ())}
    if parts["how"] == "still running at the end":
        return None if actions == {"enter"} else sorted(actions)
    if parts["how"] == "expired":
        return None if "exit" not in actions else sorted(actions)
    return None if "exit" in actions else sorted(actions)


def _still_in_block(case: Case, name: str) -> object | None:
    """None if the block of a group has not ended."""
    owner = case.truth.tasks[case.truth.deeds[name][0].who]
    return None if owner.ended is None else f"{owner.label} has ended"
