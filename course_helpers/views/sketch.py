"""A picture of one's own as plain data: rows along an axis, with bars, dots and lines.

A page and matplotlib paint it as they paint timelines: `page/sketched.py` and
`drawing/painting/sketched.py`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from course_helpers.views.drawing.sizes import Row as Place
from course_helpers.views.drawing.ticks import levels
from course_helpers.views.palette import LIGHT
from course_helpers.views.words import seconds

_ROW: Final = 26.0  # pixels of the page, as these all
_LEVELS: Final = 44.0  # a row whose bars have heights
_GAP: Final = 7.0
_HEADING: Final = 26.0
_TICKS: Final = 25


@dataclass(slots=True)
class Bar:
    """A bar of a row; `level` is None where it is as high as the row."""

    start: float
    end: float
    text: str
    colour: str
    level: float | None

    def share(self, highest: float) -> float:
        """How much of its row's height it has; a bar of the `highest` level has all of it."""
        return 1.0 if self.level is None else self.level / highest


@dataclass(slots=True)
class Dot:
    """A dot of a row."""

    at: float
    text: str


@dataclass(slots=True)
class Line:
    """A line, from a row to another one; an arrow if it has a head."""

    start: float
    to: SketchedRow
    end: float
    head: bool

    def heights(self, own: Place, other: Place) -> tuple[float, float]:
        """Between which heights it goes: from middle to middle, an arrow from edge to edge."""
        if not self.head:
            return own.middle, other.middle
        if other.top > own.top:
            return own.top + own.height, other.top
        return own.top, other.top + other.height


@dataclass(slots=True, eq=False)
class SketchedRow:
    """A row of a sketch; `Sketch.row` makes it. All places are on the sketch's axis."""

    label: str
    indent: int
    heading: str
    bars: list[Bar] = field(default_factory=list)
    dots: list[Dot] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)

    def bar(
        self,
        start: float,
        end: float,
        text: str = "",
        *,
        colour: str = LIGHT.level,
        level: float | None = None,
    ) -> None:
        """Add a bar, with a text that is written in it where there is room.

        Bars of a row follow each other. A `colour`, as `#rrggbb`, that this package's pictures have
        is in a dark page what it is in dark pictures. `level` is a number that the bar's height
        shows, compared with all others of the sketch; for 0 there is no bar.

        Raises ValueError for a bar that ends before it starts, or starts before the last one has
        ended, and for a level below 0.
        """
        _check(start, end, level or 0.0)
        last = self.bars[-1].end if self.bars else -math.inf
        if end < start or start < last - 1e-9:
            raise ValueError(f"bars of a row follow each other: {start} to {end}, after {last}")
        if level is not None and level < 0:
            raise ValueError(f"a level is a number from 0 on, not {level}")
        if level != 0:
            self.bars.append(Bar(start, end, text, colour, level))

    def dot(self, at: float, text: str = "") -> None:
        """Add a dot, with a text for who points at it."""
        _check(at)
        self.dots.append(Dot(at, text))

    def line(self, start: float, to: SketchedRow, end: float) -> None:
        """Add a line from a place in this row to one in another."""
        _check(start, end)
        self.lines.append(Line(start, to, end, head=False))

    def arrow(self, at: float, to: SketchedRow) -> None:
        """Add an upright arrow from this row to another."""
        _check(at)
        self.lines.append(Line(at, to, at, head=True))

    @property
    def has_levels(self) -> bool:
        """Whether heights of its bars show numbers."""
        return any(bar.level is not None for bar in self.bars)


class Sketch:
    """A picture of one's own: rows along an axis, with bars, dots and lines.

        sketch = Sketch("after the start")
        waiting, running = sketch.row("waiting"), sketch.row("running")
        waiting.bar(0, 0.2, "for the lock")
        running.bar(0.2, 0.3)
        described(sketch, "A task waits for 0.2 s, then it runs.")

    A page paints it as it paints timelines: one can point at its bars and dots, and zoom. The axis
    is of seconds from 0 on; `axis` says of which. With `counts=True` it is of whole numbers, and
    `axis` says of what: `Sketch("turn", counts=True)`.

    Raises TypeError for an `axis` that is no text.
    """

    def __init__(self, axis: str = "", *, counts: bool = False) -> None:
        if not isinstance(axis, str):
            raise TypeError(f"Sketch() takes a name for its axis, a text, not {axis!r:.60}")
        self.axis = axis
        self.counts = counts
        self.rows: list[SketchedRow] = []

    def row(self, label: str, *, indent: int = 0, heading: str = "") -> SketchedRow:
        """A row more, beneath all others; `indent` steps set in, with a `heading` above it."""
        made = SketchedRow(label, indent, heading)
        self.rows.append(made)
        return made

    @property
    def in_words(self) -> str:
        """What its bars and dots say, a sentence for each."""
        said: list[str] = []
        for row in self.rows:
            said += [self.bar_in_words(row, bar) for bar in row.bars]
            said += [self.dot_in_words(row, dot) for dot in row.dots]
        return " ".join(said)

    def bar_in_words(self, row: SketchedRow, bar: Bar) -> str:
        """What a bar says to who points at it."""
        if self.counts:
            return self._in_words(row, bar.text, (bar.start + bar.end) / 2)
        said = f"{row.label}: {bar.text}" if bar.text else row.label
        return f"{said} from {seconds(bar.start)} to {seconds(bar.end)}."

    def dot_in_words(self, row: SketchedRow, dot: Dot) -> str:
        """What a dot says to who points at it."""
        return self._in_words(row, dot.text, dot.at)

    def _in_words(self, row: SketchedRow, text: str, at: float) -> str:
        said = f"{row.label}: {text}" if text else row.label
        return f"{self.axis} {at:g}, {said}." if self.counts else f"{said} at {seconds(at)}."

    # What both painters need.

    @property
    def span(self) -> tuple[float, float]:
        """From where to where the axis goes."""
        places = list(self._places())
        if not places:
            return 0.0, 1.0
        begin, finish = min(places), max(places)
        begin = begin if self.counts else min(0.0, begin)
        return begin, finish if finish > begin else begin + 1.0

    def _places(self) -> Iterator[float]:
        for row in self.rows:
            for bar in row.bars:
                yield from (bar.start, bar.end)
            yield from (dot.at for dot in row.dots)
            for line in row.lines:
                yield from (line.start, line.end)

    @property
    def numbers(self) -> list[int]:
        """The whole numbers that stand at an axis that counts."""
        begin, finish = self.span
        found = levels(begin, finish, _TICKS, whole=True)
        return [int(number) for number in found if begin <= number <= finish]

    @property
    def highest(self) -> float:
        """The highest level of all bars; 0 if none has one."""
        found = (bar.level for row in self.rows for bar in row.bars)
        return max((level for level in found if level is not None), default=0.0)

    def places(self) -> tuple[dict[SketchedRow, Place], float]:
        """Where each row stands, and how high all are, in pixels of the page from the top."""
        found: dict[SketchedRow, Place] = {}
        top = 0.0
        for row in self.rows:
            top += _HEADING if row.heading else 0.0
            found[row] = Place(top, _LEVELS if row.has_levels else _ROW)
            top += found[row].height + _GAP
        return found, top


def _check(*places: float) -> None:
    for place in places:
        if not math.isfinite(place):
            raise ValueError(f"a place on the axis is a number, not {place!r}")
