"""What a picture in a page is put together on: rows, tracks, shapes, looks and items, as they come.

The looks are those of `drawing.painting.looks`, each in the colours of a light and of a dark page:
the page's theme chooses.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

from course_helpers.recording.model import Ending
from course_helpers.recording.readings import Hold
from course_helpers.views.drawing.layout import Layout
from course_helpers.views.drawing.painting import looks
from course_helpers.views.drawing.painting.looks import Look
from course_helpers.views.drawing.plan import FILLS, READY, RUNNING, Plan
from course_helpers.views.page.answers import Answers
from course_helpers.views.page.parts import Items, Part, Table, Track
from course_helpers.views.palette import DARK, LIGHT, Palette

_PATTERNS = {"//////": "stripes", "-----": "dashes", "...": "dots"}


@dataclass(slots=True)
class Stretch:
    """A bar that was drawn, with the item that it is.

    `fill` is an index into `FILLS`, `span` one into the task's spans.
    """

    start: float
    end: float
    fill: int
    span: int
    item: int


@dataclass(slots=True)
class Sheet:
    """Collects the parts of one picture.

    `bars` are, by the index of a task, what was drawn on its lane, in order of time; `holds` are
    those of each resource, by its index and slot. By them counterparts are found. `fills` are the
    looks of those of `FILLS` that are in it.
    """

    plan: Plan
    layout: Layout
    answers: Answers
    rows: list[Part] = field(default_factory=list)
    tracks: list[Track] = field(default_factory=list)
    shapes: list[Part] = field(default_factory=list)
    items: Items = field(default_factory=Items)
    looks: Table = field(default_factory=Table)
    ways: Table = field(default_factory=Table)
    bars: dict[int, list[Stretch]] = field(default_factory=dict)
    holds: dict[int, dict[int, list[tuple[Hold, int]]]] = field(default_factory=dict)
    fills: dict[int, int] = field(default_factory=dict)

    def track(self, row: int, top: float, height: float, **more: object) -> Track:
        """A track more, in a row."""
        made = Track(row, top, height, **more)
        self.tracks.append(made)
        return made

    def shape(self, look: int, x: Sequence[float], y: Sequence[float], **more: object) -> None:
        """A shape more: its corners in seconds and in pixels from the top."""
        places = {"x": [float(f"{time:.7g}") for time in x], "y": [round(one, 1) for one in y]}
        self.shapes.append({"look": look, **places, **more})

    @property
    def point(self) -> float:
        """A pixel of a page of the usual width, in seconds."""
        left, right = self.layout.seconds(self.plan)
        return (right - left) / self.layout.points

    def at(self, task: int, time: float) -> int | None:
        """The item of what a task does at a time: of two that meet there, that in which it runs."""
        bars = self.bars.get(task, [])
        last = bisect_right(bars, time, key=lambda bar: bar.start)
        found = None
        for bar in reversed(bars[:last]):
            if bar.end < time:
                break
            if bar.fill == RUNNING:
                return bar.item
            found = bar.item if found is None else found
        return found

    def from_then(self, task: int, time: float) -> int | None:
        """The item of what a task does from a time on."""
        bars = self.bars.get(task, [])
        last = bisect_right(bars, time, key=lambda bar: bar.start)
        return bars[last - 1].item if last else None

    def holders(self, resource: int, start: float, end: float, most: int) -> list[tuple[Hold, int]]:
        """Who has a resource in a stretch of time, each with the item that shows it; a few."""
        found: list[tuple[Hold, int]] = []
        for slot in self.holds.get(resource, {}).values():
            first = bisect_right(slot, start, key=lambda one: one[0].end)
            last = bisect_left(slot, end, lo=first, key=lambda one: one[0].start)
            found.extend(slot[first : min(last, first + most)])
        return sorted(found)[:most]

    # Looks, by their numbers; what is numbered first is painted first.

    def look(self, light: Look, dark: Look) -> int:
        """The number of a look."""
        pattern = _PATTERNS.get(light.hatch or "", "")
        return self.looks.number((light.face, dark.face, light.edge, dark.edge, pattern))

    def colour(self, light: str, dark: str) -> int:
        """The number of one colour."""
        return self.look(Look(light, light), Look(dark, dark))

    def of(self, name: str) -> int:
        """The number of a colour that the palettes call so."""
        return self.colour(getattr(LIGHT, name), getattr(DARK, name))

    def fill(self, number: int) -> int:
        """The look of one of `FILLS`."""
        if number not in self.fills:  # each bar asks
            light, dark = (looks.of_fills(palette)[number] for palette in (LIGHT, DARK))
            self.fills[number] = self.look(light, dark)
        return self.fills[number]

    def waiting(self, kind: str) -> int:
        """The look of those in line for something of this kind."""
        return self.look(looks.waiting(kind, LIGHT).plain(), looks.waiting(kind, DARK).plain())

    def held(self) -> int:
        """The look of holding something."""
        return self.look(looks.held(LIGHT), looks.held(DARK))

    def edge_of(self, name: str) -> int:
        """The look of a line without a face, in a colour of the palettes."""
        light, dark = (getattr(palette, name) for palette in (LIGHT, DARK))
        return self.look(Look("#0000", light), Look("#0000", dark))

    def hollow(self) -> int:
        """The look of a cancellation that was not followed."""
        return self.look(Look(LIGHT.background, LIGHT.cancel), Look(DARK.background, DARK.cancel))

    def ending(self, ending: Ending) -> int:
        """The colour of an ending."""
        return self.colour(LIGHT.endings[ending], DARK.endings[ending])

    def free(self) -> int:
        """The look of what nobody has."""
        return self.look(_free(LIGHT), _free(DARK))

    def level(self) -> int:
        """The look of how full something is."""
        return self.look(_level(LIGHT), _level(DARK))

    def number_looks(self) -> None:
        """Number the looks of all bars in the order in which they are painted."""
        self.free()
        for fill in range(len(FILLS)):
            if fill == READY or any(fill in one for one in self._fills()):
                self.fill(fill)
        self.level()
        self.held()
        self.of("ink")

    def _fills(self) -> list[Sequence[int]]:
        return [
            self.plan.bars.stretches.category,
            *(crowd.stretches.category for crowd in self.plan.crowds),
        ]


def _free(palette: Palette) -> Look:
    return Look(palette.stripe, palette.grid)


def _level(palette: Palette) -> Look:
    return Look(palette.level, palette.level_outline)
