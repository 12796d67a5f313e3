"""The plan of a picture as data for a page, and the kind of output that it is.

A page that knows the kind paints it as SVG; `labextensions/course-helpers/picture.js` does so in
JupyterLab, in Notebook 7 and on the course's site. All others show the PNG beside it.
"""

from __future__ import annotations

from typing import Any, Final

from course_helpers.recording.model import Recording
from course_helpers.views.drawing.layout import laid_out
from course_helpers.views.drawing.plan import Plan
from course_helpers.views.page import bands, cancellations, lanes, overlay
from course_helpers.views.page.answers import Answers
from course_helpers.views.page.key import key
from course_helpers.views.page.measures import ABOVE, PAGE, WIDE
from course_helpers.views.page.sheet import Sheet

MIME: Final = "application/vnd.course-helpers.picture+json"

MOST: Final = 20_000
"""A picture of more stretches of time than these would make a notebook's file too large."""

_REPLAY: Final = "To go through it step by step, run replay(recording, at=…) in a cell."


def picture(recording: Recording, plan: Plan, alternative: str) -> dict[str, Any] | None:
    """The picture, as JSON values; None where there is too much for a page.

    Its name is the first sentence of its text `alternative`.
    """
    things = len(plan.bars.span) + sum(len(band.holds) + len(band.curve) for band in plan.bands)
    if things > MOST:
        return None
    sheet = Sheet(plan, laid_out(plan, PAGE, WIDE), Answers(recording))
    sheet.number_looks()
    lanes.rows(sheet)
    lanes.crowds(sheet, recording)
    lanes.bars(sheet, recording)
    lanes.held(sheet)
    bands.bands(sheet)
    lanes.counterparts(sheet, recording)
    overlay.before(sheet)
    overlay.wakes(sheet)
    cancellations.cancellations(sheet, recording)
    overlay.overlay(sheet, recording)
    signs = key(sheet)
    instant = plan.finish == plan.begin
    return {
        "name": alternative.partition(". ")[0].rstrip(".") + ".",
        "title": _title(plan),
        "text": alternative,
        "clock": f"{plan.clock} clock",
        "real": plan.clock == "real",
        # One instant is shown as the beginning of a second.
        "time": [plan.begin, plan.begin + 1 if instant else plan.finish, _ticked(plan)],
        "above": ABOVE + overlay.above(sheet),
        "height": round(sheet.layout.height, 1),
        "rows": sheet.rows,
        "tracks": [track.data() for track in sheet.tracks],
        "shapes": sheet.shapes,
        "looks": sheet.looks.values(),
        "ways": sheet.ways.values(),
        "key": signs,
        "notes": plan.left_out,
        "replay": _REPLAY,
        **sheet.items.data(),
    }


def _ticked(plan: Plan) -> float:
    """Up to when the axis has ticks: beyond the end none where tasks are drawn as left waiting."""
    goes_on = plan.horizon > plan.measured or plan.finish == plan.begin
    return plan.measured if goes_on else max(plan.measured, plan.finish)


def _title(plan: Plan) -> list[str]:
    """What stands above it: its lines, of which all but the last are one text, broken to fit."""
    *lines, last = plan.title or ("",)
    return [line for line in (" ".join(lines), last) if line]
