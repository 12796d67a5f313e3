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
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import monotonic
from types import BuiltinFunctionType, CodeType, FrameType, MethodType
from typing import Any, Final

from course_helpers.recording import hooks, log, names, reasons
from course_helpers.recording.interpretation import interpret
from course_helpers.recording.model import Location, Recording, WaitReason

_MISSING: Final = object()
_LONGEST_DETAIL: Final = 200
_ASYNCIO_FOLDER: Final = asyncio.__file__.rpartition("__init__")[0]

_CHANGE: Final = {action: log.CHANGE + number for number, action in enumerate(log.ACTIONS)}
_METHOD_ACTIONS: Final = {
    "put_nowait": _CHANGE["put"],
    "get_nowait": _CHANGE["get"],
    "task_done": _CHANGE["task_done"],
    "notify": _CHANGE["notify"],
}
# What a queue's depth and number of unfinished tasks were before, less what they are afterwards.
_BEFORE: Final = {"put_nowait": (-1, -1), "get_nowait": (1, 0), "task_done": (0, 1)}
_BARRIER_STATES: Final = {"BROKEN": _CHANGE["abort"], "RESETTING": _CHANGE["reset"]}
_TIMEOUT_STATES: Final = {
    "ENTERED": _CHANGE["enter"],
    "EXPIRING": _CHANGE["expire"],
    "EXPIRED": _CHANGE["exit"],
    "EXITED": _CHANGE["exit"],
}
_TASK_GROUP_STATES: Final = {
    "_entered": _CHANGE["enter"],
    "_exiting": _CHANGE["exit"],
    "_aborting": _CHANGE["abort"],
}


def _takes_a_step(callback: Any) -> bool:
    """Whether running this callback runs a step of a task."""
    kind = type(callback)
    if kind is BuiltinFunctionType:
        return bool(callback.__name__ == "task_wakeup")
    if kind is MethodType:  # Task's implementation in Python
        return callback.__name__ in ("__step", "__wakeup") and isinstance(
            callback.__self__, asyncio.Future
        )
    return kind.__name__ == "TaskStepMethWrapper"


