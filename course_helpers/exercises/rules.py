"""Rules: what has to hold in the recording of a run, whatever the answer looks like.

A rule says what happened where it does not hold: a `Breach`. It looks at the recording alone, never
at the real clock, and counts no steps: those differ between versions of Python.
"""

from __future__ import annotations

import asyncio
import inspect
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from course_helpers.exercises.guard import Refused
from course_helpers.exercises.schedules import Schedule
from course_helpers.exercises.world import World
from course_helpers.learners_code import Owner, cell_name, is_learners, owner_of_file
from course_helpers.recording.model import (
    Change,
    Ending,
    Location,
    Mark,
    Recording,
    Resource,
    Span,
    State,
    Task,
)
from course_helpers.simulation import Deadlock, LimitExceeded
from course_helpers.views import words


@dataclass(frozen=True)
class Breach:
    """A rule that does not hold in a run.

    `says` is what happened, as one or two sentences without their last full stop. It happened `at`
    a moment: that of a mark, a span or a change, or one in seconds; the task and the line follow
    from it. `since` is an earlier moment, where it began.
    """

    says: str
    at: Mark | Span | Change | float | None = None
    since: Mark | Span | Change | float | None = None
    where: Location | None = None

    @property
    def moment(self) -> float | None:
        """When it happened, in seconds."""
        return _seconds(self.at)

    @property
    def beginning(self) -> float | None:
        """When it began, in seconds."""
        return _seconds(self.since)

    @property
    def location(self) -> Location | None:
        """The learner's line that did it."""
        return self.where or (self.at.location if isinstance(self.at, Mark | Span) else None)


def _seconds(moment: Mark | Span | Change | float | None) -> float | None:
    if isinstance(moment, Mark | Change):
        return moment.time
    return moment.start if isinstance(moment, Span) else moment


@dataclass(frozen=True)
class Run:
    """One run of a scenario: what was recorded, what it returned, raised and printed.

    `others` are sentences about what the answer did to the notebook and the guard has undone.
    """

    schedule: Schedule
    recording: Recording
    world: World
    error: BaseException | None
    result: Any
    printed: str
    others: tuple[str, ...] = ()

    @property
    def marks(self) -> tuple[Mark, ...]:
        """What the answer did to the world's things, in order."""
        return self.recording.marks

    def name(self, task: int | None) -> str:
        """What a task is called."""
        return "somebody" if task is None else words.name(self.recording.tasks[task])

    def caller(self, task: int | None) -> int | None:
        """The task that the scenario started, which a task is or descends from."""
        callers = {caller.index for caller in self.callers()}
        if not callers:
            return task
        while task is not None and task not in callers:
            task = self.recording.tasks[task].parent
        return task

    def callers(self) -> list[Task]:
        """The tasks that the scenario started, in that order."""
        named = {_name_of(caller): number for number, caller in enumerate(self.world.callers)}
        found = [task for task in self.recording.tasks if task.label in named]
        return sorted(found, key=lambda task: named[task.label])

    def who_gave_up(self) -> Task | None:
        """The caller that the schedule has cancelled."""
        gone = self.world.gave_up()
        return next(
            (task for task in self.callers() if gone and task.label == _name_of(gone)), None
        )


def _name_of(caller: asyncio.Future[Any]) -> str:
    return caller.get_name() if isinstance(caller, asyncio.Task) else ""


@dataclass(frozen=True)
class Rule:
    """What has to hold, in words; a function that yields its breaches; and what to think about.

    The first breach of a run counts.
    """

    name: str
    breaches: Callable[[Run], Iterable[Breach]]
    hint: str = ""


def rule(name: str, *, hint: str = "") -> Callable[[Callable[[Run], Iterable[Breach]]], Rule]:
    """Make a rule of a function that yields breaches."""

    def make(breaches: Callable[[Run], Iterable[Breach]]) -> Rule:
        return Rule(name, breaches, hint)

    return make


# Of every exercise.


@rule(
    "it comes to its end, without an error",
    hint="The message names the error, or who waits for what, and the line. Whoever awaits a task "
    "that was cancelled gets its CancelledError.",
)
def ends(run: Run) -> Iterator[Breach]:
    """Neither stuck nor stopped, and no exception comes out."""
    error = run.error
    if error is None:
        yield from _cancelled_unasked(run)
        return
    end = run.recording.duration
    if isinstance(error, Deadlock):
        yield Breach(f"every task waits, and nothing can wake one. {_who_waits(run, error)}", end)
    elif isinstance(error, LimitExceeded):
        # How far it came in so much real time is the machine's doing.
        yield Breach(_stopped(error), None if "of real time" in str(error) else end)
    elif isinstance(error, Refused):
        yield Breach(f"the code called {error}. That was refused", end, where=line_of(error))
    elif isinstance(error, asyncio.CancelledError):
        yield from _cancelled_unasked(run)
        yield Breach("a CancelledError came out, and nobody had asked for it", end)
    elif isinstance(error, SystemExit):
        yield Breach("the code called exit(), which ends the whole program", end)
    elif isinstance(error, MemoryError):
        yield Breach("the code asked for more memory than it may have", end, where=line_of(error))
    elif isinstance(error, RecursionError):
        yield Breach("a function called itself too often", end, where=line_of(error))
    else:
        failed = [task.ended for task in run.callers() if task.ending is Ending.FAILED]
        yield Breach(described(error), next(iter(failed), end), where=line_of(error))


