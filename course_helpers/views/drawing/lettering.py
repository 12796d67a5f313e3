"""Text in pictures: what can be drawn of it, how wide it is, how to make it fit, and fast.

matplotlib's own `Text` lays out and rasterises one text at a time; a timeline has hundreds, and
they would cost more than all the rest. Here the outlines of texts are kept, and one artist draws
all the texts that are placed in the same way. Names are never taken for mathematics.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from matplotlib.collections import PathCollection
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.path import Path
from matplotlib.textpath import text_to_path

from course_helpers.views import words

# It comes with matplotlib, so that a picture is the same on every machine.
_FAMILY = "DejaVu Sans"


@lru_cache(maxsize=2)
def _font(weight: str = "normal") -> FontProperties:
    return FontProperties(family=_FAMILY, weight=weight, size=text_to_path.FONT_SCALE)


@lru_cache(maxsize=4096)
def drawable(text: str, most: int = 200) -> str:
    """The text on one line of at most so many letters, with a box for each the font has not."""
    font = get_font(findfont(_font()))
    return "".join(
        letter if font.get_char_index(ord(letter)) else "□" for letter in words.one_line(text, most)
    )


@lru_cache(maxsize=8192)
def width(text: str, size: float) -> float:
    """The width of drawable text, in points."""
    if not text:
        return 0.0
    wide, _, _ = text_to_path.get_text_width_height_descent(text, _font(), ismath=False)
    return float(wide) * size / text_to_path.FONT_SCALE


def fitted(text: str, size: float, room: float, least: int = 4) -> str:
    """Drawable text that is at most `room` points wide.

    Text that is too long loses its middle, because names that begin alike are common; of text of
    which less than `least` letters would be left, nothing is left.
    """
    text = drawable(text)
    if width(text, size) <= room:
        return text
    low, high = 0, len(text)
    while low < high:
        keep = (low + high + 1) // 2
        if width(_shortened(text, keep), size) <= room:
            low = keep
        else:
            high = keep - 1
    return _shortened(text, low) if low >= least else ""


def first_fitting(texts: Sequence[str], size: float, room: float) -> str:
    """The first of several ways of saying a thing that is at most `room` points wide, or none."""
    for text in texts:
        if width(drawable(text), size) <= room:
            return drawable(text)
    return ""


def _shortened(text: str, keep: int) -> str:
    front = (keep + 1) // 2
    return f"{text[:front]}…{text[len(text) - (keep - front) :]}"


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
