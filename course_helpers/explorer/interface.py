"""The explorer that a notebook shows: knobs, and what the program does at their setting."""

from __future__ import annotations

import asyncio
import base64
import html
import json
from collections.abc import Generator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import ipywidgets as widgets

from course_helpers.explorer.figures import Figure
from course_helpers.explorer.knobs import value_of_knob
from course_helpers.explorer.live import LIMIT, LiveRun, own_lanes, run_live
from course_helpers.explorer.page import Page
from course_helpers.explorer.presses import Presses
from course_helpers.explorer.program import Program, name_of
from course_helpers.explorer.questions import Question, as_html
from course_helpers.explorer.replayed import Replayed
from course_helpers.explorer.resting import STYLE as RESTING_STYLE
from course_helpers.explorer.run import Run, described, run
from course_helpers.explorer.run_and_stop import RunAndStop
from course_helpers.explorer.run_in_words import ended_as, outline, setting, turned_between
from course_helpers.explorer.settings import settings
from course_helpers.explorer.shown_figures import shown_of, table
from course_helpers.explorer.widget_view import widget_view
from course_helpers.recording.model import Recording, Task
from course_helpers.views.lanes import horizon
from course_helpers.views.page.picture import MIME as PICTURE
from course_helpers.views.timeline import timeline
from course_helpers.views.words import count, listing

if TYPE_CHECKING:
    from course_helpers.views.drawing.picture import TimelinePicture

MIME: Final = "application/vnd.course-helpers.explorer+json"
"""The kind of output by which labextensions/course-helpers/explorers.js knows an explorer."""

PNG: Final = "image/png"

_AGAIN: Final = (
    "A still picture. To turn the knobs, run the notebook from its top: menu Run, Run All Cells."
)
_SIGNS: Final = {"ended": "✓", "deadlock": "⚠", "stopped": "■", "failed": "✗", "refused": "✗"}
_STYLE: Final = """<style>
.course-explorer table { border-collapse: collapse; margin: 4px 0; font-size: inherit; }
.course-explorer td, .course-explorer th { text-align: left; vertical-align: top;
  padding: 1px 16px 1px 0; line-height: 1.4; font-variant-numeric: tabular-nums; }
.course-explorer th { font-weight: normal; color: var(--jp-ui-font-color2, #616161); }
.course-explorer p { margin: 4px 0; }
.course-explorer .questions { list-style: none; margin: 4px 0; padding: 0; line-height: 1.5; }
.course-explorer .questions .answered { color: var(--jp-ui-font-color2, #616161); }
.course-explorer .before { color: var(--jp-ui-font-color2, #616161); min-height: 1lh; }
.course-explorer .said { white-space: pre-wrap; line-height: 1.4; }
.course-explorer .trouble { border-left: 4px solid #b3261e; padding-left: 8px; }
.course-explorer pre { margin: 4px 0; max-height: 12em; overflow: auto; white-space: pre-wrap; }
.course-explorer > .course-explorer-picture { display: block; width: auto; height: auto; }
.course-explorer img { max-width: 100%; height: auto; display: block; }
.course-explorer-knobs .widget-label { width: auto; }
</style>"""


