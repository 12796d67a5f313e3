"""What cells show of what a browser alone does not have, and those below them."""

from __future__ import annotations

import errno
import sys
from collections.abc import Callable
from importlib.abc import MetaPathFinder

import pytest
from IPython.core.interactiveshell import InteractiveShell

from course_helpers.running_loop.refusals import refusals_are_told

REFUSED = """
from course_helpers.browser import NotInBrowser
raise NotInBrowser('There are no cats')
import os.path, shutil as files
def function(argument): local = argument
class Class: attribute = [number for number in range(3)]
recording = 1
"""
SHOWN_BY_MATPLOTLIB = """
class Picture:
    def _repr_png_(self):
        __import__("matplotlib")
Picture()
"""
GROUP = "raise ExceptionGroup('all', [ValueError(), NotInBrowser('There are no dogs')])"
NO_PROCESSES = "emscripten does not support processes."


class NoMatplotlib(MetaPathFinder):
    """It is not installed."""

    def find_spec(self, name: str, *_: object) -> None:
        """Raise the error that an import has at its end."""
        if name == "matplotlib":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


Run = Callable[[str], tuple[str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a cell in a browser alone; what it shows as its error, and what it says instead."""
    shell = InteractiveShell()
    monkeypatch.setattr("IPython.core.formatters.get_ipython", lambda: shell)
    refusals_are_told(shell)

    def shown(code: str) -> tuple[str, str]:
        shell.run_cell(code)
        told = capsys.readouterr()
        return told.out, told.err

    return shown


def test_a_refused_cell_says_so_in_one_sentence(run: Run) -> None:
    error, said = run(REFUSED)
    assert error == ""
    assert said.startswith("NotInBrowser: There are no cats in a browser alone. Cells that need ")
    assert len(said.splitlines()) == 1
    error, said = run(GROUP)
    assert (error, said.partition(" in a browser")[0]) == ("", "NotInBrowser: There are no dogs")


@pytest.mark.parametrize(
    "code", ["1 / 0", "raise ExceptionGroup('', [OSError()])", "open('not there')", "import cats"]
)
def test_any_other_error_is_shown(run: Run, code: str) -> None:
    error, said = run(code)
    assert "Traceback" in error
    assert said == ""


@pytest.mark.parametrize("code", ["if True:\n  a = 1\n b = 2\n", "'", "'\0'"])
def test_a_cell_that_is_no_code_has_its_error_once(run: Run, code: str) -> None:
    run(REFUSED)
    error, said = run(code)
    assert error.count("Error") == 1
    assert "callback" not in error + said
    assert said == ""


@pytest.mark.parametrize("name", ["recording", "os", "files", "function", "Class"])
def test_a_name_that_a_refused_cell_would_have_made_is_explained(run: Run, name: str) -> None:
    assert f"name '{name}' is not defined" in run(name)[0]
    run(REFUSED)
    error, said = run(name)
    assert error == ""
    assert said.startswith(f"NameError: name '{name}' is not defined. A cell above, which would ")


def test_so_is_one_that_a_cell_below_would_have_made_of_it(run: Run) -> None:
    run(REFUSED)
    assert run("longest = max(recording.tasks)")[1].startswith("NameError: name 'recording' is not")
    assert run("print(longest)")[1].startswith("NameError: name 'longest' is not defined. A cell ")


def test_a_cell_that_has_run_another_is_told_about_by_its_own_names(run: Run) -> None:
    run(f"get_ipython().run_cell('inner = 1'){REFUSED}")
    assert "A cell above" in run("recording")[1]
    run("del inner")
    error, said = run("inner")
    assert "Traceback" in error
    assert said == ""


@pytest.mark.parametrize("name", ["recrding", "local", "argument", "attribute", "number"])
def test_any_other_missing_name_keeps_its_traceback(run: Run, name: str) -> None:
    run(REFUSED)
    error, said = run(f"1 + 1\n{name} + 1")
    assert "Traceback" in error
    assert f"name '{name}' is not defined" in error
    assert said == ""


@pytest.mark.parametrize(
    ("code", "what"),
    [
        (f"raise OSError({errno.ENOTSUP}, '{NO_PROCESSES}')", "There are no child processes"),
        ('raise RuntimeError("can\'t start new thread")', "There are no threads"),
    ],
)
def test_an_error_of_pythons_own_that_says_so_is_a_refusal(run: Run, code: str, what: str) -> None:
    error, said = run(code)
    assert error == ""
    assert said.startswith(f"NotInBrowser: {what} in a browser alone. ")


def test_so_is_a_module_that_the_network_should_have_brought(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("matplotlib", "matplotlib.figure"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setattr(sys, "meta_path", [NoMatplotlib(), *sys.meta_path])
    # For these no browser asks the network.
    for code in ("import importlib\nimportlib.import_module('matplotlib')", SHOWN_BY_MATPLOTLIB):
        error, said = run(code)
        assert "Traceback" not in error
        assert said.startswith("NotInBrowser: Before a cell imports matplotlib, there is no ")
        assert len(said.splitlines()) == 1
    error, said = run("from matplotlib.figure import Figure")
    assert error == ""
    assert said.startswith("NotInBrowser: Without a network there is no matplotlib in a browser")
    assert run("Figure()")[1].startswith("NameError: name 'Figure' is not defined. A cell above")
