"""Cells of a browser alone do what they do in every other kernel."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell

from course_helpers.running_loop.web_loop import go_on_where_errors_are_meant, share_context

VARIABLE = "from contextvars import ContextVar\nvariable = ContextVar('variable')\n"
READ = "said = variable.get('nothing')"
NESTED = {
    "capture": "%%capture\n{}",
    "run_cell": "shell.run_cell({!r})",
    "awaits": "import asyncio\nawait asyncio.sleep(0)\nshell.run_cell({!r})",
}


class Kernel:
    """As Pyodide's: it has the message that it answers only from the first one on."""

    _parent_header: dict[str, Any]

    def get_parent(self) -> dict[str, Any]:
        """The message that is answered."""
        return self._parent_header


@pytest.fixture
def shell() -> InteractiveShell:
    """IPython, whose cells can name it."""
    shell = InteractiveShell()
    shell.user_ns["shell"] = shell
    return shell


def run(shell: InteractiveShell, code: str) -> None:
    """Run a cell as Pyodide's kernel does: in a task of its own."""

    async def cell() -> None:
        transformed = shell.transform_cell(code)
        if shell.should_run_async(code, transformed_cell=transformed):
            result = await shell.run_cell_async(code, transformed_cell=transformed)
        else:
            result = shell.run_cell(code)
        result.raise_error()

    asyncio.run(cell())


def test_cells_share_a_context(shell: InteractiveShell) -> None:
    share_context(shell)
    run(shell, f"{VARIABLE}variable.set('set')")
    run(shell, READ)
    assert shell.user_ns["said"] == "set"
    run(shell, f"import asyncio\nawait asyncio.sleep(0)\n{READ}\nvariable.set('lost')")
    assert shell.user_ns["said"] == "set"
    run(shell, READ)
    assert shell.user_ns["said"] == "set"


@pytest.mark.parametrize("cell", NESTED.values(), ids=NESTED)
def test_a_cell_that_a_cell_runs_is_in_its_context(shell: InteractiveShell, cell: str) -> None:
    share_context(shell)
    run(shell, f"{VARIABLE}variable.set('of all')")
    run(shell, cell.format("variable.set('within')\n" + READ))
    assert shell.user_ns["said"] == "within"
    run(shell, READ)
    assert shell.user_ns["said"] == ("of all" if "await" in cell else "within")


def test_an_error_before_the_first_message_is_shown(
    shell: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    shell.kernel = Kernel()
    go_on_where_errors_are_meant(shell)
    shell.run_cell("1 / 0")
    told = capsys.readouterr()
    assert "ZeroDivisionError" in told.out
    assert "AttributeError" not in told.out
    assert told.err == ""


@pytest.mark.parametrize("stops", [True, False])
def test_only_an_error_that_is_meant_lets_the_cells_below_run(
    shell: Any, capsys: pytest.CaptureFixture[str], stops: bool
) -> None:
    shell.kernel = Kernel()
    shell.kernel._parent_header = {"content": {"stop_on_error": stops}}
    go_on_where_errors_are_meant(shell)
    shell.run_cell("1 / 0")
    told = capsys.readouterr()
    assert "ZeroDivisionError" in (told.out if stops else told.err)
    assert (told.err if stops else told.out) == ""
