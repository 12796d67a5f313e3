"""The legend: what signs and colours mean, of those that were drawn, and what is left out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from course_helpers.recording.model import Ending
from course_helpers.views.drawing.measuring import width
from course_helpers.views.drawing.painting import cancellations, looks
from course_helpers.views.drawing.painting.brush import Brush
from course_helpers.views.drawing.painting.lettering import sign
from course_helpers.views.drawing.painting.looks import Look
from course_helpers.views.drawing.plan import FILLS, Entry
from course_helpers.views.palette import SIGNS


def shown(brush: Brush) -> list[Entry]:
    """The entries of the plan's legend for what was drawn."""
    return [entry for entry in brush.plan.legend if entry.sign in brush.seen]


def legend(brush: Brush, entries: Iterable[Entry]) -> None:
    """Write it beneath the axis, in as many lines as it takes."""
    size = brush.size
    box, space = size.small * 1.7, size.small * 1.6
    x0 = size.small - brush.layout.gutter
    x, y = x0, -brush.below
    for number, entry in enumerate(entries):
        long = box + size.small * 0.5 + width(entry.text, size.small)
        if not number:
            y -= size.small
        elif x + long > brush.points + brush.layout.margin - size.small:
            x, y = x0, y - size.small * 1.8
        _sign(brush, entry, x, y, box)
        where = brush.corner
        brush.text(x + box + size.small * 0.5, y, entry.text, size=size.small, where=where)
        x += long + space
    for note in brush.notes:
        y -= size.small * 1.8
        colour = brush.palette.muted
        brush.text(x0, y, note, size=size.small, colour=colour, where=brush.corner)
    brush.below = -y + size.small * 1.3


def _sign(brush: Brush, entry: Entry, x: float, y: float, box: float) -> None:
    """One sign, in a box that begins at `x` and has its middle at `y`, in points."""
    if entry.sign in FILLS:
        _box(brush, brush.looks[FILLS.index(entry.sign)], x, y, box)
    elif entry.sign in list(Ending):
        ending = Ending(entry.sign)
        colour, marker = brush.palette.endings[ending], sign(SIGNS[ending])
        place = [x + box - brush.size.small * 0.5]
        brush.markers(place, [y], marker, brush.size.text * 0.85, colour, "key", where=brush.corner)
    elif entry.sign == "in_line":
        _box(brush, looks.waiting(entry.kind, brush.palette).plain(), x, y, box)
    elif entry.sign == "line_length":
        _steps(brush, looks.waiting(entry.kind, brush.palette).plain(), x, y, box)
    else:
        _SIGNS[entry.sign](brush, x, y, box)


def _box(brush: Brush, look: Look, x: float, y: float, box: float) -> None:
    high = brush.size.small * 0.5
    brush.boxes(x, x + box, y - high, y + high, look, "key", where=brush.corner, lines=0.7)


def _upright(brush: Brush, x: float, y: float, box: float, colour: str, thick: float) -> None:
    high = brush.size.small * 0.5
    ends = [[(x + box / 2, y + high), (x + box / 2, y - high)]]
    brush.segments(ends, colour, thick, "key", where=brush.corner)


def _step(brush: Brush, x: float, y: float, box: float) -> None:
    ink, mark = brush.palette.ink, brush.size.mark
    _upright(brush, x, y, box, ink, mark)
    top = y + brush.size.small * 0.5
    brush.markers([x + box / 2], [top], "v", mark * 2.6, ink, "key", where=brush.corner)


def _wakes(brush: Brush, x: float, y: float, box: float) -> None:
    colour = brush.palette.wake
    _upright(brush, x, y, box, colour, 1.1)
    foot, size = y - brush.size.small * 0.5, brush.size.text * 0.6
    brush.markers([x + box / 2], [foot], "v", size, colour, "key", where=brush.corner)


