"""A copy of the course says who hosts it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from authoring.host import OTHERS, README, main, repository
from authoring.kernel import ROOT


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A folder with the files that name who hosts the course."""
    for name in (README, *OTHERS):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text((ROOT / name).read_text("utf-8"), "utf-8")
    return tmp_path


def texts(folder: Path) -> dict[str, str]:
    return {name: (folder / name).read_text("utf-8") for name in (README, *OTHERS)}


def test_every_link_leads_to_the_copy_and_nothing_is_left_to_fill_in(copy: Path) -> None:
    before = texts(copy)
    assert main(["someone/their-course"], copy) == 0
    after = texts(copy)
    assert repository(after[README]) == "someone/their-course"
    for name, text in after.items():
        assert "OWNER" not in text
        assert re.search(r"someone(/|%2F|%252F)their-course", text)
        assert len(text.splitlines()) > len(before[name].splitlines()) - 5
    assert "course.py host" not in after[README]


def test_what_names_the_host_is_known() -> None:
    """Nothing else in the repository has a place for the account."""
    pages = [*ROOT.glob("*.md"), *ROOT.glob("[a-z]*/*.md"), *ROOT.glob("[a-z]*/*.y*ml")]
    named = {path.relative_to(ROOT).as_posix() for path in pages if "OWNER" in path.read_text()}
    assert named <= {README, *OTHERS}


def test_a_copy_may_move_on(copy: Path) -> None:
    for name in ("someone/their-course", "b.c/d_e"):
        main([name], copy)
    for text in texts(copy).values():
        assert "someone" not in text
    assert repository(texts(copy)[README]) == "b.c/d_e"


@pytest.mark.parametrize(
    "name", ["", "someone", "a/b/c", "https://github.com/a/b", "a/b?c", "a b/c"]
)
def test_what_is_no_name_changes_nothing(
    name: str, copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = texts(copy)
    assert main([name], copy) == 2
    assert "ACCOUNT/REPOSITORY" in capsys.readouterr().err
    assert texts(copy) == before
