"""Readings: who held what and when, who stood in line, how full it was."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, chain, islice
from typing import Final, NamedTuple

from course_helpers.recording.columns import packed
from course_helpers.recording.count import count
from course_helpers.recording.kinds import kind_of
from course_helpers.recording.model import (
    Cancellation,
    Change,
    Ending,
    Outcome,
    Recording,
    Resource,
    Span,
    Task,
    Waiters,
    Waker,
)
from course_helpers.recording.waited import Calls, Waited


def too_many(resource: Resource, changes: Sequence[Change]) -> int:
    """By how many its free permits and its holders exceed what a semaphore was made with, at most.

    0 for a `Semaphore(0)`: it counts what is released, and has no permits of its own.
    """
    if not resource.capacity or kind_of(resource).name != "semaphore":
        return 0
    rows = packed(Change, changes).each("value", "holders")
    most: int = max(value + len(holders) for value, holders in rows)
    return max(0, most - resource.capacity)


def expired(resource: Resource) -> float | None:
    """When a timeout expired, in seconds; None where it did not, and for all that is no timeout."""
    changes = packed(Change, resource.changes).each("time", "action")
    return next((time for time, action in changes if action == "expire"), None)


class Hold(NamedTuple):
    """A stretch of time, in seconds, in which a task held a resource, or stood in its line.

    `slot` is the row: which of a semaphore's permits, or which place in the line, counted from 0.
    """

    task: int
    start: float
    end: float
    slot: int


def holds(resource: Resource, until: float) -> list[Hold]:
    """Who held a resource, in order of the beginning; a holder keeps its slot to the end.

    `until` is the time, in seconds, to which those hold it who never let it go.
    """
    found: list[Hold] = []
    held: dict[int, list[tuple[float, int]]] = {}
    taken: set[int] = set()
    before: tuple[int, ...] = ()
    for time, holders in packed(Change, resource.changes).each("time", "holders"):
        gone, came = list(before), []
        for task in holders:
            if task in gone:
                gone.remove(task)
            else:
                came.append(task)
        for task in gone:
            start, slot = held[task].pop(0)
            taken.discard(slot)
            found.append(Hold(task, start, time, slot))
        for task in came:
            slot = next(number for number in range(len(taken) + 1) if number not in taken)
            taken.add(slot)
            held.setdefault(task, []).append((time, slot))
        before = holders
    for task, stays in held.items():
        found.extend(Hold(task, start, until, slot) for start, slot in stays)
    return sorted(found, key=lambda hold: (hold.start, hold.slot))


def line_lengths(recording: Recording) -> dict[int, list[tuple[float, int]]]:
    """How many tasks wait for each resource from which time on, in seconds, by its index.

    `Recording.waiters` names them as well, which takes long where the lines are long.
    """
    steps: dict[int, list[tuple[int, float, int]]] = {}
    for task in recording.tasks:
        left: int | None = None
        for sequence, start, reason in packed(Span, task.spans).each("sequence", "start", "reason"):
            if left is not None:
                steps[left].append((sequence, start, -1))
            left = reason.resource if reason is not None else None
            if left is not None:
                steps.setdefault(left, []).append((sequence, start, 1))
    lengths: dict[int, list[tuple[float, int]]] = {}
    for resource, changes in steps.items():
        changes.sort()
        total = accumulate(change for _, _, change in changes)
        lengths[resource] = [
            (time, length) for (_, time, _), length in zip(changes, total, strict=True)
        ]
    return lengths


def line(waiters: Sequence[Waiters], until: float) -> list[Hold]:
    """Who stood in line for a resource, and where: slot 0 is the first in the line.

    `until` is the time, in seconds, to which those stand there who were never let in.
    """
    found: list[Hold] = []
    standing: list[tuple[int, float]] = []
    for entry in waiters:
        after: list[tuple[int, float]] = []
        for place, task in enumerate(entry.tasks):
            same = place < len(standing) and standing[place][0] == task
            after.append(standing[place] if same else (task, entry.time))
        for place, (task, start) in enumerate(standing):
            if (place >= len(after) or after[place] != (task, start)) and entry.time > start:
                found.append(Hold(task, start, entry.time, place))
        standing = after
    for place, (task, start) in enumerate(standing):
        if until > start:
            found.append(Hold(task, start, until, place))
    return sorted(found, key=lambda hold: (hold.slot, hold.start))


def busy(recording: Recording, resource: Resource) -> float:
    """Seconds during which a lock was locked, or no permit of a semaphore was free, or a bounded
    queue was full; 0.0 for anything else."""
    changes = packed(Change, resource.changes)
    times, values = changes.numbers("time"), changes.numbers("value")
    ends = chain(islice(times, 1, None), [recording.duration])
    busy_at = _busy_values(resource)
    rows = zip(times, ends, values, strict=True)
    return sum((end - time for time, end, value in rows if value in busy_at), 0.0)


def ever_busy(resource: Resource) -> bool:
    """Whether it was ever so as `busy` measures it, for however short a time."""
    return bool(_busy_values(resource))


def _busy_values(resource: Resource) -> set[float]:
    """Those of its values at which it is busy, as `busy` has it."""
    kind, full = kind_of(resource).name, resource.capacity
    values = set(packed(Change, resource.changes).numbers("value"))
    if kind == "queue":
        return {value for value in values if full and value >= full}
    return values - {0} if kind == "lock" else values & {0} if kind == "semaphore" else set()


def lends(recording: Recording, queue: Resource) -> bool:
    """Whether a queue serves as a pool: what was taken from it came back, by whoever took it.

    Or by a task that this one made for it. Who has not ended may have one still, unless it waits
    for more. Where more came back than was taken, or `task_done()` tells of it, it is work. Work
    of which each piece leads to just one more cannot be told from a pool: how long it was empty,
    and who waited, is true of it as well.
    """
    in_hand: dict[int, int] = {}
    came_back = 0
    for action, task in packed(Change, queue.changes).each("action", "task"):
        if action == "task_done" or (action == "get" and task is None):
            return False
        if action == "get":
            taker = _taken_for(recording, task)
            in_hand[taker] = in_hand.get(taker, 0) + 1
        elif action == "put":
            giver = _given_for(recording, task, in_hand)
            if giver is not None:
                in_hand[giver] -= 1
                came_back += 1
            elif task in in_hand:
                return False
    waiting = {
        _taken_for(recording, task.index) for task in recording.tasks if _waits_in(queue, task)
    }
    missing = {task: number for task, number in in_hand.items() if number}
    return 0 < came_back >= len(missing) and all(
        number == 1 and recording.tasks[task].ending is Ending.ALIVE and task not in waiting
        for task, number in missing.items()
    )


def _waits_in(queue: Resource, task: Task) -> bool:
    """Whether a task waits at the end of the recording for an item of a queue."""
    reason = task.spans[-1].reason if task.spans else None
    return (
        task.ending is Ending.ALIVE
        and reason is not None
        and (reason.call, reason.resource) == ("Queue.get", queue.index)
    )


def _given_for(recording: Recording, task: int | None, in_hand: dict[int, int]) -> int | None:
    """Who has something in hand that this task may give back: itself, or those it works for."""
    while task is not None and not in_hand.get(task):
        by = recording.tasks[task]
        task = by.parent if by.kind == "task" else None  # what a thread puts may be anything
    return task


def _taken_for(recording: Recording, task: int) -> int:
    """Who takes an item: until Python 3.11 `wait_for` has a task of its own run `get`."""
    taker = recording.tasks[task]
    return taker.parent if taker.coroutine == "Queue.get" and taker.parent is not None else task


def empty(recording: Recording, queue: Resource) -> float:
    """Seconds during which a queue was empty, since something was taken from it first."""
    changes = packed(Change, queue.changes)
    rows = list(changes.each("time", "value", "action"))
    first = next((place for place, row in enumerate(rows) if row[2] == "get"), len(rows))
    ends = chain([row[0] for row in rows[first + 1 :]], [recording.duration])
    since = zip(rows[first:], ends, strict=False)
    return sum((end - time for (time, value, _), end in since if not value), 0.0)


def waits_for(recording: Recording) -> dict[int, list[tuple[int, Waited]]]:
    """Who waited for each resource, and in which calls, by the resource's index.

    A call is one wait, however often it was woken in vain.
    """
    waits: dict[int, list[tuple[int, Waited]]] = {}
    calls = Calls(recording)
    for task in recording.tasks:
        for call in calls.of(task):
            if call.reason.resource is not None:
                waits.setdefault(call.reason.resource, []).append((task.index, call))
    return waits


def is_nobodys(resource: Resource) -> bool:
    """Whether a semaphore was taken and nobody held it: a signal, a counter or the limit of a rate.

    See `Change.holders`: it is given back by others than those who took it.
    """
    changes = packed(Change, resource.changes)
    return (
        kind_of(resource).name == "semaphore"
        and "acquire" in changes.distinct("action")
        and not any(changes.distinct("holders"))
    )


class NeverDone(NamedTuple):
    """How many items were taken from a queue, and of how many `task_done()` told."""

    taken: int
    done: int

    def __str__(self) -> str:
        done = "none was" if not self.done else "1 was" if self.done == 1 else f"{self.done:,} were"
        taken = count(self.taken, "item that was", "items that were")
        return f"of {taken} taken, {done} marked done"


def never_done(recording: Recording, queue: Resource) -> NeverDone | None:
    """What was taken from a queue and not marked done, and nobody is at work on it any more.

    That is so when the queue is empty at the end of the recording, and everybody who took from it
    has ended or waits for more. None otherwise.
    """
    last = queue.changes[-1]
    if not last.unfinished or last.value:
        return None
    takers = {change.task for change in queue.changes if change.action == "get"}
    for task in takers:
        if task is None:
            return None
        taker = recording.tasks[task]
        if taker.ending is Ending.ALIVE and not _waits_in(queue, taker):
            return None
    actions = [change.action for change in queue.changes]
    return NeverDone(actions.count("get"), actions.count("task_done"))


_OUTSIDE: Final = {"timer": "a timer", "io": "input or output", "thread": "a thread"}


def outside(waker: Waker | None) -> str | None:
    """Who acted that is no task of the recording, in words; None where nobody knows.

    A signal whose name is not known stands in files of before version 4 alone.
    """
    if waker is None or waker.kind != "signal":
        return None if waker is None else _OUTSIDE.get(waker.kind)
    return waker.signal or "a signal"


def canceller(
    request: Cancellation, requests: Sequence[Cancellation], labels: Sequence[str]
) -> str | None:
    """Who called the `cancel()` that a request comes from, in words; None where nobody knows.

    `requests` are all cancellations of the recording, `labels` those of its tasks.
    """
    while request.origin is not None:
        request = requests[request.origin]
    # Until Python 3.11 `wait_for` cancels what it waited for in the step of its task.
    if request.through in ("timeout", "wait_for"):
        return "a timeout"
    return outside(request.by) if request.by.task is None else labels[request.by.task]


def of_its_own_group(recording: Recording, request: Cancellation) -> bool:
    """Whether a task group woke the very task that waits at its end, because it is to end.

    The group does not pass that on; until Python 3.12 it does not take it back either.
    """
    if request.through != "TaskGroup" or request.resource is None:
        return False
    changes = packed(Change, recording.resources[request.resource].changes)
    return any(
        action == "exit" and task == request.task and sequence < request.sequence
        for action, task, sequence in changes.each("action", "task", "sequence")
    )


def swallowed(recording: Recording) -> list[Cancellation]:
    """The requests that a task has not followed: it went on, though it had been cancelled.

    Where one was passed on to a task that went on, that task's alone is there.
    """
    found = [
        request
        for request in recording.cancellations
        if request.outcome in (Outcome.SWALLOWED, Outcome.GOES_ON)
        and not of_its_own_group(recording, request)
    ]
    behind = {request.origin for request in found}
    return [
        request
        for number, request in enumerate(recording.cancellations)
        if request in found and number not in behind
    ]
