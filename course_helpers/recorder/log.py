"""The log: what the recorder writes while the program runs.

One flat list, `ROW` entries an event, because that is the cheapest thing that Python can append to
and keeps no object alive but numbers: kind, time (seconds, the loop's clock), and two values whose
meaning depends on the kind. When the program has ended the list is packed into half of its room.
Everything else is worked out afterwards, by `interpretation`.
"""

from __future__ import annotations

import linecache
import signal
import threading
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import CodeType
from typing import Any, Final, NamedTuple

from course_helpers.learners_code import Owner
from course_helpers.recording.model import Location, WaitReason, Waker

ROW: Final = 4

# kind                         first value    second value
TURN: Final = 0  #             ready callbacks
BORN: Final = 1  #             the task       parent
READY: Final = 2  #            the task       waker
CANCEL: Final = 3  #           the task       waker: as READY, but woken to be cancelled
RUN: Final = 4  #              the task
WAIT: Final = 5  #             the task       situation
YIELD: Final = 6  #            the task       situation; it is ready again at once, by its own doing
DONE: Final = 7  #             the task       detail, or -1 (also in the next two)
CANCELLED: Final = 8  #        the task
FAILED: Final = 9  #           the task
TIMER: Final = 10  #           number         due
TIMER_FIRED: Final = 11  #     number
TIMER_CANCELLED: Final = 12  # number
CALLBACK: Final = 13  #        who made it    its number in `callbacks`
MARK: Final = 14  #            who made it    its number in `marks`
STOPPED: Final = 18  #         the task: it would go on, if the simulation had not stopped it
REQUEST: Final = 15  #         whom           a cancellation's number in `requests`
UNCANCEL: Final = 16  #        whom           how many requests are left
LEFT: Final = 17  #            the request    1 if the block that made it was left by it, or 0
DESTROYED: Final = 19  #       the task, while it was pending
REPORT: Final = 20  #          who ran        its number in `reports`
STRANGER: Final = 21  #        the thread     its number in `strangers`
INTERRUPTED: Final = 22  #     the task       by an eager one: its number in `interruptions`
UNHEARD: Final = 23  #         the thread     what it does from now on is not known
# A change of a resource: `change_kind(number, action)`.
# Of a queue the second value is its depth and one more, or 0: it moves by one, as a plain one does.
KINDS_OF_ONE: Final = 32  #    who did it     value


#: Stands for the name of a function where there is more than one.
SEVERAL: Final = ""

#: A line of the learner's; or, where none of those runs, the name of a library's function.
Place = Location | str


def change_kind(resource: int, action: int) -> int:
    """The kind of the row that says that an action was done to a resource."""
    return (resource + 1) * KINDS_OF_ONE + action


def change_of_kind(kind: int) -> tuple[int, int]:
    """Resource and action of a change's kind, the opposite of `change_kind`."""
    resource, action = divmod(kind, KINDS_OF_ONE)
    return resource - 1, action


#: So many entries of `Log.met` are of one primitive, the names in this place of them.
PRIMITIVE: Final = 8
PRIMITIVES_NAMES: Final = 1

# Lanes below zero say who acted when it was no task.
OUTSIDE: Final = -1
BY_TIMER: Final = -2
BY_IO: Final = -3
_BY_SIGNAL: Final = -4


def by_signal(number: int) -> int:
    """The lane that stands for a signal."""
    return _BY_SIGNAL - number


def _name(number: int) -> str:
    # Of the real-time signals Python names the first and the last.
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


#: What the lanes below zero are in a recording.
WAKERS: Final = {
    OUTSIDE: Waker("outside"),
    BY_TIMER: Waker("timer"),
    BY_IO: Waker("io"),
    **{by_signal(each): Waker("signal", signal=_name(each)) for each in signal.valid_signals()},
}

ACTIONS: Final = (
    "acquire",
    "release",
    "put",
    "get",
    "task_done",
    "set",
    "clear",
    "notify",
    "arrive",
    "leave",
    "enter",
    "exit",
    "expire",
    "abort",
    "reset",
    "create_task",
    "start",
    "connect",
    "disconnect",
    "close",
    "shutdown",
)


class Origin(NamedTuple):
    """What many lanes may share: of which kind they are, and the function that they run.

    `function` is its name, "" where that is not known, and `parameters` are those whose arguments a
    lane keeps. `owner` tells whose code it is: asyncio's own is all that a task runs which runs
    `Lock.acquire`. `internal` tells that it is a private part of asyncio, `kernels` that it is a
    part of what runs a notebook.
    """

    kind: str
    function: str
    parameters: tuple[str, ...] = ()
    owner: Owner = Owner.LEARNER
    internal: bool = False
    kernels: bool = False

    @property
    def is_hidden(self) -> bool:
        """Whether it is neither the learner's nor asyncio's."""
        return self.owner in (Owner.LIBRARY, Owner.PACKAGE)

    @property
    def is_librarys(self) -> bool:
        """Whether it is a library's, and no part of what runs the program or a notebook."""
        return self.owner is Owner.LIBRARY and not self.kernels


