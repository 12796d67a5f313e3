"""`sweep`: any async function over a grid of settings, as a still picture and as data."""

from __future__ import annotations

import inspect
import itertools
import math
import time
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from typing import Any, Final, Literal, overload

from course_helpers.explorer.figures import Figure, Show, figures_from, total_time
from course_helpers.explorer.live import loop_for, run_live
from course_helpers.explorer.program import Program, name_of, parameters_of, units_of
from course_helpers.explorer.run import Run, bounded, run
from course_helpers.explorer.swept import Axis, Sweep, written
from course_helpers.views.words import listing

MOST_RUNS: Final = 400
"""A grid of more settings is refused."""

MOST_LINES: Final = 6
MOST_MULTIPLES: Final = 12
MOST_FIGURES: Final = 4

ALL_REAL_SECONDS: Final = 30.0
"""Seconds by the real clock after which no further run is begun, and a measured one is ended."""

_OPTIONS: Final = (
    "clock",
    "rounds",
    "figure",
    "small_multiples",
    "units",
    "simulation",
    "timeline",
)


@overload
def sweep(
    program: Program,
    /,
    *,
    clock: Literal["virtual"] = ...,
    rounds: int = ...,
    figure: Show = ...,
    small_multiples: bool = ...,
    units: Mapping[str, str] | None = ...,
    simulation: Mapping[str, Any] | None = ...,
    timeline: Mapping[str, Any] | None = ...,
    **grid: Any,
) -> Sweep: ...


@overload
def sweep(
    program: Program,
    /,
    *,
    clock: Literal["real"],
    rounds: int = ...,
    figure: Show = ...,
    small_multiples: bool = ...,
    units: Mapping[str, str] | None = ...,
    simulation: None = ...,
    timeline: Mapping[str, Any] | None = ...,
    **grid: Any,
) -> Coroutine[Any, Any, Sweep]: ...


def sweep(
    program: Program,
    /,
    *,
    clock: Literal["virtual", "real"] = "virtual",
    rounds: int = 1,
    figure: Show = None,
    small_multiples: bool = False,
    units: Mapping[str, str] | None = None,
    simulation: Mapping[str, Any] | None = None,
    timeline: Mapping[str, Any] | None = None,
    **grid: Any,
) -> Sweep | Coroutine[Any, Any, Sweep]:
    """Run a program at each setting of a grid, and show all in one picture.

        sweep(main, workers=range(1, 11), use_lock=[True, False])
        await sweep(main, workers=[1, 2, 4, 8], clock="real", rounds=2)

    One parameter that varies gives a curve; a second one gives a line for each of its values. A
    setting at which the program does not end is marked in the picture and in the table.

    By the real clock the runs are recorded one after another in the loop that is running, for 30
    seconds at most in all: what is not done then is marked. Stop, or another cancellation, ends
    the sweep and the program that it runs at once. Of several `rounds` through the grid, the least
    value of a figure is kept for each setting. Whatever else the machine does can add to a time
    and never takes from it, so the least is nearest to what the program itself needs. (For a figure
    of which more is better, keep to one round.)

    Args:
        program: The async function itself, not a coroutine. It is called anew for each run.
        clock: `"virtual"`, or `"real"` for a program that needs the real clock. The call must then
            be awaited.
        rounds: How many times to go through the grid by the real clock.
        figure: What the curve shows: a function that reads a number off a recording, several (a
            panel for each), or a mapping from labels to functions. Further parameters get the
            knobs of their name. By default the total time in seconds.
        small_multiples: Show a timeline for each setting, all on one scale, in place of a curve.
        units: Units by parameter, for labels: `{"hold": "s"}`.
        simulation: Options of `simulate`, such as `{"cost_per_step": 0.001}`.
        timeline: Options of `timeline`, for small multiples.
        grid: The values of each parameter: a range, a list, a dictionary from labels to values,
            or one value alone. What is not named stays at its default.

    Returns:
        The sweep, which shows its picture at the end of a cell; its `table` has the numbers, and
        its `at` those of one setting. With `clock="real"`, a coroutine that returns it.

    Raises:
        TypeError, ValueError: Something cannot be swept; the message says what to write instead.
        RuntimeError: `clock="real"` where no event loop runs, or, when awaited, where the loop is
            being recorded already.
        NotInBrowser: A run by the real clock needs what a browser alone does not have.
    """
    loop = loop_for(clock, simulation, "sweep")
    _check_rounds(rounds, clock)
    if timeline and not small_multiples:
        raise ValueError("timeline= is for small_multiples=True: a curve shows no timelines")
    options = bounded(simulation)
    parameters = parameters_of(program, grid, _OPTIONS, "sweep")
    _check_values(parameters, grid)
    unit_of = units_of(units, {*parameters, *grid})
    every = [_axis(name, values, unit_of.get(name)) for name, values in grid.items()]
    fixed = {axis.name: axis.values[0] for axis in every if len(axis.values) == 1}
    axes = _arranged(tuple(axis for axis in every if len(axis.values) > 1), small_multiples)
    figures = _figures(figure, grid)
    settings = [
        {**fixed, **dict(zip((axis.name for axis in axes), place, strict=True))}
        for place in itertools.product(*(axis.values for axis in axes))
    ]
    timelines = (timeline or {}) if small_multiples else None

    def made(runs: Sequence[Sequence[Run]]) -> Sweep:
        return Sweep(name_of(program), axes, fixed, figures, runs, clock, timelines)

    async def measured() -> Sweep:
        return made(await _measured(program, settings, rounds))

    measured.__qualname__ = "sweep"  # who forgets the await reads that sweep was never awaited
    return made(_simulated(program, settings, options)) if loop is None else measured()


