"""The figure that a timeline is drawn on."""

from __future__ import annotations

import json
import math
from typing import Any

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from course_helpers.recording.model import Recording
from course_helpers.views import displayed
from course_helpers.views.drawing import pixels
from course_helpers.views.drawing.layout import laid_out
from course_helpers.views.drawing.painting.painter import paint
from course_helpers.views.drawing.plan import Options, Plan
from course_helpers.views.drawing.planning.planner import planned
from course_helpers.views.drawing.sizes import NOTEBOOK, PROJECTOR
from course_helpers.views.page.picture import MIME, picture
from course_helpers.views.palette import DARK, LIGHT

#: A pixel of a page, in points.
PIXEL = 72 / 96


class Picture(Figure):
    """A figure that shows itself in a notebook, as a PNG that carries its text alternative."""

    def __init__(self, *, dark: bool = False, projector: bool = False) -> None:
        self._palette = DARK if dark else LIGHT
        self._size = PROJECTOR if projector else NOTEBOOK
        super().__init__(
            figsize=(pixels.DRAWN / 96, 1),
            dpi=96 * self._size.dots,
            facecolor=self._palette.background,
        )
        FigureCanvasAgg(self)

    @property
    def alternative(self) -> str:
        """What the picture shows, in words."""
        return ""

    @property
    def recordings(self) -> tuple[Recording, ...]:
        """What it shows."""
        return ()

    @property
    def plans(self) -> tuple[Plan, ...]:
        """How it shows each of its recordings."""
        return ()

    @property
    def page_size(self) -> tuple[int, int]:
        """The width and height up to which the picture is shown, in pixels of the page."""
        return pixels.shown_size(float(self.get_size_inches()[1]) * 96)

    def png(self, *, quick: bool = False) -> bytes:
        """The picture as a PNG, with no more colours than it needs.

        A `quick` one is sooner there, and only as sharp as a page needs that shows it as wide as it
        may be.
        """
        self.set_dpi(96 * (pixels.WIDEST / pixels.DRAWN if quick else self._size.dots))
        return pixels.png(self, small=not quick)

    def for_page(self, alternative: str = "") -> dict[str, str]:
        """The picture for a page that paints it itself, by its kind; nothing where there is none.

        `alternative` is what it shows in words, where that is more than the figure knows. It is all
        one text: a notebook's file would have a line for each of its numbers.
        """
        shown = zip(self.recordings, self.plans, strict=True)
        painted = [
            picture(recording, plan, alternative or plan.alternative) for recording, plan in shown
        ]
        if not painted or None in painted:
            return {}
        return {MIME: json.dumps(painted, separators=(",", ":"), ensure_ascii=False)}

    def _repr_mimebundle_(
        self, include: Any = None, exclude: Any = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        for recording in self.recordings:
            displayed.note(recording)
        width, height = self.page_size
        return (
            {"image/png": self.png(), "text/plain": "<timeline>", **self.for_page()},
            {"image/png": {"alt": self.alternative, "width": width, "height": height}},
        )

    def _ipython_display_(self) -> None:
        # Once pyplot is imported IPython draws every figure in pyplot's way: it would render this
        # one again, and cut it. A figure that displays itself is left alone.
        from IPython.display import publish_display_data

        data, metadata = self._repr_mimebundle_()
        publish_display_data(data, metadata)


class TimelineFigure(Picture):
    """A timeline as a matplotlib figure; `timeline` makes it, and can draw another one into it."""

    def __init__(self, *, dark: bool = False, projector: bool = False) -> None:
        super().__init__(dark=dark, projector=projector)
        self._axes = self.add_axes((0, 0, 1, 1))
        self._drawn: list[Artist] = []
        self._recording: Recording | None = None
        self._plan: Plan | None = None

    def redraw(self, recording: Recording, options: Options) -> None:
        """Take away what was drawn before and draw this."""
        for artist in self._drawn:
            artist.remove()
        self._drawn = []
        plan = planned(recording, options)
        page = pixels.DRAWN * PIXEL
        layout = laid_out(plan, self._size, page)
        brush = paint(self._axes, plan, layout, self._palette, self._size)
        self._drawn = brush.drawn
        # Whole pixels: half a one more would blur the picture.
        height = math.ceil((brush.above + layout.height + brush.below) / PIXEL) * PIXEL
        self.set_size_inches(page / 72, height / 72)
        self._axes.set_position(
            (
                layout.gutter / page,
                1 - (brush.above + layout.height) / height,
                layout.points / page,
                layout.height / height,
            )
        )
        self._recording, self._plan = recording, plan

    @property
    def alternative(self) -> str:
        """What the picture shows, in words."""
        return "" if self._plan is None else self._plan.alternative

    @property
    def recordings(self) -> tuple[Recording, ...]:
        """What it shows."""
        return () if self._recording is None else (self._recording,)

    @property
    def plans(self) -> tuple[Plan, ...]:
        """How it shows its recording."""
        return () if self._plan is None else (self._plan,)


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
