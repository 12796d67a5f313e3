"""What predictions ask, and how an answer is compared with the recording."""

from __future__ import annotations

import base64
import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine, Mapping, Sequence
from html import escape
from typing import Any, Final, NamedTuple

import ipywidgets as widgets

from course_helpers.recording.model import Mark, Recording, State
from course_helpers.simulation import simulate
from course_helpers.simulation.printing import captured
from course_helpers.views import words
from course_helpers.views.timeline import timeline

Program = Callable[[], Coroutine[Any, Any, Any]]

# Without it all that happens at one moment is one stroke of the picture.
_COST: Final = 0.001  # seconds a step
_LANES: Final = 40
_LIMITS: Final = {"steps": 20_000, "real_seconds": 2.0}


class Compared(NamedTuple):
    """A prediction beside the recording: whether it is right, a sentence, rows and a moment."""

    right: bool
    says: str
    rows: Sequence[tuple[str, str]] = ()
    at: float | None = None


def recorded(program: Program, cost_per_step: float = 0.0) -> Recording:
    """A run of a program; of one that fails or stands still, what happened until then."""
    with captured():
        try:
            return simulate(program(), cost_per_step=cost_per_step, **_LIMITS)  # type: ignore[arg-type]
        except Exception as error:
            recording: Recording | None = getattr(error, "recording", None)
            if recording is None:
                raise
            return recording


class Prediction(ABC):
    """A question with its buttons. `given` is the answer so far, `compared` what came of it."""

    question: str
    compared: Compared | None = None

    def __init__(self, program: Program, offered: Sequence[str], wanted: int) -> None:
        self._program = program
        self._offered = list(offered)
        self._wanted = wanted
        self.given: list[str] = []
        self._buttons = [
            widgets.Button(
                description=text, tooltip=text, layout={"width": "auto", "max_width": "100%"}
            )
            for text in self._offered
        ]
        for button in self._buttons:
            button.on_click(self._pressed)
        self._list = widgets.HTML()
        self._back = widgets.Button(description="Take back", icon="undo")
        self._back.on_click(lambda _: self.take_back())
        self._go = widgets.Button(description="Run and compare", button_style="primary")
        self._go.on_click(lambda _: self.compare())
        self._said = widgets.HTML()
        self.box = widgets.VBox(
            [
                widgets.HTML(f"<p><b>{escape(self.question)}</b></p>"),
                widgets.Box(self._buttons, layout={"flex_flow": "row wrap"}),
                self._list,
                widgets.HBox([self._back, self._go]),
                self._said,
            ]
        )
        self.box.add_class("course-prediction")
        self._show()

    @abstractmethod
    def _compared(self, recording: Recording) -> Compared:
        """The answer beside what happened."""

    def give(self, text: str) -> None:
        """Add one of those offered to the answer; of one that is out of place, nothing happens."""
        if self.compared is None and text in self._left() and len(self.given) < self._wanted:
            self.given.append(text)
            self._show()

    def take_back(self) -> None:
        """Take the last one back, before it is compared."""
        if self.given and self.compared is None:
            self.given.pop()
            self._show()

    def compare(self) -> None:
        """Run the program and compare: once, when the answer is complete."""
        if self.compared is not None or len(self.given) < self._wanted:
            return
        self.compared = self._compared(recorded(self._program))
        self._show()
        self._said.value = self._verdict()

    def _left(self) -> list[str]:
        left = list(self._offered)
        for text in self.given:
            left.remove(text)
        return left

    def _pressed(self, button: Any) -> None:
        self.give(button.description)

    def _show(self) -> None:
        left, done = self._left(), self.compared is not None
        full = len(self.given) >= self._wanted
        for button in self._buttons:
            button.disabled = done or full or button.description not in left
            if button.description in left:
                left.remove(button.description)
        self._back.disabled = done or not self.given
        self._go.disabled = done or not full
        items = "".join(f"<li>{escape(text)}</li>" for text in self.given)
        said = "Your answer:" if items else "Press a button for your answer."
        self._list.value = f"<div role='status'>{said}<ol>{items}</ol></div>"

    def _verdict(self) -> str:
        compared = self.compared
        assert compared is not None
        sign = "✓" if compared.right else "✗"
        rows = "".join(
            f"<tr><td>{'✓' if mine == true else '✗'}</td><td>{escape(mine)}</td>"
            f"<td>{escape(true)}</td></tr>"
            for mine, true in compared.rows
        )
        head = "<tr><th></th><th scope='col'>you</th><th scope='col'>the recording</th></tr>"
        table = f"<table>{head}{rows}</table>" if rows else ""
        return (
            f"<div role='status'><p>{sign} {escape(compared.says)}</p>{table}</div>"
            f"{'' if compared.right else self._picture(compared.at)}"
        )

    def _picture(self, at: float | None) -> str:
        recording = recorded(self._program, _COST)
        if not 0 < len(recording.tasks) <= _LANES:
            return ""
        figure = timeline(recording, at=at)
        picture = base64.b64encode(figure.png()).decode()
        return (
            f"<img alt='{escape(figure.alternative)}' src='data:image/png;base64,{picture}' "
            f"style='width: {figure.page_size[0]}px; max-width: 100%'>"
        )

    def __repr__(self) -> str:
        offered = "\n".join(f"  • {text}" for text in self._offered)
        return f"{self.question}\n{offered}"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        items = "".join(f"<li>{escape(text)}</li>" for text in self._offered)
        static = f"<p><b>{escape(self.question)}</b></p><ul>{items}</ul>"
        bundle: dict[str, Any] = dict(self.box._repr_mimebundle_())
        return {**bundle, "text/plain": repr(self), "text/html": static}


