"""Hooks of other threads: executors' jobs, and threads that call the loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import wraps
from threading import Thread, current_thread, get_ident
from typing import Any

from course_helpers.recorder import log
from course_helpers.recorder.debug_stacks import hide_hooks
from course_helpers.recorder.session import Hooks, Session
from course_helpers.recorder.step_hooks import Steps
from course_helpers.recorder.tracebacks import hide_package


class ThreadHooks:
    """The hooks of `run_in_executor` and `call_soon_threadsafe`."""

    def __init__(self, session: Session, steps: Steps) -> None:
        self._session = session
        self._steps = steps
        self._call_before = session.loop.call_soon_threadsafe
        self._executor_before = session.loop.run_in_executor

    def hooks(self) -> Hooks:
        """The hooks; the lanes of threads are written by `Outside`."""
        on_loop: dict[str, Any] = {
            "call_soon_threadsafe": self._call_soon_threadsafe,
            "run_in_executor": self._run_in_executor,
        }
        if self._session.in_order:
            on_loop["note_handed_in"] = self._note_handed_in
            on_loop["note_rest"] = self._session.outside.note_ended_threads
        return Hooks({}, on_loop, self._write_to)

    def _write_to(self, write: Callable[[Any], None]) -> None:
        self._session.outside.write = write

    @wraps(asyncio.BaseEventLoop.call_soon_threadsafe)
    def _call_soon_threadsafe(self, callback: Any, *arguments: Any, context: Any = None) -> Any:
        session, foreign = self._session, self._steps.foreign
        thread = get_ident()
        try:
            calls = session.now.listening and thread != session.now.thread
            if calls and not session.in_order:
                foreign[thread] = session.outside.calling_thread(current_thread())
        except Exception as error:
            session.fail(error)
        try:
            handle = self._call_before(callback, *arguments, context=context)
            hide_hooks(handle)
            return handle
        except BaseException as error:
            hide_package(error)
            raise
        finally:
            foreign.pop(thread, None)

    def _note_handed_in(self, handle: Any, by: Thread | None) -> None:
        session = self._session
        lane = log.BY_IO
        try:
            if by is not None:
                lane = session.outside.calling_thread(by)
        except Exception as error:
            session.fail(error)
        self._steps.made_ready(handle, handle._callback, handle._args, lane)

    @wraps(asyncio.BaseEventLoop.run_in_executor)
    def _run_in_executor(self, executor: Any, function: Any, *arguments: Any) -> Any:
        session = self._session
        lane: int | None = None
        try:
            if session.now.listening:
                function, lane = session.outside.job(executor, function)
        except Exception as error:
            session.fail(error)
        try:
            future = self._executor_before(executor, function, *arguments)
        except BaseException as error:
            hide_package(error)
            raise
        try:
            if session.now.listening:
                session.outside.submitted(future, lane)
        except Exception as error:
            session.fail(error)
        return future
