"""The state of the recorded machine at any of its events.

Every value of a recording has a sequence number, so nothing has to be stored to go back: a task is
in its last span that began at or before the event, the ready queue is the ready tasks in the order
in which they became ready, the timer heap is what was armed and had not ended.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import NamedTuple

from course_helpers.recording.model import Change, Recording, Span, State, Task


class ResourceState(NamedTuple):
    """A resource at an event: its latest change, and who waits on it, first come first."""

    change: Change
    waiters: tuple[int, ...]


class MachineState(NamedTuple):
    """What a recording shows of the loop just after an event; tasks and all else by index.

    `spans` has the span that each task is in, None before its birth and after its end. `running`
    is the task that has the loop, `ready` the queue behind it. `timers` are those in the heap, next
    due first. `resources` has None for a resource that the recording has not met yet.
    """

    spans: tuple[Span | None, ...]
    running: int | None
    ready: tuple[int, ...]
    timers: tuple[int, ...]
    resources: tuple[ResourceState | None, ...]


def span_at(task: Task, sequence: int) -> Span | None:
    """The span that a task is in just after an event; None before its birth and after its end."""
    if task.ended_sequence is not None and sequence >= task.ended_sequence:
        return None
    position = bisect_right(task.spans, sequence, key=lambda span: span.sequence)
    return task.spans[position - 1] if position else None


def machine_state(recording: Recording, sequence: int) -> MachineState:
    """The state of the machine just after the event of that sequence number."""
    spans = tuple(span_at(task, sequence) for task in recording.tasks)
    # Lanes of threads and processes are no business of the loop's: they never queue for it.
    in_loop = [
        (span.sequence, task.index, span)
        for task, span in zip(recording.tasks, spans, strict=True)
        if span is not None and task.kind == "task"
    ]
    in_loop.sort()
    running = [index for _, index, span in in_loop if span.state is State.RUNNING]
    # Whom an eager task interrupts is in no queue.
    queue = [one for one in in_loop if one[2].state is State.READY]
    ready = tuple(
        index for _, index, span in queue if span.waker is None or span.waker.kind != "eager"
    )
    armed = [
        (timer.due, timer.sequence, position)
        for position, timer in enumerate(recording.timers)
        if timer.sequence <= sequence
        and (timer.ended_sequence is None or timer.ended_sequence > sequence)
    ]
    lines: dict[int, list[tuple[int, int]]] = {}
    for task, span in zip(recording.tasks, spans, strict=True):
        if span is not None and span.reason is not None and span.reason.resource is not None:
            lines.setdefault(span.reason.resource, []).append((span.sequence, task.index))
    resources: list[ResourceState | None] = []
    for resource in recording.resources:
        position = bisect_right(resource.changes, sequence, key=lambda change: change.sequence)
        waiters = tuple(index for _, index in sorted(lines.get(resource.index, ())))
        resources.append(
            ResourceState(resource.changes[position - 1], waiters) if position else None
        )
    return MachineState(
        spans=spans,
        # The newest, should a nested loop make it look as if two had the loop.
        running=running[-1] if running else None,
        ready=ready,
        timers=tuple(position for _, _, position in sorted(armed)),
        resources=tuple(resources),
    )
