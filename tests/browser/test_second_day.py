"""The day after: saved, the kernel shut down, and the page loaded again."""

from __future__ import annotations

import base64
import inspect
import json
import re
from pathlib import Path
from typing import Literal

import nbformat
import pytest
from playwright.sync_api import Locator, expect

from authoring.execute import normalise
from authoring.explorers import ExplorerOnScreen
from course_helpers import explore
from tests.browser.conftest import OpenNotebook
from tests.explorer.programs import increments

CELLS = [
    "import asyncio\nfrom course_helpers import explore\n" + inspect.getsource(increments),
    "explore(increments, workers=(1, 10), hold=(0.0, 0.1, 0.01))",
]
AGAIN = "To turn the knobs, run the notebook from its top"


@pytest.fixture(params=["lab", "notebook"])
def application(request: pytest.FixtureRequest) -> Literal["lab", "notebook"]:
    return request.param  # type: ignore[no-any-return]


def expect_picture_alone(output: Locator) -> None:
    """The stored picture with its alternative text, how to get the knobs, and nothing else."""
    expect(output.get_by_text(AGAIN)).to_be_visible(timeout=15_000)
    name = "Explorer of increments at workers = 3, "
    expect(output.get_by_role("application", name=name)).to_be_visible()
    expect(output.get_by_role("application")).to_have_count(1)
    expect(output.locator("img:visible")).to_have_count(0)
    expect(output.locator(".noUi-handle:visible")).to_have_count(0)
    shown = output.inner_text()
    assert "Error" not in shown
    assert "Loading" not in shown


def test_an_explorer_comes_back_as_its_picture(
    open_notebook: OpenNotebook, application: Literal["lab", "notebook"]
) -> None:
    notebook = open_notebook(CELLS, application=application)
    notebook.run_all()
    explorer = ExplorerOnScreen(notebook.output(1))
    explorer.expect_said("Ended after")
    # While its widgets are there it shows nothing twice.
    expect(explorer.output.locator(".course-picture:visible")).to_have_count(1)
    expect(explorer.output.locator("img:visible")).to_have_count(0)
    expect(explorer.output.get_by_text(AGAIN)).to_be_hidden()
    explorer.press("workers", "ArrowRight")
    explorer.expect_said("Result: 8")
    notebook.save()

    # As long as the kernel is there, so are the knobs, at the setting where they were left.
    notebook.open()
    explorer = ExplorerOnScreen(notebook.output(1))
    expect(explorer.slider("workers")).to_have_attribute("aria-valuenow", "4.0")
    explorer.press("workers", "ArrowRight")
    explorer.expect_said("Result: 10")
    expect(explorer.output.get_by_text(AGAIN)).to_be_hidden()

    notebook.shut_down_kernel()
    notebook.open()
    expect_picture_alone(notebook.output(1))
    notebook.screenshot(f"second_day_{application}")

    notebook.run_all()
    explorer = ExplorerOnScreen(notebook.output(1))
    explorer.press("workers", "ArrowRight")
    explorer.expect_said("Result: 8")


def test_a_kernel_that_is_restarted_leaves_the_picture(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(CELLS)
    notebook.run_all()
    ExplorerOnScreen(notebook.output(1)).expect_said("Ended after")
    notebook.command("Kernel", "Restart Kernel…")
    notebook.page.locator(".jp-Dialog button.jp-mod-warn").click()
    expect_picture_alone(notebook.output(1))


def test_saved_with_the_state_of_its_widgets(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(CELLS)
    notebook.command("Settings", "Save Widget State Automatically")
    notebook.run_all()
    ExplorerOnScreen(notebook.output(1)).expect_said("Ended after")
    notebook.save()
    saved = json.loads((notebook.lab.folder / notebook.name).read_text("utf-8"))
    assert "application/vnd.jupyter.widget-state+json" in saved["metadata"]["widgets"]
    notebook.shut_down_kernel()
    notebook.open()
    expect_picture_alone(notebook.output(1))


def test_opened_as_it_is_stored_in_the_course(
    open_notebook: OpenNotebook, application: Literal["lab", "notebook"], tmp_path: Path
) -> None:
    data, metadata = explore(increments, workers=(1, 10))._repr_mimebundle_()
    data["image/png"] = base64.b64encode(data["image/png"]).decode()
    output = nbformat.v4.new_output("execute_result", data, metadata=metadata, execution_count=1)
    stored = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell("explore(…)", outputs=[output], execution_count=1)]
    )
    normalise(stored)
    nbformat.write(stored, tmp_path / "stored.ipynb")
    notebook = open_notebook(tmp_path / "stored.ipynb", application=application)
    expect_picture_alone(notebook.output(0))


def test_keys_of_a_slider_are_the_sliders_and_all_others_the_notebooks(
    open_notebook: OpenNotebook, application: Literal["lab", "notebook"]
) -> None:
    notebook = open_notebook([*CELLS, "'the next cell'"], application=application)
    notebook.run_all()
    explorer = ExplorerOnScreen(notebook.output(1))
    handle = explorer.output.get_by_role("slider", name="workers")
    for key, result in (
        ("ArrowRight", 8),
        ("ArrowUp", 10),
        ("ArrowLeft", 8),
        ("ArrowDown", 6),
        ("End", 20),
        ("Home", 2),
    ):
        handle.press(key)
        explorer.expect_said(f"Result: {result}")
    handle.press("Escape")
    notebook.page.keyboard.press("ArrowDown")
    expect(notebook.cell(2)).to_have_class(re.compile("jp-mod-active"))
    handle.press("Shift+Enter")
    expect(notebook.cell(1).locator(".jp-InputPrompt")).to_have_text("[4]:")
