"""What happened in one run, as data.

A `Recording` is made of plain, immutable values: tasks with their spans, resources with their
changes, timers, turns of the loop. Nothing here patches anything, imports a plotting library or
knows how the values were collected. Times are seconds since the recording began, on the clock of
the recorded loop. Things that happen at the same time are told apart by their sequence number: the
number of the recorded event, counted from 0, at which they began.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, fields
from enum import StrEnum
from os import PathLike
from typing import Any, ClassVar, Final, NamedTuple

from course_helpers.recording.columns import packed
from course_helpers.recording.count import count
from course_helpers.recording.seconds import seconds


class State(StrEnum):
    """What a task is doing between its birth and its end.

    `UNKNOWN`: a thread that no executor of the loop's gave a job, as a library's own. It is heard
    when it calls the loop, and not when it takes up work or waits for some.
    """

    RUNNING = "running"
    READY = "ready"
    WAITING = "waiting"
    UNKNOWN = "unknown"


class Ending(StrEnum):
    """How a task ended; `ALIVE` when it had not ended when the recording did.

    `DESTROYED`: while it was pending, because nothing referred to it any more.
    """

    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"
    DESTROYED = "destroyed"
    ALIVE = "alive"


#: The detail of a task that is alive because the simulation stopped it in the middle of a step.
STOPPED: Final = "stopped by the simulation"


class Outcome(StrEnum):
    """What became of the request to cancel a task.

    `CANCELLED`, `SWALLOWED` and `FAILED`: the task ended as cancelled, as done, or with another
    exception after it had been cancelled. A request of a timeout or a task group is `SWALLOWED`
    too when its block goes on or ends without it. `TAKEN_BACK`: by `Task.uncancel`, as timeouts and
    groups do when their blocks have been left. `TOO_LATE`: the task failed before that.
    When the recording ended, or the task was destroyed, the task `GOES_ON` though it had been
    cancelled, or the request was still `PENDING`.
    """

    CANCELLED = "cancelled"
    SWALLOWED = "swallowed"
    FAILED = "failed"
    TAKEN_BACK = "taken back"
    TOO_LATE = "too late"
    GOES_ON = "goes on"
    PENDING = "pending"


class Location(NamedTuple):
    """A line of the learner's source.

    `file` is its path, or a name such as `In [3]` for a notebook's cell; `line` counts from 1.
    """

    file: str
    line: int
    function: str


class WaitReason(NamedTuple):
    """Why a task waits.

    `kind` is one of `WAIT_KINDS`; `call` is the call it waits in, as one would write it
    (`Lock.acquire`, `sleep(0.5)`); `resource` and `task` are indices into `Recording.resources`
    and `Recording.tasks` of the primitive, or of the task, that it waits for. `tasks` are those of
    a `gather`, a group or a `wait`, as many as there were when it began to wait.
    """

    kind: str
    call: str
    resource: int | None = None
    task: int | None = None
    tasks: tuple[int, ...] = ()


WAIT_KINDS = (
    "sleep",
    "lock",
    "semaphore",
    "event",
    "condition",
    "barrier",
    "queue",
    "task",
    "stream",
    "subprocess",
    "thread",
    "future",
)


class Waker(NamedTuple):
    """Who made a task ready.

    `kind` is `"task"` (then `task` is its index; a task that only gave way, as with `sleep(0)`,
    woke itself), `"eager"` (the task of that index, which it creates, takes its first step in the
    middle of its own), `"timer"`, `"io"`, `"thread"` (then `task` is the index of the thread's
    lane, if it has one), `"signal"` (then `signal` is its name, `"SIGTERM"`, or None where that is
    not known), or `"outside"`: something that the recording does not show.
    """

    kind: str
    task: int | None = None
    signal: str | None = None


class Span(NamedTuple):
    """A stretch of time, in seconds, that a task spent in one state.

    `location` is where the task's own code stands: for a running span the line where the step
    ended, for the others the line that it will go on from. `reason` is set for waiting spans,
    `waker` for ready spans.
    """

    state: State
    start: float
    end: float
    sequence: int
    location: Location | None = None
    reason: WaitReason | None = None
    waker: Waker | None = None

    @property
    def duration(self) -> float:
        """Seconds from start to end."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Task:
    """A lane: a task, or (`kind`) a `"thread"` or `"process"` that tasks waited for.

    `label` is unlike all others: the name that the task was given, or its coroutine with the
    arguments, with a number behind it where two would be alike. `coroutine` is the name of the
    coroutine alone. `parent` is the index of the task that created it, None if nobody did. `born`
    and `ended` are in seconds; `ended` is None while `ending` is `ALIVE`. `detail` is the exception
    of a failed task as text, the exit code of a process, or `STOPPED`. `cancelled_by` says who
    asked for the cancellation, None if nobody did: it raised CancelledError itself, or awaited what
    was cancelled. `retrieved` is False when a task failed and nobody had asked for its exception
    when the recording ended. `existed` is true for a task that was there before the recording
    began. The spans are in order, without gaps, from `born` to the end.
    """

    index: int
    label: str
    coroutine: str
    parent: int | None
    kind: str
    born: float
    sequence: int
    existed: bool
    ended: float | None
    ended_sequence: int | None
    ending: Ending
    detail: str | None
    cancelled_by: str | None
    retrieved: bool
    spans: Sequence[Span]

    def total(self, state: State) -> float:
        """Seconds spent in a state."""
        spans = packed(Span, self.spans).each("state", "start", "end")
        return sum((end - start for each, start, end in spans if each is state), 0.0)

    def waits(self) -> dict[str, float]:
        """Seconds waited by call: `{"Lock.acquire": 2.1, "sleep(0.01)": 1.0}`, longest first."""
        seconds: dict[str, float] = {}
        for reason, start, end in packed(Span, self.spans).each("reason", "start", "end"):
            if reason is not None:
                seconds[reason.call] = seconds.get(reason.call, 0.0) + (end - start)
        return dict(sorted(seconds.items(), key=lambda item: -item[1]))


