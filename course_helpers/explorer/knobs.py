"""From abbreviations to knobs: the parameters of a program as widgets."""

from __future__ import annotations

import inspect
import math
from collections.abc import Iterable, Mapping
from decimal import Decimal
from numbers import Integral, Real
from typing import Any, Final

from ipywidgets import Checkbox, FloatSlider, IntSlider, Text, Widget, fixed, interactive
from ipywidgets.widgets.valuewidget import ValueWidget

from course_helpers.explorer.program import units_of

_MISSING: Final = inspect.Parameter.empty

# A slider of floats without a step gets about as many positions as a hand can tell apart.
_POSITIONS: Final = 100


def knobs_for(
    parameters: Mapping[str, inspect.Parameter],
    abbreviations: Mapping[str, Any],
    units: object,
) -> dict[str, Any]:
    """A widget for each parameter that can be turned, in the order of the function's signature.

    A parameter has a knob if it has an abbreviation or its default is a number, a truth value or a
    text; any other default stays what it is. Without an abbreviation a number n may be turned from
    0 to 3n. A parameter's default is where its knob begins.

    Raises TypeError or ValueError, with a sentence that names the parameter, if something cannot
    become a knob.
    """
    unit_of = units_of(units, {*parameters, *abbreviations})
    knobs: dict[str, Any] = {}
    extra = [name for name in abbreviations if name not in parameters]
    for name in [*parameters, *extra]:
        parameter = parameters.get(name)
        default = parameter.default if parameter is not None else _MISSING
        if name in abbreviations:
            knobs[name] = _knob(name, abbreviations[name], default)
        elif default is _MISSING:
            raise TypeError(
                f"{name!r} has no default, so it needs a knob or a value: {name}=(1, 10) for a "
                f"range, {name}=[…] for a choice, {name}=fixed(…) for one value"
            )
        elif isinstance(default, bool | int | float | str):
            knobs[name] = _knob(name, default, default)
        else:
            continue
        _label(knobs[name], name, unit_of.get(name))
    return knobs


def _knob(name: str, abbreviation: Any, default: Any) -> Any:
    if isinstance(abbreviation, fixed | ValueWidget):
        return abbreviation
    if isinstance(abbreviation, Widget):
        raise TypeError(f"{name}={type(abbreviation).__name__}(…): a widget without a value")
    if isinstance(abbreviation, bool):
        return Checkbox(value=abbreviation, indent=False)
    if isinstance(abbreviation, str):
        return Text(value=abbreviation)
    if isinstance(abbreviation, Real):
        return _slider_around(name, abbreviation, default)
    if isinstance(abbreviation, tuple):
        return _slider(name, abbreviation, default)
    if isinstance(abbreviation, Iterable) and not isinstance(abbreviation, type):
        return _choice(name, abbreviation, default)
    knob = interactive.widget_from_abbrev(abbreviation)
    if knob is None:
        raise TypeError(
            f"{name}={abbreviation!r:.60}: a knob is (min, max), (min, max, step), a list or dict "
            f"of choices, True, a number, a text, fixed(value), or a widget"
        )
    if default is not _MISSING:
        _begin(name, knob, default)
    return knob


def _slider_around(name: str, value: Any, default: Any) -> Any:
    """A slider for a number alone: never below zero unless the number is."""
    _check_finite(name, value, value)
    ends = (0, 3 * value) if value > 0 else (3 * value, 0) if value < 0 else (0, 1)
    slider = _slider(name, tuple(type(value)(end) for end in ends), _MISSING)
    slider.value = value
    return slider


def _slider(name: str, ends: tuple[Any, ...], default: Any) -> Any:
    written = f"{name}={ends!r:.80}"
    if len(ends) not in (2, 3) or not all(isinstance(end, Real) for end in ends):
        raise TypeError(
            f"{written}: a tuple is a range, (min, max) or (min, max, step), of numbers; for a "
            f"choice write a list"
        )
    for end in ends:
        _check_finite(name, end, ends)
    low, high = ends[:2]
    if low > high:
        raise ValueError(f"{written}: the range is empty, because {low} is more than {high}")
    if low == high:
        raise ValueError(f"{written}: the range holds one value only; write {name}=fixed({low})")
    whole = all(isinstance(end, Integral) for end in ends)
    step = ends[2] if len(ends) == 3 else 1 if whole else _round_step((high - low) / _POSITIONS)
    if step <= 0 or step > high - low:
        raise ValueError(f"{written}: the step must be more than 0 and at most {high - low:g}")
    begin = default
    if begin is _MISSING:
        begin = low + math.floor((high - low) / step / 2 + 1e-9) * step
    elif isinstance(begin, bool) or not isinstance(begin, Real):
        raise TypeError(f"{written}: the range is of numbers, but the default is {begin!r:.60}")
    elif whole and not isinstance(begin, Integral):
        raise TypeError(
            f"{written}: the range is of whole numbers, but the default is {begin!r}; "
            f"write {name}=({float(low)}, {float(high)})"
        )
    elif not low <= begin <= high:
        raise ValueError(
            f"{written}: the default {begin!r} is outside; widen the range or change the default"
        )
    if whole:
        return IntSlider(value=begin, min=low, max=high, step=step)
    return FloatSlider(
        value=begin, min=low, max=high, step=step, readout_format=f".{_decimals(step)}f"
    )


def _decimals(step: float) -> int:
    """How many decimals tell one position from the next."""
    exponent = Decimal(str(float(step))).normalize().as_tuple().exponent
    return min(max(0, -exponent), 6) if isinstance(exponent, int) else 0


def _round_step(step: float) -> float:
    """The largest of 1, 2 and 5 times a power of ten that is not above `step`."""
    power = 10.0 ** math.floor(math.log10(step))
    best = max(factor for factor in (1, 2, 5) if factor * power <= step * (1 + 1e-9))
    # Through text: 5 * 10.0 ** -4 is 0.0005, but 3 * 0.1 would not be 0.3.
    return float(f"{best * power:.3g}")


def _check_finite(name: str, number: Any, written: Any) -> None:
    if not math.isfinite(number):
        raise ValueError(f"{name}={written!r:.80}: a slider needs finite numbers")


def _choice(name: str, choices: Iterable[Any], default: Any) -> Any:
    if not isinstance(choices, Mapping):
        choices = list(choices)
    if not choices:
        raise ValueError(f"{name}={choices!r}: there is nothing to choose from")
    knob = interactive.widget_from_iterable(choices)
    if default is not _MISSING:
        _begin(name, knob, default)
    return knob


def _begin(name: str, knob: Any, default: Any) -> None:
    try:
        knob.value = default
    except Exception:
        raise ValueError(
            f"{name}: the default {default!r:.60} is not one of the knob's values"
        ) from None


def value_of_knob(knob: Any) -> Any:
    """What a knob stands at, as the program gets it."""
    if isinstance(knob, FloatSlider):
        # The browser adds steps to the minimum, and says 0.15000000000000002 for 0.15.
        return float(f"{knob.value:.12g}")
    return knob.get_interact_value() if hasattr(knob, "get_interact_value") else knob.value


def _label(knob: Any, name: str, unit: str | None) -> None:
    # A label that the learner gave to a widget of his own stays.
    if not isinstance(knob, fixed) and not getattr(knob, "description", ""):
        knob.description = f"{name} ({unit})" if unit else name
