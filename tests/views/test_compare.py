"""Two recordings on one axis, and the sentence that says what is different."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from course_helpers import compare
from course_helpers.recording.model import Ending, Recording
from course_helpers.simulation import simulate
from course_helpers.views.drawing.comparison import ComparisonPicture
from tests.views.builder import Builder
from tests.views.test_timeline import texts


def run(clock: str = "virtual", /, **seconds: float) -> Recording:
    """A program whose tasks, by name, sleep so long."""
    made = Builder(clock)
    longest = max(seconds.values())
    main = made.task("main(1)", ("task", "gather", longest))
    for name, length in seconds.items():
        made.task(name, ("sleep", "sleep", length), parent=main)
    return made.recording()


def said(before: Recording, after: Recording) -> str:
    return compare(before, after).sentence


def test_it_says_what_became_shorter_and_what_longer() -> None:
    sentence = said(run(A=1, B=2, C=1), run(A=0.75, B=1, C=1.5))
    assert sentence == (
        "The run takes 1.5 s instead of 2 s:"
        " B is shorter by 1 s and A by 0.25 s; C is longer by 0.5 s."
    )


def test_it_says_what_is_the_same() -> None:
    assert said(run(A=1), run(A=1)) == "The run takes 1 s, as before."


def test_what_is_new_and_what_is_gone() -> None:
    sentence = said(run(A=1, B=1, C=1), run(A=1, D=1))
    assert sentence == "The run takes 1 s, as before: D is new; B and C are gone."


def test_more_tasks_than_can_be_named_are_counted() -> None:
    before, after = dict.fromkeys("ABCDEF", 2.0), dict.fromkeys("ABCDEF", 1.0)
    assert "A is shorter by 1 s, B by 1 s, C by 1 s and 3 more." in said(
        run(**before), run(**after)
    )


def test_the_real_clock_has_noise() -> None:
    assert said(run("real", A=1.00), run("real", A=1.02)) == "The run takes 1.02 s, as before."
    assert "A is longer by 0.2 s" in said(run("real", A=1.0), run("real", A=1.2))


def test_another_end_is_said() -> None:
    made = Builder()
    main = made.task("main()", ("task", "gather", 1.0), ending=Ending.ALIVE)
    made.task("A", ("lock", "Lock.acquire", 1.0, 0), parent=main, ending=Ending.ALIVE)
    made.resource("lock", "Lock", (0, (), 0), (0, (0,), 1))
    sentence = said(made.recording(1.0), run(A=0.5))
    assert sentence == (
        "The run takes 0.5 s instead of 1 s: main(1) and A are done, not left waiting."
    )


def test_the_program_is_the_same_whatever_it_is_called() -> None:
    async def bug() -> None:
        await asyncio.sleep(2)

    async def mend() -> None:
        await asyncio.sleep(1)

    assert said(simulate(bug()), simulate(mend())) == "The run takes 1 s instead of 2 s."


def test_both_are_on_one_axis_with_one_legend() -> None:
    figure = compare(run(A=1), run(A=0.5))
    before, after = figure.axes
    assert before.get_xlim() == after.get_xlim()
    assert before.get_position().x0 == after.get_position().x0
    assert before.get_position().x1 == after.get_position().x1
    assert before.get_position().y0 > after.get_position().y1
    shown = texts(figure)
    assert shown.count("sleeping") == 1
    assert shown.count("the run before") == 1
    assert {"before", "after", figure.sentence} <= set(shown)


@pytest.mark.parametrize("options", [{}, {"dark": True}, {"projector": True}])
def test_the_output_is_a_picture_with_an_alternative(options: dict[str, Any]) -> None:
    figure = compare(run(A=1), run(A=0.5), **options)
    assert isinstance(figure, ComparisonPicture)
    data, metadata = figure._repr_mimebundle_()
    assert data["image/png"].startswith(b"\x89PNG")
    alternative = metadata["image/png"]["alt"]
    assert figure.sentence in alternative
    assert alternative.count("Timeline of 2 tasks") == 2


def test_something_else_than_a_recording_is_refused() -> None:
    with pytest.raises(TypeError, match="compare"):
        compare(run(A=1), 3)  # type: ignore[arg-type]
