"""Interpretation: from the rows of a log to the tasks, spans and resources of a recording."""

from __future__ import annotations

import linecache
import sys
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

from course_helpers.recording import log, names
from course_helpers.recording.log import Log
from course_helpers.recording.model import (
    Blocked,
    Change,
    Ending,
    Location,
    Recording,
    Resource,
    Span,
    State,
    Task,
    Timer,
    Turn,
    WaitReason,
    Waker,
)

_ENDINGS: Final = {
    log.FINISH_DONE: Ending.DONE,
    log.FINISH_CANCELLED: Ending.CANCELLED,
    log.FINISH_FAILED: Ending.FAILED,
}


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
    cancelled_by: int | None = None
    # Positions in the order of steps between which the lane was ready last.
    ready_from: int = 0
    ready_until: int = 0
    spans: list[Span] = field(default_factory=list)


@dataclass(slots=True)
class _Timer:
    armed: float
    sequence: int
    due: float
    task: int
    ended: float | None = None
    ended_sequence: int | None = None
    fired: bool = False


class _Interpreter:
    def __init__(self, written: Log) -> None:
        self.log = written
        self.lanes = [_Lane(number, record) for number, record in enumerate(written.lanes)]
        self.timers: dict[int, _Timer] = {}
        self.turns: list[Turn] = []
        self.blocked: list[tuple[float, float, int, int, Location | None]] = []
        self.changes: list[list[tuple[float, int, str, int, tuple[int, ...], int, int | None]]] = [
            [(self._time(p.time), p.sequence, "seen", log.OUTSIDE, (), p.value, p.unfinished)]
            for p in written.primitives
        ]
        self.holders: list[list[int]] = [[] for _ in written.primitives]
        self.unfinished = [primitive.unfinished for primitive in written.primitives]
        self.locations = _Locations()
        self.places = [self.locations.of(code, offset) for code, offset in written.places]
        self.last_timer = ""
        self.steps: list[int] = []

    def _time(self, moment: float) -> float:
        return max(0.0, moment - self.log.began)

    def read(self) -> None:
        rows = self.log.rows
        end = len(rows)
        for lane in self.lanes:
            if lane.record.existed:
                self._begin_existing(lane)
        for start in range(0, end, log.ROW):
            kind, moment, number, first, second = rows[start : start + log.ROW]
            sequence = self.log.dropped + start // log.ROW
            time = self._time(moment)
            if kind >= log.CHANGE:
                self._change(int(kind), time, sequence, int(number), int(first), int(second), start)
            elif kind == log.READY:
                self._ready(self.lanes[int(number)], time, sequence, int(first), bool(second))
            elif kind == log.RUN:
                self._run(self.lanes[int(number)], time, sequence)
            elif kind == log.WAIT:
                self._wait(self.lanes[int(number)], time, sequence, int(first), int(second))
            elif kind == log.YIELD:
                self._wait(self.lanes[int(number)], time, sequence, -1, int(second))
            elif kind == log.FINISHED:
                self._finished(self.lanes[int(number)], time, sequence, int(first), int(second))
            elif kind == log.TURN:
                self.turns.append(Turn(time, sequence, int(first)))
            elif kind == log.BORN:
                lane = self.lanes[int(number)]
                if lane.born is None:
                    lane.born, lane.sequence = time, sequence
            elif kind == log.TIMER:
                self.timers[int(first)] = _Timer(time, sequence, self._time(second), int(number))
            elif kind == log.TIMER_END:
                timer = self.timers.get(int(first))
                self.last_timer = self.log.timers[int(first)]
                if timer is not None:
                    timer.ended, timer.ended_sequence = time, sequence
                    timer.fired = bool(second)
            elif kind == log.CALLBACK:
                self.blocked.append((time, self._time(first), sequence, int(number), None))

    def _begin_existing(self, lane: _Lane) -> None:
        if lane.record.standing is not None or lane.number == self.log.root:
            lane.born, lane.sequence = 0.0, self.log.dropped
        if lane.record.standing is not None:
            reason, place = lane.record.standing
            lane.state, lane.since, lane.since_sequence = State.WAITING, 0.0, self.log.dropped
            lane.reason = self.log.reasons[reason] if reason >= 0 else None
            lane.location = self.places[place] if place >= 0 else None
            if reason < 0:
                lane.state = State.READY

    def _enter(self, lane: _Lane, state: State | None, time: float, sequence: int) -> None:
        """End the lane's span, and begin one of another state."""
        if lane.born is None:  # its birth is not in the log any more
            lane.born, lane.sequence = time, sequence
        if lane.state is not None:
            waker = None
            if lane.state is State.READY:
                waker = self._waker(lane.waker)
            lane.spans.append(
                Span(
                    lane.state,
                    lane.since,
                    time,
                    lane.since_sequence,
                    lane.location,
                    lane.reason if lane.state is State.WAITING else None,
                    waker,
                )
            )
        elif state is not None and not lane.spans:
            time = lane.born  # the rows of its birth and of its first state are a moment apart
        lane.state, lane.since, lane.since_sequence = state, time, sequence

    @staticmethod
    def _waker(number: int) -> Waker:
        if number >= 0:
            return Waker("task", number)
        return Waker(log.WAKER_KINDS[number])

    def _behind(self, waker: int, lane: _Lane) -> int:
        """Who woke a lane, in the learner's eyes.

        A private task of asyncio's only passes on what woke it. And who finds that its thread's job
        is done already wakes itself, by asyncio's reckoning.
        """
        awaits = lane.reason if lane.state is State.WAITING else None
        if waker >= 0 and self.lanes[waker].record.internal:
            waker = self.lanes[waker].waker
            return log.OUTSIDE if waker == lane.number else waker
        if waker == lane.number and awaits is not None and awaits.kind == "thread":
            return waker if awaits.task is None else awaits.task
        return waker

    def _ready(self, lane: _Lane, time: float, sequence: int, waker: int, cancelled: bool) -> None:
        waker = self._behind(waker, lane)
        if cancelled:
            lane.cancelled_by = waker
            if waker == log.BY_TIMER and self.last_timer != "timeout":
                lane.cancelled_by = log.OUTSIDE
        if lane.state is State.RUNNING:
            lane.ready_again = waker
            return
        self._enter(lane, State.READY, time, sequence)
        lane.waker = waker
        lane.ready_from = max(0, len(self.steps) - 1)  # the step that made it ready goes on

    def _run(self, lane: _Lane, time: float, sequence: int) -> None:
        if lane.record.kind == "task":
            lane.ready_until = len(self.steps)
            self.steps.append(lane.number)
        self._enter(lane, State.RUNNING, time, sequence)

    def _wait(self, lane: _Lane, time: float, sequence: int, reason: int, place: int) -> None:
        lane.location = self.places[place] if place >= 0 else None
        self._end_step(lane, time, sequence)
        if lane.ready_again is not None:
            self._enter(lane, State.READY, time, sequence)
            lane.waker, lane.ready_again = lane.ready_again, None
        else:
            self._enter(lane, State.WAITING, time, sequence)
            lane.reason = self.log.reasons[reason] if reason >= 0 else None

    def _finished(self, lane: _Lane, time: float, sequence: int, code: int, detail: int) -> None:
        self._end_step(lane, time, sequence)
        lane.location = None
        self._enter(lane, None, time, sequence)
        lane.ended, lane.ended_sequence, lane.ending = time, sequence, _ENDINGS[code]
        lane.detail = self.log.details[detail] if detail >= 0 else None

    def _end_step(self, lane: _Lane, time: float, sequence: int) -> None:
        if lane.record.kind != "task":
            return
        if time - lane.since >= self.log.threshold and lane.state is State.RUNNING:
            sample = self.log.samples.get(lane.since_sequence)
            location = self.locations.displayed(sample) if sample is not None else None
            self.blocked.append((lane.since, time, lane.since_sequence, lane.number, location))

    def _change(
        self,
        kind: int,
        time: float,
        sequence: int,
        number: int,
        resource: int,
        value: int,
        start: int,
    ) -> None:
        action = log.ACTIONS[kind - log.CHANGE]
        holders = self.holders[resource]
        if action == "acquire":
            holders.append(self._granted(resource, number, start))
        elif action == "release" and holders:
            holders.remove(number if number in holders else holders[0])
        elif action == "enter":
            holders.append(number)
        elif action == "exit":
            holders.clear()
        unfinished = self.unfinished[resource]
        if unfinished is not None:
            value = self.changes[resource][-1][5] + {"put": 1, "get": -1}.get(action, 0)
            unfinished += {"put": 1, "task_done": -1}.get(action, 0)
            self.unfinished[resource] = unfinished
        self.changes[resource].append(
            (time, sequence, action, number, tuple(holders), value, unfinished)
        )

    def _granted(self, resource: int, number: int, start: int) -> int:
        """Who gets what `number` takes from a semaphore.

        A release hands its permit on: it takes it again on behalf of the first waiter, and makes
        that one ready in the same breath, so that the next row tells who it is.
        """
        following = self.log.rows[start + log.ROW : start + 2 * log.ROW]
        if following and following[0] == log.READY and following[3] == number:
            woken = self.lanes[int(following[2])]
            waits = woken.reason if woken.state is State.WAITING else None
            if waits is not None and waits.resource == resource:
                return woken.number
        return number

    def cancelled_by(self, lane: _Lane, labels: dict[int, str]) -> str | None:
        """Who asked for a task's cancellation, in words."""
        if lane.ending is not Ending.CANCELLED:
            return None
        by = lane.cancelled_by
        if by is None:
            # It was cancelled while it was ready: certain if only one other ran meanwhile.
            others = set(self.steps[lane.ready_from : lane.ready_until]) - {lane.number}
            by = others.pop() if len(others) == 1 else None
        if by is None:
            return None
        if by >= 0:
            if by != lane.number and not lane.record.cancel_requested:
                awaited = self.lanes[by]
                if awaited.ending is Ending.CANCELLED:
                    return self.cancelled_by(awaited, labels) or labels.get(by)
            return labels.get(by)
        return {log.BY_TIMER: "a timeout", log.BY_SIGNAL: "a signal"}.get(by)


