"""`course.py` makes the environment, once, and mends what can be mended."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from tests.course.conftest import SmallCourse

pytestmark = pytest.mark.slow


def test_a_fresh_clone_is_set_up_and_a_second_start_finds_it_so(course: SmallCourse) -> None:
    first = course.run("lab", "--no-browser")
    assert first.status == 0, first.errors
    assert first.set_up
    assert "Installing packages" in first.output
    assert [call.program for call in first.calls] == ["jupyterlab"]
    assert course.imports("course_helpers")

    (course.programs / "uv").unlink()  # nothing can be installed now
    shutil.rmtree(course.wheels)
    second = course.run("lab", "--no-browser")
    assert second.status == 0, second.errors
    assert not second.set_up
    assert [call.program for call in second.calls] == ["jupyterlab"]


def test_without_uv_one_is_put_into_the_environment(
    course_without_uv: SmallCourse, tmp_path: Path
) -> None:
    course = course_without_uv
    course.add_own_uv()
    # Settings of the learner's that would have pip install elsewhere.
    configuration = tmp_path / "pip.conf"
    configuration.write_text("[install]\nuser = true\n")
    target = str(tmp_path / "target")
    done = course.run("setup", PIP_CONFIG_FILE=str(configuration), PIP_TARGET=target, PIP_USER="1")
    assert done.status == 0, done.errors
    assert "Getting uv" in done.output
    assert course.imports("course_helpers, matplotlib")


def test_where_no_uv_can_be_had_pip_installs(course_without_uv: SmallCourse) -> None:
    course = course_without_uv
    course.add_package("uv", {"uv/__init__.py": ""})  # it brings no program
    done = course.run("setup")
    assert done.status == 0, done.errors
    assert course.imports("course_helpers, matplotlib")


def test_a_changed_lock_is_followed(course: SmallCourse) -> None:
    assert course.run("setup").status == 0
    kept = course.venv / "kept"
    kept.touch()
    del course.packages["mypy"]
    course.add_package("newcomer", {"newcomer/__init__.py": ""})
    done = course.run("setup")
    assert done.status == 0, done.errors
    assert course.imports("newcomer")
    assert not course.imports("mypy")
    assert kept.exists(), "the environment was made again, where an update is enough"


def test_an_environment_left_half_made_is_made_again(course: SmallCourse) -> None:
    course.venv.mkdir()
    (course.venv / "rubbish").touch()
    assert course.run("setup").status == 0
    assert not (course.venv / "rubbish").exists()
    assert course.imports("matplotlib")


@pytest.mark.parametrize("damage", ["marker", "python"])
def test_a_damaged_environment_is_made_again(course: SmallCourse, damage: str) -> None:
    assert course.run("setup").status == 0
    if damage == "marker":
        course.marker.write_text("{")
    else:
        for python in [*course.venv.glob("bin/python*"), *course.venv.glob("Scripts/python*")]:
            python.unlink()
    done = course.run("setup")
    assert done.status == 0, done.errors
    assert done.set_up
    assert course.imports("matplotlib")


def test_another_python_gets_an_environment_of_its_own(course: SmallCourse) -> None:
    assert course.run("setup").status == 0
    (course.venv / "of the first").touch()
    other = "import sysconfig; sysconfig.get_config_vars()['EXT_SUFFIX'] = '.other.so'"
    assert course.run("setup", before=other).set_up
    assert not (course.venv / "of the first").exists()


def test_a_course_that_was_moved_needs_nothing(course: SmallCourse, tmp_path: Path) -> None:
    assert course.run("setup").status == 0
    moved = tmp_path / "moved"
    course.folder.rename(moved)
    course.folder, course.venv = moved, moved / ".venv"
    done = course.run("execute", "01")
    assert not done.set_up
    assert done.status == 0, done.errors
    assert str(moved) in done.calls[0].path


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for one process")
def test_an_interrupted_set_up_is_taken_up_again(course: SmallCourse) -> None:
    with socket.create_server(("127.0.0.1", 0)) as index:  # it takes calls and never answers
        course.use_index(f"http://127.0.0.1:{index.getsockname()[1]}/simple")
        process = subprocess.Popen(
            course.command("lab"),
            env=course.variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            start_new_session=True,
        )
        connection, _ = index.accept()
        with connection:
            os.killpg(process.pid, signal.SIGINT)
            _, errors = process.communicate(timeout=30)
    assert process.returncode == 1
    assert errors.strip() == "Interrupted: the same command takes it up again."
    assert not course.marker.exists()

    course.use_index(None)
    done = course.run("lab")
    assert done.status == 0, done.errors
    assert course.imports("matplotlib")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_two_at_once_wait_for_each_other_and_not_for_one_that_died(course: SmallCourse) -> None:
    with socket.create_server(("127.0.0.1", 0)) as index:  # it takes calls and never answers
        course.use_index(f"http://127.0.0.1:{index.getsockname()[1]}/simple")
        first = start(course)
        connection, _ = index.accept()  # it is installing
        course.use_index(None)
        others = [start(course), start(course)]
        for other in others:
            assert other.stdout is not None
            line = other.stdout.readline()
            assert line == "Another set-up is at work in this folder: waiting for it.\n"
        with connection:
            os.killpg(first.pid, signal.SIGKILL)
            first.communicate(timeout=30)
    outputs = []
    for other in others:
        output, errors = other.communicate(timeout=60)
        assert other.returncode == 0, errors
        outputs.append(output)
    assert sorted(output.count("Setting up") for output in outputs) == [0, 1], outputs
    assert course.imports("course_helpers, matplotlib")
    assert not course.run("setup").set_up


def test_an_environment_elsewhere_in_the_folder_is_another(course: SmallCourse) -> None:
    elsewhere = course.folder / "new" / "folder"
    done = course.run("execute", "01", COURSE_ENVIRONMENT=str(elsewhere))
    assert done.status == 0, done.errors
    assert done.calls
    for call in done.calls:
        assert call.variables["VIRTUAL_ENV"] == str(elsewhere)
        assert "COURSE_ENVIRONMENT" not in call.variables, "the programs started know nothing of it"
    assert not course.venv.exists()


def start(course: SmallCourse) -> subprocess.Popen[str]:
    """Begin a set-up, in a process group of its own."""
    return subprocess.Popen(
        course.command("setup"),
        env=course.variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
    )


def test_the_learners_own_settings_do_no_harm(course: SmallCourse, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    for name in ("site", "sitecustomize", "matplotlib", "jupyterlab", "pip"):
        (mine / f"{name}.py").write_text("raise SystemExit('the learner\\'s own module')")
    settings = {
        "JUPYTER_CONFIG_DIR": str(mine),
        "JUPYTER_TOKEN": "",
        "MPLBACKEND": "tkagg",
        "PYTHONASYNCIODEBUG": "1",
        "PYTHONSTARTUP": str(mine / "pip.py"),
        "UV_SYSTEM_PYTHON": "1",
        "UV_CONSTRAINT": str(mine / "none.txt"),
    }
    # PYTHONPATH is set late, for without it this very Python could not start.
    late = f"import os; os.environ['PYTHONPATH'] = {str(mine)!r}"
    done = course.run("lab", before=late, **settings)
    assert done.status == 0, done.errors
    (lab,) = done.calls
    assert not {"MPLBACKEND", "JUPYTER_TOKEN", "PYTHONPATH", *settings} & lab.variables.keys() - {
        "JUPYTER_CONFIG_DIR"
    }
    assert lab.variables["JUPYTER_CONFIG_DIR"].startswith(str(course.venv))
    assert lab.variables["PATH"].startswith(str(course.venv))
