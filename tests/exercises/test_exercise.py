"""What a learner calls: check, hint, solution, and a look at what happened."""

from __future__ import annotations

import asyncio
import gc
import weakref
import zipfile
from pathlib import Path
from typing import Any

import pytest

from course_helpers import Recording, exercises
from course_helpers.exercises import judging, store
from course_helpers.exercises.answers import Answer
from course_helpers.exercises.exercise import Exercise
from course_helpers.exercises.judging import Outcome
from course_helpers.exercises.solution import made
from course_helpers.exercises.topics import locks


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Exercise:
    """The exercise as a new kernel has it."""
    monkeypatch.setenv(store.VARIABLE, "off")
    given = locks.account
    return Exercise(given.name, given.asks, given.minutes, given.level, given.scenarios)


def answer(exercise: Exercise, number: int | None = None) -> object:
    answers = exercise.answers
    code = answers.solution if number is None else answers.wrong[number]
    return made(exercise.name, exercise.asks.name, code)


def test_an_exercise_is_reached_by_its_topic() -> None:
    assert exercises.locks.account is locks.account
    with pytest.raises(AttributeError, match="there are no exercises called 'lock'; there are"):
        exercises.lock  # noqa: B018


def test_four_who_wait_are_named_and_more_are_others() -> None:
    code = """
class Pool:
    def __init__(self, site):
        self.permits = asyncio.Semaphore({})

    async def use(self, job):
        await self.permits.acquire()
"""
    pool = exercises.semaphores.pool
    four = str(pool.check(made(pool.name, "Pool", Answer("none", code.format(0)))))
    assert "user A, user B, user C and user D wait for a permit" in four
    noon = exercises.semaphores.noon
    code = code.format(1).replace("Pool", "Client").replace("use(self, job)", "page(self, number)")
    many = str(noon.check(made(noon.name, "Client", Answer("one", code))))
    assert "user 1, user 2, user 3 and others wait for a permit" in many


def test_hints_begin_with_the_rule_that_was_broken(
    account: Exercise, capsys: pytest.CaptureFixture[str]
) -> None:
    account.hint()
    assert "Hint 1 of 3: Look for the `await`" in capsys.readouterr().out
    account.check(answer(account, 2))
    account.hint()
    assert "Hint 1 of 4: How many locks are there" in capsys.readouterr().out
    for _ in range(5):
        account.hint()
    assert "There is no other hint." in capsys.readouterr().out


def test_the_solution_is_seen_by_accident_never(
    account: Exercise, capsys: pytest.CaptureFixture[str]
) -> None:
    assert account.solution() is None
    assert "You have not tried yet" in capsys.readouterr().out
    assert "One lock for each account." in str(account.solution())


@pytest.mark.slow
def test_after_a_try_the_solution_stands_beside_yours_in_the_same_schedule(
    account: Exercise,
) -> None:
    account.check(answer(account, 0))
    solution = account.solution()
    assert solution is not None
    assert [title for title, _ in solution.recordings] == [
        "Yours",
        "The solution, in the same schedule",
    ]
    page = solution._repr_mimebundle_()["text/html"]
    assert page.count("class='course-picture light'") == 2
    assert "Also right: no await between the read and the write" in page


def test_what_happened_can_be_looked_at_with_everything_there_is(account: Exercise) -> None:
    with pytest.raises(RuntimeError, match="nothing was checked yet"):
        account.replay()
    account.check(answer(account, 0))
    assert "Pointed out: the moment 0.048 s" in account.timeline().alternative
    assert account.replay() is not None
    first, second = account.schedule(0), account.schedule(1)
    assert isinstance(first, Recording)
    assert first.duration == 0.048
    assert second.duration != first.duration
    with pytest.raises(LookupError, match="numbered 0 to 9"):
        account.schedule(10)


def test_a_look_at_a_schedule_keeps_nothing_of_those_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Pages:
        """What an answer has made."""

    monkeypatch.setenv(store.VARIABLE, "off")
    made_before: weakref.WeakSet[Pages] = weakref.WeakSet()
    counts: list[int] = []

    async def fetch_all(site: Any, numbers: list[int]) -> Pages:
        counts.append(len(made_before))
        pages = Pages()
        made_before.add(pages)
        return pages

    pages = exercises.semaphores.fetch_all
    pages.check(fetch_all)
    counts.clear()
    assert pages.schedule(7).tasks
    assert counts == [0] * 8
    assert not made_before


def test_a_look_leaves_the_garbage_collector_at_work(account: Exercise) -> None:
    account.check(answer(account))
    account.schedule(0)
    solution = account.solution()
    assert solution is not None
    assert solution.recordings
    assert gc.isenabled()


def test_after_a_check_of_a_right_answer_none_of_its_tasks_is_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(store.VARIABLE, "off")
    pipeline = exercises.queues.pipeline
    solution = answer(pipeline)
    gc.collect()
    others = tasks_there_are()
    assert pipeline.check(solution).outcome is Outcome.RIGHT
    assert [each for each in tasks_there_are() if all(each is not one for one in others)] == []


def tasks_there_are() -> list[object]:
    """All tasks that are in memory."""
    return [each for each in gc.get_objects() if issubclass(type(each), asyncio.Task)]