def _who_waits(run: Run, error: Deadlock) -> str:
    """Who waits for what: the cycle, or the first sentences; who wait for the same share one.

    Behind them the answer's own tasks that had failed unheard: the scenario asks its callers later.
    """
    alike: dict[str, list[tuple[str, str]]] = {}
    callers = {task.label for task in run.callers()}
    unheard = []
    for line in str(error).split(":\n", 1)[-1].splitlines():
        who, failed, _ = line.partition(" had failed at ")
        if failed:
            unheard += [line.rstrip(".")] if who not in callers else []
            continue
        who, waits, what = line.rstrip(".").partition(" waits for ")
        if waits:
            alike.setdefault(line if " holds " in who else what, []).append((who, what))
    sentences, most = [], 1 if ": a cycle of " in str(error) else 4
    for pairs in list(alike.values())[:most]:
        names, waits = [who for who, _ in pairs], "waits" if len(pairs) == 1 else "wait"
        if len(names) > 4:
            names[3:] = ["others"]  # how many is not told
        sentences.append(f"{words.listing(names)} {waits} for {pairs[0][1]}")
    return ". ".join([*sentences, *unheard])


def _cancelled_unasked(run: Run) -> Iterator[Breach]:
    """Callers that ended as cancelled, and the scenario had not asked for it.

    Where the schedule cancels a caller, those who go with it are `others_unharmed`'s.
    """
    if run.who_gave_up() is not None:
        return
    others = [
        caller
        for number, caller in enumerate(run.world.callers)
        if number not in run.world.cancelled
    ]
    names = {_name_of(caller) for caller in others}
    for task in run.callers():
        if task.ending is Ending.CANCELLED and task.label in names:
            # Who else cancelled it is not told: what a group asks for differs between Pythons.
            said = (
                f"{words.name(task)} ended with a CancelledError, and the check did not cancel it"
            )
            yield Breach(said, task.ended)
    for caller in others:
        if not isinstance(caller, asyncio.Task) and caller.cancelled():
            yield Breach("the future that was returned was cancelled", run.recording.duration)


def _stopped(error: LimitExceeded) -> str:
    """Without what depends on the machine: how many seconds it took."""
    text = str(error)
    doing = text.partition("did not await anything any more: it was ")[2].partition(". To allow")[0]
    if doing:
        return f"the code never gives the loop back: it was {doing}, and went on and on"
    if "after 20,000 steps" in text:
        return "the code goes on for ever: it was stopped after 20,000 steps"
    return "the code took too long, and was stopped"


def _left_behind(run: Run) -> Iterator[Breach]:
    recording = run.recording
    for place in recording.never_awaited:
        where = place if owner_of_file(place.file) is Owner.LEARNER else None
        made = f"{place.function}() was called and not awaited: it did nothing"
        yield Breach(made, recording.duration, where=where)
    for task in recording.tasks:
        if task.ending is Ending.ALIVE and not task.existed:
            kind = f"the {task.kind} " if task.kind != "task" else ""
            left = f"{kind}{words.name(task)} was still running when the program ended"
            yield Breach(left, recording.duration, task.born)
        elif task.ending is Ending.DESTROYED:
            yield Breach(f"{words.name(task)} was destroyed while it was pending", task.ended)
        elif task.ending is Ending.FAILED and not task.retrieved:
            unheard = f"{words.name(task)} failed with {task.detail}, and nobody asked"
            yield Breach(unheard, task.ended)


@rule(
    "nothing is left behind: no task, no lock, no error unheard",
    hint="Who waits for each task that you start, and who gives back each lock that you take, "
    "whatever happens in between? `async with` does both.",
)
def clean(run: Run) -> Iterator[Breach]:
    """No coroutine never awaited, no task alive, no error unheard, nothing still held."""
    yield from _left_behind(run)
    for resource in run.recording.resources:
        last = resource.changes[-1]
        if resource.kind in _HELD and last.holders:
            taken = _taken(resource, last.holders[0])
            yield Breach(
                f"{run.name(last.holders[0])} ended, and still holds {resource.label}",
                run.recording.tasks[last.holders[0]].ended,
                taken,
            )


