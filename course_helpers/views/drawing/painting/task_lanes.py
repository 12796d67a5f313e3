"""The lanes of tasks: labels, bars, words in them, and the signs at their ends."""

from __future__ import annotations

from typing import Any

import numpy as np

from course_helpers.recording.model import Ending
from course_helpers.views import words
from course_helpers.views.drawing.layout import indent
from course_helpers.views.drawing.measuring import fitted
from course_helpers.views.drawing.notes import pushed_aside
from course_helpers.views.drawing.painting import gaps
from course_helpers.views.drawing.painting.bars import Columns, Marks, Shares
from course_helpers.views.drawing.painting.brush import Brush
from course_helpers.views.drawing.painting.lettering import sign
from course_helpers.views.drawing.painting.looks import Look, held
from course_helpers.views.drawing.plan import FILLS, OUTSIDE, READY, RUNNING
from course_helpers.views.drawing.sizes import Row
from course_helpers.views.drawing.stretches import together
from course_helpers.views.palette import SIGNS

# More words than this, in bars, take longer to draw than all the rest.
_WORDS = 150


def labels(brush: Brush) -> None:
    """The names of the lanes, at their left, and a stripe behind every second lane."""
    plan, layout, size = brush.plan, brush.layout, brush.size
    tops = np.array([lane.top for lane in layout.lanes[::2]])
    bottoms = np.array([lane.top + lane.height for lane in layout.lanes[::2]])
    right = brush.points + layout.margin
    stripe = Look(brush.palette.stripe, brush.palette.stripe)
    brush.boxes(-layout.gutter, right, tops, bottoms, stripe, "stripe", where=brush.beside, z=-1)
    for lane, row in zip(plan.lanes, layout.rows, strict=True):
        brush.text(
            size.small - layout.gutter + indent(lane, size),
            row.middle,
            fitted(lane.label, size.text, size.label),
            colour=brush.palette.muted if lane.crowd else brush.palette.ink,
            size=min(size.text, row.height * 1.1),
            where=brush.beside,
        )
    if not plan.lanes:
        brush.text(brush.points * 0.1, layout.height / 2, plan.empty, where=brush.beside)


def bars(brush: Brush) -> None:
    """What each task did, with what it waited in written into its bars."""
    if not brush.plan.bars.span:
        return
    stretches = Columns.of(brush.plan.bars.stretches)
    drawn = brush.bars(
        stretches, brush.layout.rows, brush.looks, "task", marked=(RUNNING, READY, OUTSIDE)
    )
    brush.seen.update(FILLS[number] for number in np.unique(stretches.category[drawn.bars]))
    brush.seen.update(FILLS[number] for number in np.unique(drawn.shares.category))
    _steps(brush, drawn.marks)
    _held(brush)
    _calls(brush, stretches.take(drawn.bars), [brush.plan.bars.call[index] for index in drawn.bars])
    if drawn.merged:
        brush.notes.append(
            f"{words.count(drawn.merged, 'stretch', 'stretches')} of time too short to draw:"
            " there the height of a colour is its share of the time."
        )


def _steps(brush: Brush, marks: Marks) -> None:
    """The steps, and the moments of becoming ready, that are too short for a bar."""
    tops = np.array([row.top for row in brush.layout.rows])
    heights = np.array([row.height for row in brush.layout.rows])
    ink, mark = brush.palette.ink, brush.size.mark
    running = marks.category != READY
    for short, name in ((False, "steps"), (True, "crowded-steps")):
        which = running & (marks.short == short)
        if not which.any():
            continue
        row, time = marks.row[which], marks.time[which]
        top = tops[row]
        # The foot of a lane is for what the task holds.
        bottom = top + heights[row] * (0.3 if short else 1.0)
        ends = np.stack([np.stack([time, top], 1), np.stack([time, bottom], 1)], 1)
        brush.segments(ends, ink, mark * (0.7 if short else 1), name)
        brush.seen.add("step")
    which = (marks.category == READY) & ~marks.short
    row = marks.row[which]
    brush.markers(marks.time[which], tops[row], "v", mark * 2.6, ink, "became-ready")


def _held(brush: Brush) -> None:
    """A strip at the foot of a task's lane while it holds a resource."""
    if len(brush.plan.held.row):
        rows = [Row(row.top + 0.76 * row.height, 0.24 * row.height) for row in brush.layout.rows]
        brush.bars(Columns.of(brush.plan.held), rows, {0: held(brush.palette)}, "held", z=3)
        brush.seen.add("holds")


def _calls(brush: Brush, bars: Columns, calls: list[int]) -> None:
    """What is waited in, written into the bars that have room for it, the widest first."""
    size, rows = brush.size, brush.layout.rows
    room = (bars.end - bars.start) / brush.point - 6
    # The strip of what is held is at the foot.
    middle = 0.4 if len(brush.plan.held.row) else 0.5
    for index in np.argsort(-room, kind="stable")[:_WORDS].tolist():
        lane = int(bars.row[index])
        row = rows[lane]
        if room[index] < 2 * size.small:
            break
        if calls[index] < 0 or row.height < size.small * 1.05:
            continue
        ways = words.ways_to_say(brush.plan.bars.calls[calls[index]])
        look = brush.looks[bars.category[index]]
        start, end = _beside_signs(brush, lane, float(bars.start[index]), float(bars.end[index]))
        place = gaps.place(ways, size.small, (start, end), gaps.lines(brush, lane), brush.point)
        if place is not None:
            halo = str(look.face) if look.hatch or place.crossed else None
            y = row.top + middle * row.height
            brush.text(place.x, y, place.text, size=size.small, align="center", halo=halo)


def _beside_signs(brush: Brush, lane: int, start: float, end: float) -> tuple[float, float]:
    """The part of a bar that no sign of a cancellation covers, in seconds."""
    wide = brush.size.text * 0.5 * brush.point
    for landing in brush.plan.landings:
        if landing.lane == lane and abs(landing.time - start) < wide:
            start = landing.time + wide
        if landing.lane == lane and abs(landing.time - end) < wide:
            end = landing.time - wide
    return start, end


def crowds(brush: Brush) -> None:
    """The lanes that stand for many tasks."""
    plan = brush.plan
    for crowd in plan.crowds:
        row = brush.layout.rows[crowd.lane]
        shares = together(crowd.stretches, plan.begin, plan.finish, brush.point, crowd.tasks)
        brush.seen.update(FILLS[share.category] for share in shares)
        tops, heights = np.array([row.top]), np.array([row.height])
        brush.shares(Shares.of(shares), tops, heights, brush.looks, "gap")


def ends(brush: Brush) -> None:
    """A sign where each task ended."""
    size, palette = brush.size, brush.palette
    moved = pushed_aside(brush.plan, brush.point)
    places: dict[tuple[Ending, float], list[tuple[float, float]]] = {}
    for end in brush.plan.ends:
        beside = size.text * (1.25 if end.lane in moved else 0.75)
        place = end.time, brush.layout.rows[end.lane].middle
        places.setdefault((end.ending, beside), []).append(place)
    for (ending, beside), points in places.items():
        x, y = zip(*points, strict=True)
        colour, marker = palette.endings[ending], sign(SIGNS[ending])
        where: Any = brush.after(beside)
        brush.markers(x, y, marker, size.text * 0.85, colour, f"ending-{ending}", where=where)
        brush.seen.add(ending.value)
