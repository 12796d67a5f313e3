"""`course.py reset` puts notebooks back, and nothing of the learner's is lost."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.course.conftest import SmallCourse

GIVEN = "what was given"
NAMES = ("00_introduction", "05_queues", "12_loop", "practice/05_queues")


def git(course: SmallCourse, *arguments: str) -> str:
    return subprocess.run(
        ["git", *arguments], cwd=course.folder, check=True, capture_output=True, encoding="utf-8"
    ).stdout


def path(course: SmallCourse, name: str) -> Path:
    return course.folder / "notebooks" / f"{name}.ipynb"


def notebooks(course: SmallCourse) -> dict[str, str]:
    """Every notebook that is there, by its name."""
    folder = course.folder / "notebooks"
    return {
        found.relative_to(folder).as_posix().removesuffix(".ipynb"): found.read_text("utf-8")
        for found in folder.rglob("*.ipynb")
    }


@pytest.fixture
def cloned(course: SmallCourse) -> SmallCourse:
    """A small course with notebooks, and git's history of it."""
    for name in NAMES:
        path(course, name).parent.mkdir(parents=True, exist_ok=True)
        path(course, name).write_text(GIVEN, "utf-8")
    program = shutil.which("git")
    assert program, "the tests need git"
    course.variables["PATH"] += f":{Path(program).parent}"
    git(course, "init", "--quiet")
    git(course, "add", "notebooks")
    identity = ("-c", "user.name=Nobody", "-c", "user.email=nobody@example.invalid")
    git(course, *identity, "commit", "--quiet", "-m", "The course")
    return course


@pytest.mark.parametrize("name", ["05", "5", "05_queues", "notebooks/05_queues.ipynb"])
def test_a_notebook_is_put_back_and_the_copy_kept(cloned: SmallCourse, name: str) -> None:
    path(cloned, "05_queues").write_text("mine", "utf-8")
    done = cloned.run("reset", name)
    assert done.status == 0, done.errors
    assert "your copy is now 05_queues_mine_1.ipynb" in done.output
    assert notebooks(cloned) == dict.fromkeys(NAMES, GIVEN) | {"05_queues_mine_1": "mine"}
    assert not cloned.venv.exists(), "it needs no environment"


def test_what_is_staged_is_put_back_as_well(cloned: SmallCourse) -> None:
    path(cloned, "05_queues").write_text("mine", "utf-8")
    git(cloned, "add", "--all")
    assert cloned.run("reset", "05").status == 0
    assert notebooks(cloned)["05_queues"] == GIVEN


def test_several_and_twice_and_in_a_folder(cloned: SmallCourse) -> None:
    for name in NAMES:
        path(cloned, name).write_text("mine", "utf-8")
    assert cloned.run("reset", "00", "12", "practice/5", "00").status == 0
    path(cloned, "00_introduction").write_text("mine again", "utf-8")
    assert cloned.run("reset", "00").status == 0
    assert notebooks(cloned) == dict.fromkeys(NAMES, GIVEN) | {
        "05_queues": "mine",
        "00_introduction_mine_1": "mine",
        "00_introduction_mine_2": "mine again",
        "12_loop_mine_1": "mine",
        "practice/05_queues_mine_1": "mine",
    }


def test_what_is_as_it_was_stays(cloned: SmallCourse) -> None:
    done = cloned.run("reset", "05")
    assert done.output == "notebooks/05_queues.ipynb is as it was given.\n"
    assert notebooks(cloned) == dict.fromkeys(NAMES, GIVEN)


def test_a_notebook_that_is_gone_comes_back(cloned: SmallCourse) -> None:
    path(cloned, "05_queues").unlink()
    assert cloned.run("reset", "05").status == 0
    assert notebooks(cloned) == dict.fromkeys(NAMES, GIVEN)


@pytest.mark.parametrize("name", ["99", "queues", "05*", "", "../course.py"])
def test_a_name_that_is_none_changes_nothing(cloned: SmallCourse, name: str) -> None:
    path(cloned, "12_loop").write_text("mine", "utf-8")
    advice = cloned.run("reset", "12", name).advice
    assert advice == (
        f"No notebook is called {name!r}, and nothing was changed. "
        "There are: 00_introduction, 05_queues, 12_loop."
    )
    assert notebooks(cloned)["12_loop"] == "mine"


@pytest.mark.parametrize("missing", ["program", "history"])
def test_without_git_it_says_what_to_do(cloned: SmallCourse, missing: str) -> None:
    path(cloned, "05_queues").write_text("mine", "utf-8")
    if missing == "program":
        cloned.variables["PATH"] = str(cloned.programs)
    else:
        shutil.rmtree(cloned.folder / ".git")
    assert cloned.run("reset", "05").advice == (
        "Here is no git, or no history of the course, to take a notebook from: "
        "download the course again, and copy the notebook from there."
    )
    assert notebooks(cloned)["05_queues"] == "mine"
