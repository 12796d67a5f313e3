"""What a simulation takes."""

from __future__ import annotations

import statistics
from collections.abc import Iterator

from benchmarks import workloads
from benchmarks.measuring import Row, processor_seconds
from course_helpers import simulate
from course_helpers.simulation.clock import VirtualClockLoop


def _bare_naps() -> None:
    loop = VirtualClockLoop(steps=1_000_000, real_seconds=60)
    try:
        loop.run_until_complete(workloads.naps())
    finally:
        loop.close()


def rows() -> Iterator[Row]:
    """The Locks example, recorded; and how long the clock takes to jump."""
    locks = statistics.median(
        processor_seconds(lambda: simulate(workloads.locks())) for _ in range(15)
    )
    yield Row("the Locks example simulated, 300 increments", f"{locks * 1000:.0f} ms", "30 ms")
    naps = min(processor_seconds(_bare_naps) for _ in range(5))
    yield Row("10,000 × `sleep(1)` on the virtual clock, bare", f"{naps:.2f} s", "0.15 s")
    recorded = min(processor_seconds(lambda: simulate(workloads.naps())) for _ in range(3))
    yield Row("10,000 × `sleep(1)`, simulated and recorded", f"{recorded:.2f} s", "0.15 s")
