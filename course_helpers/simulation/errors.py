"""What `simulate` raises when a program cannot come to its end, and in which words."""

from __future__ import annotations

from course_helpers.recording.model import Recording
from course_helpers.recording.wait_for_graph import explain, task_of_most_steps


class Deadlock(RuntimeError):
    """The program waits, and nothing is left that could wake it.

    The message says who waits for what, held by whom, and names the cycle if there is one.
    `recording` is what happened until then, for `timeline(error.recording)`.
    """

    def __init__(self, message: str, recording: Recording) -> None:
        super().__init__(message)
        self.recording = recording


class LimitExceeded(RuntimeError):
    """The program was stopped at a bound: the number of steps, or of real seconds.

    The message says which, what the program was doing, and how to allow more. `recording` is what
    happened until then.
    """

    def __init__(self, message: str, recording: Recording) -> None:
        super().__init__(message)
        self.recording = recording


def deadlock(recording: Recording) -> Deadlock:
    """The error for a program whose tasks all wait for ever."""
    return Deadlock(
        f"after {recording.duration:g} s every task waits, and nothing can wake one:\n"
        f"{explain(recording)}",
        recording,
    )


def too_many_steps(recording: Recording, steps: int) -> LimitExceeded:
    """The error for a program that was stopped after so many steps."""
    return LimitExceeded(
        f"the program was stopped after {steps:,} steps, at {recording.duration:g} s of virtual "
        f"time.{_busiest(recording)} If it is not caught in a loop, allow more: "
        f"simulate(…, steps={steps * 10:_}); to look at its beginning only: simulate(…, until=10)",
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
        f"the program was stopped after {real_seconds:g} s of real time, at "
        f"{recording.duration:g} s of virtual time.{doing} If it only needs longer, allow it: "
        f"simulate(…, real_seconds={real_seconds * 10:g})",
        recording,
    )


def _busiest(recording: Recording) -> str:
    found = task_of_most_steps(recording)
    if found is None:
        return ""
    task, steps, location = found
    where = "" if location is None else f", the last one in line {location.line}"
    return f" Most of its steps, {steps:,}, were taken by {task.label}{where}."
