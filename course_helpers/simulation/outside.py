"""What a simulated program has going on outside of its event loop.

Nobody can tell how many virtual seconds a thread or another process needs: while one of them works
for the program, virtual time stands still and the loop waits for real.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from asyncio import base_subprocess
from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from operator import itemgetter
from typing import Any, Final, NamedTuple

from course_helpers.recorder.outside import CHILD_WATCHERS, job_name
from course_helpers.simulation.connections import Connections
from course_helpers.simulation.threads import Waits, could_call, in_pool

# How the names of this package's own threads begin: they work for no program.
OWN_THREADS: Final = "course_helpers "

# After so many real seconds of silence, a child process that could still be written to is taken to
# wait for just that.
_SILENCE: Final = 1.0

# A pipe with so many bytes in it may be full (on Linux it holds 65,536, fewer in small pieces).
_FULL: Final = 32_768

# Real seconds that a thread which is free may need to take up a job.
_TAKING_UP: Final = 1.0

# The first part of a place among what is handed in: jobs come before other threads.
_JOBS: Final = 0
_THREADS: Final = 1
_STRANGERS: Final = 2


class Job:
    """A call handed to an executor; `thread` is the thread that works on it.

    `number` counts the jobs of a program, in the order in which they were submitted. `executor` is
    set as soon as it has been submitted.
    """

    __slots__ = ("_begins", "_begun", "executor", "function", "number", "thread")

    def __init__(
        self, number: int, function: Callable[..., Any], begins: Callable[[Job], None]
    ) -> None:
        self.number = number
        self.executor: Executor | None = None
        self.function = function
        self.thread: threading.Thread | None = None
        self._begins = begins
        self._begun = threading.Lock()
        self._begun.acquire()

    def __call__(self, *args: Any) -> Any:
        """Do the job, in the executor's thread."""
        self.thread = threading.current_thread()
        self._begins(self)
        self._begun.release()
        return self.function(*args)

    def wait_until_begun(self) -> None:
        """Wait, for real and not for long, until a thread has taken it up."""
        self._begun.acquire(timeout=_TAKING_UP)

    def function_for(self, executor: Executor | None) -> Callable[..., Any]:
        """What to submit: the job itself where it shares its memory with the executor."""
        shared = executor is None or type(executor) is ThreadPoolExecutor
        return self if shared else self.function

    def __str__(self) -> str:
        return f"{job_name(self.function)}() in an executor"


class _HandedIn(NamedTuple):
    """A call that a thread has handed in; `about` are the arguments of a callback."""

    place: tuple[int, int]
    thread: threading.Thread | None
    call: Callable[[threading.Thread | None], object]
    about: tuple[Any, ...]


