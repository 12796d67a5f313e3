"""The replay's data and words; what its script does with them is tested in the browser."""

from __future__ import annotations

import asyncio
import html
import json
import re
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from course_helpers.recorder.record import record
from course_helpers.recording.model import Blocked, Recording, State
from course_helpers.simulation import simulate
from course_helpers.views import replay as package
from course_helpers.views.replay import Replay, replay
from course_helpers.views.replay.encoding import LONGEST, NEAR, encode
from course_helpers.views.replay.machine import machine_state
from course_helpers.views.replay.narration import moments, text
from tests.views.programs import PROGRAMS, locks, storm


def told(recording: Recording) -> list[str]:
    return [
        " ".join(text(sentence, recording) for sentence in moment.sentences)
        for moment in moments(recording)
    ]


def data_of(made: Replay) -> Any:
    (found,) = re.findall(r'<script type="application/json">(.*?)</script>', made.html, re.DOTALL)
    return json.loads(found)


@pytest.mark.parametrize("name", PROGRAMS)
def test_whoever_runs_stood_first_in_the_ready_queue(name: str) -> None:
    """asyncio's ready queue is first in, first out: a wrong queue or order shows here."""
    recording = simulate(PROGRAMS[name]())
    before: tuple[int, ...] = ()
    running = None
    started = 0
    for moment in moments(recording):
        state = machine_state(recording, moment.sequence)
        if state.running is not None and state.running != running:
            assert before[0] == state.running
            assert state.ready == before[1:]
            started += 1
        before, running = state.ready, state.running
    assert started == len(list(recording.spans(State.RUNNING)))


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_timer_that_fires_was_first_in_the_heap(name: str) -> None:
    recording = simulate(PROGRAMS[name]())
    for position, timer in enumerate(recording.timers):
        if timer.fired and timer.ended_sequence is not None:
            before = machine_state(recording, timer.ended_sequence - 1)
            assert before.timers[0] == position
            assert position not in machine_state(recording, timer.ended_sequence).timers


@pytest.mark.parametrize("name", PROGRAMS)
def test_who_is_in_line_is_what_the_recording_says(name: str) -> None:
    recording = simulate(PROGRAMS[name]())
    for resource in recording.resources:
        for entry in recording.waiters(resource):
            state = machine_state(recording, entry.sequence).resources[resource.index]
            if state is not None:
                assert state.waiters == entry.tasks


def test_before_the_first_event_there_is_nothing() -> None:
    recording = simulate(locks())
    state = machine_state(recording, -1)
    assert set(state.spans) == {None}
    assert (state.running, state.ready, state.timers) == (None, (), ())
    assert set(state.resources) == {None}


def test_a_lock_is_told_in_plain_sentences() -> None:
    sentences = [one for one in told(simulate(locks(2, 1))) if "turn" not in one]
    assert sentences[5:25] == [
        "A joins the ready queue.",
        "group has one task more.",
        "locks(2, 1) creates B.",
        "B joins the ready queue.",
        "group has one task more.",
        "locks(2, 1) comes to the end of group.",
        "locks(2, 1) waits for group in TaskGroup.",
        "A runs for the first time.",
        "A acquires lock.",
        "A sets a timer for 0.01 s: sleep.",
        "A waits in sleep(0.01).",
        "B runs for the first time.",
        "B waits for lock in Lock.acquire, which A holds.",
        "A timer of A is due: sleep.",
        "A is woken by a timer; it was in sleep(0.01).",
        "A runs: it goes on from line 16, in worker.",
        "A releases lock.",
        "B is woken by A; it was the only one in line for lock.",
        "A is done.",
        "B runs: it goes on from line 15, in worker.",
    ]


def test_a_queue_and_its_timeouts_are_told() -> None:
    sentences = told(simulate(PROGRAMS["queues"]()))
    for sentence in (
        "producer puts an item into queue: 1 of 2 in it, 1 unfinished.",
        "consumer 0 waits for queue in Queue.get.",
        "consumer 1 waits for queue in Queue.get; 1 is in line before it.",
        "consumer 0 is woken by producer; it was first in line for queue.",
        "consumer 0 ends: it is cancelled by queues().",
    ):
        assert sentence in sentences


def test_a_failure_is_told_with_its_exception_and_who_is_cancelled_for_it() -> None:
    sentences = told(simulate(PROGRAMS["failures"]()))
    assert any(one.startswith("C fails: ") and "C failed!" in one for one in sentences)
    assert sum("ends: it is cancelled by" in one for one in sentences) == 2


def test_who_keeps_the_loop_and_is_not_shown_is_no_callback() -> None:
    """As the task of a notebook's kernel that serves its page."""
    recording = simulate(asyncio.sleep(1))
    for function, who in (("serve", "serve"), (None, "Something that is not shown")):
        blocked = (Blocked(0.5, 0.75, 4, None, None, function),)
        said = told(replace(recording, blocked=blocked))
        assert f"{who} keeps the loop for 0.25 s: everybody waits." in " ".join(said)


def test_a_blocked_loop_is_told() -> None:
    async def main() -> Recording:
        import time

        with record(threshold=0.02) as recording:
            await asyncio.sleep(0)
            time.sleep(0.03)
            await asyncio.sleep(0)
        return recording

    assert any("everybody waits" in one for one in told(asyncio.run(main())))


def test_every_event_is_told_in_order() -> None:
    recording = simulate(storm(4, 5))
    sequences = [moment.sequence for moment in moments(recording)]
    assert sequences == sorted(set(sequences))
    for task in recording.tasks:
        assert {span.sequence for span in task.spans} <= set(sequences)


