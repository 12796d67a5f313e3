"""Stretches of time, in columns, and what becomes of them where many overlap."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import accumulate, compress, pairwise
from typing import NamedTuple

#: Width of a mixed bar, in points.
MIXED = 3.0


class Stretches(NamedTuple):
    """Stretches of time in columns: row, start and end in seconds, and category.

    They are ordered by row and, within a row, by time.
    """

    row: array[int]
    start: array[float]
    end: array[float]
    category: array[int]

    @classmethod
    def of(cls, columns: Iterable[tuple[int, float, float, int]]) -> Stretches:
        """From (row, start, end, category)."""
        row, start, end, category = list(zip(*columns, strict=True)) or [()] * 4
        return cls(array("q", row), array("d", start), array("d", end), array("q", category))

    @classmethod
    def joined(cls, parts: Iterable[Stretches]) -> Stretches:
        """One after the other."""
        joined = cls.of([])
        for part in parts:
            joined.row.extend(part.row)
            joined.start.extend(part.start)
            joined.end.extend(part.end)
            joined.category.extend(part.category)
        return joined


def within(stretches: Stretches, window: tuple[float, float]) -> tuple[Stretches, Sequence[int]]:
    """The part of each stretch that is in a window, in seconds, and which stretches have one."""
    begin, finish = window
    row, start, end, category = stretches
    if not row or (begin <= min(start) and max(end) <= finish and begin < finish):
        return stretches, range(len(row))
    inside = [
        after > begin and before < finish if before != after else begin <= before <= finish
        for before, after in zip(start, end, strict=True)
    ]
    which = list(compress(range(len(row)), inside))
    return (
        Stretches(
            array("q", compress(row, inside)),
            array("d", (max(one, begin) for one in compress(start, inside))),
            array("d", (min(one, finish) for one in compress(end, inside))),
            array("q", compress(category, inside)),
        ),
        which,
    )


class Share(NamedTuple):
    """A piece of a mixed bar: from `low` to `high`, as fractions of the lane's height."""

    row: int
    start: float
    end: float
    category: int
    low: float
    high: float


def together(
    stretches: Stretches, begin: float, finish: float, point: float, lanes: int
) -> list[Share]:
    """Many overlapping lanes as one row of mixed bars from `begin` to `finish` (seconds).

    A category's height is the share of the `lanes` that was in it.
    """
    count = max(1, int((finish - begin) / (MIXED * point)))
    step = (finish - begin) / count
    edges = [*(number * step + begin for number in range(count)), finish]
    heights: dict[int, list[float]] = {}
    for category in sorted(set(stretches.category)):
        chosen = [one == category for one in stretches.category]
        # Seconds spent in the category before each edge: a sum of ramps, one a stretch.
        begun = _ramps(compress(stretches.start, chosen), edges)
        ended = _ramps(compress(stretches.end, chosen), edges)
        spent = [one - other for one, other in zip(begun, ended, strict=True)]
        heights[category] = [
            (more - less) / (right - left) / lanes
            for (less, more), (left, right) in zip(pairwise(spent), pairwise(edges), strict=True)
        ]
    shares = []
    for number, (left, right) in enumerate(pairwise(edges)):
        high = 0.0
        for category, height in heights.items():
            share = height[number]
            high += share
            if share > 1e-6:
                top = min(high, 1.0)
                shares.append(Share(0, left, right, category, top - share, top))
    return shares


def _ramps(begins: Iterable[float], edges: Sequence[float]) -> list[float]:
    """For each edge the sum of `edge - begin` over the begins before it."""
    ordered = sorted(begins)
    sums = list(accumulate(ordered, initial=0.0))
    before = [bisect_left(ordered, edge) for edge in edges]
    return [count * edge - sums[count] for count, edge in zip(before, edges, strict=True)]
