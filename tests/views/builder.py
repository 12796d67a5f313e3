"""Recordings made by hand: a task's life as a list of states, times in seconds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from course_helpers.recording.model import (
    Change,
    Ending,
    Recording,
    Resource,
    Span,
    State,
    Task,
    WaitReason,
)


class Builder:
    """Numbers tasks, resources and events in the order in which they are described."""

    def __init__(self, clock: str = "virtual") -> None:
        self.clock = clock
        self.tasks: list[Task] = []
        self.resources: list[Resource] = []
        self.sequence = 0

    def _next(self) -> int:
        self.sequence += 1
        return self.sequence

    def task(
        self,
        label: str,
        *pieces: tuple[Any, ...],
        born: float = 0.0,
        parent: int | None = None,
        ending: Ending = Ending.DONE,
        kind: str = "task",
        detail: str | None = None,
        cancelled_by: str | None = None,
        retrieved: bool = True,
        existed: bool = False,
    ) -> int:
        """A task that spends its life as the pieces say: `(state, seconds)`, or, for waiting,
        `(kind, call, seconds)` or `(kind, call, seconds, resource)`; `waker=` as the last of a
        ready piece. Returns the task's index."""
        spans = []
        time = born
        first = self._next()
        for piece in pieces:
            if isinstance(piece[0], State):
                state, length = piece[0], piece[1]
                waker = piece[2] if len(piece) > 2 else None
                span = Span(state, time, time + length, self._next(), waker=waker)
            else:
                reason_kind, call, length = piece[:3]
                reason = WaitReason(reason_kind, call, piece[3] if len(piece) > 3 else None)
                span = Span(State.WAITING, time, time + length, self._next(), reason=reason)
            spans.append(span)
            time = span.end
        alive = ending is Ending.ALIVE
        self.tasks.append(
            Task(
                index=len(self.tasks),
                label=label,
                coroutine=label,
                parent=parent,
                kind=kind,
                born=born,
                sequence=first,
                existed=existed,
                ended=None if alive else time,
                ended_sequence=None if alive else self._next(),
                ending=ending,
                detail=detail,
                cancelled_by=cancelled_by,
                retrieved=retrieved,
                spans=tuple(spans),
            )
        )
        return len(self.tasks) - 1

    def resource(
        self,
        label: str,
        kind: str,
        *changes: tuple[float, Sequence[int], int],
        capacity: int | None = None,
    ) -> int:
        """A resource whose changes are `(time, holders, value)`. Returns its index."""
        self.resources.append(
            Resource(
                len(self.resources),
                label,
                kind,
                capacity,
                tuple(
                    Change(time, self._next(), "seen", None, tuple(holders), value)
                    for time, holders, value in changes
                ),
            )
        )
        return len(self.resources) - 1

    def recording(self, duration: float | None = None, **more: Any) -> Recording:
        self._renumber()
        ends = [span.end for task in self.tasks for span in task.spans]
        return Recording(
            clock=self.clock,
            duration=max(ends, default=0.0) if duration is None else duration,
            tasks=tuple(self.tasks),
            resources=tuple(self.resources),
            events=self.sequence,
            **more,
        )

    def _renumber(self) -> None:
        """Give the events numbers in the order of time; of equal times, as they were described."""
        times = [(span.start, span.sequence) for task in self.tasks for span in task.spans]
        times += [(task.born, task.sequence) for task in self.tasks]
        times += [
            (task.ended, task.ended_sequence)
            for task in self.tasks
            if task.ended is not None and task.ended_sequence is not None
        ]
        times += [
            (change.time, change.sequence) for one in self.resources for change in one.changes
        ]
        new = {sequence: number for number, (_, sequence) in enumerate(sorted(times))}
        self.tasks = [
            replace(
                task,
                sequence=new[task.sequence],
                ended_sequence=None if task.ended_sequence is None else new[task.ended_sequence],
                spans=tuple(span._replace(sequence=new[span.sequence]) for span in task.spans),
            )
            for task in self.tasks
        ]
        self.resources = [
            replace(
                one,
                changes=tuple(
                    change._replace(sequence=new[change.sequence]) for change in one.changes
                ),
            )
            for one in self.resources
        ]
