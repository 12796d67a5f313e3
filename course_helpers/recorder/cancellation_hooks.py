"""Hooks of cancellation: who called `cancel()` on whom, and through what of asyncio's."""

from __future__ import annotations

import asyncio
import sys
import weakref
from asyncio import events
from collections.abc import Callable, Collection, Iterator, MutableMapping
from threading import get_ident
from types import BuiltinFunctionType, CodeType, FrameType, FunctionType, MethodType
from typing import Any, Final, NamedTuple

from course_helpers.learners_code import Owner, outwards, owner_of
from course_helpers.recorder import log, names
from course_helpers.recorder.places import location_of
from course_helpers.recorder.session import Hooks, Session

# What of asyncio's calls cancel(), and under which name that is said.
_THROUGH: Final = {
    "_GatheringFuture.cancel": "gather",
    "TaskGroup._abort": "TaskGroup",
    "TaskGroup._on_task_done": "TaskGroup",
    "TaskGroup.cancel": "TaskGroup",
    "Timeout._on_timeout": "timeout",
    "wait_for": "wait_for",
    "_cancel_and_wait": "wait_for",
    "_cancel_all_tasks": "asyncio.run",
    "Runner._on_sigint": "asyncio.run",
}
# Runs in the middle of whatever the thread does, which has nothing to do with it.
_AT_A_SIGNAL: Final = "Runner._on_sigint"
# These only do what somebody else has called cancel() for.
_BETWEEN: Final = frozenset(
    ("BaseEventLoop.call_soon", "Future.cancel", "Future.__schedule_callbacks", "Task.cancel")
)
# Since Python 3.13 a group that fails takes a request back and makes it again: it is no new one.
_MAKE_AGAIN: Final = frozenset(("TaskGroup.__aexit__", "TaskGroup._aexit"))
# What gather() has called when one of those that it gathers has ended.
_GATHERS: Final = frozenset(("gather.<locals>._done_callback",))
_HANDLE_RUNS: Final = events.Handle._run.__code__


def _takes_back_last() -> bool:
    """Whether a group takes its request back when it has waited for its tasks: since 3.13."""
    group: Any = asyncio.TaskGroup
    used = getattr(group, "_aexit", group.__aexit__).__code__.co_names  # in order of their use
    return "_on_completed_fut" in used and "uncancel" in used[used.index("_on_completed_fut") :]


_TAKES_BACK_LAST: Final = _takes_back_last()


class _Caller(NamedTuple):
    """Who called `cancel()`: see `log.Request`. `self` is the object of asyncio's that did it.

    `at_a_signal`: it did not run in its turn, but when the signal came.
    """

    by: int
    through: str | None
    self: Any
    location: Any
    at_a_signal: bool = False


