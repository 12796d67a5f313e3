"""Three workers share the tests: two have those of pages, the third the others meanwhile."""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import chain

import pytest

from tests.course.conftest import ROOT

# Each of the workers has its time: where one has to wait too long for the others, it fails.
pytestmark = [pytest.mark.slow, pytest.mark.real_time]

#: Seconds for all of it.
LIMIT = 100

# Each test notes which worker has run it.
NOTE = """
import json, os, time
from pathlib import Path
import pytest

FOLDER = Path(os.environ["NOTES"])

@pytest.fixture(autouse=True)
def note(request):
    with (FOLDER / os.environ["PYTEST_XDIST_WORKER"]).open("a") as file:
        file.write(f"{request.module.__name__}:{request.node.name}\\n")

def wait_for(condition):
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)

def notes(text):
    return [file.read_text().count(text) for file in FOLDER.iterdir()]
"""
OTHERS = f"""{NOTE}
@pytest.mark.parametrize("n", range(5))
def test_it(n): pass
"""
# While these wait, only a third worker can run the others.
SITE = f"""{NOTE}
@pytest.mark.parametrize("n", range(6))
def test_it(n):
    wait_for(lambda: sum(notes("test_other")) == 15)
"""
# Two workers have to share these.
PAGES = f"""{SITE}
    wait_for(lambda: sum(count > 0 for count in notes("test_pages")) == 2)
"""


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """What each worker has run: `test_module:test_name`."""
    folder = tmp_path_factory.mktemp("shared")
    pages, others, noted = folder / "tests" / "browser", folder / "tests" / "others", folder / "by"
    for new in (pages, others, noted):
        new.mkdir(parents=True)
    (pages / "test_pages.py").write_text(PAGES)
    (pages / "test_site.py").write_text(SITE)
    for name in ("one", "two", "three"):
        (others / f"test_other_{name}.py").write_text(OTHERS)
    (folder / "pytest.ini").touch()
    own = [f"--rootdir={folder}", "-c", str(folder / "pytest.ini"), "-p", "no:nbval"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *own, "-p", "tests.sharing", "-n", "3", str(folder)],
        cwd=ROOT,
        env={**os.environ, "NOTES": str(noted)},
        capture_output=True,
        text=True,
        check=False,
        timeout=LIMIT,
    )
    assert done.returncode == 0, done.stdout
    return {file.name: file.read_text().splitlines() for file in noted.iterdir()}


def test_each_is_run_once(ran: dict[str, list[str]]) -> None:
    tests = list(chain.from_iterable(ran.values()))
    assert len(tests) == len(set(tests)) == 6 + 6 + 15


def test_two_workers_share_the_pages_and_the_third_has_the_rest(ran: dict[str, list[str]]) -> None:
    assert {worker: any("pages" in test for test in tests) for worker, tests in ran.items()} == {
        "gw0": True,
        "gw1": True,
        "gw2": False,
    }
    assert all(test.startswith("test_other") for test in ran["gw2"])


def test_what_is_built_once_is_built_by_one(ran: dict[str, list[str]]) -> None:
    assert len([tests for tests in ran.values() if any("site" in test for test in tests)]) == 1