@rule(
    "nothing is left behind: no task, no error unheard",
    hint="Who waits for each task that you start, whatever happens in between?",
)
def no_task_left(run: Run) -> Iterator[Breach]:
    """As `clean`, where a permit may be taken by one task and be given back by another."""
    yield from _left_behind(run)


_HELD: Final = ("Lock", "Semaphore", "BoundedSemaphore")


def _taken(resource: Resource, task: int) -> Change:
    return next(change for change in reversed(resource.changes) if task in change.holders)


@rule(
    "who gives up takes nobody along",
    hint="A cancellation goes on to what the cancelled task awaits. Who else waits for that?",
)
def others_unharmed(run: Run) -> Iterator[Breach]:
    """No caller but the one that the schedule cancels ends as cancelled."""
    gone = run.who_gave_up()
    for task in run.callers():
        if task.ending is Ending.CANCELLED and task is not gone:
            by = "" if gone is None else f", because {words.name(gone)} was cancelled"
            yield Breach(f"{words.name(task)} was cancelled{by}", task.ended)


@rule(
    "who is asked to give up does",
    hint="CancelledError passes through `except Exception`, and not through a bare `except`.",
)
def gives_up(run: Run) -> Iterator[Breach]:
    """The caller that the schedule cancels ends as cancelled."""
    gone = run.who_gave_up()
    left = [mark for mark in run.marks if mark.verb == "gives up"]
    if gone is not None and left and gone.ending is not Ending.CANCELLED:
        yield Breach(f"{words.name(gone)} was cancelled, and went on", left[0])


@rule(
    "no time goes by in which nothing is under way",
    hint="A pause is a guess: on some days too short, on all others too long. Wait for the thing "
    "itself: `await` the task, the queue or the event.",
)
def never_idle(run: Run) -> Iterator[Breach]:
    """While a caller has not ended, something outside is under way: nobody waits for a guess."""
    end = run.recording.duration
    quiet = run.world.quiet_since
    pauses = [*run.world.pauses, (end if quiet is None else quiet, end)]
    for task in run.callers():
        for begin, until in pauses:
            begin = max(begin, task.born)
            until = min(until, end if task.ended is None else task.ended)
            if until - begin > _PAUSE:
                yield Breach(
                    f"{words.name(task)} has waited since {words.seconds(begin)}, and nothing was "
                    "under way",
                    until,
                    begin,
                )


_PAUSE: Final = 0.02  # seconds: who asks again and again finds out in less


def result_is(expected: Callable[[Run], object], *, name: str, hint: str = "") -> Rule:
    """The program returns what a function of the run says."""

    @rule(name, hint=hint)
    def breaches(run: Run) -> Iterator[Breach]:
        wanted = expected(run)
        if type(run.result) is not type(wanted) or run.result != wanted:
            yield Breach(
                f"the result should be {shown(wanted)}, and it is {shown(run.result)}",
                run.recording.duration,
            )

    return breaches


def takes_at_most(seconds: float, *, name: str, hint: str = "") -> Rule:
    """The whole takes no longer than so many virtual seconds."""

    @rule(name, hint=hint)
    def breaches(run: Run) -> Iterator[Breach]:
        if run.recording.duration > seconds + 1e-6:
            taken = words.seconds(run.recording.duration)
            yield Breach(
                f"it took {taken}, and {words.seconds(seconds)} are enough", run.recording.duration
            )

    return breaches


def no_lost_update(what: str, *, hint: str = "") -> Rule:
    """Nobody writes from a value that another task has overwritten since it was read."""

    @rule(
        f"no update of {what} is lost",
        hint=hint
        or "Look for the await between the read and the write: what can happen during it?",
    )
    def breaches(run: Run) -> Iterator[Breach]:
        read: dict[tuple[int | None, str], Mark] = {}
        written: dict[str, tuple[Mark, int | None]] = {}
        for mark in run.marks:
            who = run.caller(mark.task)
            if mark.what.rpartition(".")[2] != what or mark.task is None:
                continue
            if mark.verb == "reads":
                read[who, mark.what] = mark
            elif mark.verb == "writes":
                other, writer = written.get(mark.what, (None, None))
                seen = read.get((who, mark.what))
                if other and seen and writer != who and seen.sequence < other.sequence:
                    yield Breach(
                        f"{run.name(mark.task)} writes {shown(mark.value)}, from the "
                        f"{shown(seen.value)} that it had read at {words.seconds(seen.time)}. "
                        f"Meanwhile {run.name(other.task)} had written {shown(other.value)}: that "
                        "is lost",
                        mark,
                        seen,
                    )
                written[mark.what] = mark, who

    return breaches


