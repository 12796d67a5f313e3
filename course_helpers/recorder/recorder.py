"""The recorder: it listens to one loop, from the inside, and writes the log.

Each group of hooks hears one thing: steps, births, the loop, primitives, queues, threads. They
share a `Session`, which always knows who runs; so whatever is reported is by that one's doing.
"""

from __future__ import annotations

import asyncio
import sys
import threading
import warnings
from asyncio import events
from collections.abc import Callable
from contextlib import suppress
from time import monotonic
from types import FrameType
from typing import Any, Final, Literal

from course_helpers import cpython
from course_helpers.browser import IN_BROWSER
from course_helpers.recorder import hooks, log, marks, names
from course_helpers.recorder.block_hooks import block_hooks
from course_helpers.recorder.cancellation_hooks import Requests
from course_helpers.recorder.clock_hooks import clock_hooks
from course_helpers.recorder.count_hooks import count_hooks
from course_helpers.recorder.event_hooks import event_hooks
from course_helpers.recorder.interpretation import interpret
from course_helpers.recorder.loop_hooks import LoopHooks
from course_helpers.recorder.outside import Outside
from course_helpers.recorder.places import location_of
from course_helpers.recorder.primitive_hooks import primitive_hooks
from course_helpers.recorder.primitives import Primitives
from course_helpers.recorder.queue_hooks import queue_hooks
from course_helpers.recorder.server_hooks import server_hooks
from course_helpers.recorder.session import Hooks, Now, Session
from course_helpers.recorder.situations import Situations
from course_helpers.recorder.step_hooks import Steps, makes_plain_handles, own_handles
from course_helpers.recorder.stranger_hooks import Strangers
from course_helpers.recorder.task_hooks import TaskHooks
from course_helpers.recorder.tasks import Tasks
from course_helpers.recorder.thread_hooks import ThreadHooks
from course_helpers.recorder.tracebacks import learners_level
from course_helpers.recorder.watcher import hear_of_blocks, watch
from course_helpers.recording.model import Recording

_MISSING: Final = object()


def _interpret(written: log.Log, recording: Recording) -> None:
    try:
        interpret(written, recording)
    except Exception as error:
        _show_nothing(written, recording, error)


def _show_nothing(written: log.Log, recording: Recording, error: Exception) -> None:
    message = f"the recorder failed and shows nothing of what it recorded ({error!r})"
    warnings = (*written.warnings, message)
    Recording.__init__(recording, written.clock, 0.0, (), warnings=warnings)
    _warn(message)


