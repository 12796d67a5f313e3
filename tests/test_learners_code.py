"""Whose code it is, and what its files and lines are called."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
from pathlib import Path
from types import CodeType

import pytest

from course_helpers import learners_code, record
from course_helpers.explorer.run import run
from course_helpers.learners_code import Owner, line_words, owner_of, short_file


@dataclasses.dataclass
class Order:
    number: int


def made_up(file: str, source: str = "def f(): ...") -> CodeType:
    """The code of the function in a source."""
    constants = compile(source, file, "exec").co_consts
    return next(part for part in constants if isinstance(part, CodeType))


BESIDE_THE_PACKAGE = str(Path(learners_code.__file__).parents[1] / "mine.py")


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (made_up.__code__, Owner.LEARNER),
        (asyncio.sleep.__code__, Owner.ASYNCIO),
        (contextlib.AsyncExitStack.aclose.__code__, Owner.LIBRARY),
        (pytest.fixture.__code__, Owner.LIBRARY),
        (record.__init__.__code__, Owner.PACKAGE),
        (Order.__init__.__code__, Owner.LIBRARY),  # dataclasses made it, of a text
        (made_up("<stdin>"), Owner.LEARNER),
        (made_up("<string>", "async def f(): ..."), Owner.LEARNER),
        (made_up("<frozen importlib>"), Owner.LIBRARY),
        (made_up("/home/me/asyncio_homework.py"), Owner.LEARNER),
        (made_up("/home/me/course_helpers_notes.py"), Owner.LEARNER),
        (made_up(BESIDE_THE_PACKAGE), Owner.LEARNER),
        (made_up("/tmp/ipykernel_7/123.py"), Owner.LEARNER),
    ],
)
def test_owners(code: CodeType, expected: Owner) -> None:
    assert owner_of(code) is expected


def test_names_of_files_and_lines() -> None:
    assert short_file("/home/me/bank.py") == "bank.py"
    assert short_file("/home/me/bank.py", ["/home/me/old/bank.py"]) == "me/bank.py"
    assert short_file("/tmp/ipykernel_7/123.py") == "notebook cell"
    assert short_file("In [3]") == "In [3]"
    assert short_file("") == ""
    assert line_words(7, "/home/me/bank.py", ["/home/me/bank.py"]) == "line 7"
    assert line_words(7, "/home/me/bank.py", ["/home/me/shop.py"]) == "line 7 of bank.py"


def test_an_explored_program_fails_in_a_line_of_its_own() -> None:
    async def load() -> None:
        json.loads("{")  # raised in the standard library, at a line of its own

    sentence = run(load, {}, {}).sentence
    assert sentence.endswith(f"(line {load.__code__.co_firstlineno + 1} of load)")


def test_a_module_of_the_learners_that_is_called_like_asyncio() -> None:
    module: dict[str, object] = {"__name__": "asyncio_homework"}
    exec(compile("async def load():\n    1 / 0\n", "asyncio_homework.py", "exec"), module)
    assert run(module["load"], {}, {}).sentence.endswith("(line 2 of load)")  # type: ignore[arg-type]
