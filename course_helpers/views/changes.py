"""What is different between two recordings of a program, in one sentence."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from course_helpers.recording.model import Ending, Recording, Task
from course_helpers.views import words
from course_helpers.views.lanes import left_waiting

# By the real clock, a run differs from the next by this share of its time for no reason.
_NOISE: Final = {"real": 0.05, "virtual": 1e-9}
# More names than these are counted.
_NAMES = 3


def roles(recording: Recording) -> dict[str, Task]:
    """The tasks by what they are known as in another run: by their names.

    A task that nobody created has a name that says with what it was called: without that. If there
    is one such task only, it is the program, and the same in both runs whatever it is called: "".
    """
    programs = [task for task in recording.tasks if task.parent is None]
    found: dict[str, Task] = {}
    for task in recording.tasks:
        name = words.name(task)
        if task.parent is None:
            name = "" if len(programs) == 1 else name.partition("(")[0]
        found.setdefault(name, task)
    return found


def sentence(before: Recording, after: Recording) -> str:
    """What became shorter or longer, what ends otherwise, and what is in one of them only."""
    old, new = roles(before), roles(after)
    both = [(old[key], task) for key, task in new.items() if key in old]
    same = _same(before, after)
    parts = [
        *_lengths(both, same),
        *_endings(both),
        *_alone("is new", "are new", [task for key, task in new.items() if key not in old]),
        *_alone("is gone", "are gone", [task for key, task in old.items() if key not in new]),
    ]
    told = f": {'; '.join(parts)}" if parts else ""
    return f"The run takes {_instead(before.duration, after.duration, same)}{told}."


def _same(before: Recording, after: Recording) -> float:
    """How many seconds make no difference."""
    noise = max(_NOISE.get(run.clock, 0.0) for run in (before, after))
    return noise * max(before.duration, after.duration)


def _instead(before: float, after: float, same: float) -> str:
    if abs(before - after) <= same:
        return f"{words.seconds(after)}, as before"
    return f"{words.seconds(after)} instead of {words.seconds(before)}"


def _lengths(pairs: Iterable[tuple[Task, Task]], same: float) -> list[str]:
    """Of the tasks that end in both runs: which take shorter, which longer, by how much."""
    changes = {
        words.name(new): (new.ended - new.born) - (old.ended - old.born)
        for old, new in pairs
        if new.parent is not None and old.ended is not None and new.ended is not None
    }
    found = []
    for word, sign in (("shorter", -1), ("longer", 1)):
        by = {name: sign * change for name, change in changes.items() if sign * change > same}
        order = sorted(by, key=lambda name: -by[name])
        said = [
            f"{name}{'' if number else f' is {word}'} by {words.seconds(by[name])}"
            for number, name in enumerate(order[:_NAMES])
        ]
        if len(order) > _NAMES:
            said.append(f"{len(order) - _NAMES:,} more")
        if said:
            found.append(words.listing(said))
    return found


def _endings(pairs: Iterable[tuple[Task, Task]]) -> list[str]:
    """Which tasks end otherwise than before."""
    changed: dict[tuple[str, str], list[str]] = {}
    for old, new in pairs:
        was, now = _ending(old), _ending(new)
        if was != now:
            changed.setdefault((was, now), []).append(words.name(new))
    return [
        f"{words.listing(names, _NAMES)} {'is' if len(names) == 1 else 'are'} {now}, not {was}"
        for (was, now), names in changed.items()
    ]


def _ending(task: Task) -> str:
    if left_waiting(task):
        return "left waiting"
    return "left running" if task.ending is Ending.ALIVE else task.ending.value


def _alone(one: str, many: str, tasks: list[Task]) -> list[str]:
    if not tasks:
        return []
    names = words.listing([words.name(task) for task in tasks], _NAMES)
    return [f"{names} {one if len(tasks) == 1 else many}"]
