"""A test that takes long without the mark `slow` is named at the end of a run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.course.conftest import ROOT

pytestmark = pytest.mark.slow

TESTS = """
import subprocess, sys, time
import pytest

WORK = "import time\\nwhile time.process_time() < 0.6: pass"

def work():
    until = time.process_time() + 0.55
    while time.process_time() < until: pass

def test_quick(): pass
def test_waiting(): time.sleep(0.6)
def test_forgotten(): work()
def test_of_a_child(): subprocess.run([sys.executable, "-c", WORK])
@pytest.mark.slow
def test_marked(): work()
@pytest.fixture
def busy(): work()
def test_of_a_slow_fixture(busy): pass
"""


# A plugin beside the course's own: what is long is shorter there, that nobody has to wait for it.
SHORTER = """
import tests.conftest
tests.conftest.LONGEST = 0.5
"""


@pytest.mark.parametrize("workers", ["0", "2"])
def test_it_is_named_whoever_runs_it(tmp_path: Path, workers: str) -> None:
    tests = tmp_path / "test_some.py"
    tests.write_text(TESTS)
    (tmp_path / "shorter.py").write_text(SHORTER)
    _, _, named = pytest_says(tests, workers, "-p", "shorter").partition("slow, and not marked")
    for name in ("forgotten", "of_a_child", "of_a_slow_fixture"):
        assert f"test_{name}\n" in named
    for name in ("quick", "waiting", "marked"):
        assert f"test_{name}\n" not in named


@pytest.mark.parametrize("workers", ["0", "2"])
def test_the_share_of_the_fast_ones_is_told(tmp_path: Path, workers: str) -> None:
    tests = tmp_path / "test_some.py"
    tests.write_text(
        "import pytest\n"
        "@pytest.mark.slow\ndef test_slow(): pass\n"
        "@pytest.mark.parametrize('number', range(3))\ndef test_fast(number): pass\n"
    )
    assert "75% of the tests" in pytest_says(tests, workers, "-m", "not slow")


def pytest_says(tests: Path, workers: str, *options: str) -> str:
    """What pytest says of tests that pass, with the course's own settings."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.conftest", "-n", workers]
    settings = [f"--rootdir={ROOT}", "-c", "pyproject.toml", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, *settings, *options, tests],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(tests.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
