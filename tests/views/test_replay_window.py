"""A window of a recording tells the same as the same part of a replay of all of it."""

from __future__ import annotations

import pytest

from course_helpers.simulation import simulate
from course_helpers.views.replay.encoding import encode
from course_helpers.views.replay.narration import moments
from course_helpers.views.replay.window import last_before, part, sequences
from tests.views.programs import PROGRAMS

WIDTH = 30


@pytest.mark.parametrize("name", PROGRAMS)
def test_each_window_tells_what_the_whole_tells(name: str) -> None:
    recording = simulate(PROGRAMS[name]())
    everything = moments(recording)
    assert [moment.sequence for moment in everything] == sequences(recording)
    for first in range(0, len(everything), WIDTH // 2):
        shown = everything[first : first + WIDTH]
        low, high = shown[0].sequence, shown[-1].sequence
        window = part(recording, low, high)
        told = tuple(moment for moment in moments(window) if low <= moment.sequence <= high)
        assert told == shown
        one, other = encode(window, told), encode(recording, shown)
        # Of the turns before the window, the last is enough.
        assert [turn for turn in one.pop("turns") if turn >= 0] == [
            turn for turn in other.pop("turns") if turn >= 0
        ]
        assert one == other


@pytest.mark.parametrize("name", PROGRAMS)
def test_it_opens_at_the_last_event_that_is_not_later(name: str) -> None:
    recording = simulate(PROGRAMS[name]())
    for moment in moments(recording):
        sequence = last_before(recording, moment.time)
        later = [other for other in moments(recording) if other.sequence > sequence]
        assert all(other.time >= moment.time for other in later)


def test_the_order_of_a_line_is_kept_from_before_the_window() -> None:
    recording = simulate(PROGRAMS["locks"]())
    everything = moments(recording)
    half = everything[len(everything) // 2 :]
    window = part(recording, half[0].sequence, half[-1].sequence)
    assert sum(len(task.spans) for task in window.tasks) < sum(
        len(task.spans) for task in recording.tasks
    )
    assert moments(window)[-len(half) :] == half
