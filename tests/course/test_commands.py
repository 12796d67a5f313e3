"""What each command of `course.py` starts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jupyter_server.extension.manager import ExtensionPackage
from jupyter_server.services.kernels.kernelmanager import MappingKernelManager
from traitlets.config import Config

from course import (
    CHECKS,
    LAB_SETTINGS,
    ONCE,
    SERVER_SETTINGS,
    WORKERS,
    WORKERS_WITHOUT_PAGES,
)
from tests.course.conftest import ROOT, SmallCourse


def test_lab_opens_the_contents_for_this_machine_only(ready: SmallCourse) -> None:
    (lab,) = ready.run("lab").calls
    assert lab.program == "jupyterlab"
    assert set(lab.arguments) == {
        f"--ServerApp.root_dir={ready.folder}",
        "--LabApp.default_url=/lab/tree/notebooks/00_introduction.ipynb",
        "--ServerApp.ip=localhost",
        "--Application.log_level=WARN",
        "--ServerApp.allow_root=True",
    }


def test_lab_passes_on_no_browser_and_port(ready: SmallCourse) -> None:
    (lab,) = ready.run("lab", "--no-browser", "--port", "8899").calls
    assert {"--no-browser", "--ServerApp.port=8899"} <= set(lab.arguments)


def test_lab_shows_no_news_and_ends_a_kernel_with_its_notebook(ready: SmallCourse) -> None:
    settings = ready.venv / "share" / "jupyter" / "lab" / "settings" / "overrides.json"
    assert json.loads(settings.read_text()) == LAB_SETTINGS


def test_idle_kernels_end_and_the_server_loads_what_is_added_to_it(ready: SmallCourse) -> None:
    configuration = ready.venv / "etc" / "jupyter" / "jupyter_server_config.d" / "course.json"
    read = json.loads(configuration.read_text())
    assert read == SERVER_SETTINGS
    manager = MappingKernelManager(config=Config(read))  # type: ignore[no-untyped-call]
    assert manager.cull_idle_timeout == 2 * 60 * 60
    assert manager.cull_connected
    assert not manager.cull_busy, "a cell that runs all night"
    (extension,) = read["ServerApp"]["jpserver_extensions"]
    package = ExtensionPackage(name=extension, enabled=True)  # type: ignore[no-untyped-call]
    assert package.extension_points


def test_lab_has_the_extension_as_it_is_in_the_clone(ready: SmallCourse) -> None:
    extension = Path("labextensions", "course-helpers", "explorers.js")
    installed = ready.venv / "share" / "jupyter" / extension
    script = ready.folder / "course_helpers" / extension
    before = script.read_text()
    assert installed.read_text() == before
    script.write_text(f"{before}// newer")
    ready.run("setup")
    assert installed.read_text() == script.read_text()
    script.write_text(before)
    ready.run("setup")


STAGES = [
    ("ruff", ["check"]),
    ("ruff", ["format", "--check"]),
    ("mypy", []),
    ("pytest", ["-c", "authoring/nbval.ini", "notebooks"]),
    ("pytest", [*WORKERS, "--cache-clear"]),
]
AGAIN = ["--last-failed", "--last-failed-no-failures=none", "--alone"]


def test_test_runs_everything(ready: SmallCourse) -> None:
    done = ready.run("test")
    assert [(call.program, call.arguments) for call in done.calls] == STAGES
    assert done.status == 0
    assert "All is well" in done.output.splitlines()[-1]


def test_test_runs_everything_and_names_what_failed(ready: SmallCourse) -> None:
    done = ready.run("test", FAILING="ruff mypy")
    assert [(call.program, call.arguments) for call in done.calls] == STAGES
    assert done.status == 1
    assert done.output.splitlines()[-1].startswith("FAILED: linter, formatter, types (")


def test_test_passes_arguments_on_to_pytest_alone(ready: SmallCourse) -> None:
    done = ready.run("test", "-k", "lock", "tests/views", "-x", FAILING="ruff")
    (call,) = done.calls
    assert (call.program, call.arguments) == ("pytest", ["-k", "lock", "tests/views", "-x"])
    assert done.status == 0


@pytest.mark.parametrize("chosen", [[], ["tests/views", "-x"]], ids=["all", "some"])
def test_fast_leaves_out_what_is_slow(ready: SmallCourse, chosen: list[str]) -> None:
    done = ready.run("test", *chosen, "--fast", FAILING="ruff")
    (call,) = done.calls
    assert call.program == "pytest"
    end = chosen or ["--cache-clear"]
    assert call.arguments == [*WORKERS, "-m", "not slow", *end]
    assert done.status == 0


@pytest.mark.parametrize("selected", [[], ["--fast"], ["--package"], ["--package", "--fast"]])
def test_failed_tests_are_tried_again_by_one_process(
    ready: SmallCourse, selected: list[str]
) -> None:
    done = ready.run("test", *selected, FAILING="pytest")
    *_, first, second = [call.arguments for call in done.calls if call.program == "pytest"]
    workers = WORKERS_WITHOUT_PAGES if "--package" in selected else WORKERS
    which = first[len(workers) : -1]
    assert first == [*workers, *which, "--cache-clear"]
    assert second == [*which, *AGAIN]
    assert done.status == 1
    assert "tests (" in done.output.splitlines()[-1]


def test_what_was_chosen_by_hand_is_tried_once(ready: SmallCourse) -> None:
    for chosen in (["-x"], ["--fast", "-x"]):
        done = ready.run("test", *chosen, FAILING="pytest")
        assert len(done.calls) == 1
        assert done.status == 1


def test_package_leaves_out_the_tests_that_are_the_same_on_every_python(
    ready: SmallCourse,
) -> None:
    (call,) = ready.run("test", "--package", "-x").calls
    ignored = [f"--ignore=tests/{path}" for path in ONCE]
    assert call.arguments == [*WORKERS_WITHOUT_PAGES, *ignored, "-x"]
    assert all((ROOT / "tests" / path).exists() for path in ONCE)


def test_check_runs_what_needs_no_run(ready: SmallCourse) -> None:
    done = ready.run("check", FAILING="mypy")
    assert [["-m", call.program, *call.arguments] for call in done.calls] == [*CHECKS.values()]
    assert done.output.splitlines()[-1].startswith("FAILED: types (")


def test_execute_runs_the_notebooks_named(ready: SmallCourse) -> None:
    executed, settings = ready.run("execute", "01", "notebooks/02_semaphores.ipynb").calls
    assert executed.program == settings.program == "authoring"
    assert executed.arguments == settings.arguments == ["01", "notebooks/02_semaphores.ipynb"]


def test_site_goes_where_it_is_wanted(ready: SmallCourse) -> None:
    for chosen, folder in (([], ready.folder / "site"), (["public"], Path("public"))):
        (call,) = ready.run("site", *chosen).calls
        assert call.arguments == [str(folder.resolve())]


def test_present_shows_one_notebook(ready: SmallCourse) -> None:
    (call,) = ready.run("present", "05").calls
    assert (call.program, call.arguments) == ("authoring", ["05"])


def test_results_are_those_of_a_folder(ready: SmallCourse) -> None:
    (call,) = ready.run("results", "handed_in", "--csv").calls
    assert call.program == "authoring"
    assert call.arguments == [str(Path("handed_in").resolve()), "--csv"]


def test_bench_passes_arguments_on(ready: SmallCourse) -> None:
    done = ready.run("bench", "--quick", FAILING="benchmarks")
    (call,) = done.calls
    assert (call.program, call.arguments) == ("benchmarks", ["--quick"])
    assert done.status == 1


def test_help_names_every_command(course: SmallCourse) -> None:
    done = course.run("--help")
    for command in (
        "lab",
        "setup",
        "reset",
        "check",
        "test",
        "execute",
        "site",
        "present",
        "check-room",
        "host",
        "results",
        "solutions",
        "bench",
    ):
        assert f"\n    {command}" in done.output
        own = course.run(command, "--help")
        assert own.status == 0
        assert own.output.startswith(f"usage: course.py {command}")
    assert not course.venv.exists()


@pytest.mark.parametrize("arguments", [(), ("labs",), ("lab", "--port", "many"), ("setup", "now")])
def test_a_command_line_that_makes_no_sense_sets_nothing_up(
    course: SmallCourse, arguments: tuple[str, ...]
) -> None:
    done = course.run(*arguments)
    assert done.status == 2
    assert done.errors.startswith("usage: course.py")
    assert not course.venv.exists()
