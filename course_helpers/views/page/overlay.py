"""What stands across the lanes in a page: ends, arrows, marks, a blocked loop, a moment."""

from __future__ import annotations

from course_helpers.recording.model import Recording
from course_helpers.views import words
from course_helpers.views.drawing.notes import pushed_aside
from course_helpers.views.page.measures import LINE, PAGE
from course_helpers.views.page.parts import sign
from course_helpers.views.page.sheet import Sheet
from course_helpers.views.palette import DARK, LIGHT, SIGNS

DOWN = sign([(-4, -7), (4, -7), (0, 0)])
UP = sign([(-4, 7), (4, 7), (0, 0)])
DIAMOND = sign([(-4.5, 0), (0, -4.5), (4.5, 0), (0, 4.5)])


def overlay(sheet: Sheet, recording: Recording) -> None:
    """All of it, in the order in which it is painted."""
    if not sheet.plan.lanes:
        middle = (sheet.layout.height / 2,)
        sheet.shape(sheet.of("ink"), (sheet.plan.begin,), middle, text=sheet.plan.empty, dx=20)
    _end_of_recording(sheet)
    _ends(sheet, recording)
    _blocked(sheet)
    _moment(sheet)
    _marks(sheet)


def above(sheet: Sheet) -> int:
    """How much room is needed above the rows for what is written there."""
    return LINE * (bool(sheet.plan.blocked) + bool(sheet.plan.moment))


def before(sheet: Sheet) -> None:
    """Where each task was in the run before: beneath all that is about this one."""
    for outline in sheet.plan.before:
        row = sheet.layout.rows[outline.lane]
        top, bottom = row.top - row.height * 0.14, row.top + row.height * 1.14
        x = (outline.start, outline.end, outline.end, outline.start, outline.start)
        sheet.shape(sheet.of("half"), x, (top, top, bottom, bottom, top), line=1.6)


def _end_of_recording(sheet: Sheet) -> None:
    if (end := sheet.plan.end) is not None:
        bottom = sheet.layout.height
        sheet.shape(sheet.of("ink"), (end, end), (0, bottom), line=1.5, dashed=True)


def wakes(sheet: Sheet) -> None:
    """Arrows; they are painted before the signs of cancellations, which they shall not cross."""
    plan, rows, look = sheet.plan, sheet.layout.rows, sheet.of("wake")
    for wake in plan.wakes:
        source, target = (plan.lanes[lane].tasks[0] for lane in (wake.source, wake.target))
        down = wake.target > wake.source
        row = rows[wake.target]
        end = row.top if down else row.top + row.height
        names = sheet.answers.name(source), sheet.answers.name(target)
        item = sheet.items.add([f"{names[0]} wakes {names[1]}", f"at {words.seconds(wake.time)}."])
        x, y = (wake.time, wake.time), (rows[wake.source].middle, end)
        sheet.shape(look, x, y, line=1.4, item=item, row=wake.target)
        sheet.shape(look, x[:1], y[1:], sign=DOWN if down else UP)
        for counterpart in (sheet.at(source, wake.time), sheet.at(target, wake.time)):
            if counterpart is not None:
                sheet.items.link(item, counterpart)


def _ends(sheet: Sheet, recording: Recording) -> None:
    moved = pushed_aside(sheet.plan, sheet.point)
    for end in sheet.plan.ends:
        row, look = sheet.layout.rows[end.lane], sheet.ending(end.ending)
        task = recording.tasks[sheet.plan.lanes[end.lane].tasks[0]]
        item = sheet.items.add(sheet.answers.end(task, end))
        beside = PAGE.text * (1.25 if end.lane in moved else 0.75)
        place = {"anchor": "middle", "dx": beside, "item": item, "row": end.lane}
        text = SIGNS[end.ending]
        sheet.shape(look, (end.time,), (row.middle,), text=text, size=PAGE.text, bold=True, **place)


def _blocked(sheet: Sheet) -> None:
    rows = sheet.layout.rows
    if not sheet.plan.blocked or not rows:
        return
    bottom = rows[-1].top + rows[-1].height * 1.19
    for step in sheet.plan.blocked:
        when = sheet.answers.when(step.start, step.end)
        item = sheet.items.add([f"The loop is {step.text}:", "every task has to wait,", when])
        x = (step.start, step.end)
        box = {"opacity": 0.15, "item": item, "row": 0}
        sheet.shape(sheet.of("alarm"), x, (0, bottom), **box)
        middle = ((step.start + step.end) / 2,)
        sheet.shape(
            *(sheet.of("alarm"), middle, (-LINE / 2,)),
            text=step.text,
            anchor="middle",
            line_of="blocked",
        )


def _moment(sheet: Sheet) -> None:
    shown = sheet.plan.moment
    if shown is None:
        return
    look, bottom = sheet.of("alarm"), sheet.layout.height
    if shown.since is not None:
        pale = sheet.colour(f"{LIGHT.alarm}22", f"{DARK.alarm}22")
        sheet.shape(pale, (shown.since, shown.time), (0, bottom))
    top = 4 - above(sheet) + LINE
    sheet.shape(look, (shown.time, shown.time), (top, bottom), line=2.5)
    text = {"text": shown.text, "anchor": "middle", "size": PAGE.text}
    sheet.shape(look, (shown.time,), (LINE / 2 - above(sheet),), **text)


def _marks(sheet: Sheet) -> None:
    for mark in sheet.plan.marks:
        said = [words.one_line(mark.text), f"at {words.seconds(mark.time)}."]
        item = sheet.items.add(said)
        y = (sheet.layout.rows[mark.lane].middle,)
        sheet.shape(sheet.of("ink"), (mark.time,), y, sign=DIAMOND, item=item, row=mark.lane)
