"""The matplotlib figures of a timeline, and of several on one axis."""

from __future__ import annotations

import math
from collections.abc import Sequence

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from course_helpers.recording.model import Recording
from course_helpers.views.drawing.layout import Layout, laid_out
from course_helpers.views.drawing.painting.brush import Brush
from course_helpers.views.drawing.painting.legend import shown
from course_helpers.views.drawing.painting.painter import paint
from course_helpers.views.drawing.plan import Options, Plan
from course_helpers.views.drawing.planning.planner import planned
from course_helpers.views.drawing.sizes import DRAWN, NOTEBOOK, PIXEL, PROJECTOR, Size
from course_helpers.views.palette import DARK, LIGHT, Palette

_PAGE = DRAWN * PIXEL


class Page(Figure):
    """A figure as wide as a page."""

    def __init__(self, palette: Palette, size: Size) -> None:
        self._palette, self._size = palette, size
        super().__init__(figsize=(_PAGE / 72, 1), dpi=96 * size.dots, facecolor=palette.background)
        FigureCanvasAgg(self)

    def let_go(self) -> None:
        """Give the pixels back now, and not when garbage is collected."""
        self.clear()
        FigureCanvasAgg(self)


class TimelineFigure(Page):
    """A timeline, in whose place another one can be drawn."""

    def __init__(self, palette: Palette, size: Size) -> None:
        super().__init__(palette, size)
        self._axes = self.add_axes((0, 0, 1, 1))
        self._drawn: list[Artist] = []

    def draw_plan(self, plan: Plan) -> None:
        """Take away what was drawn before and draw this."""
        for artist in self._drawn:
            artist.remove()
        self._drawn = []
        layout = laid_out(plan, self._size, _PAGE)
        brush = paint(self._axes, plan, layout, self._palette, self._size)
        self._drawn = brush.drawn
        # Whole pixels: half a one more would blur the picture.
        height = math.ceil((brush.above + layout.height + brush.below) / PIXEL) * PIXEL
        self.set_size_inches(_PAGE / 72, height / 72)
        self._axes.set_position(
            (
                layout.gutter / _PAGE,
                1 - (brush.above + layout.height) / height,
                layout.points / _PAGE,
                layout.height / height,
            )
        )


class StackedFigure(Page):
    """Timelines, one under the other on one axis, with one legend."""

    def __init__(self, plans: Sequence[Plan], palette: Palette, size: Size) -> None:
        super().__init__(palette, size)
        gutter = max(laid_out(plan, size, _PAGE).gutter for plan in plans)
        layouts = [laid_out(plan, size, _PAGE, gutter=gutter) for plan in plans]
        self._place(self._painted(plans, layouts))

    def _painted(self, plans: Sequence[Plan], layouts: Sequence[Layout]) -> list[Brush]:
        """All of them; the legend is under the last."""
        brushes = []
        for number, (plan, layout) in enumerate(zip(plans, layouts, strict=True)):
            axes = self.add_axes((0, 0, 1, 1), label=str(number))
            brushes.append(paint(axes, plan, layout, self._palette, self._size, ()))
        entries = list(dict.fromkeys(entry for brush in brushes for entry in shown(brush)))
        for artist in brushes.pop().drawn:
            artist.remove()
        last = self.axes[-1], plans[-1], layouts[-1]
        return [*brushes, paint(*last, self._palette, self._size, entries)]

    def _place(self, brushes: Sequence[Brush]) -> None:
        """Give each of them its part of the figure's height."""
        heights = [brush.above + brush.layout.height + brush.below for brush in brushes]
        # Whole pixels: half a one more would blur the picture.
        height = math.ceil(sum(heights) / PIXEL) * PIXEL
        self.set_size_inches(_PAGE / 72, height / 72)
        top = height
        for brush, own, axes in zip(brushes, heights, self.axes, strict=True):
            layout = brush.layout
            low = top - brush.above - layout.height
            axes.set_position(
                (
                    layout.gutter / _PAGE,
                    low / height,
                    layout.points / _PAGE,
                    layout.height / height,
                )
            )
            top -= own


def draw_on(
    axes: Axes, recording: Recording, options: Options, *, dark: bool, projector: bool
) -> None:
    """Draw the timeline in the room that somebody else's axes have, its labels and key included."""
    palette = DARK if dark else LIGHT
    size = PROJECTOR if projector else NOTEBOOK
    box, room = axes.get_position(original=True), axes.get_window_extent()
    wide, high = room.width * 72 / axes.figure.dpi, room.height * 72 / axes.figure.dpi
    plan = planned(recording, options)
    # Beneath the rows: the ticks, and about two lines of the legend.
    wanted = laid_out(plan, size, wide, wide / 4).height + 7 * size.text
    size = size.scaled(min(1.0, high / wanted))
    layout = laid_out(plan, size, wide, wide / 4)
    brush = paint(axes, plan, layout, palette, size)
    axes.set_position(
        (
            box.x0 + box.width * layout.gutter / wide,
            box.y0 + box.height * brush.below / high,
            box.width * layout.points / wide,
            box.height * max(1 - (brush.above + brush.below) / high, 0.1),
        )
    )
