"""What is so of a primitive or a task altogether: worked out from the truth, for several judges."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import accumulate, pairwise
from typing import Any

from course_helpers.recording.model import State
from tests.oracle.judging import Case
from tests.oracle.truth import Lane, class_of


def is_owned(case: Case, name: str) -> bool:
    """Whether those who took a semaphore's permits gave them back, and nobody else.

    Who took some and gave back more has given back his own, if there were too many then.
    """
    taken: dict[str, int] = {}
    surplus = False
    for deed in case.truth.deeds.get(name, ()):
        if deed.action != "acquire" and deed.who not in taken:
            return False
        taken[deed.who] = taken.get(deed.who, 0) + (1 if deed.action == "acquire" else -1)
        surplus |= taken[deed.who] < 0
    return not surplus or beyond(case, name) > 0


def has_owners(case: Case, name: str) -> bool:
    """Whether it may be said of somebody that he holds a primitive."""
    return "lock" in name or is_owned(case, name)


def beyond(case: Case, name: str) -> int:
    """By how many permits more were given back of a semaphore than had been taken, at most."""
    taken = most = 0
    for deed in case.truth.deeds.get(name, ()):
        taken += {"acquire": 1, "release": -1}.get(deed.action, 0)
        most = max(most, -taken)
    return most


def busy(case: Case, name: str) -> float:
    """Seconds during which a lock was locked, no permit was free, a queue was full."""
    values = [*case.truth.values[name], (case.truth.duration, None)]
    full = _full(name)
    return sum(
        after[0] - time
        for (time, value), after in pairwise(values)
        if value is not None and value[0] == full
    )


def ever_busy(case: Case, name: str) -> bool:
    """Whether it was ever so, for however short a time."""
    values = [value for _, value in case.truth.values[name]]
    values += [deed.value for deed in case.truth.deeds.get(name, ()) if deed.value]
    return any(value[0] == _full(name) for value in values)


def _full(name: str) -> Any:
    return 1 if "lock" in name else 0 if "semaphore" in name else class_of(name)[1]


def lends(case: Case, name: str) -> bool:
    """Whether what was taken from a queue came back, by those who took it and their tasks.

    Each may have one still, if it does not wait for more. Who gives more than it took, or tells
    that something is done, has taken work.
    """
    tasks, balance, came_back = case.truth.tasks, dict[str, int](), 0
    for deed in case.truth.deeds.get(name, ()):
        if deed.action == "task_done" or (deed.action == "get" and deed.who not in tasks):
            return False
        if deed.action == "get":
            balance[deed.who] = balance.get(deed.who, 0) + 1
        if deed.action == "put":
            owes = [each for each in _and_ancestors(case, deed.who) if balance.get(each)]
            if owes:
                balance[owes[0]] -= 1
                came_back += 1
            elif deed.who in balance:
                return False
    kept = {who: number for who, number in balance.items() if number}
    may = all(
        number == 1 and tasks[who].ended is None and not _waits_in(case, name, who)
        for who, number in kept.items()
    )
    return may and 0 < came_back >= len(kept)


def _and_ancestors(case: Case, who: str) -> Iterator[str]:
    """A task, and those that led to it."""
    while who in case.truth.tasks:
        yield who
        who = case.truth.tasks[who].parent


def _waits_in(case: Case, name: str, who: str) -> bool:
    """Whether a task waits at the end for an item of a queue."""
    last = case.truth.tasks[who].stretches[-1]
    wait = last.wait
    return (
        last.state is State.WAITING
        and wait is not None
        and (wait.call, wait.subject) == ("Queue.get", name)
    )


def empty(case: Case, name: str) -> float:
    """Seconds during which a queue was empty, since something was taken from it first."""
    values = [*case.truth.values[name], (case.truth.duration, None)]
    since = min(d.time for d in case.truth.deeds[name] if d.action == "get")
    return sum(
        after[0] - max(time, since)
        for (time, value), after in pairwise(values)
        if value is not None and not value[0] and after[0] > since
    )


def calls_of(case: Case, name: str, *, only: str = "") -> list[tuple[str, float]]:
    """The waits for a primitive, in one method: who, and how many seconds. One call is one wait."""
    calls: dict[tuple[str, int], float] = defaultdict(float)
    for lane in case.truth.learners():
        for stretch in lane.stretches:
            wait = stretch.wait
            if (
                stretch.state is State.WAITING
                and wait is not None
                and wait.subject == name
                and only in wait.call
            ):
                calls[lane.key, wait.position] += stretch.end - stretch.start
    return [(key, time) for (key, _), time in calls.items()]


def longest_line(case: Case, name: str) -> int:
    """How many tasks waited for a primitive, at most."""
    steps = [
        step
        for lane in case.truth.learners()
        for stretch in lane.stretches
        if stretch.state is State.WAITING and stretch.wait and stretch.wait.subject == name
        for step in ((stretch.first, 1), (stretch.last, -1))
    ]
    return max(accumulate(change for _, change in sorted(steps)), default=0)


def waits_by_call(lane: Lane) -> dict[str, float]:
    """Seconds that a task waited, by call."""
    seconds: dict[str, float] = defaultdict(float)
    for stretch in lane.stretches:
        if stretch.state is State.WAITING and stretch.wait is not None:
            seconds[stretch.wait.call] += stretch.end - stretch.start
    return dict(seconds)


def holdings(case: Case, name: str) -> list[tuple[str, float, float]]:
    """Who held a primitive, from when to when, in seconds."""
    found: list[tuple[str, float, float]] = []
    holders: list[tuple[str, float]] = []
    for deed in case.truth.deeds.get(name, ()):
        if deed.action == "acquire":
            holders.append((deed.who, deed.time))
        elif deed.action == "release" and holders:
            own = [each for each in holders if each[0] == deed.who]
            holder = own[0] if own else holders[0]
            holders.remove(holder)
            found.append((*holder, deed.time))
    return found + [(*holder, case.truth.duration) for holder in holders]
