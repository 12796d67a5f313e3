"""What stands across the lanes: the axis, arrows, marks, a blocked loop, a moment pointed out."""

from __future__ import annotations

import math

import numpy as np

from course_helpers.views import words
from course_helpers.views.drawing.measuring import width
from course_helpers.views.drawing.painting.brush import Brush
from course_helpers.views.drawing.painting.looks import Look
from course_helpers.views.drawing.ticks import ticks


def time(brush: Brush) -> None:
    """The axis with its ticks, and where the recording ended."""
    plan, size, palette, bottom = brush.plan, brush.size, brush.palette, brush.layout.height
    most = max(2, int(brush.points / (size.text * 7)))
    # Beyond the end no time was measured.
    marked = [
        (tick, text)
        for tick, text in zip(*ticks(plan.begin, plan.finish, most), strict=True)
        if tick <= plan.measured or plan.horizon <= plan.measured
    ]
    if plan.end is not None:
        line = [(plan.end, 0), (plan.end, bottom)]
        brush.segments([line], palette.ink, 1.2, "end", dashes="dashed", z=3.2)
        brush.seen.add("end")
    grid = [[(tick, 0), (tick, bottom)] for tick, _ in marked]
    brush.segments(grid, palette.grid, 0.8, "grid", z=0)
    axis = [(brush.left, bottom), (brush.right, bottom)]
    brush.segments([axis], palette.muted, 0.8, "axis", z=0)
    brush.below = size.text * 1.9
    for tick, text in marked:
        brush.text(tick, -size.text, text, size=size.small, where=brush.under, align="center")
    x, clock = size.small - brush.layout.gutter, f"{plan.clock} clock"
    brush.text(x, -size.text, clock, size=size.small, colour=palette.muted, where=brush.corner)


def title(brush: Brush) -> None:
    """The lines above all the rest; to be called when the rest is there."""
    lines = brush.plan.title
    size = brush.size.text
    for number, line in enumerate(lines):
        y = -brush.above - (len(lines) - number - 0.5) * size * 1.5
        brush.text(brush.size.small - brush.layout.gutter, y, line, where=brush.beside)
    brush.above += len(lines) * size * 1.5


def before(brush: Brush) -> None:
    """Around each lane an outline of where the task of that name was in another recording."""
    lines = []
    for lane, left, right in brush.plan.before:
        row = brush.layout.rows[lane]
        top, bottom = row.top - row.height * 0.14, row.top + row.height * 1.14
        lines.append([(left, top), (right, top), (right, bottom), (left, bottom), (left, top)])
    if lines:
        brush.segments(lines, brush.palette.half, 1.2, "before", z=3.3)
        brush.seen.add("before")


def wakes(brush: Brush) -> None:
    """Arrows from who woke to who was woken."""
    if not brush.plan.wakes:
        return
    rows, colour = brush.layout.rows, brush.palette.wake
    segments = []
    heads: dict[str, tuple[list[float], list[float]]] = {"v": ([], []), "^": ([], [])}
    for moment, source, target in brush.plan.wakes:
        down = target > source
        row = rows[target]
        end = row.top if down else row.top + row.height
        segments.append([(moment, rows[source].middle), (moment, end)])
        x, y = heads["v" if down else "^"]
        x.append(moment)
        y.append(end)
    brush.segments(segments, colour, 1.1, "wakes", z=3.5)
    for marker, (x, y) in heads.items():
        if x:
            brush.markers(x, y, marker, brush.size.text * 0.6, colour, "wakes-head")
    brush.seen.add("wakes")


def marks(brush: Brush) -> None:
    """What the program said about itself."""
    if brush.plan.marks:
        x = [mark.time for mark in brush.plan.marks]
        y = [brush.layout.rows[mark.lane].middle for mark in brush.plan.marks]
        brush.markers(x, y, "D", brush.size.text * 0.45, brush.palette.ink, "marks", z=5.9)
        brush.seen.add("mark")


def blocked(brush: Brush) -> None:
    """The steps that blocked the loop, across all lanes."""
    steps, lanes = brush.plan.blocked, brush.layout.lanes
    if not steps or not lanes:
        return
    size, alarm = brush.size, brush.palette.alarm
    left, right = np.array([step.start for step in steps]), np.array([step.end for step in steps])
    bottom = lanes[-1].top + lanes[-1].height
    brush.boxes(left, right, 0, bottom, Look(f"{alarm}26", alarm), "blocked", lines=1, z=4.5)
    brush.above += size.text * 1.6
    free, silent = -math.inf, 0
    for step in steps:
        half = width(step.text, size.small) / 2 * brush.point
        centre = min(max((step.start + step.end) / 2, brush.left + half), brush.right - half)
        if centre - half < free:
            silent += 1
            continue
        free = centre + half + 6 * brush.point
        y = -size.text * 0.9
        brush.text(centre, y, step.text, size=size.small, colour=alarm, align="center")
    if silent:
        brush.notes.append(f"{words.count(silent, 'more blocking step')} without a label.")
    brush.seen.add("blocked")


def moment(brush: Brush) -> None:
    """The moment that is pointed out, and the stretch before it."""
    shown = brush.plan.moment
    if shown is None:
        return
    size, alarm, bottom = brush.size, brush.palette.alarm, brush.layout.height
    if shown.since is not None:
        pale = Look(f"{alarm}22", f"{alarm}00")
        brush.boxes(shown.since, shown.time, 0, bottom, pale, "stretch", z=4.4)
    line = [(shown.time, -size.text * 0.3), (shown.time, bottom)]
    brush.segments([line], alarm, 2, "moment", z=5.8)
    half = width(shown.text, size.text) / 2 * brush.point
    centre = min(max(shown.time, brush.left + half), brush.right - half)
    above = brush.above - size.small + size.text * 0.9
    brush.text(centre, -above, shown.text, colour=alarm, align="center")
    brush.above = above + size.text
