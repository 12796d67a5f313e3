"""The cells of exercises are those of their answers files, and nobody has answered them."""

from __future__ import annotations

import ast
import asyncio
import re
from itertools import pairwise
from typing import Any

import nbformat
import pytest

from authoring.kernel import NOTEBOOKS
from authoring.practice import PRACTICE, practice, sources, stem, topics, with_warm_up
from authoring.reading import Page
from authoring.standards import links, stored_outputs
from course_helpers import predict
from course_helpers.exercises import store
from course_helpers.exercises.exercise import Exercise
from course_helpers.exercises.predictions import ChoiceQuestion

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
    asked = [cell for cell in page.code if "predict." in cell.source and "name=" in cell.source]
    checked = [cell for cell in page.code if ".check(" in cell.source]
    assert [cell for cell in checked if UNTOUCHED not in str(cell.outputs)] == []
    # A question is stored without its answer.
    assert [cell for cell in asked if "your answer" in str(cell.outputs)] == []
    # What it explains gives the answer away.
    assert [cell for cell in asked if not cell.node.metadata["jupyter"]["source_hidden"]] == []
    told = next(cell for cell in page.cells if "Three sentences to remember" in cell.source)
    assert told.source.startswith("<details>")
    assert page.cells.index(told) > page.cells.index(asked[-1])


@pytest.mark.parametrize(("topic", "exercises"), PRACTISED, ids=str)
def test_what_is_asked_to_be_remembered_has_one_true_answer(
    topic: str, exercises: list[Exercise], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(store.VARIABLE, "off")
    cells = practice(topic, exercises).cells
    sources = [
        f"{program.source}\n{cell.source}"
        for program, cell in pairwise(cells)
        if "predict.choose(" in cell.source
    ]
    assert len(sources) >= 3
    names = [name for source in sources for name in re.findall(r'name="(.*?)"', source)]
    assert len(set(names)) == len(sources)
    for source in sources:
        question = eval_last(source)
        right = [option for option in question.options if is_true(question, option)]
        assert len(right) == 1, source


def eval_last(source: str) -> ChoiceQuestion:
    """What a cell's last line gives, as in a notebook."""
    *statements, last = ast.parse(source).body
    assert isinstance(last, ast.Expr)
    space: dict[str, Any] = {"asyncio": asyncio, "predict": predict}
    exec(compile(ast.Module(statements, []), "cell.py", "exec"), space)
    question = eval(compile(ast.Expression(last.value), "cell.py", "eval"), space)
    assert isinstance(question, ChoiceQuestion)
    return question


def is_true(question: ChoiceQuestion, option: str) -> bool:
    _, truths, _ = question._truth()
    return truths[option]


@pytest.mark.parametrize(("topic", "exercises"), TOPICS, ids=str)
def test_a_topic_has_its_warm_up(topic: str, exercises: list[Exercise]) -> None:
    page = nbformat.read(NOTEBOOKS / f"{stem(topic)}.ipynb", as_version=4)
    (warm_up,) = [one for one in exercises if one.level == "warm-up"]
    assert sources(page) == sources(with_warm_up(page, warm_up, topic)), "course.py exercises"


def test_every_practice_notebook_belongs_to_a_topic() -> None:
    assert {path.stem for path in PRACTICE.glob("*.ipynb")} == {
        stem(topic) for topic, _ in PRACTISED
    }
