"""Hooks of locks and semaphores: each change of the number that says all of them."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from threading import get_ident
from typing import Any, Final

from course_helpers.recorder import log
from course_helpers.recorder.primitives import READINGS, VALUE
from course_helpers.recorder.session import Hooks, Session
from course_helpers.recorder.stranger_hooks import Strangers

# Where asyncio's classes keep that number, in CPython 3.11 to 3.15. It is set so often that it
# matters how fast it is watched.
_COUNTS: Final = {asyncio.Lock: "_locked", asyncio.Semaphore: "_value"}


def count_hooks(session: Session, strangers: Strangers) -> Hooks:
    """The hooks of locks and semaphores: closures, for their pace."""
    now, time, fail, primitives = session.now, session.time, session.fail, session.primitives
    extend: Callable[[Any], None] = session.log.rows.extend
    settled, first_change = primitives.settled, primitives.first_change
    closing, deed, here = session.tasks.closing, strangers.deed, session.concerns

    def watch_count(of: type, watched: str) -> Callable[[Any], Any]:
        falls, rises = next(each.actions for each in READINGS if each.of is of)
        is_semaphore = of is asyncio.Semaphore

        def make(original: Any) -> Any:
            def set_attribute(self: Any, name: str, value: Any) -> None:
                if name != watched:
                    original(self, name, value)
                    return
                known = settled.get(id(self))
                if known is None:
                    before = getattr(self, name, None)
                    original(self, name, value)
                    if before is not None:
                        count(self, before, value)
                    elif is_semaphore:
                        constructed(self, value)
                    return
                original(self, name, value)
                try:
                    if known and value != known[VALUE]:
                        kind = known[value > known[VALUE]]
                        lane = now.lane
                        if not (now.alone or (get_ident() == now.thread and not closing)):
                            lane = deed(self, log.change_of_kind(kind)[1])
                        extend((kind, time(), lane, value))
                        known[VALUE] = value
                except Exception as error:
                    fail(error)

            def count(primitive: Any, before: Any, value: Any) -> None:
                try:
                    if before != value and (here() or strangers.concerns(primitive)):
                        known = first_change(primitive, int(before), sys._getframe(2))
                        action = rises if value > before else falls
                        if known is None:  # it has no name yet
                            kind = primitives.kind_of_unnamed(primitive, action)
                        elif known:
                            kind, known[VALUE] = known[value > before], value
                        else:
                            return
                        lane = now.lane if now.alone else deed(primitive, action)
                        extend((kind, time(), lane, int(value)))
                except Exception as error:
                    fail(error)

            def constructed(semaphore: Any, permits: Any) -> None:
                try:
                    primitives.constructed(semaphore, int(permits))
                except Exception as error:
                    fail(error)

            return set_attribute

        return make

    def write_to(write: Callable[[Any], None]) -> None:
        nonlocal extend
        extend = write

    makers = {(of, "__setattr__"): watch_count(of, watched) for of, watched in _COUNTS.items()}
    return Hooks(makers, {}, write_to)
