"""A question about what a program will do, as a notebook shows it: answered once, then compared."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from html import escape
from typing import Any, Final, NamedTuple

import ipywidgets as widgets

from course_helpers.exercises import on_a_page, store
from course_helpers.exercises.happening import NamesAsAsked, Program
from course_helpers.exercises.pictures import Output, as_outputs
from course_helpers.exercises.presses import in_turn
from course_helpers.explorer.interface import MIME
from course_helpers.explorer.resting import STYLE as RESTING_STYLE
from course_helpers.explorer.resting import rest
from course_helpers.explorer.widget_view import widget_view
from course_helpers.recorder.names import function_name
from course_helpers.recording.model import Recording

_AGAIN: Final = (
    "To answer, run the notebook from its top: menu Run, Run All Cells. Answers given before come "
    "back with it."
)
STYLE: Final = (
    RESTING_STYLE
    + """<style>
.course-question p { margin: 4px 0; line-height: 1.4; }
.course-question table { border-collapse: collapse; margin: 4px 0; font-size: inherit; }
.course-question td, .course-question th { text-align: left; vertical-align: top;
  padding: 2px 16px 2px 0; line-height: 1.4; }
.course-question th { font-weight: normal; color: var(--jp-ui-font-color2, #616161); }
.course-question td { font-family: var(--jp-code-font-family, monospace);
  white-space: pre-wrap; }
.course-question td.words { font-family: inherit; }
.course-question tr.here td { border-bottom: 2px solid var(--jp-error-color1, #b3261e); }
.course-question ol { margin: 4px 0; padding-left: 2.2em; line-height: 1.5;
  font-family: var(--jp-code-font-family, monospace); }
.course-question img { max-width: 100%; height: auto; display: block; }
.course-question .said { border-left: 4px solid var(--jp-border-color1, #8a8f98);
  padding-left: 0.8em; }
.course-question .said.right { border-color: var(--jp-success-color1, #1b7f3b); }
.course-question .said.other { border-color: var(--jp-error-color1, #b3261e); }
.course-question .widget-radio, .course-question .widget-radio-box { width: auto;
  max-width: 100%; }
.course-question .widget-radio-box label { display: flex; flex-direction: row-reverse;
  justify-content: flex-end; align-items: center; height: auto;
  max-width: 100%; white-space: normal; line-height: 1.5; font-size: inherit; }
.course-question .widget-radio-box input { flex: none; }
.course-question > button { align-self: flex-start; }
.course-question a { color: var(--jp-content-link-color, #1565c0); text-decoration: underline; }
.course-question button { height: auto; min-height: var(--jp-widgets-inline-height, 28px);
  max-width: 100%; white-space: pre-wrap; text-align: left; line-height: 1.4; }
.course-question button:focus-visible, .course-question input:focus-visible {
  outline: 2px solid var(--jp-brand-color1, #1976d2); outline-offset: 1px; }
</style>"""
)


class Comparison(NamedTuple):
    """An answer beside what happened.

    `says` are sentences; `table` is HTML beneath them. `at` and `since` are the moments to point
    out in the picture of `recording`, in seconds.
    """

    right: bool
    says: Sequence[str]
    table: str
    recording: Recording | None
    at: float | None = None
    since: float | None = None


class Question(ABC):
    """A question about `program` with its controls; `answer` is what was submitted, None before.

    A question that has a name is answered once for all: the answer is kept with the progress.
    """

    def __init__(self, program: Program, text: str, name: str) -> None:
        self.text = text
        self.name = name
        self.answer: Any = None
        self.comparison: Comparison | None = None
        self.program = program
        self._as_asked = NamesAsAsked(program)
        self._compare_button = widgets.Button(
            description="Run and compare",
            icon="play",
            button_style="primary",
            disabled=True,
            layout={"width": "auto"},
        )
        self._compare_button.on_click(in_turn(lambda _: self.submit()))
        self._said = widgets.HTML()
        self._said.add_class("course-said")  # read out by labextensions/course-helpers/explorers.js
        self._table, self._picture = widgets.HTML(), widgets.Output()
        self._view = widgets.VBox(
            [
                widgets.HTML(f"{STYLE}<p><b>{escape(text)}</b></p>"),
                *self._controls(),
                *self._buttons(),
                self._said,
                self._table,
                self._picture,
            ]
        )
        self._view.add_class("course-question")
        self._remember()

    @abstractmethod
    def _controls(self) -> Sequence[widgets.Widget]:
        """What the answer is given with."""

    @abstractmethod
    def _chosen(self) -> Any:
        """The answer as it stands, as data; None while it is not complete."""

    @abstractmethod
    def _put_back(self, answer: Any) -> bool:
        """Have the controls show an answer that was kept; False if it does not fit any more."""

    @abstractmethod
    def _close(self) -> None:
        """Let the controls take no other answer."""

    @abstractmethod
    def _compare(self, answer: Any) -> Comparison:
        """Run the program, and hold the answer beside what happened."""

    @abstractmethod
    def _offered(self) -> Sequence[str]:
        """What can be chosen, for pages where nothing runs."""

    def _on_a_page(self) -> on_a_page.Asked | None:
        """Run the program, for pages that compare without it; None for what they cannot ask."""
        return None

    @property
    def shown(self) -> str:
        """What came of it, as HTML: sentences and table."""
        return f"{self._said.value}{self._table.value}"

    @property
    def pictures(self) -> Sequence[Output]:
        """The pictures of what happened, as a notebook's outputs."""
        shown: Sequence[Output] = self._picture.outputs
        return shown

    def _buttons(self) -> Sequence[widgets.Widget]:
        return [self._compare_button]

    def submit(self) -> None:
        """Commit to the answer as it stands, run the program and compare.

        Does nothing before the answer is complete, or a second time.
        """
        answer = self._chosen()
        if answer is not None and self.answer is None:
            self._commit(answer)

    def _overtaken(self) -> None:
        """Compare again with an answer that was given before the comparison was seen.

        While the kernel is busy, a page holds changes of a control back, and a button overtakes
        them. A change that comes afterwards is of that time: by now the controls are closed.
        """
        answer = self._chosen()
        if answer is not None and self.answer is not None and answer != self.answer:
            self._commit(answer, instead=True)

    def _commit(self, answer: Any, *, instead: bool = False) -> None:
        if self._show(answer) and self.name:
            assert self.comparison is not None
            besides = store.note_prediction(
                self.name, answer, right=self.comparison.right, instead=instead
            )
            if besides:
                self._table.value += f"<p>{escape(besides)}</p>"

    def _remember(self) -> None:
        """Show the answer that was kept, if there is one."""
        kept = store.prediction(self.name) if self.name else None
        if kept is None:
            return
        answer, day = kept
        if self._put_back(answer):
            self._show(answer, f"You answered this on {day}." if day else "You answered this.")

    def _show(self, answer: Any, before: str = "") -> bool:
        """Compare and show what comes of it; whether the program could be run."""
        try:
            with self._as_asked:
                comparison = self._compare(answer)
        except Exception as error:
            self._say(
                f"The program could not be run ({type(error).__name__}: {error}). Run the cells "
                "above and this one again.",
                "other",
            )
            return False
        self.answer, self.comparison = answer, comparison
        self._close()
        rest(self._compare_button, True)
        self._table.value = comparison.table
        self._picture.outputs = as_outputs(
            comparison.recording, at=comparison.at, since=comparison.since
        )
        # At the end: the words never speak of what is not there yet.
        sentences = [sentence for sentence in (before, *comparison.says) if sentence]
        self._say(" ".join(sentences), "right" if comparison.right else "other")
        return True

    def _say(self, text: str, kind: str = "") -> None:
        self._said.value = f'<p class="said {kind}">{escape(text)}</p>'

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        """The widgets, and for pages where nothing runs the question, with its answer if given."""
        offered = "".join(f"<li>{escape(line)}</li>" for line in self._offered())
        still = f"<p><b>{escape(self.text)}</b></p><ul>{offered}</ul>"
        if self.comparison is not None:
            still += f"{self._said.value}{self._table.value}"
        bundle = {
            **widget_view(self._view),
            "text/plain": f"<a question about {function_name(self.program)}: {self.text}>",
            "text/html": f"<div class='course-question'>{still}</div>",
            MIME: {"again": _AGAIN},
        }
        asked = self._asked_on_a_page() if self.comparison is None else None
        return bundle if asked is None else {**bundle, on_a_page.MIME: on_a_page.encoded(asked)}

    def _asked_on_a_page(self) -> on_a_page.Asked | None:
        try:
            with self._as_asked:
                return self._on_a_page()
        except Exception:  # whoever compares is told
            return None
