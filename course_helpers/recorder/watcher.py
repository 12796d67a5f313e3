"""The watching thread: it looks in which line a long step is."""

from __future__ import annotations

import _thread
import sys
import threading
from asyncio import events
from collections.abc import Callable
from types import FrameType
from typing import Final

from course_helpers.learners_code import Owner, outwards, owner_of
from course_helpers.recorder import log, names
from course_helpers.recorder.session import Session
from course_helpers.recording.model import Location

_HANDLE_RUNS: Final = events.Handle._run.__code__


def watch(session: Session) -> Callable[[], None]:
    """Begin to look now and then in which line a long step is; returns what ends it."""
    ended, finished = threading.Event(), threading.Event()
    watcher: int | None = None

    def look() -> None:
        seen = -1
        while not ended.wait(session.log.threshold / 2):
            position = session.log.position
            if position == seen and session.now.inside:
                frame = sys._current_frames().get(session.now.thread)
                if frame is not None and session.log.position == position:
                    _sample(session, frame)
            seen = position
            session.outside.note_ended_threads()

    def run() -> None:
        nonlocal watcher
        watcher = threading.get_ident()
        try:
            look()
        except Exception as error:
            session.fail(error)
        finally:
            finished.set()

    def end() -> None:
        ended.set()
        if threading.get_ident() != watcher:
            finished.wait()

    # Not by `threading`: a program that counts its threads must not find this one among them.
    _thread.start_new_thread(run, ())
    return end


def _sample(session: Session, frame: FrameType) -> None:
    """Note in which line the step or the callback is that is running."""
    place = _place(frame)
    if place is None:
        return
    now, written = session.now, session.log
    if now.plain:
        now.sample = location_of(place)
        return
    rows = written.rows
    for position in range(len(rows) - log.ROW, -1, -log.ROW):
        if rows[position] == log.RUN and rows[position + 2] == now.lane:
            row = written.dropped + position // log.ROW
            written.samples[row] = location_of(place)
            return


def _place(frame: FrameType) -> FrameType | None:
    """The innermost frame of the learner's in what the loop runs now; else one of a library's."""
    library: FrameType | None = None
    for one in outwards(frame):
        if one.f_code is _HANDLE_RUNS:
            break
        owner = owner_of(one.f_code)
        if owner is Owner.LEARNER:
            return one
        if owner is Owner.LIBRARY and library is None and one.f_code.co_filename[:1] != "<":
            library = one
    return library


def location_of(frame: FrameType) -> Location:
    """The line in which a frame is."""
    code = frame.f_code
    return Location(code.co_filename, frame.f_lineno, names.code_name(code))
