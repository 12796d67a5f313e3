"""What `simulate` raises when a program cannot come to its end, and in which words."""

from __future__ import annotations

from course_helpers.learners_code import line_words
from course_helpers.recording.count import count
from course_helpers.recording.model import Ending, Recording, Span, State
from course_helpers.recording.seconds import seconds
from course_helpers.recording.wait_for_graph import (
    explain,
    explain_cycle,
)


class Stopped(RuntimeError):
    """The simulation stopped the program, before it had come to its end.

    `recording` is what happened until then, for `timeline(error.recording)`. A notebook's cell that
    ends in this error shows that picture by itself.
    """

    def __init__(self, message: str, recording: Recording) -> None:
        super().__init__(message)
        self.recording = recording


class Deadlock(Stopped):
    """The program waits, and nothing is left that could wake it.

    The message says who waits for what, held by whom, and names the cycle if there is one.
    """


class LimitExceeded(Stopped):
    """The program was stopped at a bound: the number of steps, or of real seconds.

    The message says which, what the program was doing, and how to allow more.
    """


def deadlock(recording: Recording, in_vain: tuple[str, ...] = ()) -> Deadlock:
    """The error for a program whose tasks all wait for ever.

    `in_vain` are sentences that say why nothing comes from outside.
    """
    return Deadlock(
        f"after {seconds(recording.duration)} every task waits, and nothing can wake one:\n"
        f"{explain(recording, all_stuck=True)}{_failed_unheard(recording)}"
        + "".join(f"\n{sentence}" for sentence in in_vain),
        recording,
    )


def _failed_unheard(recording: Recording) -> str:
    """The tasks that failed without anybody's asking: often those that were to wake the others."""
    return "".join(
        f"\n{task.label} had failed at {seconds(task.ended)}, and nobody asked: {task.detail}."
        for task in recording.tasks
        if task.ending is Ending.FAILED and task.ended is not None and not task.retrieved
    )


def too_many_steps(recording: Recording, steps: int) -> LimitExceeded:
    """The error for a program that was stopped after so many steps."""
    hint = f"To allow more: simulate(…, steps={steps * 10:_})"
    if recording.duration > 0:
        hint += f"; to see only its beginning: simulate(…, until={recording.duration / 2:g})"
    return LimitExceeded(
        f"the program was stopped after {count(steps, 'step')}, at "
        f"{seconds(recording.duration)} of virtual time."
        f"{_busiest(recording)} {hint}.{_stuck(recording)}",
        recording,
    )


def too_much_real_time(
    recording: Recording, real_seconds: float, outside: tuple[str, ...], line: str | None
) -> LimitExceeded:
    """The error for a program that was stopped after so many seconds on the real clock.

    `outside` says what it waited for outside of the loop, `line` where it was when it did not
    give the loop back.
    """
    if line is not None:
        doing = f" It did not await anything any more: it was {line}."
    elif outside:
        doing = f" It was waiting for {', '.join(outside)}: virtual time stands still meanwhile."
    else:
        doing = _busiest(recording)
    return LimitExceeded(
        f"the program was stopped after {seconds(real_seconds)} of real time, at "
        f"{seconds(recording.duration)} of virtual time.{doing} To allow more: "
        f"simulate(…, real_seconds={real_seconds * 10:g}).{_stuck(recording)}",
        recording,
    )


def _busiest(recording: Recording) -> str:
    """Which task took most of the recorded steps, and where it was at the end of the last one."""
    steps: dict[str, list[Span]] = {}
    for task, span in recording.spans(State.RUNNING):
        steps.setdefault(task.label, []).append(span)
    if not steps:
        return ""
    label = max(steps, key=lambda label: len(steps[label]))
    location = steps[label][-1].location
    where = ""
    if location is not None:
        line = line_words(location.line, location.file, list(recording.sources))
        where = f", the last of them in {line}"
    return f" Most steps were taken by {label}{where}."


def _stuck(recording: Recording) -> str:
    circle = explain_cycle(recording)
    return f"\nMeanwhile {circle}" if circle else ""
