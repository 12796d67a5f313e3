"""Judges of the requests to cancel tasks: who asked, when, at which line, and what became of it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import pairwise

from course_helpers.recording.model import Cancellation, Ending, Outcome, State
from tests.oracle.judging import Case, Untruth
from tests.oracle.truth import EAGER, Lane, Request, is_learners, is_shown

#: By what became of a request, how its task may have ended.
_ENDINGS = {
    Outcome.CANCELLED: {Ending.CANCELLED},
    Outcome.SWALLOWED: set(Ending),  # a timeout's or a group's, whose block went on
    Outcome.FAILED: {Ending.FAILED},
    Outcome.TAKEN_BACK: set(Ending),
    Outcome.TOO_LATE: {Ending.FAILED},
    Outcome.GOES_ON: {Ending.ALIVE, Ending.DESTROYED},
    Outcome.PENDING: {Ending.ALIVE, Ending.DESTROYED},
}

#: Since Python 3.13 a group that fails takes a request back and makes it again: nobody asked anew.
_MADE_AGAIN = frozenset(("TaskGroup.__aexit__", "TaskGroup._aexit"))

#: By the function of asyncio's that calls `cancel()`, under which name that is said.
_THROUGH = {
    "_GatheringFuture.cancel": "gather",
    "TaskGroup._abort": "TaskGroup",
    "TaskGroup._on_task_done": "TaskGroup",
    "Timeout._on_timeout": "timeout",
    "wait_for": "wait_for",
    "_cancel_and_wait": "wait_for",
    # A simulated task, that passes on its own cancellation to the one that it awaits.
    "Task.cancel": "await",
}


def of_requests(case: Case) -> Iterator[Untruth]:
    """There is a request for each call of `cancel()` that asked for something, and no other."""
    said = sorted(
        (request.time, case.key(request.task), _by(case, request))
        for request in case.recording.cancellations
        if is_learners(case.key(request.task))
    )
    true = sorted(
        (request.time, lane.key, request.by if is_shown(request.by) else _kind(request.by))
        for lane in case.truth.learners()
        for request in lane.requests
        if request.function not in _MADE_AGAIN
    )
    if said != true:
        wrong = [each for each in said if each not in true]
        yield Untruth("request to cancel", wrong or len(said), [e for e in true if e not in said])


def _by(case: Case, request: Cancellation) -> str:
    return case.key(request.by.task) if request.by.kind == "task" else request.by.kind


def _kind(by: str) -> str:
    if by in ("timer", "io"):
        return by
    return "thread" if by.startswith(("thread", "callback")) else "outside"


def of_lines_of_requests(case: Case) -> Iterator[Untruth]:
    """The line is that of the program's own call."""
    for request, lane, asked in _pairs(case):
        lines = {each.line for each in asked if each.line}
        place = request.location if request.through is None else None
        if place is not None and place.line not in lines:
            yield Untruth("line of a request", (lane.label, request), sorted(lines))


def of_ways(case: Case) -> Iterator[Untruth]:
    """Through what of asyncio's a task was asked, and which timeout or group it was that asked."""
    said: defaultdict[tuple[str, float], Counter[tuple[str | None, str]]] = defaultdict(Counter)
    true: defaultdict[tuple[str, float], Counter[tuple[str | None, str]]] = defaultdict(Counter)
    for request in case.recording.cancellations:
        resource = request.resource
        label = "" if resource is None else case.recording.resources[resource].label
        way = request.through, "" if case.is_unnamed(label) else label
        said[case.key(request.task), request.time][way] += 1
    for lane in case.truth.learners():
        for asked in lane.requests:
            if asked.function not in _MADE_AGAIN:
                through = None if asked.line else _THROUGH.get(asked.function, asked.function)
                true[lane.key, asked.time][through, asked.block] += 1
    for key, ways in said.items():
        # What the end of a step passes on to what is awaited, no function of asyncio's does.
        at_its_end = any(through == "Handle._run" for through, _ in true[key])
        if true[key] and not at_its_end and ways != true[key]:
            yield Untruth("way of a request", (key, dict(ways)), dict(true[key]))


def of_outcomes(case: Case) -> Iterator[Untruth]:
    """What became of a request agrees with how its task ended, and it arrived with a step."""
    for request, lane, asked in _pairs(case):
        if lane.ending not in _ENDINGS[request.outcome]:
            yield Untruth("outcome of a request", (lane.label, request.outcome), lane.ending)
        if request.arrived is not None:
            steps = list(_steps_after(lane, min(each.position for each in asked)))
            if request.arrived not in steps:
                yield Untruth("arrival of a request", (lane.label, request.arrived), steps)


def _steps_after(lane: Lane, position: int) -> Iterator[float]:
    """When a task took steps after an entry of the log, in seconds: each once, at its beginning."""
    for before, stretch in pairwise(lane.stretches):
        begins = stretch.state is State.RUNNING and not before.by.startswith(EAGER)
        if begins and stretch.first > position:
            yield stretch.start


def of_swallowed_cancellations(case: Case) -> Iterator[Untruth]:
    """A task that is said to go on did, and each that did is said to."""
    going_on = {
        case.key(request.task)
        for request in case.recording.cancellations
        if request.outcome in (Outcome.SWALLOWED, Outcome.GOES_ON)
    }
    for lane in case.truth.learners():
        if _swallows(lane) and lane.key not in going_on:
            yield Untruth("no finding: swallowed cancellation", sorted(going_on), lane.label)


def _swallows(lane: Lane) -> bool:
    """Whether a task plainly swallowed the only request to cancel it."""
    if len(lane.requests) != 1 or len(lane.swallowed) != 1 or lane.taken_back:
        return False
    (request,), (entry,) = lane.requests, lane.swallowed
    arrived = next((each for each in lane.stretches if each.first > request.position), None)
    return (
        request.function not in ("Timeout._on_timeout", "TaskGroup._abort")
        and entry.subject == "CancelledError"
        and arrived is not None
        and entry.time >= request.time
        and lane.ending in (Ending.DONE, Ending.ALIVE)
    )


def _pairs(case: Case) -> Iterator[tuple[Cancellation, Lane, list[Request]]]:
    """The requests with the task, and what was asked of it at that time."""
    for request in case.recording.cancellations:
        lane = case.truth.tasks.get(case.key(request.task))
        if lane is not None and is_learners(lane.key):
            asked = [each for each in lane.requests if each.time == request.time]
            if asked:
                yield request, lane, asked
