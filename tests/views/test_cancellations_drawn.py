"""Cancellations, timeouts and signals on a timeline: their marks, names, and the legend."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest

from course_helpers.recorder.record import record
from course_helpers.recording.model import (
    Blocked,
    Cancellation,
    Ending,
    Outcome,
    Recording,
    State,
    Waker,
)
from course_helpers.simulation import simulate
from course_helpers.views.drawing.layout import Layout, laid_out
from course_helpers.views.drawing.measuring import width
from course_helpers.views.drawing.painting.lettering import Letters
from course_helpers.views.drawing.plan import Options, Plan
from course_helpers.views.drawing.planning.planner import planned
from course_helpers.views.drawing.sizes import NOTEBOOK
from course_helpers.views.lanes import horizon
from course_helpers.views.timeline import timeline
from tests.views.builder import Builder
from tests.views.test_timeline import artists, texts

PAGE = 675.0
SIGTERM = Waker("signal", signal="SIGTERM")


def plan_of(recording: Recording, **options: Any) -> Plan:
    window = (0.0, horizon(recording))
    return planned(recording, Options(recording.tasks, window, True, None)._replace(**options))


def layout_of(recording: Recording) -> Layout:
    return laid_out(plan_of(recording), NOTEBOOK, PAGE)


def on_the_real_clock(program: Coroutine[Any, Any, None]) -> Recording:
    async def main() -> Recording:
        with record() as recording:
            await program
        return recording

    return asyncio.run(main())


async def slow_to_end() -> None:
    try:
        await asyncio.sleep(10)
    finally:
        await asyncio.sleep(1)


async def deaf() -> None:
    try:
        await asyncio.sleep(10)
    except asyncio.CancelledError:
        await asyncio.sleep(1)


async def outlasted() -> None:
    try:
        async with asyncio.timeout(0.5):
            await asyncio.create_task(slow_to_end(), name="slow")
    except TimeoutError:
        pass


async def cancels(program: Coroutine[Any, Any, None]) -> None:
    task = asyncio.create_task(program, name="it")
    await asyncio.sleep(0.5)
    task.cancel()
    await asyncio.wait([task])


def test_a_cleanup_that_outlasts_its_timeout_is_told_from_a_swallowed_cancellation() -> None:
    followed = plan_of(simulate(cancels(slow_to_end())))
    (landing,) = followed.landings
    assert (landing.time, landing.lane, landing.followed) == (0.5, 1, True)
    assert [tuple(each) for each in followed.cleanups] == [(1, 0.5, 1.5)]
    swallowed = plan_of(simulate(cancels(deaf())))
    (landing,) = swallowed.landings
    assert (landing.time, landing.lane, landing.followed) == (0.5, 1, False)
    assert landing.text == "cancelled by cancels(): swallowed"
    assert not swallowed.cleanups
    for plan in (followed, swallowed):
        assert [tuple(each) for each in plan.tears] == [(1, 0.0, 0.5)]


async def asleep_and_cancelled() -> None:
    task = asyncio.create_task(asyncio.sleep(10), name="it")
    await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.wait([task])


async def woken_and_cancelled() -> None:
    event = asyncio.Event()
    task = asyncio.create_task(event.wait(), name="it")
    await asyncio.sleep(0.01)
    event.set()
    task.cancel()
    await asyncio.wait([task])


@pytest.mark.parametrize(
    "recorded", [simulate, pytest.param(on_the_real_clock, marks=pytest.mark.real_time)]
)
def test_what_was_waiting_still_is_torn_and_no_wait_that_had_ended(
    recorded: Callable[[Coroutine[Any, Any, None]], Recording],
) -> None:
    cut_off = plan_of(recorded(asleep_and_cancelled()))
    assert [tear.lane for tear in cut_off.tears] == [1]
    assert not plan_of(recorded(woken_and_cancelled())).tears


def test_the_marks_are_painted_and_explained() -> None:
    figure = timeline(simulate(cancels(slow_to_end())))
    assert artists(figure, "landing")
    assert artists(figure, "tears")
    assert artists(figure, "cleanups")
    assert not artists(figure, "hollow")
    key = {"cancelled here", "cut off", "cleanup after a cancellation"}
    assert key <= set(texts(figure))
    assert "cancellation swallowed" not in texts(figure)
    figure = timeline(simulate(cancels(deaf())))
    assert artists(figure, "hollow")
    assert not artists(figure, "landing")
    assert not artists(figure, "cleanups")
    assert "cancellation swallowed" in texts(figure)
    assert not key - {"cut off"} & set(texts(figure))


def test_a_timeout_is_a_line_across_the_lanes_that_it_concerns_with_its_name() -> None:
    plan = plan_of(simulate(outlasted()))
    (crossing,) = plan.crossings
    assert (crossing.time, crossing.top, crossing.bottom) == (0.5, 0, 1)
    figure = timeline(simulate(outlasted()))
    assert artists(figure, "crossings")
    shown = texts(figure)
    assert "Timeout 1 expired" in shown
    assert "timeout expired" in shown
    assert "signal" not in shown
    # It lands on the task that waited at 0.5, and on its owner when that has ended.
    assert [(each.time, each.lane, each.followed) for each in plan.landings] == [
        (1.5, 0, False),
        (0.5, 1, True),
    ]


def test_a_block_that_a_timeout_left_cleans_up_to_its_end() -> None:
    async def main() -> None:
        try:
            async with asyncio.timeout(0.5):
                await slow_to_end()
        except TimeoutError:
            pass
        await asyncio.sleep(1)

    plan = plan_of(simulate(main()))
    assert [tuple(each) for each in plan.cleanups] == [(0, 0.5, 1.5)]
    assert [each.became for each in plan.landings] == ["taken back"]


def test_a_signal_is_a_line_with_its_name() -> None:
    made = Builder("real")
    made.task("A", ("sleep", "sleep(1)", 1))
    made.task("B", ("event", "Event.wait", 0.5), (State.READY, 0.1, SIGTERM))
    recording = made.recording()
    (crossing,) = plan_of(recording).crossings
    assert tuple(crossing) == (0.5, 1, 1, "signal", "SIGTERM")
    assert {"SIGTERM", "signal"} <= set(texts(timeline(recording)))  # its mark, and the legend


def test_a_group_that_ends_is_not_said_to_swallow() -> None:
    async def fails() -> None:
        await asyncio.sleep(0.3)
        raise ValueError("no such host")

    async def main() -> None:
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(fails(), name="bad")
                group.create_task(asyncio.sleep(1), name="good")
        except* ValueError:
            pass
        await asyncio.sleep(0.1)

    plan = plan_of(simulate(main()))
    own, good = plan.landings
    assert (own.lane, own.followed, own.text) == (0, False, "cancelled by bad")
    assert own.became in ("taken back", "ended by its group")  # by the version of Python
    assert (good.lane, good.followed, good.text) == (2, True, "cancelled by bad")


def requests(*outcomes: tuple[float, Outcome, float | None]) -> Recording:
    """A waits for a second, and B asks to cancel it at those times, with those outcomes."""
    made = Builder()
    made.task("A", ("sleep", "sleep(1)", 1))
    made.task("B", ("sleep", "sleep(1)", 1))
    cancellations = tuple(
        Cancellation(time, 9, 0, Waker("task", 1), None, None, None, None, arrived, None, outcome)
        for time, outcome, arrived in outcomes
    )
    return replace(made.recording(), cancellations=cancellations)


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        (Outcome.GOES_ON, "cancelled by B: not followed so far"),
        (Outcome.PENDING, "cancelled by B: not yet arrived"),
        (Outcome.TAKEN_BACK, "cancelled by B: taken back"),
        (Outcome.TOO_LATE, "cancelled by B: too late"),
    ],
)
def test_what_became_of_it_is_said(outcome: Outcome, said: str) -> None:
    figure = timeline(requests((0.3, outcome, None)))
    assert artists(figure, "hollow")
    assert said in texts(figure)
    assert f"cancellation {said.partition(': ')[2]}" in texts(figure)


def test_no_name_is_cut_and_none_stands_on_another() -> None:
    made = Builder()
    error = "ConnectionRefusedError: [Errno 111] nobody listens at port 8080 of example.org"
    for label in "ABC":
        made.task(label, ("sleep", "sleep(1)", 1), ending=Ending.FAILED, detail=error)
    by = "a worker with a name of its own that is long"
    made.task("D", ("sleep", "sleep(1)", 1), ending=Ending.CANCELLED, cancelled_by=by)
    asked = [(0.3 + number / 100, Outcome.SWALLOWED, 0.3 + number / 100) for number in range(3)]
    recording = replace(made.recording(), cancellations=requests(*asked).cancellations)
    shown = texts(timeline(recording))
    assert shown.count(error) == 3
    assert f"cancelled by {by}" in shown
    layout = layout_of(recording)
    for one, other in combinations(layout.notes, 2):
        if (one.lane, one.line) == (other.lane, other.line):
            left, right = sorted((one, other), key=lambda note: note.x)
            assert left.x + width(left.text, NOTEBOOK.small) <= right.x
    for note in layout.notes:
        assert note.x >= 0
        assert note.x + width(note.text, NOTEBOOK.small) <= layout.points + layout.margin


def test_more_names_than_there_is_room_for_are_counted() -> None:
    asked = [(0.5 + number / 1e4, Outcome.SWALLOWED, 0.5 + number / 1e4) for number in range(10)]
    figure = timeline(requests(*asked))
    assert "7 more cancellations without a name." in texts(figure)


def crossed(recording: Recording) -> list[str]:
    """The words that stand in a lane and on the line of the recording's end."""
    figure = timeline(recording)
    ((line,),) = [artist.get_segments() for artist in artists(figure, "end")]
    figure.canvas.draw()
    axes = figure.axes[0]
    across, top, bottom = line[0][0], 0, axes.get_ylim()[0]
    found = []
    for letters in axes.get_children():
        if not isinstance(letters, Letters):
            continue
        transform = letters.get_offset_transform()
        for text, place, outline in zip(
            letters.texts, letters.places, letters.get_paths()[-len(letters.texts) :], strict=True
        ):
            x, y = transform.transform(place)
            end = axes.transData.transform((across, top))[0]
            lower = axes.transData.transform((0, bottom))[1]
            box = outline.get_extents()
            per_point = figure.dpi / 72
            if y > lower and x + box.x0 * per_point < end < x + box.x1 * per_point:
                found.append(text)
    return found


