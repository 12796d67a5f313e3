"""Hooks of a virtual clock: where a step lets time pass, as `time.sleep` does.

No watching thread can see that: no time passes on the real clock meanwhile. And what a task has
asked of itself, it has asked before that time.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from course_helpers.recorder import places
from course_helpers.recorder.cancellation_hooks import Requests
from course_helpers.recorder.session import Hooks, Session


def clock_hooks(session: Session, requests: Requests) -> Hooks:
    """The hook of a loop's `advance`, if it has one: where a step lets most time pass is seen."""
    before: Callable[[float], None] | None = getattr(session.loop, "advance", None)
    if before is None:
        return Hooks({}, {}, _write_nothing)
    seen: int | None = None
    longest = 0.0

    def advance(seconds: float) -> None:
        nonlocal seen, longest
        try:
            if seconds > 0 and session.concerns():
                lane, runs = session.now.who()
                if runs and lane in requests.counts:
                    requests.before_time_passes(session.tasks.task(lane), lane)
                step = places.step_that_runs(session)
                first = session.now.sample is None if step is None else step != seen
                place = places.place_in_loop(sys._getframe(1))
                if place is not None and (first or seconds > longest):
                    seen, longest = step, seconds
                    places.note(session, step, place)
        except Exception as error:
            session.fail(error)
        before(seconds)

    return Hooks({}, {"advance": advance}, _write_nothing)


def _write_nothing(write: Callable[[Any], None]) -> None:
    """These hooks write no rows."""
