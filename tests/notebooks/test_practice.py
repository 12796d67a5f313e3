"""The cells of exercises are those of their answers files, and nobody has answered them."""

from __future__ import annotations

import pytest

from authoring.practice import PRACTICE, practice, sources, stem, topics
from authoring.reading import Page
from authoring.standards import links, stored_outputs
from course_helpers.exercises.exercise import Exercise

TOPICS = list(topics())
UNTOUCHED = "○ Not changed yet: this is the code as it was given."


@pytest.mark.parametrize(("topic", "exercises"), TOPICS, ids=str)
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
    assert sum(UNTOUCHED in str(cell.outputs) for cell in page.code) == len(page.code) - 2


def test_every_practice_notebook_belongs_to_a_topic() -> None:
    assert {path.stem for path in PRACTICE.glob("*.ipynb")} == {stem(topic) for topic, _ in TOPICS}
