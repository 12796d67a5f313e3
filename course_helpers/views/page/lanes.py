"""The lanes of tasks in a page: what each task does, and that it holds something."""

from __future__ import annotations

from itertools import groupby
from typing import Final

from course_helpers.recording.model import Recording
from course_helpers.views import words
from course_helpers.views.drawing.layout import indent
from course_helpers.views.drawing.plan import OUTSIDE, READY, RUNNING, Crowd
from course_helpers.views.drawing.stretches import together
from course_helpers.views.page.measures import PAGE
from course_helpers.views.page.sheet import Sheet, Stretch

#: Of `FILLS`, those of steps: where they are too short for a bar they are strokes.
STEPS: Final = (RUNNING, OUTSIDE)

_COUNTERPARTS = 6
# So many columns show what a crowd does: a page wider than their number of times 3 pixels is rare.
_COLUMNS = 400


def rows(sheet: Sheet) -> None:
    """The labels of the lanes; a row's number is its lane's."""
    layout = sheet.layout
    for number, (lane, row) in enumerate(zip(sheet.plan.lanes, layout.rows, strict=True)):
        whole = layout.lanes[number]
        sheet.rows.append(
            {
                "label": lane.label,
                "indent": round(indent(lane, PAGE)),
                "top": round(row.top, 1),
                "height": round(row.height, 1),
                "stripe": [] if number % 2 else [round(whole.top, 1), round(whole.height, 1)],
                "muted": lane.crowd,
            }
        )


def bars(sheet: Sheet, recording: Recording) -> None:
    """What the tasks do, each stretch of time an item."""
    plan = sheet.plan
    # The strip of what is held is at the foot of a lane: words stand above it.
    middle = 0.4 if len(plan.held.row) else 0.5
    steps = sorted({sheet.fill(fill) for fill in plan.bars.stretches.category if fill in STEPS})
    tracks = {
        lane: sheet.track(
            lane,
            row.top,
            row.height,
            instants=sheet.of("ink"),
            steps=steps,
            middle=middle,
        )
        for lane, row in enumerate(sheet.layout.rows)
        if not plan.lanes[lane].crowd
    }
    columns = (*plan.bars.stretches, plan.bars.span, plan.bars.call)
    stretches = list(zip(*columns, strict=True))
    for number, (lane, start, end, fill, span, call) in enumerate(stretches):
        task = recording.tasks[plan.lanes[lane].tasks[0]]
        ways = tuple(words.ways_to_say(plan.bars.calls[call])) if call >= 0 else ()
        say = sheet.ways.number(ways) if ways else -1
        item = -1
        # Ready for no time at all is a part of the step: that says who woke the task.
        follows = number + 1 < len(stretches) and stretches[number + 1][0] == lane
        if fill != READY or end > start or not follows:
            item = sheet.items.add(sheet.answers.span(task, span, start, end))
            sheet.bars.setdefault(task.index, []).append(Stretch(start, end, fill, span, item))
        tracks[lane].add(start, end, sheet.fill(fill), item=item, say=say)


def counterparts(sheet: Sheet, recording: Recording) -> None:
    """What lights up together: who waits and who holds meanwhile, who wakes and who is woken."""
    for index, bars_of_task in sheet.bars.items():
        task = recording.tasks[index]
        for bar in bars_of_task:
            span = task.spans[bar.span]
            if span.reason is not None and span.reason.resource is not None:
                found = sheet.holders(span.reason.resource, bar.start, bar.end, _COUNTERPARTS)
                others = [(hold, item) for hold, item in found if hold.task != index]
                said = sheet.answers.held_by(span, [hold for hold, _ in others])
                sheet.items.more(bar.item, said)
                for _, item in others:
                    sheet.items.link(bar.item, item)


def held(sheet: Sheet) -> None:
    """A strip at the foot of a lane while its task holds something."""
    look = sheet.held()
    stretches = zip(*sheet.plan.held, strict=True)
    for lane, of_lane in groupby(stretches, key=lambda stretch: stretch[0]):
        row = sheet.layout.rows[lane]
        track = sheet.track(lane, row.top + 0.76 * row.height, 0.24 * row.height, instants=-1)
        for _, start, end, _ in of_lane:
            track.add(start, end, look)


def crowds(sheet: Sheet, recording: Recording) -> None:
    """Lanes that stand for many tasks: a colour's height is its share of them."""
    plan = sheet.plan
    for crowd in plan.crowds:
        row = sheet.layout.rows[crowd.lane]
        track = sheet.track(crowd.lane, row.top, row.height, instants=-1)
        point = (plan.finish - plan.begin) / (3 * _COLUMNS)
        shares = together(crowd.stretches, plan.begin, plan.finish, point, crowd.tasks)
        for _, start, end, fill, low, high in shares:
            track.add(start, end, sheet.fill(fill), low=low, high=high)
        whole = sheet.track(crowd.lane, row.top, row.height, instants=-1)
        nothing = sheet.colour("#0000", "#0000")
        item = sheet.items.add([_crowd(sheet, recording, crowd)])
        whole.add(plan.begin, plan.finish, nothing, item=item)


def _crowd(sheet: Sheet, recording: Recording, crowd: Crowd) -> str:
    lane = sheet.plan.lanes[crowd.lane]
    return f"{lane.label}: {words.endings(recording.tasks[index] for index in lane.tasks)}."
