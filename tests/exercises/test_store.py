"""Progress survives: two kernels, a cut write, an older and a newer file, a read-only folder."""

from __future__ import annotations

import json
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest

from course_helpers import progress
from course_helpers.exercises import store
from course_helpers.exercises.store import State, note


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
    assert "Next: Two downloads (4 minutes)." in text


def test_a_file_is_brought_back_and_a_wrong_one_gets_a_sentence(file: Path) -> None:
    box = progress_box()
    said, upload = box.children
    upload.value = (upload_of(b'{"version": 1, "locks.once": {"state": "solved"}}'),)
    assert "Brought back." in said.value
    assert stored(file)["locks.once"]["state"] == "solved"
    upload.value = (upload_of(b"\x89PNG"),)
    assert "was not taken" in said.value


def progress_box() -> Any:
    from course_helpers.exercises.progress_view import Progress, _View

    return _View(Progress()).box


def upload_of(content: bytes) -> dict[str, Any]:
    from datetime import datetime

    return {
        "name": "progress.json",
        "type": "application/json",
        "size": len(content),
        "content": memoryview(content),
        "last_modified": datetime.now(UTC),
    }
