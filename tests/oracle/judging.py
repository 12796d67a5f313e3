"""What a judge gets, and what it answers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any, NamedTuple

from course_helpers.recording.model import Recording, Resource, Task
from tests.oracle.truth import Lane, Truth

#: What a recording calls a primitive whose name it could not find: not wrong, and no name.
_UNNAMED = re.compile(r"(Timeout|TaskGroup) \d+")


class Untruth(NamedTuple):
    """A statement that is not so: its kind, what is said, and what the log says."""

    kind: str
    said: object
    true: object


class Case:
    """A recording and the truth about the same program.

    `error` is the text of what a simulation raised when it stopped the program.
    """

    def __init__(self, recording: Recording, truth: Truth, error: str = "") -> None:
        self.recording = recording
        self.truth = truth
        self.error = error
        #: What judges have worked out, to be used again.
        self.kept: dict[str, Any] = {}
        self.lanes = {lane.label: lane for lane in truth.tasks.values()}

    @cached_property
    def pairs(self) -> list[tuple[Task, Lane]]:
        """The program's own tasks, as recorded and as they are."""
        return [
            (task, self.lanes[task.label])
            for task in self.recording.tasks
            if task.kind == "task" and not task.existed and task.label in self.lanes
        ]

    def key(self, index: int | None) -> str:
        """What the log calls a task of the recording."""
        if index is None:
            return ""
        task = self.recording.tasks[index]
        lane = self.lanes.get(task.label)
        return task.label if lane is None else lane.key

    @cached_property
    def resources(self) -> dict[str, Resource]:
        """The primitives of the recording by the names that the program gave them."""
        return {
            resource.label: resource
            for resource in self.recording.resources
            if not self.is_unnamed(resource.label)
        }

    @property
    def existed(self) -> int:
        """How many tasks were there before the recording began."""
        return sum(task.existed for task in self.recording.tasks)

    def is_thread(self, label: str) -> bool:
        """Whether a lane is that of a thread or a process."""
        return any(task.label == label and task.kind != "task" for task in self.recording.tasks)

    @cached_property
    def outside(self) -> list[str]:
        """The lanes that are none of the program's tasks: threads, and what was there before."""
        return [task.label for task in self.recording.tasks if task.existed or task.kind != "task"]

    def is_outside(self, label: str) -> bool:
        """Whether a lane is none of the program's tasks."""
        return label in self.outside

    def is_unnamed(self, label: str) -> bool:
        """Whether a primitive was given a label because its name could not be found.

        Or because it was mistaken: see `is_misnamed`.
        """
        return _UNNAMED.fullmatch(label) is not None or self.is_misnamed(label)

    def is_misnamed(self, label: str) -> bool:
        """Whether a primitive has the name of another one, with a number behind it."""
        name, _, number = label.partition(" #")
        known = self.truth.touched()
        return bool(number) and name in known and label not in known


Judge = Callable[[Case], Iterator[Untruth]]
