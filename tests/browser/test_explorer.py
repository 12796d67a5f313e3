"""An explorer in JupyterLab: knobs, Run and Stop."""

from __future__ import annotations

import inspect
import re

from playwright.sync_api import expect

from authoring.explorers import ExplorerOnScreen
from tests.browser.conftest import OpenNotebook
from tests.explorer.programs import increments

PROGRAM = "import asyncio\nfrom course_helpers import explore\n" + inspect.getsource(increments)
EXPLORE = (
    "explore(increments, workers=(1, 10), count=(1, 20), hold=(0.0, 0.1, 0.01), "
    "units={'hold': 's'}, "
    "show={'expected': lambda recording, workers, count: workers * count})"
)


def test_knobs_are_turned_by_keyboard_also_while_a_cell_awaits(
    open_notebook: OpenNotebook,
) -> None:
    notebook = open_notebook(
        [
            PROGRAM,
            EXPLORE,
            EXPLORE,
            "done = asyncio.Event()",
            "print('awaiting')\nfor n in range(100):\n    print('turn', n)\n"
            "    await asyncio.sleep(0.1)\n    if increments.__doc__ == 'enough':\n        break\n"
            "print('the cell has ended')",
        ]
    )
    notebook.start_all()
    notebook.output(4).get_by_text("turn 1").wait_for()

    # The cell is awaiting now, and the knobs work, once and again.
    explorer = ExplorerOnScreen(notebook.output(1))
    other = ExplorerOnScreen(notebook.output(2))
    before, others = explorer.drawn(), other.drawn()
    explorer.expect_said("Result: 6")
    explorer.press("workers", "ArrowRight")
    explorer.expect_said("Ended after 0.08 s. Result: 8")
    explorer.press("workers", "ArrowRight", times=2)
    explorer.expect_said("Result: 12")
    explorer.press("hold (s)", "ArrowRight")
    explorer.expect_said("Ended after 0.24 s. Result: 12")
    expect(explorer.output.get_by_role("row")).to_contain_text("expected12")
    assert explorer.drawn() != before
    expect(explorer.picture).to_have_attribute("aria-label", re.compile("workers = 6"))
    expect(explorer.picture).to_contain_text("worker() #6")

    # What the program prints stands in its explorer, and not in the cell that was running.
    expect(explorer.output.locator("pre")).to_have_text("Final value: 12\n")
    assert "Final value" not in (notebook.output(4).text_content() or "")
    assert other.drawn() == others
    expect(other.said).to_contain_text("Result: 6")

    # By keyboard alone: from the slider to the checkbox, and to Reset.
    explorer.slider("hold (s)").focus()
    for _ in range(5):
        notebook.page.keyboard.press("Tab")
        if notebook.page.evaluate("document.activeElement.type") == "checkbox":
            break
    notebook.page.keyboard.press("Space")
    explorer.expect_said("Result: 2")
    notebook.screenshot("explorer_lost_updates", explorer.output)
    notebook.page.keyboard.press("Tab")
    notebook.page.keyboard.press("Enter")
    explorer.expect_said("Ended after 0.06 s. Result: 6")
    assert explorer.drawn() == before

    # A slider dragged from one end to the other ends where it ends.
    explorer.press("workers", "Home")
    explorer.press("workers", "End")
    explorer.expect_said("Result: 20")
    notebook.screenshot("explorer_ten_workers", explorer.output)
    notebook.press_stop()
    notebook.wait_until_idle()
    explorer.press("workers", "Home")
    explorer.expect_said("Result: 2")

    # A click, or Enter, opens a replay at that moment; it says so when it is of another setting.
    explorer.picture.click()
    replay = explorer.output.locator(".asyncio-replay")
    expect(replay).to_be_visible()
    expect(explorer.output.get_by_text("Replay of this run, opened at")).to_be_visible()
    notebook.screenshot("explorer_replay", explorer.output)
    explorer.press("workers", "ArrowRight")
    expect(explorer.output.get_by_text("This was at workers = 1. The knobs")).to_be_visible()
    explorer.picture.press("Home")
    explorer.picture.press("Enter")
    expect(explorer.output.get_by_text("opened at 0 s")).to_be_visible()
    explorer.button("Close the replay").click()
    expect(replay).to_have_count(0)


def test_by_the_real_clock_and_in_trouble(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(
        [
            "import asyncio\nfrom course_helpers import explore\n"
            "async def main(seconds=60.0):\n"
            "    print('began')\n    process = await asyncio.create_subprocess_exec('true')\n"
            "    code = await process.wait()\n    await asyncio.sleep(seconds)\n    return code\n",
            "explore(main, clock='real', seconds=[60.0, 0.1])",
            "async def take(locks=1):\n    lock = asyncio.Lock()\n"
            "    if locks == 0:\n        raise ValueError('no lock at all')\n"
            "    for _ in range(locks):\n        await lock.acquire()\n",
            "explore(take, locks=(0, 2))",
            "'the last cell'",
        ]
    )
    notebook.run_all()

    # By the real clock a program runs when Run is pressed; the kernel is free meanwhile.
    explorer = ExplorerOnScreen(notebook.output(1))
    explorer.expect_said("Press Run")
    explorer.button("Run").press("Enter")
    explorer.expect_said("Running")
    expect(explorer.output.get_by_role("progressbar")).to_be_visible()
    expect(explorer.button("Run")).to_be_disabled()
    expect(explorer.button("Run")).to_be_focused()
    notebook.screenshot("explorer_running", explorer.output)
    notebook.cell(4).click()
    notebook.page.keyboard.press("Control+Enter")
    expect(notebook.cell(4).locator(".jp-InputPrompt")).to_have_text(re.compile(r"\[6\]"))
    explorer.button("Stop").click()
    explorer.expect_said("Stopped by you", seconds=5)
    expect(explorer.picture).to_be_visible()
    explorer.output.locator("select").select_option("0.1")
    explorer.expect_said("press Run")
    explorer.button("Run").click()
    explorer.expect_said("Result: 0")
    notebook.screenshot("explorer_real_clock", explorer.output)

    # A deadlock and an error are sentences with a picture.
    explorer = ExplorerOnScreen(notebook.output(3))
    explorer.expect_said("Ended after 0 s")
    explorer.press("locks", "ArrowRight")
    explorer.expect_said("Deadlock: ")
    expect(explorer.picture).to_be_visible()
    notebook.screenshot("explorer_deadlock", explorer.output)
    explorer.press("locks", "ArrowLeft", times=2)
    explorer.expect_said("ValueError: no lock at all (line 4 of take)")
    assert notebook.page.locator("[data-mime-type='application/vnd.jupyter.stderr']").count() == 0
