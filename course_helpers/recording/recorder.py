"""The recorder: it listens to one loop, from the inside, and writes the log.

Two places tell all there is to know about tasks. Whatever a loop runs, a step of a task or a plain
callback, is a handle whose `_run` is called; and whoever makes a task ready does it by
`loop.call_soon`, in the middle of a step or a callback that is running. So the recorder always
knows who runs, and whatever is reported meanwhile is by that one's doing.
"""

from __future__ import annotations

import asyncio
import sys
import threading
import warnings
import weakref
from asyncio import events
from collections.abc import Callable, MutableMapping
from contextlib import suppress
from time import monotonic
from types import BuiltinFunctionType, CoroutineType, FrameType, MethodType
from typing import Any, Final

from course_helpers.recording import hooks, log, names, reasons
from course_helpers.recording.interpretation import interpret
from course_helpers.recording.model import Location, Recording, WaitReason
from course_helpers.recording.outside import Outside
from course_helpers.recording.primitives import (
    CHANGE,
    Primitives,
    change_of,
    is_asyncios,
    learner_frames,
)

_MISSING: Final = object()
# The callback by which the C implementation of Task takes a step; a wake-up is a plain builtin.
_STEP_TYPE: Final = "TaskStepMethWrapper"
_LONGEST_DETAIL: Final = 200
_TIMER_CALLS: Final = {"_set_result_unless_cancelled": "sleep", "Timeout._on_timeout": "timeout"}
# How far a queue's depth and its number of unfinished tasks have just moved.
_MOVES: Final = {CHANGE["put"]: (1, 1), CHANGE["get"]: (-1, 0), CHANGE["task_done"]: (0, -1)}


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
    `threshold` seconds counts as blocking the loop.

    A fault in the recorder itself switches it off with a warning; the program goes on undisturbed.
    Raises TypeError for a loop that is not one of asyncio's own.
    """

    run: Callable[[Any, Callable[[Any], None]], None]
    attribute: Callable[[Any, str, Any, Any], None]
    queue: Callable[[Any, int], None]
    notify: Callable[[Any], None]
    blocking: Callable[[FrameType], None]

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        *,
        clock: str = "real",
        limit: int = 1_000_000,
        keep: str = "oldest",
        threshold: float = 0.05,
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
        self._lane_tasks: dict[int, weakref.ref[Any]] = {}
        self._who: Callable[[], int] = lambda: log.OUTSIDE
        self._primitives = Primitives(self.log, loop.time, self._ancestors)
        self._reasons: dict[Any, int] = {}
        self._places: dict[tuple[int, int], int] = {}
        self._undo: list[Callable[[], None]] = []

    def start(self) -> None:
        """Begin to listen.

        Raises RuntimeError when the loop is being recorded already.
        """
        outer = hooks.by_thread.get(threading.get_ident())
        hooks.register(self.loop, self)
        self._undo.append(lambda: self._leave(outer))
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

    def _leave(self, outer: hooks.Listener | None) -> None:
        hooks.unregister(self.loop, self)
        if outer in hooks.by_loop.values():  # this loop ran inside a step of that one's
            hooks.by_thread[threading.get_ident()] = outer  # type: ignore[assignment]

    def _fail(self, error: BaseException) -> None:
        message = f"the recorder failed and was switched off; the program goes on ({error!r})"
        self.log.warnings.append(message)
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
        settled, named = self._primitives.settled, self._primitives.named
        threshold = written.threshold
        thread = threading.get_ident
        own_thread = thread()
        origins: MutableMapping[Any, int] = {}
        timers: dict[int, int] = {}
        eager: list[
            int
        ] = []  # lanes of the tasks that take their first step while they are created
        foreign: dict[int, int] = {}
        step_type: type | None = None
        current = log.OUTSIDE
        inside = False  # a callback of this loop is running
        opening: Any = None  # the task in whose step the recording began, during that step
        suspended = self._suspended
        log_run, log_ready, log_wait = log.RUN, log.READY, log.WAIT

        def adopt(task: Any, parent: int, existed: bool) -> int:
            if eager and asyncio.current_task(loop) is task:  # it is still being created
                self._bind(task, eager[-1])
                return eager[-1]
            lane = self._add_task(task, parent, existed)
            extend((log.BORN, time(), lane, parent, 0))
            return lane

        def end_of_step(task: Any, lane: int) -> None:
            waiter = task._fut_waiter
            if waiter is None:
                if task.done():
                    code, detail = self._finish(task, lane)
                    extend((log.FINISHED, time(), lane, code, detail))
                else:
                    reason, place = suspended(task, waiter, jobs)
                    extend((log.YIELD, time(), lane, reason, place))
            else:
                reason, place = suspended(task, waiter, jobs)
                extend((log_wait, time(), lane, reason, place))

        def run(handle: Any, original: Callable[[Any], None]) -> None:
            nonlocal current, inside, step_type
            lane: int | None = None
            try:
                if opening is not None:
                    close_opening()
                callback = handle._callback
                kind = type(callback)
                if (
                    kind is step_type
                    or (kind is BuiltinFunctionType and callback.__name__ == "task_wakeup")
                    or _takes_a_step(callback)
                ):
                    if step_type is None and kind.__name__ == _STEP_TYPE:
                        step_type = kind
                    task = callback.__self__
                    lane = lane_of(id(task))
                    if lane is None:
                        lane = adopt(task, log.OUTSIDE, True)
                    current = lane
                    extend((log_run, time(), lane, 0, 0))
                else:
                    current = origin(handle)
                    began = time()
                inside = True
            except Exception as error:
                self._fail(error)
            try:
                original(handle)
            finally:
                inside = False
                if self.listening:
                    try:
                        if lane is not None:
                            end_of_step(task, lane)
                        elif time() - began >= threshold:
                            extend((log.CALLBACK, began, current, time(), -1))
                        current = log.OUTSIDE
                    except Exception as error:
                        self._fail(error)

        def origin(handle: Any) -> int:
            if isinstance(handle, events.TimerHandle):
                number = timers.pop(id(handle), None)
                if number is not None:
                    extend((log.TIMER_END, time(), log.OUTSIDE, number, 1))
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

        def call_soon(callback: Any, arguments: Any, context: Any) -> Any:
            handle = original_call_soon(callback, arguments, context)
            try:
                if handle._source_traceback:
                    _hide_hooks(handle)
                by = foreign.get(thread(), current) if foreign else current
                kind = type(callback)
                if (
                    kind is step_type
                    or (kind is BuiltinFunctionType and callback.__name__ == "task_wakeup")
                    or _takes_a_step(callback)
                ):
                    task = callback.__self__
                    lane = lane_of(id(task))
                    if arguments:
                        if lane is None:
                            lane = adopt(task, log.OUTSIDE, True)
                        cancelled = 1 if arguments[0].cancelled() else 0
                        extend((log_ready, time(), lane, by, cancelled))
                    else:
                        if lane is None:
                            lane = adopt(task, by, False)
                        extend((log_ready, time(), lane, by, 0))
                else:
                    origins[handle] = by
            except Exception as error:
                self._fail(error)
            return handle

        def create_task(coroutine: Any, **options: Any) -> Any:
            nonlocal current
            if not _starts_eagerly(loop, options):
                task = original_create_task(coroutine, **options)
                _hide_hooks(task)
                return task
            parent = current
            try:
                lane = self._add_coroutine(coroutine, parent, False)
                if parent >= 0:  # it goes on when the new task's first step has ended
                    place = self._place(learner_frames(sys._getframe(1))[:1])
                    extend((log_ready, time(), parent, parent, 0))
                    extend((log.YIELD, time(), parent, -1, place))
                extend((log.BORN, time(), lane, parent, 0))
                extend((log_run, time(), lane, 0, 0))
            except Exception as error:
                self._fail(error)
                return original_create_task(coroutine, **options)
            current = lane
            eager.append(lane)
            task = None
            try:
                task = original_create_task(coroutine, **options)
            except BaseException as error:
                if self.listening:
                    detail = self._detail(error)
                    extend((log.FINISHED, time(), lane, log.FINISH_FAILED, detail))
                raise
            finally:
                eager.pop()
                current = parent
                if self.listening:
                    try:
                        if task is not None:
                            _hide_hooks(task)
                            self._bind(task, lane)
                            end_of_step(task, lane)
                        if parent >= 0:
                            extend((log_run, time(), parent, 0, 0))
                    except Exception as error:
                        self._fail(error)
            return task

        def call_soon_threadsafe(callback: Any, *arguments: Any, context: Any = None) -> Any:
            try:
                if thread() != own_thread:
                    foreign[thread()] = outside.calling_thread()
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
                written.timers.append(_TIMER_CALLS.get(name, name))
                extend((log.TIMER, time(), current, number, when))
            except Exception as error:
                self._fail(error)
            return handle

        def timer_handle_cancelled(handle: Any) -> None:
            number = timers.pop(id(handle), None)
            if number is not None:
                extend((log.TIMER_END, time(), current, number, 0))
            original_timer_cancelled(handle)

        def run_once() -> None:
            nonlocal own_thread
            if not self.listening:  # somebody has kept this hook
                original_run_once()
                return
            try:
                own_thread = thread()
                hooks.by_thread[own_thread] = self
                if opening is not None:
                    close_opening()
                extend((log.TURN, time(), log.OUTSIDE, len(loop._ready), 0))
                if outside.threads:
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

        def attribute(primitive: Any, name: str, before: Any, value: Any) -> None:
            if not inside:
                return
            try:
                known = settled.get(id(primitive))
                if known is None:
                    change(primitive, name, before, value)
                elif value < before:
                    extend((known[1], time(), current, known[0], value))
                elif value > before:
                    extend((known[2], time(), current, known[0], value))
            except Exception as error:
                self._fail(error)

        def change(primitive: Any, name: str, before: Any, value: Any) -> None:
            if name == "_pid" or name == "_returncode":
                outside.process(primitive, name, value)
            elif before is not None:  # else it is being constructed
                found = change_of(primitive, name, before, value)
                if found is not None:
                    action, before, value = found
                    number = self._primitives.changed(primitive, before)
                    if number >= 0:
                        extend((action, time(), current, number, value))

        def queue(queue: Any, action: int) -> None:
            if not inside:
                return
            try:
                number = named.get(id(queue))
                if number is None:
                    deeper, more = _MOVES[action]
                    number = self._primitives.changed(queue, queue.qsize() - deeper, -more)
                if number >= 0:
                    extend((action, time(), current, number, 0))
            except Exception as error:
                self._fail(error)

        def notify(condition: Any) -> None:
            if not inside:
                return
            try:
                waiters = len(condition._waiters)
                number = self._primitives.changed(condition, waiters)
                if number >= 0:
                    extend((CHANGE["notify"], time(), current, number, waiters))
            except Exception as error:
                self._fail(error)

        def blocking(frame: FrameType) -> None:
            place = reasons.learner_frame(frame)
            rows = written.rows
            for position in range(len(rows) - log.ROW, -1, -log.ROW):
                if rows[position] == log.RUN:
                    if place is not None:
                        row = written.dropped + position // log.ROW
                        written.samples[row] = _location(place)
                    return

        def write(row: Any) -> None:
            extend(row)

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

        def silence() -> None:
            # Somebody may keep a hook for good: let it collect nothing.
            nonlocal extend, origins, lane_of
            extend = lambda _: None  # noqa: E731
            origins = weakref.WeakKeyDictionary()
            lane_of = lambda _: 0  # noqa: E731

        room = self.limit * log.ROW
        outside = Outside(written, write, time, lambda: current, self._detail)
        jobs = outside.jobs
        original_create_task = loop.create_task
        original_call_soon = loop._call_soon
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
                extend((log.RUN, time(), lane, 0, 0))
            else:
                waiter = task._fut_waiter  # type: ignore[attr-defined]
                if waiter is not None and waiter.done():
                    waiter = None  # it was woken before the recording began
                self.log.lanes[lane].standing = self._suspended(task, waiter, outside.jobs)
        if root is not None:
            opening, inside = weakref.ref(root), True
            hooks.by_thread[own_thread] = self

        self._undo.append(silence)
        self._who = lambda: current
        self.run, self.attribute, self.queue, self.notify = run, attribute, queue, notify
        self.blocking = blocking
        for name, hook in (
            ("_call_soon", call_soon),
            ("call_soon_threadsafe", call_soon_threadsafe),
            ("call_at", call_at),
            ("_timer_handle_cancelled", timer_handle_cancelled),
            ("_run_once", run_once),
            ("run_in_executor", run_in_executor),
        ):
            self._replace(name, hook)
        if _EAGER_FACTORY is not None:
            self._replace("create_task", create_task)
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
                        self.blocking(frame)
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
        own = code is not None and is_asyncios(code.co_filename)
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
        """What a FINISHED row says of a task, and what is to be remembered of it."""
        record = self.log.lanes[lane]
        record.finished = True
        record.name = task.get_name()
        record.cancel_requested = task.cancelling() > 0
        if task.cancelled():
            return log.FINISH_CANCELLED, -1
        error = task._exception  # asking by exception() would count as retrieving it
        if error is None:
            return log.FINISH_DONE, -1
        return log.FINISH_FAILED, self._detail(error)

    def _detail(self, error: BaseException) -> int:
        try:
            text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        except Exception:  # a text that cannot be made is the learner's own mistake
            text = type(error).__name__
        return self.log.add_detail(names.shorten(text, _LONGEST_DETAIL))

    def _suspended(self, task: Any, waiter: Any, jobs: dict[int, int]) -> tuple[int, int]:
        """The numbers of the reason and of the place of a task that is suspended; -1 for none.

        Nearly always the task waits where another one has waited before, for a primitive that is
        known or for so many seconds: then a few look-ups tell.
        """
        coroutine = task.get_coro()
        learner: Any = None
        known: Any = None
        classified = reasons.classified
        while type(coroutine) is CoroutineType:
            known = classified.get(id(coroutine.cr_code))
            if known is reasons.LEARNER:
                learner = coroutine
            elif known is not reasons.LIBRARY:
                break
            coroutine = coroutine.cr_await
        place = None
        if learner is not None:
            place = self._places.get((id(learner.cr_code), learner.cr_frame.f_lasti))
        if place is None:
            return self._suspended_anew(task, waiter, jobs)
        if waiter is None:
            return -1, place
        if type(known) is reasons.Known and known.variable is not None:
            value = coroutine.cr_frame.f_locals[known.variable]
            if known.kind != "sleep":
                value = self._primitives.named.get(id(value))
            elif type(value) is not int and type(value) is not float:
                value = None
            if known.kind == "condition" and type(coroutine.cr_await) is CoroutineType:
                value = None  # notified, it waits for the lock
            reason = self._reasons.get((known.call, value))
            if value is not None and reason is not None:
                return reason, place
        return self._suspended_anew(task, waiter, jobs)

    def _suspended_anew(self, task: Any, waiter: Any, jobs: dict[int, int]) -> tuple[int, int]:
        known, frame, learners = reasons.suspension(task.get_coro())
        place = self._place(learners)
        if waiter is None:
            return -1, place
        resource = awaited = value = None
        if known is None:
            known = reasons.describe_future(waiter)
            awaited = self._lanes.get(id(waiter))
        elif known.variable is not None and frame is not None:
            value = frame.f_locals[known.variable]
        call = known.call
        if known.kind == "thread":
            awaited = jobs.get(id(waiter))
        elif known.kind == "sleep":
            if isinstance(value, int | float):
                call = f"{call}({value:g})"
        elif value is not None:
            value = resource = self._primitives.waited_for(value, learners)
        reason = WaitReason(known.kind, call, resource, awaited)
        number = self._reasons.get(reason)
        if number is None:
            number = self._reasons[reason] = len(self.log.reasons)
            self.log.reasons.append(reason)
        if known.variable is not None and isinstance(value, int | float):
            self._reasons[known.call, value] = number
        return number, place

    def _place(self, learners: list[FrameType]) -> int:
        """The number of the line in which the innermost of the learner's frames stands."""
        if not learners:
            return -1
        code, offset = learners[-1].f_code, learners[-1].f_lasti
        place = self._places.get((id(code), offset))
        if place is None:
            place = self._places[id(code), offset] = len(self.log.places)
            self.log.places.append((code, offset))
        return place


_EAGER_FACTORY: Final = getattr(getattr(asyncio, "eager_task_factory", None), "__code__", None)


def _starts_eagerly(loop: Any, options: dict[str, Any]) -> bool:
    """Whether a loop's `create_task` runs the first step of the task that it creates.

    That is so with the factories of `asyncio.create_eager_task_factory` (Python 3.12), which share
    their code, or when asked for by `eager_start` (3.14), and only while the loop runs.
    """
    factory = loop.get_task_factory()
    makes_eager_ones = getattr(factory, "__code__", None) is _EAGER_FACTORY
    return bool(options.get("eager_start", makes_eager_ones) and loop.is_running())


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