@dataclass(slots=True)
class Lane:
    """Who a lane number stands for.

    `arguments` are those of the call that made it, as far as they are shown, None where they are
    not known; `name` is the name that it was given, if any, and `called` what it is called if that
    is no call.
    `standing` is the situation that a task which existed before was in.
    `runs` is the function of the learner's in which a library's task was seen to stand, `SEVERAL`
    where there were others, None where there was none.
    `frame` is the `id()` of its coroutine's frame, by which that is known when it is closed.
    `stopped_at` is where it was when the simulation stopped it in the middle of a step.
    """

    origin: Origin
    parent: int
    existed: bool = False
    arguments: tuple[Any, ...] | None = None
    called: str | None = None
    name: str | None = None
    standing: int | None = None
    runs: str | None = None
    finished: bool = False
    stopped_at: Location | None = None
    retrieved: bool = True
    frame: int = 0


class Primitive(NamedTuple):
    """Which resource a resource number stands for, and its state when it was first met.

    `names` are what the program calls it, the best first, and the one that it has elsewhere.
    `made_here` says of a semaphore that it was made during the recording.
    """

    kind: str
    names: tuple[str, ...]
    capacity: int | None
    time: float
    sequence: int
    value: int
    unfinished: int | None
    made_here: bool


class Request(NamedTuple):
    """That somebody called a task's `cancel()`: see `Cancellation`, with lanes for tasks.

    `at_next_step` says that the task did not wait: it is cancelled when it takes its next step.
    """

    by: int
    through: str | None
    resource: int | None
    location: Location | None
    origin: int | None
    at_next_step: bool


class Columns(NamedTuple):
    """Rows that will not become more: each entry of a row in a column of its own.

    The times are packed: every one was an object of its own, the others are few. To pack those as
    well takes three times as long.
    """

    kinds: Sequence[Any]
    times: Sequence[float]
    firsts: Sequence[Any]
    seconds: Sequence[Any]


@dataclass(slots=True)
class Log:
    """All that was written: the rows, and what their numbers stand for.

    `met` are the fields of all primitives one after another: that is quicker than to make objects.
    `situations` are the numbers of a reason and of a place, -1 for none; `places` are a code object
    and an instruction's offset in it; `timers` are who armed them and what they call; `marks` are
    verb, what, value and the learner's line; `callbacks` that blocked the loop are their ends,
    names and places; `reports` are message, callback, exception and line; `strangers` are
    what a thread did, to which resource or task, and its line; `interruptions` are the lanes of
    eager tasks, and the situations of those that create them. `samples` maps the
    position of a RUN row to the place in which a long step was seen. `dropped` rows are missing at
    the front, `left_out` at the end. `stopped_from` is the position at which the program was
    stopped in the middle of a step. Times are seconds on the loop's clock.
    """

    clock: str
    threshold: float
    began: float
    ended: float = 0.0
    root: int = OUTSIDE
    rows: list[float] = field(default_factory=list)
    lanes: list[Lane] = field(default_factory=list)
    met: list[Any] = field(default_factory=list)
    reasons: list[WaitReason] = field(default_factory=list)
    places: list[tuple[CodeType, int]] = field(default_factory=list)
    situations: list[tuple[int, int]] = field(default_factory=list)
    details: list[str] = field(default_factory=list)
    timers: list[tuple[int, str]] = field(default_factory=list)
    marks: list[tuple[str, str, Any, Location | None]] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    callbacks: list[tuple[float, str, Place | None]] = field(default_factory=list)
    reports: list[tuple[str, str | None, str, Location | None]] = field(default_factory=list)
    interruptions: list[tuple[int, int]] = field(default_factory=list)
    strangers: list[tuple[str, int | None, int | None, Location | None]] = field(
        default_factory=list
    )
    samples: dict[int, Place] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    never_awaited: list[CodeType] = field(default_factory=list)
    dropped: int = 0
    left_out: int = 0
    stopped_from: int | None = None
    columns: Columns | None = None
    sources: dict[str, list[str]] = field(default_factory=dict)
    _numbering: threading.Lock = field(default_factory=threading.Lock)

    def forget_the_way_out(self) -> None:
        """Take back what a program did that was stopped: its blocks were left by that alone."""
        if self.stopped_from is not None:
            del self.rows[max(0, self.stopped_from - self.dropped) * ROW :]

    @property
    def position(self) -> int:
        """The number of the next row."""
        kept = len(self.rows) // ROW if self.columns is None else len(self.columns.kinds)
        return self.dropped + kept

    def primitives(self) -> list[Primitive]:
        """The primitives that were met."""
        return list(map(Primitive._make, zip(*[iter(self.met)] * PRIMITIVE, strict=True)))

    def close(self) -> Columns:
        """Pack the rows, and keep the source as it is now; what is written after that is lost."""
        if self.columns is None:
            rows = self.rows
            times = array("d", rows[1::ROW])
            self.columns = Columns(rows[0::ROW], times, rows[2::ROW], rows[3::ROW])
            rows.clear()
            for file in self._files():
                self.sources[file] = linecache.getlines(file)
        return self.columns

    def _files(self) -> set[str]:
        """The files of all lines that the log names."""
        codes = [*(code for code, _ in self.places), *self.never_awaited]
        lines = [mark[3] for mark in self.marks]
        lines += [place for place in self.samples.values() if isinstance(place, Location)]
        lines += [report[3] for report in self.reports]
        lines += [deed[3] for deed in self.strangers]
        return {code.co_filename for code in codes} | {line.file for line in lines if line}

    def add_lane(self, lane: Lane) -> int:
        """The number of a new lane; threads that call the loop get one, too."""
        with self._numbering:
            self.lanes.append(lane)
            return len(self.lanes) - 1

    def add_detail(self, detail: str) -> int:
        """The number of a new text."""
        with self._numbering:
            self.details.append(detail)
            return len(self.details) - 1
