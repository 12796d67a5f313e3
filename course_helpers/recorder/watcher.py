"""In which line a long step is: a thread looks, and where there are none, what blocks says so."""

from __future__ import annotations

import _thread
import sys
import threading
from collections.abc import Callable
from types import FrameType

from course_helpers.browser import who_hears_of_blocks
from course_helpers.recorder import places
from course_helpers.recorder.session import Session


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
                    place = places.place_in_loop(frame)
                    if place is not None:
                        places.note(session, places.step_that_runs(session), place)
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


def hear_of_blocks(session: Session) -> Callable[[], None]:
    """Begin to hear in which line `time.sleep` makes a step long; returns what ends it.

    It is for a browser alone, which has no thread that could look.
    """

    def note(length: float, frame: FrameType) -> None:
        if length >= session.log.threshold and session.now.inside:
            place = places.place_in_loop(frame)
            if place is not None:
                places.note(session, places.step_that_runs(session), place)

    who_hears_of_blocks.append(note)
    return lambda: who_hears_of_blocks.remove(note)
