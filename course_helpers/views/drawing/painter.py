"""Puts a plan on axes: bars, marks, arrows, labels and the key to them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

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

from course_helpers.recording.columns import packed
from course_helpers.recording.model import (
    WAIT_KINDS,
    Ending,
    Recording,
    Span,
    State,
    Task,
    WaitReason,
)
from course_helpers.views import words
from course_helpers.views.drawing.bars import (
    Arrangement,
    Marks,
    Shares,
    Stretches,
    arrange,
    together,
)
from course_helpers.views.drawing.lettering import (
    Letters,
    drawable,
    first_fitting,
    fitted,
    sign,
    width,
)
from course_helpers.views.drawing.plan import (
    Band,
    Options,
    Plan,
    Row,
    Size,
    indent,
    label,
    second_label,
)
from course_helpers.views.drawing.ticks import ticks
from course_helpers.views.lanes import Gap, Lane, horizon, left_waiting
from course_helpers.views.palette import DOTTED_KINDS, SIGNS, Palette

# More arrows than this hide what they connect.
_ARROWS = 40
# More words than this, in bars, take longer to draw than all the rest.
_WORDS = 150

# Narrower than this, in points, a bar has neither outline nor pattern.
_PATTERNED = 4

# Categories of stretches on a task's lane: the states, work outside the loop, kinds of waiting.
_RUNNING, _READY, _OUTSIDE = 0, 1, 2
_WAITING = {kind: number for number, kind in enumerate(WAIT_KINDS, 3)}


# What it is called when the value of what is either on or off is on.
_SWITCH = {"event": "set", "future": "armed"}

_KIND_WORDS = {
    "sleep": "sleeping",
    "lock": "waiting for a lock",
    "semaphore": "waiting for a semaphore",
    "event": "waiting for an event",
    "condition": "waiting for a condition",
    "barrier": "waiting at a barrier",
    "queue": "waiting for a queue",
    "task": "waiting for a task",
    "stream": "waiting for a stream",
    "subprocess": "waiting for a subprocess",
    "thread": "waiting for a thread",
    "future": "waiting for a future",
}


class _Look(NamedTuple):
    """How bars are filled and outlined: in one colour, or each in its own."""

    face: str | Sequence[str]
    edge: str | Sequence[str]
    hatch: str | None = None
    half: str | None = None

    def plain(self) -> _Look:
        """The same without its pattern; `half` is the colour that stripes have from afar."""
        return _Look(self.half or self.face, self.edge)


def _together(looks: Sequence[_Look]) -> _Look:
    """The looks of several bars as one: all the same, or each in its own colours, unpatterned."""
    if len(set(looks)) == 1:
        return looks[0]
    return _Look([str(look.face) for look in looks], [str(look.edge) for look in looks])


class _Key(NamedTuple):
    """An entry of the key: what it looks like (one of the three), and what that means."""

    text: str
    look: _Look | None = None
    ending: Ending | None = None
    drawing: str = ""


class Painter:
    """Draws one recording on one pair of axes, once.

    Data coordinates of the axes are seconds to the right and points of the plan downwards;
    `points` is how wide the axes are. After `paint`, `drawn` are the artists that were added, and
    `above`, `below`, `gutter` and `margin` say how many points of room they need around the axes.
    """

    def __init__(
        self,
        axes: Axes,
        recording: Recording,
        options: Options,
        plan: Plan,
        palette: Palette,
        size: Size,
        points: float,
    ) -> None:
        self.drawn: list[Artist] = []
        self.above = size.small
        self.below = 0.0
        self.gutter = gutter(plan, size)
        self.margin = margin(size)
        self._notes = list(plan.left_out)
        self._axes = axes
        self._recording = recording
        self._options = options
        self._plan = plan
        self._palette = palette
        self._size = size
        self._points = points
        self._until = horizon(recording)
        begin, finish = options.window
        spare = (finish - begin) * 3 / points
        self._left, self._right = begin - spare, finish + spare
        if finish == begin:
            # One instant, at the left, on a picture that has to have some width.
            self._left, self._right = begin - 0.05, begin + 0.95
        if recording.duration == 0 and recording.tasks:
            self._notes.append("Everything happened at one instant: no time passed.")
        self._point = (self._right - self._left) / points  # in seconds
        self._in_points = Affine2D().scale(1 / 72) + axes.figure.dpi_scale_trans
        # In points from the lower left corner of the axes.
        self._corner: Transform = self._in_points + ScaledTranslation(
            0, 0, BboxTransformTo(axes.bbox)
        )
        # In points to the right of the axes' left edge, and at the height of a row.
        self._beside: Transform = blended_transform_factory(self._corner, axes.transData)
        # In seconds, and in points from the bottom.
        self._under: Transform = blended_transform_factory(axes.transData, self._corner)
        self._letters: dict[int, Letters] = {}
        self._keys: dict[str, _Key] = {}
        self._merged = 0
        self._rows = {
            lane.task.index: number
            for number, lane in enumerate(plan.lanes)
            if isinstance(lane, Lane)
        }
        self._looks = {
            _RUNNING: _Look(palette.ink, palette.ink),
            _READY: _Look(palette.background, palette.ink, "//////", palette.half),
            _OUTSIDE: _Look(palette.background, palette.muted, "-----", palette.half),
        }
        for kind, number in _WAITING.items():
            self._looks[number] = _Look(
                palette.waiting[kind],
                palette.waiting_outline[kind],
                "..." if kind in DOTTED_KINDS else None,
            )

    def paint(self) -> None:
        """Draw everything."""
        self._axes.set_axis_off()
        self._axes.set_xlim(self._left, self._right)
        self._axes.set_ylim(self._plan.height, 0)
        self._draw_time()
        if not self._plan.lanes:
            nothing = "No task is shown." if self._recording.tasks else "No task ran."
            x = self._points * 0.1
            self._text(x, self._plan.height / 2, nothing, where=self._beside)
        self._draw_labels()
        self._draw_before()
        self._draw_tasks()
        self._draw_gaps()
        self._draw_endings()
        self._draw_resources()
        self._draw_arrows()
        self._draw_program_marks()
        self._draw_blocked()
        self._draw_moment()
        self._draw_key()
        for letters in self._letters.values():
            letters.finish()
            self._add(letters)

    # What everything is made of.

    def _add(self, artist: Artist) -> None:
        self.drawn.append(artist)
        if isinstance(artist, Collection):
            self._axes.add_collection(artist, autolim=False)
        else:
            self._axes.add_artist(artist)
        # Labels and key are outside the axes, and no bar ever is.
        artist.set_clip_on(False)

    def _text(
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
        place = where or self._axes.transData
        letters = self._letters.get(id(place))
        if letters is None:
            letters = self._letters[id(place)] = Letters(
                offset_transform=place, transform=self._in_points, zorder=6, gid="letters"
            )
        letters.add((x, y), text, size or self._size.text, colour or self._palette.ink, align, halo)

    def _boxes(
        self,
        left: Any,
        right: Any,
        top: Any,
        bottom: Any,
        look: _Look,
        name: str,
        *,
        where: Transform | None = None,
        lines: Any = 0.0,
        z: float = 2,
    ) -> None:
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
        self._add(
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

    def _segments(
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
        self._add(
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

    def _markers(
        self,
        x: Any,
        y: Any,
        marker: Any,
        size: float,
        colour: str,
        name: str,
        *,
        where: Transform | None = None,
        z: float = 5,
    ) -> None:
        line = Line2D(
            x,
            y,
            linestyle="none",
            marker=marker,
            markersize=size,
            markerfacecolor=colour,
            markeredgewidth=0,
            zorder=z,
            gid=name,
        )
        line.set_transform(where or self._axes.transData)
        self._add(line)

    def _in_window(self, stretches: Stretches) -> tuple[Stretches, Any]:
        """The part of each stretch that is in the window, and which stretches have one."""
        begin, finish = self._options.window
        row, start, end, category = stretches
        instant = start == end
        inside = np.where(
            instant, (start >= begin) & (end <= finish), (end > begin) & (start < finish)
        )
        which = np.flatnonzero(inside)
        return (
            Stretches(
                row[which],
                np.maximum(start[which], begin),
                np.minimum(end[which], finish),
                category[which],
            ),
            which,
        )

    def _bars(
        self,
        stretches: Stretches,
        rows: Sequence[Row],
        looks: Mapping[int, _Look],
        name: str,
        *,
        marked: tuple[int, ...] = (),
        z: float = 2,
    ) -> Arrangement:
        """Draw stretches, a layer for each pattern, and say how they were drawn."""
        tops = np.array([row.top for row in rows])
        heights = np.array([row.height for row in rows])
        arrangement = arrange(stretches, self._point, marked)
        bars = stretches.take(arrangement.bars)
        layers = {name: bars}  # one layer of many colours is sooner drawn than one for each
        if any(look.hatch for look in looks.values()):
            layers = {
                f"{name}-{category}": bars.take(bars.category == category)
                for category in np.unique(bars.category).tolist()
            }
        for layer, members in layers.items():
            # A bar that is hardly wider than its outline has no room for one, nor for a pattern.
            wide = members.end - members.start > _PATTERNED * self._point
            for some, lines in ((members.take(wide), 0.7), (members.take(~wide), 0.0)):
                if len(some.row):
                    look = _together([looks[category] for category in some.category.tolist()])
                    top = tops[some.row]
                    self._boxes(
                        some.start,
                        some.end,
                        top,
                        top + heights[some.row],
                        look if lines else look.plain(),
                        layer,
                        lines=lines,
                        z=z,
                    )
        self._shares(arrangement.shares, tops, heights, looks, name, z)
        self._merged += arrangement.merged
        return arrangement

    def _shares(
        self,
        shares: Shares,
        tops: Any,
        heights: Any,
        looks: Mapping[int, _Look],
        name: str,
        z: float,
    ) -> None:
        bottoms = tops + heights
        for category in np.unique(shares.category).tolist():
            which = shares.category == category
            row = shares.row[which]
            self._boxes(
                shares.start[which],
                shares.end[which],
                bottoms[row] - heights[row] * shares.high[which],
                bottoms[row] - heights[row] * shares.low[which],
                looks[category].plain(),
                f"{name}-shares-{category}",
                z=z,
            )

    def _means(self, key: _Key) -> None:
        self._keys.setdefault(key.text, key)

    # The parts of the picture.

    def _draw_time(self) -> None:
        begin, finish = self._options.window
        bottom, size = self._plan.height, self._size
        end = self._recording.duration
        times, labels = ticks(begin, finish, max(2, int(self._points / (size.text * 7))))
        if self._until > end:
            # Beyond the end no time was measured.
            labels = [text for time, text in zip(times, labels, strict=True) if time <= end]
            times = times[: len(labels)]
            if begin < end < finish:
                ends = [[(end, 0), (end, bottom)]]
                self._segments(ends, self._palette.ink, 1.2, "end", dashes="dashed", z=3.2)
                self._means(_Key("end of the recording", drawing="end"))
        self._segments(
            [[(time, 0), (time, bottom)] for time in times], self._palette.grid, 0.8, "grid", z=0
        )
        self._segments(
            [[(self._left, bottom), (self._right, bottom)]], self._palette.muted, 0.8, "axis", z=0
        )
        self.below = size.text * 1.9
        for time, text in zip(times, labels, strict=True):
            self._text(time, -size.text, text, size=size.small, where=self._under, align="center")
        self._text(
            -self.gutter + size.small,
            -size.text,
            f"{self._recording.clock} clock",
            size=size.small,
            colour=self._palette.muted,
            where=self._corner,
        )

    def _draw_labels(self) -> None:
        plan, size = self._plan, self._size
        tops = np.array([row.top - row.height * 0.19 for row in plan.rows[::2]])
        bottoms = np.array([row.top + row.height * 1.19 for row in plan.rows[::2]])
        right = self._points + self.margin
        stripe = _Look(self._palette.stripe, self._palette.stripe)
        self._boxes(-self.gutter, right, tops, bottoms, stripe, "stripe", where=self._beside, z=-1)
        seen = {hold.task for band in plan.bands for hold in band.holds}
        chip = size.text * 0.5
        chips: dict[int, tuple[float, float]] = {}
        for lane, row in zip(plan.lanes, plan.rows, strict=True):
            x = -self.gutter + size.small
            if isinstance(lane, Lane):
                x += indent(lane, size)
                if lane.task.index in seen:
                    chips[lane.task.index] = (x, row.middle)
            self._text(
                x + 2 * chip if seen else x,
                row.middle,
                fitted(label(lane), size.text, size.label),
                colour=self._palette.muted if isinstance(lane, Gap) else self._palette.ink,
                size=min(size.text, row.height * 1.1),
                where=self._beside,
            )
        if chips:
            x, y = np.array(list(chips.values())).T
            strong = [self._palette.of_task(task) for task in chips]
            where, look = self._beside, _Look(strong, strong)
            self._boxes(x, x + chip, y - chip, y + chip, look, "chips", where=where)

    def _draw_before(self) -> None:
        """Around each lane an outline of where the task of that name was in another recording."""
        before = self._options.before
        if before is None:
            return
        begin, finish = self._options.window
        until = horizon(before)
        named = {_role(task): task for task in reversed(before.tasks)}
        lines: list[list[tuple[float, float]]] = []
        for lane, row in zip(self._plan.lanes, self._plan.rows, strict=True):
            task = named.get(_role(lane.task)) if isinstance(lane, Lane) else None
            if task is None or task.born > finish:
                continue
            left = max(task.born, begin)
            right = min(until if task.ended is None else task.ended, finish)
            top, bottom = row.top - row.height * 0.14, row.top + row.height * 1.14
            lines.append([(left, top), (right, top), (right, bottom), (left, bottom), (left, top)])
        if lines:
            self._segments(lines, self._palette.half, 1.2, "before", z=3.3)
            self._means(_Key("the run before", drawing="before"))

    def _draw_tasks(self) -> None:
        lanes = [
            (number, lane.task)
            for number, lane in enumerate(self._plan.lanes)
            if isinstance(lane, Lane)
        ]
        stretches, which = self._in_window(
            Stretches.joined([_stretches(number, task, self._until) for number, task in lanes])
        )
        if not len(which):
            return
        rows = self._plan.rows
        drawn = self._bars(
            stretches, rows, self._looks, "task", marked=(_RUNNING, _READY, _OUTSIDE)
        )
        for category in np.unique(stretches.category[drawn.bars]).tolist():
            self._means_state(category)
        for category in np.unique(drawn.shares.category).tolist():
            self._means_state(category)
        self._draw_marks(drawn.marks)
        self._draw_held()
        firsts = np.cumsum([0, *(len(task.spans) for _, task in lanes)])

        def reason_of(bar: int) -> WaitReason | None:
            span = which[drawn.bars[bar]]
            lane = int(np.searchsorted(firsts, span, "right")) - 1
            found: Span = lanes[lane][1].spans[span - firsts[lane]]
            return found.reason

        self._write_reasons(stretches.take(drawn.bars), reason_of)
        if drawn.merged:
            self._notes.append(
                f"{words.count(drawn.merged, 'stretch', 'stretches')} of time too short to draw:"
                " there the height of a colour is its share of the time."
            )

    def _means_state(self, category: int) -> None:
        text = {_RUNNING: "running", _READY: "ready", _OUTSIDE: "at work outside the loop"}
        kinds = {number: kind for kind, number in _WAITING.items()}
        if category in text:
            self._means(_Key(text[category], self._looks[category]))
        else:
            self._means(_Key(_KIND_WORDS[kinds[category]], self._looks[category]))

    def _draw_marks(self, marks: Marks) -> None:
        tops = np.array([row.top for row in self._plan.rows])
        heights = np.array([row.height for row in self._plan.rows])
        ink, mark = self._palette.ink, self._size.mark
        running = marks.category != _READY
        for short, name in ((False, "steps"), (True, "crowded-steps")):
            which = running & (marks.short == short)
            if not which.any():
                continue
            row, time = marks.row[which], marks.time[which]
            top = tops[row]
            # The foot of a lane is for what the task holds.
            bottom = top + heights[row] * (0.3 if short else 1.0)
            ends = np.stack([np.stack([time, top], 1), np.stack([time, bottom], 1)], 1)
            self._segments(ends, ink, mark * (0.7 if short else 1), name)
        if running.any():
            virtual = self._recording.clock == "virtual"
            how = "in no time" if virtual else "too short for a bar"
            self._means(_Key(f"woken, ran a step {how}", drawing="step"))
        which = (marks.category == _READY) & ~marks.short
        row = marks.row[which]
        self._markers(marks.time[which], tops[row], "v", mark * 2.6, ink, "became-ready")

    def _draw_held(self) -> None:
        """A strip at the foot of a task's lane while it holds a resource."""
        columns: list[tuple[int, float, float, int]] = []
        until: dict[int, float] = {}
        for hold in sorted(self._plan.held, key=lambda one: (one.task, one.start)):
            number = self._rows.get(hold.task)
            if number is None:
                continue
            # Of two things held at once one strip is drawn.
            start = max(hold.start, until.get(hold.task, -math.inf))
            if hold.end > start:
                columns.append((number, start, hold.end, hold.task % len(self._palette.tasks)))
                until[hold.task] = hold.end
        if not columns:
            return
        stretches, _ = self._in_window(Stretches.of(sorted(columns)))
        rows = [Row(row.top + 0.76 * row.height, 0.24 * row.height) for row in self._plan.rows]
        self._bars(stretches, rows, self._task_looks(), "held", z=3)
        self._means(_Key("holds", drawing="held"))

    def _task_looks(self, *, pale: bool = False) -> dict[int, _Look]:
        # Strong bars have outlines in the background's colour: two holds in a row stay two.
        return {
            number: _Look(self._palette.pale(colour), colour)
            if pale
            else _Look(colour, self._palette.background)
            for number, colour in enumerate(self._palette.tasks)
        }

    def _write_reasons(
        self, bars: Stretches, reason_of: Callable[[int], WaitReason | None]
    ) -> None:
        size, rows = self._size, self._plan.rows
        room = (bars.end - bars.start) / self._point - 6
        middle = 0.4 if self._plan.held else 0.5  # the strip of what is held is at the foot
        for index in np.argsort(-room, kind="stable")[:_WORDS].tolist():
            row = rows[bars.row[index]]
            if room[index] < 2 * size.small:
                break
            reason = reason_of(index)
            if reason is None or row.height < size.small * 1.05:
                continue
            look = self._looks[bars.category[index]]
            text = first_fitting(_ways_to_say(reason.call), size.small, float(room[index]))
            if text:
                self._text(
                    (bars.start[index] + bars.end[index]) / 2,
                    row.top + middle * row.height,
                    text,
                    size=size.small,
                    align="center",
                    halo=str(look.face) if look.hatch else None,
                )

    def _draw_gaps(self) -> None:
        begin, finish = self._options.window
        if finish <= begin:
            return
        for lane, row in zip(self._plan.lanes, self._plan.rows, strict=True):
            if not isinstance(lane, Gap):
                continue
            parts = [_stretches(0, task, self._until) for task in lane.tasks]
            stretches, _ = self._in_window(Stretches.joined(parts))
            shares = together(stretches, begin, finish, self._point, len(lane.tasks))
            for category in np.unique(shares.category).tolist():
                self._means_state(category)
            tops, heights = np.array([row.top]), np.array([row.height])
            self._shares(shares, tops, heights, self._looks, "gap", 2)

    def _draw_endings(self) -> None:
        begin, finish = self._options.window
        size, palette = self._size, self._palette
        after = self._axes.transData + ScaledTranslation(
            size.text * 0.75 / 72, 0, self._axes.figure.dpi_scale_trans
        )
        places: dict[Ending, list[tuple[float, float]]] = {}
        for lane, row in zip(self._plan.lanes, self._plan.rows, strict=True):
            if isinstance(lane, Gap):
                continue
            task = lane.task
            alive = self._until if left_waiting(task) else self._recording.duration
            ended = alive if task.ended is None else task.ended
            if not begin <= ended <= finish:
                continue
            places.setdefault(task.ending, []).append((ended, row.middle))
            why = ""
            if task.ending is Ending.FAILED and task.detail:
                why = task.detail
            elif task.ending is Ending.CANCELLED and task.cancelled_by:
                why = f"cancelled by {task.cancelled_by}"
            elif task.detail and task.kind == "process":
                why = task.detail
            room = (self._right - ended) / self._point - size.text * 2
            if why and room > size.text * 4:
                self._text(
                    ended + size.text * 1.6 * self._point,
                    row.middle,
                    fitted(why, size.small, room),
                    size=size.small,
                    colour=palette.endings[task.ending],
                )
        for ending, points in places.items():
            x, y = zip(*points, strict=True)
            colour = palette.endings[ending]
            marker = sign(SIGNS[ending])
            self._markers(x, y, marker, size.text * 0.85, colour, f"ending-{ending}", where=after)
            self._means(_Key(ending.value, ending=ending))

    def _draw_resources(self) -> None:
        size, palette = self._size, self._palette
        for band in self._plan.bands:
            x = -self.gutter + size.small
            middle = band.rows[0].middle
            if second := second_label(band):
                text = fitted(second, size.small, size.label)
                self._text(
                    x + 2 * size.text,
                    middle,
                    text,
                    size=size.small,
                    colour=palette.muted,
                    where=self._beside,
                )
            else:
                text = fitted(band.label, size.text, size.label)
                self._text(x, middle, text, where=self._beside)
                x += width(text, size.text) + size.small / 2
                detail = fitted(band.detail, size.small, size.label)
                self._text(
                    x, middle, detail, size=size.small, colour=palette.muted, where=self._beside
                )
            if band.holds:
                self._draw_holds(band)
            else:
                self._draw_curve(band)
        if self._plan.bands:
            top = self._plan.bands[0].rows[0].top - size.row * 0.2
            self._segments(
                [[(-self.gutter, top), (self._points + self.margin, top)]],
                palette.grid,
                1,
                "separator",
                where=self._beside,
                z=0,
            )

    def _draw_holds(self, band: Band) -> None:
        colours = len(self._palette.tasks)
        holds = sorted(band.holds, key=lambda hold: (hold.slot, hold.start))
        columns = [(hold.slot, hold.start, hold.end, hold.task % colours) for hold in holds]
        stretches, which = self._in_window(Stretches.of(columns))
        if band.waiting:
            self._means(_Key("in line", drawing="waiters"))
        else:
            left, right = self._options.window
            right = max(left, min(right, self._until))
            free = _Look(self._palette.stripe, self._palette.grid)
            tops = [row.top for row in band.rows]
            bottoms = [row.top + row.height for row in band.rows]
            self._boxes(left, right, tops, bottoms, free, "free", lines=0.7, z=1)
        if not len(which):
            return
        looks = self._task_looks(pale=band.waiting)
        name, marked = ("waiters", ()) if band.waiting else ("holders", tuple(looks))
        drawn = self._bars(stretches, band.rows, looks, name, marked=marked)
        self._draw_instants(drawn.marks, band)
        tasks = [holds[index].task for index in which[drawn.bars].tolist()]
        self._write_names(stretches.take(drawn.bars), tasks, band)

    def _draw_instants(self, marks: Marks, band: Band) -> None:
        """Holds that take no time, in the colour of who held."""
        tops = np.array([row.top for row in band.rows])
        for category in np.unique(marks.category).tolist():
            which = marks.category == category
            top = tops[marks.row[which]]
            time = marks.time[which]
            bottom = top + band.rows[0].height
            ends = np.stack([np.stack([time, top], 1), np.stack([time, bottom], 1)], 1)
            self._segments(ends, self._palette.tasks[category], self._size.mark, "holders-instants")

    def _write_names(self, bars: Stretches, tasks: Sequence[int], band: Band) -> None:
        """Each task's name in its bars; where it does not fit, what tells it from the others."""
        full = {index: words.name(self._recording.tasks[index]) for index in tasks}
        short = dict(zip(full, words.told_apart(list(full.values())), strict=True))
        size = min(self._size.small, band.rows[0].height * 0.95)
        room = (bars.end - bars.start) / self._point - 4
        widest = np.argsort(-room, kind="stable")[:_WORDS].tolist()
        named = [
            (index, text)
            for index in widest
            if (text := first_fitting([short[tasks[index]]], size, float(room[index])))
        ]
        # One way in all bars: in two ways, one task would look like two.
        if all(first_fitting([full[tasks[index]]], size, float(room[index])) for index, _ in named):
            named = [(index, drawable(full[tasks[index]])) for index, _ in named]
        for index, text in named:
            self._text(
                (bars.start[index] + bars.end[index]) / 2,
                band.rows[bars.row[index]].middle,
                text,
                size=size,
                colour=self._palette.ink if band.waiting else self._palette.on_strong,
                align="center",
            )

    def _draw_curve(self, band: Band) -> None:
        begin, finish = self._options.window
        finish = max(begin, min(finish, self._until))
        row = band.rows[0]
        bottom, unit = row.top + row.height, row.height / max(1, band.most)
        times, values = _steps(band.curve, begin, finish, self._point)
        tops = bottom - values * unit
        palette, size = self._palette, self._size
        kind = "future" if band.waiting else band.kind
        colour = palette.waiting_outline[kind]
        look = _Look(palette.waiting[kind], colour)
        left, right = times[:-1], times[1:]
        some = (values > 0) & (right > left)
        self._boxes(left[some], right[some], tops[some], bottom, look, "curve")
        # The outline of the steps: along each level and up or down to the next.
        outline = np.column_stack([np.repeat(times, 2)[1:-1], np.repeat(tops, 2)])
        self._segments([outline], colour, 1.2, "curve-outline", z=3)
        self._segments([[(begin, bottom), (finish, bottom)]], palette.muted, 0.7, "zero", z=1)
        if band.limit is not None and band.most > 1:
            level = bottom - band.limit * unit
            self._segments(
                [[(begin, level), (finish, level)]],
                palette.muted,
                0.9,
                "limit",
                dashes="dashed",
                z=3,
            )
        room = (right - left) / self._point
        switch = _SWITCH.get(band.kind) if band.most == 1 and not band.waiting else None
        for index in np.argsort(-room, kind="stable")[:40].tolist():
            value = int(values[index])
            text = str(value) if switch is None else switch if value else ""
            if room[index] < width(text, size.small) + 4:
                break
            if not text:
                continue
            inside = value * unit >= size.small
            self._text(
                (left[index] + right[index]) / 2,
                (tops[index] + bottom) / 2 if inside else tops[index] - size.small * 0.55,
                text,
                size=size.small,
                align="center",
            )

    def _draw_arrows(self) -> None:
        begin, finish = self._options.window
        if self._options.arrows is False:
            return
        arrows: list[tuple[float, int, int]] = []
        for index, number in self._rows.items():
            spans = packed(Span, self._recording.tasks[index].spans)
            for waker, start in spans.each("waker", "start"):
                if waker is None or waker.task is None or waker.task == index:
                    continue
                source = self._rows.get(waker.task)
                if source is not None and begin <= start <= finish:
                    arrows.append((start, source, number))
        if not arrows or (self._options.arrows is None and len(arrows) > _ARROWS):
            return
        rows, colour = self._plan.rows, self._palette.wake
        segments = []
        heads: dict[str, tuple[list[float], list[float]]] = {"v": ([], []), "^": ([], [])}
        for time, source, number in arrows:
            down = number > source
            start = rows[source].middle
            row = rows[number]
            end = row.top if down else row.top + row.height
            segments.append([(time, start), (time, end)])
            x, y = heads["v" if down else "^"]
            x.append(time)
            y.append(end)
        self._segments(segments, colour, 1.1, "wakes", z=3.5)
        for marker, (x, y) in heads.items():
            if x:
                self._markers(x, y, marker, self._size.text * 0.6, colour, "wakes-head")
        self._means(_Key("wakes", drawing="wakes"))

    def _draw_blocked(self) -> None:
        begin, finish = self._options.window
        steps = [
            step for step in self._recording.blocked if step.end > begin and step.start < finish
        ]
        if not steps or not self._plan.rows:
            return
        size, alarm = self._size, self._palette.alarm
        left = np.array([max(step.start, begin) for step in steps])
        right = np.array([min(step.end, finish) for step in steps])
        bottom = self._plan.rows[-1].top + self._plan.rows[-1].height * 1.19
        self._boxes(left, right, 0, bottom, _Look(f"{alarm}26", alarm), "blocked", lines=1, z=4.5)
        self.above += size.text * 1.6
        free, silent = -math.inf, 0
        for step, start, end in zip(steps, left.tolist(), right.tolist(), strict=True):
            text = f"blocked {words.seconds_beside(step.end - step.start, finish)}"
            if step.location is not None:
                text += f", line {step.location.line}"
            half = width(text, size.small) / 2 * self._point
            centre = min(max((start + end) / 2, self._left + half), self._right - half)
            if centre - half < free:
                silent += 1
                continue
            free = centre + half + 6 * self._point
            self._text(
                centre, -size.text * 0.9, text, size=size.small, colour=alarm, align="center"
            )
        if silent:
            self._notes.append(f"{words.count(silent, 'more blocking step')} without a label.")
        self._means(_Key("loop blocked: every task had to wait", _Look(f"{alarm}26", alarm)))

    def _draw_program_marks(self) -> None:
        """What the program said about itself, without the lines that it printed."""
        begin, finish = self._options.window
        places = [
            (mark.time, self._plan.rows[self._rows[mark.task]].middle)
            for mark in self._recording.marks
            if mark.task in self._rows and mark.verb != "prints" and begin <= mark.time <= finish
        ]
        if places:
            x, y = zip(*places, strict=True)
            self._markers(x, y, "D", self._size.text * 0.45, self._palette.wake, "marks", z=5.9)
            self._means(_Key("mark", drawing="mark"))

    def _draw_moment(self) -> None:
        """The moment that is pointed out, and the stretch before it."""
        (begin, finish), at, since = self._options.window, self._options.at, self._options.since
        if at is None or not begin <= at <= finish:
            return
        size, alarm, bottom = self._size, self._palette.alarm, self._plan.height
        if since is not None and since < at:
            pale = _Look(f"{alarm}22", f"{alarm}00")
            self._boxes(max(since, begin), at, 0, bottom, pale, "stretch", z=4.4)
        self._segments([[(at, -size.text * 0.3), (at, bottom)]], alarm, 2, "moment", z=5.8)
        text = words.seconds_beside(at, finish)
        half = width(text, size.text) / 2 * self._point
        centre = min(max(at, self._left + half), self._right - half)
        above = self.above - size.small + size.text * 0.9
        self._text(centre, -above, text, colour=alarm, align="center")
        self.above = above + size.text

    def _draw_key(self) -> None:
        """What signs and colours mean, of those that occur, and what the picture leaves out."""
        size = self._size
        box, space = size.small * 1.7, size.small * 1.6
        x0 = -self.gutter + size.small
        x, y = x0, -self.below - (size.small if self._keys else 0)
        for key in sorted(self._keys.values(), key=_place_in_key):
            long = box + size.small * 0.5 + width(key.text, size.small)
            if x > x0 and x + long > self._points + self.margin - size.small:
                x, y = x0, y - size.small * 1.8
            self._draw_key_sign(key, x, y, box)
            self._text(x + box + size.small * 0.5, y, key.text, size=size.small, where=self._corner)
            x += long + space
        if self._recording.left_out:
            self._notes.append(
                f"The recording was full: {self._recording.left_out:,} events are missing."
            )
        for note in self._notes:
            y -= size.small * 1.8
            self._text(x0, y, note, size=size.small, colour=self._palette.muted, where=self._corner)
        self.below = -y + size.small * 1.3

    def _draw_key_sign(self, key: _Key, x: float, y: float, box: float) -> None:
        size, palette, corner = self._size, self._palette, self._corner
        high = size.small * 0.5
        middle = x + box / 2
        if key.look is not None:
            self._boxes(x, x + box, y - high, y + high, key.look, "key", where=corner, lines=0.7)
        elif key.ending is not None:
            marker, colour = sign(SIGNS[key.ending]), palette.endings[key.ending]
            self._markers(
                [x + box - high], [y], marker, size.text * 0.85, colour, "key", where=corner
            )
        elif key.drawing == "step":
            ends = [[(middle, y - high), (middle, y + high)]]
            self._segments(ends, palette.ink, size.mark, "key", where=corner)
            self._markers(
                [middle], [y + high], "v", size.mark * 2.6, palette.ink, "key", where=corner
            )
        elif key.drawing == "end":
            ends = [[(middle, y - high), (middle, y + high)]]
            self._segments(ends, palette.ink, 1.2, "key", where=corner, dashes="dashed")
        elif key.drawing == "mark":
            self._markers([middle], [y], "D", size.text * 0.45, palette.wake, "key", where=corner)
        elif key.drawing == "before":
            end, top, foot = x + box, y + high, y - high
            ends = [[(x, top), (end, top), (end, foot), (x, foot), (x, top)]]
            self._segments(ends, palette.half, 1.4, "key", where=corner)
        elif key.drawing == "wakes":
            ends = [[(middle, y + high), (middle, y - high)]]
            self._segments(ends, palette.wake, 1.1, "key", where=corner)
            self._markers(
                [middle], [y - high], "v", size.text * 0.6, palette.wake, "key", where=corner
            )
        else:
            strong = list(palette.tasks[1:4])
            left = x + np.arange(3) * box / 3
            right = left + box / 3
            if key.drawing == "held":
                self._boxes(
                    left, right, y - high / 2, y, _Look(strong, strong), "key", where=corner
                )
            else:
                pale = _Look([palette.pale(colour) for colour in strong], strong)
                self._boxes(left, right, y - high, y + high, pale, "key", where=corner, lines=0.7)


