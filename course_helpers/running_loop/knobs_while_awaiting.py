"""Mending a fault of ipykernel 7.4, by which a knob turned while a cell awaits works only once."""

from __future__ import annotations

import sys
from typing import Any


def knobs_answer_while_a_cell_awaits() -> bool:
    """Have the kernel say when it begins and ends what a knob asks for while a cell awaits.

    While a cell awaits, ipykernel 7.4 handles the messages of widgets beside it, and sends neither
    busy nor idle for them. ipywidgets in the browser waits for the idle that answers its message
    before it sends the next one, and so a knob works once and never again.

    Returns whether it is mended: only in a kernel that is built like that. Doing it twice does
    nothing more.
    """
    if "ipykernel" not in sys.modules:
        return False
    from IPython.core.getipython import get_ipython

    kernel = getattr(get_ipython(), "kernel", None)
    handle = getattr(kernel, "dispatch_shell", None)
    if kernel is None or handle is None:
        return False
    if hasattr(handle, "mended"):
        return True
    if "concurrent" not in (handle.__kwdefaults__ or {}):
        return False

    async def dispatch_shell(
        message: list[Any], /, subshell_id: str | None = None, *, concurrent: bool = False
    ) -> None:
        if not concurrent:
            await handle(message, subshell_id)
            return
        cell = kernel.get_parent("shell")
        _, frames = kernel.session.feed_identities(message, copy=False)
        request = kernel.session.deserialize(frames, content=False, copy=False)
        kernel._publish_status("busy", "shell", request)
        try:
            await handle(message, subshell_id, concurrent=True)
        finally:
            kernel._publish_status("idle", "shell", request)
            kernel._publish_status("busy", "shell", cell)  # for the cell goes on

    dispatch_shell.mended = True  # type: ignore[attr-defined]
    kernel.dispatch_shell = dispatch_shell
    return True


def load_ipython_extension(_: Any) -> None:
    """Mend a kernel that is starting, so that it matters not when a notebook imports the package.

    The course's environments have their kernels load this module as an extension: see
    `KERNEL_SETTINGS` in course.py. Elsewhere the mend comes with the import of course_helpers.
    """
    knobs_answer_while_a_cell_awaits()
