"""nbval, made strict: a pytest plugin, loaded by `nbval.ini`.

nbval runs each cell in a kernel and compares its outputs with the stored ones. Left to itself it
passes a cell whose exception is an ExceptionGroup, a cell that is meant to raise and does not, a
cell that has never been run, and a picture that is gone; and it asks nothing of a notebook once its
last cell has run. Here all these fail, and every notebook is run a second time in the same kernel
and then asked for tasks that are still alive.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Generator, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any, Final

import pytest
from nbformat import NotebookNode
from nbval.kernel import CURRENT_ENV_KERNEL_NAME, RunningKernel
from nbval.plugin import IPyNbCell, IPyNbFile, NbCellError

from authoring.kernel import SANITISING, clean_environment, fault, runs_here
from authoring.site.staging import PAINTED
from course_helpers.exercises import on_a_page

ALIVE: Final = (
    "[(task.get_name(), getattr(task.get_coro(), '__qualname__', '?'),"
    " getattr(getattr(task.get_coro(), 'cr_code', None), 'co_filename', ''))"
    " for task in __import__('asyncio').all_tasks()]"
)
"""What the kernel is asked for: name, coroutine and file of each task in its loop."""

KERNEL_PACKAGES: Final = ("ipykernel", "IPython", "jupyter_client", "tornado", "zmq")


@pytest.hookimpl(wrapper=True)
def pytest_runtestloop() -> Generator[None, object, object]:
    """Start every kernel in a clean environment."""
    with clean_environment():
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(
    file_path: Path,
) -> Generator[None, list[pytest.Collector], list[pytest.Collector]]:
    """Collect as a `Notebook` what nbval collects."""
    collectors = yield
    return [
        Notebook.from_parent(collector.parent, path=file_path)
        if isinstance(collector, IPyNbFile)
        else collector
        for collector in collectors
        if runs_here(file_path)
    ]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse to run cells that cannot be told apart: workers would each leave some of them out.

    pytest names the cells of a notebook by its path from what it was given: of two files, alike.
    """
    if len({item.nodeid for item in items}) < len(items):
        raise pytest.UsageError(
            "name one notebook, or the folder: pytest cannot tell the cells of several files apart"
        )


class Kernel(RunningKernel):  # type: ignore[misc] # nbval has no types
    """nbval's kernel, which runs cells as Jupyter does and remembers how the last one ended."""

    reply: dict[str, Any] | None = None

    def execute_cell_input(self, cell_input: str, allow_stdin: bool | None = None) -> str:
        """Run a cell; returns the id of the request."""
        # nbval keeps cells out of the history, without which IPython overlooks a `;` at their end.
        request: str = self.kc.execute(cell_input, allow_stdin=allow_stdin, stop_on_error=False)
        return request

    def get_message(self, stream: str, timeout: float | None = None) -> dict[str, Any]:
        """The next message of a stream; a reply to a cell is kept."""
        message: dict[str, Any] = super().get_message(stream, timeout)
        if message["msg_type"] == "execute_reply":
            self.reply = message["content"]
        return message

    def tasks(self, timeout: float) -> list[tuple[str, str, str]]:
        """Name, coroutine and file of each task in the kernel's loop, but for this question's."""
        request = self.kc.execute(
            "", silent=True, store_history=False, user_expressions={"alive": ALIVE}
        )
        self.await_reply(request, timeout=timeout)
        self.await_idle(request, timeout)
        assert self.reply is not None
        answer = self.reply["user_expressions"]["alive"]
        if answer["status"] != "ok":
            raise RuntimeError(f"The kernel did not list its tasks: {answer}")
        tasks: list[tuple[str, str, str]] = ast.literal_eval(answer["data"]["text/plain"])
        return tasks


class Cell(IPyNbCell):  # type: ignore[misc] # nbval has no types
    """A code cell, run and compared."""

    passed = False

    def runtest(self) -> None:
        """Run the cell; raises NbCellError, with sentences, for whatever is wrong."""
        self.parent.kernel.reply = None
        self.passed = False
        difference: NbCellError | None = None
        try:
            super().runtest()
        except NbCellError as error:
            difference = error
        if difference and self.parent.timed_out:
            # A cell that awaits ends its interruption by a CancelledError, which nbval blames.
            seconds = self.config.option.nbval_cell_timeout
            self.raise_cell_error(
                f"Timeout of {seconds:g} seconds exceeded", difference.inner_traceback
            )
        if wrong := self.beyond_outputs():
            self.raise_cell_error(wrong, difference and difference.inner_traceback)
        if difference:
            raise difference
        self.passed = True

    def beyond_outputs(self) -> str | None:
        """What is wrong beyond a difference in outputs, in a sentence."""
        reply = self.parent.kernel.reply
        if reply is None:  # it timed out, which nbval says
            return None
        if self.cell.execution_count is None and self.cell.source.strip():
            return "It has no stored outputs: execute the notebook."
        return fault(
            self.cell.metadata.get("tags", []),
            raised=reply["status"] == "error",
            stderr="".join(out.text for out in self.test_outputs if out.get("name") == "stderr"),
        )

    def compare_outputs(
        self, test: list[NotebookNode], ref: list[NotebookNode], skip_compare: Any = None
    ) -> bool:
        """Whether outputs are as stored, pictures counted."""
        if not super().compare_outputs(_repeatable(test), _repeatable(ref), skip_compare):
            return False
        shown, stored = (
            sum("image/png" in out.get("data", ()) for out in outs) for outs in (test, ref)
        )
        if shown != stored:
            self.comparison_traceback.append(f"It shows {shown} pictures; {stored} are stored.")
        return shown == stored


