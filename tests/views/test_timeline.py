"""What is on the picture, read from the artists that draw it: their gid says what each one is."""

from __future__ import annotations

import io
import sys
import warnings
from dataclasses import replace
from subprocess import run
from typing import Any

import numpy as np
import pytest
from matplotlib.collections import Collection, LineCollection
from matplotlib.figure import Figure
from matplotlib.path import Path
from PIL import Image

from course_helpers.recording.model import (
    WAIT_KINDS,
    Blocked,
    Ending,
    Location,
    Mark,
    Recording,
    State,
    Waker,
)
from course_helpers.simulation import simulate
from course_helpers.views.drawing.measuring import width
from course_helpers.views.drawing.painting.lettering import Letters
from course_helpers.views.drawing.sizes import NOTEBOOK
from course_helpers.views.timeline import timeline
from tests.views.builder import Builder
from tests.views.programs import locks

RUN, READY = State.RUNNING, State.READY


def artists(figure: Any, name: str) -> list[Any]:
    return [one for one in figure.axes[0].get_children() if (one.get_gid() or "") == name]


def boxes(figure: Any, name: str) -> list[tuple[float, float]]:
    """From when to when the bars of that name go, in seconds, rounded to a microsecond."""
    return [
        (round(path.vertices[:, 0].min(), 6), round(path.vertices[:, 0].max(), 6))
        for artist in artists(figure, name)
        for path in artist.get_paths()
    ]


def texts(figure: Any) -> list[str]:
    return [
        text
        for axes in figure.axes
        for one in axes.get_children()
        if isinstance(one, Letters)
        for text in one.texts
    ]


def two_workers(clock: str = "virtual") -> Builder:
    """A holds the lock for two seconds, B for one after it."""
    made = Builder(clock)
    main = made.task("main", (READY, 0), (RUN, 0), ("task", "gather", 3), (READY, 0), (RUN, 0))
    made.task(
        "A", (READY, 0), (RUN, 0), ("sleep", "sleep(2)", 2), (READY, 0), (RUN, 0), parent=main
    )
    made.task(
        "B",
        (READY, 0),
        (RUN, 0),
        ("lock", "Lock.acquire", 2, 0),
        (READY, 0, Waker("task", 1)),
        (RUN, 0),
        ("sleep", "sleep(1)", 1),
        parent=main,
    )
    made.resource("lock", "Lock", (0, (), 0), (0, (1,), 1), (2, (2,), 1), (3, (), 0))
    return made


def category(kind: str) -> str:
    return f"task-{3 + WAIT_KINDS.index(kind)}"


def test_each_kind_of_waiting_has_bars_of_its_own() -> None:
    figure = timeline(two_workers().recording())
    assert boxes(figure, category("sleep")) == [(0, 2), (2, 3)]
    assert boxes(figure, category("lock")) == [(0, 2)]
    assert boxes(figure, category("task")) == [(0, 3)]
    assert {"sleep(2)", "Lock.acquire", "gather"} <= set(texts(figure))


def test_the_key_names_what_occurs_and_nothing_else() -> None:
    key = set(texts(timeline(two_workers().recording())))
    assert {
        "sleeping",
        "waiting for a lock",
        "holds",
        "in line, first at the top",
        "wakes",
        "done",
    } <= key
    assert not key & {"running", "ready", "waiting for an event", "failed", "cancelled"}
    assert "not held" not in key  # somebody holds the lock all the time
    made = Builder()
    made.task("A", ("sleep", "sleep(2)", 2))
    made.resource("lock", "Lock", (0, (), 0), (0, (0,), 1), (1, (), 0))
    assert "not held" in texts(timeline(made.recording()))


def test_a_step_that_takes_no_time_is_a_mark_of_fixed_width() -> None:
    figure = timeline(two_workers().recording())
    assert not boxes(figure, "task-0")
    assert not boxes(figure, "task-1")
    (marks,) = artists(figure, "steps")
    assert isinstance(marks, LineCollection)
    assert sorted({round(float(one[0][0]), 6) for one in marks.get_segments()}) == [0, 2, 3]
    width = marks.get_linewidth()
    again = timeline(two_workers().recording(), window=(0, 0.001))
    assert artists(again, "steps")[0].get_linewidth() == width


