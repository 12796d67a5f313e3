"""An explorer on the screen, as hands and eyes find it."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Locator, expect


class ExplorerOnScreen:
    """The explorer in a cell's output."""

    def __init__(self, output: Locator) -> None:
        self.output = output
        self.said = output.locator("[role=status]")
        self.picture = output.locator(".course-explorer img")
        self.picture.or_(self.said).first.wait_for()

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

    def button(self, label: str) -> Locator:
        """The button of that label."""
        return self.output.get_by_role("button", name=label)

    def expect_said(self, text: Any, seconds: float = 15) -> None:
        """Wait until the explorer says so."""
        expect(self.said).to_contain_text(text, timeout=seconds * 1000)

    def source(self) -> str:
        """The picture itself."""
        return str(self.picture.get_attribute("src"))
