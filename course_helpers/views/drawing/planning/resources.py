"""Which lanes resources have: who has each of them, and who waits for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from course_helpers.recording.columns import packed
from course_helpers.recording.kinds import kind_of
from course_helpers.recording.model import Change, Recording, Resource, Span
from course_helpers.recording.readings import Hold, expired, holds, line, line_lengths, too_many
from course_helpers.views import words
from course_helpers.views.drawing.plan import Band, Level
from course_helpers.views.lanes import horizon

_RESOURCES = 8
# A task that gives each of its waits a time limit has many: of more than these, those that expired.
_TIMEOUTS = 3
# A semaphore of more permits, or a longer line, is drawn as a curve.
_SLOTS = 5
# What it is called when the value of what is either on or off is on.
_SWITCH = {"event": "set", "future": "armed"}


def bands(recording: Recording) -> tuple[list[Band], list[str]]:
    """The lanes of the resources, and in sentences which have none."""
    left_out: list[str] = []
    shown = _interesting(recording)
    quiet = [resource for resource in shown if _unexpired(resource)]
    if quiet and sum(kind_of(resource).name == "timeout" for resource in shown) > _TIMEOUTS:
        shown = [resource for resource in shown if not _unexpired(resource)]
        is_one = "timeout that did not expire is", "timeouts that did not expire are"
        left_out.append(f"{words.count(len(quiet), *is_one)} not shown.")
    if len(shown) > _RESOURCES:
        more = len(shown) - _RESOURCES
        left_out.append(f"{words.count(more, 'resource is', 'resources are')} not shown.")
    lengths = line_lengths(recording)
    found: list[Band] = []
    for resource in sorted(shown[:_RESOURCES], key=lambda one: one.index):
        having = _having(recording, resource)
        found.extend(having)
        # The one who waits for a task group is its owner: its lane shows that.
        if kind_of(resource).waits != "task":
            standing = lengths.get(resource.index, [])
            found.extend(_waiting(recording, resource, standing, second=bool(having)))
    return found, left_out


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
    return kind_of(resource).name == "timeout" and expired(resource) is None


def _detail(resource: Resource) -> str:
    """The class of a resource, where its name does not say it, with what is special about it."""
    bound = "" if resource.capacity is None else f"({resource.capacity})"
    named = words.one_line(resource.label).startswith(resource.kind)
    parts = [] if named else [f"{resource.kind}{bound}"]
    if expired(resource) is not None:
        parts.append("expired")
    if extra := too_many(resource, resource.changes):
        parts.append(f"{extra} too many")
    return " ".join(parts)


def _having(recording: Recording, resource: Resource) -> list[Band]:
    """Who holds a resource, or how full it is: one band, or none for what is neither."""
    kind, changes = kind_of(resource), packed(Change, resource.changes)
    band = Band(resource.index, kind.waits, words.one_line(resource.label), _detail(resource))
    stretches = holds(resource, horizon(recording)) if kind.held else []
    if stretches:
        slots = max(max(hold.slot for hold in stretches) + 1, resource.capacity or 0)
        if slots <= _SLOTS:
            return [_with_holds(recording, band, stretches, slots)]
        levels = [(time, len(who)) for time, who in changes.each("time", "holders")]
        in_use = _with_curve(band, levels, slots, resource.capacity)
        return [replace(in_use, counts="permits in use", bound=kind.bound)]
    if kind.name in ("condition", "lock"):
        return []
    # Until it was met first nobody had changed it.
    levels = [(0.0, resource.changes[0].value), *changes.each("time", "value")]
    most = max(resource.capacity or 0, _peak(levels, recording))
    if not resource.capacity and most > 1:
        band = replace(band, detail=f"{band.detail}, peak {most}".removeprefix(", "))
    curve = _with_curve(band, levels, most, resource.capacity)
    switch = _SWITCH.get(kind.waits, "") if most == 1 else ""
    counts, bound = kind.curve or "its value", kind.bound or "its bound"
    return [replace(curve, counts=counts, bound=bound, switch=switch)]


def _waiting(
    recording: Recording, resource: Resource, lengths: Sequence[tuple[float, int]], *, second: bool
) -> list[Band]:
    """Who waits for a resource, or how many: one band, or none where nobody waits."""
    longest = max((length for _, length in lengths), default=0)
    if not longest:
        return []
    label, detail = words.one_line(resource.label), f"{_detail(resource)} waiting".strip()
    if second:
        label, detail = "waiting", ""
    kind = kind_of(resource).waits
    band = Band(resource.index, kind, label, detail, waiting=True, second=second)
    if longest <= _SLOTS:
        stretches = line(recording.waiters(resource), horizon(recording))
        # None where all waits took no time.
        return [_with_holds(recording, band, stretches, longest)] if stretches else []
    peak = _peak(lengths, recording)
    band = replace(band, detail=f"{detail}, peak {peak}".removeprefix(", "))
    return [_with_curve(band, lengths, peak, None)]


def _peak(levels: Sequence[tuple[float, int]], recording: Recording) -> int:
    """The highest of these levels, and at least 1; what lasted no time is not to be seen."""
    ends = [*levels[1:], (recording.duration, 0)]
    lasting = [level for (time, level), (end, _) in zip(levels, ends, strict=True) if end > time]
    return max(1, *(lasting or [level for _, level in levels]))


def _with_holds(recording: Recording, band: Band, stretches: Sequence[Hold], slots: int) -> Band:
    tasks = dict.fromkeys(hold.task for hold in stretches)
    full = {task: words.name(recording.tasks[task]) for task in tasks}
    short = words.told_apart(list(full.values()))
    names = {task: (name, apart) for (task, name), apart in zip(full.items(), short, strict=True)}
    return replace(band, holds=tuple(stretches), slots=slots, names=names)


def _with_curve(
    band: Band, levels: Iterable[tuple[float, int]], most: int, limit: int | None
) -> Band:
    curve = tuple(map(Level._make, levels))
    return replace(band, curve=curve, most=most, limit=limit or None)
