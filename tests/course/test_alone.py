"""A test of real time that failed is tried again, alone; what else has failed stays so."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from course import AGAIN_ALONE, SOME_FAILED
from tests.course.conftest import ROOT

pytestmark = pytest.mark.slow

# A file stands for a machine that is busy in the first run.
TESTS = """
from pathlib import Path
import pytest

times = Path(__file__).with_name("times.txt")

def succeeds_at_the(time):
    done = times.read_text() if times.exists() else ""
    times.write_text(done + "x")
    assert len(done) + 1 == time

def test_that_passes(): pass
"""
SECOND_TIME = "@pytest.mark.real_time\ndef test_some(): succeeds_at_the(2)\n"
THIRD_TIME = "@pytest.mark.real_time\ndef test_some(): succeeds_at_the(3)\n"
DETERMINISTIC = "def test_other(): 1 / 0\n"
FIXTURE = (
    "@pytest.fixture\ndef some(): succeeds_at_the(2)\n"
    "@pytest.mark.real_time\ndef test_some(some): pass\n"
)
BROKEN = "def test_other(: pass\n"


def pytest_says(tests: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """What pytest says of the tests in a folder, with the course's own settings."""
    own = ["-p", "tests.conftest", f"--rootdir={tests}", "-c", str(ROOT / "pyproject.toml")]
    cache = f"cache_dir={tests / 'cache'}"
    return subprocess.run(
        [sys.executable, "-m", "pytest", *own, "-o", cache, *options, tests],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def tried_again(tests: Path, program: str, workers: str = "0") -> tuple[int, str]:
    """How the second run ends, and what it says."""
    (tests / "test_some.py").write_text(TESTS + program)
    assert pytest_says(tests, "-n", workers).returncode == SOME_FAILED
    again = pytest_says(tests, *AGAIN_ALONE)
    return again.returncode, again.stdout


@pytest.mark.parametrize("program", [SECOND_TIME, FIXTURE])
def test_one_that_passes_alone_is_named(tmp_path: Path, program: str) -> None:
    status, said = tried_again(tmp_path, program)
    assert status == 0
    assert "passed only alone: test_some.py::test_some" in said
    assert "1 passed" in said


def test_one_that_fails_twice_has_failed(tmp_path: Path) -> None:
    status, said = tried_again(tmp_path, THIRD_TIME)
    assert status == SOME_FAILED
    assert "passed only alone" not in said


def test_one_that_does_not_depend_on_time_is_not_forgiven(tmp_path: Path) -> None:
    status, said = tried_again(tmp_path, DETERMINISTIC)
    assert status == SOME_FAILED
    assert "not marked `real_time`" in said
    assert "ZeroDivisionError" not in said, "it was run"


def test_nor_beside_one_that_passes_alone(tmp_path: Path) -> None:
    status, said = tried_again(tmp_path, SECOND_TIME + DETERMINISTIC, workers="2")
    assert status == SOME_FAILED
    assert "passed only alone: test_some.py::test_some" in said


def test_nor_a_module_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "test_some.py").write_text(BROKEN)
    assert pytest_says(tmp_path, "-n", "2").returncode == SOME_FAILED
    assert pytest_says(tmp_path, *AGAIN_ALONE).returncode != 0
