"""The judges can tell: a false statement of each kind is caught."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from course_helpers.recording.model import (
    Blocked,
    Ending,
    FromThread,
    Location,
    Outcome,
    Recording,
    Report,
    State,
    WaitReason,
    Waker,
)
from tests.oracle import (
    of_cancellations,
    of_description,
    of_errors,
    of_findings,
    of_model,
    of_narration,
    of_page,
    of_pictures,
    of_tables,
    of_trace,
)
from tests.oracle.examining import DATA, PICTURES, WORDS, Way, case_of, examine
from tests.oracle.examples import EXAMPLES
from tests.oracle.expected import EXPECTED_FALSE
from tests.oracle.judging import Case
from tests.oracle.language import Program
from tests.oracle.said import Kind, Kinds

KINDS = [
    (kinds, kind)
    for kinds in (
        of_findings.FINDINGS,
        of_errors.ERRORS,
        of_narration.NARRATION,
        of_tables.HEADLINE,
        of_tables.USES,
        of_description.DESCRIPTION,
        of_page.PAGE,
    )
    for kind in kinds.kinds
]

#: Kinds that no recording of a program has, and parts of others that are not judged.
NEVER_SAID = {"the recorder failed", "left running", "waits", "description: a thread"}
UNJUDGED = {
    ("ends", "detail"),
    ("is woken", "place"),
    *(("page: in line", part) for part in ("place", "at", "end", "length")),
    *(("page: blocked", part) for part in ("at", "start", "end")),
    *(("page: a thread", part) for part in ("at", "start", "end", "length")),
}


def sentences(case: Case, kinds: Kinds) -> list[tuple[str, dict[str, str]]]:
    """What a view says, and the parts that are not in its text."""
    if kinds is of_narration.NARRATION:
        return [(text, {"at": at}) for text, at in of_narration.said(case)]
    if kinds is of_tables.USES:
        return [
            (row["what happened"], {"name": row["resource"]})
            for row in of_tables.rows(case, "resource")
        ]
    said = {
        id(of_findings.FINDINGS): of_findings.said,
        id(of_errors.ERRORS): of_errors.said,
        id(of_tables.HEADLINE): of_tables.said,
        id(of_description.DESCRIPTION): of_description.said,
        id(of_page.PAGE): of_page.said,
    }
    return [(text, {}) for text in said[id(kinds)](case)]


def falsified(text: str, found: re.Match[str], part: str) -> str:
    """The sentence, with something else in one place."""
    old = found[part]
    if old.isdigit():
        new = str(int(old) + 1)
    elif re.fullmatch(r"[\d.]+ m?s", old):
        new = "9.87 s"
    else:
        new = _ALTERNATIVES.get(old, "body77(77)")
    start, end = found.span(part)
    return text[:start] + new + text[end:]


#: Where only some words may stand, another one.
_ALTERNATIVES = {
    "more": "less",
    "less": "more",
    "locked": "full",
    "full": "locked",
    "was the only one in line for": "was first in line for",
    "was first in line for": "was the only one in line for",
    "puts an item into": "takes an item from",
}


@pytest.mark.parametrize(("kinds", "kind"), KINDS, ids=[kind.name for _, kind in KINDS])
def test_each_part_of_a_sentence_is_judged(kinds: Kinds, kind: Kind) -> None:
    if kind.name in NEVER_SAID:
        return
    if kind.name in EAGER and sys.version_info < (3, 12):
        return
    program = EXAMPLES[kind.name]
    way = Way(stopped=kind.name in STOPPED, eager=kind.name in EAGER)
    false = {untruth.kind for untruth in examine(program, way)}
    assert false <= set(EXPECTED_FALSE)
    case = case_of(program, way)
    parts = set()
    for text, more in sentences(case, kinds):
        found = kind.pattern.match(text)
        matched = kinds.parts(text)
        if found is None or matched is None or matched[0] is not kind:
            continue
        assert not list(kinds.judge(case, text, **more))
        for part, value in found.groupdict().items():
            if value is None or (kind.name, part) in UNJUDGED:
                continue
            parts.add(part)
            changed = falsified(text, found, part)
            assert list(kinds.judge(case, changed, **more)), changed
        if "at" in more:
            assert list(kinds.judge(case, text, at="77.7")) or kind.name in UNTIMED, text
    assert parts or not kind.pattern.groups, "it is not said"


def test_one_of_something_is_not_said_as_many() -> None:
    case = true_case(None)
    for text in ("most 1 items in it", "0 of 1 permits free", "1 more tasks"):
        untruths = of_narration.NARRATION.judge(case, f"main() acquires semaphore0: {text}.")
        assert "one as many" in {untruth.kind for untruth in untruths}


# The data


def with_task(recording: Recording, label: str, /, **changes: Any) -> Recording:
    """The recording with something else said of a task."""
    tasks = tuple(
        replace(task, **changes) if task.label == label else task for task in recording.tasks
    )
    return replace(recording, tasks=tasks)


def with_span(
    recording: Recording, label: str, state: State, place: int = -1, **changes: Any
) -> Recording:
    """The recording with something else said of a task's span in a state, by default the last."""
    spans = list(recording.task(label).spans)
    place = [number for number, span in enumerate(spans) if span.state is state][place]
    spans[place] = spans[place]._replace(**changes)
    return with_task(recording, label, spans=tuple(spans))


