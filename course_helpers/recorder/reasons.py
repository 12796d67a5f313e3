"""Wait reasons: what a suspended task waits in, and the learner's line that led there.

A suspended task is a chain of coroutines, each awaiting the next. The first one along the chain
whose code is in the table below names the reason; the last one before it that is the learner's own
gives the line. Each code object is classified once.
"""

from __future__ import annotations

import asyncio
import gc
from asyncio import base_events, selector_events, streams, subprocess, taskgroups, tasks
from types import (
    AsyncGeneratorType,
    CodeType,
    CoroutineType,
    FrameType,
    FunctionType,
    GeneratorType,
)
from typing import Any, Final, NamedTuple

from course_helpers.learners_code import is_learners


class Known(NamedTuple):
    """A call that tasks wait in: its kind (see `WAIT_KINDS`) and name.

    `variable` is the local variable that tells more: the seconds of a `sleep`, else the primitive.
    `line` is the primitive's attribute that holds the futures of those who wait in this call, in
    order of arrival, where there is such a one.
    """

    kind: str
    call: str
    variable: str | None = None
    line: str | None = None


LEARNER: Final = "learner"
LIBRARY: Final = "library"


def _known_calls() -> dict[CodeType, Known]:
    table: dict[CodeType, Known] = {}

    def add(holder: object, name: str, known: Known) -> None:
        function = getattr(holder, name, None)  # some are private or came with later versions
        if isinstance(function, FunctionType):
            table[function.__code__] = known

    primitives: tuple[tuple[type, str, str, str | None], ...] = (
        (asyncio.Lock, "acquire", "lock", "_waiters"),
        (asyncio.Semaphore, "acquire", "semaphore", "_waiters"),
        (asyncio.Event, "wait", "event", "_waiters"),
        (asyncio.Condition, "wait", "condition", "_waiters"),
        (asyncio.Barrier, "wait", "barrier", None),
        (asyncio.Barrier, "reset", "barrier", None),
        (asyncio.Barrier, "abort", "barrier", None),
        (asyncio.Queue, "get", "queue", "_getters"),
        (asyncio.Queue, "put", "queue", "_putters"),
        (asyncio.Queue, "join", "queue", None),
    )
    for primitive, method, kind, line in primitives:
        known = Known(kind, f"{primitive.__name__}.{method}", variable="self", line=line)
        add(primitive, method, known)
    add(asyncio, "sleep", Known("sleep", "sleep", variable="delay"))
    add(asyncio, "to_thread", Known("thread", "to_thread"))
    add(tasks, "_wait", Known("task", "wait"))
    add(tasks, "_cancel_and_wait", Known("task", "wait_for"))
    add(tasks.as_completed, "_wait_for_one", Known("task", "as_completed"))
    for constant in tasks.as_completed.__code__.co_consts:  # 3.11, 3.12: a nested function
        if isinstance(constant, CodeType) and constant.co_name == "_wait_for_one":
            table[constant] = Known("task", "as_completed")
    add(
        getattr(tasks, "_AsCompletedIterator", None), "_wait_for_one", Known("task", "as_completed")
    )
    for method in ("__aexit__", "_aexit"):
        add(taskgroups.TaskGroup, method, Known("task", "TaskGroup", variable="self"))
    for method in ("read", "readline", "readexactly", "readuntil", "_wait_for_data"):
        add(streams.StreamReader, method, Known("stream", f"StreamReader.{method}"))
    for method in ("drain", "wait_closed"):
        add(streams.StreamWriter, method, Known("stream", f"StreamWriter.{method}"))
    for method in ("open_connection", "start_server", "open_unix_connection"):
        add(streams, method, Known("stream", method))
    for method in ("wait_closed", "serve_forever"):
        add(base_events.Server, method, Known("stream", f"Server.{method}", variable="self"))
    for method in ("sock_recv", "sock_recv_into", "sock_sendall", "sock_connect", "sock_accept"):
        add(selector_events.BaseSelectorEventLoop, method, Known("stream", method))
    for method in ("getaddrinfo", "getnameinfo"):
        add(base_events.BaseEventLoop, method, Known("thread", method))
    add(base_events.BaseEventLoop, "shutdown_default_executor", Known("thread", "shutdown"))
    for method in ("wait", "communicate"):
        add(subprocess.Process, method, Known("subprocess", f"Process.{method}"))
    for method in ("create_subprocess_exec", "create_subprocess_shell"):
        add(subprocess, method, Known("subprocess", method))
    return table