def test_running_is_solid_and_ready_is_striped_when_they_take_time() -> None:
    made = Builder("real")
    made.task("A", (READY, 0.5), (RUN, 0.5))
    figure = timeline(made.recording())
    (ready,), (running,) = artists(figure, "task-1"), artists(figure, "task-0")
    assert ready.get_hatch()
    assert not running.get_hatch()
    assert boxes(figure, "task-1") == [(0, 0.5)]
    assert boxes(figure, "task-0") == [(0.5, 1)]


def test_a_lock_shows_its_holders_and_its_line() -> None:
    figure = timeline(two_workers().recording())
    assert boxes(figure, "holders") == [(0, 2), (2, 3)]
    assert boxes(figure, "waiters") == [(0, 2)]
    (holders,), (waiters,) = artists(figure, "holders"), artists(figure, "waiters")
    assert holders.get_facecolor().tolist() != waiters.get_facecolor().tolist()
    hidden = timeline(two_workers().recording(), resources=False)
    assert not boxes(hidden, "holders")
    assert "lock" not in texts(hidden)


def test_a_colour_says_what_a_task_does_and_not_which_task_it_is() -> None:
    figure = timeline(two_workers().recording())
    (strips,), (bars,) = artists(figure, "held"), artists(figure, "holders")
    assert strips.get_facecolor().tolist() == bars.get_facecolor().tolist()  # both hold
    (line,), (waits,) = artists(figure, "waiters"), artists(figure, category("lock"))
    assert line.get_facecolor().tolist() == waits.get_facecolor().tolist()  # both wait for a lock
    assert {"A", "B"} <= set(texts(figure))


def test_names_in_the_bars_are_shortened_all_or_none() -> None:
    made = Builder()
    labels = ["a worker with a long name, A", "a worker with a long name, B"]
    for label in labels:
        made.task(label, ("sleep", "sleep", 1))
    made.resource("lock", "Lock", (0, (), 0), (0, (0,), 1), (0.9, (1,), 1), (1, (), 0))
    shown = texts(timeline(made.recording()))
    assert {"A", "B"} <= set(shown)
    assert [shown.count(label) for label in labels] == [1, 1]  # at the left of their lanes
    wide = texts(timeline(made.recording(), window=(0.0, 0.5)))
    assert wide.count(labels[0]) == 2


def test_a_level_wide_enough_to_see_is_drawn_at_its_value() -> None:
    made = Builder()
    made.task("A", ("sleep", "sleep(1)", 1))
    count = 3000
    filled = [(number / 1e6, (), number) for number in range(count)]
    drained = [(0.3 + number / 1e6, (), count - number) for number in range(count + 1)]
    made.resource("jobs", "Queue", *filled, *drained)
    figure = timeline(made.recording())
    (outline,) = artists(figure, "curve-outline")
    (zero,) = artists(figure, "zero")
    (line,) = outline.get_segments()
    assert tuple(line[-1]) == tuple(zero.get_segments()[0][1])  # empty for the rest of the time
    assert boxes(figure, "curve")[-1][1] < 0.31


def test_a_queue_shows_its_depth_as_steps() -> None:
    made = Builder()
    made.task("A", ("sleep", "sleep(4)", 4))
    made.resource("jobs", "Queue", (0, (), 0), (1, (), 2), (3, (), 1), capacity=4)
    figure = timeline(made.recording())
    assert boxes(figure, "curve") == [(1, 3), (3, 4)]
    assert artists(figure, "limit")
    assert {"jobs", "Queue(4)", "0", "1", "2"} <= set(texts(figure))


def test_endings_are_signs_with_their_reason_beside_them() -> None:
    made = Builder()
    made.task("main", ("sleep", "sleep(10)", 10))
    made.task("A", ("sleep", "sleep(1)", 1), ending=Ending.FAILED, detail="ValueError: no")
    made.task("B", ("sleep", "sleep(1)", 1), ending=Ending.CANCELLED, cancelled_by="main")
    figure = timeline(made.recording())
    for ending in ("done", "failed", "cancelled"):
        assert artists(figure, f"ending-{ending}")
    assert {"ValueError: no", "cancelled by main"} <= set(texts(figure))


