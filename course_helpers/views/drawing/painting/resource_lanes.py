"""The lanes of resources: who has them, who waits, how full they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from course_helpers.views.drawing.layout import second_label
from course_helpers.views.drawing.levels import steps
from course_helpers.views.drawing.measuring import fitted, width
from course_helpers.views.drawing.painting import gaps
from course_helpers.views.drawing.painting.bars import Columns, Marks
from course_helpers.views.drawing.painting.brush import Brush
from course_helpers.views.drawing.painting.looks import Look, held, waiting
from course_helpers.views.drawing.plan import Band
from course_helpers.views.drawing.sizes import Row
from course_helpers.views.drawing.stretches import Stretches, within

# More words than this, in bars, take longer to draw than all the rest.
_WORDS = 150
_NUMBERS = 40


def bands(brush: Brush) -> None:
    """All of them, beneath a line that parts them from the tasks."""
    for band, rows in zip(brush.plan.bands, brush.layout.slots, strict=True):
        _label(brush, band, rows[0].middle)
        if band.holds:
            _holds(brush, band, rows)
        else:
            _curve(brush, band, rows[0])
    if brush.layout.slots:
        top = brush.layout.slots[0][0].top - brush.size.row * 0.2
        line = [(-brush.layout.gutter, top), (brush.points + brush.layout.margin, top)]
        colour = brush.palette.grid
        brush.segments([line], colour, 1, "separator", where=brush.beside, z=0)


def _label(brush: Brush, band: Band, middle: float) -> None:
    size, muted = brush.size, brush.palette.muted
    x = size.small - brush.layout.gutter
    detail = second_label(band)
    if detail:
        x += 2 * size.text
    else:
        text = fitted(band.label, size.text, size.label)
        brush.text(x, middle, text, where=brush.beside)
        x += width(text, size.text) + size.small / 2
        detail = band.detail
    text = fitted(detail, size.small, size.label)
    brush.text(x, middle, text, size=size.small, colour=muted, where=brush.beside)


def _until(brush: Brush) -> float:
    return max(brush.plan.begin, min(brush.plan.finish, brush.plan.horizon))


def _holds(brush: Brush, band: Band, rows: Sequence[Row]) -> None:
    """Who holds it, or stands in its line, each in a row of its own."""
    palette, begin = brush.palette, brush.plan.begin
    holds = sorted(band.holds, key=lambda hold: (hold.slot, hold.start))
    columns = [(hold.slot, hold.start, hold.end, 0) for hold in holds]
    stretches, which = within(Stretches.of(columns), (begin, brush.plan.finish))
    if not band.waiting:
        free = Look(palette.stripe, palette.grid)
        tops = [row.top for row in rows]
        bottoms = [row.top + row.height for row in rows]
        brush.boxes(begin, _until(brush), tops, bottoms, free, "free", lines=0.7, z=1)
        brush.seen.add("free")
    if not len(which):
        return
    look = waiting(band.kind, palette).plain() if band.waiting else held(palette)
    name, marked = ("waiters", ()) if band.waiting else ("holders", (0,))
    brush.seen.add("in_line" if band.waiting else "holds")
    arranged = Columns.of(stretches)
    drawn = brush.bars(arranged, rows, {0: look}, name, marked=marked)
    _instants(brush, drawn.marks, rows)
    tasks = [holds[index].task for index in (which[bar] for bar in drawn.bars)]
    _names(brush, arranged.take(drawn.bars), tasks, band, rows)


def _instants(brush: Brush, marks: Marks, rows: Sequence[Row]) -> None:
    """Holds that take no time."""
    if not len(marks.time):
        return
    top = np.array([row.top for row in rows])[marks.row]
    bottom = top + rows[0].height
    time: Any = marks.time
    ends = np.stack([np.stack([time, top], 1), np.stack([time, bottom], 1)], 1)
    brush.segments(ends, brush.palette.held, brush.size.mark, "holders-instants")


def _names(
    brush: Brush, bars: Columns, tasks: Sequence[int], band: Band, rows: Sequence[Row]
) -> None:
    """Each task's name in its bars; where it does not fit, what tells it from the others."""
    size = min(brush.size.small, rows[0].height * 0.95)
    names = [band.names[task] for task in tasks]
    widest = np.argsort(bars.start - bars.end, kind="stable")[:_WORDS].tolist()

    def places(which: int) -> list[tuple[int, gaps.Place]]:
        found = []
        for index in widest:
            bar = float(bars.start[index]), float(bars.end[index])
            lines = gaps.lines(brush)
            place = gaps.place([names[index][which]], size, bar, lines, brush.point)
            if place is not None:
                found.append((index, place))
        return found

    # One way in all bars: in two ways, one task would look like two.
    short, full = places(1), places(0)
    for index, place in full if len(full) == len(short) else short:
        brush.text(
            place.x,
            rows[bars.row[index]].middle,
            place.text,
            size=size,
            colour=brush.palette.ink if band.waiting else brush.palette.on_held,
            align="center",
            halo=_ground(brush, band) if place.crossed else None,
        )


def _ground(brush: Brush, band: Band) -> str:
    return brush.palette.waiting[band.kind] if band.waiting else brush.palette.held


def _curve(brush: Brush, band: Band, row: Row) -> None:
    """How full it is, or how many wait, as steps with their numbers."""
    begin, finish = brush.plan.begin, _until(brush)
    bottom, unit = row.top + row.height, row.height / max(1, band.most)
    times, values = map(np.array, steps(band.curve, begin, finish, brush.point))
    tops = bottom - values * unit
    palette = brush.palette
    look = waiting(band.kind, palette).plain()
    if not band.waiting:
        look = Look(palette.level, palette.level_outline)
    left, right = times[:-1], times[1:]
    some = (values > 0) & (right > left)
    brush.boxes(left[some], right[some], tops[some], bottom, look, "curve")
    # The outline of the steps: along each level and up or down to the next.
    outline = np.column_stack([np.repeat(times, 2)[1:-1], np.repeat(tops, 2)])
    brush.segments([outline], str(look.edge), 1.2, "curve-outline", z=3)
    brush.segments([[(begin, bottom), (finish, bottom)]], palette.muted, 0.7, "zero", z=1)
    if band.limit is not None and band.most > 1:
        level = bottom - band.limit * unit
        line = [(begin, level), (finish, level)]
        brush.segments([line], palette.muted, 0.9, "limit", dashes="dashed", z=3)
        brush.seen.add("bound")
    brush.seen.add("line_length" if band.waiting else "level")
    _numbers(brush, band, times, values, row)


def _numbers(brush: Brush, band: Band, times: Any, values: Any, row: Row) -> None:
    """The value of each level that is wide enough, in it or above it."""
    size = brush.size.small
    bottom, unit = row.top + row.height, row.height / max(1, band.most)
    room = np.diff(times) / brush.point
    for index in np.argsort(-room, kind="stable")[:_NUMBERS].tolist():
        value = int(values[index])
        text = str(value) if not band.switch else band.switch if value else ""
        if room[index] < width(text, size) + 4:
            break
        if not text:
            continue
        top = bottom - value * unit
        brush.text(
            (times[index] + times[index + 1]) / 2,
            (top + bottom) / 2 if value * unit >= size else top - size * 0.55,
            text,
            size=size,
            align="center",
        )