def with_change(recording: Recording, label: str, action: str, **changes: Any) -> Recording:
    """The recording with something else said of all changes of a resource by an action."""
    old = recording.resource(label)
    new = tuple(
        change._replace(**changes) if change.action == action else change for change in old.changes
    )
    return with_resource(recording, label, changes=new)


def with_resource(recording: Recording, label: str, /, **changes: Any) -> Recording:
    """The recording with something else said of a resource."""
    resources = tuple(
        replace(resource, **changes) if resource.label == label else resource
        for resource in recording.resources
    )
    return replace(recording, resources=resources)


def with_requests(recording: Recording, /, **changes: Any) -> Recording:
    """The recording with something else said of all requests to cancel a task."""
    requests = [request._replace(**changes) for request in recording.cancellations]
    return replace(recording, cancellations=tuple(requests))


HELD: Program = [
    ("put", 0),
    ("gather", True, [[("lock", 0, [("sleep", 0.1)])], [("lock", 0, [])], [("fail",)]]),
    ("spawn", False, [("sleep", 1)]),
    ("spawn", False, [("suppress", False, [("sleep", 1)])]),
    ("sleep", 0.1),
    ("cancel", 0),
    ("cancel", 1),
    ("await_task", 0),
]
FIRST, SECOND, THIRD, SLEEPER = "body1(2)", "body2(3)", "body3(4)", "body4(6)"
#: What the program above has not.
OTHER_PROGRAMS: dict[str, Program] = {
    "blocked loop": [("soon", ("block",))],
    "cancelled by nobody": [("spawn", False, [("raise_cancelled",)])],
    "holders of what has none": [
        ("release_semaphore", 0),
        ("sleep", 1),
        ("acquire_semaphore", 0),
        ("sleep", 1),
    ],
}
SLEEP = WaitReason("sleep", "sleep(1)")
OTHER_LINE = Location("program.py", 77, "main")


def _reason(recording: Recording, **changes: Any) -> WaitReason:
    reason = recording.task(SECOND).spans[2].reason
    assert reason is not None
    return reason._replace(**changes)


