"""A watchdog for programs that never await.

Another thread can end those. Where there are none, Python itself is asked to look at the clock
whenever such a program jumps back, as each round of a loop does.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from time import perf_counter
from types import CodeType, FrameType, TracebackType
from typing import Any, Final, Protocol

from course_helpers.browser import IN_BROWSER
from course_helpers.learners_code import is_learners, outwards
from course_helpers.recorder.places import HANDLE_RUNS, place_in_loop
from course_helpers.recording.model import Location
from course_helpers.running_loop.thread_interrupts import ThreadInterrupts
from course_helpers.simulation.clock import Halt, VirtualClockLoop
from course_helpers.simulation.outside import OWN_THREADS

# Real seconds that the loop has for noticing by itself, and between the first two attempts; and
# between all others, which are for programs that catch whatever is raised in them.
_GRACE: Final = 0.25
_INSISTING: Final = 0.003
# Where the loop is at work itself, and looks at the clock when it is done.
_LOOKS: Final = frozenset(
    (VirtualClockLoop._run_once.__code__, VirtualClockLoop.let_threads_end.__code__)
)
# Of the numbers that Python has for tools, one that no debugger and no profiler takes.
_TOOL: Final = 4
_monitoring: Any = getattr(sys, "monitoring", None)  # since Python 3.12


class NeverAwaits(KeyboardInterrupt):
    """Raised inside the program. An interrupt, because asyncio lets those pass through tasks.

    It has no `__init__` in Python: the signal that is sent with it would end that one, and a
    program that catches everything would get one exception where two are to hit it in a row.
    """

    @property
    def line(self) -> str | None:
        """Where the program was, in words, when the watchdog raises it anew."""
        return self.args[0] if self.args else None


class Watchdog(Protocol):
    """Raises `NeverAwaits` within its block, again and again from its deadline on.

    What it raises may land where its `__exit__` begins: then only `end`, behind the block, ends it.
    """

    @property
    def barked(self) -> bool:
        """Whether it has raised anything."""

    def end(self) -> None:
        """Raise nothing any more. Once more does no harm."""

    def __enter__(self) -> Watchdog: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...


class WatchingThread:
    """Raises `NeverAwaits` in the thread that entered it, again and again from the deadline on.

    What that can end, and what not, `ThreadInterrupts` says.
    """

    def __init__(self, real_seconds: float, barks: Callable[[], None]) -> None:
        self._deadline = perf_counter() + real_seconds + _GRACE
        self._barks = barks
        self._watched = threading.get_ident()
        self._interrupts = ThreadInterrupts(threading.current_thread(), NeverAwaits)
        self._line: str | None = None
        # A plain lock: an exception that is raised inside the Python code of threading.Event would
        # leave it locked for ever.
        self._end = threading.Lock()
        self._end.acquire()
        self._thread = threading.Thread(
            target=self._watch, name=f"{OWN_THREADS}watchdog", daemon=True
        )

    def _watch(self) -> None:
        pause = self._deadline - perf_counter()
        while not self._end.acquire(timeout=min(max(pause, 0.0), threading.TIMEOUT_MAX)):
            pause = _GRACE if self._interrupts.raised < 1 else _INSISTING
            if perf_counter() >= self._deadline:
                frame = sys._current_frames().get(self._watched)
                if self._interrupts.raised < 1:
                    if not _program_runs(frame):
                        continue  # the loop looks around, and at the clock when it has done so
                    self._barks()
                self._line = self._line or _place(frame)
                self._interrupts.interrupt()

    @property
    def barked(self) -> bool:
        """Whether it has raised anything."""
        return self._interrupts.raised > 0

    def __enter__(self) -> WatchingThread:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.end()
        # Code that was interrupted may have raised something else: then the loop has halted.
        if self.barked and isinstance(error, KeyboardInterrupt | Halt):
            raise NeverAwaits(self._line) from None

    def end(self) -> None:
        """Raise nothing any more, and let the thread that watches end. Once more does no harm."""
        try:
            self._interrupts.end()
        finally:
            if self._end.locked():
                self._end.release()


class WatchedJumps:
    """Raises `NeverAwaits` in the learner's code, at each jump from the deadline on.

    A single call that does not end, of a library or into C, is not seen.
    """

    def __init__(self, real_seconds: float, barks: Callable[[], None]) -> None:
        self._deadline = perf_counter() + real_seconds + _GRACE
        self._barks = barks
        self._line: str | None = None
        self.barked = False

    def _look(self, code: CodeType, *_: int) -> object:
        if not is_learners(code):
            return _monitoring.DISABLE
        if perf_counter() > self._deadline:
            self._line = self._line or _place(sys._getframe(1))
            if not self.barked:
                self._barks()
            self.barked = True
            raise NeverAwaits
        return None

    def __enter__(self) -> WatchedJumps:
        watching = _monitoring
        watching.use_tool_id(_TOOL, "course_helpers watchdog")
        watching.register_callback(_TOOL, watching.events.JUMP, self._look)
        watching.set_events(_TOOL, watching.events.JUMP)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        _monitoring.set_events(_TOOL, 0)
        _monitoring.register_callback(_TOOL, _monitoring.events.JUMP, None)
        _monitoring.free_tool_id(_TOOL)
        if self.barked and isinstance(error, KeyboardInterrupt):
            raise NeverAwaits(self._line) from None

    def end(self) -> None:
        """It raises in the learner's code alone: none of that is behind the block."""


def watchdog(real_seconds: float, barks: Callable[[], None] = lambda: None) -> Watchdog:
    """A watchdog for a block that may take so many seconds by the real clock.

    `barks` is called before it raises anything for the first time.
    """
    kind = WatchedJumps if IN_BROWSER else WatchingThread
    return kind(real_seconds, barks)


def _program_runs(frame: FrameType | None) -> bool:
    """Whether the loop runs what is the program's, such as a callback, and no code of its own."""
    for one in outwards(frame):
        if one.f_code in _LOOKS:
            return False
        if one.f_code is HANDLE_RUNS or is_learners(one.f_code):
            return True
    return False


def _place(frame: FrameType | None) -> str | None:
    """Where the program is: in a line of the learner's, or in a function of a library's."""
    place = place_in_loop(frame)
    if isinstance(place, Location):
        return f"in line {place.line} of {place.function}()"
    return None if place is None else f"in {place}(), which a library has called"
