"""Every colour that carries meaning can be seen, on both backgrounds."""

from itertools import combinations

import pytest

from course_helpers.recording.model import WAIT_KINDS, Ending, State
from course_helpers.views.palette import DARK, DOTTED_KINDS, FILLS, LIGHT, SIGNS, Palette

BOTH = pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])


def luminance(colour: str) -> float:
    """Relative luminance, as the Web Content Accessibility Guidelines 2.2 define it."""
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@BOTH
def test_text_can_be_read(palette: Palette) -> None:
    for text in (
        *(palette.ink, palette.muted, palette.alarm, palette.cancel),
        *palette.endings.values(),
    ):
        assert contrast(text, palette.background) >= 4.5
        assert contrast(text, palette.stripe) >= 4.5
    for kind in WAIT_KINDS:
        assert contrast(palette.ink, palette.waiting[kind]) >= 4.5, kind
        assert contrast(palette.ink, palette.level) >= 4.5
    assert contrast(palette.on_held, palette.held) >= 4.5


@BOTH
def test_outlines_and_strong_colours_stand_out(palette: Palette) -> None:
    for outline in (
        *palette.waiting_outline.values(),
        *palette.curves,
        *(palette.held, palette.level_outline, palette.wake),
    ):
        assert contrast(outline, palette.background) >= 3, outline
    for kind in WAIT_KINDS:
        assert contrast(palette.ink, palette.waiting[kind]) >= 3


@BOTH
def test_no_two_kinds_of_waiting_look_the_same(palette: Palette) -> None:
    assert set(palette.waiting) == set(palette.waiting_outline) == set(WAIT_KINDS)
    for one, other in combinations(WAIT_KINDS, 2):
        look_one = (palette.waiting[one], one in DOTTED_KINDS)
        assert look_one != (palette.waiting[other], other in DOTTED_KINDS), (one, other)


def test_every_state_and_every_ending_has_its_sign() -> None:
    assert set(FILLS) == set(State)
    assert len(set(FILLS.values())) == len(State)
    assert set(SIGNS) == set(Ending)
    assert len(set(SIGNS.values())) == len(Ending)


@BOTH
def test_a_colour_has_one_meaning(palette: Palette) -> None:
    waits = {*palette.waiting.values(), *palette.waiting_outline.values()}
    others = [palette.ink, palette.held, palette.level, palette.cancel, palette.wake, palette.alarm]
    assert len(set(others)) == len(others)
    assert not waits & {*others, *palette.endings.values()}
