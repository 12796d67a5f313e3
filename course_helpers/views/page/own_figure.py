"""A figure that a notebook has drawn itself, as SVG for a page, in the colours of its theme."""

from __future__ import annotations

import io
import json
import re
from typing import TYPE_CHECKING, Final

from course_helpers.views.page.picture import MIME
from course_helpers.views.palette import LIGHT, in_the_dark

if TYPE_CHECKING:
    from matplotlib.figure import Figure


MOST: Final = 500_000
"""A figure of more letters than these would make a notebook's file too large."""


def for_page(figure: Figure, alternative: str) -> dict[str, str]:
    """The figure with its text alternative, by its kind.

    In a dark page black is white, and a colour of the light palette is its counterpart in the dark
    one. Other colours stay. Nothing is returned where there is too much for a page.
    """
    svg = _svg(figure)
    if len(svg) > MOST:
        return {}
    drawn = {"text": alternative, "svg": _themed(svg)}
    return {MIME: json.dumps([drawn], separators=(",", ":"), ensure_ascii=False)}


def _svg(figure: Figure) -> str:
    """The figure as SVG, the same each time, with words as words, and as short as may be."""
    import matplotlib

    written = io.StringIO()
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "own figure"}):
        figure.savefig(written, format="svg", transparent=True, metadata={"Date": None})
    svg = written.getvalue()
    svg = svg[svg.index("<svg") :]
    # Groups have names, words the fonts that matplotlib knows, and other elements no use here.
    svg = re.sub(r"<metadata>.*?</metadata>|<style.*?</style>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'<g id="[^"]*">', "<g>", svg)
    svg = re.sub(r"font-family: [^;\"]*;? ?", "", svg)
    svg = re.sub(r"\s*\n\s*", " ", svg).replace("> <", "><")
    # A hundredth of a point is less than one can see.
    return re.sub(r' d="[^"]*"', lambda path: re.sub(r"(\.\d\d)\d+", r"\1", path[0]), svg)


def _themed(svg: str) -> str:
    """The same with colours for a light and for a dark page."""

    def both(found: re.Match[str]) -> str:
        light = LIGHT.ink if found[0] == "#000000" else found[0]
        dark = in_the_dark(found[0])
        return light if light == dark else f"light-dark({light}, {dark})"

    return re.sub(r"#[0-9a-fA-F]{6}\b", both, svg)