class Outside:
    """Keeps track of executor jobs, child processes, threads and connections.

    `jobs` and `children` are filled by the loop, `starting` counts child processes that are just
    being started. Threads are the program's if it has started them itself.

    What threads do to the loop is handed in, and taken in by the loop in an order that does not
    depend on who is faster: job by job as they were submitted, then thread by thread as they were
    started, each one's own calls in their order.
    """

    def __init__(self) -> None:
        self.jobs: dict[asyncio.Future[Any], Job] = {}
        self.children: list[base_subprocess.BaseSubprocessTransport] = []
        self.starting = 0
        self.connections = Connections()
        self.handed_in: deque[_HandedIn] = deque()
        self._jobs_submitted = 0
        self._places: dict[threading.Thread, tuple[int, int]] = {}
        self._giving_places = threading.Lock()
        looks = Waits()
        self._waits = looks.waits
        self.loop_has_run = looks.something_was_done
        self._threads: list[threading.Thread] = []

    def new_job(self, function: Callable[..., Any]) -> Job:
        """A job with the next number."""
        self._jobs_submitted += 1
        return Job(self._jobs_submitted, function, self._job_begins)

    def let_begin(self, job: Job) -> None:
        """Wait until a thread has taken up a job that was just submitted, if one must be free.

        One that has begun cannot be cancelled, and one that waits in a queue can: which it is must
        not depend on who is faster.
        """
        if type(job.executor) is ThreadPoolExecutor:
            together = sum(other.executor is job.executor for other in self.jobs.values())
            if together <= job.executor._max_workers:
                job.wait_until_begun()

    def _job_begins(self, job: Job) -> None:
        assert job.thread is not None
        self._places[job.thread] = (_JOBS, job.number)

    def hand_in(
        self, call: Callable[[threading.Thread | None], object], about: tuple[Any, ...] = ()
    ) -> None:
        """Have a call made by the loop, when it takes in what came from outside.

        It is called with the thread that has handed it in, or, if it is about a job's end, with
        the one that did the job: None for a job in another process.
        """
        thread = threading.current_thread()
        self.handed_in.append(_HandedIn(self._place(thread), thread, call, about))

    def note_thread(self, thread: threading.Thread) -> None:
        """The program is about to start a thread."""
        if not thread.name.startswith(OWN_THREADS):
            with self._giving_places:
                self._places[thread] = (_THREADS, len(self._places))
                if not in_pool(thread):
                    self._threads.append(thread)

    def _place(self, thread: threading.Thread) -> tuple[int, int]:
        return self._places.get(thread, (_STRANGERS, 0))

    def take_in(self) -> None:
        """Make the calls that were handed in."""
        waiting = [self.handed_in.popleft() for _ in range(len(self.handed_in))]
        for _, thread, call, _ in sorted(map(self._ended_job, waiting), key=itemgetter(0)):
            call(thread)

    def _ended_job(self, handed_in: _HandedIn) -> _HandedIn:
        for argument in handed_in.about:
            if isinstance(argument, asyncio.Future) and argument in self.jobs:
                job = self.jobs.pop(argument)
                return handed_in._replace(place=(_JOBS, job.number), thread=job.thread)
        return handed_in

    def concerns_the_program(self) -> bool:
        """Whether there is anything that could come from outside, but by sockets."""
        return bool(self.jobs or self.children or self.handed_in or self._threads or self.starting)

    def holding(self, files: Mapping[int, Any], silent_for: float) -> list[str]:
        """What works for the program, in words: time stands still until it is done.

        `files` are the sockets and pipes that the loop listens to; nothing has come for so many
        real seconds.

        That is executor jobs, threads, child processes and connections to other machines, except
        for threads that wait in their turn, with or without a time limit, as for the result of
        `run_coroutine_threadsafe`: what they wait for may need virtual time to pass.
        """
        found = []
        if self.jobs:
            ended = {id(each) for handed_in in self.handed_in.copy() for each in handed_in.about}
            self.jobs = {
                future: job
                for future, job in self.jobs.items()
                if job.thread is not None or not future.done()
            }
            found += [
                str(job)
                for future, job in self.jobs.items()
                if id(future) not in ended and self._job_works(job)
            ]
        if self.children:
            working = [child for child in self.children if self._works(child, files, silent_for)]
            found += [f"child process {child.get_pid()}" for child in working]
        if self.starting:
            found.append("the start of a child process")
        if self._threads:
            # One that waits for a child process to end works as long as the child does.
            self._threads = [
                thread for thread in self._threads if thread.is_alive() or thread.ident is None
            ]
            own = [thread for thread in self._threads if not thread.name.startswith(CHILD_WATCHERS)]
            found += [f"thread {thread.name!r}" for thread in own if not self._waits(thread)]
        if len(files) > 1:
            found += self.connections.holding(files)
        return found

    def _job_works(self, job: Job) -> bool:
        """Whether a job holds time: one that waits does not, nor one that is queued behind such."""
        if job.thread is not None:
            return not self._waits(job.thread)
        workers = getattr(job.executor, "_threads", ())
        if not isinstance(workers, set) or not workers:
            return True
        return not all(self._waits(worker) for worker in tuple(workers))

    def _works(
        self,
        child: base_subprocess.BaseSubprocessTransport,
        files: Mapping[int, Any],
        silent_for: float,
    ) -> bool:
        """Whether a child process works for the program: it runs, and does not wait for it to read
        or to write; or it has ended, and whoever watches it has not told yet."""
        pid = child.get_pid()
        if pid is None or child.get_returncode() is not None:
            return False
        if has_exited(pid):
            return not self._exit_is_told(pid, files)
        stdin, *outputs = _open_pipes(child)
        if any(pipe is not None and not pipe.is_reading() for pipe in outputs):
            return False
        return stdin is None or silent_for < _SILENCE

    def _exit_is_told(self, pid: int, files: Mapping[int, Any]) -> bool:
        """By a thread that waits for the process, or by a file that the loop listens to."""
        readers = [key.data[0]._args for key in files.values() if key.data and key.data[0]]
        told = [handed_in.about for handed_in in self.handed_in.copy()]
        return any(pid in about for about in readers + told)

    def others_than_connections(self) -> bool:
        """Whether jobs, threads or child processes may have something to do as well."""
        return bool(self.jobs or self.children or self._threads or self.handed_in)

    def came(self, held: Iterable[tuple[Any, int]]) -> tuple[int, ...]:
        """How much has come from outside: calls of threads, bytes in the pipes that have some."""
        if not held:
            return (len(self.handed_in),) if self.handed_in else ()
        return (len(self.handed_in), *(_waiting_bytes(key.fd) for key, _ in held))

    def waits_to_be_read(self, held: Iterable[tuple[Any, int]]) -> bool:
        """Whether who writes one of these pipes may go on only when it has been read: the pipe may
        be full, or what was written is an answer and the next question is waited for."""
        if not held:
            return False
        answers = set()
        for child in self.children:
            stdin, *outputs = _open_pipes(child)
            if stdin is not None:
                answers |= {pipe.get_extra_info("pipe").fileno() for pipe in outputs if pipe}
        return any(key.fd in answers or _waiting_bytes(key.fd) >= _FULL for key, _ in held)

    def may_still_call(self, files: Mapping[int, Any], signals: Collection[int]) -> list[str]:
        """What could still wake the program when it has nothing else to do, in words.

        `files` are the sockets and pipes that the loop listens to, `signals` those it handles.
        Child processes are none of it: those that do not work wait for the program.
        """
        # Jobs may have been submitted to any executor, also to one that was there before.
        pools = [thread for thread in threading.enumerate() if in_pool(thread)]
        own = [thread for thread in self._threads if not thread.name.startswith(CHILD_WATCHERS)]
        found = [f"thread {thread.name!r}" for thread in own + pools if could_call(thread)]
        if len(files) > 1:
            found += self.connections.may_bring(files, self._childrens(files))
        alarm = getattr(signal, "SIGALRM", None)
        if alarm in signals and signal.getitimer(signal.ITIMER_REAL)[0]:
            found.append("the alarm that is set")
        return found

    def in_vain(self, files: Mapping[int, Any], signals: Iterable[int]) -> list[str]:
        """Why nothing can come from what the program listens to, in sentences."""
        found = self.connections.in_vain(files) if len(files) > 1 else []
        for child in self.children:
            if child.get_returncode() is None:
                stdin, *outputs = _open_pipes(child)
                if any(pipe is not None and not pipe.is_reading() for pipe in outputs):
                    found.append("A child process waits for the program to read what it writes.")
                elif stdin is not None:
                    found.append("A child process waits for the program to write to it.")
        names = [signal.Signals(number).name for number in signals]
        if names:
            found.append(f"Nobody in the program sends {' or '.join(names)}.")
        return found

    def _childrens(self, files: Mapping[int, Any]) -> set[int]:
        """The files by which the loop hears of child processes: their pipes, and those that tell
        of their ends."""
        found = {
            pipe.get_extra_info("pipe").fileno()
            for child in self.children
            for pipe in _open_pipes(child)
            if pipe is not None
        }
        pids = {child.get_pid() for child in self.children}
        for file, key in files.items():
            if key.data and key.data[0] and not pids.isdisjoint(_numbers(key.data[0]._args)):
                found.add(file)
        return found


def _numbers(arguments: Iterable[Any]) -> set[int]:
    return {each for each in arguments if isinstance(each, int)}


def _open_pipes(child: base_subprocess.BaseSubprocessTransport) -> list[Any]:
    """The transports of stdin, stdout and stderr, None for those that are closed or no pipes."""
    pipes: list[Any] = [child.get_pipe_transport(file) for file in range(3)]
    return [pipe if pipe and not pipe.is_closing() else None for pipe in pipes]


def has_exited(pid: int) -> bool:
    """Whether a child process has ended, without taking its exit code."""
    if not hasattr(os, "waitid"):  # on macOS, before Python 3.13: a thread waits for the code there
        return not _exists(pid)
    try:
        return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
    except ChildProcessError:
        return True  # and somebody has asked for its exit code


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # it is another user's
        pass
    return True


def _waiting_bytes(file: int) -> int:
    """How many bytes there are to be read; 0 where that is not known."""
    from fcntl import ioctl  # here, because Windows has neither it nor these pipes
    from termios import FIONREAD

    try:
        return int.from_bytes(ioctl(file, FIONREAD, bytes(4)), sys.byteorder)
    except OSError:
        return 0
