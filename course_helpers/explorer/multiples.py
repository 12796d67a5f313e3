"""The small multiples of a sweep: a timeline for each setting, on one scale of time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from course_helpers.explorer.live import own_lanes
from course_helpers.recording.model import Recording
from course_helpers.views.drawing.stacked import StackedPicture
from course_helpers.views.lanes import horizon
from course_helpers.views.timeline import timeline

if TYPE_CHECKING:
    from course_helpers.explorer.swept import Sweep


def multiples(sweep: Sweep, options: Mapping[str, Any]) -> StackedPicture:
    """The timelines, with options of `timeline`."""
    # Of what could not begin there is no recording: no task ran.
    recordings = [one or Recording(sweep.clock, 0.0, ()) for one in sweep.recordings]
    longest = max(map(horizon, recordings))
    window = (0.0, longest) if longest > 0 else None
    settings = sweep.settings() or [""]
    plans = []
    for setting, run, recording in zip(settings, sweep.runs, recordings, strict=True):
        lanes = {"tasks": own_lanes(recording)} if sweep.clock == "real" else {}
        [plan] = timeline(recording, window=window, **{**lanes, **options}).plans
        sign = "" if run.ended else "✗ "
        heading = ": ".join(filter(None, [setting, run.in_short]))
        plans.append(replace(plan, title=(sign + heading,)))
    looks = {name: options[name] for name in ("dark", "projector") if name in options}
    return StackedPicture(recordings, plans, **looks)
