"""What recording costs: over the bare program, and beside other tools."""

from __future__ import annotations

import asyncio
import gc
import importlib.util
import logging
import tempfile
import tracemalloc
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

from benchmarks import workloads
from benchmarks.measuring import Row, processor_seconds
from course_helpers import timeline
from course_helpers.recorder.recorder import Recorder

Program = Callable[[], Coroutine[Any, Any, Any]]


def _bare(program: Program, debug: bool = False) -> float:
    with asyncio.Runner(debug=debug) as runner:
        runner.get_loop()
        return processor_seconds(lambda: runner.run(program()))


def _recorded(program: Program) -> tuple[float, float, float]:
    """Seconds that the recorded program takes, then the end of the block, then a file of it."""
    with asyncio.Runner() as runner:
        recorder = Recorder(runner.get_loop(), limit=10_000_000)
        recorder.start()
        try:
            inside = processor_seconds(lambda: runner.run(program()))
        finally:
            end = processor_seconds(recorder.stop) + processor_seconds(recorder.recording)
    with tempfile.TemporaryDirectory() as folder:
        recording = recorder.recording()
        file = processor_seconds(lambda: recording.save(Path(folder, "recording.json")))
    return inside, end, file


def _debugged(program: Program) -> float:
    logger = logging.getLogger("asyncio")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        return _bare(program, debug=True)
    finally:
        logger.setLevel(level)


def _viztracer(program: Program) -> float:
    from viztracer import VizTracer

    with tempfile.TemporaryDirectory() as folder:
        tracer = VizTracer(
            output_file=str(Path(folder, "trace.json")), tracer_entries=10_000_000, verbose=0
        )
        tracer.start()
        try:
            inside = _bare(program)
        finally:
            tracer.stop()
        return inside + processor_seconds(tracer.save)


def _pyinstrument(program: Program) -> float:
    from pyinstrument import Profiler

    profiler = Profiler(async_mode="enabled")
    profiler.start()
    try:
        inside = _bare(program)
    finally:
        session = profiler.stop()
    with tempfile.TemporaryDirectory() as folder:
        return inside + processor_seconds(lambda: session.save(Path(folder, "session.pyisession")))


_RIVALS = {"viztracer": _viztracer, "pyinstrument": _pyinstrument}


def _compare(what: str, program: Program, aim: str) -> Iterator[Row]:
    rounds = [(_bare(program), *_recorded(program)) for _ in range(7)]
    bare, inside, end, file = (min(seconds) for seconds in zip(*rounds, strict=True))
    whole = inside + end + file
    yield Row(f"{what}: recorded in full", f"{inside / bare:.2f} × bare", aim)
    yield Row(f"{what}: the end of the block", f"{end / bare:.2f} × bare", "0.2 × bare")
    yield Row(f"{what}: all of it, with a file saved", f"{whole / bare:.2f} × bare")
    for name, rival in _RIVALS.items():
        if importlib.util.find_spec(name) is None:
            yield Row(f"{what}: {name}", "not installed")
        else:
            seconds = min(rival(program) for _ in range(3))
            yield Row(f"{what}: {name}, with a file saved", f"{seconds / bare:.2f} × bare")
    debugged = min(_debugged(program) for _ in range(2))
    yield Row(f"{what}: asyncio's debug mode", f"{debugged / bare:.2f} × bare")


def _bytes_an_event() -> Iterator[Row]:
    with asyncio.Runner() as runner:
        loop = runner.get_loop()
        runner.run(asyncio.sleep(0))
        tracemalloc.start()
        try:
            recorder = Recorder(loop, limit=10_000_000)
            recorder.start()
            before = tracemalloc.get_traced_memory()[0]
            runner.run(workloads.storm())
            taken = tracemalloc.get_traced_memory()[0] - before
            recorder.stop()
            recording = recorder.recording()
            del recorder
            gc.collect()  # its log, and below the figure: nobody has them any more
            kept = tracemalloc.get_traced_memory()[0] - before
            timeline(recording)
            gc.collect()
            drawn = tracemalloc.get_traced_memory()[0] - before
        finally:
            tracemalloc.stop()
    events = recording.events
    for when, size, aim in (
        ("while it is recorded", taken, "150"),
        ("kept, before any view", kept, "60"),
        ("after a timeline", drawn, "120"),
    ):
        what = f"a recording of {events:,} events, {when}"
        yield Row(what, f"{size / events:.0f} bytes an event", f"{aim} bytes")


def rows() -> Iterator[Row]:
    """The three workloads, and the memory."""
    yield from _compare("200,199 steps, a semaphore", workloads.storm, "1.7 × bare")
    yield from _compare("50,000 items, a queue", workloads.pipeline, "1.4 × bare")
    yield from _compare("8,000 new primitives", workloads.fresh, "2.0 × bare")
    yield from _bytes_an_event()
