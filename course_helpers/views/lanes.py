"""Which lanes a picture has, and what is on the lanes of a resource: as data, drawn by others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import NamedTuple

from course_helpers.recording.model import (
    WAIT_KINDS,
    Change,
    Ending,
    Recording,
    Resource,
    State,
    Task,
    Waiters,
)


class Lane(NamedTuple):
    """The row of one task; `depth` is the number of its ancestors that are shown."""

    task: Task
    depth: int


class Gap(NamedTuple):
    """A row that stands for several neighbouring tasks that have no row of their own."""

    tasks: tuple[Task, ...]


def chosen(recording: Recording, tasks: Iterable[Task | int | str] | str | None) -> list[Task]:
    """The tasks that were asked for by label, index or as themselves; all of them for None.

    Raises LookupError, naming the labels that there are, for a label or an index that no task has,
    and TypeError for anything that is none of the three.
    """
    if tasks is None:
        return list(recording.tasks)
    wanted: set[int] = set()
    for name in [tasks] if isinstance(tasks, str) else tasks:
        if isinstance(name, Task):
            found = [name.index]
        elif isinstance(name, str):
            found = [task.index for task in recording.tasks if task.label == name]
        elif isinstance(name, int) and not isinstance(name, bool):
            found = [name] if 0 <= name < len(recording.tasks) else []
        else:
            raise TypeError(f"tasks are named by label, index or as Task, not by {name!r}")
        if not found:
            labels = ", ".join(repr(task.label) for task in recording.tasks[:20])
            raise LookupError(f"no task {name!r}; the labels are {labels}")
        wanted.update(found)
    return [task for task in recording.tasks if task.index in wanted]


def family(tasks: Sequence[Task]) -> list[Lane]:
    """The tasks in order of birth, each followed at once by its children."""
    shown = {task.index for task in tasks}
    children: dict[int | None, list[Task]] = {}
    for task in tasks:
        parent = task.parent if task.parent in shown and task.parent != task.index else None
        children.setdefault(parent, []).append(task)
    lanes: list[Lane] = []
    stack = [Lane(task, 0) for task in reversed(children.get(None, []))]
    while stack:
        lane = stack.pop()
        lanes.append(lane)
        stack.extend(
            Lane(child, lane.depth + 1) for child in reversed(children.get(lane.task.index, []))
        )
    return lanes


def elided(lanes: Sequence[Lane], limit: int) -> list[Lane | Gap]:
    """At most about `limit` rows: the first two thirds, the last third, a gap for those between."""
    if len(lanes) <= limit:
        return list(lanes)
    first = limit * 2 // 3
    last = limit - first - 1
    hidden = lanes[first : len(lanes) - last]
    gap = Gap(tuple(lane.task for lane in hidden))
    return [*lanes[:first], gap, *lanes[len(lanes) - last :]]


def left_waiting(task: Task) -> bool:
    """Whether the task waited when the recording ended, perhaps for ever."""
    return (
        task.ending is Ending.ALIVE and bool(task.spans) and (task.spans[-1].state is State.WAITING)
    )


def horizon(recording: Recording) -> float:
    """To what time, in seconds, a picture goes: beyond the end, if tasks were left waiting.

    In a deadlock the last waits begin when time ends; they would have no width.
    """
    if any(left_waiting(task) for task in recording.tasks):
        return recording.duration * 1.1 or 1.0
    return recording.duration


def kind_of(resource: Resource) -> str:
    """The kind of wait reason that belongs to a resource: `"queue"` for a `PriorityQueue`."""
    name = resource.kind.lower()
    return next((kind for kind in WAIT_KINDS if kind in name), "future")


def too_many(resource: Resource, changes: Iterable[Change]) -> int:
    """By how many its free permits and its holders exceed what a semaphore was made with, at most.

    0 for a `Semaphore(0)`: it counts what is released, and has no permits of its own.
    """
    if not resource.capacity or kind_of(resource) != "semaphore":
        return 0
    permits = (change.value + len(change.holders) for change in changes)
    return max(0, max(permits) - resource.capacity)


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
    for change in resource.changes:
        gone, came = list(before), []
        for task in change.holders:
            if task in gone:
                gone.remove(task)
            else:
                came.append(task)
        for task in gone:
            start, slot = held[task].pop(0)
            taken.discard(slot)
            found.append(Hold(task, start, change.time, slot))
        for task in came:
            slot = next(number for number in range(len(taken) + 1) if number not in taken)
            taken.add(slot)
            held.setdefault(task, []).append((change.time, slot))
        before = change.holders
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
        for span in task.spans:
            if left is not None:
                steps[left].append((span.sequence, span.start, -1))
            left = span.reason.resource if span.reason is not None else None
            if left is not None:
                steps.setdefault(left, []).append((span.sequence, span.start, 1))
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
