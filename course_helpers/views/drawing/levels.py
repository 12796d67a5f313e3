"""From a curve to levels that can be told apart on paper."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np


def steps(
    curve: Sequence[tuple[float, float]], begin: float, finish: float, point: float
) -> tuple[Any, Any]:
    """The borders (one more) and the values of a curve's levels within a window of time.

    Times are in seconds, and a point is `point` of them wide. Of levels that are narrower than a
    point, the highest in each point is kept; a wider one stays what it is.
    """
    times = np.array([time for time, _ in curve])
    values = np.array([value for _, value in curve])
    times = np.clip(times, begin, finish)
    if times[0] > begin:
        times = np.concatenate([[begin], times])
        values = np.concatenate([[0.0], values])
    borders = np.append(times, finish)
    some = np.diff(borders) > 0
    if not some.any():
        return np.array([begin, finish]), values[-1:]
    values, borders = values[some], borders[:-1][some]
    new = np.diff(values, prepend=np.nan) != 0
    values, borders = values[new], np.append(borders[new], finish)
    most = max(2, int((finish - begin) / point))
    if len(values) > 2 * most:
        step = np.floor((borders[:-1] - begin) / point)
        wide = np.diff(borders) >= point
        alone = wide | np.concatenate([[True], wide[:-1]])  # and whatever follows begins anew
        first = np.flatnonzero(alone | (np.diff(step, prepend=-1.0) != 0))
        values = np.maximum.reduceat(values, first)
        borders = np.append(borders[:-1][first], finish)
    return borders, values
