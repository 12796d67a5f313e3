"""`replay`: step through a recording and see the machine at every event."""

from __future__ import annotations

import os
from bisect import bisect_left, bisect_right
from math import isnan
from typing import Any

from course_helpers.recorder.record import expect_recording
from course_helpers.recording.files import write_whole
from course_helpers.recording.model import Recording
from course_helpers.views.replay.narration import moments
from course_helpers.views.replay.page import document, page
from course_helpers.views.replay.window import last_before, part, sequences
from course_helpers.views.words import count, lanes

__all__ = ["Replay", "replay"]

#: More events than this make a page that a browser is slow to open; the rest is left out, and said.
MOST_EVENTS = 20_000


class Replay:
    """A recording to step through, as one piece of HTML with a script of its own.

    It needs no kernel and no network: it shows itself at the end of a notebook cell, and works on
    in an exported page and in a saved file. `html` is that piece. Made by `replay`.
    """

    def __init__(self, html: str, title: str) -> None:
        self.html = html
        self._title = title

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the replay as an HTML document of its own. Raises OSError if that is impossible."""
        write_whole(path, document(self.html, self._title))

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/html": self.html, "text/plain": repr(self)}

    def __repr__(self) -> str:
        # Constant, for outputs that are compared from run to run.
        return "<Replay: step through it in the notebook, or .save(path) it as a page>"


def replay(recording: Recording, *, at: float = 0.0, dark: bool | None = None) -> Replay:
    """Step through a recording, forwards and backwards, and see the machine at every event.

    The page shows the timeline with a playhead, the ready queue, the timer heap, every resource
    with its holders and the line of its waiters, and the source with the line the task stands at.
    Everything is taken from the recording; nothing is imitated.

    `at` is the time, in seconds, at which the replay opens: at the last event that is not later.
    `dark` makes it dark (True) or light (False); by default it follows the notebook or the browser.
    A recording of more than `MOST_EVENTS` events is shown from `at` on, and the page says so.

    Raises TypeError when it is given anything but a recording and a number, ValueError when the
    recording has no events.
    """
    expect_recording(recording, "replay")
    if isinstance(at, bool) or not isinstance(at, int | float) or isnan(at):
        raise TypeError(f"at must be a time in seconds, not {at!r}")
    events = sequences(recording)
    if not events:
        raise ValueError("the recording has no events: nothing ran while it was made")
    opened = 0
    if at > 0:
        opened = bisect_left(events, last_before(recording, at))
    first = min(opened, max(0, len(events) - MOST_EVENTS))
    low, high = events[first], events[min(len(events), first + MOST_EVENTS) - 1]
    window = part(recording, low, high)
    shown = tuple(moment for moment in moments(window) if low <= moment.sequence <= high)
    start = bisect_right(shown, at, key=lambda moment: moment.time) - 1 if at > 0 else 0
    html = page(
        window,
        shown,
        first=first,
        total=len(events),
        start=max(0, start),
        dark=dark,
    )
    return Replay(html, f"Replay of {lanes(recording.tasks)}, {count(len(events), 'event')}")
