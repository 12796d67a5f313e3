"""The colours, patterns and signs that every view shares, as plain data.

The hues are those of Okabe and Ito, "Color Universal Design" (2008), which people with any common
form of colour blindness can tell apart. A colour has one meaning: pale, it says *why* a task waits,
or, in a line, why the tasks there do. Running is the colour of ink, solid; ready is ink too, in
stripes. What is held, and how full something is, is slate. Cancellations, timeouts and signals have
a colour of their own, arrows have theirs, and red says that something went wrong. Which task it is,
no colour says: a task is told by its name.

Contrast, as the Web Content Accessibility Guidelines 2.2 define it, is at least 4.5 for text (`ink`
and `muted` on `background`, `ink` on every pale colour, `on_held` on `held`) and at
least 3 for the outlines and the strong colours on `background`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from course_helpers.recording.model import Ending, State


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of one background, as `#rrggbb`.

    `background`, `stripe` (behind every second lane), `grid`, `muted` (text of second rank) and
    `ink` (text, running, the stripes of ready) are the neutral ones; `half` is for stripes where
    there is no room for them. `waiting` and `waiting_outline` have an entry for each of
    `WAIT_KINDS`. `held` is for what is held, with `on_held` for text on it, `level` and
    `level_outline` for how full something is. `endings` has a colour for each `Ending`. `cancel` is
    for cancellations, timeouts and signals, `wake` for arrows from who wakes to who is woken,
    `alarm` for what should not happen: a blocked loop, a deadlock. `curves` are what the curves of
    a chart take in turn.
    """

    background: str
    stripe: str
    grid: str
    muted: str
    ink: str
    half: str
    waiting: Mapping[str, str]
    waiting_outline: Mapping[str, str]
    held: str
    on_held: str
    level: str
    level_outline: str
    endings: Mapping[Ending, str]
    cancel: str
    wake: str
    alarm: str
    curves: tuple[str, ...]


LIGHT = Palette(
    background="#ffffff",
    stripe="#f6f7f8",
    grid="#dfe3e6",
    muted="#5b6168",
    ink="#1b1f24",
    half="#84888c",
    waiting={
        "sleep": "#d3ebf9",
        "lock": "#f3b98e",
        "semaphore": "#f8d68d",
        "event": "#e6bad3",
        "condition": "#f8f19f",
        "barrier": "#80b9d9",
        "queue": "#a3dccd",
        "task": "#e3e5e7",
        "stream": "#a3dccd",
        "subprocess": "#f8d68d",
        "thread": "#e6bad3",
        "future": "#e3e5e7",
    },
    waiting_outline={
        "sleep": "#4a96c2",
        "lock": "#d55e00",
        "semaphore": "#bd8507",
        "event": "#c06a9b",
        "condition": "#979135",
        "barrier": "#0072b2",
        "queue": "#009e73",
        "task": "#8b9096",
        "stream": "#009e73",
        "subprocess": "#bd8507",
        "thread": "#c06a9b",
        "future": "#8b9096",
    },
    held="#46586b",
    on_held="#ffffff",
    level="#d5dde6",
    level_outline="#46586b",
    endings={
        Ending.DONE: "#5b6168",
        Ending.CANCELLED: "#93094b",
        Ending.FAILED: "#b3261e",
        Ending.DESTROYED: "#b3261e",
        Ending.ALIVE: "#1b1f24",
    },
    cancel="#93094b",
    wake="#6f2da8",
    alarm="#b3261e",
    curves=("#5b6168", "#0072b2", "#bf5604", "#047857", "#a3528b", "#2b1a3d"),
)

DARK = Palette(
    background="#14181d",
    stripe="#1b2026",
    grid="#323941",
    muted="#a8afb6",
    ink="#f2f4f6",
    half="#868b91",
    waiting={
        "sleep": "#254556",
        "lock": "#7d3c0c",
        "semaphore": "#6c5111",
        "event": "#6f4863",
        "condition": "#68662c",
        "barrier": "#0f5482",
        "queue": "#0c5041",
        "task": "#3a3f45",
        "stream": "#0c5041",
        "subprocess": "#6c5111",
        "thread": "#6f4863",
        "future": "#3a3f45",
    },
    waiting_outline={
        "sleep": "#56b4e9",
        "lock": "#f0803c",
        "semaphore": "#e69f00",
        "event": "#cc79a7",
        "condition": "#f0e442",
        "barrier": "#3d9bd1",
        "queue": "#22b68c",
        "task": "#8f969d",
        "stream": "#22b68c",
        "subprocess": "#e69f00",
        "thread": "#cc79a7",
        "future": "#8f969d",
    },
    held="#a9bccf",
    on_held="#14181d",
    level="#33404d",
    level_outline="#a9bccf",
    endings={
        Ending.DONE: "#a8afb6",
        Ending.CANCELLED: "#ef6696",
        Ending.FAILED: "#ff8a80",
        Ending.DESTROYED: "#ff8a80",
        Ending.ALIVE: "#f2f4f6",
    },
    cancel="#ef6696",
    wake="#c9a2f5",
    alarm="#ff8a80",
    curves=("#a8afb6", "#56b4e9", "#f0803c", "#22b68c", "#d68db5", "#e6b030"),
)

#: Kinds of waiting whose other end is outside the loop's own primitives: drawn with dots.
DOTTED_KINDS = frozenset({"stream", "subprocess", "thread", "future"})

#: How each state is filled: `"solid"`, `"stripes"`, `"pale"` (in the colour of the wait reason) or
#: `"empty"`.
FILLS: Mapping[State, str] = {
    State.RUNNING: "solid",
    State.READY: "stripes",
    State.WAITING: "pale",
    State.UNKNOWN: "empty",
}

#: The sign at the end of a lane.
SIGNS: Mapping[Ending, str] = {
    Ending.DONE: "✓",
    Ending.CANCELLED: "⊘",
    Ending.FAILED: "✗",
    Ending.DESTROYED: "†",
    Ending.ALIVE: "→",
}


def in_the_dark(colour: str) -> str:
    """What a colour of the light palette is in the dark one; black is ink, and others stay."""
    return _IN_THE_DARK.get(colour.lower(), colour)


def _colours(palette: Palette) -> Iterator[str]:
    """All colours of a palette, in the same order for each."""
    for name in palette.__slots__:
        value = getattr(palette, name)
        if isinstance(value, str):
            yield value
        else:
            yield from value if isinstance(value, tuple) else value.values()


_IN_THE_DARK = {
    "#000000": DARK.ink,
    **dict(zip(_colours(LIGHT), _colours(DARK), strict=True)),
}
