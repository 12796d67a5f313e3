"""The wheel holds the whole of course_helpers, and nothing else."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.course.conftest import ROOT


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The names of the files in the wheel."""
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory"]
    subprocess.run([*build, folder], cwd=ROOT, check=True, capture_output=True)
    (path,) = folder.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        return archive.namelist()


def test_the_wheel_holds_every_file_of_the_package(wheel: list[str]) -> None:
    files = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "course_helpers").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert "course_helpers/py.typed" in files
    beside = (".dist-info/", ".data/")
    assert {name for name in wheel if not any(folder in name for folder in beside)} == files


def test_jupyterlab_finds_the_extension_of_an_installed_wheel(wheel: list[str]) -> None:
    extension = "data/share/jupyter/labextensions/course-helpers/"
    found = {name.partition(extension)[2] for name in wheel if extension in name}
    assert found == {"package.json", "explorers.js", "picture.js"}


def test_the_wheel_holds_the_licence(wheel: list[str]) -> None:
    assert [name for name in wheel if Path(name).name == "LICENSE"]
