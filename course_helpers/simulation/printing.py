"""What a program prints while it runs, kept apart from what everybody else prints meanwhile.

The lines that a simulated program prints are marks in its recording, too.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from asyncio import AbstractEventLoop, events
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final, TextIO
from weakref import WeakKeyDictionary

from course_helpers.recorder.marks import mark_from

LIMIT: Final = 20_000
"""Characters that are kept of one run."""


class Printed:
    """The text that one run printed, up to `LIMIT` characters; what is beyond is counted."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self.left_out = 0

    def write(self, text: str) -> None:
        """Keep a piece of text, or as much of it as there is room for."""
        kept = text[: LIMIT - self._length]
        self._parts.append(kept)
        self._length += len(kept)
        self.left_out += len(text) - len(kept)

    @property
    def text(self) -> str:
        """Everything that was kept."""
        return "".join(self._parts)


# A context variable and not the thread decides whose text it is: tasks and `to_thread` inherit it,
# while a program that runs in the cell below, in the same thread or in another, does not have it.
_current: ContextVar[Printed | None] = ContextVar("printed", default=None)


# What each task of a simulation has printed since its last line ended, by the simulation's loop.
_begun: Final[dict[AbstractEventLoop, WeakKeyDictionary[Any, str]]] = {}


def _mark_lines(text: str) -> None:
    """Leave a mark for each line that this text ends, where a simulated program prints it."""
    loop = events._get_running_loop()
    begun = None if loop is None else _begun.get(loop)
    if begun is None:
        return
    task = asyncio.current_task(loop) or loop
    *lines, rest = (begun.pop(task, "") + text).split("\n")
    for line in lines:
        mark_from(sys._getframe(2), "prints", line, None)
    if rest:
        begun[task] = rest


class _Switch:
    """Stands in for a stream: passes text on to the run that printed it, or to the stream."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def write(self, text: str) -> int:
        printed = _current.get()
        if printed is None:
            self.stream.write(text)
        else:
            printed.write(text)
        if self is sys.stdout:
            _mark_lines(text)
        return len(text)

    def writelines(self, lines: Any) -> None:
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        if _current.get() is None:
            self.stream.flush()

    def close(self) -> None:
        """Leave the stream open: it is everybody's."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


_lock = threading.Lock()
_users = 0


@contextmanager
def switched_streams() -> Iterator[None]:
    """Let a `_Switch` stand in for `sys.stdout` and for `sys.stderr` during the block.

    Blocks may overlap in any order and in any threads: the last to end puts the streams back,
    unless somebody else has put others there.
    """
    global _users
    with _lock:
        _users += 1
        for name in ("stdout", "stderr"):
            stream = getattr(sys, name)
            if stream is not None and not isinstance(stream, _Switch):
                setattr(sys, name, _Switch(stream))
    try:
        yield
    finally:
        with _lock:
            _users -= 1
            for name in ("stdout", "stderr"):
                stream = getattr(sys, name)
                if not _users and isinstance(stream, _Switch):
                    setattr(sys, name, stream.stream)


@contextmanager
def lines_marked(loop: AbstractEventLoop) -> Iterator[None]:
    """Leave a mark in a loop's recording for each line that is printed in it."""
    with switched_streams():
        _begun[loop] = WeakKeyDictionary()
        try:
            yield
        finally:
            del _begun[loop]


@contextmanager
def captured() -> Iterator[Printed]:
    """Keep what is printed in this context, and in tasks and threads that inherit it."""
    printed = Printed()
    with switched_streams():
        token = _current.set(printed)
        try:
            yield printed
        finally:
            _current.reset(token)
