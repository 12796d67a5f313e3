"""Questions beside the knobs: ticked off when the setting that answers them was visited."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest

from course_helpers import explore
from course_helpers.explorer.resting import is_resting
from tests.explorer.programs import increments
from tests.explorer.test_explore import button, from_a_thread, knob, shown, until, widgets_of

ASKED: list[tuple[str, dict[str, Any]]] = [
    ("What do six workers do?", {"workers": 6}),
    ("And without the lock, in no time?", {"use_lock": False, "hold": 0.0}),
]


def signs(explorer: Any) -> list[str]:
    """The sign of each question, in order."""
    values = [str(getattr(one, "value", "")) for one in widgets_of(explorer)]
    [questions] = [value for value in values if 'class="questions"' in value]
    return re.findall("[○✓]", questions)


def test_a_question_is_ticked_off_at_the_setting_that_answers_it_and_stays_so() -> None:
    explorer = explore(increments, workers=(1, 10), hold=(0.0, 0.1, 0.01), questions=ASKED)
    assert "What do six workers do?" in shown(explorer)
    assert signs(explorer) == ["○", "○"]
    knob(explorer, "workers").value = 5
    assert signs(explorer) == ["○", "○"]
    knob(explorer, "workers").value = 6
    assert signs(explorer) == ["✓", "○"]
    assert "You have seen: What do six workers do?" in shown(explorer)
    knob(explorer, "use_lock").value = False
    assert signs(explorer) == ["✓", "○"]
    assert "You have seen" not in shown(explorer)
    knob(explorer, "hold").value = 0.0
    assert signs(explorer) == ["✓", "✓"]
    explorer.reset()
    assert signs(explorer) == ["✓", "✓"]


def test_a_position_that_the_page_adds_up_is_the_one_that_was_asked_for() -> None:
    async def nap(hold: float = 0.05) -> None:
        await asyncio.sleep(hold)

    explorer = explore(nap, hold=(0.05, 1.0, 0.05), questions=[("Longer?", {"hold": 0.15})])
    knob(explorer, "hold").value = 0.05 + 2 * 0.05
    assert signs(explorer) == ["✓"]


def test_a_setting_that_was_added_up_is_the_position_that_is_as_near_as_that() -> None:
    async def nap(hold: float = 0.1) -> None:
        await asyncio.sleep(hold)

    explorer = explore(nap, hold=(0.1, 1.0, 0.1), questions=[("Longer?", {"hold": 0.1 + 0.2})])
    knob(explorer, "hold").value = 0.3
    assert signs(explorer) == ["✓"]


def test_without_questions_there_is_no_list() -> None:
    values = [str(getattr(one, "value", "")) for one in widgets_of(explore(increments))]
    assert not any("<ul" in value for value in values)


def test_by_the_real_clock_a_setting_is_visited_when_it_was_run() -> None:
    async def main(n: int = 1) -> int:
        return n

    async def notebook() -> None:
        explorer = explore(main, clock="real", n=(1, 5), questions=[("Two?", {"n": 2})])
        knob(explorer, "n").value = 2
        assert signs(explorer) == ["○"]
        run = button(explorer, "Run")
        from_a_thread(run.click)
        await until(lambda: not is_resting(run))
        assert signs(explorer) == ["✓"]

    asyncio.run(notebook())


wrongly: Any = explore


@pytest.mark.parametrize(
    ("questions", "sentence"),
    [
        ("Why?", "it takes pairs"),
        ({"Why?": {"workers": 2}}, "it takes pairs"),
        (3, "it takes pairs"),
        (["Why?"], "is no pair of a text and a setting"),
        ([("Why?", {})], "is no pair of a text and a setting"),
        ([("", {"workers": 2})], "is no pair of a text and a setting"),
        ([("Why?", {"worker": 2})], "there is no knob 'worker'; the knobs are workers, count"),
        ([("Why?", {"workers": 11})], "workers cannot be turned to 11"),
        ([("Why?", {"hold": 0.015})], "hold cannot be turned to 0.015"),
        ([("Why?", {"hold": "long"})], "hold cannot be turned to 'long'"),
        ([("Why?", {"use_lock": True})], "is answered by the setting at which the knobs begin"),
    ],
)
def test_what_is_no_question_is_refused_with_a_sentence(questions: Any, sentence: str) -> None:
    with pytest.raises((TypeError, ValueError), match=sentence):
        wrongly(increments, workers=(1, 10), hold=(0.0, 0.1, 0.01), questions=questions)


def test_a_choice_that_is_not_offered_is_refused() -> None:
    async def main(kind: str = "a") -> None: ...

    with pytest.raises(ValueError, match="kind cannot be turned to 'c'"):
        explore(main, kind=["a", "b"], questions=[("C?", {"kind": "c"})])
    assert signs(explore(main, kind=["a", "b"], questions=[("B?", {"kind": "b"})])) == ["○"]


def test_a_choice_by_label_is_asked_for_by_its_value() -> None:
    async def main(waits: tuple[float, float] = (1, 1)) -> None: ...

    choices = {"none": (1, 1), "full": (0, 1)}
    explorer = explore(main, waits=choices, questions=[("Full?", {"waits": (0, 1)})])
    knob(explorer, "waits").value = (0, 1)
    assert signs(explorer) == ["✓"]
    with pytest.raises(ValueError, match="waits cannot be turned to"):
        explore(main, waits=choices, questions=[("Half?", {"waits": (0.5, 1)})])
