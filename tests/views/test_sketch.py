"""A sketch says the same in a page, in a PNG and in words."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from course_helpers import Sketch, described
from course_helpers.views.drawing.painting.sketched import figure_of
from course_helpers.views.page.picture import MIME
from course_helpers.views.page.sketched import for_page
from course_helpers.views.palette import DARK, LIGHT

PALE = LIGHT.waiting["lock"]


def one_of_each() -> Sketch:
    sketch = Sketch("after the start")
    upper = sketch.row("parent", heading="A family")
    lower = sketch.row("child", indent=1)
    upper.bar(0.0, 0.025, "sees None")
    upper.bar(0.025, 0.08, "sees 1", colour=PALE)
    upper.dot(0.025, "sets it")
    upper.arrow(0.02, lower)
    upper.line(0.03, lower, 0.05)
    lower.bar(0.02, 0.08, "sees None")
    return sketch


def counted() -> Sketch:
    sketch = Sketch("turn", counts=True)
    for label, counts in (("ready", (1, 0, 4)), ("scheduled", (2, 2, 0))):
        row = sketch.row(label)
        for turn, count in enumerate(counts, 1):
            row.bar(turn - 0.4, turn + 0.4, str(count), level=count)
    return sketch


def painted(sketch: Sketch) -> dict[str, Any]:
    """What a page paints."""
    data, _ = described(sketch, "A sketch. It has words.")._repr_mimebundle_()
    [plan] = json.loads(data[MIME])
    return dict(plan)


def said(plan: dict[str, Any]) -> list[str]:
    """What its things say to who points at them."""
    items = [item.split() for item in plan["items"].split(";")]
    return [" ".join(plan["pieces"][int(piece)] for piece in item) for item in items]


def texts(sketch: Sketch) -> list[str]:
    """What is written in the PNG."""
    return [text.get_text() for text in figure_of(sketch).axes[0].texts]


def test_a_page_has_its_rows_with_bars_that_can_be_asked() -> None:
    plan = painted(one_of_each())
    assert (plan["name"], plan["text"]) == ("A sketch.", "A sketch. It has words.")
    assert [(row["label"], row["indent"] > 0) for row in plan["rows"]] == [
        ("parent", False),
        ("child", True),
    ]
    assert plan["time"] == [0, 0.08, 0.08]
    upper, lower = plan["tracks"]
    assert (upper["start"], upper["end"]) == ("0 0.025", "0.025 0.08")
    assert lower["start"] == "0.02"
    assert plan["ways"] == [["sees None"], ["sees 1"]]
    faces = [plan["looks"][int(look)][:2] for look in upper["look"].split()]
    assert faces == [[LIGHT.level, DARK.level], [PALE, DARK.waiting["lock"]]]
    assert said(plan) == [
        "parent: sees None from 0 s to 0.025 s.",
        "parent: sees 1 from 0.025 s to 0.08 s.",
        "parent: sets it at 0.025 s.",
        "child: sees None from 0.02 s to 0.08 s.",
    ]
    assert one_of_each().in_words == " ".join(said(plan))


def test_lines_go_from_row_to_row() -> None:
    plan = painted(one_of_each())
    first, second = (row["top"] + row["height"] / 2 for row in plan["rows"])
    lines = [shape for shape in plan["shapes"] if shape.get("line")]
    assert [line["x"] for line in lines] == [[0.02, 0.02], [0.03, 0.05]]
    assert lines[1]["y"] == [first, second]
    upper, lower = plan["rows"]
    assert lines[0]["y"] == [upper["top"] + upper["height"], lower["top"]]  # past no bar


def test_rows_that_say_the_same_are_still_two() -> None:
    sketch = Sketch()
    first, second = sketch.row("task"), sketch.row("task")
    first.arrow(1, second)
    second.arrow(1, first)
    plan = painted(sketch)
    upper, lower = plan["rows"]
    end, begin = upper["top"] + upper["height"], lower["top"]
    lines = [shape["y"] for shape in plan["shapes"] if shape.get("line")]
    assert lines == [[end, begin], [begin, end]]
    drawn = [line for line in figure_of(sketch).axes[0].lines if line.get_zorder() == 3]
    ends = [np.asarray(line.get_ydata(), dtype=float) for line in drawn]
    assert [bool(first < last) for first, last in ends] == [True, False]


@pytest.mark.parametrize("level", [None, 1.0], ids=["bars", "levels"])
def test_twice_as_much_takes_twice_the_work(level: float | None) -> None:
    """Whatever there is many of: rows, their bars or their lines."""

    def work(count: int) -> int:
        sketch = Sketch()
        for _ in range(count):
            row = sketch.row("row")
            row.line(0, sketch.rows[0], 1)
            sketch.rows[0].bar(len(sketch.rows), len(sketch.rows) + 1, level=level)
        return calls(lambda: for_page(sketch, "Words."))

    begin, once, twice = (work(count) for count in (1, 21, 41))
    assert twice - once < 1.2 * (once - begin)


def calls(do: Callable[[], object]) -> int:
    """How many functions are entered, generators each time that they go on."""
    entered = 0

    def count(frame: object, event: str, argument: object) -> None:
        nonlocal entered
        entered += event == "call"

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        do()
    finally:
        sys.setprofile(before)
    return entered


def test_no_replay_is_opened_at_a_place_of_it() -> None:
    assert "replay" not in painted(counted())


def test_an_axis_that_counts_has_whole_numbers() -> None:
    plan = painted(counted())
    assert plan["ticks"] == [[1, "1"], [2, "2"], [3, "3"]]
    assert plan["clock"] == "turn"
    assert [track["high"] for track in plan["tracks"]] == ["0.25 1", "0.5 0.5"]
    assert said(plan)[:2] == ["turn 1, ready: 1.", "turn 3, ready: 4."]


def test_the_png_says_the_same() -> None:
    assert texts(counted()) == [
        *("1", "2", "3", "turn"),
        *("ready", "1", "4", "scheduled", "2", "2"),
    ]
    assert set(texts(one_of_each())) > {"A family", "parent", "child", "sees None", "sees 1"}
    assert "sees None" not in texts_where_there_is_no_room()
    data, metadata = described(counted(), "Words.")._repr_mimebundle_()
    assert data["image/png"].startswith(b"\x89PNG")
    assert metadata["image/png"]["alt"] == "Words."


def texts_where_there_is_no_room() -> list[str]:
    sketch = Sketch()
    row = sketch.row("narrow")
    row.bar(0, 0.01, "sees None")
    row.dot(1)
    return texts(sketch)


@pytest.mark.parametrize("sketch", [Sketch(), Sketch(counts=True)])
def test_one_of_nothing_is_shown(sketch: Sketch) -> None:
    assert painted(sketch)["rows"] == []
    sketch.row("nothing")
    assert painted(sketch)["rows"][0]["label"] == "nothing"


def test_it_says_what_is_wrong() -> None:
    row = Sketch().row("one")
    row.bar(0, 0.1)
    with pytest.raises(ValueError, match=r"follow each other: 0\.05 to 0\.2, after 0\.1"):
        row.bar(0.05, 0.2)
    with pytest.raises(ValueError, match="follow each other"):
        row.bar(0.3, 0.2)
    with pytest.raises(TypeError, match="takes a name for its axis, a text, not 3"):
        Sketch(3)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="a level is a number from 0 on"):
        row.bar(0.1, 0.2, level=-1)
    for place in (math.nan, math.inf):
        with pytest.raises(ValueError, match="a place on the axis is a number"):
            row.dot(place)
