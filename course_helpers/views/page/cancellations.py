"""Cancellations in a page: where they land, what they cut off, the cleanup; timeouts, signals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from course_helpers.recording.model import Cancellation, Ending, Recording
from course_helpers.views import words
from course_helpers.views.drawing.notes import behind_end, pushed_aside
from course_helpers.views.drawing.plan import Landing
from course_helpers.views.page.measures import PAGE
from course_helpers.views.page.parts import sign
from course_helpers.views.page.sheet import Sheet

DISC: Final = "M-6 0A6 6 0 1 0 6 0A6 6 0 1 0 -6 0Z"
DISC_BAR: Final = sign([(-3.5, -1), (3.5, -1), (3.5, 1), (-3.5, 1)])
_TOOTH: Final = 3
# No bar narrower than this, in pixels, has a torn edge.
TORN: Final = 11
# Of a cleanup that is narrower, the sign where it begins leaves nothing to be seen.
STRIP: Final = 9


def cancellations(sheet: Sheet, recording: Recording) -> None:
    """All of it, in the order in which it is painted."""
    _tears(sheet)
    _cleanups(sheet)
    _crossings(sheet)
    _landings(sheet, recording)
    _notes(sheet)


def torn(height: float) -> str:
    """A zigzag downwards from a place."""
    teeth = max(2, round(height / (1.6 * _TOOTH)))
    step = height / (2 * teeth)
    points = [f"{number % 2 * _TOOTH} {number * step:.1f}" for number in range(2 * teeth + 1)]
    return "M" + "L".join(points)


def _tears(sheet: Sheet) -> None:
    for tear in sheet.plan.tears:
        row, whole = sheet.layout.rows[tear.lane], sheet.layout.lanes[tear.lane]
        ground = sheet.of("background" if tear.lane % 2 else "stripe")
        edge = torn(row.height + 2)
        cut = f"{edge}L{2.4 * _TOOTH} {row.height + 2:.1f}V0Z"
        place: dict[str, Any] = {"dx": -2 * _TOOTH, "since": tear.start, "least": TORN}
        y = (max(row.top - 1, whole.top),)
        sheet.shape(ground, (tear.end,), y, sign=cut, **place)
        sheet.shape(sheet.edge_of("cancel"), (tear.end,), y, sign=edge, outlined=1.6, **place)


def _cleanups(sheet: Sheet) -> None:
    for strip in sheet.plan.cleanups:
        # Over the bars, not in them: it would cross out what is written there.
        y = (sheet.layout.lanes[strip.lane].top, sheet.layout.rows[strip.lane].top)
        sheet.shape(sheet.of("cancel"), (strip.start, strip.end), y)


def _crossings(sheet: Sheet) -> None:
    lanes, rows = sheet.layout.lanes, sheet.layout.rows
    for each in sheet.plan.crossings:
        y = (lanes[each.top].top, rows[each.bottom].top + rows[each.bottom].height * 1.14)
        item = sheet.items.add([f"{words.one_line(each.text)}:", f"at {words.seconds(each.time)}."])
        x = (each.time, each.time)
        sheet.shape(sheet.of("cancel"), x, y, line=2, item=item, row=each.top)


def _landings(sheet: Sheet, recording: Recording) -> None:
    for each in sheet.plan.landings:
        task = sheet.plan.lanes[each.lane].tasks[0]
        what = f"{sheet.answers.name(task)} is {words.one_line(each.text)},"
        said = [what, f"at {words.seconds(each.time)}."]
        if not each.followed and each.became not in each.text:
            said.append(f"The cancellation is {each.became}.")
        item = sheet.items.add(said)
        x, y = (each.time,), (sheet.layout.rows[each.lane].middle,)
        asked: dict[str, Any] = {"sign": DISC, "item": item, "row": each.lane}
        if each.followed:
            sheet.shape(sheet.of("cancel"), x, y, **asked)
            sheet.shape(sheet.of("background"), x, y, sign=DISC_BAR)
        else:
            sheet.shape(sheet.hollow(), x, y, **asked, outlined=2)
        for counterpart in _senders(sheet, recording, task, each):
            sheet.items.link(item, counterpart)


def _senders(sheet: Sheet, recording: Recording, task: int, landing: Landing) -> Iterator[int]:
    """The items of those who asked for what lands there."""
    for request in recording.cancellations:
        lands = request.time if request.arrived is None else request.arrived
        if request.task == task and lands == landing.time:
            first = _first(recording, request)
            found = None if first.by.task is None else sheet.at(first.by.task, first.time)
            if found is not None:
                yield found


def _first(recording: Recording, request: Cancellation) -> Cancellation:
    while request.origin is not None:
        request = recording.cancellations[request.origin]
    return request


def _notes(sheet: Sheet) -> None:
    """The words of ends and cancellations, beside their lanes or under them."""
    layout, left = sheet.layout, sheet.layout.seconds(sheet.plan)[0]
    ends = {end.lane: end.time for end in sheet.plan.ends}
    moved = pushed_aside(sheet.plan, sheet.point)
    notes = Counter(note.lane for note in layout.notes)
    for note in layout.notes:
        row = layout.rows[note.lane]
        of_end = note.sign in list(Ending)
        look = sheet.ending(Ending(note.sign)) if of_end else sheet.of("cancel")
        time, dx, y = left + note.x * sheet.point, 0.0, row.middle
        more: dict[str, float] = {}
        if note.line:
            # It begins at its moment, or ends at the edge, however wide the page.
            time = note.time
            y = row.top + row.height * 1.14 + (note.line - 0.5) * PAGE.small * 1.35
            if time == ends.get(note.lane) and notes[note.lane] == 1:
                more["beside"] = behind_end(PAGE, is_moved=note.lane in moved)
        elif note.lane in ends:
            # It stays beside the end, however wide the page.
            dx, time = (time - ends[note.lane]) / sheet.point, ends[note.lane]
        line = f"{note.lane}.{note.line}"
        place = {"text": note.text, "dx": round(dx, 1), "halo": True, "line_of": line, **more}
        sheet.shape(look, (time,), (y,), **place)
