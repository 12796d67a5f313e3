"""`sweep`: any async function over a grid of settings, as a still picture and as data."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Iterable, Mapping, Sequence
from numbers import Real
from typing import Any, Final, NamedTuple

from course_helpers.explorer.figures import (
    Failure,
    Figure,
    Show,
    figures_from,
    total_time,
    value_of,
)
from course_helpers.explorer.program import Program, name_of, parameters_of
from course_helpers.explorer.run import Run, run, shortened
from course_helpers.recording.model import Recording
from course_helpers.views.words import count, listing

MOST_RUNS: Final = 400
"""A grid of more settings is refused."""

MOST_LINES: Final = 6
MOST_MULTIPLES: Final = 12
MOST_FIGURES: Final = 4

ALL_REAL_SECONDS: Final = 30.0
"""Seconds by the real clock after which no further setting is begun."""

_MOST_ROWS: Final = 60
_OPTIONS: Final = ("figure", "small_multiples", "units", "simulation", "timeline")


class Axis(NamedTuple):
    """A parameter that varies: its values, what each is called, and the parameter's label."""

    name: str
    values: tuple[Any, ...]
    labels: tuple[str, ...]
    title: str

    @property
    def numeric(self) -> bool:
        """Whether its values have places on a scale."""
        return all(isinstance(one, Real) and not isinstance(one, bool) for one in self.values)

    def at(self, number: int) -> str:
        """One of its settings in words: `workers = 3`."""
        return f"{self.name} = {self.labels[number]}"


