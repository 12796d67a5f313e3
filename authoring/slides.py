"""Cut topics into slides that a class can read: `python -m authoring.slides [NOTEBOOK …]`.

A slide is shown as large as the screen allows (`present/labextensions/course-deck/fit.js`). It is
cut so that, on a screen of 1280 × 720, letters are at least as large as they are in JupyterLab: on
1920 × 1080 they are half as large again, and there at 150 % the page is 1280 × 720. What a cell
takes of the screen is measured in the browser, not counted in cells; `slide_heights` keeps it.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import nbformat
from nbformat import NotebookNode
from playwright.sync_api import Browser, sync_playwright

from authoring import slide_heights
from authoring.execute import find
from authoring.kernel import NOTEBOOKS
from authoring.lab import Lab, NotebookPage, chromium
from authoring.present.__main__ import EXTENSIONS, set_up

SCREEN: Final = (1280, 720)
"""Width and height, in pixels, of the smallest screen in front of a class."""

_MEASURE: Final = """() => {
    const notebook = document.querySelector(".jp-Deck .jp-Notebook");
    notebook.style.setProperty("--course-slide", 1);
    const cells = [...notebook.querySelectorAll(".jp-Cell")];
    const before = cells.map((cell) => cell.className);
    cells.forEach((cell) => cell.classList.add("jp-deck-mod-visible", "jp-deck-mod-onscreen"));
    const heights = cells.map((cell) => cell.getBoundingClientRect().height);
    cells.forEach((cell, place) => { cell.className = before[place]; });
    return heights;
}"""
_MARGINS: Final = 24
"""Pixels above and below a slide together, as fit.js leaves them."""

ROOM: Final = SCREEN[1] - _MARGINS
"""How many pixels of height a slide may take at the size of letters that JupyterLab has."""

_NEW: Final = ("slide", "subslide")
_HIDDEN: Final = ("notes", "skip")


def main(arguments: Sequence[str]) -> int:
    """Cut the topics named in `arguments`, or all, into slides; 0 if all were.

    The slides of practice notebooks are written with their cells, by `practice.py`.
    """
    try:
        paths = find(arguments, NOTEBOOKS)
    except LookupError as error:
        print(error.args[0], file=sys.stderr)
        return 2
    topics = [path for path in paths if path.parent == NOTEBOOKS]
    measure([path for path in topics if slide_heights.stored(path) is None])
    for path in topics:
        notebook = nbformat.read(path, as_version=4)
        taken = slide_heights.stored(path)
        if taken is None:
            print(f"{path.name} has changed meanwhile: run this again.", file=sys.stderr)
            return 1
        before = [type_of(cell) for cell in notebook.cells]
        cut(notebook, taken)
        if [type_of(cell) for cell in notebook.cells] != before:
            nbformat.write(notebook, path)
            print(f"{path.name}: cut anew")
    return 0


def measure(paths: Sequence[Path]) -> None:
    """Measure the cells of notebooks in a browser, and keep that."""
    if not paths:
        return
    with sync_playwright() as playwright, chromium(playwright) as browser, deck() as lab:
        for path in paths:
            slide_heights.store(path, heights(browser, lab, nbformat.read(path, as_version=4)))
            print(f"{path.name}: measured")


@contextmanager
def deck() -> Iterator[Lab]:
    """JupyterLab as `course.py present` starts it, on an empty folder."""
    set_up()
    with (
        tempfile.TemporaryDirectory() as served,
        tempfile.TemporaryDirectory() as private,
        Lab(Path(served), Path(private), EXTENSIONS) as lab,
    ):
        yield lab


def heights(browser: Browser, lab: Lab, notebook: NotebookNode) -> list[float]:
    """How many pixels of height each cell of a notebook, as it is stored, takes in a deck."""
    page = NotebookPage(browser, lab, lab.write("measured.ipynb", notebook.cells), size=SCREEN)
    try:
        begin(page)
        measured: list[float] = page.page.evaluate(_MEASURE)
        page.page.locator(".jp-deck-mod-stop").click()  # or Lab opens the next one as a deck
        page.page.locator(".jp-Deck").wait_for(state="detached")
    finally:
        page.close()
    return measured


def begin(page: NotebookPage) -> None:
    """Begin the deck, and wait until its first slide is on the screen."""
    page.page.locator('[data-command="deck:toggle"]').first.click()
    page.page.locator(".jp-Deck .jp-deck-mod-visible").first.wait_for()


def type_of(cell: NotebookNode) -> str:
    """The slide type of a cell; `-` if it goes on with the slide before it."""
    return str(cell.metadata.get("slideshow", {}).get("slide_type") or "-")


def slides(notebook: NotebookNode) -> list[list[int]]:
    """The cells of each slide, by their places in the notebook; those that nobody sees left out."""
    found: list[list[int]] = []
    for place, cell in enumerate(notebook.cells):
        if type_of(cell) in _HIDDEN:
            continue
        if type_of(cell) in _NEW or not found:
            found.append([])
        found[-1].append(place)
    return found


def too_tall(notebook: NotebookNode, taken: Sequence[float]) -> list[list[int]]:
    """The slides of more than one cell that have no room, given what each cell takes."""
    return [
        slide
        for slide in slides(notebook)
        if len(slide) > 1 and sum(taken[place] for place in slide) > ROOM
    ]


def cut(notebook: NotebookNode, taken: Sequence[float]) -> None:
    """Begin a subslide wherever a slide would not have room, and nowhere else.

    A text that leads to the cell after it goes with that, if the two have room together. Cells of
    exercises are cut where they are written, by `practice.py`.
    """
    for cell in notebook.cells:
        if type_of(cell) == "subslide" and not _begins(cell) and "exercise" not in cell.metadata:
            cell.metadata.pop("slideshow")
    while tall := too_tall(notebook, taken):
        slide = tall[0]
        fitting = 1
        while sum(taken[place] for place in slide[: fitting + 1]) <= ROOM:
            fitting += 1
        first = slide[fitting]
        lead = notebook.cells[slide[fitting - 1]]
        together = taken[slide[fitting - 1]] + taken[first] <= ROOM
        if fitting > 1 and together and lead.cell_type == "markdown":
            first = slide[fitting - 1]
        notebook.cells[first].metadata["slideshow"] = {"slide_type": "subslide"}


def _begins(cell: NotebookNode) -> bool:
    """Whether a new thought begins with this cell: it has a heading."""
    return bool(cell.cell_type == "markdown" and cell.source.startswith("#"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
