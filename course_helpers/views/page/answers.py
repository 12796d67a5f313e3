"""What a picture in a page says of the thing that one points at: who, what, when, where, by whom.

An answer is a list of pieces, each a sentence or a part of one: many answers share theirs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from course_helpers.recording.kinds import awaited, kind_of
from course_helpers.recording.model import (
    Ending,
    Location,
    Recording,
    Span,
    State,
    Task,
    WaitReason,
    Waker,
)
from course_helpers.recording.readings import Hold
from course_helpers.views import words
from course_helpers.views.drawing.plan import Band, End

Answer = list[str]

_NAMES = 3
_ENDINGS = {
    Ending.DONE: "is done",
    Ending.CANCELLED: "ends: it is cancelled",
    Ending.FAILED: "fails",
    Ending.DESTROYED: "is destroyed while it is pending",
    Ending.ALIVE: "is still alive when the recording ends",
}
_PLACES = ("first", "second", "third", "fourth", "fifth")


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers about one recording."""

    recording: Recording

    def when(self, start: float, end: float) -> str:
        """From when to when, and how long; the end of what a sentence has begun."""
        if start == end:
            return f"at {words.seconds(start)}, in no time."
        times = (words.seconds(time) for time in (start, end, end - start))
        return "from {} to {}: for {}.".format(*times)

    def name(self, task: int) -> str:
        """A task as sentences name it."""
        return words.name(self.recording.tasks[task])

    def waker(self, waker: Waker, woken: Task) -> str:
        """Who made a task ready."""
        if waker.kind == "eager":
            return "An eager task that it creates takes its first step meanwhile."
        if waker.task == woken.index:
            return "It had only given way."
        if waker.task is not None:
            return f"Woken by {self.name(waker.task)}."
        return f"Woken by {words.outside_waker(waker)}."

    def line(self, location: Location) -> str:
        """A line of the program, with its function."""
        place = words.line_at(self.recording, location)
        return f"{place}, in {location.function.rpartition('<locals>.')[2]}"

    def span(self, task: Task, number: int, start: float, end: float) -> Answer:
        """About a task's span, which the picture shows from `start` to `end`, in seconds."""
        span = task.spans[number]
        left = end > span.end  # a wait that nobody ended goes on beyond the recording
        when = (
            f"from {words.seconds(start)}, and nobody ended it." if left else self.when(start, end)
        )
        who = words.name(task)
        if span.state is State.UNKNOWN:
            return [f"What the {task.kind} {who} does is not known", when]
        if task.kind != "task":
            does = "has not begun" if span.state is State.READY else "is at work"
            return [f"The {task.kind} {who} {does}", when]
        if span.state is State.WAITING:
            return [f"{who} {self._waits(span.reason)}", when, *self._waited(task, number)]
        woken = span.waker
        if span.state is State.READY:
            answer = [f"{who} is ready, and waits for its turn", when]
            where = "It goes on from"
        else:
            answer = [f"{who} runs", when]
            where = "It runs up to"
            before = task.spans[number - 1] if number else None
            woken = before.waker if before is not None else None
        first = number == 0 or (number == 1 and task.spans[0].state is State.READY)
        if first and not task.existed:
            answer += [] if task.parent is None else [f"Created by {self.name(task.parent)}."]
        elif woken is not None:
            answer.append(self.waker(woken, task))
        if span.location is not None:
            answer.append(f"{where} {self.line(span.location)}.")
        return answer

    def _waits(self, reason: WaitReason | None) -> str:
        if reason is None:
            return "waits"
        call = words.one_line(reason.call)
        if reason.resource is not None:
            resource = self.recording.resources[reason.resource]
            return f"waits for {awaited(reason.call, words.one_line(resource.label))}, in {call}"
        if reason.task is not None:
            return f"waits for {self.name(reason.task)}, in {call}"
        if reason.tasks:
            names = [self.name(task) for task in reason.tasks]
            return f"waits for {words.listing(names, _NAMES)}, in {call}"
        return f"waits in {call}"

    def _waited(self, task: Task, number: int) -> Answer:
        span = task.spans[number]
        answer = [] if span.location is None else [f"It waits at {self.line(span.location)}."]
        after = task.spans[number + 1] if number + 1 < len(task.spans) else None
        if after is not None and after.waker is not None:
            answer.append(self.waker(after.waker, task))
        return answer

    def held_by(self, span: Span, holders: Sequence[Hold]) -> Answer:
        """Who held meanwhile what a task waited for."""
        if span.reason is None or span.reason.resource is None or not holders:
            return []
        names = list(dict.fromkeys(self.name(hold.task) for hold in holders))
        label = words.one_line(self.recording.resources[span.reason.resource].label)
        return [f"Meanwhile {label} is held by {words.listing(names, _NAMES)}."]

    def hold(self, band: Band, hold: Hold) -> Answer:
        """About a stretch in which a task has a resource, or stands in its line."""
        resource = self.recording.resources[band.resource]
        label, who = words.one_line(resource.label), self.name(hold.task)
        if band.waiting:
            what = f"{who} is {_PLACES[hold.slot]} in line for {label}"
        elif kind_of(resource).name == "semaphore":
            what = f"{who} has a permit of {label}"
        else:
            what = f"{who} holds {label}"
        return [what, self.when(hold.start, hold.end)]

    def level(self, band: Band, value: float, start: float, end: float) -> Answer:
        """About a stretch in which a curve has one value."""
        resource = self.recording.resources[band.resource]
        label = words.one_line(resource.label)
        number = f"{value:,.0f}"
        of = f" of {band.limit:,}" if band.limit else ""
        if band.waiting:
            what = f"{number} in line for {label}"
        elif band.switch:
            what = f"{label} is {'' if value else 'not '}{band.switch}"
        else:
            what = f"{label}: {number}{of} {band.counts}"
        return [what, self.when(start, end)]

    def end(self, task: Task, end: End) -> Answer:
        """About the sign at the end of a lane."""
        what = f"{words.name(task)} {_ENDINGS[end.ending]}"
        when = "" if end.ending is Ending.ALIVE else f" at {words.seconds(end.time)}"
        return [f"{what}{when}{f': {words.one_line(end.why)}' if end.why else ''}."]
