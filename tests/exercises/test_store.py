"""Progress survives: two kernels, a cut write, an older and a newer file, a read-only folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from course_helpers import progress
from course_helpers.exercises import store
from course_helpers.exercises.places import TITLES, in_code
from course_helpers.exercises.progress_code import decoded, encoded
from course_helpers.exercises.store import State, note
from course_helpers.exercises.topics import locks


@pytest.fixture(autouse=True)
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of progress of a kernel that has noted nothing yet."""
    monkeypatch.setenv(store.VARIABLE, str(tmp_path / "progress.json"))
    monkeypatch.setattr(store, "_memory", {})
    return tmp_path / "progress.json"


def stored(file: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return document


def restarted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "_memory", {})


def test_checks_are_counted_with_the_rules_that_they_broke(file: Path) -> None:
    assert note("locks.account", State.TRIED, broken="a rule") == ""
    assert note("locks.account", State.TRIED, broken="a rule") == ""
    assert note("locks.account", State.SOLVED) == ""
    assert note("locks.account", State.TRIED, broken="another") == ""
    entry = stored(file)["locks.account"]
    assert (entry["state"], entry["checks"]) == ("solved", 4)
    assert entry["broken"] == {"a rule": 2, "another": 1}


def test_solved_after_the_solution_is_told(file: Path) -> None:
    store.solution_seen("locks.account")
    note("locks.account", State.SOLVED)
    assert stored(file)["locks.account"]["state"] == "solved after the solution"


