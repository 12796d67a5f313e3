"""Where the words of ends, cancellations, timeouts and signals stand: each whole, none on another.

At the right of a lane that has ended, where there is room; in a line of their own under it else.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from course_helpers.views.drawing.measuring import drawable, fitted, width
from course_helpers.views.drawing.plan import NEAR, Landing, Plan
from course_helpers.views.drawing.sizes import Size

# So many lines are under a lane at most, and one more for why it ended; of many notes only one.
_LINES = 3
_MANY = 60
# A sign at the end of a lane is so many points wide.
_SIGN = 10.0
# Between two notes, in widths of a letter.
_APART = 1.2


class Note(NamedTuple):
    """Words that belong to a moment on a lane; `sign` is whose colour they have."""

    lane: int
    time: float
    sign: str
    text: str


class Placed(NamedTuple):
    """A note from `x` points on: in the lane where `line` is 0, or in a line of those under it.

    A line of -1 means that there was no room for it.
    """

    lane: int
    x: float
    line: int
    sign: str
    text: str
    time: float


def placed(
    plan: Plan, size: Size, seconds: tuple[float, float], points: float, margin: float
) -> list[Placed]:
    """All notes of a plan in their places, on rows that are so many points wide.

    The rows go from when to when `seconds` say; to their right is a `margin`, in points.
    """
    left, right = seconds
    ends = {end.lane: (end.time - left) / (right - left) * points for end in plan.ends}
    moved = pushed_aside(plan, (right - left) / points)
    taken: dict[int, list[float]] = {}
    found = []
    notes = sorted(_notes(plan))
    most = _LINES if len(notes) <= _MANY else 1
    for note in notes:
        text = fitted(note.text, size.small, points + margin)
        wide = width(text, size.small)
        x = (note.time - left) / (right - left) * points
        after = ends.get(note.lane, points) + behind_end(size, is_moved=note.lane in moved)
        lines = taken.setdefault(note.lane, [after])
        if x >= ends.get(note.lane, points + 1) and lines[0] + wide <= points + margin:
            found.append(Placed(note.lane, lines[0], 0, note.sign, text, note.time))
            lines[0] += wide + size.small * _APART
            continue
        x = max(0.0, min(x - size.small * 0.4, points + margin - wide - size.small * 0.5))
        line = next((number for number, end in enumerate(lines) if number and end <= x), len(lines))
        if line > most and note.sign == "landing":
            found.append(Placed(note.lane, x, -1, note.sign, text, note.time))
            continue
        lines[line:] = [x + wide + size.small * _APART, *lines[line + 1 :]]
        found.append(Placed(note.lane, x, line, note.sign, text, note.time))
    return found


def behind_end(size: Size, *, is_moved: bool) -> float:
    """How far behind the end of a lane its words begin, in points; its sign may be moved aside."""
    return size.text * (2.1 if is_moved else 1.6)


def pushed_aside(plan: Plan, point: float) -> set[int]:
    """The lanes whose end sign gives way to a cancellation that lands where they end.

    A point is so many seconds.
    """
    landings = _by_lane(plan)
    return {
        end.lane
        for end in plan.ends
        for landing in landings.get(end.lane, ())
        if abs(landing.time - end.time) < _SIGN * point
    }


def _by_lane(plan: Plan) -> dict[int, list[Landing]]:
    landings: dict[int, list[Landing]] = {}
    for landing in plan.landings:
        landings.setdefault(landing.lane, []).append(landing)
    return landings


def _notes(plan: Plan) -> Iterator[Note]:
    near = (plan.finish - plan.begin) * NEAR
    landings = _by_lane(plan)
    said: set[Landing] = set()
    for crossing in plan.crossings:
        text = crossing.text
        here = [
            landing
            for landing in landings.get(crossing.top, ())
            if 0 <= landing.time - crossing.time <= near
        ]
        for landing in here:
            # One line for both.
            said.add(landing)
            if crossing.what == "signal":
                text = landing.text
            elif not landing.followed and landing.became != "taken back":
                text = f"{crossing.text}: {landing.became}"
        yield Note(crossing.top, crossing.time, "landing", drawable(text))
    for landing in plan.landings:
        if landing not in said:
            yield Note(landing.lane, landing.time, "landing", drawable(landing.text))
    for end in plan.ends:
        if end.why:
            yield Note(end.lane, end.time, end.ending.value, drawable(end.why))
