"""An event loop whose turns somebody else drives, such as the timer of a browser.

In a browser alone a cell runs in Pyodide's own loop, which leaves each callback to the browser. It
has no turns and no queue, and nothing of it can be recorded. So that loop becomes one of asyncio's
own kind: with a ready queue and a heap of timers, and turns that the browser's timer drives.
"""

from __future__ import annotations

import asyncio
import threading
from asyncio import events
from collections.abc import Callable
from contextvars import Context
from typing import Any


class _NothingToSelect:
    """The selector of a loop that has neither files nor sockets, and never waits by itself."""

    def select(self, timeout: float | None = None) -> list[Any]:
        return []


# The loop is made of asyncio's private parts, which have no types.
_BaseEventLoop: Any = asyncio.BaseEventLoop


class LoopInTurns(_BaseEventLoop):  # type: ignore[misc]
    """A loop of asyncio's kind that asks for each of its turns: whenever it has something to do."""

    def after(self, seconds: float, call: Callable[[], None]) -> None:
        """Have something called after so many seconds, by whoever drives the turns."""
        raise NotImplementedError

    def begin(self) -> None:
        """Be a loop that runs; to be called once, first of all."""
        self._called_at: float | None = None  # when it will have a turn, if it asked for one
        self._in_turn = False
        _BaseEventLoop.__init__(self)
        self._selector = _NothingToSelect()
        self._thread_id: int | None = threading.get_ident()

    def _process_events(self, _: list[Any]) -> None:
        """There are none."""

    def _write_to_self(self) -> None:
        self._ask()

    def _call_soon(
        self, callback: Callable[..., object], args: tuple[Any, ...], context: Context | None
    ) -> asyncio.Handle:
        handle: asyncio.Handle = super()._call_soon(callback, args, context)
        self._ask()
        return handle

    def call_at(
        self,
        when: float,
        callback: Callable[..., object],
        *args: Any,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """Call back at a time of the loop's clock."""
        timer: asyncio.TimerHandle = super().call_at(when, callback, *args, context=context)
        self._ask()
        return timer

    def _ask(self) -> None:
        """Ask for the next turn, unless one is asked for that comes early enough."""
        if self._in_turn:
            return  # at its end it is asked for
        if self._ready:
            at = 0.0
        elif self._scheduled:
            at = self._scheduled[0].when()
        else:
            return
        if self._called_at is None or at < self._called_at:
            self._called_at = at
            self.after(max(0.0, at - self.time()) if at else 0.0, lambda: self._turn(at))

    def _turn(self, at: float) -> None:
        """Take a turn, and ask for the next one."""
        if at != self._called_at:
            return  # an earlier one was asked for after this one
        self._called_at = None
        before = events._get_running_loop()
        events._set_running_loop(self)
        self._in_turn = True
        try:
            self._run_once()
        finally:
            self._in_turn = False
            events._set_running_loop(before)
            self._ask()