KNOWN_CALLS: Final = _known_calls()
_LOCK_CODE: Final = asyncio.Lock.acquire.__code__
_CONDITION_CODE: Final = asyncio.Condition.wait.__code__
_WAIT_FOR_CODE: Final = asyncio.wait_for.__code__


# By the code object's id(), as a code object's hash is slow; `_codes` keeps them alive.
classified: Final[dict[int, Known | str]] = {id(code): known for code, known in KNOWN_CALLS.items()}
_codes: Final[list[CodeType]] = []


def classify(code: CodeType) -> Known | str:
    """The `Known` call that a code object is, or `LEARNER`, or `LIBRARY` for all other code."""
    found = classified.get(id(code))
    if found is None:
        found = classified[id(code)] = LEARNER if is_learners(code) else LIBRARY
        _codes.append(code)
    return found


_INSIDE: Final = (CoroutineType, AsyncGeneratorType, GeneratorType)
#: What Python puts around one of these.
_WRAPPERS: Final = ("coroutine_wrapper", "async_generator_asend", "async_generator_athrow")
#: How far what is compiled is looked into.
_DEEPEST: Final = 20


class Suspension(NamedTuple):
    """Where a suspended task stands.

    `known` is the call it waits in and `frame` that call's frame; `learners` are the frames of the
    learner's code that led there, outermost first. What is not found is None, or empty.
    """

    known: Known | None
    frame: FrameType | None
    learners: list[FrameType]


def _next(awaitable: Any, waiter: Any) -> Any:
    """What an awaitable that gives no access to its inside awaits, from the garbage collector.

    Async generators' `asend()` and a coroutine's `__await__()` have no attribute that leads on.
    What is compiled, as by Cython or mypyc, has none either, and may hold other coroutines besides:
    there it is the one by which `waiter` is reached, None where that cannot be told.
    """
    inside = gc.get_referents(awaitable)
    if _is_wrapper(awaitable):
        return next((each for each in inside if isinstance(each, _INSIDE)), None)
    leading = [each for each in inside if _leads_to(waiter, each, _DEEPEST)]
    return leading[0] if len(leading) == 1 else None


def _is_wrapper(awaitable: Any) -> bool:
    kind = type(awaitable)
    return kind.__name__ in _WRAPPERS and kind.__module__ == "builtins"


def _leads_to(waiter: Any, awaitable: Any, most: int) -> bool:
    """Whether something that is awaited ends at a future, after so many others at most."""
    if not most or waiter is None:
        return False
    if type(awaitable) is CoroutineType:
        return _leads_to(waiter, awaitable.cr_await, most - 1)
    if type(awaitable) is GeneratorType:
        return _leads_to(waiter, awaitable.gi_yieldfrom, most - 1)
    if type(awaitable) is AsyncGeneratorType:
        return _leads_to(waiter, awaitable.ag_await, most - 1)
    if not hasattr(type(awaitable), "throw"):
        return False
    inside = gc.get_referents(awaitable)
    if type(awaitable).__name__ == "FutureIter":
        return any(each is waiter for each in inside)
    return any(_leads_to(waiter, each, most - 1) for each in inside)


def _opaque_call(awaitable: Any) -> str:
    """The name of what is compiled: its own, or that of its class."""
    for each in (awaitable, *gc.get_referents(awaitable)):
        if hasattr(type(each), "throw") and isinstance(getattr(each, "__qualname__", None), str):
            return str(each.__qualname__)
    return type(awaitable).__qualname__


