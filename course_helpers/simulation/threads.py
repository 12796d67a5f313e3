"""Whether a thread works or waits: told from where it is, without asking it."""

from __future__ import annotations

import ast
import linecache
import select
import selectors
import sys
import threading
from collections.abc import Mapping
from concurrent.futures import thread as thread_pools
from contextvars import Context
from functools import cache, partial
from inspect import getattr_static
from itertools import islice
from pathlib import Path
from queue import SimpleQueue
from time import perf_counter
from types import BuiltinFunctionType, CodeType, FrameType
from typing import Any, Final, NamedTuple

# Real seconds beyond two switch intervals of Python's.
_MARGIN: Final = 0.002

_CONDITION_WAIT: Final = threading.Condition.wait.__code__
_POOL_WORKER: Final = thread_pools._worker
_TIMER: Final = threading.Timer.run.__code__
_LOCKS: Final = (type(threading.Lock()), type(threading.RLock()))
_SELECTS: Final = {
    kind.select.__code__
    for name in ("SelectSelector", "PollSelector", "EpollSelector", "KqueueSelector")
    if (kind := getattr(selectors, name, None)) is not None
}


class Waits:
    """Tells who waits, by looking again and again.

    A thread waits for another one in `Condition.wait`, where the waits of Event, Queue, Barrier and
    Future end too, in `SimpleQueue.get`, for a lock, for a thread's end, and in a selector: an idle
    worker waits so for its next job. What is written in C tells nobody whether it waits or has just
    got what it waited for. So there a thread is believed to wait when it has not moved for longer
    than Python lets a thread that can go on stand still.
    """

    def __init__(self) -> None:
        self._seen: dict[threading.Thread, tuple[object, float]] = {}

    def waits(self, thread: threading.Thread | None) -> bool:
        """Whether a thread waits for another one, and nobody has woken it yet.

        A `threading.Timer` is at work: it acts by itself when its time has come.
        """
        frame = _frame(thread)
        if thread is None or frame is None:
            return False
        if frame.f_code is _CONDITION_WAIT:
            return _condition_wait(frame) is not None and not _is_timer(frame)
        return _may_wait(frame) and self._has_not_moved(thread, frame)

    def something_was_done(self) -> None:
        """The loop has run callbacks, which may have woken threads."""
        if not _TELLS_STATES:
            self._seen.clear()

    def _has_not_moved(self, thread: threading.Thread, frame: FrameType) -> bool:
        now = perf_counter()
        state = _state(thread) if _TELLS_STATES else ("sleeping",)
        place = (id(frame), frame.f_lasti, state)
        before = self._seen.get(thread)
        if before is None or before[0] != place:
            self._seen[thread] = place, now
            return False
        still = now - before[1] > 2 * sys.getswitchinterval() + _MARGIN
        return still and "sleeping" in state[0]


_TELLS_STATES: Final = Path("/proc/self/task").exists()  # on Linux


def _state(thread: threading.Thread) -> tuple[str, ...]:
    """Whether a thread sleeps, and how often it has begun to.

    One that was woken does not sleep until it asks for its turn to run Python, and while it has to
    wait for that it begins anew at every switch interval.
    """
    try:
        status = Path(f"/proc/self/task/{thread.native_id}/status").read_text("ascii", "replace")
    except OSError:
        return ("ended",)
    told = ("State:", "voluntary_ctxt_switches:", "nonvoluntary_ctxt_switches:")
    return tuple(line for line in status.splitlines() if line.startswith(told))


def _may_wait(frame: FrameType) -> bool:
    """Whether a frame is in a call that waits, and nothing is there that would end it."""
    if frame.f_code in _SELECTS:
        return not _anything_ready(frame.f_locals["self"])
    call = _called(frame)
    if call is None:
        return False
    if isinstance(call.of, SimpleQueue):
        return call.name == "get" and call.of.empty()
    if isinstance(call.of, _LOCKS):
        return call.name in ("acquire", "__enter__") and _is_locked(call.of)
    return type(call.of).__name__ == "_ThreadHandle" and not call.of.is_done()


def _anything_ready(selector: selectors.BaseSelector) -> bool:
    if not hasattr(select, "poll"):
        return False
    poll = select.poll()
    for key in tuple((selector.get_map() or {}).values()):
        reads, writes = key.events & selectors.EVENT_READ, key.events & selectors.EVENT_WRITE
        poll.register(key.fd, select.POLLIN * bool(reads) | select.POLLOUT * bool(writes))
    return bool(poll.poll(0))