def test_tasks_left_waiting_go_on_beyond_the_end() -> None:
    made = Builder()
    made.task("A", ("sleep", "sleep(1)", 1), ("lock", "Lock.acquire", 0, 0), ending=Ending.ALIVE)
    made.resource("lock", "Lock", (0, (), 0), (0, (0,), 1))
    recording = made.recording(1.0)
    figure = timeline(recording)
    ((start, end),) = boxes(figure, category("lock"))
    assert start == 1
    assert end > 1.05
    assert artists(figure, "end")
    assert "waiting in Lock.acquire" in figure.alternative


def test_a_blocked_loop_is_drawn_across_all_lanes() -> None:
    made = Builder("real")
    for label in "ABC":
        made.task(label, ("sleep", "sleep(1)", 1))
    blocked = Blocked(0.2, 0.5, 3, 0, Location("cell", 14, "load"))
    figure = timeline(made.recording(blocked=(blocked,)))
    assert boxes(figure, "blocked") == [(0.2, 0.5)]
    assert "blocked 0.3 s, line 14" in texts(figure)
    rows = [path.vertices[:, 1] for path in artists(figure, category("sleep"))[0].get_paths()]
    (band,) = artists(figure, "blocked")[0].get_paths()
    assert band.vertices[:, 1].min() <= min(row.min() for row in rows)
    assert band.vertices[:, 1].max() >= max(row.max() for row in rows)


def test_arrows_are_drawn_when_they_are_few_or_asked_for() -> None:
    few = two_workers().recording()
    assert artists(timeline(few), "wakes")
    assert not artists(timeline(few, arrows=False), "wakes")
    made = Builder()
    made.task("gives way", (RUN, 0), (READY, 1, Waker("task", 0)), (RUN, 0))
    assert not artists(timeline(made.recording()), "wakes")
    made = Builder()
    made.task("main", ("sleep", "sleep(100)", 100))
    wakes = [(("sleep", "sleep(1)", 1), (READY, 0, Waker("task", 0))) for _ in range(99)]
    made.task("A", *[piece for wake in wakes for piece in wake])
    many = made.recording()
    assert not artists(timeline(many), "wakes")
    assert len(artists(timeline(many, arrows=True), "wakes")[0].get_segments()) == 99


def test_tasks_and_window_choose_what_is_shown() -> None:
    recording = two_workers().recording()
    figure = timeline(recording, tasks=["B"], window=(1.0, 2.5), resources=False)
    assert "B" in texts(figure)
    assert "A" not in texts(figure)
    assert boxes(figure, category("lock")) == [(1, 2)]
    assert boxes(figure, category("sleep")) == [(2, 2.5)]
    for choice in ("B", 2, [2], recording.tasks[2], [recording.tasks[2]]):
        assert boxes(timeline(recording, tasks=choice), category("lock")) == [(0, 2)]


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"tasks": ["C"]}, LookupError, "'A', 'B'"),
        ({"tasks": [7]}, LookupError, "7"),
        ({"tasks": [1.5]}, TypeError, "label, index"),
        ({"tasks": 1.5}, TypeError, "label, index"),
        ({"window": ("a", "b")}, ValueError, "from, to"),
        ({"window": 2}, ValueError, "from, to"),
        ({"window": (2, 1)}, ValueError, "from, to"),
        ({"window": (0, float("nan"))}, ValueError, "from, to"),
        ({"figure": Figure()}, TypeError, "give axes"),
    ],
)
def test_what_cannot_be_drawn_is_said(arguments: dict[str, Any], error: type, words: str) -> None:
    with pytest.raises(error, match=words):
        timeline(two_workers().recording(), **arguments)


def test_something_else_than_a_recording_is_refused() -> None:
    with pytest.raises(TypeError, match=r"takes a Recording, not str: `recording = simulate"):
        timeline("main()")  # type: ignore[call-overload]


def test_a_figure_that_is_used_again_shows_the_new_recording_only() -> None:
    figure = timeline(two_workers().recording())
    other = Builder()
    other.task("quite different", ("event", "Event.wait", 7))
    again = timeline(other.recording(), figure=figure)
    fresh = timeline(other.recording())
    assert again is figure
    assert sorted(texts(again)) == sorted(texts(fresh))
    assert boxes(again, category("event")) == [(0, 7)]
    assert not boxes(again, category("lock"))
    assert again.png() == fresh.png()
    assert again.alternative == fresh.alternative


