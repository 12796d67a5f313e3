"""The lanes of resources in a page: who has them, who waits, how full they are."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from course_helpers.recording.readings import Hold
from course_helpers.views.drawing.layout import second_label
from course_helpers.views.drawing.levels import steps
from course_helpers.views.drawing.plan import Band
from course_helpers.views.drawing.sizes import Row
from course_helpers.views.page.measures import PAGE
from course_helpers.views.page.sheet import Sheet

# Of more levels than these, the highest of those that are close together is kept.
_LEVELS = 4_000


def bands(sheet: Sheet) -> None:
    """All of them."""
    for number, (band, rows) in enumerate(zip(sheet.plan.bands, sheet.layout.slots, strict=True)):
        row = _row(sheet, band, rows, first=number == 0)
        if band.holds:
            _holds(sheet, band, rows, row)
        else:
            _curve(sheet, band, rows[0], row)


def _row(sheet: Sheet, band: Band, rows: Sequence[Row], *, first: bool) -> int:
    second = second_label(band)
    sheet.rows.append(
        {
            "label": second or band.label,
            "detail": "" if second else band.detail,
            "indent": round(2 * PAGE.text) if second else 0,
            "top": round(rows[0].top, 1),
            "height": round(rows[0].height, 1),
            "small": bool(second),
            "muted": bool(second),
            "separated": first,
        }
    )
    return len(sheet.rows) - 1


def _holds(sheet: Sheet, band: Band, rows: Sequence[Row], row: int) -> None:
    """Who has it, or stands in its line, each slot a track."""
    begin, finish = sheet.plan.begin, min(sheet.plan.finish, sheet.plan.horizon)
    look = sheet.waiting(band.kind) if band.waiting else sheet.held()
    ink = sheet.of("ink" if band.waiting else "on_held")
    instants = -1 if band.waiting else sheet.of("held")
    slots = sheet.holds.setdefault(band.resource, {}) if not band.waiting else {}
    for slot, place in enumerate(rows):
        if not band.waiting:
            free = sheet.track(row, place.top, place.height, instants=-1)
            free.add(begin, max(begin, finish), sheet.free())
        track = sheet.track(
            *(row, place.top, place.height), ink=ink, alike=f"{row}", instants=instants
        )
        for hold in _in_order(band, slot):
            start, end = max(hold.start, begin), min(hold.end, sheet.plan.finish)
            if end < start or (start == end and hold.end > hold.start):
                continue
            item = sheet.items.add(sheet.answers.hold(band, hold))
            say = sheet.ways.number(band.names[hold.task])
            track.add(start, end, look, item=item, say=say)
            slots.setdefault(slot, []).append((hold, item))
            if band.waiting and (bar := sheet.from_then(hold.task, start)) is not None:
                sheet.items.link(item, bar)


def _in_order(band: Band, slot: int) -> list[Hold]:
    return sorted((hold for hold in band.holds if hold.slot == slot), key=lambda hold: hold.start)


def _curve(sheet: Sheet, band: Band, place: Row, row: int) -> None:
    """How full it is, or how many wait, as steps."""
    begin = sheet.plan.begin
    finish = max(begin, min(sheet.plan.finish, sheet.plan.horizon))
    look = sheet.waiting(band.kind) if band.waiting else sheet.level()
    most = max(1, band.most)
    track = sheet.track(row, place.top, place.height, outline=look, instants=-1)
    times, values = steps(band.curve, begin, finish, (finish - begin) / _LEVELS)
    for (start, end), value in zip(pairwise(times), values, strict=True):
        item = sheet.items.add(sheet.answers.level(band, value, start, end))
        text = f"{value:.0f}" if not band.switch else band.switch if value else ""
        say = sheet.ways.number((text,)) if text else -1
        track.add(start, end, look, item=item, say=say, high=value / most)
    bottom = place.top + place.height
    sheet.shape(sheet.of("muted"), (begin, finish), (bottom, bottom), line=0.8)
    if band.limit is not None and band.most > 1:
        level = bottom - band.limit * place.height / most
        sheet.shape(sheet.of("muted"), (begin, finish), (level, level), line=1, dashed=True)
