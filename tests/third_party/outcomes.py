"""A plugin for pytest: it writes down what became of each test, with or without recording.

`-p tests.third_party.outcomes`; the file and the way are in the environment variables `OUTCOMES`
and `RECORDED`.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path

import pytest

from tests.recording.cpython_tests import Report, record_every_loop

report = Report()


def pytest_configure() -> None:
    if os.environ.get("RECORDED"):
        record_every_loop(report)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    # A test fails in its setting-up, in itself or afterwards; passed is what passed everywhere.
    outcomes = globals()["report"].outcomes
    if report.when == "call" or report.outcome != "passed":
        outcomes[report.nodeid] = report.outcome


def pytest_sessionfinish() -> None:
    Path(os.environ["OUTCOMES"]).write_text(json.dumps(asdict(report)), encoding="utf-8")
