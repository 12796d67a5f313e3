"""The kinds of questions about a program: the order of its lines, one of several, what is next."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from html import escape
from typing import Any, Final

import ipywidgets as widgets

from course_helpers.exercises import on_a_page
from course_helpers.exercises.happening import Program, happened, printed
from course_helpers.exercises.presses import in_turn
from course_helpers.exercises.question import Comparison, Question
from course_helpers.exercises.sentences import line as line_of
from course_helpers.exercises.sentences import moment
from course_helpers.explorer.resting import rest
from course_helpers.recorder.names import function_name
from course_helpers.recording.model import Mark, Recording, Span, State, Task
from course_helpers.recording.readings import outside
from course_helpers.views import words

# What one step takes in the picture of an order, in seconds: what happens at the same moment would
# be one stroke otherwise.
_COST_IN_PICTURE: Final = 0.001


class OrderQuestion(Question):
    """In which order will the lines be printed? They are pressed one after the other."""

    def __init__(
        self, program: Program, lines: Sequence[str], explain: Mapping[str, str], name: str
    ) -> None:
        self._lines = sorted(lines)  # the alphabet says nothing about the order
        self._explain = explain
        self._order: list[int] = []
        self._line_buttons = [
            widgets.Button(description=_shown(line), layout={"width": "auto"})
            for line in self._lines
        ]
        for number, button in enumerate(self._line_buttons):
            button.style.font_family = "var(--jp-code-font-family, monospace)"
            button.on_click(in_turn(partial(self._press, number)))
        self._list = widgets.HTML()
        text = (
            f"In which order will {function_name(program)} print these {len(lines)} lines? Press "
            "them one after the other; pressed again, a line is taken back."
        )
        super().__init__(program, text, name)

    def _controls(self) -> Sequence[widgets.Widget]:
        return [
            widgets.Box(self._line_buttons, layout={"flex_flow": "row wrap", "grid_gap": "2px"}),
            self._list,
        ]

    def _offered(self) -> Sequence[str]:
        return self._lines

    def press(self, line: str) -> None:
        """Put a line behind those pressed before; one that has its place is taken back.

        Raises ValueError for a line that is not offered.
        """
        alike = [number for number, each in enumerate(self._lines) if each == line]
        if not alike:
            raise ValueError(f"{line!r} is not one of the lines")
        self._press(next((number for number in alike if number not in self._order), alike[0]))

    def _press(self, number: int, _: object = None) -> None:
        if self.answer is not None:
            return
        line = _shown(self._lines[number])
        if number in self._order:
            self._order.remove(number)
            self._say(f"Taken back: {line}")
        else:
            self._order.append(number)
            self._say(f"Line {len(self._order)} of {len(self._lines)}: {line}")
        self._show_order()
        self._compare_button.disabled = self._chosen() is None

    def _show_order(self) -> None:
        for number, button in enumerate(self._line_buttons):
            place = self._order.index(number) + 1 if number in self._order else None
            line = _shown(self._lines[number])
            button.description = line if place is None else f"{place}. {line}"
            button.button_style = "" if place is None else "info"
        items = "".join(f"<li>{escape(_shown(self._lines[number]))}</li>" for number in self._order)
        self._list.value = f"<ol>{items}</ol>" if items else ""

    def _chosen(self) -> list[str] | None:
        if len(self._order) < len(self._lines):
            return None
        return [self._lines[number] for number in self._order]

    def _put_back(self, answer: Any) -> bool:
        if not isinstance(answer, list) or sorted(map(str, answer)) != self._lines:
            return False
        left = list(range(len(self._lines)))
        for line in answer:
            number = next(each for each in left if self._lines[each] == line)
            left.remove(number)
            self._order.append(number)
        return True

    def _close(self) -> None:
        self._list.value = ""
        for button, line in zip(self._line_buttons, self._lines, strict=True):
            button.description, button.button_style, button.disabled = _shown(line), "", True

    def _compare(self, answer: Any) -> Comparison:
        recording = happened(self.program)
        lines = printed(recording)
        facts = [line.what for line in lines]
        first = next(
            (
                place
                for place, (said, fact) in enumerate(zip(answer, facts, strict=False))
                if said != fact
            ),
            None if len(answer) == len(facts) else min(len(answer), len(facts)),
        )
        if first is None:
            says = [_all_right(facts)]
            return Comparison(True, says, _in_two_columns(answer, facts, None), recording)
        if first >= len(facts) or sorted(facts) != sorted(answer):
            says = [
                f"{function_name(self.program)} prints other lines now: run the cells above and "
                "this one again."
            ]
            return Comparison(False, says, _in_two_columns(answer, facts, first), recording)
        before, behind = _around_difference(lines[first], first, recording)
        why = self._explain.get(facts[first], "") or self._explain.get(answer[first], "")
        says = [f"{before}{answer[first]}{behind}", why]
        shown = self._spread_out(lines, first)
        if shown is not None:
            says.append("In the picture each step takes 0.001 s, so that one sees their order.")
        drawn = recording if shown is None else shown
        at = printed(drawn)[first].time
        return Comparison(False, says, _in_two_columns(answer, facts, first), drawn, at)

    def _spread_out(self, lines: Sequence[Mark], place: int) -> Recording | None:
        """A run whose steps take time, where a line shares its moment with others."""
        if sum(line.time == lines[place].time for line in lines) < 2:
            return None
        recording = happened(self.program, cost_per_step=_COST_IN_PICTURE)
        same_lines = [line.what for line in printed(recording)] == [line.what for line in lines]
        return recording if same_lines else None

    def _on_a_page(self) -> on_a_page.Order:
        recording = happened(self.program)
        lines = printed(recording)
        return {
            "kind": "order",
            "question": self.text,
            "lines": [_shown(line) for line in self._lines],
            "printed": [_shown(line.what) for line in lines],
            "right": _all_right(lines),
            "differences": [
                _around_difference(line, place, recording) for place, line in enumerate(lines)
            ],
            "why": {_shown(line): why for line, why in self._explain.items()},
        }


def _all_right(facts: Sequence[object]) -> str:
    return f"Right: all {len(facts)} lines, in this order."


def _around_difference(fact: Mark, place: int, recording: Recording) -> tuple[str, str]:
    """What is said of the first difference, before and behind the line that was put there."""
    who = "The program" if fact.task is None else words.name(recording.tasks[fact.task])
    right = f" The {place} before it are right." if place > 1 else ""
    return (
        f"As line {place + 1} you said “",
        f"”. Before that, {who} printed “{fact.what}”, {moment(fact.time)}"
        f"{line_of(fact.location, recording)}.{right}",
    )


def _in_two_columns(answer: Sequence[str], facts: Sequence[str], first: int | None) -> str:
    rows = "".join(
        f"<tr class='{'here' if place == first else ''}'><th scope='row'>{place + 1}</th>"
        f"<td>{escape(_shown(said))}</td><td>{escape(_shown(fact))}</td>"
        f"<td class='words'>{'✓' if said == fact else '✗'}</td></tr>"
        for place, (said, fact) in enumerate(zip(answer, facts, strict=False))
    )
    return (
        "<table><thead><tr><th scope='col'></th><th scope='col'>You said</th>"
        "<th scope='col'>Printed</th><th scope='col'></th></tr></thead>"
        f"<tbody>{rows}</tbody></table>"
    )


def _shown(line: str) -> str:
    return line if line.strip() else "(an empty line)"


Truth = Callable[[], tuple[Recording | None, Mapping[str, bool], str]]
"""Runs the program: a recording to show, which options are true, and what was found in words."""


class ChoiceQuestion(Question):
    """A question with a few answers, one of which is picked."""

    def __init__(
        self,
        program: Program,
        question: str,
        options: Sequence[str],
        truth: Truth,
        explain: Mapping[str, str],
        at: Callable[[Recording], float] | None,
        name: str,
    ) -> None:
        self.options = options
        self._truth = truth
        self._explain = explain
        self._at = at
        self._radio = widgets.RadioButtons(
            options=list(options), value=None, layout={"width": "auto"}
        )
        self._radio.observe(in_turn(lambda change: self._picked(change["new"])), names="value")
        super().__init__(program, question, name)

    def _controls(self) -> Sequence[widgets.Widget]:
        return [self._radio]

    def _offered(self) -> Sequence[str]:
        return self.options

    def pick(self, option: str) -> None:
        """Pick one of the options; nothing once it was compared."""
        if self.answer is None:
            self._radio.value = option

    def _picked(self, option: str | None) -> None:
        if self.answer is not None:
            self._overtaken()
        elif option is not None:
            self._compare_button.disabled = False
            self._say(f"Chosen: {option}")

    def _chosen(self) -> str | None:
        value: str | None = self._radio.value
        return value

    def _put_back(self, answer: Any) -> bool:
        if answer not in self.options:
            return False
        self._radio.value = answer
        return True

    def _close(self) -> None:
        self._radio.disabled = True

    def _compare(self, answer: Any) -> Comparison:
        recording, truths, found = self._truth()
        right = truths[answer]
        says = self._told(answer, truths, found)
        rows = "".join(
            f"<tr><td class='words'>{'✓' if truths[option] else '✗'}</td>"
            f"<td class='words'>{escape(option)}{' (your answer)' * (option == answer)}</td></tr>"
            for option in self.options
        )
        at = None if self._at is None or recording is None else self._at(recording)
        return Comparison(right, says, f"<table><tbody>{rows}</tbody></table>", recording, at)

    def _told(self, answer: str, truths: Mapping[str, bool], found: str) -> Sequence[str]:
        return [
            f"{'Right' if truths[answer] else 'Not so'}: {found}",
            self._explain.get(answer, ""),
        ]

    def _on_a_page(self) -> on_a_page.Choice:
        _, truths, found = self._truth()
        options: list[on_a_page.Option] = [
            {
                "text": option,
                "right": truths[option],
                "says": " ".join(filter(None, self._told(option, truths, found))),
            }
            for option in self.options
        ]
        return {"kind": "choice", "question": self.text, "options": options}


class NumberQuestion(Question):
    """A question with a number for an answer, which is typed."""

    def __init__(
        self,
        program: Program,
        question: str,
        unit: str,
        number: Callable[[], tuple[Recording | None, float]],
        at: Callable[[Recording], float] | None,
        name: str,
    ) -> None:
        self._unit = unit
        self._number = number
        self._at = at
        self._field = widgets.Text(
            placeholder="a number", description=unit, layout={"width": "auto"}
        )
        self._field.observe(in_turn(lambda _: self._typed()), names="value")
        super().__init__(program, question, name)

    def _controls(self) -> Sequence[widgets.Widget]:
        return [self._field]

    def _offered(self) -> Sequence[str]:
        return []

    def type(self, text: str) -> None:
        """Type a number; nothing once it was compared."""
        if self.answer is None:
            self._field.value = text

    def _typed(self) -> None:
        if self.answer is not None:
            self._overtaken()
        else:
            self._compare_button.disabled = self._chosen() is None
            wrong = self._field.value.strip() and self._chosen() is None
            self._say("This is no number." if wrong else "")

    def _chosen(self) -> float | None:
        try:
            value = float(self._field.value.replace(",", "."))
        except ValueError:
            return None
        return value if math.isfinite(value) else None

    def _put_back(self, answer: Any) -> bool:
        if isinstance(answer, bool) or not isinstance(answer, int | float):
            return False
        self._field.value = f"{answer:g}"
        return True

    def _close(self) -> None:
        self._field.disabled = True

    def _compare(self, answer: Any) -> Comparison:
        recording, fact = self._number()
        right = same(answer, fact)
        said, found = with_unit(answer, self._unit), with_unit(fact, self._unit)
        says = [f"Right: {found}." if right else f"You said {said}. The recording says {found}."]
        at = None if self._at is None or recording is None else self._at(recording)
        return Comparison(right, says, "", recording, at)


def same(said: float, fact: float) -> bool:
    """Whether two numbers are the same but for the last digits."""
    return math.isclose(said, fact, rel_tol=1e-6, abs_tol=1e-9)


def with_unit(number: float, unit: str) -> str:
    """A number with its unit, in words: `0.2 s`, `4 orders`, `4 of 6 orders`."""
    if unit == "s":
        return words.seconds(number)
    return f"{words.significant(number)} {unit}".rstrip()


class NextQuestion(Question):
    """Which task runs next, and next, and next? Each answer is compared at once."""

    def __init__(self, program: Program, at: float, count: int, name: str) -> None:
        self._from = at
        self._recording = happened(program)
        self._count = min(count, len(_steps(self._recording, at)))
        self._names = sorted(words.name(task) for task in _tasks(self._recording))
        self._said_names: list[str] = []
        self._rows: list[str] = []
        self._task_buttons = [
            widgets.Button(description=task, layout={"width": "auto"}) for task in self._names
        ]
        for button in self._task_buttons:
            button.on_click(in_turn(lambda pressed: self.press(pressed.description)))
        text = f"From {words.seconds(at)} on: which task of {function_name(program)} runs next?"
        self._situation = widgets.HTML()
        super().__init__(program, text, name)
        if self.answer is None:
            self._situation.value = self._now()

    def _controls(self) -> Sequence[widgets.Widget]:
        return [
            self._situation,
            widgets.Box(self._task_buttons, layout={"flex_flow": "row wrap", "grid_gap": "2px"}),
        ]

    def _buttons(self) -> Sequence[widgets.Widget]:
        return []  # each press is an answer

    def _offered(self) -> Sequence[str]:
        return self._names

    def press(self, name: str) -> None:
        """Say which task runs next; compared at once."""
        if self.answer is not None:
            return
        task, step = _steps(self._recording, self._from)[len(self._said_names)]
        self._said_names.append(name)
        row, sentence = self._judged(name, task, step)
        self._rows.append(row)
        if len(self._said_names) == self._count:
            self._situation.value = ""
            self.submit()
            return
        self._say(sentence)
        self._situation.value = self._now()
        self._table.value = self._all_rows()

    def _now(self) -> str:
        """Where the tasks stand before the step that is asked for."""
        number = len(self._said_names)
        steps = _steps(self._recording, self._from)
        sequence = steps[number][1].sequence
        before = [
            (task, span) for task, span in _steps(self._recording, 0.0) if span.sequence < sequence
        ]
        text = f"Step {number + 1} of {self._count}."
        if before:
            task, span = max(before, key=lambda each: each[1].sequence)
            place = line_of(span.location, self._recording)
            text += f" The last to run was {words.name(task)}, {moment(span.start)}{place}."
        return f"<p>{escape(text)}</p>"

    def _judged(self, said: str, task: Task, step: Span) -> tuple[str, str]:
        """A row of the table, and a sentence, about one answer."""
        fact, right = words.name(task), said == words.name(task)
        why = _why_ready(self._recording, task, step)
        row = (
            f"<tr><td class='words'>{'✓' if right else '✗'}</td><td>{escape(said)}</td>"
            f"<td>{escape(fact)}</td><td class='words'>{words.seconds(step.start)}: {escape(why)}"
            "</td></tr>"
        )
        told = f"Right: {fact} runs" if right else f"You said {said}. It is {fact} that runs"
        return row, f"{told}, {moment(step.start)}: {why}."

    def _all_rows(self) -> str:
        return (
            "<table><thead><tr><th scope='col'></th><th scope='col'>You said</th>"
            "<th scope='col'>It was</th><th scope='col'>Because</th></tr></thead>"
            f"<tbody>{''.join(self._rows)}</tbody></table>"
        )

    def _chosen(self) -> list[str] | None:
        return self._said_names if len(self._said_names) == self._count else None

    def _put_back(self, answer: Any) -> bool:
        fits = (
            isinstance(answer, list)
            and len(answer) == self._count
            and all(name in self._names for name in answer)
        )
        if fits:
            self._said_names = list(answer)
        return fits

    def _close(self) -> None:
        for button in self._task_buttons:
            rest(button, True)

    def _compare(self, answer: Any) -> Comparison:
        steps = _steps(self._recording, self._from)[: self._count]
        judged = [
            self._judged(said, task, step) for said, (task, step) in zip(answer, steps, strict=True)
        ]
        self._rows = [row for row, _ in judged]
        right = sum(said == words.name(task) for said, (task, _) in zip(answer, steps, strict=True))
        says = [judged[-1][1], f"{right} of {self._count} are right."]
        wrong = next(
            (
                step.start
                for said, (task, step) in zip(answer, steps, strict=True)
                if said != words.name(task)
            ),
            None,
        )
        return Comparison(right == self._count, says, self._all_rows(), self._recording, wrong)


def _tasks(recording: Recording) -> list[Task]:
    return [task for task in recording.tasks if task.kind == "task"]


def _steps(recording: Recording, at: float) -> list[tuple[Task, Span]]:
    """The steps of all tasks from a moment on, in the order in which they ran."""
    found = [
        (task, span)
        for task in _tasks(recording)
        for span in task.spans
        if span.state is State.RUNNING and span.start >= at
    ]
    return sorted(found, key=lambda each: each[1].sequence)


def _why_ready(recording: Recording, task: Task, step: Span) -> str:
    """Why a task could run, in words."""
    before = [span for span in task.spans if span.sequence < step.sequence]
    if all(span.state is State.READY for span in before):
        parent = task.parent
        if parent is None:
            return "the program begins with it"
        return f"{words.name(recording.tasks[parent])} had made it"
    waker = before[-1].waker
    if waker is None:
        return "its turn had come"
    if waker.kind == "timer":
        return "its timer had fired"
    if waker.kind != "task" or waker.task is None:
        return f"woken by {outside(waker) or 'the outside'}"
    if waker.task == task.index:
        return "it had only given way"
    return f"{words.name(recording.tasks[waker.task])} had woken it"


def steps_from(recording: Recording, at: float) -> int:
    """How many steps run from a moment on."""
    return len(_steps(recording, at))
