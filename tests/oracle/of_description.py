"""Judges of a picture's description: its text alternative."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from course_helpers.recording.model import Ending, State
from course_helpers.views.words import alternative, seconds
from tests.oracle.facts import beyond, has_owners, holdings, longest_line, waits_by_call
from tests.oracle.judging import Case, Untruth
from tests.oracle.of_model import false_canceller
from tests.oracle.of_tables import USES, endings, lanes
from tests.oracle.said import Kinds
from tests.oracle.truth import Lane, Stretch, class_of

DESCRIPTION = Kinds()
kind = DESCRIPTION.kind


def of_description(case: Case) -> Iterator[Untruth]:
    """Each sentence is so."""
    for sentence in said(case):
        yield from DESCRIPTION.judge(case, sentence)


def said(case: Case) -> list[str]:
    """The sentences of the description."""
    return re.split(r"(?<=\.) ", alternative(case.recording))


@kind(
    "description: headline",
    r"Timeline of <lanes> over <time> by the (?:virtual|real) clock\.",
)
def _headline(case: Case, parts: dict[str, str]) -> object | None:
    true = lanes(case), seconds(case.truth.duration)
    return None if (parts["lanes"], parts["time"]) == true else true


@kind("description: endings", r"Tasks: <endings>\.")
def _endings(case: Case, parts: dict[str, str]) -> object | None:
    true = endings(case.truth.learners(), case.existed)
    return None if parts["endings"] == true else true


@kind(
    "description: more tasks",
    r"(?P<number>[\d,]+) more (?:task|thread)s?(?: and (?P<threads>[\d,]+) more threads?)?:"
    r" <endings>\.",
)
def _more_tasks(case: Case, parts: dict[str, str]) -> object | None:
    # Twelve are told: the number of the others, and of those that ended in some way.
    number = int(parts["number"].replace(",", "")) + int(parts.get("threads", 0))
    ended = sum(int(each.replace(",", "")) for each in re.findall(r"\d[\d,]*", parts["endings"]))
    true = len(case.recording.tasks) - 12
    return None if (number, ended) == (true, true) else true


@kind("description: more resources", r"(?P<number>[\d,]+) more resources?\.")
def _more_resources(case: Case, parts: dict[str, str]) -> object | None:
    true = len(case.recording.resources) - 6
    return None if int(parts["number"]) == true else true


@kind("description: a thread", r"<task>, a (?:thread|process), from <rest>\.")
def _thread(case: Case, parts: dict[str, str]) -> object | None:
    return None if case.is_thread(parts["task"]) else "it is none"


@kind(
    "description: a task",
    r"<task> from <born>,"
    r" (?P<how>done|cancelled|failed|destroyed while it was pending,|still alive)"
    r"(?: at (?P<ended>[^:,]+?))?"
    r"(?: by (?P<by>[^:]+?))?(?: with (?P<detail>.+?))?(?:, waiting in (?P<call>[^:]+?))?"
    r"(?:: (?P<spent>(?:running|ready|waiting) .+?))?\.",
)
def _task(case: Case, parts: dict[str, str]) -> object | None:
    if case.is_outside(parts["task"]):
        return None
    lane = case.lanes[parts["task"]]
    how = "still alive" if lane.ended is None else lane.ending.value
    if lane.ending is Ending.DESTROYED:
        how = "destroyed while it was pending,"
    ended = "the end" if lane.ended is None else seconds(lane.ended)
    true = seconds(lane.born), how, ended
    if (parts["born"], parts["how"], parts["ended"]) != true:
        return true
    if "detail" in parts and parts["detail"][:30] != (lane.detail or "")[:30]:
        return lane.detail
    last = lane.stretches[-1]
    if "call" in parts and (last.state is not State.WAITING or last.wait is None):
        return last
    if "call" in parts and last.wait is not None and last.wait.call != parts["call"]:
        return last.wait
    for part in filter(None, parts.get("spent", "").split(", ")):
        if not _spent_so(lane, part):
            return [(state, lane.total(state)) for state in State], waits_by_call(lane)
    return false_canceller(case, lane, parts["by"]) if "by" in parts else None


def _spent_so(lane: Lane, part: str) -> bool:
    state, _, rest = part.partition(" ")
    time, _, call = rest.partition(" in ")
    true = waits_by_call(lane).get(call, 0.0) if call else lane.total(State(state))
    return time == seconds(true)


@kind(
    "description: a primitive",
    r"(?P<name>[\w.' #]+?)(?: \((?P<class>\w+)\))?:"
    r" (?:held (?P<times>[\d,]+) times?, by (?P<by>.+?); )?"
    r"(?:at most (?P<most>[\d,]+)(?: of (?P<bound>\d+))? items? in it; )?"
    r"(?:released too often, (?P<extra>\d+) permits? too many; )?"
    r"(?P<line>nobody waited|at most [\d,]+ tasks? in line)\.",
)
def _primitive(case: Case, parts: dict[str, str]) -> object | None:
    name = parts["name"]
    if case.is_unnamed(name):
        return None
    length = longest_line(case, name)
    line = f"at most {length:,} task{'s' * (length != 1)} in line" if length else "nobody waited"
    true: dict[str, object] = {"class": class_of(name)[0], "line": line}
    if class_of(name)[0].endswith("Queue"):
        deeds = [deed.value[0] for deed in case.truth.deeds.get(name, ()) if deed.value]
        values = [value[0] for _, value in case.truth.values[name]]
        true["most"] = f"{max([*deeds, *values]):,}"
        if (bound := class_of(name)[1]) is not None:
            true["bound"] = str(bound)
    if "semaphore" in name and beyond(case, name):
        true["extra"] = str(beyond(case, name))
    if {each: parts.get(each) for each in ("class", "line", "most", "bound", "extra")} != {
        each: true.get(each) for each in ("class", "line", "most", "bound", "extra")
    }:
        return true
    return _held(case, name, parts) if "by" in parts else None


@kind(
    "description: a block",
    r"(?P<name>[\w.' #]+?)(?: \((?P<class>\w+)\))?:"
    r" (?P<how>expired|in time|all its tasks ended|cancelled its tasks|aborted"
    r"|still \w+ at the end)"
    r"(?: at <expired>)?\.",
)
def _block(case: Case, parts: dict[str, str]) -> object | None:
    name = parts["name"]
    if case.is_unnamed(name):
        return None
    if parts["class"] != class_of(name)[0]:
        return class_of(name)[0]
    if untrue := list(USES.judge(case, parts["how"], name=name)):
        return untrue[0].true
    requests = (request for lane in case.truth.learners() for request in lane.requests)
    times = {seconds(request.time) for request in requests if request.block == name}
    said = {parts["expired"]} if "expired" in parts else set()
    return None if said <= times else times


def _held(case: Case, name: str, parts: dict[str, str]) -> object | None:
    if not has_owners(case, name):
        return Untruth("holders of what has none", "", "nobody holds it")
    held = holdings(case, name)
    times: dict[str, float] = {}
    for holder, start, end in held:
        times[holder] = times.get(holder, 0.0) + end - start
    true = [f"{case.truth.tasks[key].label} ({seconds(time)})" for key, time in times.items()]
    said = re.findall(r"[^,]+? \([^)]+\)(?=,| and|$)", parts["by"].replace(" and ", ", "))
    # A permit may have been handed to a task that was cancelled before it could take it.
    number, handed = int(parts["times"]), "semaphore" in name
    so = number >= len(held) if handed else number == len(held)
    named = {one.strip() for one in said}
    return None if so and named and named <= set(true) else (len(held), true)


@kind("description: longest waits", r"Longest waits: <waits>\.")
def _longest(case: Case, parts: dict[str, str]) -> object | None:
    true = set()
    for lane in case.truth.learners():
        waits: dict[tuple[str, int], list[Stretch]] = defaultdict(list)
        for each in lane.stretches:
            if each.state is State.WAITING and each.wait is not None:
                # Nobody can tell of a stream whether two waits for it are one call.
                streams = each.wait.call.startswith("Stream")
                waits[each.wait.call, each.first if streams else each.wait.position].append(each)
        longest = max(map(_length, waits.values()), default=0.0)
        true |= {
            f"{lane.label} {seconds(longest)} in {call} from {seconds(start)}"
            for (call, _), parts in waits.items()
            for start in _starts(parts)
            if _length(parts) == longest
        }
    said = re.split(r", | and ", parts["waits"])
    false = [each for each in said if each not in true and not each.startswith(tuple(case.outside))]
    return sorted(true) if false else None


@kind("description: cancelled in vain", r"Cancelled, and not ended by it: <who>\.")
def _cancelled(case: Case, parts: dict[str, str]) -> object | None:
    true = {
        f"{lane.label} at {seconds(request.time)}"
        for lane in case.truth.learners()
        for request in lane.requests
    }
    said = {each for each in re.split(r", | and ", parts["who"]) if not each.endswith(" more")}
    return sorted(true) if said - true else None


def _starts(parts: list[Stretch]) -> set[float]:
    """When a wait began: with the first of its parts, or one that took all of its time."""
    all_of_it = {each.start for each in parts if each.end - each.start == _length(parts)}
    return {parts[0].start} | all_of_it


def _length(parts: list[Stretch]) -> float:
    return sum(each.end - each.start for each in parts)


@kind("description: blocked", r"The loop was blocked (?P<number>[\d,]+) times?, longest <where>\.")
def _blocked(case: Case, parts: dict[str, str]) -> object | None:
    true = case.truth.blocking()
    labels = {who: who.partition("(")[0] for who, _, _ in true}  # of callbacks
    labels |= {who: lane.label for who, lane in case.truth.tasks.items()}
    where = {f"{seconds(time)} in {labels[who]}" for who, time, _ in true}
    where |= {
        f"{seconds(time)} at line {line} in {labels[who]}"
        for who, time, lines in true
        for line in lines
    }
    so = set(re.split(r", | and ", parts["where"])) <= where
    if int(parts["number"]) != len(true):
        return len(true)
    return None if so else Untruth("blocked loop", "", true)
