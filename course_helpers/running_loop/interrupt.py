"""Making the notebook's Stop button act at once, also while a cell awaits."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
import threading
from contextlib import suppress
from typing import Any

from course_helpers.running_loop.blocked_cell import interrupt_blocked_cell

_installed: Waker | None = None


def interrupt_wakes_the_loop() -> bool:
    """Let an interrupt end a cell that awaits, instead of waiting for something else to wake it.

    Stop sends SIGINT. Python notes it and handles it when it next runs Python code, and a loop that
    sleeps in its selector runs none, because the selector goes on waiting. So the signal is
    also written into a socket that the loop watches (`signal.set_wakeup_fd`). A loop that handles
    signals itself (`loop.add_signal_handler`) has such a socket of its own, which is left alone;
    ours takes its place again before the next cell. A cell that awaits and then blocks the loop is
    ended as well: see `blocked_cell`.

    Returns whether it is in force: only in an IPython kernel, in its main thread, with its loop
    running. In a kernel that is starting it comes into force before the first cell. Doing it twice
    does nothing more.
    """
    global _installed
    if "ipykernel" not in sys.modules or threading.current_thread() is not threading.main_thread():
        return False
    from IPython.core.getipython import get_ipython

    shell = get_ipython()
    if shell is None or not hasattr(shell, "kernel"):
        return False
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        shell.events.register("pre_run_cell", _before_the_first_cell)
        return False
    if _installed is None or _installed.loop is not loop:
        _installed = Waker(loop)
        shell.events.register("pre_run_cell", _installed.arm)
        shell.events.register("pre_run_cell", lambda _: interrupt_blocked_cell(shell, loop))
    _installed.arm()
    interrupt_blocked_cell(shell, loop)
    return True


def _before_the_first_cell(_: Any) -> None:
    from IPython.core.getipython import get_ipython

    if interrupt_wakes_the_loop():
        get_ipython().events.unregister("pre_run_cell", _before_the_first_cell)  # type: ignore[union-attr]


class Waker:
    """A socket that every signal writes into, and that a loop watches."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._read, self._write = socket.socketpair()
        self._read.setblocking(False)
        self._write.setblocking(False)
        loop.add_reader(self._read, self._drain)

    def arm(self, _: Any = None) -> None:
        """Have signals written into the socket, unless they are written into another already."""
        previous = signal.set_wakeup_fd(self._write.fileno(), warn_on_full_buffer=False)
        if previous not in (-1, self._write.fileno()):
            signal.set_wakeup_fd(previous)

    def _drain(self) -> None:
        with suppress(BlockingIOError, InterruptedError):
            self._read.recv(4096)
