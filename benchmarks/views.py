"""What the views take."""

from __future__ import annotations

import asyncio
import tempfile
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks import workloads
from benchmarks.measuring import Row, processor_seconds
from course_helpers import Recording, replay, save_trace, simulate, summary, timeline
from course_helpers.recorder.recorder import Recorder


def _spans(recording: Recording) -> int:
    return sum(len(task.spans) for task in recording.tasks)


def _timeline(tasks: int, naps: int, aim: str) -> Row:
    # A busy machine is given its time: what is measured is the timeline.
    recording = simulate(workloads.lanes(tasks, naps), real_seconds=300)
    figure = timeline(recording)

    def draw() -> None:
        timeline(recording, figure=figure).png()

    draw()
    least = min(processor_seconds(draw) for _ in range(3))
    what = f"timeline to PNG, {_spans(recording):,} spans in {tasks + 1} lanes"
    return Row(what, f"{least * 1000:.0f} ms", aim)


def _large() -> Iterator[Row]:
    """Views of a recording with 767,000 events; each is the first that is asked for it."""
    recording = _storm()
    seconds = processor_seconds(lambda: recording.tasks)
    whole = recording.events
    yield Row(f"{whole:,} events: worked out, once", f"{seconds:.2f} s")
    with tempfile.TemporaryDirectory() as folder:
        saved, trace = Path(folder, "recording.json"), Path(folder, "trace.json")
        works: dict[str, tuple[Callable[[], object], str]] = {
            "timeline, as a PNG": (lambda: timeline(recording).png(), "1.5 s"),
            "summary, as text": (lambda: str(summary(recording)), "0.6 s"),
            "save": (lambda: recording.save(saved), "1.5 s"),
            "load": (lambda: Recording.load(saved), "1.5 s"),
            "save_trace": (lambda: save_trace(recording, trace), "4 s"),
            "replay, in the middle": (lambda: replay(recording, at=recording.duration / 2), "2 s"),
        }
        for name, (work, aim) in works.items():
            yield Row(f"{whole:,} events: {name}", f"{processor_seconds(work):.2f} s", aim)
    tracemalloc.start()
    try:
        replay(recording, at=recording.duration / 2)
        most = tracemalloc.get_traced_memory()[1] / 1e6
    finally:
        tracemalloc.stop()
    yield Row(f"{whole:,} events: memory that replay takes", f"{most:.0f} MB", "100 MB")


def _storm() -> Recording:
    with asyncio.Runner() as runner:
        recorder = Recorder(runner.get_loop())
        recorder.start()
        try:
            runner.run(workloads.storm())
        finally:
            recorder.stop()
        return recorder.recording()


def rows() -> Iterator[Row]:
    """Timelines on a figure that is used again, the replay's size, and a large recording."""
    yield _timeline(30, 110, "150 ms")
    yield _timeline(500, 66, "1,000 ms")
    recording = simulate(workloads.lanes(50, 33))
    size = len(replay(recording).html.encode()) / 1e6
    yield Row(f"replay's page, {recording.events:,} events", f"{size:.2f} MB", "1 MB")
    yield from _large()
