"""Primitives: which resource a lock or a queue is, what it is called, and how its state reads.

Each primitive gets a number when it is first used. Nothing is kept alive: when the program drops a
primitive, its number is forgotten.
"""

from __future__ import annotations

import asyncio
import gc
import sys
import weakref
from collections.abc import Callable, Iterator
from types import CodeType, FrameType, FunctionType
from typing import Any, Final

from course_helpers.learners_code import Owner, outwards, owner_of
from course_helpers.recorder import log, names, reasons

# How often a primitive's name is looked for: it may be used before the learner's name is bound.
_TRIES: Final = 4
# So many primitives that are met first at one instruction are looked for; the others there are
# called as these are. A program may make thousands at a place.
_LOOKED_FOR: Final = 4

ACTION: Final = {action: number for number, action in enumerate(log.ACTIONS)}
INTERNAL: Final = -1

# Primitives whose watched attribute is a number: what it means when that falls, and when it rises.
FALLS_AND_RISES: Final[tuple[tuple[type, tuple[int, int]], ...]] = (
    (asyncio.Semaphore, (ACTION["acquire"], ACTION["release"])),
    (asyncio.Lock, (ACTION["release"], ACTION["acquire"])),
    (asyncio.Event, (ACTION["clear"], ACTION["set"])),
)
QUEUE_ACTIONS: Final = (ACTION["put"], ACTION["get"], ACTION["task_done"])
_BARRIER_STATES: Final = {"BROKEN": ACTION["abort"], "RESETTING": ACTION["reset"]}
_TIMEOUT_STATES: Final = {
    "ENTERED": ACTION["enter"],
    "EXPIRING": ACTION["expire"],
    "EXPIRED": ACTION["exit"],
    "EXITED": ACTION["exit"],
}
_TASK_GROUP_STATES: Final = {
    "_entered": ACTION["enter"],
    "_exiting": ACTION["exit"],
    "_aborting": ACTION["abort"],
}


def change_of(primitive: Any, name: str, before: Any, value: Any) -> tuple[int, int, int] | None:
    """What the setting of a watched attribute means: action, value before, value now; or None."""
    if isinstance(primitive, asyncio.Barrier):
        if name == "_count":
            return ACTION["arrive" if value > before else "leave"], before, value
        action, before = _BARRIER_STATES.get(value.name), primitive._count  # type: ignore[attr-defined]
        return None if action is None else (action, before, before)
    if isinstance(primitive, asyncio.Timeout):
        action = _TIMEOUT_STATES.get(value.name)
        return None if action is None else (action, 0, int(value.name == "ENTERED"))
    if isinstance(primitive, asyncio.TaskGroup):
        children = len(primitive._tasks)
        return (_TASK_GROUP_STATES[name], children, children) if value else None
    for kind, (falls, rises) in FALLS_AND_RISES:
        if isinstance(primitive, kind) and value != before:
            return falls if value < before else rises, int(before), int(value)
    return None


def state_of(primitive: Any) -> tuple[int, int | None]:
    """The value (see `Change.value`) and the number of unfinished tasks of a primitive now."""
    if isinstance(primitive, asyncio.Queue):
        return primitive.qsize(), getattr(primitive, "_unfinished_tasks", None)
    if isinstance(primitive, asyncio.Lock):
        return int(primitive.locked()), None
    if isinstance(primitive, asyncio.Semaphore | asyncio.Event):
        return int(primitive._value), None  # type: ignore[union-attr]
    if isinstance(primitive, asyncio.Barrier):
        return int(primitive._count), None  # type: ignore[attr-defined]
    if isinstance(primitive, asyncio.Condition):
        return len(primitive._waiters), None
    if isinstance(primitive, asyncio.TaskGroup):
        return len(primitive._tasks), None
    return 0, None


def _bound(primitive: Any) -> int | None:
    if isinstance(primitive, asyncio.Queue):
        return primitive.maxsize or None
    if isinstance(primitive, asyncio.Barrier):
        return primitive.parties
    if isinstance(primitive, asyncio.BoundedSemaphore):
        return int(primitive._bound_value)  # type: ignore[attr-defined]
    return None