def test_a_restarted_kernel_and_a_second_one_go_on_from_the_file(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    note("locks.account", State.SOLVED)
    restarted(monkeypatch)
    note("locks.once", State.TRIED)
    assert {name: entry["state"] for name, entry in store.load().items()} == {
        "locks.account": "solved",
        "locks.once": "tried",
    }


#: Locks as Windows has them, made of this system's.
LIKE_WINDOWS = """
import asyncio, fcntl, subprocess, sys, types
def locking(descriptor, mode, count):
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
sys.modules["msvcrt"] = types.SimpleNamespace(LK_NBLCK=2, locking=locking)
sys.modules["fcntl"] = None
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    "system",
    [
        "",
        pytest.param(LIKE_WINDOWS, marks=pytest.mark.skipif(os.name == "nt", reason="it is one")),
    ],
    ids=["this system", "like Windows"],
)
def test_two_kernels_at_once_lose_nothing(file: Path, system: str) -> None:
    program = (
        f"{system}\nimport sys\nfrom course_helpers.exercises import store\n"
        "for number in range(100):\n"
        "    store.note(f'{sys.argv[1]}.n{number}', store.State.SOLVED)\n"
        "    store._memory.clear()  # each is the only one of a kernel that ends then\n"
    )
    kernels = [subprocess.Popen([sys.executable, "-c", program, name]) for name in ("a", "b")]
    assert [kernel.wait() for kernel in kernels] == [0, 0]
    assert len(stored(file)) == 201  # and the version


@pytest.mark.parametrize("text", ["", "{", "[]", '{"locks.account": 3}', "\x00\xff"])
def test_a_damaged_file_counts_as_empty_and_is_written_anew(file: Path, text: str) -> None:
    file.write_text(text, "utf-8")
    assert store.load() == {}
    assert note("locks.account", State.SOLVED) == ""
    assert stored(file)["locks.account"]["state"] == "solved"


def test_a_newer_file_is_left_alone_and_said(file: Path) -> None:
    text = '{"version": 99, "new": true}'
    file.write_text(text, "utf-8")
    assert "newer version" in note("locks.account", State.SOLVED)
    assert file.read_text("utf-8") == text
    assert "newer version" in str(progress())


def test_unknown_names_are_kept(file: Path) -> None:
    file.write_text('{"version": 1, "later.one": {"state": "mastered"}}', "utf-8")
    note("locks.account", State.SOLVED)
    assert stored(file)["later.one"] == {"state": "mastered"}


def test_where_it_cannot_be_written_a_sentence_says_so_and_the_kernel_remembers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(store.VARIABLE, str(tmp_path / "missing" / "progress.json"))
    assert "Progress is not kept in progress.json" in note("locks.account", State.SOLVED)
    assert store.load()["locks.account"]["state"] == "solved"


def test_merging_has_no_order() -> None:
    one = {"a": {"state": "solved", "day": "2026-01-02", "checks": 3, "broken": {"x": 1}}}
    other = {"a": {"state": "tried", "day": "2026-01-01", "checks": 5, "broken": {"x": 2, "y": 1}}}
    assert store.merged(one, other) == store.merged(other, one)
    assert store.merged(one, other)["a"] == {
        "state": "solved",
        "day": "2026-01-02",
        "checks": 5,
        "broken": {"x": 2, "y": 1},
    }


def test_progress_says_what_comes_next_and_what_is_due(file: Path) -> None:
    entry = {"state": "solved", "day": "2020-01-01"}
    file.write_text(json.dumps({"version": 1, "locks.account": entry}), "utf-8")
    text = str(progress())
    assert "✓ Two withdrawals" in text
    assert "Next: Two downloads (Introduction, warm-up), 4 minutes" in text


def test_a_file_is_brought_back_and_a_wrong_one_gets_a_sentence(file: Path) -> None:
    view = progress()
    view.bring_back(b'{"version": 1, "locks.once": {"state": "solved"}}')
    assert "Brought back: 1 entry." in view.says
    assert "✓ One connection for all" in str(view)
    assert stored(file)["locks.once"]["state"] == "solved"
    for content in (b"\x89PNG", b"[]", b'{"version": "1"}', b'{"version": 99}', b""):
        view.bring_back(content)
        assert "Nothing was brought back" in view.says
    assert stored(file)["locks.once"]["state"] == "solved"


def test_what_was_solved_long_ago_and_topics_ago_is_due_once_more(file: Path) -> None:
    today = date(2026, 3, 2)
    document = {
        "version": 1,
        "locks.account": {"state": "solved", "day": "2026-03-01"},
        "locks.once": {"state": "solved after the solution", "day": "2026-02-27"},
        "locks.transfer": {"state": "solved", "day": "2026-03-02"},
        "locks.till": {"state": "tried", "day": "2026-02-01"},
    }
    file.write_text(json.dumps(document), "utf-8")
    assert progress().due(today) == []
    document["events.predict_1"] = {"state": "tried", "day": "2026-03-02"}
    file.write_text(json.dumps(document), "utf-8")
    assert [each.name for each in progress().due(today)] == ["locks.once", "locks.account"]


def test_a_topic_that_lies_far_back_is_asked_again_until_that_is_answered(file: Path) -> None:
    today = date(2026, 3, 2)
    document = {
        "version": 1,
        "semaphores.pool": {"state": "tried", "day": "2026-03-01"},
        "events.predict_1": {"state": "tried", "day": "2026-03-02"},
    }
    file.write_text(json.dumps(document), "utf-8")
    assert progress().to_recall(today) == {}
    document["conditions.predict_1"] = {"state": "tried", "day": "2026-03-02"}
    file.write_text(json.dumps(document), "utf-8")
    assert progress().to_recall(date(2026, 3, 1)) == {}
    assert progress().to_recall(today) == {"semaphores": "queues"}
    assert (
        "What do you remember of Semaphores? The Reminder of practice/05_queues.ipynb asks."
        in str(progress())
    )
    document["semaphores.again_1"] = {"state": "tried", "day": "2026-03-02", "said": "2"}
    file.write_text(json.dumps(document), "utf-8")
    assert progress().to_recall(today) == {}


def test_the_lines_named_in_a_hunt_are_kept(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    till = locks.till
    early = next(
        number
        for number, line in enumerate(till.answers.starter.splitlines(), 1)
        if "return False" in line
    )
    assert "You" not in str(till.lines()).removeprefix("○ Two lines")
    till.lines(early, 1)
    restarted(monkeypatch)
    assert f"You last named line {early} and line 1." in str(till.lines())
    till.lines("self.reader.pay", early)
    till.lines(1)  # what was found stays found
    restarted(monkeypatch)
    today = date.today().isoformat()
    found = f"You found them on {today}: “self.reader.pay” and line {early}."
    assert found in str(till.lines())
    entry = stored(file)["locks.till.lines"]
    assert (entry["state"], entry["checks"]) == ("solved", 3)


def test_the_code_says_the_same_as_the_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    note("locks.account", State.SOLVED)
    note("locks.once", State.TRIED)
    store.solution_seen("locks.till")
    note("locks.till", State.SOLVED)
    code = encoded(store.load())
    states = {
        name: entry["state"] for name, entry in decoded(code.lower().replace("-", " ")).items()
    }
    assert states == {
        "locks.account": "solved",
        "locks.once": "tried",
        "locks.till": "solved after the solution",
    }
    file.unlink()
    restarted(monkeypatch)
    view = progress(code)
    assert "\n2 of " in str(view)
    assert store.load() == {}
    view.bring_back_code()
    assert stored(file)["locks.account"]["state"] == "solved"


def test_a_letter_that_is_wrong_or_missing_is_noticed() -> None:
    code = encoded({"locks.account": {"state": "solved"}, "queues.predict_2": {"state": "tried"}})
    letters = code.replace("-", "")
    wrong = [letters[:3], letters[:-2], f"{letters}A", "A", "0189", "ÄÖ", "no code at all"]
    wrong += [
        letters[:at] + ("B" if letters[at] != "B" else "C") + letters[at + 1 :]
        for at in range(len(letters) - 1)
    ]
    for one in wrong:
        with pytest.raises(ValueError, match="copy it again"):
            progress(one)


def test_the_code_of_nothing_and_of_everything() -> None:
    everything = {name: {"state": "solved"} for name in in_code() if name}
    for known in ({}, everything):
        assert decoded(encoded(known)) == known


def test_an_answer_to_a_question_is_kept_once(file: Path) -> None:
    assert store.prediction("locks.predict_1") is None
    assert store.note_prediction("locks.predict_1", "3 s", right=True) == ""
    assert store.note_prediction("locks.predict_1", "1 s", right=False) == ""
    kept = store.prediction("locks.predict_1")
    assert kept is not None
    assert kept[0] == "3 s"
    assert stored(file)["locks.predict_1"]["state"] == "solved"


def test_the_topics_are_those_of_the_notebooks() -> None:
    notebooks = sorted(Path("notebooks").glob("[0-9][0-9]_*.ipynb"))
    assert [path.stem[3:] for path in notebooks] == list(TITLES)
