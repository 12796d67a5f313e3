"""The recorder: it listens to one loop, from the inside, and writes the log.

Two places tell all there is to know about tasks. Whatever a loop runs, a step of a task or a plain
callback, is a handle whose `_run` is called; and whoever makes a task ready does it by
`loop.call_soon`, in the middle of a step or a callback that is running. So the recorder always
knows who runs, and whatever is reported meanwhile is by that one's doing.
"""

from __future__ import annotations

import asyncio
import contextvars
import sys
import threading
import warnings
import weakref
from asyncio import base_subprocess, events
from collections.abc import Callable, MutableMapping
from contextlib import suppress
from functools import partial, wraps
from inspect import CORO_CREATED, getcoroutinestate, iscoroutine
from time import monotonic
from types import BuiltinFunctionType, FrameType, MethodType
from typing import Any, Final

from course_helpers import cpython
from course_helpers.learners_code import Owner, learner_frame, owner_of
from course_helpers.recorder import hooks, log, marks, names, reasons
from course_helpers.recorder.interpretation import interpret
from course_helpers.recorder.outside import Outside
from course_helpers.recorder.primitives import (
    ACTION,
    INTERNAL,
    QUEUE_ACTIONS,
    Primitives,
    change_of,
    learner_frames,
)
from course_helpers.recorder.situations import Situations
from course_helpers.recording.model import Location, Recording

_MISSING: Final = object()
_UNSEEN_STEPS: Final = (
    "this program's task factory runs the first step of a task while it creates it: what happens "
    "in that step is shown as done by the task's creator (asyncio.eager_task_factory is seen)"
)
# Python's own function for the warning about a coroutine that was never awaited.
_UNAWAITED: Final = "_warn_unawaited_coroutine"
# The callback by which the C implementation of Task takes a step; a wake-up is a plain builtin.
_STEP_TYPE: Final = "TaskStepMethWrapper"
_LONGEST_DETAIL: Final = 200
_TIMER_CALLS: Final = {"_set_result_unless_cancelled": "sleep", "Timeout._on_timeout": "timeout"}
# How far a queue's depth and its number of unfinished tasks have just moved, by `QUEUE_ACTIONS`.
_MOVES: Final = ((1, 1), (-1, 0), (0, -1))

# Where asyncio's classes keep their state, in CPython 3.11 to 3.15: attributes that say all by
# being set, but only of these two so often that it matters how fast they are watched.
_COUNTS: Final = {asyncio.Lock: "_locked", asyncio.Semaphore: "_value"}
_ATTRIBUTES: Final[dict[type, frozenset[str]]] = {
    asyncio.Barrier: frozenset({"_count", "_state"}),
    asyncio.Timeout: frozenset({"_state"}),
    asyncio.TaskGroup: frozenset({"_entered", "_exiting", "_aborting"}),
    base_subprocess.BaseSubprocessTransport: frozenset({"_pid", "_returncode"}),
}
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


def _takes_a_step(callback: Any) -> bool:
    """Whether running this callback runs a step of a task, where its type does not tell."""
    if type(callback) is MethodType:  # Task's implementation in Python
        return callback.__name__ in ("__step", "__wakeup") and isinstance(
            callback.__self__, asyncio.Future
        )
    return type(callback).__name__ == _STEP_TYPE


