"""Where a word stands in its bar so that no line goes through it."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Sequence
from typing import NamedTuple

from course_helpers.views.drawing.measuring import first_fitting
from course_helpers.views.drawing.painting.brush import Brush


class Place(NamedTuple):
    """The middle of a text, in seconds; `crossed` says that there was no place beside the lines."""

    x: float
    text: str
    crossed: bool


def place(
    ways: Sequence[str],
    size: float,
    bar: tuple[float, float],
    lines: Sequence[float],
    point: float,
) -> Place | None:
    """The first way of saying it that has room in a bar, beside all lines if any way has.

    The bar, the lines and what a `point` is wide are in seconds.
    """
    start, end = bar
    within = lines[bisect(lines, start) : bisect(lines, end)]
    edges = [start, *within, end]
    widest = max(range(len(edges) - 1), key=lambda number: edges[number + 1] - edges[number])
    left, right = edges[widest], edges[widest + 1]
    if text := first_fitting(ways, size, (right - left) / point - 6):
        return Place((left + right) / 2, text, crossed=False)
    if text := first_fitting(ways, size, (end - start) / point - 6):
        return Place((start + end) / 2, text, crossed=bool(within))
    return None


def lines(brush: Brush, lane: int | None = None) -> Sequence[float]:
    """The moments at which a line goes through a lane, in order; for None, through all of them."""
    if lane not in brush.lines:
        plan = brush.plan
        found = [] if plan.end is None else [plan.end]
        if plan.moment is not None:
            found.append(plan.moment.time)
        if lane is not None:
            found += [edge for step in plan.blocked for edge in (step.start, step.end)]
            found += [each.time for each in plan.crossings if each.top <= lane <= each.bottom]
            found += [
                wake.time
                for wake in plan.wakes
                if min(wake.source, wake.target) <= lane <= max(wake.source, wake.target)
                and wake.target != lane
            ]
        brush.lines[lane] = sorted(found)
    return brush.lines[lane]
