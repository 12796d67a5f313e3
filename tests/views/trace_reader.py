"""A reader of the Trace Event Format that accepts only what the format's rules allow."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple


class Slice(NamedTuple):
    """A stretch of time on a track; times in microseconds."""

    name: str
    start: float
    end: float
    arguments: dict[str, Any]


class Flow(NamedTuple):
    """An arrow from a slice on one track to a slice on another."""

    source: str
    source_slice: str
    target: str
    target_slice: str
    start: float
    end: float


class Trace(NamedTuple):
    """What a trace says, by the names of its tracks and counters."""

    tracks: dict[str, list[Slice]]
    flows: list[Flow]
    marks: dict[str, list[tuple[str, float]]]
    counters: dict[str, list[tuple[float, float]]]


REQUIRED = {
    "B": {"name", "ts", "pid", "tid"},
    "E": {"ts", "pid", "tid"},
    "X": {"name", "ts", "dur", "pid", "tid"},
    "i": {"name", "ts", "pid", "tid", "s"},
    "C": {"name", "ts", "pid", "args"},
    "s": {"name", "cat", "id", "ts", "pid", "tid"},
    "f": {"name", "cat", "id", "ts", "pid", "tid"},
    "M": {"name", "pid", "args"},
}


def read_trace(path: Path) -> Trace:
    """Reads a trace; AssertionError says which rule it breaks."""

    def no_constant(name: str) -> float:
        raise AssertionError(f"{name} is not JSON")

    document = json.loads(path.read_text("utf-8"), parse_constant=no_constant)
    rows = document["traceEvents"]
    names: dict[tuple[int, int], str] = {}
    processes: dict[int, str] = {}
    for row in rows:
        assert row["ph"] in REQUIRED, row
        assert REQUIRED[row["ph"]] <= row.keys(), row
        if row["ph"] == "M" and row["name"] == "thread_name":
            assert (row["pid"], row["tid"]) not in names, "a track has two names"
            names[row["pid"], row["tid"]] = row["args"]["name"]
        if row["ph"] == "M" and row["name"] == "process_name":
            processes[row["pid"]] = row["args"]["name"]
    trace = Trace({name: [] for name in names.values()}, [], {}, {})
    # The format's readers sort by time and keep the order of the file where times are equal.
    timed = sorted((row for row in rows if row["ph"] != "M"), key=lambda row: row["ts"])
    opened: dict[tuple[int, int], list[dict[str, Any]]] = {track: [] for track in names}
    ended: dict[tuple[int, int], float] = dict.fromkeys(names, 0.0)
    going_out: dict[Any, tuple[str, str, float]] = {}
    for row in timed:
        assert type(row["ts"]) in (int, float), row
        assert row["ts"] >= 0, row
        assert row["pid"] in processes, "a process has no name"
        if row["ph"] == "C":
            for value in row["args"].values():
                assert type(value) in (int, float), row
                trace.counters.setdefault(row["name"], []).append((row["ts"], value))
            continue
        track = (row["pid"], row["tid"])
        assert track in names, "a track has no name"
        stack, name = opened[track], names[track]
        if row["ph"] == "B":
            assert not stack, f"two slices at once on {name}"
            assert row["ts"] >= ended[track], f"slices overlap on {name}"
            stack.append(row)
        elif row["ph"] == "E":
            assert stack, f"a slice ends on {name} that has not begun"
            begun = stack.pop()
            assert row.get("name", begun["name"]) == begun["name"]
            ended[track] = row["ts"]
            one = Slice(begun["name"], begun["ts"], row["ts"], begun.get("args", {}))
            trace.tracks[name].append(one)
        elif row["ph"] == "X":
            assert row["dur"] >= 0
            assert row["ts"] >= ended[track], f"slices overlap on {name}"
            ended[track] = row["ts"] + row["dur"]
            trace.tracks[name].append(
                Slice(row["name"], row["ts"], row["ts"] + row["dur"], row.get("args", {}))
            )
        elif row["ph"] == "i":
            assert row["s"] in ("t", "p", "g"), row
            trace.marks.setdefault(name, []).append((row["name"], row["ts"]))
        elif row["ph"] == "s":
            identity = (row["cat"], row["name"], row["id"])
            assert identity not in going_out, "a flow begins twice"
            assert stack, f"a flow leaves {name} where there is no slice"
            going_out[identity] = (name, stack[-1]["name"], row["ts"])
        else:
            source = going_out.pop((row["cat"], row["name"], row["id"]), None)
            assert source is not None, "a flow ends that has not begun"
            assert row.get("bp") == "e", "without bp the flow goes to the slice that comes next"
            assert stack, f"a flow comes to {name} where there is no slice"
            trace.flows.append(
                Flow(source[0], source[1], name, stack[-1]["name"], source[2], row["ts"])
            )
    assert not going_out, "a flow never ends"
    assert not any(opened.values()), "a slice never ends"
    return trace