class Recorder:
    """Records one event loop.

    `clock` is `"real"` or `"virtual"`. `limit` bounds the number of events; when it is reached,
    `keep` says which are kept: the `"oldest"` or the `"newest"`. A step that runs longer than
    `threshold` seconds counts as blocking the loop.

    A fault in the recorder itself switches it off with a warning; the program goes on undisturbed.
    """

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
        self.run: Callable[[Any, Callable[[Any], None]], None] = lambda handle, run: run(handle)
        self.attribute: Callable[[Any, str, Any, Any], None] = lambda *_: None
        self.method: Callable[[Any, str], None] = lambda *_: None
        self.blocking: Callable[[FrameType], None] = lambda _: None
        self._lanes: dict[int, int] = {}
        self._tasks: dict[int, weakref.ref[Any]] = {}
        self._primitives: dict[int, int] = {}
        self._unnamed: dict[int, int] = {}
        self._watched: dict[int, weakref.ref[Any]] = {}
        self._reason_numbers: dict[Any, int] = {}
        self._place_numbers: dict[tuple[CodeType, int], int] = {}
        self._silence: Callable[[], None] = lambda: None
        self._threads: dict[int, int] = {}
        self._outsiders: dict[int, threading.Thread] = {}
        self._undo: list[Callable[[], None]] = []

    def start(self) -> None:
        """Begin to listen.

        Raises RuntimeError when the loop is being recorded already.
        """
        hooks.register(self.loop, self)
        try:
            self.log.began = self.loop.time()
            self._listen()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop listening and leave the loop and asyncio's classes as they were before."""
        if self.listening:
            self.listening = False
            self.log.ended = self.loop.time()
            self._silence()
            self._note_unretrieved()
        while self._undo:
            self._undo.pop()()
        hooks.unregister(self.loop, self)

    def fill(self, recording: Recording) -> None:
        """Set a recording's fields to what was recorded."""
        interpret(self.log, recording)

    def recording(self) -> Recording:
        """What was recorded, as a new `Recording`."""
        recording = Recording.__new__(Recording)
        self.fill(recording)
        return recording

    def _listen(self) -> None:
        # All that runs for every event is a closure over local variables: the cheapest state and
        # the cheapest calls that Python has.
        loop: Any = self.loop
        written = self.log
        extend = written.rows.extend
        lanes = self._lanes
        lane_records = written.lanes
        # A plain loop's clock is time.monotonic: spare the method in between.
        time = monotonic if type(loop).time is asyncio.BaseEventLoop.time else loop.time
        origins: dict[Any, int] = {}
        timers: dict[int, int] = {}
        foreign: dict[int, int] = {}
        jobs: dict[int, int] = {}
        threshold = written.threshold
        timer_handle = events.TimerHandle
        step_type: type | None = None
        current = log.OUTSIDE
        opening = False
        own_thread = threading.get_ident()

        def fail(error: BaseException) -> None:
            written.warnings.append(f"the recorder failed and was switched off: {error!r}")
            self.stop()
            warnings.warn(
                f"the recorder failed and was switched off; the program goes on ({error!r})",
                RuntimeWarning,
                stacklevel=3,
            )

        def adopt(task: Any, existed: bool) -> int:
            number = self._add_task(task, current if not existed else log.OUTSIDE, existed)
            extend((log.BORN, time(), number, lane_records[number].parent, 0))
            return number

        def end_of_step(task: Any, lane: int) -> None:
            waiter = task._fut_waiter
            if waiter is None and task.done():
                code, detail = self._finish(task, lane)
                extend((log.FINISHED, time(), lane, code, detail))
            else:
                reason, place = self._suspended(task, waiter, jobs)
                extend((log.WAIT if reason >= 0 else log.YIELD, time(), lane, reason, place))

        def run(handle: Any, original: Callable[[Any], None]) -> None:
            nonlocal current, opening, step_type
            task = None
            try:
                if opening:
                    close_opening()
                callback = handle._callback
                kind = type(callback)
                if kind is step_type or _takes_a_step(callback):
                    if kind is not BuiltinFunctionType and kind is not MethodType:
                        step_type = kind
                    task = callback.__self__
                    lane = lanes.get(id(task), -1)
                    if lane < 0:
                        lane = adopt(task, existed=True)
                    current = lane
                    extend((log.RUN, time(), lane, 0, 0))
                else:
                    current = origin(handle)
                    began = time()
            except Exception as error:
                fail(error)
            try:
                original(handle)
            finally:
                if self.listening:
                    try:
                        if task is not None:
                            end_of_step(task, lane)
                        elif time() - began >= threshold:
                            extend((log.CALLBACK, began, current, time(), -1))
                        current = log.OUTSIDE
                    except Exception as error:
                        fail(error)

        def origin(handle: Any) -> int:
            if isinstance(handle, timer_handle):
                number = timers.pop(id(handle), -1)
                if number >= 0:
                    extend((log.TIMER_END, time(), log.OUTSIDE, number, 1))
                return log.BY_TIMER
            found = origins.pop(handle, None)
            if found is not None:
                return found
            if handle in loop.__dict__.get("_signal_handlers", {}).values():
                return log.BY_SIGNAL
            return log.BY_IO

        def close_opening() -> None:
            # The step in which the recording began ended unseen, just now.
            nonlocal opening
            opening = False
            task = self._tasks[root_id]()
            if task is not None:
                end_of_step(task, written.root)

        def call_soon(callback: Any, arguments: Any, context: Any) -> Any:
            handle = original_call_soon(callback, arguments, context)
            try:
                if handle._source_traceback:  # debug mode: the stack without this frame
                    del handle._source_traceback[-1]
                by = current
                if foreign and threading.get_ident() in foreign:
                    by = foreign[threading.get_ident()]
                if type(callback) is step_type or _takes_a_step(callback):
                    task = callback.__self__
                    lane = lanes.get(id(task), -1)
                    cancelled = 0
                    if arguments:
                        if lane < 0:
                            lane = adopt(task, existed=True)
                        if arguments[0].cancelled():
                            cancelled = 1
                    elif lane < 0:
                        lane = adopt(task, existed=False)
                    extend((log.READY, time(), lane, by, cancelled))
                else:
                    origins[handle] = by
            except Exception as error:
                fail(error)
            return handle

        def call_soon_threadsafe(callback: Any, *arguments: Any, context: Any = None) -> Any:
            thread = threading.get_ident()
            if thread == own_thread:
                return original_threadsafe(callback, *arguments, context=context)
            if threading.current_thread().name.startswith(_CHILD_WATCHER):
                foreign[thread] = log.BY_IO
            else:
                foreign[thread] = self._thread_lane(extend)
            try:
                return original_threadsafe(callback, *arguments, context=context)
            finally:
                foreign.pop(thread, None)

        def call_at(when: float, callback: Any, *arguments: Any, context: Any = None) -> Any:
            handle = original_call_at(when, callback, *arguments, context=context)
            try:
                if handle._source_traceback:
                    del handle._source_traceback[-1]
                number = timers[id(handle)] = len(written.timers)
                written.timers.append(self._timer_call(callback))
                extend((log.TIMER, time(), current, number, when))
            except Exception as error:
                fail(error)
            return handle

        def timer_handle_cancelled(handle: Any) -> None:
            number = timers.pop(id(handle), -1)
            if number >= 0:
                extend((log.TIMER_END, time(), current, number, 0))
            original_timer_cancelled(handle)

        def run_once() -> None:
            nonlocal extend
            try:
                if opening:
                    close_opening()
                extend((log.TURN, time(), log.OUTSIDE, len(loop._ready), 0))
                if self._outsiders:
                    note_ended_threads()
                if len(written.rows) > room:
                    if self.keep == "newest":
                        surplus = len(written.rows) // log.ROW // 4 * log.ROW
                        del written.rows[:surplus]
                        written.dropped += surplus // log.ROW
                    else:
                        extend = leave_out
            except Exception as error:
                fail(error)
            original_run_once()

        def leave_out(_: Any) -> None:
            written.left_out += 1

        def run_in_executor(executor: Any, function: Any, *arguments: Any) -> Any:
            if executor is not None and not isinstance(executor, ThreadPoolExecutor):
                return original_executor(executor, function, *arguments)
            lane = self._add_lane("thread", f"{names.function_name(_job(function))}()", current)
            extend((log.BORN, time(), lane, current, 0))
            extend((log.READY, time(), lane, current, 0))

            def job(*arguments: Any) -> Any:
                self._threads[threading.get_ident()] = lane
                extend((log.RUN, time(), lane, 0, 0))
                code, detail = log.FINISH_DONE, -1
                try:
                    return function(*arguments)
                except BaseException as error:
                    code, detail = log.FINISH_FAILED, self._detail(error)
                    raise
                finally:
                    extend((log.FINISHED, time(), lane, code, detail))

            future = original_executor(executor, job, *arguments)
            jobs[id(future)] = lane
            weakref.finalize(future, jobs.pop, id(future), None).atexit = False
            return future

        def attribute(primitive: Any, name: str, before: Any, value: Any) -> None:
            if before is None and name != "_pid" and name != "_returncode":
                return  # it is being constructed
            try:
                change(primitive, name, before, value)
            except Exception as error:
                fail(error)

        def change(primitive: Any, name: str, before: Any, value: Any) -> None:
            if isinstance(primitive, asyncio.Semaphore):
                action = _CHANGE["acquire" if value < before else "release"]
            elif isinstance(primitive, asyncio.Lock):
                action = _CHANGE["acquire" if value else "release"]
            elif isinstance(primitive, asyncio.Event):
                if before == value:
                    return
                action = _CHANGE["set" if value else "clear"]
            elif isinstance(primitive, asyncio.Barrier):
                if name == "_count":
                    action = _CHANGE["arrive" if value > before else "leave"]
                else:
                    action = _BARRIER_STATES.get(value.name, -1)
                    before = value = primitive._count  # type: ignore[attr-defined]
            elif isinstance(primitive, asyncio.Timeout):
                action = _TIMEOUT_STATES.get(value.name, -1)
                before, value = 0, int(value.name == "ENTERED")
            elif isinstance(primitive, asyncio.TaskGroup):
                action = _TASK_GROUP_STATES[name] if value else -1
                before = value = len(primitive._tasks)
            else:
                process(primitive, name, value)
                return
            if action < 0:
                return
            number = self._touch(primitive, int(before))
            if number >= 0:
                extend((action, time(), current, number, int(value)))

        def method(primitive: Any, name: str) -> None:
            try:
                if name == "notify":
                    depth = len(primitive._waiters)
                    number = self._touch(primitive, depth)
                else:
                    depth = primitive.qsize()
                    less, fewer = _BEFORE[name]
                    number = self._touch(primitive, depth + less, fewer)
                if number >= 0:
                    extend((_METHOD_ACTIONS[name], time(), current, number, depth))
            except Exception as error:
                fail(error)

        def process(transport: Any, name: str, value: Any) -> None:
            if value is None:
                return
            if name == "_pid":
                command = transport._proc.args
                text = command if isinstance(command, str) else " ".join(map(str, command))
                lane = self._add_lane("process", names.shorten(text, 60), current)
                lanes[id(transport)] = lane
                extend((log.BORN, time(), lane, current, 0))
                extend((log.READY, time(), lane, current, 0))
                extend((log.RUN, time(), lane, 0, 0))
            elif id(transport) in lanes:
                written.details.append(f"exit code {value}")
                code = log.FINISH_FAILED if value else log.FINISH_DONE
                lane = lanes.pop(id(transport))
                extend((log.FINISHED, time(), lane, code, len(written.details) - 1))

        def blocking(frame: FrameType) -> None:
            place = reasons.learner_frame(frame)
            if place is not None:
                for position in range(len(written.rows) - log.ROW, -1, -log.ROW):
                    if written.rows[position] == log.RUN:
                        row = written.dropped + position // log.ROW
                        written.samples[row] = _location(place)
                        break

        def note_ended_threads() -> None:
            for lane, thread in list(self._outsiders.items()):
                if not thread.is_alive():
                    del self._outsiders[lane]
                    extend((log.FINISHED, time(), lane, log.FINISH_DONE, -1))

        def silence() -> None:
            nonlocal extend
            extend = lambda _: None  # noqa: E731

        room = self.limit * log.ROW
        original_call_soon = loop._call_soon
        original_threadsafe = loop.call_soon_threadsafe
        original_call_at = loop.call_at
        original_timer_cancelled = loop._timer_handle_cancelled
        original_run_once = loop._run_once
        original_executor = loop.run_in_executor

        root = _current_task(loop)
        root_id = id(root)
        for task in sorted(_all_tasks(loop), key=_creation):
            current = log.OUTSIDE
            lane = adopt(task, existed=True)
            if task is root:
                written.root = current = lane
                opening = True
                extend((log.RUN, time(), lane, 0, 0))
            else:
                lane_records[lane].standing = self._suspended(task, task._fut_waiter, jobs)
        if root is not None:
            current = written.root

        self._silence = silence
        self.run, self.attribute, self.method = run, attribute, method
        self.blocking = blocking
        self.listening = True
        for name, hook in (
            ("_call_soon", call_soon),
            ("call_soon_threadsafe", call_soon_threadsafe),
            ("call_at", call_at),
            ("_timer_handle_cancelled", timer_handle_cancelled),
            ("_run_once", run_once),
            ("run_in_executor", run_in_executor),
        ):
            self._replace(name, hook)
        if written.clock == "real":
            self._watch(own_thread, lambda: current != log.OUTSIDE, note_ended_threads)

    def _watch(
        self, loop_thread: int, busy: Callable[[], bool], note_ended_threads: Callable[[], None]
    ) -> None:
        """Look now and then, from another thread, in which line a long step is."""
        ended = threading.Event()

        def watch() -> None:
            seen = -1
            while not ended.wait(self.log.threshold / 2):
                position = self.log.position
                if position == seen and busy():
                    frame = reasons.current_frame(loop_thread)
                    if frame is not None and self.log.position == position:
                        self.blocking(frame)
                seen = position
                note_ended_threads()

        threading.Thread(target=watch, name="course_helpers watch", daemon=True).start()
        self._undo.append(ended.set)

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

    def _add_lane(self, kind: str, label: str, parent: int, coroutine: str = "") -> int:
        self.log.lanes.append(log.Lane(kind, label, coroutine, parent))
        return len(self.log.lanes) - 1

    def _add_task(self, task: Any, parent: int, existed: bool) -> int:
        coroutine = task.get_coro()
        code = getattr(coroutine, "cr_code", None) or getattr(coroutine, "gi_code", None)
        number = self._add_lane(
            "task", names.call_label(coroutine), parent, names.function_name(coroutine)
        )
        lane = self.log.lanes[number]
        lane.existed = existed
        lane.library = code is None or reasons.classify(code) is not reasons.LEARNER
        lane.internal = code is not None and _is_internal_code(code)
        self._lanes[id(task)] = number
        self._tasks[id(task)] = self._forget_with(task, self._lanes, self._tasks)
        return number

    def _forget_with(self, thing: Any, *tables: dict[int, Any]) -> weakref.ref[Any]:
        """A weak reference that takes its number out of tables when the thing is gone.

        Nothing recorded is kept alive: a program sees its objects die when they would anyway.
        """
        number = id(thing)

        def forget(_: Any) -> None:
            for table in tables:
                table.pop(number, None)

        return weakref.ref(thing, forget)

    def _thread_lane(self, extend: Callable[[Any], None]) -> int:
        """The lane of the calling thread; a thread gets one when it first calls the loop."""
        thread = threading.get_ident()
        lane = self._threads.get(thread)
        if lane is None:
            name = threading.current_thread().name
            lane = self._threads[thread] = self._add_lane("thread", name, log.OUTSIDE)
            self._outsiders[lane] = threading.current_thread()
            now = self.loop.time()
            extend((log.BORN, now, lane, log.OUTSIDE, 0))
            extend((log.READY, now, lane, log.OUTSIDE, 0))
            extend((log.RUN, now, lane, 0, 0))
        return lane

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
        except Exception:
            text = type(error).__name__
        self.log.details.append(names.shorten(text, _LONGEST_DETAIL))
        return len(self.log.details) - 1

    def _note_unretrieved(self) -> None:
        for number, reference in list(self._tasks.items()):
            task = reference()
            lane = self._lanes.get(number)
            if task is None or lane is None:
                continue
            record = self.log.lanes[lane]
            record.name = task.get_name()
            record.retrieved = not getattr(task, "_log_traceback", False)

    def _suspended(self, task: Any, waiter: Any, jobs: dict[int, int]) -> tuple[int, int]:
        """The numbers of the reason and of the place of a task that is suspended; -1 for none."""
        known, frame, learners = reasons.suspension(task.get_coro())
        place = -1
        if learners:
            innermost = learners[-1]
            key = (innermost.f_code, innermost.f_lasti)
            place = self._place_numbers.get(key, -1)
            if place < 0:
                place = self._place_numbers[key] = len(self.log.places)
                self.log.places.append(key)
        if waiter is None:
            return -1, place
        resource = awaited = None
        if known is None:
            known = reasons.describe_future(waiter)
            awaited = self._lanes.get(id(waiter))
        elif known.owner is not None and frame is not None:
            resource = self._known_primitive(frame.f_locals[known.owner], learners)
        call = known.call
        if known.kind == "thread":
            awaited = jobs.get(id(waiter))
        elif known.argument is not None and frame is not None:
            value = frame.f_locals.get(known.argument)
            if isinstance(value, int | float):
                call = f"{call}({value:g})"
        reason_key = (known.kind, call, resource, awaited)
        reason = self._reason_numbers.get(reason_key, -1)
        if reason < 0:
            reason = self._reason_numbers[reason_key] = len(self.log.reasons)
            self.log.reasons.append(WaitReason(*reason_key))
        return reason, place

    def _known_primitive(self, primitive: Any, learners: list[FrameType]) -> int | None:
        """The number of a primitive that a task waits for."""
        number = self._primitives.get(id(primitive))
        if number is None:
            value, unfinished = _state(primitive)
            number = self._add_primitive(primitive, value, unfinished)
        if number in self._unnamed:
            self._name(primitive, number, learners[::-1])
        return number if number >= 0 else None

    def _touch(self, primitive: Any, before: int, fewer: int = 0) -> int:
        """The number of a primitive that has just changed; -1 if it is asyncio's own.

        Its value was `before`, and it had so many `fewer` (below zero) or more unfinished tasks.
        """
        number = self._primitives.get(id(primitive))
        if number is None:
            if _is_internal(primitive, sys._getframe(3)):
                number = self._primitives[id(primitive)] = -1
                self._watched[id(primitive)] = self._forget_with(
                    primitive, self._primitives, self._watched
                )
            else:
                unfinished = _state(primitive)[1]
                if unfinished is not None:
                    unfinished += fewer
                number = self._add_primitive(primitive, before, unfinished)
        if number in self._unnamed:
            self._name(primitive, number, _learner_frames(sys._getframe(3)))
        return number

    def _add_primitive(self, primitive: Any, value: int, unfinished: int | None) -> int:
        number = self._primitives[id(primitive)] = len(self.log.primitives)
        self._watched[id(primitive)] = self._forget_with(primitive, self._primitives, self._watched)
        self._unnamed[number] = _TRIES
        self.log.primitives.append(
            log.Primitive(
                kind=names.kind_of(primitive),
                label=None,
                capacity=_capacity(primitive),
                time=self.loop.time(),
                sequence=self.log.position,
                value=value,
                unfinished=unfinished,
            )
        )
        return number

    def _name(self, primitive: Any, number: int, frames: list[FrameType]) -> None:
        """Look for the learner's name of a primitive, a few times at most."""
        label = names.primitive_label(primitive, frames)
        self.log.primitives[number].label = label
        self._unnamed[number] -= 1
        if label is not None or self._unnamed[number] == 0:
            del self._unnamed[number]

    @staticmethod
    def _timer_call(callback: Any) -> str:
        name = names.function_name(callback)
        return _TIMER_CALLS.get(name, name)


