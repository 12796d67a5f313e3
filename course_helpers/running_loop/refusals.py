"""What cells show of what a browser alone does not have: a sentence, and no error.

An error would have *Run All Cells* stop there, and keep the cells from running that can.
"""

from __future__ import annotations

import ast
import errno
import sys
import traceback
from collections.abc import Iterator
from typing import Any, Final

from course_helpers.browser import NotInBrowser

_BELOW: Final = (
    "A cell above, which would have made this name, was refused: this one cannot run in a browser "
    "alone, either."
)
#: What Pyodide's distribution has, and not the course's own page.
_FETCHED: Final = frozenset({"matplotlib", "numpy"})


def refusals_are_told(shell: Any) -> None:
    """A cell of this IPython that is refused says why; one below it, why a name is missing.

    It is for a browser alone, where some of Python's own errors have no other reason.
    """
    missing: set[str] = set()  # names that refused cells would have made
    cell: ast.AST = ast.Module([], [])
    show, run = shell.showtraceback, shell.run_cell

    def begin(about: Any) -> None:
        nonlocal cell
        cell = _parsed(about.raw_cell, shell)

    def run_cell(*arguments: Any, **options: Any) -> Any:
        nonlocal cell
        outer = cell  # a cell may run another, and be refused after that
        try:
            return run(*arguments, **options)
        finally:
            cell = outer

    def tell_or_show(about: Any = None, *arguments: Any, **options: Any) -> None:
        error = about[1] if about else sys.exception()
        if refusal := refusal_in(error, modules_of(cell)):
            print(f"NotInBrowser: {refusal}", file=sys.stderr)
            missing.update(names_made(cell))
        elif isinstance(error, NameError) and error.name in missing:
            print(f"NameError: {error}. {_BELOW}", file=sys.stderr)
            missing.update(names_made(cell))
        elif isinstance(error, BaseExceptionGroup):
            # This IPython would print, and run the cells below as if all were well.
            lines = "".join(traceback.format_exception(error)).splitlines()
            shell._showtraceback(type(error), error, lines)
        else:
            show(about, *arguments, **options)

    shell.events.register("pre_run_cell", begin)
    shell.run_cell = run_cell
    shell.showtraceback = tell_or_show  # of cells, and of what a value is shown by


def refusal_in(error: BaseException | None, imported: set[str]) -> NotInBrowser | None:
    """The refusal that an error of a cell is, or that a group of exceptions holds.

    Python's own errors are refusals where they say so. The browser fetches a module when a cell
    has `imported` it, and only then.
    """
    match error:
        case NotInBrowser():
            return error
        case BaseExceptionGroup():
            found = (refusal_in(each, imported) for each in error.exceptions)
            return next((each for each in found if each), None)
        case OSError(errno=errno.ENOTSUP, strerror="emscripten does not support processes."):
            return NotInBrowser("There are no child processes")
        case RuntimeError(args=("can't start new thread",)):
            return NotInBrowser("There are no threads")
        case ModuleNotFoundError(name=str(name)) if name in _FETCHED:
            when = "Without a network" if name in imported else f"Before a cell imports {name},"
            return NotInBrowser(f"{when} there is no {name}")
    return None


def _parsed(code: str, shell: Any) -> ast.AST:
    """A cell's code; nothing where it is none, which IPython says itself."""
    try:
        transformed: str = shell.transform_cell(code)
        return ast.parse(transformed)
    except Exception:
        return ast.Module([], [])


def names_made(node: ast.AST) -> Iterator[str]:
    """The names that a cell makes: not those inside of its functions and comprehensions."""
    match node:
        case ast.Name(id=name, ctx=ast.Store()):
            yield name
        case ast.alias(name=name, asname=known_as):
            yield known_as or name.partition(".")[0]
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
            return
        case ast.Lambda() | ast.comprehension():
            return
    for inside in ast.iter_child_nodes(node):
        yield from names_made(inside)


def modules_of(tree: ast.AST) -> set[str]:
    """The modules that a cell imports, by their first names."""
    nodes = list(ast.walk(tree))
    names = [one.name for node in nodes if isinstance(node, ast.Import) for one in node.names]
    names += [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)]
    return {name.partition(".")[0] for name in names}
