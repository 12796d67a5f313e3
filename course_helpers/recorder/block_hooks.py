"""Hooks of what a program enters and leaves with `async with`: task groups and timeouts."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from functools import wraps
from threading import get_ident
from typing import Any, Final, NamedTuple

from course_helpers.recorder.cancellation_hooks import Requests
from course_helpers.recorder.hooks import Makers
from course_helpers.recorder.primitives import ACTION, KIND, PLACE
from course_helpers.recorder.session import Hooks, Session
from course_helpers.recorder.tracebacks import hide_package

_ENTER, _EXIT, _ABORT, _EXPIRE, _CREATE_TASK, _TASK_DONE = (
    ACTION[name] for name in ("enter", "exit", "abort", "expire", "create_task", "task_done")
)
_BEFORE_ENTRY: Final = "CREATED"
_INSIDE: Final = ("ENTERED", "EXPIRING")


class _Heard(NamedTuple):
    """What the hooks call when they have heard something of a block."""

    entered: Callable[[Any, int, int], None]
    happened: Callable[[Any, int, int, int], None]
    write_to: Callable[[Callable[[Any], None]], None]


def block_hooks(session: Session, requests: Requests) -> Hooks:
    """The hooks of task groups and timeouts."""
    heard = _heard(session)
    makers = _group_makers(session, requests, heard) | _timeout_makers(session, requests, heard)
    return Hooks(makers, {}, heard.write_to)


def _heard(session: Session) -> _Heard:
    """Closures, for their pace; the hooks that heard it call them."""
    now, time, fail, primitives = session.now, session.time, session.fail, session.primitives
    extend: Callable[[Any], None] = session.log.rows.extend
    blocks, met, named_again = primitives.blocks, primitives.met, primitives.named_again
    enter, doer = primitives.entered, session.doer

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

    return _Heard(entered, happened, write_to)


# `async with` calls the method and awaits at once what it returns, which goes through without
# a stop up to where its state is set.


def _group_makers(session: Session, requests: Requests, heard: _Heard) -> Makers:
    now, by_block = session.now, requests.by_block
    entered, happened = heard.entered, heard.happened
    meets = hasattr(asyncio, "eager_task_factory")

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

    return {
        (asyncio.TaskGroup, "create_task"): make_group_create_task,
        (asyncio.TaskGroup, "_on_task_done"): make_group_task_done,
        (asyncio.TaskGroup, "__aenter__"): make_group_enter,
        (asyncio.TaskGroup, "__aexit__"): make_group_exit,
        (asyncio.TaskGroup, "_abort"): make_group_abort,
    }


def _timeout_makers(session: Session, requests: Requests, heard: _Heard) -> Makers:
    now, primitives, by_block = session.now, session.primitives, requests.by_block
    entered, happened = heard.entered, heard.happened

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

    return {
        (asyncio.Timeout, "__aenter__"): make_timeout_enter,
        (asyncio.Timeout, "__aexit__"): make_timeout_exit,
        (asyncio.Timeout, "_on_timeout"): make_timeout_expire,
    }


def _shown_as(original: Any) -> Callable[[Any], Any]:
    """`wraps` for what a task's `repr` shows as its callback: `__wrapped__` would add a file."""

    def decorate(hook: Any) -> Any:
        wraps(original)(hook)
        del hook.__wrapped__
        return hook

    return decorate
