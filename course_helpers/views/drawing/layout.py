"""Where the rows of a plan stand and how much room its labels take, in points."""

from __future__ import annotations

from typing import NamedTuple

from course_helpers.views.drawing.measuring import fitted, width
from course_helpers.views.drawing.notes import Placed, placed
from course_helpers.views.drawing.plan import Band, Lane, Plan
from course_helpers.views.drawing.sizes import Row, Size

# The rows of this many tasks get full height; those of more share it.
_ROOMY = 12


class Layout(NamedTuple):
    """Points from the top left corner of the first row.

    `points` is how wide the rows are. `lanes` are the whole lanes, `rows` where the bars on them
    stand, `slots` the rows of each band. `notes` are written beside or under their lanes, and
    `silent` is the number of those that found no room. `gutter` is the room for labels at the left
    of the rows, `margin` that for signs of endings at the right.
    """

    points: float
    lanes: tuple[Row, ...]
    rows: tuple[Row, ...]
    slots: tuple[tuple[Row, ...], ...]
    notes: tuple[Placed, ...]
    silent: int
    height: float
    gutter: float
    margin: float

    def seconds(self, plan: Plan) -> tuple[float, float]:
        """From when to when the rows go: a little beyond the axis on both sides."""
        return _seconds(plan, self.points)


def laid_out(
    plan: Plan, size: Size, wide: float, least: float = 0.0, gutter: float = 0.0
) -> Layout:
    """The layout of a plan in letters and rows of this size, on a page so many points `wide`.

    What is left for the rows beside their labels is at least `least` points; the room for the
    labels is at least `gutter` points, so that two pictures can have one axis.
    """
    label = max(
        [width(f"{plan.clock} clock", size.small) + size.text]
        + [_lane_label_width(lane, size) for lane in plan.lanes]
        + [_band_label_width(band, size) for band in plan.bands]
    )
    gutter, margin = max(gutter, label + 2 * size.text), size.text * 1.8
    points = max(wide - gutter - margin, least)
    notes = placed(plan, size, _seconds(plan, points), points, margin)
    pitch = max(size.tight_row, min(size.row, size.row * _ROOMY / max(1, len(plan.lanes))))
    lanes: list[Row] = []
    rows: list[Row] = []
    top = 0.0
    for number, lane in enumerate(plan.lanes):
        height = 3 * size.row if lane.crowd else pitch
        rows.append(Row(top + height * 0.14, height * 0.72))
        under = max((note.line for note in notes if note.lane == number), default=0)
        lanes.append(Row(top, height + under * size.small * 1.35))
        top += lanes[-1].height
    slots: list[tuple[Row, ...]] = []
    if plan.bands:
        top += size.row * 0.3
    for number, band in enumerate(plan.bands):
        slots.append(_slots(band, top, size))
        top = slots[-1][-1].top + slots[-1][-1].height + size.row * 0.12
        last = number + 1 == len(plan.bands) or plan.bands[number + 1].resource != band.resource
        top += size.row * 0.25 if last else 0.0
    return Layout(
        points,
        tuple(lanes),
        tuple(rows),
        tuple(slots),
        tuple(note for note in notes if note.line >= 0),
        sum(note.line < 0 for note in notes),
        max(top, size.row * 2),
        gutter,
        margin,
    )


def _seconds(plan: Plan, points: float) -> tuple[float, float]:
    if plan.finish == plan.begin:
        # One instant, at the left, on a picture that has to have some width.
        return plan.begin - 0.05, plan.begin + 0.95
    spare = (plan.finish - plan.begin) * 3 / points
    return plan.begin - spare, plan.finish + spare


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
    return ", ".join(filter(None, (band.label, band.detail))) if band.second else ""


def _band_label_width(band: Band, size: Size) -> float:
    if second := second_label(band):
        return 2 * size.text + width(fitted(second, size.small, size.label), size.small)
    return width(fitted(band.label, size.text, size.label), size.text) + width(
        fitted(f" {band.detail}", size.small, size.label), size.small
    )