_TRIES: Final = 4
_CHILD_WATCHER: Final = ("asyncio-waitpid-", "waitpid-")
_TIMER_CALLS: Final = {"_set_result_unless_cancelled": "sleep", "Timeout._on_timeout": "timeout"}


def _current_task(loop: asyncio.AbstractEventLoop) -> Any:
    return asyncio.current_task(loop) if events._get_running_loop() is loop else None


def _all_tasks(loop: asyncio.AbstractEventLoop) -> set[Any]:
    return set(asyncio.all_tasks(loop))


def _creation(task: asyncio.Task[Any]) -> tuple[int, str]:
    """Default names are numbered in order of creation; others come last, by name."""
    name = task.get_name()
    if names.is_default_name(name):
        return int(name.removeprefix("Task-")), name
    return sys.maxsize, name


def _job(function: Any) -> Any:
    """What a job of an executor calls: `to_thread` wraps the function in its context's `run`."""
    if getattr(function, "args", None) and names.function_name(function) == "Context.run":
        return function.args[0]
    return function


def _location(frame: FrameType) -> Location:
    code = frame.f_code
    return Location(code.co_filename, frame.f_lineno, names.code_name(code))


def _learner_frames(frame: FrameType | None) -> list[FrameType]:
    """Frames of the learner's code from a frame outwards, up to the step that runs."""
    found: list[FrameType] = []
    while frame is not None and frame.f_code is not _RUN_CODE:
        if reasons.classify(frame.f_code) is reasons.LEARNER:
            found.append(frame)
        frame = frame.f_back
    return found


