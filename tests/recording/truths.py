"""What is true of every recording, whatever the program did."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise

from course_helpers.recording.model import Ending, Recording, Resource, Span, State, Task

_AFTER = {
    State.RUNNING: {State.READY, State.WAITING},
    State.READY: {State.RUNNING},
    State.WAITING: {State.READY},
    State.UNKNOWN: set(),
}
_SEMAPHORES = ("Semaphore", "BoundedSemaphore")
_QUEUES = ("Queue", "PriorityQueue", "LifoQueue")


def untruths(recording: Recording) -> list[str]:
    """Every sentence that must hold of a recording and does not; none for a good one."""
    found: list[str] = []
    for position, task in enumerate(recording.tasks):
        if task.index != position:
            found.append(f"{task.label!r} has index {task.index} at position {position}")
        found += (f"{task.label}: {sentence}" for sentence in _of_a_task(recording, task))
    found += _of_turns_taken(recording)
    for resource in recording.resources:
        found += (f"{resource.label}: {sentence}" for sentence in _of_a_resource(resource))
        for waiters in recording.waiters(resource):
            if len(set(waiters.tasks)) != len(waiters.tasks):
                found.append(f"{resource.label}: somebody queues twice: {waiters}")
    found += _of_the_loop(recording)
    return found


def _of_a_task(recording: Recording, task: Task) -> Iterator[str]:
    if (task.ended is None) != (task.ending is Ending.ALIVE):
        yield f"ended {task.ended} but is {task.ending}"
    if (task.ended is None) != (task.ended_sequence is None):
        yield "has an end without a sequence number, or the other way round"
    if task.cancelled_by is not None and task.ending is not Ending.CANCELLED:
        yield f"is {task.ending}, cancelled by {task.cancelled_by}"
    if task.parent is not None:
        parent = recording.tasks[task.parent]
        if (parent.born, parent.sequence) > (task.born, task.sequence):
            yield f"is older than its parent {parent.label}"
    if not task.spans:
        yield "has no spans"
        return
    end = recording.duration if task.ended is None else task.ended
    if task.spans[0].start != task.born:
        yield f"is born at {task.born} and its first span begins at {task.spans[0].start}"
    if task.spans[-1].end != end:
        yield f"ends at {end} and its last span at {task.spans[-1].end}"
    lived = sum(task.total(state) for state in State)
    if abs(lived - (end - task.born)) > 1e-9:
        yield f"running + ready + waiting = {lived}, and it lived {end - task.born}"
    for span in task.spans:
        yield from _of_a_span(recording, task, span)
    for before, after in pairwise(task.spans):
        if before.end != after.start:
            yield f"a gap or an overlap from {before.end} to {after.start}"
        if before.sequence >= after.sequence:
            yield f"span {after.sequence} begins before span {before.sequence}"
        if before.location != after.location and after.state is not State.RUNNING:
            yield f"moves from {before.location} to {after.location} while {before.state}"
        if after.state not in _AFTER[before.state]:
            yield f"{before.state} becomes {after.state} at {after.sequence}"
    destroyed = task.ending is Ending.DESTROYED
    stays = task.spans[-1].state not in (State.RUNNING, State.UNKNOWN)
    if task.ended is not None and stays != destroyed:
        yield f"ended while {task.spans[-1].state}"


def _of_a_span(recording: Recording, task: Task, span: Span) -> Iterator[str]:
    if span.start > span.end:
        yield f"a span from {span.start} to {span.end}"
    if (span.waker is not None) != (span.state is State.READY):
        yield f"a {span.state} span at {span.sequence} with waker {span.waker}"
    if (span.reason is not None) != (span.state is State.WAITING):
        yield f"a {span.state} span at {span.sequence} with reason {span.reason}"
    if span.waker is not None and span.waker.task is not None:
        by = recording.tasks[span.waker.task]
        if by.kind != span.waker.kind.replace("eager", "task"):
            yield f"woken by {by.label}, a {by.kind}, which is said to be a {span.waker.kind}"
    if span.reason is not None and span.reason.resource is not None:
        recording.resources[span.reason.resource]
    if span.reason is not None and span.reason.task == task.index:
        yield "waits for itself"


def _of_turns_taken(recording: Recording) -> Iterator[str]:
    """Nobody's step begins before the last one has ended."""
    last = 1 + max(
        [recording.events]
        + [span.sequence for task in recording.tasks for span in task.spans]
        + [task.ended_sequence or 0 for task in recording.tasks]
    )
    steps = []
    for task in recording.tasks:
        if task.kind == "task":
            ends = [span.sequence for span in task.spans[1:]]
            ends.append(last if task.ended_sequence is None else task.ended_sequence)
            for span, end in zip(task.spans, ends, strict=True):
                if span.state is State.RUNNING:
                    steps.append((span.sequence, end, span.start, span.end, task.label))
    steps.sort()
    for (_, end, _, stop, first), (begin, _, start, _, second) in pairwise(steps):
        if begin < end or start < stop:
            yield f"{second} runs from {begin} on while {first} runs until {end}"