class Change(NamedTuple):
    """One change of a resource, and its state afterwards.

    `action` is the method that made the change (`"acquire"`, `"release"`, `"put"`, `"get"`,
    `"task_done"`, `"shutdown"`, `"set"`, `"clear"`, `"notify"`, …); the first change of every
    resource is `"seen"`: its state when the recording first met it. `task` is who made it, None
    if it was a callback or somebody unknown. `holders` are the
    indices of the tasks that hold it, in the order in which they got it. `value` is the number of
    free permits of a semaphore, the depth of a queue, 1 or 0 for an event that is set or not or a
    lock that is locked or not, the number of tasks in a task group that have not ended;
    `unfinished` is a queue's number of unfinished tasks.
    """

    time: float
    sequence: int
    action: str
    task: int | None
    holders: tuple[int, ...]
    value: int
    unfinished: int | None = None


class Waiters(NamedTuple):
    """The tasks (indices, first come first) that wait on a resource from a time on, in seconds."""

    time: float
    sequence: int
    tasks: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Resource:
    """A lock, semaphore, event, condition, barrier, queue or timeout, and its state over time.

    `kind` is the name of its class (`"Lock"`, `"BoundedSemaphore"`, `"PriorityQueue"`, …), `label`
    the name that the learner's code calls it by where one was found. `capacity` is the number of
    permits that a semaphore was made with, the maximum size of a queue (None when unbounded), the
    parties of a barrier. Of a `Semaphore` that was made before the recording, it is the number of
    permits that it had when it was met first, with those that came back later from tasks that had
    taken them before. A semaphore that is released too often has more free permits and holders than
    its capacity. `changes` are in order and never empty.
    """

    index: int
    label: str
    kind: str
    capacity: int | None
    changes: Sequence[Change]


class Timer(NamedTuple):
    """A callback in the loop's timer heap.

    `armed`, `due` and `ended` are seconds; `ended` is None if it was still armed at the end.
    `fired` is False when it was cancelled. `task` is the index of the task that armed it, `call`
    what it does (`sleep`, `timeout`, the name of a callback).
    """

    armed: float
    sequence: int
    due: float
    ended: float | None
    ended_sequence: int | None
    fired: bool
    task: int | None
    call: str


class Turn(NamedTuple):
    """One turn of the loop: when it began (seconds), and its number of ready callbacks."""

    start: float
    sequence: int
    ready: int


