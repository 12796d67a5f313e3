"""What is pressed is done one at a time, in the order in which it was pressed.

JupyterLab gives each control of a page a thread of its own in the kernel: what two buttons call
would otherwise run at the same time, and the second press could be over before the first.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any


class Presses:
    """Those of controls that share something: one of them is done at a time."""

    def __init__(self) -> None:
        self._waiting: deque[Callable[[], object]] = deque()
        self._turn = threading.Lock()
        self._now: int | None = None  # the thread whose turn it is

    def do(self, action: Callable[[], object]) -> None:
        """Do this when all that was pressed before it is done; it waits until then."""
        if self._now == threading.get_ident():  # what an action changes itself belongs to it
            action()
            return
        self._waiting.append(action)
        with self._turn:
            self._now = threading.get_ident()
            try:
                # All that wait, not this one alone: a lock does not say who gets it first, and who
                # is interrupted before its turn leaves its press behind.
                while self._waiting:
                    self._waiting.popleft()()
            finally:
                self._now = None

    def in_turn(self, callback: Callable[[Any], object]) -> Callable[[Any], None]:
        """A widget's callback that does this in its turn."""
        return lambda argument: self.do(partial(callback, argument))
