"""What stands in a picture: everything that is drawn, as plain data, and nothing of how.

This is the seam between what a picture says and the media that it is painted in. On the one side,
`planning` reads a recording and makes a `Plan`; it knows no points, colours or letters. On the
other side, a painter puts a `Plan` on paper or on a page; it reads no recording, and says nothing
that the plan does not say. There may be many painters: `painting` is that of matplotlib.

A plan is in units of the data. Times are in seconds since the recording began. A lane is the
number of a row in `Plan.lanes`, counted from the top. A task is its index in `Recording.tasks`, and
`Bars.span` is the index of a span in the task's `spans`: a painter whose picture can be asked finds
there what it answers. What looks different is told apart by a word of a closed vocabulary: the
`FILLS` of bars, and the `Sign` of everything that the legend explains.

What is left to a painter: how high lanes are and how wide a second is (`layout` says so in points),
colours and patterns (`palette` has them by the same words), what of many short stretches can be
told apart at that width (`painting.bars`), the ticks (`ticks`), and which of several ways of saying
a thing fits where it stands.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple, TypeAlias

from course_helpers.recording.model import WAIT_KINDS, Ending, Recording, Task
from course_helpers.recording.readings import Hold
from course_helpers.views.drawing.stretches import Stretches

#: How bars on task lanes are filled: a task's states, work outside the loop, the kinds of waiting,
#: and what is not known. `Stretches.category` is an index into it.
FILLS: Final = ("running", "ready", "outside", *WAIT_KINDS, "unknown")
RUNNING, READY, OUTSIDE, UNKNOWN = 0, 1, 2, len(FILLS) - 1
WAITING: Final[Mapping[str, int]] = {kind: FILLS.index(kind) for kind in WAIT_KINDS}

#: What is nearer than this share of the axis is one moment to the eye.
NEAR: Final = 0.01

#: What the legend explains: a fill, an ending, or one of these.
Sign: TypeAlias = (
    Literal[
        "step",
        "holds",
        "free",
        "in_line",
        "level",
        "line_length",
        "bound",
        "wakes",
        "mark",
        "timeout",
        "signal",
        "landing",
        "hollow",
        "tear",
        "cleanup",
        "blocked",
        "before",
        "end",
    ]
    | str
)


class Options(NamedTuple):
    """What `timeline` was asked for: times are in seconds; `before` is the run to outline.

    `title` are lines of text to stand above it.
    """

    tasks: Sequence[Task]
    window: tuple[float, float]
    resources: bool
    arrows: bool | None
    at: float | None = None
    since: float | None = None
    before: Recording | None = None
    title: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Lane:
    """A row of one task, or of several (a crowd), for which there was not enough room.

    `depth` is the number of the task's ancestors that are shown.
    """

    label: str
    tasks: tuple[int, ...]
    depth: int = 0

    @property
    def crowd(self) -> bool:
        """Whether it stands for several tasks."""
        return len(self.tasks) != 1


@dataclass(frozen=True, slots=True)
class Bars:
    """The stretches of the lanes that stand for one task: rows are lanes, categories `FILLS`.

    They are cut to the window. `span` is, for each, its index in the task's spans. `call` is, for
    each, the index in `calls` of what the task waited in, -1 where it did not wait.
    """

    stretches: Stretches
    span: Sequence[int]
    call: Sequence[int]
    calls: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Crowd:
    """The stretches of many tasks, which overlap, in one lane: a colour's height is its share."""

    lane: int
    stretches: Stretches
    tasks: int


@dataclass(frozen=True, slots=True)
class End:
    """Where a task ended; `why` is by whom it was cancelled, or with what it failed, or ""."""

    lane: int
    time: float
    ending: Ending
    why: str


class Wake(NamedTuple):
    """An arrow from who woke to who was woken."""

    time: float
    source: int
    target: int


class Mark(NamedTuple):
    """What the program said about itself, at a moment, on its lane."""

    time: float
    lane: int
    text: str


