"""Stand-ins: functions that behave differently in the thread that simulates.

A program that sleeps with `time.sleep` blocks its loop, and one that measures itself with
`time.perf_counter` expects the seconds that it slept: on the virtual clock both have to be virtual.
`asyncio.as_completed` puts coroutines into a set and starts them in the order of their addresses
in memory: in a simulation they start in the order in which they were given, at every run.

All other threads, the program's own among them, keep the real functions.
"""

from __future__ import annotations

import asyncio
import threading
import time
from asyncio import tasks
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any, Final, NamedTuple, Protocol


class Clock(Protocol):
    """What the stand-ins need of a clock."""

    def time(self) -> float:
        """The time, in seconds."""
        ...

    def advance(self, seconds: float) -> None:
        """Let seconds pass."""
        ...


class _Simulation(NamedTuple):
    """A clock, and the real date (seconds since the epoch) at its time 0."""

    clock: Clock
    epoch: float


# By identifier of the simulating thread; written under the lock only.
_active: Final[dict[int, _Simulation]] = {}
_lock: Final = threading.Lock()

_real_time: Final = time.time


def _sleep(simulation: _Simulation, seconds: float) -> None:
    if seconds < 0:
        raise ValueError("sleep length must be non-negative")
    simulation.clock.advance(seconds)


def _elapsed(simulation: _Simulation) -> float:
    return simulation.clock.time()


def _elapsed_ns(simulation: _Simulation) -> int:
    return round(simulation.clock.time() * 1e9)


def _date(simulation: _Simulation) -> float:
    return simulation.epoch + simulation.clock.time()


def _date_ns(simulation: _Simulation) -> int:
    return round(simulation.epoch * 1e9) + _elapsed_ns(simulation)


_real_as_completed: Final = asyncio.as_completed


def _as_completed(simulation: _Simulation, fs: Any, **options: Any) -> Any:
    if not (asyncio.isfuture(fs) or asyncio.iscoroutine(fs)):
        fs = [asyncio.ensure_future(awaitable) for awaitable in dict.fromkeys(fs)]
    return _real_as_completed(fs, **options)


def _in_simulations(real: Callable[..., Any], virtual: Callable[..., Any]) -> Callable[..., Any]:
    def stand_in(*args: Any, **options: Any) -> Any:
        simulation = _active.get(threading.get_ident())
        if simulation is None:
            return real(*args, **options)
        return virtual(simulation, *args, **options)

    stand_in.__name__ = stand_in.__qualname__ = real.__name__
    stand_in.__doc__ = real.__doc__
    return stand_in


class _StandIn(NamedTuple):
    modules: tuple[ModuleType, ...]
    name: str
    real: Callable[..., Any]
    function: Callable[..., Any]


_STAND_INS: Final = tuple(
    _StandIn(modules, name, real, _in_simulations(real, virtual))
    for modules, name, virtual in (
        ((time,), "sleep", _sleep),
        ((time,), "monotonic", _elapsed),
        ((time,), "monotonic_ns", _elapsed_ns),
        ((time,), "perf_counter", _elapsed),
        ((time,), "perf_counter_ns", _elapsed_ns),
        ((time,), "time", _date),
        ((time,), "time_ns", _date_ns),
        ((asyncio, tasks), "as_completed", _as_completed),
    )
    for real in (getattr(modules[0], name),)
)
_by_identity: Final = {id(stand_in.real): stand_in for stand_in in _STAND_INS}


def _install() -> None:
    for modules, name, _, function in _STAND_INS:
        for module in modules:
            setattr(module, name, function)


def _uninstall() -> None:
    for modules, name, real, _ in _STAND_INS:
        for module in modules:
            setattr(module, name, real)


@contextmanager
def stand_ins(clock: Clock, variables: dict[str, Any]) -> Iterator[None]:
    """Let this thread live by a clock, for the length of the block.

    `time.sleep` lets the clock advance; `monotonic` and `perf_counter` are its time; `time.time` is
    the real date when the block began, plus its time. `variables` are those of the program's
    module: what it got by `from time import sleep` is replaced there too.
    """
    imported = {
        name: _by_identity[id(value)]
        for name, value in variables.copy().items()
        if id(value) in _by_identity
    }
    thread = threading.get_ident()
    with _lock:
        if not _active:
            _install()
        _active[thread] = _Simulation(clock, _real_time())
    try:
        for name, stand_in in imported.items():
            variables[name] = stand_in.function
        yield
    finally:
        for name, stand_in in imported.items():
            if variables.get(name) is stand_in.function:
                variables[name] = stand_in.real
        with _lock:
            del _active[thread]
            if not _active:
                _uninstall()
