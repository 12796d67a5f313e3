"""Which task has which lane."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from types import CodeType, CoroutineType, FrameType, FunctionType
from typing import Any, Final, TypeVar, cast

from course_helpers.learners_code import Owner, is_kernels, is_learners, owner_of
from course_helpers.recorder import log, names, reasons
from course_helpers.recording.model import Location

_Function = TypeVar("_Function", bound=Callable[..., Any])

_LONGEST_DETAIL: Final = 200
# Where coroutines, generators and asynchronous generators have their code.
_CODES: Final = ("cr_code", "gi_code", "ag_code")
_FRAMES: Final = ("cr_frame", "gi_frame", "ag_frame")


_shown: Final[set[CodeType]] = set()


def shown(function: _Function) -> _Function:
    """Have the tasks of a library's async function shown, as the learner's own are.

    For one that stands in a learner's place: also the tasks that are made in it are shown then.
    """
    _shown.add(cast(FunctionType, function).__code__)
    return function


def _no_task() -> None:
    return None


class _Reference(weakref.ref[Any]):
    """A weak reference to a task, which knows the task's lane, and its `id()` when it has gone."""

    __slots__ = ("identity", "lane")

    identity: int
    lane: int


class _Unheard:
    """Stands in the place of a task's message of cancellation, and tells when it has to go.

    asyncio tells nobody when a task is cancelled that does not wait. What it does is to replace the
    message of the last cancellation, None at first, by that of the new one, before `cancel()`
    returns. A message in that place is seen by nobody: it is only used after it was replaced.
    """

    __slots__ = ("_task", "_tasks")

    def __init__(self, task: weakref.ref[Any], tasks: Tasks) -> None:
        self._task: Callable[[], Any] = task
        self._tasks = tasks

    def __del__(self) -> None:
        task = self._task()
        if task is not None and not task.done():  # else the task itself goes, or has ended
            self._tasks.heard(task)

    def disarm(self) -> None:
        """From now on tell nothing."""
        self._task = _no_task


