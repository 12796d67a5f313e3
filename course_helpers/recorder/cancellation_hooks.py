"""Hooks of cancellation: who called `cancel()` on whom, and through what of asyncio's."""

from __future__ import annotations

import asyncio
import sys
import weakref
from collections.abc import Callable, Collection, Iterable, Iterator, MutableMapping
from dataclasses import dataclass
from functools import wraps
from threading import get_ident
from types import BuiltinFunctionType, CodeType, FrameType, MethodType
from typing import Any, Final, NamedTuple

from course_helpers.learners_code import Owner, outwards, owner_of
from course_helpers.recorder import log, names
from course_helpers.recorder.places import HANDLE_RUNS, location_of
from course_helpers.recorder.session import Hooks, Session
from course_helpers.recorder.tracebacks import hide_package

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


@dataclass(slots=True)
class _Gather:
    """A gather whose `cancel()` goes on: who called it, and the request that it passes on."""

    caller: _Caller
    request: int | None = None
    is_known: bool = False


class Requests:
    """Hears who cancels whom.

    A task that waits is woken for it, through the future that it waits for: so it is heard when
    that makes the task ready. One that does not wait tells it itself: see `Tasks.heard`. Either way
    `Task.cancelling` says whose `cancel()` was called: of the task that was heard, of one that
    awaits it, or of one that awaits that. A gather is heard itself.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._write: Callable[[Any], None] = session.log.rows.extend
        #: How often each task is requested to be cancelled, as last seen, by its lane: if it is.
        self.counts: dict[int, int] = {}
        #: The tasks, with their lanes, whose steps are interrupted by eager ones that they create.
        self.interrupted: list[tuple[Any, int]] = []
        self._latest: dict[int, int] = {}
        # The gathers that pass on a request now, by their `id()`.
        self._gathers: dict[int, _Gather] = {}
        # Who awaits a task that was heard in its step, and who awaits those, by their lanes.
        self._awaiting: dict[int, dict[int | None, list[Any]]] = {}
        #: The requests that timeouts and groups have made, until their blocks end.
        self.by_block: MutableMapping[Any, list[int]] = weakref.WeakKeyDictionary()
        # The groups that have cancelled a task which waits at their end, by its lane.
        self._at_end: dict[int, list[weakref.ref[Any]]] = {}
        # The requests by which the blocks of groups were left.
        self._left_by: MutableMapping[Any, int | None] = weakref.WeakKeyDictionary()
        session.tasks.heard = self._heard_at_once

    def hooks(self) -> Hooks:
        """The hooks."""
        gathers: Any = asyncio.tasks
        return Hooks({(gathers._GatheringFuture, "cancel"): self._make_cancel}, {}, self._write_to)

    def _write_to(self, write: Callable[[Any], None]) -> None:
        self._write = write

    def _make_cancel(self, original: Any) -> Any:
        session = self._session

        @wraps(original)
        def cancel(gathering: Any, msg: Any = None) -> bool:
            if not (session.now.listening and gathering.get_loop() is session.loop):
                return bool(original(gathering, msg))
            self._gather_begins(gathering, sys._getframe(1))
            cancelled = False
            try:
                cancelled = bool(original(gathering, msg))
            except BaseException as error:
                hide_package(error)
                raise
            finally:
                self._gather_ends(gathering, cancelled)
            return cancelled

        return cancel

    def _gather_begins(self, gathering: Any, frame: FrameType) -> None:
        try:
            caller = self._caller(frame)
            self._look_at_steps(caller)
            self._gathers[id(gathering)] = _Gather(caller)
        except Exception as error:
            self._session.fail(error)

    def _gather_ends(self, gathering: Any, cancelled: bool) -> None:
        try:
            gather = self._gathers.get(id(gathering))
            if gather is not None and self._session.now.listening:
                by, location = gather.caller.by, gather.caller.location
                self._look_at_steps(_Caller(by, "gather", gathering, location))
                if cancelled:
                    self._passes_on(gathering)
        except Exception as error:
            self._session.fail(error)
        finally:
            self._gathers.pop(id(gathering), None)

    def _passes_on(self, gathering: Any) -> int | None:
        """The request that a gather passes on: its task's, or that of the gather it is in."""
        gather = self._gathers.get(id(gathering))
        if gather is None:
            return None
        if not gather.is_known:
            gather.is_known = True
            gather.request = self._origin(gather.caller)
            for task in _awaiters(gathering):
                if self._is_unheard(task):
                    chain = self._requested(task, self._session.tasks.lanes[id(task)], _awaiters)
                    gather.request = self._add_chain(chain, gather.caller, gather.request)
        return gather.request

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
        frame = sys._getframe(2)
        self._look_at_steps(None)
        caller = self._heard(task, frame, at_next_step=False)
        return by if caller is None or not caller.at_a_signal else caller.by

    def _heard(self, task: Any, frame: FrameType, *, at_next_step: bool) -> _Caller | None:
        if not self._is_unheard(task):
            return None  # what it awaits was cancelled, and nobody asked for its own cancellation
        lane = self._session.tasks.lanes[id(task)]
        chain = self._requested(task, lane, _awaiters)
        caller = self._caller(frame)
        self._add_chain(chain, caller, self._origin(caller), task if at_next_step else None)
        if at_next_step and self._is_in_its_step(task):
            self._awaiting[lane] = dict(self._who_await(task))
        return caller

    def _add_chain(
        self,
        chain: list[tuple[Any, int]],
        caller: _Caller,
        origin: int | None,
        does_not_wait: Any = None,
    ) -> int | None:
        """Each task of a chain is cancelled by way of the one before; returns the last request."""
        through, block = caller.through, caller.self
        for task, lane in chain:
            self.counts[lane] = self.counts.get(lane, 0) + 1
            origin = self._add(lane, caller, through, block, origin, task is does_not_wait)
            through, block = "await", None
        return origin

    def _who_await(self, task: Any) -> Iterator[tuple[int, list[Any]]]:
        """The tasks that await a task, and those that await them, by the lane of the awaited."""
        lanes, seen = self._session.tasks.lanes, set()
        tasks = [task]
        for each in tasks:
            lane = lanes.get(id(each))
            if lane is not None and lane not in seen:
                seen.add(lane)
                awaiters = list(_awaiters(each))
                yield lane, awaiters
                tasks += awaiters

    def _requested(
        self, task: Any, lane: int, awaiters: Callable[[Any], Iterable[Any]]
    ) -> list[tuple[Any, int]]:
        """The tasks whose `cancel()` was called to cancel this one: outermost first, this one last.

        Each with its lane.
        """
        chain = [(task, lane)]
        for asked, _ in chain:
            for each in awaiters(asked):
                if self._is_unheard(each) and all(each is not known for known, _ in chain):
                    chain.append((each, self._session.tasks.lanes[id(each)]))
                    break
        return chain[::-1]

    def _is_unheard(self, task: Any) -> bool:
        """Whether somebody has called a task's `cancel()`, and that is not written down yet."""
        lane = self._session.tasks.lanes.get(id(task))
        return lane is not None and task.cancelling() > self.counts.get(lane, 0)

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

    def _caller(self, frame: FrameType | None) -> _Caller:
        """Who called `cancel()`, by the frames from the innermost outwards."""
        session = self._session
        by = session.doer() if session.now.inside else log.OUTSIDE
        if get_ident() != session.now.thread:
            by = session.outside.this_thread()
        through: str | None = None
        block: Any = None
        for one in outwards(frame):
            if one.f_code is HANDLE_RUNS:
                break
            owner = owner_of(one.f_code)
            if owner is Owner.LEARNER:
                return _Caller(by, through, block, location_of(one))
            name = one.f_code.co_qualname
            if name == _AT_A_SIGNAL and owner is Owner.ASYNCIO:
                number = names.local_variables(one)["signum"]
                return _Caller(log.by_signal(number), _THROUGH[name], None, None, at_a_signal=True)
            if owner is Owner.ASYNCIO and through is None and name not in _BETWEEN:
                through = _THROUGH.get(name, name)
                block = names.local_variables(one).get("self")
        return _Caller(by, through, block, None)

    def _origin(self, caller: _Caller) -> int | None:
        """The request that asyncio passes on with this one, if it does."""
        task: Any = None
        if caller.through == "gather":
            return self._passes_on(caller.self)
        if caller.through == "TaskGroup":
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
                    self.bind_in_its_step(task, now.lane)
        except Exception as error:
            session.fail(error)

    def bind_in_its_step(self, task: Any, lane: int) -> None:
        """A lane is that of an eager task in its first step: what it asked of itself is heard."""
        self.asked_unheard(task, lane, lane)
        self._session.tasks.bind(task, lane)
        if task._must_cancel:  # the end of the step uses the message
            self._session.tasks.disarm(task)

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

    def _look_at_steps(self, caller: _Caller | None) -> None:
        """What was asked in a step, unheard, was asked before what comes now.

        A gather that goes on has passed it on, or else whoever runs has asked for it.
        """
        now = self._session.now
        if get_ident() != now.thread:
            return
        if caller is None or caller.through != "gather":
            caller = _Caller(now.lane, None, None, None)
        running: Any = None if now.plain else asyncio.current_task(self._session.loop)
        for task, lane in [(running, now.lane), *self.interrupted]:
            if lane in self.counts and self._session.tasks.lanes.get(id(task)) == lane:
                self._look_again(task, lane, caller)

    def asked_unheard(self, task: Any, lane: int, by: int) -> None:
        """Nobody but `by` has run since a task was looked at that is in its step."""
        if task.cancelling() > self.counts.get(lane, 0):
            self.counts.setdefault(lane, 0)
            self._look_again(task, lane, _Caller(by, None, None, None))

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

    def _look_again(self, task: Any, lane: int, caller: _Caller | None = None) -> None:
        self._end_of_groups(lane)
        count = task.cancelling()
        if count < self.counts[lane]:
            self.counts[lane] = count
            self._write((log.UNCANCEL, self._session.time(), lane, count))
        # In a step of its own a task is heard once. Whatever follows is by its own doing: gathers,
        # and eager tasks that interrupt the step, are followed by a look of their own.
        by = _Caller(lane, None, None, None) if caller is None else caller
        awaiting = self._awaiting.get(lane, {})
        lanes = self._session.tasks.lanes
        for _ in range(count - self.counts[lane]):
            chain = self._requested(task, lane, lambda each: awaiting.get(lanes.get(id(each)), ()))
            self._add_chain(chain, by, self._origin(by), task if task._must_cancel else None)

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


def _awaiters(future: Any) -> Iterator[Any]:
    """The tasks that await a future."""
    for callback, _ in getattr(future, "_callbacks", None) or ():
        kind = type(callback)
        if (kind is BuiltinFunctionType and callback.__name__ == "task_wakeup") or (
            kind is MethodType and callback.__name__ == "__wakeup"
        ):
            yield callback.__self__
