"""Binder accepts the repository, and builds the environment that is meant."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.course.conftest import ROOT, TELL, SmallCourse
from tests.course.images import image_steps

BINDER = ROOT / "binder"


@pytest.mark.skipif(os.name == "nt", reason="repo2docker runs where Docker's own systems are")
def test_repo2docker_builds_a_conda_environment_with_the_python_that_is_meant(
    tmp_path: Path,
) -> None:
    shutil.copytree(BINDER, tmp_path / "binder", symlinks=True)
    shutil.copy(ROOT / "environment.yml", tmp_path)
    # No build pack but one that recognises it.
    output = image_steps(tmp_path, "--Repo2Docker.default_buildpack=None")
    assert "Building conda environment for python=3.14\n" in output
    # The name of repo2docker's own lock file for that Python, as it stands in the Dockerfile.
    assert "environment-2epy-2d3-2e14-2d" in output


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Binder is a Linux")
def test_the_last_step_on_binder_fetches_nothing_but_what_is_locked(course: SmallCourse) -> None:
    """It runs whole, in a Python of its own, where nothing can be had but the lock's packages."""
    jupyter = {
        "jupyter_core/__init__.py": "",
        "jupyter_core/command.py": f"def main():\n{textwrap.indent(TELL, '    ')}",
        "jupyter_core-1.0.dist-info/entry_points.txt": (
            "[console_scripts]\njupyter = jupyter_core.command:main\n"
        ),
    }
    course.add_package("jupyter_core", jupyter)
    shutil.copytree(BINDER, course.folder / "binder", symlinks=True)
    shutil.copy(course.folder / "requirements.lock", course.folder / "binder" / "learners.lock")
    notebooks = [path.relative_to(ROOT) for path in (ROOT / "notebooks").rglob("*.ipynb")]
    notebooks = [path for path in notebooks if "checkpoint" not in str(path)]
    for path in notebooks:
        (course.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (course.folder / path).touch()
    subprocess.run([sys.executable, "-m", "venv", course.venv], check=True)
    done = subprocess.run(
        [course.folder / "binder" / "postBuild"],
        cwd=course.folder,
        env=course.variables | {"PATH": f"{course.venv / 'bin'}{os.pathsep}{os.defpath}"},
        capture_output=True,
        check=False,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert course.imports("course_helpers")
    extension = course.venv / "share/jupyter/labextensions/course-helpers/package.json"
    assert extension.exists()
    (trusted,) = (
        json.loads(line.removeprefix("CALLED "))[1]
        for line in done.stdout.splitlines()
        if line.startswith("CALLED ")
    )
    assert trusted[0] == "trust"
    assert sorted(map(Path, trusted[1:])) == sorted(notebooks)


def test_binder_reads_the_same_environment_as_conda() -> None:
    environment = BINDER / "environment.yml"
    if environment.is_symlink():
        assert environment.resolve() == ROOT / "environment.yml"
    else:  # what git makes of a link where there are none
        assert environment.read_text().strip() == "../environment.yml"


@pytest.mark.skipif(os.name == "nt", reason="files are not executable there")
@pytest.mark.parametrize("script", ["binder/postBuild", ".ci/run"])
def test_scripts_are_executable_and_stop_at_the_first_error(script: str) -> None:
    path = ROOT / script
    assert os.access(path, os.X_OK)
    lines = path.read_text().splitlines()
    assert lines[0] == "#!/usr/bin/env bash"
    assert "set -euo pipefail" in lines
    subprocess.run(["bash", "-n", path], check=True)
