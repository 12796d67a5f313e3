"""Interpretation: from the rows of a log to the tasks, spans and resources of a recording."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise, takewhile
from typing import Any, Final

from course_helpers.learners_code import Owner, cell_name
from course_helpers.recorder import log, names
from course_helpers.recorder.cancellations import Cancellations
from course_helpers.recorder.log import Log
from course_helpers.recording.columns import Numbering, pack
from course_helpers.recording.kinds import kind_of
from course_helpers.recording.model import (
    STOPPED,
    Blocked,
    Change,
    Ending,
    FromThread,
    Location,
    Mark,
    Outcome,
    Recording,
    Report,
    Resource,
    Span,
    State,
    Task,
    Timer,
    Turn,
    WaitReason,
    Waker,
)
from course_helpers.recording.readings import canceller

_ENDINGS: Final = {
    log.DONE: Ending.DONE,
    log.CANCELLED: Ending.CANCELLED,
    log.FAILED: Ending.FAILED,
    log.DESTROYED: Ending.DESTROYED,
}
# The rows that tell that a lane was there.
_OF_A_LANE: Final = (
    *range(log.BORN, log.FAILED + 1),
    *(log.DESTROYED, log.INTERRUPTED, log.UNHEARD),
)

_FIRST_CHANGE: Final = log.change_kind(0, 0)
_TIMER_CALLS: Final = {"_set_result_unless_cancelled": "sleep", "Timeout._on_timeout": "timeout"}
# Who lets a task go on that was interrupted by an eager one: this minus the lane of that one.
_BY_EAGER: Final = -100
_HOLDING: Final = ("acquire", "release", "enter", "exit")

# A named tuple without its constructor, which takes two thirds of the time.
_new: Final[Callable[..., Any]] = tuple.__new__


@dataclass(slots=True)
class _Lane:
    """A lane while its rows are read."""

    number: int
    record: log.Lane
    born: float | None = None
    sequence: int = 0
    state: State | None = None
    since: float = 0.0
    since_sequence: int = 0
    location: Location | None = None
    reason: WaitReason | None = None
    waker: int = log.OUTSIDE
    # Made ready while it still runs: a task that gives way, or awaits what is done already.
    ready_again: int | None = None
    ended: float | None = None
    ended_sequence: int | None = None
    ending: Ending = Ending.ALIVE
    detail: str | None = None
    # What it was woken for, by whoever made it ready last.
    woken_to_be_cancelled: bool = False
    spans: list[tuple[Any, ...]] = field(default_factory=list)  # as those of `Span`


class _Resource:
    """A resource while its rows are read."""

    def __init__(self, primitive: log.Primitive, time: float) -> None:
        self.holders: list[int] = []
        self.shown_holders: tuple[int, ...] = ()
        # Who has taken it; whether one who held none gave it back: one of these, or another.
        self.takers: set[int] = set()
        self.surplus = False
        self.by_strangers = False
        self._is_semaphore = kind_of(primitive).name == "semaphore"
        self.is_group = kind_of(primitive).name == "group"
        self._made_here = primitive.made_here
        self.value = primitive.value
        self.unfinished: Any = primitive.unfinished
        self.changes = [
            Change(
                time, primitive.sequence, "seen", None, (), primitive.value, primitive.unfinished
            )
        ]

    def moved(self, action: str, depth: int) -> None:
        """Something was done to a queue; how deep it is, and one more, where that was noted."""
        if action == "put":
            self.value += 1
            self.unfinished += 1
        elif action == "get":
            self.value -= 1
        elif action == "task_done":
            self.unfinished -= 1
        elif depth:  # shut down at once, it drops its items, and nobody has to be done with them
            self.unfinished = max(0, self.unfinished - (self.value - depth + 1))
        if depth:
            self.value = depth - 1

    def given_back(self, number: int, lanes: list[_Lane]) -> None:
        """It was released by a lane that holds none of it."""
        if not self._is_semaphore:
            del self.holders[:1]
        elif number in self.takers:
            self.surplus = True
        elif number < 0 or not lanes[number].record.existed or self._made_here:
            # A task that was there before the recording may have taken it then.
            self.by_strangers = True

    def is_nobodys(self, capacity: int | None) -> bool:
        """Whether nobody holds it, though it can be taken.

        So it is with a signal, a counter and the limit of a rate: they are released by those who
        have not taken them. Who has taken and releases too often is believed to have given back
        nobody else's permit if there are more in the end than it was made with.
        """
        most: int = max(change.value for change in self.changes)
        return self.by_strangers or (self.surplus and not most > (capacity or most))


class _Interpreter:
    def __init__(self, written: Log) -> None:
        self.log = written
        self.columns = written.close()
        self.lanes = [_Lane(number, record) for number, record in enumerate(written.lanes)]
        self.timers: dict[int, Timer] = {}
        self.turns: list[tuple[float, int, int]] = []
        self.blocked: list[Blocked] = []
        self.marks: list[Mark] = []
        self.reports: list[Report] = []
        self.from_threads: list[FromThread] = []
        # The threads that have just done something themselves, of which the change follows.
        self._strangers: set[int] = set()
        # The resources that the loop uses, too.
        self._loops = {reason.resource for reason in written.reasons}
        self.primitives = written.primitives()
        self.resources = [_Resource(p, self._time(p.time)) for p in self.primitives]
        self.locations = _Locations(written.sources)
        self.places = [self.locations.of(code, offset) for code, offset in written.places]
        self.cancellations = Cancellations(written.requests)
        # What the recording shows, and under which numbers it knows it.
        self.shown = _shown(self.lanes, written)
        self.index = index = {lane.number: place for place, lane in enumerate(self.shown)}
        self.wakers = dict(log.WAKERS)
        for lane in self.lanes:
            self.wakers[lane.number] = self._waker(lane)
        # The reasons, with tasks numbered as lanes; and what is shown for them.
        self.shown_reasons = {reason: _renumbered(reason, index) for reason in written.reasons}

    def _time(self, moment: float) -> float:
        return max(0.0, moment - self.log.began)

    def _waker(self, lane: _Lane) -> Waker:
        if lane.number not in self.index:
            return Waker("outside")
        kind = "thread" if lane.record.origin.kind == "thread" else "task"
        return Waker(kind, self.index[lane.number])

    def read(self) -> None:
        # This loop runs once for every event, again for every setting of an explorer's knobs.
        began, sequence = self.log.began, self.log.dropped - 1
        lanes, situations, enter = self.lanes, self._situations(), self._enter
        cancel, run, give_way, turn = log.CANCEL, log.RUN, log.YIELD, log.TURN
        wakes, ends = (log.READY, log.CANCEL), (log.WAIT, log.YIELD)
        running, waiting = State.RUNNING, State.WAITING
        turns, requested = self.turns, self.cancellations.open
        threshold = self.log.threshold
        for lane in lanes:
            if lane.record.existed:
                self._begin_existing(lane)
        second: Any
        for kind, time, first, second in zip(*self.columns, strict=True):
            sequence += 1
            time = time - began if time > began else 0.0
            if kind == run:
                lane = lanes[first]
                enter(lane, running, time, sequence)
                if first in requested and lane.waker > _BY_EAGER:
                    woken = lane.woken_to_be_cancelled
                    self.cancellations.runs(first, woken, time, sequence)
            elif kind in ends:
                lane = lanes[first]
                reason, lane.location = situations[second]
                if time - lane.since >= threshold:
                    self._blocked(lane, time)
                again = lane.ready_again
                if again is not None or kind == give_way:
                    enter(lane, State.READY, time, sequence)
                    lane.waker, lane.ready_again = first if again is None else again, None
                else:
                    enter(lane, waiting, time, sequence)
                    lane.reason = reason
            elif kind in wakes:
                self._ready(lanes[first], time, sequence, second, kind == cancel)
            elif kind >= _FIRST_CHANGE:
                self._change(kind, time, sequence, first, second)
            elif kind == turn:
                turns.append((time, sequence, first))
            else:
                self._rare(kind, time, sequence, first, second)

    def _situations(self) -> list[tuple[WaitReason | None, Location | None]]:
        return [
            (
                self.log.reasons[reason] if reason >= 0 else None,
                self.places[place] if place >= 0 else None,
            )
            for reason, place in self.log.situations
        ]

    def _rare(self, kind: int, time: float, sequence: int, first: int, second: float) -> None:
        if kind == log.MARK:  # the least rare of these comes first
            verb, what, value, line = self.log.marks[int(second)]
            location = None if line is None else self.locations.displayed(line)
            task = self.index.get(first)
            self.marks.append(Mark(time, sequence, task, verb, what, value, location))
        elif kind == log.BORN:
            lane = self.lanes[first]
            if lane.born is None:
                lane.born, lane.sequence = time, sequence
        elif kind in _ENDINGS:
            detail = -1 if kind == log.DESTROYED else int(second)
            self._finished(self.lanes[first], time, sequence, kind, detail)
        elif kind == log.TIMER:
            due = self._time(second)
            who, called = self.log.timers[first]
            name = str(called).rpartition("<locals>.")[2]
            call = _TIMER_CALLS.get(name, name)
            self.timers[first] = Timer(
                time, sequence, due, None, None, False, self.index.get(who), call
            )
        elif kind == log.TIMER_FIRED or kind == log.TIMER_CANCELLED:
            if first in self.timers:
                self.timers[first] = self.timers[first]._replace(
                    ended=time, ended_sequence=sequence, fired=kind == log.TIMER_FIRED
                )
        elif kind == log.CALLBACK:
            self._callback_blocked(time, sequence, int(second))
        elif kind == log.REQUEST:
            self.cancellations.requested(int(second), first, time, sequence)
        elif kind == log.UNCANCEL:
            self.cancellations.taken_back(first, int(second))
        elif kind == log.LEFT:
            self.cancellations.left(first, bool(second))
        elif kind == log.UNHEARD:
            self._enter(self.lanes[first], State.UNKNOWN, time, sequence)
        elif kind == log.INTERRUPTED:
            self._interrupted(self.lanes[first], time, sequence, int(second))
        elif kind == log.STRANGER:
            self._stranger(time, sequence, first, int(second))
        elif kind == log.REPORT:
            message, callback, error, place = self.log.reports[int(second)]
            seen = None if place is None else self.locations.displayed(place)
            self.reports.append(Report(time, sequence, message, callback, error, seen))

    def _interrupted(self, lane: _Lane, time: float, sequence: int, number: int) -> None:
        """A task's step is interrupted by the first one of an eager task that it creates."""
        child, situation = self.log.interruptions[number]
        _, place = self.log.situations[situation]
        lane.location = self.places[place] if place >= 0 else None
        if time - lane.since >= self.log.threshold:
            self._blocked(lane, time)
        self._enter(lane, State.READY, time, sequence)
        lane.waker = _BY_EAGER - child
        self.wakers[lane.waker] = Waker("eager", self.index.get(child))

    def _stranger(self, time: float, sequence: int, thread: int, number: int) -> None:
        """A thread has used what belongs to the loop."""
        action, resource, task, place = self.log.strangers[number]
        if resource is not None:
            self._strangers.add(thread)
        seen = None if place is None else self.locations.displayed(place)
        about = None if task is None else self.index.get(task)
        if thread in self.index:
            by = self.index[thread]
            self.from_threads.append(FromThread(time, sequence, by, action, resource, about, seen))

    def of_the_loop(self) -> tuple[FromThread, ...]:
        """What threads did to what the loop uses, too."""
        return tuple(
            deed
            for deed in self.from_threads
            if deed.resource is None or deed.resource in self._loops
        )

    def _begin_existing(self, lane: _Lane) -> None:
        standing = lane.record.standing
        if standing is not None or lane.number == self.log.root:
            lane.born, lane.sequence = 0.0, self.log.dropped
        if standing is not None:
            lane.reason, lane.location = self._situations()[standing]
            lane.state = State.READY if lane.reason is None else State.WAITING
            lane.since, lane.since_sequence = 0.0, self.log.dropped

    def _enter(self, lane: _Lane, state: State | None, time: float, sequence: int) -> None:
        """End the lane's span, and begin one of another state."""
        if lane.born is None:  # its birth is not in the log any more
            lane.born, lane.sequence = time, sequence
        before = lane.state
        if before is not None:
            reason = waker = None
            if before is State.READY:
                waker = self.wakers[lane.waker]
            elif before is State.WAITING and lane.reason is not None:
                reason = self.shown_reasons[lane.reason]
            lane.spans.append(
                (before, lane.since, time, lane.since_sequence, lane.location, reason, waker)
            )
        elif state is not None and not lane.spans:
            time = lane.born  # the rows of its birth and of its first state are a moment apart
        lane.state, lane.since, lane.since_sequence = state, time, sequence

    def end(self, time: float) -> None:
        """End the spans of those that had not ended."""
        for lane in self.shown:
            if lane.record.stopped_at is not None:
                lane.location = self.locations.displayed(lane.record.stopped_at)
                lane.detail = STOPPED
            if lane.state is not None:
                if time - lane.since >= self.log.threshold:
                    self._blocked(lane, time)
                self._enter(lane, None, max(time, lane.since), self.log.position)

    def who_shows(self, lane: int) -> int:
        """A lane, or the one that a private task of asyncio's works for."""
        while lane >= 0 and self.lanes[lane].record.origin.internal:
            lane = self.lanes[lane].record.parent
        return lane

    def _behind(self, waker: int, lane: _Lane) -> int:
        """Who woke a lane, in the learner's eyes.

        A private task of asyncio's only passes on what woke it. And who finds that its thread's job
        is done already wakes itself, by asyncio's reckoning.
        """
        awaits = lane.reason if lane.state is State.WAITING else None
        if waker >= 0 and self.lanes[waker].record.origin.internal:
            waker = self.lanes[waker].waker
            return log.OUTSIDE if waker == lane.number else waker
        if waker == lane.number and awaits is not None and awaits.kind == "thread":
            return waker if awaits.task is None else awaits.task
        return waker

    def _ready(self, lane: _Lane, time: float, sequence: int, waker: int, cancelled: bool) -> None:
        waker = self._behind(waker, lane)
        lane.woken_to_be_cancelled = cancelled
        if lane.state is State.RUNNING:
            lane.ready_again = waker
            return
        self._enter(lane, State.READY, time, sequence)
        lane.waker = waker

    def _finished(self, lane: _Lane, time: float, sequence: int, kind: int, detail: int) -> None:
        if time - lane.since >= self.log.threshold:
            self._blocked(lane, time)
        if lane.state is State.RUNNING:
            lane.location = None
        self._enter(lane, None, time, sequence)
        lane.ended, lane.ended_sequence, lane.ending = time, sequence, _ENDINGS[kind]
        lane.detail = self.log.details[detail] if detail >= 0 else None
        self.cancellations.ended(lane.number, lane.ending)

    def _blocked(self, lane: _Lane, time: float) -> None:
        """A lane's step may just have ended that took longer than the threshold."""
        if lane.record.origin.kind == "task" and lane.state is State.RUNNING:
            place = self.log.samples.get(lane.since_sequence)
            location = self.locations.displayed(place) if isinstance(place, Location) else None
            function = place if isinstance(place, str) else None
            task = self.index.get(lane.number)
            if task is None and function is None:  # of a notebook's kernel, or part of a call
                function = lane.record.origin.function
            self.blocked.append(
                Blocked(lane.since, time, lane.since_sequence, task, location, function)
            )

    def _callback_blocked(self, time: float, sequence: int, number: int) -> None:
        """A callback has ended that kept the loop, perhaps by eager tasks only."""
        end, name, place = self.log.callbacks[number]
        ended = self._time(end)
        within = takewhile(lambda step: step.start >= time, reversed(self.blocked))
        of_others = sum(step.end - step.start for step in within)
        if not of_others or ended - time - of_others >= self.log.threshold:
            seen = self.locations.displayed(place) if isinstance(place, Location) else None
            self.blocked.append(Blocked(time, ended, sequence, None, seen, name))

    def _change(self, kind: int, time: float, sequence: int, number: int, value: int) -> None:
        place, which = log.change_of_kind(kind)
        action = log.ACTIONS[which]
        resource = self.resources[place]
        holders = resource.holders
        doer = number if resource.is_group else self._doer(number)
        if doer < 0 or self.lanes[doer].record.origin.kind == "task":
            self._loops.add(place)
        if resource.unfinished is not None:
            resource.moved(action, int(value))
        else:
            resource.value = int(value)
            if action in _HOLDING:
                if action == "acquire":
                    granted = self._granted(place, number, sequence)
                    taker = self._taken_for(granted)
                    holders.append(taker)
                    resource.takers.add(taker)
                    if granted != number:
                        doer = taker  # it gets what another hands on
                elif action == "enter":
                    holders.append(doer)
                elif action == "exit":
                    holders.clear()
                elif doer in holders:
                    holders.remove(doer)
                else:
                    resource.given_back(doer, self.lanes)
                resource.shown_holders = tuple(
                    [self.index[holder] for holder in holders if holder in self.index]
                )
        resource.changes.append(
            _new(
                Change,
                (
                    time,
                    sequence,
                    action,
                    self.index.get(doer),
                    resource.shown_holders,
                    resource.value,
                    resource.unfinished,
                ),
            )
        )

    def _doer(self, number: int) -> int:
        """Who does something: a lane, if it is in a step; else it is a callback that it asked for.

        Whoever asked for a callback has not done what that does.
        """
        if number < 0:
            return number
        if number in self._strangers:
            self._strangers.remove(number)
            return number
        lane = self.lanes[number]
        if lane.ending is Ending.DESTROYED:
            return number  # its coroutine is closed after that
        unseen = lane.state is None and lane.ended is None  # its rows are not in the log any more
        runs = lane.record.origin.kind == "task" and (lane.state is State.RUNNING or unseen)
        return number if runs else log.OUTSIDE

    def _taken_for(self, taker: int) -> int:
        """For whom something is taken: `gather`, and `wait_for` until Python 3.11, have it taken.

        The task in which they do so runs nothing but `acquire`, and has ended when it holds it. Who
        has ended before that, because its time was over, does not hold it.
        """
        while taker >= 0 and self.lanes[taker].record.origin.owner is Owner.ASYNCIO:
            made_for = self.lanes[taker].record.parent
            if made_for >= 0 and self.lanes[made_for].ended is not None:
                break
            taker = made_for
        return taker

    def _granted(self, resource: int, number: int, sequence: int) -> int:
        """Who gets what `number` takes from a semaphore.

        A release hands its permit on: it takes it again on behalf of the first waiter, and makes
        that one ready in the same breath, so that the next row tells who it is.
        """
        kinds, _, firsts, seconds = self.columns
        following = sequence - self.log.dropped + 1
        if (
            following < len(kinds)
            and kinds[following] == log.READY
            and seconds[following] == number
        ):
            woken: _Lane = self.lanes[firsts[following]]
            waits = woken.reason if woken.state is State.WAITING else None
            if waits is not None and waits.resource == resource:
                return woken.number
        return number


