"""The course as Binder and a hub hand it out: nothing has been run yet, and all of it is alive."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from authoring.lab import Lab, NotebookPage
from tests.course.conftest import ROOT

INTRODUCTION = ROOT / "notebooks" / "00_introduction.ipynb"


@pytest.fixture
def page(lab: Lab, browser: Browser) -> Iterator[NotebookPage]:
    """The introduction, trusted on this server as `binder/postBuild` does it."""
    copy = lab.folder / INTRODUCTION.name
    copy.write_bytes(INTRODUCTION.read_bytes())
    folders = {"JUPYTER_DATA_DIR": str(lab.private / "jupyter_data_dir")}
    command = [sys.executable, "-m", "jupyter", "trust", str(copy)]
    subprocess.run(command, env=os.environ | folders, check=True, capture_output=True)
    page = NotebookPage(browser, lab, copy.name)
    yield page
    page.close()
    assert page.elsewhere == set()


def test_a_stored_replay_is_alive_before_a_cell_is_run(page: NotebookPage) -> None:
    replayed = page.page.locator(".replay")
    replayed.first.scroll_into_view_if_needed()
    sentence = replayed.first.locator(".sentence")
    before = sentence.inner_text()
    replayed.first.get_by_role("button", name="One event forward").click()
    expect(sentence).not_to_have_text(before)
    prompts = page.page.locator(".jp-InputPrompt").all_inner_texts()
    assert not any(re.search(r"\*", prompt) for prompt in prompts)


def test_each_stored_picture_has_its_words(page: NotebookPage) -> None:
    pictures = page.page.locator(".jp-OutputArea-output").get_by_role("application")
    pictures.first.wait_for()
    words = pictures.evaluate_all("all => all.map(one => one.getAttribute('aria-label'))")
    assert all(re.match(r"(Timeline|Explorer) of \w+", text) for text in words), words
    assert page.page.locator(".jp-OutputArea-output img:not([alt])").count() == 0
