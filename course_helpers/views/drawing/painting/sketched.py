"""A sketch as a figure of matplotlib."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from course_helpers.views.drawing.measuring import FAMILY, drawable, width
from course_helpers.views.drawing.sizes import DRAWN, PIXEL, Row
from course_helpers.views.drawing.ticks import ticks
from course_helpers.views.palette import LIGHT
from course_helpers.views.sketch import Bar, Line, Sketch, SketchedRow

_TEXT: Final = 13.0  # pixels of the page, as these all
_SMALL: Final = 11.5
_INDENT: Final = 13.0
_ABOVE: Final = 8.0
_BELOW: Final = 28.0
_MARGIN: Final = 22.0
_TICKS: Final = 9


def figure_of(sketch: Sketch) -> Figure:
    """The sketch, as wide as pictures are drawn."""
    return _Painter(sketch).figure


class _Painter:
    """Paints in pixels of the page, from the top left corner of the figure."""

    def __init__(self, sketch: Sketch) -> None:
        self._sketch = sketch
        places, self._height = sketch.places()
        self._places = {row: Row(at.top + _ABOVE, at.height) for row, at in places.items()}
        self._span = sketch.span
        self._highest = sketch.highest
        high = _ABOVE + self._height + _BELOW
        self.figure = Figure(figsize=(DRAWN / 96, high / 96), facecolor=LIGHT.background)
        FigureCanvasAgg(self.figure)
        self._axes: Axes = self.figure.add_axes((0, 0, 1, 1))
        self._axes.set(xlim=(0, DRAWN), ylim=(high, 0))
        self._axes.axis("off")
        labels = [_wide(row.label, _TEXT) + _INDENT * row.indent for row in sketch.rows]
        self._left = max([_wide(sketch.axis, _SMALL), *labels]) + 18
        self._paint_axis()
        for row in sketch.rows:
            self._paint(row)

    def _x(self, place: float) -> float:
        begin, finish = self._span
        room = DRAWN - _MARGIN - self._left
        return self._left + (place - begin) / (finish - begin) * room

    def _write(self, x: float, y: float, text: str, size: float, **more: Any) -> None:
        look: dict[str, Any] = {"color": LIGHT.ink, "family": FAMILY, "va": "center", **more}
        self._axes.text(x, y, drawable(text), fontsize=size * PIXEL, parse_math=False, **look)

    def _paint_axis(self) -> None:
        begin, finish = self._span
        low = _ABOVE + self._height
        for place, text in self._ticks():
            x = self._x(place)
            self._axes.plot((x, x), (_ABOVE, low), color=LIGHT.grid, linewidth=0.8, zorder=1)
            self._write(x, low + 14, text, _SMALL, ha="center")
        ends = (self._x(begin), self._x(finish))
        self._axes.plot(ends, (low, low), color=LIGHT.muted, linewidth=0.8)
        self._write(4, low + 14, self._sketch.axis, _SMALL, color=LIGHT.muted)

    def _ticks(self) -> Iterator[tuple[float, str]]:
        if self._sketch.counts:
            return ((number, str(number)) for number in self._sketch.numbers)
        return zip(*ticks(*self._span, _TICKS), strict=True)

    def _paint(self, row: SketchedRow) -> None:
        place = self._places[row]
        self._write(4 + _INDENT * row.indent, place.middle, row.label, _TEXT)
        if row.heading:
            self._write(self._left, place.top - _TEXT, row.heading, _TEXT)
        if row.has_levels:
            bottom = place.top + place.height
            ends = (self._left, DRAWN - _MARGIN)
            self._axes.plot(ends, (bottom, bottom), color=LIGHT.muted, linewidth=0.8)
        for bar in row.bars:
            self._paint_bar(bar, place)
        for line in row.lines:
            self._paint_line(row, line)
        dots = [self._x(dot.at) for dot in row.dots]
        look: dict[str, Any] = {"color": LIGHT.ink, "markersize": 7, "zorder": 4}
        self._axes.plot(dots, [place.middle] * len(dots), "o", **look)

    def _paint_bar(self, bar: Bar, place: Row) -> None:
        left, right = self._x(bar.start), self._x(bar.end)
        high = place.height * bar.share(self._highest)
        top = place.top + place.height - high
        face: dict[str, Any] = {"facecolor": bar.colour, "edgecolor": LIGHT.muted, "linewidth": 0.8}
        self._axes.add_patch(Rectangle((left, top), right - left, high, **face, zorder=2))
        if bar.text and _wide(bar.text, _SMALL) <= right - left - 4:
            # Over a level that is too low for it, it is above.
            y = top + high / 2 if high >= _SMALL else top - 0.6 * _SMALL
            # Above lines that cross the bar.
            behind = {"facecolor": bar.colour if high >= _SMALL else "none", "linewidth": 0}
            look: dict[str, Any] = {"ha": "center", "bbox": {**behind, "pad": 0.5}, "zorder": 5}
            self._write((left + right) / 2, y, bar.text, _SMALL, **look)

    def _paint_line(self, row: SketchedRow, line: Line) -> None:
        first, last = line.heights(self._places[row], self._places[line.to])
        x = (self._x(line.start), self._x(line.end))
        self._axes.plot(x, (first, last), color=LIGHT.ink, linewidth=1, zorder=3)
        if line.head:
            sign, middle = ("v", last - 3) if last > first else ("^", last + 3)
            self._axes.plot(x[1], middle, sign, color=LIGHT.ink, markersize=6)


def _wide(text: str, size: float) -> float:
    return width(drawable(text), size)
