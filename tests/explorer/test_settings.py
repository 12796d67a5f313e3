"""An explorer's stored settings: few, each with what is shown there, first the present one."""

from __future__ import annotations

import asyncio
import html
import json
from typing import Any

import ipywidgets
import pytest

from course_helpers import Recording, Sketch, described, explore
from course_helpers.explorer.questions import Questions
from course_helpers.explorer.settings import CHOICES, MOST, settings
from tests.explorer.programs import increments


def explorer(**options: Any) -> Any:
    return explore(
        increments, workers=(1, 10), hold=(0.0, 0.1, 0.01), use_lock=True, units={"hold": "s"},
        show={"tasks": lambda recording: len(recording.tasks)}, **options,
    )  # fmt: skip


def test_a_check_box_is_stored_in_all_combinations_and_sliders_one_at_a_time() -> None:
    stored = explorer().settings()
    labels = [knob["label"] for knob in stored["knobs"]]
    assert labels == ["workers", "count", "hold (s)", "use_lock"]
    assert stored["together"] == [3]
    begin = [knob["begin"] for knob in stored["knobs"]]
    ats = [list(one["at"]) for one in stored["settings"]]
    assert ats[0] == begin
    for at in ats:
        assert sum(one != first for one, first in zip(at[:3], begin[:3], strict=True)) <= 1
    positions = [len(knob["texts"]) for knob in stored["knobs"]]
    assert len(ats) == 2 * (1 + sum(count - 1 for count in positions[:3]))
    assert len(ats) <= MOST


def test_choices_are_stored_in_all_combinations_while_there_is_room() -> None:
    knobs = {name: ipywidgets.Dropdown(options=[1, 2, 3, 4], value=1) for name in "abc"}
    stored = settings(knobs, (), lambda setting: {})
    assert len(stored["together"]) == 1  # two together would be 16 × (1 + 3)
    assert len(stored["settings"]) == 4 * (1 + 3 + 3)


def test_a_setting_shows_what_the_explorer_shows_there() -> None:
    made = explorer()
    stored = made.settings()
    assert json.loads(json.dumps(stored)) == json.loads(json.dumps(made.settings()))
    workers = stored["knobs"][0]
    at = [workers["texts"].index("10"), *(knob["begin"] for knob in stored["knobs"][1:])]
    [there] = [one for one in stored["settings"] if list(one["at"]) == at]
    said, figures, _ = there["words"]
    made._widgets["workers"].value = 10
    assert f"Result: {made.recording.result}" in said
    assert f"<td>{len(made.recording.tasks)}</td>" in figures
    [plan] = there["pictures"]
    assert plan["name"] == "Explorer of increments at workers = 10, " + ", ".join(
        f"{name} = {value}" for name, value in made.knobs.items() if name != "workers"
    ) + "."  # fmt: skip
    assert len([row for row in plan["rows"] if row["label"].startswith("worker")]) == 10


def test_what_a_notebook_draws_itself_is_apart_from_the_timeline() -> None:
    def tasks(recording: Recording) -> Any:
        drawn = Sketch("task", counts=True)
        drawn.row("tasks").bar(1, len(recording.tasks))
        return described(drawn, "One bar, as long as there are tasks.")

    stored = explore(increments, workers=(1, 3), show=tasks).settings()
    for one in stored["settings"]:
        assert [len(one["pictures"]), *map(len, one["figures"])] == [1, 1]


def test_the_setting_of_a_question_is_stored_whatever_it_turns() -> None:
    stored = explorer(questions=[("Nine and no time?", {"workers": 9, "hold": 0})]).settings()
    [question] = stored["questions"]
    texts = [
        knob["texts"][place] for knob, place in zip(stored["knobs"], question["at"], strict=True)
    ]
    assert (texts[0], texts[2], texts[3]) == ("9", "0.00", "True")
    assert question["at"] in [one["at"] for one in stored["settings"]]


def test_choices_keep_their_labels_and_what_has_one_position_has_no_knob() -> None:
    async def main(way: Any, text: str = "as it is", number: int = 2) -> Any:
        return way(number)

    ways = {"negative": lambda number: -number, "as it is": lambda number: number}
    stored = explore(main, way=ways, number=(1, 2)).settings()
    way, number = stored["knobs"]
    assert (way["kind"], way["texts"]) == ("choice", ["negative", "as it is"])
    assert (number["kind"], number["texts"]) == ("slider", ["1", "2"])
    results = [one["words"][0].partition("Result: ")[2][:2] for one in stored["settings"]]
    assert sorted(results) == ["-1", "-2", "1<", "2<"]


def test_a_text_that_a_question_asks_for_is_a_position_beside_that_where_it_begins() -> None:
    async def main(n: int = 1, text: str = "a", other: str = "only") -> str:
        return n * text

    asked: Questions = [("With b?", {"text": "b"}), ("b twice?", {"n": 2, "text": "b"})]
    stored = explore(main, n=(1, 3), text="a", questions=asked).settings()
    assert [knob["label"] for knob in stored["knobs"]] == ["n", "text"]
    assert stored["knobs"][1]["texts"] == ["'a'", "'b'"]
    results = {
        tuple(one["at"]): html.unescape(one["words"][0].partition("Result: ")[2])
        for one in stored["settings"]
    }
    first, second = [results[tuple(question["at"])] for question in stored["questions"]]
    assert first.startswith("'b'")
    assert second.startswith("'bb'")


def test_of_a_choice_of_many_some_are_stored_and_those_that_are_wanted() -> None:
    async def main(number: int = 123) -> int:
        return number

    asked = [("And 77?", {"number": 77})]
    stored = explore(main, number=list(range(500)), questions=asked).settings()
    [number] = stored["knobs"]
    assert number["kind"] == "choice"
    assert {"0", "77", "123", "499"} <= set(number["texts"])
    assert len(number["texts"]) == CHOICES + 2
    assert number["texts"] == sorted(number["texts"], key=int)
    few = explore(main, number=[1, 123]).settings()
    assert few["knobs"][0]["texts"] == ["1", "123"]


def test_a_question_for_what_a_knob_does_not_have_names_the_knob() -> None:
    made = explorer(questions=[("Perhaps?", {"use_lock": "perhaps"})])
    with pytest.raises(LookupError, match="use_lock has no position 'perhaps'"):
        made.settings()


def test_a_setting_at_which_the_program_fails_has_its_sentence() -> None:
    async def main(number: int = 1) -> float:
        return 1 / number

    stored = explore(main, number=(0, 2)).settings()
    assert "ZeroDivisionError" in stored["settings"][1]["words"][0]


def test_a_program_by_the_real_clock_has_none() -> None:
    async def make() -> Any:
        return explore(increments, clock="real")

    with pytest.raises(RuntimeError, match="real clock"):
        asyncio.run(make()).settings()