class Blocked(NamedTuple):
    """A step that kept the loop for longer than the threshold, in seconds.

    `task` is None when it was a callback, or a task that is not shown. `location` is the learner's
    line that was running meanwhile, where it could be seen. `function` is the name of the callback,
    or of the function of a task that is not shown; or, of a step in which no code of the learner's
    ran, that of the library's function: `"ssl.SSLContext.wrap_bio"`.
    """

    start: float
    end: float
    sequence: int
    task: int | None
    location: Location | None
    function: str | None = None


class Report(NamedTuple):
    """What asyncio reported to the loop's exception handler, at a time in seconds.

    Not that a task was destroyed, or that nobody asked for its exception: these say so themselves.
    `message` is asyncio's, without the object that it is about (`"Exception in callback"`),
    `callback` the name of the callback, if it was in one, `detail` the exception as text.
    `location` is the learner's line in which it was raised, where one was.
    """

    time: float
    sequence: int
    message: str
    callback: str | None
    detail: str
    location: Location | None


class FromThread(NamedTuple):
    """A thread used what belongs to the loop, which nothing told: not by `call_soon_threadsafe`.

    `time` is in seconds, `thread` the index of the thread's lane. `action` is what it did: to the
    `resource` of that index, see `Change.action`; to a `task`, that it made it ready (`"wake"`),
    cancelled or created it (`"cancel"`, `"create_task"`); or `"call_soon"`. `location` is the
    learner's line.
    """

    time: float
    sequence: int
    thread: int
    action: str
    resource: int | None
    task: int | None
    location: Location | None


class Mark(NamedTuple):
    """What a program said about itself: `mark("writes", "balance", 80)`, or a line that it printed.

    `time` is in seconds. `task` is the index of the task that made the mark, None if none did, or
    one that the recording does not show. `value` is None, a bool, a number or a text. `location` is
    the learner's line. The mark of a printed line, in a simulation, has the verb `"prints"`, and
    the line is its `what`.
    """

    time: float
    sequence: int
    task: int | None
    verb: str
    what: str
    value: Any
    location: Location | None


class _WorkedOutLater:
    """An object whose fields are worked out when somebody first looks at one of them."""

    __slots__ = ("_work",)

    _work: Callable[[], None]

    def work_out_later(self, work: Callable[[], None]) -> None:
        """Call `work`, which sets the fields, when a field that is not set is looked at first."""
        self._work = work

    def _work_out(self) -> None:
        """Do what was left to do, if anything was."""
        with _WORKING:
            try:
                work: Callable[[], None] = object.__getattribute__(self, "_work")
            except AttributeError:
                return
            work()
            del self._work


# Two threads may look at one recording at the same time.
_WORKING: Final = threading.RLock()


class Cancellation(NamedTuple):
    """Somebody called a task's `cancel()`, and what became of that.

    `time` is in seconds. `task` is the index of the task that was to be cancelled, `by` who called
    `cancel()`, `location` the learner's line that did, where it was one. `through` says what of
    asyncio's called it: `"await"` when the task that awaits this one was to be cancelled,
    `"gather"`, `"TaskGroup"`, `"timeout"`, `"wait_for"`, `"asyncio.run"`, or the function's name;
    None when the program did it itself. `resource` is the index of the timeout or the group.
    `origin` is the index, in `Recording.cancellations`, of the request that this one passes on.
    `arrived` is when CancelledError was raised in the task, None if it never was.
    """

    time: float
    sequence: int
    task: int
    by: Waker
    through: str | None
    resource: int | None
    location: Location | None
    origin: int | None
    arrived: float | None
    arrived_sequence: int | None
    outcome: Outcome


