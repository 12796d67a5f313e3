"""Exercises, predictions, the game and progress in JupyterLab: by keyboard, and announced."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

from playwright.sync_api import Locator, expect

from authoring.kernel import NOTEBOOKS
from course_helpers.exercises.answers import answers
from tests.browser.conftest import OpenNotebook
from tests.exercises import test_predict

SETUP = (
    "import asyncio, os, pathlib\n"
    "import tempfile\n"
    "os.environ['COURSE_PROGRESS'] = str(pathlib.Path(tempfile.mkdtemp(), 'progress.json'))\n"
    "from course_helpers import exercises, mark, play, predict, progress\n"
    "from course_helpers.exercises.rules import no_lost_update\n"
    "from course_helpers.exercises.world import World\n"
)
PROGRAMS = "\n".join(
    inspect.getsource(part)
    for part in (test_predict.work, test_predict.main, test_predict.increments)
)


def press(output: Locator, label: str) -> None:
    """Press a button by keyboard."""
    button = output.get_by_role("button", name=re.compile(rf"^\W*{re.escape(label)}$"))
    expect(button).to_be_enabled()
    button.focus()
    button.press("Enter")


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
    expect(status(notebook.output(4))).to_contain_text("0 of")
    expect(notebook.output(4).get_by_role("row").first).to_contain_text("… Two withdrawals")
    notebook.screenshot("exercise_report", report)


def test_predictions_and_the_game_by_keyboard(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(
        [
            SETUP,
            PROGRAMS,
            "predict.order(main)",
            "predict.number(main, lambda recording: recording.duration, 'How long, in seconds?',"
            " {0.2: '', 0.3: 'B is awaited while A waits, too.'})",
            "predict.choose(main, 'What is true?', {'It ends.': lambda recording: True,"
            " 'It never ends.': lambda recording: False})",
            "predict.choose(main, 'Which?', {'A': bool, 'B': bool})",
            "play(increments, no_lost_update('count'))",
        ]
    )
    notebook.run_all()
    order = notebook.output(2)
    for line in ("A starts", "A was created", "B starts", "A ends", "B ends"):
        press(order, line)
    press(order, "Take back")
    press(order, "B ends")
    press(order, "Run and compare")
    expect(status(order)).to_contain_text("You said “A starts”. Before that, at 0 s, main()")
    expect(order.get_by_role("img")).to_have_count(1)
    notebook.screenshot("prediction_order", order)
    for number, label, said in (
        (3, "0.3", "The recording says 0.2. B is awaited while A waits, too."),
        (4, "It ends.", "As predicted: It ends."),
    ):
        press(notebook.output(number), label)
        press(notebook.output(number), "Run and compare")
        expect(status(notebook.output(number))).to_contain_text(said)
    game = notebook.output(6)
    for move in ("load for A", "load for B", "store for A", "store for B"):
        press(game, f"answer: {move}")
    expect(status(game)).to_contain_text("So it is in 4 of 6 orders.")
    notebook.screenshot("game", game)


def test_progress_is_saved_and_brought_back(open_notebook: OpenNotebook, tmp_path: Path) -> None:
    right = answers("locks.account").solution.code
    notebook = open_notebook(
        [SETUP, f"{right}\n\nexercises.locks.account.check(Account)", "progress()"]
    )
    notebook.run_all()
    expect(status(notebook.output(1))).to_contain_text("✓ Right, in all")
    view = notebook.output(2)
    with notebook.page.expect_download() as download:
        view.get_by_role("link", name="Save progress.json on your computer").click()
    download.value.save_as(tmp_path / "progress.json")
    assert '"solved"' in (tmp_path / "progress.json").read_text("utf-8")
    with notebook.page.expect_file_chooser() as chooser:
        press(view, "Bring back (0)")
    chooser.value.set_files(tmp_path / "progress.json")
    expect(status(view)).to_contain_text("Brought back. 1 of")


def test_the_practice_notebook_runs_untouched(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(NOTEBOOKS / "practice" / "01_locks.ipynb")
    notebook.run_all()
    expect(notebook.page.get_by_text("○ Not changed yet").first).to_be_visible()