class Order(Prediction):
    """In which order does a program print its lines?"""

    def __init__(self, program: Program) -> None:
        lines = sorted(made.what for made in _printed(recorded(program)))
        if len(lines) < 2:
            raise ValueError("predict.order() asks for the order of lines: print at least two")
        self.question = f"In which order are these {len(lines)} lines printed? Press them."
        super().__init__(program, lines, len(lines))

    def _compared(self, recording: Recording) -> Compared:
        printed = _printed(recording)
        true = [made.what for made in printed]
        rows = list(zip(self.given, true, strict=False))
        wrong = next((place for place, (mine, line) in enumerate(rows) if mine != line), None)
        if wrong is None:
            return Compared(True, "As predicted.", rows)
        made = printed[wrong]
        who = "somebody" if made.task is None else words.name(recording.tasks[made.task])
        before = "" if not wrong else f"The first {wrong} lines are right. "
        if wrong == 1:
            before = "The first line is right. "
        says = (
            f"{before}You said “{self.given[wrong]}”. Before that, at {words.seconds(made.time)}, "
            f"{who} printed “{made.what}”."
        )
        with_cost = _printed(recorded(self._program, _COST))
        return Compared(
            False, says, rows, with_cost[wrong].time if wrong < len(with_cost) else None
        )


def _printed(recording: Recording) -> list[Mark]:
    return [made for made in recording.marks if made.verb == "prints"]


class Number(Prediction):
    """How much is it?"""

    def __init__(
        self,
        program: Program,
        figure: Callable[[Recording], float],
        question: str,
        choices: Mapping[float, str],
    ) -> None:
        if len(choices) < 2:
            raise ValueError("predict.number() gives a choice: at least two numbers")
        self.question = question
        self._figure = figure
        self._why = {f"{value:g}": why for value, why in choices.items()}
        super().__init__(program, list(self._why), 1)

    def _compared(self, recording: Recording) -> Compared:
        true, (mine,) = self._figure(recording), self.given
        if math.isclose(true, float(mine), rel_tol=1e-3, abs_tol=1e-9):
            return Compared(True, f"As predicted: {mine}.")
        return Compared(False, f"You said {mine}. The recording says {true:.4g}. {self._why[mine]}")


class Choice(Prediction):
    """Which sentence is true?"""

    def __init__(
        self, program: Program, question: str, options: Mapping[str, Callable[[Recording], bool]]
    ) -> None:
        if len(options) < 2:
            raise ValueError("predict.choose() gives a choice: at least two sentences")
        self.question = question
        self._options = dict(options)
        super().__init__(program, list(options), 1)

    def _compared(self, recording: Recording) -> Compared:
        (mine,) = self.given
        true = [text for text, holds in self._options.items() if holds(recording)]
        if mine in true:
            return Compared(True, f"As predicted: {mine}")
        return Compared(False, f"You said: {mine} In the recording: {' '.join(true)}")


class _Turn(NamedTuple):
    """A moment at which several tasks were ready, and the one that ran."""

    time: float
    ready: tuple[str, ...]
    ran: str


class Next(Prediction):
    """Which of the tasks that are ready runs next?"""

    def __init__(self, program: Program, at: float, count: int) -> None:
        self._at = at
        self._turns = _turns(recorded(program), at)[:count]
        if not self._turns:
            raise ValueError("predict.next() asks which task runs next: here never two are ready")
        names = sorted({name for turn in self._turns for name in turn.ready})
        times = words.count(len(self._turns), "time")
        self.question = f"Which task runs next, of those that are ready? Press it, {times}."
        super().__init__(program, names, len(self._turns))

    def _left(self) -> list[str]:
        if len(self.given) >= len(self._turns):
            return []
        return list(self._turns[len(self.given)].ready)

    def _compared(self, recording: Recording) -> Compared:
        turns = _turns(recording, self._at)[: self._wanted]
        rows = [(mine, turn.ran) for mine, turn in zip(self.given, turns, strict=True)]
        for (mine, ran), turn in zip(rows, turns, strict=True):
            if mine != ran:
                says = (
                    f"At {words.seconds(turn.time)} {words.listing(list(turn.ready))} were ready. "
                    f"You said {mine}. It was {ran}: the one that had been ready for longest."
                )
                return Compared(False, says, rows, turn.time)
        return Compared(True, "As predicted: who has been ready for longest runs next.", rows)


def _turns(recording: Recording, since: float) -> list[_Turn]:
    """The moments at which a task began a step while others were ready, too."""
    starts = sorted(
        (span.sequence, span.start, task.index)
        for task, span in recording.spans(State.RUNNING)
        if span.start >= since
    )
    ready = [
        (span.sequence, following.sequence, task.index)
        for task in recording.tasks
        for span, following in zip(task.spans, task.spans[1:], strict=False)
        if span.state is State.READY
    ]
    found = []
    for sequence, time, index in starts:
        waiting = {who for begin, end, who in ready if begin < sequence <= end}
        if len(waiting) > 1:
            names = tuple(sorted(words.name(recording.tasks[who]) for who in waiting))
            found.append(_Turn(time, names, words.name(recording.tasks[index])))
    return found
