"""Primitives: which resource a lock or a queue is, what it is called, and how its state reads.

Each primitive gets a number when it is first used. Nothing is kept alive: when the program drops a
primitive, its number is forgotten.
"""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import CodeType, FrameType, FunctionType
from typing import Any, Final, NamedTuple

from course_helpers.learners_code import Owner, outwards, owner_of
from course_helpers.recorder import log, names, reasons
from course_helpers.recorder.lines import Lines

# How often a primitive's name is looked for: it may be used before the learner's name is bound.
_TRIES: Final = 4
_TRIES_OF_SERVERS: Final = 100
# So many primitives that are met first at one instruction are looked for; the others there are
# called as these are. A program may make thousands at a place.
_LOOKED_FOR: Final = 4

_RUNS_ONCE: Final = asyncio.BaseEventLoop._run_once.__code__  # type: ignore[attr-defined]

ACTION: Final = {action: number for number, action in enumerate(log.ACTIONS)}
INTERNAL: Final = -1

# Where things stand in the entries of `Primitives.settled` and `Primitives.blocks`.
KIND: Final = 0
VALUE: Final = 2  #    of a lock, a semaphore, an event
IS_PLAIN: Final = 3  # of a queue
PLACE: Final = 1  #    of a group, a timeout
TRIES: Final = 2  #    of a group, a timeout

QUEUE_ACTIONS: Final = (ACTION["put"], ACTION["get"], ACTION["task_done"])
BARRIER_STATES: Final = {"BROKEN": ACTION["abort"], "RESETTING": ACTION["reset"]}


def connections(server: Any) -> int:
    """How many connections a server has."""
    # Counted until Python 3.12, kept since.
    return int(getattr(server, "_active_count", None) or len(getattr(server, "_clients", ())))


class Reading(NamedTuple):
    """How the state of a class of asyncio's is read, in CPython 3.11 to 3.15.

    `value` gives what `Change.value` says of it, `capacity` how much it holds if that is bounded.
    `actions` are what its changes are called, where they are so frequent that their rows are
    prepared: of a number those by which it falls and rises. `is_programs`: asyncio makes none for
    itself, though it may be asyncio alone that uses one. `is_block`: it is entered, and only once.
    """

    of: type
    value: Callable[[Any], int | None]
    actions: tuple[int, ...] = ()
    capacity: Callable[[Any], int | None] | None = None
    is_programs: bool = False
    is_block: bool = False


def depth(queue: Any) -> int | None:
    """How many items are in a queue; None if it does not tell: a program may have made it."""
    try:
        return int(queue.qsize())
    except Exception:
        return None


# A subclass comes before its base.
READINGS: Final = (
    Reading(asyncio.Lock, lambda lock: int(lock._locked), (ACTION["release"], ACTION["acquire"])),
    Reading(
        *(asyncio.BoundedSemaphore, lambda semaphore: int(semaphore._value)),
        actions=(ACTION["acquire"], ACTION["release"]),
        capacity=lambda semaphore: int(semaphore._bound_value),
    ),
    Reading(
        *(asyncio.Semaphore, lambda semaphore: int(semaphore._value)),
        actions=(ACTION["acquire"], ACTION["release"]),
    ),
    Reading(asyncio.Event, lambda event: int(event._value), (ACTION["clear"], ACTION["set"])),
    Reading(asyncio.Condition, lambda condition: len(condition._waiters)),
    Reading(
        *(asyncio.Barrier, lambda barrier: int(barrier._count)),
        capacity=lambda barrier: int(barrier.parties),
    ),
    Reading(
        *(asyncio.Queue, depth, QUEUE_ACTIONS),
        capacity=lambda queue: queue.maxsize or None,
    ),
    Reading(asyncio.TaskGroup, lambda group: len(group._tasks), is_block=True),
    Reading(asyncio.Timeout, lambda _: 0, is_block=True),
    Reading(asyncio.Server, connections, is_programs=True),
)


_BLOCKS: Final = tuple(reading.of for reading in READINGS if reading.is_block)


