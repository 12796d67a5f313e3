"""Write the timetables of `teaching/README.md`: `python -m authoring.timetable`.

A timetable is a table between two comments, of which the first says what is in it. A line of it is
a notebook by its number, or `break` with minutes. The minutes are those of the notebooks' own
metadata: of the topic with the exercise that stands in it, and of its practice notebook.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from authoring.execute import find
from authoring.kernel import NOTEBOOKS, ROOT
from authoring.minutes import practice_minutes
from authoring.reading import Page

TEACHING: Final = ROOT / "teaching" / "README.md"
_TABLE: Final = re.compile(r"(<!-- timetable\n(.*?)-->\n).*?(<!-- end of timetable -->)", re.DOTALL)


@dataclass(frozen=True)
class Line:
    """One line of a timetable; times in minutes."""

    what: str
    reading: int
    practice: int

    @property
    def minutes(self) -> int:
        """All that it takes."""
        return self.reading + self.practice


def of_notebook(number: str) -> Line:
    """The line of a notebook, with a link to it."""
    path = find([f"{number}"], NOTEBOOKS)[0]
    page = Page.read(path)
    text = f"[{page.course['topic']}](../notebooks/{path.name})"
    return Line(text, page.course["minutes"], practice_minutes(path) or 0)


def lines(contents: str) -> list[Line]:
    """The lines that the comment at a timetable's beginning asks for."""
    return [
        Line("Break", int(said.split()[1]), 0) if said.startswith("break") else of_notebook(said)
        for said in map(str.strip, contents.splitlines())
        if said
    ]


def table(parts: Iterable[Line]) -> str:
    """A timetable in Markdown: when each line begins, from 0:00 on, and how long it takes."""
    rows = ["| From | What | The notebook | Its practice |", "|---|---|---|---|"]
    begins = 0
    for line in parts:
        practice = line.practice or ""
        rows.append(f"| {clock(begins)} | {line.what} | {line.reading} | {practice} |")
        begins += line.minutes
    return "\n".join([*rows, f"| {clock(begins)} | End | | |"]) + "\n"


def clock(minutes: int) -> str:
    """Minutes as hours and minutes: `1:05`."""
    return f"{minutes // 60}:{minutes % 60:02}"


def written(text: str) -> str:
    """The page with its timetables as they have to be."""
    return _TABLE.sub(lambda found: f"{found[1]}{table(lines(found[2]))}{found[3]}", text)


def main() -> int:
    """Write the timetables of the page."""
    TEACHING.write_text(written(TEACHING.read_text("utf-8")), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