def test_the_same_recording_gives_the_same_picture() -> None:
    one, other = (timeline(two_workers().recording()).png() for _ in range(2))
    assert one == other


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("projector", [False, True])
def test_the_output_is_a_picture_with_an_alternative(dark: bool, projector: bool) -> None:
    figure = timeline(two_workers().recording(), dark=dark, projector=projector)
    data, metadata = figure._repr_mimebundle_()
    picture = Image.open(io.BytesIO(data["image/png"]))
    about = metadata["image/png"]
    # As wide as the page, up to 1,400 pixels, and never blurred.
    assert about["width"] == 1400
    assert picture.width >= about["width"]
    assert picture.height / picture.width == pytest.approx(about["height"] / 1400, abs=1 / 1400)
    assert about["alt"].startswith("Timeline of 3 tasks over 3 s by the virtual clock.")
    assert data["text/plain"] == "<timeline>"
    corner = picture.convert("RGB").getpixel((picture.width - 1, picture.height - 1))
    assert corner == ((20, 24, 29) if dark else (255, 255, 255))


def test_the_run_before_is_outlined_around_the_lanes_of_the_same_names() -> None:
    before, after = (simulate(locks(workers)) for workers in (4, 2))
    figure = timeline(after, window=(0.0, before.duration), before=before)
    [outlines] = artists(figure, "before")
    ends = {task.label: task.ended for task in before.tasks}
    assert [max(x for x, _ in path.vertices) for path in outlines.get_paths()] == pytest.approx(
        [before.duration, ends["A"], ends["B"]]
    )
    assert "the run before" in texts(figure)
    assert "the run before" not in texts(timeline(after))
    with pytest.raises(TypeError, match="before is a Recording"):
        timeline(after, before=3)  # type: ignore[call-overload]


def test_a_projector_gets_larger_letters() -> None:
    def letter(figure: Any) -> float:
        """How many pixels a letter is high where the picture is shown."""
        heights = [
            path.get_extents().height
            for one in figure.axes[0].get_children()
            if isinstance(one, Letters)
            for text, path in zip(one.texts, one.get_paths(), strict=True)
            if text == "main"
        ]
        return heights[0]

    recording = two_workers().recording()
    assert letter(timeline(recording, projector=True)) > 1.4 * letter(timeline(recording))


def test_savefig_works_as_for_any_figure() -> None:
    figure = timeline(two_workers().recording())
    for form, begins in (("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")):
        output = io.BytesIO()
        figure.savefig(output, format=form)
        assert output.getvalue().startswith(begins)


def test_on_axes_of_ones_own_everything_stays_inside_them() -> None:
    figure = Figure(figsize=(8, 6))
    above, below = figure.subplots(2)
    box = below.get_window_extent()
    assert timeline(two_workers().recording(), axes=below) is figure
    figure.canvas.draw()
    assert not above.collections
    for artist in below.collections:
        extent = artist.get_window_extent()
        assert extent.x0 >= box.x0 - 2
        assert extent.x1 <= box.x1 + 2
        assert extent.y0 >= box.y0 - 2
        assert extent.y1 <= box.y1 + 2
    with pytest.raises(ValueError, match="either axes or figure"):
        timeline(two_workers().recording(), axes=above, figure=timeline(two_workers().recording()))


NAMES = [
    "$x^2$",
    "$",
    "a_b_{c}\\frac{1}{2}$$",
    "line\nbreak\ttab\r",
    "\N{GRINNING FACE} 漢字",
    "</script><img onerror=alert(1)>",
    "",
    " ",
    "x" * 500,
    "\ud800",
    "\x00",
    "%s {0} \\",
]


def test_the_label_of_a_long_line_ends_before_the_plot() -> None:
    made = Builder()
    for number in range(15):
        made.task(f"t{number}", ("lock", "Lock.acquire", number + 1, 0))
    made.resource("lock", "Lock", (0, (), 0), (0.1, (0,), 1))
    figure = timeline(made.recording())
    [label] = [text for text in texts(figure) if text.startswith("waiting, peak")]
    figure.canvas.draw()
    [letters] = [
        one
        for one in figure.axes[0].get_children()
        if isinstance(one, Letters) and label in one.texts
    ]
    place = letters.texts.index(label)
    transform = letters.get_offset_transform()
    start = transform.transform(letters.places[place])[0]
    end = start + width(label, NOTEBOOK.small) * figure.dpi / 72
    plot = figure.axes[0].transData.transform((0.0, 0.0))[0]
    assert start > figure.bbox.x0
    assert end < plot - 3


