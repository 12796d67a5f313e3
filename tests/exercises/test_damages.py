"""A small damage to a right answer is noticed, or that answer is right as well.

Whatever an answer's verdict is, it is the same on every Python: `test_answers.py` sees to that.
"""

from __future__ import annotations

import pytest

from authoring.mutants import mutants
from course_helpers.exercises import judging
from course_helpers.exercises.answers import Answer
from course_helpers.exercises.catalogue import every_exercise
from course_helpers.exercises.exercise import Exercise
from course_helpers.exercises.judging import Outcome
from course_helpers.exercises.solution import made


@pytest.mark.slow
@pytest.mark.parametrize("exercise", list(every_exercise()), ids=lambda exercise: exercise.name)
def test_each_is_noticed_or_listed_as_right(
    exercise: Exercise, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What never awaits takes all of it, and says the same of an answer after a hundredth of that.
    monkeypatch.setattr(judging, "REAL_SECONDS", 0.2)
    answers = exercise.answers
    survived: dict[str, str] = {}
    for answer in (answers.solution, *answers.right):
        for what, source in mutants(answer.code):
            damaged = Answer(f"damaged {answer.title}", source)
            try:
                found = exercise.verdict(made(exercise.name, exercise.asks.name, damaged), 1)
            except Exception:
                continue
            if found.outcome is Outcome.RIGHT:
                survived[what] = source
            assert found.outcome is not Outcome.CANNOT_TELL, (what, source, found)
    assert sorted(survived) == sorted(answers.same)
