"""What a check leaves as it found it: the state of Python that an answer, or a run, can change.

Nothing of the notebook changes because something was checked. What can be read is read before, and
put back afterwards; what a learner should know of is said.
"""

from __future__ import annotations

import asyncio
import builtins
import gc
import locale
import logging
import os
import random
import signal
import sys
import threading
import time
from asyncio import events
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, Final, NamedTuple

_MODULES: Final = (
    asyncio,
    asyncio.tasks,
    asyncio.locks,
    asyncio.queues,
    asyncio.events,
    time,
    random,
    threading,
    os,
    signal,
    builtins,
)
# What notebook and package set themselves while a cell runs.
_NOT_OURS: Final = {(builtins, "_"), (builtins, "__build_class__")}
_OF_SYS: Final = (
    *("stdout", "stderr", "stdin", "excepthook", "displayhook", "unraisablehook"),
    "breakpointhook",
)
_LISTS_OF_SYS: Final = ("path", "argv", "meta_path", "path_hooks")


class _State(NamedTuple):
    """A part of Python's state: what it is called, how it is read, and how it is put back.

    Changes of a state without a name are put back without a word.
    """

    called: str
    read: Callable[[], Any]
    put_back: Callable[[Any], object]


def _folder() -> str:
    with suppress(OSError):  # it may have been taken away
        return str(Path.cwd())
    return ""


def _go_to(folder: str) -> None:
    if folder:
        with suppress(OSError):
            os.chdir(folder)


def _set_environment(values: dict[str, str]) -> None:
    os.environ.clear()
    os.environ.update(values)
    if hasattr(time, "tzset"):
        time.tzset()


def _of_sys(name: str) -> _State:
    return _State(
        f"sys.{name}",
        lambda: getattr(sys, name, None),
        lambda value: setattr(sys, name, value),
    )


def _list_of_sys(name: str) -> _State:
    # The list itself too: others may have kept it.
    def put_back(before: tuple[list[Any], list[Any]]) -> None:
        itself, items = before
        itself[:] = items
        setattr(sys, name, itself)

    return _State(
        f"sys.{name}", lambda: (getattr(sys, name), list(getattr(sys, name, ()))), put_back
    )


def _loggers() -> tuple[Any, ...]:
    found = [logging.getLogger(), logging.getLogger("asyncio")]
    return (
        *((one, one.level, one.disabled, tuple(one.handlers)) for one in found),
        logging.root.manager.disable,
    )


def _set_loggers(before: tuple[Any, ...]) -> None:
    *loggers, disabled = before
    logging.disable(disabled)
    for logger, level, off, handlers in loggers:
        logger.setLevel(level)
        logger.disabled = off
        logger.handlers = list(handlers)


def _mask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


_UNREADABLE: Final = object()
_STATES: Final = (
    # At first: what comes behind it needs room.
    _State("the recursion limit", sys.getrecursionlimit, sys.setrecursionlimit),
    *map(_of_sys, _OF_SYS),
    *map(_list_of_sys, _LISTS_OF_SYS),
    _of_sys("dont_write_bytecode")._replace(called=""),
    _State("", sys.getswitchinterval, sys.setswitchinterval),
    _State("", sys.gettrace, sys.settrace),
    _State("", sys.getprofile, sys.setprofile),
    _State(
        "",
        sys.get_coroutine_origin_tracking_depth,
        sys.set_coroutine_origin_tracking_depth,
    ),
    _State("", sys.get_asyncgen_hooks, lambda hooks: sys.set_asyncgen_hooks(*hooks)),
    _State("", gc.isenabled, lambda on: gc.enable() if on else gc.disable()),
    _State("", gc.get_threshold, lambda counts: gc.set_threshold(*counts)),
    _State("", gc.get_debug, gc.set_debug),
    _State(
        "", lambda: list(gc.callbacks), lambda before: gc.callbacks.__setitem__(slice(None), before)
    ),
    _State("the working folder", _folder, _go_to),
    _State("the environment", lambda: dict(os.environ), _set_environment),
    _State("", _mask, os.umask),
    _State(
        "the locale",
        lambda: locale.setlocale(locale.LC_ALL),
        lambda before: locale.setlocale(locale.LC_ALL, before),
    ),
    _State("logging", _loggers, _set_loggers),
    _State("", random.getstate, random.setstate),
)


