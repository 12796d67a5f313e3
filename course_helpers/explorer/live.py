"""Runs of a program by the real clock, in the notebook's own loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping
from typing import Any, Final

from course_helpers.explorer.printing import captured
from course_helpers.explorer.program import Program, name_of
from course_helpers.explorer.run import Run, explained
from course_helpers.recording.model import Recording, Task
from course_helpers.recording.record import record

LIMIT: Final = 60.0
"""Seconds after which a run is cancelled."""


class LiveRun:
    """One run at a time, in the loop of the notebook.

    `start` and `stop` may be called from any thread: a widget's callback has another loop than the
    notebook, or none. `ended` is called with what came of a run, in a thread of its own: to draw a
    picture takes long enough to hold up the loop and whatever else runs in it.
    """

    def __init__(
        self, program: Program, loop: asyncio.AbstractEventLoop, ended: Callable[[Run], None]
    ) -> None:
        self._program = program
        self._loop = loop
        self._ended = ended
        self._lock = threading.Lock()
        self._running = False
        self._task: asyncio.Task[None] | None = None
        self._stopped: str | None = None

    @property
    def running(self) -> bool:
        """Whether a run was started and what came of it is not known yet."""
        return self._running

    def start(self, knobs: Mapping[str, Any]) -> bool:
        """Start a run at this setting; False, and nothing is done, while there is one already."""
        with self._lock:
            if self._running:
                return False
            self._running = True
        self._stopped = None
        self._loop.call_soon_threadsafe(self._begin, dict(knobs))
        return True

    def stop(self) -> None:
        """Cancel the run; does nothing if there is none."""
        self._loop.call_soon_threadsafe(self._cancel, "Stopped by you")

    def _begin(self, knobs: dict[str, Any]) -> None:
        if self._stopped:
            self._finish(Run(knobs, None, "stopped", f"{self._stopped}."))
        else:
            self._task = self._loop.create_task(self._go(knobs), name="explorer")

    def _cancel(self, why: str) -> None:
        if self._running:
            self._stopped = why
            if self._task is not None:
                self._task.cancel()

    async def _go(self, knobs: dict[str, Any]) -> None:
        limit = self._loop.call_later(LIMIT, self._cancel, f"Stopped after {LIMIT:g} s")
        recording: Recording | None = None
        outcome, sentence = "ended", ""
        with captured() as printed:
            try:
                with record() as recording:
                    # A task of its own, as in a simulation: its lane begins and ends.
                    result = await self._loop.create_task(
                        self._program(**knobs), name=name_of(self._program)
                    )
                recording.result = result
            except BaseException as error:
                if recording is None:
                    outcome, sentence = "refused", f"Not run: {error}. Press Run again then."
                elif isinstance(error, asyncio.CancelledError) and self._stopped:
                    outcome, sentence = "stopped", f"{self._stopped}."
                else:
                    outcome, sentence = explained(error, self._program)
            finally:
                limit.cancel()
        self._finish(Run(knobs, recording, outcome, sentence, printed.text, printed.left_out))

    def _finish(self, result: Run) -> None:
        self._task = None
        self._running = False
        threading.Thread(target=self._ended, args=(result,), name="explorer", daemon=True).start()


def own_lanes(recording: Recording) -> list[Task]:
    """The lanes of the explored program: what else ran in the notebook meanwhile is left out."""
    own: set[int] = set()
    for task in recording.tasks:
        parent = task.parent
        if parent is not None and (parent in own or _is_explorer(recording.tasks[parent])):
            own.add(task.index)
    return [task for task in recording.tasks if task.index in own]


def _is_explorer(task: Task) -> bool:
    return task.existed and task.coroutine == LiveRun._go.__qualname__
