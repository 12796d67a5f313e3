"""A figure of one's own, with what it shows in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from course_helpers.views.drawing.sizes import DRAWN
from course_helpers.views.page import own_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_DOTS: Final = 2  # pixels of the PNG for each pixel of the page


def described(figure: Figure, words: str) -> Described:
    """A figure of matplotlib as a notebook shows it, with a text for who does not see it.

        described(figure, "Attempts per second: 40 in the first second, then at most 12.")

    A page that paints pictures paints it in its theme: black is white in a dark one, and the
    colours of this package's pictures are those of its dark pictures. All others show a PNG.

    Raises TypeError for what is no figure of matplotlib, ValueError where there are no words.
    """
    if not callable(getattr(figure, "savefig", None)):
        raise TypeError(f"described takes a figure of matplotlib, not {figure!r:.80}")
    if not words.strip():
        raise ValueError("described needs words: what does the figure show?")
    return Described(figure, words)


@dataclass(frozen=True)
class Described:
    """A figure with its text alternative; `described` makes it."""

    figure: Figure
    words: str

    def _repr_mimebundle_(
        self, include: Any = None, exclude: Any = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        # IPython's own Image takes a text alternative in later versions than Colab's only.
        wide, high = self.figure.get_size_inches()
        data = {
            "text/plain": "<a figure, described in words>",
            "image/png": self.png(),
            **self.for_page(),
        }
        height = round(DRAWN * high / wide)
        return data, {"image/png": {"width": DRAWN, "height": height, "alt": self.words}}

    def for_page(self) -> dict[str, str]:
        """The figure for a page that paints it, by its kind; nothing where it is too much."""
        return own_figure.for_page(self.figure, self.words)

    def png(self) -> bytes:
        """The figure as a PNG, with no more colours than it needs."""
        from matplotlib.backends.backend_agg import FigureCanvasAgg

        from course_helpers.views.drawing.pixels import png

        FigureCanvasAgg(self.figure)
        own = self.figure.dpi
        try:
            self.figure.set_dpi(_DOTS * DRAWN / self.figure.get_size_inches()[0])
            return png(self.figure)
        finally:
            self.figure.set_dpi(own)
