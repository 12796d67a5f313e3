"""The curves of a sweep as data that a page paints, as it paints timelines."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from course_helpers.explorer.figures import Figure as Reading
from course_helpers.views.drawing.ticks import levels
from course_helpers.views.page.parts import Items, Part, Table, sign
from course_helpers.views.page.picture import MIME
from course_helpers.views.palette import DARK, LIGHT

if TYPE_CHECKING:
    from course_helpers.explorer.swept import Sweep

_HIGH: Final = 190  # pixels of the page
_TICKS: Final = 6
_LABELS: Final = 12  # so many values have a tick each
_APART: Final = 16  # pixels between two labels
_DISC: Final = "M-5.5 0A5.5 5.5 0 1 0 5.5 0A5.5 5.5 0 1 0 -5.5 0Z"
# Lines are told apart by their signs, and by the labels at their ends. The first is the largest, so
# that of two lines that coincide both are seen.
_SIGNS: Final = (
    _DISC,
    sign([(-4, -4), (4, -4), (4, 4), (-4, 4)]),
    sign([(-5, 0), (0, -5), (5, 0), (0, 5)]),
    sign([(-5, 4), (5, 4), (0, -5)]),
    sign([(-5, -4), (5, -4), (0, 5)]),
    sign([(-1, -5), (1, -5), (1, -1), (5, -1), (5, 1), (1, 1), (1, 5), (-1, 5), (-1, 1), (-5, 1)]),
)


def for_page(sweep: Sweep) -> dict[str, str]:
    """A picture for each figure of a sweep, by their kind."""
    pictures = [_Curves(sweep, reading).picture() for reading in sweep.figures]
    return {MIME: json.dumps(pictures, separators=(",", ":"), ensure_ascii=False)}


class _Curves:
    """A figure of a sweep, with a line for each value of the second axis."""

    def __init__(self, sweep: Sweep, reading: Reading) -> None:
        self._sweep = sweep
        self._reading = reading
        self._axis = sweep.axes[0] if sweep.axes else None
        self._items = Items()
        self._looks = Table()
        self._shapes: list[Part] = []
        self._rows: list[Part] = []
        self._failed: dict[float, None] = {}
        labels = self._axis.labels if self._axis is not None else ("",)
        numeric = self._axis is not None and self._axis.numeric
        self._labels = [str(label) for label in labels]
        self._places = (
            [float(value) for value in self._axis.values]
            if numeric and self._axis is not None
            else [float(number) for number in range(len(labels))]
        )
        spare = (max(self._places) - min(self._places)) * 0.03 or 0.5
        self._begin, self._finish = min(self._places) - spare, max(self._places) + spare
        drawn = [value for value in sweep.values(reading) if value is not None] or [0.0]
        low, high = min(0.0, *drawn), max(drawn)
        whole = all(isinstance(one, int) for one in drawn)
        self._levels = levels(low, high or 1.0, _TICKS, whole=whole)

    def picture(self) -> Part:
        """The picture, as JSON values."""
        self._draw_levels()
        several = len(self._sweep.axes) > 1
        lines = range(len(self._sweep.axes[1].values)) if several else (None,)
        ends = [end for number, line in enumerate(lines) for end in self._draw_line(number, line)]
        self._label_ends(ends)
        for place in self._failed:
            text = {"text": "✗", "anchor": "middle", "size": 14, "bold": True}
            alarm = self._colour(LIGHT.alarm, DARK.alarm)
            self._shapes.append({"look": alarm, "x": [place], "y": [_HIGH - 10], **text})
        title = self._axis.title if self._axis is not None else ""
        return {
            "name": f"Curve of {self._reading.label}.",
            "title": [self._reading.label],
            "text": self._sweep.alternative,
            "clock": title,
            "real": self._sweep.clock == "real",
            "time": [self._begin, self._finish, self._finish],
            "ticks": self._ticks(),
            "above": 10,
            "height": _HIGH,
            "rows": self._rows,
            "tracks": [],
            "shapes": self._shapes,
            "looks": self._looks.values(),
            "ways": [],
            "key": [],
            "notes": ["✗ no value here"] if self._failed else [],
            **self._items.data(),
        }

    def _ticks(self) -> list[tuple[float, str]]:
        """Where the values of the axis stand, or some of them."""
        every = -(-len(self._places) // _LABELS)
        return list(zip(self._places, self._labels, strict=True))[::every]

    def _y(self, value: float) -> float:
        low, high = self._levels[0], self._levels[-1]
        return round(_HIGH - (value - low) / (high - low) * _HIGH, 1)

    def _colour(self, light: str, dark: str) -> int:
        return self._looks.number((light, dark, light, dark, ""))

    def _draw_levels(self) -> None:
        grid = self._colour(LIGHT.grid, DARK.grid)
        for level in self._levels:
            y = self._y(level)
            label = {"label": f"{level:.6g}", "small": True, "muted": True}
            self._rows.append({**label, "indent": 0, "top": y - 8, "height": 16})
            line = {"x": [self._begin, self._finish], "y": [y, y], "line": 1}
            self._shapes.append({"look": grid, **line})

    def _draw_line(self, number: int, line: int | None) -> Iterator[tuple[float, str, int]]:
        """Draw one line; yields the height, the label and the look of its end."""
        values = self._sweep.values(self._reading, line)
        light, dark = (one.curves[(number + 1) % len(one.curves)] for one in (LIGHT, DARK))
        look = self._colour(light, dark)
        name = "" if line is None else self._sweep.axes[1].at(line)
        row = len(self._rows)
        self._rows.append({"label": "", "detail": name, "indent": 0, "top": 0, "height": 0})
        known: list[tuple[float, float, int]] = []
        for place, (at, value) in enumerate(zip(self._places, values, strict=True)):
            if value is None:
                self._failed[at] = None
                self._draw_part(known, look, number)
                known = []
                continue
            known.append((at, value, self._item(place, name, value)))
        last = known[-1:]
        self._draw_part(known, look, number, row)
        for _, value, _ in last:
            yield self._y(value), name, look

    def _item(self, place: int, name: str, value: float) -> int:
        setting = [self._axis.at(place)] if self._axis is not None else []
        where = ", ".join([*setting, *([name] if name else [])])
        what = f"{self._reading.label}: {self._sweep.written(value)}"
        return self._items.add([f"{where}:", f"{what}."] if where else [f"{what}."])

    def _draw_part(
        self, known: Sequence[tuple[float, float, int]], look: int, number: int, row: int = 0
    ) -> None:
        row = row or len(self._rows) - 1
        places, heights = [at for at, _, _ in known], [self._y(value) for _, value, _ in known]
        if len(known) > 1:
            dashed = bool(number % 2)
            line = {"x": places, "y": heights, "line": 2.2, "dashed": dashed}
            self._shapes.append({"look": look, **line})
        for at, y, item in zip(places, heights, (item for _, _, item in known), strict=True):
            mark: dict[str, Any] = {"sign": _SIGNS[number], "item": item, "row": row}
            self._shapes.append({"look": look, "x": [at], "y": [y], **mark})

    def _label_ends(self, ends: Sequence[tuple[float, str, int]]) -> None:
        """Each line's label at its end, pushed apart where they would overlap."""
        if len(ends) < 2:
            return
        lowest = _HIGH - 4.0
        for number, (y, name, look) in enumerate(sorted(ends, reverse=True)):
            left = len(ends) - number - 1
            lowest = max(min(y, lowest), 4.0 + left * _APART)
            text = {"text": name, "dx": 10}
            self._shapes.append({"look": look, "x": [self._finish], "y": [lowest], **text})
            lowest -= _APART