_RUN_CODE: Final = events.Handle._run.__code__


def _is_internal(primitive: Any, frame: FrameType | None) -> bool:
    """Whether a primitive is part of another one, such as a queue's event.

    True when, from the primitive's own methods outwards, asyncio's code comes before anybody
    else's. A condition's lock is the exception: it is waited for in its own right.
    """
    while frame is not None:
        owner = frame.f_locals.get("self")
        if owner is not primitive and not isinstance(owner, asyncio.Condition):
            break
        frame = frame.f_back
    return frame is not None and frame.f_code.co_filename.startswith(_ASYNCIO_FOLDER)


def _is_internal_code(code: CodeType) -> bool:
    """Whether a coroutine is a private one of asyncio's, such as those behind `communicate`."""
    return code.co_filename.startswith(_ASYNCIO_FOLDER) and code.co_name.startswith("_")


def _state(primitive: Any) -> tuple[int, int | None]:
    """The value (see `Change.value`) and the number of unfinished tasks of a primitive now."""
    if isinstance(primitive, asyncio.Queue):
        return primitive.qsize(), getattr(primitive, "_unfinished_tasks", None)
    if isinstance(primitive, asyncio.Lock):
        return int(primitive.locked()), None
    if isinstance(primitive, asyncio.Semaphore | asyncio.Event):
        return int(primitive._value), None  # type: ignore[union-attr]
    if isinstance(primitive, asyncio.Barrier):
        return int(primitive._count), None  # type: ignore[attr-defined]
    if isinstance(primitive, asyncio.Condition):
        return len(primitive._waiters), None
    if isinstance(primitive, asyncio.TaskGroup):
        return len(primitive._tasks), None
    return 0, None


def _capacity(primitive: Any) -> int | None:
    if isinstance(primitive, asyncio.Queue):
        return primitive.maxsize or None
    if isinstance(primitive, asyncio.Barrier):
        return primitive.parties
    if isinstance(primitive, asyncio.BoundedSemaphore):
        return int(primitive._bound_value)  # type: ignore[attr-defined]
    return None
