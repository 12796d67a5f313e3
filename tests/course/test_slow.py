"""A test that takes long without the mark `slow` is named at the end of a run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.course.conftest import ROOT

pytestmark = pytest.mark.slow

TESTS = """
import time
import pytest

def test_quick(): pass
def test_forgotten(): time.sleep(2.2)
@pytest.mark.slow
def test_marked(): time.sleep(2.2)
@pytest.fixture
def wait(): time.sleep(2.2)
def test_of_a_slow_fixture(wait): pass
"""


@pytest.mark.parametrize("workers", ["0", "2"])
def test_it_is_named_whoever_runs_it(tmp_path: Path, workers: str) -> None:
    tests = tmp_path / "test_some.py"
    tests.write_text(TESTS)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.conftest", "-n", workers]
    done = subprocess.run(
        [*command, f"--rootdir={ROOT}", "-c", "pyproject.toml", "-p", "no:cacheprovider", tests],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    _, _, named = done.stdout.partition("slow, and not marked")
    for name in ("forgotten", "of_a_slow_fixture"):
        assert f"test_{name}\n" in named
    for name in ("quick", "marked"):
        assert f"test_{name}\n" not in named