def in_pool(thread: threading.Thread) -> bool:
    """Whether a thread belongs to an executor of `concurrent.futures`."""
    return getattr(thread, "_target", None) is _POOL_WORKER or type(thread).__module__.startswith(
        "concurrent.futures."
    )


def could_call(thread: threading.Thread) -> bool:
    """Whether a thread may do something before another one has done something."""
    frame = _frame(thread)
    if frame is None:
        return False
    if frame.f_code is _CONDITION_WAIT and (variables := _condition_wait(frame)) is not None:
        # With a time limit it ends by itself, as that of a thread that flushes Jupyter's stdout.
        return variables.get("timeout") is not None
    if not in_pool(thread):
        call = _called(frame)
        idle = call is not None and isinstance(call.of, SimpleQueue) and not call.arguments
        return not (idle and _may_wait(frame))
    return frame.f_code is not _POOL_WORKER.__code__


def _frame(thread: threading.Thread | None) -> FrameType | None:
    if thread is None or thread.ident is None:
        return None
    return sys._current_frames().get(thread.ident)


def _condition_wait(frame: FrameType) -> Mapping[str, Any] | None:
    """The local variables of a `Condition.wait`; None if the thread has been notified already."""
    variables = frame.f_locals
    return variables if variables.get("waiter") in variables["self"]._waiters else None


def _is_timer(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code is _TIMER:
            return True
        frame = frame.f_back
    return False


def _is_locked(lock: Any) -> bool:
    # An RLock tells only since Python 3.14; who stands at its door waits, or goes on at once.
    return bool(lock.locked()) if hasattr(lock, "locked") else True


class _Call(NamedTuple):
    """A method written in C that is being called; `arguments`: whether it was given any."""

    of: Any
    name: str
    arguments: bool


class _Expression(NamedTuple):
    """What is called at some instruction: a name, attribute by attribute.

    `entered`: it is not called, but entered by a `with` statement.
    """

    path: tuple[str, ...]
    entered: bool
    arguments: bool


def _called(frame: FrameType) -> _Call | None:
    """The method that the innermost frame of a thread calls; None where that cannot be told."""
    expression = _expression(frame.f_code, frame.f_lasti)
    if expression is None:
        return None
    first, *others = expression.path
    value = frame.f_locals.get(first, frame.f_globals.get(first))
    for position, name in enumerate(others):
        inside = getattr_static(value, name, None)
        if hasattr(type(inside), "__get__") and not isinstance(inside, BuiltinFunctionType):
            if position == len(others) - 1 and not expression.entered:
                return _Call(value, name, expression.arguments)
            return None  # it is computed, perhaps by code of the program's
        value = inside
    if expression.entered:
        return _Call(value, "__enter__", False)
    return _bound(value, expression.arguments)


def _bound(function: Any, arguments: bool) -> _Call | None:
    """A bound method written in C, also where `partial` or a context runs it."""
    while isinstance(function, partial):
        inside = function.func
        if isinstance(getattr(inside, "__self__", None), Context) and function.args:
            inside, arguments = function.args[0], len(function.args) > 1
        function = inside
    if isinstance(function, BuiltinFunctionType):
        return _Call(function.__self__, function.__name__, arguments)
    return None


@cache
def _expression(code: CodeType, instruction: int) -> _Expression | None:
    """What the program text says of an instruction; None where it does not tell."""
    places = next(islice(code.co_positions(), instruction // 2, None), None)
    first, last, begin, end = places or (None, None, None, None)
    if first is None or last is None or begin is None or end is None:
        return None
    lines = [linecache.getline(code.co_filename, line) for line in range(first, last + 1)]
    encoded = [line.encode() for line in lines]
    if not all(encoded):
        return None
    encoded[-1] = encoded[-1][:end]
    encoded[0] = encoded[0][begin:]
    tree = _parsed(b"".join(encoded))
    arguments = entered = False
    if isinstance(tree, ast.Call):
        arguments = bool(tree.args or tree.keywords)
        tree = tree.func
    else:
        entered = True
    path: list[str] = []
    while isinstance(tree, ast.Attribute):
        path.append(tree.attr)
        tree = tree.value
    if not isinstance(tree, ast.Name):
        return None
    return _Expression((tree.id, *reversed(path)), entered, arguments)


def _parsed(text: bytes) -> ast.expr | None:
    """An expression; of a `with` statement, which Python 3.11 and 3.12 name, what it enters."""
    try:
        if not text.startswith(b"with "):
            return ast.parse(b"(" + text + b")", mode="eval").body
        statement = ast.parse(text).body[0]
    except (SyntaxError, ValueError):
        return None
    items = statement.items if isinstance(statement, ast.With) else []
    return items[0].context_expr if len(items) == 1 else None
