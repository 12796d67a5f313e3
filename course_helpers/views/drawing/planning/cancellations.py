"""Who cancelled whom, where that lands and what it cuts off; timeouts and signals across lanes."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final, Literal, NamedTuple, TypeAlias

from course_helpers.recording.columns import packed
from course_helpers.recording.model import (
    Cancellation,
    Change,
    Outcome,
    Recording,
    Span,
    State,
    Task,
    Waker,
)
from course_helpers.recording.readings import canceller, of_its_own_group
from course_helpers.views import words
from course_helpers.views.drawing.plan import NEAR, Cleanup, Crossing, Landing, Tear

Window = tuple[float, float]
Source: TypeAlias = Literal["timeout", "signal"]

_FOLLOWED: Final = frozenset({Outcome.CANCELLED, Outcome.FAILED})
_BECAME: Final = {
    Outcome.CANCELLED: "followed",
    Outcome.FAILED: "followed",
    Outcome.SWALLOWED: "swallowed",
    Outcome.TAKEN_BACK: "taken back",
    Outcome.TOO_LATE: "too late",
    Outcome.GOES_ON: "not followed so far",
    Outcome.PENDING: "not yet arrived",
}


def landings(
    recording: Recording, places: Mapping[int, int], window: Window
) -> tuple[Landing, ...]:
    """A mark for each request to cancel a task, where it lands; those at one time are one mark."""
    labels = [words.name(task) for task in recording.tasks] if recording.cancellations else []
    together: dict[tuple[int, float], list[Cancellation]] = {}
    for request in recording.cancellations:
        if request.task in places and window[0] <= _lands(request) <= window[1]:
            together.setdefault((places[request.task], _lands(request)), []).append(request)
    return tuple(
        _landing(recording, labels, requests, lane, time)
        for (lane, time), requests in sorted(together.items())
    )


def _lands(request: Cancellation) -> float:
    return request.time if request.arrived is None else request.arrived


def _landing(
    recording: Recording,
    labels: Sequence[str],
    requests: Sequence[Cancellation],
    lane: int,
    time: float,
) -> Landing:
    followed = [request for request in requests if request.outcome in _FOLLOWED]
    texts = dict.fromkeys(_said(recording, labels, request) for request in requests)
    became = _became(recording, (followed or requests)[-1])
    return Landing(time, lane, bool(followed), became, words.listing(list(texts), 2))


def _became(recording: Recording, request: Cancellation) -> str:
    # Until Python 3.12 a group that wakes its own task so does not take that back.
    if request.outcome is Outcome.SWALLOWED and of_its_own_group(recording, request):
        return "ended by its group"
    return _BECAME[request.outcome]


def _said(recording: Recording, labels: Sequence[str], request: Cancellation) -> str:
    """By whom, and what became of it: `cancelled by main: swallowed`."""
    by = canceller(request, recording.cancellations, labels)
    text = "cancelled" if by is None else f"cancelled by {words.one_line(by)}"
    became = _became(recording, request)
    # It goes without saying that a timeout takes back what it sent.
    own = of_its_own_group(recording, request) or (became == "taken back" and request.through)
    return text if own or request.outcome in _FOLLOWED else f"{text}: {became}"


def tears(recording: Recording, places: Mapping[int, int], window: Window) -> tuple[Tear, ...]:
    """The waits that a cancellation cut off."""
    found: dict[Tear, None] = {}
    waits = {
        request.task: _waits(recording.tasks[request.task])
        for request in recording.cancellations
        if request.task in places
    }
    for request in recording.cancellations:
        if request.arrived_sequence is None:
            continue
        waited = waits.get(request.task, [])
        number = bisect(waited, request.arrived_sequence, key=lambda wait: wait.sequence) - 1
        if number >= 0:
            _, start, end, ended = waited[number]
            # It was waiting still when somebody asked.
            if ended > request.sequence and window[0] < end <= window[1]:
                found[Tear(places[request.task], max(start, window[0]), end)] = None
    return tuple(found)


class _Wait(NamedTuple):
    """A wait of a task: `ended` is the sequence number of what came after it."""

    sequence: int
    start: float
    end: float
    ended: int


def _waits(task: Task) -> list[_Wait]:
    """The waits of a task that have ended, in order."""
    spans = packed(Span, task.spans).each("state", "start", "end", "sequence")
    return [
        _Wait(sequence, start, end, ended)
        for (state, start, end, sequence), (*_, ended) in pairwise(spans)
        if state is State.WAITING
    ]


def cleanups(
    recording: Recording, places: Mapping[int, int], window: Window
) -> tuple[Cleanup, ...]:
    """From where a cancellation lands to where its task, or its block, ends."""
    found = []
    for request in recording.cancellations:
        end = _cleaned_up(recording, request)
        if request.task in places and request.arrived is not None and end is not None:
            start, end = max(request.arrived, window[0]), min(end, window[1])
            if start < end:
                found.append(Cleanup(places[request.task], start, end))
    return tuple(_joined(found))


def _cleaned_up(recording: Recording, request: Cancellation) -> float | None:
    """When what ran after it had ended, in seconds; None where it was no cleanup, or unknown."""
    if request.outcome in _FOLLOWED:
        return recording.tasks[request.task].ended
    if request.outcome is not Outcome.TAKEN_BACK or request.resource is None:
        return None
    changes = packed(Change, recording.resources[request.resource].changes)
    after = request.arrived_sequence or 0
    return next(
        (
            time
            for time, sequence, action in changes.each("time", "sequence", "action")
            if action == "exit" and sequence > after
        ),
        None,
    )


def _joined(cleanups: Iterable[Cleanup]) -> Iterator[Cleanup]:
    """The same without overlaps: of two requests, one cleanup."""
    last: Cleanup | None = None
    for each in sorted(cleanups):
        if last is not None and last.lane == each.lane and each.start <= last.end:
            last = Cleanup(last.lane, last.start, max(last.end, each.end))
            continue
        if last is not None:
            yield last
        last = each
    if last is not None:
        yield last


def crossings(
    recording: Recording, places: Mapping[int, int], window: Window
) -> tuple[Crossing, ...]:
    """Expired timeouts and signals, across the lanes of the tasks that they concern."""
    near = (window[1] - window[0]) * NEAR
    found: list[Crossing] = []
    last: dict[str, int] = {}
    for time, what, text, tasks in sorted(_sources(recording), key=lambda source: source[:3]):
        lanes = [places[task] for task in tasks if task in places]
        if not lanes or not window[0] <= time <= window[1]:
            continue
        crossing = Crossing(time, min(lanes), max(lanes), what, text)
        number = last.get(text)
        if number is not None and time - found[number].time <= near:
            same = found[number]
            top, bottom = min(same.top, crossing.top), max(same.bottom, crossing.bottom)
            found[number] = same._replace(top=top, bottom=bottom)
        else:
            last[text] = len(found)
            found.append(crossing)
    return tuple(found)


def _sources(recording: Recording) -> Iterator[tuple[float, Source, str, set[int]]]:
    """When something came from outside the tasks, what it was, and the tasks that it concerned."""
    passed_on: dict[int, set[int]] = {}
    for request in recording.cancellations:
        if request.origin is not None:
            passed_on.setdefault(request.origin, set()).add(request.task)
    for number, request in enumerate(recording.cancellations):
        source = _source(recording, request)
        if source is not None:
            by = set() if request.by.task is None else {request.by.task}
            yield request.time, *source, {request.task} | by | passed_on.get(number, set())
    for task in recording.tasks:
        spans = packed(Span, task.spans)
        if any(waker and waker.kind == "signal" for waker in spans.distinct("waker")):
            for waker, start in spans.each("waker", "start"):
                if waker is not None and waker.kind == "signal":
                    yield start, "signal", _named(waker), {task.index}


def _named(signal: Waker) -> str:
    return signal.signal or signal.kind


def _source(recording: Recording, request: Cancellation) -> tuple[Source, str] | None:
    """What from outside the tasks a request came from; None where a task made it."""
    if request.origin is not None:
        return None
    if request.by.kind == "signal":
        return "signal", _named(request.by)
    if request.through not in ("timeout", "wait_for"):
        return None
    if request.resource is None:
        return "timeout", "timeout expired"
    label = words.one_line(recording.resources[request.resource].label)
    return "timeout", f"{label} expired"
