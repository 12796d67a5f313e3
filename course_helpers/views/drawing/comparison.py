"""The picture of two timelines, one under the other on one axis."""

from __future__ import annotations

from course_helpers.recording.model import Recording
from course_helpers.views import words
from course_helpers.views.changes import sentence
from course_helpers.views.drawing.measuring import drawable, width
from course_helpers.views.drawing.plan import Options
from course_helpers.views.drawing.planning.planner import planned
from course_helpers.views.drawing.sizes import DRAWN, NOTEBOOK, PIXEL, PROJECTOR
from course_helpers.views.drawing.stacked import StackedPicture
from course_helpers.views.lanes import horizon


class ComparisonPicture(StackedPicture):
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
        self.sentence = sentence(before, after)
        window = 0.0, max(horizon(before), horizon(after))
        size = PROJECTOR if projector else NOTEBOOK
        lines = _wrapped(self.sentence, size.text, DRAWN * PIXEL - 2 * size.small)
        first = Options(before.tasks, window, resources, None, title=(*lines, "before"))
        second = Options(after.tasks, window, resources, None, before=before, title=("after",))
        plans = planned(before, first), planned(after, second)
        super().__init__((before, after), plans, dark=dark, projector=projector)

    @property
    def alternative(self) -> str:
        """What the picture shows, in words."""
        before, after = map(words.alternative, self.recordings)
        return f"Two timelines on one axis. {self.sentence} Before: {before} After: {after}"


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
