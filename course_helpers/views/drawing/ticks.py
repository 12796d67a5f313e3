"""Round numbers: ticks of the time axis, each written with its unit, the second, and levels."""

from __future__ import annotations

import math
from collections.abc import Sequence

from course_helpers.views import words

_ROUND = (1.0, 2.0, 5.0, 10.0)
# There are few levels, and they have to be near the lowest and the highest value.
_FINE = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)


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


def levels(low: float, high: float, most: int, *, whole: bool) -> list[float]:
    """At most `most` steps apart, round numbers from at most `low` to at least `high`.

    Whole ones for values that are `whole`.
    """
    if high <= low:
        high = low + 1.0
    step = _step((high - low) / most, _FINE)
    while whole and step != int(step):
        step = _step(step * 1.01, _FINE) if step > 1 else 1.0
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [number * step for number in range(first, last + 1)]


def _step(least: float, steps: Sequence[float] = _ROUND) -> float:
    """The smallest round step that is at least `least`."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(one * power for one in steps if one * power >= least * (1 - 1e-9))
