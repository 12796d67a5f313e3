"""Judges of what `Deadlock` and `LimitExceeded` say: who waits for what, held by whom."""

from __future__ import annotations

from collections.abc import Iterator

from course_helpers.recording.model import Ending, State
from course_helpers.views.words import seconds
from tests.oracle.facts import has_owners
from tests.oracle.judging import Case, Untruth
from tests.oracle.of_findings import done_of, unretrieved
from tests.oracle.said import Kinds, listed
from tests.oracle.stuck import circular, holders_at, waits_on
from tests.oracle.truth import Lane, Wait

#: After how many steps a program is stopped, where it is.
STEPS = 12

ERRORS = Kinds()
kind = ERRORS.kind

#: By call, what a task waits for.
_GOALS = {
    "Lock.acquire": "{}",
    "Semaphore.acquire": "a permit of {}",
    "Event.wait": "{} to be set",
    "Condition.wait": "a notification of {}",
    "Barrier.wait": "the others at {}",
    "Queue.get": "an item from {}",
    "Queue.put": "room in {}",
    "Queue.join": "the unfinished tasks of {}",
    "TaskGroup": "the tasks of {}",
    "await future": "a future",
    "gather": "other tasks, in gather",
    "wait": "other tasks, in wait",
    "wait_for": "other tasks, in wait_for",
    "shield": "other tasks, in shield",
    "StreamReader.read": "something to read, in StreamReader.read",
    "StreamReader.readline": "a line, in StreamReader.readline",
    "StreamReader.readexactly": "more to read, in StreamReader.readexactly",
    "StreamWriter.drain": "the other end to read, in StreamWriter.drain",
    "StreamWriter.wait_closed": "the connection to be closed, in StreamWriter.wait_closed",
}


def of_errors(case: Case) -> Iterator[Untruth]:
    """Each sentence of a Deadlock is so, and every task that waits is in it."""
    for line in said(case):
        yield from ERRORS.judge(case, line)


def said(case: Case) -> list[str]:
    """The sentences of a Deadlock's message."""
    ours = case.error.startswith(("after ", "the program was stopped after"))
    return case.error.replace("\nMeanwhile ", "\n").splitlines() if ours else []


def goal(case: Case, wait: Wait) -> str:
    """What a task waits for, in words."""
    if wait.call == "await task":
        return case.truth.tasks[wait.subject].label
    return _GOALS.get(wait.call, wait.call).format(wait.subject)


def waiting(case: Case) -> list[Lane]:
    """The tasks that wait at the end."""
    return [
        lane
        for lane in case.truth.learners()
        if lane.ended is None and lane.stretches[-1].state is State.WAITING
    ]


@kind("deadlock at", r"after <time> every task waits, and nothing can wake one:")
def _at(case: Case, parts: dict[str, str]) -> object | None:
    true = (
        case.truth.duration,
        {lane.stretches[-1].state for lane in case.truth.learners() if lane.ended is None},
    )
    return None if parts["time"] == seconds(true[0]) and true[1] == {State.WAITING} else true


@kind("a cycle of", r"<sentences>: a cycle of (?P<number>\d+)\.")
def _cycle(case: Case, parts: dict[str, str]) -> object | None:
    sentences = parts["sentences"].split("; ")
    if len(sentences) != int(parts["number"]):
        return len(sentences)
    for sentence in sentences:
        lane = case.lanes.get(sentence.partition(" holds ")[0].partition(" waits for ")[0])
        if lane is None or lane.key not in circular(case):
            return sorted(circular(case))
        for untruth in ERRORS.judge(case, sentence + "."):
            return untruth
    return None


