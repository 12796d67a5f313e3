"""Questions, the game and progress in JupyterLab: by keyboard, announced, and there again."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from authoring.lab import NotebookPage
from course_helpers.exercises.answers import answers
from tests.browser.conftest import OpenNotebook
from tests.exercises import test_predict

SETUP = (
    "import asyncio, os, pathlib\n"
    "from course_helpers import exercises, mark, play, predict, progress\n"
    "from course_helpers.exercises.rules import no_lost_update\n"
    "from course_helpers.exercises.world import World\n"
    "os.environ['COURSE_PROGRESS'] = str(pathlib.Path('{file}').absolute())\n"
)
PROGRAMS = "\n\n".join(
    inspect.getsource(part)
    for part in (test_predict.work, test_predict.main, test_predict.increments)
)
DURATION = "lambda recording: recording.duration"


@pytest.fixture
def setup(request: pytest.FixtureRequest) -> str:
    """The first cell; each test has progress of its own."""
    return SETUP.format(file=f"{request.node.name}.json") + PROGRAMS


def press(output: Locator, label: str) -> None:
    """Press a button by keyboard; its name may begin with its icon."""
    button = output.get_by_role("button", name=re.compile(rf"(^|\W){re.escape(label)}$"))
    expect(button).to_be_enabled()
    button.press("Enter")


def expect_to_rest(output: Locator, label: str) -> None:
    """Expect that a button which was pressed has nothing to do now, and keeps the keyboard."""
    button = output.get_by_role("button", name=re.compile(rf"(^|\W){re.escape(label)}$"))
    expect(button).to_be_disabled()
    expect(button).to_be_focused()


def expect_announced(output: Locator, text: str) -> None:
    """Expect a text in what a screen reader reads out."""
    expect(output.locator(".course-said").get_by_role("status")).to_contain_text(text)


def photograph(notebook: NotebookPage, shown: Locator, name: str) -> None:
    """In the light and in the dark."""
    notebook.screenshot(name, shown)
    notebook.page.emulate_media(color_scheme="dark")  # the tests' theme is the browser's
    expect(notebook.page.locator("body")).to_have_attribute("data-jp-theme-light", "false")
    expect(notebook.page.locator("#jupyterlab-splash")).to_have_count(0)  # it lies over the page
    notebook.screenshot(f"{name}_dark", shown)
    notebook.page.emulate_media(color_scheme="light")
    expect(notebook.page.locator("body")).to_have_attribute("data-jp-theme-light", "true")


def test_an_order_is_pressed_compared_and_there_the_next_day(
    open_notebook: OpenNotebook, setup: str
) -> None:
    notebook = open_notebook([setup, "predict.order(main, name='introduction.predict_1')"])
    notebook.run_all()
    order = notebook.output(1)
    compare = order.get_by_role("button", name="Run and compare")
    expect(compare).to_be_disabled()
    for line in ("A starts", "A was created", "A ends", "B starts"):
        press(order, line)
        expect_announced(order, f": {line}")
    press(order, "3. A ends")
    expect_announced(order, "Taken back: A ends")
    photograph(notebook, order, "predict_order_chosen")
    for line in ("A ends", "B ends"):
        press(order, line)
    notebook.save()

    # Its kernel gone and nothing answered: the question, and how to get at it.
    notebook.shut_down_kernel()
    notebook.open()
    order = notebook.output(1)
    expect(order.get_by_text("To answer, run the notebook from its top")).to_be_visible()
    expect(order.locator("li:visible")).to_have_count(5)
    expect(order.get_by_text("Printed")).to_have_count(0)
    notebook.screenshot("predict_order_second_day", order)
    notebook.run_all()
    for line in ("A starts", "A was created", "A ends", "B starts", "B ends"):
        press(order, line)
    press(order, "Run and compare")
    expect_announced(order, "As line 1 you said “A starts”. Before that, main() printed")
    expect(order.get_by_role("application", name=re.compile("^Timeline"))).to_be_visible()
    expect(order.get_by_role("button", name="A starts")).to_be_disabled()
    expect_to_rest(order, "Run and compare")
    notebook.page.keyboard.press("Escape")
    expect(notebook.cell(1)).to_be_focused()
    photograph(notebook, order, "predict_order_compared")

    # Run again, it is answered.
    notebook.run_all()
    expect_announced(order, "You answered this on")
    expect_announced(order, "As line 1 you said “A starts”")


def pick_by_arrow_keys(
    notebook: NotebookPage, output: Locator, option: str, said: str, name: str
) -> None:
    radios = output.get_by_role("radio")
    expect(output.get_by_role("radio", checked=True)).to_have_count(0)
    radios.first.focus()
    notebook.page.keyboard.press("Space")
    notebook.page.keyboard.press("ArrowDown")
    expect(radios.nth(1)).to_be_checked()
    # The kernel has heard it: what is pressed sooner may overtake what was picked.
    second = radios.nth(1).locator("xpath=ancestor::label").text_content()
    expect_announced(output, f"Chosen: {second}")
    if not output.get_by_role("radio", name=option).is_checked():
        notebook.page.keyboard.press("ArrowUp")
    expect_announced(output, f"Chosen: {option}")
    press(output, "Run and compare")
    expect_announced(output, said)
    expect(radios.first).to_be_disabled()
    photograph(notebook, output, name)


def pick_a_number(notebook: NotebookPage, output: Locator) -> None:
    said = "Not so: it is 0.2 s. Both at once."
    pick_by_arrow_keys(notebook, output, "0.3 s", said, "predict_number")


def pick_one_of_several(notebook: NotebookPage, output: Locator) -> None:
    option = "It ends at 0.2 s."
    pick_by_arrow_keys(notebook, output, option, f"Right: {option}", "predict_choose")


def type_a_number(_: NotebookPage, output: Locator) -> None:
    output.get_by_role("textbox").press_sequentially("abc")
    expect_announced(output, "This is no number.")
    output.get_by_role("textbox").fill("0.2")
    press(output, "Run and compare")
    expect_announced(output, "Right: 0.2 s.")


def say_who_runs_next(notebook: NotebookPage, output: Locator) -> None:
    press(output, "main()")
    expect_announced(output, "Right: main() runs, at 0 s: the program begins with it.")
    press(output, "main()")
    expect_announced(output, "You said main(). It is work('A', 0.1) that runs")
    press(output, "work('A', 0.1)")
    expect_announced(output, "2 of 3 are right.")
    expect_to_rest(output, "work('A', 0.1)")
    photograph(notebook, output, "predict_next")


def play_the_world(notebook: NotebookPage, game: Locator) -> None:
    press(game, "answer: load for A")
    expect_announced(game, "“load for A” is answered. 2 replies are awaited.")
    expect_to_rest(game, "answer: load for A")
    notebook.screenshot("play_move", game)
    press(game, "From the start")
    expect(game.get_by_role("button", name="Try every order")).to_be_disabled()
    for move in ("load for A", "load for B", "store for A", "store for B"):
        press(game, f"answer: {move}")  # at once: no press overtakes another
    expect_announced(game, "Meanwhile A had written 1: that is lost.")
    photograph(notebook, game, "play_won")
    press(game, "Try every order")
    expect_announced(game, "4 of 6 orders break it. There are no others.")


ANSWERED: dict[str, Callable[[NotebookPage, Locator], None]] = {
    f"predict.number(main, {DURATION}, 'How long?', "
    "{0.2: '', 0.3: 'Both at once.'}, unit='s')": pick_a_number,
    "predict.choose(main, 'What becomes of it?', {'It ends at 0.2 s.': lambda r: True, "
    "'It never ends, for A and B wait for each other, and nobody else is there who could wake "
    "one of the two, however long one waits for it.': lambda r: False})": pick_one_of_several,
    f"predict.number(main, {DURATION}, 'How long?', unit='s')": type_a_number,
    "predict.next(main, count=3)": say_who_runs_next,
    "play(increments, no_lost_update('count'))": play_the_world,
}


def test_each_kind_of_question_is_answered_by_keyboard(
    open_notebook: OpenNotebook, setup: str
) -> None:
    notebook = open_notebook([setup, *ANSWERED])
    notebook.run_all()
    for number, answer in enumerate(ANSWERED.values(), 1):
        answer(notebook, notebook.output(number))


def test_progress_is_saved_and_brought_back(
    open_notebook: OpenNotebook, setup: str, tmp_path: Path
) -> None:
    right = answers("locks.account").solution.code
    notebook = open_notebook(
        [setup, f"{right}\n\nexercises.locks.account.check(Account)", "progress()"]
    )
    notebook.run_all()
    expect(notebook.output(1)).to_contain_text("✓ Right, in all")
    shown = notebook.output(2)
    expect(shown.get_by_role("cell", name="✓ Two withdrawals")).to_be_visible()
    photograph(notebook, shown, "progress")
    with notebook.page.expect_download() as download:
        shown.get_by_role("link", name="Save progress.json on your computer").click()
    saved = tmp_path / "progress.json"
    download.value.save_as(saved)
    assert '"solved"' in saved.read_text("utf-8")

    # Where nothing was kept, as on Binder another day.
    notebook = open_notebook([setup.replace(".json", "_elsewhere.json"), "progress()"])
    notebook.run_all()
    shown = notebook.output(1)
    expect(shown.get_by_role("cell", name="○ Two withdrawals")).to_be_visible()
    with notebook.page.expect_file_chooser() as chooser:
        press(shown, "Bring back (0)")
    chooser.value.set_files(saved)
    expect_announced(shown, "Brought back: 1 entry.")
    expect(shown.get_by_role("cell", name="✓ Two withdrawals")).to_be_visible()