class Recorder:
    """Records one event loop.

    `clock` is `"real"` or `"virtual"`. `limit` bounds the number of events; when it is reached,
    `keep` says which are kept: the `"oldest"` or the `"newest"`. A step that runs longer than
    `threshold` seconds counts as blocking the loop. `after_step` is called when a task has made
    a step, before the step's end is recorded.

    A fault in the recorder itself switches it off with a warning; the program goes on undisturbed.
    Raises TypeError for a loop that is not one of asyncio's own.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        *,
        clock: str = "real",
        limit: int = 1_000_000,
        keep: str = "oldest",
        threshold: float = 0.05,
        after_step: Callable[[], None] | None = None,
    ) -> None:
        if not isinstance(loop, asyncio.BaseEventLoop):
            raise TypeError(
                f"only asyncio's own event loops can be recorded, not a {type(loop).__name__}: "
                "they tell when a task is made ready"
            )
        self.loop = loop
        self.limit = limit
        self.keep = keep
        self.log = log.Log(clock=clock, threshold=threshold, began=loop.time())
        self.listening = False
        self._lanes: dict[int, int] = {}
        self._tasks: dict[int, weakref.ref[Any]] = {}
        # Kept when the task is gone: the collector clears weak references before last words.
        self._failed: dict[int, int] = {}
        self._lane_tasks: dict[int, weakref.ref[Any]] = {}
        self._who: Callable[[], int] = lambda: log.OUTSIDE
        self._primitives = Primitives(self.log, loop.time, self._ancestors)
        self._jobs: dict[int, int] = {}
        self._situations = Situations(self.log, self._primitives, self._lanes, self._jobs)
        self._after_step = after_step
        self._last_look: Callable[[], None] = lambda: None
        self._undo: list[Callable[[], None]] = []

    def start(self) -> None:
        """Begin to listen.

        Warns, once in a process, where this Python lacks what the recorder listens by. Raises
        RuntimeError when the loop is being recorded already.
        """
        cpython.warn_of_missing()
        try:
            self._listen()
            # Only now: the recorder's own preparations are no part of the first step.
            self.log.began = self.loop.time()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop listening and leave the loop and asyncio's classes as they were before."""
        if self.listening:
            self.listening = False
            try:
                self._last_look()
            except Exception as error:
                self._fail(error)
            self.log.ended = self.loop.time()
            for number, reference in list(self._tasks.items()):
                task = reference()
                lane = self._lanes.get(number)
                if task is not None and lane is not None:
                    self.log.lanes[lane].name = task.get_name()
                    self.log.lanes[lane].retrieved = not getattr(task, "_log_traceback", False)
        while self._undo:
            self._undo.pop()()

    def fill(self, recording: Recording) -> None:
        """Set a recording's fields to what was recorded.

        A fault in the interpretation leaves an empty recording, with a warning.
        """
        try:
            interpret(self.log, recording)
        except Exception as error:
            message = f"the recorder failed and shows nothing of what it recorded ({error!r})"
            self.log.warnings.append(message)
            Recording.__init__(
                recording, self.log.clock, 0.0, (), warnings=tuple(self.log.warnings)
            )
            _warn(message)

    def recording(self) -> Recording:
        """What was recorded, as a new `Recording`."""
        recording = Recording.__new__(Recording)
        self.fill(recording)
        return recording

    def _fail(self, error: BaseException) -> None:
        message = f"the recorder failed and was switched off; the program goes on ({error!r})"
        self.log.warnings.append(message)
        self._last_look = lambda: None
        self.stop()
        _warn(message)

    def _listen(self) -> None:
        # What runs for every event is a closure over local variables, and repeats a line rather
        # than call a function: a recorded program should take less than twice as long.
        loop: Any = self.loop
        written = self.log
        extend: Callable[[Any], None] = written.rows.extend
        # A plain loop's clock is time.monotonic: spare the method in between.
        time = monotonic if type(loop).time is asyncio.BaseEventLoop.time else loop.time
        lane_of: Callable[[int], int | None] = self._lanes.get
        settled = self._primitives.settled
        # Of the plain queue that was used last; the kinds of the rows that its changes write.
        getters: Any = _MISSING
        putters: Any = _MISSING
        finished: Any = _MISSING
        put = got = did = 0
        shuts_down = hasattr(asyncio.Queue, "shutdown")
        situation = self._situations.of
        threshold = written.threshold
        thread = threading.get_ident
        own_thread = thread()
        origins: MutableMapping[Any, int] = {}
        timers: dict[int, int] = {}
        # Lanes of the tasks that take their first step while they are created.
        eager: list[int] = []
        foreign: dict[int, int] = {}
        step_type: type | None = None
        current = log.OUTSIDE
        inside = False  # a callback of this loop is running
        plain = False  # ... and it is no step of a task: `current` only made it ready
        opening: Any = None  # the task in whose step the recording began, during that step
        run_handle: Callable[[Any], None]
        step_handle: Any = None
        log_run, log_ready, log_cancel, log_wait = log.RUN, log.READY, log.CANCEL, log.WAIT

        # Tasks

        def adopt(task: Any, parent: int, existed: bool) -> int:
            if eager and asyncio.current_task(loop) is task:  # it is still being created
                self._bind(task, eager[-1])
                return eager[-1]
            lane = self._add_task(task, parent, existed)
            extend((log.BORN, time(), lane, parent))
            return lane

        def end_of_step(task: Any, lane: int) -> None:
            waiter = task._fut_waiter
            if waiter is not None:
                extend((log_wait, time(), lane, situation(task, waiter)))
            elif task.done():
                end, detail = self._finish(task, lane)
                extend((end, time(), lane, detail))
            else:
                extend((log.YIELD, time(), lane, situation(task, None)))

        def run_step(handle: Any) -> None:
            """Run a handle of the recorder's own: a step of a task that is known."""
            nonlocal current, inside
            current = lane = handle.lane
            extend((log_run, time(), lane, 0))
            inside = True
            try:
                run_handle(handle)
                if after_step is not None:
                    after_step()
            finally:
                inside = False
                try:
                    if self.listening:
                        end_of_step(handle.task, lane)
                except Exception as error:
                    self._fail(error)
                current = -1

        def make_run(original: Callable[[Any], None]) -> Callable[[Any], None]:
            nonlocal run_handle
            run_handle = original

            @wraps(original)
            def _run(handle: Any) -> None:
                if handle._loop is loop:
                    run(handle, original)
                else:
                    original(handle)

            return _run

        def run(handle: Any, original: Callable[[Any], None]) -> None:
            """Run any other handle."""
            nonlocal current, inside, plain
            lane: int | None = None
            try:
                if opening is not None:
                    close_opening()
                callback = handle._callback
                if takes_a_step(callback):
                    task = callback.__self__
                    lane = lane_of(id(task))
                    if lane is None:
                        lane = adopt(task, log.OUTSIDE, True)
                    current = lane
                    extend((log_run, time(), lane, 0))
                else:
                    current = origin(handle)
                    plain = True
                    began = time()
                inside = True
            except Exception as error:
                self._fail(error)
            try:
                original(handle)
                if lane is not None and after_step is not None:
                    after_step()
            finally:
                inside = plain = False
                if self.listening:
                    try:
                        if lane is not None:
                            end_of_step(task, lane)
                        elif time() - began >= threshold:
                            extend((log.CALLBACK, began, current, time()))
                        current = log.OUTSIDE
                    except Exception as error:
                        self._fail(error)

        def takes_a_step(callback: Any) -> bool:
            nonlocal step_type
            kind = type(callback)
            if kind is BuiltinFunctionType:
                return bool(callback.__name__ == "task_wakeup")
            if not _takes_a_step(callback):
                return False
            if kind.__name__ == _STEP_TYPE:
                step_type = kind
            return True

        def origin(handle: Any) -> int:
            if isinstance(handle, events.TimerHandle):
                number = timers.pop(id(handle), None)
                if number is not None:
                    extend((log.TIMER_FIRED, time(), number, 0))
                return log.BY_TIMER
            found = origins.pop(handle, None)
            if found is not None:
                return found
            if handle in getattr(loop, "_signal_handlers", {}).values():
                return log.BY_SIGNAL
            return log.BY_IO

        def close_opening() -> None:
            # The step in which the recording began ended unseen, just now.
            nonlocal opening, inside
            task, opening = opening(), None
            inside = False
            if task is not None:
                end_of_step(task, written.root)

        def call_soon(callback: Any, *arguments: Any, context: Any = None) -> Any:
            """Make a handle for a step of a task that is known; leave all else to asyncio.

            A handle that knows its task and lane is told apart from others by its class, and is
            made in one function instead of the four of asyncio's: cheaper than not recorded.
            """
            kind = type(callback)
            if (
                (
                    kind is step_type
                    or (kind is BuiltinFunctionType and callback.__name__ == "task_wakeup")
                )
                and not loop._debug
                and not loop._closed
                and not foreign
            ):
                task = callback.__self__
                lane = lane_of(id(task))
                if lane is not None:
                    handle = new_handle(step_handle)
                    handle._callback = callback
                    handle._args = arguments
                    handle._loop = loop
                    handle._context = copy_context() if context is None else context
                    handle._cancelled = False
                    handle._source_traceback = handle._repr = None
                    handle.task = task
                    handle.lane = lane
                    loop._ready.append(handle)
                    try:
                        if arguments:
                            ready = log_cancel if arguments[0].cancelled() else log_ready
                            extend((ready, time(), lane, current))
                        elif lane != current:  # else it gives way: the end of its step says so
                            extend((log_ready, time(), lane, current))
                    except Exception as error:
                        self._fail(error)
                    return handle
            return original_call_soon(callback, *arguments, context=context)

        def any_call_soon(callback: Any, arguments: Any, context: Any) -> Any:
            handle = original_any_call_soon(callback, arguments, context)
            made_ready(handle, callback, arguments)
            return handle

        def make_threadsafe(original: Any) -> Any:
            # Since Python 3.14 `call_soon_threadsafe` makes its handles itself. Noted before the
            # loop can run it.
            @wraps(original)
            def init(
                self: Any, callback: Any, arguments: Any, its_loop: Any, context: Any = None
            ) -> None:
                original(self, callback, arguments, its_loop, context)
                if its_loop is loop:
                    made_ready(self, callback, arguments)

            return init

        def note_handed_in(handle: Any, by: threading.Thread | None) -> None:
            lane = log.BY_IO
            try:
                if by is not None:
                    lane = outside.calling_thread(by)
            except Exception as error:
                self._fail(error)
            made_ready(handle, handle._callback, handle._args, lane)

        def made_ready(handle: Any, callback: Any, arguments: Any, by: int | None = None) -> None:
            try:
                if handle._source_traceback:
                    _hide_hooks(handle)
                if by is None:
                    by = foreign.get(thread(), current) if foreign else current
                if takes_a_step(callback):
                    task = callback.__self__
                    lane = lane_of(id(task))
                    if lane is None:
                        known = (log.OUTSIDE, True) if arguments else (by, False)
                        lane = adopt(task, *known)
                    cancelled = arguments and arguments[0].cancelled()
                    extend((log_cancel if cancelled else log_ready, time(), lane, by))
                else:
                    origins[handle] = by
            except Exception as error:
                self._fail(error)

        def note_cancellation(task: Any) -> None:
            # One that waits is woken for it, and who wakes it is known: `log.CANCEL`.
            try:
                lane = lane_of(id(task))
                if lane is not None and task._fut_waiter is None:
                    written.lanes[lane].cancelled_ready = written.position, current
            except Exception as error:
                self._fail(error)

        def create_task(coroutine: Any, **options: Any) -> Any:
            nonlocal current, plain
            if not _starts_eagerly(loop, options):
                task = original_create_task(coroutine, **options)
                try:
                    _hide_hooks(task)
                    if lane_of(id(task)) is None and _has_begun(coroutine):
                        took_a_step_unseen(task, coroutine)
                except Exception as error:
                    self._fail(error)
                return task
            parent, in_callback = current, plain
            try:
                lane = self._add_coroutine(coroutine, parent, False)
                if (
                    parent >= 0 and not in_callback
                ):  # it goes on when the new task's first step has ended
                    stands = self._situations.gives_way(learner_frames(sys._getframe(1))[:1])
                    extend((log.YIELD, time(), parent, stands))
                extend((log.BORN, time(), lane, parent))
                extend((log_run, time(), lane, 0))
            except Exception as error:
                self._fail(error)
                return original_create_task(coroutine, **options)
            current, plain = lane, False
            eager.append(lane)
            task = None
            try:
                task = original_create_task(coroutine, **options)
            except BaseException as error:
                if self.listening:
                    extend((log.FAILED, time(), lane, self._detail(error)))
                raise
            finally:
                eager.pop()
                current, plain = parent, in_callback
                if self.listening:
                    try:
                        if task is not None:
                            _hide_hooks(task)
                            self._bind(task, lane)
                            end_of_step(task, lane)
                        if parent >= 0 and not in_callback:
                            extend((log_run, time(), parent, 0))
                    except Exception as error:
                        self._fail(error)
            return task

        def took_a_step_unseen(task: Any, coroutine: Any) -> None:
            """Somebody's own task factory has run the first step of a task that it created."""
            if _UNSEEN_STEPS not in written.warnings:
                written.warnings.append(_UNSEEN_STEPS)
            parent = current
            if parent >= 0 and not plain:
                stands = self._situations.gives_way(learner_frames(sys._getframe(2))[:1])
                extend((log.YIELD, time(), parent, stands))
            # Not asked of the task: 3.12.1 crashes when one that has ended so is asked for it.
            lane = self._add_coroutine(coroutine, parent, False)
            self._bind(task, lane)
            extend((log.BORN, time(), lane, parent))
            extend((log_run, time(), lane, 0))
            end_of_step(task, lane)
            if parent >= 0 and not plain:
                extend((log_run, time(), parent, 0))

        # The loop

        def call_soon_threadsafe(callback: Any, *arguments: Any, context: Any = None) -> Any:
            try:
                if thread() != own_thread and not in_order:
                    foreign[thread()] = outside.calling_thread(threading.current_thread())
            except Exception as error:
                self._fail(error)
            try:
                handle = original_threadsafe(callback, *arguments, context=context)
                _hide_hooks(handle)
                return handle
            finally:
                foreign.pop(thread(), None)

        def call_at(when: float, callback: Any, *arguments: Any, context: Any = None) -> Any:
            handle = original_call_at(when, callback, *arguments, context=context)
            try:
                if handle._source_traceback:
                    _hide_hooks(handle)
                number = timers[id(handle)] = len(written.timers)
                name = names.function_name(callback)
                written.timers.append((current, _TIMER_CALLS.get(name, name)))
                extend((log.TIMER, time(), number, when))
            except Exception as error:
                self._fail(error)
            return handle

        def timer_handle_cancelled(handle: Any) -> None:
            number = timers.pop(id(handle), None)
            if number is not None:
                extend((log.TIMER_CANCELLED, time(), number, 0))
            original_timer_cancelled(handle)

        def run_once() -> None:
            nonlocal own_thread
            if not self.listening:  # somebody has kept this hook
                original_run_once()
                return
            try:
                own_thread = loop._thread_id or own_thread
                if opening is not None:
                    close_opening()
                extend((log.TURN, time(), len(loop._ready), 0))
                if outside.threads and not in_order:
                    outside.note_ended_threads()
                if len(written.rows) > room:
                    make_room()
            except Exception as error:
                self._fail(error)
            original_run_once()

        def make_room() -> None:
            nonlocal extend
            if self.keep == "oldest":
                extend = leave_out
            else:
                surplus = len(written.rows) // log.ROW // 4
                del written.rows[: surplus * log.ROW]
                written.dropped += surplus

        def leave_out(_: Any) -> None:
            written.left_out += 1

        def run_in_executor(executor: Any, function: Any, *arguments: Any) -> Any:
            lane: int | None = None
            try:
                function, lane = outside.job(executor, function)
            except Exception as error:
                self._fail(error)
            future = original_executor(executor, function, *arguments)
            try:
                if lane is not None:
                    outside.submitted(future, lane)
            except Exception as error:
                self._fail(error)
            return future

        # Primitives. One that is settled is known to be this loop's. Whether any other one is, is
        # asked of asyncio, which takes a system call in 3.11.

        def concerned() -> bool:
            return inside and events._get_running_loop() is loop

        def watch_count(watched: str) -> Callable[[Any], Any]:
            def make(original: Any) -> Any:
                def set_attribute(self: Any, name: str, value: Any) -> None:
                    if name != watched:
                        original(self, name, value)
                        return
                    known = settled.get(id(self))
                    if known is None:
                        before = getattr(self, name, None)
                        original(self, name, value)
                        attribute(self, name, before, value)
                        return
                    original(self, name, value)
                    try:
                        if known and value != known[2]:
                            extend((known[value > known[2]], time(), current, value))
                            known[2] = value
                    except Exception as error:
                        fail(error)

                return set_attribute

            return make

        def watch_attributes(watched: frozenset[str]) -> Callable[[Any], Any]:
            def make(original: Any) -> Any:
                def set_attribute(self: Any, name: str, value: Any) -> None:
                    if name in watched:
                        before = getattr(self, name, None)
                        original(self, name, value)
                        attribute(self, name, before, value)
                    else:
                        original(self, name, value)

                return set_attribute

            return make

        def attribute(primitive: Any, name: str, before: Any, value: Any) -> None:
            try:
                # None before: it is being constructed.
                if before is None and name not in ("_pid", "_returncode"):
                    self._primitives.constructed(primitive, value)
                    return
                if not concerned():
                    return
                if name in ("_pid", "_returncode"):
                    outside.process(primitive, name, value)
                    return
                found = change_of(primitive, name, before, value)
                if found is not None:
                    action, before, value = found
                    number = self._primitives.changed(primitive, before)
                    if number != INTERNAL:
                        kind = log.change_kind(number, action)
                        extend((kind, time(), current, value))
            except Exception as error:
                fail(error)

        def make_warn_unawaited(original: Any) -> Any:
            @wraps(original)
            def warn_unawaited(coroutine: Any) -> None:
                if inside and thread() == own_thread and hasattr(coroutine, "cr_code"):
                    written.never_awaited.append(coroutine.cr_code)
                original(coroutine)

            return warn_unawaited

        def call_exception_handler(context: Any) -> None:
            # A task that fails may be gone before the recording ends: this is its last word.
            try:
                lane = self._failed.get(id(context.get("future")))
                if lane is not None and "never retrieved" in context["message"]:
                    written.lanes[lane].retrieved = False
            except Exception as error:
                fail(error)
            original_exception_handler(context)

        def make_set(original: Any) -> Any:
            @wraps(original)
            def set(self: Any) -> None:
                if not self._value:
                    switch(self, True)
                original(self)

            return set

        def make_clear(original: Any) -> Any:
            @wraps(original)
            def clear(self: Any) -> None:
                if self._value:  # else nothing is cleared: queues do that at every put
                    switch(self, False)
                    original(self)

            return clear

        def switch(event: Any, value: bool) -> None:
            try:
                known = settled.get(id(event))
                if known is None:
                    attribute(event, "_value", not value, value)
                elif known:
                    extend((known[value], time(), current, value))
            except Exception as error:
                fail(error)

        # The plain queue that was used last is served here, in asyncio's own steps but without its
        # calls of methods that do one thing each: cheaper than to call asyncio and write a row.
        # It is known by parts of its own, which keep no item and no queue alive.

        def make_put_nowait(original: Any) -> Any:
            @wraps(original)
            def put_nowait(self: Any, item: Any) -> None:
                nonlocal getters, putters, finished, put, got, did
                if (
                    self._getters is getters
                    and not 0 < self._maxsize <= len(self._queue)
                    and not (shuts_down and self._is_shutdown)
                ):
                    self._queue.append(item)
                    self._unfinished_tasks += 1
                    if finished._value:
                        finished.clear()
                    if getters:
                        self._wakeup_next(getters)
                    extend((put, time(), current, 0))
                    return
                original(self, item)
                try:
                    known = settled.get(id(self))
                    if known:
                        extend((known[0], time(), current, 0))
                        if known[3]:
                            put, got, did, _ = known
                            getters, putters, finished = (
                                self._getters,
                                self._putters,
                                self._finished,
                            )
                    elif known is None:
                        queue_moved(self, 0)
                except Exception as error:
                    fail(error)

            return put_nowait

        def make_get_nowait(original: Any) -> Any:
            @wraps(original)
            def get_nowait(self: Any) -> Any:
                if self._putters is putters and self._queue:
                    item = self._queue.popleft()
                    if putters:
                        self._wakeup_next(putters)
                    extend((got, time(), current, 0))
                    return item
                item = original(self)
                try:
                    known = settled.get(id(self))
                    if known:
                        extend((known[1], time(), current, 0))
                    elif known is None:
                        queue_moved(self, 1)
                except Exception as error:
                    fail(error)
                return item

            return get_nowait

        def make_task_done(original: Any) -> Any:
            @wraps(original)
            def task_done(self: Any) -> None:
                if self._finished is finished and self._unfinished_tasks > 0:
                    self._unfinished_tasks -= 1
                    if not self._unfinished_tasks:
                        finished.set()
                    extend((did, time(), current, 0))
                    return
                original(self)
                try:
                    known = settled.get(id(self))
                    if known:
                        extend((known[2], time(), current, 0))
                    elif known is None:
                        queue_moved(self, 2)
                except Exception as error:
                    fail(error)

            return task_done

        def make_shutdown(original: Any) -> Any:
            @wraps(original)
            def shutdown(self: Any, immediate: bool = False) -> None:
                depth, unfinished = self.qsize(), self._unfinished_tasks
                original(self, immediate)
                try:
                    queue_emptied(self, depth, unfinished)
                except Exception as error:
                    fail(error)

            return shutdown

        def queue_emptied(queue: Any, depth: int, unfinished: int) -> None:
            # Shut down at once, it takes out its items and has them done by no method seen above.
            taken, done = depth - queue.qsize(), unfinished - queue._unfinished_tasks
            if (taken or done) and concerned():
                number = self._primitives.changed(queue, depth, done)
                if number != INTERNAL:
                    for action, times in (("get", taken), ("task_done", done)):
                        kind = log.change_kind(number, ACTION[action])
                        extend((kind, time(), current, 0) * times)

        def queue_moved(queue: Any, action: int) -> None:
            if concerned():
                deeper, more = _MOVES[action]
                number = self._primitives.changed(queue, queue.qsize() - deeper, -more)
                if number != INTERNAL:
                    kind = log.change_kind(number, QUEUE_ACTIONS[action])
                    extend((kind, time(), current, 0))

        def make_notify(original: Any) -> Any:
            @wraps(original)
            def notify(self: Any, n: int = 1) -> None:
                original(self, n)
                notified(self)

            return notify

        def notified(condition: Any) -> None:
            try:
                if concerned():
                    waiters = len(condition._waiters)
                    number = self._primitives.changed(condition, waiters)
                    if number != INTERNAL:
                        kind = log.change_kind(number, ACTION["notify"])
                        extend((kind, time(), current, waiters))
            except Exception as error:
                fail(error)

        def make_group_create_task(original: Any) -> Any:
            @wraps(original)
            def create_task(self: Any, coroutine: Any, **options: Any) -> Any:
                before = len(self._tasks)
                task = original(self, coroutine, **options)
                children_changed(self, before, ACTION["create_task"])
                return task

            return create_task

        def make_group_task_done(original: Any) -> Any:
            @wraps(original)
            def _on_task_done(self: Any, task: Any) -> None:
                before = len(self._tasks)
                try:
                    original(self, task)
                finally:
                    children_changed(self, before, ACTION["task_done"])

            return _on_task_done

        def children_changed(group: Any, before: int, action: int) -> None:
            try:
                children = len(group._tasks)
                if children != before and concerned():
                    number = self._primitives.changed(group, before)
                    if number != INTERNAL:
                        extend((log.change_kind(number, action), time(), current, children))
            except Exception as error:
                fail(error)

        def write(row: Any) -> None:
            extend(row)

        def note_mark(verb: str, what: str, value: Any, frame: FrameType | None) -> None:
            try:
                place = learner_frame(frame)
                location = None if place is None else _location(place)
                extend((log.MARK, time(), current, len(written.marks)))
                written.marks.append((verb, what, value, location))
            except Exception as error:
                fail(error)

        def silence() -> None:
            # Somebody may keep a hook for good: let it collect nothing.
            nonlocal extend, origins, lane_of
            extend = lambda _: None  # noqa: E731
            origins = weakref.WeakKeyDictionary()
            lane_of = lambda _: 0  # noqa: E731
            if step_handle is not None:
                del step_handle._run  # those that are left are handles like all others

        fail = self._fail
        after_step = self._after_step
        room = self.limit * log.ROW
        in_order = hasattr(loop, "note_handed_in")
        settle = loop.hand_in if in_order else lambda call: call()
        outside = Outside(written, write, time, lambda: current, self._detail, self._jobs, settle)
        self._last_look = outside.note_ended_threads
        makers: dict[tuple[Any, str], Callable[[Any], Any]] = {
            (events.Handle, "_run"): make_run,
            (asyncio.Event, "set"): make_set,
            (asyncio.Event, "clear"): make_clear,
            (asyncio.Queue, "put_nowait"): make_put_nowait,
            (asyncio.Queue, "get_nowait"): make_get_nowait,
            (asyncio.Queue, "task_done"): make_task_done,
            **({(asyncio.Queue, "shutdown"): make_shutdown} if shuts_down else {}),
            (asyncio.Condition, "notify"): make_notify,
            (asyncio.TaskGroup, "create_task"): make_group_create_task,
            (asyncio.TaskGroup, "_on_task_done"): make_group_task_done,
        }
        if hasattr(events, "_ThreadSafeHandle"):
            makers[events._ThreadSafeHandle, "__init__"] = make_threadsafe
        if hasattr(warnings, _UNAWAITED):
            makers[warnings, _UNAWAITED] = make_warn_unawaited
        for holder, count in _COUNTS.items():
            makers[holder, "__setattr__"] = watch_count(count)
        for holder, attributes in _ATTRIBUTES.items():
            makers[holder, "__setattr__"] = watch_attributes(attributes)
        hooks.register(loop, makers)
        self._undo.append(lambda: hooks.unregister(loop, makers))

        original_create_task = loop.create_task
        original_exception_handler = loop.call_exception_handler
        original_call_soon = loop.call_soon
        original_any_call_soon = loop._call_soon
        original_threadsafe = loop.call_soon_threadsafe
        original_call_at = loop.call_at
        original_timer_cancelled = loop._timer_handle_cancelled
        original_run_once = loop._run_once
        original_executor = loop.run_in_executor

        root = asyncio.current_task(loop) if events._get_running_loop() is loop else None
        for task in sorted(asyncio.all_tasks(loop), key=_creation):
            lane = adopt(task, log.OUTSIDE, True)
            if task is root:
                written.root = current = lane
                extend((log.RUN, time(), lane, 0))
            else:
                waiter = task._fut_waiter  # type: ignore[attr-defined]
                if waiter is not None and waiter.done():
                    waiter = None  # it was woken before the recording began
                self.log.lanes[lane].standing = situation(task, waiter)
        if root is not None:
            opening, inside = weakref.ref(root), True

        marks.noting[loop] = note_mark
        self._undo.append(partial(marks.noting.__delitem__, loop))
        self._undo.append(silence)
        self._who = lambda: current
        replacements = {
            "_call_soon": any_call_soon,
            "call_soon_threadsafe": call_soon_threadsafe,
            "call_at": call_at,
            "_timer_handle_cancelled": timer_handle_cancelled,
            "_run_once": run_once,
            "run_in_executor": run_in_executor,
            "call_exception_handler": call_exception_handler,
        }
        if _EAGER_FACTORY is not None:
            replacements["create_task"] = create_task
        if in_order:
            replacements["note_handed_in"] = note_handed_in
            replacements["note_rest"] = outside.note_ended_threads
        if hasattr(loop, "note_cancellation"):
            replacements["note_cancellation"] = note_cancellation
        if _makes_plain_handles(loop):
            copy_context, new_handle = contextvars.copy_context, object.__new__
            slots = {"__slots__": ("lane", "task"), "_run": run_step}
            step_handle = type("Handle", (events.Handle,), slots)
            replacements["call_soon"] = call_soon
        for name, hook in replacements.items():
            self._replace(name, hook)
        self.listening = True
        if written.clock == "real":
            self._watch(lambda: own_thread if inside else None, outside.note_ended_threads)

    def _watch(
        self, running_thread: Callable[[], int | None], note_ended_threads: Callable[[], None]
    ) -> None:
        """Look now and then, from another thread, in which line a long step is."""
        ended = threading.Event()

        def look() -> None:
            seen = -1
            while not ended.wait(self.log.threshold / 2):
                position = self.log.position
                thread = running_thread()
                if position == seen and thread is not None:
                    frame = sys._current_frames().get(thread)
                    if frame is not None and self.log.position == position:
                        self._sample(frame)
                seen = position
                note_ended_threads()

        def watch() -> None:
            try:
                look()
            except Exception as error:
                self._fail(error)

        def end() -> None:
            ended.set()
            if threading.current_thread() is not watcher:
                watcher.join()

        watcher = threading.Thread(target=watch, name="course_helpers watch", daemon=True)
        watcher.start()
        self._undo.append(end)

    def _sample(self, frame: FrameType) -> None:
        """Note in which line the step that is running is."""
        place = learner_frame(frame)
        rows = self.log.rows
        for position in range(len(rows) - log.ROW, -1, -log.ROW):
            if rows[position] == log.RUN:
                if place is not None:
                    row = self.log.dropped + position // log.ROW
                    self.log.samples[row] = _location(place)
                return

    def _replace(self, name: str, hook: Any) -> None:
        """Set a method on this loop alone, until `stop`."""
        loop = self.loop
        own = loop.__dict__.get(name, _MISSING)

        def undo() -> None:
            if loop.__dict__.get(name) is hook:  # else somebody put theirs over it: leave it
                if own is _MISSING:
                    del loop.__dict__[name]
                else:
                    loop.__dict__[name] = own

        loop.__dict__[name] = hook
        self._undo.append(undo)

    def _add_task(self, task: Any, parent: int, existed: bool) -> int:
        lane = self._add_coroutine(task.get_coro(), parent, existed)
        self._bind(task, lane)
        return lane

    def _add_coroutine(self, coroutine: Any, parent: int, existed: bool) -> int:
        """The number of a new lane, for a task that runs this coroutine."""
        code = getattr(coroutine, "cr_code", None) or getattr(coroutine, "gi_code", None)
        own = code is not None and owner_of(code) is Owner.ASYNCIO
        learners = code is not None and reasons.classify(code) is reasons.LEARNER
        return self.log.add_lane(
            log.Lane(
                "task",
                names.call_label(coroutine),
                names.function_name(coroutine),
                parent,
                existed=existed,
                library=not (learners or own),
                internal=own and code is not None and code.co_name.startswith("_"),
            )
        )

    def _bind(self, task: Any, lane: int) -> None:
        """From now on a lane is this task's."""
        identity = id(task)
        lanes, tasks = self._lanes, self._tasks

        def forget(_: Any) -> None:
            lanes.pop(identity, None)
            tasks.pop(identity, None)

        # Weak: a program sees its tasks die when they would anyway.
        lanes[identity] = lane
        tasks[identity] = self._lane_tasks[lane] = weakref.ref(task, forget)

    def _ancestors(self) -> list[FrameType]:
        """Frames of the learner's code in the tasks that led to the running one, nearest first."""
        frames: list[FrameType] = []
        lane = self._who()
        while lane >= 0:
            lane = self.log.lanes[lane].parent
            task = self._lane_tasks[lane]() if lane in self._lane_tasks else None
            if task is not None:
                frames.extend(reversed(reasons.suspension(task.get_coro()).learners))
        return frames

    def _finish(self, task: Any, lane: int) -> tuple[int, int]:
        """How a task ended: the kind of its last row, and the detail."""
        record = self.log.lanes[lane]
        record.finished = True
        record.name = task.get_name()
        record.cancel_requested = task.cancelling() > 0
        if task.cancelled():
            return log.CANCELLED, -1
        error = task._exception  # asking by exception() would count as retrieving it
        if error is None:
            return log.DONE, -1
        self._failed[id(task)] = lane
        return log.FAILED, self._detail(error)

    def _detail(self, error: BaseException) -> int:
        try:
            text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        except Exception:  # a text that cannot be made is the learner's own mistake
            text = type(error).__name__
        return self.log.add_detail(names.shorten(text, _LONGEST_DETAIL))


