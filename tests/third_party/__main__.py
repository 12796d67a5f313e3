"""`python -m tests.third_party`: other people's tests, bare and recorded."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[2]


class Suite(NamedTuple):
    """A library whose source holds its tests, what they need, and what is left out of them."""

    name: str
    version: str
    needs: tuple[str, ...] = ()
    without: tuple[str, ...] = ()


SUITES = (
    Suite("tenacity", "9.2.1", ("tornado", "typeguard")),
    Suite("aiolimiter", "1.3.0", ("dunamai", "typing-extensions")),
    # Its benchmarks need a plugin for measuring.
    Suite("janus", "2.0.0", without=("test_benchmarks.py",)),
)


def main() -> int:
    status = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        python = _environment(folder)
        for suite in SUITES:
            tests = _installed(suite, python, folder)
            bare = _outcomes(suite, python, tests, recorded=False)
            recorded = _outcomes(suite, python, tests, recorded=True)
            status |= _compared(suite, bare, recorded)
    return status


def _environment(folder: Path) -> Path:
    """An environment of its own with pytest; returns its interpreter."""
    environment = folder / "environment"
    subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
    python = environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    _pip(python, "install", "pytest", "pytest-asyncio")
    return python


def _pip(python: Path, *arguments: str) -> None:
    subprocess.run([str(python), "-m", "pip", "--quiet", *arguments], check=True)


def _installed(suite: Suite, python: Path, folder: Path) -> Path:
    """Install a library from its source; returns the folder of its tests."""
    place = folder / suite.name
    wanted = f"{suite.name}=={suite.version}"
    source = ("--no-deps", "--no-binary", suite.name, "--dest", str(place), wanted)
    _pip(python, "download", *source)
    (archive,) = place.glob("*.tar.gz")
    with tarfile.open(archive) as packed:
        packed.extractall(place, filter="data")
    _pip(python, "install", str(archive), *suite.needs)
    (tests,) = place.glob("*/tests")
    # There is a package of that name here, too.
    return tests.rename(tests.with_name(f"tests_of_{suite.name}"))


def _outcomes(suite: Suite, python: Path, tests: Path, *, recorded: bool) -> dict[str, Any]:
    """Run the tests; returns what the plugin has written down."""
    answer = tests.with_name("recorded.json" if recorded else "bare.json")
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OUTCOMES": str(answer)}
    if recorded:
        environment["RECORDED"] = "1"
    left_out = [f"--ignore={tests / name}" for name in suite.without]
    # Without the options of the suite's own: they may ask for plugins that measure.
    plugin = ("-p", "tests.third_party.outcomes", "-p", "no:cacheprovider", "-o", "addopts=")
    ended = subprocess.run(
        [str(python), "-m", "pytest", *plugin, *left_out, str(tests)],
        cwd=tests.parent,
        env=environment,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if not answer.exists():
        raise SystemExit(f"the tests of {suite.name} did not run:\n{ended.stdout}")
    found: dict[str, Any] = json.loads(answer.read_text(encoding="utf-8"))
    return found


def _compared(suite: Suite, bare: dict[str, Any], recorded: dict[str, Any]) -> int:
    """Print how they compare; 0 if nothing is wrong."""
    different = [
        f"{test}: {bare['outcomes'].get(test)} bare, {recorded['outcomes'].get(test)} recorded"
        for test in {*bare["outcomes"], *recorded["outcomes"]}
        if bare["outcomes"].get(test) != recorded["outcomes"].get(test)
    ]
    wrong = [*sorted(different), *recorded["faults"], *recorded["untruths"]]
    passed = list(bare["outcomes"].values()).count("passed")
    print(
        f"{suite.name} {suite.version}: {len(bare['outcomes'])} tests, {passed} of them pass;"
        f" recorded {len(different)} come out otherwise; {recorded['recordings']} recordings of"
        f" {recorded['events']:,} events, {len(recorded['faults'])} faults,"
        f" {len(recorded['untruths'])} untruths"
    )
    for line in wrong:
        print(f"  {line}")
    return bool(wrong) or not passed


if __name__ == "__main__":
    sys.exit(main())
