"""Waited: the calls in which tasks waited, each once, however often it was woken in vain."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterator
from typing import NamedTuple

from course_helpers.recording.columns import packed
from course_helpers.recording.kinds import ends_with, kind_of
from course_helpers.recording.model import Change, Recording, Span, Task, WaitReason, Waker


class Waited(NamedTuple):
    """A call that a task waited in: since when, and how long altogether, in seconds.

    `sequence` is the number of the event at which it began to wait.
    """

    reason: WaitReason
    start: float
    seconds: float
    sequence: int


class Calls:
    """The calls in which the tasks of a recording waited.

    Who waits for an item, is woken, and finds that somebody else has taken it, waits on in the
    same call. That it is the same is known: nothing was taken, and nobody cancelled the task.
    """

    def __init__(self, recording: Recording) -> None:
        # By task, resource and action, the sequence numbers of what ends such a call.
        self._served: dict[tuple[int | None, int, str], list[int]] = {}
        self._cancelled: dict[int, list[int]] = {}
        for resource in recording.resources:
            if kind_of(resource).ends:
                changes = packed(Change, resource.changes).each("task", "action", "sequence")
                for task, action, sequence in changes:
                    self._served.setdefault((task, resource.index, action), []).append(sequence)
        for request in recording.cancellations:
            if request.arrived_sequence is not None:
                insort(self._cancelled.setdefault(request.task, []), request.arrived_sequence)

    def of(self, task: Task) -> Iterator[Waited]:
        """The calls that a task waited in, in order."""
        last: Waited | None = None
        since, place = 0, None  # the last wait began there
        waker: Waker | None = None
        rows = packed(Span, task.spans).each(
            "reason", "start", "end", "sequence", "location", "waker"
        )
        for reason, start, end, sequence, location, woken_by in rows:
            if reason is None:
                waker = woken_by or waker
                continue
            if (
                last is not None
                and place == location
                and (last.reason.call, last.reason.resource) == (reason.call, reason.resource)
                and self._goes_on(task.index, reason, since, sequence, waker)
            ):
                last = last._replace(seconds=last.seconds + end - start)
            else:
                if last is not None:
                    yield last
                last = Waited(reason, start, end - start, sequence)
            since, place = sequence, location
        if last is not None:
            yield last

    def _goes_on(
        self, task: int, reason: WaitReason, since: int, sequence: int, waker: Waker | None
    ) -> bool:
        """Whether a call that waited from one event on, and was woken, still waits at another."""
        if reason.call == "wait_for":  # now it waits for what it has cancelled
            return bool(reason.tasks) and waker is not None and waker.kind == "timer"
        if reason.call == "TaskGroup":  # its block ends once, whoever is cancelled meanwhile
            return True
        action = ends_with(reason.call)
        if action is None or reason.resource is None:
            return False
        served = self._served.get((task, reason.resource, action), [])
        cancelled = self._cancelled.get(task, [])
        return not _between(served, since, sequence) and not _between(cancelled, since, sequence)


def _between(numbers: list[int], after: int, until: int) -> bool:
    return bisect_right(numbers, after) < bisect_right(numbers, until)
