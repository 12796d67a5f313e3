"""An exercise as the learner meets it: check, hint, solution, and a look at what happened."""

from __future__ import annotations

from collections import deque
from pathlib import Path
from typing import Any

from course_helpers.exercises import disagreement, hunt, store
from course_helpers.exercises.guard import guarded
from course_helpers.exercises.judging import Judge, Outcome, Verdict, released, run_once
from course_helpers.exercises.report import Remark, Report
from course_helpers.exercises.rules import Run, described
from course_helpers.exercises.schedules import Schedule
from course_helpers.exercises.solution import Solution
from course_helpers.exercises.world import World
from course_helpers.recording.model import Recording

_NOTHING: Any = object()


class Exercise(Judge):
    """An exercise: `check` the answer, ask for a `hint`, compare with the `solution`."""

    _answer: Any = _NOTHING
    _report: Report | None = None
    _last: Verdict | None = None
    _hints_given = 0
    _asked_for_solution = False

    def check(self, answer: object = _NOTHING) -> Report:
        """Run an answer in all schedules of the exercise; what was found, as a report.

        Whatever the answer does, nothing is raised but KeyboardInterrupt.
        """
        if answer is _NOTHING or answer is None:
            says = f"Give check your {self.asks.kind}: check({self.asks.name})."
            return Report(self, Verdict(Outcome.NOT_ATTEMPTED, says))
        verdict = self._safe_verdict(answer)
        besides = ""
        if verdict.outcome in (Outcome.RIGHT, Outcome.NOT_YET):
            failure = verdict.failure
            state = store.State.SOLVED if verdict.outcome is Outcome.RIGHT else store.State.TRIED
            broken = "" if failure is None else failure.rule.name
            besides = store.note(self.name, state, broken=broken)
            self._answer = answer
        report = Report(self, verdict, besides)
        if verdict.outcome is not Outcome.NOT_ATTEMPTED:
            self._hints_given = 0 if self._changed_rule(verdict) else self._hints_given
            self._report, self._last = report, verdict
        return report

    def lines(self, *named: object) -> Remark:
        """Name the lines that are to blame, by number or by a piece of their text: in a hunt.

        Raises TypeError where the exercise is no hunt.
        """
        if not self.answers.guilty:
            raise TypeError(f"{self.name} is no hunt: there are no lines to be named")
        remark = hunt.named(self.answers, f"exercises.{self.name}", named)
        if not named:
            return remark.and_also(hunt.named_before(self.name))
        return remark.and_also(hunt.noted(self.name, named, remark.outcome))

    def _safe_verdict(self, answer: object) -> Verdict:
        try:
            return self.verdict(answer)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            says = f"The check itself failed ({described(error)})."
            return Verdict(Outcome.CANNOT_TELL, says)

    def _changed_rule(self, verdict: Verdict) -> bool:
        before, now = self._last and self._last.failure, verdict.failure
        return (before and before.rule.name) != (now and now.rule.name)

    def hint(self) -> None:
        """Print the next hint: about the rule that was broken last, then the exercise's own."""
        hints = list(self.answers.hints)
        failure = self._last and self._last.failure
        if failure and failure.rule.hint:
            hints.insert(0, failure.rule.hint)
        number = min(self._hints_given, len(hints) - 1)
        self._hints_given += 1
        print(f"Hint {number + 1} of {len(hints)}: {hints[number]}")
        if number == len(hints) - 1:
            print(f"There is no other hint. exercises.{self.name}.solution() shows the solution.")

    def solution(self) -> Solution | None:
        """The solution and why it is right; with your timeline and its own, if you have tried.

        Before a first attempt it has to be called twice.
        """
        if self._answer is _NOTHING and not self._asked_for_solution and not self._tried_before():
            self._asked_for_solution = True
            print("You have not tried yet. Call solution() again to see it.")
            return None
        store.solution_seen(self.name)
        return Solution(self, self._answer_to_compare(), self._report)

    def _tried_before(self) -> bool:
        return self.name in store.known()

    def _answer_to_compare(self) -> object | None:
        return None if self._answer is _NOTHING else self._answer

    def disagree(self) -> None:
        """Write a file with your last answer, its report and its recording, to be looked at.

        It lies in the working folder: beside the notebook. Raises RuntimeError before a check.
        """
        report = self._last_report()
        path = Path(f"{self.name.replace('.', '_')}_disagree.zip")
        try:
            disagreement.write(report, self._answer, path)
        except OSError as error:
            print(f"{path} could not be written here ({error.strerror}).")
            return
        print(
            f"{path} lies beside this notebook: it has your answer, the report and the recording. "
            "Send it to whoever teaches you, or attach it to an issue of the course."
        )

    def timeline(self) -> Any:
        """The timeline of the run that the last report speaks of."""
        from course_helpers.views.timeline import timeline

        report = self._last_report()
        return report.figure or timeline(self._recording(report))

    def replay(self) -> Any:
        """The run that the last report speaks of, step by step."""
        from course_helpers.views.replay import replay

        return replay(self._recording(self._last_report()))

    def schedule(self, number: int) -> Recording:
        """The recording of your last answer in one of the schedules of the last scenario tried.

        Raises LookupError for a number that there is none of, RuntimeError before the first check
        and where the last one ran nothing.
        """
        self._recording(self._last_report())
        scenario = (self._last and self._last.scenario) or self.scenarios[0]
        last: deque[Run] = deque(maxlen=1)

        def run(schedule: Schedule) -> World:
            last.append(run_once(scenario.program, self._answer, schedule))
            return last[0].world

        count = 0
        with guarded():
            for _ in scenario.schedules.explore(run):
                last[0] = released(last[0])
                if count == number:
                    return last[0].recording
                count += 1
        raise LookupError(f"there is no schedule {number}: they are numbered 0 to {count - 1}")

    def _last_report(self) -> Report:
        if self._report is None:
            raise RuntimeError(f"nothing was checked yet: first exercises.{self.name}.check(…)")
        return self._report

    def _recording(self, report: Report) -> Recording:
        if report.recording is None:
            raise RuntimeError("the last check ran nothing: there is nothing to look at")
        return report.recording

    def __repr__(self) -> str:
        return f"<exercise {self.name}: {self.answers.title}, {self.minutes} minutes>"
