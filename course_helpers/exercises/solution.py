"""The solution of an exercise, shown: its code, why it is right, and both timelines."""

from __future__ import annotations

import asyncio
import linecache
from functools import cached_property
from html import escape
from typing import Any

from course_helpers.browser import IN_BROWSER
from course_helpers.exercises.answers import Answer
from course_helpers.exercises.guard import guarded
from course_helpers.exercises.judging import Judge, run_once
from course_helpers.exercises.pictures import display_with
from course_helpers.exercises.report import Report
from course_helpers.exercises.schedules import Schedule
from course_helpers.recording.model import Recording


def made(exercise: str, name: str, answer: Answer) -> Any:
    """What an answer's code defines under a name, compiled as a cell would be."""
    file = f"{exercise} ({answer.title or 'starter'}).py"
    lines = answer.code.splitlines(keepends=True)
    linecache.cache[file] = (len(answer.code), None, lines, file)
    space: dict[str, Any] = {"asyncio": asyncio, "__name__": "__main__"}
    exec(compile(answer.code, file, "exec"), space)
    return space[name]


class Solution:
    """A solution, in words, code and pictures. At the end of a cell it shows itself."""

    def __init__(self, judge: Judge, answer: object | None, report: Report | None) -> None:
        self._judge = judge
        self._answer = answer
        self._report = report

    @property
    def text(self) -> str:
        """Its code, what is good about it, and what else is right."""
        answers = self._judge.answers
        others = "".join(f"\nAlso right: {one.title}.\n{one.code}" for one in answers.right)
        title, code = answers.solution.title.capitalize(), answers.solution.code
        return f"{title}.\n\n{code}\n{answers.text}\n{others}"

    def __repr__(self) -> str:
        return self.text

    @cached_property
    def recordings(self) -> list[tuple[str, Recording]]:
        """Titles and runs to compare: yours, if it was checked and ran, and the solution's."""
        schedule, program = self._schedule()
        judge = self._judge
        solution = made(judge.name, judge.asks.name, judge.answers.solution)
        found: list[tuple[str, Recording]] = []
        yours = None if self._report is None else self._report.recording
        if yours is not None and yours.tasks:
            found.append(("Yours", yours))
        with guarded():
            run = run_once(program, solution, schedule)
        return [*found, ("The solution, in the same schedule", run.recording)]

    def _schedule(self) -> tuple[Schedule, Any]:
        verdict = None if self._report is None else self._report.verdict
        if verdict is not None and verdict.failure is not None and verdict.scenario is not None:
            return verdict.failure.run.schedule, verdict.scenario.program
        if verdict is not None and verdict.example is not None:
            return verdict.example.schedule, self._judge.scenarios[-1].program
        return Schedule("schedule 0"), self._judge.scenarios[0].program

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/plain": self.text, "text/html": self._html()}

    if IN_BROWSER:

        def _ipython_display_(self) -> None:
            """The page paints the pictures, beneath the words."""
            from course_helpers.views.timeline import timeline

            figures = [timeline(recording) for _, recording in self.recordings]
            display_with(self._repr_mimebundle_(), figures)

    def _html(self) -> str:
        from course_helpers.exercises.pictures import on_page

        answers = self._judge.answers
        others = "".join(
            f"<details><summary>Also right: {escape(one.title)}</summary>"
            f"<pre><code>{escape(one.code)}</code></pre></details>"
            for one in answers.right
        )
        pictures = "".join(
            f"<p><b>{escape(title)}</b></p>{on_page(recording)}"
            for title, recording in ([] if IN_BROWSER else self.recordings)
        )
        paragraphs = "".join(f"<p>{_marked(one)}</p>" for one in answers.text.split("\n\n"))
        return (
            f"<div><p><b>{escape(answers.solution.title.capitalize())}</b></p>"
            f"<pre><code>{escape(answers.solution.code)}</code></pre>{paragraphs}{pictures}"
            f"{others}</div>"
        )


def _marked(text: str) -> str:
    """Markdown's `code`, as HTML."""
    parts = escape(text).split("`")
    return "".join(
        f"<code>{part}</code>" if number % 2 else part for number, part in enumerate(parts)
    )