def test_whoever_disagrees_gets_a_file_that_can_be_sent(
    account: Exercise,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RuntimeError, match="nothing was checked yet"):
        account.disagree()
    report = account.check(answer(account, 0))
    assert "Disagree? exercises.locks.account.disagree() makes a file" in report.text
    account.disagree()
    assert "locks_account_disagree.zip lies beside this notebook" in capsys.readouterr().out
    with zipfile.ZipFile("locks_account_disagree.zip") as file:
        assert file.read("answer.py").decode() == account.answers.wrong[0].code
        assert file.read("report.txt").decode().startswith(report.text)
        file.extract("recording.json")
    assert Recording.load("recording.json") == report.recording
    assert "Disagree?" not in account.check(answer(account)).text


def test_a_folder_that_takes_no_file_is_said(
    account: Exercise,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "locks_account_disagree.zip").mkdir()
    account.check(answer(account, 0))
    account.disagree()
    assert "could not be written here" in capsys.readouterr().out


def test_a_right_answer_can_be_looked_at_too(account: Exercise) -> None:
    report = account.check(answer(account))
    assert str(report).startswith("✓ Right, in all 35 schedules.")
    assert account.timeline() is not None
    assert account.schedule(0).tasks


@pytest.mark.slow
def test_a_verdict_is_the_same_each_time(account: Exercise) -> None:
    texts = {str(account.check(answer(account, number))) for number in (3, 3, 3)}
    assert len(texts) == 1


def test_what_is_given_in_place_of_a_coroutine_does_not_warn_later(
    recwarn: pytest.WarningsRecorder,
) -> None:
    def fetch_all(site: Any, numbers: list[int]) -> list[Any]:
        return [site.get(number) for number in numbers]

    report = exercises.semaphores.fetch_all.check(fetch_all)
    gc.collect()
    assert "it gave a value of type list" in report.text
    assert [str(each.message) for each in recwarn] == []


def test_a_mistake_that_comes_seldom_is_told_so(account: Exercise) -> None:
    code = account.answers.right[0].code.replace(
        "        self.balance -= amount",
        "        balance = self.balance\n"
        "        if asyncio.get_running_loop().time() == 0.027:\n"
        "            await asyncio.sleep(1)\n"
        "        self.balance = balance - amount",
    )
    report = account.check(made(account.name, "Account", Answer("seldom", code)))
    assert "It passes" in str(report)
    assert "this is the bug that tests do not find" in str(report)


def test_a_hunt_begins_by_naming_the_lines() -> None:
    till = locks.till
    asked = str(till.lines())
    assert asked.startswith("○ Two lines of the code below are to blame. Name them")
    code = till.answers.starter.splitlines()
    early = next(number for number, line in enumerate(code, 1) if "return False" in line)
    found = str(till.lines("self.reader.pay", early))
    assert found.startswith("✓ Found.")
    assert f"Line {early}: whoever goes out by the early return leaves the lock held" in found
    half = str(till.lines(early, 1))
    assert half.startswith("✗ Not yet: 1 of 2 found.")
    assert "Line 1 is not to blame: class Till:" in half
    # The line that takes the lock by hand is the other half of the same mistake.
    assert "1 of 2 found" in str(till.lines("self.lock.acquire()", early))


@pytest.mark.parametrize(
    ("named", "says"),
    [
        ((1, 2, 3), "You name 3 lines, and two lines of the code below are to blame: decide."),
        ((99,), "There is no line 99: the code, as it was given, has lines 1 to"),
        (("nowhere",), "No line of the code, as it was given, has “nowhere” in it."),
        (("if paid",), "name one by its number"),
        ((True,), "Name a line by its number"),
    ],
)
def test_a_line_that_cannot_be_judged_is_told_so(named: tuple[object, ...], says: str) -> None:
    assert says in str(locks.till.lines(*named))


def test_a_text_that_all_guilty_lines_have_names_them_all() -> None:
    said = str(exercises.semaphores.noon.lines("self.permits.release()"))
    assert said.startswith("✓ Found.")
    assert said.count("\nLine ") == 2


def test_a_piece_that_the_guilty_lines_have_beside_their_code_names_none_of_them() -> None:
    said = str(exercises.semaphores.noon.lines("#"))
    assert said.startswith("✗ Lines 17 and 25 have “#” in them: name one by its number.")


def test_only_a_hunt_has_guilty_lines(account: Exercise) -> None:
    with pytest.raises(TypeError, match="is no hunt"):
        account.lines(3)


def test_time_in_which_the_machine_does_something_else_is_not_the_answers(
    account: Exercise, monkeypatch: pytest.MonkeyPatch
) -> None:
    solution = answer(account)
    monkeypatch.setattr(judging, "CHECK_SECONDS", 100.0)  # of processor time
    monkeypatch.setattr(judging, "CHECK_REAL_SECONDS", 400.0)
    passed = iter([0.0])
    monkeypatch.setattr(judging, "perf_counter", lambda: next(passed, 399.0))
    assert account.check(solution).outcome is Outcome.RIGHT
    passed = iter([0.0])
    monkeypatch.setattr(judging, "perf_counter", lambda: next(passed, 401.0))
    assert account.check(solution).outcome is Outcome.CANNOT_TELL


def test_a_run_that_the_machine_kept_waiting_is_tried_once_more(
    account: Exercise, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judging, "REAL_SECONDS", 0.5)
    monkeypatch.setattr(judging, "PATIENT_SECONDS", 20.0)
    right = account.answers.right[0]
    code = right.code.replace(
        "        self.balance -= amount",
        "        if not stalled:\n"
        "            stalled.append(True)\n"
        "            time.sleep(1.0)\n"
        "        self.balance -= amount",
    )
    stalled = made(account.name, "Account", Answer("stalled", f"import time\nstalled = []\n{code}"))
    assert account.check(stalled).outcome is Outcome.RIGHT