def suspension(coroutine: Any, waiter: Any) -> Suspension:
    """Walk from a task's coroutine to what it waits in; `waiter` is the future it ends at."""
    learners: list[FrameType] = []
    condition: tuple[Known, FrameType] | None = None
    called: CodeType | str | None = None  # a library's function, by the learner's code
    while coroutine is not None:
        kind = type(coroutine)
        if kind is CoroutineType:
            code, frame, following = coroutine.cr_code, coroutine.cr_frame, coroutine.cr_await
        elif kind is GeneratorType:
            code, frame, following = coroutine.gi_code, coroutine.gi_frame, coroutine.gi_yieldfrom
        elif kind is AsyncGeneratorType:
            code, frame, following = coroutine.ag_code, coroutine.ag_frame, coroutine.ag_await
        elif isinstance(coroutine, asyncio.Future) or kind.__name__ == "FutureIter":
            break
        else:
            following = _next(coroutine, waiter)
            if following is None and not _is_wrapper(coroutine):
                called = called or _opaque_call(coroutine)
            coroutine = following
            continue
        found = classify(code)
        if found is LEARNER:
            called = None
            if frame is not None:
                learners.append(frame)
        elif found is LIBRARY:
            called = called or code
        elif isinstance(found, Known):
            # A notified task waits for the condition's lock once more: then that is the reason.
            if code is _CONDITION_CODE:
                condition = (found, frame)
            elif condition is None or code is _LOCK_CODE:
                return Suspension(found, frame, learners)
        coroutine = following
    if condition is not None:
        return Suspension(*condition, learners)
    if isinstance(called, str) and not _is_plain(waiter):
        return Suspension(None, None, learners)
    if called is not None and learners:
        # A library's coroutine that is not in the table: say at least which one it is.
        return Suspension(_library_call(called), None, learners)
    return Suspension(None, None, learners)


def _is_plain(future: Any) -> bool:
    """Whether nothing can be told of a future but that it is one."""
    return describe_future(future, is_job=False).call == "await future"


def _library_call(code: CodeType | str) -> Known:
    if isinstance(code, str):
        return Known("future", code)
    if code is _WAIT_FOR_CODE:  # until 3.11 it runs what it waits for in a task of its own
        return Known("task", "wait_for")
    return Known("future", code.co_qualname)


def describe_future(future: Any, *, is_job: bool) -> Known:
    """The reason of a task that awaits a future itself, by the traces asyncio leaves in it.

    `is_job` says that an executor has been given a job, of which this is the future.
    """
    if isinstance(future, asyncio.Task):
        return Known("task", "await task")
    if type(future).__name__ == "_GatheringFuture":
        return Known("task", "gather")
    for callback, _ in getattr(future, "_callbacks", None) or ():
        name = getattr(callback, "__qualname__", "")
        if name.startswith("shield."):
            return Known("task", "shield")
        if name.startswith("_chain_future."):
            return Known("thread", "run_in_executor" if is_job else "await thread's future")
    return Known("future", "await future")


def awaited_tasks(known: Known, frame: FrameType | None, waiter: Any) -> tuple[Any, ...]:
    """The tasks of a `gather`, a group, a `wait` or a `shield` that somebody waits for still.

    Until Python 3.11 also the one that `wait_for` has cancelled, when its time was over.

    None of a `wait` that ends with the first of them, or when its time is over.
    """
    variables = {} if frame is None else frame.f_locals
    if known.call == "gather":
        awaited = waiter._children
    elif known.call == "TaskGroup":
        awaited = variables["self"]._tasks
    elif known.call == "wait" and variables["timeout"] is None:
        ends_with_all = variables["return_when"] == asyncio.ALL_COMPLETED
        awaited = variables["fs"] if ends_with_all else ()
    elif known.call == "shield":
        awaited = _shielded(waiter)
    elif known.call == "wait_for" and frame is not None:  # it has cancelled what it waited for
        awaited = (variables["fut"],)
    else:
        awaited = ()
    # Some have ended before anybody waits, as eager ones do that never wait.
    return tuple(each for each in awaited if isinstance(each, asyncio.Task) and not each.done())


def _shielded(outer: Any) -> tuple[Any, ...]:
    for callback, _ in outer._callbacks or ():
        if getattr(callback, "__qualname__", "").startswith("shield."):
            variables = zip(callback.__code__.co_freevars, callback.__closure__, strict=True)
            return tuple(cell.cell_contents for name, cell in variables if name == "inner")
    return ()
