"""The wait-for graph: which task waits for what, and which tasks hold it.

When nothing can wake the tasks of a program any more, this graph says why; a cycle in it is a
deadlock in the strict sense. (Coffman, Elphick, Shoshani: System Deadlocks, 1971.)
"""

from __future__ import annotations

from typing import NamedTuple

from course_helpers.recording.kinds import awaited, kind_of
from course_helpers.recording.model import Ending, Location, Recording, State, WaitReason


class Wait(NamedTuple):
    """A task that waited when the recording ended.

    `task`, `holders` (the tasks that hold what it waits for) and `awaits` (the task that it waits
    for) are indices into `Recording.tasks`; `holds` (the locks and semaphores that it holds
    itself) are indices into `Recording.resources`.
    """

    task: int
    reason: WaitReason
    location: Location | None
    holds: tuple[int, ...]
    holders: tuple[int, ...]
    awaits: int | None


def waits(recording: Recording) -> tuple[Wait, ...]:
    """Every task that waited when the recording ended, in order of birth."""
    found = []
    for task in recording.tasks:
        if task.ending is not Ending.ALIVE or not task.spans:
            continue
        last = task.spans[-1]
        if last.state is not State.WAITING or last.reason is None:
            continue
        resource = last.reason.resource
        holders = recording.resources[resource].changes[-1].holders if resource is not None else ()
        if resource is not None and not kind_of(recording.resources[resource]).held:
            holders = ()
        holds = tuple(
            resource.index
            for resource in recording.resources
            if task.index in resource.changes[-1].holders and kind_of(resource).held
        )
        found.append(Wait(task.index, last.reason, last.location, holds, holders, last.reason.task))
    return tuple(found)


def cycle(recording: Recording) -> tuple[Wait, ...]:
    """Tasks that wait for each other in a circle, each for the next and the last for the first.

    The circle begins with its oldest task. Empty when there is none; when there are several, the
    first that a search from the oldest task on meets.
    """
    by_task = {wait.task: wait for wait in waits(recording)}
    finished: set[int] = set()
    for start in by_task:
        circle = _circle_from(start, by_task, finished)
        if circle:
            oldest = min(range(len(circle)), key=lambda position: circle[position].task)
            return tuple(circle[oldest:] + circle[:oldest])
    return ()


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


def explain(recording: Recording, at_most: int = 10) -> str:
    """Who waits for what, held by whom, in words: the cycle first, then the others, one a line.

    Mentions at most so many tasks and says how many it left out. Empty when no task waited.
    """
    circle = cycle(recording)
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
    return [*wait.holders, *(() if wait.awaits is None else (wait.awaits,))]


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
        text += f" (line {wait.location.line})"
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
    if reason.resource is not None:
        label = recording.resources[reason.resource].label
        return awaited(reason.call, label)
    if reason.task is not None:
        return recording.tasks[reason.task].label
    return {"future": "a future", "task": f"other tasks, in {reason.call}"}.get(
        reason.kind, reason.call
    )


def _listing(names: list[str]) -> str:
    if len(names) > 3:
        names = [*names[:3], f"{len(names) - 3} more"]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