_EAGER_FACTORY: Final = getattr(getattr(asyncio, "eager_task_factory", None), "__code__", None)


def _starts_eagerly(loop: Any, options: dict[str, Any]) -> bool:
    """Whether a loop's `create_task` runs the first step of the task that it creates.

    That is so with the factories of `asyncio.create_eager_task_factory` (Python 3.12), which share
    their code, or when asked for by `eager_start` (3.14), and only while the loop runs.
    """
    factory = loop.get_task_factory()
    makes_eager_ones = getattr(factory, "__code__", None) is _EAGER_FACTORY
    return bool(options.get("eager_start", makes_eager_ones) and loop.is_running())


def _has_begun(coroutine: Any) -> bool:
    """Whether a coroutine that was just made a task of has taken its first step."""
    return iscoroutine(coroutine) and getcoroutinestate(coroutine) != CORO_CREATED


def _makes_plain_handles(loop: Any) -> bool:
    """Whether a loop's `call_soon` is asyncio's own, as this module knows it."""
    base: Any = asyncio.BaseEventLoop
    kind = type(loop)
    return (
        kind.call_soon is base.call_soon
        and kind._call_soon is base._call_soon
        and not {"call_soon", "_call_soon"} & loop.__dict__.keys()
        and set(events.Handle.__slots__) == _HANDLE_SLOTS
    )


_OWN_FILES: Final = (__file__, hooks.__file__)


def _hide_hooks(created: Any) -> None:
    """Take the hooks out of the stack that debug mode keeps of where a thing was created."""
    stack = getattr(created, "_source_traceback", None)
    if stack:
        stack[:] = [frame for frame in stack if frame.filename not in _OWN_FILES]


def _warn(message: str) -> None:
    # A program that makes errors of warnings must not get this one: it is not of its making.
    with suppress(RuntimeWarning):
        warnings.warn(message, RuntimeWarning, stacklevel=4)


def _creation(task: asyncio.Task[Any]) -> tuple[int, str]:
    """Default names are numbered in order of creation; others come last, by name."""
    name = task.get_name()
    number = name.removeprefix("Task-")
    if names.is_default_name(name) and number.isdecimal():
        return int(number), name
    return sys.maxsize, name


def _location(frame: FrameType) -> Location:
    code = frame.f_code
    return Location(code.co_filename, frame.f_lineno, names.code_name(code))
