"""A copy of the course says who hosts it."""

from __future__ import annotations

from pathlib import Path

import pytest

from authoring.host import README, hosted_by, main, repository

TEXT = README.read_text("utf-8")


def test_every_link_leads_to_the_copy_and_nothing_is_left_to_fill_in() -> None:
    hosted = hosted_by("someone/their-course", TEXT)
    assert repository(hosted) == "someone/their-course"
    assert "OWNER" not in hosted
    assert "course.py host" not in hosted
    assert len(hosted.splitlines()) > len(TEXT.splitlines()) - 5


def test_a_copy_may_move_on() -> None:
    moved = hosted_by("b.c/d_e", hosted_by("someone/their-course", TEXT))
    assert repository(moved) == "b.c/d_e"
    assert "someone" not in moved


@pytest.mark.parametrize(
    "name", ["", "someone", "a/b/c", "https://github.com/a/b", "a/b?c", "a b/c"]
)
def test_what_is_no_name_changes_nothing(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    readme = tmp_path / "README.md"
    readme.write_text(TEXT, "utf-8")
    assert main([name], readme) == 2
    assert "ACCOUNT/REPOSITORY" in capsys.readouterr().err
    assert readme.read_text("utf-8") == TEXT