class _Locations:
    """Lines of the learner's source, with files named as the learner knows them."""

    def __init__(self, lines_of_files: Mapping[str, list[str]]) -> None:
        self._files = lines_of_files
        self._lines: dict[Any, list[int | None]] = {}
        self.sources: dict[str, str] = {}

    def of(self, code: Any, offset: int) -> Location:
        lines = self._lines.get(code)
        if lines is None:
            lines = self._lines[code] = [position[0] for position in code.co_positions()]
        index = offset // 2
        line = lines[index] if 0 <= index < len(lines) else None
        place = Location(code.co_filename, line or code.co_firstlineno, names.code_name(code))
        return self.displayed(place)

    def displayed(self, place: Location) -> Location:
        """The same place; a cell's temporary file becomes `In [3]`."""
        name = cell_name(place.file) or place.file
        if name not in self.sources:
            self.sources[name] = "".join(self._files.get(place.file, ()))
        return place._replace(file=name)


def _labels(lanes: list[_Lane], written: Log) -> dict[int, str]:
    """A label of its own for each lane: the second `worker()` becomes `worker() #2`.

    A library's task in which a function of the learner's runs is `handler in Server.start`.
    """
    labels: dict[int, str] = {}
    seen: Counter[str] = Counter()
    for lane in lanes:
        record = lane.record
        label = record.called or names.call_label(record.origin.function, record.arguments)
        if record.name is not None and not names.is_default_name(record.name):
            label = record.name
        elif lane.number == written.root and record.origin.kernels:
            label = "this cell"
        elif record.runs:
            label = f"{record.runs} in {record.origin.function}"
        seen[label] += 1
        labels[lane.number] = label if seen[label] == 1 else f"{label} #{seen[label]}"
    return labels


