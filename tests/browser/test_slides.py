"""A notebook as a deck, in front of a class."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress

import nbformat
import pytest
from playwright.sync_api import Browser, expect
from playwright.sync_api import TimeoutError as NotInTime

from authoring import slide_heights
from authoring.kernel import NOTEBOOKS
from authoring.lab import Lab, NotebookPage
from authoring.slides import begin, deck, heights, slides, too_tall
from tests.notebooks.building import code

SHOWN = ".jp-Deck .jp-deck-mod-visible"
PLACES = f"""() => [...document.querySelectorAll(".jp-Notebook .jp-Cell")]
    .flatMap((cell, place) => cell.matches("{SHOWN}") ? [place] : [])"""
IS_WITHIN = f"""() => [...document.querySelectorAll("{SHOWN}")].every((cell) => {{
    const {{ top, bottom }} = cell.getBoundingClientRect();
    return top >= 0 && bottom <= innerHeight;
}})"""
IS_CUT = """() => [...document.querySelectorAll(".jp-deck-mod-visible .cm-scroller")].some(
    (code) => code.scrollWidth > code.clientWidth + 1)"""
LETTERS = """() => parseFloat(getComputedStyle(document.querySelector(".jp-Notebook"))
    .getPropertyValue("--course-slide"))"""
IS_STEADY = f"""() => {{
    const letters = ({LETTERS})();
    const frames = window.steady?.letters === letters ? window.steady.frames + 1 : 0;
    window.steady = {{ letters, frames }};
    return frames > 9;
}}"""


@pytest.fixture(scope="module")
def stage() -> Iterator[Lab]:
    """JupyterLab as `course.py present` starts it."""
    with deck() as lab:
        yield lab


def test_what_is_kept_of_slides_is_what_is_measured(browser: Browser, stage: Lab) -> None:
    """Of one topic; another release of Chromium may break a line elsewhere."""
    path = NOTEBOOKS / "01_locks.ipynb"
    notebook = nbformat.read(path, as_version=4)
    taken = heights(browser, stage, notebook)
    assert too_tall(notebook, taken) == []
    assert taken == pytest.approx(slide_heights.stored(path), abs=30)


def test_every_slide_is_as_large_as_a_large_screen_allows(browser: Browser, stage: Lab) -> None:
    path = NOTEBOOKS / "01_locks.ipynb"
    content = nbformat.read(path, as_version=4)
    slide_type = {"slideshow": {"slide_type": "slide"}}
    printing = code("print(…)", "a line\n" * 100, metadata=slide_type)
    content.cells.append(printing)
    # Two cells that nearly fill the screen.
    long = nbformat.read(NOTEBOOKS / "13_timeouts.ipynb", as_version=4)
    content.cells += next(
        [long.cells[place] for place in slide]
        for slide in slides(long)
        if "### The cancellation is swallowed" in long.cells[slide[0]].source
    )
    nbformat.write(content, stage.folder / path.name)
    notebook = NotebookPage(browser, stage, path.name, size=(1920, 1080), dark=True)
    try:
        begin(notebook)
        for slide in slides(content):
            advance(notebook, slide)
            notebook.page.wait_for_function(IS_WITHIN)
            # Of a hundred lines, only some are in sight at once.
            least = 1.5 if len(slide) > 1 or content.cells[slide[0]] is printing else 0.5
            notebook.page.wait_for_function(f"least => ({LETTERS})() >= least", arg=least)
            assert not notebook.page.evaluate(IS_CUT)
            for picture in notebook.page.locator(f"{SHOWN} .course-picture svg").all()[:1]:
                picture.press("Escape")
                expect(picture, "the keyboard is the deck's again").not_to_be_focused()
                assert notebook.page.evaluate(PLACES) == slide, "and the deck goes on"
        notebook.page.wait_for_function(IS_STEADY)
    finally:
        notebook.page.locator(".jp-deck-mod-stop").click()
        notebook.close()


def test_who_teaches_sees_the_speaker_notes(browser: Browser, stage: Lab) -> None:
    path = NOTEBOOKS / "01_locks.ipynb"
    (stage.folder / path.name).write_bytes(path.read_bytes())
    notebook = NotebookPage(browser, stage, path.name)
    try:
        note = notebook.page.locator(".jp-Cell").filter(has_text="For who teaches")
        expect(note).not_to_have_class(re.compile("lm-mod-hidden"))
    finally:
        notebook.close()


def advance(notebook: NotebookPage, slide: list[int]) -> None:
    """Press the space bar, which goes from cell to cell, until that slide is on the screen."""
    for _ in range(20):
        if notebook.page.evaluate(PLACES) == slide:
            return
        notebook.page.keyboard.press("Space")
        with suppress(NotInTime):
            notebook.page.wait_for_function(
                f"slide => `${{({PLACES})()}}` === `${{slide}}`", arg=slide, timeout=200
            )
    raise AssertionError(f"The deck does not come to the slide {slide}.")