def test_the_line_of_the_end_goes_through_no_word() -> None:
    made = Builder()
    wait = "read(a name in the middle)"
    made.task("A", ("lock", wait, 0.1, 0), ending=Ending.ALIVE)
    made.task("B", ("lock", wait, 1.0, 0), ending=Ending.ALIVE)
    made.task("C", ("sleep", "sleep(1)", 1))
    made.resource("lock", "Lock", (0, (), 0), (0.9, (2,), 1))
    recording = made.recording(1.0)
    assert not crossed(recording)
    assert texts(timeline(recording)).count(wait) == 2


def test_the_legend_explains_the_lanes_of_resources() -> None:
    made = Builder()
    made.task("A", ("sleep", "sleep(4)", 4))
    made.resource("jobs", "Queue", (0, (), 0), (1, (), 2), (3, (), 1), capacity=4)
    shown = texts(timeline(made.recording()))
    assert {"items in the queue", "its maxsize"} <= set(shown)
    made = Builder()
    made.task("A", ("sleep", "sleep(4)", 4))
    made.resource("jobs", "Queue", (0, (), 0), (1, (), 2), (3, (), 1))
    shown = texts(timeline(made.recording()))
    assert "its maxsize" not in shown
    assert "holds" not in shown


def test_a_task_of_a_group_that_goes_on_is_said_to_swallow() -> None:
    async def fails() -> None:
        await asyncio.sleep(0.3)
        raise ValueError("no such host")

    async def main() -> None:
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(fails(), name="bad")
                group.create_task(deaf(), name="deaf")
        except* ValueError:
            pass

    _, stubborn = plan_of(simulate(main())).landings
    assert stubborn.text == "cancelled by bad: swallowed"


