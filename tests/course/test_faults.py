"""What `course.py` cannot mend it answers with one line that says what to do."""

from __future__ import annotations

import ast
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.course.conftest import ROOT, SmallCourse


@pytest.mark.parametrize("version", ["3.10", "3.16", "4.0"])
def test_a_python_that_is_too_old_or_too_new_is_turned_away(
    course: SmallCourse, version: str
) -> None:
    major, minor = version.split(".")
    done = course.run("lab", before=f"sys.version_info = ({major}, {minor}, 1, 'final', 0)")
    assert done.advice == (
        f"The course needs a Python from 3.11 to 3.15, and this is {version}: "
        "install one of those beside it (python.org) and run course.py with that."
    )
    assert not course.venv.exists()


def test_an_old_python_can_read_the_file_as_far_as_that_line() -> None:
    ast.parse((ROOT / "course.py").read_text("utf-8"), feature_version=(3, 7))


def closed_port() -> int:
    """A port of this machine on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


NO_NETWORK = (
    "The package index cannot be reached: "
    "connect this machine to the network, then run the same command again."
)


def test_no_network_with_uv(course: SmallCourse) -> None:
    course.use_index(f"http://127.0.0.1:{closed_port()}/simple")
    assert course.run("lab", UV_HTTP_TIMEOUT="1").advice == NO_NETWORK
    assert not course.marker.exists()


@pytest.mark.slow
def test_no_network_with_pip(course_without_uv: SmallCourse) -> None:
    course_without_uv.add_own_uv()
    course_without_uv.use_index(f"http://127.0.0.1:{closed_port()}/simple")
    assert course_without_uv.run("lab").advice == NO_NETWORK
    assert not course_without_uv.marker.exists()


@pytest.mark.slow
def test_a_package_that_is_not_the_one_in_the_lock_is_not_installed(course: SmallCourse) -> None:
    assert course.run("setup").status == 0
    course.add_package("mypy", {"mypy/other.py": ""}, version="2.0")
    hash_ = course.packages["mypy"].partition("sha256:")[2][:64]
    course.packages["mypy"] = course.packages["mypy"].replace(hash_, "f" * 64)
    course.write_lock()
    assert "not the one that requirements.lock names" in course.run("setup").advice
    assert not course.imports("mypy.other")
    assert not course.marker.exists(), "what was complete no longer counts as such"


@pytest.mark.slow
@pytest.mark.parametrize("tool", ["uv", "pip"])
def test_a_package_that_is_not_made_for_this_python(
    course: SmallCourse, course_without_uv: SmallCourse, tool: str
) -> None:
    if tool == "pip":
        course = course_without_uv
        course.add_package("uv", {}, tag="cp310-cp310-win32")  # and so pip has to do
    course.add_package("numpy", {}, tag="cp310-cp310-win32")
    done = course.run("setup")
    assert re.fullmatch(
        r"A package of the course is not made for this Python \(cpython 3\.\d+\.\S+, \S+\): "
        r"install CPython 3\.15 beside it \(python\.org\) and run course\.py with that\.",
        done.advice,
    )
    assert not course.marker.exists()


@pytest.mark.skipif(os.name == "nt", reason="Python for Windows has no packages without venv")
@pytest.mark.parametrize(
    "words",
    [
        # Debian's, CPython's without ensurepip, and a Python without venv at all
        "The virtual environment was not created successfully because ensurepip is not\navailable.",
        "Error: Command '['python', '-m', 'ensurepip']' returned non-zero exit status 1.",
        "/usr/bin/python3: No module named venv",
    ],
)
def test_a_missing_venv_module(course_without_uv: SmallCourse, tmp_path: Path, words: str) -> None:
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\necho "{words}"\nexit 1\n')
    python.chmod(0o755)
    done = course_without_uv.run("lab", before=f"sys._base_executable = {str(python)!r}")
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    assert done.advice == (
        "This Python lacks its venv module: install it (Debian and Ubuntu: "
        f"sudo apt install python{version}-venv), then run the same command again."
    )


@pytest.mark.skipif(os.name == "nt", reason="folders have no such permission there")
def test_a_folder_that_cannot_be_written_to(course: SmallCourse) -> None:
    course.folder.chmod(0o555)
    command = course.command("lab")
    if os.geteuid() == 0:  # who may write anywhere, unless that capability is taken away
        command = ["/usr/bin/setpriv", "--bounding-set=-dac_override", *command]
    try:
        done = subprocess.run(
            command, env=course.variables, capture_output=True, check=False, encoding="utf-8"
        )
    finally:
        course.folder.chmod(0o755)
    assert done.returncode == 1
    assert done.stderr.strip() == (
        f"{course.folder} cannot be written to: copy the course into a folder of your own."
    )


def test_an_unforeseen_failure_shows_what_the_installer_said(course: SmallCourse) -> None:
    course.packages["mypy"] = "what is this?\n"
    course.write_lock()
    done = course.run("setup")
    assert done.status == 1
    assert "what is this" in done.errors
    assert "Installing packages failed" in done.errors.splitlines()[-1]
    assert not course.marker.exists()
