"""Measure the letters of pictures: `python -m authoring.letter_widths`.

It writes the table by which the package knows how wide a text is where matplotlib is not there: how
far each letter of the font that comes with matplotlib goes, and how much nearer or further two of
them stand beside each other, or three, where the font joins letters.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from functools import cache
from itertools import pairwise, product
from typing import Any

from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.textpath import text_to_path

from course_helpers.views.drawing.measuring import FAMILY, SCALE, TABLE, UNITS

# Letters whose pairs are measured: those of programs, and those that the package itself writes.
_PAIRED = [chr(code) for code in range(0x20, 0x7F)] + list("…–—×→·“”‘’")
# The font joins these to one.
_JOINED = ("ff", "fi", "fl")


@cache
def _font() -> FontProperties:
    return FontProperties(family=FAMILY, size=SCALE)


@cache
def measured(text: str) -> int:
    """How wide matplotlib says that a text is, in units of the table."""
    wide, _, _ = text_to_path.get_text_width_height_descent(text, _font(), ismath=False)
    return round(wide * UNITS)


def _corrections() -> Iterator[tuple[str, int]]:
    """Of letters beside each other, how much wider they are together than each alone."""
    of: dict[str, int] = {}
    pairs = map("".join, product(_PAIRED, repeat=2))
    triples = (joined + letter for joined in _JOINED for letter in _PAIRED)
    for letters in (*pairs, *triples):
        parts = sum(map(measured, letters))
        if len(letters) == 3:
            parts += sum(of.get(one + other, 0) for one, other in pairwise(letters))
        of[letters] = measured(letters) - parts
        if of[letters]:
            yield letters, of[letters]


def table() -> dict[str, Any]:
    """The table: for each run of letters the width of each, and the corrections."""
    codes = sorted(get_font(findfont(_font())).get_charmap())
    runs: dict[int, list[int]] = {}
    for before, code in pairwise([-2, *codes]):
        if code != before + 1:
            run = runs.setdefault(code, [])
        run.append(measured(chr(code)))
    return {
        "runs": {f"{first:X}": " ".join(map(str, run)) for first, run in runs.items()},
        "together": dict(_corrections()),
    }


def main() -> int:
    """Write the table."""
    text = json.dumps(table(), indent=0, ensure_ascii=False, separators=(",", ":"))
    TABLE.write_text(text + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
