"""`signal_handlers`: handlers for signals, in the running loop, for the length of a block."""

from __future__ import annotations

import asyncio
import inspect
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from typing import Any, Final

_NEVER_HANDLED: Final = ("SIGKILL", "SIGSTOP")  # by names, because Windows has neither


@contextmanager
def signal_handlers(handlers: Mapping[signal.Signals, Callable[[], object]]) -> Iterator[None]:
    """Have the running loop call functions when signals arrive, for the length of a block.

        with signal_handlers({signal.SIGINT: stop, signal.SIGTERM: stop}):
            await main()

    The loop calls a handler as it calls any callback, between the steps of tasks, so a handler
    may set an event or cancel a task (`loop.add_signal_handler`). At the end of the block,
    by whatever way, everything is as it was found: the loop's own handlers, Python's
    (`signal.signal`), and the descriptor that wakes a sleeping loop (`signal.set_wakeup_fd`). What
    somebody else has installed meanwhile stays.

    In a notebook SIGINT is the Stop button. The kernel sets its handler anew for each cell, so the
    block stands in one cell with the `await` that it guards. After it Stop works as before.

    Args:
        handlers: For each signal a function without parameters, not a coroutine function.

    Raises:
        RuntimeError: No event loop is running, or this is not the main thread, which is the only
            one in which Python handles signals.
        NotImplementedError: The loop takes no signal handlers: on Windows none does.
        TypeError, ValueError: The handlers make no sense. None is installed then.
    """
    loop = _running_loop()
    _check(handlers)
    with ExitStack() as stack:
        for number, handler in handlers.items():
            stack.callback(_Installed(loop, number, handler).remove)
        yield


class _Installed:
    """A handler that a block has installed, and what was there before it."""

    open: Final[list[_Installed]] = []

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        number: signal.Signals,
        handler: Callable[[], object],
    ) -> None:
        self.loop = loop
        self.number = number
        self.python_before = signal.getsignal(number)
        self.handle_before = _handles(loop).get(number)
        self.wakeup_before = signal.set_wakeup_fd(-1)
        _write_signals_into(self.wakeup_before)
        for other in self.open:
            if other.loop is loop:
                self.wakeup_before = other.wakeup_before  # what is there now is the loop's
        try:
            loop.add_signal_handler(number, handler)
        except NotImplementedError:
            raise NotImplementedError(
                "this event loop takes no signal handlers; on Windows none does. There, write "
                "signal.signal(signal.SIGINT, lambda *_: loop.call_soon_threadsafe(handler)), and "
                "in a `finally` set back the handler that signal.signal returned"
            ) from None
        self.python = signal.getsignal(number)
        self.handle = _handles(loop).get(number)
        self.open.append(self)

    def remove(self) -> None:
        """Put back what was there before, where that which is there now is this block's."""
        self.open.remove(self)
        above = [other for other in self.open if other.handle_before is self.handle is not None]
        if above:  # blocks that overlap, and this is not the last to end
            above[0].python_before = self.python_before
            above[0].handle_before = self.handle_before
        elif _handles(self.loop).get(self.number) is self.handle:
            self._put_back()
        if not _handles(self.loop):
            _write_signals_into(self.wakeup_before)

    def _put_back(self) -> None:
        now = signal.getsignal(self.number)
        self.loop.remove_signal_handler(self.number)
        if now is not self.python:  # the kernel has put in its own, at the end of a cell
            signal.signal(self.number, now)
        elif self.handle_before is not None:
            self.loop.add_signal_handler(self.number, lambda: None)
            _handles(self.loop)[self.number] = self.handle_before
        elif self.python_before is not None:  # None: it was not installed by Python
            signal.signal(self.number, self.python_before)


def _handles(loop: asyncio.AbstractEventLoop) -> dict[int, Any]:
    return getattr(loop, "_signal_handlers", {})


def _write_signals_into(descriptor: int) -> None:
    with suppress(ValueError, OSError):  # it has been closed since
        signal.set_wakeup_fd(descriptor, warn_on_full_buffer=False)


def _running_loop() -> asyncio.AbstractEventLoop:
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        raise RuntimeError(
            "signal_handlers() works inside a running event loop: in a notebook cell or in a "
            "coroutine. Put the `with` block inside `async def main()`, or use signal.signal"
        ) from None
    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError(
            "signal_handlers() works in the main thread only: Python handles signals there. Have "
            "the handler in the main thread call loop.call_soon_threadsafe, or use an "
            "Event that both threads know"
        )
    return loop


def _check(handlers: object) -> None:
    if not isinstance(handlers, Mapping):
        raise TypeError(
            "signal_handlers() takes a dictionary, as in signal_handlers({signal.SIGINT: stop}), "
            f"not {handlers!r}"
        )
    for number, handler in handlers.items():
        if isinstance(number, bool) or not isinstance(number, int):
            raise TypeError(f"a signal is named as in signal.SIGINT, not {number!r}")
        if number not in signal.valid_signals():
            raise ValueError(f"this system has no signal {number}: see signal.valid_signals()")
        if getattr(signal.Signals(number), "name", "") in _NEVER_HANDLED:
            raise ValueError(f"{signal.Signals(number).name} ends a program: nobody can handle it")
        if inspect.iscoroutinefunction(handler) or asyncio.iscoroutine(handler):
            raise TypeError(
                f"the handler of {number!r} is async: a loop calls a plain function, which "
                "may set an event or call asyncio.create_task"
            )
        if not callable(handler):
            raise TypeError(f"the handler of {number!r} is a function, not {handler!r}")