def _of_a_resource(resource: Resource) -> Iterator[str]:
    first = resource.changes[0]
    if first.action != "seen":
        yield f"its first change is {first.action!r}"
    depth, unfinished = first.value, first.unfinished
    for before, after in pairwise(resource.changes):
        if (before.time, before.sequence) > (after.time, after.sequence):
            yield f"goes back in time at {after}"
        if set(after.holders) - set(before.holders) and after.action not in ("acquire", "enter"):
            yield f"somebody holds it who was never granted it: {after}"
        # A task that is not shown, such as the notebook kernel's own, is no holder.
        shown = after.task is not None
        # Nor has a semaphore holders that others give back than those who took it.
        nobodys = resource.kind in _SEMAPHORES and not any(
            change.holders for change in resource.changes
        )
        taken = shown and after.action == "acquire" and not nobodys
        if taken and len(after.holders) != len(before.holders) + 1:
            yield f"an acquisition that does not add one holder: {after}"
        if resource.kind in _SEMAPHORES:
            permits = before.value + {"acquire": -1, "release": 1}.get(after.action, 0)
            if after.value != permits:
                yield f"free permits + releases − acquisitions = {permits} at {after}"
        if resource.kind in _QUEUES:
            depth += {"put": 1, "get": -1}.get(after.action, 0)
            dropped = depth - after.value if after.action == "shutdown" else 0
            depth -= dropped
            if after.value != depth:
                yield f"puts − gets = {depth} at {after}"
            if unfinished is not None:
                unfinished += {"put": 1, "task_done": -1}.get(after.action, -dropped)
                if after.unfinished != unfinished:
                    yield f"puts − task_dones = {unfinished} at {after}"
    bound = resource.capacity
    most = max(change.value for change in resource.changes)
    if resource.kind == "Semaphore" and bound is not None and most > bound:
        bound = None  # it was released more often than it was taken, as only this class lets one do
    for change in resource.changes:
        if resource.kind == "Lock" and change.value not in (0, 1):
            yield f"a lock of value {change}"
        if resource.kind == "Lock" and len(change.holders) > change.value:
            yield f"held by more than one, or free and held: {change}"
        if change.value < 0:
            yield f"less than nothing: {change}"
        if bound is not None and resource.kind in (*_SEMAPHORES, *_QUEUES, "Barrier"):
            if change.value > math.ceil(bound):  # a queue of maxsize 1.3 takes 2
                yield f"more than its capacity {bound}: {change}"
            if resource.kind in _SEMAPHORES and change.value + len(change.holders) > bound:
                yield f"more holders and permits than its capacity {bound}: {change}"


def _of_the_loop(recording: Recording) -> Iterator[str]:
    for before, after in pairwise(recording.turns):
        if (before.start, before.sequence) >= (after.start, after.sequence):
            yield f"turn {after} does not follow {before}"
    for timer in recording.timers:
        if timer.ended is not None and timer.ended < timer.armed:
            yield f"a timer ends before it is armed: {timer}"
        if timer.fired and timer.ended is None:
            yield f"a timer fired and never ended: {timer}"
    for blocked in recording.blocked:
        if blocked.end < blocked.start:
            yield f"blocked from {blocked.start} to {blocked.end}"
