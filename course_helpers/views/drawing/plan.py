"""What the rows of a timeline are, and where they go."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from course_helpers.recording.columns import packed
from course_helpers.recording.kinds import kind_of
from course_helpers.recording.model import Change, Recording, Resource, Span, Task
from course_helpers.recording.readings import Hold, holds, line, line_lengths, too_many
from course_helpers.views import words
from course_helpers.views.drawing.lettering import fitted, width
from course_helpers.views.lanes import Gap, Lane, elided, family, horizon

# More rows than these cannot be read on one screen.
_LANES = 40
_ELIDED_LANES = 26
_RESOURCES = 8
# A task that gives each of its waits a time limit has many: of more than these, those that expired.
_TIMEOUTS = 3
# A semaphore of more permits, or a longer line, is drawn as a curve.
_SLOTS = 5
# The rows of this many tasks get full height; those of more share it.
_ROOMY = 12


class Size(NamedTuple):
    """Measures in points, but for `dots`: pixels of the picture for each of the page it is for."""

    dots: float
    text: float
    small: float
    row: float
    tight_row: float
    mark: float
    label: float

    def scaled(self, factor: float) -> Size:
        """The same proportions, smaller or larger."""
        return Size(self.dots, *(factor * measure for measure in self[1:]))


NOTEBOOK = Size(dots=2, text=10, small=8.5, row=19, tight_row=13.5, mark=1.6, label=150)
PROJECTOR = Size(dots=14 / 9, text=15, small=13, row=28, tight_row=20, mark=2.4, label=190)


class Options(NamedTuple):
    """What `timeline` was asked for: times are in seconds; `before` is the run to outline."""

    tasks: Sequence[Task]
    window: tuple[float, float]
    resources: bool
    arrows: bool | None
    at: float | None = None
    since: float | None = None
    before: Recording | None = None


class Row(NamedTuple):
    """A row: where its bars begin and how high they are, in points from the top."""

    top: float
    height: float

    @property
    def middle(self) -> float:
        """Points from the top."""
        return self.top + self.height / 2


class Band(NamedTuple):
    """Rows that belong to a resource and show one side of it.

    `kind` is that of those who wait for it, one of `WAIT_KINDS`. There are either `holds`, a row a
    slot, or a `curve`, (seconds, value) at each change, up to `most` and with `limit` marked.
    `waiting` tells those who wait from those who hold.
    """

    kind: str
    label: str
    detail: str
    rows: tuple[Row, ...]
    holds: Sequence[Hold] = ()
    curve: Sequence[tuple[float, float]] = ()
    most: int = 0
    limit: int | None = None
    waiting: bool = False


class Plan(NamedTuple):
    """Everything that has a place, in points from the top left corner of the first row.

    `rows` are those of `lanes`; `held` are the holds of all resources; `left_out` says in
    sentences what the picture does not show.
    """

    lanes: list[Lane | Gap]
    rows: list[Row]
    bands: list[Band]
    held: list[Hold]
    height: float
    label: float
    left_out: list[str]


def made(recording: Recording, options: Options, size: Size) -> Plan:
    """The plan of a picture."""
    begin, finish = options.window
    alive = [
        task
        for task in options.tasks
        if task.born <= finish and (task.ended is None or task.ended >= begin)
    ]
    family_lanes = family(alive)
    few = len(family_lanes) <= _LANES
    lanes: list[Lane | Gap] = list(family_lanes) if few else elided(family_lanes, _ELIDED_LANES)
    left_out: list[str] = []
    if len(alive) < len(options.tasks):
        outside = words.count(len(options.tasks) - len(alive), "task")
        left_out.append(f"{outside} outside this window of time.")
    pitch = max(size.tight_row, min(size.row, size.row * _ROOMY / max(1, len(lanes))))
    rows: list[Row] = []
    top = 0.0
    for lane in lanes:
        height = 3 * size.row if isinstance(lane, Gap) else pitch
        rows.append(Row(top + height * 0.14, height * 0.72))
        top += height
        if isinstance(lane, Gap):
            left_out.append(
                f"{words.count(len(lane.tasks), 'task')} together in one lane:"
                " the height of a colour is their share."
            )
    bands: list[Band] = []
    held: list[Hold] = []
    until = horizon(recording)
    if options.resources:
        shown = _interesting(recording)
        quiet = [resource for resource in shown if _unexpired(resource)]
        if quiet and sum(kind_of(resource).name == "timeout" for resource in shown) > _TIMEOUTS:
            shown = [resource for resource in shown if not _unexpired(resource)]
            left_out.append(
                f"{words.count(len(quiet), 'timeout')} that did not expire are not shown."
            )
        if len(shown) > _RESOURCES:
            left_out.append(f"{words.count(len(shown) - _RESOURCES, 'resource')} not shown.")
        lengths = line_lengths(recording)
        top += size.row * 0.3
        for resource in sorted(shown[:_RESOURCES], key=lambda one: one.index):
            for band in _bands(recording, resource, lengths.get(resource.index, []), until, size):
                rows_here = tuple(Row(top + row.top, row.height) for row in band.rows)
                bands.append(band._replace(rows=rows_here))
                top = rows_here[-1].top + rows_here[-1].height + size.row * 0.12
                if not band.waiting:
                    held.extend(band.holds)
            top += size.row * 0.25
    label = max(
        [width(f"{recording.clock} clock", size.small) + size.text]
        + [_label_width(lane, size) for lane in lanes]
        + [_band_label_width(band, size) for band in bands]
    )
    return Plan(lanes, rows, bands, held, max(top, size.row * 2), label, left_out)


def indent(lane: Lane, size: Size) -> float:
    """How far a label stands to the right of its oldest ancestor's, in points."""
    return min(lane.depth, 6) * size.text * 1.2


