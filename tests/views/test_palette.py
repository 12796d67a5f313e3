"""Every colour that carries meaning can be seen, on both backgrounds, by colour-blind eyes too."""

import math
from itertools import combinations

import pytest

from course_helpers.recording.model import WAIT_KINDS, Ending, State
from course_helpers.views.palette import DARK, DOTTED_KINDS, FILLS, LIGHT, SIGNS, Palette

BOTH = pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])


# What is left of linear red, green and blue for an eye that lacks one kind of cone: Machado,
# Oliveira and Fernandes, "A Physiologically-based Model for Simulation of Color Vision Deficiency",
# 2009.
EYES = {
    "all cones": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
EACH_EYE = pytest.mark.parametrize("eye", EYES)
# Differences in CIELAB: 2 is seen side by side, 10 at a glance.
AT_A_GLANCE = 10.0
WITH_A_WORD = 9.0  # a bar of a kind of waiting has its call's name in it


def linear_light(colour: str) -> list[float]:
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    return [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]


def luminance(colour: str) -> float:
    """Relative luminance, as the Web Content Accessibility Guidelines 2.2 define it."""
    linear = linear_light(colour)
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def lab(colour: str, eye: str) -> tuple[float, float, float]:
    """Where a colour stands in CIELAB, as an eye sees it."""
    linear = linear_light(colour)
    r, g, b = (
        min(1.0, max(0.0, sum(part * light for part, light in zip(row, linear, strict=True))))
        for row in EYES[eye]
    )
    xyz = (
        (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505,
        0.2126 * r + 0.7152 * g + 0.0722 * b,
        (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089,
    )
    x, y, z = (t ** (1 / 3) if t > 216 / 24389 else (24389 / 27 * t + 16) / 116 for t in xyz)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def difference(one: str, other: str, eye: str) -> float:
    return math.dist(lab(one, eye), lab(other, eye))


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


@BOTH
@EACH_EYE
def test_every_eye_tells_kinds_of_waiting_apart_by_face_or_outline(
    palette: Palette, eye: str
) -> None:
    for one, other in combinations(WAIT_KINDS, 2):
        if (one in DOTTED_KINDS) == (other in DOTTED_KINDS):
            looks = palette.waiting, palette.waiting_outline
            seen = max(difference(look[one], look[other], eye) for look in looks)
            assert seen >= WITH_A_WORD, (one, other)


@BOTH
@EACH_EYE
def test_every_eye_tells_strong_colours_and_curves_apart(palette: Palette, eye: str) -> None:
    strong = palette.ink, palette.held, palette.cancel, palette.wake, palette.alarm
    for one, other in (*combinations(strong, 2), *combinations(palette.curves[1:], 2)):
        assert difference(one, other, eye) >= AT_A_GLANCE, (one, other)


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