class Recorder:
    """Records one event loop.

    `clock` is `"real"` or `"virtual"`. `limit` bounds the number of events; when it is reached,
    `keep` says which are kept: the `"oldest"` or the `"newest"`. A step that runs longer than
    `threshold` seconds counts as blocking the loop. `after_step` is called when a task has made
    a step, before the step's end is recorded. `stopped_by` is the exception, if any, by which a
    step is stopped from outside: the task that it ends counts as alive.

    A fault in the recorder itself switches it off with a warning; the program goes on undisturbed.
    Raises TypeError for a loop that is not one of asyncio's own.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        *,
        clock: str = "real",
        limit: int = 1_000_000,
        keep: Literal["oldest", "newest"] = "oldest",
        threshold: float = 0.05,
        after_step: Callable[[], None] | None = None,
        stopped_by: type[BaseException] | None = None,
    ) -> None:
        if not isinstance(loop, asyncio.BaseEventLoop):
            raise TypeError(
                f"only asyncio's own event loops can be recorded, not a {type(loop).__name__}: "
                "they tell when a task is made ready"
            )
        self.loop = loop
        self.log = log.Log(clock=clock, threshold=threshold, began=loop.time())
        self._limit = limit
        self._keep = keep
        self._after_step = after_step
        self._stopped_by = stopped_by
        self._session = self._new_session()
        self._failed = False
        self._last_look: Callable[[], None] = lambda: None
        self._groups: list[Hooks] = []
        self._undo: list[Callable[[], None]] = []

    def _new_session(self) -> Session:
        loop: Any = self.loop
        now = Now(threading.get_ident())
        # A plain loop's clock is time.monotonic: spare the method in between.
        time = monotonic if type(loop).time is asyncio.BaseEventLoop.time else loop.time
        tasks = Tasks(self.log, now.who, self._stopped_by)
        primitives = Primitives(self.log, time, tasks.ancestors)
        jobs: dict[int, int | None] = {}
        in_order = hasattr(loop, "note_handed_in")
        settle = loop.hand_in if in_order else lambda call: call()
        return Session(
            loop=loop,
            log=self.log,
            time=time,
            now=now,
            tasks=tasks,
            primitives=primitives,
            situations=Situations(self.log, primitives, tasks.lanes, jobs),
            outside=Outside(self.log, time, lambda: now.lane, tasks.detail, jobs, settle),
            fail=self._fail,
            in_order=in_order,
        )

    def start(self) -> None:
        """Begin to listen.

        Warns, once in a process, where this Python lacks what the recorder listens by. Raises
        RuntimeError when the loop is being recorded already.
        """
        cpython.warn_of_missing()
        try:
            self._put_in(self._hooks())
            # Only now: the recorder's own preparations are no part of the first step.
            self.log.began = self.loop.time()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop listening and leave the loop and asyncio's classes as they were before."""
        session = self._session
        if session.now.listening:
            try:
                self._last_look()
            except Exception as error:
                self._fail(error)
            session.now.listening = False
            if not self._failed:
                try:
                    session.outside.note_ended_threads()
                except Exception as error:
                    self._fail(error)
            self.log.ended = self.loop.time()
            session.tasks.look_at_the_living()
        while self._undo:
            self._undo.pop()()

    def note_stop(self) -> None:
        """The program is about to be stopped, by `stopped_by`, in the middle of a step."""
        self.log.stopped_from = self.log.position

    def fill(self, recording: Recording) -> None:
        """Have a recording's fields set to what was recorded, when somebody looks at it first.

        A fault in the interpretation leaves an empty recording, with a warning.
        """
        written = self.log
        try:
            written.close()
        except Exception as error:
            _show_nothing(written, recording, error)
            return
        recording.result = None
        recording.work_out_later(lambda: _interpret(written, recording))

    def recording(self) -> Recording:
        """What was recorded, as a new `Recording`."""
        recording = Recording.__new__(Recording)
        self.fill(recording)
        return recording

    def _fail(self, error: BaseException) -> None:
        message = f"the recorder failed and was switched off; the program goes on ({error!r})"
        self.log.warnings.append(message)
        self._failed = True
        self._last_look = lambda: None
        self.stop()
        _warn(message)

    def _hooks(self) -> Steps:
        """Make the groups of hooks; returns that of the steps, which the others build on."""
        session = self._session
        requests = Requests(session)
        self._last_look = requests.last_look
        strangers = Strangers(session)
        steps = Steps(session, requests, strangers, self._after_step)
        self._groups = [
            steps.hooks(),
            TaskHooks(session, steps).hooks(),
            LoopHooks(session, steps, self._limit, self._keep, self._leave_out_from_now_on).hooks(),
            ThreadHooks(session, steps).hooks(),
            requests.hooks(),
            strangers.hooks(),
            count_hooks(session, strangers),
            event_hooks(session, strangers),
            block_hooks(session, requests),
            primitive_hooks(session, strangers),
            queue_hooks(session, strangers),
            server_hooks(session),
            clock_hooks(session, requests),
        ]
        if makes_plain_handles(self.loop):
            self._groups.append(own_handles(session, steps, self._after_step))
        return steps

    def _put_in(self, steps: Steps) -> None:
        """Begin to listen: have the hooks of all groups called, until `stop`."""
        session = self._session
        makers = {place: make for group in self._groups for place, make in group.on_classes.items()}
        hooks.register(self.loop, makers)
        self._undo.append(lambda: hooks.unregister(self.loop, makers))
        self._adopt_those_that_exist(steps)
        marks.noting[self.loop] = self._note_mark
        self._undo.append(lambda: marks.noting.__delitem__(self.loop))
        self._undo.append(lambda: self._write_to(lambda _: None))
        for group in self._groups:
            for name, hook in group.on_loop.items():
                self._replace(name, hook)
        session.now.listening = True
        if self.log.clock == "real":
            self._undo.append(hear_of_blocks(session) if IN_BROWSER else watch(session))

    def _adopt_those_that_exist(self, steps: Steps) -> None:
        """Tasks that were there before have lanes, and the one that is running goes on."""
        loop, session = self.loop, self._session
        root = asyncio.current_task(loop) if events._get_running_loop() is loop else None
        for task in sorted(asyncio.all_tasks(loop), key=_creation):
            lane = steps.adopt(task, log.OUTSIDE, True)
            if task is root:
                self.log.root = session.now.lane = lane
                self.log.rows.extend((log.RUN, session.time(), lane, 0))
            else:
                waiter = task._fut_waiter  # type: ignore[attr-defined]
                if waiter is not None and waiter.done():
                    waiter = None  # it was woken before the recording began
                self.log.lanes[lane].standing = session.situations.of(task, waiter)
        if root is not None:
            steps.open(root)

    def _write_to(self, write: Callable[[Any], None]) -> None:
        for group in self._groups:
            group.write_to(write)

    def _leave_out_from_now_on(self) -> None:
        written = self.log

        def leave_out(row: Any) -> None:
            written.left_out += len(row) // log.ROW

        self._write_to(leave_out)

    def _note_mark(self, verb: str, what: str, value: Any, frame: FrameType | None) -> None:
        session = self._session
        try:
            location = None if frame is None else location_of(frame)
            number = len(self.log.marks)
            self.log.marks.append((verb, what, value, location))
            session.outside.write((log.MARK, session.time(), session.now.lane, number))
        except Exception as error:
            self._fail(error)

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


def _warn(message: str) -> None:
    # A program that makes errors of warnings must not get this one: it is not of its making.
    with suppress(RuntimeWarning):
        warnings.warn(message, RuntimeWarning, stacklevel=learners_level())


def _creation(task: asyncio.Task[Any]) -> tuple[int, str]:
    """Default names are numbered in order of creation; others come last, by name."""
    name = task.get_name()
    number = name.removeprefix("Task-")
    if names.is_default_name(name) and number.isdecimal():
        return int(number), name
    return sys.maxsize, name
