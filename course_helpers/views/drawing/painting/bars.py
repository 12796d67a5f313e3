"""From stretches of time to bars that can be told apart on paper.

A stretch narrower than a bar can be is either a mark of fixed width, where it stands alone, or part
of a mixed bar, where many follow each other: there the height of a colour is its share of the time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from course_helpers.views.drawing.stretches import MIXED, Share, Stretches

Numbers = NDArray[np.float64]
Indices = NDArray[np.intp]

#: Narrower than this, in points, a stretch of time is not drawn as a bar of its own.
NARROW = 1.5
#: So many narrow stretches next to each other are still drawn one by one.
FEW = 3
#: Marks with a neighbour nearer than this, in points, on either side are drawn short.
CROWDED = 4.0
#: Of the marks in one step of a grid of this many points, one is enough.
SAME = 0.5


class Columns(NamedTuple):
    """Stretches of time for arithmetic: row, start and end in seconds, and category."""

    row: Indices
    start: Numbers
    end: Numbers
    category: Indices

    @classmethod
    def of(cls, stretches: Stretches) -> Columns:
        """The same stretches."""
        row, start, end, category = stretches
        return cls(
            np.array(row, np.intp),
            np.array(start, np.float64),
            np.array(end, np.float64),
            np.array(category, np.intp),
        )

    def take(self, which: Any) -> Columns:
        """Those that a mask or an array of indices selects."""
        return Columns(*(column[which] for column in self))


class Shares(NamedTuple):
    """Pieces of mixed bars: from `low` to `high`, as fractions of the lane's height."""

    row: Indices
    start: Numbers
    end: Numbers
    category: Indices
    low: Numbers
    high: Numbers

    @classmethod
    def of(cls, shares: Sequence[Share]) -> Shares:
        """The same pieces."""
        row, start, end, category, low, high = list(zip(*shares, strict=True)) or [()] * 6
        return cls(
            np.array(row, np.intp),
            np.array(start, np.float64),
            np.array(end, np.float64),
            np.array(category, np.intp),
            np.array(low, np.float64),
            np.array(high, np.float64),
        )


class Marks(NamedTuple):
    """Moments, in seconds; `short` ones stand too close together to be told apart."""

    row: Indices
    time: Numbers
    category: Indices
    short: NDArray[np.bool_]


class Arrangement(NamedTuple):
    """What to draw. `merged` is the number of stretches that mixed bars stand for.

    `bars` are indices into the stretches that were arranged.
    """

    bars: Indices
    shares: Shares
    marks: Marks
    merged: int


def arrange(stretches: Columns, point: float, marked: tuple[int, ...]) -> Arrangement:
    """Decide how each stretch is drawn, on a picture where a point is `point` seconds wide.

    Stretches of the `marked` categories that are too narrow become marks; of the other categories
    they are drawn as narrow as they are, and not at all when they take no time.
    """
    row, start, end, category = stretches
    width = end - start
    small = width < NARROW * point
    narrow = np.flatnonzero(small)
    # A group: small stretches of one row, in one step of the grid, with no wide one between.
    wide_before = np.cumsum(~small)[narrow]
    step = np.floor(start[narrow] / (MIXED * point))
    new = np.ones(len(narrow), bool)
    new[1:] = (np.diff(row[narrow]) != 0) | (np.diff(step) != 0) | (np.diff(wide_before) != 0)
    group = np.cumsum(new) - 1
    first = np.flatnonzero(new)
    last = np.append(first[1:], len(narrow)) - 1 if len(first) else first
    group_start = start[narrow][first]
    group_end = end[narrow][last]
    with_width = np.bincount(group[width[narrow] > 0], minlength=len(first))
    mixed = (group_end - group_start >= NARROW * point) & (with_width > FEW)
    in_mixed = mixed[group] if len(group) else np.zeros(0, bool)

    alone = narrow[~in_mixed]
    is_marked = np.isin(category, marked)
    bars = np.sort(
        np.concatenate([np.flatnonzero(~small), alone[~is_marked[alone] & (width[alone] > 0)]])
    )
    inside = narrow[in_mixed]
    shares = _shares(stretches.take(inside), group[in_mixed], group_start, group_end)
    marks = _marks(stretches, alone[is_marked[alone]], inside[is_marked[inside]], point)
    return Arrangement(bars, shares, marks, len(inside))


def _shares(inside: Columns, group: Indices, group_start: Numbers, group_end: Numbers) -> Shares:
    if not len(group):
        return Shares.of([])
    numbers, compact = np.unique(group, return_inverse=True)
    categories = int(np.max(inside.category)) + 1
    seconds = np.zeros((len(numbers), categories))
    np.add.at(seconds, (compact, inside.category), inside.end - inside.start)
    rows = np.zeros(len(numbers), np.intp)
    rows[compact] = inside.row
    # Stretches of one row do not overlap, so a share above 1 is rounding.
    share = seconds / (group_end - group_start)[numbers][:, None]
    high = np.minimum(np.cumsum(share, axis=1), 1.0)
    which, what = np.nonzero(seconds)
    return Shares(
        rows[which],
        group_start[numbers][which],
        group_end[numbers][which],
        what,
        (high - share)[which, what],
        high[which, what],
    )


def _marks(stretches: Columns, alone: Indices, inside: Indices, point: float) -> Marks:
    index = np.concatenate([alone, inside])
    short = np.concatenate([np.zeros(len(alone), bool), np.ones(len(inside), bool)])
    order = np.lexsort((stretches.start[index], stretches.category[index], stretches.row[index]))
    index, short = index[order], short[order]
    row, time, category = (
        stretches.row[index],
        stretches.start[index],
        stretches.category[index],
    )
    if not len(index):
        return Marks(row, time, category, short)
    neighbours = (np.diff(row) == 0) & (np.diff(category) == 0)
    # Of those in one place one is enough; of the short ones, one in each step of the grid.
    same = np.diff(np.floor(time / (SAME * point))) == 0
    step = np.floor(time / (MIXED * point))
    both_short = short[1:] & short[:-1]
    again = np.zeros(len(index), bool)
    again[1:] = neighbours & (same | (both_short & (np.diff(step) == 0)))
    row, time, category, short = (column[~again] for column in (row, time, category, short))
    near = (np.diff(row) == 0) & (np.diff(category) == 0) & (np.diff(time) < CROWDED * point)
    short[1:-1] |= near[1:] & near[:-1]
    return Marks(row, time, category, short)
