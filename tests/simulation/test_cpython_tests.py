"""CPython's own tests of asyncio pass, unchanged, on the virtual clock.

The environment variable `COURSE_PYTHONS` may name further interpreters, separated as in `PATH`.
"""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest

from tests.recording.test_cpython_tests import PYTHONS, ROOT, run

MODULES = ("test_locks", "test_queues", "test_taskgroups", "test_timeouts", "test_waitfor")


def run_virtual(python: str, *modules: str) -> dict[str, Any]:
    done = subprocess.run(
        [python, "-m", "tests.simulation.cpython_tests", *modules],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


@pytest.mark.slow
@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("module", MODULES)
def test_same_outcomes_on_the_real_and_on_the_virtual_clock(module: str, python: str) -> None:
    virtual = run_virtual(python, module)
    assert len(virtual["outcomes"]) > 0
    assert virtual["recordings"] > 0
    if set(virtual["outcomes"].values()) != {"success"}:
        assert virtual["outcomes"] == run(python, module, "bare")["outcomes"]
    assert virtual["faults"] == []
    assert virtual["untruths"] == []
