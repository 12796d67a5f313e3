"""The ticks of the time axis: round times, each written with its unit."""

from __future__ import annotations

import math

from course_helpers.views import words

_DAY = 86_400.0
# What is round in decimal units, and what is where sixty (or, of hours, twenty-four) make one.
_ROUND = (1.0, 2.0, 5.0, 10.0)
_ROUND_OF_60 = (1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0)
_ROUND_OF_24 = (1.0, 2.0, 3.0, 6.0, 12.0, 24.0)


def ticks(begin: float, finish: float, most: int) -> tuple[list[float], list[str]]:
    """At most `most` round times (seconds) from begin to finish, and how they are written."""
    length = finish - begin
    if length <= 0 or not math.isfinite(length):
        return [begin], [words.seconds(begin) if begin else "0"]
    step, size, unit = _step(length / most, finish)
    decimals = max(0, -math.floor(math.log10(step / size) + 1e-9))
    first = math.ceil(begin / step - 1e-9)
    last = math.floor(finish / step + 1e-9)
    times = [number * step for number in range(first, last + 1)]
    return times, [_written(time, size, unit, decimals) for time in times]


def _written(time: float, size: float, unit: str, decimals: int) -> str:
    return "0" if abs(time) < size * 1e-6 else f"{time / size:.{decimals}f} {unit}"


def _step(least: float, finish: float) -> tuple[float, float, str]:
    """The smallest round step that is at least `least` seconds, and the unit to write it in.

    Below seconds it is that in which the end, `finish`, is written elsewhere.
    """
    if least > 12 * 3600:
        days = least / _DAY
        power = 10.0 ** math.floor(math.log10(days)) if days > 1 else 1.0
        step = next(one * power for one in _ROUND if one * power >= days * (1 - 1e-9))
        return step * _DAY, _DAY, "d"
    if least > 1800:
        hours = next(one for one in _ROUND_OF_24 if one * 3600 >= least)
        return hours * 3600, 3600.0, "h"
    if least > 20:
        minutes = next(one for one in _ROUND_OF_60 if one * 60 >= least)
        return minutes * 60, 60.0, "min"
    power = 10.0 ** math.floor(math.log10(least))
    step = next(one * power for one in _ROUND if one * power >= least * (1 - 1e-9))
    size, unit = words.small_unit(finish)
    return step, size, unit
