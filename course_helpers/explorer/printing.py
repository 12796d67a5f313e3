"""What a program prints while it runs, kept apart from what everybody else prints meanwhile."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final, TextIO

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


class _Switch:
    """Stands in for a stream: passes text on to the run that printed it, or to the stream."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def write(self, text: str) -> int:
        printed = _current.get()
        if printed is None:
            return self.stream.write(text)
        printed.write(text)
        return len(text)

    def writelines(self, lines: Any) -> None:
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        if _current.get() is None:
            self.stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


_lock = threading.Lock()
_users = 0


@contextmanager
def switched_streams() -> Iterator[None]:
    """Let `printing_to` have an effect on `sys.stdout` and `sys.stderr` during the block.

    Blocks may overlap in any order and in any threads: the last to end puts the streams back,
    unless somebody else has put others there.
    """
    global _users
    with _lock:
        _users += 1
        for name in ("stdout", "stderr"):
            if not isinstance(getattr(sys, name), _Switch):
                setattr(sys, name, _Switch(getattr(sys, name)))
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
def captured() -> Iterator[Printed]:
    """Keep what is printed in this context, and in tasks and threads that inherit it."""
    printed = Printed()
    with switched_streams():
        token = _current.set(printed)
        try:
            yield printed
        finally:
            _current.reset(token)
