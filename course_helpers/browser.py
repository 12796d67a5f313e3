"""Whether this Python runs in a browser alone, and what cannot be done there.

There it is Pyodide. It has neither threads, child processes, sockets nor signals, and one event
loop, which the browser's own timer drives.
"""

from __future__ import annotations

import operator
import sys
import time
from collections.abc import Callable
from types import FrameType
from typing import Any, Final, SupportsIndex

IN_BROWSER: Final[bool] = sys.platform == "emscripten"
# Python counts nanoseconds in 64 bits.
_LONGEST: Final = 2**63 / 1e9  # seconds

#: Who is told for how many seconds a frame has blocked the loop.
who_hears_of_blocks: Final[list[Callable[[float, FrameType], None]]] = []
#: Seconds for which this thread has had the processor; in a browser nobody tells them apart.
processor_time: Final[Callable[[], float]] = getattr(time, "thread_time", time.perf_counter)


class NotInBrowser(RuntimeError):
    """What a program asks for is not there in a browser alone; the message says what to do."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"{what} in a browser alone. Cells that need that run on your own machine, with "
            "`python3 course.py lab`, and on Binder; the others run here."
        )


class NothingOutside:
    """A part of an event loop in a browser: it says so where a program reaches out of the loop."""

    def run_in_executor(self, *_: Any) -> Any:
        """Refuse, as `asyncio.to_thread` does by it."""
        raise NotInBrowser("There are no threads")

    async def subprocess_exec(self, *_: Any, **__: Any) -> Any:
        """Refuse."""
        raise NotInBrowser("There are no child processes")

    async def subprocess_shell(self, *_: Any, **__: Any) -> Any:
        """Refuse."""
        raise NotInBrowser("There are no child processes")

    async def create_connection(self, *_: Any, **__: Any) -> Any:
        """Refuse."""
        raise NotInBrowser("There are no network connections")

    async def create_server(self, *_: Any, **__: Any) -> Any:
        """Refuse."""
        raise NotInBrowser("There are no network connections")

    def add_signal_handler(self, *_: Any) -> None:
        """Refuse."""
        raise NotInBrowser("There are no signals")


def block(seconds: float | SupportsIndex, /) -> None:
    """Block the loop for so long, as `time.sleep` does everywhere else.

    Raises what that raises (Python 3.14's, which Pyodide has): TypeError for anything but a float
    and what stands for a whole number, OverflowError for centuries, ValueError for less than
    nothing and for NaN.
    """
    length = seconds if isinstance(seconds, float) else operator.index(seconds)
    if abs(length) >= _LONGEST:
        raise OverflowError("sleep length is too large")
    if not length >= 0:
        raise ValueError("sleep length must be non-negative")
    end = time.perf_counter() + length
    while time.perf_counter() < end:
        pass
    for told in who_hears_of_blocks:
        told(length, sys._getframe(1))


if IN_BROWSER:
    # Pyodide's own waits for the cells' loop, which waits for it. A simulation puts back what it
    # found when this package was imported: this module comes before that.
    time.sleep = block