def _resource_labels(primitives: list[log.Primitive]) -> list[str]:
    labels: list[str] = []
    seen: Counter[str] = Counter()
    unnamed: Counter[str] = Counter()
    step_aside = _names_that_step_aside(primitives)
    for primitive in primitives:
        if not primitive.names:
            unnamed[primitive.kind] += 1
            label = f"{primitive.kind} {unnamed[primitive.kind]}"
        else:
            label = primitive.names[-1 if primitive.names[0] in step_aside else 0]
        seen[label] += 1
        labels.append(label if seen[label] == 1 else f"{label} #{seen[label]}")
    return labels


def _names_that_step_aside(primitives: list[log.Primitive]) -> set[str]:
    """The names that several primitives have by turns, where each has one of its own elsewhere."""
    others: dict[str, list[str | None]] = {}
    for primitive in primitives:
        if primitive.names:
            first, *other = primitive.names
            others.setdefault(first, []).append(other[0] if other else None)
    return {
        name
        for name, elsewhere in others.items()
        if len(elsewhere) > 1
        and None not in elsewhere
        and len({*elsewhere}) == len(elsewhere)
        and others.keys().isdisjoint(elsewhere)
    }


def _shown(lanes: list[_Lane], written: Log) -> list[_Lane]:
    """The learner's lanes: not the notebook kernel's own tasks, nor parts of asyncio's calls.

    A library's task is shown if the learner's code runs in it, if it kept the loop, if it is the
    program that is simulated, or if a task that is shown made it.
    """
    root, seen, kept = written.root, _seen(written), _kept_the_loop(written)
    shown: set[int] = set()
    for lane in lanes:
        if lane.record.origin.internal or lane.number not in seen:
            continue
        parent = lane.record.parent
        own = not lane.record.origin.is_hidden or lane.record.runs is not None
        stands_out = lane.record.origin.is_librarys and (
            lane.number in kept or (written.clock == "virtual" and parent == log.OUTSIDE)
        )
        if lane.number == root or parent in shown or own or stands_out:
            shown.add(lane.number)
    return [lane for lane in lanes if lane.number in shown]