def _role(task: Task) -> tuple[str, bool]:
    """By what a task is known in another run: the first one's name says with what it was called."""
    first = task.parent is None
    return words.name(task).partition("(")[0] if first else words.name(task), first


def _place_in_key(key: _Key) -> int:
    return 2 if key.drawing in ("end", "before") else key.ending is not None


def _ways_to_say(call: str) -> list[str]:
    """`Lock.acquire` and, where there is less room, `acquire`; `sleep(0.5)` and `sleep`."""
    name = words.one_line(call.partition("(")[0])
    ways = [words.one_line(call), name]
    if name.rpartition(".")[2].isidentifier():
        ways.append(name.rpartition(".")[2])
    return ways


def gutter(plan: Plan, size: Size) -> float:
    """Points of room for labels at the left of the axes."""
    return plan.label + 2 * size.text


def margin(size: Size) -> float:
    """Points of room for the signs of endings at the right of the axes."""
    return size.text * 1.8


def _stretches(row: int, task: Task, horizon: float) -> Stretches:
    """A task's spans as stretches; one that was left waiting goes on to the horizon."""
    spans = packed(Span, task.spans)
    states, reasons = spans.repeated("state"), spans.repeated("reason")
    running = _RUNNING if task.kind == "task" else _OUTSIDE
    other = _WAITING["future"]
    of_state = [running if state is State.RUNNING else _READY for state in states.values]
    of_reason = [
        other if reason is None else _WAITING.get(reason.kind, other) for reason in reasons.values
    ]
    waits = np.array([state is State.WAITING for state in states.values], bool)
    state = np.asarray(states.numbers, np.intp)
    category = np.where(
        waits[state],
        np.array(of_reason, np.intp)[np.asarray(reasons.numbers, np.intp)],
        np.array(of_state, np.intp)[state],
    )
    end = np.array(spans.numbers("end"), np.float64)
    if left_waiting(task):
        end[-1] = max(end[-1], horizon)
    rows = np.full(len(end), row, np.intp)
    return Stretches(rows, np.array(spans.numbers("start"), np.float64), end, category)


