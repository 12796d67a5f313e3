"""Judges of a recording's data: tasks, spans, resources, timers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import zip_longest
from typing import TypeVar

from course_helpers.recording.model import Change, Ending, Span, State, Task, Waiters
from tests.oracle.facts import is_owned
from tests.oracle.judging import Case, Untruth
from tests.oracle.stuck import waits_on
from tests.oracle.truth import EAGER, KINDS, Deed, Lane, Stretch, class_of, is_shown
from tests.recording.truths import untruths

_Timed = TypeVar("_Timed", Change, Waiters)


def of_everything(case: Case) -> Iterator[Untruth]:
    """What holds of every recording holds of this one."""
    for sentence in untruths(case.recording):
        yield Untruth("what always holds", sentence, "")


def of_lanes(case: Case) -> Iterator[Untruth]:
    """There is a lane for each task of the program, in order of birth, and for nothing else."""
    said = [task.label for task in case.recording.tasks if _is_task(task)]
    true = [lane.label for lane in case.truth.learners()]
    if said != true:
        yield Untruth("task", [label for label in said if label not in true] or said, true)


def _is_task(task: Task) -> bool:
    """Whether a lane is a task that began during the recording."""
    return task.kind == "task" and not task.existed


def of_births(case: Case) -> Iterator[Untruth]:
    """Who created a task, and when; what its coroutine is."""
    for task, lane in case.pairs:
        if task.coroutine != lane.coroutine:
            yield Untruth("coroutine", task.coroutine, lane.coroutine)
        parent = case.key(task.parent)
        true = lane.parent if is_shown(lane.parent) else ""
        if parent != true:
            yield Untruth("parent", f"{task.label} of {parent}", true)
        if task.born != lane.born:
            yield Untruth("born", (task.label, task.born), lane.born)


def of_endings(case: Case) -> Iterator[Untruth]:
    """How a task ended, when, and with which exception."""
    for task, lane in case.pairs:
        if (task.ending, task.ended) != (lane.ending, lane.ended):
            yield Untruth(
                "ending", (task.label, task.ending, task.ended), (lane.ending, lane.ended)
            )
        elif task.ending is Ending.FAILED and (task.detail or "")[:60] != (lane.detail or "")[:60]:
            yield Untruth("detail", (task.label, task.detail), lane.detail)


def of_retrievals(case: Case) -> Iterator[Untruth]:
    """Whether anybody asked for the exception of a task that failed."""
    for task, lane in case.pairs:
        if task.ending is Ending.FAILED and task.retrieved != lane.retrieved:
            yield Untruth("retrieved", (task.label, task.retrieved), lane.retrieved)


def of_spans(case: Case) -> Iterator[Untruth]:
    """In which state a task was, from when to when."""
    for task, lane in case.pairs:
        for span, stretch in zip_longest(task.spans, lane.stretches):
            if span is None or stretch is None or span[:3] != stretch[:3]:
                yield Untruth("span", (task.label, span), stretch)
                break


def _waits(case: Case) -> Iterator[tuple[Task, Lane, Span, Stretch]]:
    for task, lane in case.pairs:
        for span, stretch in zip(task.spans, lane.stretches, strict=False):
            if span[:3] == stretch[:3]:
                yield task, lane, span, stretch


def of_reasons(case: Case) -> Iterator[Untruth]:
    """What a task waits for."""
    for task, _, span, stretch in _waits(case):
        reason, wait = span.reason, stretch.wait
        if reason is None or wait is None:
            continue
        said = reason.call, reason.kind
        true = wait.call, KINDS[wait.call.partition("(")[0]]
        if said != true:
            yield Untruth("wait reason", (task.label, *said), (*true, wait.line))
        elif wait.subject and wait.call not in ("await task", "await future"):
            label = (
                None if reason.resource is None else case.recording.resources[reason.resource].label
            )
            if label != wait.subject:
                yield Untruth("resource waited for", (task.label, label), wait)
        elif wait.call == "await task" and case.key(reason.task) != wait.subject:
            yield Untruth("task waited for", (task.label, case.key(reason.task)), wait)


def of_awaited_tasks(case: Case) -> Iterator[Untruth]:
    """For which tasks one waits in a gather or a group."""
    for task, lane, span, stretch in _waits(case):
        if span.reason is None or stretch.wait is None or not span.reason.tasks:
            continue
        said = {case.key(each) for each in span.reason.tasks}
        true = set(waits_on(case, lane, stretch.first + 1))
        # A group hears a turn later that one of its tasks has ended.
        late = set(case.truth.members.get(stretch.wait.subject, ()))
        if stretch.wait.call in ("gather", "TaskGroup") and not true <= said <= true | late:
            yield Untruth("tasks waited for", (task.label, sorted(said)), sorted(true))


def of_lines(case: Case) -> Iterator[Untruth]:
    """At which line a task waits, or gave way."""
    for task, lane, span, stretch in _waits(case):
        first = span.state is State.READY and stretch is lane.stretches[0]
        if span.state is State.RUNNING or stretch.wait is None or first:
            continue
        line = None if span.location is None else span.location.line
        if line != stretch.wait.line:
            yield Untruth("line", (task.label, line, span.reason), stretch.wait)


def of_wakers(case: Case) -> Iterator[Untruth]:
    """Who made a task ready."""
    for task, lane, span, stretch in _waits(case):
        if span.waker is None:
            continue
        said = case.key(span.waker.task) if span.waker.kind == "task" else span.waker.kind
        if span.waker.kind == "eager":
            said = EAGER + case.key(span.waker.task)
        true = stretch.by
        if true.startswith(EAGER):
            pass
        elif not is_shown(true) and true not in ("timer", "io"):
            true = "thread" if true.startswith(("thread", "callback")) else "outside"
        if said != true and not (said == "thread" and _had_ended(case, lane, stretch)):
            yield Untruth("waker", (task.label, span.start, said), stretch.by)


def _had_ended(case: Case, lane: Lane, stretch: Stretch) -> bool:
    """Whether a task wakes itself because the thread's job had ended before it waited."""
    wait = stretch.wait
    return stretch.by in case.truth.makers(lane) and wait is not None and wait.call == "to_thread"