def _own_codes(kind: type) -> frozenset[int]:
    functions = (each for base in kind.__mro__ for each in vars(base).values())
    return frozenset(id(each.__code__) for each in functions if isinstance(each, FunctionType))


# The codes of a class's own methods, by their `id()`: they live as long as asyncio. Asked for now,
# while no hook stands in the place of one.
_OWN_CODES: Final = {reading.of: _own_codes(reading.of) for reading in READINGS}
_ASYNCIOS: Final = object()


def unfinished_of(primitive: Any) -> int | None:
    """The number of unfinished tasks of a queue; None of anything else."""
    return getattr(primitive, "_unfinished_tasks", None)


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
# Those that no hook replaces, as they are here: a program may put others in their places.
_QUEUES_OWN: Final = {
    name: getattr(asyncio.Queue, name, None)
    for name in _QUEUE_METHODS.keys() - {"put_nowait", "get_nowait", "task_done"}
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
            getattr(getattr(queue, name), "__func__", None)
            is _QUEUES_OWN.get(name, getattr(asyncio.Queue, name))
            for name in _QUEUE_METHODS
        )
        and type(queue._queue) is deque  # type: ignore[attr-defined]
        and queue._queue.maxlen is None  # type: ignore[attr-defined]
    )


def _is_part(primitive: Any, frame: FrameType | None) -> bool:
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


def learner_frames(frame: FrameType | None) -> list[FrameType]:
    """Frames of the learner's code, from a frame outwards."""
    return [one for one in outwards(frame) if reasons.classify(one.f_code) is reasons.LEARNER]


def _innermost(frame: FrameType | None) -> FrameType | None:
    """The innermost frame of the learner's code, but for the code that runs the loop itself."""
    while frame is not None and reasons.classify(frame.f_code) is not reasons.LEARNER:
        frame = None if frame.f_code is _RUNS_ONCE else frame.f_back
    return frame


class _Class(NamedTuple):
    """What is known of a class of primitives: by which name, and the codes of its own methods."""

    kind: str
    reading: Reading
    own: frozenset[int]


class _Place:
    """An instruction of the learner's at which primitives are used.

    The first few that come there without a name are looked for. Then it is `full`, and `label` is
    what the others there are called: as those were, if all were called alike, else as in the line,
    if one may be named `in_line`; if none may be, all that is to be known here `is_known`. `tells`
    that they get no better name elsewhere; so it is where the first had none, and have gone without
    one.
    """

    __slots__ = (
        "_code",
        "_labels",
        "_named_later",
        "_unnamed",
        "full",
        "in_line",
        "is_known",
        "label",
        "tells",
    )

    def __init__(self, code: CodeType | None) -> None:
        self._code = code  # so that its `id()` stays its own
        self._labels: list[tuple[str, ...]] = []
        self._named_later = False
        self._unnamed = 0
        self.label: tuple[str, ...] = ()
        self.full = self.tells = self.in_line = self.is_known = False

    def found(self, label: tuple[str, ...], most: int) -> None:
        """A primitive is called so here, one of `most` that are looked for."""
        self._labels.append(label[:1])  # where it has another name, that is its own
        if len(self._labels) >= most:
            self.full = True
            self.label = label[:1] if len(set(self._labels)) == 1 else ()
            self.tells = bool(self.label)

    def met_unnamed(self) -> None:
        """A primitive is met here, and has no name yet."""
        self._unnamed += 1

    def gone(self, *, named: bool) -> None:
        """Such a one has got its name elsewhere, or it has gone without one."""
        self._unnamed -= 1
        if named:
            self._named_later = True
        if self.full and not self.label:
            more = self._named_later or self._unnamed or any(self._labels)
            self.tells = not more


class _Reference(weakref.ref[Any]):
    """A weak reference to a primitive that knows its `id()` when it has gone."""

    __slots__ = ("identity",)

    identity: int


@dataclass(slots=True)
class _Unnamed:
    """A primitive whose name is still looked for, so many times more."""

    number: int
    met: _Place
    tries: int
    reference: _Reference


