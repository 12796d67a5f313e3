"""What all tests share.

One that takes long is marked `slow`, and named if it is not. One that a busy machine may break,
because what it proves has to happen in real time, is marked `real_time`: where it failed among the
others it is tried once more, alone, and named if it passes then. All others fail for good.
"""

from __future__ import annotations

import gc
import os
import sys
from collections import defaultdict
from collections.abc import Generator, Iterator
from typing import Any, Final

import hypothesis
import pytest

import authoring.quick_start  # noqa: F401, for all that follow

LONGEST: Final = 1.0
"""Seconds of processor time that a test may take, with the processes that it has waited for, before
it is called slow: half of it, if nothing else runs on the machine."""

LONGEST_WAIT: Final = 10.0
"""Seconds of real time after which it is called slow, whatever it did."""

NOT_SLOW: Final = "not slow"
"""What `course.py test --fast` gives pytest as `-m`."""

_LEFT_OUT: Final = pytest.StashKey[int]()

_used = 0.0


def _processor_seconds() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--alone`, with `--last-failed`: for tests that failed while other tests ran."""
    parser.addoption(
        "--alone", action="store_true", help="run only what is marked real_time, the others fail"
    )


def pytest_configure(config: pytest.Config) -> None:
    """No test has been left out yet."""
    config.stash[_LEFT_OUT] = 0


def pytest_deselected(items: list[pytest.Item]) -> None:
    """Count what is left out."""
    for item in items:
        item.config.stash[_LEFT_OUT] += 1


@pytest.fixture(scope="session")
def begun_hypothesis() -> None:
    """Let Hypothesis look, while it still can, at who holds its source of random numbers."""
    hypothesis.find(hypothesis.strategies.none(), lambda _: True)
    # With what measures the collector for it: an interrupt that lands there would fail a test.
    gc.callbacks.clear()


@pytest.fixture(scope="module", autouse=True)
def spared_collector(begun_hypothesis: None) -> None:
    """Spare the garbage collector all that is there before a module's tests: many call it."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="module", autouse=True)
def other_tests_unseen(request: pytest.FixtureRequest) -> Iterator[None]:
    """A simulation looks through all that a program may be made of: not through other tests."""
    own = request.module.__name__
    others = {
        name: module
        for name, module in sys.modules.items()
        if name != own and name.rpartition(".")[2].startswith("test_")
    }
    for name in others:
        del sys.modules[name]
    yield
    sys.modules.update(others)


@pytest.fixture(scope="session")
def in_depth(request: pytest.FixtureRequest) -> bool:
    """Whether slow tests run, too: if not, a test may leave to that run what takes it longest."""
    return bool(request.config.getoption("markexpr") != NOT_SLOW)


@pytest.fixture
def unpainted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures come as to a page that paints them itself: with their plan and no PNG.

    For tests of what stands around a picture, which would mostly wait for matplotlib.
    """
    monkeypatch.setattr("course_helpers.views.drawing.picture.IN_BROWSER", True)


@pytest.fixture
def painted(unpainted: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Among tests whose pictures are `unpainted`: with the PNG all the same."""
    monkeypatch.setattr("course_helpers.views.drawing.picture.IN_BROWSER", False)


def pytest_collection_finish(session: pytest.Session) -> None:
    """The tests begin."""
    global _used
    _used = _processor_seconds()
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["left out"] = session.config.stash[_LEFT_OUT]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """A worker has ended: each of them has left out the same."""
    node.config.stash[_LEFT_OUT] = getattr(node, "workeroutput", {}).get("left out", 0)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add what processor time this part of a test has taken."""
    global _used
    report = yield
    used = _processor_seconds()
    report.processor_seconds = used - _used  # type: ignore[attr-defined]
    _used = used
    return report


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
        return
    _name_slow_ones(terminalreporter)
    if config.getoption("markexpr") == NOT_SLOW:
        ran = len({report.nodeid for report in _reports(terminalreporter)})
        if ran:
            share = ran / (ran + config.stash[_LEFT_OUT])
            terminalreporter.line(f"{share:.0%} of the tests: those that are not slow")


def _reports(terminalreporter: pytest.TerminalReporter) -> Iterator[pytest.TestReport]:
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport):
                yield report


def _name_slow_ones(terminalreporter: pytest.TerminalReporter) -> None:
    worked: defaultdict[str, float] = defaultdict(float)
    taken: defaultdict[str, float] = defaultdict(float)
    for report in _reports(terminalreporter):
        if "slow" not in report.keywords:
            # What ends after the last test of a module has worked for all of them.
            if report.when != "teardown":
                worked[report.nodeid] += getattr(report, "processor_seconds", 0.0)
            taken[report.nodeid] += report.duration
    unmarked = [
        (worked[name], taken[name], name)
        for name in worked
        if worked[name] > LONGEST or taken[name] > LONGEST_WAIT
    ]
    if unmarked:
        terminalreporter.section("slow, and not marked `slow`", yellow=True)
        for processor, real, name in sorted(unmarked, reverse=True):
            terminalreporter.line(f"{processor:.1f} s of work in {real:.1f} s  {name}")