@dataclass(slots=True, weakref_slot=True)
class Recording(_WorkedOutLater):
    """What happened in one run.

    `clock` is `"real"` or `"virtual"`; `duration` is in seconds. `tasks` are in order of birth,
    `resources` in the order in which they were met; everything else refers to them by index.
    `timers`, `turns` of the loop, the steps that `blocked` it, the `marks` that the program made,
    the `cancellations` that were asked for, the `reports` of exceptions that no task raised and
    what was done `from_threads` are in order of time. `events` counts what was recorded, and
    `left_out` what was dropped because the recording was full.
    `warnings` are the recorder's own, as sentences. `never_awaited` are the functions of coroutines
    that were dropped without having been awaited. `sources` maps each file named in a `Location`
    to its text, where it could be read. `result` is what a simulated coroutine returned.

    To ask `record` for any of these before the end of its block raises RuntimeError.

    At the end of a notebook cell a recording shows itself.
    """

    clock: str
    duration: float
    tasks: tuple[Task, ...]
    resources: tuple[Resource, ...] = ()
    timers: tuple[Timer, ...] = ()
    turns: Sequence[Turn] = ()
    blocked: tuple[Blocked, ...] = ()
    marks: tuple[Mark, ...] = ()
    cancellations: tuple[Cancellation, ...] = ()
    reports: tuple[Report, ...] = ()
    from_threads: tuple[FromThread, ...] = ()
    events: int = 0
    left_out: int = 0
    warnings: tuple[str, ...] = ()
    never_awaited: tuple[Location, ...] = ()
    sources: Mapping[str, str] = field(default_factory=dict)
    result: Any = None

    # How a recording shows itself is decided above this floor: the package sets it once.
    view: ClassVar[Callable[[Recording], Any] | None] = None

    def __getattr__(self, name: str) -> Any:
        # Reached for what is no field, for fields that are not worked out yet, and for those that
        # record() sets when its block ends.
        names = [each.name for each in fields(self)]
        if name not in names:
            raise AttributeError(f"a recording has no {name!r}; it has {', '.join(names)}")
        self._work_out()
        with suppress(AttributeError):
            return object.__getattribute__(self, name)
        raise RuntimeError(
            f"the recording is still going on: look at .{name} after the end of the "
            "`with record()` block"
        )

    def task(self, label: str) -> Task:
        """The task of that label.

        Raises LookupError, naming the labels that there are, when no task or several have it.
        """
        found = [task for task in self.tasks if task.label == label]
        if len(found) != 1:
            labels = ", ".join(repr(task.label) for task in self.tasks)
            many = count(len(found), "task") if found else "no task"
            raise LookupError(f"{many} with the label {label!r}; the labels are {labels}")
        return found[0]

    def resource(self, label: str) -> Resource:
        """The resource of that label.

        Raises LookupError, naming the labels that there are, when no resource or several have it.
        """
        found = [resource for resource in self.resources if resource.label == label]
        if len(found) != 1:
            labels = ", ".join(repr(resource.label) for resource in self.resources)
            many = count(len(found), "resource") if found else "no resource"
            raise LookupError(f"{many} with the label {label!r}; the labels are {labels}")
        return found[0]

    def waiters(self, resource: Resource) -> tuple[Waiters, ...]:
        """Who waits on a resource, over time: one entry for each change of the line, in order."""
        steps: list[tuple[int, float, int, bool]] = []
        for task in self.tasks:
            for position, span in enumerate(task.spans):
                if span.reason is not None and span.reason.resource == resource.index:
                    steps.append((span.sequence, span.start, task.index, True))
                    if position + 1 < len(task.spans):
                        after = task.spans[position + 1]
                        steps.append((after.sequence, after.start, task.index, False))
        line: list[int] = []
        entries: list[Waiters] = []
        for sequence, time, index, joins in sorted(steps):
            if joins:
                line.append(index)
            else:
                line.remove(index)
            entries.append(Waiters(time, sequence, tuple(line)))
        return tuple(entries)

    def save(self, path: str | PathLike[str]) -> None:
        """Write the recording into a file, for `Recording.load`.

        `result` is kept only if it can be written as JSON. Raises OSError when the file cannot be
        written; what stood there before is then still there.
        """
        from course_helpers.recording import archive

        archive.save(self, path)

    @staticmethod
    def load(path: str | PathLike[str]) -> Recording:
        """Read a recording that `save` has written.

        Raises ValueError, saying what is wrong, for any other file, and OSError when there is none.
        """
        from course_helpers.recording import archive

        return archive.load(path)

    def spans(self, state: State) -> Iterator[tuple[Task, Span]]:
        """Every span of a state, with its task, task by task."""
        for task in self.tasks:
            for span in task.spans:
                if span.state is state:
                    yield task, span

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Any:
        if Recording.view is None:
            return {"text/plain": repr(self)}
        return Recording.view(self)._repr_mimebundle_(include, exclude)

    def __repr__(self) -> str:
        return (
            f"<Recording of {seconds(self.duration)} ({self.clock} clock): "
            f"{count(len(self.tasks), 'task')}, {count(len(self.resources), 'resource')}, "
            f"{count(self.events, 'event')}>"
        )
