"""What happens underneath a program while it runs unrecorded, for the same log.

The program tells what it does; the witness adds what asyncio does with it: who is made ready by
whom, when steps begin and end, who cancels whom, and what values the primitives have after each
callback that the loop runs. It takes the recorder's place in a simulation, so that the rest is the
same, and hooks in at other places: it need not be quick, and may do what would change a recording.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from asyncio import events
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

from course_helpers.recording.model import Recording
from course_helpers.simulation import clock
from tests.oracle.log import Log, label_of, told_of, value_of


class Idle:
    """Takes the place of a recorder where another one listens."""

    def __init__(self, loop: Any, **_: Any) -> None:
        self.loop = loop

    def start(self) -> None:
        """There is nothing to begin."""

    def stop(self) -> None:
        """There is nothing to end."""

    def note_stop(self) -> None:
        """What a stopped program does on its way out is no matter of the log's."""

    def recording(self) -> Recording:
        return Recording("virtual", self.loop.time(), ())


class Witness:
    """Takes the place of a recorder."""

    def __init__(self, log: Log, loop: Any, *, after_step: Any = None, **_: Any) -> None:
        self.log = log
        self.loop = loop
        self.after_step = after_step
        self.running = "outside"
        self.labels: dict[int, str] = {}
        #: By handle: who armed it, what it calls, when it is due.
        self.timers: dict[int, tuple[str, str, float]] = {}
        self.causes: dict[int, tuple[Any, str]] = {}
        self.values: dict[str, Any] = {}
        self._hooked: dict[str, Callable[..., Any]] = {}
        self._patches: list[Any] = []
        self._thread = threading.get_ident()

    def start(self) -> None:
        self.log._loop = self.loop
        self._hooked = self._hooks_of_callbacks() | self._hooks_of_the_loop()
        for name, hook in self._hooked.items():
            setattr(self.loop, name, hook)
        self._patches = [*self._patches_of_handles(), *self._patches_of_tasks()]
        for patch in self._patches:
            patch.start()

    def _hooks_of_callbacks(self) -> dict[str, Callable[..., Any]]:
        """What is handed in to the loop, and by whom."""
        loop, log = self.loop, self.log
        call_soon, threadsafe, call_at = loop.call_soon, loop.call_soon_threadsafe, loop.call_at

        def soon(callback: Any, *args: Any, context: Any = None) -> Any:
            handle = call_soon(callback, *args, context=context)
            self.causes[id(handle)] = handle, self._by()
            if (task := _stepping(callback)) is not None:
                self.labels[id(task)] = log.label(task)
                log.write(log.label(task), "ready", self._by())
            return handle

        def from_thread(callback: Any, *args: Any, context: Any = None) -> Any:
            handle = threadsafe(callback, *args, context=context)
            self.causes[id(handle)] = handle, self._by()
            return handle

        def at(when: float, callback: Any, *args: Any, context: Any = None) -> Any:
            handle = call_at(when, callback, *args, context=context)
            self.causes[id(handle)] = handle, "timer"
            self.timers[id(handle)] = self._by(), _name(callback), handle.when()
            log.write(self._by(), "arms", _name(callback), handle.when())
            return handle

        return {"call_soon": soon, "call_soon_threadsafe": from_thread, "call_at": at}

    def _hooks_of_the_loop(self) -> dict[str, Callable[..., Any]]:
        """Its turns, the tasks that it makes, and what it complains of."""
        loop, log = self.loop, self.log
        create_task, run_once, complain = (
            loop.create_task,
            loop._run_once,
            loop.call_exception_handler,
        )

        def creates(coroutine: Any, **options: Any) -> Any:
            if loop.get_task_factory() is None:
                return create_task(coroutine, **options)
            label, by = label_of(coroutine), self._by()
            interrupted = asyncio.current_task(loop) is not None
            if interrupted:
                log.write(by, "interrupted", label)
            log.write(label, "begins", by)
            task = create_task(coroutine, **options)
            self.labels[id(task)] = log.label(task)
            log.write(label, "pauses", "", _state(task))
            if interrupted:
                log.write(by, "resumes")
            return task

        def turns() -> None:
            due = [timer.when() for timer in loop._scheduled if not timer.cancelled()]
            log.write("outside", "turns", "", (len(loop._ready), min(due, default=None)))
            run_once()

        def complains(context: Any) -> None:
            # The weak references to what is thrown away are gone by now.
            label = self.labels.get(id(context.get("future")))
            if "never retrieved" in context["message"] and label is not None:
                log.write("outside", "unretrieved", label)
            label = self.labels.get(id(context.get("task")))
            if "destroyed" in context["message"] and label is not None:
                log.write("outside", "destroyed", label)
            callback: Any = getattr(context.get("handle"), "_callback", None)
            if getattr(callback, "__module__", "").startswith("asyncio."):
                # The program cannot tell what fails in a callback of asyncio's own.
                log.write(callback.__qualname__, "fails", "", told_of(context["exception"]))
            complain(context)

        return {"create_task": creates, "_run_once": turns, "call_exception_handler": complains}

    def _patches_of_handles(self) -> Iterator[Any]:
        """When each is run, and which timers are disarmed."""
        run_handle, disarm = events.Handle._run, events.TimerHandle.cancel

        def run(handle: Any) -> None:
            if handle._loop is self.loop:
                self._run(handle, run_handle)
            else:
                run_handle(handle)

        def disarms(handle: Any) -> None:
            if not handle.cancelled() and (timer := self.timers.pop(id(handle), None)):
                self.log.write(timer[0], "disarms", *timer[1:])
            disarm(handle)

        yield mock.patch.object(events.Handle, "_run", run)
        yield mock.patch.object(events.TimerHandle, "cancel", disarms)

    def _patches_of_tasks(self) -> Iterator[Any]:
        """Who cancels them, and when that is taken back."""
        log, cancel, uncancel = self.log, clock.Task.cancel, clock.Task.uncancel

        def cancels(task: Any, msg: Any = None) -> bool:
            requested = bool(cancel(task, msg))
            log.write(self._by(), "requests", log.label(task), (requested, _caller(log)))
            return requested

        def uncancels(task: Any) -> int:
            left = uncancel(task)
            log.write(log.label(task), "uncancels", "", left)
            return left

        yield mock.patch.object(clock.Task, "cancel", cancels)
        yield mock.patch.object(clock.Task, "uncancel", uncancels, create=True)

    def stop(self) -> None:
        if self.log.closed:
            return
        for task, label in sorted(self.log._labels.items(), key=lambda pair: pair[1]):
            if getattr(task, "_log_traceback", False):
                self.log.write("outside", "unretrieved", label)
        self.log.write("outside", "end")
        self.log.closed = True
        for name in self._hooked:
            self.loop.__dict__.pop(name, None)
        while self._patches:
            self._patches.pop().stop()

    def note_stop(self) -> None:
        """What a stopped program does on its way out is no matter of the log's."""

    def recording(self) -> Recording:
        return Recording("virtual", self.loop.time(), ())

    def _by(self) -> str:
        """Whose doing it is what happens now."""
        if threading.get_ident() != self._thread:
            return self.log.who()
        task = asyncio.current_task(self.loop)
        return self.running if task is None else self.log.who()

    def _run(self, handle: Any, run: Callable[[Any], None]) -> None:
        log = self.log
        task = _stepping(handle._callback)
        _, cause = self.causes.pop(id(handle), (None, "io"))
        # Who runs in a callback is the one who caused it.
        self.running = cause if task is None else log.label(task)
        log._outside.name = f"callback of {cause}"
        if (timer := self.timers.pop(id(handle), None)) is not None:
            log.write(timer[0], "fires", *timer[1:])
        if task is None:
            log.write(self.running, "callback", _name(handle._callback))
        else:
            log.write(self.running, "steps")
        try:
            run(handle)
            if task is not None and self.after_step is not None:
                self.after_step()
        finally:
            if task is not None:
                log.write(self.running, "pauses", "", _state(task))
            self.running = "outside"
            self._look()

    def _look(self) -> None:
        """Note the values that have changed."""
        for name, reference in self.log.things.items():
            thing = reference()
            if thing is not None and (value := value_of(thing)) != self.values.get(name):
                self.values[name] = value
                self.log.write("outside", "value", name, value)


def _stepping(callback: Any) -> Any:
    """The task of which a callback takes a step, or None."""
    task = getattr(callback, "__self__", None)
    steps = type(callback).__name__ == "TaskStepMethWrapper" or (
        getattr(callback, "__name__", "") == "task_wakeup"
    )
    return task if steps and isinstance(task, asyncio.Task) else None


def _state(task: Any) -> str:
    """How a task is left at the end of a step; `"ready"` is told by a later entry."""
    if not task.done():
        return "waiting"
    if task.cancelled():
        return "cancelled"
    if task._exception is None:
        return "done"
    error = task._exception
    return f"failed {type(error).__name__}" + (f": {error}" if str(error) else "")


def _name(callback: Any) -> str:
    return str(getattr(callback, "__qualname__", callback))


def _caller(log: Log) -> tuple[str, str, int, str]:
    """Whose code calls: file, function and line, and the timeout or group that it is of."""
    frame = sys._getframe(2)
    code = frame.f_code
    block = log.name_of(frame.f_locals.get("self"))
    return code.co_filename, code.co_qualname, frame.f_lineno, block
