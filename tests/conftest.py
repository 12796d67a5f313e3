"""What all tests share: one that takes long is marked `slow`, and named if it is not."""

from __future__ import annotations

from collections import Counter
from typing import Final

import pytest

import authoring.quick_start  # noqa: F401, for all that follow

LONGEST: Final = 1.0
"""Seconds that a test may take, on a machine with little else to do, before it is called slow."""


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name the tests that are slow and are not marked so."""
    taken: Counter[str] = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport) and "slow" not in report.keywords:
                taken[report.nodeid] += report.duration
    unmarked = [(name, seconds) for name, seconds in taken.most_common() if seconds > LONGEST]
    if unmarked:
        terminalreporter.section("slow, and not marked `slow`", yellow=True)
        for name, seconds in unmarked:
            terminalreporter.line(f"{seconds:.1f} s  {name}")
