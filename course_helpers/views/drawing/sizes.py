"""The measures of a picture: how large its letters are, how high its rows."""

from __future__ import annotations

from typing import Final, NamedTuple

DRAWN: Final = 900
"""Pixels of a page: the width for which pictures are drawn, a column's on a screen of 1280."""

WIDEST: Final = 1400
HIGHEST: Final = 800

PIXEL: Final = 72 / 96
"""A pixel of a page, in points."""


def shown_size(height: float) -> tuple[int, int]:
    """Width and height up to which a picture is shown that is drawn so high, in pixels of the page.

    It grows with the page, letters and all, for as long as it is not too wide, nor higher than a
    screen. Where there is less room, a notebook makes it smaller.
    """
    scale = max(1.0, min(WIDEST / DRAWN, HIGHEST / max(height, 1.0)))
    return round(DRAWN * scale), round(height * scale)


class Size(NamedTuple):
    """Measures in points, but for `dots`: pixels of the picture for each of the page it is for."""

    dots: float
    text: float
    small: float
    row: float
    tight_row: float
    mark: float
    label: float

    def scaled(self, factor: float) -> Size:
        """The same proportions, smaller or larger."""
        return Size(self.dots, *(factor * measure for measure in self[1:]))


NOTEBOOK = Size(dots=2, text=10, small=8.5, row=19, tight_row=13.5, mark=1.6, label=150)
PROJECTOR = Size(dots=14 / 9, text=15, small=13, row=28, tight_row=20, mark=2.4, label=190)


class Row(NamedTuple):
    """A row: where its bars begin and how high they are, in points from the top."""

    top: float
    height: float

    @property
    def middle(self) -> float:
        """Points from the top."""
        return self.top + self.height / 2
