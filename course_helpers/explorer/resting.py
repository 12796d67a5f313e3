"""A button that has nothing to do for now rests: it keeps the keyboard.

A browser takes the keyboard away from a button that is disabled. Whoever has just pressed it, and
uses the page without a mouse, would stand outside of the notebook.
"""

from __future__ import annotations

from typing import Final

import ipywidgets as widgets

RESTING: Final = "course-resting"
"""The class that says so. In labextensions/course-helpers/explorers.js it is read out."""

STYLE: Final = f"""<style>
.{RESTING} {{ opacity: var(--jp-widgets-disabled-opacity, 0.6); cursor: default; }}
</style>"""


def rest(button: widgets.Button, resting: bool) -> None:
    """Let a button rest, or end its rest. What it calls has to bear a press all the same."""
    if resting != is_resting(button):
        (button.add_class if resting else button.remove_class)(RESTING)


def is_resting(button: widgets.Button) -> bool:
    """Whether a button has nothing to do for now."""
    return RESTING in button._dom_classes
