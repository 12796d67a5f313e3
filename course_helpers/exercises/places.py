"""All that can be solved in the course, each in its place: topic by topic, prediction or exercise.

A place stays what it is when exercises are added: the code of letters counts on it.
"""

from __future__ import annotations

from typing import Final

from course_helpers.exercises import catalogue
from course_helpers.exercises.exercise import Exercise
from course_helpers.exercises.judging import Level

TITLES: Final = {
    "introduction": "Introduction",
    "locks": "Locks",
    "semaphores": "Semaphores",
    "events": "Events",
    "conditions": "Conditions",
    "queues": "Queues",
    "priority_queues": "Priority queues",
    "subprocesses": "Subprocesses",
    "streaming_output": "Streaming output",
    "graceful_shutdown": "Graceful shutdown",
    "threads": "Threads",
    "debugging": "Debugging",
    "custom_event_loop": "A custom event loop",
    "timeouts": "Timeouts",
    "retries": "Retries",
    "context_variables": "Context variables",
    "task_groups": "Task groups",
}
"""The topics in order, by the names that their notebooks have behind the number."""

PREDICTIONS: Final = {
    "introduction": 2,
    "locks": 3,
    "semaphores": 2,
    "queues": 2,
    "task_groups": 3,
}
"""How many questions and games each notebook has: `locks.predict_1`, `locks.predict_2`, …"""

TOPICS_BETWEEN: Final = 2
"""So far back is what is asked again, so that it stays."""

LEVELS: Final[tuple[Level, ...]] = ("warm-up", "core", "stretch", "hunt")

_PREDICTIONS_AT_MOST: Final = 3
_EXERCISES_AT_MOST: Final = 5


def predictions(topic: str) -> list[str]:
    """The names under which answers to a notebook's questions are kept."""
    return [f"{topic}.predict_{number + 1}" for number in range(PREDICTIONS.get(topic, 0))]


def practised(topic: str) -> bool:
    """Whether a topic has a practice notebook."""
    return any(each.level != "warm-up" for each in exercises_of(topic))


def asked_again_in(topic: str) -> str:
    """The topic of which the practice of this one asks again: the last one far enough back."""
    before = list(TITLES)[: max(0, list(TITLES).index(topic) - TOPICS_BETWEEN + 1)]
    return next((each for each in reversed(before) if practised(each)), "")


def again(topic: str) -> str:
    """The name under which the answer to a question asked again is kept."""
    return f"{topic}.again_1"


def exercises_of(topic: str) -> list[Exercise]:
    """The exercises of a topic, in order."""
    return [each for each in catalogue.every_exercise() if each.name.split(".")[0] == topic]


def in_code() -> list[str]:
    """The name of what is in each place of the code of letters; none where nothing is yet."""
    found: list[str] = []
    exercises = list(catalogue.every_exercise())
    for topic in TITLES:
        own = [each.name for each in exercises if each.name.split(".")[0] == topic]
        for names, most in (
            (predictions(topic), _PREDICTIONS_AT_MOST),
            (own, _EXERCISES_AT_MOST),
        ):
            if len(names) > most:
                raise ValueError(f"{topic} has more than {most}: {', '.join(names)}")
            found += [*names, *[""] * (most - len(names))]
    return found
