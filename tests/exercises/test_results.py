"""What learners have handed in, read and checked again."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from authoring import results, solutions
from authoring.kernel import NOTEBOOKS
from course_helpers.exercises.answers import answers
from course_helpers.exercises.progress_code import encoded

SETUP = "import asyncio\nfrom course_helpers import exercises"
CHECK = "exercises.locks.account.check(Account)"


def notebook(path: Path, *cells: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(new_notebook(cells=[new_code_cell(cell) for cell in (SETUP, *cells)]), path)


def progress(path: Path, **states: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    entries = {name.replace("_", ".", 1): {"state": state} for name, state in states.items()}
    path.write_text(json.dumps({"version": 1, **entries}), "utf-8")


def test_files_and_codes_are_read_by_learner(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    progress(tmp_path / "anna.json", locks_account="solved")
    progress(tmp_path / "ben" / "progress.json", locks_account="tried")
    code = encoded({"locks.account": {"state": "solved"}, "locks.once": {"state": "tried"}})
    (tmp_path / "chat.txt").write_text(f"Eva: {code}\n\nFil: {code.lower()}\n", "utf-8")
    (tmp_path / "ben" / "code.txt").write_text(code, "utf-8")
    (tmp_path / "broken.json").write_text("{", "utf-8")
    (tmp_path / "wrong.txt").write_text("Eva: XXXX", "utf-8")
    (tmp_path / "picture.png").write_bytes(b"")
    assert results.main([str(tmp_path), "--csv"]) == 0
    listed = capsys.readouterr().out
    assert ("anna", "locks.account", "solved") in {
        (row["learner"], row["exercise"], row["state"])
        for row in csv.DictReader(io.StringIO(listed))
    }
    assert results.main([str(tmp_path)]) == 0
    said = capsys.readouterr()
    lines = said.out.splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("01 Locks"))
    names = lines[start].split()[2:]
    rows = {line.split()[0]: line.split() for line in lines[start + 1 : start + 5]}
    assert sorted(rows) == ["Eva", "Fil", "anna", "ben"]
    for learner, once in (("anna", "○"), ("ben", "◐"), ("Eva", "◐")):
        shown = dict(zip(names[1:], rows[learner][4:], strict=True))  # behind "0 of 3"
        assert (shown["account"], shown["once"]) == ("✓", once)
    assert "broken.json was not read" in said.err
    assert "wrong.txt was not read: this is no code" in said.err


@pytest.mark.slow
def test_notebooks_are_checked_again_each_by_itself(tmp_path: Path) -> None:
    own = answers("locks.account")
    wrong = own.wrong[0]
    notebook(tmp_path / "anna" / "01_locks.ipynb", f"{own.solution.code}\n\n{CHECK}")
    notebook(
        tmp_path / "ben.ipynb",
        "1 / 0",
        f"await asyncio.sleep(0)\n{wrong.code}\n\n{CHECK}",
    )
    notebook(tmp_path / "eva.ipynb", f"{own.starter}\n\n{CHECK}")
    notebook(tmp_path / "fil.ipynb", "import os\nos._exit(3)")
    found, unread = results.collect(tmp_path)
    heads, *lines = results.rows(found)
    rows = {
        row["learner"]: row
        for row in (dict(zip(heads, line, strict=True)) for line in lines)
        if row["exercise"] == "locks.account"
    }
    assert {learner: row["state"] for learner, row in rows.items()} == {
        "anna": "solved",
        "ben": "tried",
        "eva": "",
    }
    assert rows["ben"]["broken rules"] == wrong.rule
    [problem] = unread
    assert "fil.ipynb was not read: it could not be run" in problem
    assert f"  1 of 2 broke: {wrong.rule}" in list(results.rules(found))


@pytest.mark.slow
def test_a_notebook_that_never_ends_is_ended(tmp_path: Path) -> None:
    notebook(tmp_path / "endless.ipynb", "while True: pass")
    with pytest.raises(ValueError, match="longer than 3 s"):
        results.check(tmp_path / "endless.ipynb", seconds=3)


def test_a_folder_without_results_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert results.main([str(tmp_path)]) == 1
    assert results.main([str(tmp_path / "missing")]) == 2
    said = capsys.readouterr().err
    assert "nothing to read" in said
    assert "There is no folder" in said


def test_what_jupyterlab_keeps_of_a_notebook_is_not_solved_as_another(tmp_path: Path) -> None:
    for name in ("01_locks.ipynb", ".ipynb_checkpoints/01_locks-checkpoint.ipynb"):
        copy = tmp_path / "notebooks" / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes((NOTEBOOKS / "01_locks.ipynb").read_bytes())
    solved = tmp_path / "solutions"
    assert solutions.write(solved, tmp_path / "notebooks") == [solved / "01_locks.ipynb"]


def test_solved_notebooks_have_all_right_answers_and_no_starter(tmp_path: Path) -> None:
    written = solutions.write(tmp_path)
    assert Path("practice/01_locks.ipynb") in [path.relative_to(tmp_path) for path in written]
    text = (tmp_path / "practice" / "01_locks.ipynb").read_text("utf-8")
    cells = [cell.source for cell in nbformat.reads(text, as_version=4).cells]
    for name in ("locks.transfer", "locks.once"):
        own = answers(name)
        for answer in (own.solution, *own.right):
            assert any(cell.startswith(answer.code.rstrip()) for cell in cells)
        assert not any(cell.startswith(own.starter.rstrip()) for cell in cells)