def _repeatable(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Outputs with that of their pictures which is the same in each run and on each Python.

    That is what the lanes are, and of a picture by the real clock only that it is there. In steps
    and words, Pythons differ: from 3.12 on, nobody waits for a `gather` of what has ended.

    A question's answers are decoded: they name cells, whose numbers are others in a second run.
    """
    kept = deepcopy(outputs)
    for output in kept:
        if plans := output.get("data", {}).get(PAINTED):
            output.data[PAINTED] = [_lanes(plan) for plan in json.loads(plans)]
        if asked := output.get("data", {}).get(on_a_page.MIME):
            output.data[on_a_page.MIME] = on_a_page.decoded(asked)
    return kept


def _lanes(plan: dict[str, Any]) -> str:
    """The lanes of a picture that the page paints, a line for each."""
    if "svg" in plan:
        return "a figure of the notebook's own"
    if plan["real"]:
        return "a picture by the real clock"
    return "\n".join(f"{row['label']} {row.get('detail', '')}" for row in plan["rows"])


class Afterwards(pytest.Item):
    """What is asked of a whole notebook when its cells have run."""

    @property
    def notebook(self) -> Notebook:
        """The notebook that is asked."""
        assert isinstance(self.parent, Notebook)
        return self.parent


class SecondRun(Afterwards):
    """All cells once more in the same kernel: a learner runs everything twice."""

    def runtest(self) -> None:
        """Run every cell again; fails with the first that does."""
        self.notebook.skip_after_failure()
        for cell in self.notebook.cells:
            try:
                cell.runtest()
            except NbCellError as error:
                failure = cell.repr_failure(pytest.ExceptionInfo.from_exception(error))
                raise pytest.fail.Exception(
                    f"In a second run in the same kernel it fails.\n{failure}", pytrace=False
                ) from None


class NoTaskLeft(Afterwards):
    """The tasks alive at the end of a notebook are those of the kernel."""

    def runtest(self) -> None:
        """Ask the kernel; fails with the names of the tasks left."""
        self.notebook.skip_after_failure()
        left = [
            f"{name} ({coroutine})"
            for name, coroutine, file in self.notebook.kernel.tasks(timeout=30)
            if name not in self.notebook.kernel_tasks
            and not set(Path(file).parts).intersection(KERNEL_PACKAGES)
        ]
        if left:
            pytest.fail(
                "It leaves tasks behind; await or cancel them where they are made: "
                + ", ".join(sorted(left)),
                pytrace=False,
            )


class Notebook(IPyNbFile):  # type: ignore[misc] # nbval has no types
    """A notebook: each code cell, the second run, and the tasks left at the end."""

    def collect(self) -> Iterator[pytest.Item]:
        """Each code cell, the second run, and the question for tasks."""
        self.cells = [
            Cell.from_parent(
                self,
                name=f"cell [{cell.cell_num + 1}]",  # as Jupyter shows it
                cell_num=cell.cell_num + 1,
                cell=cell.cell,
                options=cell.options,
            )
            for cell in super().collect()
        ]
        yield from self.cells
        yield SecondRun.from_parent(self, name="runs twice")
        yield NoTaskLeft.from_parent(self, name="leaves no task behind")

    def setup(self) -> None:
        """Start the kernel and note the tasks that are its own."""
        self.kernel = Kernel(CURRENT_ENV_KERNEL_NAME, cwd=str(self.path.parent))
        self.kernel_tasks = {name for name, _, _ in self.kernel.tasks(timeout=30)}
        self.setup_sanitize_files()

    def skip_after_failure(self) -> None:
        """Ask nothing more of a notebook that has failed already."""
        if not all(cell.passed for cell in self.cells):
            pytest.skip("a cell of this notebook failed")

    def get_sanitize_files(self) -> list[Path]:
        """The course's patterns, wherever pytest was started."""
        return [SANITISING]
