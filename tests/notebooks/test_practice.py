"""The cells of exercises are those of their answers files, and nobody has answered them."""

from __future__ import annotations

import nbformat
import pytest

from authoring.kernel import NOTEBOOKS
from authoring.practice import PRACTICE, practice, sources, stem, topics, with_warm_up
from authoring.reading import Page
from authoring.standards import links, stored_outputs
from course_helpers.exercises.exercise import Exercise

TOPICS = list(topics())
PRACTISED = [pair for pair in TOPICS if any(one.level != "warm-up" for one in pair[1])]
UNTOUCHED = "○ Not changed yet: this is the code as it was given."


@pytest.mark.parametrize(("topic", "exercises"), PRACTISED, ids=str)
def test_a_practice_notebook_is_as_the_command_writes_it(
    topic: str, exercises: list[Exercise]
) -> None:
    path = PRACTICE / f"{stem(topic)}.ipynb"
    page = Page.read(path)
    assert sources(page.notebook) == sources(practice(topic, exercises)), "course.py exercises"
    assert not [*stored_outputs(page), *links(page)]
    assert 20 <= page.course["minutes"] <= 35
    words = sum(len(cell.source.split()) for cell in page.cells if cell.kind == "markdown")
    assert words <= 900
    assert not [out for cell in page.code for out in cell.outputs if "image/png" in out.data]
    hunts = sum("to blame. Name" in str(cell.outputs) for cell in page.code)
    assert hunts == sum(bool(one.answers.guilty) for one in exercises)
    assert sum(UNTOUCHED in str(cell.outputs) for cell in page.code) == len(page.code) - 2 - hunts


@pytest.mark.parametrize(("topic", "exercises"), TOPICS, ids=str)
def test_a_topic_has_its_warm_up(topic: str, exercises: list[Exercise]) -> None:
    page = nbformat.read(NOTEBOOKS / f"{stem(topic)}.ipynb", as_version=4)
    (warm_up,) = [one for one in exercises if one.level == "warm-up"]
    assert sources(page) == sources(with_warm_up(page, warm_up, topic)), "course.py exercises"


def test_every_practice_notebook_belongs_to_a_topic() -> None:
    assert {path.stem for path in PRACTICE.glob("*.ipynb")} == {
        stem(topic) for topic, _ in PRACTISED
    }
