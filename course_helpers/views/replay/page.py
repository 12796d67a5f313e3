"""The piece of HTML that is a replay."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from course_helpers.learners_code import short_file
from course_helpers.recording.model import Recording, State
from course_helpers.views.lanes import family
from course_helpers.views.palette import DARK, DOTTED_KINDS, LIGHT, SIGNS
from course_helpers.views.replay.encoding import clip, encode
from course_helpers.views.replay.machine import MachineState, machine_state
from course_helpers.views.replay.narration import Moment, clock_time, condition, plain_name, text
from course_helpers.views.words import lanes, line_at, missing

#: Of a long queue, the page that is shown without its script names only so many.
_SHOWN = 20

_NEAR = 6


def page(
    recording: Recording,
    moments: tuple[Moment, ...],
    *,
    first: int,
    total: int,
    start: int,
    dark: bool | None,
) -> str:
    """The HTML of a replay of some consecutive moments, opened at the one of index `start`.

    `first` is the number of the first of these moments among the `total` of the recording. The
    element holds the state at `start` as plain HTML. The script, where it may run, puts the replay
    in its place, in a shadow tree, so that no style or script of the page and of the replay, or of
    two replays, disturbs the other.
    """
    data = {
        "style": _file("replay.css"),
        "palettes": {"light": asdict(LIGHT), "dark": asdict(DARK)},
        "dotted": sorted(DOTTED_KINDS),
        "signs": SIGNS,
        "dark": dark,
        "first": first,
        "total": total,
        "start": start,
        "notes": list(_notes(recording, len(moments), total)),
        "clock": recording.clock,
        "who": lanes(recording.tasks),
        "lanes": [[lane.task.index, lane.depth] for lane in family(recording.tasks)],
        **encode(recording, moments),
    }
    return (
        '<div class="asyncio-replay">\n'
        f"{_still(recording, moments[start], first + start, total)}"
        f'<script type="application/json">{_json(data)}</script>\n'
        f"<script>{_file('replay.js')}</script>\n"
        "</div>\n"
    )


def document(content: str, title: str) -> str:
    """A piece of HTML as a document of its own."""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{escape(title)}</title>\n"
        "<style>body { font-family: system-ui, sans-serif; margin: 1rem auto; padding: 0 1rem;"
        " max-width: 72rem; }</style>\n"
        f"</head>\n<body>\n{content}</body>\n</html>\n"
    )


@cache
def _file(name: str) -> str:
    return Path(__file__).with_name(name).read_text("utf-8")


def _json(data: Mapping[str, Any]) -> str:
    # Inside a script element nothing but "<" could end it or open a comment.
    return json.dumps(data, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")


def _notes(recording: Recording, shown: int, total: int) -> list[str]:
    notes = []
    if shown < total:
        notes.append(
            f"Shows {shown:,} of {total:,} events: replay(recording, at=seconds) begins elsewhere."
        )
    if recording.left_out:
        notes.append(missing(recording))
    return notes + list(recording.warnings)


def _still(recording: Recording, moment: Moment, number: int, total: int) -> str:
    """The state after one event as plain HTML: all that is seen where no script may run."""
    state = machine_state(recording, moment.sequence)
    what = escape(" ".join(text(sentence, recording) for sentence in moment.sentences))
    return (
        f"<p><strong>Event {number + 1:,} of {total:,}, at {clock_time(moment.time)}.</strong> "
        f"{what}</p>\n"
        + _table("Tasks", ("Task", "State", "Stands at"), _task_rows(recording, state))
        + _list("Ready queue, first in front", [recording.tasks[t].label for t in state.ready])
        + _list(
            "Timer heap, next due first",
            [
                f"{clock_time(timer.due)}: {timer.call}"
                + (f", {recording.tasks[timer.task].label}" if timer.task is not None else "")
                for timer in (recording.timers[position] for position in state.timers)
            ],
        )
        + _table(
            "Resources",
            ("Resource", "Held or entered by", "State", "In line"),
            _resource_rows(recording, state),
        )
        + _source(recording, moment, state)
        + "<p><em>To step through the recording, run this cell in a notebook.</em></p>\n"
    )


def _task_rows(recording: Recording, state: MachineState) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for task, span in zip(recording.tasks, state.spans, strict=True):
        if span is not None:
            waits = span.state is State.WAITING and span.reason is not None
            words = f"waiting: {span.reason.call}" if waits and span.reason else str(span.state)
            at, where = span.location, ""
            if at is not None:
                where = f"{line_at(recording, at)} in {plain_name(at.function)}"
            rows.append((task.label, words, where))
    return rows


def _resource_rows(recording: Recording, state: MachineState) -> list[tuple[str, ...]]:
    def names(indices: tuple[int, ...]) -> str:
        return ", ".join(recording.tasks[index].label for index in indices[:_SHOWN])

    return [
        (
            f"{resource.label} ({resource.kind})",
            names(now.change.holders) or "nobody",
            condition(resource, now.change, recording),
            names(now.waiters) or "nobody",
        )
        for resource, now in zip(recording.resources, state.resources, strict=True)
        if now is not None
    ]


def _source(recording: Recording, moment: Moment, state: MachineState) -> str:
    task = moment.task if state.running is None else state.running
    span = state.spans[task] if task is not None else None
    location = span.location if span is not None else None
    source = recording.sources.get(location.file, "") if location is not None else ""
    if location is None or not source:
        return ""
    lines = source.splitlines()
    rows = []
    for number in range(max(1, location.line - _NEAR), min(len(lines), location.line + _NEAR) + 1):
        mark = "▶" if number == location.line else " "
        line = f"{mark} {number:4}  {escape(clip(lines[number - 1]))}"
        rows.append(f"<strong>{line}</strong>" if number == location.line else line)
    return f"<p>{escape(short_file(location.file))}</p>\n<pre>" + "\n".join(rows) + "</pre>\n"


def _list(title: str, items: list[str]) -> str:
    if not items:
        return f"<p>{title}: empty.</p>\n"
    more = f"<li>and {len(items) - _SHOWN:,} more</li>" if len(items) > _SHOWN else ""
    shown = "".join(f"<li>{escape(clip(item))}</li>" for item in items[:_SHOWN])
    return f"<p>{title}:</p>\n<ol>{shown}{more}</ol>\n"


def _table(title: str, heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    if not rows:
        return ""
    head = "".join(f'<th scope="col">{name}</th>' for name in heads)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(clip(cell))}</td>" for cell in row) + "</tr>"
        for row in rows[:_SHOWN]
    )
    more = f"<p>and {len(rows) - _SHOWN:,} more</p>\n" if len(rows) > _SHOWN else ""
    return (
        f"<table><caption>{title}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table>\n{more}"
    )