def test_names_are_names_whatever_they_hold() -> None:
    made = Builder("real")
    for label in NAMES:
        made.task(
            label,
            (READY, 0.01),
            (RUN, 0.02),
            ("lock", label, 0.5, 0),
            ending=Ending.FAILED,
            detail=label,
            cancelled_by=label,
        )
    made.resource("$_$\n", "Lock", (0, (), 0), (0.1, (0,), 1), (0.2, (3,), 1))
    recording = made.recording(1.5)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a glyph that is missing would warn
        figure = timeline(recording)
        figure.png()
    assert {"$x^2$", "line\\nbreak\\ttab\\r", "task 6"} <= set(texts(figure))
    assert all("\n" not in text for text in texts(figure))
    figure.alternative.encode()


@pytest.mark.parametrize("duration", [0.0, 1.0])
def test_nothing_and_next_to_nothing_can_be_drawn(duration: float) -> None:
    nothing = timeline(Builder().recording(duration))
    nothing.png()
    assert "No task ran." in texts(nothing)
    made = Builder()
    made.task("A", (READY, 0), (RUN, 0))
    one = timeline(made.recording(duration))
    one.png()
    assert len(artists(one, "steps")[0].get_segments()) == 1


def test_times_from_nanoseconds_to_years_have_round_ticks() -> None:
    for length, tick in (
        (5e-9, "0.000000001 s"),
        (3e-3, "0.0010 s"),
        (2.0, "0.5 s"),
        (864_000.0, "200,000 s"),
    ):
        made = Builder()
        made.task("A", ("sleep", "sleep", length))
        shown = texts(timeline(made.recording()))
        assert tick in shown, shown


