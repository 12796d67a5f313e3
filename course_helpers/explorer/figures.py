"""Figures: what a notebook reads off a recording, by small functions."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from course_helpers.explorer.run import Run, described
from course_helpers.recorder.record import expect_recording
from course_helpers.recording.model import Recording
from course_helpers.recording.waited import Calls
from course_helpers.views.words import seconds

Show = Callable[..., Any] | Iterable[Callable[..., Any]] | Mapping[str, Callable[..., Any]] | None


class Figure(NamedTuple):
    """A function of a recording, with its label; `knobs` are the knobs it asks for by name."""

    label: str
    function: Callable[..., Any]
    knobs: tuple[str, ...]

    def of(self, run: Run) -> Any:
        """What the function says about a run that has a recording."""
        wanted = {name: run.knobs[name] for name in self.knobs}
        return self.function(run.recording, **wanted)


class Failure(NamedTuple):
    """Stands for the value of a figure whose function failed."""

    sentence: str


def figures_from(show: Show, knobs: Iterable[str], option: str) -> tuple[Figure, ...]:
    """Figures from what the learner gave: a function, several, or a mapping from labels.

    A function's label is its name. Its first parameter gets the recording; further parameters that
    are called like a knob get that knob's value. Raises TypeError, with a sentence that names the
    `option`, for anything else.
    """
    if show is None:
        return ()
    if callable(show):
        show = [show]
    if isinstance(show, str) or not isinstance(show, Iterable):
        raise TypeError(f"{option}={show!r:.60}: {_TAKES}")
    pairs = (
        list(show.items())
        if isinstance(show, Mapping)
        else [(_label(function), function) for function in show]
    )
    labels = [str(label) for label, _ in pairs]
    for label in labels:
        if labels.count(label) > 1:
            raise TypeError(
                f"{option}: two functions are called {label!r}; give a mapping from labels instead"
            )
    return tuple(_figure(str(label), function, tuple(knobs), option) for label, function in pairs)


_TAKES = "it takes functions of a recording: [longest_wait], or {'value': lambda recording: …}"


def _label(function: Any) -> str:
    name = getattr(function, "__name__", "figure")
    return "figure" if name == "<lambda>" else name.replace("_", " ")


def _figure(label: str, function: Any, knobs: tuple[str, ...], option: str) -> Figure:
    if not callable(function):
        raise TypeError(f"{option}: {function!r:.60} is no function; {_TAKES}")
    if inspect.iscoroutinefunction(function):
        raise TypeError(
            f"{option}: {label!r} is an async function; what is shown beside the timeline is a "
            f"plain function of the recording"
        )
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except ValueError:  # some functions written in C do not tell
        return Figure(label, function, ())
    if not parameters or parameters[0].kind is inspect.Parameter.KEYWORD_ONLY:
        raise TypeError(f"{option}: {label!r} takes no recording; give it a first parameter for it")
    wanted = tuple(one.name for one in parameters[1:] if one.name in knobs)
    for one in parameters[1:]:
        if (
            one.name not in knobs
            and one.default is one.empty
            and one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD)
        ):
            raise TypeError(
                f"{option}: {label!r} asks for {one.name!r}, which is no knob; the knobs are "
                f"{', '.join(knobs) or 'none'}"
            )
    return Figure(label, function, wanted)


def value_of(figure: Figure, run: Run) -> Any:
    """The figure's value for a run; a `Failure` if its function fails or nothing was recorded."""
    if run.recording is None:
        return Failure("nothing was recorded")
    try:
        return figure.of(run)
    except Exception as error:
        return Failure(described(error))


def total_time(recording: Recording) -> float:
    """Seconds from the beginning to the end of the run."""
    return recording.duration


def longest_wait(recording: Recording) -> str:
    """The longest wait in a recording for what others have or do: `0.02 s: B in Lock.acquire`.

    Sleeping, and waiting for other tasks to end, is what a program wants: neither is counted. A
    call is one wait, however often it was woken in vain.
    Raises TypeError when something else than a recording is given.
    """
    expect_recording(recording, "longest_wait")
    calls = Calls(recording)
    waits = [
        (task, call)
        for task in recording.tasks
        for call in calls.of(task)
        if call.reason.kind not in ("sleep", "task")
    ]
    if not waits:
        return "nobody waited"
    # The first of those that are as long, but for what adding up fractions of seconds leaves over.
    task, call = max(waits, key=lambda wait: (round(wait[1].seconds, 9), -wait[1].sequence))
    return f"{seconds(call.seconds)}: {task.label} in {call.reason.call}"
