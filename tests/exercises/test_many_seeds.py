"""The command of the night finds a rule that is wrong in one schedule of many."""

from __future__ import annotations

import pytest

from course_helpers.exercises import store
from course_helpers.exercises.exercise import Exercise
from course_helpers.exercises.judging import Scenario
from course_helpers.exercises.rules import Breach, Run, rule
from course_helpers.exercises.schedules import every_order, seeds
from course_helpers.exercises.topics import locks
from tests.exercises.many_seeds import problems, with_seeds


@rule("the seed is small")
def small(run: Run) -> list[Breach]:
    return [Breach("the seed is 25", 0.0)] if run.schedule.seed == 25 else []


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Exercise:
    """An exercise with a rule that holds in the schedules of a check, and not in all."""
    monkeypatch.setenv(store.VARIABLE, "off")
    given = locks.account
    program = given.scenarios[0].program
    scenarios = [
        Scenario("One", program, seeds(10), [small]),
        Scenario("Other", program, every_order(), [small]),
    ]
    return Exercise(given.name, given.asks, given.minutes, given.level, scenarios)


def test_a_rule_that_is_wrong_in_one_of_many_schedules_is_found(account: Exercise) -> None:
    assert list(problems([account], 10)) == []
    first, *_ = problems([account], 30)
    assert first.startswith("locks.account, one lock for each account")
    assert "the seed is 25" in first


def test_only_drawn_schedules_become_more(account: Exercise) -> None:
    one, other = with_seeds(account, 30).scenarios
    assert one.schedules.more is not None
    assert other is account.scenarios[1]