class Landing(NamedTuple):
    """Where a request to cancel a task lands.

    It is `followed` when the task ended by it; its mark is hollow otherwise, and `became` says what
    became of it. `text` says who sent it, and is written beside it.
    """

    time: float
    lane: int
    followed: bool
    became: str
    text: str


class Tear(NamedTuple):
    """A bar, from when to when, that a cancellation cut off: its right edge is torn."""

    lane: int
    start: float
    end: float


class Cleanup(NamedTuple):
    """A strip along a lane, from where a cancellation lands to where what it ended has ended."""

    lane: int
    start: float
    end: float


class Crossing(NamedTuple):
    """A line from the lane `top` to the lane `bottom`, with its name."""

    time: float
    top: int
    bottom: int
    what: Literal["timeout", "signal"]
    text: str


class BlockedLoop(NamedTuple):
    """A step that kept the loop for long, drawn across all lanes."""

    start: float
    end: float
    text: str


class Outline(NamedTuple):
    """Where the task of that name was, from when to when, in another recording."""

    lane: int
    start: float
    end: float


class Level(NamedTuple):
    """From which time on a curve has which value."""

    time: float
    value: float


@dataclass(frozen=True, slots=True)
class Band:
    """One side of a resource, in rows of its own beneath the tasks: who has it, or who waits.

    `kind` is that of those who wait for it, one of `WAIT_KINDS`. `label` is its name and `detail`
    its class, with what else is to be said. There are either `holds`, of which `Hold.slot` is one
    of `slots` rows, or a `curve`, up to `most` and with `limit` marked. `waiting` tells those who
    wait from those who have it; `second` tells a band that belongs to the one above it. `names` are
    the tasks of `holds`: in full, and what tells them apart. `counts` says what the numbers of a
    curve are, and `bound` what its limit is; `switch` is the word for 1 where the value is either 1
    or 0.
    """

    resource: int
    kind: str
    label: str
    detail: str
    slots: int = 1
    holds: Sequence[Hold] = ()
    curve: Sequence[Level] = ()
    most: int = 0
    limit: int | None = None
    waiting: bool = False
    second: bool = False
    names: Mapping[int, tuple[str, str]] = field(default_factory=dict)
    counts: str = ""
    bound: str = ""
    switch: str = ""


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment that is pointed out, its time in words, and where the stretch before it begins."""

    time: float
    text: str
    since: float | None


class Entry(NamedTuple):
    """An entry of the legend: what it explains, and how.

    `kind` is the kind of wait in the colour of which the sign is, for a sign that may have several.
    """

    sign: Sign
    text: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that is drawn.

    `title` are lines above all lanes, the first one first. The axis goes from `begin` to `finish`.
    `measured` is the end of the recording, beyond which no time was measured, and `end` the same
    where a line is drawn there; `horizon` is to what time those stretches go that had not ended.
    `empty` is what stands there when there are no lanes. `held` are, by lane, the stretches in
    which a task holds something. `legend` has an entry for all that may be drawn, in order; of what
    a painter had no room for (steps, or bars, that are too short) it leaves out the entry.
    `left_out` says in sentences what the picture does not show. `in_words` says all of it.
    """

    title: tuple[str, ...]
    begin: float
    finish: float
    measured: float
    horizon: float
    end: float | None
    clock: str
    empty: str
    lanes: tuple[Lane, ...]
    bars: Bars
    crowds: tuple[Crowd, ...]
    held: Stretches
    ends: tuple[End, ...]
    wakes: tuple[Wake, ...]
    marks: tuple[Mark, ...]
    landings: tuple[Landing, ...]
    tears: tuple[Tear, ...]
    cleanups: tuple[Cleanup, ...]
    crossings: tuple[Crossing, ...]
    blocked: tuple[BlockedLoop, ...]
    before: tuple[Outline, ...]
    bands: tuple[Band, ...]
    moment: Moment | None
    legend: tuple[Entry, ...]
    left_out: tuple[str, ...]
    in_words: Callable[[], str] = field(compare=False)

    @property
    def alternative(self) -> str:
        """All of it in words; worked out when somebody asks, for that takes as long as the rest."""
        return self.in_words()
