"""Another kind of resource is a row of `kinds`: no view has to be told of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from course_helpers import Recording, save_trace, summary, timeline
from course_helpers.recording import kinds, wait_for_graph
from course_helpers.recording.kinds import Kind
from course_helpers.recording.model import Ending, State
from course_helpers.recording.readings import waits_for
from course_helpers.views import words
from course_helpers.views.replay.narration import moments, text
from tests.views.builder import Builder
from tests.views.test_page import shown

LIFT = Kind(
    *("lift", ("Lift",), "condition", "people in it"),
    awaited={"enter": "room in {}"},
    ends={"enter": "enter"},
    curve="people in the lift",
    bound="as many as it carries",
    is_level=True,
)


@pytest.fixture
def recording(monkeypatch: pytest.MonkeyPatch) -> Recording:
    """Two enter a lift that carries one."""
    monkeypatch.setitem(kinds._BY_CLASS, "Lift", LIFT)
    made = Builder()
    lift = made.resource("lift", "Lift", (0, (), 0), (0.5, (), 1), capacity=1)
    made.task("A", ("sleep", "sleep(2)", 2))
    made.task(
        "B",
        ("condition", "Lift.enter", 1, lift),
        (State.RUNNING, 0),
        ("condition", "Lift.enter", 1, lift),
        ending=Ending.ALIVE,
    )
    return made.recording()


def test_the_summary(recording: Recording) -> None:
    [row] = [line for line in str(summary(recording)).splitlines() if line.startswith("lift")]
    assert row.split("  ")[0] == "lift"
    assert "people in it: at most 1, 1 at the end" in row


def test_what_is_waited_for(recording: Recording) -> None:
    assert "B waits for room in lift" in wait_for_graph.explain(recording)


def test_the_words(recording: Recording) -> None:
    assert "lift (Lift): people in it: at most 1; at most 1 task in line." in words.alternative(
        recording
    )


def test_the_replay(recording: Recording) -> None:
    said = [text(one, recording) for moment in moments(recording) for one in moment.sentences]
    assert "B waits for lift in Lift.enter." in said


def test_the_trace(recording: Recording, tmp_path: Path) -> None:
    save_trace(recording, tmp_path / "trace.json")
    assert '"lift: people in it"' in (tmp_path / "trace.json").read_text("utf-8")


@pytest.mark.slow
def test_the_picture(recording: Recording) -> None:
    [picture] = shown(timeline(recording))
    explained = {entry["text"] for entry in picture.plan["key"]}
    assert {"people in the lift", "as many as it carries"} <= explained


def test_a_call_that_is_woken_in_vain(recording: Recording) -> None:
    [(who, call)] = waits_for(recording)[0]
    assert (recording.tasks[who].label, call.seconds) == ("B", 2)
