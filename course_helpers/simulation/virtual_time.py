"""The `time` module on the virtual clock, for the thread that simulates.

A program that sleeps with `time.sleep` blocks its loop, and one that measures itself with
`time.perf_counter` expects the seconds that it slept: on the virtual clock both have to be virtual.
All other threads, the program's own among them, keep the real functions.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, Protocol


class Clock(Protocol):
    """What the replaced functions need of a clock."""

    def time(self) -> float:
        """The time, in seconds."""
        ...

    def advance(self, seconds: float) -> None:
        """Let seconds pass."""
        ...


class _Active:
    """A clock, and the real date (seconds since the epoch) at its time 0."""

    __slots__ = ("clock", "epoch")

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.epoch = _real["time"]()


_NAMES: Final = (
    "sleep",
    "monotonic",
    "monotonic_ns",
    "perf_counter",
    "perf_counter_ns",
    "time",
    "time_ns",
)
_real: Final[dict[str, Callable[..., Any]]] = {name: getattr(time, name) for name in _NAMES}

# By identifier of the simulating thread; written under the lock only.
_active: Final[dict[int, _Active]] = {}
_lock: Final = threading.Lock()


def _sleep(seconds: float, /) -> None:
    active = _active.get(threading.get_ident())
    if active is None:
        _real["sleep"](seconds)
        return
    if seconds < 0:
        raise ValueError("sleep length must be non-negative")
    active.clock.advance(seconds)


def _reader(name: str, value: Callable[[_Active], float]) -> Callable[[], float]:
    real = _real[name]

    def read() -> float:
        active = _active.get(threading.get_ident())
        return real() if active is None else value(active)

    read.__name__ = read.__qualname__ = name
    return read


def _elapsed(active: _Active) -> float:
    return active.clock.time()


def _elapsed_ns(active: _Active) -> int:
    return round(active.clock.time() * 1e9)


_virtual: Final[dict[str, Callable[..., Any]]] = {
    "sleep": _sleep,
    "monotonic": _reader("monotonic", _elapsed),
    "monotonic_ns": _reader("monotonic_ns", _elapsed_ns),
    "perf_counter": _reader("perf_counter", _elapsed),
    "perf_counter_ns": _reader("perf_counter_ns", _elapsed_ns),
    "time": _reader("time", lambda active: active.epoch + active.clock.time()),
    "time_ns": _reader("time_ns", lambda active: round(active.epoch * 1e9) + _elapsed_ns(active)),
}


@contextmanager
def virtual_time(clock: Clock) -> Iterator[None]:
    """Put the `time` module of this thread on a clock, for the length of the block.

    `sleep` lets the clock advance; `monotonic` and `perf_counter` are its time; `time` is the real
    date when the block began, plus its time.
    """
    thread = threading.get_ident()
    with _lock:
        if not _active:
            for name in _NAMES:
                setattr(time, name, _virtual[name])
        _active[thread] = _Active(clock)
    try:
        yield
    finally:
        with _lock:
            del _active[thread]
            if not _active:
                for name in _NAMES:
                    setattr(time, name, _real[name])
