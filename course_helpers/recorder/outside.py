"""The world outside the loop: executors' jobs, threads that call the loop, child processes.

Each gets a lane of its own.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Final

from course_helpers.recorder import log, names

_LONGEST_COMMAND: Final = 60
# Threads in which asyncio itself waits for child processes to end.
CHILD_WATCHERS: Final = ("asyncio-waitpid-", "waitpid-")


def job_name(function: Any) -> str:
    """The name of an executor's job; `to_thread` wraps the function in its context's `run`."""
    function = getattr(function, "__wrapped__", function)
    if isinstance(function, partial) and names.function_name(function) == "Context.run":
        function = function.args[0]
    return names.function_name(function)


def _shares_memory(executor: Any) -> bool:
    """Whether an executor calls functions as they are: threads do, but not other interpreters'."""
    elsewhere = "concurrent.futures.interpreter"  # since Python 3.14; a subclass of the threads'
    return isinstance(executor, ThreadPoolExecutor) and not any(
        kind.__module__ == elsewhere for kind in type(executor).__mro__
    )


class Outside:
    """Keeps the lanes of threads and processes.

    `write` appends a row to the log; `time` is the loop's clock, `who` tells which lane runs in the
    loop, and `detail` puts an exception into the log's texts. `jobs` gets the lanes of jobs, by the
    `id()` of the future that waits for them, None of one that has no lane. `settle` makes a call of
    another thread's, which adds rows: at once, or when the loop has it in its place among what all
    threads do.
    """

    def __init__(
        self,
        written: log.Log,
        time: Callable[[], float],
        who: Callable[[], int],
        detail: Callable[[BaseException], int],
        jobs: dict[int, int | None],
        settle: Callable[[Callable[[], None]], object],
    ) -> None:
        self._jobs = jobs
        self.threads: dict[int, threading.Thread] = {}
        self._log = written
        self.write: Callable[[Any], None] = written.rows.extend
        self._time = time
        self._who = who
        self._detail = detail
        self._settle = settle
        self._lane_of_thread: dict[threading.Thread, int] = {}
        # The job that each thread does now.
        self._doing: dict[threading.Thread, int] = {}
        self._processes: dict[int, int] = {}

    def _begin(self, kind: str, label: str, parent: int, state: int = log.READY) -> int:
        lane = self._log.add_lane(log.Lane(log.Origin(kind, ""), parent, called=label))
        now = self._time()
        self.write((log.BORN, now, lane, parent))
        self.write((state, now, lane, parent))
        return lane

    def job(self, executor: Any, function: Any) -> tuple[Any, int | None]:
        """What an executor is to call instead of a function, so that it has a lane; and the lane.

        Jobs for other kinds of executors than threads are left alone: they must be pickled.
        """
        if executor is not None and not _shares_memory(executor):
            return function, None
        lane = self._begin("thread", f"{job_name(function)}()", self._who())

        def begins(thread: threading.Thread) -> None:
            self._lane_of_thread[thread] = lane
            self.write((log.RUN, self._time(), lane, 0))

        def ends(how: int, detail: int) -> None:
            self.write((how, self._time(), lane, detail))

        def job(*arguments: Any) -> Any:
            thread = threading.current_thread()
            self._doing[thread] = lane
            self._settle(partial(begins, thread))
            how, detail = log.DONE, -1
            try:
                return function(*arguments)
            except BaseException as error:
                how, detail = log.FAILED, self._detail(error)
                raise
            finally:
                self._doing.pop(thread, None)
                self._settle(partial(ends, how, detail))

        job.__wrapped__ = function  # type: ignore[attr-defined] # its name, for who wants to tell
        return job, lane

    def submitted(self, future: Any, lane: int | None) -> None:
        """A job has been submitted, that of a lane if it has one; this future waits for it."""
        self._jobs[id(future)] = lane
        weakref.finalize(future, self._jobs.pop, id(future), None).atexit = False

    def this_thread(self) -> int:
        """The lane of the thread that runs now: of the job that it does, or its own."""
        thread = threading.current_thread()
        lane = self._doing.get(thread)
        return self.calling_thread(thread) if lane is None else lane

    def calling_thread(self, thread: threading.Thread) -> int:
        """The lane of a thread; it gets one when it first calls the loop.

        Nothing tells when it takes up its next piece of work, or that it waits for some.
        """
        if thread.name.startswith(CHILD_WATCHERS):
            return log.BY_IO
        lane = self._lane_of_thread.get(thread)
        if lane is None:
            lane = self._begin("thread", thread.name, log.OUTSIDE, log.UNHEARD)
            self._lane_of_thread[thread] = lane
            self.threads[lane] = thread
        return lane

    def note_ended_threads(self) -> None:
        """End the lanes of threads that have ended since."""
        for lane, thread in list(self.threads.items()):
            # Two threads may look at the same time: only one finds it there.
            if not thread.is_alive() and self.threads.pop(lane, None) is not None:
                self.write((log.DONE, self._time(), lane, -1))

    def process(self, transport: Any, name: str, value: Any) -> None:
        """A child process has got its number (`_pid`) or its exit code (`_returncode`)."""
        if value is None:
            return
        if name == "_pid":
            command = transport._proc.args
            if not isinstance(command, str):
                program, *arguments = map(os.fsdecode, command)
                # Without its folder, which says where this machine keeps it and not what it is.
                command = " ".join([os.path.split(program)[1], *map(_on_one_line, arguments)])
            lane = self._begin("process", names.shorten(command, _LONGEST_COMMAND), self._who())
            self._processes[id(transport)] = lane
            self.write((log.RUN, self._time(), lane, 0))
        elif id(transport) in self._processes:
            lane = self._processes.pop(id(transport))
            end = log.FAILED if value else log.DONE
            detail = self._log.add_detail(f"exit code {value}")
            self.write((end, self._time(), lane, detail))


def _on_one_line(argument: str) -> str:
    """An argument of a command; a whole program in its lines says nothing when it is shortened."""
    return "…" if len(argument.strip().splitlines()) > 1 else argument