# What asyncio's queue does at a put, a get and a task_done, in CPython 3.11 to 3.15: each method
# with the names that its code uses.
_QUEUE_METHODS: Final[dict[str, set[str]]] = {
    "full": {"_maxsize", "qsize"},
    "empty": {"_queue"},
    "qsize": {"len", "_queue"},
    "_put": {"_queue", "append"},
    "_get": {"_queue", "popleft"},
    "_wakeup_next": {"popleft", "done", "set_result"},
    "put_nowait": {
        *("full", "QueueFull", "_put", "_unfinished_tasks", "_finished", "clear", "_wakeup_next"),
        *("_getters", "_is_shutdown", "QueueShutDown"),
    },
    "get_nowait": {
        *("empty", "QueueEmpty", "_get", "_wakeup_next", "_putters"),
        *("_is_shutdown", "QueueShutDown"),
    },
    "task_done": {"_unfinished_tasks", "ValueError", "_finished", "set"},
}
_QUEUES_ARE_KNOWN: Final = all(
    isinstance(method := getattr(asyncio.Queue, name, None), FunctionType)
    and names.issuperset(method.__code__.co_names)
    for name, names in _QUEUE_METHODS.items()
)


def _is_plain(queue: asyncio.Queue[Any]) -> bool:
    """Whether a queue does what asyncio's own does, and nothing else."""
    # Not by queue.__dict__: an object whose dict was asked for is slower ever after (3.11, 3.12).
    return (
        _QUEUES_ARE_KNOWN
        and type(queue) is asyncio.Queue
        and all(
            getattr(getattr(queue, name), "__func__", None) is getattr(asyncio.Queue, name)
            for name in _QUEUE_METHODS
        )
    )


def _is_internal(primitive: Any, frame: FrameType | None) -> bool:
    """Whether a primitive is part of one of asyncio's own objects, such as a queue's event.

    True when, from the primitive's own methods outwards, asyncio's code comes before anybody
    else's, and holds the primitive, in a variable or in its object. A condition's lock is the
    exception: it is waited for in its own right.
    """
    held = [primitive]
    variables: dict[str, Any] = {}
    owner: Any = None
    # Only asyncio's methods and their hooks are looked into: looking into a frame is slow.
    while frame is not None and owner_of(frame.f_code) in (Owner.ASYNCIO, Owner.PACKAGE):
        variables = names.local_variables(frame)
        owner = variables.get("self")
        if isinstance(owner, asyncio.Condition):
            held.append(owner)
        elif owner is not primitive:
            break
        frame = frame.f_back
    if frame is None or owner_of(frame.f_code) is not Owner.ASYNCIO:
        return False
    parts = [*variables.values(), *_parts(owner)]
    return any(part is one for part in parts for one in held)


def _parts(owner: Any) -> Iterator[Any]:
    """What an object's attributes are."""
    # Not by its __dict__: an object whose dict was asked for is slower ever after (3.11, 3.12).
    for referent in gc.get_referents(owner):
        yield referent
        if type(referent) is dict:
            yield from referent.values()


def _is_made_by_asyncio(frame: FrameType | None) -> bool:
    """Whether a timeout is made by asyncio itself, as by `wait_for` since Python 3.12."""
    makers = (one for one in outwards(frame) if one.f_globals is not vars(asyncio.timeouts))
    maker = next(makers, None)
    return maker is not None and owner_of(maker.f_code) is Owner.ASYNCIO


def learner_frames(frame: FrameType | None) -> list[FrameType]:
    """Frames of the learner's code, from a frame outwards."""
    return [one for one in outwards(frame) if reasons.classify(one.f_code) is reasons.LEARNER]


def _innermost(frame: FrameType | None) -> FrameType | None:
    while frame is not None and reasons.classify(frame.f_code) is not reasons.LEARNER:
        frame = frame.f_back
    return frame


