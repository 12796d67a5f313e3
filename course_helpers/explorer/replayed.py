"""The replay beneath an explorer's picture: of the run that was shown when it was asked for."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any, Final

import ipywidgets as widgets

from course_helpers.explorer.run import Run, described, shortened
from course_helpers.views.replay import replay
from course_helpers.views.words import seconds

_HINT: Final = "A click in the picture opens a replay at that moment."
_AGAIN: Final = "a click in the picture opens a replay of the run that it shows."


class Replayed:
    """A replay that an explorer shows, with what it is of.

    `run` is the run that is replayed, None where no replay is open.
    """

    def __init__(self) -> None:
        self.run: Run | None = None
        self._said = widgets.HTML()
        self._said.add_class("course-said")
        self.close_button = widgets.Button(
            description="Close the replay", layout={"width": "auto", "display": "none"}
        )
        self._output = widgets.Output()
        self.view = widgets.VBox([widgets.HBox([self._said, self.close_button]), self._output])

    def close(self) -> None:
        """Show none, and say how one is had."""
        self.run = None
        self._show(_HINT, ())

    def open(self, run: Run, time: float) -> None:
        """Replay a run that was recorded, from a time on, in seconds."""
        assert run.recording is not None
        time = min(time, run.recording.duration)  # the axis may go on
        try:
            data = replay(run.recording, at=time)._repr_mimebundle_()
        except ValueError as error:
            self.run = None
            self._show(f"No replay: {described(error)}", ())
            return
        self.run = run
        output = {"output_type": "display_data", "data": data, "metadata": {}}
        self._show(f"Replay of this run, opened at {seconds(time)}:", (output,))

    def tell_apart(self, turned: Sequence[str]) -> None:
        """Say that the picture shows another run by now: at another setting of these knobs."""
        assert self.run is not None
        pairs = [f"{name} = {shortened(self.run.knobs[name])}" for name in turned]
        moved = f"at {', '.join(pairs)}. The knobs have moved" if pairs else "an earlier run"
        self._say(f"This was {moved}: {_AGAIN}")

    def _show(self, said: str, outputs: Sequence[Any]) -> None:
        self._say(said)
        self._output.outputs = tuple(outputs)
        self.close_button.layout.display = None if outputs else "none"

    def _say(self, text: str) -> None:
        self._said.value = f'<p class="before">{html.escape(text)}</p>'