class _Locations:
    """Lines of the learner's source, with files named as the learner knows them."""

    def __init__(self) -> None:
        self._cells = _notebook_cells()
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
        name = self._cells.get(place.file, place.file)
        if name not in self.sources:
            self.sources[name] = "".join(linecache.getlines(place.file))
        return place._replace(file=name)


def _notebook_cells() -> dict[str, str]:
    """The files that a running notebook compiles its cells as, and what to call them."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    numbers = getattr(getattr(shell, "compile", None), "_filename_map", None) or {}
    return {file: f"In [{number}]" for file, number in numbers.items()}


def _labels(lanes: list[_Lane], written: Log) -> dict[int, str]:
    """A label of its own for each lane: the second `worker()` becomes `worker() #2`."""
    labels: dict[int, str] = {}
    seen: Counter[str] = Counter()
    for lane in lanes:
        record = lane.record
        label = record.label
        if record.name is not None and not names.is_default_name(record.name):
            label = record.name
        elif lane.number == written.root and record.library:
            label = "this cell"
        seen[label] += 1
        labels[lane.number] = label if seen[label] == 1 else f"{label} #{seen[label]}"
    return labels


def _resource_labels(written: Log) -> list[str]:
    labels: list[str] = []
    seen: Counter[str] = Counter()
    unnamed: Counter[str] = Counter()
    for primitive in written.primitives:
        if primitive.label is None:
            unnamed[primitive.kind] += 1
            label = f"{primitive.kind} {unnamed[primitive.kind]}"
        else:
            label = primitive.label
        seen[label] += 1
        labels.append(label if seen[label] == 1 else f"{label} #{seen[label]}")
    return labels


def _shown(lanes: list[_Lane], root: int) -> list[_Lane]:
    """The learner's lanes: not the notebook kernel's own tasks, nor parts of asyncio's calls."""
    shown: set[int] = set()
    for lane in lanes:
        if lane.born is None or lane.record.internal:
            continue
        parent = lane.record.parent
        learners = not lane.record.library or lane.record.kind != "task"
        if lane.number == root or parent in shown or learners:
            shown.add(lane.number)
    return [lane for lane in lanes if lane.number in shown]