class Primitives:
    """The primitives that a recording has met.

    `time` is the loop's clock; `ancestors` gives the frames of the learner's code in which the
    tasks that led to the running one stand, the nearest first.

    `settled` maps the `id()` of a primitive whose name is final to the kinds of the rows that its
    changes write, by the actions of its class: followed by the value now if they are that it falls
    and rises, for a queue by whether it is a plain one. For a class without prepared rows there is
    one kind: action 0. Last the reference that has it forgotten. Empty for `INTERNAL`. The hooks
    read it directly, as it answers nearly every time.

    `blocks` is the same for groups and timeouts: the kind of action 0, and the place where one was
    met whose name is looked for still, so many times more. They are entered once, and nothing is
    heard of one before: so that is when one is forgotten that had the same `id()`. A reference to
    each would cost more than all that is written of it.
    """

    def __init__(
        self,
        written: log.Log,
        time: Callable[[], float],
        ancestors: Callable[[], list[FrameType]],
    ) -> None:
        self.settled: dict[int, list[Any]] = {}
        self.blocks: dict[int, list[Any]] = {}
        self._unnamed: dict[int, _Unnamed] = {}
        self._permits: dict[int, int] = {}
        self._references: dict[int, _Reference] = {}
        self._log = written
        self._time = time
        self._ancestors = ancestors
        self._classes: dict[type, _Class] = {}
        # Whose a function is, by the `id()` of its code; and the codes, so that they live on.
        self._owners: dict[int, Owner] = {}
        self._codes: list[CodeType] = []
        self._places: dict[tuple[int, int], _Place] = {}
        self._lines = Lines()
        #: Called when a primitive has gone, with the reference that there was to it.
        self.forget = _forgetting(self._references, self.settled, self._unnamed, self._permits)
        self.entered, self.named_again, self.first_change = _short_ways(
            *(self, written, time, self._classes, self._places, self._unnamed, self._permits)
        )

    def constructed(self, semaphore: Any, permits: int) -> None:
        """A semaphore is being made with so many permits, which it does not keep."""
        identity = id(semaphore)
        self._permits[identity] = permits
        self._remember(semaphore, identity)

    def number_of(self, primitive: Any) -> int | None:
        """The number of a primitive that was met before and is the program's own."""
        known = self._known(primitive)
        if known is None:
            unnamed = self._unnamed.get(id(primitive))
            return None if unnamed is None else unnamed.number
        return log.change_of_kind(known[KIND])[0] if known else None

    def kind_of_unnamed(self, primitive: Any, action: int) -> int:
        """The kind of the row for an action of a primitive that has no name yet."""
        return log.change_kind(self._unnamed[id(primitive)].number, action)

    def _known(self, primitive: Any) -> list[Any] | None:
        """What there is in `settled` or in `blocks` of a primitive."""
        is_block = isinstance(primitive, _BLOCKS)
        return (self.blocks if is_block else self.settled).get(id(primitive))

    def class_of(self, primitive: Any) -> _Class:
        """What is known of a primitive's class."""
        kind = type(primitive)
        known = self._classes.get(kind)
        if known is None:
            reading = next(each for each in READINGS if issubclass(kind, each.of))
            own = _OWN_CODES[reading.of]
            name = names.kind_of(primitive)
            known = self._classes[kind] = _Class(name, reading, own)
        return known

    def waited_for(self, primitive: Any, learners: list[FrameType]) -> int | None:
        """The number of a primitive that a task waits for.

        None if it is asyncio's own, or a queue that does not tell how deep it is.

        `learners` are the frames of the learner's code that led there, outermost first.
        """
        known, entry = self.class_of(primitive), self._known(primitive)
        if entry is None or (known.reading.is_block and entry and entry[PLACE] is not None):
            place, label = self._place(primitive, learners[-1] if learners else None)
            unnamed = self._unnamed.get(id(primitive))
            if entry is not None:
                self._name_block_again(entry, label)
            elif unnamed is not None:
                self._name_again(primitive, unnamed, label)
            else:
                value = known.reading.value(primitive)
                if value is None:
                    return None
                self._add(primitive, known, value, unfinished_of(primitive), place, label)
        return self.number_of(primitive)

    def changed(self, primitive: Any, before: int, frame: FrameType, fewer: int = 0) -> int:
        """The number of a primitive that has just changed, or `INTERNAL`.

        Its value was `before`, and it had `fewer` unfinished tasks more than now. `frame` is the
        one in which that was heard.
        """
        known = self.settled.get(id(primitive))
        if known is None:
            return self.met(primitive, before, frame, fewer)
        return log.change_of_kind(known[KIND])[0] if known else INTERNAL

    def left(self, timeout: Any) -> None:
        """A timeout is left: no name of it is looked for any more."""
        known = self.blocks.get(id(timeout))
        if known and known[PLACE] is not None:
            known[PLACE].gone(named=False)
            known[PLACE] = None

    def met(self, primitive: Any, before: int, frame: FrameType, fewer: int = 0) -> int:
        """The same for a primitive that is not settled."""
        known = self._classes.get(type(primitive)) or self.class_of(primitive)
        start, own = frame, known.own
        while id(frame.f_code) in own and frame.f_back is not None:
            frame = frame.f_back
        # Where all is known of a place, it is the learner's and uses the primitive itself.
        place = self._places.get((id(frame.f_code), frame.f_lasti))
        unnamed: Any = None
        if known.reading.is_block:
            unnamed = self.blocks.get(id(primitive))
        elif self._unnamed:
            unnamed = self._unnamed.get(id(primitive))
        if place is not None and place.is_known and not names.given:
            label = place.label
        else:
            is_known = unnamed is not None or known.reading.is_programs
            outer = frame if is_known else self._outer(primitive, start)
            if outer is _ASYNCIOS:
                self._is_asyncios(primitive, known)
                return INTERNAL
            place, label = self._place(primitive, _innermost(outer))
        if unnamed is not None:
            if known.reading.is_block:
                self._name_block_again(unnamed, label)
                return log.change_of_kind(unnamed[KIND])[0]
            self._name_again(primitive, unnamed, label)
            return int(unnamed.number)
        unfinished = None
        if known.reading.of is asyncio.Queue:
            unfinished = primitive._unfinished_tasks + fewer
        return self._add(primitive, known, before, unfinished, place, label)

    def _outer(self, primitive: Any, frame: FrameType | None) -> Any:
        """The frame by which a primitive is used, outside its own methods and the hooks.

        `_ASYNCIOS` if it is part of one of asyncio's own objects.
        """
        start, own, owners = frame, self.class_of(primitive).own, self._owners
        while frame is not None:
            key = id(frame.f_code)
            if key not in own:
                owner = owners.get(key)
                if owner is None:
                    owner = owners[key] = owner_of(frame.f_code)
                    self._codes.append(frame.f_code)
                if owner is Owner.ASYNCIO:
                    # Such a timeout is made by `wait_for`, since Python 3.12.
                    if isinstance(primitive, asyncio.Timeout) or _is_part(primitive, start):
                        return _ASYNCIOS
                    return frame
                if owner is not Owner.PACKAGE:
                    return frame
            frame = frame.f_back
        return None

    def _is_asyncios(self, primitive: Any, known: _Class) -> None:
        identity = id(primitive)
        if known.reading.is_block:
            self.blocks[identity] = []
        else:
            self._remember(primitive, identity)
            self.settled[identity] = []

    def _remember(self, primitive: Any, identity: int) -> None:
        if identity not in self._references:
            reference = self._references[identity] = _Reference(primitive, self.forget)
            reference.identity = identity

    def _place(self, primitive: Any, frame: FrameType | None) -> tuple[_Place, tuple[str, ...]]:
        """The place where the learner's code uses a primitive, in that frame, and its names there.

        They are looked for, if the primitive is one of the first there.
        """
        ancestors = self._ancestors() if frame is None else []
        place = self._place_at(frame, ancestors)
        if names.given and id(primitive) in names.given:
            return place, (names.given[id(primitive)],)
        if place.full:
            if not place.label and place.in_line and frame is not None:
                return place, self._in_line(primitive, frame)
            return place, place.label
        frames = ancestors if frame is None else [*learner_frames(frame), *self._ancestors()]
        label = names.primitive_names(primitive, frames)
        if not label and frame is not None:
            label = self._in_line(primitive, frame)
        # Few timeouts have a name: one without it is enough to know.
        is_enough = not label and isinstance(primitive, asyncio.Timeout)
        place.found(label, 1 if is_enough else _LOOKED_FOR)
        if place.full and not place.label and frame is not None:
            place.in_line = self._lines.may_tell(primitive, frame)
        place.is_known = place.full and not place.in_line
        return place, label

    def _in_line(self, primitive: Any, frame: FrameType) -> tuple[str, ...]:
        name = self._lines.name(primitive, frame)
        return () if name is None else (name,)

    def _place_at(self, frame: FrameType | None, ancestors: list[FrameType]) -> _Place:
        """The place where a frame is; without one, where the task stands that led here."""
        code, offset = None, 0
        if frame is not None:
            code, offset = frame.f_code, frame.f_lasti
        elif ancestors:  # it is another place than that of what this task uses there
            code, offset = ancestors[0].f_code, -1 - ancestors[0].f_lasti
        place = self._places.get((id(code), offset))
        if place is None:
            place = self._places[id(code), offset] = _Place(code)
        return place

    def _add(
        self,
        primitive: Any,
        known: _Class,
        value: int,
        unfinished: int | None,
        place: _Place,
        label: tuple[str, ...],
    ) -> int:
        """The number of a primitive that is met for the first time."""
        written, identity, reading = self._log, id(primitive), known.reading
        met = written.met
        number = len(met) // log.PRIMITIVE
        permits = self._permits.get(identity) if self._permits else None
        capacity = permits if reading.capacity is None else reading.capacity(primitive)
        position = written.dropped + len(written.rows) // log.ROW
        was = (self._time(), position, value, unfinished, permits is not None)
        met.extend((known.kind, label, capacity, *was))
        is_unnamed = not label and not place.tells
        if is_unnamed:
            place.met_unnamed()
        if known.reading.is_block:
            kind, looked_for_at = log.change_kind(number, 0), place if is_unnamed else None
            self.blocks[identity] = [kind, looked_for_at, _TRIES - 1]
            return number
        reference = _Reference(primitive, self.forget)
        reference.identity = identity
        if is_unnamed:
            # Its connections say nothing of a server's name: the line that waits for it will.
            tries = _TRIES_OF_SERVERS if reading.is_programs else _TRIES - 1
            self._unnamed[identity] = _Unnamed(number, place, tries, reference)
        else:
            self._settle(primitive, identity, number, reading, reference)
        return number

    def _name_again(self, primitive: Any, unnamed: _Unnamed, label: tuple[str, ...]) -> None:
        """A primitive is used again that had no name yet, and is called so here."""
        unnamed.tries -= 1
        if label:
            self._log.met[unnamed.number * log.PRIMITIVE + log.PRIMITIVES_NAMES] = label
        elif unnamed.tries:
            return
        identity = id(primitive)
        del self._unnamed[identity]
        unnamed.met.gone(named=bool(label))
        reading = self.class_of(primitive).reading
        self._settle(primitive, identity, unnamed.number, reading, unnamed.reference)

    def _name_block_again(self, entry: list[Any], label: tuple[str, ...]) -> None:
        """The same for a group or a timeout."""
        kind, met, tries = entry
        entry[TRIES] = tries - 1
        if label:
            number, _ = log.change_of_kind(kind)
            self._log.met[number * log.PRIMITIVE + log.PRIMITIVES_NAMES] = label
        elif entry[TRIES]:
            return
        entry[PLACE] = None
        met.gone(named=bool(label))

    def _settle(
        self, primitive: Any, identity: int, number: int, reading: Reading, reference: _Reference
    ) -> None:
        kind, actions = log.change_kind(number, 0), reading.actions
        if actions is QUEUE_ACTIONS:
            kinds = [*(kind + action for action in actions), int(_is_plain(primitive)), reference]
        elif actions:
            falls, rises = actions
            kinds = [kind + falls, kind + rises, reading.value(primitive), reference]
        else:
            kinds = [kind, reference]
        self.settled[identity] = kinds