@contextmanager
def kept(notes: list[str]) -> Iterator[None]:
    """Put Python's state back when the block has ended; sentences about it go into `notes`."""
    with _event_loop_kept(), _signals_kept(), ExitStack() as stack:
        # The last to be pushed is the first to be put back.
        for state in reversed(_STATES):
            stack.callback(_restore, state, state.read(), notes)
        with _imports_kept(notes), _modules_kept(notes):
            yield


def _restore(state: _State, before: Any, notes: list[str]) -> None:
    if _same(_now(state), before):
        return
    try:
        state.put_back(before)
    except Exception:  # it may have been broken; what the block raised is not to be hidden
        notes.append(f"changed {state.called or 'a setting'}, which could not be put back")
    else:
        if state.called:
            notes.append(f"changed {state.called}, which was put back")


def _now(state: _State) -> Any:
    with suppress(Exception):  # what it reads may have been broken
        return state.read()
    return _UNREADABLE


def _same(one: Any, other: Any) -> bool:
    """Equal as plain data, and identical as anything else: an object may say what it likes."""
    if one is other:
        return True
    if type(one) is not type(other):
        return False
    if isinstance(one, tuple | list):
        return len(one) == len(other) and all(map(_same, one, other))
    if type(one) is dict:
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    return type(one) in (bool, int, float, str) and bool(one == other)


@contextmanager
def _modules_kept(notes: list[str]) -> Iterator[None]:
    """Put back the attributes of the modules that programs like to patch."""
    before = [(module, dict(vars(module))) for module in _MODULES]
    try:
        yield
    finally:
        for module, old in before:
            new = vars(module)
            for name, value in old.items():
                if new.get(name, before) is not value and (module, name) not in _NOT_OURS:
                    new[name] = value
                    if name.startswith("_"):
                        continue  # modules set their own private ones when they are first used
                    notes.append(f"changed {module.__name__}.{name}, which was put back")
        named = vars(builtins)
        for name in named.keys() - before[-1][1].keys():
            if (builtins, name) not in _NOT_OURS:
                del named[name]
                notes.append(f"made builtins.{name}, which was taken away")


@contextmanager
def _imports_kept(notes: list[str]) -> Iterator[None]:
    """What is imported meanwhile stays; what is put in the place of a module goes."""
    modules, before = sys.modules, dict(sys.modules)
    try:
        yield
    finally:
        found = dict(modules)  # another thread may be about to import
        imported = {
            name: module
            for name, module in found.items()
            if isinstance(module, ModuleType) and getattr(module, "__spec__", None) is not None
        }
        due = imported | before
        if sys.modules is not modules or not _same(found, due):
            sys.modules = modules
            for name in found.keys() - due.keys():
                modules.pop(name, None)
            modules.update(due)
            notes.append("changed sys.modules, which was put back")


@contextmanager
def _event_loop_kept() -> Iterator[None]:
    """Put back the loop that belongs to this thread: the kernel goes on with it."""
    policy_of: Any = getattr(events, "_get_event_loop_policy", events.get_event_loop_policy)
    policy = policy_of()
    local: Any = getattr(policy, "_local", SimpleNamespace())  # in a browser there is one loop
    loop = getattr(local, "_loop", None)
    try:
        yield
    finally:
        local._loop = loop
        if policy_of() is not policy:
            getattr(events, "_set_event_loop_policy", events.set_event_loop_policy)(policy)


@contextmanager
def _signals_kept() -> Iterator[None]:
    """Put back what each signal does; an alarm waits meanwhile. In the main thread alone."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    handlers = {number: signal.getsignal(number) for number in signal.valid_signals()}
    alarm = signal.setitimer(signal.ITIMER_REAL, 0) if hasattr(signal, "setitimer") else None
    try:
        yield
    finally:
        if alarm is not None:
            signal.setitimer(signal.ITIMER_REAL, 0)  # at first: one that was set would end all
        for number, handler in handlers.items():
            if handler is not None and signal.getsignal(number) is not handler:
                with suppress(OSError, ValueError):  # some cannot be set
                    signal.signal(number, handler)
        if alarm is not None:
            signal.setitimer(signal.ITIMER_REAL, *alarm)
