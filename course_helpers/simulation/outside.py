"""What a simulated program has going on outside of its event loop.

Nobody can tell how many virtual seconds a thread or another process needs: while one of them works
for the program, virtual time stands still and the loop waits for real.
"""

from __future__ import annotations

import asyncio
import socket
import sys
import threading
from asyncio import base_subprocess
from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from concurrent.futures import thread as thread_pools
from types import FrameType
from typing import Any, Final

from course_helpers.recorder.outside import job_name

# How the names of this package's own threads begin: they work for no program.
OWN_THREADS: Final = "course_helpers "

# After so many real seconds of silence, a child process that could still be written to is taken to
# wait for just that.
_SILENCE: Final = 1.0

_CONDITION_WAIT: Final = threading.Condition.wait.__code__
_POOL_WORKER: Final = thread_pools._worker


class Job:
    """A call handed to an executor; `thread` is the identifier of the thread that works on it."""

    __slots__ = ("function", "thread")

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.thread: int | None = None

    def __call__(self, *args: Any) -> Any:
        """Do the job, in the executor's thread."""
        self.thread = threading.get_ident()
        return self.function(*args)

    def function_for(self, executor: Executor | None) -> Callable[..., Any]:
        """What to submit: the job itself where it shares its memory with the executor."""
        shared = executor is None or type(executor) is ThreadPoolExecutor
        return self if shared else self.function

    def __str__(self) -> str:
        return f"{job_name(self.function)}() in an executor"


class Outside:
    """Keeps track of executor jobs, child processes, threads and connections.

    `jobs` and `children` are filled by the loop, `starting` counts child processes that are just
    being started. Threads that were there before are none of the program's.
    """

    def __init__(self) -> None:
        self.jobs: dict[asyncio.Future[Any], Job] = {}
        self.children: list[base_subprocess.BaseSubprocessTransport] = []
        self.starting = 0
        self._before = threading.enumerate()
        self._idle = self._before

    def holding(self, files: Collection[Any], silent_for: float) -> list[str]:
        """What works for the program, in words: time stands still until it is done.

        `files` are the sockets and pipes that the loop listens to; nothing has come for so many
        real seconds.

        That is executor jobs, threads, child processes and connections to other machines, except
        for threads that wait in their turn, with or without a time limit, as for the result of
        `run_coroutine_threadsafe`: what they wait for may need virtual time to pass.
        """
        found = []
        if self.jobs:
            self.jobs = {future: job for future, job in self.jobs.items() if not future.done()}
            found += [str(job) for job in self.jobs.values() if not _waits(job.thread)]
        if self.children:
            working = [child for child in self.children if _works(child, silent_for)]
            found += [f"child process {child.get_pid()}" for child in working]
        if self.starting:
            found.append("the start of a child process")
        threads = threading.enumerate()
        if threads != self._idle:
            own = [thread for thread in self._started(threads) if not thread.daemon]
            found += [f"thread {thread.name!r}" for thread in own if not _waits(thread.ident)]
            if not own:
                self._idle = threads
        if len(files) > 1:
            found += [f"the connection to {host}" for host in _other_machines(files)]
        return found

    def may_still_call(self, files: int, signals: int) -> list[str]:
        """What could still wake the program when it has nothing else to do, in words.

        `files` and `signals` are the numbers of sockets or pipes, and of signals, it listens to.
        """
        threads = threading.enumerate()
        # Jobs may have been submitted to any executor, also to one that was there before.
        possible = self._started(threads) + [thread for thread in threads if _in_pool(thread)]
        found = [f"thread {thread.name!r}" for thread in possible if _could_call(thread)]
        if files:
            found.append("input from a socket or pipe")
        if signals:
            found.append("a signal")
        return found

    def _started(self, threads: list[threading.Thread]) -> list[threading.Thread]:
        return [
            thread
            for thread in threads
            if thread not in self._before
            and not thread.name.startswith(OWN_THREADS)
            # A notebook's kernel starts threads when it pleases.
            and not type(thread).__module__.startswith("ipykernel.")
            and not _in_pool(thread)
        ]


def _frame(identifier: int | None) -> FrameType | None:
    return None if identifier is None else sys._current_frames().get(identifier)


def _waits(identifier: int | None) -> bool:
    """Whether a thread waits for another one to notify it (in `Condition.wait`, where the waits of
    Event, Queue, Barrier and Future end too) and has not been notified yet."""
    return _wait(identifier) is not None


def _wait(identifier: int | None) -> Mapping[str, Any] | None:
    """The local variables of the `Condition.wait` that a thread is in; None if it does not wait."""
    frame = _frame(identifier)
    if frame is None or frame.f_code is not _CONDITION_WAIT:
        return None
    variables = frame.f_locals
    return variables if variables.get("waiter") in variables["self"]._waiters else None


def _works(child: base_subprocess.BaseSubprocessTransport, silent_for: float) -> bool:
    """Whether a child process runs, and does not wait for the program to read or to write."""
    if child.get_returncode() is not None:
        return False
    pipes: list[Any] = [child.get_pipe_transport(file) for file in range(3)]
    stdin, *outputs = [pipe if pipe and not pipe.is_closing() else None for pipe in pipes]
    if any(pipe is not None and not pipe.is_reading() for pipe in outputs):
        return False
    return stdin is None or silent_for < _SILENCE


def _in_pool(thread: threading.Thread) -> bool:
    return getattr(thread, "_target", None) is _POOL_WORKER or type(thread).__module__.startswith(
        "concurrent.futures."
    )


def _could_call(thread: threading.Thread) -> bool:
    wait = _wait(thread.ident)
    if wait is not None:
        # With a time limit it ends by itself, as that of a thread that flushes Jupyter's stdout.
        return wait.get("timeout") is not None
    if not _in_pool(thread):
        return True
    frame = _frame(thread.ident)
    return frame is not None and frame.f_code is not _POOL_WORKER.__code__


def _other_machines(files: Iterable[int]) -> list[str]:
    from ipaddress import ip_address  # here, because few programs need it

    hosts = []
    for file in files:
        try:
            connection = socket.socket(fileno=file)
        except OSError:
            continue  # a pipe
        try:
            if connection.family in (socket.AF_INET, socket.AF_INET6):
                host = str(connection.getpeername()[0])
                if not ip_address(host.partition("%")[0]).is_loopback:
                    hosts.append(host)
        except OSError:
            pass  # it listens, or was closed by the other side
        finally:
            connection.detach()
    return hosts