def _steps(
    curve: Sequence[tuple[float, float]], begin: float, finish: float, point: float
) -> tuple[Any, Any]:
    """The borders (one more) and the values of a curve's levels within a window of time.

    Of levels that are narrower than a point, the highest in each point is kept; a wider one stays
    what it is.
    """
    times = np.array([time for time, _ in curve])
    values = np.array([value for _, value in curve])
    times = np.clip(times, begin, finish)
    if times[0] > begin:
        times = np.concatenate([[begin], times])
        values = np.concatenate([[0.0], values])
    borders = np.append(times, finish)
    some = np.diff(borders) > 0
    if not some.any():
        return np.array([begin, finish]), values[-1:]
    values, borders = values[some], borders[:-1][some]
    new = np.diff(values, prepend=np.nan) != 0
    values, borders = values[new], np.append(borders[new], finish)
    most = max(2, int((finish - begin) / point))
    if len(values) > 2 * most:
        step = np.floor((borders[:-1] - begin) / point)
        wide = np.diff(borders) >= point
        alone = wide | np.concatenate([[True], wide[:-1]])  # and whatever follows begins anew
        first = np.flatnonzero(alone | (np.diff(step, prepend=-1.0) != 0))
        values = np.maximum.reduceat(values, first)
        borders = np.append(borders[:-1][first], finish)
    return borders, values
