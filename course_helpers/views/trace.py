"""`save_trace`: a recording as a file for Perfetto and chrome://tracing.

The format is described in "Trace Event Format" (Google, 2016); https://ui.perfetto.dev and
chrome://tracing read it. Times in it are microseconds. Slices are written as pairs of a begin and
an end, in the order of the recording: on the virtual clock many things happen at the same time,
and only that order tells which came first.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from enum import IntEnum
from itertools import count
from math import inf
from typing import Any, Final, NamedTuple

from course_helpers.recorder.record import expect_recording
from course_helpers.recording.files import write_whole
from course_helpers.recording.kinds import kind_of
from course_helpers.recording.model import Location, Recording, Resource, Task, Waker

_PROCESS: Final = 1

#: The track of the loop itself; the task of index n has track n + 1.
_LOOP: Final = 0


class _Rank(IntEnum):
    """The order of what happens at one event: a slice ends before the next one on its track begins.

    A flow belongs to the slice that is open on its track where the flow stands.
    """

    FLOW_OUT = 0
    END = 1
    BEGIN = 2
    FLOW_IN = 3
    MARK = 4


class _Entry(NamedTuple):
    """One event of the trace, with its place in the recording."""

    sequence: float
    rank: _Rank
    event: dict[str, Any]


def save_trace(recording: Recording, path: str | os.PathLike[str]) -> None:
    """Write a recording as a trace that ui.perfetto.dev and chrome://tracing open, to `path`.

    Every task, thread and process has a track, with a slice for each stretch of running, ready and
    waiting; an arrow leads from whoever woke a task to the task; counters show the free permits of
    each semaphore, the depth of each queue and how many callbacks are ready at each turn of the
    loop. An end is marked on the task's track; a step that blocked the loop is a slice on the
    loop's.

    Raises TypeError when it is given anything but a recording, OSError when the file cannot be
    written.
    """
    expect_recording(recording, "save_trace")
    entries = sorted(_entries(recording), key=lambda entry: entry[:2])
    document = {
        "traceEvents": [*_names(recording), *(entry.event for entry in entries)],
        "displayTimeUnit": "ms",
        "otherData": {
            "clock": recording.clock,
            "events": str(recording.events),
            "left_out": str(recording.left_out),
        },
    }
    write_whole(path, json.dumps(document, separators=(",", ":")) + "\n")


def _names(recording: Recording) -> Iterator[dict[str, Any]]:
    def name(what: str, track: int, value: dict[str, Any]) -> dict[str, Any]:
        return {"ph": "M", "name": what, "pid": _PROCESS, "tid": track, "args": value}

    yield name("process_name", _LOOP, {"name": f"asyncio, {recording.clock} clock"})
    yield name("thread_name", _LOOP, {"name": "event loop"})
    yield name("thread_sort_index", _LOOP, {"sort_index": _LOOP})
    for task in recording.tasks:
        kind = "" if task.kind == "task" else f" ({task.kind})"
        yield name("thread_name", _track(task), {"name": task.label + kind})
        yield name("thread_sort_index", _track(task), {"sort_index": _track(task)})


def _track(task: Task) -> int:
    return task.index + 1


def _event(phase: str, name: str, time: float, track: int, **more: Any) -> dict[str, Any]:
    identity = {"ph": phase, "name": name, "cat": "asyncio", "pid": _PROCESS, "tid": track}
    return {**identity, "ts": _microseconds(time), **more}


def _microseconds(time: float) -> float:
    # Nanoseconds are the finest unit that Perfetto knows.
    return round(time * 1e9) / 1e3


def _entries(recording: Recording) -> Iterator[_Entry]:
    flows = count(1)
    for task in recording.tasks:
        yield from _slices(recording, task)
        yield from _flows(recording, task, flows)
        if task.ended is not None and task.ended_sequence is not None:
            detail = {} if task.detail is None else {"detail": task.detail}
            if task.cancelled_by is not None:
                detail["cancelled by"] = task.cancelled_by
            mark = _event("i", str(task.ending), task.ended, _track(task), s="t", args=detail)
            yield _Entry(task.ended_sequence, _Rank.MARK, mark)
    for made in recording.marks:
        track = _LOOP if made.task is None else made.task + 1
        arguments = _place(made.location)
        if made.value is not None:
            arguments["value"] = made.value
        text = f"{made.verb} {made.what}".rstrip()
        note = _event("i", text, made.time, track, s="t", args=arguments)
        yield _Entry(made.sequence, _Rank.MARK, note)
    labels = Counter(resource.label for resource in recording.resources)
    for resource in recording.resources:
        label = resource.label
        if labels[label] > 1:
            label += f" (resource {resource.index})"
        yield from _counter(resource, label)
    for turn in recording.turns:
        ready = _event("C", "ready callbacks", turn.start, _LOOP, args={"ready": turn.ready})
        yield _Entry(turn.sequence, _Rank.MARK, ready)
    for blocked in recording.blocked:
        who = "a callback" if blocked.task is None else recording.tasks[blocked.task].label
        begin = _event(
            "X", f"loop blocked by {who}", blocked.start, _LOOP, args=_place(blocked.location)
        )
        begin["dur"] = _microseconds(blocked.end) - begin["ts"]
        yield _Entry(blocked.sequence, _Rank.BEGIN, begin)


def _slices(recording: Recording, task: Task) -> Iterator[_Entry]:
    last = task.ended_sequence if task.ended_sequence is not None else inf
    ends = [span.sequence for span in task.spans[1:]] + [last]
    for span, end in zip(task.spans, ends, strict=True):
        name = span.reason.call if span.reason is not None else str(span.state)
        arguments = _place(span.location)
        if span.reason is not None and span.reason.resource is not None:
            arguments["resource"] = recording.resources[span.reason.resource].label
        if span.reason is not None and span.reason.task is not None:
            arguments["task"] = recording.tasks[span.reason.task].label
        if span.waker is not None:
            arguments["woken by"] = _waker(recording, span.waker)
        begin = _event("B", name, span.start, _track(task), args=arguments)
        yield _Entry(span.sequence, _Rank.BEGIN, begin)
        yield _Entry(end, _Rank.END, _event("E", name, span.end, _track(task)))


def _flows(recording: Recording, task: Task, numbers: Iterator[int]) -> Iterator[_Entry]:
    """An arrow for each time that another task, or a thread, made this one ready."""
    for span in task.spans:
        if span.waker is None or span.waker.task is None or span.waker.task == task.index:
            continue
        waker = recording.tasks[span.waker.task]
        time, sequence = span.start, span.sequence
        if waker.ended is not None and waker.ended_sequence is not None:
            # Who waits for a task is woken a turn after its end: the arrow leaves from the end.
            time, sequence = min(time, waker.ended), min(sequence, waker.ended_sequence)
        if not waker.spans or sequence <= waker.spans[0].sequence:
            continue
        number = next(numbers)
        out = _event("s", "wakes", time, _track(waker), id=number)
        into = _event("f", "wakes", span.start, _track(task), id=number, bp="e")
        yield _Entry(sequence, _Rank.FLOW_OUT, out)
        yield _Entry(span.sequence, _Rank.FLOW_IN, into)


def _waker(recording: Recording, waker: Waker) -> str:
    return waker.kind if waker.task is None else recording.tasks[waker.task].label


def _counter(resource: Resource, label: str) -> Iterator[_Entry]:
    kind = kind_of(resource)
    if kind.name not in ("semaphore", "queue"):
        return
    for change in resource.changes:
        event = _event(
            "C", f"{label}: {kind.counts}", change.time, _LOOP, args={kind.counts: change.value}
        )
        yield _Entry(change.sequence, _Rank.MARK, event)


def _place(location: Location | None) -> dict[str, Any]:
    if location is None:
        return {}
    return {"at": f"{location.file}:{location.line}", "in": location.function}
