"""Hooks of events: that one is set, and that it is cleared."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from functools import wraps
from threading import get_ident
from typing import Any, Final

from course_helpers.recorder.hooks import Makers
from course_helpers.recorder.primitives import ACTION
from course_helpers.recorder.session import Hooks, Session
from course_helpers.recorder.stranger_hooks import Strangers

_SET: Final = ACTION["set"]
_CLEAR: Final = ACTION["clear"]


def event_hooks(session: Session, strangers: Strangers) -> Hooks:
    """The hooks of `asyncio.Event`."""
    now, time, fail, primitives = session.now, session.time, session.fail, session.primitives
    extend: Callable[[Any], None] = session.log.rows.extend
    settled, first_change = primitives.settled, primitives.first_change
    closing, deed, here = session.tasks.closing, strangers.deed, session.concerns

    def make_set(original: Any) -> Any:
        @wraps(original)
        def set(self: Any) -> None:
            if not self._value:
                switch(self, True)
            original(self)

        return set

    def make_clear(original: Any) -> Any:
        @wraps(original)
        def clear(self: Any) -> None:
            if self._value:  # else nothing is cleared: queues do that at every put
                switch(self, False)
                original(self)

        return clear

    def switch(event: Any, value: bool) -> None:
        try:
            known = settled.get(id(event))
            if known is None and (here() or strangers.concerns(event)):
                known = first_change(event, not value, sys._getframe(2))
                if known is None:  # it has no name yet
                    action = _SET if value else _CLEAR
                    kind = primitives.kind_of_unnamed(event, action)
                    lane = now.lane if now.alone else deed(event, action)
                    extend((kind, time(), lane, value))
                    return
            if known:
                lane = now.lane
                if not (now.alone or (get_ident() == now.thread and not closing)):
                    lane = deed(event, _SET if value else _CLEAR)
                extend((known[value], time(), lane, value))
        except Exception as error:
            fail(error)

    def write_to(write: Callable[[Any], None]) -> None:
        nonlocal extend
        extend = write

    makers: Makers = {
        (asyncio.Event, "set"): make_set,
        (asyncio.Event, "clear"): make_clear,
    }
    return Hooks(makers, {}, write_to)
