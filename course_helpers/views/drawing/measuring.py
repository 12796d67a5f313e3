"""Text in pictures: what can be drawn of it, how wide it is, how to make it fit.

No font is opened for this. How wide its letters are stands in a table, which
`authoring/letter_widths.py` makes, so that a picture for a page needs no matplotlib.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Final, NamedTuple

from course_helpers.views import words

#: It comes with matplotlib, so that a picture is the same on every machine.
FAMILY: Final = "DejaVu Sans"
#: Of it, the widths of letters.
TABLE: Final = Path(__file__).with_name("letter_widths.json")
#: The table is of letters of so many points, in units of which a point has so many.
SCALE: Final = 100
UNITS: Final = 64


class _Widths(NamedTuple):
    """Of letters, and by how much they are wider together than each alone, in units."""

    letters: Mapping[str, int]
    together: Mapping[str, int]


@cache
def _widths() -> _Widths:
    table = json.loads(TABLE.read_text("utf-8"))
    letters: dict[str, int] = {}
    for first, run in table["runs"].items():
        letters |= {chr(code): int(one) for code, one in enumerate(run.split(), int(first, 16))}
    return _Widths(letters, table["together"])


@lru_cache(maxsize=4096)
def drawable(text: str, most: int = 200) -> str:
    """The text on one line of at most so many letters, with a box for each the font has not."""
    letters = _widths().letters
    return "".join(letter if letter in letters else "□" for letter in words.one_line(text, most))


@lru_cache(maxsize=8192)
def width(text: str, size: float) -> float:
    """The width of drawable text, in points."""
    letters, together = _widths()
    units = sum(letters.get(letter, letters["□"]) for letter in text)
    units += sum(together.get(one + other, 0) for one, other in pairwise(text))
    if "f" in text:
        units += sum(together.get(text[at : at + 3], 0) for at in range(len(text) - 2))
    return units / UNITS * size / SCALE


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