def _end(brush: Brush, x: float, y: float, box: float) -> None:
    high = brush.size.small * 0.5
    ends = [[(x + box / 2, y - high), (x + box / 2, y + high)]]
    ink, where = brush.palette.ink, brush.corner
    brush.segments(ends, ink, 1.2, "key", where=where, dashes="dashed")


def _mark(brush: Brush, x: float, y: float, box: float) -> None:
    size, colour = brush.size.text * 0.45, brush.palette.ink
    brush.markers([x + box / 2], [y], "D", size, colour, "key", where=brush.corner)


def _before(brush: Brush, x: float, y: float, box: float) -> None:
    high = brush.size.small * 0.5
    end, top, foot = x + box, y + high, y - high
    line = [(x, top), (end, top), (end, foot), (x, foot), (x, top)]
    brush.segments([line], brush.palette.half, 1.4, "key", where=brush.corner)


def _blocked(brush: Brush, x: float, y: float, box: float) -> None:
    alarm = brush.palette.alarm
    _box(brush, Look(f"{alarm}26", alarm), x, y, box)


def _holds(brush: Brush, x: float, y: float, box: float) -> None:
    high, look = brush.size.small * 0.3, looks.held(brush.palette)
    brush.boxes(x, x + box, y - high, y + high, look, "key", where=brush.corner)


def _free(brush: Brush, x: float, y: float, box: float) -> None:
    _box(brush, Look(brush.palette.stripe, brush.palette.grid), x, y, box)


def _level(brush: Brush, x: float, y: float, box: float) -> None:
    _steps(brush, Look(brush.palette.level, brush.palette.level_outline), x, y, box)


def _steps(brush: Brush, look: Look, x: float, y: float, box: float) -> None:
    high = brush.size.small * 0.5
    middle, end, top, foot = x + box / 2, x + box, y + high, y - high
    where = brush.corner
    brush.boxes([x, middle], [middle, end], [y, top], foot, look, "key", where=where)
    line = [(x, y), (middle, y), (middle, top), (end, top)]
    brush.segments([line], str(look.edge), 1.2, "key", where=where)


def _bound(brush: Brush, x: float, y: float, box: float) -> None:
    colour, where = brush.palette.muted, brush.corner
    brush.segments([[(x, y), (x + box, y)]], colour, 0.9, "key", where=where, dashes="dashed")


def _crossing(brush: Brush, x: float, y: float, box: float) -> None:
    _upright(brush, x, y, box, brush.palette.cancel, cancellations.CROSSING)


def _landing(brush: Brush, x: float, y: float, box: float) -> None:
    cancellations.sign(brush, [x + box / 2], [y], hollow=False, name="key", where=brush.corner)


def _hollow_landing(brush: Brush, x: float, y: float, box: float) -> None:
    cancellations.sign(brush, [x + box / 2], [y], hollow=True, name="key", where=brush.corner)


def _tear(brush: Brush, x: float, y: float, box: float) -> None:
    high = brush.size.small * 0.5
    edge = cancellations.torn(brush, x + box * 0.7, y - high, y + high, per_point=1.0)
    brush.segments([edge], brush.palette.cancel, 1.3, "key", where=brush.corner)


def _cleanup(brush: Brush, x: float, y: float, box: float) -> None:
    high, colour = brush.size.small * 0.2, brush.palette.cancel
    brush.boxes(x, x + box, y - high, y + high, Look(colour, colour), "key", where=brush.corner)


_SIGNS: Final[Mapping[str, Callable[[Brush, float, float, float], None]]] = {
    "step": _step,
    "holds": _holds,
    "free": _free,
    "level": _level,
    "bound": _bound,
    "wakes": _wakes,
    "mark": _mark,
    "blocked": _blocked,
    "timeout": _crossing,
    "signal": _crossing,
    "landing": _landing,
    "hollow": _hollow_landing,
    "tear": _tear,
    "cleanup": _cleanup,
    "before": _before,
    "end": _end,
}