def _kept_the_loop(written: Log) -> set[int]:
    """The lanes of which a step was seen that took long."""
    firsts = written.close().firsts
    rows = (row - written.dropped for row in written.samples)
    return {firsts[row] for row in rows if 0 <= row < len(firsts)}


def _seen(written: Log) -> set[int]:
    """The lanes of which the log tells anything."""
    if not (written.dropped or written.left_out or written.warnings):
        return set(range(len(written.lanes)))
    seen: set[Any] = {
        number
        for number, lane in enumerate(written.lanes)
        if lane.standing is not None or (lane.existed and number == written.root)
    }
    kinds, _, firsts, _ = written.close()
    for kind, first in zip(kinds, firsts, strict=True):
        if kind in _OF_A_LANE:
            seen.add(first)
    return seen


def interpret(written: Log, recording: Recording) -> None:
    """Set the fields of a recording to what a log says."""
    # Many objects are made and none is garbage: to look for some takes a third of the time.
    collecting = gc.isenabled()
    gc.disable()
    try:
        _interpret(written, recording)
    finally:
        if collecting:
            gc.enable()


def _interpret(written: Log, recording: Recording) -> None:
    reader = _Interpreter(written)
    reader.read()
    end = max(0.0, written.ended - written.began)
    reader.end(end)
    shown, index = reader.shown, reader.index
    labels = _labels(shown, written)
    numberings: dict[str, Numbering] = {}
    cancellations = reader.cancellations.records(
        index, reader.who_shows, reader.wakers, reader.locations.displayed
    )
    cancelled_by = {
        request.task: canceller(request, cancellations, [labels[lane.number] for lane in shown])
        for request in cancellations
        if request.outcome is Outcome.CANCELLED
    }
    tasks = tuple(
        Task(
            index=index[lane.number],
            label=labels[lane.number],
            coroutine=lane.record.origin.function,
            parent=index.get(lane.record.parent),
            kind=lane.record.origin.kind,
            born=lane.born or 0.0,
            sequence=lane.sequence,
            existed=lane.record.existed,
            ended=lane.ended,
            ended_sequence=lane.ended_sequence,
            ending=lane.ending,
            detail=lane.detail,
            cancelled_by=cancelled_by.get(index[lane.number]),
            retrieved=lane.record.retrieved,
            spans=pack(Span, lane.spans, numberings),
        )
        for lane in shown
    )
    resources = tuple(
        _resource(number, label, primitive, resource, tasks)
        for number, (primitive, resource, label) in enumerate(
            zip(
                *(reader.primitives, reader.resources, _resource_labels(reader.primitives)),
                strict=True,
            )
        )
    )
    recording.clock = written.clock
    recording.duration = end
    recording.tasks = tasks
    recording.resources = resources
    recording.timers = tuple(
        timer
        for number, timer in reader.timers.items()
        if timer.task is not None or written.timers[number][0] < 0
    )
    recording.turns = pack(Turn, reader.turns)
    recording.blocked = tuple(sorted(reader.blocked, key=lambda entry: entry.sequence))
    recording.marks = tuple(reader.marks)
    recording.reports = tuple(reader.reports)
    recording.from_threads = reader.of_the_loop()
    recording.cancellations = cancellations
    recording.events = len(reader.columns.kinds)
    recording.left_out = written.left_out + written.dropped
    recording.warnings = tuple(written.warnings)
    recording.never_awaited = tuple(reader.locations.of(code, 0) for code in written.never_awaited)
    recording.sources = reader.locations.sources


