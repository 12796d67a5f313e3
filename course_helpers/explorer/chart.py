"""The curves of a sweep, drawn with matplotlib."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from course_helpers.explorer.figures import Figure as Reading
from course_helpers.views.drawing.pixels import png
from course_helpers.views.drawing.sizes import DRAWN, shown_size
from course_helpers.views.palette import LIGHT

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from course_helpers.explorer.swept import Axis, Sweep

_DOTS: Final = 2  # pixels of the picture for each pixel of the page
_PANEL: Final = 300  # pixels: the height of a panel
_LABEL: Final = 0.085  # the height of a line's label, as a part of the panel's
_FONT: Final[dict[str, Any]] = {"family": "DejaVu Sans", "size": 10}

# Told apart by shape, by dashes and by the label at their end, and by colour last.
_MARKERS: Final = "osD^vP"
_DASHES: Final = ("-", "--", "-.", ":", (0, (6, 1)), (0, (1, 3)))


def curves(sweep: Sweep) -> bytes:
    """A panel for each figure, with a line for each value of the second axis, as a PNG."""
    columns = min(len(sweep.figures), 2)
    rows = -(-len(sweep.figures) // columns)
    figure = _page(rows * _PANEL)
    for number, reading in enumerate(sweep.figures):
        axes = figure.add_subplot(rows, columns, number + 1)
        _curve(axes, sweep, reading)
    figure.tight_layout(pad=0.8, w_pad=2.5)
    return png(figure)


def _curve(axes: Axes, sweep: Sweep, reading: Reading) -> None:
    along = sweep.axes[0] if sweep.axes else None
    places = _places(axes, along)
    lines: Sequence[int | None] = (
        range(len(sweep.axes[1].values)) if len(sweep.axes) > 1 else (None,)
    )
    labels: list[tuple[float, float, str, str]] = []
    failed: list[float] = []
    for order, line in enumerate(lines):
        values = sweep.values(reading, line)
        colour = LIGHT.curves[(order + 1) % len(LIGHT.curves)]
        known = [(x, y) for x, y in zip(places, values, strict=True) if y is not None]
        failed += [x for x, y in zip(places, values, strict=True) if y is None]
        axes.plot(
            places,
            [float("nan") if y is None else y for y in values],
            color=colour,
            linestyle=_DASHES[order],
            marker=_MARKERS[order],
            # Larger beneath, so that lines that coincide are both seen.
            markersize=8 - order,
            markerfacecolor=LIGHT.background if order % 2 else colour,
            linewidth=1.8,
            clip_on=False,
            zorder=3 + order,
        )
        if line is not None and known:
            labels.append((*known[-1], sweep.axes[1].at(line), colour))
    axes.set_title(reading.label, loc="left", color=LIGHT.ink, fontdict=_FONT)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(LIGHT.muted)
    axes.tick_params(colors=LIGHT.ink, labelsize=9)
    axes.grid(axis="y", color=LIGHT.grid, linewidth=0.8)
    axes.set_axisbelow(True)
    drawn = [value for value in sweep.values(reading) if value is not None]
    if all(value >= 0 for value in drawn):
        axes.set_ylim(bottom=0)
    if all(isinstance(value, int) for value in drawn):
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    for x in sorted(set(failed)):
        axes.annotate(
            "✗",
            (x, 0),
            xycoords=("data", "axes fraction"),
            xytext=(0, 5),
            textcoords="offset points",
            ha="center",
            color=LIGHT.alarm,
            fontsize=12,
            family=_FONT["family"],
            zorder=10,
        )
    title = along.title if along is not None else ""
    if failed:
        axes.set_xlabel(f"{title}    ✗ = no value here", color=LIGHT.alarm, **_FONT)
    else:
        axes.set_xlabel(title, color=LIGHT.ink, **_FONT)
    _label_lines(axes, labels)


def _places(axes: Axes, along: Axis | None) -> Sequence[float]:
    """Where the values of an axis stand: on a scale if they are numbers, else side by side."""
    if along is not None and along.numeric:
        if all(isinstance(value, int) for value in along.values):
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        return [float(value) for value in along.values]
    labels = along.labels if along is not None else ("",)
    axes.set_xticks(range(len(labels)), labels)
    axes.set_xlim(-0.5, len(labels) - 0.5)
    return list(range(len(labels)))


def _label_lines(axes: Axes, labels: Sequence[tuple[float, float, str, str]]) -> None:
    """Each line's label at its end, pushed apart where they would overlap."""
    low, high = axes.get_ylim()
    right = axes.get_xlim()[1]
    apart = (high - low) * _LABEL
    y = float("-inf")
    moved: list[float] = []
    for _, end, _, _ in sorted(labels, key=lambda label: label[1]):
        y = max(end, y + apart)
        moved.append(y)
    too_high = max(0.0, max(moved, default=0.0) - high)
    for (x, end, text, colour), place in zip(
        sorted(labels, key=lambda label: label[1]), moved, strict=True
    ):
        axes.annotate(
            text,
            (x, end),
            xytext=(right + (right - axes.get_xlim()[0]) * 0.02, place - too_high),
            textcoords="data",
            va="center",
            color=colour,
            annotation_clip=False,
            # To the middle of its left edge: from there no line crosses another label.
            arrowprops={
                "arrowstyle": "-",
                "color": colour,
                "linewidth": 0.6,
                "shrinkA": 1,
                "relpos": (0, 0.5),
            },
            **_FONT,
        )


def shown(picture: bytes) -> dict[str, int]:
    """The width and height up to which a picture of this module is shown, in pixels of the page."""
    width, height = (int.from_bytes(picture[at : at + 4], "big") for at in (16, 20))
    wide, high = shown_size(height * DRAWN / width)
    return {"width": wide, "height": high}


def _page(height: float) -> Figure:
    figure = Figure(figsize=(DRAWN / 96, height / 96), dpi=96 * _DOTS, facecolor=LIGHT.background)
    FigureCanvasAgg(figure)
    return figure