def test_what_is_one_moment_to_the_eye_has_one_name() -> None:
    made = Builder("real")
    for label in "AB":
        made.task(
            label,
            ("sleep", "sleep(1)", 1.0),
            (State.READY, 0.0001, SIGTERM),
            (State.RUNNING, 0.5),
        )
    cancellations = tuple(
        Cancellation(
            *(0.9999 + task / 1e5, 9, task, SIGTERM, None, None, None, None),
            *(1.0001, 9, Outcome.SWALLOWED),
        )
        for task in (0, 1)
    )
    recording = replace(made.recording(), cancellations=cancellations)
    (crossing,) = plan_of(recording).crossings
    assert (crossing.top, crossing.bottom) == (0, 1)
    assert [note.text for note in layout_of(recording).notes] == [
        "cancelled by SIGTERM: swallowed",
        "cancelled by SIGTERM: swallowed",
    ]


def test_the_frame_of_a_blocked_loop_goes_through_no_word() -> None:
    made = Builder("real")
    made.task("A", ("task", "gather", 1.0))
    blocked = (Blocked(0.1, 0.5, 3, None, None), Blocked(0.5, 0.9, 4, None, None))
    figure = timeline(made.recording(blocked=blocked))
    places = [
        place
        for letters in figure.axes[0].get_children()
        if isinstance(letters, Letters)
        for text, place in zip(letters.texts, letters.places, strict=True)
        if text == "gather"
    ]
    assert [round(x, 2) for x, _ in places] in ([0.3], [0.7])


def test_no_sign_of_a_cancellation_covers_a_word() -> None:
    made = Builder()
    made.task("A", ("sleep", "sleep(1)", 1), ("sleep", "sleep(1)", 1))
    made.task("B", ("task", "wait", 2))
    recording = replace(
        made.recording(), cancellations=requests((1, Outcome.SWALLOWED, 1.0)).cancellations
    )
    narrow = timeline(recording, window=(0.9, 1.1), projector=True)
    for letters in narrow.axes[0].get_children():
        if isinstance(letters, Letters):
            for text, (x, _) in zip(letters.texts, letters.places, strict=True):
                if text == "sleep(1)":
                    assert abs(x - 0.95) > 1e-3  # the middle of a bar, but for its sign
                    assert abs(x - 1.05) > 1e-3
