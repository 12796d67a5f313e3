"""A notebook as a deck, in front of a class."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Browser
from playwright.sync_api import TimeoutError as NotInTime

from authoring.kernel import NOTEBOOKS
from authoring.lab import Lab, NotebookPage
from authoring.slides import begin, deck, heights, slides, too_tall

PATHS = sorted(NOTEBOOKS.rglob("*.ipynb"))
SHOWN = ".jp-Deck .jp-deck-mod-visible"
PLACES = f"""() => [...document.querySelectorAll(".jp-Notebook .jp-Cell")]
    .flatMap((cell, place) => cell.matches("{SHOWN}") ? [place] : [])"""
IS_WITHIN = f"""() => [...document.querySelectorAll("{SHOWN}")].every((cell) => {{
    const {{ top, bottom }} = cell.getBoundingClientRect();
    return top >= 0 && bottom <= innerHeight;
}})"""
LETTERS = """() => parseFloat(getComputedStyle(document.querySelector(".jp-Notebook"))
    .getPropertyValue("--course-slide"))"""


def name_of(path: Path) -> str:
    """A topic and its practice have the same file's name."""
    return f"{path.parent.name}/{path.stem}"


@pytest.fixture(scope="module")
def stage() -> Iterator[Lab]:
    """JupyterLab as `course.py present` starts it."""
    with deck() as lab:
        yield lab


def none_is_taller_than_the_screen(browser: Browser, stage: Lab, path: Path) -> None:
    """At the size of letters that JupyterLab has; if it fails, `python -m authoring.slides`."""
    assert too_tall(nbformat.read(path, as_version=4), heights(browser, stage, path)) == []


# Two classes, so that two workers share them.


class TestEvenNotebooks:
    @pytest.mark.parametrize("path", PATHS[::2], ids=name_of)
    def test_no_slide_is_taller_than_the_screen(
        self, browser: Browser, stage: Lab, path: Path
    ) -> None:
        none_is_taller_than_the_screen(browser, stage, path)


class TestOddNotebooks:
    @pytest.mark.parametrize("path", PATHS[1::2], ids=name_of)
    def test_no_slide_is_taller_than_the_screen(
        self, browser: Browser, stage: Lab, path: Path
    ) -> None:
        none_is_taller_than_the_screen(browser, stage, path)


@pytest.mark.parametrize(
    ("size", "dots", "dark"),
    [((1280, 720), 1, False), ((1920, 1080), 1, True)],
    ids=["small", "large and dark"],
)
def test_every_slide_is_as_large_as_the_screen_allows(
    browser: Browser, stage: Lab, size: tuple[int, int], dots: int, dark: bool
) -> None:
    path = NOTEBOOKS / "01_locks.ipynb"
    (stage.folder / path.name).write_bytes(path.read_bytes())
    notebook = NotebookPage(browser, stage, path.name, size=size, dots=dots, dark=dark)
    try:
        begin(notebook)
        for slide in slides(nbformat.read(path, as_version=4)):
            advance(notebook, slide)
            notebook.page.wait_for_function(IS_WITHIN)
            least = size[1] / 720 if len(slide) > 1 else 0.5
            notebook.page.wait_for_function(f"least => ({LETTERS})() >= least", arg=least)
    finally:
        notebook.page.locator(".jp-deck-mod-stop").click()
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