class Primitives:
    """The primitives that a recording has met.

    `time` is the loop's clock; `ancestors` gives the frames of the learner's code in which the
    tasks that led to the running one stand, the nearest first.

    `named` maps the `id()` of a primitive whose number and name are final to its number, `settled`
    to the kinds of the rows that its changes write: in the order of `QUEUE_ACTIONS` for a queue,
    followed by whether it is a plain one; else for falling and rising, followed by the value now;
    empty for `INTERNAL`. The recorder reads both directly, as they answer nearly every time.
    """

    def __init__(
        self,
        written: log.Log,
        time: Callable[[], float],
        ancestors: Callable[[], list[FrameType]],
    ) -> None:
        self.settled: dict[int, list[int]] = {}
        self.named: dict[int, int] = {}
        self._log = written
        self._time = time
        self._ancestors = ancestors
        self._numbers: dict[int, int] = {}
        self._permits: dict[int, int] = {}
        self._tries: dict[int, int] = {}
        self._references: dict[int, weakref.ref[Any]] = {}
        # The names found at an instruction, by its code's `id()`, with the code: so it lives on.
        self._names_at: dict[tuple[int, int], tuple[CodeType | None, list[str | None]]] = {}

    def constructed(self, primitive: Any, value: Any) -> None:
        """A watched attribute of a primitive was set for the first time.

        For a semaphore that is the number of its permits, which it does not keep. An `id()` may be
        used again: then this is called again.
        """
        if isinstance(primitive, asyncio.Semaphore):
            self._permits[id(primitive)] = int(value)
        elif isinstance(primitive, asyncio.Timeout) and _is_made_by_asyncio(sys._getframe(3)):
            self._is_asyncios(primitive)

    def number_of(self, primitive: Any) -> int | None:
        """The number of a primitive that was met before and is the program's own."""
        number = self._numbers.get(id(primitive), INTERNAL)
        return None if number == INTERNAL else number

    def _capacity(self, primitive: Any) -> int | None:
        bound = _bound(primitive)
        if bound is None and isinstance(primitive, asyncio.Semaphore):
            return self._permits.get(id(primitive))
        return bound

    def waited_for(self, primitive: Any, learners: list[FrameType]) -> int | None:
        """The number of a primitive that a task waits for; None if it is asyncio's own.

        `learners` are the frames of the learner's code that led there, outermost first.
        """
        number = self._numbers.get(id(primitive))
        if number is None:
            number = self._add(primitive, *state_of(primitive))
        if number in self._tries:
            self._name(primitive, number, learners[-1] if learners else None)
        return None if number == INTERNAL else number

    def changed(self, primitive: Any, before: int, fewer: int = 0) -> int:
        """The number of a primitive that has just changed, or `INTERNAL`.

        Its value was `before`, and it had `fewer` unfinished tasks more than now. Called two frames
        away from the hook.
        """
        number = self._numbers.get(id(primitive))
        if number is None:
            if _is_internal(primitive, sys._getframe(3)):
                self._is_asyncios(primitive)
                return INTERNAL
            unfinished = state_of(primitive)[1]
            if unfinished is not None:
                unfinished += fewer
            number = self._add(primitive, before, unfinished)
        if number in self._tries:
            self._name(primitive, number, _innermost(sys._getframe(3)))
        return number

    def _is_asyncios(self, primitive: Any) -> None:
        self._remember(primitive, INTERNAL)
        self.named[id(primitive)] = INTERNAL
        self.settled[id(primitive)] = []

    def _remember(self, primitive: Any, number: int) -> None:
        identity = id(primitive)

        def forget(_: Any) -> None:
            for table in (self._numbers, self.settled, self.named, self._references):
                table.pop(identity, None)

        self._numbers[identity] = number
        self._references[identity] = weakref.ref(primitive, forget)

    def _add(self, primitive: Any, value: int, unfinished: int | None) -> int:
        number = len(self._log.primitives)
        self._remember(primitive, number)
        self._tries[number] = _TRIES
        self._log.primitives.append(
            log.Primitive(
                kind=names.kind_of(primitive),
                label=None,
                capacity=self._capacity(primitive),
                time=self._time(),
                sequence=self._log.position,
                value=value,
                unfinished=unfinished,
                made_here=id(primitive) in self._permits,
            )
        )
        return number

    def _found_name(self, primitive: Any, frame: FrameType | None) -> str | None:
        """What a primitive is called where the learner's code uses it, in that frame."""
        code, offset = (None, 0) if frame is None else (frame.f_code, frame.f_lasti)
        _, known = self._names_at.setdefault((id(code), offset), (code, []))
        if names.given and primitive in names.given:
            return names.given[primitive]
        # Few timeouts have a name: one is enough to know.
        if len(known) == (1 if isinstance(primitive, asyncio.Timeout) else _LOOKED_FOR):
            return known[0] if len(set(known)) == 1 else None
        frames = [] if frame is None else learner_frames(frame)
        label = names.primitive_label(primitive, [*frames, *self._ancestors()])
        known.append(label)
        return label

    def _name(self, primitive: Any, number: int, frame: FrameType | None) -> None:
        label = self._found_name(primitive, frame)
        self._log.primitives[number].label = label
        self._tries[number] -= 1
        if label is None and self._tries[number]:
            return
        del self._tries[number]
        self.named[id(primitive)] = number
        actions: tuple[int, ...] = ()
        last = 0
        if isinstance(primitive, asyncio.Queue):
            actions, last = QUEUE_ACTIONS, int(_is_plain(primitive))
        for kind, falls_and_rises in FALLS_AND_RISES:
            if isinstance(primitive, kind):
                actions, last = falls_and_rises, state_of(primitive)[0]
        if actions:
            kinds = [log.change_kind(number, action) for action in actions]
            self.settled[id(primitive)] = [*kinds, last]
