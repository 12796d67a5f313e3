"""From a curve to levels that can be told apart on paper."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise


def steps(
    curve: Sequence[tuple[float, float]], begin: float, finish: float, point: float
) -> tuple[list[float], list[float]]:
    """The borders (one more) and the values of a curve's levels within a window of time.

    Times are in seconds, and a point is `point` of them wide. Of levels that are narrower than a
    point, the highest in each point is kept; a wider one stays what it is.
    """
    levels = [(min(max(time, begin), finish), float(value)) for time, value in curve]
    if levels[0][0] > begin:
        levels.insert(0, (begin, 0.0))
    seen: list[tuple[float, float]] = []
    for (time, value), (end, _) in pairwise([*levels, (finish, math.nan)]):
        if end > time and (not seen or value != seen[-1][1]):
            seen.append((time, value))
    if not seen:
        return [begin, finish], [levels[-1][1]]
    most = max(2, int((finish - begin) / point))
    if len(seen) > 2 * most:
        seen = _highest(seen, begin, finish, point)
    return [*(time for time, _ in seen), finish], [value for _, value in seen]


def _highest(
    levels: Sequence[tuple[float, float]], begin: float, finish: float, point: float
) -> list[tuple[float, float]]:
    """Of the levels that are narrower than a point, the highest in each point."""
    found: list[tuple[float, float]] = []
    step_before, wide_before = -1.0, True
    for (time, value), (end, _) in pairwise([*levels, (finish, math.nan)]):
        step, wide = (time - begin) // point, end - time >= point
        # Whatever follows a wide one begins anew.
        if wide or wide_before or step != step_before:
            found.append((time, value))
        else:
            found[-1] = found[-1][0], max(found[-1][1], value)
        step_before, wide_before = step, wide
    return found
