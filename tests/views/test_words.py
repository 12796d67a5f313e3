"""How lengths of time, names and recordings are put into words."""

from __future__ import annotations

import pytest

from course_helpers.recording.model import Ending, State
from course_helpers.views import words
from tests.views.builder import Builder


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0 s"),
        (1e-10, "0 s"),
        (1e-9, "0.000000001 s"),
        (4.2e-7, "0.0000004 s"),
        (5.59e-6, "0.000006 s"),
        (0.000117, "0.000117 s"),
        (0.0009996, "0.001 s"),
        (0.0213, "0.0213 s"),
        (0.21, "0.21 s"),
        (2.345, "2.35 s"),
        (99.94, "99.9 s"),
        (99.99, "100 s"),
        (150, "150 s"),
        (90_000, "90,000 s"),
        (-0.5, "-0.5 s"),
    ],
)
def test_a_time_is_in_seconds_and_never_nothing_if_it_is_something(value: float, text: str) -> None:
    assert words.seconds(value) == text


def test_a_share_is_never_rounded_to_nothing_or_to_all() -> None:
    assert words.share(1, 4) == "25 %"
    assert words.share(1, 1000) == "under 1 %"
    assert words.share(999, 1000) == "over 99 %"
    assert words.share(1, 1) == "100 %"
    assert words.share(0, 0) == "0 %"


def test_a_listing_counts_what_it_leaves_out() -> None:
    assert words.listing([]) == ""
    assert words.listing(["a"]) == "a"
    assert words.listing(["a", "b", "c"]) == "a, b and c"
    assert words.listing(["a", "b", "c"], 2) == "a, b and 1 more"


def test_text_stays_on_one_line_and_keeps_both_ends() -> None:
    assert words.one_line("a\nb") == "a\\nb"
    long = words.one_line("begin" + "x" * 1000 + "end")
    assert len(long) == 60
    assert long.startswith("begin")
    assert long.endswith("end")


def test_the_alternative_says_what_the_picture_shows() -> None:
    made = Builder()
    main = made.task("main", ("task", "gather", 3))
    made.task("A", ("sleep", "sleep(2)", 2), parent=main)
    made.task("B", ("lock", "Lock.acquire", 2, 0), ("sleep", "sleep(1)", 1), parent=main)
    made.task(
        "C",
        ("sleep", "sleep(9)", 1),
        parent=main,
        ending=Ending.CANCELLED,
        cancelled_by="main",
    )
    made.resource("lock", "Lock", (0, (), 0), (0, (1,), 1), (2, (2,), 1), (3, (), 0))
    made.resource("group", "TaskGroup", (0, (0,), 2), (3, (), 0))
    made.resource("limit", "Timeout", (0, (0,), 1), (3, (), 0))
    assert words.alternative(made.recording()).split(". ") == [
        "Timeline of 4 tasks over 3 s by the virtual clock",
        "Tasks: 3 done and 1 cancelled",
        "main from 0 s, done at 3 s: waiting 3 s in gather",
        "A from 0 s, done at 2 s: waiting 2 s in sleep(2)",
        "B from 0 s, done at 3 s: waiting 2 s in Lock.acquire, waiting 1 s in sleep(1)",
        "C from 0 s, cancelled at 1 s by main: waiting 1 s in sleep(9)",
        "lock (Lock): held 2 times, by A (2 s) and B (1 s); at most 1 task in line",
        "group (TaskGroup): all its tasks ended",
        "limit (Timeout): in time",
        "Longest waits: main 3 s in gather from 0 s, A 2 s in sleep(2) from 0 s and"
        " B 2 s in Lock.acquire from 0 s.",
    ]


def test_the_alternative_is_bounded() -> None:
    made = Builder("real")
    for number in range(500):
        made.task("x" * 1000 + str(number), *[(State.RUNNING, 0.01), ("sleep", "y" * 999, 1)] * 3)
    for _ in range(100):
        made.resource("z" * 1000, "Lock", (0, (), 0), (1, (0,), 1))
    assert len(words.alternative(made.recording())) < 6_000
