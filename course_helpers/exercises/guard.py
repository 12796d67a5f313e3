"""What an answer may not do to the kernel while it is being checked.

An answer can be anything, and it runs in the learner's own kernel. What would end the kernel or
harm files is refused; what was changed in Python is put back, and said. One thing cannot be stopped
from inside: a single long call into C, such as `sum(range(10**12))`.
"""

from __future__ import annotations

import asyncio
import builtins
import gc
import logging
import os
import random
import signal
import sys
import threading
import time
import warnings
from asyncio import events, mixins
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType, ModuleType, SimpleNamespace
from typing import Any, Final

from course_helpers.running_loop.thread_interrupts import raise_in_thread
from course_helpers.simulation.outside import OWN_THREADS

MEMORY: Final = 1 << 30
"""Bytes that an answer may take beyond what the kernel has, where the system has such a limit."""

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
_OF_SYS: Final = ("stdout", "stderr", "stdin", "excepthook", "displayhook", "unraisablehook")
_LISTS_OF_SYS: Final = ("path", "argv", "meta_path", "path_hooks")
_SIGNALS: Final = ("SIGTERM", "SIGHUP", "SIGALRM", "SIGUSR1", "SIGUSR2")
_THREADS_OF_OTHERS: Final = (
    OWN_THREADS,
    "course_helpers",
    "asyncio-waitpid",
    "waitpid",
    "asyncio_",
)

# An audit hook cannot be taken away again: there is one, and it acts in these threads only.
_checking: Final[set[int]] = set()
_hooked = False
_HARMFUL: Final = {
    "os.remove": "delete a file",
    "os.rmdir": "delete a folder",
    "shutil.rmtree": "delete a folder",
    "os.rename": "rename a file",
    "os.truncate": "empty a file",
    "os.chmod": "change who may use a file",
    "os.fork": "fork the kernel",
    "os.forkpty": "fork the kernel",
    "os.exec": "replace the kernel by another program",
    "os.system": "start another program",
    "os.posix_spawn": "start another program",
    "os.startfile": "start another program",
    "subprocess.Popen": "start another program",
}


class Refused(BaseException):
    """The answer tried what would end the kernel, or harm files; the text says what."""


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if not _checking:
        return
    what = _HARMFUL.get(event)
    if what is not None and threading.get_ident() in _checking:
        raise Refused(f"{event}(), to {what}")


def _refuse(what: str) -> Callable[..., Any]:
    def refused(*arguments: Any, **options: Any) -> Any:
        raise Refused(what)

    return refused


@contextmanager
def guarded() -> Iterator[list[str]]:
    """Yields a list of sentences about what was put back, complete when the block has ended."""
    global _hooked
    if not _hooked:
        sys.addaudithook(_audit)
        _hooked = True
    notes: list[str] = []
    with ExitStack() as stack:
        # In this order: what is refused is put there last, and taken away first.
        stack.enter_context(_older_objects_set_aside())
        stack.enter_context(_event_loop_kept())
        stack.enter_context(_interpreter_kept(notes))
        stack.enter_context(_modules_kept(notes))
        stack.enter_context(_primitives_outlive_loops())
        stack.enter_context(_quiet())
        stack.enter_context(_memory_bounded())
        stack.enter_context(_signals_refused())
        stack.enter_context(_endings_refused())
        me = threading.get_ident()
        _checking.add(me)
        stack.callback(_checking.discard, me)
        yield notes


@contextmanager
def _older_objects_set_aside() -> Iterator[None]:
    """Let a collection of garbage look at what the check has made, and not at a whole kernel."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


@contextmanager
def _interpreter_kept(notes: list[str]) -> Iterator[None]:
    """Put back what belongs to the interpreter."""
    kept = {name: getattr(sys, name) for name in _OF_SYS}
    lists = {name: list(getattr(sys, name)) for name in _LISTS_OF_SYS}
    recursion, switch = sys.getrecursionlimit(), sys.getswitchinterval()
    trace, profile = sys.gettrace(), sys.getprofile()
    collecting, folder, environment = gc.isenabled(), Path.cwd(), dict(os.environ)
    chance, bytecode = random.getstate(), sys.dont_write_bytecode
    sys.dont_write_bytecode = True  # an import writes and renames files, which is refused
    gc.disable()  # between the runs as well: rules look at what an answer has made
    try:
        yield
    finally:
        for name, value in kept.items():
            if getattr(sys, name, None) is not value:
                setattr(sys, name, value)
                notes.append(f"changed sys.{name}, which was put back")
        for name, items in lists.items():
            if getattr(sys, name, None) != items:
                setattr(sys, name, items)
                notes.append(f"changed sys.{name}, which was put back")
        if sys.getrecursionlimit() != recursion:
            sys.setrecursionlimit(recursion)
            notes.append("changed the recursion limit, which was put back")
        sys.setswitchinterval(switch)
        if sys.gettrace() is not trace:
            sys.settrace(trace)
        if sys.getprofile() is not profile:
            sys.setprofile(profile)
        (gc.enable if collecting else gc.disable)()
        if Path.cwd() != folder:
            os.chdir(folder)
            notes.append("changed the working folder, which was put back")
        if dict(os.environ) != environment:
            os.environ.clear()
            os.environ.update(environment)
            notes.append("changed the environment, which was put back")
        random.setstate(chance)
        sys.dont_write_bytecode = bytecode


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
def _primitives_outlive_loops() -> Iterator[None]:
    """A lock that a class or a module keeps belongs to the loop of the run that uses it.

    Each run has a loop of its own. A lock that was used in an earlier one would raise RuntimeError:
    that is right, and not what the answer is to be told.
    """
    kind: Any = mixins._LoopBoundMixin
    real = kind._get_loop

    def _get_loop(self: Any) -> Any:
        if self._loop is not None and self._loop.is_closed():
            self._loop = None
        return real(self)

    kind._get_loop = _get_loop
    try:
        yield
    finally:
        kind._get_loop = real


@contextmanager
def _quiet() -> Iterator[None]:
    """Neither warnings nor asyncio's log: the report says what is left behind."""
    logger = logging.getLogger("asyncio")
    disabled = logger.disabled
    logger.disabled = True
    hook = sys.unraisablehook
    sys.unraisablehook = lambda _: None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        sys.unraisablehook = hook
        logger.disabled = disabled