def inside(run: Run, what: str) -> Iterator[tuple[Mark, list[Mark]]]:
    """Each `"enters"` and `"leaves"` of a thing, with those that are in it from then on."""
    within: list[Mark] = []
    for mark in run.marks:
        if mark.what != what:
            continue
        if mark.verb == "enters":
            within = [*within, mark]
        elif mark.verb == "leaves":
            gone = next((one for one in within if one.value == mark.value), None)
            within = [one for one in within if one is not gone]
        else:
            continue
        yield mark, within


def at_most(count: int, what: str, *, hint: str = "") -> Rule:
    """Never more than so many are in a thing at once."""

    @rule(f"never more than {count} at the {what} at once", hint=hint)
    def breaches(run: Run) -> Iterator[Breach]:
        for mark, within in inside(run, what):
            if len(within) > count:
                allowed = f"{count} are allowed" if count > 1 else "only one is allowed"
                yield Breach(
                    f"{run.name(mark.task)} is number {len(within)} at the {what}, and {allowed}",
                    mark,
                )

    return breaches


def as_many_as(count: int, what: str, total: int, *, hint: str = "") -> Rule:
    """While any of the total still waits, no place in a thing stays empty."""

    @rule(f"and never fewer than {count}, while requests wait", hint=hint)
    def breaches(run: Run) -> Iterator[Breach]:
        entered = 0
        for (mark, within), (later, _) in pairwise(inside(run, what)):
            entered += mark.verb == "enters"
            passes = later.time > mark.time + 1e-9
            if passes and entered < total and len(within) < count:
                waiting = words.count(total - entered, "request waits", "requests wait")
                yield Breach(
                    f"since {words.seconds(mark.time)} only {len(within)} at the {what}, though "
                    f"{waiting} and {count} may be there",
                    later.time,
                    mark.time,
                    later.location,
                )
        if entered < total:
            yield Breach(
                f"it ended when {entered} of {words.count(total, 'request')} had been at the "
                f"{what}",
                run.recording.duration,
            )

    return breaches


def nobody_waits(*, name: str, because: str, hint: str = "") -> Rule:
    """No task sleeps, or waits for any time for a primitive that other tasks use."""

    @rule(name, hint=hint)
    def breaches(run: Run) -> Iterator[Breach]:
        for task, span in run.recording.spans(State.WAITING):
            if span.reason is None or not span.duration:
                continue
            if span.reason.kind == "sleep":
                yield Breach(f"{words.name(task)} sleeps, {because}", span, span.end)
            elif span.reason.resource is not None and span.reason.kind in _SHARED:
                label = run.recording.resources[span.reason.resource].label
                yield Breach(f"{words.name(task)} waits for {label}, {because}", span, span.end)

    return breaches


_SHARED: Final = ("lock", "semaphore", "condition", "event", "barrier", "queue")


# Words.


def shown(value: object) -> str:
    """A value as it is written, in short; never with an address, or a file of this package."""
    if isinstance(value, asyncio.Future):
        return "a task" if isinstance(value, asyncio.Task) else "a future"
    if inspect.iscoroutine(value):
        return "a coroutine"
    if type(value) is list:
        return f"[{', '.join(map(shown, value))}]"
    try:
        return words.one_line(repr(value), 80)
    except Exception:  # a text that cannot be made is the answer's own mistake
        return f"a value of type {type(value).__name__}"


def described(error: BaseException) -> str:
    """An exception in one line, with those that a group holds."""
    try:
        # Not by `traceback`: from Python 3.12 on it also guesses what was meant.
        kind, said = type(error), str(error).strip()
        module = "" if kind.__module__ in ("builtins", "__main__") else f"{kind.__module__}."
        text = f"{module}{kind.__qualname__}" + (f": {said.splitlines()[0]}" if said else "")
    except Exception:  # the answer's own exception cannot be shown
        text = type(error).__name__
    if isinstance(error, TypeError) and "context manager protocol" in text:
        text = "TypeError: this object needs `async with` instead of `with`"
    if isinstance(error, BaseExceptionGroup):
        inner = "; ".join(described(each) for each in error.exceptions[:3])
        text = f"{type(error).__name__} of {inner}"
    return words.one_line(text, 200)


def leaves(error: BaseException) -> Iterator[BaseException]:
    """The exceptions that a group holds, however deep, in order; what is no group is its own."""
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            yield from leaves(each)
    else:
        yield error


def line_of(error: BaseException) -> Location | None:
    """The learner's innermost line in an exception's traceback."""
    while isinstance(error, BaseExceptionGroup) and error.exceptions:
        error = error.exceptions[0]
    own = [
        (frame, line)
        for frame, line in traceback.walk_tb(error.__traceback__)
        if is_learners(frame.f_code)
    ]
    if not own:
        return None
    frame, line = own[-1]
    file = frame.f_code.co_filename
    return Location(cell_name(file) or file, line, frame.f_code.co_qualname)  # as in a recording
