"""What all tests share: one that takes long is marked `slow`, and named if it is not."""

from __future__ import annotations

from collections import defaultdict
from typing import Final

import pytest

import authoring.quick_start  # noqa: F401, for all that follow

LONGEST: Final = 2.0
"""Seconds that a test may take before it is called slow: half of it, if nothing else runs."""


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name the tests that are slow and are not marked so."""
    taken: defaultdict[str, float] = defaultdict(float)
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport) and "slow" not in report.keywords:
                taken[report.nodeid] += report.duration
    unmarked = sorted((seconds, name) for name, seconds in taken.items() if seconds > LONGEST)
    if unmarked:
        terminalreporter.section("slow, and not marked `slow`", yellow=True)
        for seconds, name in reversed(unmarked):
            terminalreporter.line(f"{seconds:.1f} s  {name}")
