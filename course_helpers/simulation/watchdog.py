"""A watchdog for programs that never await: only another thread can end those."""

from __future__ import annotations

import signal
import sys
import threading
from time import perf_counter
from types import TracebackType
from typing import Final

from course_helpers.learners_code import learner_frame
from course_helpers.simulation.outside import OWN_THREADS

# Real seconds that the loop has for noticing by itself, and between two attempts.
_GRACE: Final = 0.25


class NeverAwaits(KeyboardInterrupt):
    """Raised inside the program. An interrupt, because asyncio lets those pass through tasks.

    When the watchdog raises it anew, `line` says where the program was, in words.
    """

    def __init__(self, line: str | None = None) -> None:
        super().__init__(line)
        self.line = line


class Watchdog:
    """Raises `NeverAwaits` in the thread that entered it, again and again from the deadline on.

    It acts on Python code. A call that blocks inside C is interrupted too when it is made in the
    main thread and the interrupt signal has Python's own handler; elsewhere nothing can end it.
    """

    def __init__(self, real_seconds: float) -> None:
        self._deadline = perf_counter() + real_seconds + _GRACE
        self._watched = threading.get_ident()
        self._attempts = 0
        self._line: str | None = None
        # Plain locks only: an exception that is raised inside the Python code of threading.Event
        # would leave it locked for ever.
        self._lock = threading.Lock()
        self._over = False
        self._end = threading.Lock()
        self._end.acquire()
        self._thread = threading.Thread(
            target=self._watch, name=f"{OWN_THREADS}watchdog", daemon=True
        )

    def _watch(self) -> None:
        while not self._end.acquire(
            timeout=min(max(self._deadline - perf_counter(), _GRACE), threading.TIMEOUT_MAX)
        ):
            with self._lock:
                if not self._over and perf_counter() >= self._deadline:
                    self._attempts += 1
                    self._line = self._line or _learners_line(self._watched)
                    import ctypes  # seldom needed, and slow to import

                    ctypes.pythonapi.PyThreadState_SetAsyncExc(
                        ctypes.c_ulong(self._watched), ctypes.py_object(NeverAwaits)
                    )
                    if self._attempts > 1:
                        self._interrupt_main_thread()

    def _interrupt_main_thread(self) -> None:
        if (
            self._watched == threading.main_thread().ident
            and signal.getsignal(signal.SIGINT) is signal.default_int_handler
            and hasattr(signal, "pthread_kill")
        ):
            signal.pthread_kill(self._watched, signal.SIGINT)

    def __enter__(self) -> Watchdog:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        while True:
            try:
                with self._lock:
                    self._over = True
                # What is on its way arrives here at the latest. Taking it back, as the C function
                # offers, makes Python 3.11 look for it before every call from then on.
                for _ in range(10):
                    pass
                if self._end.locked():
                    self._end.release()
                break
            except KeyboardInterrupt:
                if not self._attempts:
                    raise
        if self._attempts and isinstance(error, KeyboardInterrupt):
            raise NeverAwaits(self._line) from None


def _learners_line(thread: int) -> str | None:
    frame = learner_frame(sys._current_frames().get(thread))
    return None if frame is None else f"in line {frame.f_lineno} of {frame.f_code.co_name}()"