def of_cancellers(case: Case) -> Iterator[Untruth]:
    """Who cancelled a task that ended cancelled."""
    for task, lane in case.pairs:
        if task.ending is not Ending.CANCELLED or lane.ending is not Ending.CANCELLED:
            continue
        if (untruth := false_canceller(case, lane, task.cancelled_by)) is not None:
            yield untruth


def false_canceller(case: Case, lane: Lane, said: str | None) -> Untruth | None:
    """What is not so if a task is said to have been cancelled by somebody; None says nothing."""
    true = cause(case, lane)
    threads = {one.label for one in case.recording.tasks if one.kind == "thread"}
    if said in {_label(case, by) for by in true} or (
        said in threads and any(by == "thread" or by.startswith(f"{said[:-2]}(") for by in true)
    ):
        return None
    if true == {""}:
        kind = "cancelled by nobody"
    else:
        kind = "canceller unknown" if said is None else "cancelled by another"
    return Untruth(kind, (lane.label, said), sorted(true))


#: The functions of asyncio's that cancel because a time is over.
_TIMED = ("Timeout._on_timeout", "wait_for", "_cancel_and_wait")


def cause(case: Case, lane: Lane, of: frozenset[str] = frozenset()) -> set[str]:
    """Who may be said to have cancelled a task, by the log: nobody is `""`.

    `of` are the tasks that were cancelled with it, in whose causes this one's is looked for.
    """
    if lane.key in of:
        return set()
    of |= {lane.key}
    if lane.requests:
        asked = {
            "timeout" if request.function == "Timeout._on_timeout" else request.by
            for request in lane.requests
        }
        timed = any(
            request.function in ("wait_for", "_cancel_and_wait") for request in lane.requests
        )
        # What a task awaits is cancelled with it, by what cancels that one.
        if any(
            (other.by, other.time) == (request.by, request.time) and other.function in _TIMED
            for request in lane.requests
            for each in case.truth.tasks.values()
            for other in each.requests
        ):
            asked.add("timeout")
        # gather hands on what it was cancelled by, with whoever waits for it.
        if any(request.function == "_GatheringFuture.cancel" for request in lane.requests):
            asked |= cause(case, case.truth.tasks[lane.parent], of)
        # So does wait_for, until Python 3.11.
        if timed and (waiting := case.truth.tasks.get(lane.parent)) is not None:
            asked |= {by for by in cause(case, waiting, of) if by}
        # So is what a task awaits that a group cancels, by that group.
        handed_on = {
            (request.by, request.time)
            for request in lane.requests
            if request.function == "Task.cancel"
        }
        for each in case.truth.tasks.values():
            if any(
                other.function == "TaskGroup._abort" and (other.by, other.time) in handed_on
                for other in each.requests
            ):
                asked |= {by for by in cause(case, each, of) if by}
        # A group cancels its tasks because its owner is cancelled, or because one has failed: that
        # one's doing, or the group's.
        group = any(request.function == "TaskGroup._abort" for request in lane.requests)
        if group and (owner := case.truth.tasks.get(lane.parent)) is not None:
            asked |= {by for by in cause(case, owner, of) if by}
        # When all that was asked for has been taken back, it may have raised the error itself.
        asked |= {""} if lane.taken_back else set()
        return asked | ({"timeout"} if timed else set()) | ({lane.parent} if group else set())
    return {""}  # it raised the error itself, or awaited what was cancelled


