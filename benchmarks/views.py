"""What the views take."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks import workloads
from benchmarks.measuring import Row, processor_seconds
from course_helpers import Recording, replay, simulate, timeline


def _spans(recording: Recording) -> int:
    return sum(len(task.spans) for task in recording.tasks)


def _timeline(tasks: int, naps: int, aim: str) -> Row:
    recording = simulate(workloads.lanes(tasks, naps))
    figure = timeline(recording)

    def draw() -> None:
        timeline(recording, figure=figure).png()

    draw()
    least = min(processor_seconds(draw) for _ in range(3))
    what = f"timeline to PNG, {_spans(recording):,} spans in {tasks + 1} lanes"
    return Row(what, f"{least * 1000:.0f} ms", aim)


def rows() -> Iterator[Row]:
    """Timelines on a figure that is used again, and the replay's size."""
    yield _timeline(30, 110, "150 ms")
    yield _timeline(500, 66, "1,000 ms")
    recording = simulate(workloads.lanes(50, 33))
    size = len(replay(recording).html.encode()) / 1e6
    yield Row(f"replay's page, {recording.events:,} events", f"{size:.2f} MB", "1 MB")
