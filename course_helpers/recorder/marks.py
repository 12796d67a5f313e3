"""Marks: what a program says about itself while it is recorded."""

from __future__ import annotations

import sys
from asyncio import AbstractEventLoop, events
from collections.abc import Callable
from math import isfinite
from types import FrameType
from typing import Any, Final

from course_helpers.learners_code import is_learners, outwards
from course_helpers.recorder.names import shorten

# How to write a mark into the recording of a loop, for each loop that is being recorded.
noting: Final[dict[AbstractEventLoop, Callable[[str, str, Any, FrameType | None], None]]] = {}

_LONGEST: Final = 200
_MADE_OF: Final[tuple[tuple[type, Callable[[Any], Any]], ...]] = (
    (int, int.__int__),
    (float, float.__float__),
    (str, str.__str__),
)


def mark(verb: str, what: object = "", value: object = None) -> None:
    """Leave a mark in the recording: this task did something, at this moment, in this line.

        mark("took an order", 3)
        mark("writes", "balance", 80)

    `verb` says what was done, `what` to which thing, `value` is what was read, written or counted.
    The mark is in `Recording.marks`, on the task's lane in the timeline, and in the summary.

    `verb` and `what` are kept as text. A `value` that is None, a bool, a number or a text is kept
    as it is, anything else as its `repr`; texts longer than 200 characters are cut. Where nothing
    is being recorded, and in other threads than the loop's, a mark does nothing: it may stay in the
    program.
    """
    mark_from(sys._getframe(1), verb, what, value)


def mark_from(frame: FrameType | None, verb: str, what: object, value: object) -> None:
    """Leave a mark that a frame of the program, or one that it was called from, has made."""
    loop = events._get_running_loop()
    note = None if loop is None else noting.get(loop)
    if note is not None:
        note(_text(verb), _text(what), plain(value), _learners(frame))


def _learners(frame: FrameType | None) -> FrameType | None:
    """The innermost frame of the learner's code; not the code that runs the loop itself."""
    for one in outwards(frame):
        if is_learners(one.f_code):
            return one
        if one.f_code.co_name == "_run_once":
            return None
    return None


def plain(value: Any) -> Any:
    """A value as data that never changes: a number or a text as it is, all else as its `repr`."""
    kind = type(value)
    if value is None or kind is int or kind is bool:
        return value
    if kind is float:
        return value if isfinite(value) else str(value)
    if kind is str:
        return shorten(value, _LONGEST)
    # Of a subclass that says something else of itself, what it is made of.
    for base, made_of in _MADE_OF:
        if isinstance(value, base):
            return plain(made_of(value))
    return _text(value)


def _text(value: object) -> str:
    if type(value) is str:
        return shorten(value, _LONGEST)
    try:
        text = repr(value)
    except Exception:  # a text that cannot be made is the program's own mistake
        text = f"<{type(value).__name__}>"
    # An address in memory differs from run to run.
    return f"<{type(value).__name__}>" if " at 0x" in text else shorten(text, _LONGEST)
