"""Predictions: say what a program will do, then run it and compare.

    predict.order(main)

Each is a question about a program, an async function without arguments. What is right is worked out
from the program's recording when the button is pressed: an answer cannot be out of date. On a page
on which nothing runs a prediction is its question, without the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from course_helpers.exercises.questions import Prediction
    from course_helpers.recording.model import Recording

Program = Callable[[], Coroutine[Any, Any, Any]]


def order(program: Program) -> Prediction:
    """In which order does a program print its lines? They are pressed one after the other.

    The lines are offered in alphabetical order. Raises TypeError for anything but an async function
    without arguments, ValueError for a program that prints fewer than two lines.
    """
    from course_helpers.exercises.questions import Order  # slow to import

    return Order(_checked(program, "order"))


def number(
    program: Program,
    figure: Callable[[Recording], float],
    question: str,
    choices: Mapping[float, str],
) -> Prediction:
    """How much is it? `figure` is a function of the recording, such as its duration in seconds.

    `choices` are the numbers to choose from, each with why one would think so: that is said beside
    the right number when it was chosen and is wrong. Raises TypeError as `order`, ValueError for
    fewer than two choices.
    """
    from course_helpers.exercises.questions import Number

    return Number(_checked(program, "number"), figure, question, choices)


def choose(
    program: Program, question: str, options: Mapping[str, Callable[[Recording], bool]]
) -> Prediction:
    """Which sentence is true? `options` are sentences with functions that say so of a recording.

    Raises TypeError as `order`, ValueError for fewer than two options.
    """
    from course_helpers.exercises.questions import Choice

    return Choice(_checked(program, "choose"), question, options)


def next(program: Program, at: float = 0.0, count: int = 5) -> Prediction:
    """Which of the tasks that are ready runs next? Asked so often, from a moment (seconds) on.

    Raises TypeError as `order`, ValueError for a program in which two tasks are never ready at the
    same time.
    """
    from course_helpers.exercises.questions import Next

    return Next(_checked(program, "next"), at, count)


def _checked(program: Program, kind: str) -> Program:
    if not iscoroutinefunction(program):
        raise TypeError(
            f"predict.{kind}() takes an async function without arguments, not "
            f"{type(program).__name__}: write predict.{kind}(main), without brackets behind main"
        )
    return program
