"""Text in pictures that matplotlib draws, and fast.

matplotlib's own `Text` lays out and rasterises one text at a time; a timeline has hundreds, and
they would cost more than all the rest. Here the outlines of texts are kept, and one artist draws
all the texts that are placed in the same way. Names are never taken for mathematics.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from matplotlib.collections import PathCollection
from matplotlib.font_manager import FontProperties
from matplotlib.path import Path
from matplotlib.textpath import text_to_path

from course_helpers.views.drawing.measuring import FAMILY, width


@lru_cache(maxsize=2)
def _font(weight: str = "normal") -> FontProperties:
    return FontProperties(family=FAMILY, weight=weight, size=text_to_path.FONT_SCALE)


def _outline(text: str, weight: str = "normal") -> Path:
    vertices, codes = text_to_path.get_text_path(_font(weight), text, ismath=False)
    if not len(vertices):
        return Path(np.zeros((0, 2)))
    return Path(np.asarray(vertices) / text_to_path.FONT_SCALE, codes)


@lru_cache(maxsize=4096)
def _placed(text: str, size: float, align: str) -> Path:
    """The outline in points: around its anchor at half the height of a capital letter."""
    outline = _outline(text)
    left = {"left": 0.0, "center": width(text, size) / 2, "right": width(text, size)}[align]
    return Path(np.asarray(outline.vertices) * size - (left, 0.365 * size), outline.codes)


@lru_cache(maxsize=16)
def sign(letter: str) -> Path:
    """The outline of a letter, centred, one unit high or wide: a marker."""
    outline = _outline(letter, "bold")
    box = outline.get_extents()
    vertices = np.asarray(outline.vertices) - ((box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2)
    return Path(vertices / max(box.width, box.height), outline.codes)


class Letters(PathCollection):
    """Texts that are placed alike, as one artist.

    `texts` are they, `places` where their anchors stand. Sizes are in points; `halo` is a colour
    to draw around a text that stands on a pattern, or None.
    """

    def __init__(self, **properties: Any) -> None:
        super().__init__([], linewidths=0, **properties)
        self.texts: list[str] = []
        self.places: list[tuple[float, float]] = []
        self._colours: list[str] = []
        self._halos: list[str | None] = []
        self._outlines: list[Path] = []

    def add(
        self,
        place: tuple[float, float],
        text: str,
        size: float,
        colour: str,
        align: str,
        halo: str | None,
    ) -> None:
        """Write one text more."""
        self.texts.append(text)
        self.places.append(place)
        self._outlines.append(_placed(text, size, align))
        self._colours.append(colour)
        self._halos.append(halo)

    def finish(self) -> None:
        """To be called when the last text is there."""
        haloed = [number for number, halo in enumerate(self._halos) if halo is not None]
        order = [*haloed, *range(len(self.texts))]
        halos = [halo for halo in self._halos if halo is not None]
        self.set_paths([self._outlines[number] for number in order])
        self.set_offsets([self.places[number] for number in order])
        self.set_facecolor([*halos, *self._colours])
        self.set_edgecolor([*halos, *self._colours])
        self.set_linewidth([3.0] * len(halos) + [0.0] * len(self.texts))
