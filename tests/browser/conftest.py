"""Fixtures for tests in the browser: `open_notebook` is the one to ask for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from nbformat import NotebookNode
from playwright.sync_api import Browser, expect, sync_playwright

from authoring.lab import Lab, NotebookPage, chromium, find_chromium

expect.set_options(timeout=30_000)  # milliseconds, as for everything else: a machine may be busy

OpenNotebook = Callable[..., NotebookPage]


def prompts_after_running(cells: Sequence[NotebookNode]) -> list[str]:
    """What stands at the left of each code cell after Run All: nothing where it is folded."""
    folded = [cell.metadata.get("jupyter", {}).get("source_hidden", False) for cell in cells]
    return ["" if is_folded else f"[{number}]:" for number, is_folded in enumerate(folded, 1)]


def pytest_itemcollected(item: pytest.Item) -> None:
    """Every test in this folder is slow, and waits for a page that has its own time."""
    item.add_marker(pytest.mark.slow)
    item.add_marker(pytest.mark.real_time)


# The scope is the folder, not the session: Playwright keeps an event loop running in the main
# thread, in which no other test could call asyncio.run().
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """A headless Chromium, started once for this folder of tests."""
    try:
        find_chromium()
    except FileNotFoundError as error:
        pytest.fail(str(error), pytrace=False)
    with sync_playwright() as playwright, chromium(playwright) as browser:
        yield browser


@pytest.fixture(scope="package")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """JupyterLab on an empty folder, started once for this folder of tests."""
    folder: Path = tmp_path_factory.mktemp("notebooks")
    with Lab(folder, tmp_path_factory.mktemp("private")) as lab:
        yield lab


@pytest.fixture
def open_notebook(
    lab: Lab, browser: Browser, request: pytest.FixtureRequest
) -> Iterator[OpenNotebook]:
    """Opens a notebook: `open_notebook(["1 + 1", "2 + 2"])`, or the path of one of the course's.
    Further arguments are those of `NotebookPage`.

    The notebook is copied, so that nothing in the repository changes. At the end of every test, no
    request may have been meant for another machine.
    """
    pages: list[NotebookPage] = []
    failed_before = request.session.testsfailed

    def open_(notebook: Path | Sequence[str], **page_options: Any) -> NotebookPage:
        if isinstance(notebook, Path):
            name = notebook.name
            (lab.folder / name).write_bytes(notebook.read_bytes())
        else:
            name = lab.write(f"{request.node.name}_{len(pages)}.ipynb", notebook)
        page = NotebookPage(browser, lab, name, **page_options)
        pages.append(page)
        return page

    yield open_
    for page in pages:
        if request.session.testsfailed > failed_before:
            page.screenshot(f"failed_{request.node.name}")
        page.close()
    assert set().union(*(page.elsewhere for page in pages)) == set()
