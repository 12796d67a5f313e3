"""A learner opens each notebook as it is stored, runs all of it, and turns every knob."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path
from typing import Literal

import nbformat
import pytest
from nbformat import NotebookNode
from playwright.sync_api import expect

from authoring.explorers import ExplorerOnScreen
from authoring.kernel import NOTEBOOKS, runs_here
from authoring.lab import NotebookPage
from tests.browser.conftest import OpenNotebook, prompts_after_running

PATHS = sorted(filter(runs_here, NOTEBOOKS.glob("*.ipynb")))

# What a program that stands in a notebook may fail with is a lesson; these are mistakes in it.
MISTAKE = re.compile(
    r"Traceback|No picture|(Type|Attribute|Name|Key|Index|ZeroDivision|Assertion)Error"
)
SECONDS = 90.0  # for a whole notebook; the longest takes a fourth of it alone


def walk(
    open_notebook: OpenNotebook, path: Path, application: Literal["lab", "notebook"] = "lab"
) -> None:
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    tagged = [cell.metadata.get("tags", []) for cell in cells]
    notebook = open_notebook(path, application=application)
    expect_still_pictures(notebook, explorer_cells(cells))
    notebook.run_all(SECONDS)
    prompts = notebook.page.locator(".jp-CodeCell .jp-InputPrompt").all_text_contents()
    assert [prompt.strip() for prompt in prompts] == prompts_after_running(cells)
    for number, tags in enumerate(tagged):
        failed = notebook.output(number).locator("[data-mime-type*='stderr']").count() > 0
        assert failed == ("raises-exception" in tags), cells[number].source
    assert explorer_cells(cells)
    for number in explorer_cells(cells):
        output = notebook.output(number)
        output.scroll_into_view_if_needed()
        explorer = ExplorerOnScreen(output)
        if explorer.button("Run").count():
            run_and_stop(explorer)
        else:
            for said in explorer.turn_every_knob():
                assert not MISTAKE.search(said), said
    # Notebook 7 has complaints of its own. And who has had a font from one of the two applications
    # gets no other of that name from the other: their server remembers where it was by its name.
    others = [said for said in notebook.errors if not re.search(r"/static/\w+/\w+\.woff2", said)]
    assert [said for said in others if application == "lab" or "course" in said] == []


def explorer_cells(cells: list[NotebookNode]) -> list[int]:
    """The numbers of the code cells that show an explorer."""
    return [
        number
        for number, cell in enumerate(cells)
        if re.search(r"^(await )?explore\(", cell.source, re.MULTILINE)
    ]


WITHOUT_PICTURE = """output => {
    const pictures = [...output.querySelectorAll('.course-picture')];
    pictures.forEach(picture => { picture.style.display = 'none'; });
    const seen = output.innerText;
    pictures.forEach(picture => { picture.style.display = ''; });
    return seen;
}"""


def expect_still_pictures(notebook: NotebookPage, numbers: list[int]) -> None:
    """Without widgets an explorer is its stored picture, with a line on how to get the knobs."""
    for number in numbers:
        output = notebook.output(number)
        output.scroll_into_view_if_needed()
        expect(output.get_by_text("To turn the knobs")).to_be_visible(timeout=15_000)
        expect(output.locator(".noUi-handle:visible")).to_have_count(0)
        beside = output.evaluate(WITHOUT_PICTURE)  # a task in it may have failed
        assert not re.search("Error|Loading", beside)


def run_and_stop(explorer: ExplorerOnScreen) -> None:
    """An explorer by the real clock: it runs when told to, whatever its setting, and stops.

    A short run may have ended before Stop is pressed; then its end is what is said.
    """
    explorer.button("Run").click()
    with suppress(AssertionError):  # it may have ended before anybody looks
        expect(explorer.button("Run")).to_be_disabled(timeout=3_000)
    expect(explorer.button("Run")).to_be_enabled(timeout=60_000)
    explorer.expect_said("Ended after")
    assert not MISTAKE.search(explorer.output.locator(".course-explorer").inner_text())
    sliders = explorer.output.locator(".widget-slider .noUi-handle")
    for slider in range(sliders.count()):
        sliders.nth(slider).focus()
        sliders.nth(slider).press("End")
        explorer.expect_said("press Run")
    explorer.button("Run").click()
    explorer.press_stop_or_see_the_end()
    expect(explorer.button("Run")).to_be_enabled(timeout=60_000)
    explorer.expect_said(re.compile("Ended after|Stopped by you"))
    assert not MISTAKE.search(explorer.output.locator(".course-explorer").inner_text())


def test_all_explorers_come_back_in_notebook_7(open_notebook: OpenNotebook, tmp_path: Path) -> None:
    """As they are stored, on one page."""
    notebooks = [nbformat.read(path, as_version=4) for path in PATHS]
    code = [each for book in notebooks for each in book.cells if each.cell_type == "code"]
    cells = [
        nbformat.v4.new_code_cell(code[number].source, outputs=code[number].outputs)
        for number in explorer_cells(code)
    ]
    assert len(cells) >= len(PATHS)
    path = tmp_path / "all_explorers.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=notebooks[0].metadata), path)
    expect_still_pictures(open_notebook(path, application="notebook"), list(range(len(cells))))


@pytest.mark.parametrize("number", [0, 1, 16])
def test_runs_and_every_knob_answers_in_notebook_7(
    open_notebook: OpenNotebook, number: int
) -> None:
    (path,) = NOTEBOOKS.glob(f"{number:02}_*.ipynb")
    walk(open_notebook, path, "notebook")


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_runs_and_every_knob_answers(open_notebook: OpenNotebook, path: Path) -> None:
    walk(open_notebook, path)
