"""One run of a program whose behaviour is predicted."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Coroutine
from typing import Any, Final, NamedTuple

from course_helpers.recorder.names import function_name
from course_helpers.recording.model import Mark, Recording
from course_helpers.simulation import LimitExceeded, simulate
from course_helpers.simulation.printing import captured
from course_helpers.simulation.run import seeded

Program = Callable[..., Coroutine[Any, Any, Any]]

STEPS: Final = 20_000
REAL_SECONDS: Final = 5.0  # on a busy machine, for what takes a few milliseconds

_MISSING: Final = object()


class Happening(NamedTuple):
    """A run: what was recorded, what the program printed, and the error that ended it, if any."""

    recording: Recording
    printed: str
    error: Exception | None


def happening(program: Program, *arguments: Any, cost_per_step: float = 0.0) -> Happening:
    """Run the program on the virtual clock, bounded; also when it goes wrong, what happened.

    What it prints is shown nowhere. Raises what the program raises where that has no recording, and
    LimitExceeded where it takes too many real seconds.
    """
    with captured() as text, seeded(0):
        try:
            recording = simulate(
                program(*arguments),
                cost_per_step=cost_per_step,
                steps=STEPS,
                real_seconds=REAL_SECONDS,
            )
        except Exception as error:
            until_then = getattr(error, "recording", None)
            # How far it came in so many real seconds is the machine's doing, not the program's.
            by_the_clock = isinstance(error, LimitExceeded) and "of real time" in str(error)
            if by_the_clock or not isinstance(until_then, Recording):
                raise
            return Happening(until_then, text.text, error)
    return Happening(recording, text.text, None)


def happened(program: Program, *arguments: Any, cost_per_step: float = 0.0) -> Recording:
    """The recording of a run, as `happening` makes it."""
    return happening(program, *arguments, cost_per_step=cost_per_step).recording


class NamesAsAsked:
    """The notebook's names as they were when a question was asked, for the length of a block.

    A question may be answered when later cells have run and have given some names to other things.
    """

    def __init__(self, program: Program) -> None:
        function: Any = program
        while isinstance(function, functools.partial):
            function = function.func
        function = getattr(function, "__func__", function)
        self._namespace: dict[str, Any] = getattr(function, "__globals__", {})
        # Those that begin with an underscore are IPython's.
        self._kept = {
            name: value for name, value in self._namespace.items() if not name.startswith("_")
        }
        self._later: dict[str, Any] = {}

    def __enter__(self) -> None:
        self._later = {
            name: self._namespace.get(name, _MISSING)
            for name, value in self._kept.items()
            if self._namespace.get(name, _MISSING) is not value
        }
        self._namespace.update({name: self._kept[name] for name in self._later})

    def __exit__(self, *_: object) -> None:
        for name, value in self._later.items():
            if value is _MISSING:
                self._namespace.pop(name, None)
            else:
                self._namespace[name] = value


def printed(recording: Recording) -> list[Mark]:
    """The marks of the lines that the program printed, in order."""
    return [mark for mark in recording.marks if mark.verb == "prints"]


def expect_program(program: Any, caller: str, *parameters: str) -> None:
    """Raise TypeError, saying what to write, unless it is an async function of these parameters."""
    if inspect.iscoroutine(program):
        name = program.__name__
        program.close()
        raise TypeError(
            f"{caller} runs the function itself: write {caller}({name}, …), without brackets "
            f"behind {name}"
        )
    if not inspect.iscoroutinefunction(program):
        raise TypeError(
            f"{caller} takes an async function, one that begins with `async def`, as in "
            f"{caller}(main, …); not {program!r:.80}"
        )
    try:
        inspect.signature(program).bind(*parameters)
    except TypeError as error:
        given = f"one argument, the {parameters[0]}" if parameters else "no arguments"
        raise TypeError(
            f"{caller} calls {function_name(program)} with {given}: {error}. For others, give "
            f"functools.partial({function_name(program)}, …)"
        ) from None
