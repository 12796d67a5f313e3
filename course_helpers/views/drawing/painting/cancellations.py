"""Cancellations: where they land, what they cut off, the cleanup after them; timeouts, signals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from matplotlib.transforms import Transform

from course_helpers.views.drawing.painting.brush import Brush
from course_helpers.views.drawing.painting.looks import Look

CROSSING: Final = 1.6
# A torn edge has teeth of this size, in points, and no bar narrower than this many has one.
_TOOTH = 2.2
_TORN = 8.0
# The sign of where it lands hides a strip that is not longer than this, in points.
_STRIP = 6.0


def sign(
    brush: Brush, x: Any, y: Any, *, hollow: bool, name: str, where: Transform | None = None
) -> None:
    """A disc with a bar in it, or a ring where the cancellation did not end its task."""
    size, colour, background = brush.size.text * 0.9, brush.palette.cancel, brush.palette.background
    face = background if hollow else colour
    brush.markers(x, y, "o", size, face, name, where=where, edge=colour, z=5.6)
    if not hollow:
        bar = [(-0.5, -0.14), (0.5, -0.14), (0.5, 0.14), (-0.5, 0.14)]
        brush.markers(x, y, bar, size * 0.58, background, f"{name}-bar", where=where, z=5.7)


def landings(brush: Brush) -> None:
    """A sign on the lane of each task that somebody cancelled, where it heard of it."""
    for hollow, name in ((False, "landing"), (True, "hollow")):
        chosen = [each for each in brush.plan.landings if each.followed is not hollow]
        if chosen:
            x = [each.time for each in chosen]
            y = [brush.layout.rows[each.lane].middle for each in chosen]
            sign(brush, x, y, hollow=hollow, name=name)
            brush.seen.add(name)


def tears(brush: Brush) -> None:
    """The right edges of bars that were cut off, torn."""
    edges = []
    for lane, start, end in brush.plan.tears:
        if (end - start) / brush.point < _TORN:
            continue
        row = brush.layout.rows[lane]
        top, bottom = row.top - 0.6, row.top + row.height + 0.6
        inner = end - 2.4 * _TOOTH * brush.point
        edge = torn(brush, inner, top, bottom, per_point=brush.point)
        _cut(brush, edge, end, lane)
        edges.append(edge)
    if edges:
        brush.segments(edges, brush.palette.cancel, 1.3, "tears", z=3.4)
        brush.seen.add("tear")


def torn(
    brush: Brush, x: float, top: float, bottom: float, *, per_point: float
) -> list[tuple[float, float]]:
    """A zigzag from top to bottom to the right of `x`, of which a point is `per_point`."""
    teeth = max(2, round(abs(bottom - top) / (1.6 * _TOOTH)))
    heights = np.linspace(top, bottom, 2 * teeth + 1).tolist()
    return [
        (x + (number % 2) * _TOOTH * per_point, height) for number, height in enumerate(heights)
    ]


def _cut(brush: Brush, edge: Sequence[tuple[float, float]], end: float, lane: int) -> None:
    """Take away what is right of the edge, up to where the bar ended."""
    top, bottom = edge[0][1], edge[-1][1]
    last = end - 0.4 * brush.point
    brush.shape([*edge, (last, bottom), (last, top)], brush.lane_colour(lane), "torn-off", z=3.3)


def cleanups(brush: Brush) -> None:
    """A strip over the bars of a lane, from where a cancellation lands to the end."""
    wide = [each for each in brush.plan.cleanups if each.end - each.start > _STRIP * brush.point]
    if not wide:
        return
    left, right = [each.start for each in wide], [each.end for each in wide]
    top = np.array([brush.layout.lanes[each.lane].top for each in wide])
    bottom = np.array([brush.layout.rows[each.lane].top for each in wide])
    colour = brush.palette.cancel
    brush.boxes(left, right, top, bottom, Look(colour, colour), "cleanups", z=3.2)
    brush.seen.add("cleanup")


def crossings(brush: Brush) -> None:
    """Lines across the lanes that a timeout or a signal concerns."""
    if not brush.plan.crossings:
        return
    lanes, rows = brush.layout.lanes, brush.layout.rows
    lines = [
        [
            (each.time, lanes[each.top].top),
            (each.time, rows[each.bottom].top + rows[each.bottom].height * 1.14),
        ]
        for each in brush.plan.crossings
    ]
    brush.segments(lines, brush.palette.cancel, CROSSING, "crossings", z=4.6)
    brush.seen.update(each.what for each in brush.plan.crossings)
