"""What signs and colours mean, in a page: entries of the plan's legend, each with its sign.

A sign is made of shapes in a box of 20 × 12 pixels.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from course_helpers.recording.model import Ending
from course_helpers.views.drawing.plan import FILLS, Entry
from course_helpers.views.page.cancellations import DISC, DISC_BAR, STRIP, TORN, torn
from course_helpers.views.page.lanes import STEPS
from course_helpers.views.page.measures import NARROW, PAGE
from course_helpers.views.page.overlay import DIAMOND, DOWN
from course_helpers.views.page.parts import Part, number
from course_helpers.views.page.sheet import Sheet
from course_helpers.views.palette import SIGNS

_WIDE, _HIGH = 20, 12
_BOX = {"x": (0, _WIDE), "y": (0, _HIGH)}
_UPRIGHT = {"x": (_WIDE / 2, _WIDE / 2), "y": (0, _HIGH)}
_MIDDLE = {"x": (_WIDE / 2,), "y": (_HIGH / 2,)}


def key(sheet: Sheet) -> list[Part]:
    """The entries, in order.

    An entry of what may be too short to be seen says how long it `lasts`, in seconds, and of how
    many pixels it has to be `least`, or `below` how many.
    """
    return [
        {"text": entry.text, "shapes": _shapes(sheet, entry), **seen}
        for entry in sheet.plan.legend
        if (seen := _seen(sheet, entry.sign)) is not None
    ]


def _seen(sheet: Sheet, sign: str) -> Part | None:
    """When a sign is seen; None where it is not, however wide the page."""
    if sign == "tear":
        return _lasts(max(tear.end - tear.start for tear in sheet.plan.tears), least=TORN)
    if sign == "cleanup":
        return _lasts(max(each.end - each.start for each in sheet.plan.cleanups), least=STRIP)
    bars = list(zip(*sheet.plan.bars.stretches, strict=True))
    if sign == "step":
        shortest = min((end - start for _, start, end, fill in bars if fill in STEPS), default=None)
        return None if shortest is None else _lasts(shortest, below=NARROW)
    if sign not in FILLS:
        return {}
    its = FILLS.index(sign)
    if any(its in crowd.stretches.category for crowd in sheet.plan.crowds):
        return {}
    found = [end - start for _, start, end, fill in bars if fill == its and end > start]
    if not found:
        return None
    # Short steps are strokes; of other short bars it counts what they are together.
    return _lasts(max(found) if its in STEPS else sum(found), least=NARROW)


def _lasts(seconds: float, **pixels: float) -> Part:
    return {"lasts": float(number(seconds)), **pixels}


def _shapes(sheet: Sheet, entry: Entry) -> list[Part]:
    sign = entry.sign
    if sign in FILLS:
        return [{"look": sheet.fill(FILLS.index(sign)), **_BOX}]
    if sign in list(Ending):
        ending = Ending(sign)
        look, text = sheet.ending(ending), SIGNS[ending]
        glyph = {"text": text, "size": PAGE.text, "bold": True, "anchor": "middle"}
        return [{"look": look, **_MIDDLE, **glyph}]
    if sign == "in_line":
        return [{"look": sheet.waiting(entry.kind), **_BOX}]
    if sign == "line_length":
        return _steps(sheet.waiting(entry.kind))
    return _SIGNS[sign](sheet)


def _steps(look: int) -> list[Part]:
    low = {"x": (0, _WIDE / 2), "y": (_HIGH / 2, _HIGH)}
    return [{"look": look, **low}, {"look": look, "x": (_WIDE / 2, _WIDE), "y": (0, _HIGH)}]


def _crossing(sheet: Sheet) -> list[Part]:
    return [{"look": sheet.of("cancel"), **_UPRIGHT, "line": 2}]


def _landing(sheet: Sheet) -> list[Part]:
    disc = {"look": sheet.of("cancel"), **_MIDDLE, "sign": DISC}
    return [disc, {"look": sheet.of("background"), **_MIDDLE, "sign": DISC_BAR}]


def _hollow(sheet: Sheet) -> list[Part]:
    return [{"look": sheet.hollow(), **_MIDDLE, "sign": DISC, "outlined": 2}]


def _tear(sheet: Sheet) -> list[Part]:
    edge = {"sign": torn(_HIGH), "outlined": 1.5}
    return [{"look": sheet.edge_of("cancel"), "x": (_WIDE / 2,), "y": (0,), **edge}]


def _bound(sheet: Sheet) -> list[Part]:
    line = {"x": (0, _WIDE), "y": (_HIGH / 2, _HIGH / 2)}
    return [{"look": sheet.of("muted"), **line, "line": 1, "dashed": True}]


def _before(sheet: Sheet) -> list[Part]:
    x, y = (0, _WIDE, _WIDE, 0, 0), (0, 0, _HIGH, _HIGH, 0)
    return [{"look": sheet.of("half"), "x": x, "y": y, "line": 1.6}]


def _wakes(sheet: Sheet) -> list[Part]:
    look = sheet.of("wake")
    head = {"x": (_WIDE / 2,), "y": (_HIGH,), "sign": DOWN}
    return [{"look": look, **_UPRIGHT, "line": 1.4}, {"look": look, **head}]


_SIGNS: Final[Mapping[str, Callable[[Sheet], list[dict[str, Any]]]]] = {
    "step": lambda sheet: [{"look": sheet.of("ink"), **_UPRIGHT, "line": 2}],
    "holds": lambda sheet: [{"look": sheet.held(), "x": (0, _WIDE), "y": (3, 9)}],
    "free": lambda sheet: [{"look": sheet.free(), **_BOX}],
    "level": lambda sheet: _steps(sheet.level()),
    "bound": _bound,
    "wakes": _wakes,
    "mark": lambda sheet: [{"look": sheet.of("ink"), **_MIDDLE, "sign": DIAMOND}],
    "timeout": _crossing,
    "signal": _crossing,
    "landing": _landing,
    "hollow": _hollow,
    "tear": _tear,
    "cleanup": lambda sheet: [{"look": sheet.of("cancel"), "x": (0, _WIDE), "y": (4, 8)}],
    "blocked": lambda sheet: [{"look": sheet.of("alarm"), **_BOX, "opacity": 0.15}],
    "before": _before,
    "end": lambda sheet: [{"look": sheet.of("ink"), **_UPRIGHT, "line": 1.5, "dashed": True}],
}
