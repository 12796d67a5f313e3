"""The gate over the notebooks fails on everything it is there for, and passes what is right.

Each case is a small notebook. All run once, with the gate's own settings but for a shorter cell
timeout, and each test reads what the gate said about its notebook.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_output

from authoring.kernel import ROOT
from authoring.site.staging import PAINTED
from course_helpers.exercises import on_a_page
from course_helpers.exercises.on_a_page import Order
from tests.notebooks.building import code, error, picture, save, stderr, unexecuted

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(330),
]


def painted(lane: str, end: float) -> dict[str, str]:
    """What a cell shows of a picture which the page paints."""
    plan = {"real": False, "rows": [{"label": lane}], "tracks": [{"row": 0, "end": end}]}
    return {PAINTED: json.dumps([plan])}


def shows(shown: dict[str, str], stored: dict[str, str]) -> NotebookNode:
    """A cell that shows one thing, and has stored another."""
    return code(f"display({shown!r}, raw=True)", outputs=[new_output("display_data", data=stored)])


def asks(cell: int, right: str = "B") -> dict[str, str]:
    """What a cell shows of a question which pages without a kernel ask."""
    before = f"”. Before that, main() printed “{right}”, at 0 s (line 1 of In [{cell}])."
    stored: Order = {
        "kind": "order",
        "question": "?",
        "lines": ["A", "B"],
        "printed": [right, "A"],
        "right": "Right.",
        "differences": [("As line 1 you said “", before)],
        "why": {},
    }
    return {on_a_page.MIME: on_a_page.encoded(stored)}


RIGHT = [
    # A second run counts on.
    shows(shown=asks(7), stored=asks(1)),
    # Pythons differ in how many steps there are.
    shows(shown=painted("A", end=2), stored=painted("A", end=1)),
    code("import asyncio, sys"),
    code("await asyncio.sleep(0)\nprint('done')", "done\n"),
    code('%%script "{sys.executable}"\nprint("a process")', "a process\n"),
    code(
        "raise ValueError('meant')",
        tags=["raises-exception"],
        outputs=[error("ValueError", "meant")],
    ),
]

WRONG_CELLS = [
    ("a printed line changed", "Cell outputs differ", code("print('300')", "299\n")),
    (
        "a picture is gone",
        "It shows 0 pictures; 1 are stored.",
        code("display({'text/plain': 'picture'}, raw=True)", outputs=[picture()]),
    ),
    (
        "a painted picture has another lane",
        "Cell outputs differ",
        shows(shown=painted("B", end=1), stored=painted("A", end=1)),
    ),
    (
        "a question has another answer",
        "Cell outputs differ",
        shows(shown=asks(1, "A"), stored=asks(1)),
    ),
    ("an error where none is stored", "ended in an exception", code("1 / 0")),
    # Its output is not compared: the kernel's reply is the only sign left.
    (
        "an uncaught ExceptionGroup",
        "ended in an exception",
        code("raise ExceptionGroup('many', [ValueError()])", tags=["nbval-ignore-output"]),
    ),
    (
        "an uncaught ExceptionGroup from a TaskGroup",
        "ended in an exception",
        code(
            "import asyncio\n"
            "async def fails():\n    raise ValueError\n"
            "async with asyncio.TaskGroup() as group:\n    group.create_task(fails())",
            tags=["nbval-ignore-output"],
        ),
    ),
    ("meant to raise and does not", "raised nothing", code("x = 1", tags=["raises-exception"])),
    (
        "stderr, though not compared",
        "wrote to stderr",
        code("import sys\nprint('oh', file=sys.stderr)", tags=["nbval-ignore-output"]),
    ),
    (
        "stderr, as stored",
        "wrote to stderr",
        code("print('oh', file=sys.stderr)", outputs=[stderr("oh\n")]),
    ),
]

WRONG_NOTEBOOKS = {
    "hangs": (
        [code("print('first')", "first\n"), code("import asyncio\nawait asyncio.sleep(3600)")],
        "cell [2]",
        "Timeout of 8 seconds exceeded",
    ),
    "leaves_a_task": (
        [code("import asyncio\nleft = asyncio.create_task(asyncio.sleep(60), name='mine')")],
        "leaves no task behind",
        "mine (sleep)",
    ),
    "fails_the_second_time": (
        [code("assert 'ran' not in globals()\nran = True")],
        "runs twice",
        "AssertionError",
    ),
    "prints_otherwise_the_second_time": (
        [code("print('ran' in globals())\nran = True", "False\n")],
        "runs twice",
        "Cell outputs differ",
    ),
    "never_executed": ([unexecuted("print('anything')")], "cell [1]", "no stored outputs"),
}


class Verdict(NamedTuple):
    """What the gate said: its exit status, the notebooks it looked at, and each failure's text."""

    status: int
    notebooks: set[str]
    failures: dict[tuple[str, str], str]
    output: str


