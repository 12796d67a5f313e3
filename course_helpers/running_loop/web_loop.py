"""The loop that cells run in, in a browser alone, becomes one of asyncio's kind."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final

from course_helpers.browser import IN_BROWSER, NothingOutside, NotInBrowser
from course_helpers.running_loop.loop_in_turns import LoopInTurns
from course_helpers.running_loop.refusals import refusals_are_told

# The browser's timer counts no further than so many milliseconds.
_MOST: Final = 2**31 - 1
# Pyodide's loop begins before the first cell, and never ends.
_KEPT: Final = (
    *("run_forever", "run_until_complete", "is_running", "is_closed", "stop", "close"),
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

    for name in _KEPT:
        setattr(CellLoop, name, getattr(web_loop, name))
    return CellLoop


def _set_up_cells() -> None:
    """Have what IPython's cells ask for and a browser alone does not have refused, and told so.

    A cell that is a script IPython runs in a child process, from a thread of its own.
    """
    from IPython.core.getipython import get_ipython

    shell: Any = get_ipython()
    if shell is not None:
        shell.register_magic_function(_script, "cell", "script")
        refusals_are_told(shell)


def _script(_: str, __: str) -> None:
    raise NotInBrowser("There are no child processes")


def _milliseconds(seconds: float) -> float:
    return min(seconds * 1000, _MOST)