def label(lane: Lane | Gap) -> str:
    """What is written at the left of a lane."""
    if isinstance(lane, Gap):
        return f"{len(lane.tasks):,} more tasks"
    task = lane.task
    return words.name(task) if task.kind == "task" else f"{words.name(task)} ({task.kind})"


def second_label(band: Band) -> str:
    """What is written, small and indented, at the left of the second band of a resource."""
    return f"{band.label} {band.detail}".strip() if band.waiting and band.label == "waiting" else ""


def _label_width(lane: Lane | Gap, size: Size) -> float:
    text = width(fitted(label(lane), size.text, size.label), size.text)
    return text + size.text + (indent(lane, size) if isinstance(lane, Lane) else 0.0)


def _band_label_width(band: Band, size: Size) -> float:
    if second := second_label(band):
        return 2 * size.text + width(fitted(second, size.small, size.label), size.small)
    return width(fitted(band.label, size.text, size.label), size.text) + width(
        fitted(f" {band.detail}", size.small, size.label), size.small
    )


def _interesting(recording: Recording) -> list[Resource]:
    # A resource that was only seen, and that nobody waited for, has nothing to show. Where there
    # are too many, those that somebody waited for come first.
    waited = {
        reason.resource
        for task in recording.tasks
        for reason in packed(Span, task.spans).distinct("reason")
        if reason is not None
    }
    eventful = [
        resource
        for resource in recording.resources
        if len(resource.changes) > 1 or resource.index in waited or resource.changes[0].holders
    ]
    return sorted(eventful, key=lambda resource: resource.index not in waited)


def _unexpired(resource: Resource) -> bool:
    return kind_of(resource).name == "timeout" and all(
        action != "expire" for action in packed(Change, resource.changes).distinct("action")
    )


def _bands(
    recording: Recording,
    resource: Resource,
    lengths: Sequence[tuple[float, int]],
    until: float,
    size: Size,
) -> list[Band]:
    name = words.one_line(resource.label)
    detail = resource.kind if resource.capacity is None else f"{resource.kind}({resource.capacity})"
    if name.startswith(resource.kind):
        detail = ""
    kind = kind_of(resource)
    if kind.name == "timeout" and not _unexpired(resource):
        detail = f"{detail} expired".strip()
    if extra := too_many(resource, resource.changes):
        detail = f"{detail} {extra} too many".strip()
    bar, slot, curve = size.row * 0.62, size.row * 0.55, size.row * 1.3
    bands: list[Band] = []
    changes = packed(Change, resource.changes)
    stretches = holds(resource, until) if kind.held else []
    if stretches:
        slots = max(hold.slot for hold in stretches) + 1
        if resource.capacity is not None:
            slots = max(slots, resource.capacity)
        if slots <= _SLOTS:
            height = bar if slots == 1 else slot
            rows = tuple(Row(number * (height + 1), height) for number in range(slots))
            bands.append(Band(kind.waits, name, detail, rows, stretches))
        else:
            points = [(time, float(len(who))) for time, who in changes.each("time", "holders")]
            rows = (Row(0, curve),)
            bands.append(
                Band(
                    kind.waits,
                    name,
                    detail,
                    rows,
                    curve=points,
                    most=slots,
                    limit=resource.capacity or None,
                )
            )
    elif kind.name not in ("condition", "lock"):
        points = [(time, float(value)) for time, value in changes.each("time", "value")]
        most = max(1, *changes.numbers("value"))
        if resource.capacity:
            most = max(most, resource.capacity)
        rows = (Row(0, curve if most > 1 else bar),)
        if not resource.capacity and most > 1:
            detail = f"{detail} at most {most}".strip()
        bands.append(
            Band(
                kind.waits,
                name,
                detail,
                rows,
                curve=points,
                most=most,
                limit=resource.capacity or None,
            )
        )
    if kind.waits == "task":  # the one who waits for a task group is its owner: its lane shows that
        return bands
    longest = max((length for _, length in lengths), default=0)
    if longest:
        label, more = ("waiting", "") if bands else (name, f"{detail} waiting")
        if longest <= _SLOTS:
            rows = tuple(Row(number * (slot + 1), slot) for number in range(longest))
            waiting = line(recording.waiters(resource), until)
            if waiting:  # none where all waits took no time
                bands.append(Band(kind.waits, label, more, rows, waiting, waiting=True))
        else:
            points = [(time, float(length)) for time, length in lengths]
            rows = (Row(0, curve),)
            more = f"{more} at most {longest}".strip()
            bands.append(
                Band(kind.waits, label, more, rows, curve=points, most=longest, waiting=True)
            )
    return bands