class Explorer:
    """An async function whose parameters are knobs, as a notebook shows it; `explore` makes it.

    `recording` is what happened at the present setting (None where nothing could be recorded) and
    `knobs` the setting, by parameter.
    """

    def __init__(
        self,
        program: Program,
        knobs: Mapping[str, Any],
        figures: tuple[Figure, ...],
        questions: tuple[Question, ...],
        simulation: Mapping[str, Any],
        timeline_options: Mapping[str, Any],
        loop: asyncio.AbstractEventLoop | None,
    ) -> None:
        self._program = program
        self._widgets = dict(knobs)
        self._figures = figures
        self._questions = questions
        self._found: list[Question] = []  # those that the run that is shown has answered first
        self._simulation = simulation
        self._timeline_options = timeline_options
        self._first_setting = self.knobs
        self._figure: TimelinePicture | None = None
        self._run: Run | None = None
        self._before: Run | None = None  # the run that was shown before, which is outlined
        self._axis = 0.0  # seconds: how far it reaches
        self._values: dict[str, str] = {}  # of the figures, as they are read
        self._no_picture = ""  # why there is none, where there should be one
        self._anew = False  # whether the next run is to be compared with none
        self._moved = False  # whether a knob was turned since the last run began
        self._busy = False  # whether a turn is used already
        self._presses = Presses()

        self._asked = widgets.HTML(as_html(questions))
        self._status = widgets.HTML()
        # Read out by labextensions/course-helpers/explorers.js.
        self._status.add_class("course-said")
        self._image = widgets.HTML()
        self._image.add_class("course-explorer-picture")  # where the script paints
        self._table = widgets.HTML()
        self._replayed = Replayed()
        self._replayed.close_button.on_click(
            self._presses.in_turn(lambda _: self._replayed.close())
        )
        self._displays = widgets.Output()
        self._prints = widgets.HTML()
        self._live: LiveRun | None = None
        self._run_and_stop: RunAndStop | None = None
        if loop is not None:
            self._live = live = LiveRun(program, loop, self._live_begins, self._live_ended)
            self._run_and_stop = RunAndStop(
                self._presses.in_turn(lambda _: live.start(self.knobs)),
                self._presses.in_turn(lambda _: live.stop()),
            )
        self._view = self._laid_out()
        self._page = Page(
            self._view.model_id,
            lambda: self._presses.do(self._page_opened),
            self._presses.in_turn(self._replay),
        )
        for knob in self._widgets.values():
            knob.observe(lambda _: self._turned(), names="value")
        if self._live is None:
            self._turned()
        else:
            self._tell()

    def _laid_out(self) -> widgets.VBox:
        """All that is shown, in its order."""
        reset = widgets.Button(
            description="Reset",
            icon="undo",
            tooltip="Back to the first setting",
            layout={"width": "auto"},
        )
        reset.on_click(lambda _: self.reset())
        buttons = [*(self._run_and_stop.buttons if self._run_and_stop else ()), reset]
        turned = [knob for knob in self._widgets.values() if isinstance(knob, widgets.DOMWidget)]
        knobs = widgets.Box(
            [*turned, widgets.HBox(buttons)],
            layout={"flex_flow": "row wrap", "align_items": "center", "grid_gap": "2px 24px"},
        )
        knobs.add_class("course-explorer-knobs")
        view = widgets.VBox(
            [
                widgets.HTML(RESTING_STYLE + _STYLE),
                knobs,
                *([self._asked] if self._questions else []),
                self._status,
                self._table,
                self._image,
                self._replayed.view,
                self._displays,
                self._prints,
            ]
        )
        view.add_class("course-explorer")
        return view

    @property
    def knobs(self) -> dict[str, Any]:
        """The present setting: a value for each parameter that has a knob or a fixed value."""
        return {name: value_of_knob(knob) for name, knob in self._widgets.items()}

    @property
    def recording(self) -> Recording | None:
        """What happened in the run that is shown; None where there was nothing to record."""
        return self._run.recording if self._run is not None else None

    def __await__(self) -> Generator[Any, None, Explorer]:
        """`await explore(…, clock="real")`: run once before it is shown, so that it has a picture.

        By the virtual clock it has run already. Raises RuntimeError where the loop is being
        recorded already.
        """
        if self._live is not None:
            result = yield from run_live(self._program, self.knobs, LIMIT).__await__()
            self._presses.do(partial(self._show, result))
        return self

    def settings(self) -> dict[str, Any]:
        """Some settings, with what is shown at each, for a page on which nothing runs.

        It is JSON data, where nothing else than the virtual clock is needed; see `settings.py`.
        Raises RuntimeError for a program that needs the real clock.
        """
        if self._live is not None:
            raise RuntimeError("what a program does by the real clock is not the same each time")
        return settings(self._widgets, self._questions, self._at)

    def _at(self, setting: Mapping[str, Any]) -> dict[str, Any]:
        """What is shown at a setting, compared with none."""
        knobs = {name: widgets.fixed(value) for name, value in setting.items()}
        options = (self._simulation, self._timeline_options)
        return _Still(self._program, knobs, self._figures, (), *options, None).shown()

    def reset(self) -> None:
        """Turn all knobs back to where they were at first; the program runs once, on a new axis."""
        self._presses.do(self._reset)

    def _reset(self) -> None:
        self._busy = True
        try:
            for name, value in self._first_setting.items():
                self._widgets[name].value = value
        finally:
            self._busy = False
        self._anew = True
        self._turned()

    def _turned(self) -> None:
        """Run at the present setting, in turn, unless it was run since the knob was turned."""
        self._moved = True
        self._presses.do(self._follow)

    def _follow(self) -> None:
        """Show the last position of the knobs: none that is out of date waits to be run."""
        if self._busy:  # the turn is that of a reset, or of a program that turns its own knobs
            return
        self._busy = True
        try:
            while self._moved:
                self._moved = False
                if self._live is None:
                    self._show(run(self._program, self.knobs, self._simulation))
                else:
                    self._tell()
        finally:
            self._busy = False

    def _live_begins(self) -> None:
        self._tell_buttons()
        self._tell()

    def _live_ended(self, result: Run) -> None:
        self._presses.do(partial(self._show_ended, result))

    def _show_ended(self, result: Run) -> None:
        try:
            self._show(result)
        finally:
            self._tell_buttons()

    def _tell_buttons(self) -> None:
        """Have that button rest which has nothing to do: another run may have begun by now."""
        if self._live is not None and self._run_and_stop is not None:
            self._run_and_stop.tell(running=self._live.running)

    def _tell(self) -> None:
        """Say what came of the run that is shown; of one by the real clock, how it stands."""
        result = self._run
        if self._live is not None and self._live.running:
            said = '<p class="said"><progress aria-label="running"></progress> Running …</p>'
        elif result is None:
            said = '<p class="said">Press Run to run the program by the real clock.</p>'
        elif self._live is not None and result.knobs != self.knobs:
            said = '<p class="said">The knobs have moved: press Run to see this setting.</p>'
        else:
            trouble = "" if result.ended else " trouble"
            sentence = html.escape(ended_as(result, self._lanes(result)))
            found = "".join(
                f'<p class="said">✓ You have seen: {html.escape(one.text)}</p>'
                for one in self._found
            )
            said = (
                f'<p class="said{trouble}">{_SIGNS[result.outcome]} {sentence}</p>'
                f'<p class="before">{html.escape(outline(self._before, result))}</p>{found}'
            )
        self._status.value = said

    def _show(self, result: Run) -> None:
        """Put a run in the place of the one that was shown."""
        last, self._run = None if self._anew else self._run, result
        self._anew = False
        self._axis = self._axis_for(result, last)
        self._before = last if last is not None and last.recording is not None else None
        self._draw(result)
        self._show_figures(result)
        self._show_printed(result)
        if self._replayed.run is not None:
            self._replayed.tell_apart(turned_between(self._replayed.run, result))
        self._found = [one for one in self._questions if one.visit(result.knobs)]
        if self._found:
            self._asked.value = as_html(self._questions)
        # At the end: the words never speak of a picture that is not there yet.
        self._tell()

    def _axis_for(self, result: Run, last: Run | None) -> float:
        """How far the axis reaches, in seconds.

        It stays while one knob turns, so that a shorter run looks shorter, and grows with a run
        that is longer. When another knob is turned, it is as long as the longer of the two runs.
        """
        length = horizon(result.recording) if result.recording is not None else 0.0
        if last is None or last.recording is None:
            return length
        if self._before is not None and turned_between(self._before, last) == turned_between(
            last, result
        ):
            return max(self._axis, length)
        return max(horizon(last.recording), length)

    def _lanes(self, result: Run) -> Sequence[Task]:
        if result.recording is None:
            return ()
        return result.recording.tasks if self._live is None else own_lanes(result.recording)

    def _draw(self, result: Run) -> None:
        lanes = self._lanes(result)
        self._no_picture = ""
        try:
            options: dict[str, Any] = {
                "tasks": lanes,
                "window": (0.0, self._axis) if self._axis > 0 else None,
                "before": self._before.recording if self._before is not None else None,
                **self._timeline_options,
                "figure": self._figure,
            }
            recording = result.recording
            self._figure = timeline(recording, **options) if recording and lanes else None
            self._paint()
        except Exception as error:
            self._figure = None
            self._no_picture = f"No picture: {described(error)}"
            self._paint()

    def _paint(self) -> None:
        """Have the picture painted: by the page where it can, else as a PNG."""
        plan: Any = None
        if self._page.paints:
            if self._figure is not None:
                plan = self._figure.for_page(self._alternative()).get(PICTURE)
            self._page.paint(plan)
        if plan is not None:
            self._image.value = ""
        elif self._figure is None:
            self._image.value = f"<p>{html.escape(self._no_picture)}</p>" * bool(self._no_picture)
        else:
            self._image.value = self._as_image()

    def _page_opened(self) -> None:
        self._paint()
        if self._replayed.run is None:
            self._replayed.close()

    def _replay(self, time: float) -> None:
        """Open the replay of the run that is shown at a moment of it, in seconds."""
        if self._run is not None and self._run.recording is not None:
            self._replayed.open(self._run, time)

    def _as_image(self) -> str:
        """The picture as HTML; empty in a browser alone, where the page paints it."""
        assert self._figure is not None
        data, metadata = self._figure.shown(self._alternative(), quick=True)
        if PNG not in data:
            return ""
        about = metadata[PNG]
        return (
            f'<img width="{about["width"]}" height="{about["height"]}" '
            f'alt="{html.escape(about["alt"])}" '
            f'src="data:image/png;base64,{base64.b64encode(data[PNG]).decode()}">'
        )

    def _show_figures(self, result: Run) -> None:
        values, outputs = shown_of(self._figures, result, painted=self._page.paints)
        self._table.value = table(values, self._values if self._before is not None else {})
        self._values = values
        # Given to the widget as they are: printing or displaying inside `with Output():` would go
        # wherever the thread, or another task's await, happens to lead.
        self._displays.outputs = tuple(outputs)
        self._displays.layout.display = None if outputs else "none"

    def _show_printed(self, result: Run) -> None:
        if not result.printed:
            self._prints.value = ""
            return
        more = result.printed_left_out
        left_out = f"<p>… and {count(more, 'more character')}</p>" if more else ""
        self._prints.value = (
            f'<p>Printed:</p><pre tabindex="0">{html.escape(result.printed)}</pre>{left_out}'
        )

    def _repr_mimebundle_(
        self, include: Any = None, exclude: Any = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """The widgets, and for pages where nothing runs the picture of the present setting."""
        names = listing(list(self._widgets))
        knobs = f"with knobs for {names}" if names else "without knobs"
        data: dict[str, Any] = {
            **widget_view(self._view),
            # The same whatever the picture shows: it is what comparing notebooks compares.
            "text/plain": f"<explorer of {name_of(self._program)}, {knobs}>",
            MIME: {"again": _AGAIN},
        }
        metadata: dict[str, Any] = {}
        if self._figure is not None:
            picture, metadata = self._figure.shown(self._alternative())
            data |= picture
        return data, metadata

    def _alternative(self) -> str:
        """In words, the setting that the picture belongs to and what it shows."""
        assert self._run is not None
        assert self._figure is not None
        name = f"Explorer of {name_of(self._program)}{setting(self._run)}."
        before = outline(self._before, self._run)
        return f"{name} {self._figure.alternative} {before}".rstrip()


class _Still(Explorer):
    """An explorer at one setting, which no notebook shows."""

    def _paint(self) -> None:
        """Paint nothing: a plan is all that is wanted of its picture."""

    def shown(self) -> dict[str, Any]:
        """What a page can show of it without a kernel: words, as HTML, and plans of pictures.

        Those of `figures` have axes of their own.
        """
        pictures: list[Any] = []
        if self._figure is not None:
            pictures = json.loads(self._figure.for_page(self._alternative()).get(PICTURE, "[]"))
        words = (self._status, self._table, self._prints)
        return {
            "words": [one.value for one in words],
            "pictures": pictures,
            "figures": [
                json.loads(output["data"][PICTURE])
                for output in self._displays.outputs
                if PICTURE in output["data"]
            ],
        }
