"""Hooks: how asyncio tells the recorders what happens.

The hooks on asyncio's classes are put in when the first recording begins and taken out when the
last one ends; in between they look up, for each call, the recorder of the loop that it concerns.
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


class Listener(Protocol):
    """What the hooks tell the recorder of a loop."""

    def run(self, handle: Any, run: Callable[[Any], None]) -> None:
        """A callback's turn has come: `run(handle)` runs it, and must be called once."""

    def attribute(self, primitive: Any, name: str, before: Any, value: Any) -> None:
        """A watched attribute was set; it was `before`, None when there was none."""

    def method(self, primitive: Any, name: str) -> None:
        """A watched method has returned."""


# Read by every hook, written under the lock only.
active: Final[dict[asyncio.AbstractEventLoop, Listener]] = {}
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
WATCHED_METHODS: Final[dict[type, tuple[str, ...]]] = {
    asyncio.Queue: ("put_nowait", "get_nowait", "task_done"),
    asyncio.Condition: ("notify",),
}

_undo: Final[list[Callable[[], None]]] = []


def _watch_attributes(holder: type, names: frozenset[str]) -> None:
    running_loop = events._get_running_loop
    original: Any = holder.__setattr__

    def set_attribute(self: Any, name: str, value: Any) -> None:
        if name in names:
            recorder = active.get(running_loop())  # type: ignore[arg-type]
            if recorder is not None:
                before = self.__dict__.get(name)
                original(self, name, value)
                recorder.attribute(self, name, before, value)
                return
        original(self, name, value)

    _replace(holder, "__setattr__", set_attribute)


def _watch_method(holder: type, name: str) -> None:
    running_loop = events._get_running_loop
    original = getattr(holder, name)

    @functools.wraps(original)
    def method(self: Any, *arguments: Any, **keywords: Any) -> Any:
        result = original(self, *arguments, **keywords)
        recorder = active.get(running_loop())  # type: ignore[arg-type]
        if recorder is not None:
            recorder.method(self, name)
        return result

    _replace(holder, name, method)


def _watch_handles() -> None:
    original = events.Handle._run

    @functools.wraps(original)
    def _run(self: events.Handle) -> None:
        recorder = active.get(self._loop)  # type: ignore[attr-defined]
        if recorder is None:
            original(self)
        else:
            recorder.run(self, original)

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
        for holder, methods in WATCHED_METHODS.items():
            for name in methods:
                _watch_method(holder, name)
    except BaseException:
        _uninstall()
        raise


def _uninstall() -> None:
    while _undo:
        _undo.pop()()


def register(loop: asyncio.AbstractEventLoop, recorder: Listener) -> None:
    """Let a recorder hear of a loop.

    Raises RuntimeError when the loop is being recorded already.
    """
    with _lock:
        if loop in active:
            raise RuntimeError(
                "this event loop is being recorded already, and one recording at a time is all it "
                "can have: end the first `with record()` block before the next one begins"
            )
        if not active:
            _install()
        active[loop] = recorder


def unregister(loop: asyncio.AbstractEventLoop, recorder: Listener) -> None:
    """The opposite of `register`; does nothing when the recorder is not registered."""
    with _lock:
        if active.get(loop) is recorder:
            del active[loop]
            if not active:
                _uninstall()
