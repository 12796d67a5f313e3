"""CPython's own tests of asyncio pass, unchanged, while every loop that they run is recorded.

That is the proof that recording does not change what is recorded. Each of the modules is run twice,
in processes of its own: bare, and recorded. The environment variable `COURSE_PYTHONS` may name
further interpreters, separated as in `PATH`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.recording import THOROUGH

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
# Tasks and futures have each an implementation in C and one in Python: the same tests run for every
# combination and for subclasses, which takes long.
TASKS = (
    ("test_tasks",)
    if THOROUGH
    else (
        "test_tasks.CTask_CFuture_Tests",
        "test_tasks.PyTask_PyFuture_Tests",
        "test_tasks.RunCoroutineThreadsafeTests",
        "test_tasks.SleepTests",
    )
)
MODULES = (
    # Those that take longest come first.
    *TASKS,
    "test_subprocess",
    "test_taskgroups",
    "test_base_events",
    "test_locks",
    "test_queues",
    "test_timeouts",
    "test_waitfor",
    "test_runners",
    "test_streams",
    "test_context",
    "test_threads",
    "test_unix_events",
    "test_eager_task_factory",  # since Python 3.12
)
# They wait most of their time.
AT_ONCE = 4
LONGEST = 110  # seconds, for one module

PYTHONS = (sys.executable, *filter(None, os.environ.get("COURSE_PYTHONS", "").split(os.pathsep)))


class Runs(NamedTuple):
    """The reports of a module's two runs: see `cpython_tests`."""

    bare: dict[str, Any]
    recorded: dict[str, Any]

    def differences(self) -> dict[str, tuple[str | None, str | None]]:
        """The outcomes, bare and recorded, of the tests for which they are not the same."""
        bare, recorded = self.bare["outcomes"], self.recorded["outcomes"]
        return {
            test: (bare.get(test), recorded.get(test))
            for test in bare | recorded
            if bare.get(test) != recorded.get(test)
        }


def run(python: str, module: str, mode: str) -> dict[str, Any]:
    done = subprocess.run(
        [python, "-m", "tests.recording.cpython_tests", mode, module],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=LONGEST,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def run_both(python: str, module: str) -> Runs:
    return Runs(run(python, module, "bare"), run(python, module, "recorded"))


@pytest.fixture(scope="module")
def started() -> Iterator[dict[tuple[str, str], Future[Runs]]]:
    """All runs that are to be made, under way."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield {
            (python, module): pool.submit(run_both, python, module)
            for module in MODULES
            for python in PYTHONS
            if module != "test_eager_task_factory" or says(python, "sys.version_info >= (3, 12)")
        }
        pool.shutdown(cancel_futures=True)


def says(python: str, condition: str) -> bool:
    """Whether a condition holds for a Python; not, if it cannot even be asked."""
    ask = [python, "-c", f"import sys; sys.exit(not ({condition}))"]
    return subprocess.run(ask, capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize("python", PYTHONS)
def test_python_comes_with_its_own_tests(python: str) -> None:
    if not says(python, "__import__('test.test_asyncio')"):
        pytest.fail(
            f"{python} comes without its own tests of asyncio, with which the recorder is "
            "tested; Debian has them in a package of their own, such as libpython3.11-testsuite",
            pytrace=False,
        )


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("module", MODULES)
def test_same_outcomes_bare_and_recorded(
    started: dict[tuple[str, str], Future[Runs]], module: str, python: str
) -> None:
    if (python, module) not in started:
        pytest.skip("eager tasks came with Python 3.12")
    runs = started[python, module].result(timeout=LONGEST)
    if runs.differences():
        # Some of these tests measure time, and fail now and then on a busy machine by themselves.
        runs = run_both(python, module)
    assert not runs.differences()
    assert len(runs.bare["outcomes"]) > 0
    assert runs.recorded["recordings"] > 0
    assert runs.recorded["events"] > 0
    assert runs.recorded["faults"] == []
    assert runs.recorded["untruths"] == []
