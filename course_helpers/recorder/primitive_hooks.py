"""Hooks of locks, semaphores, events, conditions, barriers, timeouts, task groups, processes."""

from __future__ import annotations

import asyncio
from asyncio import base_subprocess
from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from course_helpers.recorder import log
from course_helpers.recorder.primitives import ACTION, INTERNAL, change_of
from course_helpers.recorder.session import Hooks, Session
from course_helpers.recorder.tracebacks import hide_package

# Where asyncio's classes keep their state, in CPython 3.11 to 3.15: attributes that say all by
# being set, but only of these two so often that it matters how fast they are watched.
_COUNTS: Final = {asyncio.Lock: "_locked", asyncio.Semaphore: "_value"}
_ATTRIBUTES: Final[dict[type, frozenset[str]]] = {
    asyncio.Barrier: frozenset({"_count", "_state"}),
    asyncio.Timeout: frozenset({"_state"}),
    asyncio.TaskGroup: frozenset({"_entered", "_exiting", "_aborting"}),
    base_subprocess.BaseSubprocessTransport: frozenset({"_pid", "_returncode"}),
}


def primitive_hooks(session: Session) -> Hooks:
    """The hooks of asyncio's primitives, but for its queues: closures, for their pace."""
    now, time, fail, primitives = session.now, session.time, session.fail, session.primitives
    extend: Callable[[Any], None] = session.log.rows.extend
    settled = primitives.settled

    def watch_count(watched: str) -> Callable[[Any], Any]:
        def make(original: Any) -> Any:
            def set_attribute(self: Any, name: str, value: Any) -> None:
                if name != watched:
                    original(self, name, value)
                    return
                known = settled.get(id(self))
                if known is None:
                    before = getattr(self, name, None)
                    original(self, name, value)
                    attribute(self, name, before, value)
                    return
                original(self, name, value)
                try:
                    if known and value != known[2]:
                        extend((known[value > known[2]], time(), now.lane, value))
                        known[2] = value
                except Exception as error:
                    fail(error)

            return set_attribute

        return make

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
            # None before: it is being constructed.
            if before is None and name not in ("_pid", "_returncode"):
                primitives.constructed(primitive, value)
                return
            if not session.concerns():
                return
            if name in ("_pid", "_returncode"):
                session.outside.process(primitive, name, value)
                return
            found = change_of(primitive, name, before, value)
            if found is not None:
                action, before, value = found
                number = primitives.changed(primitive, before)
                if number != INTERNAL:
                    kind = log.change_kind(number, action)
                    extend((kind, time(), now.lane, value))
        except Exception as error:
            fail(error)

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
            if known is None:
                attribute(event, "_value", not value, value)
            elif known:
                extend((known[value], time(), now.lane, value))
        except Exception as error:
            fail(error)

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
            if session.concerns():
                waiters = len(condition._waiters)
                number = primitives.changed(condition, waiters)
                if number != INTERNAL:
                    kind = log.change_kind(number, ACTION["notify"])
                    extend((kind, time(), now.lane, waiters))
        except Exception as error:
            fail(error)

    def make_group_create_task(original: Any) -> Any:
        @wraps(original)
        def create_task(self: Any, coroutine: Any, **options: Any) -> Any:
            before = len(self._tasks)
            try:
                task = original(self, coroutine, **options)
            except BaseException as error:
                hide_package(error)
                raise
            children_changed(self, before, ACTION["create_task"])
            return task

        return create_task

    def make_group_task_done(original: Any) -> Any:
        @wraps(original)
        def _on_task_done(self: Any, task: Any) -> None:
            before = len(self._tasks)
            try:
                original(self, task)
            finally:
                children_changed(self, before, ACTION["task_done"])

        return _on_task_done

    def children_changed(group: Any, before: int, action: int) -> None:
        try:
            children = len(group._tasks)
            if children != before and session.concerns():
                number = primitives.changed(group, before)
                if number != INTERNAL:
                    extend((log.change_kind(number, action), time(), now.lane, children))
        except Exception as error:
            fail(error)

    def write_to(write: Callable[[Any], None]) -> None:
        nonlocal extend
        extend = write

    on_classes: dict[tuple[Any, str], Callable[[Any], Any]] = {
        (asyncio.Event, "set"): make_set,
        (asyncio.Event, "clear"): make_clear,
        (asyncio.Condition, "notify"): make_notify,
        (asyncio.TaskGroup, "create_task"): make_group_create_task,
        (asyncio.TaskGroup, "_on_task_done"): make_group_task_done,
    }
    for holder, count in _COUNTS.items():
        on_classes[holder, "__setattr__"] = watch_count(count)
    for holder, attributes in _ATTRIBUTES.items():
        on_classes[holder, "__setattr__"] = watch_attributes(attributes)
    return Hooks(on_classes, {}, write_to)
