"""What came of a program over a grid of settings: as data, in words, and as a still picture."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from numbers import Real
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from course_helpers.browser import IN_BROWSER
from course_helpers.explorer.figures import Failure, Figure, value_of
from course_helpers.explorer.run import Run, shortened
from course_helpers.recording.model import Recording
from course_helpers.views.words import count, listing

if TYPE_CHECKING:
    from course_helpers.views.drawing.stacked import StackedPicture

_MOST_ROWS: Final = 60
_DIGITS: Final = 6
_MEASURED_DIGITS: Final = 3  # the next one is another at each run


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
    what the picture shows. At the end of a cell a sweep shows its picture; `print` shows the table.

    `program` is the name of the function, `axes` are the parameters that vary (at most two, with
    their values), `fixed` the others by name, `figures` what the curves show, and `runs` what was
    run, in the order of `table`: of several rounds the quickest run, or one that failed. `clock` is
    `"virtual"` or `"real"`.
    """

    def __init__(
        self,
        program: str,
        axes: tuple[Axis, ...],
        fixed: Mapping[str, Any],
        figures: tuple[Figure, ...],
        runs: Sequence[Sequence[Run]],
        clock: str,
        timeline_options: Mapping[str, Any] | None,
    ) -> None:
        self.program = program
        self.axes = axes
        self.figures = figures
        self.runs = tuple(_kept(rounds) for rounds in runs)
        self.fixed = fixed
        self.clock = clock
        self.table: tuple[dict[str, Any], ...] = tuple(
            {
                **kept.knobs,
                **{one.label: _least(one, rounds) if kept.ended else None for one in figures},
                "outcome": "ended" if kept.ended else kept.in_short,
            }
            for kept, rounds in zip(self.runs, runs, strict=True)
        )
        self._timeline_options = timeline_options  # None for curves
        self._png: bytes | None = None

    @property
    def recordings(self) -> tuple[Recording | None, ...]:
        """The recordings of the runs, in the order of `table`."""
        return tuple(one.recording for one in self.runs)

    def at(self, **setting: Any) -> dict[str, Any]:
        """The row of the table at one setting: `swept.at(workers=3)["total time (s)"]`.

        What does not vary may be left out. Raises LookupError if no row or several are meant.
        """
        rows = [
            row
            for row in self.table
            if all(name in row and row[name] == value for name, value in setting.items())
        ]
        if len(rows) != 1:
            asked = ", ".join(f"{name}={shortened(value)}" for name, value in setting.items())
            found = f"at({asked}) is {f'one of {len(rows)} settings' if rows else 'no setting'}"
            over = [f"{axis.name} = {listing(axis.labels, 8)}" for axis in self.axes]
            raise LookupError(f"{found} of the sweep; it has {listing(over) or 'one setting'}")
        return rows[0]

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
        real = ", measured by the real clock" if self.clock == "real" else ""
        if self._timeline_options is not None:
            times = [
                f"{setting}: {one.in_short}"
                for setting, one in zip(self.settings(), self.runs, strict=True)
            ]
            return f"{count(len(self.runs), 'timeline')} of {where}{real}. {'; '.join(times)}."
        sentences = [f"Curve of {listing([one.label for one in self.figures])} of {where}{real}."]
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
            return f"always {self.written(known[0][0])}"
        if len(known) <= 6:
            return ", ".join(f"{self.written(value)} at {label}" for value, label in known)
        low, high = min(known, key=lambda one: one[0]), max(known, key=lambda one: one[0])
        return (
            f"{self.written(known[0][0])} at {known[0][1]}, "
            f"{self.written(known[-1][0])} at {known[-1][1]}; "
            f"lowest {self.written(low[0])} at {low[1]}, "
            f"highest {self.written(high[0])} at {high[1]}"
        )

    def written(self, value: Any) -> str:
        """A figure's value as it is read."""
        return written(value, _DIGITS if self.clock == "virtual" else _MEASURED_DIGITS)

    def __repr__(self) -> str:
        # The same whatever was measured: it is what comparing notebooks compares.
        return f"<sweep of {count(len(self.runs), 'setting')} by the {self.clock} clock>"

    def __str__(self) -> str:
        """The table as text."""
        names = [axis.name for axis in self.axes] + [figure.label for figure in self.figures]
        if not all(one.ended for one in self.runs):
            names.append("outcome")
        cells = [
            ["–" if row[name] is None else self.written(row[name]) for name in names]
            for row in self.table[:_MOST_ROWS]
        ]
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

    @cached_property
    def _multiples(self) -> StackedPicture | None:
        """The timelines, where it shows those and no curves."""
        from course_helpers.explorer.multiples import multiples

        options = self._timeline_options
        return None if options is None else multiples(self, options)

    def png(self) -> bytes:
        """The picture, as the bytes of a PNG; drawn once."""
        if self._png is None:
            from course_helpers.explorer import chart

            drawn = self._multiples
            self._png = chart.curves(self) if drawn is None else drawn.png()
        return self._png

    def _repr_mimebundle_(
        self, include: Any = None, exclude: Any = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        from course_helpers.explorer import curves

        drawn = self._multiples
        data: dict[str, Any] = curves.for_page(self) if drawn is None else drawn.for_page()
        painted = bool(data)
        data["text/plain"] = str(self) if self.clock == "virtual" else repr(self)
        if IN_BROWSER and painted:
            return data, {}
        from course_helpers.explorer import chart

        data["image/png"] = picture = self.png()
        return data, {"image/png": {"alt": self.alternative, **chart.shown(picture)}}


def _kept(rounds: Sequence[Run]) -> Run:
    """The run that stands for all at its setting: the first that failed, else the quickest.

    One that was ended because the sweep took too long counts only if there is no other.
    """
    ended = [one for one in rounds if one.ended]
    failed = [one for one in rounds if one.outcome not in ("ended", "stopped")]
    return (failed or sorted(ended, key=_duration) or rounds)[0]


def _duration(one: Run) -> float:
    return one.recording.duration if one.recording is not None else math.inf


def _least(figure: Figure, rounds: Iterable[Run]) -> float | None:
    """The least value of a figure, None if it has none in any run."""
    values = (_number(figure, one) for one in rounds)
    return min((value for value in values if value is not None), default=None)


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


def written(value: Any, digits: int = _DIGITS) -> str:
    """A value as it is read: numbers to so many digits, text as it is."""
    if isinstance(value, float):
        return f"{value:.{digits}g}"
    return value if isinstance(value, str) else shortened(value)
