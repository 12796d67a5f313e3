"""Making the notebook's Stop button end a cell that awaits and then blocks the loop.

A kernel stops a cell that awaits by cancelling its task. That needs a turn of the loop, and a cell
that computes or sleeps without awaiting gives it none.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from asyncio import events
from collections.abc import Callable
from types import FrameType
from typing import Any, Final

from course_helpers.learners_code import is_learners, outwards

# Real seconds that the loop has for hearing of a Stop, and between two attempts to interrupt what
# keeps it from that.
_PATIENCE: Final = 0.3
_AGAIN: Final = 0.05

_RUN_HANDLE: Final = events.Handle._run.__code__


class InterruptBlocked:
    """A handler of SIGINT: has the kernel cancel the cell, and interrupts it if it blocks the loop.

    `cancel` is the kernel's own handler, `loop` its loop, and `run_code` the code of the shell's
    function that runs a cell and tells of its errors.
    """

    def __init__(
        self, cancel: Callable[..., object], loop: asyncio.AbstractEventLoop, run_code: Any
    ) -> None:
        self.cancel = cancel
        self._loop = loop
        self._run_code = run_code
        self._insisting = False
        self._heard = threading.Event()
        self._sending = threading.Lock()

    def __call__(self, number: int, frame: FrameType | None) -> None:
        """Python calls it in the main thread, wherever that is."""
        if not self._insisting:
            self._insisting = True
            self.cancel(number, frame)
            threading.Thread(target=self._insist, name="course_helpers stop", daemon=True).start()
            return
        error = self._what_ends(frame)
        if error is not None:
            raise error

    def _insist(self) -> None:
        """Send the signal again and again, until the loop takes a turn."""
        self._heard.clear()
        self._loop.call_soon_threadsafe(self._hear)
        patience = _PATIENCE
        while not self._heard.wait(patience):
            with self._sending:
                if not self._heard.is_set() and signal.getsignal(signal.SIGINT) is self:
                    signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
            patience = _AGAIN
        self._insisting = False

    def _hear(self) -> None:
        with self._sending:  # what was sent has arrived by now; nothing is sent any more
            self._heard.set()

    def _what_ends(self, frame: FrameType | None) -> BaseException | None:
        """What to raise in a frame, so that it ends what the learner's code does there.

        The cell itself shows any exception. From another task a KeyboardInterrupt would end the
        kernel's loop, and with it the kernel: that one is cancelled. None if it is not the
        learner's code, or if that is in the middle of a program on another loop.
        """
        learners = in_task = False
        for code in (each.f_code for each in outwards(frame)):
            if (
                code is self._run_code
            ):  # without learner's code inside it tells of an error just now
                return KeyboardInterrupt() if learners else None
            if code is _RUN_HANDLE:
                in_task = learners
            learners = learners or is_learners(code)
        if in_task and events._get_running_loop() is self._loop:
            return asyncio.CancelledError("stopped")
        return None


def interrupt_blocked_cell(shell: Any, loop: asyncio.AbstractEventLoop) -> None:
    """Have Stop end the cell that runs also where it blocks the loop.

    Does nothing in a cell without `await`, which Python itself interrupts, nor where the program
    handles the signal, nor on Windows, where no thread can interrupt another one's sleep.
    """
    handler = signal.getsignal(signal.SIGINT)
    kernels = getattr(handler, "__module__", "").startswith("ipykernel.")
    if kernels and callable(handler) and hasattr(signal, "pthread_kill"):
        run_code = type(shell).run_code.__code__
        signal.signal(signal.SIGINT, InterruptBlocked(handler, loop, run_code))
