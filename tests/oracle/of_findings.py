"""Judges of the summary's findings: that each is so, and that none is missing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from course_helpers.recording.model import Ending, State
from course_helpers.views.findings import findings
from course_helpers.views.words import one_line, seconds, share
from tests.oracle.facts import beyond, busy, calls_of, empty, has_owners, is_owned, lends
from tests.oracle.judging import Case, Untruth
from tests.oracle.of_model import false_canceller, same_function, strange_deeds
from tests.oracle.said import Kinds, listed
from tests.oracle.stuck import circular, holders_at, stuck_for_ever, waiting_at, waits_on
from tests.oracle.truth import Lane, class_of

FINDINGS = Kinds()
kind = FINDINGS.kind

#: From how many seconds on a step blocks the loop, and a task is ready for long.
LONG = 0.05


def of_findings(case: Case) -> Iterator[Untruth]:
    """Each finding is so."""
    for text in said(case):
        yield from FINDINGS.judge(case, text)


def said(case: Case) -> list[str]:
    """The findings as sentences."""
    return [finding.text for finding in findings(case.recording)]


def of_what_is_not_found(case: Case) -> Iterator[Untruth]:
    """No finding is missing."""
    number_said = Counter[str]()
    for finding in findings(case.recording):
        found = FINDINGS.parts(finding.text)
        many = found is not None and found[0].name.endswith(", many")
        number_said[finding.check] += (
            int(found[1]["number"].replace(",", "")) if found and many else 1
        )
    true = {
        "blocked loop": len(case.truth.blocking()),
        "exception never retrieved": len(unretrieved(case)),
        "never awaited": len(case.truth.never_awaited()),
        "never released": len(never_released(case)),
        "destroyed": len(destroyed(case)),
        "exception reported": len(case.truth.reports()),
        "used from a thread": len(
            {
                (deed.who.partition("(")[0], deed.line)
                for name in case.resources
                for deed in strange_deeds(case, name)
            }
        ),
    }
    if stuck_for_ever(case):
        true["deadlock"] = 1
    elif not circular(case):  # those of a circle are not named again
        true["left running"] = len(left(case))
    for check, number in true.items():
        if number_said[check] < number:
            yield Untruth(f"no finding: {check}", number_said[check], number)


# What is so


def lane_of(case: Case, name: str) -> Lane | None:
    return case.lanes.get(name)


def left(case: Case) -> list[Lane]:
    """The tasks that had not ended when the recording did."""
    return [lane for lane in case.truth.learners() if lane.ended is None]


def unretrieved(case: Case) -> list[Lane]:
    """The tasks that failed, and whose exception nobody asked for."""
    return [
        lane
        for lane in case.truth.learners()
        if lane.ending is Ending.FAILED and not lane.retrieved
    ]


def destroyed(case: Case) -> list[Lane]:
    """The tasks that were destroyed while they were pending."""
    return [lane for lane in case.truth.learners() if lane.ending is Ending.DESTROYED]


def never_released(case: Case) -> list[tuple[str, str]]:
    """Primitive and task, where a task ended with what it had taken."""
    return [
        (name, holder)
        for name in case.truth.deeds
        if ("lock" in name or "semaphore" in name) and has_owners(case, name)
        for holder in dict.fromkeys(holders_at(case, name))
        if holder in case.truth.tasks and case.truth.tasks[holder].ended is not None
    ]


# What is said


@kind(
    "deadlock",
    r"Deadlock(?: until (?P<until>[\d.,]+ s), when a task was cancelled)?: <sentences>\.",
)
def _deadlock(case: Case, parts: dict[str, str]) -> object | None:
    moments: list[int | None] = [None]
    if "until" in parts:
        moments = [
            each.last
            for lane in case.truth.learners()
            for each in lane.stretches
            if lane.ending is Ending.CANCELLED and seconds(each.end) == parts["until"]
        ]
    found = [_is_deadlock(case, parts["sentences"], at) for at in moments]
    return None if None in found else found


def _is_deadlock(case: Case, sentences: str, at: int | None) -> object | None:
    """None if it is one at a position in the log."""
    circle = circular(case, at)
    for sentence in sentences.split("; "):
        found = re.match(
            r"(.+?) waits for (.+?)(?:, which (.+?)(?: holds| holds? itself))?\Z", sentence
        )
        lane = lane_of(case, found[1]) if found else None
        stretch = waiting_at(lane, at) if lane else None
        if found is None or lane is None or stretch is None or lane.key not in circle:
            return sorted(circle)
        if found[3] is not None and (stretch.wait is None or found[2] != stretch.wait.subject):
            return stretch.wait
        holder = lane if found[3] == "it" else lane_of(case, found[3] or found[2])
        if holder is None or holder.key not in waits_on(case, lane, at):
            return waits_on(case, lane, at)
    return None


@kind(
    "task_done missing",
    r"task_done\(\) missing: <task> waits in <queue>\.join\(\)(?: at line (?P<line>\d+))?;"
    r" of (?P<taken>[\d,]+) items? that (?:was|were) taken,"
    r" (?P<done>none|[\d,]+) (?:was|were) marked done\.",
)
def _task_done_missing(case: Case, parts: dict[str, str]) -> object | None:
    lane = lane_of(case, parts["task"])
    stretch = waiting_at(lane) if lane is not None else None
    wait = None if stretch is None else stretch.wait
    if wait is None or (wait.call, wait.subject) != ("Queue.join", parts["queue"]):
        return wait or "it does not"
    if "line" in parts and wait.line != int(parts["line"]):
        return wait.line
    true = done_of(case, parts["queue"])
    return None if (parts["taken"], parts["done"]) == true else true


def done_of(case: Case, queue: str) -> tuple[str, str]:
    """How many items were taken from a queue, and how many were marked as done."""
    actions = [deed.action for deed in case.truth.deeds.get(queue, ())]
    taken, done = actions.count("get"), actions.count("task_done")
    return f"{taken:,}", f"{done:,}" if done else "none"


@kind(
    "blocked loop", r"Loop blocked (?P<time>[\d.]+ s)(?: at line (?P<line>\d+))?(?: in <task>)?\."
)
def _blocked(case: Case, parts: dict[str, str]) -> object | None:
    true = case.truth.blocking()
    return None if any(_is_block(case, parts, each) for each in true) else true


def _is_block(case: Case, parts: dict[str, str], block: tuple[str, float, set[int]]) -> bool:
    who, time, lines = block
    task = case.truth.tasks.get(who)
    return (
        seconds(time) == parts["time"]
        and ("line" not in parts or int(parts["line"]) in lines)
        and (parts.get("task") in (None, task.label if task else who.partition("(")[0]))
    )


@kind(
    "blocked loop, many",
    r"Loop blocked (?P<number>\d+) times, <total> altogether,"
    r" longest (?P<time>[\d.]+ s)(?: at line (?P<line>\d+))?(?: in <task>)?\.",
)
def _blocked_often(case: Case, parts: dict[str, str]) -> object | None:
    found = case.truth.blocking()
    times = [time for _, time, _ in found]
    so = (
        int(parts["number"]) == len(found)
        and seconds(sum(times)) == parts["total"]
        and seconds(max(times, default=0)) == parts["time"]
    )
    if so and any(_is_block(case, parts, each) for each in found):
        return None
    return Untruth("blocked loop", "", found)


@kind(
    "exception never retrieved",
    r"Exception never retrieved: <task> failed(?: with <detail>)?, and nobody asked\.",
)
def _never_retrieved(case: Case, parts: dict[str, str]) -> object | None:
    lane = lane_of(case, parts["task"])
    if lane is None or lane not in unretrieved(case):
        return [lane.label for lane in unretrieved(case)]
    said, true = parts.get("detail", ""), lane.detail or ""
    return None if said[:30] == true[:30] else true


@kind(
    "exception never retrieved, many", r"(?P<number>[\d,]+) exceptions never retrieved: <tasks>\."
)
def _many_never_retrieved(case: Case, parts: dict[str, str]) -> object | None:
    return _so_many(parts, [lane.label for lane in unretrieved(case)])


def _so_many(parts: dict[str, str], true: list[str], names: str = "tasks") -> object | None:
    """None if a number and a list of some of the names are right."""
    said, _ = listed(parts[names])
    if int(parts["number"].replace(",", "")) == len(true) and set(said) <= set(true):
        return None
    return true


@kind(
    "destroyed",
    r"<task> was destroyed while it was pending, at <time>:"
    r"(?: it waited in <call>(?: at line (?P<line>\d+))?, and)?"
    r" nothing referred to it any more\.",
)
def _destroyed(case: Case, parts: dict[str, str]) -> object | None:
    lane = lane_of(case, parts["task"])
    if lane is None or lane not in destroyed(case):
        return [lane.label for lane in destroyed(case)]
    if seconds(lane.ended or 0.0) != parts["time"]:
        return lane.ended
    wait = lane.stretches[-1].wait
    if "call" not in parts or wait is None:
        return None
    return None if (parts["call"], int(parts.get("line", 0))) == (wait.call, wait.line) else wait


@kind(
    "destroyed, many",
    r"(?P<number>[\d,]+) tasks were destroyed while they were pending: <tasks>\.",
)
def _many_destroyed(case: Case, parts: dict[str, str]) -> object | None:
    return _so_many(parts, [lane.label for lane in destroyed(case)])


_DID = {
    "put an item into": "put",
    "took an item from": "get",
    "called task_done() of": "task_done",
    "set": "set",
    "cleared": "clear",
    "notified": "notify",
    "acquired": "acquire",
    "released": "release",
}


@kind(
    "used from a thread",
    rf"(?P<thread>[^:]+?) (?:(?P<action>{'|'.join(map(re.escape, _DID))}) (?P<name>[\w.' #]+?)"
    r"|(?P<how>made|cancelled) (?P<about>.+?)(?: ready)?)"
    r"(?: (?P<times>\d+) times)?(?: at line (?P<line>\d+))?"
    r" without call_soon_threadsafe: the loop was not told\."
    r"(?: <task> was ready at <ready> and (?:ran at (?P<ran>.+? s)|did not run any more)\.)?",
)
def _from_thread(case: Case, parts: dict[str, str]) -> object | None:
    line = int(parts.get("line", 0))
    if "name" in parts:
        name, action = parts["name"], _DID[parts["action"]]
        true = [
            deed
            for deed in strange_deeds(case, name)
            if (deed.action, deed.line) == (action, line)
            and same_function(parts["thread"], deed.who)
        ]
        if not true or len(true) != int(parts.get("times", 1)):
            return strange_deeds(case, name)
    elif (about := lane_of(case, parts["about"])) is None:
        return "no such task"
    elif parts["how"] == "cancelled" and not any(
        request.by in case.truth.in_threads
        and same_function(parts["thread"], request.by)
        and request.line == line
        for request in about.requests
    ):
        return about.requests
    if "task" not in parts:
        return None
    lane = lane_of(case, parts["task"])
    stretches = [] if lane is None else lane.stretches
    so = any(
        stretch.state is State.READY
        and stretch.by in case.truth.in_threads
        and seconds(stretch.start) == parts["ready"]
        and parts.get("ran") in (None, seconds(stretch.end))
        for stretch in stretches
    )
    return None if so else stretches


@kind(
    "used from a thread, many",
    r"At (?P<number>[\d,]+) places threads used what is the loop's without"
    r" call_soon_threadsafe, the first: <first>",
)
def _many_from_threads(case: Case, parts: dict[str, str]) -> object | None:
    found = FINDINGS.parts(parts["first"])
    places = {
        (deed.who.partition("(")[0], deed.line)
        for name in case.resources
        for deed in strange_deeds(case, name)
    }
    # Futures that they resolve and tasks that they cancel may wake somebody, or nobody.
    others = [
        entry
        for entry in case.truth.log.entries
        if entry.who in case.truth.in_threads and entry.verb in ("resolve", "cancels")
    ]
    if not len(places) <= int(parts["number"]) <= len(places) + len(others):
        return places
    return _from_thread(case, found[1]) if found else "it cannot be read"


@kind(
    "exception reported",
    r"Exception in callback <callback>(?: at line (?P<line>\d+))?: (?P<detail>.+)\.",
)
def _reported(case: Case, parts: dict[str, str]) -> object | None:
    true = [(name, detail, line) for _, name, detail, line in case.truth.reports()]
    said, line = (parts["callback"], parts["detail"]), int(parts.get("line", 0))
    so = any((name, one_line(detail)) == said and at in (0, line) for name, detail, at in true)
    return None if so else true


@kind(
    "exception reported, many",
    r"(?P<number>[\d,]+) exceptions reported to the loop, the first: <first>\.",
)
def _many_reported(case: Case, parts: dict[str, str]) -> object | None:
    true = len(case.truth.reports())
    if int(parts["number"].replace(",", "")) != true:
        return true
    found = FINDINGS.parts(f"{parts['first']}.")
    return found and _reported(case, found[1]) if found else "it cannot be read"


@kind("never awaited", r"Never awaited: <function>\(\) made a coroutine that was dropped\.")
def _never_awaited(case: Case, parts: dict[str, str]) -> object | None:
    true = case.truth.never_awaited()
    return None if parts["function"] in true else true


@kind(
    "never awaited, many",
    r"Never awaited: (?P<number>[\d,]+) coroutines that were dropped, of <functions>\.",
)
def _many_never_awaited(case: Case, parts: dict[str, str]) -> object | None:
    return _so_many(parts, [f"{name}()" for name in case.truth.never_awaited()], "functions")


@kind("left waiting", r"<task> was left waiting in <call>(?: at line (?P<line>\d+))?\.")
def _left_waiting(case: Case, parts: dict[str, str]) -> object | None:
    lane = lane_of(case, parts["task"])
    if lane is None or lane not in left(case) or lane.stretches[-1].state is not State.WAITING:
        return [lane.label for lane in left(case)]
    wait = lane.stretches[-1].wait
    if wait is None:
        return None
    return None if (parts["call"], int(parts.get("line", 0))) == (wait.call, wait.line) else wait


@kind("left running", r"<task> was left running\.")
def _left_running(case: Case, parts: dict[str, str]) -> object | None:
    lane = lane_of(case, parts["task"])
    true = [lane for lane in left(case) if lane.stretches[-1].state is State.RUNNING]
    return None if lane in true else [each.label for each in true]


@kind("left ready", r"<task> was left ready to run\.")
def _left_ready(case: Case, parts: dict[str, str]) -> object | None:
    lane = lane_of(case, parts["task"])
    true = [lane for lane in left(case) if lane.stretches[-1].state is State.READY]
    return None if lane in true else [each.label for each in true]


@kind("left running, many", r"(?P<number>[\d,]+) tasks were left running: <tasks>\.")
def _many_left(case: Case, parts: dict[str, str]) -> object | None:
    # Those of a deadlock's circle have been named.
    circle = circular(case)
    all_left = [lane.label for lane in left(case)]
    others = [lane.label for lane in left(case) if lane.key not in circle]
    return _so_many(parts, all_left) and _so_many(parts, others)


@kind("never released", r"<resource> \((?P<class>\w+)\) was never released: <task> ended with it\.")
def _never_released(case: Case, parts: dict[str, str]) -> object | None:
    lane = lane_of(case, parts["task"])
    true = never_released(case)
    so = lane is not None and (parts["resource"], lane.key) in true
    return None if so and _is_class(parts) else true


def _is_class(parts: dict[str, str]) -> bool:
    return class_of(parts["resource"])[0] == parts["class"]


@kind(
    "never released, many",
    r"(?P<number>[\d,]+) times a task ended without releasing what it held: <tasks>\.",
)
def _many_never_released(case: Case, parts: dict[str, str]) -> object | None:
    return _so_many(parts, [case.truth.tasks[task].label for _, task in never_released(case)])


@kind(
    "released too often",
    r"<resource> \(Semaphore\) was released too often:"
    r" (?P<number>\d+) permits? beyond its (?P<capacity>\d+)\.",
)
def _released_too_often(case: Case, parts: dict[str, str]) -> object | None:
    true = beyond(case, parts["resource"]), 2
    return None if (int(parts["number"]), int(parts["capacity"])) == true else true


@kind(
    "released too often, many", r"(?P<number>\d+) semaphores were released too often: <resources>\."
)
def _many_released_too_often(case: Case, parts: dict[str, str]) -> object | None:
    true = [name for name in case.truth.deeds if "semaphore" in name and beyond(case, name)]
    return _so_many(parts, true, "resources")


@kind(
    "unfinished queue",
    r"<resource> \((?P<class>\w+)\) has (?P<number>\d+) unfinished tasks? at the end:"
    r" join\(\) would wait for (?:it|them)\.",
)
def _unfinished(case: Case, parts: dict[str, str]) -> object | None:
    _, true = case.truth.values[parts["resource"]][-1][1]
    return None if int(parts["number"]) == true and _is_class(parts) else true


@kind("unfinished queue, many", r"(?P<number>\d+) queues have unfinished tasks at the end\.")
def _many_unfinished(case: Case, parts: dict[str, str]) -> object | None:
    true = [
        name
        for name, values in case.truth.values.items()
        if "queue" in name
        and values[-1][1][1]
        and any(deed.action == "task_done" for deed in case.truth.deeds.get(name, ()))
    ]
    return None if int(parts["number"]) == len(true) else true


@kind("the recorder failed", r"the recorder failed <more>")
def _recorder_failed(case: Case, parts: dict[str, str]) -> object | None:
    return "it should not"


def waited(case: Case, name: str, how: str) -> dict[str, float]:
    """The seconds of the longest wait for a primitive, by task, of those that took time."""
    longest: dict[str, float] = {}
    only = {"was empty": ".get", "was full": ".put" if "queue" in name else ".acquire"}
    for key, time in calls_of(case, name, only=only.get(how, ".acquire")):
        if time > 0:
            longest[key] = max(time, longest.get(key, 0.0))
    return longest


@kind(
    "crowded",
    r"<resource> \((?P<class>\w+)\) (?P<how>was locked|was full|had no free permit)"
    r" (?P<share>.+?%) of the time: (?P<number>\d+) tasks? waited, the longest <longest>\.",
)
def _crowded(case: Case, parts: dict[str, str]) -> object | None:
    name = parts["resource"]
    how = "was locked" if "lock" in name else "was full"
    if "semaphore" in name and not is_owned(case, name):
        how = "had no free permit"
    return _is_crowded(case, parts, how, busy(case, name), waited(case, name, how))


def _is_crowded(
    case: Case, parts: dict[str, str], how: str, part: float, waits: dict[str, float]
) -> object | None:
    longest = seconds(max(waits.values(), default=0.0))
    true = how, share(part, case.truth.duration), str(len(waits)), longest
    said = parts["how"], parts["share"], parts["number"], parts["longest"]
    so = said == true and part > case.truth.duration / 2 and _is_class(parts)
    return None if so else true


@kind(
    "a pool is empty",
    r"<resource> \((?P<class>\w+)\) (?P<how>was empty) (?P<share>.+?%) of the time:"
    r" (?P<number>\d+) tasks? waited, the longest <longest>\.",
)
def _exhausted(case: Case, parts: dict[str, str]) -> object | None:
    name = parts["resource"]
    if not lends(case, name):
        return "it is no pool"
    return _is_crowded(case, parts, "was empty", empty(case, name), waited(case, name, "was empty"))


@kind(
    "crowded, many",
    r"(?P<number>\d+) resources were taken more than half of the time: <resources>\.",
)
def _many_crowded(case: Case, parts: dict[str, str]) -> object | None:
    true = [
        name
        for name in case.truth.values
        if (busy(case, name) > case.truth.duration / 2 and waited(case, name, "was full"))
        or (
            "queue" in name
            and lends(case, name)
            and empty(case, name) > case.truth.duration / 2
            and waited(case, name, "was empty")
        )
    ]
    return _so_many(parts, true, "resources")


def ready_for(lane: Lane) -> float:
    """Seconds for which a task was ready, at most."""
    return max(
        (each.end - each.start for each in lane.stretches if each.state is State.READY), default=0.0
    )


@kind(
    "swallowed cancellation",
    r"<task> was cancelled(?: by <by>)? at <time> and went on: <how>\."
    r"(?: So did <outer>, which awaited it\.)?",
)
def _swallowed(case: Case, parts: dict[str, str]) -> object | None:
    lane = lane_of(case, parts["task"])
    if lane is None or not lane.requests:
        return "nobody cancelled it"
    times = sorted(seconds(request.time) for request in lane.requests)
    if parts["time"] not in times:
        return times
    if "by" in parts and (untruth := false_canceller(case, lane, parts["by"])) is not None:
        return untruth.true
    if "outer" in parts and lane_of(case, parts["outer"]) is None:
        return "no such task"
    return None if parts["how"] == (true := _how_it_goes_on(lane)) else true


def _how_it_goes_on(lane: Lane) -> str:
    if lane.ending is not Ending.ALIVE:
        return f"it ended as {lane.ending}"
    last = lane.stretches[-1]
    if last.state is not State.WAITING or last.wait is None:
        return "it had not ended at the end"
    return f"at the end it waits in {last.wait.call} at line {last.wait.line}"


@kind(
    "swallowed cancellation, many",
    r"(?P<number>[\d,]+) times a task went on though it was cancelled: <tasks>\.",
)
def _many_swallowed(case: Case, parts: dict[str, str]) -> object | None:
    names, _ = listed(parts["tasks"])
    lanes = [lane_of(case, name) for name in names]
    if not all(lane is not None and lane.requests for lane in lanes):
        return "not all of them"
    requests = sum(len(lane.requests) for lane in case.truth.tasks.values())
    return None if int(parts["number"].replace(",", "")) <= requests else requests


@kind("ready for long", r"<task> was ready and did not get its turn for <time>\.")
def _ready(case: Case, parts: dict[str, str]) -> object | None:
    lane = lane_of(case, parts["task"])
    if lane is None:
        return "no such task"
    time = ready_for(lane)
    return None if seconds(time) == parts["time"] and time > LONG else time


@kind(
    "ready for long, many",
    r"(?P<number>[\d,]+) tasks were ready and did not get their turn for up to <time>: <tasks>\.",
)
def _many_ready(case: Case, parts: dict[str, str]) -> object | None:
    long = [lane for lane in case.truth.learners() if ready_for(lane) > LONG]
    if seconds(max(map(ready_for, long), default=0.0)) != parts["time"]:
        return [(lane.label, ready_for(lane)) for lane in long]
    return _so_many(parts, [lane.label for lane in long])
