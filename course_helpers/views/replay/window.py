"""A part of a recording: the events that one page can show, and what they begin with."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from course_helpers.recording.columns import packed
from course_helpers.recording.model import Change, Recording, Span, Turn

_Row = TypeVar("_Row", Span, Change, Turn)


def sequences(recording: Recording) -> list[int]:
    """The sequence numbers of all events at which something can be seen to happen, in order."""
    found: set[int] = set()
    for numbers, _ in _columns(recording):
        found.update(numbers)
    found.update(task.sequence for task in recording.tasks if not task.existed)
    ends = [task.ended_sequence for task in recording.tasks]
    ends += [timer.ended_sequence for timer in recording.timers]
    found.update(end for end in ends if end is not None)
    found.update(timer.sequence for timer in recording.timers)
    found.update(blocked.sequence for blocked in recording.blocked)
    found.update(request.sequence for request in recording.cancellations)
    return sorted(found)


def last_before(recording: Recording, time: float) -> int:
    """The sequence number of the last event that is not later than a time, in seconds; at least 0.

    Events that nothing but a timer or an end of a task marks are not looked at.
    """
    latest = 0
    for numbers, times in _columns(recording):
        position = bisect_right(times, time)
        if position:
            latest = max(latest, numbers[position - 1])
    return latest


def _columns(recording: Recording) -> Iterator[tuple[Sequence[int], Sequence[float]]]:
    """The sequence numbers and the times, in seconds, of each sequence of events of one kind."""
    turns = packed(Turn, recording.turns)
    yield turns.numbers("sequence"), turns.numbers("start")
    for task in recording.tasks:
        spans = packed(Span, task.spans)
        yield spans.numbers("sequence"), spans.numbers("start")
    for resource in recording.resources:
        changes = packed(Change, resource.changes)
        # The first says only how the resource was met.
        yield changes.numbers("sequence")[1:], changes.numbers("time")[1:]


def part(recording: Recording, first: int, last: int) -> Recording:
    """The recording with the events from one sequence number to another, and their beginnings.

    Tasks and resources keep their numbers, and the last thing that happened to each before `first`.
    A task of which more is left out counts as one that existed before: it does not run for the
    first time.
    """

    def rows(kind: type[_Row], values: Sequence[_Row]) -> tuple[_Row, ...]:
        columns: Any = packed(kind, values)
        numbers = columns.numbers("sequence")
        begin = max(0, bisect_left(numbers, first) - 1)
        found: tuple[_Row, ...] = columns[begin : bisect_right(numbers, last)]
        return found

    tasks = []
    for task in recording.tasks:
        spans = rows(Span, task.spans)
        cut = bool(spans) and spans[0] != task.spans[0]
        tasks.append(replace(task, spans=spans, existed=task.existed or cut))
    return replace(
        recording,
        tasks=tuple(tasks),
        resources=tuple(
            replace(resource, changes=rows(Change, resource.changes) or resource.changes[:1])
            for resource in recording.resources
        ),
        turns=rows(Turn, recording.turns),
        timers=tuple(
            timer
            for timer in recording.timers
            if timer.sequence <= last
            and (timer.ended_sequence is None or timer.ended_sequence >= first)
        ),
    )
