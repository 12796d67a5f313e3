"""What is so, by the log of an unrecorded run: tasks and their spans, primitives, their deeds."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise, takewhile
from typing import Any, Final, NamedTuple

from course_helpers.recording.model import Ending, State
from tests.oracle.log import Entry, Log
from tests.oracle.runs import WITNESSED

#: By call, the kind of wait that it is.
KINDS: Final = {
    "sleep": "sleep",
    "Lock.acquire": "lock",
    "Semaphore.acquire": "semaphore",
    "Event.wait": "event",
    "Condition.wait": "condition",
    "Barrier.wait": "barrier",
    "Queue.get": "queue",
    "Queue.put": "queue",
    "Queue.join": "queue",
    "await future": "future",
    "await task": "task",
    "gather": "task",
    "wait": "task",
    "wait_for": "task",
    "shield": "task",
    "TaskGroup": "task",
    "to_thread": "thread",
    "open_connection": "stream",
    "StreamReader.read": "stream",
    "StreamReader.readline": "stream",
    "StreamReader.readexactly": "stream",
    "StreamWriter.drain": "stream",
    "StreamWriter.wait_closed": "stream",
}

#: By name without a number, and number, the class of a primitive and its capacity.
CLASSES: Final[dict[str, tuple[str, int | None]]] = {
    "semaphore": ("Semaphore", 2),
    "semaphore1": ("BoundedSemaphore", 2),
    "queue": ("Queue", 2),
    "queue1": ("PriorityQueue", None),
    "queue2": ("LifoQueue", 1),
    "lock": ("Lock", None),
    "event": ("Event", None),
    "condition": ("Condition", None),
    "barrier": ("Barrier", 2),
    "timeout": ("Timeout", None),
    "group": ("TaskGroup", None),
}

#: Seconds for which a program blocks the loop.
BLOCKING: Final = 0.2

#: What changes a primitive.
DEEDS: Final = frozenset(
    {"acquire", "release", "put", "get", "task_done", "set", "clear", "notify"}
    | {"enter", "exit", "expire", "resolve"}
)

#: What the witness tells that is kept as it is, in `Truth.events`.
_ELSEWHERE: Final = ("turns", "arms", "fires", "disarms")

#: Deeds after which the program can tell the value that they have made.
_CHANGING: Final = ("acquire", "release", "put", "get", "task_done", "set", "clear")


class Wait(NamedTuple):
    """A call in which a task waits: for which primitive or task, and at which line.

    `position` is that of the entry in the log: it tells two calls apart. `function` is the one that
    the line stands in.
    """

    call: str
    subject: str
    line: int
    position: int
    function: str


class Stretch(NamedTuple):
    """A stretch of time (seconds) that a task spent in one state.

    `first` and `last` are the positions in the log at which it begins and ends.
    """

    state: State
    start: float
    end: float
    wait: Wait | None
    by: str
    first: int
    last: int


#: Before the key of an eager task, whose first step interrupts another one.
EAGER: Final = "eager "


class Request(NamedTuple):
    """Somebody asked for a task's cancellation: who, when (seconds), and in which function.

    `line` is the learner's, 0 if it was asyncio that asked; `block` the timeout or group of its.
    """

    by: str
    time: float
    function: str
    line: int
    position: int
    block: str


@dataclass
class Lane:
    """A task. `key` is what the log calls it, `label` what a recording should."""

    key: str
    label: str
    parent: str
    born: float
    stretches: list[Stretch] = field(default_factory=list)
    ending: Ending = Ending.ALIVE
    ended: float | None = None
    detail: str | None = None
    retrieved: bool = True
    requests: list[Request] = field(default_factory=list)
    swallowed: list[Entry] = field(default_factory=list)
    taken_back: bool = False
    #: While the log is read.
    state: State = State.READY
    since: float = 0.0
    by: str = ""
    first: int = 0
    #: The position of the call of its parent's in which it was born.
    born_in: int = -1
    ready_again: str | None = None
    stack: list[Wait | str] = field(default_factory=list)
    suspended: int = 0
    paused: int = 0
    last_wait: Wait | None = None

    @property
    def coroutine(self) -> str:
        return self.key.partition("(")[0]

    def total(self, state: State) -> float:
        """Seconds spent in a state."""
        return sum(each.end - each.start for each in self.stretches if each.state is state)

    def made(self) -> float:
        """When whoever made it goes on, in seconds: an eager task makes its first step before."""
        if self.stretches[0].state is not State.RUNNING:
            return self.born
        within = takewhile(
            lambda each: each.state is State.RUNNING or each.by.startswith(EAGER), self.stretches
        )
        return max(each.end for each in within)

    def steps(self) -> int:
        """How many steps it took; one that an eager task interrupts is one."""
        runs = sum(each.state is State.RUNNING for each in self.stretches)
        return runs - sum(each.by.startswith(EAGER) for each in self.stretches)

    def wait(self) -> Wait | None:
        """The innermost call that it is in."""
        top = self.stack[-1] if self.stack else None
        if isinstance(top, Wait) and top.call == "Condition.wait" and self.suspended > 1:
            return top._replace(call="Lock.acquire", subject=f"{top.subject}'s lock")
        return top if isinstance(top, Wait) else None

    def enter(self, state: State, time: float, position: int, by: str = "") -> None:
        """End its stretch, and begin one of another state."""
        self.stretches.append(
            Stretch(self.state, self.since, time, self.wait(), self.by, self.first, position)
        )
        self.state, self.since, self.by, self.first = state, time, by, position


class Deed(NamedTuple):
    """A change of a primitive: what, by whom, when (seconds), at which line.

    `cause` is who scheduled the callback, where it was done by one; `value` the primitive's
    afterwards, where the program could tell.
    """

    action: str
    who: str
    time: float
    line: int
    cause: str
    position: int
    value: Any


class Quiet(NamedTuple):
    """A moment (seconds) at which nothing is ready: values, holders and lines of waiters."""

    time: float
    values: dict[str, Any]
    holders: dict[str, tuple[str, ...]]
    waiters: dict[str, tuple[str, ...]]


class Truth:
    """What the log of a witnessed run says.

    `tasks` are in order of birth, by what the log calls them; `deeds` and `values` are by the
    primitive's name; `quiet` is the last quiet moment of each instant.
    """

    def __init__(self, log: Log) -> None:
        self.log = log
        self.tasks: dict[str, Lane] = {}
        self.deeds: defaultdict[str, list[Deed]] = defaultdict(list)
        self.values: defaultdict[str, list[tuple[float, Any]]] = defaultdict(list)
        self.quiet: list[Quiet] = []
        self.blocks: list[Entry] = []
        self.forgotten: list[str] = []
        self.duration = 0.0
        self.events: dict[str, list[Entry]] = {verb: [] for verb in _ELSEWHERE}
        #: What ran in a thread.
        self.in_threads: set[str] = set()
        #: By group, its tasks.
        self.members: defaultdict[str, list[str]] = defaultdict(list)
        self._expected: dict[str, str] = {}
        #: The tasks that a call of `wait` waits for, by its position.
        self.awaited: dict[int, tuple[str, ...]] = {}
        self.first_values: dict[str, Any] = {}
        self._cause = "outside"
        self._holders: dict[str, list[str]] = defaultdict(list)
        self.steps = [0]
        for position, entry in enumerate(log.entries):
            if entry.verb in ("steps", "callback"):
                self.steps.append(position)
            self.position = position
            self._read(entry)
        for by_name in (self.deeds, self.values, self.members):
            by_name.default_factory = None  # to ask for something else is a fault from now on
        alive = [lane for lane in self.tasks.values() if lane.ended is None]
        if any(lane.state is not State.WAITING for lane in alive):
            self.quiet = [quiet for quiet in self.quiet if quiet.time < self.duration]
        for lane in alive:
            lane.enter(lane.state, self.duration, len(log.entries))

    def _read(self, entry: Entry) -> None:
        self.duration = entry.time
        verb, lane = entry.verb, self.tasks.get(entry.who)
        if verb in DEEDS:
            self._deed(entry)
        elif verb in WITNESSED:
            if verb in self.events:
                self.events[verb].append(entry)
            else:
                getattr(self, f"_{verb}", lambda _: None)(entry)
        elif verb == "blocks":
            self.blocks.append(entry)
        elif verb == "creates":
            if entry.value:
                self._expected[entry.subject] = entry.value
        elif verb == "calls":
            if entry.value:
                self.in_threads.add(entry.subject)
        elif verb == "forgets":
            self.forgotten.append(entry.subject)
        elif lane is not None:
            self._inside(lane, entry)

    def _inside(self, lane: Lane, entry: Entry) -> None:
        """Where a task is, by what it tells itself."""
        if entry.verb == "waits":
            calls = [each for each in lane.stack if isinstance(each, str) and each != "tries"]
            function = calls[-1].partition("(")[0] if calls else ""
            wait = Wait(entry.value, entry.subject, entry.line, self.position, function)
            lane.stack.append(wait)
            lane.suspended = 0
        elif entry.verb == "awaits":
            self.awaited[self.position + 1] = entry.value
        elif entry.verb == "goes on":
            lane.stack.pop()
        elif entry.verb in ("enters", "tries"):
            lane.stack.append(entry.verb if entry.verb == "tries" else entry.subject)
        elif entry.subject == "GeneratorExit":
            pass  # thrown away in the middle, perhaps while another task runs
        elif entry.verb in ("ends", "leaves", "tried", "swallows"):
            while lane.stack:
                top = lane.stack.pop()
                if isinstance(top, str) and (entry.verb in ("ends", "leaves")) == (top != "tries"):
                    break
            if entry.verb == "swallows":
                lane.swallowed.append(entry)

    def _deed(self, entry: Entry) -> None:
        name, holders = entry.subject, self._holders[entry.subject]
        if entry.verb == "acquire":
            holders.append(entry.who)
        elif entry.verb == "release" and holders:
            holders.remove(entry.who if entry.who in holders else holders[0])
        if entry.value is not None and entry.verb in _CHANGING:
            self._note_value(name, entry)
        cause = entry.who if entry.who in self.tasks else self._cause
        self.deeds[name].append(
            Deed(entry.verb, entry.who, entry.time, entry.line, cause, self.position, entry.value)
        )

    # What the witness tells

    def _born(self, entry: Entry) -> Lane:
        by = entry.subject
        label = self.log.names.get(entry.who, entry.who)
        lane = self.tasks[entry.who] = Lane(entry.who, label, by, entry.time)
        lane.since, lane.by, lane.first = entry.time, by, self.position
        if (group := self._expected.get(entry.who)) is not None:
            self.members[group].append(entry.who)
        parent = self.tasks.get(by)
        if parent is not None and parent.stack and not closes_a_generator(entry.who):
            top = parent.stack[-1]
            lane.born_in = top.position if isinstance(top, Wait) else -1
        return lane

    def _begins(self, entry: Entry) -> None:
        """An eager task is made, and begins."""
        self._born(entry).state = State.RUNNING
        self._look(entry.time)

    def _interrupted(self, entry: Entry) -> None:
        self.tasks[entry.who].enter(State.READY, entry.time, self.position, EAGER + entry.subject)

    def _resumes(self, entry: Entry) -> None:
        self.tasks[entry.who].enter(State.RUNNING, entry.time, self.position)

    def _ready(self, entry: Entry) -> None:
        lane = self.tasks.get(entry.who)
        by = entry.subject
        if lane is None:
            self._born(entry)
        elif lane.state is State.RUNNING:
            lane.ready_again = by
        else:
            lane.enter(State.READY, entry.time, self.position, by)
        self._look(entry.time)

    def _steps(self, entry: Entry) -> None:
        lane = self.tasks[entry.who]
        lane.ready_again = None
        lane.enter(State.RUNNING, entry.time, self.position)
        self._look(entry.time)

    def _pauses(self, entry: Entry) -> None:
        lane = self.tasks[entry.who]
        if entry.value == "waiting":
            lane.suspended += 1
            lane.paused = self.position
            lane.last_wait = lane.wait()
            after = State.WAITING if lane.ready_again is None else State.READY
            lane.enter(after, entry.time, self.position, lane.ready_again or "")
        else:
            lane.stack.clear()
            lane.enter(State.RUNNING, entry.time, self.position)
            lane.ended = entry.time
            word, _, lane.detail = entry.value.partition(" ")
            lane.ending = Ending(word)
        self._look(entry.time)

    def _callback(self, entry: Entry) -> None:
        self._cause = entry.who
        self._look(entry.time)

    def _unretrieved(self, entry: Entry) -> None:
        self.tasks[entry.subject].retrieved = False

    def _destroyed(self, entry: Entry) -> None:
        lane = self.tasks[entry.subject]
        lane.enter(lane.state, entry.time, self.position)
        lane.stack.clear()
        lane.ended, lane.ending = entry.time, Ending.DESTROYED
        self._look(entry.time)

    def _value(self, entry: Entry) -> None:
        self.first_values.setdefault(entry.subject, entry.value)
        self._note_value(entry.subject, entry)
        self._look(entry.time)

    def _note_value(self, name: str, entry: Entry) -> None:
        values = self.values[name]
        if not values or values[-1][1] != entry.value:
            values.append((entry.time, entry.value))

    def _uncancels(self, entry: Entry) -> None:
        if (lane := self.tasks.get(entry.who)) is not None:
            lane.taken_back = True

    def _requests(self, entry: Entry) -> None:
        requested, (file, function, line, block) = entry.value
        lane = self.tasks.get(entry.subject)
        if lane is not None and requested:
            own = file.startswith("program")
            lane.requests.append(
                Request(entry.who, entry.time, function, line if own else 0, self.position, block)
            )

    def _look(self, time: float) -> None:
        lanes = [lane for lane in self.tasks.values() if lane.ended is None]
        if self.quiet and self.quiet[-1].time == time:
            self.quiet.pop()
        if any(lane.state is not State.WAITING for lane in lanes):
            return
        waiters: dict[str, list[Lane]] = defaultdict(list)
        for lane in sorted(lanes, key=lambda lane: lane.paused):
            if (wait := lane.wait()) is not None and wait.subject:
                waiters[wait.subject].append(lane)
        quiet = Quiet(
            time,
            {name: values[-1][1] for name, values in self.values.items()},
            {name: tuple(holders) for name, holders in self._holders.items()},
            {name: tuple(_keys(queue)) for name, queue in waiters.items()},
        )
        self.quiet.append(quiet)

    def step_of(self, position: int) -> int:
        """The position at which the step or callback began that was running then."""
        return self.steps[max(0, bisect_right(self.steps, position) - 1)]

    def touched(self) -> set[str]:
        """The names of the primitives that the program did anything with."""
        waits = {entry.subject for entry in self.log.entries if entry.verb == "waits"}
        names = (waits | {*self.used(), *self.deeds}) - set(self.tasks)
        return {name for name in names if "future" not in name}

    def used(self) -> set[str]:
        """The names of the primitives that changed, or that a task waited for."""
        changed = {
            name
            for name, deeds in self.deeds.items()
            if len(self.values.get(name, ())) > 1
            or {deed.action for deed in deeds} - {"set", "clear", "notify", "resolve"}
        }
        waited = {
            stretch.wait.subject
            for lane in self.tasks.values()
            for stretch in lane.stretches
            if stretch.wait is not None and stretch.state is State.WAITING
        }
        return {name for name in changed | waited if name and "future" not in name} - set(
            self.tasks
        )

    def never_awaited(self) -> list[str]:
        """The functions whose coroutines were dropped."""
        created = [
            entry.subject.partition("(")[0]
            for entry in self.log.entries
            if entry.verb == "creates" and entry.subject not in self.tasks
        ]
        return [*self.forgotten, *created]

    def blocking(self) -> list[tuple[str, float, set[int]]]:
        """The steps and callbacks that kept the loop: who, for how many seconds, at which lines."""
        found: dict[tuple[str, int], tuple[str, float, set[int]]] = {}
        for position, entry in enumerate(self.log.entries):
            if entry.verb == "blocks":
                runs = self._runs(entry.who, position)
                step = self.step_of(position) if runs is None else runs.first
                who, time, lines = found.get((entry.who, step), (entry.who, 0.0, set()))
                time = time + BLOCKING if runs is None else runs.end - runs.start
                found[entry.who, step] = who, time, lines | {entry.line}
        return list(found.values())

    def _runs(self, who: str, position: int) -> Stretch | None:
        """The part of a step that a task was in at a position; None for a callback."""
        stretches = self.tasks[who].stretches if who in self.tasks else []
        return next(
            (
                each
                for each in stretches
                if each.state is State.RUNNING and each.first <= position < each.last
            ),
            None,
        )

    def reports(self) -> list[tuple[float, str, str, int]]:
        """What failed in a callback: when (seconds), which one, with which exception, and where.

        The line is 0 where the program did not tell it.
        """
        found = []
        for before, entry in pairwise(self.log.entries):
            if (
                (entry.verb, entry.who[:8]) == ("ends", "callback")
                and entry.value
                and entry.who not in self.in_threads
            ):
                name, line = entry.who.partition("(")[0], 0
                if before.verb == "raises":
                    line = before.line
                found.append((entry.time, name, entry.value, line))
            elif entry.verb == "fails":
                found.append((entry.time, entry.who, entry.value, 0))
        return found

    def makers(self, lane: Lane) -> Iterator[str]:
        """A task, whoever made it, and so on: in the first step of eager tasks all of them run."""
        key = lane.key
        while key:
            yield key
            maker = self.tasks.get(key)
            key = maker.parent if maker is not None else ""

    def learners(self) -> list[Lane]:
        """The tasks that run the program's own coroutines."""
        return [lane for lane in self.tasks.values() if is_learners(lane.key)]


def is_learners(key: str) -> bool:
    """Whether a task runs one of the program's own coroutines, or closes a generator of its."""
    return key.startswith(("main(", "body")) or closes_a_generator(key)


def closes_a_generator(key: str) -> bool:
    """Whether a task closes a generator of the program's: nobody waits for it who dropped that."""
    return key.startswith(("generator", "closing"))


def is_shown(key: str) -> bool:
    """Whether a recording shows a task: one of the program's own, or the one that records it."""
    return is_learners(key) or key.startswith("_within(")


def class_of(name: str) -> tuple[str, int | None]:
    """The class of a primitive, and its capacity, by its name."""
    plain = name.removeprefix("world.").partition(" #")[0]
    if plain.endswith("'s lock"):
        return CLASSES["lock"]
    return CLASSES.get(plain) or CLASSES[plain.rstrip("0123456789")]


def _keys(lanes: Iterable[Lane]) -> list[str]:
    return [lane.key for lane in lanes]
