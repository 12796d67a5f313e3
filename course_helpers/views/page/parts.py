"""The parts that a picture in a page is made of, as a page's script reads them.

The script knows four kinds of parts and nothing of asyncio: rows with their labels; tracks, which
are bars that follow each other; shapes, which are boxes, lines, signs and texts at times and
heights of their own; and looks, which are colours and patterns. What can be pointed at is an item:
a number, an answer in words, and links to other items, its counterparts. Times are in seconds,
heights in pixels of the page from the top of the first row.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from course_helpers.views.page.answers import Answer

#: What a part says of itself: values that JSON has.
Part = dict[str, Any]


class Table:
    """Values, numbered in the order in which they are met."""

    def __init__(self) -> None:
        self._numbers: dict[Any, int] = {}

    def number(self, value: Any) -> int:
        """The number of a value."""
        return self._numbers.setdefault(value, len(self._numbers))

    def values(self) -> list[Any]:
        """All of them, in order."""
        return list(self._numbers)


class Items:
    """What can be pointed at."""

    def __init__(self) -> None:
        self._pieces = Table()
        self._answers: list[str] = []
        self._links: dict[tuple[int, int], None] = {}

    def add(self, answer: Answer) -> int:
        """One thing more that says this; returns its number."""
        self._answers.append(" ".join(str(self._pieces.number(piece)) for piece in answer))
        return len(self._answers) - 1

    def more(self, item: int, answer: Answer) -> None:
        """Let an item say more."""
        numbers = [str(self._pieces.number(piece)) for piece in answer]
        self._answers[item] = " ".join([self._answers[item], *numbers])

    def link(self, one: int, other: int) -> None:
        """Two items light up together."""
        if one != other:
            self._links[min(one, other), max(one, other)] = None

    def data(self) -> Part:
        """All items, as the script reads them."""
        return {
            "pieces": self._pieces.values(),
            "items": ";".join(self._answers),
            "links": column(number for pair in self._links for number in pair),
        }


class Track:
    """Bars that follow each other in one row, each a stretch of time with a look.

    `item` is None for bars that cannot be pointed at.
    """

    def __init__(self, row: int, top: float, height: float, **more: Any) -> None:
        self._data: Part = {"row": row, "top": round(top, 1), "height": round(height, 1), **more}
        self._columns: dict[str, list[float]] = {
            name: [] for name in ("start", "end", "look", "item", "say", "low", "high")
        }

    def add(self, start: float, end: float, look: int, **more: float) -> None:
        """One bar more: `more` are its item, the text to write in it, its part of the height."""
        for name, value in (("start", start), ("end", end), ("look", look), *more.items()):
            self._columns[name].append(value)

    def data(self) -> Part:
        """The track, as the script reads it."""
        return self._data | {
            name: column(values) for name, values in self._columns.items() if values
        }


def column(numbers: Iterable[float]) -> str:
    """Numbers as one text: a notebook's file has one line for them, and not one for each."""
    return " ".join(map(number, numbers))


def number(value: float) -> str:
    """A number as short as it can be: no picture shows a seventh digit."""
    return f"{value:.7g}"


def sign(points: Sequence[tuple[float, float]]) -> str:
    """A small figure around a place, as a path."""
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in points) + "Z"
