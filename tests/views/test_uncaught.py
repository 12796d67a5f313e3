"""In a real kernel: a cell that ends in a deadlock shows its picture, once."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import nbformat
import pytest
from nbclient.client import NotebookClient

from course_helpers.simulation import Deadlock, simulate
from course_helpers.views.page.picture import MIME
from course_helpers.views.uncaught import stopped_in
from tests.kernels import Kernel, started

SETUP = (
    "import asyncio\n"
    "from IPython.display import display\n"
    "from course_helpers import Deadlock, simulate, timeline\n"
    "async def waiting():\n"
    "    await asyncio.Event().wait()\n"
    "async def spinning():\n"
    "    while True:\n"
    "        await asyncio.sleep(1)\n"
)


@pytest.fixture(scope="module")
def kernel() -> Iterator[Kernel]:
    with started() as kernel:
        kernel.run(SETUP)
        yield kernel


def outputs(kernel: Kernel, cell: str) -> list[str]:
    """What a cell shows: texts that it prints, names of errors, and pictures by what they say."""
    shown: list[str] = []
    message = kernel.client.execute(cell, stop_on_error=False)
    while True:
        answer = kernel.client.get_iopub_msg(timeout=60)
        content: Any = answer["content"]
        if answer["parent_header"].get("msg_id") != message:
            continue
        if answer["msg_type"] == "status" and content["execution_state"] == "idle":
            return shown
        if answer["msg_type"] == "error":
            shown.append(content["ename"])
        elif answer["msg_type"] == "stream":
            shown.append(content["text"])
        elif "data" in content:
            assert "image/png" in content["data"]
            shown.append(content["metadata"]["image/png"]["alt"].partition(":")[0])


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("simulate(waiting())", ["Deadlock", 1]),
        ("await asyncio.sleep(0)\nsimulate(waiting())", ["Deadlock", 1]),
        ("simulate(spinning(), steps=20)", ["LimitExceeded", 1]),
        ("try:\n    simulate(waiting())\nexcept Deadlock as e:\n    error = e", []),
        ("raise error", ["Deadlock", 1]),
        ("raise error  # once more", ["Deadlock", 1]),
        ("display(timeline(error.recording))\nraise error", [1, "Deadlock"]),
        ("display(error.recording)\nraise error", [1, "Deadlock"]),
        ("display(timeline(error.recording))", [1]),
        ("raise ValueError", ["ValueError"]),
    ],
)
def test_a_cell_that_ends_in_it(kernel: Kernel, cell: str, shown: list[Any]) -> None:
    seen = outputs(kernel, cell)
    assert [1 if each.startswith("Timeline") else each for each in seen] == shown


def test_it_is_found_in_a_group_of_exceptions() -> None:
    with pytest.raises(Deadlock) as raised:
        simulate(waits())
    nested = ExceptionGroup("", [ValueError(), ExceptionGroup("", [raised.value])])
    assert stopped_in(nested) is raised.value
    assert stopped_in(ExceptionGroup("", [ValueError()])) is stopped_in(None) is None


async def waits() -> None:
    await asyncio.Event().wait()


@pytest.mark.slow
def test_what_is_stored_in_a_notebook() -> None:
    cell = nbformat.v4.new_code_cell("simulate(waiting())")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(SETUP), cell])
    NotebookClient(notebook, allow_errors=True).execute()
    error, picture = cell.outputs
    assert error.ename == "Deadlock"
    assert picture.output_type == "display_data"
    assert set(picture.data) == {MIME, "image/png", "text/plain"}
    assert picture.metadata["image/png"]["alt"].startswith("Timeline")


@pytest.mark.slow
def test_a_script_and_plain_python_print_the_message_only() -> None:
    script = SETUP.replace("from IPython.display import display\n", "") + "simulate(waiting())"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert run.stdout == ""
    assert "Deadlock: after 0 s every task waits" in run.stderr