def test_it_is_one_piece_without_network_and_constant_where_compared() -> None:
    made = replay(simulate(locks()))
    bundle = made._repr_mimebundle_()
    assert set(bundle) == {"text/html", "text/plain"}
    assert bundle["text/plain"] == replay(simulate(locks(2)))._repr_mimebundle_()["text/plain"]
    assert bundle["text/html"] == replay(simulate(locks()))._repr_mimebundle_()["text/html"]
    own = "".join(files(package).joinpath(name).read_text() for name in ("replay.js", "replay.css"))
    assert len(own) > 10_000
    assert not re.search(
        r"https?:|src=|href=|url\(|@import|fetch|\bimport\b|XMLHttp|WebSocket", own
    )


def test_it_is_saved_as_a_document(tmp_path: Path) -> None:
    made = replay(simulate(locks()))
    made.save(tmp_path / "replay.html")
    document = (tmp_path / "replay.html").read_text("utf-8")
    assert document.startswith("<!DOCTYPE html>")
    assert made.html in document
    with pytest.raises(IsADirectoryError):
        made.save(tmp_path)


def test_ten_thousand_events_are_less_than_a_megabyte() -> None:
    recording = simulate(storm(50, 26))
    assert len(moments(recording)) >= 10_000
    assert len(replay(recording).html.encode()) < 1_000_000


def test_it_opens_at_a_time() -> None:
    recording = simulate(locks())
    times = [moment.time for moment in moments(recording)]
    assert data_of(replay(recording))["start"] == 0
    data = data_of(replay(recording, at=0.015))
    assert data["times"] == times
    assert times[data["start"]] == 0.01
    assert times[data["start"] + 1] == 0.02
    assert data_of(replay(recording, at=1e9))["start"] == len(times) - 1


def test_a_long_recording_is_shown_in_part_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    recording = simulate(locks())
    whole = moments(recording)
    monkeypatch.setattr(package, "MOST_EVENTS", 40)
    data = data_of(replay(recording, at=0.035))
    assert data["notes"] == [
        f"Shows 40 of {len(whole)} events: replay(recording, at=seconds) begins elsewhere."
    ]
    shown = whole[data["first"] : data["first"] + 40]
    assert data["times"] == [moment.time for moment in shown]
    assert data["start"] == 0
    # What began before the part that is shown is there, with its place in line.
    state = machine_state(recording, shown[0].sequence)
    for task, span in zip(data["tasks"], state.spans, strict=True):
        begun = [at for at in task["at"] if at <= 0]
        assert len(begun) <= 1
        if span is not None:
            position = task["at"].index(begun[0])
            assert task["state"][position] == ["running", "ready", "waiting"].index(span.state)
    waiting = [
        (task["at"][0], index)
        for index, task in enumerate(data["tasks"])
        if index in (state.resources[1].waiters if state.resources[1] else ())
    ]
    assert len(waiting) == 2
    assert tuple(index for _, index in sorted(waiting)) == state.resources[1].waiters  # type: ignore[union-attr]
    last = data_of(replay(recording, at=1e9))
    assert last["first"] + last["start"] == len(whole) - 1


def test_what_was_dropped_and_warned_of_is_said() -> None:
    recording = replace(simulate(locks()), left_out=1234, warnings=("the recorder stumbled",))
    assert data_of(replay(recording))["notes"] == [
        "The recording was full: 1,234 events are missing.",
        "the recorder stumbled",
    ]


def test_nothing_of_the_recording_can_end_the_script_or_become_a_tag() -> None:
    hostile = "</script><img src=x onerror=alert(1)><!--"
    recording = simulate(locks())
    recording = replace(
        recording,
        tasks=tuple(replace(task, label=hostile) for task in recording.tasks),
        sources=dict.fromkeys(recording.sources, f"{hostile}\n" * 30),
    )
    made = replay(recording, at=0.0)
    assert made.html.count("</script>") == 2
    assert "<img" not in made.html
    assert "<!--" not in made.html
    assert html.escape(hostile) in made.html
    assert data_of(made)["tasks"][0]["label"] == hostile


def test_long_names_and_lines_are_cut() -> None:
    recording = simulate(locks())
    recording = replace(
        recording, tasks=tuple(replace(task, label="x" * 10_000) for task in recording.tasks)
    )
    made = replay(recording)
    assert len(data_of(made)["tasks"][0]["label"]) == LONGEST
    assert len(made.html) < 100_000


def test_of_a_long_source_only_what_is_near_is_shown() -> None:
    recording = simulate(locks())
    (file,) = recording.sources
    lines = {span.location.line for task in recording.tasks for span in task.spans if span.location}
    long = "\n".join(f"line {number}" for number in range(1, 5001))
    data = encode(replace(recording, sources={file: long}), moments(recording))
    shown = {
        part[0] + offset: line
        for part in data["files"][0]["parts"]
        for offset, line in enumerate(part[1:])
    }
    assert lines <= shown.keys()
    assert max(shown) == max(lines) + NEAR
    assert all(line == f"line {number}" for number, line in shown.items())


def test_a_source_that_could_not_be_read_is_no_fault() -> None:
    recording = replace(simulate(locks()), sources={})
    assert data_of(replay(recording))["files"][0]["parts"] == []


@pytest.mark.parametrize("thing", [None, "recording", locks])
def test_what_is_no_recording_is_refused(thing: Any) -> None:
    with pytest.raises(TypeError, match=r"replay\(\) takes a Recording, not \w+: "):
        replay(thing)


def test_an_empty_recording_is_refused() -> None:
    with pytest.raises(ValueError, match="has no events"):
        replay(Recording("virtual", 0.0, ()))


@pytest.mark.parametrize("at", ["0.1", None, float("nan"), True])
def test_a_time_that_is_none_is_refused(at: Any) -> None:
    with pytest.raises((TypeError, ValueError), match="at must be a time in seconds"):
        replay(simulate(locks()), at=at)
