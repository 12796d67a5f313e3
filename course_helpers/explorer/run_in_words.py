"""What an explorer says of a run: how it ended, and what the run before was, which is outlined."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from course_helpers.explorer.run import Run, shortened
from course_helpers.recording.model import Ending, Task
from course_helpers.views.words import count

# Characters: what is longer is data for a picture, not a result to be read.
_LONGEST_RESULT: Final = 120


def turned_between(one: Run, other: Run) -> list[str]:
    """The knobs that were turned from one run to another."""
    return [name for name, value in one.knobs.items() if other.knobs.get(name) != value]


def ended_as(run: Run, lanes: Sequence[Task]) -> str:
    """How a run ended, and with what; `lanes` are those of the program."""
    if not run.ended or run.recording is None:
        return run.sentence
    in_short = run.in_short
    sentences = [f"{in_short[0].upper()}{in_short[1:]}."]
    if short := _result(run):
        sentences.append(f"Result: {short}")
    alive = sum(task.ending is Ending.ALIVE and task.kind == "task" for task in lanes)
    if alive:
        verb = "was" if alive == 1 else "were"
        sentences.append(f"{count(alive, 'task')} {verb} still alive then.")
    return " ".join(sentences)


def setting(run: Run) -> str:
    """The setting of a run: ` at workers = 3, seconds = 0.1`; empty for one without knobs."""
    pairs = [f"{name} = {shortened(value)}" for name, value in run.knobs.items()]
    return f" at {', '.join(pairs)}" if pairs else ""


def outline(before: Run | None, run: Run | None) -> str:
    """What the pale outline is; empty where there is none."""
    if before is None or run is None:
        return ""
    pairs = [f"{name} = {shortened(before.knobs[name])}" for name in turned_between(before, run)]
    at = f", at {', '.join(pairs)}" if pairs else ""
    ended = before.in_short.rstrip(".")
    result, was = _result(run), _result(before)
    other = f", with the result {was}" if was and was != result else ""
    return f"Pale outline: the run before{at}, {ended}{other}."


def _result(run: Run) -> str:
    """What the program returned, as it is read; empty if it is None, or did not end."""
    if not run.ended or run.recording is None or run.recording.result is None:
        return ""
    text = shortened(run.recording.result)
    return text if len(text) <= _LONGEST_RESULT else f"{text[: _LONGEST_RESULT - 1]}…"
