"""Some of an explorer's settings, with what is shown at each: for a page on which nothing runs.

There are far more settings than can be stored. Each knob has a few positions. The smallest of
them, such as check boxes, are turned together; of the others one at a time, from where they begin.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from ipywidgets import Checkbox, Dropdown, FloatSlider, IntSlider, fixed

from course_helpers.explorer.knobs import value_of_knob
from course_helpers.explorer.questions import Question, is_same
from course_helpers.explorer.run import shortened

POSITIONS: Final = 5
"""Of a slider, beside where it begins and what questions ask for."""

CHOICES: Final = 2 * POSITIONS
"""Of a choice, in the same way: between two of them there is nothing."""

MOST: Final = 60
"""Settings, up to which knobs are turned together: more would make a page slow to load.

Where knobs turned one at a time, with what questions ask for, have more, all of these are stored.
"""

Kind = Literal["check", "choice", "slider"]

At = tuple[int, ...]
"""A setting: the number of a position for each knob."""


@dataclass(frozen=True, slots=True)
class Stops:
    """The positions of a knob that are stored, as values and in words; `begin` is its first."""

    name: str
    label: str
    values: Sequence[Any]
    texts: Sequence[str]
    begin: int
    kind: Kind


def settings(
    knobs: Mapping[str, Any],
    questions: Sequence[Question],
    show: Callable[[Mapping[str, Any]], Mapping[str, Any]],
) -> dict[str, Any]:
    """Knobs with their stored positions, and for each stored setting what `show` has for it.

    `knobs` are widgets, each at the position where it begins.
    """
    held = {name: value_of_knob(knob) for name, knob in knobs.items()}
    stops = [
        stops_of(name, knob, [one.setting[name] for one in questions if name in one.setting])
        for name, knob in knobs.items()
        if not isinstance(knob, fixed)
    ]
    stops = [one for one in stops if len(one.values) > 1]
    asked = [(one.text, asked_at(stops, one.setting)) for one in questions]
    stored = dict.fromkeys([*chosen(stops), *(at for _, at in asked)])
    values = {
        at: held | {one.name: one.values[place] for one, place in zip(stops, at, strict=True)}
        for at in stored
    }
    return {
        "knobs": [
            {"label": one.label, "kind": one.kind, "texts": one.texts, "begin": one.begin}
            for one in stops
        ],
        "together": [stops.index(one) for one in together(stops)],
        "questions": [{"text": text, "at": at} for text, at in asked],
        "settings": [{"at": at, **show(values[at])} for at in stored],
    }


def stops_of(name: str, knob: Any, asked: Sequence[Any]) -> Stops:
    """The positions of a knob, those that questions ask for among them."""
    begin = value_of_knob(knob)
    label = getattr(knob, "description", "") or name
    kind: Kind = "choice"
    if isinstance(knob, Checkbox):
        values, texts, kind = [False, True], ["False", "True"], "check"
    elif isinstance(knob, FloatSlider | IntSlider):
        values = sorted({*spread(knob), begin, *asked})
        texts, kind = [f"{value:{knob.readout_format}}" for value in values], "slider"
    elif isinstance(knob, Dropdown):
        texts, values = map(list, zip(*options(knob, [begin, *asked]), strict=True))
    else:  # a text, or a widget of the learner's own, of which no other position is known
        values = [begin]
        for one in asked:
            if not has(values, one):
                values.append(one)
        texts = [shortened(value) for value in values]
    return Stops(name, label, values, texts, place_of(name, values, begin), kind)


def options(choice: Any, wanted: Sequence[Any]) -> list[tuple[str, Any]]:
    """Labels of a choice with their values: as many as are stored, and what is wanted."""
    own = choice.options
    pairs = list(own.items() if isinstance(own, Mapping) else map(labelled, own))
    kept = spread_over(len(pairs) - 1, CHOICES)
    return [pair for number, pair in enumerate(pairs) if number in kept or has(wanted, pair[1])]


def labelled(option: Any) -> tuple[str, Any]:
    """An option of a choice with its label, which may stand before it already."""
    return option if isinstance(option, tuple) else (str(option), option)


def spread(slider: Any) -> list[Any]:
    """Positions of a slider from end to end: all, or as many as are stored."""
    steps = round((slider.max - slider.min) / slider.step)
    found = [slider.min + number * slider.step for number in spread_over(steps, POSITIONS)]
    return [float(f"{one:.12g}") if isinstance(one, float) else one for one in found]


def spread_over(steps: int, most: int) -> list[int]:
    """The numbers of positions from the first to that after so many steps: all, or the most."""
    count = min(steps, most - 1)
    return [round(steps * number / max(count, 1)) for number in range(count + 1)]


def has(values: Iterable[Any], wanted: Any) -> bool:
    """Whether a value is among others."""
    return any(is_same(wanted, value) for value in values)


def place_of(name: str, values: Sequence[Any], wanted: Any) -> int:
    """The number of a value among those of a knob; raises LookupError if it is not there."""
    for number, value in enumerate(values):
        if is_same(wanted, value):
            return number
    raise LookupError(f"{name} has no position {shortened(wanted)}")


def together(stops: Sequence[Stops]) -> list[Stops]:
    """The knobs that are stored in all their combinations: the smallest, while there is room."""
    found: list[Stops] = []
    for one in sorted(stops, key=lambda stop: (stop.kind == "slider", len(stop.values))):
        if one.kind == "slider" or count(stops, [*found, one]) > MOST:
            break
        found.append(one)
    return found


def count(stops: Sequence[Stops], combined: Sequence[Stops]) -> int:
    """How many settings there are with these knobs combined, and one of the others turned."""
    alone = 1 + sum(len(one.values) - 1 for one in stops if one not in combined)
    for one in combined:
        alone *= len(one.values)
    return alone


def chosen(stops: Sequence[Stops]) -> Iterator[At]:
    """The settings that are stored, first that where all knobs begin."""
    begin = tuple(one.begin for one in stops)
    yield begin
    combined = together(stops)
    places = [range(len(one.values)) if one in combined else [one.begin] for one in stops]
    for at in itertools.product(*places):
        yield at
        for number, one in enumerate(stops):
            if one not in combined:
                for place in range(len(one.values)):
                    yield (*at[:number], place, *at[number + 1 :])


def asked_at(stops: Sequence[Stops], setting: Mapping[str, Any]) -> At:
    """The setting that answers a question; what it does not name stands where it begins."""
    return tuple(
        place_of(one.name, one.values, setting[one.name]) if one.name in setting else one.begin
        for one in stops
    )
