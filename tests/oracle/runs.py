"""Runs of a program: bare, with a witness, and recorded."""

from __future__ import annotations

import asyncio
import gc
import linecache
import logging
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple
from unittest import mock

from course_helpers.recorder.record import record
from course_helpers.recording.model import Recording
from course_helpers.simulation.run import simulate
from tests.oracle.log import Entry, Log
from tests.oracle.witness import Idle, Witness

#: Seconds after which `record` ends, on the virtual clock.
LONGEST = 60.0
RECORDER = "course_helpers.simulation.run.Recorder"


class Run(NamedTuple):
    """What a program told, how it ended (`""`, or what was raised), and its recording."""

    log: Log
    ended: str
    error: BaseException | None
    recording: Recording


def loaded(text: str, log: Log) -> Callable[[], Any]:
    """The `main` of a program, as the learner's code in a file of its own."""
    name = "program.py"
    linecache.cache[name] = len(text), None, text.splitlines(keepends=True), name
    variables: dict[str, Any] = {"log": log, "__name__": "program"}
    exec(compile(text, name, "exec"), variables)
    main: Callable[[], Any] = variables["main"]
    return main


def run(text: str, *, witness: bool = False, recorded: bool = False, **options: Any) -> Run:
    """A run of a program on the virtual clock, recorded or with a witness.

    It is simulated, or `recorded` by `record` in a loop that runs already, for `LONGEST` seconds
    at most. The options are those of `simulate`.
    """
    log = Log()
    witnesses: list[Witness] = []

    def takes_its_place(*arguments: Any, **more: Any) -> Witness:
        witnesses.append(Witness(log, *arguments, **more))
        return witnesses[0]

    recorder: Any = mock.patch.dict({})
    block: Any = record()
    if witness:
        recorder, block = mock.patch(RECORDER, takes_its_place), _ended_by(witnesses)
    elif recorded:
        recorder = mock.patch(RECORDER, Idle)
    with quiet(), recorder:
        main = loaded(text, log)
        try:
            recording = simulate(_within(block, main) if recorded else main(), **options)
            error: BaseException | None = None
        except BaseException as raised:
            if not hasattr(raised, "recording"):
                raise
            error, recording = raised, raised.recording
        if recorded and recording.result is not None:
            recording = recording.result
        log.close()
        len(recording.tasks)  # worked out here, where its warnings are not heard
    return Run(log, type(error).__name__ if error else "", error, recording)


async def _within(block: Any, main: Callable[[], Any]) -> Any:
    """Run a program in a block, and end the block when it has ended or waits for ever."""
    with block as recording:
        task = asyncio.ensure_future(main())
        await asyncio.wait([task], timeout=LONGEST)
    return recording


@contextmanager
def _ended_by(witnesses: list[Witness]) -> Iterator[None]:
    """A block at whose end the witness has seen enough."""
    yield
    witnesses[0].stop()


@contextmanager
def quiet() -> Iterator[None]:
    """Without what Python says of programs that are full of faults, and without its collector."""
    collects = gc.isenabled()
    gc.disable()
    gc.freeze()  # what was there before is none of the program's, and takes long to look through
    logging.disable()
    silent = mock.patch.object(sys, "unraisablehook", _say_nothing)
    with warnings.catch_warnings(), silent:
        warnings.simplefilter("ignore")
        try:
            yield
        finally:
            logging.disable(logging.NOTSET)
            gc.unfreeze()
            if collects:
                gc.enable()


def _say_nothing(_: object) -> None:
    """In the place of what tells of errors that nobody can raise."""


#: What the program itself tells; the rest is the witness's.
WITNESSED = frozenset(
    {"ready", "steps", "pauses", "callback", "arms", "requests", "uncancels", "value"}
    | {"begins", "interrupted", "resumes"}
    | {"unretrieved", "destroyed", "fails", "end", "turns", "fires", "disarms"}
)


def told(log: Log) -> list[Entry]:
    """What the program itself told."""
    return [entry for entry in log.entries if entry.verb not in WITNESSED]
