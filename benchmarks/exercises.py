"""What a check takes: of right answers, and of wrong ones with their pictures."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from unittest import mock

from benchmarks.measuring import Row, processor_seconds
from course_helpers.exercises import store
from course_helpers.exercises.answers import Answer
from course_helpers.exercises.catalogue import every_exercise
from course_helpers.exercises.exercise import Exercise
from course_helpers.exercises.solution import made


def _checked(exercise: Exercise, answer: Answer) -> Callable[[], object]:
    written = made(exercise.name, exercise.asks.name, answer)
    return lambda: exercise.check(written)._repr_mimebundle_()


def _seconds(exercise: Exercise, answer: Answer) -> float:
    check = _checked(exercise, answer)
    return min(processor_seconds(check) for _ in range(2))


def rows() -> Iterator[Row]:
    """The median and the dearest of all exercises' right answers, and of their wrong ones."""
    with mock.patch.dict(os.environ, {store.VARIABLE: "off"}):
        exercises = list(every_exercise())
        right = [(one, one.answers.solution) for one in exercises]
        right += [(one, answer) for one in exercises for answer in one.answers.right]
        wrong = [(one, answer) for one in exercises for answer in one.answers.wrong]
        for what, pairs, aim in (
            ("a check of a right answer", right, "300 ms"),
            ("a check of a wrong answer, with its picture", wrong, "1,000 ms"),
        ):
            _checked(*pairs[0])()  # what is imported for the first
            times = sorted((_seconds(*pair), f"{pair[0].name}, {pair[1].title}") for pair in pairs)
            median, (most, dearest) = times[len(times) // 2][0], times[-1]
            measured = f"median {median * 1000:.0f} ms, most {most * 1000:.0f} ms ({dearest})"
            yield Row(f"{what}, {len(times)} of them", measured, aim)
