"""The summary: what the timeline shows, in words and numbers."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import NamedTuple

from course_helpers.recorder.record import expect_recording
from course_helpers.recording.columns import packed
from course_helpers.recording.kinds import kind_of
from course_helpers.recording.model import Change, Recording, Resource, Span, State, Task
from course_helpers.recording.readings import (
    busy,
    ever_busy,
    is_nobodys,
    line_lengths,
    too_many,
    waits_for,
)
from course_helpers.views import words
from course_helpers.views.findings import Finding, findings
from course_helpers.views.lanes import Gap, elided, family, left_waiting

# A longer table is not read.
_ROWS = 40
_REASONS = 3


def summary(recording: Recording) -> Summary:
    """What happened, as text: findings, a table of the tasks and a table of the resources.

    Of each task the table says how it ended, its total time, the number of its steps, and how the
    time was spent: total = running + ready + waiting, and waiting by reason. A third table has the
    marks that the program made, without the lines that it printed. By the virtual clock a
    step takes no time, unless it was given a cost or blocked the loop: running and ready are 0.

    Raises TypeError when something else than a recording is given.
    """
    expect_recording(recording, "summary")
    return Summary(recording)


class _Table(NamedTuple):
    """Rows of cells; `words` are the columns of text, which stand at the left."""

    caption: str
    header: tuple[str, ...]
    rows: list[tuple[str, ...]]
    words: frozenset[int]

    def text(self) -> str:
        """In columns."""
        lines = [self.header, *self.rows]
        widths = [max(len(line[column]) for line in lines) for column in range(len(self.header))]
        return "\n".join(
            "  ".join(
                cell.ljust(width) if column in self.words else cell.rjust(width)
                for column, (cell, width) in enumerate(zip(line, widths, strict=True))
            ).rstrip()
            for line in lines
        )

    def html(self) -> str:
        """As an HTML table; whatever the cells hold is text."""
        head = "".join(
            f'<th scope="col" style="{self._style(column)}">{html.escape(cell)}</th>'
            for column, cell in enumerate(self.header)
        )
        body = "".join(f"<tr>{self._row(row)}</tr>" for row in self.rows)
        return (
            f'<table><caption style="text-align: left">{html.escape(self.caption)}</caption>'
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        )

    def _row(self, row: Sequence[str]) -> str:
        first, *others = row
        cells = "".join(
            f'<td style="{self._style(column)}">{html.escape(cell)}</td>'
            for column, cell in enumerate(others, 1)
        )
        return f'<th scope="row" style="{self._style(0)}">{html.escape(first)}</th>{cells}'

    def _style(self, column: int) -> str:
        side = "left" if column in self.words else "right"
        # The indentation of a child under its parent is in the text.
        return (
            f"text-align: {side}; padding: 0.2em 0.8em; white-space: pre-wrap;"
            " font-variant-numeric: tabular-nums"
        )


class Summary:
    """What happened, as text; in a notebook the same as HTML. `findings` are also there as data."""

    def __init__(self, recording: Recording) -> None:
        self.findings: tuple[Finding, ...] = findings(recording)
        self._headline = (
            f"{words.seconds(recording.duration)} by the {recording.clock} clock,"
            f" {words.lanes(recording.tasks)}"
        )
        if own := [task for task in recording.tasks if task.kind == "task"]:
            self._headline += f": {words.endings(own)}"
        self._tables = [
            table
            for table in (_tasks(recording), _resources(recording), _marks(recording))
            if table.rows
        ]

    def __str__(self) -> str:
        parts = [f"{self._headline}."]
        parts.append("\n".join(f"• {finding.text}" for finding in self.findings))
        parts.extend(table.text() for table in self._tables)
        return "\n\n".join(part for part in parts if part)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        items = "".join(f"<li>{html.escape(finding.text)}</li>" for finding in self.findings)
        tables = "".join(table.html() for table in self._tables)
        listed = f"<ul>{items}</ul>" if items else ""
        return f"<div><p>{html.escape(self._headline)}.</p>{listed}{tables}</div>"


def _tasks(recording: Recording) -> _Table:
    header = ("task", "ended", "total", "steps", "running", "ready", "waiting", "waiting for")
    lanes = family(recording.tasks)
    rows = []
    for lane in elided(lanes, _ROWS):
        if isinstance(lane, Gap):
            label, ended = words.lanes(lane.tasks, "more "), ""
            rows.append(_task_row(label, ended, recording, lane.tasks))
        else:
            label = "  " * min(lane.depth, 6) + words.name(lane.task)
            if lane.task.kind != "task":
                label += f" ({lane.task.kind})"
            rows.append(_task_row(label, lane.task.ending.value, recording, (lane.task,)))
    return _Table("Tasks", header, rows, frozenset({0, 1, 7}))


def _task_row(
    label: str, ended: str, recording: Recording, tasks: Sequence[Task]
) -> tuple[str, ...]:
    spent = dict.fromkeys(State, 0.0)
    steps = 0
    reasons: dict[str, float] = {}
    for task in tasks:
        rows = packed(Span, task.spans).each("state", "start", "end", "waker")
        for state, start, end, waker in rows:
            spent[state] += end - start
            # A step that is interrupted by an eager task is one.
            steps += (state is State.RUNNING) - (waker is not None and waker.kind == "eager")
        for call, time in task.waits().items():
            reasons[call] = reasons.get(call, 0.0) + time
    if len(reasons) > _REASONS:
        # Without their arguments: a thousand sleeps of different lengths are one reason.
        calls: dict[str, float] = {}
        for call, time in reasons.items():
            name = call.partition("(")[0]
            calls[name] = calls.get(name, 0.0) + time
        reasons = calls
    # In a deadlock the last wait of all takes no time, and is the one that matters.
    last = {
        task.spans[-1].reason.call
        for task in tasks
        if left_waiting(task) and task.spans[-1].reason is not None
    }
    longest = sorted(
        ((call, time) for call, time in reasons.items() if time > 0 or call in last),
        key=lambda one: -one[1],
    )
    parts = [
        f"{words.one_line(call, 40)} {words.seconds(time)}" for call, time in longest[:_REASONS]
    ]
    if len(longest) > _REASONS:
        rest = sum(time for _, time in longest[_REASONS:])
        parts.append(f"{len(longest) - _REASONS} more {words.seconds(rest)}")
    total = words.seconds(sum(spent.values()))
    if tasks and all(span.state is State.UNKNOWN for task in tasks for span in task.spans[:1]):
        return (label, ended, total, "", "unknown", "", "", "")
    return (
        label,
        ended,
        total,
        f"{steps:,}",
        words.seconds(spent[State.RUNNING]),
        words.seconds(spent[State.READY]),
        words.seconds(spent[State.WAITING]),
        ", ".join(parts),
    )


def _resources(recording: Recording) -> _Table:
    header = ("resource", "class", "what happened", "waits", "most in line", "waited", "longest")
    waits = waits_for(recording)
    lengths = line_lengths(recording)
    rows: list[tuple[str, ...]] = []
    for resource in recording.resources[:_ROWS]:
        times = [call.seconds for _, call in waits.get(resource.index, [])]
        line = max((length for _, length in lengths.get(resource.index, [])), default=0)
        capacity = "" if resource.capacity is None else f"({resource.capacity})"
        rows.append(
            (
                words.one_line(resource.label),
                resource.kind + capacity,
                _use(recording, resource),
                f"{len(times):,}",
                f"{line:,}",
                words.seconds(sum(times)),
                words.seconds(max(times, default=0.0)),
            )
        )
    if len(recording.resources) > _ROWS:
        rest = len(recording.resources) - _ROWS
        rows.append((words.count(rest, "more resource"), *[""] * (len(header) - 1)))
    return _Table("Resources", header, rows, frozenset({0, 1, 2}))


def _marks(recording: Recording) -> _Table:
    marks = words.own_marks(recording)
    rows: list[tuple[str, ...]] = [
        (
            words.seconds(made.time),
            "" if made.task is None else words.name(recording.tasks[made.task]),
            words.one_line(f"{made.verb} {made.what}".rstrip()),
            "" if made.value is None else words.one_line(str(made.value)),
        )
        for made in marks[:_ROWS]
    ]
    if len(marks) > _ROWS:
        rows.append((words.count(len(marks) - _ROWS, "more mark"), "", "", ""))
    return _Table("Marks", ("at", "task", "mark", "value"), rows, frozenset({0, 1, 2}))


def _use(recording: Recording, resource: Resource) -> str:
    """What became of a resource, in the words that suit its class."""
    changes = packed(Change, resource.changes)
    row = kind_of(resource)
    kind = row.name
    most = max(changes.numbers("value"))
    part = words.share(busy(recording, resource), recording.duration)
    share = f"full {part} of the time" if ever_busy(resource) else "never full"
    if kind == "lock":
        return f"{_times(changes, 'acquire', 'acquired')}, locked {part} of the time"
    if kind == "semaphore":
        if is_nobodys(resource):
            share = f"without a free permit {part} of the time"
            share = share if ever_busy(resource) else "never without one"
        extra = too_many(resource, changes)
        beyond = f", {words.count(extra, 'permit')} too many" if extra else ""
        return f"{_times(changes, 'acquire', 'acquired')}, {share}{beyond}"
    if kind == "queue":
        bounded = f", {share}" if resource.capacity else ""
        return f"at most {most} in it, {changes[-1].value} at the end{bounded}"
    if kind == "event":
        now = "set" if changes[-1].value else "not set"
        return f"{_times(changes, 'set', 'set')}, {now} at the end"
    if kind == "condition":
        return _times(changes, "notify", "notified")
    if kind == "barrier":
        return _times(changes, "arrive", "reached")
    if kind in ("group", "timeout"):
        return words.block_end(recording, resource)
    return f"{row.counts}: at most {most}, {changes[-1].value} at the end" if row.is_level else ""


def _times(changes: Sequence[Change], action: str, word: str) -> str:
    number = sum(change.action == action for change in changes)
    return f"{word} {words.count(number, 'time')}"
