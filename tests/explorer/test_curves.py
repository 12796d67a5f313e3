"""The curves of a sweep as a page paints them, as data."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest

from course_helpers import sweep
from course_helpers.views.page.picture import MIME
from tests.explorer.programs import increments, troubled


def painted(swept: Any) -> list[dict[str, Any]]:
    data, _ = swept._repr_mimebundle_()
    pictures: list[dict[str, Any]] = json.loads(data[MIME])
    return pictures


def answers(plan: dict[str, Any]) -> list[str]:
    """What each point of a curve says."""
    return [
        " ".join(plan["pieces"][int(piece)] for piece in item.split())
        for item in plan["items"].split(";")
    ]


def points(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [shape for shape in plan["shapes"] if "item" in shape]


def test_each_point_stands_at_its_value_and_says_it() -> None:
    [plan] = painted(sweep(increments, workers=range(1, 5), count=3))
    assert answers(plan) == [
        f"workers = {workers}: total time (s): {value}."
        for workers, value in ((1, "0.03"), (2, "0.06"), (3, "0.09"), (4, "0.12"))
    ]
    assert [tick[1] for tick in plan["ticks"]] == ["1", "2", "3", "4"]
    assert [point["x"] for point in points(plan)] == [[1.0], [2.0], [3.0], [4.0]]
    levels = {row["label"]: row["top"] + row["height"] / 2 for row in plan["rows"] if row["label"]}
    height = points(plan)[1]["y"][0]
    assert levels["0"] == plan["height"]
    share = (levels["0"] - height) / (levels["0"] - levels["0.12"])
    assert share == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize("end", [1.0, 2.0])  # of a curve that begins at 2
def test_lines_are_named_at_their_ends_apart_from_each_other(end: float) -> None:
    same = {"first": 1, "second": 1, "third": 1}  # all curves end at one point
    figure = {"figure": lambda recording, workers: 2.0 if workers == 1 else end}
    [plan] = painted(sweep(increments, workers=[1, 2], count=same, figure=figure))
    names = {shape["text"]: shape["y"][0] for shape in plan["shapes"] if "text" in shape}
    assert set(names) == {f"count = {name}" for name in same}
    heights = sorted(names.values())
    assert all(high - low >= 14 for low, high in pairwise(heights))
    assert len({shape["sign"] for shape in points(plan)}) == 3


def test_where_there_is_no_value_the_curve_has_a_gap_and_a_sign() -> None:
    [plan] = painted(sweep(troubled, kind=["none", "error", "other"]))
    assert [shape["x"] for shape in plan["shapes"] if shape.get("text") == "✗"] == [[1.0]]
    assert plan["notes"] == ["✗ no value here"]
    assert len(points(plan)) == 2


def test_several_figures_are_several_pictures() -> None:
    figures = {"twice": lambda recording: recording.duration * 2, "tasks": lambda r: len(r.tasks)}
    plans = painted(sweep(increments, workers=[1, 2], figure=figures))
    assert [plan["title"] for plan in plans] == [["twice"], ["tasks"]]
