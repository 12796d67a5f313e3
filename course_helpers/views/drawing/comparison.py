"""The picture of two timelines, one under the other on one axis."""

from __future__ import annotations

from typing import TYPE_CHECKING

from course_helpers.recording.model import Recording
from course_helpers.views import words
from course_helpers.views.changes import sentence
from course_helpers.views.drawing.measuring import drawable, width
from course_helpers.views.drawing.picture import Picture
from course_helpers.views.drawing.plan import Options, Plan
from course_helpers.views.drawing.planning.planner import planned
from course_helpers.views.drawing.sizes import DRAWN, PIXEL
from course_helpers.views.lanes import horizon

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class ComparisonPicture(Picture):
    """Two timelines on one axis; `compare` makes it."""

    def __init__(
        self,
        before: Recording,
        after: Recording,
        *,
        resources: bool = True,
        dark: bool = False,
        projector: bool = False,
    ) -> None:
        super().__init__(dark=dark, projector=projector)
        self._recordings = before, after
        self.sentence = sentence(before, after)
        window = 0.0, max(horizon(before), horizon(after))
        room = DRAWN * PIXEL - 2 * self._size.small
        lines = _wrapped(self.sentence, self._size.text, room)
        first = Options(before.tasks, window, resources, None, title=(*lines, "before"))
        second = Options(after.tasks, window, resources, None, before=before, title=("after",))
        self._plans = planned(before, first), planned(after, second)
        self._figure: Figure | None = None

    @property
    def figure(self) -> Figure:
        """The picture as a matplotlib figure."""
        if self._figure is None:
            from course_helpers.views.drawing.painting.figures import ComparisonFigure

            self._figure = ComparisonFigure(self._plans, self._palette, self._size)
        return self._figure

    @property
    def alternative(self) -> str:
        """What the picture shows, in words."""
        before, after = map(words.alternative, self._recordings)
        return f"Two timelines on one axis. {self.sentence} Before: {before} After: {after}"

    @property
    def recordings(self) -> tuple[Recording, ...]:
        """What it shows."""
        return self._recordings

    @property
    def plans(self) -> tuple[Plan, ...]:
        """How it shows each of them."""
        return self._plans


def _wrapped(text: str, size: float, room: float) -> list[str]:
    """The text in lines of at most so many points."""
    lines = [""]
    for word in drawable(text, 2000).split():
        longer = f"{lines[-1]} {word}".strip()
        if width(longer, size) <= room or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines
