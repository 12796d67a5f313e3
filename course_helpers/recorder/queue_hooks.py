"""Hooks of queues. The plain one is served here: cheaper than to call asyncio and write a row."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from functools import wraps
from threading import get_ident
from typing import Any, Final

from course_helpers.recorder import log
from course_helpers.recorder.hooks import Makers
from course_helpers.recorder.primitives import ACTION, INTERNAL, IS_PLAIN, QUEUE_ACTIONS, depth
from course_helpers.recorder.session import Hooks, Session
from course_helpers.recorder.stranger_hooks import Strangers
from course_helpers.recorder.tracebacks import hide_package

_MISSING: Final = object()
# Places in `QUEUE_ACTIONS`, and so in what `Primitives.settled` has of a queue.
_PUT, _GET, _TASK_DONE = range(len(QUEUE_ACTIONS))
_SHUTDOWN: Final = ACTION["shutdown"]
# How far a queue's number of unfinished tasks has just moved, by `QUEUE_ACTIONS`.
_MORE: Final = (1, 0, -1)
# What asyncio sets of a queue that is in use. Whatever else is set was put there by somebody.
_COUNT: Final = "_unfinished_tasks"
_ASYNCIOS: Final = (_COUNT, "_loop", "_is_shutdown")


def queue_hooks(session: Session, strangers: Strangers) -> Hooks:
    """The hooks of `asyncio.Queue`: closures over local variables, for their pace."""
    now, time, fail, primitives = session.now, session.time, session.fail, session.primitives
    extend: Callable[[Any], None] = session.log.rows.extend
    settled, deed, closing = primitives.settled, strangers.deed, session.tasks.closing
    # Of the plain queue that was used last; the kinds of the rows that its changes write.
    getters: Any = _MISSING
    putters: Any = _MISSING
    finished: Any = _MISSING
    put = got = did = 0
    shuts_down = hasattr(asyncio.Queue, "shutdown")
    set_unheard = object.__setattr__

    # The plain queue that was used last is served here, in asyncio's own steps but without its
    # calls of methods that do one thing each: cheaper than to call asyncio and write a row.
    # It is known by parts of its own, which keep no item and no queue alive.

    def make_put_nowait(original: Any) -> Any:
        @wraps(original)
        def put_nowait(self: Any, item: Any) -> None:
            nonlocal getters, putters, finished, put, got, did
            if (
                self._getters is getters
                and not 0 < self._maxsize <= len(self._queue)
                and not (shuts_down and self._is_shutdown)
                and (now.alone or (get_ident() == now.thread and not closing))
            ):
                self._queue.append(item)
                set_unheard(self, _COUNT, self._unfinished_tasks + 1)
                if finished._value:
                    finished.clear()
                if getters:
                    self._wakeup_next(getters)
                extend((put, time(), now.lane, 0))
                return
            before = depth_unmet(self)
            try:
                original(self, item)
            except BaseException as error:
                hide_package(error)
                raise
            try:
                known = settled.get(id(self))
                if known:
                    doer = deed(self, ACTION["put"])
                    extend((known[_PUT], time(), doer, 0 if known[IS_PLAIN] else noted(self)))
                    if known[IS_PLAIN]:
                        put, got, did, *_ = known
                        getters, putters, finished = (
                            self._getters,
                            self._putters,
                            self._finished,
                        )
                elif before is not None:
                    queue_moved(self, _PUT, before)
            except Exception as error:
                fail(error)

        return put_nowait

    def make_get_nowait(original: Any) -> Any:
        @wraps(original)
        def get_nowait(self: Any) -> Any:
            if (
                self._putters is putters
                and self._queue
                and (now.alone or (get_ident() == now.thread and not closing))
            ):
                item = self._queue.popleft()
                if putters:
                    self._wakeup_next(putters)
                extend((got, time(), now.lane, 0))
                return item
            before = depth_unmet(self)
            try:
                item = original(self)
            except BaseException as error:
                hide_package(error)
                raise
            try:
                known = settled.get(id(self))
                if known:
                    doer = deed(self, ACTION["get"])
                    extend((known[_GET], time(), doer, 0 if known[IS_PLAIN] else noted(self)))
                elif before is not None:
                    queue_moved(self, _GET, before)
            except Exception as error:
                fail(error)
            return item

        return get_nowait

    def make_task_done(original: Any) -> Any:
        @wraps(original)
        def task_done(self: Any) -> None:
            if (
                self._finished is finished
                and self._unfinished_tasks > 0
                and (now.alone or (get_ident() == now.thread and not closing))
            ):
                left = self._unfinished_tasks - 1
                set_unheard(self, _COUNT, left)
                if not left:
                    finished.set()
                extend((did, time(), now.lane, 0))
                return
            try:
                original(self)
            except BaseException as error:
                hide_package(error)
                raise
            try:
                known = settled.get(id(self))
                if known:
                    extend((known[_TASK_DONE], time(), deed(self, ACTION["task_done"]), 0))
                elif (before := depth_unmet(self)) is not None:
                    queue_moved(self, _TASK_DONE, before)
            except Exception as error:
                fail(error)

        return task_done

    def make_set_attribute(original: Any) -> Any:
        def set_attribute(self: Any, name: str, value: Any) -> None:
            original(self, name, value)
            if name not in _ASYNCIOS:
                is_plain_no_more(self)

        return set_attribute

    def is_plain_no_more(queue: Any) -> None:
        """Something was put on this one queue, such as a `_put` of the program's."""
        nonlocal getters, putters, finished
        known = settled.get(id(queue))
        if known and known[IS_PLAIN]:
            known[IS_PLAIN] = 0
            getters = putters = finished = _MISSING

    def make_shutdown(original: Any) -> Any:
        @wraps(original)
        def shutdown(self: Any, immediate: bool = False) -> None:
            concerned = session.concerns() or strangers.concerns(self)
            before = depth(self) if concerned else None
            unfinished = self._unfinished_tasks
            try:
                original(self, immediate)
            except BaseException as error:
                hide_package(error)
                raise
            try:
                if before is not None:
                    fewer = unfinished - self._unfinished_tasks
                    number = primitives.changed(self, before, sys._getframe(1), fewer)
                    if number != INTERNAL:
                        kind = log.change_kind(number, _SHUTDOWN)
                        extend((kind, time(), deed(self, _SHUTDOWN), noted(self)))
            except Exception as error:
                fail(error)

        return shutdown

    def depth_unmet(queue: Any) -> int | None:
        """How deep a queue is that may be met now; None if it was, or is none of this loop's."""
        is_met = id(queue) in settled
        is_here = not is_met and (session.concerns() or strangers.concerns(queue))
        return depth(queue) if is_here else None

    def noted(queue: Any) -> int:
        """How deep a queue is, and one more; 0 if it does not tell: then its items are counted."""
        found = depth(queue)
        return 0 if found is None else 1 + found

    def queue_moved(queue: Any, action: int, before: int) -> None:
        number = primitives.changed(queue, before, sys._getframe(2), -_MORE[action])
        if number != INTERNAL:
            kind = log.change_kind(number, QUEUE_ACTIONS[action])
            extend((kind, time(), deed(queue, QUEUE_ACTIONS[action]), noted(queue)))

    def write_to(write: Callable[[Any], None]) -> None:
        nonlocal extend
        extend = write

    on_classes: Makers = {
        (asyncio.Queue, "put_nowait"): make_put_nowait,
        (asyncio.Queue, "get_nowait"): make_get_nowait,
        (asyncio.Queue, "task_done"): make_task_done,
        (asyncio.Queue, "__setattr__"): make_set_attribute,
    }
    if shuts_down:
        on_classes[asyncio.Queue, "shutdown"] = make_shutdown
    return Hooks(on_classes, {}, write_to)
