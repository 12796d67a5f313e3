"""What the course shows in JupyterLab, for who hears it or enlarges it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

import axe_playwright_python
import pytest
from playwright.sync_api import expect

from authoring.kernel import NOTEBOOKS
from authoring.lab import NotebookPage
from tests.browser.conftest import OpenNotebook

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text("utf-8")
LOCKS = NOTEBOOKS / "01_locks.ipynb"

#: One of each thing that the course shows and 01 has not.
OTHERS = [
    "import asyncio, os\n"
    "os.environ['COURSE_PROGRESS'] = 'off'\n"
    "from course_helpers import compare, exercises, explore, predict, progress, replay, simulate\n"
    "from course_helpers import summary, sweep\n"
    "async def main(seconds: float = 0.2, often=True, kind='one'):\n"
    "    async def work(name):\n"
    "        print(name, 'starts')\n"
    "        await asyncio.sleep(seconds)\n"
    "    await asyncio.gather(work('A'), work('B'))\n"
    "recording = simulate(main())",
    "explore(main, seconds=(0.1, 1.0), often=[True, False], kind=['one', 'other'])",
    "replay(recording)",
    "summary(recording)",
    "compare(recording, simulate(main(0.1)))",
    "predict.order(main)",
    "predict.number(main, lambda one: one.duration, 'How long?', unit='s')",
    "predict.next(main, count=3)",
    "class Account:\n"
    "    def __init__(self, balance, bank):\n"
    "        self.balance, self.bank = balance, bank\n"
    "    async def withdraw(self, amount):\n"
    "        balance = self.balance\n"
    "        await self.bank.approve(amount)\n"
    "        self.balance = balance - amount\n"
    "exercises.locks.account.check(Account)",
    "exercises.locks.account.solution()",
    "progress()",
]


def faults(notebook: NotebookPage, rules: str, looked_for: set[str]) -> list[tuple[str, str]]:
    """What axe finds in outputs by some of its rules: the rule, and an element that breaks it.

    The page around them is JupyterLab's. It has found those that it looked for.
    """
    # JupyterLab hides what goes over its body, which is 0 pixels high, and over the screen: axe
    # takes all of it for hidden.
    notebook.page.add_style_tag(content="body, .jp-LabShell { overflow: visible !important; }")
    notebook.page.evaluate(AXE)
    found = notebook.page.evaluate(
        "axe.run({include: [['.jp-OutputArea-output']]}, "
        f"{{resultTypes: ['violations'], {rules}}})"
    )
    assert {rule["id"] for rule in found["passes"]} >= looked_for, "it has looked at nothing"
    return [
        (rule["id"], node["html"][:300]) for rule in found["violations"] for node in rule["nodes"]
    ]


@pytest.mark.parametrize("what", ["01", "others"])
def test_who_hears_or_enlarges_it_loses_nothing(open_notebook: OpenNotebook, what: str) -> None:
    notebook = open_notebook(LOCKS if what == "01" else OTHERS)
    notebook.run_all()
    unfold(notebook)
    assert faults(notebook, "", {"button-name", "aria-input-field-name"}) == []
    if what == "others":
        expect_all_controls_to_have_names(notebook)
        for scheme in ("light", "dark"):
            expect_readable_colours(notebook, scheme)

    # A page of 1280 pixels at 200 %. Who has little room closes the side bar.
    notebook.page.keyboard.press("Control+b")
    notebook.page.set_viewport_size({"width": 640, "height": 450})
    lost = notebook.page.locator(".jp-OutputArea-output").evaluate_all(CUT_OFF)
    notebook.screenshot(f"twice_as_large_{what}")
    assert lost == []


def unfold(notebook: NotebookPage) -> None:
    """Open what can be opened, and wait for all widgets."""
    expect(notebook.page.locator(".jp-OutputArea-output details").first).to_be_attached()
    notebook.page.locator(".jp-OutputArea-output details").evaluate_all(
        "all => all.forEach(one => one.open = true)"
    )
    expect(notebook.page.locator(".widget-slider .noUi-handle").first).to_be_visible()


def expect_readable_colours(notebook: NotebookPage, scheme: Literal["light", "dark"]) -> None:
    notebook.page.emulate_media(color_scheme=scheme)
    is_light = str(scheme == "light").lower()
    expect(notebook.page.locator("body")).to_have_attribute("data-jp-theme-light", is_light)
    expect(notebook.page.locator("#jupyterlab-splash")).to_have_count(0)
    assert faults(notebook, "runOnly: ['color-contrast']", {"color-contrast"}) == []


def expect_all_controls_to_have_names(notebook: NotebookPage) -> None:
    for role in ("slider", "textbox", "checkbox", "radio", "button", "combobox", "listbox"):
        for control in notebook.page.locator(".jp-OutputArea-output").get_by_role(role).all():
            expect(control).to_have_accessible_name(re.compile(r"\S"))


CUT_OFF = """outputs => outputs.flatMap(output => [...output.querySelectorAll('*')].filter(one => {
    const style = getComputedStyle(one);
    const hides = ['hidden', 'clip'].includes(style.overflowX) && !one.closest('svg');
    return hides && one.clientWidth > 1 && one.scrollWidth > one.clientWidth + 1;
}).map(one => one.outerHTML.slice(0, 200)))"""
