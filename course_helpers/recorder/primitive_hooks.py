"""Hooks of locks, semaphores, events, conditions, barriers, timeouts, task groups, processes."""

from __future__ import annotations

import asyncio
import sys
from asyncio import base_subprocess
from collections.abc import Callable
from functools import wraps
from threading import get_ident
from typing import Any, Final

from course_helpers.recorder import log
from course_helpers.recorder.cancellation_hooks import Requests
from course_helpers.recorder.primitives import (
    ACTION,
    BARRIER_STATES,
    INTERNAL,
    KIND,
    PLACE,
    READINGS,
    VALUE,
)
from course_helpers.recorder.session import Hooks, Session
from course_helpers.recorder.stranger_hooks import Strangers
from course_helpers.recorder.tracebacks import hide_package

# Where asyncio's classes keep their state, in CPython 3.11 to 3.15: attributes that say all by
# being set. Of locks and semaphores that is so often that it matters how fast they are watched.
_COUNTS: Final = {asyncio.Lock: "_locked", asyncio.Semaphore: "_value"}
_ATTRIBUTES: Final[dict[type, frozenset[str]]] = {
    asyncio.Barrier: frozenset({"_count", "_state"}),
    base_subprocess.BaseSubprocessTransport: frozenset({"_pid", "_returncode"}),
}
_SET, _CLEAR = ACTION["set"], ACTION["clear"]
_ENTER, _EXIT, _ABORT, _EXPIRE, _CREATE_TASK, _TASK_DONE = (
    ACTION[name] for name in ("enter", "exit", "abort", "expire", "create_task", "task_done")
)
_BEFORE_ENTRY: Final = "CREATED"
_INSIDE: Final = ("ENTERED", "EXPIRING")


def _shown_as(original: Any) -> Callable[[Any], Any]:
    """`wraps` for what a task's `repr` shows as its callback: `__wrapped__` would add a file."""

    def decorate(hook: Any) -> Any:
        wraps(original)(hook)
        del hook.__wrapped__
        return hook

    return decorate


def primitive_hooks(session: Session, requests: Requests, strangers: Strangers) -> Hooks:
    """The hooks of asyncio's primitives, but for its queues: closures, for their pace."""
    now, time, fail, primitives = session.now, session.time, session.fail, session.primitives
    extend: Callable[[Any], None] = session.log.rows.extend
    settled, blocks, met = primitives.settled, primitives.blocks, primitives.met
    first_change, named_again = primitives.first_change, primitives.named_again
    enter, meets = primitives.entered, hasattr(asyncio, "eager_task_factory")
    doer, closing = session.doer, session.tasks.closing
    deed, by_block = strangers.deed, requests.by_block
    here = session.concerns

    def concerned(primitive: Any) -> bool:
        return here() or strangers.concerns(primitive)

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
            if concerned(condition):
                waiters = len(condition._waiters)
                number = primitives.changed(condition, waiters, sys._getframe(2))
                if number != INTERNAL:
                    kind = log.change_kind(number, ACTION["notify"])
                    extend((kind, time(), deed(condition, ACTION["notify"]), waiters))
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
            if len(self._tasks) != before:
                happened(self, _CREATE_TASK, before, len(self._tasks))
            return task

        return create_task

    def make_group_task_done(original: Any) -> Any:
        @_shown_as(original)
        def _on_task_done(self: Any, task: Any) -> None:
            before = len(self._tasks)
            try:
                original(self, task)
            finally:
                if len(self._tasks) != before:
                    happened(self, _TASK_DONE, before, len(self._tasks))

        return _on_task_done

    # `async with` calls the method and awaits at once what it returns, which goes through without
    # a stop up to where its state is set.

    def make_group_enter(original: Any) -> Any:
        @wraps(original)
        def __aenter__(self: Any) -> Any:  # noqa: N807
            if not (self._entered or now.plain):  # else it refuses
                if meets:
                    requests.meet()
                children = len(self._tasks)
                entered(self, children, children)
            return original(self)

        return __aenter__

    def make_group_exit(original: Any) -> Any:
        @wraps(original)
        def __aexit__(self: Any, kind: Any, error: Any, traceback: Any) -> Any:  # noqa: N807
            if kind is not None or by_block:
                requests.left(self, kind)
            children = len(self._tasks)
            happened(self, _EXIT, children, children)
            return original(self, kind, error, traceback)

        return __aexit__

    def make_group_abort(original: Any) -> Any:
        @wraps(original)
        def _abort(self: Any) -> None:
            children = len(self._tasks)
            happened(self, _ABORT, children, children)
            original(self)

        return _abort

    def make_timeout_enter(original: Any) -> Any:
        @wraps(original)
        def __aenter__(self: Any) -> Any:  # noqa: N807
            if self._state.name == _BEFORE_ENTRY and not now.plain:  # else it refuses
                entered(self, 0, 1)
            return original(self)

        return __aenter__

    def make_timeout_exit(original: Any) -> Any:
        @wraps(original)
        def __aexit__(self: Any, kind: Any, error: Any, traceback: Any) -> Any:  # noqa: N807
            if kind is not None or by_block:
                requests.left(self, kind)
            if self._state.name in _INSIDE:
                happened(self, _EXIT, 1, 0)
                primitives.left(self)
            return original(self, kind, error, traceback)

        return __aexit__

    def make_timeout_expire(original: Any) -> Any:
        @_shown_as(original)
        def _on_timeout(self: Any) -> None:
            original(self)
            happened(self, _EXPIRE, 1, 0)

        return _on_timeout

    # The two below are called by the hooks that heard it.

    def entered(block: Any, before: int, value: int) -> None:
        """A group or a timeout is entered."""
        try:
            if now.inside and now.listening and get_ident() == now.thread:
                known = enter(block, before, sys._getframe(2))
                if known:
                    lane = now.lane if now.alone else doer()
                    extend((known[KIND] + _ENTER, time(), lane, value))
        except Exception as error:
            fail(error)

    def happened(block: Any, action: int, before: int, value: int) -> None:
        """Something has happened to a group or a timeout."""
        try:
            known = blocks.get(id(block))
            if now.inside and get_ident() == now.thread:
                if known is None and now.listening:
                    met(block, before, sys._getframe(2))
                    known = blocks[id(block)]
                if known:
                    if known[PLACE] is not None:  # its name is looked for
                        named_again(block, known, sys._getframe(2))
                    lane = now.lane if now.alone else doer()
                    extend((known[KIND] + action, time(), lane, value))
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
        (asyncio.TaskGroup, "__aenter__"): make_group_enter,
        (asyncio.TaskGroup, "__aexit__"): make_group_exit,
        (asyncio.TaskGroup, "_abort"): make_group_abort,
        (asyncio.Timeout, "__aenter__"): make_timeout_enter,
        (asyncio.Timeout, "__aexit__"): make_timeout_exit,
        (asyncio.Timeout, "_on_timeout"): make_timeout_expire,
    }
    for holder, count in _COUNTS.items():
        on_classes[holder, "__setattr__"] = watch_count(holder, count)
    for holder, attributes in _ATTRIBUTES.items():
        on_classes[holder, "__setattr__"] = watch_attributes(attributes)
    return Hooks(on_classes, {}, write_to)
