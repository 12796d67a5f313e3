"""A recording as a story that can be written down beforehand, by hand, and compared.

One line an event, in the order in which they happened, each with its time in seconds:

    0 A ready <main()                      main() made A ready
    0 A runs
    0 lock acquire by A: held by A         what changed, who holds it, who queues for it, its value
    0 A waits sleep(1) @nap                the reason, and the line where, marked `# @nap`
    1 A ready <timer
    1 A runs
    1 A done

A line of a program is named by a mark at its end. Reasons show in brackets the resource or the task
that is waited for. Values that say nothing beyond the holders are left out.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from typing import NamedTuple

from course_helpers.recording.model import Change, Location, Recording, Resource, Span, State, Task

_MARK = re.compile(r"#\s@(\S+)$")
_COUNTED = (
    "Semaphore",
    "BoundedSemaphore",
    "Queue",
    "PriorityQueue",
    "LifoQueue",
    "Barrier",
    "TaskGroup",
)


class _Event(NamedTuple):
    sequence: int
    order: int  # among events of one number: what began, what changed, what ended
    time: float
    text: str


def story(recording: Recording, *, times: bool = True) -> str:
    """The events of a recording, a line each; without times on a clock that has none to rely on."""
    events = [
        event
        for told in (
            *(_of_task(recording, task) for task in recording.tasks),
            *(_of_resource(recording, resource) for resource in recording.resources),
        )
        for event in told
    ]
    events.sort(key=lambda event: event[:2])
    lines = [f"{event.time:g} {event.text}" if times else event.text for event in events]
    lines += [f"{task.label} alive" for task in recording.tasks if task.ended is None]
    return "\n".join(lines)


def timers(recording: Recording) -> str:
    """The timers of a recording, a line each: who armed it, for when, and what became of it."""
    lines = []
    for timer in recording.timers:
        by = "outside" if timer.task is None else recording.tasks[timer.task].label
        ended = "fired" if timer.fired else "cancelled"
        what = "armed still" if timer.ended is None else f"{ended} at {timer.ended:g}"
        lines.append(f"{timer.armed:g} {timer.call} by {by}, due {timer.due:g}, {what}")
    return "\n".join(lines)


def _mark(recording: Recording, location: Location | None) -> str:
    if location is None:
        return "@nowhere"
    text = recording.sources[location.file].splitlines()[location.line - 1]
    mark = _MARK.search(text)
    return f"@{mark[1]}" if mark else f"@{text.strip()!r}"


def _of_task(recording: Recording, task: Task) -> Iterator[_Event]:
    if task.existed:
        yield _Event(-1, 0, task.born, f"{task.label} existed")
    if task.kind != "task" or (task.parent is not None and not _born_of_its_waker(task)):
        of = "nobody" if task.parent is None else recording.tasks[task.parent].label
        yield _Event(task.sequence, 0, task.born, f"{task.label} is a {task.kind} of {of}")
    stepped = False
    for span in task.spans:
        text = f"{task.label} {_state(recording, span)}"
        if stepped and span.state is State.READY:  # it gave way
            text += f" {_mark(recording, span.location)}"
        yield _Event(span.sequence, 1, span.start, text)
        stepped = span.state is State.RUNNING
    if task.ended is not None:
        assert task.ended_sequence is not None
        yield _Event(task.ended_sequence, 2, task.ended, f"{task.label} {_end(task)}")


def _born_of_its_waker(task: Task) -> bool:
    waker = task.spans[0].waker
    return waker is not None and waker.task == task.parent


def _state(recording: Recording, span: Span) -> str:
    if span.state is State.RUNNING:
        return "runs"
    if span.state is State.UNKNOWN:
        return "is there"
    if span.waker is not None:
        by = span.waker
        return f"ready <{by.kind if by.task is None else recording.tasks[by.task].label}"
    reason = span.reason
    if reason is None:
        return f"waits for nothing {_mark(recording, span.location)}"
    of = ""
    if reason.resource is not None:
        of = f"[{recording.resources[reason.resource].label}]"
    if reason.task is not None:
        of += f"[{recording.tasks[reason.task].label}]"
    return f"waits {reason.call}{of} {_mark(recording, span.location)}"


def _end(task: Task) -> str:
    text = str(task.ending)
    if task.cancelled_by is not None:
        text += f" by {task.cancelled_by}"
    if task.detail is not None:
        text += f": {task.detail}"
    if not task.retrieved:
        text += ", never retrieved"
    return text


def _of_resource(recording: Recording, resource: Resource) -> Iterator[_Event]:
    for change in resource.changes[1:]:
        by = "outside" if change.task is None else recording.tasks[change.task].label
        state = ", ".join(_condition(recording, resource, change))
        yield _Event(
            change.sequence,
            1,
            change.time,
            f"{resource.label} {change.action} by {by}{': ' if state else ''}{state}",
        )


def _condition(recording: Recording, resource: Resource, change: Change) -> Iterator[str]:
    def labels(tasks: tuple[int, ...]) -> str:
        return " and ".join(recording.tasks[index].label for index in tasks)

    if change.holders:
        yield f"held by {labels(change.holders)}"
    if resource.kind in _COUNTED:
        yield f"{change.value} of {resource.capacity}" if resource.capacity else f"{change.value}"
    if change.unfinished is not None and change.unfinished != change.value:
        yield f"{change.unfinished} unfinished"
    queue = [
        waiters.tasks
        for waiters in recording.waiters(resource)
        if waiters.sequence <= change.sequence
    ]
    if queue and queue[-1]:
        yield f"{labels(queue[-1])} in line"


def lanes(recording: Recording) -> str:
    """The same lines, lane by lane: for threads and processes, who are ordered with nobody."""
    groups = [
        [event.text for event in sorted(_of_task(recording, task))] for task in recording.tasks
    ] + [[event.text for event in _of_resource(recording, thing)] for thing in recording.resources]
    return "\n\n".join("\n".join(lines) for lines in groups if lines)


def told(text: str) -> str:
    """A story as it stands indented in a test."""
    return textwrap.dedent(text).strip()
