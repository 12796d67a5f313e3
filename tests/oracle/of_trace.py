"""Judges of a trace: its slices, arrows, counters and marks."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from typing import Any
from unittest import mock

from course_helpers.recording.model import Ending, State
from course_helpers.views import trace
from tests.oracle.judging import Case, Untruth
from tests.oracle.of_model import false_canceller

_END: dict[Ending, str] = {ending: ending.value for ending in Ending if ending is not Ending.ALIVE}


def of_slices(case: Case) -> Iterator[Untruth]:
    """Each task's slices are what it did, from when to when."""
    tracks = _tracks(case)
    opened: dict[int, dict[str, Any]] = {}
    slices: dict[int, list[tuple[str, float, float]]] = defaultdict(list)
    for event in events(case):
        if event["ph"] == "B":
            opened[event["tid"]] = event
        elif event["ph"] == "E":
            begin = opened.pop(event["tid"])
            slices[event["tid"]].append((begin["name"], begin["ts"], event["ts"]))
    for track, label in tracks.items():
        lane = case.lanes.get(label)
        if lane is None or case.is_outside(label):
            continue
        true = [
            (
                each.wait.call if each.state is State.WAITING and each.wait else each.state.value,
                _microseconds(each.start),
                _microseconds(each.end),
            )
            for each in lane.stretches
        ]
        if slices[track] != true:
            yield Untruth("trace: slice", (label, slices[track]), true)


def of_arrows(case: Case) -> Iterator[Untruth]:
    """Each arrow leads from who woke a task to the task."""
    tracks = _tracks(case)
    out: dict[int, dict[str, Any]] = {}
    for event in events(case):
        if event["ph"] == "s":
            out[event["id"]] = event
        elif event["ph"] == "f":
            by, label = tracks[out[event["id"]]["tid"]], tracks[event["tid"]]
            lane, waker = case.lanes.get(label), case.lanes.get(by)
            if lane is None or waker is None:
                continue
            true = [
                each.by
                for each in lane.stretches
                if each.state is State.READY and _microseconds(each.start) == event["ts"]
            ]
            if waker.key not in true:
                yield Untruth("trace: arrow", (by, label, event["ts"]), true)


def of_counters(case: Case) -> Iterator[Untruth]:
    """Each counter has the primitive's value, whenever nothing is ready."""
    counts: dict[str, list[tuple[float, int]]] = defaultdict(list)
    for event in events(case):
        if event["ph"] == "C" and ": " in event["name"]:
            name, _, what = event["name"].partition(": ")
            counts[name].append((event["ts"], event["args"][what]))
    for name, values in counts.items():
        for quiet in case.truth.quiet:
            true = quiet.values.get(name)
            said = [value for time, value in values if time <= _microseconds(quiet.time)]
            if true is not None and said and said[-1] != true[0]:
                kind = "trace: counter"
                yield Untruth(kind, (name, quiet.time, said[-1]), true)
                break


def of_marks(case: Case) -> Iterator[Untruth]:
    """Ends are marked when they are, blocked steps where they are, and turns."""
    tracks = _tracks(case)
    for event in events(case):
        lane = case.lanes.get(tracks.get(event["tid"], ""))
        if event["ph"] == "i" and lane is not None:
            true = _END.get(lane.ending, ""), _microseconds(lane.ended or 0.0)
            if (event["name"], event["ts"]) != true:
                yield Untruth("trace: end", (lane.label, event["name"], event["ts"]), true)
            by = event["args"].get("cancelled by")
            if by is not None and (untruth := false_canceller(case, lane, by)) is not None:
                yield untruth
        elif event["ph"] == "X":
            true_blocks = {
                (case.truth.tasks[who].label if who in case.truth.tasks else "", round(time, 6))
                for who, time, _ in case.truth.blocking()
            }
            by = event["name"].removeprefix("loop blocked by ")
            by = "" if by.startswith("callback") else by
            if (by, round(event["dur"] / 1e6, 6)) not in true_blocks:
                yield Untruth("blocked loop", event["name"], sorted(true_blocks))
    turns = [
        (event["ts"], event["args"]["ready"])
        for event in events(case)
        if event["ph"] == "C" and event["name"] == "ready callbacks"
    ]
    true_turns = [(_microseconds(turn.time), turn.value[0]) for turn in case.truth.events["turns"]]
    if case.existed:
        true_turns = true_turns[1:]  # the recording began in the first
    if turns != true_turns:
        yield Untruth("trace: turns", turns, true_turns)


def events(case: Case) -> list[dict[str, Any]]:
    """The events of the trace of a recording."""
    if "trace" not in case.kept:
        with mock.patch.object(trace, "write_whole") as written:
            trace.save_trace(case.recording, "trace.json")
        case.kept["trace"] = json.loads(written.call_args[0][1])["traceEvents"]
    found: list[dict[str, Any]] = case.kept["trace"]
    return found


def _tracks(case: Case) -> dict[int, str]:
    """By track, whose it is."""
    return {
        event["tid"]: event["args"]["name"]
        for event in events(case)
        if event["ph"] == "M" and event["name"] == "thread_name"
    }


def _microseconds(time: float) -> float:
    return round(time * 1e9) / 1e3
