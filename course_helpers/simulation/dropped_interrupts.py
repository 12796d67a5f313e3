"""Interrupts that Python drops, and that must stop a simulation all the same."""

from __future__ import annotations

import sys
import threading

from course_helpers.simulation.clock import VirtualClockLoop


class EveryInterruptHeard:
    """Has the loop raise an interrupt that Python drops.

    One that comes while the callback of a weak reference runs, as asyncio's set of all tasks has
    them, is only told to `sys.unraisablehook`: the program would go on as if nobody pressed Stop.
    """

    def __init__(self, loop: VirtualClockLoop) -> None:
        self._loop = loop
        self._before = sys.unraisablehook
        self._hook = self._hear

    def _hear(self, dropped: sys.UnraisableHookArgs) -> None:
        if dropped.exc_type is KeyboardInterrupt:
            self._loop.interrupted = True
        else:
            self._before(dropped)

    def __enter__(self) -> None:
        if threading.current_thread() is threading.main_thread():  # interrupts come nowhere else
            sys.unraisablehook = self._hook

    def __exit__(self, *_: object) -> None:
        if sys.unraisablehook is self._hook:  # else the program has put its own in the place
            sys.unraisablehook = self._before
