"""The course's first topic, opened in JupyterLab by a learner."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
from playwright.sync_api import expect

from authoring.explorers import ExplorerOnScreen
from tests.browser.conftest import OpenNotebook, prompts_after_running

LOCKS = Path(__file__).parents[2] / "notebooks" / "01_locks.ipynb"


def test_run_all_and_turn_a_knob_by_keyboard(open_notebook: OpenNotebook) -> None:
    cells = [cell for cell in nbformat.read(LOCKS, as_version=4).cells if cell.cell_type == "code"]
    tagged = [cell.metadata.get("tags", []) for cell in cells]
    [explorer_cell] = [number for number, tags in enumerate(tagged) if "explorer" in tags]
    may_fail = [number for number, tags in enumerate(tagged) if "raises-exception" in tags]

    notebook = open_notebook(LOCKS)
    # Before anything has run there is a picture in the place of the widgets.
    output = notebook.output(explorer_cell)
    output.scroll_into_view_if_needed()
    expect(output.get_by_role("application", name="Explorer of")).to_be_visible(timeout=15_000)

    notebook.run_all()
    prompts = notebook.page.locator(".jp-CodeCell .jp-InputPrompt").all_text_contents()
    assert [prompt.strip() for prompt in prompts] == prompts_after_running(cells)
    for number in range(len(cells)):
        failed = notebook.output(number).locator("[data-mime-type*='stderr']").count() > 0
        assert failed == (number in may_fail)

    explorer = ExplorerOnScreen(output)
    picture, said = explorer.drawn(), explorer.said.text_content() or ""
    figures = explorer.output.locator(".course-explorer table").text_content() or ""
    assert re.search(r"Ended after .* Result: \d+", said)
    explorer.press("workers", "ArrowRight")
    expect(explorer.said).not_to_have_text(said)
    assert explorer.drawn() != picture
    expect(explorer.output.locator(".course-explorer table")).not_to_have_text(figures)
    notebook.screenshot("locks")
    notebook.page.emulate_media(color_scheme="dark")
    notebook.page.locator("body[data-jp-theme-light=false]").wait_for(state="attached")
    notebook.page.locator("#jupyterlab-splash").wait_for(state="detached")
    notebook.screenshot("locks_dark")
