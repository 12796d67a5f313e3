"""Hooks of the steps: whatever a loop runs, and whoever makes it ready.

Two places tell all there is to know about tasks. Whatever a loop runs, a step of a task or a plain
callback, is a handle whose `_run` is called; and whoever makes a task ready does it by
`loop.call_soon`, in the middle of a step or a callback that is running.
"""

from __future__ import annotations

import asyncio
import contextvars
import weakref
from asyncio import events
from collections.abc import Callable, MutableMapping
from functools import wraps
from threading import get_ident
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any, Final

from course_helpers.recorder import log, names
from course_helpers.recorder.cancellation_hooks import Requests
from course_helpers.recorder.debug_stacks import hide_hooks
from course_helpers.recorder.hooks import Makers
from course_helpers.recorder.session import Hooks, Session
from course_helpers.recorder.stranger_hooks import Strangers

# The callback by which the C implementation of Task takes a step; a wake-up is a plain builtin.
_STEP_TYPE: Final = "TaskStepMethWrapper"
# Those of the one in Python.
_STEPS_IN_PYTHON: Final = ("__step", "__wakeup")
# All that a handle has; if there is more in some version, only asyncio itself makes handles.
_HANDLE_SLOTS: Final = {
    "_callback",
    "_args",
    "_cancelled",
    "_loop",
    "_source_traceback",
    "_repr",
    "__weakref__",
    "_context",
}


_MAY_BE_EAGER: Final = hasattr(asyncio, "eager_task_factory")
# All others are known when the recording begins, or heard when they are made.
_MADE_UNSEEN: Final = (
    "a task was made by its constructor and ran its first step at once (asyncio.Task with"
    " eager_start=True): what it did in that step is shown as done by whoever made it, and the task"
    " only from when it was woken"
)


def takes_a_step(callback: Any) -> bool:
    """Whether running this callback runs a step of a task."""
    kind = type(callback)
    if kind is BuiltinFunctionType:
        return bool(callback.__name__ == "task_wakeup")
    if kind is MethodType:  # Task's implementation in Python
        return callback.__name__ in _STEPS_IN_PYTHON and isinstance(
            callback.__self__, asyncio.Future
        )
    return kind.__name__ == _STEP_TYPE