SETTINGS = "authoring/nbval.ini"


def run_gate(folder: Path, *options: str) -> Verdict:
    """Run the gate over a folder as it is run over the course, with `options` besides."""
    report = folder / "report.xml"
    options = (f"--junitxml={report}", *options)
    process = subprocess.run(
        [sys.executable, "-m", "pytest", "-c", SETTINGS, folder, *options],
        cwd=ROOT,
        env={key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    notebooks = set()
    failures = {}
    for case in ElementTree.parse(report).getroot().iter("testcase"):
        notebook = case.attrib["classname"].split(".")[-2]
        notebooks.add(notebook)
        for failure in (*case.findall("failure"), *case.findall("error")):
            failures[notebook, case.attrib["name"]] = failure.text or ""
    return Verdict(process.returncode, notebooks, failures, process.stdout + process.stderr)


@pytest.fixture(scope="module")
def verdict(tmp_path_factory: pytest.TempPathFactory) -> Verdict:
    folder = tmp_path_factory.mktemp("notebooks")
    save(RIGHT, folder / "right.ipynb")
    save([cell for _, _, cell in WRONG_CELLS], folder / "wrong_cells.ipynb")
    for name, (cells, _, _) in WRONG_NOTEBOOKS.items():
        save(cells, folder / f"{name}.ipynb")
    return run_gate(folder, "--nbval-cell-timeout=8")


@pytest.mark.parametrize(
    ("number", "words"),
    [
        pytest.param(number, words, id=case)
        for number, (case, words, _) in enumerate(WRONG_CELLS, 1)
    ],
)
def test_fails_a_wrong_cell(verdict: Verdict, number: int, words: str) -> None:
    assert words in verdict.failures["wrong_cells", f"cell [{number}]"]


@pytest.mark.parametrize("name", WRONG_NOTEBOOKS)
def test_fails_a_wrong_notebook(verdict: Verdict, name: str) -> None:
    _, check, words = WRONG_NOTEBOOKS[name]
    failures = {
        c: failure for (notebook, c), failure in verdict.failures.items() if notebook == name
    }
    assert list(failures) == [check]
    assert words in failures[check]


def test_passes_a_right_notebook_and_fails_as_a_whole(verdict: Verdict) -> None:
    assert verdict.notebooks == {"right", "wrong_cells", *WRONG_NOTEBOOKS}
    assert not [check for notebook, check in verdict.failures if notebook == "right"]
    assert verdict.status == pytest.ExitCode.TESTS_FAILED


def test_fails_if_there_is_no_notebook(tmp_path: Path) -> None:
    assert run_gate(tmp_path, "--numprocesses=0").status == pytest.ExitCode.NO_TESTS_COLLECTED


def test_refuses_several_files_whose_cells_it_cannot_tell_apart(tmp_path: Path) -> None:
    files = [tmp_path / "one.ipynb", tmp_path / "other.ipynb"]
    for file in files:
        save(RIGHT, file)
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-c", ROOT / "authoring" / "nbval.ini", "-n0", *files],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == pytest.ExitCode.USAGE_ERROR
    assert "name one notebook, or the folder" in run.stderr
