"""Who waits for whom, at some moment, and who can never go on."""

from __future__ import annotations

from course_helpers.recording.model import State
from tests.oracle.facts import has_owners
from tests.oracle.judging import Case
from tests.oracle.truth import Lane, Stretch, is_learners

#: Calls that wait for tasks which they have made.
_OF_CHILDREN = ("gather", "shield", "wait_for")


def holders_at(case: Case, name: str, at: int | None = None) -> list[str]:
    """Who holds a primitive at a position in the log, by default its end."""
    holders: list[str] = []
    for deed in case.truth.deeds.get(name, ()):
        if at is not None and deed.position > at:
            break
        if deed.action == "acquire":
            holders.append(deed.who)
        elif deed.action == "release" and holders:
            holders.remove(deed.who if deed.who in holders else holders[0])
    return holders


def waiting_at(lane: Lane, at: int | None = None) -> Stretch | None:
    """The wait that a task is in, at a position in the log, by default its end."""
    if at is None:
        last = lane.stretches[-1]
        return last if lane.ended is None and last.state is State.WAITING else None
    return next(
        (
            each
            for each in lane.stretches
            if each.state is State.WAITING and each.first < at <= each.last
        ),
        None,
    )


def waits_on(case: Case, lane: Lane, at: int | None = None) -> list[str]:
    """For which tasks a task waits at a position: those that alone can wake it."""
    stretch = waiting_at(lane, at)
    wait = stretch.wait if stretch is not None else None
    if wait is None:
        return []
    if wait.call in ("Lock.acquire", "Semaphore.acquire"):
        return holders_at(case, wait.subject, at) if has_owners(case, wait.subject) else []
    awaited: list[str] = []
    if wait.call == "await task":
        awaited = [wait.subject]
    elif wait.call == "TaskGroup":
        awaited = case.truth.members.get(wait.subject, [])
    elif wait.call == "wait":
        awaited = list(case.truth.awaited.get(wait.position, ()))
    elif wait.call in _OF_CHILDREN:
        awaited = [
            child.key
            for child in case.truth.tasks.values()
            if child.parent == lane.key and child.born_in == wait.position
        ]
    awaited = [key for key in awaited if is_learners(key)]
    return [key for key in awaited if not _has_ended(case.truth.tasks[key], at)]


def _has_ended(lane: Lane, at: int | None) -> bool:
    return lane.ended is not None and (at is None or lane.stretches[-1].last < at)


def circular(case: Case, at: int | None = None) -> set[str]:
    """The tasks that are on a circle of waiting at a position."""
    return _on_a_circle(_graph(case, at))


def stuck_for_ever(case: Case, at: int | None = None) -> set[str]:
    """Those of them who wait for nobody but others who can never go on."""
    after = _graph(case, at)
    while free := [key for key, others in after.items() if not others or others - set(after)]:
        for key in free:
            del after[key]
    return _on_a_circle(after)


def _graph(case: Case, at: int | None) -> dict[str, set[str]]:
    return {
        lane.key: set(waits_on(case, lane, at)) & set(case.truth.tasks)
        for lane in case.truth.learners()
    }


def _on_a_circle(after: dict[str, set[str]]) -> set[str]:
    reach = {key: set(following) for key, following in after.items()}
    for _ in reach:
        for key, following in reach.items():
            reach[key] = following | {far for near in following for far in reach.get(near, ())}
    return {key for key, following in reach.items() if key in following}