def storm(spans: int, lanes: int, clock: str = "real") -> Recording:
    """Running, ready and waiting in turn, each too short to be seen."""
    made = Builder(clock)
    pieces = [(RUN, 0.001), ("sleep", "sleep(0)", 0.002), (READY, 0.001)]
    for number in range(lanes):
        made.task(f"task {number}", *(pieces * (spans // lanes // 3)))
    return made.recording()


def test_stretches_too_short_to_draw_become_mixed_bars_with_true_shares() -> None:
    recording = storm(30_000, 2)
    figure = timeline(recording)
    heights = {}
    for number, state in ((0, "running"), (1, "ready"), (3, "sleep")):
        (layer,) = artists(figure, f"task-shares-{number}")
        paths = [path.get_extents() for path in layer.get_paths()]
        heights[state] = sum(box.width * box.height for box in paths)
        assert len(paths) < 2_000
    whole = sum(heights.values())
    assert heights["running"] / whole == pytest.approx(0.25, abs=0.01)
    assert heights["sleep"] / whole == pytest.approx(0.5, abs=0.01)
    note = next(text for text in texts(figure) if "too short to draw" in text)
    assert 29_000 < int(note.split()[0].replace(",", "")) <= 30_000


def test_many_steps_that_take_no_time_do_not_fill_a_lane() -> None:
    made = Builder()
    made.task("A", *[(RUN, 0), ("sleep", "sleep(1)", 1)] * 5_000)
    figure = timeline(made.recording())
    (crowded,) = artists(figure, "crowded-steps")
    assert 50 < len(crowded.get_segments()) < 500
    heights = [abs(one[0][1] - one[1][1]) for one in crowded.get_segments()]
    (bars,) = artists(figure, "task-shares-3")
    assert max(heights) < 0.5 * max(path.get_extents().height for path in bars.get_paths())


def test_five_hundred_tasks_are_a_few_lanes_and_one_for_the_rest() -> None:
    made = Builder()
    main = made.task("main", ("task", "gather", 10))
    for number in range(499):
        made.task(f"worker {number}", ("sleep", "sleep(10)", 10), parent=main)
    figure = timeline(made.recording())
    assert figure.page_size[1] <= 800
    shown = texts(figure)
    assert {"main", "worker 0", "worker 498"} <= set(shown)
    assert "worker 250" not in shown
    rest = next(text for text in shown if text.endswith("more tasks"))
    hidden = int(rest.split()[0])
    assert hidden + sum(text.startswith(("worker", "main")) for text in shown) == 500
    assert any(text.startswith(f"{hidden} tasks together") for text in shown)
    # All of them sleep all the time: their common bar is full from end to end.
    (layer,) = artists(figure, "gap-shares-3")
    full = {round(path.get_extents().height, 3) for path in layer.get_paths()}
    assert len(full) == 1
    for number in range(499):
        made.task(f"late {number}", ("event", "Event.wait", 5), born=5)
    (half,) = artists(timeline(made.recording()), "gap-shares-3")
    heights = {round(path.get_extents().height, 3) for path in half.get_paths()}
    assert max(heights) == pytest.approx(full.pop() * (499 - 16) / 973, rel=0.02)
    assert len(figure.alternative) < 6_000


def test_lanes_stand_under_their_parents_in_order_of_birth() -> None:
    made = Builder()
    main = made.task("main", ("sleep", "sleep", 1))
    first = made.task("first", ("sleep", "sleep", 1), parent=main)
    made.task("second", ("sleep", "sleep", 1), parent=main)
    made.task("child of first", ("sleep", "sleep", 1), parent=first)
    figure = timeline(made.recording())
    labels = ["main", "first", "child of first", "second"]
    assert [text for text in texts(figure) if text in labels] == labels
    places = {
        text: place[0]
        for one in figure.axes[0].get_children()
        if isinstance(one, Letters)
        for text, place in zip(one.texts, one.places, strict=True)
        if text in labels
    }
    assert places["main"] < places["first"] == places["second"] < places["child of first"]


def test_threads_and_processes_look_unlike_tasks() -> None:
    made = Builder("real")
    made.task("main", (RUN, 1))
    made.task("work", (RUN, 1), kind="thread", parent=0)
    made.task("ls", (RUN, 1), kind="process", ending=Ending.FAILED, detail="exit code 2")
    figure = timeline(made.recording(2))
    assert {"work (thread)", "ls (process)", "exit code 2"} <= set(texts(figure))
    (outside,), (running,) = artists(figure, "task-2"), artists(figure, "task-0")
    assert isinstance(outside, Collection)
    two = 2 * [Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY]
    codes = [path.codes for path in outside.get_paths()]
    assert np.concatenate([part for part in codes if part is not None]).tolist() == two
    assert outside.get_hatch() != running.get_hatch()


def test_a_full_recording_says_so() -> None:
    recording = two_workers().recording(left_out=1234)
    figure = timeline(recording)
    assert any("1,234 events are missing" in text for text in texts(figure))
    assert "1,234 events are missing" in figure.alternative


def test_more_resources_than_can_be_shown_are_counted() -> None:
    made = Builder()
    made.task("A", ("sleep", "sleep(1)", 1))
    for number in range(12):
        made.resource(f"lock {number}", "Lock", (0, (), 0), (0.5, (0,), 1))
    assert "4 resources are not shown." in texts(timeline(made.recording()))
    del made.resources[9:]
    assert "1 resource is not shown." in texts(timeline(made.recording()))


def test_a_peak_is_one_that_is_seen() -> None:
    made = Builder()
    made.task("A", ("sleep", "sleep(2)", 2))
    made.resource("queue", "Queue", (0, (), 0), (1, (), 3), (1, (), 2), (2, (), 0))
    assert "Queue, peak 2" in " ".join(texts(timeline(made.recording())))


def test_many_timeouts_that_did_not_expire_leave_the_picture_to_the_rest() -> None:
    made = Builder()
    made.task("A", ("sleep", "sleep(1)", 1))
    made.resource("queue", "Queue", (0, (), 0), (0.5, (), 1))
    for number in range(1, 4):
        made.resource(f"Timeout {number}", "Timeout", (0, (0,), 1), (0.5, (), 0))
    assert "Timeout 3" in texts(timeline(made.recording()))
    made.resource("Timeout 4", "Timeout", (0.5, (0,), 1), (1, (), 0))
    shown = texts(timeline(made.recording()))
    assert "queue" in shown
    assert not {f"Timeout {number}" for number in range(1, 5)} & set(shown)
    assert "4 timeouts that did not expire are not shown." in shown
    last = made.resources[-1]
    expired = last.changes[-1]._replace(action="expire")
    made.resources[-1] = replace(last, changes=(*last.changes[:-1], expired))
    shown = texts(timeline(made.recording()))
    assert "Timeout 4" in shown
    assert "3 timeouts that did not expire are not shown." in shown
    assert "queue (Queue): at most 1 item in it;" in timeline(made.recording()).alternative
    assert " ".join(shown).count("expired") == 1
    changes = made.resources[-1].changes
    made.resources[2:4] = [replace(one, changes=changes) for one in made.resources[2:4]]
    shown = texts(timeline(made.recording()))
    assert "1 timeout that did not expire is not shown." in shown


def test_the_learners_settings_of_matplotlib_do_not_change_the_picture() -> None:
    import matplotlib

    plain = timeline(two_workers().recording()).png()
    with matplotlib.rc_context({"text.usetex": True, "font.size": 40, "axes.facecolor": "red"}):
        assert timeline(two_workers().recording()).png() == plain


def test_matplotlib_is_loaded_by_the_first_picture_only() -> None:
    code = (
        "import sys; import course_helpers.views.timeline, course_helpers.views.summary;"
        "print([name for name in ('matplotlib', 'numpy', 'PIL', 'IPython') if name in sys.modules])"
    )
    found = run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_a_wait_that_took_no_time_has_no_line() -> None:
    made = Builder()
    made.task("A", ("queue", "Queue.get", 0, 0), ("sleep", "sleep(1)", 1))
    made.resource("jobs", "Queue", (0, (), 0), (0, (), 1))
    figure = timeline(made.recording())
    assert "jobs" in texts(figure)
    assert "waiting" not in texts(figure)


def test_a_moment_is_pointed_out_with_its_time_and_the_stretch_before_it() -> None:
    recording = two_workers().recording()
    figure = timeline(recording, at=2.0, since=0.5)
    (line,) = artists(figure, "moment")
    assert {point[0] for point in line.get_segments()[0].tolist()} == {2.0}
    assert boxes(figure, "stretch") == [(0.5, 2.0)]
    assert "2 s" in texts(figure)
    assert "Pointed out: the moment 2 s, and the stretch since 0.5 s." in figure.alternative
    plain = timeline(recording)
    assert not artists(plain, "moment")
    assert figure.page_size[1] > plain.page_size[1]


def test_a_moment_outside_the_window_is_not_drawn() -> None:
    figure = timeline(two_workers().recording(), at=2.0, window=(0, 1))
    assert not artists(figure, "moment")


@pytest.mark.parametrize(
    "moments",
    [{"at": "noon"}, {"at": float("nan")}, {"since": 1.0}, {"at": 1.0, "since": 2.0}],
)
def test_moments_that_are_none(moments: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="moment"):
        timeline(two_workers().recording(), **moments)


def test_marks_are_signs_on_their_lane_and_printed_lines_are_not() -> None:
    marks = (
        Mark(0.5, 0, 0, "writes", "balance", 80, None),
        Mark(1.0, 0, 1, "prints", "hello", None, None),
        Mark(1.5, 0, None, "by nobody", "", None, None),
    )
    figure = timeline(replace(two_workers().recording(), marks=marks))
    (signs,) = artists(figure, "marks")
    assert list(signs.get_xdata()) == [0.5]
    assert "mark" in texts(figure)
    assert "writes balance 80 at 0.5 s." in figure.alternative


def test_a_task_that_was_destroyed_while_pending_has_a_sign_of_its_own() -> None:
    made = Builder()
    made.task("A", ("future", "await future", 1), ending=Ending.DESTROYED)
    made.task("B", ("sleep", "sleep(2)", 2), ending=Ending.FAILED)
    figure = timeline(made.recording())
    (destroyed,), (failed,) = artists(figure, "ending-destroyed"), artists(figure, "ending-failed")
    assert destroyed.get_marker() != failed.get_marker()
    assert "destroyed while pending" in texts(figure)