def _short_ways(
    primitives: Primitives,
    written: log.Log,
    time: Callable[[], float],
    classes: dict[type, _Class],
    places: dict[tuple[int, int], _Place],
    unnamed: dict[int, _Unnamed],
    permits: dict[int, int],
) -> tuple[
    Callable[[Any, int, FrameType], list[Any]],
    Callable[[Any, list[Any], FrameType], None],
    Callable[[Any, int, FrameType], list[Any] | None],
]:
    """`Primitives.met` for those that are met where all is known: closures, for their pace."""
    blocks, settled, given = primitives.blocks, primitives.settled, names.given
    rows, met, long_way, forget = written.rows, written.met, primitives.met, primitives.forget
    row, fields, kinds = log.ROW, log.PRIMITIVE, log.KINDS_OF_ONE

    def note(known: _Class, label: tuple[str, ...], before: int) -> int:
        position = written.dropped + len(rows) // row
        met.extend((known.kind, label, None, time(), position, before, None, False))
        return len(met) // fields * kinds

    def entered(block: Any, before: int, frame: FrameType) -> list[Any]:
        """What `blocks` has of a group or timeout that is just entered: it is met now."""
        identity = id(block)
        last = blocks.pop(identity, None)
        if last and last[PLACE] is not None:
            last[PLACE].gone(named=False)
        known = classes.get(type(block))
        place = places.get((id(frame.f_code), frame.f_lasti))
        if known is None or place is None or given or not place.is_known:
            long_way(block, before, frame)
            return blocks[identity]
        label = place.label
        entry: list[Any] = [note(known, label, before), None, _TRIES - 1]
        if not (label or place.tells):
            place.met_unnamed()
            entry[PLACE] = place
        blocks[identity] = entry
        return entry

    def named_again(block: Any, entry: list[Any], frame: FrameType) -> None:
        """A group or a timeout is used again that had no name yet."""
        place = places.get((id(frame.f_code), frame.f_lasti))
        if place is None or given or not (place.label and place.is_known):
            long_way(block, 0, frame)
        else:
            met[(entry[KIND] // kinds - 1) * fields + log.PRIMITIVES_NAMES] = place.label
            entry[PLACE].gone(named=True)
            entry[PLACE] = None

    def first_change(primitive: Any, before: int, frame: FrameType) -> list[Any] | None:
        """What `settled` has of a lock, a semaphore or an event that is used for the first time.

        None while it has no name yet.
        """
        known, identity = classes.get(type(primitive)), id(primitive)
        if known is not None and not (given or permits or identity in unnamed):
            own, outer = known.own, frame
            while id(outer.f_code) in own and outer.f_back is not None:
                outer = outer.f_back
            place = places.get((id(outer.f_code), outer.f_lasti))
            if place is not None and place.is_known and (place.label or place.tells):
                falls, rises = known.reading.actions
                kind = note(known, place.label, before)
                reference = _Reference(primitive, forget)
                reference.identity = identity
                entry = settled[identity] = [kind + falls, kind + rises, before, reference]
                return entry
        long_way(primitive, before, frame)
        return settled.get(identity)

    return entered, named_again, first_change


def _forgetting(
    references: dict[int, _Reference],
    settled: dict[int, list[Any]],
    unnamed: dict[int, _Unnamed],
    permits: dict[int, int],
) -> Callable[[_Reference], None]:
    """What is called when a primitive has gone, with the reference that there was to it."""

    def forget(reference: _Reference) -> None:
        identity = reference.identity
        if references:
            references.pop(identity, None)
        if settled.pop(identity, None) is None and identity in unnamed:
            unnamed.pop(identity).met.gone(named=False)
        if permits:
            permits.pop(identity, None)

    return forget
