"""A picture as a notebook gets it: a page paints its plan, matplotlib draws it for all others.

matplotlib is imported when the first PNG is asked for, which in a browser alone nobody does.
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from course_helpers.browser import IN_BROWSER
from course_helpers.recording.model import Recording
from course_helpers.views import displayed
from course_helpers.views.drawing.plan import Options, Plan
from course_helpers.views.drawing.planning.planner import planned
from course_helpers.views.drawing.sizes import DRAWN, NOTEBOOK, PROJECTOR, WIDEST, shown_size
from course_helpers.views.page.picture import MIME, picture
from course_helpers.views.palette import DARK, LIGHT

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from course_helpers.views.drawing.painting.figures import Page, TimelineFigure


class Picture:
    """A picture that shows itself in a notebook.

    It has what its matplotlib `figure` has, such as `savefig`. That is drawn when it is asked for.
    One that nobody has asked for goes when the PNG is made: with its pixels it takes megabytes, and
    a notebook keeps all that its cells have shown.
    """

    _figure: Page | None = None

    def __init__(self, *, dark: bool = False, projector: bool = False) -> None:
        self._palette = DARK if dark else LIGHT
        self._size = PROJECTOR if projector else NOTEBOOK
        self._stays = False  # the figure, when the PNG is made

    @property
    def figure(self) -> Figure:
        """The picture as a matplotlib figure."""
        self._stays = True
        return self._draw()

    def _draw(self) -> Page:
        """The figure as it is to be painted."""
        raise NotImplementedError

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # IPython asks for many ways of showing that there may be
            raise AttributeError(f"a picture has no {name!r}")
        return getattr(self.figure, name)

    @property
    def alternative(self) -> str:
        """What the picture shows, in words."""
        raise NotImplementedError

    @property
    def recordings(self) -> tuple[Recording, ...]:
        """What it shows."""
        raise NotImplementedError

    @property
    def plans(self) -> tuple[Plan, ...]:
        """How it shows each of its recordings."""
        raise NotImplementedError

    @property
    def page_size(self) -> tuple[int, int]:
        """The width and height up to which the picture is shown, in pixels of the page."""
        return shown_size(float(self._draw().get_size_inches()[1]) * 96)

    def png(self, *, quick: bool = False) -> bytes:
        """The picture as a PNG, with no more colours than it needs.

        A `quick` one is sooner there, and only as sharp as a page needs that shows it as wide as it
        may be.
        """
        from course_helpers.views.drawing.pixels import png

        figure = self._draw()
        figure.set_dpi(96 * (WIDEST / DRAWN if quick else self._size.dots))
        made = png(figure, small=not quick)
        if not self._stays:
            self._figure = None
            figure.let_go()
        return made

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

    def shown(
        self, alternative: str = "", *, quick: bool = False
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """What an output has of the picture: data by their kinds, and the metadata.

        In a browser alone, the page paints all that it can; a PNG is for what is too much for that.
        """
        data: dict[str, Any] = self.for_page(alternative)
        if IN_BROWSER and data:
            return data, {}
        width, height = self.page_size
        about = {"alt": alternative or self.alternative, "width": width, "height": height}
        return {"image/png": self.png(quick=quick), **data}, {"image/png": about}

    def output(self, alternative: str = "") -> dict[str, Any]:
        """The picture as an output that a widget shows, sooner there than at the end of a cell."""
        data, metadata = self.shown(alternative, quick=True)
        if "image/png" in data:
            data["image/png"] = base64.b64encode(data["image/png"]).decode()
        data["text/plain"] = "<timeline>"
        return {"output_type": "display_data", "data": data, "metadata": metadata}

    def _repr_mimebundle_(
        self, include: Any = None, exclude: Any = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        for recording in self.recordings:
            displayed.note(recording)
        data, metadata = self.shown()
        return {"text/plain": "<timeline>", **data}, metadata


class TimelinePicture(Picture):
    """A timeline; `timeline` makes it, and can draw another one into it."""

    _figure: TimelineFigure | None

    def __init__(
        self,
        recording: Recording,
        options: Options,
        *,
        dark: bool = False,
        projector: bool = False,
    ) -> None:
        super().__init__(dark=dark, projector=projector)
        self._recording, self._plan = recording, planned(recording, options)
        self._drawn = False

    def redraw(self, recording: Recording, options: Options) -> None:
        """Show this in place of what was shown before, on the same figure from now on."""
        self._recording, self._plan = recording, planned(recording, options)
        self._drawn = False
        self._stays = True

    def _draw(self) -> TimelineFigure:
        if self._figure is None:
            from course_helpers.views.drawing.painting.figures import TimelineFigure

            self._figure = TimelineFigure(self._palette, self._size)
            self._drawn = False
        if not self._drawn:
            self._figure.draw_plan(self._plan)
            self._drawn = True
        return self._figure

    @property
    def alternative(self) -> str:
        """What the picture shows, in words."""
        return self._plan.alternative

    @property
    def recordings(self) -> tuple[Recording, ...]:
        """What it shows."""
        return (self._recording,)

    @property
    def plans(self) -> tuple[Plan, ...]:
        """How it shows its recording."""
        return (self._plan,)
