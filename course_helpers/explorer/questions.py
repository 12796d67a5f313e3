"""Questions that the knobs answer: they stand beside them, and are ticked off one by one."""

from __future__ import annotations

import html
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from course_helpers.explorer.knobs import value_of_knob
from course_helpers.explorer.run import shortened
from course_helpers.views.words import listing

Questions = Iterable[tuple[str, Mapping[str, Any]]]

_TAKES: Final = 'questions=[("Which …?", {"workers": 6}), …]'


@dataclass(slots=True)
class Question:
    """A question, the setting that answers it, by knobs, and whether that was visited."""

    text: str
    setting: Mapping[str, Any]
    answered: bool = False

    def visit(self, knobs: Mapping[str, Any]) -> bool:
        """Tick it off if the program was run at its setting; returns whether that is new."""
        new = not self.answered and all(
            is_same(knobs[name], value) for name, value in self.setting.items()
        )
        self.answered = self.answered or new
        return new


def questions_from(questions: Questions, knobs: Mapping[str, Any]) -> tuple[Question, ...]:
    """Questions from what was given to `explore`, whose `knobs` are widgets.

    Raises TypeError or ValueError, with a sentence, for something else than pairs of a text and a
    setting, and for a setting that no knob can be turned to, or at which the knobs are already.
    """
    if isinstance(questions, str | Mapping) or not isinstance(questions, Iterable):
        raise TypeError(f"questions={questions!r:.60}: it takes pairs, {_TAKES}")
    found = tuple(_question(one, knobs) for one in questions)
    first = {name: value_of_knob(knob) for name, knob in knobs.items()}
    for question in found:
        if question.visit(first):
            raise ValueError(
                f"questions: {question.text!r:.60} is answered by the setting at which the knobs "
                f"begin: nothing is left to be found"
            )
    return found


def _question(pair: Any, knobs: Mapping[str, Any]) -> Question:
    match pair:
        case (str() as text, Mapping() as setting) if text.strip() and setting:
            pass
        case _:
            raise TypeError(f"questions: {pair!r:.80} is no pair of a text and a setting, {_TAKES}")
    for name, value in setting.items():
        if name not in knobs:
            known = listing(list(knobs)) or "none"
            raise TypeError(f"questions: there is no knob {name!r}; the knobs are {known}")
        if not _reaches(knobs[name], value):
            raise ValueError(
                f"questions: {name} cannot be turned to {shortened(value)}, so {text!r:.60} could "
                f"never be answered"
            )
    return Question(text, setting)


def _reaches(knob: Any, value: Any) -> bool:
    """Whether a knob has such a position, as far as it says what positions it has."""
    if hasattr(knob, "options"):
        # Values by their labels; or values, or pairs of a label and a value.
        if isinstance(knob.options, Mapping):
            values = list(knob.options.values())
        else:
            values = [one[1] if isinstance(one, tuple) else one for one in knob.options]
        return any(is_same(value, one) for one in values)
    if hasattr(knob, "min") and hasattr(knob, "max"):
        if not isinstance(value, int | float):
            return False
        steps = (value - knob.min) / (getattr(knob, "step", None) or 1)
        return bool(knob.min <= value <= knob.max and abs(steps - round(steps)) < 1e-6)
    return True


def is_same(one: Any, other: Any) -> bool:
    """Whether a knob that stands at one value stands at the other."""
    if isinstance(one, float) and isinstance(other, int | float):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12)
    return bool(one == other)


def as_html(questions: Iterable[Question]) -> str:
    """The list beside the knobs; a sign says which are ticked off."""
    items = [
        f'<li class="{"answered" if one.answered else "open"}">'
        f'<span role="img" aria-label="{"seen" if one.answered else "not seen yet"}">'
        f"{'✓' if one.answered else '○'}</span> {html.escape(one.text)}</li>"
        for one in questions
    ]
    return f'<ul class="questions">{"".join(items)}</ul>' if items else ""
