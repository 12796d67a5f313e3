"""A small course in a folder of its own: the real course.py, with packages of a few lines.

The packages are wheels made here and named with their hashes in the small course's lock, so that
pip and uv do their real work, offline and within a second.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from uv import find_uv_bin

ROOT = Path(__file__).parents[2]

# Each stands for a program that course.py starts; it tells what it was given, and fails on demand.
TELL = """
import json, os, sys
print("CALLED " + json.dumps([__package__, sys.argv[1:], dict(os.environ), sys.path]))
sys.exit(__package__ in os.environ.get("FAILING", "").split())
"""
PROGRAMS = ("jupyterlab", "ruff", "mypy", "pytest")
# A uv to be installed into .venv, which is the real one under cover.
OWN_UV = {
    "uv/__init__.py": (
        "import subprocess, sys\n"
        "def main():\n"
        f"    return subprocess.call([{find_uv_bin()!r}, *sys.argv[1:]])\n"
    ),
    "uv-1.0.dist-info/entry_points.txt": "[console_scripts]\nuv = uv:main\n",
}


class SmallCourse:
    """A folder with course.py and a lock, and what is needed to run it there as a learner would."""

    def __init__(self, folder: Path, elsewhere: Path) -> None:
        self.folder = folder
        self.wheels = elsewhere / "wheels"
        self.programs = elsewhere / "programs"  # the only folder on PATH
        for new in (self.folder, self.wheels, self.programs):
            new.mkdir(parents=True)
        self.venv = folder / ".venv"
        self.marker = self.venv / "complete.json"
        self.variables: dict[str, str] = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("PIP_", "UV_", "PYTHON", "JUPYTER", "VIRTUAL_ENV", "COURSE_"))
        }
        self.variables |= {
            "PATH": str(self.programs),
            "UV_CACHE_DIR": str(elsewhere / "cache"),
            "PIP_CONFIG_FILE": os.devnull,
        }
        self.use_index(None)
        shutil.copy(ROOT / "course.py", folder)
        (folder / "course_helpers").mkdir()
        (folder / "course_helpers" / "__init__.py").touch()
        extensions = Path("course_helpers", "labextensions")
        shutil.copytree(ROOT / extensions, folder / extensions)
        for package in (
            *(
                f"authoring/{module}.py"
                for module in (
                    *("execute", "present", "results", "room", "settings", "site", "solutions"),
                )
            ),
            "benchmarks/__main__.py",
        ):
            path = folder / package
            path.parent.mkdir(exist_ok=True)
            path.write_text(TELL)
        self.packages: dict[str, str] = {}
        self.add_package(
            "matplotlib", {"matplotlib/__init__.py": "", "matplotlib/font_manager.py": ""}
        )
        for name in PROGRAMS:
            self.add_package(name, {f"{name}/__main__.py": TELL})

    def add_uv_to_path(self) -> None:
        """Make this a machine that has uv."""
        shutil.copy(find_uv_bin(), self.programs)

    def use_index(self, address: str | None) -> None:
        """Have packages come from this address; None: from the wheels made here."""
        for tool in ("PIP", "UV"):
            for name in ("NO_INDEX", "FIND_LINKS", "INDEX_URL"):
                self.variables.pop(f"{tool}_{name}", None)
            if address is None:
                self.variables[f"{tool}_NO_INDEX"] = "1"
                self.variables[f"{tool}_FIND_LINKS"] = str(self.wheels)
            else:
                self.variables[f"{tool}_INDEX_URL"] = address

    def add_package(
        self,
        name: str,
        files: Mapping[str, str],
        version: str = "1.0",
        tag: str = "py3-none-any",
    ) -> None:
        """Make a wheel and name it in the lock; `tag` says for which Pythons and machines it is."""
        information = f"{name}-{version}.dist-info"
        contents = {
            **files,
            f"{information}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
            f"{information}/WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n",
        }
        record = f"{information}/RECORD"
        contents[record] = "".join(f"{path},,\n" for path in [*contents, record])
        wheel = self.wheels / f"{name}-{version}-{tag}.whl"
        with zipfile.ZipFile(wheel, "w") as archive:
            for path, text in contents.items():
                archive.writestr(path, text)
        self.packages[name] = (
            f"{name}=={version} \\\n"
            f"    --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()} \\\n"
            f"    --hash=sha256:{'0' * 64}\n"
            "    # via nobody\n"
        )
        self.write_lock()

    def add_own_uv(self) -> None:
        """Name a uv in the lock, as the course's own lock does."""
        self.add_package("uv", OWN_UV)

    def write_lock(self) -> None:
        """Write the lock again, from `packages`."""
        (self.folder / "requirements.lock").write_text("".join(self.packages.values()), "utf-8")

    def command(self, *arguments: str) -> list[str]:
        """What to start for `python3 course.py ARGUMENTS`."""
        return [sys.executable, str(self.folder / "course.py"), *arguments]

    def run(self, *arguments: str, before: str = "", **more: str) -> Result:
        """Run course.py, with `more` environment variables, to its end.

        `before` is Python code for the same process to run first.
        """
        command = self.command(*arguments)
        if before:
            program = (
                f"import runpy, sys\n{before}\nsys.argv.pop(0)\n"
                "runpy.run_path(sys.argv[0], run_name='__main__')"
            )
            command[1:1] = ["-c", program]
        return Result(
            subprocess.run(
                command,
                env=self.variables | more,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=False,
                encoding="utf-8",
            )
        )

    def imports(self, module: str) -> bool:
        """Whether the Python of `.venv` can import it."""
        python = (
            next(self.venv.glob("bin/python")) if os.name != "nt" else self.venv / "Scripts/python"
        )
        done = subprocess.run([python, "-c", f"import {module}"], capture_output=True, check=False)
        return done.returncode == 0


class Result:
    """How a run of course.py ended."""

    def __init__(self, done: subprocess.CompletedProcess[str]) -> None:
        self.status = done.returncode
        self.output = done.stdout
        self.errors = done.stderr
        self.set_up = "Setting up" in done.stdout
        self.calls: list[Call] = [
            Call(*json.loads(line.removeprefix("CALLED ")))
            for line in done.stdout.splitlines()
            if line.startswith("CALLED ")
        ]

    @property
    def advice(self) -> str:
        """The one line in which course.py said what is wrong and what to do."""
        assert self.status == 1, self.output + self.errors
        lines = self.errors.strip().splitlines()
        assert len(lines) == 1, self.errors
        return lines[0]


class Call:
    """How course.py started one of the programs."""

    def __init__(
        self, program: str, arguments: list[str], variables: dict[str, str], path: list[Any]
    ) -> None:
        self.program = program
        self.arguments = arguments
        self.variables = variables
        self.path = path


def fresh_course(folder: Path) -> SmallCourse:
    """A fresh clone, so to speak, on a machine with uv; its folder's name is a nasty one."""
    course = SmallCourse(folder / "Kürs mit Leer & 'so'", folder / "elsewhere")
    course.add_uv_to_path()
    return course


@pytest.fixture
def course(tmp_path: Path) -> SmallCourse:
    """A fresh clone for one test."""
    return fresh_course(tmp_path)


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> SmallCourse:
    """A course that is set up, for all tests of a module: they leave it so."""
    course = fresh_course(tmp_path_factory.mktemp("ready"))
    assert course.run("setup").status == 0
    return course


@pytest.fixture
def course_without_uv(tmp_path: Path) -> SmallCourse:
    """The same on a machine that has nothing but Python."""
    return SmallCourse(tmp_path / "bare" / "Kürs mit Leer & 'so'", tmp_path / "bare_elsewhere")
