"""Hooks of servers: when one begins to serve, its connections, and that it is closed."""

from __future__ import annotations

import sys
from asyncio import base_events
from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from course_helpers.recorder import log
from course_helpers.recorder.hooks import Makers
from course_helpers.recorder.primitives import ACTION, INTERNAL, connections
from course_helpers.recorder.session import Hooks, Session

# What these methods do, if they change anything.
_METHODS: Final = {
    "_start_serving": ACTION["start"],
    "_attach": ACTION["connect"],
    "_detach": ACTION["disconnect"],
    "close": ACTION["close"],
}


def server_hooks(session: Session) -> Hooks:
    """The hooks of `asyncio.Server`."""
    primitives = session.primitives
    write: Callable[[Any], None] = session.log.rows.extend

    def maker(action: int) -> Callable[[Any], Any]:
        def make(original: Any) -> Any:
            @wraps(original)
            def method(self: Any, *arguments: Any) -> Any:
                before = _state(self)
                result = original(self, *arguments)
                try:
                    if _state(self) != before and session.concerns():
                        changed(self, action, before)
                except Exception as error:
                    session.fail(error)
                return result

            return method

        return make

    def _state(server: Any) -> tuple[bool, int]:
        return bool(server.is_serving()), connections(server)

    def changed(server: Any, action: int, before: tuple[bool, int]) -> None:
        number = primitives.changed(server, before[1], sys._getframe(2))
        if number != INTERNAL:
            kind, value = log.change_kind(number, action), _state(server)[1]
            write((kind, session.time(), session.now.lane, value))

    def write_to(other: Callable[[Any], None]) -> None:
        nonlocal write
        write = other

    on_classes: Makers = {
        (base_events.Server, name): maker(action) for name, action in _METHODS.items()
    }
    return Hooks(on_classes, {}, write_to)
