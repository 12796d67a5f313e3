"""One run of a program at one setting: it ends, or a sentence says why it did not."""

from __future__ import annotations

import asyncio
import inspect
import reprlib
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from course_helpers.browser import NotInBrowser
from course_helpers.explorer.program import Program
from course_helpers.learners_code import is_learners
from course_helpers.recording.model import Recording
from course_helpers.simulation import Deadlock, LimitExceeded, simulate
from course_helpers.simulation.printing import captured
from course_helpers.simulation.run import check_options
from course_helpers.views.words import listing, seconds

REAL_SECONDS: Final = 2.0
"""How long a simulation may take by the real clock: a knob is answered soon, or not at all."""

STEPS: Final = 30_000
"""How many steps a simulation may take: more, and the picture would not come in time."""

_OPTIONS: Final = tuple(inspect.signature(check_options).parameters)

_short = reprlib.Repr()
_short.maxstring = _short.maxother = 200
_short.maxlist = _short.maxtuple = _short.maxdict = _short.maxset = 20


@dataclass(frozen=True, slots=True)
class Run:
    """What came of one run.

    `recording` is None if the run ended before there was anything to record. `outcome` is
    `"ended"`, `"deadlock"`, `"stopped"` (at a bound, or by the learner), `"failed"` or `"refused"`
    (it could not begin); `sentence` says it in words. `printed` is what the program printed. By the
    real clock, `refusal` is what the program failed with for want of more than a browser.
    """

    knobs: Mapping[str, Any]
    recording: Recording | None
    outcome: str
    sentence: str
    printed: str = ""
    printed_left_out: int = 0
    refusal: NotInBrowser | None = None

    @property
    def ended(self) -> bool:
        """Whether the program came to its end."""
        return self.outcome == "ended"

    @property
    def in_short(self) -> str:
        """What came of it in a few words: `ended after 0.2 s`, `deadlock`, `ValueError: bad`."""
        if self.recording is not None and self.outcome in ("ended", "deadlock"):
            return f"{self.outcome} after {seconds(self.recording.duration)}"
        return self.sentence.split("\n")[0]


def bounded(simulation: object) -> dict[str, Any]:
    """The options of `simulate` that the learner gave, with bounds where there are none.

    Raises TypeError or ValueError, with a sentence, for what is no option of `simulate`.
    """
    given = {} if simulation is None else simulation
    if not isinstance(given, Mapping):
        raise TypeError(
            f"simulation={given!r:.60}: it takes options of simulate, as in {{'until': 10}}"
        )
    for name in given:
        if name not in _OPTIONS:
            raise TypeError(
                f"simulation: simulate() has no option {name!r}; it has {listing(_OPTIONS)}"
            )
    options = {"steps": STEPS, "real_seconds": REAL_SECONDS, **given}
    check_options(**options)
    return options


def run(program: Program, knobs: Mapping[str, Any], options: Mapping[str, Any]) -> Run:
    """Run the program once on the virtual clock, with options of `simulate` from `bounded`.

    Nothing the program does is raised here, but for the interrupt of the notebook's Stop.
    """
    with captured() as printed:
        recording: Recording | None = None
        try:
            recording = simulate(program(**knobs), **options)
            outcome, sentence = "ended", ""
        except KeyboardInterrupt:
            raise
        # SystemExit and CancelledError are a program's business as well.
        except BaseException as error:
            recording = getattr(error, "recording", None)
            outcome, sentence = explained(error, program)
    return Run(knobs, recording, outcome, sentence, printed.text, printed.left_out)


def explained(error: BaseException, program: Program) -> tuple[str, str]:
    """The outcome that an exception stands for, and a sentence about it."""
    if isinstance(error, Deadlock):
        return "deadlock", f"Deadlock: {error}"
    if isinstance(error, LimitExceeded):
        return "stopped", f"Stopped: {error}"
    if isinstance(error, asyncio.CancelledError):
        return "failed", "The program was cancelled from within."
    return "failed", f"{described(error)}{_place(error)}"


def described(error: BaseException) -> str:
    """An exception in one line, with those that a group holds: `ValueError: no such host`."""
    text = "".join(traceback.format_exception_only(error)).strip().split("\n")[0]
    if isinstance(error, BaseExceptionGroup):
        text += f" ({'; '.join(described(inner) for inner in error.exceptions[:3])}"
        more = len(error.exceptions) - 3
        text += f"; and {more} more)" if more > 0 else ")"
    return text if len(text) <= 400 else f"{text[:400]}…"


def _place(error: BaseException) -> str:
    """Where in the learner's code it was raised: ` (line 3 of worker)`."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    own = [
        (line, frame.f_code.co_name)
        for frame, line in traceback.walk_tb(error.__traceback__)
        if is_learners(frame.f_code)
    ]
    if not own:
        return ""
    line, function = own[-1]
    return f" (line {line} of {function})"


def shortened(value: Any) -> str:
    """A value's repr, bounded, whatever its `__repr__` does; of a function or a class the name.

    The repr of a function has its address in memory, another one in each run.
    """
    if isinstance(value, type) or inspect.isroutine(value):
        return str(getattr(value, "__qualname__", "a function"))
    try:
        return _short.repr(value)
    except Exception as error:
        return f"<{type(value).__name__}, whose repr fails with {described(error)}>"