def _check_rounds(rounds: object, clock: str) -> None:
    if type(rounds) is not int:
        raise TypeError(f"rounds is a number of runs for each setting, an int, not {rounds!r:.60}")
    if rounds < 1:
        raise ValueError(f"rounds is a number of runs for each setting, at least 1, not {rounds}")
    if rounds > 1 and clock == "virtual":
        raise ValueError('rounds= is for clock="real": on the virtual clock all runs are the same')


def _check_values(parameters: Mapping[str, inspect.Parameter], grid: Mapping[str, Any]) -> None:
    """Raise TypeError where a parameter without a default was given no values."""
    for one in parameters.values():
        if one.default is one.empty and one.name not in grid:
            raise TypeError(
                f"{one.name!r} has no default: give its values, {one.name}=[…], or one value"
            )


def _figures(figure: Show, grid: Mapping[str, Any]) -> tuple[Figure, ...]:
    figures = figures_from(figure, grid, "figure")
    if len(figures) > MOST_FIGURES:
        raise ValueError(f"figure: {len(figures)} figures; {MOST_FIGURES} fit into a picture")
    return figures or (Figure("total time (s)", total_time, ()),)


def _simulated(
    program: Program, settings: Iterable[Mapping[str, Any]], options: Mapping[str, Any]
) -> list[list[Run]]:
    """A run for each setting, on the virtual clock."""
    deadline = time.monotonic() + ALL_REAL_SECONDS
    return [
        [_not_run(knobs) if time.monotonic() > deadline else run(program, knobs, options)]
        for knobs in settings
    ]


async def _measured(
    program: Program, settings: Sequence[Mapping[str, Any]], rounds: int
) -> list[list[Run]]:
    """The runs of each setting, by the real clock.

    The settings take turns, so that none has for itself a while in which the machine is busy.
    """
    deadline = time.monotonic() + ALL_REAL_SECONDS
    runs: list[list[Run]] = [[] for _ in settings]
    for number in range(rounds):
        for knobs, own in zip(settings, runs, strict=True):
            left = deadline - time.monotonic()
            if left > 0:
                own.append(await run_live(program, knobs, left))
                if refusal := own[-1].refusal:
                    raise refusal
            elif number == 0:
                own.append(_not_run(knobs))
            else:
                return runs
    return runs


def _not_run(knobs: Mapping[str, Any]) -> Run:
    late = f"Not run: the sweep took longer than {ALL_REAL_SECONDS:g} s"
    return Run(knobs, None, "refused", late)


def _axis(name: str, values: Any, unit: str | None) -> Axis:
    title = f"{name} ({unit})" if unit else name
    if isinstance(values, Mapping):
        labels = tuple(str(label) for label in values)
        found = tuple(values.values())
    elif isinstance(values, Iterable) and not isinstance(values, str | bytes | type):
        # One more than allowed is enough to refuse it: an endless one would never be a tuple.
        found = tuple(itertools.islice(values, MOST_RUNS + 1))
        labels = tuple(written(value) for value in found)
    else:
        found = (values.value if _is_fixed(values) else values,)
        labels = (written(found[0]),)
    if not found:
        raise ValueError(f"{name}={values!r:.60}: there are no values to go through")
    return Axis(name, found, labels, title)


def _number_of(axis: Axis) -> str:
    """How many values an axis has, as far as they were looked at."""
    number = len(axis.values)
    return str(number) if number <= MOST_RUNS else f"more than {MOST_RUNS}"


def _is_fixed(value: Any) -> bool:
    return type(value).__name__ == "fixed" and type(value).__module__.startswith("ipywidgets")


def _arranged(axes: tuple[Axis, ...], small_multiples: bool) -> tuple[Axis, ...]:
    """The axes in the order that the picture needs, after checking that it can hold them."""
    if len(axes) > 2:
        names = listing([axis.name for axis in axes])
        raise ValueError(
            f"{names} all vary: a picture shows one or two; give the others one value each"
        )
    runs = math.prod(len(axis.values) for axis in axes)
    most = MOST_MULTIPLES if small_multiples else MOST_RUNS
    if runs > most:
        shape = " × ".join(f"{_number_of(axis)} {axis.name}" for axis in axes)
        raise ValueError(f"{shape} are too many settings: at most {most} fit into a picture")
    if len(axes) == 2 and not small_multiples and len(axes[1].values) > MOST_LINES:
        if len(axes[0].values) > MOST_LINES:
            raise ValueError(
                f"{axes[0].name} and {axes[1].name} both have more than {MOST_LINES} values, and "
                f"one of them needs a line for each: leave some out"
            )
        return axes[::-1]
    return axes
