"""The ticks of the time axis: round times, each written with its unit, the second."""

from __future__ import annotations

import math

from course_helpers.views import words

_ROUND = (1.0, 2.0, 5.0, 10.0)


def ticks(begin: float, finish: float, most: int) -> tuple[list[float], list[str]]:
    """At most `most` round times (seconds) from begin to finish, and how they are written."""
    length = finish - begin
    if length <= 0 or not math.isfinite(length):
        return [begin], [words.seconds(begin) if begin else "0"]
    step = _step(length / most)
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    first = math.ceil(begin / step - 1e-9)
    last = math.floor(finish / step + 1e-9)
    times = [number * step for number in range(first, last + 1)]
    return times, [f"{time:,.{decimals}f} s" if time else "0" for time in times]


def _step(least: float) -> float:
    """The smallest round step that is at least `least` seconds."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(one * power for one in _ROUND if one * power >= least * (1 - 1e-9))
