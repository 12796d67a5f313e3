"""Store what the site's explorers and games can show: `python -m authoring.settings [NOTEBOOK …]`.

A page on which nothing runs shows an explorer at some settings, which are chosen by
`course_helpers/explorer/settings.py`. They are made by the notebook's own cells, up to its
explorer, in a kernel of their own, and stand in a file beside the site's builder rather than in the
notebook: nobody who runs it needs them. A program that needs the real clock has none: it would
never show the same again.

A game is stored in all its states, in the same way.

What they are made of is noted: the notebook's code with its picture, and the package as it was.
Only those are made anew of which something has changed.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import nbformat
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from authoring.execute import CELL_TIMEOUT, PRACTICE, NotExecutedError, client_for, find, run
from authoring.kernel import NOTEBOOKS, ROOT
from course import LOCK
from course_helpers.exercises.game import PLAIN as GAME
from course_helpers.explorer.interface import MIME as EXPLORER
from course_helpers.views.page.picture import MIME as PICTURE

FOLDER: Final = ROOT / "authoring" / "site" / "settings"
PACKAGE: Final = ROOT / "course_helpers"

MADE_BY: Final = "made_by.json"
"""The file beside the stored settings that has, for each notebook, the package that made them."""

MADE_BEFORE: Final = (
    "The package has changed since it made what these explorers show on the site "
    "(`python -m authoring.settings` makes it anew):"
)

NO_PART: Final = ("exercises", "labextensions")
"""Folders of the package that no explorer's settings are made with."""

# Shown, not printed: nbclient looks through all that is printed, letter by letter.
_TOLD: Final = "display({'application/json': _.settings()}, raw=True)"
_NO_EXPLORER: Final = "There is no explorer by the virtual clock"
_SECONDS: Final = 5 * CELL_TIMEOUT  # dozens of runs and pictures


def main(arguments: Sequence[str]) -> int:
    """Store the settings of notebooks that are out of date; 0 if all were.

    `arguments` name the notebooks to look at: all, if there are none.
    """
    try:
        paths = [path for path in lessons(arguments) if not is_current(path)]
    except LookupError as error:
        print(error.args[0], file=sys.stderr)
        return 2
    return run(store_all(paths), "Settings that were not stored yet are as they were.")


def lessons(names: Sequence[str] = ()) -> list[Path]:
    """The notebooks called so, or all; those for practice have no explorers.

    Raises LookupError, with a sentence, if a name fits none.
    """
    return [path for path in find(names, NOTEBOOKS) if path.parent.name != PRACTICE]


async def store_all(paths: Iterable[Path]) -> bool:
    """Store the settings of notebooks, one after the other; whether all were."""
    succeeded = True
    for path in paths:
        try:
            print(f"{await bring_up_to_date(path)} settings of {path.name}", flush=True)
        except NotExecutedError as error:
            task = asyncio.current_task()
            if task and task.cancelling():  # by Ctrl+C, of which nbclient says that a kernel died
                raise asyncio.CancelledError from None
            print(f"{path.name}: {error}\nIts settings are as they were.", file=sys.stderr)
            succeeded = False
    return succeeded


def file_of(path: Path) -> Path:
    """Where the settings of a notebook are stored."""
    return FOLDER / f"{path.stem}.json.gz"


def stored_explorer(notebook: NotebookNode) -> NotebookNode | None:
    """The cell that shows an explorer by the virtual clock; None if there is none."""
    cell: NotebookNode
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            if EXPLORER in data and PICTURE in data and not json.loads(data[PICTURE])[0]["real"]:
                return cell
    return None


def game_file_of(path: Path) -> Path:
    """Where the game of a notebook is stored."""
    return FOLDER / f"{path.stem}.game.json.gz"


def stored_game(notebook: NotebookNode) -> NotebookNode | None:
    """The cell that shows a game; None if there is none."""
    cell: NotebookNode
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            if output.get("data", {}).get("text/plain", "").startswith(GAME):
                return cell
    return None


def is_current(path: Path) -> bool:
    """Whether what is stored of a notebook is what it and the package make today."""
    return is_of_todays_package(path) and is_of_its_notebook(path) and has_its_game(path)


def has_its_game(path: Path) -> bool:
    """Whether a notebook has no game, or one is stored that its code makes."""
    notebook = nbformat.read(path, as_version=4)
    cell, file = stored_game(notebook), game_file_of(path)
    if not cell or not file.exists():
        return not cell and not file.exists()
    same: bool = unpacked(file)["code"] == digest(up_to(notebook, cell))
    return same


