"""How long a notebook takes is reckoned from what is in it, and said the same everywhere."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

from authoring.kernel import NOTEBOOKS, ROOT
from authoring.minutes import minutes_of, practice_minutes, with_rows, write
from authoring.reading import Page
from tests.notebooks.building import code, picture, save, text

PATHS = sorted(NOTEBOOKS.glob("*.ipynb"))


@cache
def minutes_of_notebook(path: Path) -> int:
    return minutes_of(Page.read(path))


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_the_minutes_are_those_of_what_stands_in_the_notebook(path: Path) -> None:
    page = Page.read(path)
    assert page.course["minutes"] == minutes_of_notebook(path), "python3 course.py exercises"


@pytest.mark.parametrize("path", [ROOT / "README.md", PATHS[0]], ids=lambda path: path.name)
def test_the_tables_say_the_minutes_of_topics_and_practice(path: Path) -> None:
    minutes = {each.name: minutes_of_notebook(each) for each in PATHS}
    if path.suffix == ".md":
        tables = [path.read_text("utf-8")]
    else:
        tables = [cell.source for cell in Page.read(path).section("Contents")]
    assert sum(len(re.findall(r"^\|.*\d\d_\w+\.ipynb", one, re.MULTILINE)) for one in tables) >= 16
    for table in tables:
        assert with_rows(table, minutes, NOTEBOOKS) == table, "python3 course.py exercises"


def reckoned(folder: Path, *cells: NotebookNode) -> int:
    return minutes_of(Page.read(save(cells, folder / "01_one.ipynb")))


def test_words_lines_pictures_and_questions_take_time(tmp_path: Path) -> None:
    assert reckoned(tmp_path, text("word " * 300)) == 2
    assert reckoned(tmp_path, text("word " * 301)) == 3
    assert reckoned(tmp_path, code("1\n\n" * 40)) == 2
    shown = [picture("A timeline"), picture("Another"), picture("A third")]
    assert reckoned(tmp_path, code("1", outputs=shown)) == 2  # 63 s
    assert reckoned(tmp_path, *(code(f"predict.order(main, name='{n}')") for n in "abc")) == 2
    assert reckoned(tmp_path, *(text("**What happens?**") for _ in range(3))) == 2


def test_an_exercise_takes_the_minutes_that_it_says(tmp_path: Path) -> None:
    cells = [text("word " * 1000), code("x = 1\n" * 100)]
    for cell in cells:
        cell.metadata["exercise"] = "locks.account"
    assert reckoned(tmp_path, *cells) == 5


def test_speaker_notes_take_no_time(tmp_path: Path) -> None:
    assert reckoned(tmp_path, text("word " * 150), text("word " * 1000, "notes")) == 1


def test_minutes_are_written_where_they_are_said(tmp_path: Path) -> None:
    folder = tmp_path / "notebooks"
    (folder / "practice").mkdir(parents=True)
    rows = "| 1 | [One](01_one.ipynb) | 99 | – | 0 |\n"
    save([text(f"| a |\n|---|\n{rows}")], folder / "00_introduction.ipynb", minutes=1)
    opening = text("# One\n\n- **Time:** 99 minutes")
    save([opening, text("word " * 600)], folder / "01_one.ipynb", minutes=99)
    save([text("# Practice")], folder / "practice" / "01_one.ipynb", minutes=31)
    readme = tmp_path / "README.md"
    readme.write_text("| [One](notebooks/01_one.ipynb) | 99 | – |\n", "utf-8")

    assert [path.name for path in write(folder)] == [
        "00_introduction.ipynb",
        "01_one.ipynb",
        "README.md",
    ]

    one = nbformat.read(folder / "01_one.ipynb", as_version=4)
    assert one.metadata.course["minutes"] == 5
    assert one.cells[0].source.endswith("**Time:** 5 minutes")
    assert readme.read_text("utf-8") == "| [One](notebooks/01_one.ipynb) | 5 | 31 |\n"
    contents = nbformat.read(folder / "00_introduction.ipynb", as_version=4).cells[0].source
    assert "| 1 | [One](01_one.ipynb) | 5 | 31 | 0 |" in contents
    assert not write(folder), "it is all written"
    assert practice_minutes(folder / "00_introduction.ipynb") is None
