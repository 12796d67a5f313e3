"""Every answer that is listed gets the verdict that is listed, and every rule can be broken."""

from __future__ import annotations

import ast
import functools
import math
from pathlib import Path
from typing import NamedTuple

import pytest

from course_helpers.exercises import judging, store
from course_helpers.exercises.answers import Answer
from course_helpers.exercises.catalogue import every_exercise
from course_helpers.exercises.exercise import Exercise
from course_helpers.exercises.judging import Outcome, Verdict
from course_helpers.exercises.pictures import is_worth_showing
from course_helpers.exercises.report import Report
from course_helpers.exercises.solution import made

EXERCISES = list(every_exercise())
MESSAGES = Path(__file__).with_name("messages.txt")


@pytest.fixture(autouse=True)
def no_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(store.VARIABLE, "off")


def name_of(value: object) -> str:
    if isinstance(value, Exercise):
        return value.name
    return value.title if isinstance(value, Answer) else str(value)


def verdict(exercise: Exercise, answer: Answer, failures: float = math.inf) -> Verdict:
    return exercise.verdict(made(exercise.name, exercise.asks.name, answer), failures)


class Said(NamedTuple):
    """What a verdict comes to. Its recordings are let go: the collector would look at all of them
    whenever an answer is judged."""

    outcome: Outcome
    broken: str
    text: str
    worth_showing: bool


@functools.cache
def what_is_said(name: str, answer: Answer) -> Said:
    """What is found and said: it is the same each time."""
    exercise = next(exercise for exercise in EXERCISES if exercise.name == name)
    found = verdict(exercise, answer)
    failure = found.failure
    return Said(
        found.outcome,
        "" if failure is None else failure.rule.name,
        Report(exercise, found).text,
        failure is not None and is_worth_showing(failure.run.recording),
    )


RIGHT = [
    (exercise, answer)
    for exercise in EXERCISES
    for answer in (exercise.answers.solution, *exercise.answers.right)
]
WRONG = [(exercise, answer) for exercise in EXERCISES for answer in exercise.answers.wrong]


@pytest.mark.parametrize(("exercise", "answer"), RIGHT, ids=name_of)
def test_a_right_answer_is_right(exercise: Exercise, answer: Answer) -> None:
    found = verdict(exercise, answer)
    assert found.outcome is Outcome.RIGHT, Report(exercise, found).text
    assert not found.notes


@pytest.mark.parametrize(("exercise", "answer"), WRONG, ids=name_of)
def test_a_wrong_answer_breaks_its_rule_and_is_told_so(
    exercise: Exercise, answer: Answer, in_depth: bool
) -> None:
    if not in_depth:  # what is said depends on all schedules: the first failure says less
        assert verdict(exercise, answer, failures=1).outcome is Outcome.NOT_YET
        return
    said = what_is_said(exercise.name, answer)
    assert said.outcome is Outcome.NOT_YET
    assert said.broken == answer.rule, said.text
    assert answer.says in said.text
    assert said.text == reviewed().get(heading(exercise, answer)), "read it, as below"
    assert "course_helpers" not in said.text
    assert said.worth_showing, "its picture shows something"


def test_what_was_too_slow_for_this_machine_is_not_said_to_go_on_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    exercise, answer = RIGHT[0]
    monkeypatch.setattr(judging, "REAL_SECONDS", 1e-6)
    assert (
        "the code took too long, and was stopped"
        in Report(exercise, verdict(exercise, answer)).text
    )


@pytest.mark.parametrize("exercise", EXERCISES, ids=name_of)
def test_the_starter_is_not_attempted_and_a_change_is(exercise: Exercise) -> None:
    starter = exercise.answers.starter
    assert verdict(exercise, Answer("", starter)).outcome is Outcome.NOT_ATTEMPTED
    commented = f"# mine\nimport asyncio\n{starter}\nprint\n"
    assert verdict(exercise, Answer("", commented)).outcome is Outcome.NOT_ATTEMPTED
    changed = verdict(exercise, Answer("", f"{commented}\nused = 1\n"), failures=1)
    assert changed.outcome is Outcome.NOT_YET


def hollow(code: str, gives: str) -> str:
    """The same names and parameters; whatever is called does nothing, and gives this."""
    tree = ast.parse(code)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name != "__init__":
            yields = any(isinstance(inner, ast.Yield) for inner in ast.walk(node))
            node.body = ast.parse("if False:\n    yield" if yields else f"return {gives}").body
    return ast.unparse(tree)


@pytest.mark.parametrize("exercise", EXERCISES, ids=name_of)
@pytest.mark.parametrize("gives", ["None", "[]", "''"])
def test_an_answer_that_does_nothing_is_not_right(exercise: Exercise, gives: str) -> None:
    found = verdict(exercise, Answer("", hollow(exercise.answers.starter, gives)), failures=1)
    assert found.outcome is Outcome.NOT_YET


@pytest.mark.parametrize("exercise", EXERCISES, ids=name_of)
def test_there_are_enough_answers_and_each_rule_is_broken_first_by_one(exercise: Exercise) -> None:
    answers = exercise.answers
    assert len(answers.right) >= 1, "with the solution, two right answers of different shape"
    assert len(answers.wrong) >= 3
    broken = {answer.rule for answer in answers.wrong}
    assert {rule.name for rule in exercise.rules} - broken == set()


@pytest.mark.parametrize("exercise", EXERCISES, ids=name_of)
def test_a_hunt_has_guilty_lines_and_nothing_else_has(exercise: Exercise) -> None:
    assert bool(exercise.answers.guilty) == (exercise.level == "hunt")


def test_the_reviewed_file_has_the_message_of_each_wrong_answer_in_order() -> None:
    """`python -m tests.exercises.test_answers` writes the file anew: read what has changed."""
    assert list(reviewed()) == [heading(exercise, answer) for exercise, answer in WRONG]


def heading(exercise: Exercise, answer: Answer) -> str:
    """What stands above a message in the reviewed file."""
    return f"{exercise.name}, {answer.title}"


@functools.cache
def reviewed() -> dict[str, str]:
    """The messages that were read, by their headings."""
    parts = MESSAGES.read_text("utf-8").removeprefix("== ").removesuffix("\n").split("\n\n== ")
    return dict(part.split("\n", 1) for part in parts)


def messages() -> str:
    """What is said to each wrong answer."""
    return "\n".join(
        f"== {heading(exercise, answer)}\n{what_is_said(exercise.name, answer).text}\n"
        for exercise, answer in WRONG
    )


if __name__ == "__main__":
    with pytest.MonkeyPatch.context() as patch:
        # As in the tests: on a busy machine a check would stop before its end.
        for name in ("REAL_SECONDS", "CHECK_SECONDS", "CHECK_REAL_SECONDS"):
            patch.setattr(judging, name, 400.0)
        MESSAGES.write_text(messages(), "utf-8")
