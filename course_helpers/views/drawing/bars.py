"""From stretches of time to bars that can be told apart on paper.

A stretch narrower than a bar can be is either a mark of fixed width, where it stands alone, or part
of a mixed bar, where many follow each other: there the height of a colour is its share of the time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Indices = NDArray[np.intp]

#: Narrower than this, in points, a stretch of time is not drawn as a bar of its own.
NARROW = 1.5
#: So many narrow stretches next to each other are still drawn one by one.
FEW = 3
#: Width of a mixed bar, in points.
MIXED = 3.0
#: Marks with a neighbour nearer than this, in points, on either side are drawn short.
CROWDED = 4.0
#: Of the marks in one step of a grid of this many points, one is enough.
SAME = 0.5


class Stretches(NamedTuple):
    """Stretches of time in columns: row, start and end in seconds, and category.

    They are ordered by row and, within a row, by time.
    """

    row: Indices
    start: Numbers
    end: Numbers
    category: Indices

    @classmethod
    def of(cls, columns: list[tuple[int, float, float, int]]) -> Stretches:
        """From a list of (row, start, end, category)."""
        if not columns:
            nothing: Any = np.zeros(0)
            return cls(nothing.astype(np.intp), nothing, nothing, nothing.astype(np.intp))
        row, start, end, category = zip(*columns, strict=True)
        return cls(
            np.array(row, np.intp),
            np.array(start, np.float64),
            np.array(end, np.float64),
            np.array(category, np.intp),
        )

    @classmethod
    def joined(cls, parts: Sequence[Stretches]) -> Stretches:
        """One after the other."""
        if not parts:
            return cls.of([])
        return cls(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))

    def take(self, which: Any) -> Stretches:
        """Those that a mask or an array of indices selects."""
        return Stretches(*(column[which] for column in self))


def within(stretches: Stretches, window: tuple[float, float]) -> tuple[Stretches, Indices]:
    """The part of each stretch that is in a window, in seconds, and which stretches have one."""
    begin, finish = window
    row, start, end, category = stretches
    instant = start == end
    inside = np.where(instant, (start >= begin) & (end <= finish), (end > begin) & (start < finish))
    which = np.flatnonzero(inside)
    return (
        Stretches(
            row[which],
            np.maximum(start[which], begin),
            np.minimum(end[which], finish),
            category[which],
        ),
        which,
    )


class Shares(NamedTuple):
    """Pieces of mixed bars: from `low` to `high`, as fractions of the lane's height."""

    row: Indices
    start: Numbers
    end: Numbers
    category: Indices
    low: Numbers
    high: Numbers


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


def arrange(stretches: Stretches, point: float, marked: tuple[int, ...]) -> Arrangement:
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


def _shares(inside: Stretches, group: Indices, group_start: Numbers, group_end: Numbers) -> Shares:
    if not len(group):
        nothing = np.zeros(0)
        none = np.zeros(0, np.intp)
        return Shares(none, nothing, nothing, none, nothing, nothing)
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


def _marks(stretches: Stretches, alone: Indices, inside: Indices, point: float) -> Marks:
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


def together(stretches: Stretches, begin: float, finish: float, point: float, lanes: int) -> Shares:
    """Many overlapping lanes as one row of mixed bars from `begin` to `finish` (seconds).

    A category's height is the share of the `lanes` that was in it.
    """
    count = max(1, int((finish - begin) / (MIXED * point)))
    edges = np.linspace(begin, finish, count + 1)
    heights = []
    for category in range(int(np.max(stretches.category, initial=-1)) + 1):
        chosen = stretches.category == category
        # Seconds spent in the category before each edge: a sum of ramps, one a stretch.
        spent = _ramps(stretches.start[chosen], edges) - _ramps(stretches.end[chosen], edges)
        heights.append(np.diff(spent) / np.diff(edges) / lanes)
    if not heights:
        nothing = np.zeros(0)
        none = np.zeros(0, np.intp)
        return Shares(none, nothing, nothing, none, nothing, nothing)
    share = np.array(heights).T
    high = np.minimum(np.cumsum(share, axis=1), 1.0)
    which, what = np.nonzero(share > 1e-6)
    return Shares(
        np.zeros(len(which), np.intp),
        edges[which],
        edges[which + 1],
        what,
        (high - share)[which, what],
        high[which, what],
    )


def _ramps(begins: Numbers, edges: Numbers) -> Numbers:
    """For each edge the sum of `edge - begin` over the begins before it."""
    begins = np.sort(begins)
    before = np.searchsorted(begins, edges)
    sums = np.concatenate([[0.0], np.cumsum(begins)])
    ramps: Numbers = before * edges - sums[before]
    return ramps
