"""The world around an answer: what is slow, what fails, who gives up; and what it notes.

All of this is the exercise's code, not the learner's: it has no lanes and its lines are not named.
What the answer does to the world's things are marks in the recording, at the learner's lines.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Generator, Iterator
from contextlib import contextmanager
from random import Random
from typing import Any, Final

from course_helpers.exercises.schedules import Schedule
from course_helpers.recorder.marks import mark, mark_from, plain
from course_helpers.recorder.names import function_name

_BETWEEN_ANSWERS: Final = 0.01  # seconds, where replies come one at a time


class NotAsked(Exception):
    """The answer is not what the exercise asks for; the text is a sentence that says how."""


class World:
    """The slow things around an answer, which behave as a schedule says.

    `callers` are the tasks that the scenario started by `start`, and `cancelled` the numbers of
    those that it cancelled. `taken` are the choices that were
    made, each with the number of possibilities; `moments` counts the moments at which a caller
    could give up. `pauses` are the stretches in which nothing was under way, from and to, in
    seconds; the last of them began at `quiet_since`, if nothing is.
    """

    def __init__(self, schedule: Schedule) -> None:
        self.schedule = schedule
        self.taken: list[tuple[int, int]] = []
        self.moments = 0
        self.callers: list[asyncio.Future[Any]] = []
        self.cancelled: set[int] = set()
        self.pauses: list[tuple[float, float]] = []
        self.quiet_since: float | None = 0.0
        self._under_way = 0
        self._chance = Random(f"world {schedule.seed}")
        self._pending: list[tuple[str, asyncio.Future[None]]] = []
        self._armed = False

    async def reply(self, what: str, least: float = 0.01, most: float = 0.05) -> None:
        """Something outside answers: after `least` to `most` seconds, or when its turn comes."""
        mark("is asked", what)
        loop = asyncio.get_running_loop()
        answered = loop.create_future()
        if self.schedule.choices is None:
            seconds = round(self._chance.uniform(least, most), 3)
            loop.call_later(seconds / 2, self._moment)
            loop.call_later(seconds, self._answer, answered)
        else:
            self._pending.append((what, answered))
            self._arm()
        with self.under_way():
            await answered
        mark("answers", what)

    @contextmanager
    def under_way(self) -> Iterator[None]:
        """Something outside takes its time, as long as the block lasts."""
        clock = asyncio.get_running_loop().time
        if self.quiet_since is not None:
            self.pauses.append((self.quiet_since, clock()))
            self.quiet_since = None
        self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1
            if not self._under_way:
                self.quiet_since = clock()

    @property
    def pending(self) -> list[str]:
        """The replies that are awaited, where they come one at a time; in order of asking."""
        self._pending = [each for each in self._pending if not each[1].done()]
        return [what for what, _ in self._pending]

    def choose(self, options: int) -> int:
        """One of so many possibilities (counted from 0) that the schedule has chosen."""
        choices, depth = self.schedule.choices, len(self.taken)
        if choices is None:
            choice = self._chance.randrange(options)
        else:
            choice = min(choices[depth], options - 1) if depth < len(choices) else 0
        self.taken.append((choice, options))
        return choice

    def start(
        self, function: Callable[..., Any], *arguments: Any, name: str = ""
    ) -> asyncio.Future[Any]:
        """Call the learner's function, and start what it gives as a task of that name.

        The name is otherwise the call. Raises NotAsked when the function cannot be called so, or
        gives what cannot be awaited.
        """
        called = function_name(function).rpartition(".")[2]
        label = name or f"{called}({', '.join(map(str, arguments))})"
        awaitable = call(function, *arguments)
        if not inspect.isawaitable(awaitable):
            raise NotAsked(
                f"{called} has to be an `async def`: its call is awaited, and it gave "
                f"{described(awaitable)}."
            )
        task: asyncio.Future[Any]
        if isinstance(awaitable, asyncio.Future):
            task = awaitable
        elif inspect.iscoroutine(awaitable):
            task = asyncio.create_task(awaitable, name=label)
        else:
            task = asyncio.create_task(_awaiting(awaitable), name=label)
        self.callers.append(task)
        return task

    async def together(self, *tasks: asyncio.Future[Any]) -> list[Any]:
        """Wait until all of these have ended; the results, None for those that were cancelled.

        Raises what the first of them that failed has raised.
        """
        if tasks:
            await asyncio.wait(tasks)
        return [None if task.cancelled() else task.result() for task in tasks]

    async def run(self, function: Callable[..., Any], *arguments: Any, name: str = "") -> Any:
        """Call the learner's function as `start` does, and wait for its result."""
        return await self.start(function, *arguments, name=name)

    def cancel(self, caller: asyncio.Future[Any]) -> None:
        """Cancel a caller: whoever else ends as cancelled was not asked to."""
        self.cancelled.add(self.callers.index(caller))
        caller.cancel()

    def gave_up(self) -> asyncio.Future[Any] | None:
        """The caller whom the schedule has give up, if there is one."""
        departure = self.schedule.departure
        if departure is None or departure.caller >= len(self.callers):
            return None
        return self.callers[departure.caller]

    def _arm(self) -> None:
        if not self._armed:
            self._armed = True
            asyncio.get_running_loop().call_later(_BETWEEN_ANSWERS, self._answer_next)

    def _answer_next(self) -> None:
        self._armed = False
        if not self.pending:
            return
        which = self.choose(len(self._pending)) if len(self._pending) > 1 else 0
        self._pending.pop(which)[1].set_result(None)
        if self._pending:
            self._arm()

    def _answer(self, answered: asyncio.Future[None]) -> None:
        if not answered.done():
            answered.set_result(None)
        self._moment()

    def _moment(self) -> None:
        departure = self.schedule.departure
        if departure is not None and departure.moment == self.moments:
            caller = self.gave_up()
            if caller is not None and not caller.done():
                mark_from(None, "gives up", "", self.callers.index(caller))
                self.cancel(caller)
        self.moments += 1


