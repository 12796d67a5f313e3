"""Which lanes a picture has: one for each task, or for many together where there are too many."""

from __future__ import annotations

from course_helpers.recording.model import Recording, Task
from course_helpers.views import words
from course_helpers.views.drawing.plan import Lane, Options
from course_helpers.views.lanes import Gap, elided, family

# More rows than these cannot be read on one screen.
_LANES = 40
_ELIDED_LANES = 26


def chosen(recording: Recording, options: Options) -> tuple[list[Lane], list[str]]:
    """The lanes, each under its parent's, and in sentences what has none of its own."""
    begin, finish = options.window
    alive = [
        task
        for task in options.tasks
        if task.born <= finish and (task.ended is None or task.ended >= begin)
    ]
    left_out: list[str] = []
    if len(alive) < len(options.tasks):
        outside = words.lanes([task for task in options.tasks if task not in alive])
        left_out.append(f"{outside} outside this window of time.")
    own = family(alive)
    lanes: list[Lane] = []
    for row in own if len(own) <= _LANES else elided(own, _ELIDED_LANES):
        if isinstance(row, Gap):
            tasks = tuple(task.index for task in row.tasks)
            lanes.append(Lane(words.lanes(row.tasks, "more "), tasks))
            left_out.append(
                f"{words.lanes(row.tasks)} together in one lane:"
                " the height of a colour is their share."
            )
        else:
            lanes.append(Lane(_label(row.task), (row.task.index,), row.depth))
    return lanes, left_out


def _label(task: Task) -> str:
    return words.name(task) if task.kind == "task" else f"{words.name(task)} ({task.kind})"
