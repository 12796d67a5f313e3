"""What is done with a simulated program's remains: nothing of it outlives the simulation."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Collection, Coroutine
from contextlib import suppress
from functools import partial
from inspect import CORO_CREATED, getcoroutinestate
from time import perf_counter, sleep
from typing import Any, Final

from course_helpers.running_loop.held_interrupts import HeldInterrupts
from course_helpers.simulation.clock import Halt, VirtualClockLoop
from course_helpers.simulation.outside import has_exited
from course_helpers.simulation.turns import let_run
from course_helpers.simulation.watchdog import NeverAwaits, watchdog

# All that is left may use up so much for cleaning up, together.
_STEPS: Final = 10_000
_REAL_SECONDS: Final = 0.5


def clean_up(loop: VirtualClockLoop, interrupts: HeldInterrupts) -> KeyboardInterrupt | None:
    """Cancel the tasks that are left and give them turns, as `asyncio.run` does, but not for ever.

    Then asynchronous generators are closed, child processes killed and connections closed. The
    executor is told to shut down, and not waited for. Returns an interrupt that came meanwhile.
    """
    interrupt = None
    if loop._default_executor is not None:
        loop._default_executor.shutdown(wait=False, cancel_futures=True)
    if not _anything_left(loop):
        return None
    loop.allow(until=None, steps=_STEPS, real_seconds=_REAL_SECONDS)
    for part in _PARTS:
        try:
            with suppress(Halt, NeverAwaits):
                let_run(loop, interrupts, watchdog(_REAL_SECONDS), partial(part, loop))
        except KeyboardInterrupt as error:
            interrupt = error
        except Exception as error:
            loop.call_exception_handler(
                {"message": "error while cleaning up after a simulation", "exception": error}
            )
    return interrupt


def _anything_left(loop: VirtualClockLoop) -> bool:
    return bool(
        asyncio.all_tasks(loop) or loop._asyncgens or loop._transports or loop.outside.children
    )


def _cancel_tasks(loop: VirtualClockLoop) -> None:
    tasks = asyncio.all_tasks(loop)
    for task in tasks:
        try:
            task.cancel()
        except RecursionError:  # it waits for itself, by way of other tasks
            _wake_cancelled(loop, task)
    _complete(loop, partial(_ended, tasks))
    for task in tasks:
        if not task.cancelled() and task.exception() is not None:
            loop.call_exception_handler(
                {
                    "message": "unhandled exception while cleaning up after a simulation",
                    "exception": task.exception(),
                    "task": task,
                }
            )


async def _ended(tasks: Collection[asyncio.Task[Any]]) -> None:
    if tasks:
        await asyncio.wait(tasks)


def _wake_cancelled(loop: VirtualClockLoop, task: Any) -> None:
    """Wake a task as if what it waits for had been cancelled."""
    waiter = task._fut_waiter
    for callback, context in tuple(waiter._callbacks or ()) if waiter is not None else ():
        if getattr(callback, "__self__", None) is task:
            waiter.remove_done_callback(callback)
            cancelled = loop.create_future()
            cancelled.cancel()
            loop.call_soon(callback, cancelled, context=context)


def _close_generators(loop: VirtualClockLoop) -> None:
    _complete(loop, loop.shutdown_asyncgens)


def _close_transports(loop: VirtualClockLoop) -> None:
    _complete(loop, partial(_closed, loop))


def _complete(loop: VirtualClockLoop, function: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run what a coroutine function does; the watchdog may bark before it has begun."""
    coroutine = None
    try:
        coroutine = function()
        loop.run_until_complete(coroutine)
    finally:
        if coroutine is not None and getcoroutinestate(coroutine) == CORO_CREATED:
            coroutine.close()


def _wait_for_end(pid: int) -> None:
    """Wait until a process that was killed has ended: for real, and not for long."""
    deadline = perf_counter() + _REAL_SECONDS / 2
    while not has_exited(pid) and perf_counter() < deadline:
        sleep(0.001)


async def _closed(loop: Any) -> None:
    children = loop.outside.children
    for child in children:
        if child.get_returncode() is None:
            # Not by the transport: it asks for the exit code, which belongs to who watches it.
            with suppress(ProcessLookupError):
                os.kill(child.get_pid(), signal.SIGKILL)
            _wait_for_end(child.get_pid())
    for child in children:
        while child.get_returncode() is None:
            await asyncio.sleep(0.001)  # until who watches it has told
        child.close()
    for child in children:
        await child._wait()
    for transport in list(loop._transports.values()):
        transport.abort()
    await asyncio.sleep(0)  # let them call connection_lost


def _abandon_tasks(loop: VirtualClockLoop) -> None:
    """Give up tasks that refused to be cancelled."""
    for task in asyncio.all_tasks(loop):
        task._log_destroy_pending = False  # type: ignore[attr-defined]
        with suppress(BaseException):
            task.get_coro().close()


_PARTS: Final[tuple[Callable[[VirtualClockLoop], None], ...]] = (
    _cancel_tasks,
    _close_generators,
    _close_transports,
    _abandon_tasks,
)
