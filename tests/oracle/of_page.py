"""Judges of what a picture in a page answers, when one points at a thing in it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from course_helpers.recording.model import Ending, State
from course_helpers.views.drawing import plan
from course_helpers.views.drawing.planning.planner import planned
from course_helpers.views.lanes import horizon
from course_helpers.views.page.picture import picture
from course_helpers.views.words import seconds
from tests.oracle.facts import has_owners, holdings
from tests.oracle.judging import Case, Untruth
from tests.oracle.of_narration import woken_by
from tests.oracle.said import Kinds, listed
from tests.oracle.truth import EAGER, Lane, Stretch, is_shown

PAGE = Kinds()
kind = PAGE.kind

_TIME = r"[\d.,]+ s"
_WHEN = (
    rf"(?:at (?P<at>{_TIME}), in no time"
    rf"|from (?P<start>{_TIME}) to (?P<end>{_TIME}): for (?P<length>{_TIME})"
    rf"|from (?P<since>{_TIME}), and nobody ended it)\."
)
#: What is said of a curve's levels and of cancellations is judged where they are drawn.
_ELSEWHERE = re.compile(
    r"is cancelled|cancels|expired:|is aborted|[^:(]+: [\d,]+ |\d+ in line for"
    r"|.+ is (?:not )?\w+ (?:from|at) "
)


def of_page(case: Case) -> Iterator[Untruth]:
    """Each answer is so."""
    for text in said(case):
        if PAGE.parts(text) is not None or not _ELSEWHERE.search(text):
            yield from PAGE.judge(case, text)


def said(case: Case) -> list[str]:
    """The answers of a picture of everything."""
    recording = case.recording
    options = plan.Options(recording.tasks, (0.0, horizon(recording)), resources=True, arrows=True)
    made = picture(recording, planned(recording, options), "A picture.")
    if made is None:
        return []
    answers = filter(None, made["items"].split(";"))
    return [" ".join(made["pieces"][int(each)] for each in one.split()) for one in answers]


def _is_when(parts: dict[str, str], start: float, end: float) -> bool:
    """Whether a stretch of time is told as it is."""
    if "since" in parts:
        return parts["since"] == seconds(start)
    if "at" in parts:
        return start == end and parts["at"] == seconds(start)
    true = seconds(start), seconds(end), seconds(end - start)
    return (parts["start"], parts["end"], parts["length"]) == true


_STATES = {
    "runs": State.RUNNING,
    "is ready, and waits for its turn": State.READY,
    "waits": State.WAITING,
}


@kind("page: a thread", rf"The (?:thread|process) <task> (?:is at work|has not begun) {_WHEN}")
def _thread(case: Case, parts: dict[str, str]) -> object | None:
    return None if case.is_thread(parts["task"]) else "it is none"


@kind(
    "page: a stretch",
    r"(?P<task>[^:]+?) (?P<how>runs|is ready, and waits for its turn|waits)(?P<call>.*?)"
    rf" {_WHEN}(?P<more>.*)",
)
def _stretch(case: Case, parts: dict[str, str]) -> object | None:
    lane = case.lanes.get(parts["task"])
    if lane is None or case.is_outside(parts["task"]):
        return None if case.is_outside(parts["task"]) else "no such task"
    found = [
        (place, stretch)
        for place, stretch in enumerate(lane.stretches)
        if stretch.state is _STATES[parts["how"]] and _is_when(parts, stretch.start, stretch.end)
    ]
    more = [each for each in re.split(r"(?<=\.) (?=[A-Z])", parts["more"].strip()) if each]
    for place, stretch in found:
        if _waits_so(case, parts["call"], stretch) and all(
            _more_is_so(case, each, lane, place) for each in more
        ):
            return None
    return [stretch for _, stretch in found] or lane.stretches


def _waits_so(case: Case, call: str, stretch: Stretch) -> bool:
    if not call or stretch.wait is None:
        return not call
    wait = stretch.wait
    what, _, said = call.rpartition(" in ")
    subject = case.truth.tasks.get(wait.subject)
    name = wait.subject if subject is None else subject.label
    return said == wait.call and (not what or not name or name in what)


def _more_is_so(case: Case, sentence: str, lane: Lane, place: int) -> bool:
    stretch = lane.stretches[place]
    if found := re.fullmatch(r"Created by (.+)\.", sentence):
        parent = case.truth.tasks.get(lane.parent)
        label = lane.parent if parent is None else parent.label
        return found[1] == label or not is_shown(lane.parent)
    if found := re.fullmatch(r"It (.+) line (\d+), in (.+)\.", sentence):
        beside = place + 1 if found[1] == "runs up to" else place
        wait = lane.stretches[beside].wait if beside < len(lane.stretches) else None
        return wait is None or (str(wait.line), wait.function) == (found[2], found[3])
    if found := re.fullmatch(r"Meanwhile (.+) is held by (.+)\.", sentence):
        names, _ = listed(found[2])
        held = {
            case.truth.tasks[who].label
            for who, start, end in holdings(case, found[1])
            if start <= stretch.end and stretch.start <= end and who in case.truth.tasks
        }
        return has_owners(case, found[1]) and set(names) <= held
    ready = {State.WAITING: place + 1, State.RUNNING: place - 1, State.READY: place}[stretch.state]
    by = lane.stretches[ready] if 0 <= ready < len(lane.stretches) else None
    if sentence == "An eager task that it creates takes its first step meanwhile.":
        return by is not None and by.by.startswith(EAGER)
    if sentence == "It had only given way.":
        return by is not None and by.by == lane.key
    found = re.fullmatch(r"Woken by (.+)\.", sentence)
    return found is not None and by is not None and woken_by(case, found[1], lane, by)


@kind("page: a hold", rf"(?P<task>[^:]+?) (?:holds|has a permit of) (?P<name>\S.*?) {_WHEN}")
def _hold(case: Case, parts: dict[str, str]) -> object | None:
    lane, name = case.lanes.get(parts["task"]), parts["name"]
    if case.is_unnamed(name):
        return None
    if lane is None or not has_owners(case, name):
        return "nobody holds it"
    true = [each for each in holdings(case, name) if each[0] == lane.key]
    # What nobody ended goes on beyond the end.
    so = any(
        _is_when(parts, start, end)
        or (end == case.truth.duration and parts.get("start") == seconds(start))
        for _, start, end in true
    )
    return None if so else true


_PLACES = ("first", "second", "third", "fourth", "fifth")


@kind(
    "page: in line",
    rf"(?P<task>[^:]+?) is (?P<place>{'|'.join(_PLACES)}) in line for (?P<name>\S.*?) {_WHEN}",
)
def _in_line(case: Case, parts: dict[str, str]) -> object | None:
    if case.is_unnamed(parts["name"]) or case.is_outside(parts["task"]):
        return None
    lane = case.lanes.get(parts["task"])
    start = parts.get("start", parts.get("at"))
    true = [
        (each.start, each.end, each.wait)
        for each in (lane.stretches if lane is not None else ())
        if each.state is State.WAITING
        and each.wait is not None
        and each.wait.subject == parts["name"]
    ]
    # Its place changes while it waits: who stands where is judged where it is drawn.
    so = any(
        seconds(begin) == start or begin <= float((start or "").split(" ")[0]) <= end
        for begin, end, _ in true
    )
    return None if so else true


@kind("page: wakes", r"(?P<task>[^:]+?) wakes (?P<woken>[^:]+?) at <time>\.")
def _wakes(case: Case, parts: dict[str, str]) -> object | None:
    lane = case.lanes.get(parts["woken"])
    if lane is None or case.is_outside(parts["task"]) or case.is_outside(parts["woken"]):
        return None if case.is_outside(parts["woken"]) or lane is not None else "no such task"
    true = [
        (each.start, each.by)
        for each in lane.stretches
        if each.state is State.READY and seconds(each.start) == parts["time"]
    ]
    waker = case.lanes.get(parts["task"])
    return None if waker is not None and waker.key in {by for _, by in true} else true


_ENDS = {
    "is done": Ending.DONE,
    "ends: it is cancelled": Ending.CANCELLED,
    "fails": Ending.FAILED,
    "is destroyed while it is pending": Ending.DESTROYED,
}


@kind(
    "page: an end",
    rf"(?P<task>[^:]+?) (?:(?P<how>{'|'.join(_ENDS)}) at (?P<time>[^:]+?)(?:: (?P<why>.+))?"
    r"|is still alive when the recording ends)\.",
)
def _end(case: Case, parts: dict[str, str]) -> object | None:
    if case.is_outside(parts["task"]):
        return None
    lane = case.lanes.get(parts["task"])
    if lane is None:
        return "no such task"
    said = _ENDS.get(parts.get("how", ""), Ending.ALIVE), parts.get("time", "")
    true = lane.ending, "" if lane.ended is None else seconds(lane.ended)
    so = "why" not in parts or parts["why"][:12] == (lane.detail or parts["why"])[:12]
    return None if said == true and so else (true, lane.detail)


@kind(
    "page: blocked",
    rf"The loop is blocked (?P<time>[\d.]+ s)(?:, line (?P<line>\d+))?:"
    rf" every task has to wait, {_WHEN}",
)
def _blocked(case: Case, parts: dict[str, str]) -> object | None:
    true = case.truth.blocking()
    so = any(
        seconds(time) == parts["time"] == parts.get("length", parts["time"])
        and ("line" not in parts or int(parts["line"]) in lines)
        for _, time, lines in true
    )
    return None if so else Untruth("blocked loop", "", true)
