"""Exercises: the learner's code, judged on what it did in many schedules.

`exercises.locks.account` is an exercise; a topic's module is loaded when it is first asked for.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import Final

TOPICS: Final = ("locks",)


def __getattr__(name: str) -> ModuleType:
    if name in TOPICS:
        return import_module(f"course_helpers.exercises.topics.{name}")
    raise AttributeError(f"there are no exercises called {name!r}; there are {', '.join(TOPICS)}")


def __dir__() -> list[str]:
    return list(TOPICS)
