"""Situations: where a suspended task stands, and what it waits for, as numbers for the log."""

from __future__ import annotations

import asyncio
import weakref
from asyncio import locks
from types import CodeType, CoroutineType, FrameType
from typing import Any, Final

from course_helpers.recorder import log, names, reasons
from course_helpers.recorder.primitives import KIND, PLACE, Primitives
from course_helpers.recording.model import WaitReason

# `async with` awaits this one, and this one nothing but `acquire`.
_ENTER: Final = getattr(getattr(locks, "_ContextManagerMixin", None), "__aenter__", None)
_ENTER_CODE: Final = getattr(_ENTER, "__code__", None)


class Situations:
    """Finds out what suspended tasks wait in, and numbers it.

    `primitives` and `lanes` (by a task's `id()`) are those that the recording knows, `jobs` the
    lanes of executor jobs by the `id()` of the future that waits for them, None of one without.

    Tasks mostly wait where one has waited before, and for the same thing. So for each line of the
    learner's the last situation is remembered: what is awaited there, and the primitive's line of
    waiters. If it is awaited again and the task is the last in that line, the situation is the
    same. That is told without walking to the end of the chain of coroutines, and above all without
    looking at a frame's variables (0.3 µs instead of 1.2 µs a step).
    """

    def __init__(
        self,
        written: log.Log,
        primitives: Primitives,
        lanes: dict[int, int],
        jobs: dict[int, int | None],
    ) -> None:
        self._log = written
        self._primitives = primitives
        self._lanes = lanes
        self._jobs = jobs
        self._numbers: dict[tuple[int, int], int] = {}
        self._reasons: dict[Any, int] = {}
        self._places: dict[tuple[int, int], int] = {}
        # By code object and instruction: the code awaited there, a reference to the line of waiters
        # (None where the task only gave way), and the situation.
        self._last: dict[int, dict[int, tuple[CodeType, Any, int]]] = {}

    def of(self, task: Any, waiter: Any) -> int:
        """The number of the situation of a task that is suspended.

        `waiter` is the future that it waits for, None if it gave way.
        """
        coroutine: Any = task.get_coro()
        last = self._last
        try:
            while True:
                by_offset = last.get(id(coroutine.cr_code))
                if by_offset is None:
                    break
                known = by_offset.get(coroutine.cr_frame.f_lasti)
                coroutine = coroutine.cr_await
                if known is None:
                    if type(coroutine) is not CoroutineType:
                        break
                elif coroutine.cr_code is known[0]:
                    line = known[1]
                    if waiter is None if line is None else line()[-1] is waiter:
                        return known[2]
                    break
        except (AttributeError, IndexError, TypeError):
            pass  # it stands in another line, or somewhere new
        return self._looked_up(task, waiter)

    def _looked_up(self, task: Any, waiter: Any) -> int:
        """The situation, by a walk along the coroutines and a few look-ups."""
        coroutine = task.get_coro()
        learner: Any = None
        known: Any = None
        outer: Any = None
        classified = reasons.classified
        while type(coroutine) is CoroutineType:
            known = classified.get(id(coroutine.cr_code))
            if known is reasons.LEARNER:
                if learner is None and outer is reasons.LIBRARY:
                    self._is_run(coroutine.cr_code, task)
                learner = coroutine
            elif known is not reasons.LIBRARY:
                break
            coroutine, outer = coroutine.cr_await, known
        place = None
        if learner is not None:
            place = self._places.get((id(learner.cr_code), learner.cr_frame.f_lasti))
        if place is not None and known is reasons.LEARNER:
            return self._awaits(task, waiter, learner.cr_await, place)
        if place is None or type(known) is not reasons.Known:
            return self._anew(task, waiter)
        if waiter is None:
            situation = self._number(-1, place)
            self._remember(learner, coroutine, None, situation)
            return situation
        if known.variable is None:
            return self._anew(task, waiter)
        subject = coroutine.cr_frame.f_locals[known.variable]
        value: Any = subject
        if known.kind != "sleep":
            primitives, is_block = self._primitives, known.kind == "task"
            kinds = (primitives.blocks if is_block else primitives.settled).get(id(subject))
            is_named = kinds and not (is_block and kinds[PLACE])
            value = log.change_of_kind(kinds[KIND])[0] if kinds and is_named else None
        elif type(subject) is not int and type(subject) is not float:
            value = None
        if known.kind == "task" and value is not None:
            return self._new(self._of_group(known, subject, value), place)
        if known.kind == "condition" and type(coroutine.cr_await) is CoroutineType:
            value = None  # notified, it waits for the lock
        reason = self._reasons.get((known.call, value))
        if value is None or reason is None:
            return self._anew(task, waiter)
        situation = self._number(reason, place)
        if known.line is not None:
            self._remember(learner, coroutine, getattr(subject, known.line, None), situation)
        return situation

    def _awaits(self, task: Any, waiter: Any, awaited: Any, place: int) -> int:
        """The situation of a task that stands in this place and awaits a task in its own code."""
        lane = self._lanes.get(id(waiter))
        # What it awaits could be of a class of its own, which awaits something else.
        if (
            lane is None
            or type(awaited).__name__ != "FutureIter"
            or not isinstance(waiter, asyncio.Task)
        ):
            return self._anew(task, waiter)
        return self._new(WaitReason("task", "await task", None, lane), place)

    def _of_group(self, known: reasons.Known, group: Any, resource: int) -> WaitReason:
        lanes = self._lanes
        tasks = sorted([lanes[id(each)] for each in group._tasks if id(each) in lanes])
        return WaitReason(known.kind, known.call, resource, None, tuple(tasks))

    def _remember(self, learner: Any, coroutine: Any, line: Any, situation: int) -> None:
        """Remember the last situation of a learner's line, where nothing else can be in between."""
        following = learner.cr_await
        if following is coroutine or following.cr_code is _ENTER_CODE:
            reference = None if line is None else weakref.ref(line)
            code, offset = learner.cr_code, learner.cr_frame.f_lasti
            self._last[id(code)][offset] = following.cr_code, reference, situation

    def _anew(self, task: Any, waiter: Any) -> int:
        known, frame, learners = reasons.suspension(task.get_coro(), waiter)
        if learners:
            self._is_run(learners[0].f_code, task)
        place = self.place(learners)
        if waiter is None:
            return self._number(-1, place)
        resource = awaited = value = None
        tasks: tuple[int, ...] = ()
        if known is None:
            known = reasons.describe_future(waiter, is_job=id(waiter) in self._jobs)
            awaited = self._lanes.get(id(waiter))
        elif known.variable is not None and frame is not None:
            value = frame.f_locals[known.variable]
        call = known.call
        if known.kind == "thread":
            awaited = self._jobs.get(id(waiter))
        elif known.kind == "sleep":
            if isinstance(value, int | float):
                call = f"{call}({_in_short(value)})"
        elif value is not None:
            value = resource = self._primitives.waited_for(value, learners)
        if known.kind == "task":
            lanes = (
                self._lanes.get(id(each)) for each in reasons.awaited_tasks(known, frame, waiter)
            )
            tasks = tuple(sorted(lane for lane in lanes if lane is not None))
        number = self._reason(WaitReason(known.kind, call, resource, awaited, tasks))
        if known.variable is not None and isinstance(value, int | float) and not tasks:
            self._reasons[known.call, value] = number
        return self._number(number, place)

    def _is_run(self, code: CodeType, task: Any) -> None:
        """A task stands in a function of the learner's: if it is a library's task, note which."""
        lane = self._log.lanes[self._lanes[id(task)]]
        if lane.origin.is_librarys:
            name = names.code_name(code)
            lane.runs = name if lane.runs in (None, name) else log.SEVERAL

    def _reason(self, reason: WaitReason) -> int:
        number = self._reasons.get(reason)
        if number is None:
            number = self._reasons[reason] = len(self._log.reasons)
            self._log.reasons.append(reason)
        return number

    def place(self, learners: list[FrameType]) -> int:
        """The number of the line in which the innermost of the learner's frames stands."""
        for frame in learners:
            self._last.setdefault(id(frame.f_code), {})
        if not learners:
            return -1
        code, offset = learners[-1].f_code, learners[-1].f_lasti
        place = self._places.get((id(code), offset))
        if place is None:
            place = self._places[id(code), offset] = len(self._log.places)
            self._log.places.append((code, offset))
        return place

    def gives_way(self, learners: list[FrameType]) -> int:
        """The situation of a task that stands in the innermost of these frames and gives way."""
        return self._number(-1, self.place(learners))

    def _new(self, reason: WaitReason, place: int) -> int:
        """A situation that will hardly come again."""
        self._log.reasons.append(reason)
        self._log.situations.append((len(self._log.reasons) - 1, place))
        return len(self._log.situations) - 1

    def _number(self, reason: int, place: int) -> int:
        number = self._numbers.get((reason, place))
        if number is None:
            number = self._numbers[reason, place] = len(self._log.situations)
            self._log.situations.append((reason, place))
        return number


def _in_short(seconds: float) -> str:
    """The argument of a sleep as it is read: a computed one to three digits."""
    text = f"{seconds:g}"
    return text if len(text) <= len("0.0625") or abs(seconds) >= 100 else f"{seconds:.3g}"
