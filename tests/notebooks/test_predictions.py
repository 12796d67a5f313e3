"""The questions of the notebooks: each has one right answer, and a reason for each wrong one."""

from __future__ import annotations

import ast
import linecache
from collections.abc import Iterator
from typing import Any

import nbformat
import pytest

from authoring.kernel import NOTEBOOKS
from course_helpers.exercises import store
from course_helpers.exercises.game import Game
from course_helpers.exercises.happening import happened, printed
from course_helpers.exercises.places import PREDICTIONS, predictions
from course_helpers.exercises.predictions import ChoiceQuestion, OrderQuestion

pytestmark = pytest.mark.usefixtures("unpainted")


@pytest.fixture(autouse=True)
def no_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(store.VARIABLE, "off")


def asked(topic: str) -> Iterator[Any]:
    """A notebook's questions and games, made anew at each `next`: only what they need is run."""
    (path,) = NOTEBOOKS.glob(f"[0-9][0-9]_{topic}.ipynb")
    space: dict[str, Any] = {"__name__": "__main__"}
    for number, cell in enumerate(nbformat.reads(path.read_text("utf-8"), 4).cells):
        if cell.cell_type != "code" or cell.source.startswith("%%"):
            continue
        file = f"{topic}, cell {number}.py"
        linecache.cache[file] = (len(cell.source), None, cell.source.splitlines(True), file)
        tree = ast.parse(cell.source, file)
        last = tree.body[-1]
        tree.body = [
            part
            for part in tree.body
            if isinstance(
                part,
                ast.Import | ast.ImportFrom | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef,
            )
        ]
        exec(compile(tree, file, "exec"), space)
        called = ast.unparse(last.value.func) if is_call(last) else ""
        if called.startswith("predict.") or called == "play":
            yield compile(ast.Expression(last.value), file, "eval"), space


def is_call(part: ast.stmt) -> bool:
    return isinstance(part, ast.Expr) and isinstance(part.value, ast.Call)


@pytest.mark.parametrize("topic", PREDICTIONS)
def test_each_question_has_one_right_answer_and_says_why_others_are_wrong(topic: str) -> None:
    names = []
    for question, space in asked(topic):
        shown = eval(question, space)
        names.append(shown.name)
        if isinstance(shown, ChoiceQuestion):
            says = []
            for option in shown.options:
                one = eval(question, space)
                one.pick(option)
                one.submit()
                assert one.comparison is not None, one.shown
                if not one.comparison.right:
                    assert one.comparison.says[-1], f"{option}: no reason"
                says.append(one.comparison.right)
            assert says.count(True) == 1, (shown.text, says)
        elif isinstance(shown, OrderQuestion):
            lines = [line.what for line in printed(happened(shown.program))]
            for line in lines:
                shown.press(line)
            shown.submit()
            assert shown.comparison is not None
            assert shown.comparison.right
            assert lines != sorted(lines), "the order of the alphabet is right"
        else:
            assert isinstance(shown, Game)
            shown.try_all()
            assert not shown.says.startswith("0 of"), "the rule cannot be broken"
    assert names == predictions(topic)
