"""The log that a program keeps of what it does."""

from __future__ import annotations

import asyncio
import gc
import inspect
import socket
import sys
import threading
import weakref
from collections import Counter
from itertools import count
from math import inf
from typing import Any, NamedTuple

from course_helpers.simulation.clock import Task


class Entry(NamedTuple):
    """Something that happened: at what time (seconds), by whose doing, and at which line.

    `who` is a task (`"main()"`, `"body3(7)"`), a callback or a thread (`"callback4(8)"`).
    """

    time: float
    who: str
    verb: str
    subject: str = ""
    value: Any = None
    line: int = 0


class Pipe:
    """A connection from one end of a program to another: what `writer` writes, `reader` reads."""

    def __init__(self) -> None:
        self.sockets = socket.socketpair()
        #: A stream's other half closes the connection when nobody refers to it any more.
        self.ends: list[Any] = [None, None]
        self.reader: Any = None
        self.writer: Any = None


class Log:
    """What a program tells; see `tests.oracle.source` for when.

    `entries` are in the order in which they happened. `made_by_name` are the primitives, as weak
    references: the log keeps nothing alive.
    """

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.closed = False
        self.things: dict[str, Any] = {}
        self.names: dict[str, str] = {}
        self._loop: Any = None
        self._labels: weakref.WeakKeyDictionary[Any, str] = weakref.WeakKeyDictionary()
        self._thread = threading.get_ident()
        self._last_number = 0
        self._entered: Counter[str] = Counter()
        self._outside = threading.local()
        self._tasks: set[str] = set()
        self._left: set[str] = set()
        self._kept: list[Any] = []

    def write(
        self, who: str, verb: str, subject: str = "", value: Any = None, line: int = 0
    ) -> None:
        if not self.closed:
            time = self._loop.time() if self._loop is not None else 0.0
            self.entries.append(Entry(time, who, verb, subject, value, line))

    def _write(self, verb: str, subject: str = "", value: Any = None, line: int = 0) -> None:
        self.write(self.who(), verb, subject, value, line or sys._getframe(2).f_lineno)

    def who(self) -> str:
        """Who runs now, or the task that was destroyed and whose coroutine is closed now."""
        try:
            task = asyncio.current_task()
        except RuntimeError:  # a thread
            task = None
        who = getattr(self._outside, "name", "thread") if task is None else self.label(task)
        closes = sys.exc_info()[0] is GeneratorExit
        return (self._closed() if closes else "") or who

    def _closed(self) -> str:
        """The task whose code runs, by the frames, from the innermost on, if that is no more."""
        frame: Any = sys._getframe(2)
        while frame is not None:
            if "number" in frame.f_code.co_varnames:
                label = f"{frame.f_code.co_name}({frame.f_locals.get('number')})"
                if label in self._tasks:
                    return "" if label in self._labels.values() else label
            frame = frame.f_back
        return ""

    def makes_eager(self) -> None:
        """From now on tasks begin when they are made."""
        makers: Any = asyncio  # there are such since Python 3.12
        # What was generated is no code of the program's.
        names = {"Task": Task, "numbers": count(1000)}
        text = "lambda coroutine, **options: Task(coroutine, next(numbers), **options)"
        factory = makers.create_eager_task_factory(eval(compile(text, "<factory>", "eval"), names))
        asyncio.get_running_loop().set_task_factory(factory)

    def label(self, task: Any) -> str:
        """What the log calls a task."""
        label = self._labels.get(task)
        if label is None:
            label = self._labels[task] = label_of(task.get_coro())
            self._tasks.add(label)
        return label

    # What a program tells

    def number(self) -> int:
        self._last_number += 1
        return self._last_number

    def made(self, name: str, thing: Any) -> Any:
        self.things[name] = weakref.ref(thing)
        if isinstance(thing, asyncio.Condition):
            self.things[f"{name}'s lock"] = weakref.ref(thing._lock)  # type: ignore[attr-defined]
        return thing

    def enters(self, label: str) -> None:
        try:
            task = asyncio.current_task()
        except RuntimeError:
            task = None
        self._loop = task.get_loop()  # type: ignore[union-attr]
        if task not in self._labels:
            self._labels[task] = label
            self._tasks.add(label)
        self._write("enters", label)

    def calls(self, label: str) -> None:
        self._outside.name = label
        self._write("calls", label, threading.get_ident() != self._thread)

    def ends(self, error: BaseException | None = None) -> None:
        self._write("ends", "" if error is None else type(error).__name__, told_of(error))
        if threading.get_ident() != self._thread:  # which may have another job next
            self._outside.name = "thread"

    def creates(self, function: str, *, named: bool = False, group: str = "") -> int:
        number = self.number()
        self._write("creates", f"{function}({number})", group)
        if named:
            self.names[f"{function}({number})"] = f"task {number}"
        return number

    def waited_for(self, function: str, seconds: float) -> int:
        """A coroutine for `wait_for`, which makes a task of it until Python 3.11."""
        if sys.version_info < (3, 12) or seconds <= 0:
            return self.creates(function)
        return self.number()

    def spawned(self, task: Any, number: int) -> Any:
        if task not in self._labels:
            label = self._labels[task] = f"{task.get_coro().__name__}({number})"
            self._tasks.add(label)
        return task

    def waits(self, call: str, subject: str = "", line: int = 0) -> None:
        self._write("waits", subject, call, line)

    def awaits(self, tasks: list[Any]) -> None:
        """It is going to wait for all of these tasks."""
        self._write("awaits", "", tuple(map(self.label, tasks)))

    def goes_on(self, action: str = "", subject: str = "") -> None:
        self._write("goes on")
        if action:
            self._write(action, subject, self._value(subject))

    def did(self, action: str, subject: str) -> None:
        self._write(action, subject, self._value(subject))

    def _value(self, subject: str) -> Any:
        reference = self.things.get(subject)
        return None if reference is None else value_of(reference())

    def enters_block(self, name: str, block: Any) -> str:
        """A group or a timeout is entered: a new one each time, in a loop under the same name."""
        self._entered[name] += 1
        count = self._entered[name]
        name = name if count == 1 else f"{name} #{count}"
        self.things[name] = weakref.ref(block)
        self._write("enter", name)
        return name

    def name_of(self, thing: Any) -> str:
        """The name of a primitive, `""` if it is none."""
        known = (name for name, each in self.things.items() if each() is thing)
        return "" if thing is None else next(known, "")

    def gives_back(self, subject: str) -> None:
        """What is given back at the end of its block; not if it was given back before."""
        thing = self.things[subject]()
        if isinstance(thing, asyncio.Lock):
            if thing.locked():
                self._write("release", subject, (0, None))
            return
        free, bound = thing._value, getattr(thing, "_bound_value", inf)
        handed_on = any(not waiter.done() for waiter in thing._waiters or ())
        if free < bound:
            self._write("release", subject, (free + (not handed_on), None))

    def cancelled(self, task: Any, requested: bool) -> None:
        self._write("cancels", self.label(task), requested)

    def raises(self) -> None:
        self._write("raises")

    def pipe(self) -> Pipe:
        """A new connection; its sockets are closed with the log."""
        pipe = Pipe()
        self._kept.append(pipe)
        return pipe

    def close(self) -> None:
        """Nothing is told any more."""
        self.closed = True
        for each in self._kept:
            if isinstance(each, Pipe):
                for end in each.sockets:
                    end.close()
        self._kept.clear()

    def leaves(self, generator: str = "") -> None:
        """The loop over a generator is left before its end."""
        self._left.add(generator)
        self._write("leaves")

    def may_close(self, generator: str) -> bool:
        """Whether a generator that ends or is closed may await something.

        One whose task is destroyed in the middle may not.
        """
        return sys.exc_info()[0] is not GeneratorExit or generator in self._left

    def closes(self, task: Any, generator: Any) -> Any:
        """A task has been made that closes a generator: nobody else does."""
        self._kept.append(generator)
        self.label(task)
        return task

    def tries(self) -> None:
        self._write("tries")

    def tried(self) -> None:
        self._write("tried")

    def swallows(self, error: BaseException) -> None:
        self._write("swallows", type(error).__name__)

    def took_back(self, left: int) -> None:
        self._write("takes back", "", left)

    def blocks(self) -> None:
        self._write("blocks")

    def forgets(self, function: str) -> None:
        self._write("forgets", function)


