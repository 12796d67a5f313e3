"""Everything private in CPython that the package stands on, and a check that it is there.

asyncio tells nobody who holds a lock or when a task takes a step, so the package reads what has no
documentation and may change with any version. Each such name has a row here; code that begins to
rely on another one adds its row. `missing` names what a Python has lost, so that a recording which
shows less says so.
"""

from __future__ import annotations

import asyncio
import concurrent.futures.thread
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from typing import Any, Final, NamedTuple


class Private(NamedTuple):
    """A private name of CPython's.

    `name` is a Python expression that raises AttributeError where it has gone: see `_probes` for
    what it is evaluated with. `lost` says what does not work without it, as the end of "without
    it, …". The name is there from the version `since` on, and before the version `until`.
    """

    name: str
    lost: str
    since: tuple[int, int] = (3, 11)
    until: tuple[int, int] | None = None

    @property
    def expected(self) -> bool:
        """Whether this Python should have it."""
        version = sys.version_info[:2]
        return self.since <= version and (self.until is None or version < self.until)


_STEPS: Final = "no step of a task is seen"
_WAKERS: Final = "nobody is seen to make a task ready"
_REASONS: Final = "some waits have no name"
_STATES: Final = "the states of some primitives are not seen"
_THREADS: Final = "what threads do to the loop is put down to input and output"
_DEBUG: Final = "debug mode's stacks show the recorder"
_CANCELLERS: Final = "who cancelled a task is not always known"
_STEP_ASIDE: Final = "a program cannot be simulated in a notebook"
_CLEAN_UP: Final = "a simulation does not clean up after its program"
_CLOCK: Final = "there is no virtual clock"

_SERVER: Final = "asyncio.Server(loop, [], None, None, 1, None)"

PRIVATE: Final = (
    # The loop and its handles
    Private("asyncio.events.Handle._run", _STEPS),
    Private("handle._callback", _STEPS),
    Private("handle._args", _STEPS),
    Private("handle._cancelled", _STEPS),
    Private("handle._context", _STEPS),
    Private("handle._loop", _STEPS),
    Private("handle._source_traceback", _DEBUG),
    Private("handle._repr", _STEPS),
    Private("step.TaskStepMethWrapper", _STEPS),
    Private("asyncio.events._ThreadSafeHandle", _THREADS, since=(3, 14)),
    Private("loop._call_soon", _WAKERS),
    Private("loop._run_once", "the turns of the loop are not seen"),
    Private("loop._timer_handle_cancelled", "cancelled timers are shown as armed"),
    Private("loop._ready", _WAKERS),
    Private("loop._scheduled", _CLOCK),
    Private("loop._clock_resolution", _CLOCK),
    Private("asyncio.selector_events.BaseSelectorEventLoop._read_from_self", _CLOCK),
    Private("loop._thread_id", "a loop that changes its thread is not followed"),
    Private("loop._debug", _DEBUG),
    Private("loop._closed", _STEPS),
    Private("loop._asyncgens", _CLEAN_UP),
    Private("loop._default_executor", _CLEAN_UP),
    Private("loop._task_factory", _CLOCK),
    Private("loop._set_coroutine_origin_tracking", "debug mode cannot be set for a block"),
    Private("asyncio.events._get_running_loop", _STATES),
    Private("asyncio.events._set_running_loop", _STEP_ASIDE),
    Private("asyncio.tasks._enter_task", _STEP_ASIDE),
    Private("asyncio.tasks._leave_task", _STEP_ASIDE),
    # Tasks and futures
    Private("task._fut_waiter", "waiting cannot be told from giving way"),
    Private("task._exception", "nothing is known of how tasks fail"),
    Private("task._log_traceback", "exceptions that nobody asked for are not found"),
    Private("task._cancel_message", _CANCELLERS),
    Private("task._must_cancel", _CANCELLERS),
    Private("asyncio.tasks._GatheringFuture.cancel", _CANCELLERS),
    Private("asyncio.timeouts.Timeout._on_timeout", _CANCELLERS),
    Private("asyncio.taskgroups.TaskGroup._abort", _CANCELLERS),
    Private("asyncio.runners.Runner._on_sigint", _CANCELLERS),
    Private("asyncio.TaskGroup()._errors", _CANCELLERS),
    Private("asyncio.TaskGroup()._on_completed_fut", _CANCELLERS),
    Private("asyncio.TaskGroup()._parent_task", _CANCELLERS),
    Private("task._log_destroy_pending", _CLEAN_UP),
    Private("task._callbacks", _REASONS),
    Private("asyncio.tasks._GatheringFuture", _REASONS),
    Private("asyncio.tasks._wait", _REASONS),
    Private("asyncio.tasks._AsCompletedIterator._wait_for_one", _REASONS, since=(3, 13)),
    Private("asyncio.base_events._run_until_complete_cb", _CLOCK),
    # Primitives
    Private("asyncio.locks._ContextManagerMixin.__aenter__", "recording waits costs more time"),
    Private("asyncio.Lock()._locked", _STATES),
    Private("asyncio.Lock()._loop", "some of what threads do to primitives is not told"),
    Private("asyncio.Lock()._waiters", "recording waits costs more time"),
    Private("asyncio.Semaphore()._value", _STATES),
    Private("asyncio.Semaphore()._waiters", "recording waits costs more time"),
    Private("asyncio.BoundedSemaphore()._bound_value", _STATES),
    Private("asyncio.Event()._value", _STATES),
    Private("asyncio.Event()._waiters", "recording waits costs more time"),
    Private("asyncio.Condition()._waiters", _STATES),
    Private("asyncio.Condition()._lock", "a condition's lock has no name"),
    Private("asyncio.Barrier(2)._count", _STATES),
    Private("asyncio.Barrier(2)._state", _STATES),
    Private("asyncio.timeouts.Timeout(None)._state", _STATES),
    Private("asyncio.Queue()._queue", _STATES),
    Private("asyncio.Queue()._maxsize", _STATES),
    Private("asyncio.Queue()._getters", _STATES),
    Private("asyncio.Queue()._putters", _STATES),
    Private("asyncio.Queue()._finished", _STATES),
    Private("asyncio.Queue()._unfinished_tasks", _STATES),
    Private("asyncio.Queue()._is_shutdown", _STATES, since=(3, 13)),
    Private("asyncio.Queue._wakeup_next", _STATES),
    Private("asyncio.TaskGroup()._tasks", _STATES),
    Private("asyncio.TaskGroup()._entered", _STATES),
    Private("asyncio.TaskGroup()._exiting", _STATES),
    Private("asyncio.TaskGroup()._aborting", _STATES),
    Private("asyncio.taskgroups.TaskGroup._on_task_done", _STATES),
    Private("asyncio.Server._start_serving", _STATES),
    Private("asyncio.Server._attach", _STATES),
    Private("asyncio.Server._detach", _STATES),
    Private(f"{_SERVER}._active_count", _STATES, until=(3, 13)),
    Private(f"{_SERVER}._clients", _STATES, since=(3, 13)),
    # The world outside
    Private(
        "asyncio.base_subprocess.BaseSubprocessTransport._process_exited",
        "no child process is seen",
    ),
    Private(
        "asyncio.base_events.BaseEventLoop._make_subprocess_transport", "time does not wait for one"
    ),
    Private("asyncio.streams.StreamReader._wait_for_data", _REASONS),
    Private(
        "concurrent.futures.thread.ThreadPoolExecutor(1)._max_workers",
        "whether a job can be cancelled depends on how fast its thread starts",
    ),
    Private("concurrent.futures.thread._worker", "idle threads hold the virtual clock"),
    Private(
        "concurrent.futures.thread.ThreadPoolExecutor(1)._threads", "queued jobs hold the clock"
    ),
    Private("threading.Condition()._waiters", "waiting threads hold the virtual clock"),
    Private("sys._current_frames", "the line of a step that blocks the loop is not found"),
    Private("warnings._warn_unawaited_coroutine", "forgotten awaits are not found"),
)