VIEWS = WORDS + PICTURES
FALSE: dict[str, Callable[[Recording], Recording]] = {
    "task": lambda true: with_task(true, THIRD, label="another"),
    "what always holds": lambda true: with_span(true, FIRST, State.WAITING, end=0.05),
    "coroutine": lambda true: with_task(true, FIRST, coroutine="body7"),
    "parent": lambda true: with_task(true, SECOND, parent=1),
    "born": lambda true: with_task(true, FIRST, born=0.05),
    "ending": lambda true: with_task(true, FIRST, ending=Ending.CANCELLED),
    "detail": lambda true: with_task(true, THIRD, detail="ValueError: another"),
    "retrieved": lambda true: with_task(true, THIRD, retrieved=False),
    "span": lambda true: with_span(true, FIRST, State.WAITING, end=0.05),
    "line": lambda true: with_span(true, FIRST, State.WAITING, location=OTHER_LINE),
    "wait reason": lambda true: with_span(true, FIRST, State.WAITING, reason=SLEEP),
    "resource waited for": lambda true: with_span(
        true, SECOND, State.WAITING, reason=_reason(true, resource=0)
    ),
    "task waited for": lambda true: with_span(
        true, "main()", State.WAITING, reason=WaitReason("task", "await task", task=1)
    ),
    "tasks waited for": lambda true: with_span(
        true, "main()", State.WAITING, 0, reason=WaitReason("task", "gather", tasks=(4,))
    ),
    "waker": lambda true: with_span(true, SECOND, State.READY, waker=Waker("task", 0)),
    "cancelled by another": lambda true: with_task(true, SLEEPER, cancelled_by=FIRST),
    "blocked loop": lambda true: replace(
        true, blocked=(true.blocked[0]._replace(function=None, task=0),)
    ),
    "cancelled by nobody": lambda true: with_task(true, "body1(1)", cancelled_by="main()"),
    "holders of what has none": lambda true: with_change(
        true, "semaphore0", "acquire", holders=(0,)
    ),
    "canceller unknown": lambda true: with_task(true, SLEEPER, cancelled_by=None),
    "value": lambda true: with_change(true, "queue0", "put", value=2),
    "holders": lambda true: with_change(true, "lock0", "acquire", holders=(0,)),
    "waiters": lambda true: with_span(true, SECOND, State.WAITING, reason=SLEEP),
    "deed": lambda true: with_change(true, "queue0", "put", task=1),
    "class": lambda true: with_resource(true, "queue0", capacity=3),
    "resource": lambda true: with_resource(true, "queue0", label="event1"),
    "resource missing": lambda true: with_resource(true, "lock0", label="Timeout 9"),
    "report": lambda true: replace(true, reports=(Report(0.0, 1, "", "callback7", "", None),)),
    "a name that is another's": lambda true: with_resource(true, "queue0", label="lock0 #2"),
    "from a thread": lambda true: replace(
        true, from_threads=(FromThread(0.0, 1, 0, "put", 0, None, None),)
    ),
    "duration": lambda true: replace(true, duration=7.0),
    "timer": lambda true: replace(true, timers=true.timers[1:]),
    "turn": lambda true: replace(true, turns=true.turns[1:]),
    "never awaited": lambda true: replace(true, never_awaited=(OTHER_LINE,)),
    "table: task": lambda true: with_task(true, THIRD, label="another"),
    "table: ended": lambda true: with_task(true, FIRST, ending=Ending.CANCELLED),
    "table: total": lambda true: with_span(true, FIRST, State.WAITING, end=0.05),
    "table: steps": lambda true: with_task(true, FIRST, spans=true.task(FIRST).spans[:-1]),
    "table: running": lambda true: with_span(true, FIRST, State.RUNNING, end=7.0),
    "table: ready": lambda true: with_span(true, FIRST, State.READY, end=7.0),
    "table: waiting": lambda true: with_span(true, FIRST, State.WAITING, end=0.05),
    "table: waiting for": lambda true: with_span(true, FIRST, State.WAITING, end=0.05),
    "table: class": lambda true: with_resource(true, "queue0", capacity=3),
    "table: most in line": lambda true: with_span(true, FIRST, State.WAITING, reason=_reason(true)),
    "table: waited": lambda true: with_span(true, SECOND, State.WAITING, end=0.05),
    "table: longest": lambda true: with_span(true, SECOND, State.WAITING, end=0.05),
    "table: waits": lambda true: with_span(true, FIRST, State.WAITING, reason=_reason(true)),
    "drawn in line": lambda true: with_span(true, FIRST, State.WAITING, reason=_reason(true)),
    "drawn as holder": lambda true: with_change(true, "lock0", "acquire", holders=(0,)),
    "level": lambda true: with_change(true, "queue0", "put", value=2),
    "trace: slice": lambda true: with_span(true, FIRST, State.WAITING, end=0.05),
    "trace: arrow": lambda true: with_span(true, SECOND, State.READY, waker=Waker("task", 3)),
    "trace: counter": lambda true: with_change(true, "queue0", "put", value=2),
    "trace: end": lambda true: with_task(true, FIRST, ended=0.05),
    "trace: turns": lambda true: replace(true, turns=true.turns[1:]),
    "request to cancel": lambda true: replace(true, cancellations=true.cancellations[1:]),
    "way of a request": lambda true: with_requests(true, through="gather"),
    "line of a request": lambda true: with_requests(true, location=OTHER_LINE),
    "outcome of a request": lambda true: with_requests(true, outcome=Outcome.CANCELLED),
    "arrival of a request": lambda true: with_requests(true, arrived=0.05),
    "no finding: swallowed cancellation": lambda true: with_requests(
        true, outcome=Outcome.TAKEN_BACK
    ),
    "blocked": lambda true: replace(true, blocked=(Blocked(0.0, 0.1, 3, 0, None),)),
}


@cache
def true_case(kind: str | None) -> Case:
    """A program of which nothing untrue is said, beside its truth; most kinds share one."""
    program = HELD if kind is None else OTHER_PROGRAMS[kind]
    assert not list(examine(program, Way()))
    return case_of(program, Way())


@pytest.mark.parametrize("kind", FALSE)
def test_what_is_falsified_in_the_data_is_noticed(kind: str) -> None:
    case = true_case(kind if kind in OTHER_PROGRAMS else None)
    false = Case(FALSE[kind](case.recording), case.truth)
    assert kind in (untruth.kind for judge in DATA + VIEWS for untruth in judge(false))


def test_each_kind_of_fact_is_falsified() -> None:
    kinds: set[str] = set()
    for module in (of_model, of_cancellations, of_tables, of_pictures, of_trace):
        source = Path(str(module.__file__)).read_text(encoding="utf-8")
        kinds |= set(re.findall(r'(?:Untruth\(\s*|kind = )"([^"{]+)"', source))
    assert kinds - set(FALSE) - set(EXPECTED_FALSE) == set()


#: Kinds of sentence that are said only of programs that are stopped.
STOPPED = {"stopped after steps"}
#: What is said only of programs whose tasks begin when they are made.
EAGER = {"stops for an eager task", "goes on with its step"}
#: Kinds of sentence that are not about one moment.
UNTIMED = {
    "a thread or a process",
    "ends",
    "the loop is kept",
    "a timeout expires",
    "a group is aborted",
}
