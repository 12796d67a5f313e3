"""The trace that `save_trace` writes, read by the rules of the format."""

from __future__ import annotations

import asyncio
import json
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from course_helpers.recorder.marks import mark
from course_helpers.recorder.record import record
from course_helpers.recording.model import Recording, State
from course_helpers.simulation import simulate
from course_helpers.views.trace import save_trace
from tests.views.programs import PROGRAMS, locks, queues, semaphores, storm
from tests.views.trace_reader import Trace, read_trace


def traced(recording: Recording, folder: Path) -> Trace:
    path = folder / "trace.json"
    save_trace(recording, path)
    return read_trace(path)


@pytest.mark.parametrize("name", PROGRAMS)
def test_every_task_has_a_track_with_all_its_spans(name: str, tmp_path: Path) -> None:
    recording = simulate(PROGRAMS[name]())
    trace = traced(recording, tmp_path)
    for task in recording.tasks:
        slices = trace.tracks[task.label]
        for one, span in zip(slices, task.spans, strict=True):
            assert one.name == (span.reason.call if span.reason else str(span.state))
            assert one.start / 1e6 == pytest.approx(span.start, abs=1e-9)
            assert one.end / 1e6 == pytest.approx(span.end, abs=1e-9)


def test_wake_ups_are_flows(tmp_path: Path) -> None:
    trace = traced(simulate(locks(2, 1)), tmp_path)
    flows = [(one.source, one.source_slice, one.target, one.target_slice) for one in trace.flows]
    main = next(name for name in trace.tracks if name.startswith("locks"))
    assert flows == [
        (main, "running", "A", "ready"),  # made ready by their creation
        (main, "running", "B", "ready"),
        ("A", "running", "B", "ready"),  # A hands the lock on
        ("B", "running", main, "ready"),  # the last of the group has ended
    ]


def test_whoever_gives_way_wakes_nobody(tmp_path: Path) -> None:
    async def gives_way() -> None:
        await asyncio.sleep(0)

    assert traced(simulate(gives_way()), tmp_path).flows == []


def test_counters_show_permits_and_depth(tmp_path: Path) -> None:
    trace = traced(simulate(semaphores(4)), tmp_path)
    permits = [value for _, value in trace.counters["semaphore: free permits"]]
    assert permits[:4] == [3, 2, 1, 0]
    assert permits[-1] == 3
    assert set(permits) == {0, 1, 2, 3}
    trace = traced(simulate(queues()), tmp_path)
    depth = [value for _, value in trace.counters["queue: depth"]]
    assert min(depth) == 0
    assert max(depth) == 2
    assert all(abs(after - before) <= 1 for before, after in pairwise(depth))


def test_two_resources_of_one_name_have_two_counters(tmp_path: Path) -> None:
    async def both() -> None:
        async def one() -> None:
            queue: asyncio.Queue[int] = asyncio.Queue()
            await queue.put(1)
            await queue.get()

        await asyncio.gather(one(), one())

    recording = simulate(both())
    trace = traced(recording, tmp_path)
    assert len([name for name in trace.counters if name.endswith(": depth")]) == 2


def test_ends_are_marked(tmp_path: Path) -> None:
    recording = simulate(PROGRAMS["failures"]())
    trace = traced(recording, tmp_path)
    ends = {
        name: [(what, round(at / 1e6, 9)) for what, at in marks]
        for name, marks in trace.marks.items()
        if name in "ABC"
    }
    assert ends == {"A": [("cancelled", 0.5)], "B": [("cancelled", 0.5)], "C": [("failed", 0.5)]}


def test_a_real_recording_with_a_thread_and_a_blocked_loop(tmp_path: Path) -> None:
    async def blocks() -> None:
        time.sleep(0.06)

    async def main() -> Recording:
        with record() as recording:
            await asyncio.gather(asyncio.to_thread(time.sleep, 0.01), blocks())
        return recording

    recording = asyncio.run(main())
    trace = traced(recording, tmp_path)
    (blocked,) = [one for one in trace.tracks["event loop"] if "blocked" in one.name]
    assert blocked.name == "loop blocked by blocks()"
    assert blocked.end - blocked.start >= 60_000
    threads = [name for name in trace.tracks if name.endswith("(thread)")]
    assert len(threads) == 1
    assert any(flow.source == threads[0] for flow in trace.flows)
    assert sum(len(slices) for slices in trace.tracks.values()) == 1 + sum(
        len(task.spans) for task in recording.tasks
    )


def test_names_of_any_kind_are_kept(tmp_path: Path) -> None:
    async def main() -> None:
        names = ['"quoted"', "日本語", "line\nbreak", "</script>", "\udc80", ""]
        await asyncio.gather(*(asyncio.create_task(asyncio.sleep(1), name=n) for n in names))

    recording = simulate(main())
    trace = traced(recording, tmp_path)
    assert {task.label for task in recording.tasks} <= trace.tracks.keys()


def test_equal_recordings_give_equal_files(tmp_path: Path) -> None:
    save_trace(simulate(locks()), tmp_path / "one.json")
    save_trace(simulate(locks()), tmp_path / "two.json")
    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "two.json").read_bytes()


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"there is no folder .*missing: make it"):
        save_trace(simulate(locks()), tmp_path / "missing" / "one.json")


def test_ready_is_told_from_running_where_time_stands_still(tmp_path: Path) -> None:
    recording = simulate(storm(3, 4))
    trace = traced(recording, tmp_path)
    running = sum(1 for slices in trace.tracks.values() for one in slices if one.name == "running")
    assert running == len(list(recording.spans(State.RUNNING)))


@pytest.mark.parametrize("thing", [None, "recording", 3])
def test_what_is_no_recording_is_refused(thing: Any, tmp_path: Path) -> None:
    with pytest.raises(TypeError, match=r"save_trace\(\) takes a Recording"):
        save_trace(thing, tmp_path / "trace.json")
    assert list(tmp_path.iterdir()) == []


def test_a_failed_write_leaves_what_was_there(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError):
        save_trace(simulate(locks()), tmp_path)
    with pytest.raises(FileNotFoundError):
        save_trace(simulate(locks()), tmp_path / "nowhere" / "trace.json")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "spoil",
    [
        lambda rows: rows.remove(next(row for row in rows if row["ph"] == "E")),
        lambda rows: rows.remove(next(row for row in rows if row["ph"] == "f")),
        lambda rows: rows.remove(next(row for row in rows if row["ph"] == "s")),
        lambda rows: rows.remove([row for row in rows if row["name"] == "thread_name"][-1]),
        lambda rows: next(row for row in rows if row["ph"] == "E").update(ts=1e9),
        lambda rows: next(row for row in rows if row["ph"] == "B").pop("ts"),
    ],
)
def test_the_reader_refuses_what_breaks_a_rule(spoil: Any, tmp_path: Path) -> None:
    path = tmp_path / "trace.json"
    save_trace(simulate(locks()), path)
    document = json.loads(path.read_text())
    spoil(document["traceEvents"])
    path.write_text(json.dumps(document))
    with pytest.raises(AssertionError):
        read_trace(path)


def test_marks_are_instants_on_the_track_of_their_task(tmp_path: Path) -> None:
    async def main() -> None:
        mark("writes", "balance", 80)

    save_trace(simulate(main()), tmp_path / "trace.json")
    events = json.loads((tmp_path / "trace.json").read_text("utf-8"))["traceEvents"]
    (instant,) = [event for event in events if event["name"] == "writes balance"]
    assert (instant["ph"], instant["tid"], instant["args"]["value"]) == ("i", 1, 80)
