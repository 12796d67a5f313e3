"""How everything here is measured.

Processor time, not the clock on the wall, wherever one process does the work: a busy machine then
disturbs little. Things that are compared take turns, and the least of several rounds counts.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import NamedTuple


class Row(NamedTuple):
    """A line of the table: what was measured, what came out, and what it should be."""

    what: str
    measured: str
    aim: str = ""


def processor_seconds(work: Callable[[], object]) -> float:
    """Seconds of processor time, of all threads, that a call takes."""
    started = time.process_time()
    work()
    return time.process_time() - started


def in_turns(works: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, float]:
    """The least seconds of each of several measurements, which take turns."""
    seconds: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            seconds[name].append(work())
    return {name: min(found) for name, found in seconds.items()}