def _label(case: Case, by: str) -> str | None:
    if by in ("timer", "timeout"):
        return f"a {by}"
    lane = case.truth.tasks.get(by)
    return None if lane is None else lane.label


def of_values(case: Case) -> Iterator[Untruth]:
    """What value a primitive has, whenever nothing is ready."""
    for name, resource in case.resources.items():
        for quiet in case.truth.quiet:
            true = quiet.values.get(name)
            change = _latest(resource.changes, quiet.time)
            if true is None or change is None:
                continue
            if (change.value, change.unfinished) != true:
                yield Untruth("value", (name, quiet.time, change), true)
                break


def of_holders(case: Case) -> Iterator[Untruth]:
    """Who holds a lock, or a semaphore that is given back by those who took it."""
    for name, resource in case.resources.items():
        if resource.kind not in ("Lock", "Semaphore", "BoundedSemaphore"):
            continue
        owned = resource.kind == "Lock" or is_owned(case, name)
        for quiet in case.truth.quiet:
            change = _latest(resource.changes, quiet.time)
            if change is None:
                continue
            said = sorted(case.key(holder) for holder in change.holders)
            true = sorted(quiet.holders.get(name, ()))
            if said != true if owned else said:
                yield Untruth(
                    "holders" if owned else "holders of what has none",
                    (name, quiet.time, said),
                    true,
                )
                break


def of_waiters(case: Case) -> Iterator[Untruth]:
    """Who waits for a primitive, in which order, whenever nothing is ready."""
    for name, resource in case.resources.items():
        entries = case.recording.waiters(resource)
        for quiet in case.truth.quiet:
            entry = _latest(entries, quiet.time)
            said = [] if entry is None else [case.key(task) for task in entry.tasks]
            true = list(quiet.waiters.get(name, ()))
            if said != true:
                yield Untruth("waiters", (name, quiet.time, said), true)
                break


def _latest(entries: Iterable[_Timed], time: float) -> _Timed | None:
    """The last of some entries that are not later than a time."""
    found = None
    for entry in entries:
        if entry.time > time:
            break
        found = entry
    return found


#: What is told of a primitive exactly as it was done. A semaphore's permit is handed on before the
#: one who gets it can tell; barriers and timeouts do things of their own.
_EXACT = {
    "Lock": {"acquire", "release"},
    "Semaphore": {"release"},
    "BoundedSemaphore": {"release"},
    "Queue": {"put", "get", "task_done"},
    "PriorityQueue": {"put", "get", "task_done"},
    "LifoQueue": {"put", "get", "task_done"},
    "TaskGroup": {"enter"},
    "Timeout": {"enter"},
}


def of_deeds(case: Case) -> Iterator[Untruth]:
    """Who changed a primitive, how, and when."""
    for name, resource in case.resources.items():
        actions = _EXACT.get(resource.kind, set())
        said = [change for change in resource.changes if change.action in actions]
        true = [deed for deed in case.truth.deeds.get(name, ()) if deed.action in actions]
        for change, deed in zip_longest(said, true):
            if (
                change is None
                or deed is None
                or (change.action, change.time) != (deed.action, deed.time)
                or not _did(case, change.task, deed)
            ):
                yield Untruth("deed", (name, change), deed)
                break


def of_the_loop(case: Case) -> Iterator[Untruth]:
    """How long it took; the turns of the loop, and its timers."""
    recording, events = case.recording, case.truth.events
    if recording.duration != case.truth.duration:
        yield Untruth("duration", recording.duration, case.truth.duration)
    turns = [(turn.start, turn.ready) for turn in recording.turns]
    true_turns = [(entry.time, entry.value[0]) for entry in events["turns"]]
    if any(task.existed for task in recording.tasks):
        true_turns = true_turns[1:]  # the recording began in the first
    if turns != true_turns:
        yield Untruth("turn", turns, true_turns)
    timers = sorted((timer.armed, timer.due) for timer in recording.timers)
    true_timers = sorted((entry.time, entry.value) for entry in events["arms"])
    if timers != true_timers:
        yield Untruth("timer", timers, true_timers)
    fired = sorted(timer.due for timer in recording.timers if timer.fired)
    true_fired = sorted(entry.value for entry in events["fires"])
    if fired != true_fired:
        yield Untruth("timer", fired, true_fired)


