"""A figure of one's own, with what it shows in words."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_WIDTH: Final = 900
"""How wide a notebook shows it, in pixels of the page."""


def described(figure: Figure, words: str) -> Described:
    """A figure of matplotlib as a notebook shows it, with a text for who does not see it.

        described(figure, "Attempts per second: 40 in the first second, then at most 12.")

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
        png = BytesIO()
        self.figure.savefig(png)
        data = {"text/plain": "<a figure, described in words>", "image/png": png.getvalue()}
        return data, {"image/png": {"width": _WIDTH, "alt": self.words}}
