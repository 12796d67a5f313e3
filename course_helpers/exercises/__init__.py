"""Exercises: the learner's code, judged on what it did in many schedules.

`exercises.locks.account` is an exercise; a topic's module is loaded when it is first asked for.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import Final

from course_helpers.exercises import predict
from course_helpers.exercises.play import play
from course_helpers.exercises.progress import progress

__all__ = ["play", "predict", "progress"]

TOPICS: Final = ("introduction", "locks", "semaphores", "queues", "task_groups")


def __getattr__(name: str) -> ModuleType:
    if name in TOPICS:
        return import_module(f"course_helpers.exercises.topics.{name}")
    raise AttributeError(f"there are no exercises called {name!r}; there are {', '.join(TOPICS)}")


def __dir__() -> list[str]:
    return list(TOPICS)
