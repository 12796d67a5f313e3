"""Parts of sentences, the same in reports, questions and games: when it was, and in which line."""

from __future__ import annotations

from course_helpers.learners_code import Owner, line_words, owner_of_file
from course_helpers.recording.model import Location, Recording
from course_helpers.views import words


def moment(seconds: float) -> str:
    """A moment in words: `at 0.1 s`."""
    return f"at {words.seconds(seconds)}"


def line(place: Location | None, recording: Recording) -> str:
    """A line behind what it did: ` (line 7)`, with its file among several; empty for None."""
    if place is None:
        return ""
    files = [file for file in recording.sources if owner_of_file(file) is Owner.LEARNER]
    return f" ({line_words(place.line, place.file, files)})"