class Steps:
    """What is known of handles, by whom they were made, and of the tasks that they step.

    `after_step` is called when a task has made a step, before the step's end is recorded.
    """

    def __init__(
        self,
        session: Session,
        requests: Requests,
        strangers: Strangers,
        after_step: Callable[[], None] | None,
    ) -> None:
        self._session = session
        self._strangers = strangers
        self.requests = requests
        self._after_step = after_step
        self._write: Callable[[Any], None] = session.log.rows.extend
        #: Who asked for a callback, by its handle.
        self._origins: MutableMapping[Any, int] = {}
        #: Numbers of timers that are armed, by the `id()` of their handles.
        self.timers: dict[int, int] = {}
        #: Lanes of threads that are calling the loop just now, by the thread's identifier.
        self.foreign: dict[int, int] = {}
        #: Lanes of the tasks that take their first step while they are created.
        self.eager: list[int] = []
        #: The task in whose step the recording began, during that step.
        self.opening: Any = None

    def hooks(self) -> Hooks:
        """The hooks."""
        loop = self._session.loop
        self._original_call_soon = loop._call_soon
        self._session.tasks.destroyed = self._destroyed
        on_classes: Makers = {(events.Handle, "_run"): self.make_run}
        if hasattr(events, "_ThreadSafeHandle"):
            on_classes[events._ThreadSafeHandle, "__init__"] = self._make_threadsafe
        return Hooks(on_classes, {"_call_soon": self._call_soon}, self._write_to)

    def _write_to(self, write: Callable[[Any], None]) -> None:
        self._write = write
        if not self._session.now.listening:  # somebody may keep a hook for good
            self._origins = weakref.WeakKeyDictionary()

    def open(self, task: Any) -> None:
        """The recording begins in the middle of this task's step."""
        self.opening = weakref.ref(task)
        self._session.now.inside = True

    def close_opening(self) -> None:
        """The step in which the recording began has ended unseen, if there was one."""
        if self.opening is not None:
            task, self.opening = self.opening(), None
            self._session.now.inside = False
            if task is not None:
                self.end_of_step(task, self._session.log.root)

    def adopt(self, task: Any, parent: int, existed: bool) -> int:
        """The lane of a task that was not known before."""
        session = self._session
        if self.eager and asyncio.current_task(session.loop) is task:  # still being created
            lane = self.eager[-1]
            self.requests.bind_in_its_step(task, lane)
            return lane
        if existed or session.loop._debug:
            hide_hooks(task)
        # One that takes a step whose beginning was not heard may have been there before.
        unseen = _MAY_BE_EAGER and existed and session.now.listening and session.now.inside
        if unseen and _MADE_UNSEEN not in session.log.warnings:
            session.log.warnings.append(_MADE_UNSEEN)
        lane = session.tasks.add(task, parent, existed and not unseen)
        if existed:
            self.requests.existed(task, lane)
        self._write((log.BORN, session.time(), lane, parent))
        return lane

    def born(self, task: Any, parent: int) -> int:
        """The lane of a task that is just created, outside debug mode."""
        session = self._session
        if self.eager:
            return self.adopt(task, parent, False)
        lane = session.tasks.add(task, parent, False)
        self._write((log.BORN, session.time(), lane, parent))
        return lane

    def _destroyed(self, lane: int) -> None:
        """A task was destroyed while it was pending: whoever took the last reference away."""
        session = self._session
        if session.now.listening:
            session.now.alone = False
            self.requests.counts.pop(lane, None)
            self._write((log.DESTROYED, session.time(), lane, 0))

    def closed(self) -> None:
        """The coroutines of the tasks that were destroyed have been closed by now."""
        self._session.tasks.closing.clear()
        self._session.now.alone = self._strangers.are_none

    def end_of_step(self, task: Any, lane: int) -> None:
        """A task has taken a step: note whether it waits, goes on at once or has ended."""
        session = self._session
        if lane in self.requests.counts:
            self.requests.after_step(task, lane)
        waiter = task._fut_waiter
        if waiter is not None:
            self._write((log.WAIT, session.time(), lane, session.situations.of(task, waiter)))
        elif task.done():
            end, detail = session.tasks.finish(task, lane)
            self._write((end, session.time(), lane, detail))
        else:
            self._write((log.YIELD, session.time(), lane, session.situations.of(task, None)))

    def make_run(self, original: Callable[[Any], None]) -> Callable[[Any], None]:
        """The hook of `Handle._run`."""
        loop, run, now = self._session.loop, self._run, self._session.now

        @wraps(original)
        def _run(handle: Any) -> None:
            nested = handle._loop is not loop and now.inside and get_ident() == now.thread
            try:
                if handle._loop is loop:
                    run(handle, original)
                elif nested:
                    # A handle of this loop runs another one: that is not this loop's concern.
                    now.inside = False
                    original(handle)
                else:
                    original(handle)
            finally:
                handle = None  # as asyncio's own does: see _run
                if nested:
                    now.inside = True

        return _run

    def _run(self, handle: Any, original: Callable[[Any], None]) -> None:
        """Run a handle that asyncio has made."""
        session = self._session
        now = session.now
        lane: int | None = None
        callback = task = None
        try:
            self.close_opening()
            callback = handle._callback
            if takes_a_step(callback):
                task = callback.__self__
                lane = session.tasks.lanes.get(id(task))
                if lane is None:
                    lane = self.adopt(task, log.OUTSIDE, True)
                now.lane = lane
                if lane in self.requests.counts:
                    self.requests.before_step(task)
                self._write((log.RUN, session.time(), lane, 0))
            else:
                now.lane = self._origin(handle)
                now.plain = True
                now.sample = None
                began = session.time()
            now.inside = True
        except Exception as error:
            session.fail(error)
        try:
            original(handle)
            if lane is not None and self._after_step is not None:
                self.requests.before_time_passes(task, lane)
                self._after_step()
        finally:
            now.inside = now.plain = False
            if session.now.listening:
                try:
                    if lane is not None:
                        self.end_of_step(task, lane)
                    elif session.time() - began >= session.log.threshold:
                        self.blocked(callback, began)
                    now.lane = log.OUTSIDE
                except Exception as error:
                    session.fail(error)
            # An exception keeps the frame in which it was raised, which keeps those that ran it:
            # nothing that leads back to the exception may stand in them.
            handle = callback = task = None

    def blocked(self, callback: Any, began: float) -> None:
        """A callback has kept the loop, since `began`."""
        session = self._session
        ended, name = session.time(), names.function_name(callback)
        number = len(session.log.callbacks)
        session.log.callbacks.append((ended, name, session.now.sample))
        self._write((log.CALLBACK, began, session.now.lane, number))

    def _origin(self, handle: Any) -> int:
        """On whose behalf a callback runs."""
        session = self._session
        if isinstance(handle, events.TimerHandle):
            number = self.timers.pop(id(handle), None)
            if number is not None:
                self._write((log.TIMER_FIRED, session.time(), number, 0))
                session.now.armed_by = session.log.timers[number][0]
            return log.BY_TIMER
        found = self._origins.pop(handle, None)
        if found is not None:
            return found
        handlers = getattr(session.loop, "_signal_handlers", {})
        return next(
            (log.by_signal(number) for number, own in handlers.items() if own is handle), log.BY_IO
        )

    def _call_soon(self, callback: Any, arguments: Any, context: Any) -> Any:
        handle = self._original_call_soon(callback, arguments, context)
        self.made_ready(handle, callback, arguments)
        return handle

    def _make_threadsafe(self, original: Any) -> Any:
        # Since Python 3.14 `call_soon_threadsafe` makes its handles itself. Noted before the
        # loop can run it.
        @wraps(original)
        def init(
            handle: Any, callback: Any, arguments: Any, loop: Any, context: Any = None
        ) -> None:
            original(handle, callback, arguments, loop, context)
            session = self._session
            at_once = not session.in_order or get_ident() == session.now.thread
            if loop is session.loop and at_once:  # else it is noted in its place
                self.made_ready(handle, callback, arguments)

        return init

    def made_ready(self, handle: Any, callback: Any, arguments: Any, by: int | None = None) -> None:
        """Somebody has handed the loop a callback: the lane `by`, or else who runs now."""
        session = self._session
        try:
            if handle._source_traceback:
                hide_hooks(handle)
            stranger = False
            if by is None:
                by = session.doer()
                if self._strangers.is_one():
                    found = self.foreign.get(get_ident())
                    stranger, by = found is None, log.OUTSIDE if found is None else found
            if takes_a_step(callback):
                task = callback.__self__
                lane = session.tasks.lanes.get(id(task))
                if lane is None:
                    known = (log.OUTSIDE, True) if arguments else (by, False)
                    lane = self.adopt(task, *known)
                cancelled = arguments and self.requests.is_cancelled(lane, arguments[0])
                if cancelled:
                    by = self.requests.woken(task, by)
                kind = log.CANCEL if cancelled else log.READY
                if stranger:
                    what = "cancel" if cancelled else "wake" if arguments else "create_task"
                    by = self._strangers.note(what, None, lane)
                self._write((kind, session.time(), lane, by))
            else:
                if stranger:
                    by = self._strangers.note("call_soon", None, None)
                self._origins[handle] = by
        except Exception as error:
            session.fail(error)


