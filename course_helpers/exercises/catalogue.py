"""All exercises there are, in the order of their topics."""

from __future__ import annotations

from collections.abc import Iterator

from course_helpers import exercises
from course_helpers.exercises.answers import FOLDER
from course_helpers.exercises.exercise import Exercise


def every_exercise() -> Iterator[Exercise]:
    """Each exercise, topic by topic, in the order in which its module defines them."""
    for topic in sorted(exercises.TOPICS, key=number_of):
        for value in vars(getattr(exercises, topic)).values():
            if isinstance(value, Exercise):
                yield value


def number_of(topic: str) -> int:
    """The number of a topic's notebook: 1 for `"locks"`."""
    (folder,) = FOLDER.glob(f"[0-9][0-9]_{topic}")
    return int(folder.name[:2])
