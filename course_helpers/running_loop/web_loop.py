"""The loop that cells run in, in a browser alone, becomes one of asyncio's kind."""

from __future__ import annotations

import asyncio
import sys
from asyncio import events
from collections.abc import Callable
from contextvars import ContextVar, copy_context
from typing import Any, Final

from course_helpers.browser import IN_BROWSER, NothingOutside, NotInBrowser
from course_helpers.running_loop.loop_in_turns import LoopInTurns
from course_helpers.running_loop.refusals import refusals_are_told

# The browser's timer counts no further than so many milliseconds.
_MOST: Final = 2**31 - 1
# Pyodide's loop begins before the first cell, and never ends.
_KEPT: Final = (
    *("is_running", "is_closed", "stop", "close"),
    *("shutdown_default_executor", "set_default_executor"),
)


def cells_run_in_turns() -> bool:
    """From now on cells run in a loop that can be recorded, and that has asyncio's debug mode.

    Returns whether they do: only in a browser alone. What its loop has to do already, it does as
    before. Doing it twice does nothing more.
    """
    if not IN_BROWSER:
        return False
    loop: Any = asyncio.get_running_loop()
    if not isinstance(loop, LoopInTurns):
        loop.__class__ = _of_kind(type(loop))
        loop.begin()
        _refuse_other_loops()
        _set_up_cells()
    return True


def _of_kind(web_loop: type[Any]) -> type[Any]:
    """A class of loops in turns that the browser drives, made from that of Pyodide's loop."""
    from pyodide.ffi import create_once_callable
    from pyodide.webloop import scheduleCallback

    class CellLoop(NothingOutside, LoopInTurns, web_loop):  # type: ignore[misc]
        """The loop of the cells."""

        def after(self, seconds: float, call: Callable[[], None]) -> None:
            scheduleCallback(create_once_callable(call, _may_syncify=True), _milliseconds(seconds))

        def default_exception_handler(self, context: dict[str, Any]) -> None:
            if isinstance(error := context.get("exception"), NotInBrowser):
                print(f"NotInBrowser: {error}", file=sys.stderr)
            else:
                super().default_exception_handler(context)

    for name in _KEPT:
        setattr(CellLoop, name, getattr(web_loop, name))
    return CellLoop


def _refuse_other_loops() -> None:
    """Have a loop within that of the cells refused, as asyncio does everywhere else.

    Pyodide's own waits, within a turn of the cells' loop, for one of its next turns; and a new one
    takes its place.
    """
    from pyodide.webloop import WebLoop, WebLoopPolicy

    def new_event_loop(_: Any) -> Any:
        running = events._get_running_loop()
        loop = WebLoop()
        events._set_running_loop(running)
        return loop

    def run_until_complete(*_: Any) -> None:
        raise RuntimeError("Cannot run the event loop while another loop is running")

    asyncio.run = asyncio.runners.run
    WebLoopPolicy.new_event_loop = new_event_loop
    WebLoop.run_until_complete = run_until_complete


def _set_up_cells() -> None:
    """Have what IPython's cells ask for and a browser alone does not have refused, and told so.

    A cell that is a script IPython runs in a child process, from a thread of its own.
    """
    from IPython.core.getipython import get_ipython

    shell: Any = get_ipython()
    if shell is not None:
        shell.register_magic_function(_script, "cell", "script")
        refusals_are_told(shell)
        share_context(shell)
        go_on_where_errors_are_meant(shell)


def share_context(shell: Any) -> None:
    """Have cells without `await` run in one context, of which the others have a copy.

    That is so in every other kernel. This one runs each cell in a task. A cell that a cell runs, as
    `%%capture` does, is in the context of that cell.
    """
    context = copy_context()
    within_cell = ContextVar("within_cell", default=False)
    context.run(within_cell.set, True)
    run = shell.run_cell

    def copy(_: Any) -> None:
        if not within_cell.get():
            for variable, value in context.items():
                variable.set(value)

    def run_cell(*arguments: Any, **options: Any) -> Any:
        if within_cell.get():
            return run(*arguments, **options)
        return context.run(run, *arguments, **options)

    shell.events.register("pre_run_cell", copy)
    shell.run_cell = run_cell


def go_on_where_errors_are_meant(shell: Any) -> None:
    """Have the cells below run although a cell fails, where its tag says that it is to fail.

    This kernel runs none after an error, whatever it is asked for.
    """
    show = shell._showtraceback

    def show_or_print(kind: type[BaseException], error: BaseException, lines: list[str]) -> None:
        if _stops_on_error(shell.kernel):
            show(kind, error, lines)
        else:
            print(shell.InteractiveTB.stb2text(lines), file=sys.stderr)

    shell._showtraceback = show_or_print


def _stops_on_error(kernel: Any) -> bool:
    try:
        return bool(kernel.get_parent()["content"].get("stop_on_error", True))
    except AttributeError:  # before its first message this kernel has no parent
        return True


def _script(_: str, __: str) -> None:
    raise NotInBrowser("There are no child processes")


def _milliseconds(seconds: float) -> float:
    return min(seconds * 1000, _MOST)
