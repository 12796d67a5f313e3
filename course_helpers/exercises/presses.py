"""What is pressed is done one at a time, in the order in which it was pressed.

JupyterLab gives each control of a page a thread of its own in the kernel: what two buttons call
would otherwise run at the same time, and the second press could be over before the first.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Any, Final

_waiting: Final[deque[Callable[[], object]]] = deque()
_turn: Final = threading.Lock()
_now: int | None = None  # the thread whose turn it is


def in_turn(callback: Callable[[Any], object]) -> Callable[[Any], None]:
    """A widget's callback that waits until all that was pressed before it is done."""

    def called(argument: Any) -> None:
        global _now
        if _now == threading.get_ident():  # what a callback changes itself belongs to it
            callback(argument)
            return
        _waiting.append(lambda: callback(argument))
        with _turn:
            _now = threading.get_ident()
            try:
                # All that wait, not this one alone: a lock does not say who gets it first, and who
                # is interrupted before its turn leaves its press behind.
                while _waiting:
                    _waiting.popleft()()
            finally:
                _now = None

    return called
