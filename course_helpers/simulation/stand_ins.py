"""Stand-ins: functions that behave differently in the thread that simulates.

A program that sleeps with `time.sleep` blocks its loop, and one that measures itself with
`time.perf_counter` expects the seconds that it slept: on the virtual clock both have to be virtual.
`asyncio.as_completed` puts coroutines into a set and starts them in the order of their addresses
in memory: in a simulation they start in the order in which they were given, at every run.

All other threads, the program's own among them, keep the real functions.
"""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from asyncio import tasks
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from types import ModuleType
from typing import Any, Final, NamedTuple, Protocol
from weakref import WeakKeyDictionary

from course_helpers.learners_code import Owner, is_standard, owner_of_file


class Clock(Protocol):
    """What the stand-ins need of a clock."""

    def time(self) -> float:
        """The time, in seconds."""
        ...

    def advance(self, seconds: float) -> None:
        """Let seconds pass."""
        ...

    def note_thread(self, thread: threading.Thread) -> None:
        """The program starts a thread."""
        ...


class _Simulation(NamedTuple):
    """A clock, and the real date (seconds since the epoch) at its time 0."""

    clock: Clock
    epoch: float


# By identifier of the simulating thread; written under the lock only.
_active: Final[dict[int, _Simulation]] = {}
_lock: Final = threading.Lock()

# The threads that programs have started, as long as they are there.
_started: Final[WeakKeyDictionary[threading.Thread, _Simulation]] = WeakKeyDictionary()

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


_real_start: Final = threading.Thread.start


@wraps(_real_start)
def _start(thread: threading.Thread) -> None:
    """Start a thread: it is the program's if the thread that starts it simulates, or is so itself.

    Unlike the others this one acts in the program's own threads too.
    """
    simulation = _active.get(threading.get_ident()) or _started.get(threading.current_thread())
    if simulation is not None:
        _started[thread] = simulation
        simulation.clock.note_thread(thread)
    _real_start(thread)


def _in_simulations(real: Callable[..., Any], virtual: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(real)
    def stand_in(*args: Any, **options: Any) -> Any:
        simulation = _active.get(threading.get_ident())
        if simulation is None:
            return real(*args, **options)
        return virtual(simulation, *args, **options)

    return stand_in


class _StandIn(NamedTuple):
    """A function that takes the place of `real`, by that name in modules or a class."""

    holders: tuple[Any, ...]
    name: str
    real: Callable[..., Any]
    function: Callable[..., Any]


_STAND_INS: Final = (
    _StandIn((threading.Thread,), "start", _real_start, _start),
    *(
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
    ),
)
_by_identity: Final = {id(stand_in.real): stand_in for stand_in in _STAND_INS}


def _install() -> None:
    for holders, name, _, function in _STAND_INS:
        for holder in holders:
            setattr(holder, name, function)


def _uninstall() -> None:
    for holders, name, real, _ in _STAND_INS:
        for holder in holders:
            setattr(holder, name, real)


# What has been replaced in modules that had imported it: their variables, the name, by what.
_replaced: Final[list[tuple[dict[str, Any], str, _StandIn]]] = []


def _replace_imported(variables: dict[str, Any]) -> None:
    """Replace what a module has got by `from time import sleep`, say."""
    now = variables.copy()
    if _by_identity.keys().isdisjoint(
        map(id, now.values())
    ):  # asked at once: so it is nearly always
        return
    for name, value in now.items():
        stand_in = _by_identity.get(id(value))
        if stand_in is not None:
            variables[name] = stand_in.function
            _replaced.append((variables, name, stand_in))


def _put_back() -> None:
    while _replaced:
        variables, name, stand_in = _replaced.pop()
        if variables.get(name) is stand_in.function:
            variables[name] = stand_in.real


class _Modules:
    """The modules that a program may be made of: all but Python's own and this package's.

    Those of Python's own library measure what is real, such as how long a thread is waited for.
    """

    def __init__(self) -> None:
        self._number = 0
        self._found: dict[str, ModuleType] = {}

    def variables(self) -> list[dict[str, Any]]:
        modules = sys.modules
        known = self._number == len(modules) and all(
            modules.get(name) is module for name, module in self._found.items()
        )
        if not known:
            self._number = len(modules)
            self._found = {
                name: module for name, module in modules.copy().items() if _is_one(module)
            }
        return [vars(module) for module in self._found.values()]


def _is_one(module: object) -> bool:
    if not isinstance(module, ModuleType):
        return False
    file = vars(module).get("__file__")
    if not isinstance(file, str):
        return module.__name__ == "__main__"
    owner = owner_of_file(file)
    if owner is Owner.LIBRARY:  # whatever was installed beside it, and measures time
        return not is_standard(file) and not vars(module).keys().isdisjoint(_NAMES)
    return owner is Owner.LEARNER


_NAMES: Final = {stand_in.name for stand_in in _STAND_INS}
_modules: Final = _Modules()


@contextmanager
def stand_ins(clock: Clock, variables: dict[str, Any]) -> Iterator[None]:
    """Let this thread live by a clock, for the length of the block.

    `time.sleep` lets the clock advance; `monotonic` and `perf_counter` are its time; `time.time` is
    the real date when the block began, plus its time. What modules have got by `from time import
    sleep` is replaced there too; `variables` are those of the program's own module.
    """
    thread = threading.get_ident()
    with _lock:
        if not _active:
            _install()
        _active[thread] = _Simulation(clock, _real_time())
        for imported in (variables, *_modules.variables()):
            _replace_imported(imported)
    try:
        yield
    finally:
        with _lock:
            del _active[thread]
            if not _active:
                _uninstall()
                _put_back()
