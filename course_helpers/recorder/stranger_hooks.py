"""Hooks of strangers: threads that use what belongs to the loop without `call_soon_threadsafe`."""

from __future__ import annotations

import sys
import threading
from asyncio import events
from collections.abc import Callable
from functools import wraps
from threading import Thread, get_ident
from typing import Any, Final

from course_helpers.learners_code import learner_frame
from course_helpers.recorder import hooks, log
from course_helpers.recorder.places import location_of
from course_helpers.recorder.session import Hooks, Session

_PACKAGE: Final = __name__.partition(".")[0]


class Strangers:
    """Hears what other threads do to the loop's primitives and tasks by themselves.

    To ask in which thread something happens takes as long as to write it down. So it is asked only
    where there are other threads: see `Now.alone`.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._write: Callable[[Any], None] = session.log.rows.extend
        others = [thread for thread in threading.enumerate() if thread.ident != get_ident()]
        #: Whether no other thread runs, or has run, that could use what belongs to the loop.
        self.are_none = session.now.alone = all(map(_is_packages, others))

    def hooks(self) -> Hooks:
        """The hooks."""
        return Hooks({(Thread, "start"): self._make_start}, {}, self._write_to)

    def _write_to(self, write: Callable[[Any], None]) -> None:
        self._write = write

    def _make_start(self, original: Any) -> Any:
        @wraps(original)
        def start(thread: Any) -> None:
            if not _is_packages(thread):
                self.are_none = self._session.now.alone = False
            original(thread)

        return start

    def is_one(self) -> bool:
        """Whether another thread than the loop's runs now."""
        now = self._session.now
        return not now.alone and get_ident() != now.thread and now.listening

    def concerns(self, primitive: Any) -> bool:
        """Whether a stranger uses a primitive of this loop's.

        One that no loop has claimed is believed to be, where this is the only loop that is
        recorded, and the stranger runs none itself.
        """
        if not self.is_one() or events._get_running_loop() is not None:
            return False
        loop = getattr(primitive, "_loop", None)
        return loop is self._session.loop or (loop is None and len(hooks.by_loop) == 1)

    def deed(self, primitive: Any, action: int) -> int:
        """Who does something to a primitive: a stranger's lane, noted, or else who runs now."""
        if not self.is_one():
            return self._session.doer()
        number = self._session.primitives.number_of(primitive)
        return self.note(log.ACTIONS[action], number, None)

    def note(self, action: str, resource: int | None, task: int | None) -> int:
        """A stranger has done something, to a resource or a task; returns the stranger's lane."""
        session = self._session
        lane = session.outside.this_thread()
        frame = learner_frame(sys._getframe(1))
        location = None if frame is None else location_of(frame)
        number = len(session.log.strangers)
        session.log.strangers.append((action, resource, task, location))
        self._write((log.STRANGER, session.time(), lane, number))
        return lane


def _is_packages(thread: Thread) -> bool:
    """Whether a thread is one of this package's own, which uses nothing of the loop's."""
    # Not by its code: a method that is hooked has the hook's.
    module = getattr(getattr(thread, "_target", None), "__module__", None)
    return isinstance(module, str) and module.partition(".")[0] == _PACKAGE