def _resource(
    index: int, label: str, primitive: log.Primitive, read: _Resource, tasks: tuple[Task, ...]
) -> Resource:
    capacity, changes = primitive.capacity, read.changes
    if primitive.kind == "Semaphore" and capacity is None:
        capacity = primitive.value + _given_back(changes, tasks)
    if read.is_nobodys(capacity):
        changes = [change._replace(holders=()) for change in changes]
    return Resource(index, label, primitive.kind, capacity, pack(Change, changes))


def _given_back(changes: list[Change], tasks: tuple[Task, ...]) -> int:
    """How many permits of a semaphore came back that tasks held before the recording began."""
    given_back = 0
    took: Counter[int | None] = Counter()
    for before, change in pairwise(changes):
        if change.action == "acquire":
            took.update(_came(before, change))
        elif change.action == "release" and took[change.task]:
            took[change.task] -= 1
        elif change.action == "release" and change.task is not None:
            given_back += tasks[change.task].existed
    return given_back


def _came(before: Change, after: Change) -> list[int]:
    return list((Counter(after.holders) - Counter(before.holders)).elements())


def _renumbered(reason: WaitReason, index: dict[int, int]) -> WaitReason:
    """A reason with tasks as they are shown; those that are not are left out."""
    if reason.task is None and not reason.tasks:
        return reason
    task = None if reason.task is None else index.get(reason.task)
    return reason._replace(
        task=task, tasks=tuple(index[each] for each in reason.tasks if each in index)
    )
