"""A figure or a sketch of one's own, with what it shows in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from course_helpers.browser import IN_BROWSER
from course_helpers.views.drawing.sizes import DRAWN
from course_helpers.views.page import own_figure, sketched
from course_helpers.views.sketch import Sketch

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_DOTS: Final = 2  # pixels of the PNG for each pixel of the page


def described(picture: Figure | Sketch, words: str) -> Described:
    """A `picture` as a notebook shows it, with `words` for who does not see it.

        described(figure, "Attempts per second: 40 in the first second, then at most 12.")

    The picture is a figure of matplotlib or a `Sketch`. A page that paints pictures paints it in
    its theme: black is white in a dark one, and the colours of this package's pictures are those of
    its dark pictures. All others show a PNG. A sketch is there far sooner than a figure, which
    counts beside the knobs of `explore`.

    Raises TypeError for what is neither, ValueError where there are no words.
    """
    if not isinstance(picture, Sketch) and not callable(getattr(picture, "savefig", None)):
        raise TypeError(f"described takes a figure of matplotlib or a Sketch, not {picture!r:.80}")
    if not words.strip():
        raise ValueError("described needs words: what does the picture show?")
    return Described(picture, words)


@dataclass(frozen=True)
class Described:
    """A picture of one's own with its text alternative; `described` makes it."""

    picture: Figure | Sketch
    words: str

    @property
    def figure(self) -> Figure:
        """The picture as a matplotlib figure."""
        if not isinstance(self.picture, Sketch):
            return self.picture
        from course_helpers.views.drawing.painting.sketched import figure_of

        return figure_of(self.picture)

    def _repr_mimebundle_(
        self, include: Any = None, exclude: Any = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        data: dict[str, Any] = {
            "text/plain": "<a figure, described in words>",
            **self.for_page(),
        }
        if IN_BROWSER and isinstance(self.picture, Sketch):
            return data, {}
        # IPython's own Image takes a text alternative in later versions than Colab's only.
        figure = self.figure
        wide, high = figure.get_size_inches()
        data["image/png"] = _png(figure)
        height = round(DRAWN * high / wide)
        return data, {"image/png": {"width": DRAWN, "height": height, "alt": self.words}}

    def for_page(self) -> dict[str, str]:
        """The picture for a page that paints it, by its kind; nothing where it is too much."""
        if isinstance(self.picture, Sketch):
            return sketched.for_page(self.picture, self.words)
        return own_figure.for_page(self.picture, self.words)

    def png(self) -> bytes:
        """The picture as a PNG, with no more colours than it needs."""
        return _png(self.figure)


def _png(figure: Figure) -> bytes:
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    from course_helpers.views.drawing.pixels import png

    FigureCanvasAgg(figure)
    own = figure.dpi
    try:
        figure.set_dpi(_DOTS * DRAWN / figure.get_size_inches()[0])
        return png(figure)
    finally:
        figure.set_dpi(own)
