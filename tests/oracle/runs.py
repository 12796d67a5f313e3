"""Runs of a program: bare, with a witness, and recorded."""

from __future__ import annotations

import gc
import linecache
import logging
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple
from unittest import mock

from course_helpers.recording.model import Recording
from course_helpers.simulation.run import simulate
from tests.oracle.log import Entry, Log
from tests.oracle.witness import Witness

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


def simulated(text: str, *, witness: bool = False, **options: Any) -> Run:
    """A simulation of a program: recorded, or witnessed."""
    log = Log()
    recorder = mock.patch(RECORDER, partial(Witness, log)) if witness else mock.patch.dict({})
    with quiet(), recorder:
        main = loaded(text, log)
        try:
            recording = simulate(main(), **options)
            error: BaseException | None = None
        except BaseException as raised:
            if not hasattr(raised, "recording"):
                raise
            error, recording = raised, raised.recording
        log.closed = True
        len(recording.tasks)  # worked out here, where its warnings are not heard
    return Run(log, type(error).__name__ if error else "", error, recording)


@contextmanager
def quiet() -> Iterator[None]:
    """Without what Python says of programs that are full of faults, and without its collector."""
    collects = gc.isenabled()
    gc.disable()
    gc.freeze()  # what was there before is none of the program's, and takes long to look through
    logging.disable()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        finally:
            logging.disable(logging.NOTSET)
            gc.unfreeze()
            if collects:
                gc.enable()


#: What the program itself tells; the rest is the witness's.
WITNESSED = frozenset(
    {"ready", "steps", "pauses", "callback", "arms", "requests", "uncancels", "value"}
    | {"unretrieved", "end", "turns", "fires", "disarms"}
)


def told(log: Log) -> list[Entry]:
    """What the program itself told."""
    return [entry for entry in log.entries if entry.verb not in WITNESSED]
