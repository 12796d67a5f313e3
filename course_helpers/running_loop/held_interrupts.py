"""Interrupts that wait: what must not be left half done is not interrupted in the middle."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType


class HeldInterrupts:
    """Holds back the interrupts of the main thread for the length of a block.

    Within `let_through()` they are raised as ever. One that comes elsewhere is raised when a part
    that lets them through begins, or when the block has ended. Does nothing in other threads, where
    no interrupt comes, nor where the signal has another handler than Python's own.
    """

    def __init__(self) -> None:
        self._came = False
        self._in_main_thread = threading.current_thread() is threading.main_thread()
        self._handler = self._hear

    def _hear(self, number: int, frame: FrameType | None) -> None:
        self._came = True

    def let_through(self) -> LetThrough:
        """A block in which interrupts are raised where they come."""
        return LetThrough(self)

    def hold(self) -> None:
        """Hold interrupts back from now on."""
        if self._in_main_thread and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, self._handler)

    def release(self) -> None:
        """Let interrupts through from now on; raises KeyboardInterrupt if one was held back."""
        if self._in_main_thread and signal.getsignal(signal.SIGINT) is self._handler:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        if self._came:
            self._came = False
            raise KeyboardInterrupt

    def forget(self) -> None:
        """Take what is held back for something else than an interrupt of the learner's."""
        self._came = False

    def __enter__(self) -> HeldInterrupts:
        self.hold()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.release()


class LetThrough:
    """A block in which held interrupts are raised where they come.

    Python's own handler does that, because it is written in C: in one of Python an exception that
    another thread raises would take the interrupt's place. And this is a class, because an
    interrupt within a generator's own lines would leave it half done.
    """

    def __init__(self, held: HeldInterrupts) -> None:
        self._held = held

    def __enter__(self) -> None:
        self._held.release()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            self._held.hold()
        finally:
            self._held.hold()  # if an interrupt came first
