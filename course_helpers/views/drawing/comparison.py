"""The figure of two timelines, one under the other on one axis."""

from __future__ import annotations

import math

from course_helpers.recording.model import Recording
from course_helpers.views import words
from course_helpers.views.changes import sentence
from course_helpers.views.drawing import pixels
from course_helpers.views.drawing.figure import PIXEL, Picture
from course_helpers.views.drawing.layout import Layout, laid_out
from course_helpers.views.drawing.measuring import drawable, width
from course_helpers.views.drawing.painting.brush import Brush
from course_helpers.views.drawing.painting.legend import shown
from course_helpers.views.drawing.painting.painter import paint
from course_helpers.views.drawing.plan import Options, Plan
from course_helpers.views.drawing.planning.planner import planned
from course_helpers.views.lanes import horizon


class ComparisonFigure(Picture):
    """Two timelines as a matplotlib figure; `compare` makes it."""

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
        page = pixels.DRAWN * PIXEL
        lines = _wrapped(self.sentence, self._size.text, page - 2 * self._size.small)
        first = Options(before.tasks, window, resources, None, title=(*lines, "before"))
        second = Options(after.tasks, window, resources, None, before=before, title=("after",))
        self._plans = planned(before, first), planned(after, second)
        gutter = max(laid_out(plan, self._size, page).gutter for plan in self._plans)
        layouts = [laid_out(plan, self._size, page, gutter=gutter) for plan in self._plans]
        self._place(self._painted(self._plans, layouts), page)

    def _painted(self, plans: tuple[Plan, Plan], layouts: list[Layout]) -> list[Brush]:
        """Both of them, with one legend, under the second."""
        places = [self.add_axes((0, 0, 1, 1), label=label) for label in ("before", "after")]
        upper = paint(places[0], plans[0], layouts[0], self._palette, self._size, ())
        lower = paint(places[1], plans[1], layouts[1], self._palette, self._size, ())
        entries = dict.fromkeys([*shown(upper), *shown(lower)])
        for artist in lower.drawn:
            artist.remove()
        lower = paint(places[1], plans[1], layouts[1], self._palette, self._size, list(entries))
        return [upper, lower]

    def _place(self, brushes: list[Brush], page: float) -> None:
        """Give each of them its part of the figure's height."""
        heights = [brush.above + brush.layout.height + brush.below for brush in brushes]
        # Whole pixels: half a one more would blur the picture.
        height = math.ceil(sum(heights) / PIXEL) * PIXEL
        self.set_size_inches(page / 72, height / 72)
        top = height
        for brush, own, axes in zip(brushes, heights, self.axes, strict=True):
            layout = brush.layout
            low = top - brush.above - layout.height
            axes.set_position(
                (
                    layout.gutter / page,
                    low / height,
                    layout.points / page,
                    layout.height / height,
                )
            )
            top -= own

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