class Sweep:
    """What came of a program over a grid of settings; `sweep` makes it.

    `table` has a row for each setting: a dictionary of knobs by name, figures by label (None where
    there is no value) and `"outcome"`: `"ended"`, or what went wrong. `recordings` are the
    recordings in the same order (None where nothing was recorded). `alternative` says in words
    what the picture shows. At the end of a cell a sweep shows its picture.

    `program` is the name of the function, `axes` are the parameters that vary (at most two, with
    their values), `fixed` the others by name, `figures` what the curves show, and `runs` what was
    run, in the order of `table`.
    """

    def __init__(
        self,
        program: str,
        axes: tuple[Axis, ...],
        fixed: Mapping[str, Any],
        figures: tuple[Figure, ...],
        runs: tuple[Run, ...],
        timeline_options: Mapping[str, Any] | None,
    ) -> None:
        self.program = program
        self.axes = axes
        self.figures = figures
        self.runs = runs
        self.fixed = fixed
        self.table: tuple[dict[str, Any], ...] = tuple(
            {
                **one.knobs,
                **{figure.label: _number(figure, one) for figure in figures},
                "outcome": "ended" if one.ended else one.in_short,
            }
            for one in runs
        )
        self._timeline_options = timeline_options  # None for curves
        self._png: bytes | None = None

    @property
    def recordings(self) -> tuple[Recording | None, ...]:
        """The recordings of the runs, in the order of `table`."""
        return tuple(one.recording for one in self.runs)

    def values(self, figure: Figure, line: int | None = None) -> list[float | None]:
        """A figure's values along the first axis, None where there is none.

        `line` is the place on the second axis, from 0; left out where there is one axis only.
        """
        rows = self.table if line is None else self.table[line :: len(self.axes[1].values)]
        return [row[figure.label] for row in rows]

    @property
    def alternative(self) -> str:
        """What the picture shows, in words."""
        where = self._where()
        if self._timeline_options is not None:
            times = [
                f"{setting}: {one.in_short}"
                for setting, one in zip(self.settings(), self.runs, strict=True)
            ]
            return f"{count(len(self.runs), 'timeline')} of {where}. {'; '.join(times)}."
        sentences = [f"Curve of {listing([one.label for one in self.figures])} of {where}."]
        lines = range(len(self.axes[1].values)) if len(self.axes) > 1 else (None,)
        for figure in self.figures:
            for line in lines:
                at = f" at {self.axes[1].at(line)}" if line is not None else ""
                sentences.append(f"{figure.label}{at}: {self._course(self.values(figure, line))}.")
        failed = [
            f"{setting} ({one.in_short})"
            for setting, one in zip(self.settings(), self.runs, strict=True)
            if not one.ended
        ]
        if failed:
            sentences.append(f"Did not end: {listing(failed, 8)}.")
        return " ".join(sentences)

    def settings(self) -> list[str]:
        """Each setting in words, without what is the same for all."""
        places = itertools.product(*(range(len(axis.values)) for axis in self.axes))
        return [
            ", ".join(axis.at(number) for axis, number in zip(self.axes, place, strict=True))
            for place in places
        ]

    def _where(self) -> str:
        over = [f"{one.name} = {_ends(one.labels)}" for one in self.axes]
        at = [f"{name} = {shortened(value)}" for name, value in self.fixed.items()]
        return (
            f"{self.program}"
            + (f" over {listing(over)}" if over else "")
            + (f" at {listing(at)}" if at else "")
        )

    def _course(self, values: Sequence[float | None]) -> str:
        labels = self.axes[0].labels if self.axes else ("",)
        known = [
            (value, label) for value, label in zip(values, labels, strict=True) if value is not None
        ]
        if not known:
            return "no value"
        if len(known) > 1 and len({value for value, _ in known}) == 1:
            return f"always {written(known[0][0])}"
        if len(known) <= 6:
            return ", ".join(f"{written(value)} at {label}" for value, label in known)
        low, high = min(known, key=lambda one: one[0]), max(known, key=lambda one: one[0])
        return (
            f"{written(known[0][0])} at {known[0][1]}, {written(known[-1][0])} at {known[-1][1]}; "
            f"lowest {written(low[0])} at {low[1]}, highest {written(high[0])} at {high[1]}"
        )

    def _text(self) -> str:
        """The table as text: what a notebook without pictures shows, and compares."""
        names = [axis.name for axis in self.axes] + [figure.label for figure in self.figures]
        if not all(one.ended for one in self.runs):
            names.append("outcome")
        cells = [[_cell(row[name]) for name in names] for row in self.table[:_MOST_ROWS]]
        for row, place in zip(
            cells,
            itertools.product(*(axis.labels for axis in self.axes)),
            strict=False,
        ):
            row[: len(self.axes)] = place
        widths = [max(len(row[column]) for row in [names, *cells]) for column in range(len(names))]
        rows = [
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in [names, *cells]
        ]
        more = len(self.table) - _MOST_ROWS
        return "\n".join(rows + ([f"… and {more} more"] if more > 0 else []))

    def png(self) -> bytes:
        """The picture, as the bytes of a PNG; drawn once."""
        if self._png is None:
            from course_helpers.explorer import chart

            if self._timeline_options is None:
                self._png = chart.curves(self)
            else:
                self._png = chart.multiples(self, self._timeline_options)
        return self._png

    def _repr_mimebundle_(
        self, include: Any = None, exclude: Any = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        from course_helpers.explorer import chart

        picture = self.png()
        return (
            {"image/png": picture, "text/plain": self._text()},
            {"image/png": {"alt": self.alternative, **chart.shown_size(picture)}},
        )


def sweep(
    program: Program,
    /,
    *,
    figure: Show = None,
    small_multiples: bool = False,
    units: Mapping[str, str] | None = None,
    simulation: Mapping[str, Any] | None = None,
    timeline: Mapping[str, Any] | None = None,
    **grid: Any,
) -> Sweep:
    """Run a program on the virtual clock at each setting of a grid, and show all in one picture.

        sweep(main, workers=range(1, 11), use_lock=[True, False])

    One parameter that varies gives a curve; a second one gives a line for each of its values. A
    setting at which the program does not end is marked in the picture and in the table.

    Args:
        program: The async function itself, not a coroutine. It is called anew for each setting.
        figure: What the curve shows: a function that reads a number off a recording, several (a
            panel for each), or a mapping from labels to functions. Further parameters get the
            knobs of their name. By default the total time in seconds.
        small_multiples: Show a timeline for each setting, all on one scale, in place of a curve.
        units: Units by parameter, for labels: `{"hold": "s"}`.
        simulation: Options of `simulate`, such as `{"cost_per_step": 0.001}`.
        timeline: Options of `timeline`, for small multiples.
        grid: The values of each parameter: a range, a list, a dictionary from labels to values,
            or one value alone. What is not named stays at its default.

    Raises:
        TypeError, ValueError: Something cannot be swept; the message says what to write instead.
    """
    parameters = parameters_of(program, grid, _OPTIONS, "sweep")
    for one in parameters.values():
        if one.default is one.empty and one.name not in grid:
            raise TypeError(
                f"{one.name!r} has no default: give its values, {one.name}=[…], or one value"
            )
    for name in units or {}:
        if name not in parameters and name not in grid:
            raise TypeError(f"units: there is no parameter {name!r}")
    every = [_axis(name, values, (units or {}).get(name)) for name, values in grid.items()]
    axes = tuple(axis for axis in every if len(axis.values) > 1)
    fixed = {axis.name: axis.values[0] for axis in every if len(axis.values) == 1}
    axes = _arranged(axes, small_multiples)
    figures = figures_from(figure, grid, "figure")
    if not figures:
        figures = (Figure("total time (s)", total_time, ()),)
    if len(figures) > MOST_FIGURES:
        raise ValueError(f"figure: {len(figures)} figures; {MOST_FIGURES} fit into a picture")

    deadline = time.monotonic() + ALL_REAL_SECONDS
    runs: list[Run] = []
    for place in itertools.product(*(axis.values for axis in axes)):
        setting = dict(zip((axis.name for axis in axes), place, strict=True))
        knobs = {name: setting.get(name, fixed.get(name)) for name in grid}
        if time.monotonic() > deadline:
            late = f"Not run: the sweep took longer than {ALL_REAL_SECONDS:g} s"
            runs.append(Run(knobs, None, "refused", late))
        else:
            runs.append(run(program, knobs, simulation or {}))
    options = (timeline or {}) if small_multiples else None
    return Sweep(name_of(program), axes, fixed, figures, tuple(runs), options)


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
        found = (getattr(values, "value", values) if _is_fixed(values) else values,)
        labels = (written(found[0]),)
    if not found:
        raise ValueError(f"{name}={values!r:.60}: there are no values to go through")
    return Axis(name, found, labels, title)


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
        shape = " × ".join(f"{len(axis.values)} {axis.name}" for axis in axes)
        raise ValueError(f"{shape} are too many settings: at most {most} fit into a picture")
    if len(axes) == 2 and not small_multiples and len(axes[1].values) > MOST_LINES:
        if len(axes[0].values) > MOST_LINES:
            raise ValueError(
                f"{axes[0].name} and {axes[1].name} both have more than {MOST_LINES} values, and "
                f"one of them needs a line for each: leave some out"
            )
        return axes[::-1]
    return axes


def _number(figure: Figure, one: Run) -> float | None:
    """A figure's value for a run that ended; None if it did not, or if the figure has none there.

    Raises TypeError if the figure's function fails, or gives something else than a number.
    """
    value = value_of(figure, one) if one.ended else None
    if value is None:
        return None
    if isinstance(value, Failure):
        raise TypeError(f"figure {figure.label!r} fails: {value.sentence}")
    if not isinstance(value, Real):
        raise TypeError(
            f"figure {figure.label!r} gave {shortened(value)}: a curve is made of numbers; return "
            f"a number (seconds, a count), or None where there is none"
        )
    number = float(value)
    if not math.isfinite(number):
        return None
    return int(number) if number.is_integer() else number


def _ends(labels: Sequence[str]) -> str:
    return listing(labels) if len(labels) <= 4 else f"{labels[0]} to {labels[-1]}"


def _cell(value: Any) -> str:
    return "–" if value is None else written(value)


def written(value: Any) -> str:
    """A value as it is read: numbers to six digits, text as it is."""
    if isinstance(value, float):
        return f"{value:.6g}"
    return value if isinstance(value, str) else shortened(value)
