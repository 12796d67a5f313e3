"""The words of ends, cancellations, timeouts and signals, each on a ground of its own."""

from __future__ import annotations

import numpy as np

from course_helpers.recording.model import Ending
from course_helpers.views import words
from course_helpers.views.drawing.measuring import width
from course_helpers.views.drawing.notes import Placed
from course_helpers.views.drawing.painting.brush import Brush
from course_helpers.views.drawing.painting.looks import Look


def notes(brush: Brush) -> None:
    """Write them. No line goes through them: what crosses their place is interrupted."""
    size, layout = brush.size.small, brush.layout
    for lane in sorted({note.lane for note in layout.notes}):
        own = [note for note in layout.notes if note.lane == lane]
        left = np.array([note.x for note in own])
        wide = np.array([width(note.text, size) for note in own])
        middle = np.array([_middle(brush, note) for note in own])
        colour = brush.lane_colour(lane)
        brush.boxes(
            left - 1,
            left + wide + 1,
            middle - size * 0.6,
            middle + size * 0.6,
            Look(colour, colour),
            "note-ground",
            where=brush.beside,
            z=5.2,
        )
    for note in layout.notes:
        colour = _colour(brush, note.sign)
        y = _middle(brush, note)
        brush.text(note.x, y, note.text, size=size, colour=colour, where=brush.beside)
    if layout.silent:
        brush.notes.append(f"{words.count(layout.silent, 'more cancellation')} without a name.")


def _middle(brush: Brush, note: Placed) -> float:
    row = brush.layout.rows[note.lane]
    if not note.line:
        return row.middle
    return row.top + row.height * 1.14 + (note.line - 0.5) * brush.size.small * 1.35


def _colour(brush: Brush, sign: str) -> str:
    if sign in list(Ending):
        return brush.palette.endings[Ending(sign)]
    return brush.palette.cancel