def label_of(coroutine: Any) -> str:
    """What the log calls a task that runs this coroutine."""
    # What closes a generator is called as the generator.
    runs = next(filter(inspect.isasyncgen, gc.get_referents(coroutine)), coroutine)
    frame = getattr(runs, "cr_frame", None) or getattr(runs, "ag_frame", None)
    number = frame.f_locals.get("number", "") if frame is not None else ""
    name = getattr(runs, "__name__", type(runs).__name__)
    return f"{name}({number})"


def told_of(error: BaseException | None) -> str:
    # The representation of a task that is in some messages says where its callbacks come from.
    return "" if error is None else f"{type(error).__name__}: {error}".partition("<")[0]


def value_of(thing: Any) -> Any:
    """The value of a primitive now: what `Change.value` and `Change.unfinished` say of it."""
    if isinstance(thing, asyncio.Queue):
        return thing.qsize(), thing._unfinished_tasks  # type: ignore[attr-defined]
    if isinstance(thing, asyncio.Lock):
        return int(thing.locked()), None
    if isinstance(thing, asyncio.Semaphore | asyncio.Event):
        return int(thing._value), None  # type: ignore[union-attr]
    if isinstance(thing, asyncio.Barrier):
        return thing._count, None  # type: ignore[attr-defined]
    return None
