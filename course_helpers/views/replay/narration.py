"""What happens at each event of a recording, in plain sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from enum import IntFlag
from functools import partial
from itertools import groupby
from math import isfinite
from typing import NamedTuple

from course_helpers.recording.kinds import KINDS, kind_of
from course_helpers.recording.model import (
    Blocked,
    Cancellation,
    Change,
    Ending,
    Recording,
    Resource,
    Span,
    State,
    Task,
    Timer,
    Turn,
    WaitReason,
)
from course_helpers.recording.readings import too_many
from course_helpers.views.words import (
    count,
    count_of,
    line_at,
    listing,
    one_line,
    outside_waker,
    seconds,
)


class Name(NamedTuple):
    """A task or a resource named in a sentence: `kind` is `"task"` or `"resource"`."""

    kind: str
    number: int


class Sentence(NamedTuple):
    """A sentence with places, `{0}`, `{1}` and so on, for its names and texts.

    Kept in two parts so that a thousand sentences of one form are stored as one form.
    """

    form: str
    parts: tuple[Name | str, ...]


class Jump(IntFlag):
    """What one may want to jump to: a wake-up, a wait on a resource, the end of a task."""

    NONE = 0
    WAKE = 1
    RESOURCE = 2
    END = 4


class Moment(NamedTuple):
    """An event of the recording at which something can be seen to happen.

    `time` is in seconds. `task` is the index of the task that it is about, if it is about one.
    """

    sequence: int
    time: float
    sentences: tuple[Sentence, ...]
    jumps: Jump
    task: int | None


def clock_time(time: float) -> str:
    """A point in time to the microsecond, without needless zeros: `0.25 s`."""
    if not isfinite(time):
        return "never"
    return f"{time:.6f}".rstrip("0").rstrip(".") + " s"


def plain_name(function: str) -> str:
    """A function's name without the functions that it is defined in."""
    return function.rpartition("<locals>.")[2]


def text(sentence: Sentence, recording: Recording) -> str:
    """A sentence as one string."""
    return sentence.form.format(*(_word(part, recording) for part in sentence.parts))


def condition(resource: Resource, change: Change, recording: Recording) -> str:
    """The state of a resource after a change, in a few words: `2 of 3 permits free`."""
    row, value = kind_of(resource), change.value
    kind = row.name
    of = f" of {resource.capacity}" if resource.capacity else ""
    if kind == "semaphore":
        extra = too_many(resource, [change])
        # More permits than it was made with are no part of those.
        free = count_of(value, None if extra else resource.capacity, "permit")
        return f"{free} free, {extra} too many" if extra else f"{free} free"
    if kind == "queue":
        left = f", {change.unfinished} unfinished" if change.unfinished is not None else ""
        return f"{value}{of} in it{left}"
    if kind == "barrier":
        return f"{value}{of} there"
    if kind == "event":
        return "set" if value else "not set"
    if kind == "group":
        tasks = f", {count(value, 'task')}" if value else ""
        return ("open" if change.holders else "closed" if not value else "closing") + tasks
    if kind == "timeout":
        return "expired" if change.action == "expire" else "running" if value else "not running"
    if row.is_level:
        return f"{row.counts}: {value}"
    if change.holders:
        return f"held by {listing([recording.tasks[holder].label for holder in change.holders], 2)}"
    return "" if kind != "lock" else "held" if value else "free"


def moments(recording: Recording) -> tuple[Moment, ...]:
    """Every event at which something can be seen to happen, in order."""
    narrator = _Narrator(recording)
    found = []
    facts = sorted(narrator.facts(), key=lambda fact: (fact.sequence, fact.rank))
    for sequence, group in groupby(facts, key=lambda fact: fact.sequence):
        together = list(group)
        sentences = [sentence for fact in together if (sentence := fact.tell()) is not None]
        if sentences:
            jumps = Jump.NONE
            for fact in together:
                jumps |= fact.jumps
            tasks = [fact.task for fact in together if fact.task is not None]
            found.append(
                Moment(
                    sequence,
                    together[0].time,
                    tuple(sentences),
                    jumps,
                    tasks[-1] if tasks else None,
                )
            )
    return tuple(found)


def _word(part: Name | str, recording: Recording) -> str:
    if isinstance(part, str):
        return part
    if part.kind == "task":
        return recording.tasks[part.number].label
    return recording.resources[part.number].label


def _task(index: int) -> Name:
    return Name("task", index)


def _resource(index: int) -> Name:
    return Name("resource", index)


