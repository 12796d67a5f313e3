"""Run notebooks and store their outputs: `python -m authoring.execute [NOTEBOOK …]`.

What is stored depends on what the notebook does and on nothing else: a second run changes the file
only where an output really changed. A notebook that fails is left as it was.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import site
import sys
import sysconfig
import time
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any, Final, TypeVarTuple

import nbformat
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from nbval.kernel import CURRENT_ENV_KERNEL_NAME, NbvalKernelspecManager

from authoring.kernel import NOTEBOOKS, ROOT, clean_environment, fault
from authoring.reading import describe

Arguments = TypeVarTuple("Arguments")

CELL_TIMEOUT: Final = 60
"""Seconds that a cell may take; the same in `nbval.ini`."""

PARALLEL: Final = 2

KERNELSPEC: Final = {"display_name": "Python 3", "language": "python", "name": "python3"}
LANGUAGE: Final = {
    "codemirror_mode": {"name": "ipython", "version": 3},
    "file_extension": ".py",
    "mimetype": "text/x-python",
    "name": "python",
    "nbconvert_exporter": "python",
    "pygments_lexer": "ipython3",
}
PRACTICE: Final = "practice"  # the folder of the notebooks with exercises
#: What a cell's metadata may say; all else depends on who has edited it.
_KEPT: Final = ("exercise", "jupyter", "slideshow", "tags")
WIDGET: Final = "application/vnd.jupyter.widget-view+json"


class NotExecutedError(Exception):
    """A notebook could not be executed; the message says where and why."""


def main(arguments: Sequence[str]) -> int:
    """Execute the notebooks named in `arguments`, or all; 0 if every one was."""
    try:
        paths = find(arguments, NOTEBOOKS)
    except LookupError as error:
        print(error.args[0], file=sys.stderr)
        return 2
    return run(execute_all(paths), "Notebooks that had not finished are as they were.")


def run(work: Coroutine[Any, Any, bool], interrupted: str) -> int:
    """Do work that runs notebooks, and return an exit status: 0 if it says that all went well.

    `interrupted` is a sentence on how things are after Ctrl-C.
    """
    try:
        with clean_environment(), asyncio.Runner(loop_factory=Loop) as runner:
            succeeded = runner.run(work)
    except KeyboardInterrupt:
        print(f"Interrupted. {interrupted}", file=sys.stderr)
        return 130
    return 0 if succeeded else 1


def find(names: Sequence[str], folder: Path) -> list[Path]:
    """The notebooks called so in `folder` (`01`, `01_locks`, `notebooks/01_locks.ipynb`), or all.

    Those for practice, in a folder within it, are among them; `practice/01` is only that one.

    Raises LookupError, with a sentence, if a name fits none of them or there is none at all.
    """
    notebooks = [*sorted(folder.glob("*.ipynb")), *sorted(folder.glob(f"{PRACTICE}/*.ipynb"))]
    if not notebooks:
        raise LookupError(f"There is no notebook in {folder}.")
    if not names:
        return notebooks
    found = []
    for name in names:
        stem, practised = Path(name).name.removesuffix(".ipynb"), Path(name).parent.name == PRACTICE
        matches = [
            path
            for path in notebooks
            if stem in (path.stem, path.stem.split("_")[0])
            if path.parent.name == PRACTICE or not practised
        ]
        if not matches:
            known = ", ".join(path.stem for path in notebooks)
            raise LookupError(f"There is no notebook {name!r}. There are: {known}.")
        found += matches
    return list(dict.fromkeys(found))


async def execute_all(paths: Sequence[Path]) -> bool:
    """Execute notebooks, a few at a time, saying how each went; whether all went well."""
    places = asyncio.Semaphore(PARALLEL)

    async def one(path: Path) -> bool:
        async with places:
            start = time.monotonic()
            try:
                changed = await execute(path)
            except NotExecutedError as error:
                print(f"{path.name}: {error}\n{path.name} is as it was.", file=sys.stderr)
                return False
            seconds = time.monotonic() - start
            print(
                f"{path.name}: {seconds:.1f} s, {'stored' if changed else 'unchanged'}", flush=True
            )
            return True

    return all(await asyncio.gather(*map(one, paths)))


async def execute(path: Path, *, cell_timeout: float = CELL_TIMEOUT) -> bool:
    """Execute one notebook in its folder and store its outputs; whether the file changed.

    Raises NotExecutedError, and leaves the file alone, if a cell fails or takes longer than
    `cell_timeout` seconds.
    """
    before = path.read_bytes()
    notebook = _parse(before)
    running = ""

    def starts(cell: NotebookNode, cell_index: int) -> None:
        nonlocal running
        running = describe(notebook, cell_index)

    def ended(cell: NotebookNode, cell_index: int, execute_reply: dict[str, Any]) -> None:
        stderr = "".join(out.text for out in cell.outputs if out.get("name") == "stderr")
        traceback = ["\n".join(out.traceback) for out in cell.outputs if "traceback" in out]
        wrong = fault(
            cell.metadata.get("tags", []),
            raised=execute_reply["content"]["status"] == "error",
            stderr=stderr,
        )
        if wrong:
            raise NotExecutedError("\n".join([f"{running}: {wrong}", stderr, *traceback]))

    client = client_for(
        notebook, timeout=cell_timeout, on_cell_start=starts, on_cell_executed=ended
    )
    try:
        await client.async_execute(cleanup_kc=True, cwd=str(path.parent))
    except CellTimeoutError:
        raise NotExecutedError(f"{running}: It took longer than {cell_timeout:g} s.") from None
    except DeadKernelError:
        raise NotExecutedError(f"{running}: Its kernel died.") from None
    normalise(notebook)
    return _write(notebook, path, before)


def client_for(notebook: NotebookNode, **options: Any) -> NotebookClient:
    """What runs a notebook in a kernel of its own; the options are those of NotebookClient."""
    return NotebookClient(
        notebook,
        km=AsyncKernelManager(
            kernel_name=CURRENT_ENV_KERNEL_NAME, kernel_spec_manager=NbvalKernelspecManager()
        ),
        iopub_timeout=30,
        raise_on_iopub_timeout=True,
        coalesce_streams=True,
        record_timing=False,
        store_widget_state=False,
        shutdown_kernel="immediate",
        extra_arguments=["--log-level=ERROR"],
        **options,
    )


def normalise(notebook: NotebookNode) -> None:
    """Take out of an executed notebook what says nothing about it.

    That is: what this machine, this kernel and JupyterLab add; empty cells at the end; widgets,
    which cannot be shown without their kernel and hide the picture stored beside them.
    """
    course = notebook.metadata.get("course", {})
    notebook.metadata = NotebookNode(
        course=course, kernelspec=dict(KERNELSPEC), language_info=dict(LANGUAGE)
    )
    while notebook.cells and not notebook.cells[-1].source.strip():
        notebook.cells.pop()
    count = 0
    for cell in notebook.cells:
        cell.metadata = NotebookNode(
            {key: cell.metadata[key] for key in _KEPT if key in cell.metadata}
        )
        if cell.cell_type != "code":
            continue
        if not cell.source.strip():
            cell.execution_count, cell.outputs = None, []
            continue
        count += 1
        cell.execution_count = count
        for output in cell.outputs:
            if "execution_count" in output:
                output.execution_count = count
            if "data" in output:
                output.data.pop(WIDGET, None)
                output.metadata.pop(WIDGET, None)
            if "traceback" in output:
                output.traceback = [_without_folders(entry) for entry in output.traceback]
        cell.outputs = [output for output in cell.outputs if output.get("data") != {}]


def _without_folders(traceback: str) -> str:
    """A traceback that names files as any machine would: no folder of this one."""
    folders = {
        str(ROOT): "",
        **dict.fromkeys(site.getsitepackages(), "site-packages"),
        sysconfig.get_path("stdlib"): "python",
    }
    home = str(Path.home())
    for folder, name in folders.items():
        for spelling in (folder, folder.replace(home, "~", 1)):
            traceback = traceback.replace(spelling + os.sep, f"{name}/" if name else "")
    return traceback


def _parse(content: bytes) -> NotebookNode:
    """A notebook from a file's content, every cell with an id that will stay."""
    try:
        notebook = json.loads(content)
        notebook["nbformat_minor"] = 5
        seen: set[str] = set()
        for number, cell in enumerate(notebook["cells"], 1):
            if "id" not in cell or cell["id"] in seen:
                cell["id"] = f"cell-{number}"
            seen.add(cell["id"])
        parsed: NotebookNode = nbformat.reads(json.dumps(notebook), as_version=4)
    except (ValueError, TypeError, KeyError, nbformat.ValidationError) as error:
        raise NotExecutedError(f"This is not a notebook: {error!r}") from None
    return parsed


def _write(notebook: NotebookNode, path: Path, before: bytes) -> bool:
    """Replace `path`, whose content is still `before`, whole or not at all; whether it changed."""
    after = (nbformat.writes(notebook).rstrip("\n") + "\n").encode()
    if path.read_bytes() != before:
        raise NotExecutedError("The file was edited while it was executed. Try again.")
    if after == before:
        return False
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        temporary.write_bytes(after)
        shutil.copymode(path, temporary)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return True


class Loop(asyncio.SelectorEventLoop):
    """Leaves SIGINT to asyncio's Runner, which cancels everything and so ends every kernel.

    Each NotebookClient would put a handler of its own in its place, one over the other.
    """

    def add_signal_handler(
        self, sig: int, callback: Callable[[*Arguments], object], *args: *Arguments
    ) -> None:
        """Refuse, as the loops of systems without signals do."""
        raise RuntimeError("SIGINT belongs to asyncio.Runner")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
