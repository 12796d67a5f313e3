"""A class on one machine: a JupyterHub, and simulated learners who come all at once.

`python3 course.py bench hub`. Each learner logs in, opens notebook 01, runs all of it and has three
exercises checked, without a pause for reading: worse than any class. What they need of memory and
of the processor is what `hub/README.md` reckons with.
"""

from __future__ import annotations

import asyncio
import shutil
import statistics
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import psutil

from benchmarks.hub.learner import Learner
from benchmarks.hub.server import Hub, Taken, hub, set_up
from benchmarks.measuring import Row

CLASSES: Final = (1, 2, 4, 8, 16, 32)
"""How many learners come at once; the first class in which something breaks is the last."""

PATIENCE: Final = 60.0
"""Seconds that the last one waits for a picture, at most. Longer counts as broken."""

MEMORY: Final = "200 MB"


def rows() -> Iterator[Row]:
    """One class after the other, each on a hub of its own, until something breaks."""
    if not shutil.which("npm") or not psutil.LINUX:
        yield Row("a class on a hub: needs Linux, and npm for the hub's proxy", "not measured")
        return
    set_up()
    for number in CLASSES:
        with tempfile.TemporaryDirectory() as folder, hub(Path(folder)) as running:
            before = _processor()
            learners = asyncio.run(_class(running, Path(folder) / "homes", number))
            busy = [now - then for now, then in zip(_processor(), before, strict=True)]
            taken = running.learners()
            yield from _told(learners, taken, running.own_memory(), busy)
        broken = _broken(learners)
        if broken:
            yield Row(f"what breaks first, with {number} at once on {_cores()} cores", broken)
            return


async def _class(running: Hub, homes: Path, number: int) -> list[Learner]:
    learners = [Learner(running, f"learner{one}", homes / f"learner{one}") for one in range(number)]
    await asyncio.gather(*(learner.work() for learner in learners))
    return learners


def _told(
    learners: Sequence[Learner], taken: Sequence[Taken], own: int, busy: Sequence[float]
) -> Iterator[Row]:
    who = f"{len(learners)} at once"
    ours = sum(one.processor for one in taken)
    share = 100 * (busy[0] - ours) / sum(busy)
    yield Row(
        f"{who}: from log-in to server, to first picture, to all done; others had {share:.0f} % of "
        "the processor",
        ", ".join(
            _seconds([getattr(learner, moment) for learner in learners])
            for moment in ("ready", "first_picture", "done")
        ),
        f"picture {PATIENCE:.0f} s",
    )
    if taken:
        means = [statistics.fmean(values) for values in zip(*taken, strict=True)]
        server, kernel, alone, processor = means
        yield Row(
            f"{who}: a learner's server {_megabytes(server)} and kernel {_megabytes(kernel)}, "
            f"shared pages once; {_megabytes(alone)} if nothing is shared",
            _megabytes(server + kernel),
            MEMORY,
        )
        yield Row(f"{who}: a learner's processor, from log-in to all done", f"{processor:.1f} s")
    yield Row(f"{who}: the hub and its proxy", _megabytes(own))


def _broken(learners: Sequence[Learner]) -> str:
    """What went wrong in a class, in words; nothing if all went well."""
    faults = [fault for learner in learners for fault in learner.faults]
    late = sum((one.first_picture or 0) > PATIENCE for one in learners)
    said = f"{len(faults)} faults, such as {faults[0]}" if faults else ""
    waits = f"{late} waited longer than {PATIENCE:.0f} s for a picture" if late else ""
    return "; ".join(filter(None, (said, waits)))


def _processor() -> tuple[float, float]:
    """Seconds in which the machine's cores have worked, and in which they had nothing to do."""
    times = psutil.cpu_times()
    idle = times.idle + times.iowait
    return sum(times[:8]) - idle, idle


def _cores() -> int:
    return len(psutil.Process().cpu_affinity() or [])


def _seconds(values: Sequence[float | None]) -> str:
    known = sorted(value for value in values if value is not None)
    if not known:
        return "never"
    last = "" if len(values) == 1 else f" (last {known[-1]:.1f})"
    return f"{statistics.median(known):.1f} s{last}"


def _megabytes(bytes_: float) -> str:
    return f"{bytes_ / 1e6:.0f} MB"
