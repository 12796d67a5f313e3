"""The wait-for graph: which task waits for what, and which tasks hold it.

When nothing can wake the tasks of a program any more, this graph says why; a cycle in it is a
deadlock in the strict sense. (Coffman, Elphick, Shoshani: System Deadlocks, 1971.)
"""

from __future__ import annotations

from bisect import bisect_right
from heapq import nsmallest
from itertools import pairwise
from operator import attrgetter
from typing import Final, NamedTuple

from course_helpers.learners_code import line_words
from course_helpers.recording.kinds import awaited, kind_of
from course_helpers.recording.model import (
    Change,
    Ending,
    Location,
    Recording,
    Resource,
    Span,
    State,
    Task,
    WaitReason,
)
from course_helpers.recording.readings import never_done


class Wait(NamedTuple):
    """A task that waited, at some moment.

    `task`, `holders` (the tasks that hold what it waits for) and `awaits` (the tasks that it waits
    for) are indices into `Recording.tasks`; `holds` (the locks and semaphores that it holds
    itself) are indices into `Recording.resources`.
    """

    task: int
    reason: WaitReason
    location: Location | None
    holds: tuple[int, ...]
    holders: tuple[int, ...]
    awaits: tuple[int, ...]


def waits(recording: Recording, at: int | None = None) -> tuple[Wait, ...]:
    """Every task that waited at a moment (a sequence number), in order of birth.

    By default that is the end of the recording.
    """
    states = [_state(resource, at) for resource in recording.resources]
    held: dict[int, list[int]] = {}
    for resource, state in zip(recording.resources, states, strict=True):
        if kind_of(resource).held:
            for holder in dict.fromkeys(state.holders):
                held.setdefault(holder, []).append(resource.index)
    found = []
    for task in recording.tasks:
        span = _span(task, at)
        if span is None or span.state is not State.WAITING or span.reason is None:
            continue
        reason = span.reason
        holders: tuple[int, ...] = ()
        if reason.resource is not None and kind_of(recording.resources[reason.resource]).held:
            holders = states[reason.resource].holders
        awaited = reason.tasks if reason.task is None else (reason.task,)
        awaits = tuple(each for each in awaited if not _ended(recording.tasks[each], at))
        holds = tuple(held.get(task.index, ()))
        found.append(Wait(task.index, reason, span.location, holds, holders, awaits))
    return tuple(found)


def _state(resource: Resource, at: int | None) -> Change:
    changes = resource.changes
    if at is None:
        return changes[-1]
    return changes[max(0, bisect_right(changes, at, key=attrgetter("sequence")) - 1)]


def _span(task: Task, at: int | None) -> Span | None:
    """The span that a task was in; None where it had not begun or had ended."""
    if not task.spans or _ended(task, at):
        return None
    if at is None:
        return task.spans[-1]
    position = bisect_right(task.spans, at, key=attrgetter("sequence")) - 1
    return None if position < 0 else task.spans[position]


def _ended(task: Task, at: int | None) -> bool:
    if at is None or task.ended_sequence is None:
        return task.ending is not Ending.ALIVE
    return task.ended_sequence <= at


def cycle(
    recording: Recording, at: int | None = None, *, all_stuck: bool = False
) -> tuple[Wait, ...]:
    """Tasks that wait for each other in a circle, each for the next and the last for the first.

    None of them can go on, whatever the others do: one that waits for several tasks, or for
    one of several permits, is among them only if all those are stuck as well. `all_stuck` says that
    this is known of every task that waits.

    `at` is the moment, as in `waits`. The circle begins with its oldest task. Empty when there is
    none; when there are several, the first that a search from the oldest task on meets.
    """
    by_task = {wait.task: wait for wait in waits(recording, at)}
    if not all_stuck:
        by_task = _stuck(by_task)
    finished: set[int] = set()
    for start in by_task:
        circle = _circle_from(start, by_task, finished)
        if circle:
            oldest = min(range(len(circle)), key=lambda position: circle[position].task)
            return tuple(circle[oldest:] + circle[:oldest])
    return ()


def broken_cycle(recording: Recording) -> tuple[tuple[Wait, ...], float]:
    """The first circle that ended because somebody cancelled one of its tasks, and when it did.

    So ends a deadlock that a timeout or the Stop button is there for. The time is in seconds.
    Empty, and 0.0, when there is none.
    """
    ends = (
        (after.sequence, after.start)
        for task in recording.tasks
        if task.kind == "task" and task.ending is Ending.CANCELLED
        for before, after in pairwise(task.spans[-_LAST_SPANS:])
        if before.reason is not None and before.reason.kind in _MAY_BE_STUCK
    )
    for sequence, time in nsmallest(_MOMENTS, ends):
        circle = cycle(recording, sequence - 1)
        if circle:
            return circle, time
    return (), 0.0


# Kinds of waits that can be part of a cycle, and how many moments are looked at for one.
_MAY_BE_STUCK: Final = ("lock", "semaphore", "task")
_MOMENTS: Final = 20

# Among the last spans of a cancelled task is the one that its cancellation ended: a task group, for
# one, then waits once more, for its tasks to end.
_LAST_SPANS: Final = 7


