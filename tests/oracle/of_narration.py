"""Judges of replay's sentences: each is about a moment, and so at that moment."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from math import inf

from course_helpers.recording.model import Ending, State
from course_helpers.views.replay.narration import moments, text
from course_helpers.views.words import seconds
from tests.oracle.facts import has_owners
from tests.oracle.judging import Case, Untruth
from tests.oracle.of_model import false_canceller, same_function
from tests.oracle.said import Kinds
from tests.oracle.truth import EAGER, Deed, Lane, Stretch, Wait, class_of, is_shown

NARRATION = Kinds()
kind = NARRATION.kind


def of_narration(case: Case) -> Iterator[Untruth]:
    """Each sentence is so, at its moment."""
    for sentence, time in said(case):
        yield from NARRATION.judge(case, sentence, at=time)


def said(case: Case) -> list[tuple[str, str]]:
    """The sentences, and the time of each in seconds."""
    return [
        (text(sentence, case.recording), repr(moment.time))
        for moment in moments(case.recording)
        for sentence in moment.sentences
    ]


def _begins(case: Case, parts: dict[str, str], state: State) -> list[tuple[Lane, int, Stretch]]:
    """The stretches of the task in a state that begin at the moment."""
    lane = case.lanes.get(parts["task"])
    if lane is None:
        return []
    return [
        (lane, place, stretch)
        for place, stretch in enumerate(lane.stretches)
        if stretch.state is state and stretch.start == float(parts["at"])
    ]


def _clock(time: float) -> str:
    return f"{time:.6f}".rstrip("0").rstrip(".") + " s"


# The loop


@kind("a turn begins", r"The loop begins a turn: (?P<number>[\d,]+) callbacks? ready\.")
def _turn(case: Case, parts: dict[str, str]) -> object | None:
    return _turns(case, parts, int(parts["number"].replace(",", "")), "")


@kind(
    "a turn begins, nothing ready",
    r"The loop begins a turn: nothing is ready; the next timer is due at <due>\.",
)
def _waiting_turn(case: Case, parts: dict[str, str]) -> object | None:
    return _turns(case, parts, 0, parts["due"])


@kind(
    "a turn begins, no timer",
    r"The loop begins a turn: nothing is ready and no timer is set;"
    r" only the world outside could wake a task\.",
)
def _stuck_turn(case: Case, parts: dict[str, str]) -> object | None:
    return _turns(case, parts, 0, "never")


def _turns(case: Case, parts: dict[str, str], ready: int, due: str) -> object | None:
    true = [turn for turn in case.truth.events["turns"] if turn.time == float(parts["at"])]
    for turn in true:
        number, timer = turn.value
        said = "never" if timer is None else _clock(timer)
        if number == ready and (not due or due == said):
            return None
    late = due and any(turn.value[0] == 0 and turn.value[1] for turn in true)
    values = [turn.value for turn in true]
    return Untruth("timer", "", values) if late else values


#: By the name of a timer's callback, what it is called.
_CALLS = {"_set_result_unless_cancelled": "sleep", "Timeout._on_timeout": "timeout"}


@kind("a timer is set", r"(?:A timer is set for|<task> sets a timer for) <due>: <call>\.")
def _timer_set(case: Case, parts: dict[str, str]) -> object | None:
    return _timer(case, parts, "arms")


@kind("a timer is due", r"A timer(?: of <task>)? is due: <call>\.")
def _timer_due(case: Case, parts: dict[str, str]) -> object | None:
    return _timer(case, parts, "fires")


@kind("a timer is cancelled", r"A timer(?: of <task>)? is cancelled: <call>\.")
def _timer_cancelled(case: Case, parts: dict[str, str]) -> object | None:
    return _timer(case, parts, "disarms")


def _timer(case: Case, parts: dict[str, str], what: str) -> object | None:
    true = [timer for timer in case.truth.events[what] if timer.time == float(parts["at"])]
    late = False
    lane = case.lanes.get(parts.get("task", ""))
    for timer in true:
        by = timer.who if is_shown(timer.who) else ""
        call = _CALLS.get(timer.subject, timer.subject)
        if ("" if lane is None else lane.key) == by and parts["call"] == call:
            if parts.get("due") in (None, _clock(timer.value)):
                return None
            late = True
    return Untruth("timer", "", true) if late else true


@kind("the loop is kept", r"<who> keeps the loop for <time>: everybody waits\.")
def _kept(case: Case, parts: dict[str, str]) -> object | None:
    lane = case.lanes.get(parts["who"])
    for who, time, _ in case.truth.blocking():
        if seconds(time) == parts["time"] and (
            who not in case.truth.tasks if lane is None else who == lane.key
        ):
            return None
    return Untruth("blocked loop", "", case.truth.blocking())


# Tasks


@kind("a thread or a process", r"<task> is (?:running|ready|waiting)\.")
def _thread(case: Case, parts: dict[str, str]) -> object | None:
    return None if case.is_thread(parts["task"]) else "it is none"


@kind("is created", r"(?:(?P<parent>[^;]+?) creates <task>|<new> is created)\.")
def _created(case: Case, parts: dict[str, str]) -> object | None:
    name = parts.get("task") or parts["new"]
    if case.is_thread(name):
        return None
    lane = case.lanes.get(name)
    if lane is None or lane.born != float(parts["at"]):
        return "no such task" if lane is None else lane.born
    parent = case.lanes.get(parts.get("parent", ""))
    made_by = case.truth.tasks.get(lane.parent)
    # Who has ended creates nothing; what it left may.
    gone = made_by is not None and made_by.ended is not None and made_by.ended <= lane.born
    if gone and parent is None:
        return None
    true = lane.parent if is_shown(lane.parent) else ""
    return None if ("" if parent is None else parent.key) == true else true


@kind("joins the ready queue", r"<task> joins the ready queue\.")
def _joins(case: Case, parts: dict[str, str]) -> object | None:
    found = _begins(case, parts, State.READY)
    return None if any(place == 0 for _, place, _ in found) else found


@kind("gives way", r"<task> gives way: it joins the end of the ready queue\.")
def _gives_way(case: Case, parts: dict[str, str]) -> object | None:
    found = _begins(case, parts, State.READY)
    before = (
        lane.stretches[place - 1].state
        for lane, place, stretch in found
        if place and not stretch.by.startswith(EAGER)
    )
    return None if State.RUNNING in before else found


@kind(
    "stops for an eager task",
    r"<task> stops in the middle of its step: (?P<child>.+), which it creates, runs at once\.",
)
def _stops(case: Case, parts: dict[str, str]) -> object | None:
    found = _begins(case, parts, State.READY)
    child = case.lanes.get(parts["child"])
    by = (stretch.by for _, _, stretch in found)
    return None if child is not None and EAGER + child.key in by else found


@kind("goes on with its step", r"<task> goes on with its step\.")
def _goes_on(case: Case, parts: dict[str, str]) -> object | None:
    found = _begins(case, parts, State.RUNNING)
    before = (lane.stretches[place - 1].by for lane, place, _ in found if place)
    return None if any(by.startswith(EAGER) for by in before) else found


@kind("runs for the first time", r"<task> runs for the first time\.")
def _runs_first(case: Case, parts: dict[str, str]) -> object | None:
    found = _begins(case, parts, State.RUNNING)
    # An eager task begins with its first step.
    eager = (each.stretches[0].state is State.RUNNING for each, _, _ in found)
    return (
        None
        if any(place == 1 - it for it, (_, place, _) in zip(eager, found, strict=True))
        else found
    )


@kind("runs", r"<task> runs(?:: it goes on from line (?P<line>\d+), in <function>)?\.")
def _runs(case: Case, parts: dict[str, str]) -> object | None:
    found = _begins(case, parts, State.RUNNING)
    for lane, place, _ in found:
        wait = lane.stretches[place - 1].wait
        if "line" not in parts or (wait is None and place > 1):
            return None
        if wait is not None and (wait.line, wait.function) == (
            int(parts["line"]),
            parts["function"],
        ):
            return None
    return found


@kind(
    "is woken",
    r"<task> is woken by <by>(?:; it (?P<how>was the only one in line for|was first in line for"
    r"|was number (?P<place>\d+) in line for|waited for|was in) <what>)?\.",
)
def _woken(case: Case, parts: dict[str, str]) -> object | None:
    found = [
        (lane, stretch, lane.stretches[place - 1])
        for lane, place, stretch in _begins(case, parts, State.READY)
        if place and lane.stretches[place - 1].state is State.WAITING
    ]
    for lane, stretch, before in found:
        if woken_by(case, parts["by"], lane, stretch) and _woken_from(case, parts, before, lane):
            return None
    return [(each.by, before.wait, _line(case, before, lane)) for lane, each, before in found]


_WAKERS = {
    "a timer": "timer",
    "input or output": "io",
    "a thread": "thread",
    "a signal": "signal",
    "something that the recording does not show": "outside",
}


def woken_by(case: Case, said: str, lane: Lane, stretch: Stretch) -> bool:
    if said in case.lanes:
        return case.lanes[said].key == stretch.by
    is_thread = said == "a thread" or said not in _WAKERS
    if is_thread:
        job = stretch.wait is not None and stretch.wait.call == "to_thread"
        had_ended = job and stretch.by in case.truth.makers(lane)
        return stretch.by.startswith(("thread", "callback")) or had_ended
    return _WAKERS[said] == stretch.by or (_WAKERS[said] == "outside" and not is_shown(stretch.by))


def _woken_from(case: Case, parts: dict[str, str], before: Stretch, lane: Lane) -> bool:
    wait = before.wait
    if wait is None or "how" not in parts:
        return True
    what, how = parts["what"], parts["how"]
    if how == "was in":
        return what == wait.call
    if wait.call == "await task":
        return what == case.truth.tasks[wait.subject].label
    if what in case.lanes or wait.call == "to_thread":  # a gather, or a thread's job
        return wait.call in ("gather", "wait_for", "shield", "to_thread")
    if what != wait.subject:
        return False
    if how == "waited for":
        return True
    place, length = _line(case, before, lane, together=not _is_cancelled(before, lane))
    if how == "was the only one in line for":
        return length == 1
    return place == (1 if "first" in how else int(parts["place"])) and length > 1


def _is_cancelled(stretch: Stretch, lane: Lane) -> bool:
    """Whether a task was woken from a stretch because somebody cancelled it."""
    return any(request.position == stretch.last + 1 for request in lane.requests)


def _line(case: Case, stretch: Stretch, lane: Lane, *, together: bool = True) -> tuple[int, int]:
    """The place of a task in line when it was woken, from 1, and the length of the line.

    Those whom one notification wakes were in line `together`; who is cancelled leaves it alone.
    """
    wait = stretch.wait
    if wait is None:
        return 1, 1
    notified = together and wait.call == "Condition.wait"
    woken = case.truth.step_of(stretch.last) if notified else stretch.last
    line = [
        (other.first, one.key)
        for one in case.truth.tasks.values()
        for other in one.stretches
        if other.state is State.WAITING
        and other.wait is not None
        and (other.wait.call, other.wait.subject) == (wait.call, wait.subject)
        and other.first < stretch.last
        and other.last >= woken
    ]
    return sorted(line).index((stretch.first, lane.key)) + 1, len(line)


@kind(
    "waits for",
    r"<task> waits (?:for (?P<what>[^;]+?) )?in (?P<call>[^;]+?)"
    r"(?:, which (?:(?P<holder>[^;]+?) holds|(?P<holders>[\d,]+) tasks hold))?"
    r"(?:; (?P<ahead>[\d,]+) (?:is|are) in line before it)?\.",
)
def _waits(case: Case, parts: dict[str, str]) -> object | None:
    found = _begins(case, parts, State.WAITING)
    for lane, _, stretch in found:
        wait = stretch.wait
        if wait is None or _waits_so(case, parts, stretch, wait, lane):
            return None
    return [(stretch.wait, _holders(case, stretch)) for _, _, stretch in found]


def _waits_so(case: Case, parts: dict[str, str], stretch: Stretch, wait: Wait, lane: Lane) -> bool:
    if parts["call"] != wait.call:
        return False
    if "what" in parts and wait.call not in ("to_thread", "gather", "wait_for", "shield"):
        awaited = case.truth.tasks.get(wait.subject)
        if parts["what"] != (wait.subject if awaited is None else awaited.label):
            return False
    holders = _holders(case, stretch)
    if "holder" in parts:
        keys = [case.lanes[parts["holder"]].key] if parts["holder"] in case.lanes else []
        if holders != keys:
            return False
    if "holders" in parts and len(holders) != int(parts["holders"]):
        return False
    arrived = stretch._replace(last=stretch.first + 1)
    ahead = _line(case, arrived, lane)[0] - 1
    return int(parts.get("ahead", "0")) == ahead or not _is_line(case, wait)


def _is_line(case: Case, wait: Wait) -> bool:
    """Whether a place in line means anything: else it may or may not be told."""
    return wait.subject in case.resources and wait.call not in (
        "Event.wait",
        "Barrier.wait",
        "TaskGroup",
    )


def _holders(case: Case, stretch: Stretch) -> list[str]:
    """Who holds what a task begins to wait for."""
    wait = stretch.wait
    if wait is None or not has_owners(case, wait.subject):
        return []
    holders: list[str] = []
    for deed in case.truth.deeds.get(wait.subject, ()):
        if deed.position > stretch.first:
            break
        if deed.action == "acquire":
            holders.append(deed.who)
        elif deed.action == "release" and holders:
            holders.remove(deed.who if deed.who in holders else holders[0])
    return holders


@kind("waits", r"<task> waits\.")
def _only_waits(case: Case, parts: dict[str, str]) -> object | None:
    return None if _begins(case, parts, State.WAITING) else "it does not"


@kind("fails", r"<task> fails: <detail>")
def _fails(case: Case, parts: dict[str, str]) -> object | None:
    return _ends(case, parts, Ending.FAILED)


@kind("is done", r"<task> is done\.")
def _done(case: Case, parts: dict[str, str]) -> object | None:
    return _ends(case, parts, Ending.DONE)


@kind(
    "is destroyed",
    r"<task> is destroyed while it is pending: nothing refers to it any more\.",
)
def _destroyed(case: Case, parts: dict[str, str]) -> object | None:
    return _ends(case, parts, Ending.DESTROYED)


@kind("is cancelled", r"<task> ends: it is cancelled(?: by <by>)?\.")
def _cancelled(case: Case, parts: dict[str, str]) -> object | None:
    return _ends(case, parts, Ending.CANCELLED)


@kind("ends", r"<task> ends: <detail>")
def _thread_ends(case: Case, parts: dict[str, str]) -> object | None:
    return None if case.is_thread(parts["task"]) else "it is a task"


def _ends(case: Case, parts: dict[str, str], ending: Ending) -> object | None:
    lane = case.lanes.get(parts["task"])
    if lane is None or (lane.ending, lane.ended) != (ending, float(parts["at"])):
        return "no such task" if lane is None else (lane.ending, lane.ended)
    if parts.get("detail", "")[:30] != (lane.detail or "")[:30]:
        return lane.detail
    return false_canceller(case, lane, parts["by"]) if "by" in parts else None


@kind(
    "cancels",
    r"(?:(?P<itself>[^;]+?) cancels itself|(?P<by>[^;]+?) cancels <task>"
    r"|(?P<whom>[^;]+?) is cancelled(?: with (?P<outer>.+?)| by (?P<what>.+?)|: (?P<over>.+?)))\.",
)
def _cancels(case: Case, parts: dict[str, str]) -> object | None:
    lane = case.lanes.get(parts.get("itself") or parts.get("task") or parts["whom"])
    if lane is None:
        return "no such task"
    now = [each for each in lane.requests if each.time == float(parts["at"])]
    if "outer" in parts:
        outer = case.lanes.get(parts["outer"])
        asked = [] if outer is None else [each.time for each in outer.requests]
        return None if now and float(parts["at"]) >= min(asked, default=inf) else asked
    if "itself" in parts or "by" in parts:
        who = parts.get("itself") or parts["by"]
        found = [each for each in now if _is_called(case, each.by, who)]
    elif "over" in parts:
        timed = ("Timeout._on_timeout", "wait_for", "_cancel_and_wait")
        what = parts["over"].removesuffix(" is over")
        is_one = what == "its time" or what in case.resources or case.is_unnamed(what)
        found = [each for each in now if is_one and each.function in timed]
    elif parts["what"] in case.resources:
        found = [each for each in now if each.block == parts["what"]]
    else:
        known = parts["what"] in _WAKERS
        found = [each for each in now if known and not is_shown(each.by)]
    return None if found else lane.requests


def _is_called(case: Case, key: str, label: str) -> bool:
    """Whether who acted by the log is who a sentence names."""
    lane = case.lanes.get(label)
    if lane is None:
        # What a thread hands in by call_soon_threadsafe has no name of its own in the log.
        return case.is_thread(label) and (key == "thread" or same_function(label, key))
    return lane.key == key


# Primitives


_VERBS = {
    "acquires": "acquire",
    "releases": "release",
    "puts an item into": "put",
    "takes an item from": "get",
    "is done with an item of": "task_done",
    "sets": "set",
    "clears": "clear",
    "notifies": "notify",
    "enters": "enter",
    "comes to the end of": "exit",
    "arrives at": "arrive",
    "leaves": "leave",
}


@kind(
    "changes a primitive",
    rf"<who> (?P<verb>{'|'.join(map(re.escape, _VERBS))}) (?P<what>[^:]+?)(?:: <state>)?\.",
)
def _changes(case: Case, parts: dict[str, str]) -> object | None:
    name, action = parts["what"], _VERBS[parts["verb"]]
    if case.is_unnamed(name):
        return None
    if action in ("arrive", "leave"):
        return _at_barrier(case, parts)
    if action == "exit" and "group" in name:
        return _calls(case, parts, "TaskGroup", name)
    true = [deed for deed in case.truth.deeds.get(name, ()) if _as_said(case, parts, deed, action)]
    if not true:
        return case.truth.deeds.get(name, "nothing was done")
    if "state" in parts and not any(parts["state"] in _states(name, deed) for deed in true):
        return [_states(name, deed) for deed in true]
    return None


def _as_said(case: Case, parts: dict[str, str], deed: Deed, action: str) -> bool:
    lane = case.lanes.get(parts["who"])
    by = deed.who not in case.truth.tasks if lane is None else lane.key == deed.who
    if case.is_thread(parts["who"]):
        by = deed.who in case.truth.in_threads and same_function(parts["who"], deed.who)
    # A semaphore hands its permit on before the one who gets it runs.
    later = action == "acquire" and "semaphore" in parts["what"]
    now = deed.time == float(parts["at"]) or (later and deed.time >= float(parts["at"]))
    # A timeout that expires ends when its block does.
    return by and now and (deed.action == action or {action, deed.action} == {"exit", "expire"})


def _states(name: str, deed: Deed) -> list[str]:
    """The ways to tell the state of a primitive after a deed."""
    if deed.value is None:
        return ["", *_permits(range(4))]
    value, unfinished = deed.value
    if "queue" in name:
        capacity = class_of(name)[1]
        of = f" of {capacity}" if capacity else ""
        return [f"{value}{of} in it, {unfinished} unfinished"]
    # What is released may have been handed on.
    return _permits([value, value + 1] if deed.action == "release" else [value])


def _permits(numbers: Iterable[int]) -> list[str]:
    """The ways to tell that so many permits of two are free."""
    found = []
    for free in numbers:
        found.append(f"{free} of 2 permits free")
        free_ones = "1 permit" if free == 1 else f"{free} permits"
        found += [f"{free_ones} free, {extra} too many" for extra in range(1, free + 1)]
    return found


def _at_barrier(case: Case, parts: dict[str, str]) -> object | None:
    true = _calls(case, parts, "Barrier.wait", parts["what"])
    number = re.match(r"(\d+) of 2 there\Z", parts.get("state", ""))
    if true is None and (number is None or int(number[1]) > 2):
        return "2 at most"
    return true


def _calls(case: Case, parts: dict[str, str], call: str, what: str) -> object | None:
    """None if the task was in a call at the moment, on that primitive."""
    lane = case.lanes.get(parts["who"])
    true = [
        entry
        for entry in case.truth.log.entries
        if entry.verb == "waits" and (entry.value, entry.subject) == (call, what)
    ]
    for entry in true:
        if lane is not None and entry.who == lane.key and entry.time <= float(parts["at"]):
            return None
    return true


@kind("a timeout expires", r"<what> expires\.")
def _expires(case: Case, parts: dict[str, str]) -> object | None:
    if case.is_unnamed(parts["what"]):
        return None
    deeds = case.truth.deeds.get(parts["what"], [])
    # It may have expired when the recording ended, and its block go on.
    so = any(deed.action == "expire" for deed in deeds) or [deed.action for deed in deeds] == [
        "enter"
    ]
    return None if so else deeds


@kind("a group is aborted", r"<what> is aborted\.")
def _aborted(case: Case, parts: dict[str, str]) -> object | None:
    members = [case.truth.tasks[key] for key in case.truth.members.get(parts["what"], ())]
    owners = [deed.who for deed in case.truth.deeds.get(parts["what"], ())]
    failed = any(member.ending is Ending.FAILED for member in members)
    # Otherwise an exception came out of its block, a cancellation for example.
    return None if failed or owners else [member.ending for member in members]


@kind("a group's task", r"<what> has one task (?P<how>more|less)\.")
def _one_more(case: Case, parts: dict[str, str]) -> object | None:
    if case.is_unnamed(parts["what"]):
        return None
    members = [case.truth.tasks[key] for key in case.truth.members.get(parts["what"], ())]
    if parts["how"] == "more":
        # An eager one joins when its first step has ended.
        times = [member.made() for member in members]
        return None if float(parts["at"]) in times else times
    # Its group hears of it in a callback, which may have to wait for its turn. Of an eager one that
    # has ended already, whoever makes it asks for that (since Python 3.14).
    callers = {by for member in members for by in (member.key, member.parent)}
    heard = [
        entry.time
        for entry in case.truth.log.entries
        if entry.verb == "callback"
        and entry.subject.endswith("_on_task_done")
        and entry.who in callers
    ]
    # That an eager one has ended in its first step is heard at once.
    heard += [member.made() for member in members if member.ended == member.made()]
    return None if float(parts["at"]) in heard else heard
