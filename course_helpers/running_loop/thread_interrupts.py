"""Interrupting a thread: an exception raised in it by another one."""

from __future__ import annotations

import signal
import threading


def raise_in_thread(thread: threading.Thread, error: type[BaseException]) -> None:
    """Have a thread raise an exception where it next runs Python; nothing if it has ended."""
    import ctypes  # seldom needed, and slow to import

    ctypes.pythonapi.PyThreadState_SetAsyncExc(
        ctypes.c_ulong(thread.ident or 0), ctypes.py_object(error)
    )


class ThreadInterrupts:
    """Interrupts for one thread, raised by others until that thread says that it is over.

    They act on Python code. A call that blocks inside C is interrupted too, by the second one, when
    it is made in the main thread and the interrupt signal has Python's own handler; elsewhere
    nothing can end it. `raised` is how many there have been.
    """

    def __init__(
        self, thread: threading.Thread, error: type[KeyboardInterrupt] = KeyboardInterrupt
    ) -> None:
        self.raised = 0
        self._thread = thread
        self._error = error
        # A plain lock: an interrupt inside the Python code of another kind would leave it locked.
        self._lock = threading.Lock()
        self._over = False

    def interrupt(self) -> bool:
        """Interrupt the thread, unless it is over; returns whether it was interrupted."""
        with self._lock:
            if self._over:
                return False
            self.raised += 1
            raise_in_thread(self._thread, self._error)
            if self.raised > 1:
                self._interrupt_main_thread()
            return True

    def _interrupt_main_thread(self) -> None:
        if (
            self._thread is threading.main_thread()
            and signal.getsignal(signal.SIGINT) is signal.default_int_handler
            and hasattr(signal, "pthread_kill")
        ):
            signal.pthread_kill(self._thread.ident or 0, signal.SIGINT)

    def end(self) -> None:
        """Say, in the thread itself, that it is over: no interrupt reaches what comes after this.

        An interrupt of the learner's passes if there has been none of these.
        """
        while True:
            try:
                with self._lock:
                    self._over = True
                # What is on its way arrives here at the latest. Taking it back, as the C function
                # offers, makes Python 3.11 look for it before every call from then on.
                for _ in range(10):
                    pass
                return
            except KeyboardInterrupt:
                if not self.raised:
                    raise
