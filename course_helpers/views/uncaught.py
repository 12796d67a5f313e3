"""An uncaught Deadlock or LimitExceeded in a notebook's cell shows its picture by itself."""

from __future__ import annotations

import sys
from typing import Any

from course_helpers.simulation.errors import Stopped
from course_helpers.views import displayed
from course_helpers.views.timeline import timeline

_installed = False


def uncaught_errors_show_their_picture() -> None:
    """From now on a cell that ends in such an error shows the timeline of its recording beneath it.

    Only in an IPython kernel: elsewhere nothing can show a picture, and the error's message says
    who waits for what. A picture that the cell has displayed itself is not shown again. Doing it
    twice does nothing more.
    """
    global _installed
    if "IPython" not in sys.modules or _installed:
        return
    from IPython.core.getipython import get_ipython

    shell = get_ipython()
    if shell is not None and hasattr(shell, "kernel"):
        shell.events.register("pre_run_cell", lambda _: displayed.forget_all())
        shell.events.register("post_run_cell", _show)
        _installed = True


def _show(result: Any) -> None:
    error = stopped_in(getattr(result, "error_in_exec", None))
    if error is not None and not displayed.was(error.recording):
        from IPython.display import display

        display(timeline(error.recording))


def stopped_in(error: BaseException | None) -> Stopped | None:
    """The error of a program that was stopped, also where a group of exceptions holds it."""
    if isinstance(error, Stopped):
        return error
    inside = error.exceptions if isinstance(error, BaseExceptionGroup) else ()
    return next((found for each in inside if (found := stopped_in(each))), None)
