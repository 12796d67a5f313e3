"""Exercises in JupyterLab."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, expect

from authoring.kernel import NOTEBOOKS
from course_helpers.exercises.answers import answers
from tests.browser.conftest import OpenNotebook

SETUP = (
    "import asyncio, os, pathlib\n"
    "import tempfile\n"
    "os.environ['COURSE_PROGRESS'] = str(pathlib.Path(tempfile.mkdtemp(), 'progress.json'))\n"
    "from course_helpers import exercises, progress\n"
)


def status(output: Locator) -> Locator:
    """What a screen reader is told, the last of it."""
    return output.get_by_role("status").last


def test_a_wrong_answer_is_shown_where_it_goes_wrong(open_notebook: OpenNotebook) -> None:
    wrong = answers("locks.account").wrong[0].code
    notebook = open_notebook(
        [
            SETUP,
            f"{wrong}\n\nexercises.locks.account.check(Account)",
            "exercises.locks.account.hint()",
            "exercises.locks.account.solution()",
            "progress()",
        ],
        dark=True,
    )
    notebook.run_all()
    report = notebook.output(1)
    expect(status(report)).to_contain_text("✗ Not yet. Two withdrawals from one account")
    expect(status(report)).to_contain_text("that is lost (line 10)")
    picture = report.get_by_role("img")
    assert "that is lost" in (picture.get_attribute("alt") or "")
    expect(notebook.output(2)).to_contain_text("Hint 1 of 4")
    expect(notebook.output(3).get_by_role("img")).to_have_count(2)
    expect(notebook.output(4).get_by_role("cell", name="◐ Two withdrawals")).to_be_visible()
    notebook.screenshot("exercise_report", report)


def test_the_practice_notebook_runs_untouched(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(NOTEBOOKS / "practice" / "01_locks.ipynb")
    notebook.run_all()
    expect(notebook.page.get_by_text("○ Not changed yet").first).to_be_visible()


def test_speaker_notes_are_out_of_sight_and_out_of_the_way(open_notebook: OpenNotebook) -> None:
    page = open_notebook(NOTEBOOKS / "practice" / "01_locks.ipynb").page
    cells = page.locator(".jp-Notebook .jp-Cell")
    note = cells.filter(has_text="For who teaches").first
    expect(note).to_have_class(re.compile("lm-mod-hidden"))
    expect(note).to_be_hidden()
    cells.filter(has_text="Stuck?").first.click()
    page.keyboard.press("Shift+Enter")
    expect(page.locator(".jp-Cell.jp-mod-active")).to_contain_text("Exercise 1.3")


def test_the_lines_of_a_hunt_are_named_and_there_the_next_day(open_notebook: OpenNotebook) -> None:
    setup = (
        "import os\n"
        "os.environ['COURSE_PROGRESS'] = 'hunted.json'\n"
        "from course_helpers import exercises\n"
    )
    naming = "exercises.locks.till.lines('self.reader.pay', 'return False')"
    notebook = open_notebook([setup, naming, "exercises.locks.till.lines()", "'the next cell'"])
    notebook.run_all()
    expect(status(notebook.output(1))).to_contain_text("✓ Found. Now mend it")
    notebook.shut_down_kernel()
    notebook.open()
    notebook.run_all()
    expect(status(notebook.output(2))).to_contain_text("You found them on")
    # Its region has come with it. One that was there before is what is listened to.
    expect(notebook.page.locator(".course-checked")).to_contain_text("You found them on")
