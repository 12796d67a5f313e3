"""The report of a check: in words, and with the learner's own timeline where something is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Any, Final

from course_helpers.browser import IN_BROWSER
from course_helpers.exercises.judging import Failure, Judge, Outcome, Verdict
from course_helpers.exercises.pictures import display_with, is_worth_showing
from course_helpers.exercises.sentences import line, moment
from course_helpers.recording.model import Recording
from course_helpers.views import words

if TYPE_CHECKING:
    from course_helpers.views.drawing.picture import TimelinePicture

_SIGNS: Final = {
    Outcome.RIGHT: "✓",
    Outcome.NOT_YET: "✗",
    Outcome.NOT_ATTEMPTED: "○",
    Outcome.CANNOT_TELL: "?",
}
_COLOURS: Final = {
    Outcome.RIGHT: "var(--jp-success-color1, #1b7f3b)",
    Outcome.NOT_YET: "var(--jp-error-color1, #b3261e)",
    Outcome.NOT_ATTEMPTED: "var(--jp-border-color1, #8a8f98)",
    Outcome.CANNOT_TELL: "var(--jp-warn-color1, #b06000)",
}
# In fewer than one schedule of so many: a mistake that tests do not find.
_SELDOM: Final = 4


class Report:
    """What a check has found. At the end of a cell it shows itself."""

    def __init__(self, judge: Judge, verdict: Verdict, said_besides: str = "") -> None:
        self.outcome = verdict.outcome
        self.verdict = verdict
        self._judge = judge
        self._besides = said_besides

    @property
    def says(self) -> str:
        """The verdict in a sentence or two."""
        verdict = self.verdict
        call = f"exercises.{self._judge.name}"
        if verdict.outcome is Outcome.RIGHT:
            return f"{_right(verdict)} Compare with another way: {call}.solution()"
        if verdict.outcome is Outcome.NOT_ATTEMPTED:
            return verdict.says or "Not changed yet: this is the code as it was given."
        if verdict.outcome is Outcome.CANNOT_TELL:
            return (
                f"{verdict.says} That is a fault of the course, unless your code has changed "
                f"Python itself: then restart the kernel. Go on, and compare with {call}.solution()"
            )
        failure = verdict.failure
        if failure is None:
            return verdict.says
        return f"{_how_often(verdict)}\n{_what_happened(failure)}"

    @property
    def rules(self) -> list[tuple[str, str]]:
        """Each rule with its sign: ✓ it holds, ✗ it is broken, – not reached."""
        verdict = self.verdict
        if not verdict.held and not verdict.failures:
            return []
        broken = {failure.rule.name for failure in verdict.failures}
        later = [rule.name for rule in verdict.scenario.rules] if verdict.scenario else []
        first = min((later.index(name) for name in broken), default=len(later))
        unreached = set(later[first:]) - broken
        holding = set(verdict.held) - unreached

        def sign(name: str) -> str:
            if name in broken:
                return "✗"
            return "✓" if name in holding else "–"

        return [(sign(rule.name), rule.name) for rule in self._judge.rules]

    @property
    def remarks(self) -> list[str]:
        """What may be the reason, and what was put back."""
        verdict = self.verdict
        remarks = [
            f"Perhaps the reason: {says} (line {line})." if line else f"Perhaps the reason: {says}."
            for says, line in verdict.suspicions
        ]
        remarks += [f"Your code {note}." for note in verdict.notes]
        if verdict.failure is not None:
            remarks.append(
                f"Disagree? exercises.{self._judge.name}.disagree() makes a file of it for whoever "
                "teaches you."
            )
        return [*remarks, self._besides] if self._besides else remarks

    @property
    def text(self) -> str:
        """All of it as text."""
        lines = [f"{_SIGNS[self.outcome]} {self.says}"]
        lines += [f"  {sign} {name}" for sign, name in self.rules]
        return "\n".join([*lines, *self.remarks])

    def __repr__(self) -> str:
        return self.text

    @property
    def recording(self) -> Recording | None:
        """The run that the report speaks of; of a right answer, one of its runs."""
        failure = self.verdict.failure
        run = failure.run if failure is not None else self.verdict.example
        return None if run is None else run.recording

    @property
    def figure(self) -> TimelinePicture | None:
        """The timeline of the run that went wrong, with that moment; None where nothing did."""
        recording = self._recording_to_show()
        if recording is None:
            return None
        from course_helpers.views.timeline import timeline

        at, since = self._moments()
        return timeline(recording, at=at, since=since)

    def _recording_to_show(self) -> Recording | None:
        """The recording of the run that went wrong, if a picture of it shows anything."""
        failure = self.verdict.failure
        if failure is None or not is_worth_showing(failure.run.recording):
            return None
        return failure.run.recording

    def _moments(self) -> tuple[float | None, float | None]:
        """When it went wrong, and since when, in seconds."""
        failure = self.verdict.failure
        assert failure is not None
        at, since = failure.breach.moment, failure.breach.beginning
        return (since, at) if at is not None and since is not None and since > at else (at, since)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/plain": self.text, "text/html": self._html()}

    def _html(self) -> str:
        paragraphs = _paragraphs(f"{_SIGNS[self.outcome]} {self.says}".split("\n"))
        rules = "".join(f"<li>{sign} {escape(name)}</li>" for sign, name in self.rules)
        if rules:
            rules = f"<ul style='list-style: none; padding-left: 1em'>{rules}</ul>"
        remarks = _paragraphs(self.remarks)
        return _framed(self.outcome, f"{paragraphs}{self._picture()}{rules}{remarks}")

    if IN_BROWSER:

        def _ipython_display_(self) -> None:
            """The page paints the picture, beneath the words."""
            display_with(self._repr_mimebundle_(), [self.figure])

    def _picture(self) -> str:
        recording, failure = self._recording_to_show(), self.verdict.failure
        if recording is None or failure is None or IN_BROWSER:
            return ""
        from course_helpers.exercises.pictures import on_page

        at, since = self._moments()
        return on_page(recording, at=at, since=since, says=_what_happened(failure))


class Remark:
    """An outcome in a few lines of text. At the end of a cell it shows itself."""

    def __init__(self, outcome: Outcome, lines: Sequence[str]) -> None:
        self.outcome = outcome
        first, *others = lines
        self._lines = [f"{_SIGNS[outcome]} {first}", *others]

    def and_also(self, sentence: str) -> Remark:
        """The same with a sentence more, if it says anything."""
        if sentence:
            self._lines.append(sentence)
        return self

    def __repr__(self) -> str:
        return "\n".join(self._lines)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        html = _framed(self.outcome, _paragraphs(self._lines))
        return {"text/plain": repr(self), "text/html": html}


def _framed(outcome: Outcome, html: str) -> str:
    border = f"border-left: 4px solid {_COLOURS[outcome]}"
    return f"<div role='status' style='{border}; padding-left: 0.8em'>{html}</div>"


def _paragraphs(lines: Sequence[str]) -> str:
    return "".join(f"<p style='margin: 0.2em 0'>{escape(line)}</p>" for line in lines)


def _right(verdict: Verdict) -> str:
    text = f"Right, in all {verdict.runs} schedules."
    orders = max(verdict.complete, default=0)
    if orders > 1:
        if orders == verdict.runs:
            return (
                f"Right, in all {orders} orders in which the replies can come: there are no others."
            )
        text += (
            f" Among them are all {orders} orders in which the replies can come: there are no "
            "others."
        )
    return text


def _how_often(verdict: Verdict) -> str:
    scenario, failing, runs = verdict.scenario, len(verdict.failures), verdict.runs
    assert scenario is not None
    often = f"in {failing} of {runs} {scenario.schedules.noun}s"
    if runs == 1:
        often = f"in the first {scenario.schedules.noun}"
    text = f"Not yet. {scenario.title}: {often}."
    if failing * _SELDOM <= runs:
        passes = words.count(runs - failing, "time")
        text += f" It passes {passes}: this is the bug that tests do not find."
    return text


def _what_happened(failure: Failure) -> str:
    breach, run = failure.breach, failure.run
    when = "" if breach.moment is None else f", {moment(breach.moment)}"
    said = breach.says.rstrip(".")
    return f"In {run.schedule.name}{when}: {said}{line(breach.location, run.recording)}."
