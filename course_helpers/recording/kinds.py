"""What a kind of resource is: one row for each, and everything else reads the row.

To teach the package another kind is to add its row here, the hooks by which the recorder hears of
it, and a colour, if tasks wait for it in a way of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple, Protocol


class Kind(NamedTuple):
    """A kind of resource.

    `classes` are the names of asyncio's classes of this kind (see `Resource.kind`), and `waits` is
    the kind of wait reason of those who wait for one (see `WAIT_KINDS`). `counts` is what
    `Change.value` says of it. `held`: who has got it holds it, and others wait until it is given
    back. `served_in_line`: those who wait are served one after the other. `awaited` says for each
    method in which tasks wait what they wait for; {} stands for the resource's name. `ends` says
    for each of these that may be woken in vain, and then waits on, which change it ends with.

    `curve` says what the numbers of its curve are, where it is drawn as one, and `bound` what the
    line above them is. `is_level`: the value is a number of things, said with each change and in a
    trace. `deeds` are changes that are told in words of their own; {0} stands for the resource and
    {1} for who did it.
    """

    name: str
    classes: tuple[str, ...]
    waits: str
    counts: str
    held: bool = False
    served_in_line: bool = False
    awaited: Mapping[str, str] = {}
    ends: Mapping[str, str] = {}
    curve: str = ""
    bound: str = ""
    is_level: bool = False
    deeds: Mapping[str, str] = {}


KINDS: Final = (
    Kind(
        *("lock", ("Lock",), "lock", "whether it is locked"),
        held=True,
        served_in_line=True,
        awaited={"acquire": "{}"},
    ),
    Kind(
        *("semaphore", ("Semaphore", "BoundedSemaphore"), "semaphore", "free permits"),
        held=True,
        served_in_line=True,
        awaited={"acquire": "a permit of {}"},
        curve="free permits",
        bound="all permits",
        is_level=True,
    ),
    Kind(
        *("event", ("Event",), "event", "whether it is set"),
        awaited={"wait": "{} to be set"},
        curve="event set",
    ),
    Kind(
        *("condition", ("Condition",), "condition", "waiting tasks"),
        served_in_line=True,
        awaited={"wait": "a notification of {}"},
    ),
    Kind(
        *("barrier", ("Barrier",), "barrier", "tasks that have arrived"),
        awaited={"wait": "the others at {}"},
        ends={"wait": "leave"},
        curve="tasks that have arrived",
        bound="its parties",
    ),
    Kind(
        *("queue", ("Queue", "PriorityQueue", "LifoQueue"), "queue", "depth"),
        served_in_line=True,
        awaited={
            "get": "an item from {}",
            "put": "room in {}",
            "join": "the unfinished tasks of {}",
        },
        ends={"get": "get", "put": "put"},
        curve="items in the queue",
        bound="its maxsize",
        is_level=True,
    ),
    Kind(
        *("group", ("TaskGroup",), "task", "tasks that have not ended"),
        awaited={"": "the tasks of {}"},
        curve="tasks of the group that have not ended",
        deeds={"task_done": "{0} has one task less"},
    ),
    Kind("timeout", ("Timeout",), "future", "whether it is entered", curve="timeout armed"),
    Kind(
        *("server", ("Server",), "stream", "open connections"),
        awaited={
            "serve_forever": "clients of {}",
            "wait_closed": "the connections of {} to be closed",
        },
        curve="open connections",
        is_level=True,
        deeds={
            "start": "{1} starts {0}",
            "connect": "{0} has one connection more",
            "disconnect": "{0} has one connection less",
            "close": "{1} closes {0}",
        },
    ),
)

_OTHER: Final = Kind("other", (), "future", "")
_BY_CLASS: Final = {name: kind for kind in KINDS for name in kind.classes}


class HasKind(Protocol):
    """What has the name of its class as `kind`, such as a `Resource`."""

    @property
    def kind(self) -> str:
        """The name of its class."""
        ...


def kind_of(resource: HasKind) -> Kind:
    """The row of a resource's kind."""
    return _BY_CLASS.get(resource.kind, _OTHER)


def ends_with(call: str) -> str | None:
    """The change with which this call ends, if it may be woken in vain before that."""
    name, _, method = call.partition(".")
    return _BY_CLASS.get(name, _OTHER).ends.get(method)


def awaited(call: str, label: str) -> str:
    """What a task waits for that waits in this call, for a resource of this name."""
    name, _, method = call.partition(".")
    kind = _BY_CLASS.get(name, _OTHER)
    return kind.awaited.get(method, f"{{}} in {call}").format(label)
