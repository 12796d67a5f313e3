"""What is worth a second look in a recording: a table of checks, with their wording apart."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from course_helpers.recording import wait_for_graph
from course_helpers.recording.columns import packed
from course_helpers.recording.kinds import kind_of
from course_helpers.recording.model import (
    STOPPED,
    Cancellation,
    Change,
    Ending,
    FromThread,
    Location,
    Outcome,
    Recording,
    Report,
    Resource,
    Span,
    State,
    Task,
)
from course_helpers.recording.readings import (
    NeverDone,
    busy,
    canceller,
    empty,
    is_nobodys,
    lends,
    never_done,
    swallowed,
    too_many,
    waits_for,
)
from course_helpers.views import words

# Found more often than this, a check speaks once for all.
_FEW = 3
# A resource that was full for a smaller part of the time is not what everybody waits for.
_FULL = 0.5
# A task that was ready for longer than this, in seconds, was kept from running by the others.
_READY = 0.05


class Finding(NamedTuple):
    """One thing worth a second look.

    `check` is the name of the check that found it (`"deadlock"`, `"blocked loop"`, `"crowded"`, …),
    `text` says it in a sentence.
    """

    check: str
    text: str


class _Check(NamedTuple):
    """A check: what it looks for, and how that is said of one and of many."""

    name: str
    find: Callable[[Recording], Sequence[Any]]
    one: Callable[[Recording, Any], str]
    many: Callable[[Recording, Sequence[Any]], str]


def findings(recording: Recording) -> tuple[Finding, ...]:
    """What the checks found, in the order of the table of checks."""
    found: list[Finding] = []
    for check in _CHECKS:
        items = check.find(recording)
        if len(items) > _FEW:
            found.append(Finding(check.name, check.many(recording, items)))
        else:
            found.extend(Finding(check.name, check.one(recording, item)) for item in items)
    return tuple(found)


def _at(recording: Recording, location: Location | None) -> str:
    return f" at {words.line_at(recording, location)}" if location is not None else ""


def _names(tasks: Sequence[Task]) -> str:
    return words.listing([words.name(task) for task in tasks], 3)


# What each check looks for.


class _Deadlock(NamedTuple):
    """A cycle; `until` is when somebody cancelled one of its tasks, in seconds, if anybody did."""

    circle: tuple[wait_for_graph.Wait, ...]
    until: float | None


def _cycles(recording: Recording) -> list[_Deadlock]:
    circle = wait_for_graph.cycle(recording)
    if circle:
        return [_Deadlock(circle, None)]
    circle, until = wait_for_graph.broken_cycle(recording)
    return [_Deadlock(circle, until)] if circle else []


def _left(recording: Recording) -> list[Task]:
    # Tasks that were there before the recording belong to somebody else: the cell's own is one.
    # Those of a deadlock's circle have been named.
    circle = {wait.task for wait in wait_for_graph.cycle(recording)}
    return [
        task
        for task in recording.tasks
        if task.ending is Ending.ALIVE
        and not task.existed
        and task.kind == "task"
        and task.index not in circle
    ]


def _at_work(recording: Recording) -> list[Task]:
    """The jobs that threads had begun and had not ended."""
    return [
        task
        for task in recording.tasks
        if task.kind == "thread"
        and task.ending is Ending.ALIVE
        and task.spans
        and task.spans[-1].state is State.RUNNING
    ]


def _unretrieved(recording: Recording) -> list[Task]:
    return [
        task
        for task in recording.tasks
        if task.ending is Ending.FAILED and not task.retrieved and task.kind == "task"
    ]


def _destroyed(recording: Recording) -> list[Task]:
    return [task for task in recording.tasks if task.ending is Ending.DESTROYED]


def _never_released(recording: Recording) -> list[tuple[Resource, Task]]:
    return [
        (resource, recording.tasks[task])
        for resource in recording.resources
        if kind_of(resource).held
        for task in dict.fromkeys(resource.changes[-1].holders)
        if recording.tasks[task].ending is not Ending.ALIVE
    ]


class _Crowded(NamedTuple):
    resource: Resource
    how: str
    busy: float
    tasks: int
    longest: float


def _crowded(recording: Recording) -> list[_Crowded]:
    found = []
    waits = waits_for(recording)
    for resource in recording.resources:
        calls = [(task, call) for task, call in waits.get(resource.index, []) if call.seconds > 0]
        if not calls:
            continue
        for how, methods, full in _full(recording, resource):
            waited = [(task, call) for task, call in calls if call.reason.call in methods]
            if waited and full > _FULL * recording.duration:
                tasks = len({task for task, _ in waited})
                longest = max(call.seconds for _, call in waited)
                found.append(_Crowded(resource, how, full, tasks, longest))
    return found


def _full(recording: Recording, resource: Resource) -> Iterator[tuple[str, Sequence[str], float]]:
    """For how many seconds those had to wait who called some methods, and because of what."""
    if (kind := kind_of(resource).name) != "queue":
        held = {"lock": "was locked", "semaphore": "was full"}
        how = "had no free permit" if is_nobodys(resource) else held.get(kind, "")
        # Who waits for a signal waits for it to be sent, and nothing is short.
        if not is_nobodys(resource) or resource.capacity:
            yield how, ("Lock.acquire", "Semaphore.acquire"), busy(recording, resource)
        return
    yield "was full", ["Queue.put"], busy(recording, resource)
    nothing = empty(recording, resource)
    if nothing > _FULL * recording.duration and lends(recording, resource):
        yield "was empty", ["Queue.get"], nothing


def _released_too_often(recording: Recording) -> list[Resource]:
    return [one for one in recording.resources if too_many(one, one.changes)]


def _unfinished(recording: Recording) -> list[Resource]:
    # A queue of which no item was ever marked as done is not used with `join()`.
    return [
        resource
        for resource in recording.resources
        if resource.changes[-1].unfinished
        and "task_done" in packed(Change, resource.changes).distinct("action")
    ]


class _Delayed(NamedTuple):
    task: Task
    longest: float


def _delayed(recording: Recording) -> list[_Delayed]:
    found = []
    for task in recording.tasks:
        longest = 0.0
        rows = packed(Span, task.spans).each("state", "waker", "start", "end")
        for state, waker, start, end in rows:
            interrupted = waker is not None and waker.kind == "eager"
            if state is State.READY and not interrupted:
                longest = max(longest, end - start)
        if task.kind == "task" and longest > _READY:
            found.append(_Delayed(task, longest))
    return found


def _joins(recording: Recording) -> list[tuple[wait_for_graph.Wait, NeverDone]]:
    return [
        (wait, found)
        for wait in wait_for_graph.waits(recording)
        if wait.reason.call == "Queue.join" and wait.reason.resource is not None
        if (found := never_done(recording, recording.resources[wait.reason.resource])) is not None
    ]


# How it is said.


class _FromThread(NamedTuple):
    """What a thread did at a line, and the longest that a task which it made ready had to wait."""

    deeds: list[FromThread]
    woken: tuple[Task, Span] | None
    ran: bool


def _from_threads(recording: Recording) -> list[_FromThread]:
    places: dict[tuple[int, Location | None], list[FromThread]] = {}
    for deed in recording.from_threads:
        places.setdefault((deed.thread, deed.location), []).append(deed)
    found = []
    for deeds in places.values():
        # What makes a task ready is mostly something that is done to a resource.
        alike: dict[tuple[str, int | None], list[FromThread]] = {}
        for deed in [deed for deed in deeds if deed.resource is not None] or deeds:
            alike.setdefault((deed.action, deed.resource), []).append(deed)
        woken, ran = _longest_ready(recording, deeds)
        found += [_FromThread(group, woken, ran) for group in alike.values()]
    return found


def _longest_ready(
    recording: Recording, deeds: list[FromThread]
) -> tuple[tuple[Task, Span] | None, bool]:
    """Which of the tasks that were made ready had to wait longest, and whether it ran then."""
    woken: list[tuple[Task, Span, bool]] = []
    for deed in deeds:
        if deed.task is None:
            continue
        task = recording.tasks[deed.task]
        for place, span in enumerate(task.spans):
            if span.state is State.READY and span.sequence >= deed.sequence:
                woken.append((task, span, place + 1 < len(task.spans)))
                break
    if not woken:
        return None, False
    task, span, ran = max(woken, key=lambda found: found[1].duration)
    return (task, span), ran


def _say_cycle(recording: Recording, deadlock: _Deadlock) -> str:
    circle, until = deadlock
    sentences = []
    for position, wait in enumerate(circle):
        after = circle[(position + 1) % len(circle)]
        resource = wait.reason.resource
        task = words.name(recording.tasks[wait.task])
        holder = words.name(recording.tasks[after.task])
        if wait.task == after.task:
            holder = "it holds itself"
        elif after.task in wait.awaits:
            resource = None
        elif resource is not None:
            holder = f"{holder} holds"
        what = "" if resource is None else words.one_line(recording.resources[resource].label)
        goal = f"{what}, which {holder}" if resource is not None else holder
        sentences.append(f"{task} waits for {goal}")
    cancelled = "" if until is None else f" until {words.seconds(until)}, when a task was cancelled"
    return f"Deadlock{cancelled}: {'; '.join(sentences)}."


def _say_join(recording: Recording, found: tuple[wait_for_graph.Wait, NeverDone]) -> str:
    wait, missing = found
    task = words.name(recording.tasks[wait.task])
    assert wait.reason.resource is not None
    queue = words.one_line(recording.resources[wait.reason.resource].label)
    where = _at(recording, wait.location)
    return f"task_done() missing: {task} waits in {queue}.join(){where}; {missing}."


def _say_left(recording: Recording, task: Task) -> str:
    last = task.spans[-1] if task.spans else None
    if last is not None and task.detail == STOPPED:
        where = _at(recording, last.location)
        return f"{words.name(task)} was running{where}, and the simulation stopped it."
    if last is not None and last.state is State.READY:
        return f"{words.name(task)} was left ready to run."
    if last is None or last.reason is None:
        return f"{words.name(task)} was left running."
    where = _at(recording, last.location)
    return f"{words.name(task)} was left waiting in {words.one_line(last.reason.call)}{where}."


def _say_destroyed(recording: Recording, task: Task) -> str:
    last = task.spans[-1] if task.spans else None
    when = f"{words.name(task)} was destroyed while it was pending, at"
    when += f" {words.seconds(task.ended or 0.0)}"
    if last is None or last.reason is None:
        return f"{when}: nothing referred to it any more."
    where = f"{words.one_line(last.reason.call)}{_at(recording, last.location)}"
    return f"{when}: it waited in {where}, and nothing referred to it any more."


_DONE_TO = {
    "put": "put an item into {}",
    "get": "took an item from {}",
    "task_done": "called task_done() of {}",
    "shutdown": "shut {} down",
    "set": "set {}",
    "clear": "cleared {}",
    "notify": "notified {}",
    "acquire": "acquired {}",
    "release": "released {}",
    "wake": "made {} ready",
    "cancel": "cancelled {}",
    "create_task": "created {}",
    "call_soon": "called call_soon()",
}


def _say_from_thread(recording: Recording, found: _FromThread) -> str:
    deed = found.deeds[0]
    what = "something"
    if deed.resource is not None:
        what = words.one_line(recording.resources[deed.resource].label)
    elif deed.task is not None:
        what = words.name(recording.tasks[deed.task])
    does = _DONE_TO.get(deed.action, f"called {deed.action}() of {{}}").format(what)
    times = f" {words.count(len(found.deeds), 'time')}" if len(found.deeds) > 1 else ""
    said = f"{words.name(recording.tasks[deed.thread])} {does}{times}"
    said += f"{_at(recording, deed.location)} without call_soon_threadsafe"
    if found.woken is None:
        return f"{said}: the loop was not told."
    task, span = found.woken
    ran = f"ran at {words.seconds(span.end)}" if found.ran else "did not run any more"
    ready = f"{words.name(task)} was ready at {words.seconds(span.start)}"
    return f"{said}: the loop was not told. {ready} and {ran}."


def _say_report(recording: Recording, report: Report) -> str:
    callback = "" if report.callback is None else f" {words.one_line(report.callback)}"
    said = f"{words.one_line(report.message)}{callback}"
    detail = f": {words.one_line(report.detail)}" if report.detail else ""
    return f"{said}{_at(recording, report.location)}{detail}."


def _say_unretrieved(recording: Recording, task: Task) -> str:
    why = f" with {words.one_line(task.detail)}" if task.detail else ""
    return f"Exception never retrieved: {words.name(task)} failed{why}, and nobody asked."


def _say_swallowed(recording: Recording, request: Cancellation) -> str:
    labels = [words.name(task) for task in recording.tasks]
    task = recording.tasks[request.task]
    by = canceller(request, recording.cancellations, labels)
    by = "" if by is None else f" by {words.one_line(by)}"
    how = _how_it_goes_on(recording, task)
    cancelled = f"{words.name(task)} was cancelled{by} at {words.seconds(request.time)}"
    if request.origin is None:
        return f"{cancelled} and went on: {how}."
    outer = recording.cancellations[request.origin]
    if outer.outcome not in (Outcome.SWALLOWED, Outcome.GOES_ON):
        return f"{cancelled} and went on: {how}."
    return f"{cancelled} and went on: {how}. So did {labels[outer.task]}, which awaited it."


def _how_it_goes_on(recording: Recording, task: Task) -> str:
    if task.ending is not Ending.ALIVE:
        return f"it ended as {task.ending}"
    last = task.spans[-1] if task.spans else None
    if last is None or last.reason is None:
        return "it had not ended at the end"
    where = _at(recording, last.location)
    return f"at the end it waits in {words.one_line(last.reason.call)}{where}"


def _say_never_released(recording: Recording, found: tuple[Resource, Task]) -> str:
    resource, task = found
    return f"{words.resource_name(resource)} was never released: {words.name(task)} ended with it."


def _say_crowded(recording: Recording, found: _Crowded) -> str:
    part = words.share(found.busy, recording.duration)
    tasks = words.count(found.tasks, "task")
    return (
        f"{words.resource_name(found.resource)} {found.how} {part} of the time:"
        f" {tasks} waited, the longest {words.seconds(found.longest)}."
    )


def _say_released_too_often(recording: Recording, semaphore: Resource) -> str:
    extra = words.count(too_many(semaphore, semaphore.changes), "permit")
    return (
        f"{words.resource_name(semaphore)} was released too often:"
        f" {extra} beyond its {semaphore.capacity}."
    )


def _say_unfinished(recording: Recording, queue: Resource) -> str:
    number = queue.changes[-1].unfinished or 0
    tasks, them = words.count(number, "unfinished task"), "it" if number == 1 else "them"
    return f"{words.resource_name(queue)} has {tasks} at the end: join() would wait for {them}."


def _say_many_blocked(recording: Recording, found: Sequence[Any]) -> str:
    total = sum(step.end - step.start for step in found)
    longest = max(found, key=lambda step: step.end - step.start)
    return (
        f"Loop blocked {words.count(len(found), 'time')}, {words.seconds(total)} altogether,"
        f" longest {words.blocking(recording, longest)}."
    )


_CHECKS = (
    _Check(
        "deadlock",
        _cycles,
        _say_cycle,
        lambda recording, found: _say_cycle(recording, found[0]),
    ),
    _Check(
        "task_done missing",
        _joins,
        _say_join,
        lambda recording, found: _say_join(recording, found[0]),
    ),
    _Check(
        "blocked loop",
        lambda recording: recording.blocked,
        lambda recording, step: f"Loop blocked {words.blocking(recording, step)}.",
        _say_many_blocked,
    ),
    _Check(
        "exception never retrieved",
        _unretrieved,
        _say_unretrieved,
        lambda recording, found: f"{len(found):,} exceptions never retrieved: {_names(found)}.",
    ),
    _Check(
        "used from a thread",
        _from_threads,
        _say_from_thread,
        lambda recording, found: (
            f"At {len(found):,} places threads used what is the loop's without"
            f" call_soon_threadsafe, the first: {_say_from_thread(recording, found[0])}"
        ),
    ),
    _Check(
        "exception reported",
        lambda recording: recording.reports,
        _say_report,
        lambda recording, found: (
            f"{len(found):,} exceptions reported to the loop, the first:"
            f" {_say_report(recording, found[0])}"
        ),
    ),
    _Check(
        "destroyed",
        _destroyed,
        _say_destroyed,
        lambda recording, found: (
            f"{len(found):,} tasks were destroyed while they were pending: {_names(found)}."
        ),
    ),
    _Check(
        "swallowed cancellation",
        swallowed,
        _say_swallowed,
        lambda recording, found: (
            f"{len(found):,} times a task went on though it was cancelled:"
            f" {_names([recording.tasks[task] for task in dict.fromkeys(r.task for r in found)])}."
        ),
    ),
    _Check(
        "never awaited",
        lambda recording: recording.never_awaited,
        lambda recording, place: (
            f"Never awaited: {words.one_line(place.function)}() made a coroutine that was dropped."
        ),
        lambda recording, found: (
            f"Never awaited: {len(found):,} coroutines that were dropped, of "
            f"{words.listing(sorted({f'{place.function}()' for place in found}), 3)}."
        ),
    ),
    _Check(
        "left running",
        _left,
        _say_left,
        lambda recording, found: f"{len(found):,} tasks were left running: {_names(found)}.",
    ),
    _Check(
        "left in a thread",
        _at_work,
        lambda recording, job: f"A thread was left at work on {words.name(job)}.",
        lambda recording, found: f"{len(found):,} threads were left at work: {_names(found)}.",
    ),
    _Check(
        "never released",
        _never_released,
        _say_never_released,
        lambda recording, found: (
            f"{len(found):,} times a task ended without releasing what it held:"
            f" {_names([task for _, task in found])}."
        ),
    ),
    _Check(
        "released too often",
        _released_too_often,
        _say_released_too_often,
        lambda recording, found: (
            f"{len(found):,} semaphores were released too often:"
            f" {words.listing([words.one_line(one.label) for one in found], 3)}."
        ),
    ),
    _Check(
        "unfinished queue",
        _unfinished,
        _say_unfinished,
        lambda recording, found: f"{len(found):,} queues have unfinished tasks at the end.",
    ),
    _Check(
        "crowded",
        _crowded,
        _say_crowded,
        lambda recording, found: (
            f"{len(found):,} resources were taken more than half of the time:"
            f" {words.listing([words.one_line(one.resource.label) for one in found], 3)}."
        ),
    ),
    _Check(
        "ready for long",
        _delayed,
        lambda recording, found: (
            f"{words.name(found.task)} was ready and did not get its turn for"
            f" {words.seconds(found.longest)}."
        ),
        lambda recording, found: (
            f"{len(found):,} tasks were ready and did not get their turn for up to"
            f" {words.seconds(max(one.longest for one in found))}:"
            f" {_names([one.task for one in found])}."
        ),
    ),
    _Check(
        "recorder",
        lambda recording: recording.warnings,
        lambda recording, warning: words.one_line(warning, 300),
        lambda recording, found: (
            f"{len(found):,} warnings of the recorder, the first: {words.one_line(found[0], 200)}"
        ),
    ),
    _Check(
        "left out",
        lambda recording: [recording.left_out] if recording.left_out else [],
        lambda recording, _: f"{words.missing(recording)} What is said here is about the others.",
        lambda recording, found: "",
    ),
)