@contextmanager
def _memory_bounded() -> Iterator[None]:
    """An answer that takes more and more memory gets a MemoryError, and not the whole machine."""
    try:
        import resource

        pages = Path("/proc/self/statm").read_text("ascii").split()[0]
        before = resource.getrlimit(resource.RLIMIT_AS)
        most = int(pages) * resource.getpagesize() + MEMORY
        if before[1] != resource.RLIM_INFINITY:
            most = min(most, before[1])
        resource.setrlimit(resource.RLIMIT_AS, (most, before[1]))
    except (ImportError, OSError, ValueError):  # not Linux, or not allowed
        yield
        return
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


@contextmanager
def _signals_refused() -> Iterator[None]:
    """A signal that would end the kernel is refused; handlers are put back."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def refused(number: int, frame: FrameType | None) -> None:
        raise Refused(f"{signal.Signals(number).name}, sent to the kernel itself")

    kept = {
        number: signal.getsignal(number)
        for number in (getattr(signal, name, None) for name in (*_SIGNALS, "SIGINT"))
        if number is not None
    }
    for number in kept:
        if number != signal.SIGINT:
            signal.signal(number, refused)
    try:
        yield
    finally:
        if hasattr(signal, "alarm"):
            signal.alarm(0)
        for number, handler in kept.items():
            if handler is not None:
                signal.signal(number, handler)


@contextmanager
def _endings_refused() -> Iterator[None]:
    """What ends the process at once, and what asks a person, is refused."""
    replaced: list[tuple[Any, str, Any]] = []

    def replace(holder: Any, name: str, function: Callable[..., Any]) -> None:
        if hasattr(holder, name):
            replaced.append((holder, name, getattr(holder, name)))
            setattr(holder, name, function)

    def only_others(real: Callable[[int, int], None]) -> Callable[[int, int], None]:
        def kill(process: int, number: int) -> None:
            if process in (os.getpid(), os.getpgrp(), 0, -1) and number != 0:
                raise Refused("os.kill() with the kernel's own number")
            real(process, number)

        return kill

    replace(os, "_exit", _refuse("os._exit(), which ends the kernel"))
    replace(os, "abort", _refuse("os.abort(), which ends the kernel"))
    for name in ("kill", "killpg"):
        if hasattr(os, name):
            replace(os, name, only_others(getattr(os, name)))
    replace(builtins, "input", _refuse("input(), and nobody is there to answer"))
    shell = _shell()
    if shell is not None:
        shell.__dict__["ask_exit"] = _refuse("exit(), which ends the kernel")
    try:
        yield
    finally:
        if shell is not None:
            shell.__dict__.pop("ask_exit", None)
        for holder, name, real in reversed(replaced):
            setattr(holder, name, real)


def _shell() -> Any:
    ipython: ModuleType | None = sys.modules.get("IPython")
    return None if ipython is None else ipython.get_ipython()


def end_threads(before: set[threading.Thread]) -> list[str]:
    """End the threads that were started since, where they run Python; sentences about them."""
    notes = []
    for thread in set(threading.enumerate()) - before:
        if thread.name.startswith(_THREADS_OF_OTHERS):
            continue
        for _ in range(10):
            thread.join(0.005)
            if not thread.is_alive():
                break
            raise_in_thread(thread, SystemExit)
        going_on = "it goes on until it ends by itself" if thread.is_alive() else "it was ended"
        notes.append(f"left the thread {thread.name!r} running; {going_on}")
    return notes
