"""How bars are filled and outlined, for each word of the plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from course_helpers.recording.model import WAIT_KINDS
from course_helpers.views.drawing.plan import OUTSIDE, READY, RUNNING, UNKNOWN, WAITING
from course_helpers.views.palette import DOTTED_KINDS, Palette


class Look(NamedTuple):
    """How bars are filled and outlined: in one colour, or each in its own.

    `half` is the colour that a pattern has from afar.
    """

    face: str | Sequence[str]
    edge: str | Sequence[str]
    hatch: str | None = None
    half: str | None = None

    def plain(self) -> Look:
        """The same without its pattern."""
        return Look(self.half or self.face, self.edge)


def together(looks: Sequence[Look]) -> Look:
    """The looks of several bars as one: all the same, or each in its own colours, unpatterned."""
    if len(set(looks)) == 1:
        return looks[0]
    return Look([str(look.face) for look in looks], [str(look.edge) for look in looks])


def of_fills(palette: Palette) -> Mapping[int, Look]:
    """The look of each of `FILLS`, by its index."""
    return {
        RUNNING: Look(palette.ink, palette.ink),
        READY: Look(palette.background, palette.ink, "//////", palette.half),
        OUTSIDE: Look(palette.background, palette.muted, "-----", palette.half),
        UNKNOWN: Look(palette.background, palette.half),
        **{WAITING[kind]: waiting(kind, palette) for kind in WAIT_KINDS},
    }


def waiting(kind: str, palette: Palette) -> Look:
    """The look of waiting for a resource of this kind."""
    dots = "..." if kind in DOTTED_KINDS else None
    return Look(palette.waiting[kind], palette.waiting_outline[kind], dots)


def held(palette: Palette) -> Look:
    """The look of holding something: outlined, so that two holds in a row stay two."""
    return Look(palette.held, palette.background)
