"""The stretches of time on the lanes of tasks: their states, and when they hold something."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

from course_helpers.recording.columns import packed
from course_helpers.recording.model import Recording, Span, State, Task
from course_helpers.views.drawing.plan import (
    OUTSIDE,
    READY,
    RUNNING,
    UNKNOWN,
    WAITING,
    Band,
    Bars,
    Crowd,
    Lane,
)
from course_helpers.views.drawing.stretches import Stretches, within
from course_helpers.views.lanes import horizon, left_waiting


def bars(recording: Recording, places: Mapping[int, int], window: tuple[float, float]) -> Bars:
    """The states of the tasks that have lanes; `places` are the lanes by the tasks' indices."""
    until = horizon(recording)
    order = sorted(places, key=lambda task: places[task])
    tasks = [recording.tasks[index] for index in order]
    joined, which = within(
        Stretches.joined(_stretches(places[task.index], task, until) for task in tasks), window
    )
    calls: dict[str, int] = {}
    called = array("q", chain.from_iterable(_calls(task, calls) for task in tasks))
    spans = array("q", chain.from_iterable(range(len(task.spans)) for task in tasks))
    return Bars(
        joined,
        array("q", map(spans.__getitem__, which)),
        array("q", map(called.__getitem__, which)),
        tuple(calls),
    )


def crowds(
    recording: Recording, lanes: Sequence[Lane], window: tuple[float, float]
) -> tuple[Crowd, ...]:
    """The states of the tasks that share a lane."""
    begin, finish = window
    if finish <= begin:
        return ()
    found = []
    until = horizon(recording)
    for number, lane in enumerate(lanes):
        if lane.crowd:
            tasks = [recording.tasks[index] for index in lane.tasks]
            parts = Stretches.joined(_stretches(number, task, until) for task in tasks)
            found.append(Crowd(number, within(parts, window)[0], len(tasks)))
    return tuple(found)


def held(
    bands: Sequence[Band], places: Mapping[int, int], window: tuple[float, float]
) -> Stretches:
    """When each task holds something: of two things held at once there is one stretch."""
    holds = [hold for band in bands if not band.waiting for hold in band.holds]
    columns: list[tuple[int, float, float, int]] = []
    until: dict[int, float] = {}
    for hold in sorted(holds, key=lambda one: (one.task, one.start)):
        lane = places.get(hold.task)
        if lane is None:
            continue
        start = max(hold.start, until.get(hold.task, -math.inf))
        if hold.end > start:
            columns.append((lane, start, hold.end, 0))
            until[hold.task] = hold.end
    return within(Stretches.of(sorted(columns)), window)[0]


def _stretches(row: int, task: Task, until: float) -> Stretches:
    """A task's spans as stretches; one that was left waiting goes on to the horizon."""
    spans = packed(Span, task.spans)
    states, reasons = spans.repeated("state"), spans.repeated("reason")
    running = RUNNING if task.kind == "task" else OUTSIDE
    other = WAITING["future"]
    fills = {State.RUNNING: running, State.READY: READY, State.UNKNOWN: UNKNOWN}
    of_state = [fills.get(state, other) for state in states.values]
    of_reason = [
        other if reason is None else WAITING.get(reason.kind, other) for reason in reasons.values
    ]
    waits = [state is State.WAITING for state in states.values]
    category = [
        of_reason[reason] if waits[state] else of_state[state]
        for state, reason in zip(states.numbers, reasons.numbers, strict=True)
    ]
    end = array("d", spans.numbers("end"))
    if left_waiting(task):
        end[-1] = max(end[-1], until)
    start = array("d", spans.numbers("start"))
    return Stretches(array("q", [row]) * len(end), start, end, array("q", category))


def _calls(task: Task, numbers: dict[str, int]) -> Iterable[int]:
    """The number of what the task waits in, for each of its spans; -1 where it does not wait."""
    reasons = packed(Span, task.spans).repeated("reason")
    of_value = [
        -1 if reason is None else numbers.setdefault(reason.call, len(numbers))
        for reason in reasons.values
    ]
    return map(of_value.__getitem__, reasons.numbers)
