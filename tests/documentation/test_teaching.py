"""The page for those who teach agrees with the notebooks."""

from __future__ import annotations

import re

from authoring.kernel import NOTEBOOKS
from authoring.timetable import TEACHING, Line, table, written

TEXT = TEACHING.read_text("utf-8")


def test_its_timetables_have_the_minutes_of_the_notebooks() -> None:
    """If it fails: `python -m authoring.timetable`."""
    assert written(TEXT) == TEXT


def test_a_timetable_adds_up() -> None:
    rows = table([Line("One", 50, 15), Line("Break", 15, 0), Line("Two", 20, 5)]).splitlines()[2:]
    assert rows == [
        "| 0:00 | One | 50 | 15 |",
        "| 1:05 | Break | 15 |  |",
        "| 1:20 | Two | 20 | 5 |",
        "| 1:45 | End | | |",
    ]


def test_every_notebook_has_something_to_ask_to_show_and_to_leave_out() -> None:
    topics = re.split(r"^### (\d+) .*$", TEXT.partition("## Topic by topic")[2], flags=re.M)[1:]
    told = dict(zip(map(int, topics[::2]), topics[1::2], strict=True))
    assert list(told) == [int(path.stem[:2]) for path in sorted(NOTEBOOKS.glob("*.ipynb"))]
    for text in told.values():
        labels = re.findall(r"^- \*\*(.*?):\*\*", text, re.M)
        assert labels == ["Ask", "Where they go wrong", "Show", "When late"]
