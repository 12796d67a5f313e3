"""A sketch as data that a page paints, as it paints timelines."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from course_helpers.views.drawing.sizes import Row as Place
from course_helpers.views.page.measures import ABOVE, PAGE
from course_helpers.views.page.overlay import DOWN, UP
from course_helpers.views.page.parts import Items, Part, Table, Track
from course_helpers.views.page.picture import MIME
from course_helpers.views.palette import LIGHT, in_the_dark
from course_helpers.views.sketch import Sketch, SketchedRow

_DOT: Final = "M-5 0A5 5 0 1 0 5 0A5 5 0 1 0 -5 0Z"


def for_page(sketch: Sketch, words: str) -> dict[str, str]:
    """The sketch with its text alternative, by its kind."""
    painted = _Sketched(sketch).picture(words)
    return {MIME: json.dumps([painted], separators=(",", ":"), ensure_ascii=False)}


class _Sketched:
    def __init__(self, sketch: Sketch) -> None:
        self._sketch = sketch
        self._places, self._height = sketch.places()
        self._span = sketch.span
        self._highest = sketch.highest
        self._items = Items()
        self._looks = Table()
        self._ways = Table()
        self._tracks: list[Track] = []
        self._lines: list[Part] = []
        self._shapes: list[Part] = []
        self._ink = self._look(LIGHT.ink)

    def picture(self, words: str) -> Part:
        """The picture, as JSON values."""
        sketch = self._sketch
        for number, (row, place) in enumerate(self._places.items()):
            self._draw(number, row, place)
        begin, finish = self._span
        ticks = {"ticks": [[number, str(number)] for number in sketch.numbers]}
        return {
            "name": words.partition(". ")[0].rstrip(".") + ".",
            "title": [],
            "text": words,
            "clock": sketch.axis,
            "real": False,
            "time": [begin, finish, finish],
            **(ticks if sketch.counts else {}),
            "above": ABOVE,
            "height": self._height,
            "rows": [
                {
                    "label": row.label,
                    "indent": round(row.indent * PAGE.text),
                    "top": place.top,
                    "height": place.height,
                }
                for row, place in self._places.items()
            ],
            "tracks": [track.data() for track in self._tracks],
            "shapes": self._lines + self._shapes,
            "looks": self._looks.values(),
            "ways": self._ways.values(),
            "key": [],
            "notes": [],
            **self._items.data(),
        }

    def _look(self, face: str, edge: str = "") -> int:
        edge = edge or face
        return self._looks.number((face, in_the_dark(face), edge, in_the_dark(edge), ""))

    def _draw(self, number: int, row: SketchedRow, place: Place) -> None:
        begin, finish = self._span
        if row.heading:
            y = place.top - PAGE.text
            self._shape(self._ink, [begin], [y], text=row.heading, size=PAGE.text)
        if row.bars:
            self._draw_bars(number, row, place)
        if row.has_levels:
            bottom = place.top + place.height
            self._shape(self._look(LIGHT.muted), [begin, finish], [bottom, bottom], line=0.8)
        for line in row.lines:
            first, last = line.heights(place, self._places[line.to])
            drawn = {"x": [line.start, line.end], "y": [first, last], "line": 1.4}
            self._lines.append({"look": self._ink, **drawn})
            if line.head:
                self._shape(self._ink, [line.end], [last], sign=DOWN if last > first else UP)
        for dot in row.dots:
            item = self._items.add([self._sketch.dot_in_words(row, dot)])
            self._shape(self._ink, [dot.at], [place.middle], sign=_DOT, item=item, row=number)

    def _draw_bars(self, number: int, row: SketchedRow, place: Place) -> None:
        edge = self._look(LIGHT.muted)
        has_levels = row.has_levels
        outline = {"outline": edge} if has_levels else {}
        track = Track(number, place.top, place.height, ink=self._ink, instants=edge, **outline)
        for bar in row.bars:
            item = self._items.add([self._sketch.bar_in_words(row, bar)])
            say = self._ways.number((bar.text,)) if bar.text else -1
            high = {"high": bar.share(self._highest)} if has_levels else {}
            look = self._look(bar.colour, LIGHT.muted)
            track.add(bar.start, bar.end, look, item=item, say=say, **high)
        self._tracks.append(track)

    def _shape(self, look: int, x: Sequence[float], y: Sequence[float], **more: Any) -> None:
        self._shapes.append({"look": look, "x": x, "y": y, **more})
