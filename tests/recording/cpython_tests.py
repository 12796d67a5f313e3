"""CPython's own tests of asyncio, run by any interpreter, bare or with every loop recorded.

`python -m tests.recording.cpython_tests bare|recorded test_locks test_queues …` prints one JSON
object: for each test what became of it (`outcomes`), and of the recordings how many there were
(`recordings`), how many events they hold (`events`), the recorder's own faults (`faults`) and what
is not true of a recording (`untruths`). Standard library only, so that any Python can run it.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import unittest
import warnings
from asyncio import base_events
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from course_helpers import learners_code
from course_helpers.recorder.recorder import Recorder
from tests.recording.truths import untruths


@dataclass
class Report:
    """What one run of the tests came to."""

    outcomes: dict[str, str] = field(default_factory=dict)
    recordings: int = 0
    events: int = 0
    faults: list[str] = field(default_factory=list)
    untruths: list[str] = field(default_factory=list)
    test: str = ""  # the one that runs now


class _Result(unittest.TestResult):
    _exc_info_to_string: Callable[[Any, unittest.TestCase], str]  # unittest's own

    def __init__(self, report: Report) -> None:
        super().__init__()
        self.report = report

    def startTest(self, test: unittest.TestCase) -> None:  # noqa: N802 - unittest's name
        super().startTest(test)
        self.report.test = test.id()

    def note(self, test: unittest.TestCase, outcome: str, detail: str = "") -> None:
        self.report.outcomes.setdefault(test.id(), outcome)
        if outcome in ("failure", "error"):
            print(f"{outcome}: {test.id()}\n{detail}", file=sys.stderr)

    def addSuccess(self, test: unittest.TestCase) -> None:  # noqa: N802
        self.note(test, "success")

    def addSkip(self, test: unittest.TestCase, reason: str) -> None:  # noqa: N802
        self.note(test, "skipped")

    def addExpectedFailure(self, test: unittest.TestCase, err: Any) -> None:  # noqa: N802
        self.note(test, "expected failure")

    def addUnexpectedSuccess(self, test: unittest.TestCase) -> None:  # noqa: N802
        self.note(test, "unexpected success")

    def addFailure(self, test: unittest.TestCase, err: Any) -> None:  # noqa: N802
        self.note(test, "failure", self._exc_info_to_string(err, test))

    def addError(self, test: unittest.TestCase, err: Any) -> None:  # noqa: N802
        self.note(test, "error", self._exc_info_to_string(err, test))

    def addSubTest(self, test: Any, subtest: Any, err: Any) -> None:  # noqa: N802
        if err is not None:
            failed = issubclass(err[0], test.failureException)
            self.note(test, "failure" if failed else "error", self._exc_info_to_string(err, test))


def record_every_loop(report: Report) -> None:
    """Have every loop recorded from the moment in which it begins to run until it stops.

    The tests count as the learner's code, though they lie in the standard library's folder.
    """
    learners_code.LIBRARY_FOLDERS = (str(Path(unittest.__file__).parent),)
    original = base_events.BaseEventLoop.run_forever

    def run_forever(self: asyncio.BaseEventLoop) -> None:
        recorder = Recorder(self)
        try:
            recorder.start()
        except RuntimeError:  # a test runs a loop that is running: it must see asyncio's error
            original(self)
            return
        try:
            original(self)
        finally:
            recorder.stop()
            report.recordings += 1
            report.faults += (f"{report.test}: {text}" for text in recorder.log.warnings)
            try:
                recording = recorder.recording()
                report.events += recording.events
                report.untruths += (f"{report.test}: {text}" for text in untruths(recording))
            except Exception as error:
                report.faults.append(f"{report.test}: interpretation: {error!r}")
                sys.excepthook(*sys.exc_info())

    base_events.BaseEventLoop.run_forever = run_forever  # type: ignore[method-assign]


def main(mode: str, *modules: str) -> None:
    """Run CPython's tests and print the report."""
    # Ignored, as in a background process, it would let asyncio's tests of it run for ever.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    report = Report()
    if mode == "recorded":
        record_every_loop(report)
    loader = unittest.defaultTestLoader
    suite = loader.loadTestsFromNames([f"test.test_asyncio.{module}" for module in modules])
    # Tests print: they get standard error, the report alone has standard output.
    printed = os.dup(1)
    os.dup2(2, 1)
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        suite.run(_Result(report))
    report.test = ""
    with os.fdopen(printed, "w") as output:
        json.dump(asdict(report), output)


if __name__ == "__main__":
    main(*sys.argv[1:])
