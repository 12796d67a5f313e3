"""What stands on the lanes and across them: ends, arrows, marks, a blocked loop, outlines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from course_helpers.recording.columns import packed
from course_helpers.recording.model import Ending, Recording, Span, Task
from course_helpers.views import words
from course_helpers.views.changes import roles
from course_helpers.views.drawing.plan import (
    BlockedLoop,
    End,
    Landing,
    Lane,
    Mark,
    Options,
    Outline,
    Wake,
)
from course_helpers.views.lanes import horizon, left_waiting

# More arrows than this hide what they connect.
_ARROWS = 40

Window = tuple[float, float]


def ends(
    recording: Recording,
    places: Mapping[int, int],
    window: Window,
    landings: Sequence[Landing],
) -> tuple[End, ...]:
    """The end of each task, where it is in the window; who cancelled it may be said already."""
    begin, finish = window
    said = {landing.lane for landing in landings if landing.followed}
    found = []
    for index, lane in places.items():
        task = recording.tasks[index]
        alive = horizon(recording) if left_waiting(task) else recording.duration
        ended = alive if task.ended is None else task.ended
        if begin <= ended <= finish:
            why = "" if task.ending is Ending.CANCELLED and lane in said else _why(task)
            found.append(End(lane, ended, task.ending, why))
    return tuple(found)


def _why(task: Task) -> str:
    if task.ending is Ending.CANCELLED and task.cancelled_by:
        return f"cancelled by {task.cancelled_by}"
    if task.detail and (task.ending is Ending.FAILED or task.kind == "process"):
        return task.detail
    return ""


def wakes(recording: Recording, places: Mapping[int, int], options: Options) -> tuple[Wake, ...]:
    """The arrows: when they are few, or always, or never."""
    begin, finish = options.window
    if options.arrows is False:
        return ()
    found = []
    for index, target in places.items():
        spans = packed(Span, recording.tasks[index].spans)
        for waker, start in spans.each("waker", "start"):
            if waker is None or waker.task is None or waker.task == index:
                continue
            if waker.kind == "eager":  # who is interrupted is not woken
                continue
            source = places.get(waker.task)
            if source is not None and begin <= start <= finish:
                found.append(Wake(start, source, target))
    few = options.arrows or len(found) <= _ARROWS
    return tuple(found) if few else ()


def marks(recording: Recording, places: Mapping[int, int], window: Window) -> tuple[Mark, ...]:
    """What the program said about itself, without the lines that it printed."""
    begin, finish = window
    return tuple(
        Mark(made.time, places[made.task], words.mark(recording, made))
        for made in words.own_marks(recording)
        if made.task is not None and made.task in places and begin <= made.time <= finish
    )


def blocked(recording: Recording, window: Window) -> tuple[BlockedLoop, ...]:
    """The steps that blocked the loop, cut to the window, with how long and where."""
    begin, finish = window
    found = []
    for step in recording.blocked:
        if step.end > begin and step.start < finish:
            text = f"blocked {words.seconds(step.end - step.start)}"
            if step.location is not None:
                text += f", {words.line_at(recording, step.location)}"
            found.append(BlockedLoop(max(step.start, begin), min(step.end, finish), text))
    return tuple(found)


def outlines(recording: Recording, lanes: Sequence[Lane], options: Options) -> tuple[Outline, ...]:
    """Where the tasks of the same names were in the recording before."""
    if options.before is None:
        return ()
    begin, finish = options.window
    until = horizon(options.before)
    old = roles(options.before)
    named = {task.index: old[name] for name, task in roles(recording).items() if name in old}
    found = []
    for number, lane in enumerate(lanes):
        task = None if lane.crowd else named.get(lane.tasks[0])
        if task is not None and task.born <= finish:
            end = min(until if task.ended is None else task.ended, finish)
            found.append(Outline(number, max(task.born, begin), end))
    return tuple(found)