def _stuck(by_task: dict[int, Wait]) -> dict[int, Wait]:
    """Those who wait for nobody but others of them: all others are taken away, one by one."""
    waited_for_by: dict[int, list[int]] = {}
    for wait in by_task.values():
        for other in _next(wait):
            waited_for_by.setdefault(other, []).append(wait.task)
    free = [task for task, wait in by_task.items() if not _next(wait)]
    free += [task for task in waited_for_by if task not in by_task]
    stuck = dict(by_task)
    while free:
        task = free.pop()
        stuck.pop(task, None)
        free += [other for other in waited_for_by.pop(task, ()) if other in stuck]
    return stuck


def _circle_from(start: int, by_task: dict[int, Wait], finished: set[int]) -> list[Wait]:
    """A depth-first search from a task on; adds the tasks that lead to no circle to `finished`.

    Without recursion: a chain of tasks may be longer than Python's stack.
    """
    path = [start]
    untried = {start: _next(by_task[start])}
    while path:
        task = path[-1]
        if task in finished or not untried[task]:
            finished.add(path.pop())
            continue
        following = untried[task].pop(0)
        if following in untried and following not in finished:
            return [by_task[task] for task in path[path.index(following) :]]
        if following in by_task and following not in finished:
            path.append(following)
            untried[following] = _next(by_task[following])
    return []


def explain(recording: Recording, at_most: int = 10, *, all_stuck: bool = False) -> str:
    """Who waits for what, held by whom, in words: the cycle first, then the others, one a line.

    Mentions at most so many tasks and says how many it left out. Empty when no task waited.
    `all_stuck` is that of `cycle`.
    """
    circle = cycle(recording, all_stuck=all_stuck)
    lines = [_circle_sentence(recording, circle)] if circle else []
    others = [wait for wait in waits(recording) if wait not in circle]
    shown = others[: max(at_most - len(circle), 0)]
    lines += [_sentence(recording, wait) + "." for wait in shown]
    if len(shown) < len(others):
        more = len(others) - len(shown)
        lines.append("So does 1 more task." if more == 1 else f"So do {more} more tasks.")
    return "\n".join(lines)


def explain_cycle(recording: Recording) -> str:
    """Who waits for whom in a cycle, in one sentence. Empty when there is none."""
    circle = cycle(recording)
    return _circle_sentence(recording, circle) if circle else ""


def _next(wait: Wait) -> list[int]:
    return [*wait.holders, *wait.awaits]


def _circle_sentence(recording: Recording, circle: tuple[Wait, ...]) -> str:
    sentences = "; ".join(_sentence(recording, wait, within_cycle=True) for wait in circle)
    return sentences + (f": a cycle of {len(circle)}." if len(circle) > 1 else ".")


def _sentence(recording: Recording, wait: Wait, within_cycle: bool = False) -> str:
    def name(task: int) -> str:
        return recording.tasks[task].label

    text = name(wait.task)
    others = [held for held in wait.holds if held != wait.reason.resource]
    if others:
        text += f" holds {_listing([recording.resources[held].label for held in others])} and"
    text += f" waits for {_awaited(recording, wait)}"
    if wait.location is not None:
        place = wait.location
        text += f" ({line_words(place.line, place.file, list(recording.sources))})"
    if wait.reason.call == "Queue.join" and wait.reason.resource is not None:
        found = never_done(recording, recording.resources[wait.reason.resource])
        if found is not None:
            text += f"; {found}"
    if wait.task in wait.holders:
        text += ", which it holds itself"
    elif wait.holders and not within_cycle:
        ended = [task for task in wait.holders if recording.tasks[task].ending is not Ending.ALIVE]
        text += f", held by {_listing([name(task) for task in wait.holders])}"
        if len(ended) == len(wait.holders):
            text += ", which ended without releasing it"
    return text


def _awaited(recording: Recording, wait: Wait) -> str:
    reason = wait.reason
    if wait.awaits:
        names = _listing([recording.tasks[task].label for task in wait.awaits])
        return names if reason.task is not None else f"{names}, in {reason.call}"
    if reason.resource is not None:
        label = recording.resources[reason.resource].label
        return awaited(reason.call, label)
    if reason.call in _IN_WORDS:
        return f"{_IN_WORDS[reason.call]}, in {reason.call}"
    return {"future": "a future", "task": f"other tasks, in {reason.call}"}.get(
        reason.kind, reason.call
    )


_IN_WORDS: Final = {
    "StreamReader.read": "something to read",
    "StreamReader.readline": "a line",
    "StreamReader.readexactly": "more to read",
    "StreamReader.readuntil": "more to read",
    "StreamWriter.drain": "the other end to read",
    "StreamWriter.wait_closed": "the connection to be closed",
    "sock_accept": "a client",
    "sock_recv": "something to read",
    "Process.wait": "the end of a child process",
    "Process.communicate": "the end of a child process",
}


def _listing(names: list[str]) -> str:
    if len(names) > 3:
        names = [*names[:3], f"{len(names) - 3} more"]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
