"""A learner opens each notebook in JupyterLab, runs all of it, and turns every knob."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import expect

from authoring.explorers import ExplorerOnScreen
from authoring.kernel import NOTEBOOKS, runs_here
from tests.browser.conftest import OpenNotebook

PATHS = sorted(filter(runs_here, NOTEBOOKS.glob("*.ipynb")))

# What a program that stands in a notebook may fail with is a lesson; these are mistakes in it.
MISTAKE = re.compile(
    r"Traceback|No picture|(Type|Attribute|Name|Key|Index|ZeroDivision|Assertion)Error"
)
SECONDS = 90.0  # for a whole notebook; the longest takes a fourth of it alone


def walk(open_notebook: OpenNotebook, path: Path) -> None:
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    tagged = [cell.metadata.get("tags", []) for cell in cells]
    notebook = open_notebook(path)
    notebook.run_all(SECONDS)
    prompts = notebook.page.locator(".jp-CodeCell .jp-InputPrompt").all_text_contents()
    assert [prompt.strip() for prompt in prompts] == [
        f"[{number}]:" for number in range(1, len(cells) + 1)
    ]
    for number, tags in enumerate(tagged):
        failed = notebook.output(number).locator("[data-mime-type*='stderr']").count() > 0
        assert failed == ("raises-exception" in tags), cells[number].source
    explorers = 0
    for number, cell in enumerate(cells):
        if not re.search(r"^explore\(", cell.source, re.MULTILINE):
            continue
        explorers += 1
        output = notebook.output(number)
        output.scroll_into_view_if_needed()
        explorer = ExplorerOnScreen(output)
        if explorer.button("Run").count():
            run_and_stop(explorer)
        else:
            for said in explorer.turn_every_knob():
                assert not MISTAKE.search(said), said
    assert explorers
    assert notebook.errors == []


def run_and_stop(explorer: ExplorerOnScreen) -> None:
    """An explorer by the real clock: it runs when told to, whatever its setting, and stops."""
    explorer.button("Run").click()
    expect(explorer.button("Run")).to_be_enabled(timeout=60_000)
    explorer.expect_said("Ended after")
    assert not MISTAKE.search(explorer.output.locator(".course-explorer").inner_text())
    sliders = explorer.output.locator(".widget-slider .noUi-handle")
    for slider in range(sliders.count()):
        sliders.nth(slider).focus()
        sliders.nth(slider).press("End")
        explorer.expect_said("press Run")
    explorer.button("Run").click()
    explorer.button("Stop").click()
    expect(explorer.button("Run")).to_be_enabled(timeout=60_000)
    assert not MISTAKE.search(explorer.output.locator(".course-explorer").inner_text())


# Two classes, so that two workers share them.


class TestEvenNotebooks:
    @pytest.mark.parametrize("path", PATHS[::2], ids=lambda path: path.stem)
    def test_runs_and_every_knob_answers(self, open_notebook: OpenNotebook, path: Path) -> None:
        walk(open_notebook, path)


class TestOddNotebooks:
    @pytest.mark.parametrize("path", PATHS[1::2], ids=lambda path: path.stem)
    def test_runs_and_every_knob_answers(self, open_notebook: OpenNotebook, path: Path) -> None:
        walk(open_notebook, path)