class Tasks:
    """The tasks that a recording knows, and their lanes.

    `lanes` are by a task's `id()`. Nothing is kept alive: a program sees its tasks die when they
    would anyway. `who` tells the lane by whose doing something happens now, and whether that
    is in its step. `stopped_by` is the exception by which a step
    is stopped from outside: a task that it ended did not end by itself.
    """

    def __init__(
        self,
        written: log.Log,
        who: Callable[[], tuple[int, bool]],
        stopped_by: type[BaseException] | None,
    ) -> None:
        self.lanes: dict[int, int] = {}
        self._log = written
        self._who = who
        self._stopped_by = stopped_by
        self._is_stopped = False
        self._of_lane: dict[int, _Reference] = {}
        # By a code object's `id()` and the name that its function has now, with the code, so that
        # it lives on: many functions may share one code, and bear the names of what they wrap.
        self._origins: dict[tuple[int, str], tuple[log.Origin, Any]] = {}
        #: Called with the lane of a task that is destroyed while it is pending.
        self.destroyed: Callable[[int], None] = lambda _: None
        #: Their lanes, with the code of their coroutines, by the `id()` of their frames. Emptied in
        #: the next turn: they are closed at once, and other frames get their places in memory.
        self.closing: dict[int, tuple[int, Any]] = {}
        # The lanes of those, by the task's `id()`, until asyncio has its last word on them.
        self._destroyed: dict[int, int] = {}
        #: Called with a task that does not wait, when somebody has cancelled it.
        self.heard: Callable[[Any], None] = lambda _: None
        # Kept when the task is gone: the collector clears weak references before last words.
        self._failed: dict[int, int] = {}

    def add(self, task: Any, parent: int, existed: bool) -> int:
        """The number of a new lane, for a task."""
        lane = self.add_coroutine(task.get_coro(), parent, existed)
        self.bind(task, lane)
        return lane

    def add_coroutine(self, coroutine: Any, parent: int, existed: bool) -> int:
        """The number of a new lane, for a task that runs this coroutine."""
        if type(coroutine) is CoroutineType:
            code, frame, name = coroutine.cr_code, coroutine.cr_frame, coroutine.__qualname__
        else:
            coroutine = names.generator_behind(coroutine)
            code, frame = _first(coroutine, _CODES), _first(coroutine, _FRAMES)
            name = getattr(coroutine, "__qualname__", "")
        of = code or type(coroutine)
        known = self._origins.get((id(of), name))
        if known is None:
            known = self._origins[id(of), name] = _origin(coroutine, code), of
        origin = known[0]
        arguments: tuple[Any, ...] | None = ()
        if frame is None:
            arguments = None
        elif origin.parameters:
            arguments = names.arguments_of(frame, origin.parameters)
        lane = log.Lane(origin, parent, existed, arguments)
        lane.frame = id(frame)
        if self.closing:  # in the same turn
            self.closing.pop(lane.frame, None)
        return self._log.add_lane(lane)

    def bind(self, task: Any, lane: int) -> None:
        """From now on a lane is this task's."""
        reference = self._of_lane[lane] = _Reference(task, self._forget)
        reference.lane = lane
        reference.identity = identity = id(task)
        self.lanes[identity] = lane
        self.arm(task, reference)

    def _forget(self, reference: _Reference) -> None:
        lane, identity = reference.lane, reference.identity
        if self._of_lane.get(lane) is reference:
            del self._of_lane[lane]
            self.lanes.pop(identity, None)
            if not self._log.lanes[lane].finished:
                self._destroyed[identity] = lane
                record = self._log.lanes[lane]
                codes = (of for origin, of in self._origins.values() if origin is record.origin)
                self.closing[record.frame] = lane, next(codes, None)
                self.destroyed(lane)

    def closing_now(self, frame: FrameType | None) -> int | None:
        """The lane of a destroyed task whose coroutine is being closed, by the frames of what runs.

        What stands in it, the end of an `async with` or a `finally`, runs then, in the middle of
        whatever took the last reference away.
        """
        while frame is not None:
            lane, code = self.closing.get(id(frame), (None, None))
            if code is frame.f_code:
                return lane
            frame = frame.f_back
        return None

    def arm(self, task: Any, reference: weakref.ref[Any] | None = None) -> None:
        """Have it heard when somebody cancels a task that does not wait."""
        if getattr(task, "_cancel_message", self) is None:
            task._cancel_message = _Unheard(reference or weakref.ref(task), self)

    def disarm(self, task: Any) -> None:
        """The opposite of `arm`: before the message is used, and at the end."""
        message = getattr(task, "_cancel_message", None)
        if type(message) is _Unheard:
            message.disarm()
            task._cancel_message = None

    def task(self, lane: int) -> Any:
        """The task of a lane; None if there is none any more."""
        reference = self._of_lane.get(lane)
        return None if reference is None else reference()

    def _led_here(self) -> Iterator[int]:
        """The lanes that led to what runs now, nearest first, without one whose step it is."""
        lane, runs = self._who()
        while lane >= 0:
            if not runs:
                yield lane
            lane, runs = self._log.lanes[lane].parent, False

    def ancestors(self) -> list[FrameType]:
        """Frames of the learner's code in the tasks that led to the running one, nearest first."""
        frames: list[FrameType] = []
        for lane in self._led_here():
            task = self.task(lane)
            # One that has ended stands nowhere; Python 3.12.1 crashes when an eager one is asked.
            if task is not None and not task.done():
                frames.extend(
                    reversed(reasons.suspension(task.get_coro(), task._fut_waiter).learners)
                )
        return frames

    def finish(self, task: Any, lane: int) -> tuple[int, int]:
        """How a task ended: the kind of its last row, and the detail."""
        record = self._log.lanes[lane]
        record.finished = True
        record.name = task.get_name()
        if task.cancelled():
            return log.CANCELLED, -1
        error = task._exception  # asking by exception() would count as retrieving it
        if error is None:
            return log.DONE, -1
        if self.is_stopped(error, lane):
            return log.STOPPED, -1
        self._failed[id(task)] = lane
        return log.FAILED, self.detail(error)

    def is_stopped(self, error: BaseException, lane: int) -> bool:
        """Whether it is the simulation that ends this lane's step by an exception.

        The first that it comes to was running. The others wait for it to be created, as eager tasks
        are: they were interrupted.
        """
        if self._stopped_by is None or not _led_to(error, self._stopped_by):
            return False
        if not self._is_stopped:
            self._is_stopped = True
            self._log.lanes[lane].stopped_at = raised_at(error)
        self._log.forget_the_way_out()
        return True

    def note_unretrieved(self, future: Any) -> None:
        """asyncio says that nobody asked for a future's exception: a failed task's last word."""
        lane = self._failed.get(id(future))
        # Another future may have got the place in memory that a failed task had.
        if lane is not None and hasattr(future, "get_coro"):
            self._log.lanes[lane].retrieved = False

    def note_destroyed(self, task: Any) -> None:
        """asyncio says that a task was destroyed while it was pending: it still has its name."""
        # The collector clears weak references before this, nobody else does: what is in
        # `_destroyed` may be of an earlier task, which had this `id()`.
        forgotten = self._destroyed.pop(id(task), None)
        lane = self.lanes.get(id(task), forgotten)
        if lane is not None:
            self._log.lanes[lane].name = task.get_name()

    def look_at_the_living(self) -> None:
        """Note what is known of tasks only as long as they are there: when the recording ends."""
        for lane, reference in list(self._of_lane.items()):
            task = reference()
            if task is not None:
                self._log.lanes[lane].name = task.get_name()
                self._log.lanes[lane].retrieved = not getattr(task, "_log_traceback", False)
                self.disarm(task)

    def detail(self, error: BaseException) -> int:
        """The number of an exception's text."""
        return self._log.add_detail(self.text(error))

    def text(self, error: BaseException) -> str:
        """An exception as text."""
        try:
            text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        except Exception:  # a text that cannot be made is the learner's own mistake
            text = type(error).__name__
        return names.shorten(text, _LONGEST_DETAIL)


def _first(holder: Any, attributes: tuple[str, ...]) -> Any:
    """The first of these attributes that there is, or None."""
    found = (getattr(holder, attribute, None) for attribute in attributes)
    return next((each for each in found if each is not None), None)


def _origin(coroutine: Any, code: CodeType | None) -> log.Origin:
    owner = Owner.LIBRARY if code is None else owner_of(code)
    count = 0 if code is None else code.co_argcount + code.co_kwonlyargcount
    return log.Origin(
        "task",
        names.function_name(coroutine),
        parameters=() if code is None else code.co_varnames[:count],
        owner=Owner.LEARNER if code in _shown else owner,
        internal=owner is Owner.ASYNCIO and code is not None and code.co_name.startswith("_"),
        kernels=code is not None and is_kernels(code),
    )


def _led_to(error: BaseException | None, kind: type[BaseException]) -> bool:
    """Whether an exception is of a kind, or was raised while one of that kind was dealt with."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        if isinstance(error, kind):
            return True
        seen.add(id(error))
        error = error.__context__
    return False


def raised_at(error: BaseException) -> Location | None:
    """The line of the learner's code in which an exception was raised."""
    found = None
    traceback = error.__traceback__
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if is_learners(code):
            found = Location(code.co_filename, traceback.tb_lineno, names.code_name(code))
        traceback = traceback.tb_next
    return found
