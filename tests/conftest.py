"""What all tests share.

One that takes long is marked `slow`, and named if it is not. One that a busy machine may break,
because what it proves has to happen in real time, is marked `real_time`: where it failed among the
others it is tried once more, alone, and named if it passes then. All others fail for good.
"""

from __future__ import annotations

import gc
from collections import defaultdict
from typing import Final

import pytest

import authoring.quick_start  # noqa: F401, for all that follow

LONGEST: Final = 2.0
"""Seconds that a test may take before it is called slow: half of it, if nothing else runs."""


def pytest_collection_finish() -> None:
    """Spare the garbage collector all that is there before the tests: many of them call it."""
    gc.collect()
    gc.freeze()


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--alone`, with `--last-failed`: for tests that failed while other tests ran."""
    parser.addoption(
        "--alone", action="store_true", help="run only what is marked real_time, the others fail"
    )


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Forgive no failure that has nothing to do with real time."""
    if item.config.getoption("alone") and item.get_closest_marker("real_time") is None:
        pytest.fail("It failed, and is not marked `real_time`: see above.", pytrace=False)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Name the tests that are not quite as they should be."""
    if config.getoption("alone"):
        terminalreporter.section("tried again, alone", yellow=True)
        for report in terminalreporter.getreports("passed"):
            terminalreporter.line(f"passed only alone: {report.nodeid}")
    else:
        _name_slow_ones(terminalreporter)


def _name_slow_ones(terminalreporter: pytest.TerminalReporter) -> None:
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
