"""What every picture is made of: boxes, lines, signs and letters on one pair of axes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import Collection, LineCollection, PathCollection, PolyCollection
from matplotlib.lines import Line2D
from matplotlib.path import Path
from matplotlib.transforms import (
    Affine2D,
    BboxTransformTo,
    ScaledTranslation,
    Transform,
    blended_transform_factory,
)

from course_helpers.views.drawing.layout import Layout
from course_helpers.views.drawing.painting import looks
from course_helpers.views.drawing.painting.bars import Arrangement, Columns, Shares, arrange
from course_helpers.views.drawing.painting.lettering import Letters
from course_helpers.views.drawing.painting.looks import Look
from course_helpers.views.drawing.plan import Plan
from course_helpers.views.drawing.sizes import Row, Size
from course_helpers.views.palette import Palette

# Narrower than this, in points, a bar has neither outline nor pattern.
_PATTERNED = 4


class Brush:
    """Draws on one pair of axes whose data are seconds to the right and points downwards.

    `points` is how wide the axes are, and `point` how many seconds one of them is; the axes go from
    `left` to `right`, in seconds. `drawn` are the artists that were added, and `above` and `below`
    say how many points of room they need around the axes. `seen` are the signs that the legend has
    to explain, `notes` what the picture leaves out. `lines` are the moments at which a line goes
    through a lane, for those lanes of which somebody has asked (see `gaps`).
    """

    def __init__(
        self, axes: Axes, plan: Plan, layout: Layout, palette: Palette, size: Size
    ) -> None:
        self.plan, self.layout, self.palette, self.size = plan, layout, palette, size
        self.points = layout.points
        self.looks = looks.of_fills(palette)
        self.drawn: list[Artist] = []
        self.above, self.below = size.small, 0.0
        self.seen: set[str] = set()
        self.notes = list(plan.left_out)
        self.lines: dict[int | None, list[float]] = {}
        self.merged = 0
        self.left, self.right = layout.seconds(plan)
        self.point = (self.right - self.left) / self.points
        self._axes = axes
        axes.set_axis_off()
        axes.set_xlim(self.left, self.right)
        axes.set_ylim(layout.height, 0)
        self._in_points = Affine2D().scale(1 / 72) + axes.figure.dpi_scale_trans
        #: In points from the lower left corner of the axes.
        self.corner: Transform = self._in_points + ScaledTranslation(
            0, 0, BboxTransformTo(axes.bbox)
        )
        #: In points to the right of the axes' left edge, and at the height of a row.
        self.beside: Transform = blended_transform_factory(self.corner, axes.transData)
        #: In seconds, and in points from the bottom.
        self.under: Transform = blended_transform_factory(axes.transData, self.corner)
        self._letters: dict[int, Letters] = {}

    def after(self, points: float) -> Transform:
        """In seconds and at the height of a row, and so many points further to the right."""
        return self._axes.transData + ScaledTranslation(
            points / 72, 0, self._axes.figure.dpi_scale_trans
        )

    def add(self, artist: Artist) -> None:
        """Put anything on the axes."""
        self.drawn.append(artist)
        if isinstance(artist, Collection):
            self._axes.add_collection(artist, autolim=False)
        else:
            self._axes.add_artist(artist)
        # Labels and legend are outside the axes, and no bar ever is.
        artist.set_clip_on(False)

    def lane_colour(self, lane: int) -> str:
        """What is behind the bars of a lane."""
        return self.palette.background if lane % 2 else self.palette.stripe

    def finish(self) -> None:
        """To be called when the last text is written."""
        for letters in self._letters.values():
            letters.finish()
            self.add(letters)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float | None = None,
        colour: str | None = None,
        where: Transform | None = None,
        align: str = "left",
        halo: str | None = None,
    ) -> None:
        """Write on one line; `y` is the middle of a capital letter."""
        place = where or self._axes.transData
        letters = self._letters.get(id(place))
        if letters is None:
            letters = self._letters[id(place)] = Letters(
                offset_transform=place, transform=self._in_points, zorder=6, gid="letters"
            )
        letters.add((x, y), text, size or self.size.text, colour or self.palette.ink, align, halo)

    def boxes(
        self,
        left: Any,
        right: Any,
        top: Any,
        bottom: Any,
        look: Look,
        name: str,
        *,
        where: Transform | None = None,
        lines: Any = 0.0,
        z: float = 2,
    ) -> None:
        """Draw boxes that look alike, or each in colours of its own, as one artist."""
        sides = [np.atleast_1d(np.asarray(side, float)) for side in (left, right, top, bottom)]
        left, right, top, bottom = np.broadcast_arrays(*sides)
        corners: Any = np.empty((len(left), 4, 2))
        corners[:, 0, 0] = corners[:, 3, 0] = left
        corners[:, 1, 0] = corners[:, 2, 0] = right
        corners[:, 0, 1] = corners[:, 1, 1] = top
        corners[:, 2, 1] = corners[:, 3, 1] = bottom
        kind: Callable[..., Collection] = PolyCollection
        shapes: Any = corners
        if look.hatch:
            # A pattern is drawn anew for each path, in 2 ms: here one path is all the boxes.
            kind, shapes = PathCollection, [Path.make_compound_path_from_polys(corners)]
        self.add(
            kind(
                shapes,
                facecolors=look.face,
                edgecolors=look.edge,
                linewidths=lines,
                hatch=look.hatch,
                snap=True,
                transform=where or self._axes.transData,
                zorder=z,
                gid=name,
            )
        )

    def shape(self, points: Any, colour: str, name: str, *, z: float = 2) -> None:
        """Fill what is within a line."""
        self.add(
            PolyCollection(
                [points],
                facecolors=colour,
                linewidths=0,
                transform=self._axes.transData,
                zorder=z,
                gid=name,
            )
        )

    def segments(
        self,
        points: Any,
        colour: str,
        thickness: float,
        name: str,
        *,
        where: Transform | None = None,
        dashes: str = "solid",
        z: float = 4,
    ) -> None:
        """Draw lines, each through a list of points."""
        self.add(
            LineCollection(
                points,
                colors=colour,
                linewidths=thickness,
                linestyles=dashes,
                capstyle="butt",
                snap=True,
                transform=where or self._axes.transData,
                zorder=z,
                gid=name,
            )
        )

    def markers(
        self,
        x: Any,
        y: Any,
        marker: Any,
        size: float,
        colour: str,
        name: str,
        *,
        where: Transform | None = None,
        edge: str = "",
        z: float = 5,
    ) -> None:
        """Draw the same sign in several places; one with an `edge` is outlined in that colour."""
        line = Line2D(
            x,
            y,
            linestyle="none",
            marker=marker,
            markersize=size,
            markerfacecolor=colour,
            markeredgewidth=size * 0.16 if edge else 0,
            markeredgecolor=edge or colour,
            zorder=z,
            gid=name,
        )
        line.set_transform(where or self._axes.transData)
        self.add(line)

    def bars(
        self,
        stretches: Columns,
        rows: Sequence[Row],
        fills: Mapping[int, Look],
        name: str,
        *,
        marked: tuple[int, ...] = (),
        z: float = 2,
    ) -> Arrangement:
        """Draw stretches, a layer for each pattern, and say how they were drawn."""
        tops = np.array([row.top for row in rows])
        heights = np.array([row.height for row in rows])
        arrangement = arrange(stretches, self.point, marked)
        bars = stretches.take(arrangement.bars)
        layers = {name: bars}  # one layer of many colours is sooner drawn than one for each
        if any(look.hatch for look in fills.values()):
            layers = {
                f"{name}-{category}": bars.take(bars.category == category)
                for category in np.unique(bars.category).tolist()
            }
        for layer, members in layers.items():
            self._layer(members, tops, heights, fills, layer, z)
        self.shares(arrangement.shares, tops, heights, fills, name, z)
        self.merged += arrangement.merged
        return arrangement

    def _layer(
        self,
        members: Columns,
        tops: Any,
        heights: Any,
        fills: Mapping[int, Look],
        layer: str,
        z: float,
    ) -> None:
        # A bar that is hardly wider than its outline has no room for one, nor for a pattern.
        wide = members.end - members.start > _PATTERNED * self.point
        for some, lines in ((members.take(wide), 0.7), (members.take(~wide), 0.0)):
            if len(some.row):
                look = looks.together([fills[category] for category in some.category.tolist()])
                top = tops[some.row]
                self.boxes(
                    some.start,
                    some.end,
                    top,
                    top + heights[some.row],
                    look if lines else look.plain(),
                    layer,
                    lines=lines,
                    z=z,
                )

    def shares(
        self,
        shares: Shares,
        tops: Any,
        heights: Any,
        fills: Mapping[int, Look],
        name: str,
        z: float = 2,
    ) -> None:
        """Draw mixed bars; `tops` and `heights` are those of the rows, in points."""
        bottoms = tops + heights
        for category in np.unique(shares.category).tolist():
            which = shares.category == category
            row = shares.row[which]
            self.boxes(
                shares.start[which],
                shares.end[which],
                bottoms[row] - heights[row] * shares.high[which],
                bottoms[row] - heights[row] * shares.low[which],
                fills[category].plain(),
                f"{name}-shares-{category}",
                z=z,
            )