def makes_plain_handles(loop: Any) -> bool:
    """Whether a loop's `call_soon` is asyncio's own, as this module knows it."""
    base: Any = asyncio.BaseEventLoop
    kind = type(loop)
    return (
        kind.call_soon is base.call_soon
        and kind._call_soon is base._call_soon
        and not {"call_soon", "_call_soon"} & loop.__dict__.keys()
        and set(events.Handle.__slots__) == _HANDLE_SLOTS
    )


def own_handles(session: Session, steps: Steps, after_step: Callable[[], None] | None) -> Hooks:
    """The hook by which tasks that are known are made ready, and handles that run their steps.

    Nothing else happens as often: so it is one closure over local variables, it repeats a line
    rather than call a function, and a handle is made in one function instead of the four of
    asyncio's. It is told apart from others by its class, which knows its lane; that of
    a callback knows who asked for it.
    """
    loop, now, time = session.loop, session.now, session.time
    extend: Callable[[Any], None] = session.log.rows.extend
    lane_of: Callable[[int], int | None] = session.tasks.lanes.get
    situation, finish = session.situations.of, session.tasks.finish
    fail, foreign, closing = session.fail, steps.foreign, session.tasks.closing
    original = loop.call_soon
    run_handle: Callable[[Any], None]
    add_ready = loop._ready.append
    copy_context, new_handle = contextvars.copy_context, object.__new__
    log_run, log_ready, log_wait = log.RUN, log.READY, log.WAIT
    requests, threshold = steps.requests, session.log.threshold
    requested, is_cancelled = requests.counts, requests.is_cancelled
    step_type: type | None = None

    @wraps(original)
    def call_soon(callback: Any, *arguments: Any, context: Any = None) -> Any:
        nonlocal step_type
        kind = type(callback)
        if (
            loop._debug
            or loop._closed
            or foreign
            or not (now.alone or (get_ident() == now.thread and not closing))
        ):
            return original(callback, *arguments, context=context)
        if kind is step_type or (
            kind is BuiltinFunctionType and callback.__name__ == "task_wakeup"
        ):
            task = callback.__self__
            lane = lane_of(id(task))
            if lane is None and now.listening:
                try:
                    # One that is woken was there before: who made it is not known.
                    if arguments:
                        lane = steps.adopt(task, log.OUTSIDE, True)
                    else:
                        lane = steps.born(task, now.lane)
                except Exception as error:
                    fail(error)
            if lane is not None:
                handle = new_handle(step_handle)
                handle._callback = callback
                handle._args = arguments
                handle._context = copy_context() if context is None else context
                handle._cancelled = False
                handle._repr = None
                handle.lane = lane
                add_ready(handle)
                try:
                    if arguments:
                        future = arguments[0]
                        if future.cancelled() or (requested and is_cancelled(lane, future)):
                            extend((log.CANCEL, time(), lane, requests.woken(task, now.lane)))
                        else:
                            extend((log_ready, time(), lane, now.lane))
                    elif lane != now.lane:  # else it gives way: the end of its step says so
                        extend((log_ready, time(), lane, now.lane))
                except Exception as error:
                    fail(error)
                return handle
        elif now.listening and (
            kind is FunctionType
            or (kind is MethodType and callback.__name__ not in _STEPS_IN_PYTHON)
        ):
            handle = new_handle(plain_handle)
            handle._callback = callback
            handle._args = arguments
            handle._context = copy_context() if context is None else context
            handle._cancelled = False
            handle._repr = None
            handle.by = now.lane
            add_ready(handle)
            return handle
        elif step_type is None and kind.__name__ == _STEP_TYPE:
            step_type = kind
        return original(callback, *arguments, context=context)

    def make_run(original: Callable[[Any], None]) -> Callable[[Any], None]:
        nonlocal run_handle
        run_handle = original
        return steps.make_run(original)

    def run_step(handle: Any) -> None:
        now.lane = lane = handle.lane
        task = handle._callback.__self__
        if requested and lane in requested:
            requests.before_step(task)
        extend((log_run, time(), lane, 0))
        now.inside = True
        try:
            run_handle(handle)
            if after_step is not None:
                if requested:
                    requests.before_time_passes(task, lane)
                after_step()
        finally:
            now.inside = False
            try:
                if now.listening:
                    if requested and lane in requested:
                        requests.after_step(task, lane)
                    waiter = task._fut_waiter
                    if waiter is not None:
                        extend((log_wait, time(), lane, situation(task, waiter)))
                    elif task.done():
                        end, detail = finish(task, lane)
                        extend((end, time(), lane, detail))
                    else:
                        extend((log.YIELD, time(), lane, situation(task, None)))
            except Exception as error:
                fail(error)
            now.lane = -1
            # As asyncio's own does: an exception in the task keeps this frame, and all in it.
            handle = task = waiter = None

    def run_plain(handle: Any) -> None:
        callback = handle._callback
        now.lane = handle.by
        now.plain = True
        now.sample = None
        began = time()
        now.inside = True
        try:
            run_handle(handle)
        finally:
            now.inside = now.plain = False
            try:
                if now.listening and time() - began >= threshold:
                    steps.blocked(callback, began)
            except Exception as error:
                fail(error)
            now.lane = -1
            handle = callback = None  # as above

    # What is the same of all handles stands in their classes.
    same = {"_loop": loop, "_source_traceback": None}
    step_handle: Any = type(
        "Handle", (events.Handle,), {"__slots__": ("lane",), "_run": run_step, **same}
    )
    plain_handle: Any = type(
        "Handle", (events.Handle,), {"__slots__": ("by",), "_run": run_plain, **same}
    )

    def write_to(write: Callable[[Any], None]) -> None:
        nonlocal extend, lane_of
        extend = write
        if not now.listening:  # those that are left are handles like all others
            lane_of = lambda _: None  # noqa: E731
            del step_handle._run, plain_handle._run

    return Hooks({(events.Handle, "_run"): make_run}, {"call_soon": call_soon}, write_to)
