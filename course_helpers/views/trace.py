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
from itertools import chain, count, islice
from math import inf
from typing import Any, Final

from course_helpers.recorder.record import expect_recording
from course_helpers.recording.columns import packed
from course_helpers.recording.files import write_whole
from course_helpers.recording.kinds import kind_of
from course_helpers.recording.model import (
    Change,
    Location,
    Recording,
    Resource,
    Span,
    State,
    Task,
    Turn,
    WaitReason,
    Waker,
)

_json: Final = json.JSONEncoder(separators=(",", ":")).encode

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


class _Events:
    """The events of the trace as JSON texts, each with its place in the recording.

    Most of them differ only in their time: what stands before it is encoded once.
    """

    def __init__(self) -> None:
        self._places: list[float] = []
        self._texts: list[str] = []

    def add(self, sequence: float, rank: _Rank, start: str, time: float, rest: str = "") -> None:
        """An event at a time, in seconds; `start` comes from `_until_time`."""
        self._places.append(sequence + rank / len(_Rank))
        self._texts.append(f"{start}{_microseconds(time)}{rest}}}")

    def in_order(self) -> Iterator[str]:
        """The texts, in the order of the recording."""
        order = sorted(range(len(self._texts)), key=self._places.__getitem__)
        return map(self._texts.__getitem__, order)


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
    about = {
        "displayTimeUnit": "ms",
        "otherData": {
            "clock": recording.clock,
            "events": str(recording.events),
            "left_out": str(recording.left_out),
        },
    }
    events = ",".join([*map(_json, _names(recording)), *_events(recording).in_order()])
    write_whole(path, f'{{"traceEvents":[{events}],{_json(about)[1:]}\n')


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


def _until_time(phase: str, name: str, track: int, **more: Any) -> str:
    """The text of an event up to its time, which comes last."""
    identity = {"ph": phase, "name": name, "pid": _PROCESS, "tid": track}
    return f'{_json({**identity, **more})[:-1]},"ts":'


def _microseconds(time: float) -> float:
    # Nanoseconds are the finest unit that Perfetto knows.
    return round(time * 1e9) / 1e3


def _events(recording: Recording) -> _Events:
    events, flows = _Events(), count(1)
    for task in recording.tasks:
        _add_slices(events, recording, task)
        _add_flows(events, recording, task, flows)
        if task.ended is not None and task.ended_sequence is not None:
            detail = {} if task.detail is None else {"detail": task.detail}
            if task.cancelled_by is not None:
                detail["cancelled by"] = task.cancelled_by
            end = _until_time("i", str(task.ending), _track(task), s="t", args=detail)
            events.add(task.ended_sequence, _Rank.MARK, end, task.ended)
    for made in recording.marks:
        track = _LOOP if made.task is None else made.task + 1
        arguments = _place(made.location)
        if made.value is not None:
            arguments["value"] = made.value
        said = f"{made.verb} {made.what}".rstrip()
        mark = _until_time("i", said, track, s="t", args=arguments)
        events.add(made.sequence, _Rank.MARK, mark, made.time)
    labels = Counter(resource.label for resource in recording.resources)
    for resource in recording.resources:
        label = resource.label
        if labels[label] > 1:
            label += f" (resource {resource.index})"
        _add_counter(events, resource, label)
    ready_callbacks = _until_time("C", "ready callbacks", _LOOP)
    for start, sequence, ready in packed(Turn, recording.turns).each("start", "sequence", "ready"):
        events.add(sequence, _Rank.MARK, ready_callbacks, start, f',"args":{{"ready":{ready}}}')
    for blocked in recording.blocked:
        who = blocked.function or "something that is not shown"
        if blocked.task is not None:
            who = recording.tasks[blocked.task].label
        duration = _microseconds(blocked.end) - _microseconds(blocked.start)
        slice_ = _until_time(
            "X", f"loop blocked by {who}", _LOOP, args=_place(blocked.location), dur=duration
        )
        events.add(blocked.sequence, _Rank.BEGIN, slice_, blocked.start)
    return events


def _add_slices(events: _Events, recording: Recording, task: Task) -> None:
    last = task.ended_sequence if task.ended_sequence is not None else inf
    spans = packed(Span, task.spans)
    ends = chain(islice(spans.numbers("sequence"), 1, None), [last])
    fields = ("sequence", "start", "end", "state", "location", "reason", "waker")
    starts: dict[tuple[Any, ...], tuple[str, str]] = {}
    for (sequence, start, end, *kind), after in zip(spans.each(*fields), ends, strict=True):
        key = tuple(kind)
        if key not in starts:
            starts[key] = _slice(recording, task, *kind)
        begins, finishes = starts[key]
        events.add(sequence, _Rank.BEGIN, begins, start)
        events.add(after, _Rank.END, finishes, end)


def _slice(
    recording: Recording,
    task: Task,
    state: State,
    location: Location | None,
    reason: WaitReason | None,
    waker: Waker | None,
) -> tuple[str, str]:
    """The events at the beginning and at the end of a span, up to their times."""
    name = reason.call if reason is not None else str(state)
    arguments = _place(location)
    if reason is not None and reason.resource is not None:
        arguments["resource"] = recording.resources[reason.resource].label
    if reason is not None and reason.task is not None:
        arguments["task"] = recording.tasks[reason.task].label
    if waker is not None:
        arguments["woken by"] = _waker(recording, waker)
    begins = _until_time("B", name, _track(task), args=arguments)
    return begins, _until_time("E", name, _track(task))


def _add_flows(events: _Events, recording: Recording, task: Task, numbers: Iterator[int]) -> None:
    """An arrow for each time that another task, or a thread, made this one ready."""
    spans = packed(Span, task.spans)
    into = _until_time("f", "wakes", _track(task), cat="asyncio", bp="e")
    out: dict[int, tuple[float, str]] = {}
    for waked, start, begun in spans.each("waker", "start", "sequence"):
        if waked is None or waked.task is None or waked.task == task.index:
            continue
        if waked.kind == "eager":  # who is interrupted is not woken
            continue
        waker = recording.tasks[waked.task]
        time, sequence = start, begun
        if waker.ended is not None and waker.ended_sequence is not None:
            # Who waits for a task is woken a turn after its end: the arrow leaves from the end.
            time, sequence = min(time, waker.ended), min(sequence, waker.ended_sequence)
        if waker.index not in out:
            first = waker.spans[0].sequence if waker.spans else inf
            out[waker.index] = first, _until_time("s", "wakes", _track(waker), cat="asyncio")
        first, leaves = out[waker.index]
        if sequence <= first:
            continue
        number = f',"id":{next(numbers)}'
        events.add(sequence, _Rank.FLOW_OUT, leaves, time, number)
        events.add(begun, _Rank.FLOW_IN, into, start, number)


def _waker(recording: Recording, waker: Waker) -> str:
    if waker.task is None:
        return waker.signal or waker.kind
    return recording.tasks[waker.task].label


def _add_counter(events: _Events, resource: Resource, label: str) -> None:
    kind = kind_of(resource)
    if not kind.is_level:
        return
    until_time = _until_time("C", f"{label}: {kind.counts}", _LOOP)
    rest = f',"args":{{{_json(kind.counts)}:'
    changes = packed(Change, resource.changes)
    for time, sequence, value in changes.each("time", "sequence", "value"):
        events.add(sequence, _Rank.MARK, until_time, time, f"{rest}{value}}}")


def _place(location: Location | None) -> dict[str, Any]:
    if location is None:
        return {}
    return {"at": f"{location.file}:{location.line}", "in": location.function}
