"""Hooks of conditions, barriers and child processes."""

from __future__ import annotations

import asyncio
import sys
from asyncio import base_subprocess
from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from course_helpers.recorder import log
from course_helpers.recorder.hooks import Makers
from course_helpers.recorder.primitives import ACTION, BARRIER_STATES, INTERNAL
from course_helpers.recorder.session import Hooks, Session
from course_helpers.recorder.stranger_hooks import Strangers
from course_helpers.recorder.tracebacks import hide_package

# Where asyncio's classes keep their state, in CPython 3.11 to 3.15: attributes that say all by
# being set.
_ATTRIBUTES: Final[dict[type, frozenset[str]]] = {
    asyncio.Barrier: frozenset({"_count", "_state"}),
    base_subprocess.BaseSubprocessTransport: frozenset({"_pid", "_returncode"}),
}


def primitive_hooks(session: Session, strangers: Strangers) -> Hooks:
    """The hooks of conditions, barriers and child processes."""
    now, time, fail, primitives = session.now, session.time, session.fail, session.primitives
    extend: Callable[[Any], None] = session.log.rows.extend

    def watch_attributes(watched: frozenset[str]) -> Callable[[Any], Any]:
        def make(original: Any) -> Any:
            def set_attribute(self: Any, name: str, value: Any) -> None:
                if name in watched:
                    before = getattr(self, name, None)
                    original(self, name, value)
                    attribute(self, name, before, value)
                else:
                    original(self, name, value)

            return set_attribute

        return make

    def attribute(primitive: Any, name: str, before: Any, value: Any) -> None:
        try:
            if name in ("_pid", "_returncode"):
                if session.concerns():
                    session.outside.process(primitive, name, value)
            elif before is not None and session.concerns():  # None: it is being constructed
                barrier_changed(primitive, name, before, value, sys._getframe(2))
        except Exception as error:
            fail(error)

    def barrier_changed(barrier: Any, name: str, before: Any, value: Any, frame: Any) -> None:
        action: int | None
        if name == "_count":
            action = ACTION["arrive" if value > before else "leave"]
        else:
            action, before, value = BARRIER_STATES.get(value.name), barrier._count, barrier._count
        if action is not None:
            number = primitives.changed(barrier, before, frame)
            if number != INTERNAL:
                extend((log.change_kind(number, action), time(), now.lane, value))

    def make_notify(original: Any) -> Any:
        @wraps(original)
        def notify(self: Any, n: int = 1) -> None:
            try:
                original(self, n)
            except BaseException as error:
                hide_package(error)
                raise
            notified(self)

        return notify

    def notified(condition: Any) -> None:
        try:
            if session.concerns() or strangers.concerns(condition):
                waiters = len(condition._waiters)
                number = primitives.changed(condition, waiters, sys._getframe(2))
                if number != INTERNAL:
                    kind = log.change_kind(number, ACTION["notify"])
                    extend((kind, time(), strangers.deed(condition, ACTION["notify"]), waiters))
        except Exception as error:
            fail(error)

    def write_to(write: Callable[[Any], None]) -> None:
        nonlocal extend
        extend = write

    makers: Makers = {(asyncio.Condition, "notify"): make_notify}
    for holder, attributes in _ATTRIBUTES.items():
        makers[holder, "__setattr__"] = watch_attributes(attributes)
    return Hooks(makers, {}, write_to)
