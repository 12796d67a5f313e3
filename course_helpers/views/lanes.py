"""Which lanes a picture has, and what is on the lanes of a resource: as data, drawn by others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from course_helpers.recording.model import (
    Ending,
    Recording,
    State,
    Task,
)


class Lane(NamedTuple):
    """The row of one task; `depth` is the number of its ancestors that are shown."""

    task: Task
    depth: int


class Gap(NamedTuple):
    """A row that stands for several neighbouring tasks that have no row of their own."""

    tasks: tuple[Task, ...]


Chosen = Iterable[Task | int | str] | Task | int | str | None
"""Tasks, or one of them, by label, index or as themselves; all of them for None."""


def chosen(recording: Recording, tasks: Chosen) -> list[Task]:
    """The tasks that were asked for.

    Raises LookupError, naming the labels that there are, for a label or an index that no task has,
    and TypeError for anything that is none of the three.
    """
    if tasks is None:
        return list(recording.tasks)
    if isinstance(tasks, str) or not isinstance(tasks, Iterable):
        tasks = [tasks]
    wanted: set[int] = set()
    for name in tasks:
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
