"""What the hooks of one recording share: who runs now, and where things are written down."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from threading import get_ident
from typing import Any, NamedTuple

from course_helpers.recorder import log
from course_helpers.recorder.hooks import Makers
from course_helpers.recorder.outside import Outside
from course_helpers.recorder.primitives import Primitives
from course_helpers.recorder.situations import Situations
from course_helpers.recorder.tasks import Tasks


class Now:
    """Who runs in the recorded loop: written by the hooks of the steps alone, read by all.

    `lane` is the task that runs, or on whose behalf a callback does: then it is `plain`, and the
    lane's task takes no step. `sample` is where a callback was seen.
    `armed_by` is who armed the timer that fired last. `inside` says
    that a handle of the loop is being run, and of no other loop within it, and `thread` is the
    identifier of the loop's thread.
    `alone` says that what happens is by nobody's doing but `lane`'s: no other thread runs that
    could use what belongs to the loop, and no task was destroyed whose coroutine may be closed.
    `listening` is false when the recording has ended: somebody may keep a hook for good.
    """

    __slots__ = ("alone", "armed_by", "inside", "lane", "listening", "plain", "sample", "thread")

    def __init__(self, thread: int) -> None:
        self.lane = log.OUTSIDE
        self.plain = False
        self.armed_by = log.OUTSIDE
        self.sample: log.Place | None = None
        self.inside = False
        self.listening = False
        self.alone = True
        self.thread = thread

    def who(self) -> tuple[int, bool]:
        """The lane by whose doing something happens now, and whether that is in its step."""
        lane = self.armed_by if self.lane == log.BY_TIMER else self.lane
        return lane, not self.plain


@dataclass(frozen=True, slots=True)
class Session:
    """What the hooks of one recording share.

    `time` is the loop's clock; `fail` switches the recorder off. `in_order`: the loop tells
    when it takes in what another thread has handed it: a simulation's does, so that the order is
    the same at each run.
    """

    loop: Any
    log: log.Log
    time: Callable[[], float]
    now: Now
    tasks: Tasks
    primitives: Primitives
    situations: Situations
    outside: Outside
    fail: Callable[[BaseException], None]
    in_order: bool

    def concerns(self) -> bool:
        """Whether what happens now happens in the recorded loop."""
        # The running loop is not asked for: that takes a system call in Python 3.11.
        now = self.now
        return now.inside and now.listening and get_ident() == now.thread

    def doer(self) -> int:
        """The lane by whose doing something happens now: mostly who runs."""
        closing = self.tasks.closing
        found = self.tasks.closing_now(sys._getframe(1)) if closing else None
        return self.now.lane if found is None else found


class Hooks(NamedTuple):
    """A group of hooks.

    `on_classes` makes hooks from the methods that they replace, `on_loop` are those of the recorded
    loop alone. What is heard most often has the log's `extend` in a local variable, which spares a
    tenth of the cost: `write_to` puts another function there.
    """

    on_classes: Makers
    on_loop: dict[str, Any]
    write_to: Callable[[Callable[[Any], None]], None]
