"""An explorer on the screen, as hands and eyes find it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from playwright.sync_api import Locator, expect

_SETTING = """output => {
    const picture = output.querySelector('.course-explorer-picture svg[role=application]');
    return picture ? picture.getAttribute('aria-label').replace(/\\.$/, '') : '';
}"""
_DRAWN = """picture => picture.getAttribute('aria-label') +
    [...picture.querySelectorAll('path')].map((path) => path.getAttribute('d')).join()"""


class ExplorerOnScreen:
    """The explorer in a cell's output."""

    def __init__(self, output: Locator) -> None:
        self.output = output
        self.said = output.locator(".course-said > [role=status]").first  # not the picture's
        self.picture = output.locator(".course-explorer-picture svg[role=application]")
        self.picture.or_(self.said).first.wait_for()
        self._first_setting = self.setting()

    def slider(self, label: str) -> Locator:
        """The handle of the slider of that label."""
        named = self.output.page.locator(
            ".widget-label", has_text=re.compile(f"^{re.escape(label)}$")
        )
        return self.output.locator(".widget-slider", has=named).locator(".noUi-handle")

    def press(self, label: str, key: str, times: int = 1) -> None:
        """Put the keyboard's focus on a slider and press a key."""
        handle = self.slider(label)
        handle.focus()
        for _ in range(times):
            handle.press(key)

    def turn_every_knob(self) -> Iterator[str]:
        """Move each knob to both its ends, or through all it offers; yields what is said then."""
        sliders = self.output.locator(".widget-slider .noUi-handle")
        for slider in range(sliders.count()):
            handle = sliders.nth(slider)
            handle.focus()
            for key in ("End", "Home"):
                before = self.setting()
                value = handle.get_attribute("aria-valuenow")
                handle.press(key)
                if handle.get_attribute("aria-valuenow") != value:
                    yield self._answer_to_another_setting_than(before)
            yield from self._reset()
        boxes = self.output.locator("input[type=checkbox]")
        for box in range(boxes.count()):
            before = self.setting()
            boxes.nth(box).click()
            yield self._answer_to_another_setting_than(before)
            yield from self._reset()
        choices = self.output.locator("select")
        for choice in range(choices.count()):
            offered = choices.nth(choice).locator("option").count()
            now = choices.nth(choice).evaluate("select => select.selectedIndex")
            for option in range(offered):
                if option != now:
                    before, now = self.setting(), option
                    choices.nth(choice).select_option(index=option)
                    yield self._answer_to_another_setting_than(before)
            yield from self._reset()

    def setting(self) -> str:
        """The setting whose picture is shown, as its text alternative says; empty without one."""
        return str(self.output.evaluate(_SETTING))

    def _reset(self) -> Iterator[str]:
        before = self.setting()
        if before != self._first_setting:
            self.button("Reset").click()
            yield self._answer_to_another_setting_than(before)
            expect(self.picture).to_have_attribute(
                "aria-label", re.compile(re.escape(self._first_setting))
            )

    def _answer_to_another_setting_than(self, before: str) -> str:
        """What is said of the next setting, when its picture has come."""
        self.output.page.wait_for_function(
            f"([output, before]) => ({_SETTING})(output) !== before",
            arg=[self.output.element_handle(), before],
        )
        return f"{self.setting()}: {self.output.locator('.course-explorer').inner_text()}"

    def button(self, label: str) -> Locator:
        """The button of that label."""
        return self.output.get_by_role("button", name=label)

    def press_stop_or_see_the_end(self) -> None:
        """Press Stop as soon as there is something to stop; a short run ends by itself before."""
        stop = self.button("Stop").element_handle()
        self.output.page.wait_for_function(
            """([stop, said]) =>
                stop.ariaDisabled !== "true" || /Ended|Stopped/.test(said.textContent)""",
            arg=[stop, self.said.element_handle()],
        )
        # Playwright's own click would wait for a button that is enabled, if the run has ended now.
        stop.evaluate("stop => stop.click()")

    def expect_said(self, text: Any, seconds: float = 15) -> None:
        """Wait until the explorer says so."""
        expect(self.said).to_contain_text(text, timeout=seconds * 1000)

    def drawn(self) -> str:
        """What is drawn in the picture."""
        return str(self.picture.evaluate(_DRAWN))