def call(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call what the learner wrote; raises NotAsked where it does not take these arguments."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # it does not tell
        return function(*arguments)
    try:
        signature.bind(*arguments)
    except TypeError as error:
        raise NotAsked(
            f"{function_name(function)} is called with {_counted(arguments)}: {error}. Keep its "
            "parameters as they were given."
        ) from None
    return function(*arguments)


def part(thing: object, name: str) -> Any:
    """A method or an attribute that the learner's class has to have; raises NotAsked otherwise."""
    try:
        return getattr(thing, name)
    except AttributeError:
        raise NotAsked(
            f"{type(thing).__name__} has no {name!r}: keep the names as they were given."
        ) from None


def value_of(thing: object, name: str) -> Any:
    """An attribute's value as plain data: a subclass of int may say that it equals everything."""
    return plain(part(thing, name))


def _counted(arguments: tuple[Any, ...]) -> str:
    count = len(arguments)
    return "no arguments" if not count else f"{count} argument{'s' if count > 1 else ''}"


async def _awaiting(awaitable: Awaitable[Any]) -> Any:
    return await awaitable


def described(value: object) -> str:
    """What a value is, in words that fit behind "it gave"."""
    if value is None:
        return "nothing (None)"
    if isinstance(value, Generator):
        return "a generator"
    if inspect.isasyncgen(value):
        return "an asynchronous generator"
    return f"a value of type {type(value).__name__}"


def watched(kind: type, attribute: str, name: str = "") -> type:
    """A class like this one, with a mark for each time that a method reads or writes an attribute.

    The marks have the verbs `"reads"` and `"writes"`; their `what` is the attribute, behind the
    name of the object if it has one. Slots and properties of the learner's own go on working.
    """
    what = f"{name}.{attribute}" if name else attribute
    own: Any = inspect.getattr_static(kind, attribute, None)
    is_data = hasattr(type(own), "__set__")  # a slot, or a property: it knows where the value is

    def read(self: Any) -> Any:
        try:
            value = own.__get__(self, type(self)) if is_data else vars(self)[attribute]
        except KeyError:
            raise AttributeError(f"{kind.__name__!r} object has no {attribute!r}") from None
        mark("reads", what, value)
        return value

    def write(self: Any, value: Any) -> None:
        if is_data:
            own.__set__(self, value)
        else:
            vars(self)[attribute] = value
        mark("writes", what, value)

    body: dict[str, Any] = {
        attribute: property(read, write),
        "__module__": kind.__module__,
        "__qualname__": kind.__qualname__,
    }
    return type(kind)(kind.__name__, (kind,), body)


Program = Callable[[Any, World], Any]
"""A scenario's program: an async function of the learner's answer and the world."""
