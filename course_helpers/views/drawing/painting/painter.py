"""Puts a plan on axes, from the back to the front."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes

from course_helpers.views.drawing.layout import Layout
from course_helpers.views.drawing.painting import (
    cancellations,
    legend,
    notes,
    overlay,
    resource_lanes,
    task_lanes,
)
from course_helpers.views.drawing.painting.brush import Brush
from course_helpers.views.drawing.plan import Entry, Plan
from course_helpers.views.drawing.sizes import Size
from course_helpers.views.palette import Palette


def paint(
    axes: Axes,
    plan: Plan,
    layout: Layout,
    palette: Palette,
    size: Size,
    explained: Sequence[Entry] | None = None,
) -> Brush:
    """Draw a plan on axes, as it is laid out; the brush says what was drawn, and where.

    The legend is that of the plan, for what was drawn of it, or what is to be `explained`.

    If that fails, what was drawn so far is taken away.
    """
    brush = Brush(axes, plan, layout, palette, size)
    try:
        overlay.time(brush)
        task_lanes.labels(brush)
        overlay.before(brush)
        task_lanes.bars(brush)
        task_lanes.crowds(brush)
        cancellations.tears(brush)
        cancellations.cleanups(brush)
        task_lanes.ends(brush)
        resource_lanes.bands(brush)
        overlay.wakes(brush)
        cancellations.crossings(brush)
        cancellations.landings(brush)
        notes.notes(brush)
        overlay.marks(brush)
        overlay.blocked(brush)
        overlay.moment(brush)
        overlay.title(brush)
        legend.legend(brush, legend.shown(brush) if explained is None else explained)
        brush.finish()
    except BaseException:
        for artist in brush.drawn:
            artist.remove()
        raise
    return brush
