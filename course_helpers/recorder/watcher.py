"""The watching thread: it looks in which line a long step is."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from types import FrameType

from course_helpers.learners_code import learner_frame
from course_helpers.recorder import log, names
from course_helpers.recorder.session import Session
from course_helpers.recording.model import Location


def watch(session: Session) -> Callable[[], None]:
    """Begin to look now and then in which line a long step is; returns what ends it."""
    ended = threading.Event()

    def look() -> None:
        seen = -1
        while not ended.wait(session.log.threshold / 2):
            position = session.log.position
            if position == seen and session.now.inside:
                frame = sys._current_frames().get(session.now.thread)
                if frame is not None and session.log.position == position:
                    _sample(session.log, frame)
            seen = position
            session.outside.note_ended_threads()

    def run() -> None:
        try:
            look()
        except Exception as error:
            session.fail(error)

    def end() -> None:
        ended.set()
        if threading.current_thread() is not watcher:
            watcher.join()

    watcher = threading.Thread(target=run, name="course_helpers watch", daemon=True)
    watcher.start()
    return end


def _sample(written: log.Log, frame: FrameType) -> None:
    """Note in which line the step that is running is."""
    place = learner_frame(frame)
    rows = written.rows
    for position in range(len(rows) - log.ROW, -1, -log.ROW):
        if rows[position] == log.RUN:
            if place is not None:
                row = written.dropped + position // log.ROW
                written.samples[row] = location_of(place)
            return


def location_of(frame: FrameType) -> Location:
    """The line in which a frame is."""
    code = frame.f_code
    return Location(code.co_filename, frame.f_lineno, names.code_name(code))
