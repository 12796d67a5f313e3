"""Places: where a step or a callback keeps the loop."""

from __future__ import annotations

from asyncio import events
from types import FrameType
from typing import Final

from course_helpers.learners_code import Owner, outwards, owner_of
from course_helpers.recorder import log, names
from course_helpers.recorder.session import Session
from course_helpers.recording.model import Location

HANDLE_RUNS: Final = events.Handle._run.__code__
"""What is on the stack of whatever asyncio's loops run."""


def place_in_loop(frame: FrameType | None) -> log.Place | None:
    """The innermost line of the learner's in what the loop runs now.

    Where it runs none, the function of the library's that it runs: no line of that helps anybody.
    """
    library: FrameType | None = None
    for one in outwards(frame):
        if one.f_code is HANDLE_RUNS:
            break
        owner = owner_of(one.f_code)
        if owner is Owner.LEARNER:
            return location_of(one)
        if owner is Owner.LIBRARY and library is None and one.f_code.co_filename[:1] != "<":
            library = one
    return None if library is None else _function(library)


def location_of(frame: FrameType) -> Location:
    """The line in which a frame is."""
    code = frame.f_code
    return Location(code.co_filename, frame.f_lineno, names.code_name(code))


def _function(frame: FrameType) -> str:
    module = frame.f_globals.get("__name__")
    name = names.code_name(frame.f_code)
    return f"{module}.{name}" if isinstance(module, str) else name


def step_that_runs(session: Session) -> int | None:
    """The number of the row of the step that runs; None of a callback."""
    now, written = session.now, session.log
    if now.plain:
        return None
    rows = written.rows
    for position in range(len(rows) - log.ROW, -1, -log.ROW):
        if rows[position] == log.RUN and rows[position + 2] == now.lane:
            return written.dropped + position // log.ROW
    return None


def note(session: Session, step: int | None, place: log.Place) -> None:
    """Note where a step or, for None, the callback is that runs."""
    if step is not None:
        session.log.samples[step] = place
    elif session.now.plain:
        session.now.sample = place
