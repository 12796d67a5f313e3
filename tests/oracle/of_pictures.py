"""Judges of what a timeline draws of primitives: holders, lines, and the levels of curves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from course_helpers.recording.model import Resource, State
from course_helpers.views.drawing import plan
from course_helpers.views.drawing.levels import steps
from course_helpers.views.drawing.planning.planner import planned
from course_helpers.views.lanes import horizon
from tests.oracle.facts import has_owners, holdings
from tests.oracle.judging import Case, Untruth

#: A curve is drawn as narrow as this, in points: what is wide enough to see must be right.
_POINTS = 4


def of_bands(case: Case) -> Iterator[Untruth]:
    """Each bar and each level is so."""
    recording = case.recording
    options = plan.Options(recording.tasks, (0.0, horizon(recording)), resources=True, arrows=None)
    drawn = planned(recording, options)
    for band in drawn.bands:
        name = recording.resources[band.resource].label
        resource = case.resources.get(name)
        if resource is None:
            continue
        if band.waiting:
            yield from _line(case, name, band)
        elif band.holds:
            yield from _holds(case, name, band)
        else:
            yield from _levels(case, resource, band.curve)


def _line(case: Case, name: str, band: plan.Band) -> Iterator[Untruth]:
    """Who is drawn in line, and at which place."""
    for hold in band.holds:
        middle = (hold.start + min(hold.end, case.truth.duration)) / 2
        true = _waiting_at(case, name, middle)
        if hold.start < middle and case.key(hold.task) != "".join(true[hold.slot : hold.slot + 1]):
            yield Untruth("drawn in line", (name, hold, case.key(hold.task)), true)
            return
    for (start, length), (end, _) in pairwise([*band.curve, (case.truth.duration, 0.0)]):
        true = _waiting_at(case, name, (start + end) / 2)
        if start < end and len(true) != length:
            yield Untruth("drawn in line", (name, start, length), true)
            return


def _waiting_at(case: Case, name: str, time: float) -> list[str]:
    """Who waits for a primitive at a time at which nothing happens, in order."""
    found = [
        (stretch.first, lane.key)
        for lane in case.truth.learners()
        for stretch in lane.stretches
        if stretch.state is State.WAITING
        and stretch.wait is not None
        and stretch.wait.subject == name
        and stretch.start <= time < stretch.end
    ]
    return [key for _, key in sorted(found)]


def _holds(case: Case, name: str, band: plan.Band) -> Iterator[Untruth]:
    """Who is drawn as a holder, from when to when."""
    end = case.truth.duration
    said = {
        (case.key(hold.task), hold.start, min(hold.end, end))
        for hold in band.holds
        if hold.start < min(hold.end, end)
    }
    if not has_owners(case, name):
        if said:
            yield Untruth("holders of what has none", sorted(said), "nobody")
        return
    true = {each for each in holdings(case, name) if each[1] < each[2]}
    if said != true:
        yield Untruth("drawn as holder", (name, sorted(said)), sorted(true))


def _levels(
    case: Case, resource: Resource, curve: Sequence[tuple[float, float]]
) -> Iterator[Untruth]:
    """At which level a curve is drawn, wherever the level is wide enough to see."""
    values, duration = case.truth.values.get(resource.label), case.truth.duration
    if not values or not duration:
        return
    for points in (_POINTS, 1000):
        borders, levels = steps(curve, 0.0, duration, duration / points)
        drawn = list(zip(borders[:-1], borders[1:], levels, strict=True))
        for (start, value), (end, _) in pairwise([*values, (duration, None)]):
            middle = (start + end) / 2
            if end - start <= duration / points:
                continue
            level = next((each for left, right, each in drawn if left <= middle < right), None)
            if level != value[0] and not _at_a_barrier(case, resource, middle):
                yield Untruth("level", (resource.label, middle, level), value[0])
                return


def _at_a_barrier(case: Case, resource: Resource, time: float) -> bool:
    """Whether somebody may just arrive at a barrier, or leave it: when in a step, nobody tells."""
    return resource.kind == "Barrier" and any(
        stretch.state is State.RUNNING and stretch.start <= time < stretch.end
        for lane in case.truth.learners()
        for stretch in lane.stretches
    )