class Requests:
    """Hears who cancels whom.

    A task that waits is woken for it, through the future that it waits for: so it is heard when
    that makes the task ready. One that does not wait tells it itself: see `Tasks.heard`. Either way
    `Task.cancelling` says whose `cancel()` was called: of the task that was heard, of one that
    awaits it, or of one that awaits that.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._write: Callable[[Any], None] = session.log.rows.extend
        #: How often each task is requested to be cancelled, as last seen, by its lane: if it is.
        self.counts: dict[int, int] = {}
        #: The tasks, with their lanes, whose steps are interrupted by eager ones that they create.
        self.interrupted: list[tuple[Any, int]] = []
        self._latest: dict[int, int] = {}
        # The requests that a gather passes on to a task in its step, unheard, with who made them.
        self._passed_on: dict[int, list[tuple[int, _Caller]]] = {}
        # Who awaits a task that was heard in its step, the nearest first, as in `_requested`.
        self._awaiting: dict[int, list[tuple[Any, int, int]]] = {}
        #: The requests that timeouts and groups have made, until their blocks end.
        self.by_block: MutableMapping[Any, list[int]] = weakref.WeakKeyDictionary()
        # The groups that have cancelled a task which waits at their end, by its lane.
        self._at_end: dict[int, list[weakref.ref[Any]]] = {}
        # The requests by which the blocks of groups were left.
        self._left_by: MutableMapping[Any, int | None] = weakref.WeakKeyDictionary()
        session.tasks.heard = self._heard_at_once

    def hooks(self) -> Hooks:
        """The hooks."""
        return Hooks({}, {}, self._write_to)

    def _write_to(self, write: Callable[[Any], None]) -> None:
        self._write = write

    def existed(self, task: Any, lane: int) -> None:
        """A task that was there before the recording began."""
        if task.cancelling():
            self.counts[lane] = task.cancelling()

    def _heard_at_once(self, task: Any) -> None:
        try:
            frame = sys._getframe(2)
            if self._session.now.listening and not _makes_again(frame):
                self._taken_back_before(task)
                self._heard(task, frame, at_next_step=True)
                # It may be cancelled once more before it takes a step; not in its step, whose end
                # uses the message.
                if not self._is_in_its_step(task):
                    self._session.tasks.arm(task)
        except Exception as error:
            self._session.fail(error)

    def _is_in_its_step(self, task: Any) -> bool:
        return asyncio.current_task(self._session.loop) is task or any(
            task is each for each, _ in self.interrupted
        )

    def _taken_back_before(self, task: Any) -> None:
        """Note what was taken back in a step before the request that is just heard."""
        lane = self._session.tasks.lanes.get(id(task))
        if lane is not None:
            self._end_of_groups(lane)
        if lane is not None and task.cancelling() <= self.counts.get(lane, 0):
            self.counts[lane] = task.cancelling() - 1
            self._write((log.UNCANCEL, self._session.time(), lane, self.counts[lane]))

    def is_cancelled(self, lane: int, future: Any) -> bool:
        """Whether a task that is woken by a future is woken to be cancelled.

        One that gathers and was cancelled is woken by an exception.
        """
        return future.cancelled() or (
            lane in self.counts and isinstance(future._exception, asyncio.CancelledError)
        )

    def woken(self, task: Any, by: int) -> int:
        """A task has been woken because what it waited for was cancelled; called by the hook.

        Returns who woke it: `by`, who runs now, or the signal that came meanwhile.
        """
        self._look_at_running()
        caller = self._heard(task, sys._getframe(2), at_next_step=False)
        return by if caller is None or not caller.at_a_signal else caller.by

    def _heard(self, task: Any, frame: FrameType, *, at_next_step: bool) -> _Caller | None:
        chain = self._requested(task)
        if not chain:
            return None  # what it awaits was cancelled, and nobody asked for its own cancellation
        gathered = sum(times > 0 for _, _, times in chain)
        caller = self._caller(frame, gathered)
        origin = self._origin(caller)
        through, block = caller.through, caller.self
        for each, lane, times in chain:
            self.counts[lane] = each.cancelling()
            origin = self._add(lane, caller, through, block, origin, at_next_step and each is task)
            through, block = _link(times), None
            if times:
                self._pass_on(each, origin, caller)
        if at_next_step and self._is_in_its_step(task):
            self._awaiting[chain[-1][1]] = list(self._who_await(task))
        return caller

    def _who_await(self, task: Any) -> Iterator[tuple[Any, int, int]]:
        """Who awaits a task, who awaits that one, and so on: with lanes, and as in `_awaiters`."""
        lanes, seen = self._session.tasks.lanes, {id(task)}
        while True:
            for awaiter, times in _awaiters(task):
                lane = lanes.get(id(awaiter))
                if lane is not None and id(awaiter) not in seen:
                    yield awaiter, lane, times
                    task = awaiter
                    seen.add(id(task))
                    break
            else:
                return

    def _pass_on(self, awaiter: Any, request: int, caller: _Caller) -> None:
        """What gathers was requested to be cancelled: so is each task that it gathers."""
        running: Any = asyncio.current_task(self._session.loop)
        lane = self._session.tasks.lanes.get(id(running))
        for task, its_lane in [(running, lane), *self.interrupted]:
            times = sum(times for each, times in _awaiters(task) if each is awaiter)
            if its_lane is not None and times:
                self._passed_on.setdefault(its_lane, []).extend([(request, caller)] * times)

    def _requested(self, task: Any) -> list[tuple[Any, int, int]]:
        """The tasks whose `cancel()` was called to cancel this one: outermost first, this one last.

        Each with its lane, and how often it gathers the next: see `_awaiters`.
        """
        lanes = self._session.tasks.lanes
        chain: list[tuple[Any, int, int]] = []
        times, seen = 0, set()
        while True:
            lane = lanes.get(id(task))
            if lane is None or lane in seen or task.cancelling() <= self.counts.get(lane, 0):
                return chain[::-1]
            seen.add(lane)
            chain.append((task, lane, times))
            for awaiter, gathered in _awaiters(task):
                lane = lanes.get(id(awaiter))
                if lane is not None and awaiter.cancelling() > self.counts.get(lane, 0):
                    task, times = awaiter, gathered
                    break
            else:
                return chain[::-1]

    def _add(
        self,
        lane: int,
        caller: _Caller,
        through: str | None,
        block: Any,
        origin: int | None,
        at_next_step: bool,
    ) -> int:
        written = self._session.log
        number = len(written.requests)
        unheard = self._passed_on.get(lane, [])
        for place, (passed_on, _) in enumerate(unheard):
            if passed_on == origin:  # this one was heard
                del unheard[place]
                break
        resource = None if block is None else self._session.primitives.number_of(block)
        request = log.Request(caller.by, through, resource, caller.location, origin, at_next_step)
        written.requests.append(request)
        self._latest[lane] = number
        self._write((log.REQUEST, self._session.time(), lane, number))
        if isinstance(block, asyncio.Timeout | asyncio.TaskGroup):
            if getattr(block, "_exiting", False):
                self._write((log.LEFT, self._session.time(), number, 1))
                if _TAKES_BACK_LAST:
                    self._at_end.setdefault(lane, []).append(weakref.ref(block))
            else:
                self.by_block.setdefault(block, []).append(number)
        return number

    def _caller(self, frame: FrameType | None, gathered: int) -> _Caller:
        """Who called `cancel()`, by the frames from the innermost outwards.

        So many of them only hand on what was called, to what is gathered.
        """
        session = self._session
        by = session.doer() if session.now.inside else log.OUTSIDE
        if get_ident() != session.now.thread:
            by = session.outside.this_thread()
        through: str | None = None
        block: Any = None
        for one in outwards(frame):
            if one.f_code is _HANDLE_RUNS:
                break
            owner = owner_of(one.f_code)
            if owner is Owner.LEARNER:
                return _Caller(by, through, block, location_of(one))
            name = one.f_code.co_qualname
            if name == _AT_A_SIGNAL and owner is Owner.ASYNCIO:
                number = names.local_variables(one)["signum"]
                return _Caller(log.by_signal(number), _THROUGH[name], None, None, at_a_signal=True)
            if name == "_GatheringFuture.cancel" and gathered:
                gathered -= 1
            elif owner is Owner.ASYNCIO and through is None and name not in _BETWEEN:
                through = _THROUGH.get(name, name)
                block = names.local_variables(one).get("self")
        return _Caller(by, through, block, None)

    def _origin(self, caller: _Caller) -> int | None:
        """The request that asyncio passes on with this one, if it does."""
        task: Any = None
        if caller.through == "gather":
            task = next((awaiter for awaiter, _ in _awaiters(caller.self)), None)
        elif caller.through == "TaskGroup":
            group = caller.self
            if getattr(group, "_on_completed_fut", None) is None or not self.counts.get(caller.by):
                return self._left_by.get(group)
            # Its own task waits at its end: it is cancelled, and the group passes that on.
            task = group._parent_task
            if self._session.tasks.lanes.get(id(task)) != caller.by:
                return self._left_by.get(group)
        elif caller.through == "wait_for" and self.counts.get(caller.by):
            return self._latest.get(caller.by)
        lane = None if task is None else self._session.tasks.lanes.get(id(task))
        return self._latest.get(lane) if lane is not None and lane in self.counts else None

    def meet(self) -> None:
        """An eager task that enters a group in its first step can be heard from now on."""
        session, now = self._session, self._session.now
        try:
            if now.lane >= 0 and session.concerns() and not now.plain:
                task: Any = asyncio.current_task(session.loop)
                if task is not None and id(task) not in session.tasks.lanes:
                    self.asked_unheard(task, now.lane, now.lane)
                    session.tasks.bind(task, now.lane)
        except Exception as error:
            session.fail(error)

    def interrupt(self, lane: int, by: int) -> None:
        """The step of the task that runs is interrupted; `by` asked what was unheard until now."""
        task: Any = asyncio.current_task(self._session.loop)
        if task is not None:
            self.interrupted.append((task, lane))
            self.look_at_interrupted(by)

    def look_at_interrupted(self, by: int) -> None:
        """Nobody but `by` has run since the tasks were looked at whose steps are interrupted."""
        for task, lane in self.interrupted:
            self.asked_unheard(task, lane, by)

    def _look_at_running(self) -> None:
        """What the task that runs asked of itself, it asked before what comes now."""
        lane = self._session.now.lane
        if lane in self.counts and not self._session.now.plain:
            task: Any = asyncio.current_task(self._session.loop)
            if task is not None and self._session.tasks.lanes.get(id(task)) == lane:
                self._look_again(task, lane)

    def asked_unheard(self, task: Any, lane: int, by: int) -> None:
        """Nobody but `by` has run since a task was looked at that is in its step."""
        if task.cancelling() > self.counts.get(lane, 0):
            self.counts.setdefault(lane, 0)
            self._look_again(task, lane, by)

    def before_step(self, task: Any) -> None:
        """A task that was requested to be cancelled takes a step."""
        tasks = self._session.tasks
        tasks.disarm(task)
        if not task._must_cancel:  # else the step begins with the use of the message
            tasks.arm(task)

    def before_time_passes(self, task: Any, lane: int) -> None:
        """What a task asked of itself in its step, it asked before the time that the step costs."""
        if self._session.now.listening and lane in self.counts:
            self._look_again(task, lane)

    def after_step(self, task: Any, lane: int) -> None:
        """A task that was requested to be cancelled has taken a step."""
        self._look_again(task, lane)
        self._awaiting.pop(lane, None)
        if task.done() or not task.cancelling():
            del self.counts[lane]
            self._at_end.pop(lane, None)
        if task.done():
            self._session.tasks.disarm(task)
        else:
            self._session.tasks.arm(task)

    def last_look(self) -> None:
        """The recording ends, perhaps in the middle of a step."""
        for lane in list(self.counts):
            task = self._session.tasks.task(lane)
            if task is not None and not task.done():
                self._look_again(task, lane)

    def _look_again(self, task: Any, lane: int, by: int | None = None) -> None:
        self._end_of_groups(lane)
        count, before = task.cancelling(), self.counts[lane]
        if count < before:
            self._write((log.UNCANCEL, self._session.time(), lane, count))
        # In a step of its own a task is heard once. Whatever follows is by its own doing: eager
        # tasks that interrupt the step are followed by a look of their own. What cancels the task
        # that gathers it cancels it, too.
        unheard = self._passed_on.setdefault(lane, [])
        caller = _Caller(lane if by is None else by, None, None, None)
        for _ in range(count - before):
            if unheard:
                origin, who = unheard[0]
                self._add(lane, who, "gather", None, origin, task._must_cancel)
            else:
                self._add_unheard(task, lane, caller)
        del self._passed_on[lane]
        self.counts[lane] = count

    def _add_unheard(self, task: Any, lane: int, caller: _Caller) -> None:
        """A task was requested to be cancelled in its step, and so may be who awaits it."""
        through, origin, asked = None, None, [(task, lane, 0)]
        for each in self._awaiting.get(lane, ()):
            if each[0].cancelling() <= self.counts.get(each[1], 0):
                break
            asked.append(each)
        times = 0
        for each, its_lane, gathers in reversed(asked):
            if each is not task:
                self.counts[its_lane] = self.counts.get(its_lane, 0) + 1
            elif times and origin is not None:
                self._passed_on[lane] += [(origin, caller)] * times
            soon = each is task and task._must_cancel
            origin = self._add(its_lane, caller, through, None, origin, soon)
            times, through = gathers, _link(gathers)

    def _end_of_groups(self, lane: int) -> None:
        """Note what groups have taken back that have ended in this step, unheard."""
        groups = [each() for each in self._at_end.get(lane, ())]
        ended = [group for group in groups if group is None or group._errors is None]
        for _ in ended:
            self.counts[lane] -= 1
            self._write((log.UNCANCEL, self._session.time(), lane, self.counts[lane]))
        if ended:
            self._at_end[lane] = [weakref.ref(group) for group in groups if group not in ended]

    def left(self, block: Any, kind: Any) -> None:
        """A timeout's or a group's block is left by an exception, or one has made requests.

        Called by the hook.
        """
        if self._session.concerns():
            try:
                self._leaves(block, kind)
            except Exception as error:
                self._session.fail(error)

    def _leaves(self, block: Any, kind: Any) -> None:
        cancelled = kind is not None and issubclass(kind, asyncio.CancelledError)
        lane = self._session.now.lane
        task = self._session.tasks.task(lane) if lane in self.counts else None
        if task is not None and not task._must_cancel:
            self._session.tasks.arm(task)  # its step has begun with the use of the message
        requests = self.by_block.pop(block, ())
        for number in requests:
            self._write((log.LEFT, self._session.time(), number, int(cancelled)))
        if requests and isinstance(block, asyncio.Timeout):
            self._takes_back(lane)
        if cancelled and isinstance(block, asyncio.TaskGroup):
            self._left_by[block] = self._latest.get(lane)

    def _takes_back(self, lane: int) -> None:
        """A timeout takes its request back now: whoever looks after the step may see no change."""
        task = self._session.tasks.task(lane)
        if task is not None and lane in self.counts:
            self._look_again(task, lane)
            if self.counts[lane]:  # the program may have taken it back itself
                self.counts[lane] -= 1
                self._write((log.UNCANCEL, self._session.time(), lane, self.counts[lane]))


def _makes_again(frame: FrameType | None) -> bool:
    """Whether it is a group that takes back and makes again what it is cancelled by."""
    for one in outwards(frame):  # a task's class may have a cancel() of its own
        if owner_of(one.f_code) is Owner.ASYNCIO and one.f_code.co_qualname not in _BETWEEN:
            return one.f_code.co_qualname in _MAKE_AGAIN
    return False


def _is_asyncios(code: CodeType, names: Collection[str]) -> bool:
    """Whether it is one of these of asyncio's: a program may call its own so."""
    return code.co_qualname in names and owner_of(code) is Owner.ASYNCIO


def _link(times: int) -> str:
    """How the task waits that `_awaiters` tells this of."""
    return "gather" if times else "await"


def _awaiters(future: Any) -> Iterator[tuple[Any, int]]:
    """The tasks that wait for a future, and how often they gather it: 0 if they await it."""
    for callback, _ in getattr(future, "_callbacks", None) or ():
        kind = type(callback)
        if (kind is BuiltinFunctionType and callback.__name__ == "task_wakeup") or (
            kind is MethodType and callback.__name__ == "__wakeup"
        ):
            yield callback.__self__, 0
        elif kind is FunctionType and _is_asyncios(callback.__code__, _GATHERS):
            variables = dict(zip(callback.__code__.co_freevars, callback.__closure__, strict=True))
            outer = variables["outer"].cell_contents
            times = sum(child is future for child in getattr(outer, "_children", ()))
            for awaiter, _ in _awaiters(outer):
                yield awaiter, times
