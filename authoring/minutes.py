"""How long a notebook takes: reckoned from what is in it, and written where it is said.

    python3 course.py exercises

writes the minutes of every notebook into its metadata and its opening cell, and those of all into
the tables of the introduction and of README.md: what the notebook takes, its exercises included,
and what its practice notebook takes.

A minute for `WORDS_A_MINUTE` words, as `Cell.words` counts them; `PICTURE` seconds to read a
picture; `LINE` seconds for a line of code, to read it and to run it; `QUESTION` seconds to think
about a question, one with buttons or one in bold; and the minutes that each exercise says of
itself. Rounded up. These are an author's figures, not those of learners with a watch: a reader of
technical text in a second language is said to read 150 words a minute, and the other three were
set by working through the first notebooks.
"""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Final

import nbformat

from authoring.kernel import NOTEBOOKS
from authoring.reading import Page, find, plain
from course_helpers.exercises.catalogue import every_exercise

WORDS_A_MINUTE: Final = 150
PICTURE: Final = 20
LINE: Final = 3
QUESTION: Final = 20

_THIS_PAGE: Final = r"\| 0 \| Introduction: this page"
_ROW: Final = re.compile(
    rf"^(?P<before>\|.*\]\((?:notebooks/)?(?P<name>\d\d_\w+\.ipynb)\)|{_THIS_PAGE})"
    r" \| \d+ \| [^|]+ \|",
    re.MULTILINE,
)
_NO_PRACTICE: Final = "–"


def minutes_of(page: Page) -> int:
    """The minutes that a notebook of the course takes, with the exercises that stand in it."""
    exercises = {cell.node.metadata["exercise"] for cell in page.cells if cell.exercise}
    practised = sum(one.minutes for one in every_exercise() if one.name in exercises)
    seconds = 60 * page.words / WORDS_A_MINUTE + LINE * page.lines
    seconds += PICTURE * _pictures(page) + QUESTION * _questions(page)
    return math.ceil(seconds / 60) + practised


def practice_minutes(path: Path) -> int | None:
    """The minutes that the practice notebook of a topic takes; None where there is none."""
    practice = path.parent / "practice" / path.name
    if not practice.exists():
        return None
    minutes: int = Page.read(practice).course["minutes"]
    return minutes


def _pictures(page: Page) -> int:
    outputs = [output for cell in page.lesson for output in cell.outputs]
    return sum("image/png" in output.get("data", ()) for output in outputs)


def _questions(page: Page) -> int:
    bold = [plain(part) for cell in page.lesson for part in find("strong", cell.blocks)]
    printed = sum(text.rstrip().endswith("?") for text in bold)
    beside = sum(len(cell.beside_knobs) for cell in page.lesson)
    return printed + beside + sum(cell.asks for cell in page.lesson)


def write(notebooks: Path = NOTEBOOKS) -> list[Path]:
    """Write the minutes wherever they are said; the files that changed."""
    paths = sorted(notebooks.glob("*.ipynb"))
    minutes = {path.name: minutes_of(Page.read(path)) for path in paths}
    changed = [path for path in paths if _written(path, minutes)]
    readme = notebooks.parent / "README.md"
    before = readme.read_text("utf-8")
    after = with_rows(before, minutes, notebooks)
    if after != before:
        readme.write_text(after, "utf-8")
        changed.append(readme)
    return changed


def with_rows(table: str, minutes: dict[str, int], notebooks: Path) -> str:
    """A text whose rows of notebooks say these minutes, and those of the practice notebooks."""

    def row(found: re.Match[str]) -> str:
        name = found["name"] or "00_introduction.ipynb"
        practice = practice_minutes(notebooks / name) or _NO_PRACTICE
        return f"{found['before']} | {minutes[name]} | {practice} |"

    return _ROW.sub(row, table)


def _written(path: Path, minutes: dict[str, int]) -> bool:
    """Write the minutes into one notebook; whether that changed it. Outputs stay as they are."""
    notebook = nbformat.read(path, as_version=4)
    own = minutes[path.name]
    opening, *_ = notebook.cells
    source = re.sub(r"(\*\*Time:\*\*) \d+ minutes", rf"\1 {own} minutes", opening.source)
    changed = (opening.source, notebook.metadata.course["minutes"]) != (source, own)
    opening.source, notebook.metadata.course["minutes"] = source, own
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            table = with_rows(cell.source, minutes, path.parent)
            changed |= table != cell.source
            cell.source = table
    if changed:
        nbformat.write(notebook, path)
    return changed
