"""`explore`: any async function, its parameters as knobs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, Literal

from course_helpers.explorer.figures import Show, figures_from
from course_helpers.explorer.live import loop_for
from course_helpers.explorer.program import Program, parameters_of
from course_helpers.explorer.run import bounded

if TYPE_CHECKING:
    from course_helpers.explorer.interface import Explorer
    from course_helpers.explorer.questions import Questions

_OPTIONS: Final = ("clock", "show", "questions", "units", "simulation", "timeline")


def explore(
    program: Program,
    /,
    *,
    clock: Literal["virtual", "real"] = "virtual",
    show: Show = None,
    questions: Questions = (),
    units: Mapping[str, str] | None = None,
    simulation: Mapping[str, Any] | None = None,
    timeline: Mapping[str, Any] | None = None,
    **knobs: Any,
) -> Explorer:
    """Show a program with its parameters as knobs: what `interact` is to a function.

        async def main(workers=3, hold=0.01, use_lock=True): ...

        explore(main, workers=(1, 10), hold=(0.0, 0.1, 0.01), units={"hold": "s"})

    A knob moves, the program runs again on the virtual clock, and its timeline, its result and the
    figures to `show` change in place. A run that takes too long, fails or ends in a deadlock gives
    a sentence and the picture of what happened until then. What the program prints is shown
    beneath.

    Knobs are abbreviated as for `interact`: `(min, max)` or `(min, max, step)`, a list or dict of
    choices, True or False, a text, a number, `fixed(value)`, or a widget. A parameter whose default
    is a number, a truth value or a text has a knob without being named, and a number n alone may be
    turned from 0 to 3n. Knobs begin at the defaults of the function.

    Args:
        program: The async function itself, not a coroutine. It is called anew for each run.
        clock: `"virtual"`, or `"real"` for a program that needs the real clock: it then has a Run
            and a Stop button, and runs in the notebook's own loop. With `await explore(…)` it runs
            once before it is shown.
        show: What to show beside the timeline: a function of the recording, several, or a mapping
            from labels to functions. Each returns text, a number, a mapping of such, or anything
            that a notebook can display. Its further parameters get the knobs of their name.
        questions: What the knobs are turned for: texts, each with the setting that answers it:
            `[("What if the lock is held for no time at all?", {"hold": 0})]`. They stand beside the
            knobs, and each is ticked off when the program has run at its setting.
        units: Units by parameter, for the knobs' labels: `{"hold": "s"}`.
        simulation: Options of `simulate`, such as `{"cost_per_step": 0.001}`.
        timeline: Options of `timeline`, such as `{"dark": True}`.
        knobs: A knob for each parameter by name.

    Returns:
        The explorer, which shows itself at the end of a cell. Its `recording` is the last run's,
        its `knobs` the present setting.

    Raises:
        TypeError, ValueError: Something cannot be explored or become a knob; the message says
            what to write instead.
        RuntimeError: `clock="real"` where no event loop runs.
    """
    parameters = parameters_of(program, knobs, _OPTIONS, "explore")
    loop = loop_for(clock, simulation, "explore")
    from course_helpers.explorer.interface import Explorer
    from course_helpers.explorer.knobs import knobs_for
    from course_helpers.explorer.questions import questions_from

    options = bounded(simulation)
    widgets = knobs_for(parameters, knobs, units)
    figures = figures_from(show, widgets, "show")
    asked = questions_from(questions, widgets)
    return Explorer(program, widgets, figures, asked, options, timeline or {}, loop)
