"""Where the rows of a plan stand and how much room its labels take, in points."""

from __future__ import annotations

from typing import NamedTuple

from course_helpers.views.drawing.lettering import fitted, width
from course_helpers.views.drawing.plan import Band, Lane, Plan

# The rows of this many tasks get full height; those of more share it.
_ROOMY = 12


class Size(NamedTuple):
    """Measures in points, but for `dots`: pixels of the picture for each of the page it is for."""

    dots: float
    text: float
    small: float
    row: float
    tight_row: float
    mark: float
    label: float

    def scaled(self, factor: float) -> Size:
        """The same proportions, smaller or larger."""
        return Size(self.dots, *(factor * measure for measure in self[1:]))


NOTEBOOK = Size(dots=2, text=10, small=8.5, row=19, tight_row=13.5, mark=1.6, label=150)
PROJECTOR = Size(dots=14 / 9, text=15, small=13, row=28, tight_row=20, mark=2.4, label=190)


class Row(NamedTuple):
    """A row: where its bars begin and how high they are, in points from the top."""

    top: float
    height: float

    @property
    def middle(self) -> float:
        """Points from the top."""
        return self.top + self.height / 2


class Layout(NamedTuple):
    """Points from the top left corner of the first row.

    `rows` are those of the lanes, `slots` those of each band. `gutter` is the room for labels at
    the left of them, `margin` that for signs of endings at the right.
    """

    rows: tuple[Row, ...]
    slots: tuple[tuple[Row, ...], ...]
    height: float
    gutter: float
    margin: float


def laid_out(plan: Plan, size: Size) -> Layout:
    """The layout of a plan in letters and rows of this size."""
    pitch = max(size.tight_row, min(size.row, size.row * _ROOMY / max(1, len(plan.lanes))))
    rows: list[Row] = []
    top = 0.0
    for lane in plan.lanes:
        height = 3 * size.row if lane.crowd else pitch
        rows.append(Row(top + height * 0.14, height * 0.72))
        top += height
    slots: list[tuple[Row, ...]] = []
    if plan.bands:
        top += size.row * 0.3
    for number, band in enumerate(plan.bands):
        slots.append(_slots(band, top, size))
        top = slots[-1][-1].top + slots[-1][-1].height + size.row * 0.12
        last = number + 1 == len(plan.bands) or plan.bands[number + 1].resource != band.resource
        top += size.row * 0.25 if last else 0.0
    label = max(
        [width(f"{plan.clock} clock", size.small) + size.text]
        + [_lane_label_width(lane, size) for lane in plan.lanes]
        + [_band_label_width(band, size) for band in plan.bands]
    )
    return Layout(
        tuple(rows),
        tuple(slots),
        max(top, size.row * 2),
        label + 2 * size.text,
        size.text * 1.8,
    )


def _slots(band: Band, top: float, size: Size) -> tuple[Row, ...]:
    """The rows of a band that begins there: one for each slot, or one for its curve."""
    bar, slot, curve = size.row * 0.62, size.row * 0.55, size.row * 1.3
    if band.curve:
        return (Row(top, curve if band.most > 1 else bar),)
    height = bar if band.slots == 1 and not band.waiting else slot
    return tuple(Row(top + number * (height + 1), height) for number in range(band.slots))


def indent(lane: Lane, size: Size) -> float:
    """How far a label stands to the right of its oldest ancestor's, in points."""
    return min(lane.depth, 6) * size.text * 1.2


def _lane_label_width(lane: Lane, size: Size) -> float:
    return (
        width(fitted(lane.label, size.text, size.label), size.text) + size.text + indent(lane, size)
    )


def second_label(band: Band) -> str:
    """What is written, small and indented, at the left of the second band of a resource."""
    return f"{band.label} {band.detail}".strip() if band.second else ""


def _band_label_width(band: Band, size: Size) -> float:
    if second := second_label(band):
        return 2 * size.text + width(fitted(second, size.small, size.label), size.small)
    return width(fitted(band.label, size.text, size.label), size.text) + width(
        fitted(f" {band.detail}", size.small, size.label), size.small
    )