def of_blocks(case: Case) -> Iterator[Untruth]:
    """When a step or a callback blocked the loop, and for how long."""
    said = sorted(round(block.end - block.start, 6) for block in case.recording.blocked)
    true = sorted(round(time, 6) for _, time, _ in case.truth.blocking())
    if said != true:
        yield Untruth("blocked", said, true)


def of_reports(case: Case) -> Iterator[Untruth]:
    """What failed in callbacks, when, with which exception, and at which line."""
    said = [
        (report.time, report.callback, report.detail, report.location and report.location.line)
        for report in case.recording.reports
    ]
    true = case.truth.reports()
    so = len(said) == len(true) and all(
        one[:3] == other[:3] and other[3] in (0, one[3])
        for one, other in zip(said, true, strict=True)
    )
    if not so:
        yield Untruth("report", said, true)


def of_threads(case: Case) -> Iterator[Untruth]:
    """What threads did to the loop's primitives by themselves: who, when, what, at which line."""
    names = {resource.label: index for index, resource in enumerate(case.recording.resources)}
    said = sorted(
        (
            deed.time,
            case.recording.tasks[deed.thread].label.partition("(")[0],
            deed.action,
            case.recording.resources[deed.resource].label,
            deed.location.line if deed.location is not None else 0,
        )
        for deed in case.recording.from_threads
        if deed.resource is not None
    )
    true = sorted(
        (deed.time, deed.who.partition("(")[0], deed.action, name, deed.line)
        for name in names
        for deed in strange_deeds(case, name)
    )
    if said != true:
        yield Untruth("from a thread", said, true)


def strange_deeds(case: Case, name: str) -> list[Deed]:
    """What threads did to a primitive that the loop uses, too, and that changed it."""
    changes = []
    before: object = (0, None)  # an event that is set again does not change
    for deed in case.truth.deeds.get(name, []):
        if deed.action not in ("set", "clear") or deed.value != before:
            changes.append(deed)
        before = deed.value
    found = [deed for deed in changes if deed.who in case.truth.in_threads]
    waits = {
        stretch.wait.subject
        for lane in case.truth.tasks.values()
        for stretch in lane.stretches
        if stretch.wait is not None
    }
    return found if name in waits or len(found) < len(changes) else []


def of_forgotten(case: Case) -> Iterator[Untruth]:
    """The functions whose coroutines were never awaited."""
    said = sorted(place.function for place in case.recording.never_awaited)
    true = sorted(case.truth.never_awaited())
    if said != true:
        yield Untruth("never awaited", said, true)


def of_classes(case: Case) -> Iterator[Untruth]:
    """Of which class a primitive is, and its capacity."""
    for name, resource in case.resources.items():
        true = class_of(name)
        if (resource.kind, resource.capacity) != true:
            yield Untruth("class", (name, resource.kind, resource.capacity), true)


def _did(case: Case, task: int | None, deed: Deed) -> bool:
    """Whether it may be said of a task (None for none) that it did something."""
    if task is None:
        return deed.who not in case.truth.tasks
    lane = case.recording.tasks[task]
    if lane.kind == "thread":
        return deed.who in case.truth.in_threads and same_function(lane.label, deed.who)
    return case.key(task) == deed.who


def same_function(job: str, who: str) -> bool:
    """Whether the lane of a job, `callback1()`, is that of a callback, `callback1(3)`."""
    return job.partition("(")[0] == who.partition("(")[0]


def of_resources(case: Case) -> Iterator[Untruth]:
    """There is a resource for each primitive that was used or waited for, under its own name."""
    for resource in case.recording.resources:
        if case.is_misnamed(resource.label):
            yield Untruth("a name that is another's", resource.label, "a name of its own")
    said = set(case.resources)
    for name in sorted(said - case.truth.touched()):
        yield Untruth("resource", name, sorted(case.truth.touched()))
    for name in sorted(case.truth.used() - said):
        if not name.startswith("timeout"):
            yield Untruth("resource missing", sorted(said), name)