class _Fact(NamedTuple):
    """One thing that happened; `rank` orders those of one event: cause before effect."""

    sequence: int
    rank: int
    time: float
    tell: Callable[[], Sentence | None]
    jumps: Jump = Jump.NONE
    task: int | None = None


#: How the changes of a resource are told: who makes the change is {1}, the resource {0}.
_DEEDS = {
    "acquire": "{1} acquires {0}",
    "release": "{1} releases {0}",
    "put": "{1} puts an item into {0}",
    "get": "{1} takes an item from {0}",
    "task_done": "{1} is done with an item of {0}",
    "shutdown": "{1} shuts {0} down",
    "set": "{1} sets {0}",
    "clear": "{1} clears {0}",
    "notify": "{1} notifies {0}",
    "arrive": "{1} arrives at {0}",
    "leave": "{1} leaves {0}",
    "enter": "{1} enters {0}",
    "exit": "{1} comes to the end of {0}",
    "expire": "{0} expires",
    "abort": "{0} is aborted",
    "reset": "{1} resets {0}",
    "create_task": "{0} has one task more",
}

#: Kinds of waiting that are served one after the other, so that a place in line means something.
_IN_LINE = frozenset(kind.waits for kind in KINDS if kind.served_in_line)


class _Narrator:
    """Tells one fact after the other, remembering who holds what, who waits, and what is due."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self.lines: dict[int, list[int]] = {}
        self.holders: dict[int, tuple[int, ...]] = {}
        self.due: dict[int, float] = {}
        # How many a notification that is going on has woken, by the resource.
        self.notified: Counter[int] = Counter()
        # The tasks that are woken to be cancelled, with the event: that after the request.
        requests = recording.cancellations
        self.cancelled = {(request.task, request.sequence + 1) for request in requests}

    def facts(self) -> Iterator[_Fact]:
        for turn in self.recording.turns:
            yield _Fact(turn.sequence, 0, turn.start, partial(self.turn, turn))
        for timer in self.recording.timers:
            yield _Fact(
                timer.sequence, 6, timer.armed, partial(self.timer_armed, timer), task=timer.task
            )
            if timer.ended is not None and timer.ended_sequence is not None:
                tell = partial(self.timer_ended, timer)
                yield _Fact(timer.ended_sequence, 1, timer.ended, tell, task=timer.task)
        for resource in self.recording.resources:
            for change in resource.changes:
                yield _Fact(
                    change.sequence,
                    2,
                    change.time,
                    partial(self.change, resource, change),
                    task=change.task,
                )
        for request in self.recording.cancellations:
            tell = partial(self.cancelled_by, request)
            yield _Fact(request.sequence, 3, request.time, tell, task=request.task)
        for task in self.recording.tasks:
            yield from self._facts_of(task)
        for blocked in self.recording.blocked:
            yield _Fact(
                blocked.sequence,
                8,
                blocked.start,
                partial(self.blocked, blocked),
                task=blocked.task,
            )

    def _facts_of(self, task: Task) -> Iterator[_Fact]:
        if not task.existed:
            yield _Fact(task.sequence, 3, task.born, partial(self.born, task), task=task.index)
        before: Span | None = None
        for span in task.spans:
            jumps = Jump.NONE
            if span.state is State.READY and before is not None and before.state is State.WAITING:
                jumps = Jump.WAKE
            elif span.reason is not None and span.reason.resource is not None:
                jumps = Jump.RESOURCE
            tell = partial(self.span, task, before, span)
            yield _Fact(span.sequence, 4, span.start, tell, jumps, task.index)
            before = span
        if task.ended is not None and task.ended_sequence is not None:
            tell_end = partial(self.ended, task, before)
            yield _Fact(task.ended_sequence, 7, task.ended, tell_end, Jump.END, task.index)

    def turn(self, turn: Turn) -> Sentence:
        if turn.ready == 0 and self.due:
            form = "The loop begins a turn: nothing is ready; the next timer is due at {0}."
            return Sentence(form, (clock_time(min(self.due.values())),))
        if turn.ready == 0:
            form = "The loop begins a turn: nothing is ready and no timer is set"
            return Sentence(form + "; only the world outside could wake a task.", ())
        return Sentence("The loop begins a turn: {0} ready.", (count(turn.ready, "callback"),))

    def timer_armed(self, timer: Timer) -> Sentence:
        self.due[timer.sequence] = timer.due
        if timer.task is None:
            return Sentence("A timer is set for {0}: {1}.", (clock_time(timer.due), timer.call))
        return Sentence(
            "{0} sets a timer for {1}: {2}.", (_task(timer.task), clock_time(timer.due), timer.call)
        )

    def timer_ended(self, timer: Timer) -> Sentence:
        self.due.pop(timer.sequence, None)
        what = "is due" if timer.fired else "is cancelled"
        if timer.task is None:
            return Sentence(f"A timer {what}: {{0}}.", (timer.call,))
        return Sentence(f"A timer of {{0}} {what}: {{1}}.", (_task(timer.task), timer.call))

    def change(self, resource: Resource, change: Change) -> Sentence | None:
        self.holders[resource.index] = change.holders
        if change.action == "seen":
            return None
        if change.action == "notify":
            self.notified.pop(resource.index, None)
        kind = kind_of(resource)
        deed = kind.deeds.get(change.action) or _DEEDS.get(change.action)
        form = deed or f"{{1}} calls {change.action}() of {{0}}"
        who: Name | str = "A callback" if change.task is None else _task(change.task)
        parts: tuple[Name | str, ...] = (_resource(resource.index), who)
        if kind.is_level or kind.name == "barrier":
            form += ": {2}"
            parts += (condition(resource, change, self.recording),)
        return Sentence(form + ".", parts)

    def cancelled_by(self, request: Cancellation) -> Sentence:
        """Somebody asks a task to be cancelled; when it is, or goes on, is told later."""
        task, by = _task(request.task), request.by
        named = request.resource is not None
        if request.origin is not None:
            origin = self.recording.cancellations[request.origin]
            if origin.task != request.task:
                return Sentence("{0} is cancelled with {1}.", (task, _task(origin.task)))
        if request.through == "wait_for" or (request.through == "timeout" and not named):
            return Sentence("{0} is cancelled: its time is over.", (task,))
        if request.resource is not None:
            resource = _resource(request.resource)
            form = "{0} is cancelled: {1} is over." if request.through == "timeout" else ""
            return Sentence(form or "{0} is cancelled by {1}.", (task, resource))
        if by.task is None:
            return Sentence(f"{{0}} is cancelled by {outside_waker(by)}.", (task,))
        if by.task == request.task:
            return Sentence("{0} cancels itself.", (task,))
        return Sentence("{1} cancels {0}.", (task, _task(by.task)))

    def born(self, task: Task) -> Sentence:
        if task.spans and task.spans[0].state is State.UNKNOWN:
            return Sentence("{0} uses what is the loop's for the first time.", (_task(task.index),))
        parent = None if task.parent is None else self.recording.tasks[task.parent]
        # One that has ended may have left a callback, or a generator that asyncio closes.
        gone = parent is not None and (parent.ended_sequence or task.sequence) < task.sequence
        if task.parent is None or gone:
            return Sentence("{0} is created.", (_task(task.index),))
        return Sentence("{1} creates {0}.", (_task(task.index), _task(task.parent)))

    def span(self, task: Task, before: Span | None, span: Span) -> Sentence | None:
        place = self._leave_line(task, before, span)
        if span.state is State.UNKNOWN:
            return None
        if task.kind != "task":
            return Sentence("{0} is " + str(span.state) + ".", (_task(task.index),))
        if span.state is State.RUNNING:
            return self._runs(task, before)
        if span.state is State.READY:
            return self._becomes_ready(task, before, span, place)
        return self._waits(task, span)

    def _leave_line(self, task: Task, before: Span | None, span: Span | None) -> tuple[int, int]:
        """The place that a task had in line, from 0, and the length of the line.

        `span` is that in which it is ready, None if it has ended instead. Those whom one
        notification wakes were in line together; who is cancelled leaves it alone.
        """
        if before is None or before.reason is None or before.reason.resource is None:
            return 0, 1
        line = self.lines[before.reason.resource]
        place, length = line.index(task.index), len(line)
        line.remove(task.index)
        is_notified = span and (task.index, span.sequence) not in self.cancelled
        if before.reason.kind == "condition" and is_notified:
            notified = self.notified[before.reason.resource]
            self.notified[before.reason.resource] += 1
            return notified + place, notified + length
        return place, length

    def _runs(self, task: Task, before: Span | None) -> Sentence:
        name = _task(task.index)
        if before in (None, task.spans[0]) and not task.existed:
            return Sentence("{0} runs for the first time.", (name,))
        if before is not None and before.waker is not None and before.waker.kind == "eager":
            return Sentence("{0} goes on with its step.", (name,))
        if before is None or before.location is None:
            return Sentence("{0} runs.", (name,))
        line = line_at(self.recording, before.location)
        return Sentence(
            "{0} runs: it goes on from line {1}, in {2}.",
            (name, line.removeprefix("line "), plain_name(before.location.function)),
        )

    def _becomes_ready(
        self, task: Task, before: Span | None, span: Span, place: tuple[int, int]
    ) -> Sentence | None:
        name = _task(task.index)
        waker = span.waker
        if before is None:
            return Sentence("{0} joins the ready queue.", (name,))
        if waker is not None and waker.kind == "eager" and waker.task is not None:
            form = "{0} stops in the middle of its step: {1}, which it creates, runs at once."
            return Sentence(form, (name, _task(waker.task)))
        if before.state is State.RUNNING:
            return Sentence("{0} gives way: it joins the end of the ready queue.", (name,))
        parts: tuple[Name | str, ...] = (name,)
        if waker is not None and waker.task is not None:
            form = "{0} is woken by {1}"
            parts += (_task(waker.task),)
        else:
            form = f"{{0}} is woken by {outside_waker(waker)}"
        why, more = self._why(before.reason, place, len(parts))
        return Sentence(form + why + ".", parts + more)

    def _why(
        self, reason: WaitReason | None, place: tuple[int, int], position: int
    ) -> tuple[str, tuple[Name | str, ...]]:
        """The end of a wake-up's sentence: what the task had waited for."""
        if reason is None:
            return "", ()
        if reason.resource is not None:
            resource = (_resource(reason.resource),)
            if reason.kind not in _IN_LINE:
                return f"; it waited for {{{position}}}", resource
            if place[1] == 1:
                return f"; it was the only one in line for {{{position}}}", resource
            if place[0] == 0:
                return f"; it was first in line for {{{position}}}", resource
            return f"; it was number {{{position + 1}}} in line for {{{position}}}", (
                *resource,
                str(place[0] + 1),
            )
        if reason.task is not None:
            return f"; it waited for {{{position}}}", (_task(reason.task),)
        return f"; it was in {{{position}}}", (reason.call,)

    def _waits(self, task: Task, span: Span) -> Sentence:
        name = _task(task.index)
        reason = span.reason
        if reason is None:
            return Sentence("{0} waits.", (name,))
        if reason.resource is not None:
            line = self.lines.setdefault(reason.resource, [])
            line.append(task.index)
            form, parts = (
                "{0} waits for {1} in {2}",
                (name, _resource(reason.resource), reason.call),
            )
            holders = self.holders.get(reason.resource, ())
            return self._with_line(form, parts, holders, len(line) - 1)
        if reason.task is not None:
            return Sentence("{0} waits for {1} in {2}.", (name, _task(reason.task), reason.call))
        return Sentence("{0} waits in {1}.", (name, reason.call))

    def _with_line(
        self, form: str, parts: tuple[Name | str, ...], holders: tuple[int, ...], ahead: int
    ) -> Sentence:
        if len(holders) == 1:
            form += f", which {{{len(parts)}}} holds"
            parts += (_task(holders[0]),)
        elif holders:
            form += f", which {{{len(parts)}}} hold"
            parts += (count(len(holders), "task"),)
        if ahead:
            form += f"; {{{len(parts)}}} in line before it"
            parts += (f"{ahead} is" if ahead == 1 else f"{ahead} are",)
        return Sentence(form + ".", parts)

    def ended(self, task: Task, before: Span | None) -> Sentence:
        self._leave_line(task, before, None)
        name = _task(task.index)
        if task.kind != "task":
            detail = task.detail if task.detail is not None else str(task.ending)
            return Sentence("{0} ends: {1}", (name, detail))
        if task.ending is Ending.FAILED:
            return Sentence("{0} fails: {1}", (name, task.detail or "an exception"))
        if task.ending is Ending.DESTROYED:
            form = "{0} is destroyed while it is pending: nothing refers to it any more."
            return Sentence(form, (name,))
        if task.ending is Ending.CANCELLED:
            if task.cancelled_by is None:
                return Sentence("{0} ends: it is cancelled.", (name,))
            return Sentence("{0} ends: it is cancelled by {1}.", (name, task.cancelled_by))
        return Sentence("{0} is done.", (name,))

    def blocked(self, blocked: Blocked) -> Sentence:
        lasted = seconds(blocked.end - blocked.start)
        if blocked.task is None:
            # In recordings of before version 0.3 a task that is not shown has no name.
            who: Name | str = one_line(blocked.function or "Something that is not shown")
        else:
            who = _task(blocked.task)
        return Sentence("{0} keeps the loop for {1}: everybody waits.", (who, lasted))
