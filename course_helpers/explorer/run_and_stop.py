"""The buttons of an explorer that runs its program by the real clock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets as widgets

from course_helpers.explorer.resting import rest


class RunAndStop:
    """A Run and a Stop button, which call what they are given; one of them rests."""

    def __init__(self, run: Callable[[Any], None], stop: Callable[[Any], None]) -> None:
        self._run = widgets.Button(
            description="Run", icon="play", button_style="primary", layout={"width": "auto"}
        )
        self._stop = widgets.Button(description="Stop", icon="stop", layout={"width": "auto"})
        self._run.on_click(run)
        self._stop.on_click(stop)
        self.buttons = (self._run, self._stop)
        self.tell(running=False)

    def tell(self, *, running: bool) -> None:
        """Say whether the program runs."""
        rest(self._stop, not running)
        rest(self._run, running)