@kind(
    "waits for ever",
    r"(?P<task>[^;]+?)(?: holds (?P<holds>[^;]+?) and)? waits for (?P<goal>[^;]+?)"
    r"(?: \(line (?P<line>\d+)\))?(?:(?P<itself>, which it holds itself)"
    r"|, held by (?P<holders>[^;]+?)(?P<ended>, which ended without releasing it)?)?"
    r"(?:; of (?P<taken>[\d,]+) items? that (?:was|were) taken, (?P<done>none|[\d,]+)"
    r" (?:was|were) marked done)?\.",
)
def _waits_for(case: Case, parts: dict[str, str]) -> object | None:
    lane = case.lanes.get(parts["task"])
    if lane is None or lane not in waiting(case):
        return [each.label for each in waiting(case)]
    wait = lane.stretches[-1].wait
    if wait is None:
        return None
    said, more = listed(parts["goal"].removesuffix(f", in {wait.call}"))
    awaited = {case.truth.tasks[key].label for key in waits_on(case, lane)}
    so = parts["goal"].endswith(f", in {wait.call}") and len(awaited) == len(said) + more
    if not (so and set(said) <= awaited) and parts["goal"] != goal(case, wait):
        return goal(case, wait), sorted(awaited)
    if int(parts.get("line", 0)) != wait.line:
        return wait.line
    if "taken" in parts and (parts["taken"], parts["done"]) != done_of(case, wait.subject):
        return done_of(case, wait.subject)
    holders = holders_at(case, wait.subject) if has_owners(case, wait.subject) else []
    if "itself" in parts and lane.key not in holders:
        return holders
    if "holders" in parts:
        said, more = listed(parts["holders"])
        true = [case.truth.tasks[holder].label for holder in holders if holder in case.truth.tasks]
        if not set(said) <= set(true) or len(said) + more != len(true):
            return true
        if "ended" in parts and any(case.lanes[name].ending is Ending.ALIVE for name in said):
            return "they had not ended"
    if "holds" in parts:
        said, _ = listed(parts["holds"])
        for name in said:
            if not has_owners(case, name) or lane.key not in holders_at(case, name):
                return f"{name} is held by {holders_at(case, name)}"
    return None


@kind("more wait", r"So do(?:es)? (?P<number>\d+) more tasks?\.")
def _more(case: Case, parts: dict[str, str]) -> object | None:
    true = len(waiting(case)) - (len(case.error.splitlines()) - 2)
    return None if int(parts["number"]) <= max(true, 0) + len(circular(case)) else true


@kind("nobody writes", r"Nobody in the program writes to the connections that it reads\.")
def _nobody_writes(case: Case, parts: dict[str, str]) -> object | None:
    # That nobody can go on is judged with the others; so the connections are to be there.
    opened = [each for each in case.truth.log.entries if each.value == "open_connection"]
    return None if opened else "it has no connections"


@kind("had failed", r"<task> had failed at <time>, and nobody asked: <detail>\.")
def _had_failed(case: Case, parts: dict[str, str]) -> object | None:
    lane = case.lanes.get(parts["task"])
    if lane is None or lane not in unretrieved(case) or lane.ended is None:
        return [each.label for each in unretrieved(case)]
    so = parts["time"] == seconds(lane.ended) and parts["detail"][:30] == (lane.detail or "")[:30]
    return None if so else (lane.ended, lane.detail)


@kind(
    "stopped after steps",
    r"the program was stopped after (?P<steps>[\d,]+) steps?, at <time>"
    r" of virtual time\.(?: Most steps were taken by (?P<task>.+?)(?:, the last of them in line"
    r" (?P<line>\d+))?\.)? To allow more: simulate\(…, steps=(?P<more>[\d_]+)\)"
    r"(?:; to see only its beginning: simulate\(…, until=(?P<until>[\d.e+-]+)\))?\.",
)
def _stopped(case: Case, parts: dict[str, str]) -> object | None:
    duration = case.truth.duration
    true: dict[str, object] = {
        "steps": f"{STEPS:,}",
        "time": seconds(duration),
        "more": f"{STEPS * 10:_}",
    }
    if duration > 0:
        true["until"] = f"{duration / 2:g}"
    steps = {
        lane.label: [each for each in lane.stretches if each.state is State.RUNNING]
        for lane in case.truth.learners()
    }
    most = max(map(len, steps.values()), default=0)
    busiest = steps.get(parts.get("task", ""), [])
    if len(busiest) != most:
        return {label: len(taken) for label, taken in steps.items()}
    wait = busiest[-1].wait if busiest else None
    if "line" in parts and wait is not None and wait.line != int(parts["line"]):
        return wait
    said = {name: part for name, part in parts.items() if name not in ("task", "line")}
    return None if said == true else true