class _Names:
    """Stands for an object that has just these names."""

    def __init__(self, *names: str) -> None:
        self.__dict__.update(dict.fromkeys(names))


@contextmanager
def _probes() -> Iterator[dict[str, Any]]:
    """What the names are evaluated with: modules, and a loop, a task, its handle, its step."""

    async def nothing() -> None: ...

    loop: Any = asyncio.BaseEventLoop()
    coroutine = nothing()
    task: Any = asyncio.Task(coroutine, loop=loop)
    try:
        handle = loop._ready[-1]
        yield {
            "asyncio": asyncio,
            "concurrent": concurrent,
            "sys": sys,
            "threading": threading,
            "warnings": warnings,
            "loop": loop,
            "task": task,
            "handle": handle,
            "step": _Names(type(handle._callback).__name__),
        }
    finally:
        with suppress(AttributeError):
            task._log_destroy_pending = False
        coroutine.close()
        loop.close()


def missing() -> tuple[Private, ...]:
    """The rows whose names this Python should have and has not."""
    lacking = []
    with _probes() as names:
        for row in PRIVATE:
            if row.expected:
                try:
                    eval(row.name, names)
                except AttributeError:
                    lacking.append(row)
    return tuple(lacking)


@cache
def warn_of_missing() -> None:
    """Say once, in a sentence, what of asyncio's inside this Python has not, if it lacks any.

    A RuntimeWarning; never an error, also where not even the check can be made any more.
    """
    try:
        lacking = missing()
        names = ", ".join(row.name for row in lacking)
        consequences = "; ".join(dict.fromkeys(row.lost for row in lacking))
    except Exception as error:
        lacking, names, consequences = (), f"what is needed for a look at it ({error!r})", ""
    if names:
        version = ".".join(map(str, sys.version_info[:3]))
        with suppress(RuntimeWarning):  # a program that makes errors of warnings is not its cause
            warnings.warn(
                f"Python {version} has not got {names}, which course_helpers relies on, so a "
                f"recording may be incomplete: {consequences or 'nothing is certain'}",
                RuntimeWarning,
                stacklevel=2,
            )
