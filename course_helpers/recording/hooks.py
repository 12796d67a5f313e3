"""Hooks: how asyncio tells the recorders what happens.

The hooks on asyncio's classes are put in when the first recording begins and taken out when the
last one ends; in between they look up, for each call, the recorder that it concerns.
State is watched where asyncio keeps it: a primitive's attribute is set, or one of its synchronous
methods is called. No coroutine is wrapped, so that a recorded program awaits just what it awaits
unrecorded.
"""

from __future__ import annotations

import asyncio
import functools
import threading
from asyncio import base_subprocess, events
from collections.abc import Callable
from typing import Any, Final, Protocol

from course_helpers.recording.primitives import CHANGE


class Listener(Protocol):
    """What the hooks tell a recorder."""

    def run(self, handle: Any, run: Callable[[Any], None]) -> None:
        """A callback's turn has come: `run(handle)` runs it, and must be called once."""

    def attribute(self, primitive: Any, name: str, before: Any, value: Any) -> None:
        """A watched attribute was set; it was `before`, None when there was none."""

    def queue(self, queue: Any, action: int) -> None:
        """An item was put into a queue, taken from it, or reported done."""

    def notify(self, condition: Any) -> None:
        """Waiters of a condition were notified."""


# Read by every hook. `by_loop` is written under the lock only. In `by_thread` each recorder enters
# itself when its loop takes a turn: to ask asyncio for the running loop is a system call in 3.11.
by_loop: Final[dict[asyncio.AbstractEventLoop, Listener]] = {}
by_thread: Final[dict[int, Listener]] = {}
_lock: Final = threading.Lock()

# The attributes that hold the state of asyncio's primitives, in CPython 3.11 to 3.14.
WATCHED_ATTRIBUTES: Final[dict[type, frozenset[str]]] = {
    asyncio.Lock: frozenset({"_locked"}),
    asyncio.Semaphore: frozenset({"_value"}),
    asyncio.Event: frozenset({"_value"}),
    asyncio.Barrier: frozenset({"_count", "_state"}),
    asyncio.Timeout: frozenset({"_state"}),
    asyncio.TaskGroup: frozenset({"_entered", "_exiting", "_aborting"}),
    base_subprocess.BaseSubprocessTransport: frozenset({"_pid", "_returncode"}),
}
_undo: Final[list[Callable[[], None]]] = []


def _watch_attributes(holder: type, names: frozenset[str]) -> None:
    thread = threading.get_ident
    original: Any = holder.__setattr__

    def set_attribute(self: Any, name: str, value: Any) -> None:
        if name in names:
            listener = by_thread.get(thread())
            if listener is not None:
                before = self.__dict__.get(name)
                original(self, name, value)
                listener.attribute(self, name, before, value)
                return
        original(self, name, value)

    _replace(holder, "__setattr__", set_attribute)


def _watch_queues() -> None:
    thread = threading.get_ident
    put, get, done = CHANGE["put"], CHANGE["get"], CHANGE["task_done"]
    original_put = asyncio.Queue.put_nowait
    original_get = asyncio.Queue.get_nowait
    original_done = asyncio.Queue.task_done

    @functools.wraps(original_put)
    def put_nowait(self: Any, item: Any) -> None:
        original_put(self, item)
        listener = by_thread.get(thread())
        if listener is not None:
            listener.queue(self, put)

    @functools.wraps(original_get)
    def get_nowait(self: Any) -> Any:
        item = original_get(self)
        listener = by_thread.get(thread())
        if listener is not None:
            listener.queue(self, get)
        return item

    @functools.wraps(original_done)
    def task_done(self: Any) -> None:
        original_done(self)
        listener = by_thread.get(thread())
        if listener is not None:
            listener.queue(self, done)

    _replace(asyncio.Queue, "put_nowait", put_nowait)
    _replace(asyncio.Queue, "get_nowait", get_nowait)
    _replace(asyncio.Queue, "task_done", task_done)


def _watch_conditions() -> None:
    original = asyncio.Condition.notify

    @functools.wraps(original)
    def notify(self: asyncio.Condition, n: int = 1) -> None:
        original(self, n)
        listener = by_thread.get(threading.get_ident())
        if listener is not None:
            listener.notify(self)

    _replace(asyncio.Condition, "notify", notify)


def _watch_handles() -> None:
    original = events.Handle._run

    @functools.wraps(original)
    def _run(self: events.Handle) -> None:
        listener = by_loop.get(self._loop)  # type: ignore[attr-defined]
        if listener is None:
            original(self)
        else:
            listener.run(self, original)

    _replace(events.Handle, "_run", _run)


def _replace(holder: type, name: str, hook: Any) -> None:
    own = holder.__dict__.get(name)

    def undo() -> None:
        if own is None:
            delattr(holder, name)
        else:
            setattr(holder, name, own)

    setattr(holder, name, hook)
    _undo.append(undo)


def _install() -> None:
    try:
        _watch_handles()
        for holder, names in WATCHED_ATTRIBUTES.items():
            _watch_attributes(holder, names)
        _watch_queues()
        _watch_conditions()
    except BaseException:
        _uninstall()
        raise


def _uninstall() -> None:
    while _undo:
        _undo.pop()()


def register(loop: asyncio.AbstractEventLoop, listener: Listener) -> None:
    """Let a recorder hear of a loop.

    Raises RuntimeError when the loop is being recorded already.
    """
    with _lock:
        if loop in by_loop:
            raise RuntimeError(
                "this event loop is being recorded already, and one recording at a time is all it "
                "can have: end the first `with record()` block before the next one begins"
            )
        if not by_loop:
            _install()
        by_loop[loop] = listener


def unregister(loop: asyncio.AbstractEventLoop, listener: Listener) -> None:
    """The opposite of `register`; does nothing when the recorder is not registered."""
    with _lock:
        for thread, other in list(by_thread.items()):
            if other is listener:
                del by_thread[thread]
        if by_loop.get(loop) is listener:
            del by_loop[loop]
            if not by_loop:
                _uninstall()
