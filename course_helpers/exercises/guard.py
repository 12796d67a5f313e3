"""What an answer may not do to the kernel while it is being checked.

An answer can be anything, and it runs in the learner's own kernel. What would end the kernel or
harm files is refused; what was changed in Python is put back, and said. Not refused is what a
thread of the answer's own does, what is done to a file that was open before, and what a library in
C opens by itself, such as a database. And one thing cannot be stopped from inside: a single long
call into C, such as `sum(range(10**12))`.
"""

from __future__ import annotations

import builtins
import gc
import logging
import os
import signal
import sys
import threading
import warnings
from asyncio import mixins
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any, Final

from course_helpers.exercises.kept import kept
from course_helpers.running_loop.thread_interrupts import raise_in_thread
from course_helpers.simulation.outside import OWN_THREADS

MEMORY: Final = 1 << 30
"""Bytes that an answer may take beyond what the kernel has, where the system has such a limit."""

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
_WRITING: Final = frozenset("wax+")
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
    "resource.setrlimit": "change what the kernel may take",
    "signal.pthread_kill": "send a signal to the kernel itself",
}


class Refused(BaseException):
    """The answer tried what would end the kernel, or harm files; the text says what."""


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if not _checking or threading.get_ident() not in _checking:
        return
    what = _HARMFUL.get(event)
    if event == "open" and _writes_into_a_file(arguments):
        what = "write into a file that is there"
    if what is not None:
        raise Refused(f"{event}(), to {what}")


def _writes_into_a_file(arguments: tuple[Any, ...]) -> bool:
    """Whether a file that is there is opened for writing, in whatever way.

    Python does not tell when a file that is open is made shorter. Whatever calls `sys.audit` may
    give it what it likes.
    """
    match arguments:
        case (str() | bytes() | os.PathLike() as path, mode, int() as flags):
            in_words = isinstance(mode, str) and not _WRITING.isdisjoint(mode)
            if in_words or flags & (os.O_WRONLY | os.O_RDWR | os.O_TRUNC):
                return Path(os.fsdecode(path)).is_file()
    return False


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
        stack.enter_context(kept(notes))
        stack.enter_context(_collector_and_bytecode_off())
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
def _collector_and_bytecode_off() -> Iterator[None]:
    """Rules look at what an answer has made, between the runs as well; what was is put back later.

    An import writes and renames files, which is refused.
    """
    sys.dont_write_bytecode = True
    gc.disable()
    yield


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
    """A signal that would end the kernel is refused. `kept` puts the handlers back."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def refused(number: int, frame: FrameType | None) -> None:
        raise Refused(f"{signal.Signals(number).name}, sent to the kernel itself")

    for name in _SIGNALS:
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), refused)
    yield


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

    def only_harmless(real: Callable[[int], None]) -> Callable[[int], None]:
        def raise_signal(number: int) -> None:
            if number != signal.SIGINT:  # that is the Stop button
                raise Refused("signal.raise_signal(), to the kernel itself")
            real(number)

        return raise_signal

    replace(os, "_exit", _refuse("os._exit(), which ends the kernel"))
    replace(os, "abort", _refuse("os.abort(), which ends the kernel"))
    for name in ("kill", "killpg"):
        if hasattr(os, name):
            replace(os, name, only_others(getattr(os, name)))
    replace(signal, "raise_signal", only_harmless(signal.raise_signal))
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
