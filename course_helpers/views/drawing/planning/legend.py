"""What the legend says, of all that is in a plan."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain

from course_helpers.recording.model import Ending
from course_helpers.views import words
from course_helpers.views.drawing.plan import FILLS, NEAR, OUTSIDE, RUNNING, Band, Entry, Plan, Sign

_FILL_WORDS = {
    "running": "running",
    "ready": "ready",
    "outside": "at work outside the loop",
    "sleep": "sleeping",
    "lock": "waiting for a lock",
    "semaphore": "waiting for a semaphore",
    "event": "waiting for an event",
    "condition": "waiting for a condition",
    "barrier": "waiting at a barrier",
    "queue": "waiting for a queue",
    "task": "waiting for a task",
    "stream": "waiting for a stream",
    "subprocess": "waiting for a subprocess",
    "thread": "waiting for a thread",
    "future": "waiting for a future",
    "unknown": "what it does is not known",
}

_ENDING_WORDS = {
    Ending.DONE: "done",
    Ending.CANCELLED: "cancelled",
    Ending.FAILED: "failed",
    Ending.DESTROYED: "destroyed while pending",
    Ending.ALIVE: "alive",
}


def explained(plan: Plan) -> Plan:
    """The plan with its legend."""
    return replace(plan, legend=tuple(dict.fromkeys(_entries(plan))))


def _entries(plan: Plan) -> Iterator[Entry]:
    fills = [plan.bars.stretches, *(crowd.stretches for crowd in plan.crowds)]
    there = set(chain.from_iterable(part.category for part in fills))
    for fill in sorted(there):
        yield Entry(FILLS[fill], _FILL_WORDS[FILLS[fill]])
    if {RUNNING, OUTSIDE} & there:
        bars = zip(*plan.bars.stretches, strict=True)
        instants = any(start == end for _, start, end, fill in bars if fill in (RUNNING, OUTSIDE))
        how = "in no time" if instants else "too short for a bar"
        yield Entry("step", f"woken, ran a step {how}")
    yield from _resources(plan)
    yield from _where(plan.wakes, "wakes", "wakes")
    yield from _where(plan.marks, "mark", "mark")
    yield from _cancellations(plan)
    yield from _where(plan.blocked, "blocked", "loop blocked: every task had to wait")
    for ending in dict.fromkeys(end.ending for end in plan.ends):
        yield Entry(ending.value, _ENDING_WORDS[ending])
    yield from _where(plan.end is not None, "end", "end of the recording")
    yield from _where(plan.before, "before", "the run before")


def _resources(plan: Plan) -> Iterator[Entry]:
    held = [band for band in plan.bands if band.holds and not band.waiting]
    yield from _where(held or len(plan.held.row), "holds", "holds")
    yield from _where(any(_free(plan, band) for band in held), "free", "not held")
    curves = [band for band in plan.bands if band.curve]
    for band in plan.bands:
        if band.waiting and band.holds:
            yield Entry("in_line", "in line, first at the top", band.kind)
            break
    levels = dict.fromkeys(band.counts for band in curves if not band.waiting)
    yield from _where(levels, "level", words.listing(list(levels)))
    for band in curves:
        if band.waiting:
            yield Entry("line_length", "tasks in line", band.kind)
            break
    bounds = dict.fromkeys(band.bound for band in curves if band.limit is not None)
    yield from _where(bounds, "bound", words.listing(list(bounds)))


def _free(plan: Plan, band: Band) -> bool:
    """Whether somebody could have had it for some of the time, in the window."""
    finish = min(plan.finish, plan.horizon)
    held = sum(max(0.0, min(hold.end, finish) - max(hold.start, plan.begin)) for hold in band.holds)
    return band.slots * (finish - plan.begin) - held > NEAR * (plan.finish - plan.begin)


def _cancellations(plan: Plan) -> Iterator[Entry]:
    whats = {crossing.what for crossing in plan.crossings}
    yield from _where("timeout" in whats, "timeout", "timeout expired")
    yield from _where("signal" in whats, "signal", "signal")
    yield from _where(any(each.followed for each in plan.landings), "landing", "cancelled here")
    became = dict.fromkeys(each.became for each in plan.landings if not each.followed)
    hollow = f"cancellation {words.listing(list(became))}"
    yield from _where(became, "hollow", hollow)
    yield from _where(plan.tears, "tear", "cut off")
    yield from _where(plan.cleanups, "cleanup", "cleanup after a cancellation")


def _where(there: object, sign: Sign, text: str) -> Iterator[Entry]:
    if there:
        yield Entry(sign, text)
