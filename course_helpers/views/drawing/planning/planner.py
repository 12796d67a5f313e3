"""Puts the plan of a picture together."""

from __future__ import annotations

from functools import cache, partial

from course_helpers.recording.model import Recording
from course_helpers.views import words
from course_helpers.views.drawing.plan import Moment, Options, Plan
from course_helpers.views.drawing.planning import (
    cancellations,
    lanes,
    legend,
    overlay,
    resources,
    stretches,
)
from course_helpers.views.lanes import horizon


def planned(recording: Recording, options: Options) -> Plan:
    """The plan of what `timeline` was asked for."""
    begin, finish = options.window
    rows, left_out = lanes.chosen(recording, options)
    bands, not_shown = resources.bands(recording) if options.resources else ([], [])
    left_out += not_shown
    if recording.duration == 0 and recording.tasks:
        left_out.append("Everything happened at one instant: no time passed.")
    if recording.left_out:
        left_out.append(words.missing(recording))
    places = {row.tasks[0]: number for number, row in enumerate(rows) if not row.crowd}
    end = recording.duration
    landings = cancellations.landings(recording, places, options.window)
    plan = Plan(
        title=options.title,
        begin=begin,
        finish=finish,
        measured=end,
        horizon=horizon(recording),
        end=end if horizon(recording) > end and begin < end < finish else None,
        clock=recording.clock,
        empty="No task is shown." if recording.tasks else "No task ran.",
        lanes=tuple(rows),
        bands=tuple(bands),
        moment=_moment(options),
        legend=(),
        left_out=tuple(left_out),
        in_words=cache(
            partial(words.alternative, recording, options.tasks, options.at, options.since)
        ),
        bars=stretches.bars(recording, places, options.window),
        crowds=stretches.crowds(recording, rows, options.window),
        held=stretches.held(bands, places, options.window),
        ends=overlay.ends(recording, places, options.window, landings),
        wakes=overlay.wakes(recording, places, options),
        marks=overlay.marks(recording, places, options.window),
        landings=landings,
        tears=cancellations.tears(recording, places, options.window),
        cleanups=cancellations.cleanups(recording, places, options.window),
        crossings=cancellations.crossings(recording, places, options.window),
        blocked=overlay.blocked(recording, options.window),
        before=overlay.outlines(recording, rows, options),
    )
    return legend.explained(plan)


def _moment(options: Options) -> Moment | None:
    begin, finish = options.window
    if options.at is None or not begin <= options.at <= finish:
        return None
    since = options.since
    shown = max(since, begin) if since is not None and since < options.at else None
    return Moment(options.at, words.seconds(options.at), shown)