def is_of_its_notebook(path: Path) -> bool:
    """Whether a notebook has no settings, or those of its code, which show its stored picture."""
    notebook = nbformat.read(path, as_version=4)
    cell = stored_explorer(notebook)
    if not cell or not file_of(path).exists():
        return not cell and not file_of(path).exists()
    stored = read(path)
    [plans] = [output.data[PICTURE] for output in cell.outputs if PICTURE in output.get("data", {})]
    first = stored["settings"][0]["pictures"][0]
    same: bool = first == json.loads(plans)[0]
    return same and stored["code"] == digest(up_to(notebook, cell))


def is_of_todays_package(path: Path) -> bool:
    """Whether a notebook has no settings, or those that the package made as it is."""
    return not file_of(path).exists() or made_by().get(path.stem) == package()


def of_another_package() -> list[str]:
    """The notebooks with settings that the package made before it was changed."""
    return [path.stem for path in lessons() if not is_of_todays_package(path)]


def made_by() -> dict[str, str]:
    """What tells the package that made a notebook's settings, for each notebook."""
    file = FOLDER / MADE_BY
    found: dict[str, str] = json.loads(file.read_text("utf-8")) if file.exists() else {}
    return found


def package() -> str:
    """What tells the package from any other state of it, and the packages beneath it."""
    files = {path.relative_to(PACKAGE): path for path in PACKAGE.rglob("*")}
    parts = [
        f"{name.as_posix()}\0{files[name].read_text('utf-8')}"
        for name in sorted(files)
        if name.suffix in (".json", ".py") and name.parts[0] not in NO_PART
    ]
    return hashlib.sha256("\0".join((LOCK.read_text("utf-8"), *parts)).encode()).hexdigest()


def up_to(notebook: NotebookNode, cell: NotebookNode) -> list[NotebookNode]:
    """The cells of a notebook up to one of them."""
    return list(notebook.cells[: notebook.cells.index(cell) + 1])


def digest(cells: Iterable[NotebookNode]) -> str:
    """What tells the code of these cells from any other."""
    code = [cell.source for cell in cells if cell.cell_type == "code"]
    return hashlib.sha256("\0".join(code).encode()).hexdigest()


async def bring_up_to_date(path: Path) -> int:
    """Store a notebook's settings and its game, or take away those that are gone.

    Returns how many settings there are. Raises what `store` raises.
    """
    notebook = nbformat.read(path, as_version=4)
    if stored_game(notebook):
        pack(game_file_of(path), await told_below(path, _TOLD, stored_game))
    else:
        game_file_of(path).unlink(missing_ok=True)
    if stored_explorer(notebook):
        return await store(path)
    file_of(path).unlink(missing_ok=True)
    note(path, None)
    return 0


async def store(path: Path) -> int:
    """Store the settings of a notebook's explorer; returns how many there are.

    Raises what `told_below` raises, and stores nothing then.
    """
    found = await told_below(path, _TOLD)
    pack(file_of(path), found)
    note(path, package())
    return len(found["settings"])


def pack(file: Path, found: dict[str, Any]) -> None:
    """Write a file that stays the same if what is found is."""
    text = json.dumps(found, separators=(",", ":"), ensure_ascii=False)
    packed = gzip.compress(text.encode(), mtime=0)  # no time of day
    FOLDER.mkdir(exist_ok=True)
    file.write_bytes(packed)


def note(path: Path, made: str | None) -> None:
    """Note which package has made a notebook's settings; None if it has none any more."""
    noted = {**made_by(), path.stem: made}
    kept = {stem: each for stem, each in noted.items() if each is not None}
    (FOLDER / MADE_BY).write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n", "utf-8")


async def told_below(
    path: Path, code: str, cell_of: Callable[[NotebookNode], NotebookNode | None] = stored_explorer
) -> dict[str, Any]:
    """What code shows as JSON below a notebook's explorer, which is `_`, with the digest of all.

    `cell_of` finds another cell than the explorer's. Raises NotExecutedError if a cell fails, and
    LookupError if there is no such cell.
    """
    notebook = nbformat.read(path, as_version=4)
    cell = cell_of(notebook)
    if cell is None:
        raise LookupError(f"{_NO_EXPLORER}: {path.stem}.")
    told = nbformat.v4.new_code_cell(code)
    cells = up_to(notebook, cell)
    notebook.cells = [*cells, told]
    client = client_for(notebook, timeout=_SECONDS)
    try:
        await client.async_execute(cleanup_kc=True, cwd=str(path.parent))
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        raise NotExecutedError(str(error)) from None
    return {"code": digest(cells), **told.outputs[0].data["application/json"]}


def read(path: Path) -> dict[str, Any]:
    """The stored settings of a notebook."""
    found: dict[str, Any] = unpacked(file_of(path))
    return found


def unpacked(file: Path) -> Any:
    """What was packed into a file."""
    return json.loads(gzip.decompress(file.read_bytes()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
