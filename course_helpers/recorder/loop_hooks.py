"""Hooks of the loop itself: its turns, its timers, and what it and Python say last."""

from __future__ import annotations

import asyncio
import re
import warnings
from collections.abc import Callable
from functools import wraps
from threading import get_ident
from typing import Any, Final, Literal

from course_helpers.recorder import log, names, never_awaited
from course_helpers.recorder.debug_stacks import hide_hooks, hide_hooks_in
from course_helpers.recorder.hooks import Makers
from course_helpers.recorder.session import Hooks, Session
from course_helpers.recorder.step_hooks import Steps
from course_helpers.recorder.tasks import raised_at
from course_helpers.recorder.tracebacks import hide_package

# Python's own function for the warning about a coroutine that was never awaited.
_UNAWAITED: Final = "_warn_unawaited_coroutine"


class LoopHooks:
    """The hooks of turns, timers and last words.

    The log holds `limit` events. When it is full, `leave_out` is called if the `"oldest"` are to be
    kept, else a quarter is dropped.
    """

    def __init__(
        self,
        session: Session,
        steps: Steps,
        limit: int,
        keep: Literal["oldest", "newest"],
        leave_out: Callable[[], None],
    ) -> None:
        self._session = session
        self._steps = steps
        self._room = limit * log.ROW
        self._keep = keep
        self._leave_out = leave_out
        self._write: Callable[[Any], None] = session.log.rows.extend
        loop = session.loop
        self._run_once_before = loop._run_once
        self._call_at_before = loop.call_at
        self._timer_cancelled_before = loop._timer_handle_cancelled
        self._call_exception_handler_before = loop.call_exception_handler

    def hooks(self) -> Hooks:
        """The hooks."""
        on_classes: Makers = {}
        if hasattr(warnings, _UNAWAITED):
            on_classes[warnings, _UNAWAITED] = self._make_warn_unawaited
        on_loop = {
            "_run_once": self._make_run_once(),
            "call_at": self._make_call_at(),
            "_timer_handle_cancelled": self._make_timer_handle_cancelled(),
            "call_exception_handler": self._call_exception_handler,
        }
        return Hooks(on_classes, on_loop, self._write_to)

    def _write_to(self, write: Callable[[Any], None]) -> None:
        self._write = write

    def _make_run_once(self) -> Callable[[], None]:
        session, steps, room, run_once = (
            *(self._session, self._steps, self._room, self._run_once_before),
        )
        loop, now, time, rows = session.loop, session.now, session.time, session.log.rows
        turn, ready, threads = log.TURN, loop._ready, session.outside.threads
        closing = session.tasks.closing

        def _run_once() -> None:
            try:
                now.thread = loop._thread_id or now.thread
                if closing:
                    steps.closed()
                if steps.opening is not None:
                    steps.close_opening()
                self._write((turn, time(), len(ready), 0))
                if threads and not session.in_order:
                    session.outside.note_ended_threads()
                if len(rows) > room:
                    self._make_room()
            except Exception as error:
                session.fail(error)
            run_once()

        return _run_once

    def _make_room(self) -> None:
        if self._keep == "oldest":
            self._leave_out()
        else:
            written = self._session.log
            surplus = len(written.rows) // log.ROW // 4
            del written.rows[: surplus * log.ROW]
            written.dropped += surplus

    def _make_call_at(self) -> Callable[..., Any]:
        session, call_at, numbers = self._session, self._call_at_before, self._steps.timers
        now, time, timers, timer = session.now, session.time, session.log.timers, log.TIMER

        @wraps(call_at)
        def hook(when: float, callback: Any, *arguments: Any, context: Any = None) -> Any:
            try:
                handle = call_at(when, callback, *arguments, context=context)
            except BaseException as error:
                hide_package(error)
                raise
            try:
                if now.listening:
                    if handle._source_traceback:
                        hide_hooks(handle)
                    number = numbers[id(handle)] = len(timers)
                    called = getattr(callback, "__qualname__", None)
                    if called is None:
                        called = names.function_name(callback)
                    timers.append((now.lane, called))
                    self._write((timer, time(), number, handle.when()))
            except Exception as error:
                session.fail(error)
            return handle

        return hook

    def _make_timer_handle_cancelled(self) -> Callable[[Any], None]:
        numbers, time, cancelled = self._steps.timers, self._session.time, log.TIMER_CANCELLED
        note = self._timer_cancelled_before

        def hook(handle: Any) -> None:
            number = numbers.pop(id(handle), None)
            if number is not None:
                self._write((cancelled, time(), number, 0))
            note(handle)

        return hook

    def _make_warn_unawaited(self, original: Any) -> Any:
        session = self._session
        python_says_it = not hasattr(original, "__wrapped__")

        @wraps(original)
        def warn_unawaited(coroutine: Any) -> None:
            now = session.now
            if now.inside and get_ident() == now.thread and hasattr(coroutine, "cr_code"):
                session.log.never_awaited.append(coroutine.cr_code)
            if python_says_it:
                never_awaited.warn(coroutine)
            else:  # another recording's hook
                original(coroutine)

        return warn_unawaited

    @wraps(asyncio.BaseEventLoop.call_exception_handler)
    def _call_exception_handler(self, context: Any) -> None:
        try:
            hide_hooks_in(context.get("source_traceback"))
            message = context["message"]
            if "never retrieved" in message:
                self._session.tasks.note_unretrieved(context.get("future"))
            elif "destroyed" in message:
                self._session.tasks.note_destroyed(context.get("task"))
            elif self._session.now.listening:
                self._report(message, context)
        except Exception as error:
            self._session.fail(error)
        self._call_exception_handler_before(context)

    def _report(self, message: str, context: dict[str, Any]) -> None:
        session, written = self._session, self._session.log
        handle, error = context.get("handle"), context.get("exception")
        callback = None if handle is None else names.function_name(handle._callback)
        # What follows is the object that it is about, with its address.
        message = re.split(r"[<\n]", message)[0] if callback is None else "Exception in callback"
        detail, location = "", None
        if error is not None:
            detail, location = session.tasks.text(error), raised_at(error)
        number = len(written.reports)
        written.reports.append((message.strip(), callback, detail, location))
        self._write((log.REPORT, session.time(), session.now.lane, number))
