"""Rows kept as columns are a sequence like a tuple of the same rows."""

from __future__ import annotations

import copy
import pickle
import tracemalloc
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_helpers.recording.columns import Numbering, Packed, pack, packed


class Step(NamedTuple):
    at: float
    number: int
    name: str | None


STEPS = st.builds(
    Step, st.floats(allow_nan=False), st.integers(), st.none() | st.sampled_from(["a", "b", "c"])
)


@given(st.lists(STEPS), st.integers(-5, 5), st.integers(-5, 5))
def test_it_is_like_a_tuple(rows: list[Step], first: int, last: int) -> None:
    steps = pack(Step, rows)
    assert steps == tuple(rows)
    assert tuple(rows) == steps
    assert list(steps) == rows
    assert len(steps) == len(rows)
    assert steps[first:last] == tuple(rows)[first:last]
    assert hash(steps) == hash(tuple(rows))
    assert repr(steps) == repr(tuple(rows))
    assert all(steps[place] == row and type(steps[place]) is Step for place, row in enumerate(rows))
    assert pickle.loads(pickle.dumps(steps)) == copy.deepcopy(steps) == steps


def test_what_is_not_there() -> None:
    steps = pack(Step, [Step(0.5, 1, "a")])
    with pytest.raises(IndexError):
        steps[1]
    assert steps != (Step(0.5, 1, "b"),)
    assert steps != [Step(0.5, 1, "a")]
    with pytest.raises(TypeError):
        steps[0] = Step(0.5, 1, "b")  # type: ignore[index]


def test_columns() -> None:
    numberings: dict[str, Numbering] = {}
    one = pack(Step, [Step(0.5, 1, "a"), Step(1.5, 2, "b"), Step(2.5, 3, "a")], numberings)
    other = pack(Step, [Step(3.5, 10**30, None)], numberings)
    assert list(one.numbers("at")) == [0.5, 1.5, 2.5]
    assert [one.repeated("name").values[number] for number in one.repeated("name").numbers] == [
        "a",
        "b",
        "a",
    ]
    assert other.distinct("name") == [None]
    assert other[0].number == 10**30
    assert one.repeated("name").values is other.repeated("name").values


def test_columns_are_packed_once() -> None:
    steps = pack(Step, [Step(0.5, 1, "a")])
    assert packed(Step, steps) is steps
    again: Any = packed(Step, tuple(steps))
    assert type(again) is Packed
    assert again == steps


def test_they_take_a_sixth_of_the_room() -> None:
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        rows = [Step(at / 7, at, f"task {at % 5}") for at in range(20_000)]
        of_rows = tracemalloc.get_traced_memory()[0] - before
        steps = pack(Step, rows)
        of_columns = tracemalloc.get_traced_memory()[0] - before - of_rows
    finally:
        tracemalloc.stop()
    assert len(steps) == len(rows)
    assert 6 * of_columns < of_rows