def interpret(written: Log, recording: Recording) -> None:
    """Set the fields of a recording to what a log says."""
    reader = _Interpreter(written)
    reader.read()
    end = max(0.0, written.ended - written.began)
    shown = _shown(reader.lanes, written.root)
    index = {lane.number: position for position, lane in enumerate(shown)}
    labels = _labels(shown, written)
    for lane in shown:
        if lane.state is not None:
            reader._enter(lane, None, max(end, lane.since), written.position)

    def waker(found: Waker | None) -> Waker | None:
        if found is None or found.task is None:
            return found
        if found.task not in index:
            return Waker("outside")
        kind = written.lanes[found.task].kind
        return Waker("thread" if kind == "thread" else "task", index[found.task])

    def reason(found: WaitReason | None) -> WaitReason | None:
        if found is None or found.task is None:
            return found
        return found._replace(task=index.get(found.task))

    tasks = tuple(
        Task(
            index=index[lane.number],
            label=labels[lane.number],
            coroutine=lane.record.coroutine,
            parent=index.get(lane.record.parent),
            kind=lane.record.kind,
            born=lane.born or 0.0,
            sequence=lane.sequence,
            existed=lane.record.existed,
            ended=lane.ended,
            ended_sequence=lane.ended_sequence,
            ending=lane.ending,
            detail=lane.detail,
            cancelled_by=reader.cancelled_by(lane, labels),
            retrieved=lane.record.retrieved,
            spans=tuple(
                span._replace(reason=reason(span.reason), waker=waker(span.waker))
                for span in lane.spans
            ),
        )
        for lane in shown
    )
    resources = tuple(
        Resource(
            index=number,
            label=label,
            kind=primitive.kind,
            capacity=_capacity(primitive, reader.changes[number]),
            changes=tuple(
                Change(
                    time,
                    sequence,
                    action,
                    index.get(by),
                    tuple(index[holder] for holder in holders if holder in index),
                    value,
                    unfinished,
                )
                for time, sequence, action, by, holders, value, unfinished in reader.changes[number]
            ),
        )
        for number, (primitive, label) in enumerate(
            zip(written.primitives, _resource_labels(written), strict=True)
        )
    )
    recording.clock = written.clock
    recording.duration = end
    recording.tasks = tasks
    recording.resources = resources
    recording.timers = tuple(
        Timer(
            timer.armed,
            timer.sequence,
            timer.due,
            timer.ended,
            timer.ended_sequence,
            timer.fired,
            index.get(timer.task),
            written.timers[number],
        )
        for number, timer in reader.timers.items()
        if timer.task < 0 or timer.task in index
    )
    recording.turns = tuple(reader.turns)
    recording.blocked = tuple(
        Blocked(start, stop, sequence, index.get(number), location)
        for start, stop, sequence, number, location in sorted(
            reader.blocked, key=lambda entry: entry[2]
        )
    )
    recording.events = len(written.rows) // log.ROW
    recording.left_out = written.left_out + written.dropped
    recording.warnings = tuple(written.warnings)
    recording.sources = reader.locations.sources
    recording.result = None


def _capacity(primitive: log.Primitive, changes: list[Any]) -> int | None:
    if primitive.capacity is None and primitive.kind == "Semaphore":
        return int(max(change[5] for change in changes))
    return primitive.capacity
