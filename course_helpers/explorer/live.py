"""Runs of a program by the real clock, in the notebook's own loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

from course_helpers.browser import IN_BROWSER, NotInBrowser
from course_helpers.explorer.program import Program, name_of
from course_helpers.explorer.run import Run, explained
from course_helpers.recorder.record import record
from course_helpers.recording.model import Recording, State, Task
from course_helpers.running_loop.leftover_tasks import leftover_tasks
from course_helpers.running_loop.refusals import refusal_in
from course_helpers.simulation.printing import captured
from course_helpers.views.words import seconds

LIMIT: Final = 60.0
"""Seconds after which a run of an explorer is cancelled."""

GRACE: Final = 5.0
"""Seconds that a cancelled program has for its end: one that goes on all the same is left to it."""


def loop_for(
    clock: str, simulation: Mapping[str, Any] | None, caller: str
) -> asyncio.AbstractEventLoop | None:
    """The running loop if `clock` is `"real"`; None if it is `"virtual"`.

    Raises ValueError for another clock and for options of a simulation beside the real clock, and
    RuntimeError where no loop is running. The sentences name the `caller`.
    """
    if clock not in ("virtual", "real"):
        raise ValueError(f'clock is "virtual" or "real", not {clock!r:.60}')
    if clock == "virtual":
        return None
    if simulation:
        raise ValueError('simulation= is for the virtual clock: leave it out with clock="real"')
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        raise RuntimeError(
            f'{caller}(…, clock="real") runs the program in the loop of a notebook, and here no '
            "loop is running"
        ) from None


async def run_live(
    program: Program,
    knobs: Mapping[str, Any],
    limit: float,
    stop: asyncio.Future[str] | None = None,
) -> Run:
    """Run the program once in the running loop, recorded, for `limit` seconds at most.

    The run ends early when `stop` gets a result, which says why (`Stopped by you`), and when this
    coroutine is cancelled. Tasks that the program leaves behind are cancelled after it. Nothing
    the program does is raised here, but for the interrupt of the notebook's Stop.

    Raises RuntimeError, and runs nothing, if the loop is being recorded already.
    """
    before = asyncio.all_tasks()
    try:
        with captured() as printed, record() as recording:
            outcome, sentence, result, refusal = await _outcome(program, knobs, limit, stop)
    finally:
        await _cancel([task for task in leftover_tasks() if task not in before])
    recording.result = result
    return Run(knobs, recording, outcome, sentence, printed.text, printed.left_out, refusal)


async def _outcome(
    program: Program, knobs: Mapping[str, Any], limit: float, stop: asyncio.Future[str] | None
) -> tuple[str, str, Any, NotInBrowser | None]:
    """The outcome, the sentence about it, what the program returned, and its refusal."""
    try:
        # A task of its own, as in a simulation: its lane begins and ends.
        task = asyncio.create_task(program(**knobs), name=name_of(program))
    except Exception as error:
        return *explained(error, program), None, None
    try:
        # Not awaited itself: a program that is cancelled from within is not one that was stopped.
        await asyncio.wait(
            [task] if stop is None else [task, stop],
            timeout=limit,
            return_when=asyncio.FIRST_COMPLETED,
        )
        why = "" if task.done() else f"Stopped after {seconds(limit)}"
        if why and stop is not None and stop.done():
            why = stop.result()
    finally:
        await _cancel([task])
    if why:
        goes_on = "" if task.done() else ", but it caught the cancellation and goes on"
        return "stopped", f"{why}{goes_on}.", None, None
    try:
        return "ended", "", task.result(), None
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        refusal = refusal_in(error, set()) if IN_BROWSER else None
        return *explained(error, program), None, refusal and refusal.with_traceback(None)


async def _cancel(tasks: Collection[asyncio.Task[Any]]) -> None:
    """Cancel those that have not ended, and wait for their end, but for no longer than `GRACE`."""
    going = [task for task in tasks if not task.done()]
    for task in going:
        task.cancel()
    if going:
        await asyncio.wait(going, timeout=GRACE)


class LiveRun:
    """One run at a time, in the loop of the notebook.

    `start` and `stop` may be called from any thread: a widget's callback has another loop than the
    notebook, or none. `begins` is called before a run. `ended` is called with what came of it, in a
    thread of its own: to draw a picture takes long enough to hold up the loop and whatever else
    runs in it.
    """

    def __init__(
        self,
        program: Program,
        loop: asyncio.AbstractEventLoop,
        begins: Callable[[], None],
        ended: Callable[[Run], None],
    ) -> None:
        self._program = program
        self._loop = loop
        self._begins = begins
        self._ended = ended
        self._lock = threading.Lock()
        self._running = False
        self._task: asyncio.Task[None] | None = None
        self._stop: asyncio.Future[str] = loop.create_future()

    @property
    def running(self) -> bool:
        """Whether a run was started and what came of it is not known yet."""
        return self._running

    def start(self, knobs: Mapping[str, Any]) -> None:
        """Start a run at this setting; does nothing while there is one already."""
        with self._lock:
            if self._running:
                return
            self._running = True
            self._stop = self._loop.create_future()
        self._begins()
        self._loop.call_soon_threadsafe(self._begin, dict(knobs))

    def stop(self) -> None:
        """End the run; does nothing if there is none."""
        self._loop.call_soon_threadsafe(self._set_stop)

    def _set_stop(self) -> None:
        if not self._stop.done():
            self._stop.set_result("Stopped by you")

    def _begin(self, knobs: dict[str, Any]) -> None:
        self._task = self._loop.create_task(self._go(knobs), name="explorer")

    async def _go(self, knobs: dict[str, Any]) -> None:
        try:
            result = await run_live(self._program, knobs, LIMIT, self._stop)
        except RuntimeError as error:
            result = Run(knobs, None, "refused", f"Not run: {error}. Press Run again then.")
        except asyncio.CancelledError:
            result = Run(knobs, None, "stopped", "Cancelled by another cell.")
        self._task = None
        self._running = False
        threading.Thread(target=self._ended, args=(result,), name="explorer", daemon=True).start()


def own_lanes(recording: Recording) -> list[Task]:
    """The lanes of the program that `run_live` ran: what else ran meanwhile is left out."""
    own: set[int] = set()
    for task in recording.tasks:
        parent = task.parent
        if parent is not None and (parent in own or _is_runner(recording.tasks[parent])):
            own.add(task.index)
    return [task for task in recording.tasks if task.index in own]


def _is_runner(task: Task) -> bool:
    """Whether it is the task that began the recording: the one that was running at the time."""
    return task.existed and bool(task.spans) and task.spans[0].state is State.RUNNING
