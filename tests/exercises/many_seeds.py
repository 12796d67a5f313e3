"""Right answers are right in many more schedules than a check has time for.

    python -m tests.exercises.many_seeds --seeds 200

judges the solution and all right answers of each exercise so, and prints where one breaks a rule:
then the rule is wrong, or the answer. GitHub runs it every night.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace

from course_helpers.exercises import judging, store
from course_helpers.exercises.answers import Answer
from course_helpers.exercises.catalogue import every_exercise
from course_helpers.exercises.exercise import Exercise
from course_helpers.exercises.judging import Judge, Outcome, Scenario
from course_helpers.exercises.report import Report
from course_helpers.exercises.solution import made


def with_seeds(exercise: Exercise, count: int) -> Judge:
    """The same exercise, with so many schedules wherever durations are drawn."""
    scenarios = [_with_seeds(scenario, count) for scenario in exercise.scenarios]
    return Judge(exercise.name, exercise.asks, exercise.minutes, exercise.level, scenarios)


def _with_seeds(scenario: Scenario, count: int) -> Scenario:
    more = scenario.schedules.more
    return scenario if more is None else replace(scenario, schedules=more(count))


def problems(exercises: Sequence[Exercise], count: int) -> Iterator[str]:
    """What is said about each right answer that breaks a rule."""
    for exercise in exercises:
        judge = with_seeds(exercise, count)
        for answer in (exercise.answers.solution, *exercise.answers.right):
            verdict = judge.verdict(_made(exercise, answer))
            if verdict.outcome is not Outcome.RIGHT:
                yield f"{exercise.name}, {answer.title}\n{Report(judge, verdict).text}\n"


def _made(exercise: Exercise, answer: Answer) -> object:
    return made(exercise.name, exercise.asks.name, answer)


def main(arguments: Sequence[str]) -> int:
    """Print the problems; 0 if there are none."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=200)
    options = parser.parse_args(arguments)
    os.environ[store.VARIABLE] = "off"
    judging.CHECK_SECONDS = judging.CHECK_REAL_SECONDS = float("inf")  # type: ignore[misc]
    exercises = list(every_exercise())
    found = 0
    for problem in problems(exercises, options.seeds):
        found += 1
        print(problem)
    print(f"{len(exercises)} exercises, {options.seeds} seeds: {found or 'no'} problems")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
