"""The exercises on queues."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import aclosing
from itertools import pairwise
from typing import Any, Final, NamedTuple

from course_helpers.exercises.exercise import Exercise
from course_helpers.exercises.judging import Asked, Scenario
from course_helpers.exercises.rules import (
    Breach,
    Run,
    at_most,
    clean,
    ends,
    gives_up,
    inside,
    leaves,
    never_idle,
    no_task_left,
    rule,
    shown,
)
from course_helpers.exercises.schedules import every_cancellation, seeds
from course_helpers.exercises.world import NotAsked, Program, World, call, described
from course_helpers.recorder.marks import mark
from course_helpers.recorder.names import give_name
from course_helpers.recorder.tasks import shown as shown_task
from course_helpers.recording.model import Ending, Mark, Task
from course_helpers.recording.readings import never_done
from course_helpers.simulation import Deadlock
from course_helpers.views import words

# 5.1 Done once


def _consuming(*orders: str, consumers: int = 2, closing: bool = False) -> Program:
    """Orders that consumers cook: an empty one is to be skipped, one with `burnt` in it fails.

    Or one cook may be sent home, and the kitchen closes after a while, whatever is done by then.
    """

    async def program(answer: Callable[..., Awaitable[None]], world: World) -> None:
        queue: asyncio.Queue[str] = asyncio.Queue()
        give_name(queue, "orders")
        for order in orders:
            queue.put_nowait(order)

        burnt: set[str] = set()

        async def cook(order: str) -> None:
            await world.reply(f"cook {order}")
            if "burnt" in order and order not in burnt:
                burnt.add(order)  # once: whoever tries again comes to an end, too
                raise ValueError(f"{order} cannot be served")
            mark("serves", order)

        names = [f"cook {number + 1}" for number in range(consumers)]
        tasks = [world.start(answer, queue, cook, name=name) for name in names]
        if closing:
            await world.reply("closing time", 0.3, 0.3)
        else:
            await queue.join()
        for name, task in zip(names, tasks, strict=True):
            if not task.done():
                mark("sends home", name)
                world.cancel(task)
        await asyncio.wait(tasks)

    return program


@rule(
    "join returns when no order is left and no cook is at work",
    hint="Count the calls of `task_done` and of `get`, on each way through the loop.",
)
def _join_returns(run: Run) -> Iterator[Breach]:
    if not isinstance(run.error, Deadlock):
        return
    queue = next(each for each in run.recording.resources if each.label == "orders")
    found = never_done(run.recording, queue)
    if found is not None:
        yield Breach(f"join() waits for ever: {found}", run.recording.duration)


@rule("no order is cooked a second time", hint="When is an order over? Who puts it into the queue?")
def _cooked_once(run: Run) -> Iterator[Breach]:
    cooked: set[str] = set()
    for made in run.marks:
        if made.verb == "is asked" and made.what.startswith("cook "):
            if made.what in cooked and made.what != "cook ":
                yield Breach(f"{made.what.removeprefix('cook ')} is cooked a second time", made)
            cooked.add(made.what)


@rule(
    "each order is served, but for the empty and the burnt",
    hint="Which orders reach `cook`, and who waits for it?",
)
def _served(run: Run) -> Iterator[Breach]:
    for made in run.marks:
        if made.verb == "is asked" and made.what == "cook ":
            yield Breach(f"{run.name(made.task)} cooks an empty order", made)
    served = {made.what for made in run.marks if made.verb == "serves"}
    for order in ("soup", "fish", "rice", "cake"):
        if order not in served:
            yield Breach(f"{order} was never served, and join has returned", run.recording.duration)
    if not any(made.what == "cook burnt pie" for made in run.marks):
        yield Breach("nobody has tried to cook the burnt pie", run.recording.duration)


@rule(
    "a cook who is cancelled goes home",
    hint="Which `except` stops a CancelledError? And what does your `finally` do when it comes "
    "while `get` waits?",
)
def _goes_home(run: Run) -> Iterator[Breach]:
    for task in _sent_home(run):
        if task.ending is Ending.FAILED:
            failed = f"{words.name(task)} was cancelled, and failed with {task.detail}"
            yield Breach(failed, task.ended)
    left, gone = _first(run, "gives up"), run.who_gave_up()
    if left is None or gone is None or gone.ended is None:
        return
    if gone.ended > left.time + 1e-6:
        yield Breach(f"{words.name(gone)} was cancelled, and went on", left)


@rule(
    "a burnt order ends no cook",
    hint="An exception that leaves `consumer` ends its task. Who cooks the next order?",
)
def _cooks_live(run: Run) -> Iterator[Breach]:
    for task in run.callers():
        if task in _sent_home(run):
            continue
        if task.ending is Ending.FAILED:
            yield Breach(
                f"{words.name(task)} failed with {task.detail}, and cooks no more", task.ended
            )
        elif task.ending is Ending.CANCELLED:
            yield Breach(
                f"{words.name(task)} ended with a CancelledError, and cooks no more", task.ended
            )
        elif task.ending is Ending.DONE:
            yield Breach(f"{words.name(task)} has gone home, and orders may still come", task.ended)


@rule(
    "a cook who goes home leaves the orders to the others",
    hint="What is still in the queue is for those who stay. Who takes it out?",
)
def _left_to_others(run: Run) -> Iterator[Breach]:
    asked = {made.what for made in run.marks if made.verb == "is asked"}
    left = _first(run, "gives up")
    for order in filter(None, _ORDERS):
        if f"cook {order}" not in asked:
            yield Breach(f"nobody has cooked {order}", run.recording.duration, left)


def _sent_home(run: Run) -> list[Task]:
    """The cooks who were cancelled when the kitchen closed."""
    sent = {made.what for made in run.marks if made.verb == "sends home"}
    return [task for task in run.callers() if task.label in sent]


@rule(
    "a cook has one order at a time",
    hint="Who waits until an order is cooked, before the next is taken?",
)
def _one_at_a_time(run: Run) -> Iterator[Breach]:
    at_work: dict[int | None, Mark] = {}
    for made in run.marks:
        cook = run.caller(made.task)
        if made.verb == "is asked" and made.what.startswith("cook "):
            if cook in at_work:
                yield Breach(
                    f"{run.name(cook)} begins with {made.what.removeprefix('cook ')}, and is still "
                    f"busy with {at_work[cook].what.removeprefix('cook ')}",
                    made,
                    at_work[cook],
                )
            at_work[cook] = made
        elif made.verb == "answers":
            at_work.pop(cook, None)


_ORDERS = ("soup", "", "fish", "burnt pie", "rice", "cake")
_CONSUMER = (
    _cooks_live,
    _cooked_once,
    _join_returns,
    ends,
    _served,
    _goes_home,
    clean,
    _one_at_a_time,
)

consumer = Exercise(
    "queues.consumer",
    Asked("function", "consumer"),
    minutes=5,
    level="warm-up",
    scenarios=(
        Scenario(
            "Six orders and two cooks",
            _consuming(*_ORDERS),
            seeds(15),
            _CONSUMER,
        ),
        Scenario(
            "Six orders and three cooks",
            _consuming(*_ORDERS, consumers=3),
            seeds(5),
            _CONSUMER,
        ),
        Scenario(
            "Six orders and two cooks, and one of them is cancelled",
            _consuming(*_ORDERS, closing=True),
            every_cancellation(callers=(0,)),
            (ends, _goes_home, _left_to_others, clean),
        ),
    ),
)


# 5.2 The assembly line

_TRANSFORMERS = 3
_WAITING = 2  # items that a queue may hold


class Line:
    """Items that are read, transformed and written; each of that takes a while."""

    def __init__(self, world: World, count: int, bad: int | None, writing: float) -> None:
        self._world = world
        self._count = count
        self._bad = bad
        self._writing = writing

    async def source(self) -> AsyncIterator[int]:
        """The items, one after the other: numbers from 0 on."""
        for number in range(self._count):
            await self._world.reply(f"read item {number}", 0.005, 0.01)
            mark("reads", f"item {number}")
            yield number

    async def transform(self, number: int) -> str:
        """Another form of an item; raises ValueError for a bad one."""
        item = f"item {number}"
        mark("enters", "transform", item)
        try:
            await self._world.reply(f"transform {item}", 0.05, 0.1)
            if item == f"item {self._bad}":
                mark("fails", "transform", item)
                raise ValueError(f"{item} cannot be transformed")
            mark("transforms", item)
        except asyncio.CancelledError:
            await self._world.reply(f"cleanup of {item}", 0.01, 0.5)
            mark("cleans up", item)
            raise
        finally:
            mark("leaves", "transform", item)
        return f"{item}, transformed"

    async def write(self, transformed: str) -> None:
        """Keep an item."""
        item = str(transformed).partition(",")[0]
        mark("enters", "write", item)
        try:
            await self._world.reply(f"write {item}", self._writing, 2 * self._writing)
            mark("writes", str(transformed))
        finally:
            mark("leaves", "write", item)


def _pipeline(count: int = 10, bad: int | None = None, writing: float = 0.005) -> Program:
    async def program(answer: Callable[..., Awaitable[object]], world: World) -> str:
        line = Line(world, count, bad, writing)
        task = world.start(answer, line.source(), line.transform, line.write, name="pipeline()")
        await asyncio.wait([task])
        if task.cancelled():
            return "cancelled"
        error = task.exception()
        if error is not None and not all(map(_of_the_bad, leaves(error))):
            raise error
        return "ended" if error is None else "raised"

    return program


def _of_the_bad(error: BaseException) -> bool:
    return isinstance(error, ValueError) and "cannot be transformed" in str(error)


def _first(run: Run, verb: str) -> Mark | None:
    return next((made for made in run.marks if made.verb == verb), None)


@rule(
    f"no more than {_WAITING} items wait in a queue",
    hint="How many items can a queue hold that was made without a size?",
)
def _bounded(run: Run) -> Iterator[Breach]:
    # Who waits in `put` has one in its hands: the one reader, and each who transforms.
    for stage, verb, hands in (("transform", "reads", 1), ("write", "transforms", _TRANSFORMERS)):
        come = {made.value for made in run.marks if (made.verb, made.what) == ("enters", stage)}
        waiting = 0
        for made in run.marks:
            waiting += made.verb == verb and made.what in come  # one that is lost waits nowhere
            waiting -= made.verb == "enters" and made.what == stage
            if waiting > _WAITING + hands:
                item = made.what.partition(",")[0]
                yield Breach(
                    f"{item} is number {waiting} of those that wait for {stage}: {_WAITING} fit "
                    f"into the queue, and {hands} may wait for room in it",
                    made,
                )


@rule(
    f"{_TRANSFORMERS} items are transformed at the same time, where so many are there",
    hint="How many tasks take items from the first queue?",
)
def _all_at_work(run: Run) -> Iterator[Breach]:
    waiting = within = written = transformed = most = 0
    for made, later in pairwise(run.marks):
        waiting += made.verb == "reads"
        transformed += made.verb == "transforms"
        written += made.verb == "enters" and made.what == "write"
        if made.what == "transform" and made.verb in ("enters", "leaves"):
            within += 1 if made.verb == "enters" else -1
            waiting -= made.verb == "enters"
            most = max(most, within)
        if made.verb in ("fails", "gives up"):
            return
        idle = within < _TRANSFORMERS and transformed - written == 0
        if waiting and idle and later.time > made.time + 1e-9:
            yield Breach(
                f"since {words.seconds(made.time)} only {within} at the transform, though "
                f"{words.count(waiting, 'item waits', 'items wait')} and {_TRANSFORMERS} may be "
                "there",
                later.time,
                made.time,
            )
    if most < _TRANSFORMERS and run.result == "ended":
        yield Breach(
            f"never more than {most} at the transform, and {_TRANSFORMERS} may be there",
            run.recording.duration,
        )


@rule(
    "each item is written once, unless one fails",
    hint="Who says that nothing more comes, and how often? Is everybody else ready by then?",
)
def _each_written(run: Run) -> Iterator[Breach]:
    written: list[str] = []
    for made in run.marks:
        if made.verb == "writes":
            if made.what in written:
                yield Breach(f"{made.what.partition(',')[0]} is written a second time", made)
            if not made.what.endswith(", transformed"):
                yield Breach(f"{made.what} is written, and that was not transformed", made)
            written.append(made.what)
    if run.result == "ended":
        for made in run.marks:
            if made.verb == "reads" and f"{made.what}, transformed" not in written:
                yield Breach(f"{made.what} was never written", run.recording.duration)


@rule("a failure in transform comes out", hint="Whoever calls `pipeline` has to hear of it.")
def _failure_comes_out(run: Run) -> Iterator[Breach]:
    failed = _first(run, "fails")
    if failed is not None and run.result == "ended":
        yield Breach(f"{failed.value} failed, and pipeline() ended as if all were well", failed)


@rule(
    "a failure ends all of it",
    hint="A task group cancels its other tasks when one of them fails.",
)
def _failure_ends_all(run: Run) -> Iterator[Breach]:
    failed = _first(run, "fails")
    # Whoever is cancelled cleans up first, and that takes a while.
    over = max((made.time for made in run.marks if made.verb in ("fails", "cleans up")), default=0)
    for made in run.marks:
        if failed is not None and made.time > over + 0.02 and made.verb in _DONE:
            yield Breach(
                f"{made.what.partition(',')[0]} is {_DONE[made.verb]}, though {failed.value} had "
                f"failed at {words.seconds(failed.time)}",
                made,
                failed,
            )


_DONE: Final = {"reads": "read", "transforms": "transformed", "writes": "written"}

_PIPELINE = (
    ends,
    gives_up,
    at_most(_TRANSFORMERS, "transform"),
    at_most(1, "write"),
    _bounded,
    _failure_comes_out,
    _failure_ends_all,
    _each_written,
    _all_at_work,
    no_task_left,
    never_idle,
)

pipeline = Exercise(
    "queues.pipeline",
    Asked("function", "pipeline"),
    minutes=12,
    level="core",
    scenarios=(
        Scenario("Ten items", _pipeline(), seeds(5), _PIPELINE),
        Scenario("14 items, and slow writes", _pipeline(14, writing=0.05), seeds(2), _PIPELINE),
        Scenario("Ten items, and one cannot be transformed", _pipeline(bad=4), seeds(6), _PIPELINE),
        Scenario(
            "Three items, and pipeline() is cancelled",
            _pipeline(3),
            every_cancellation(),
            _PIPELINE,
        ),
    ),
)


# 5.3 In order, and not too far ahead


class _Taken(NamedTuple):
    """How a caller's loop ended, what it was given, and how many results were due to it."""

    how: str
    results: list[object]
    due: int
    workers: int


class Work:
    """What is called with each item; it takes a while, and may clean up when it is cancelled."""

    def __init__(self, world: World, bad: int | None) -> None:
        self._world = world
        self._bad = bad

    async def f(self, item: int) -> str:
        """The result of an item; raises ValueError for a bad one."""
        slow = item != self._bad  # a failure is there soon, before its turn has come
        mark("enters", "f", item)
        try:
            least, most = (0.05, 0.2) if slow else (0.01, 0.02)
            await self._world.reply(f"f({item})", least, most)
            if item == self._bad:
                mark("fails", f"f({item})", item)
                raise ValueError(f"f({item}) has failed")
            mark("is done", f"f({item})")
        except asyncio.CancelledError:
            await self._world.reply(f"cleanup of f({item})", 0.01, 0.5)
            mark("cleans up", "f", item)
            raise
        finally:
            mark("leaves", "f", item)
        return f"result {item}"


def _mapping(
    count: int = 10,
    *,
    bad: int | None = None,
    leaves_after: int | None = None,
    use: float = 0.0,
    workers: int = 3,
) -> Program:
    """Somebody who takes results, needs `use` seconds for each, and may leave early."""

    async def program(answer: Callable[..., Any], world: World) -> _Taken:
        taken: list[object] = []

        results = call(answer, Work(world, bad).f, list(range(1, count + 1)), workers)
        if not hasattr(results, "__aiter__") or not hasattr(results, "aclose"):
            if asyncio.iscoroutine(results):
                results.close()
            raise NotAsked(
                "map_ordered has to be an `async def` with `yield` in it: its call is gone through "
                f"by `async for`, and it gave {described(results)}."
            )

        @shown_task
        async def user() -> None:
            try:
                async with aclosing(results):
                    async for result in results:
                        taken.append(result)
                        mark("takes", str(result))
                        if len(taken) == leaves_after:
                            mark("breaks", "")
                            break
                        if use:
                            await world.reply(f"use of {result}", use, use)
                        mark("asks for more", "")
            finally:
                mark("is left", "map_ordered()")

        task = world.start(user, name="caller")
        await asyncio.wait([task])
        # Whoever was left behind goes on meanwhile.
        await world.reply("some time later", 1, 1)
        due = leaves_after or (count if bad is None else bad - 1)
        if task.cancelled():
            return _Taken("cancelled", taken, due, workers)
        error = task.exception()
        if error is None:
            return _Taken("ended", taken, due, workers)
        if not all(
            isinstance(one, ValueError) and "has failed" in str(one) for one in leaves(error)
        ):
            raise error
        how = "raised" if isinstance(error, ValueError) else "raised a group"
        return _Taken(how, taken, due, workers)

    return program


@rule(
    "never more items ahead than twice the workers",
    hint="How many items are begun, or done, and not yet taken by the caller? When may the next "
    "begin?",
)
def _not_too_far(run: Run) -> Iterator[Breach]:
    begun = taken = 0
    for made in run.marks:
        taken += made.verb == "takes"
        begun += made.verb == "enters"
        if begun - taken > 2 * run.result.workers:
            yield Breach(
                f"f({made.value}) begins before result {taken + 1} is taken: it is number "
                f"{begun - taken} of those ahead, and {2 * run.result.workers} may be",
                made,
            )


@rule(
    "as many are at work as there are workers, as long as that is allowed",
    hint="Does the next item begin as soon as another has ended, or when the caller takes one?",
)
def _at_work(run: Run) -> Iterator[Breach]:
    begun = asked = within = 0
    total, workers = run.result.due, run.result.workers
    for made, later in pairwise(run.marks):
        if made.verb in ("is left", "gives up", "fails"):
            return
        begun += made.verb == "enters"
        within += (made.verb == "enters") - (made.verb == "leaves")
        asked += made.verb == "asks for more"
        may = begun < total and begun - asked < 2 * workers and within < workers
        if may and later.time > made.time + 1e-9:
            yield Breach(
                f"since {words.seconds(made.time)} only {within} at work, though f({begun + 1}) "
                "may begin",
                later.time,
                made.time,
            )


@rule(
    "the results come in the order of the items",
    hint="Which result is due next? Whoever has it may not be the first to end.",
)
def _ordered(run: Run) -> Iterator[Breach]:
    taken = [made for made in run.marks if made.verb == "takes"]
    done = {made.what: made for made in run.marks if made.verb == "is done"}
    for place, made in enumerate(taken):
        if run.result.results[place] != f"result {place + 1}":
            came = shown(run.result.results[place]).strip("'")
            yield Breach(f"result {place + 1} is due, and {came} comes", made)
        called = done.get(f"f({place + 1})")
        if called is None or called.sequence > made.sequence:
            yield Breach(f"result {place + 1} comes, and f({place + 1}) has given none", made)
    if run.result.how == "ended" and len(taken) < run.result.due:
        yield Breach(f"result {len(taken) + 1} never came", run.recording.duration)


@rule(
    "a failure comes out in its place",
    hint="The results before it are still good: the caller gets those first.",
)
def _fails_in_place(run: Run) -> Iterator[Breach]:
    failed = next((made for made in run.marks if made.verb == "fails"), None)
    if failed is None:
        return
    taken, due = len(run.result.results), run.result.due
    if run.result.how == "ended":
        yield Breach(f"{failed.what} failed, and the loop ended as if all were well", failed)
    elif run.result.how == "raised" and taken < due:
        yield Breach(f"{failed.what} failed, and result {taken + 1} was never given", failed)
    elif run.result.how == "raised a group":
        yield Breach(
            f"the error of {failed.what} came out in an ExceptionGroup, and not alone",
            failed,
        )


@rule(
    "who leaves the loop does not wait for what nobody needs",
    hint="What becomes of the calls that are at work when the caller leaves? Who cancels them?",
)
def _cancelled_when_left(run: Run) -> Iterator[Breach]:
    left = _first(run, "breaks") or _first(run, "gives up")
    if left is None:
        return
    # An `await` of a task hands its cancellation on, and waits until that task has cleaned up.
    cleaned = (made for made in run.marks if made.verb == "cleans up" and made.time > left.time)
    over = next(cleaned, left)
    for made in run.marks:
        if made.verb == "is done" and made.time > over.time:
            yield Breach(
                f"{made.what} goes on to its end, though the caller has left at "
                f"{words.seconds(left.time)}",
                made,
                left,
            )


@rule(
    "when the loop is left, all that was begun has ended",
    hint="A `finally` is passed whenever the generator is closed. Who is cancelled cleans up, and "
    "that takes a while: who waits for it?",
)
def _nothing_goes_on(run: Run) -> Iterator[Breach]:
    left: Mark | None = None
    for made in run.marks:
        if made.verb == "is left":
            left = made
        elif left is not None and made.what == "f":
            does = "still cleans up" if made.verb == "cleans up" else "goes on"
            yield Breach(
                f"f({made.value}) {does}, and the loop was left at {words.seconds(left.time)}",
                made,
                left,
            )


@rule("never more are at work at once than there are workers")
def _few_at_work(run: Run) -> Iterator[Breach]:
    workers = run.result.workers
    for made, within in inside(run, "f"):
        if len(within) > workers:
            yield Breach(
                f"f({made.value}) is number {len(within)} at work, and {workers} are allowed",
                made,
            )


@rule(
    "a caller who is cancelled gives up",
    hint="A cancellation comes out of an `await` in the generator. It has to go on to the caller.",
)
def _caller_gives_up(run: Run) -> Iterator[Breach]:
    left = _first(run, "gives up")
    if left is not None and run.result.how == "ended":
        yield Breach("the caller was cancelled, and its loop ended as if all were well", left)


_MAPPED = (
    ends,
    _caller_gives_up,
    _few_at_work,
    _not_too_far,
    _at_work,
    _ordered,
    _fails_in_place,
    _nothing_goes_on,
    _cancelled_when_left,
    no_task_left,
    never_idle,
)

map_ordered = Exercise(
    "queues.map_ordered",
    Asked("function", "map_ordered"),
    minutes=15,
    level="stretch",
    scenarios=(
        Scenario("Ten items", _mapping(), seeds(8), _MAPPED),
        Scenario("Six items, and two workers", _mapping(6, workers=2), seeds(3), _MAPPED),
        Scenario("Ten items, and a slow caller", _mapping(use=0.3), seeds(4), _MAPPED),
        Scenario("Ten items, and f(3) fails soon", _mapping(bad=3), seeds(8), _MAPPED),
        Scenario(
            "Ten items, and the caller leaves after 2", _mapping(leaves_after=2), seeds(5), _MAPPED
        ),
        Scenario(
            "Four items, and the caller is cancelled", _mapping(4), every_cancellation(), _MAPPED
        ),
    ),
)


# The hunt: the import that loses its tail


class Table:
    """Keeps rows; to save some takes a while, and is not done at all if it is cancelled."""

    def __init__(self, world: World, least: float) -> None:
        self._world = world
        self._least = least  # seconds that it takes to save some

    async def save(self, rows: list[str]) -> None:
        """Keep these rows."""
        if not isinstance(rows, list | tuple):
            raise TypeError(f"save takes a list of rows, and got {described(rows)}")
        kept = [str(row) for row in rows]
        what = words.listing(kept)
        await self._world.reply(f"save {what}", self._least, 3 * self._least)
        mark("has saved", what, len(kept))
        for row in kept:
            mark("saves", row)


class File:
    """Has lines, which are read one after the other."""

    def __init__(self, world: World, numbers: range) -> None:
        self._world = world
        self._numbers = numbers

    async def lines(self) -> AsyncIterator[str]:
        """The lines; each takes a while."""
        for number in self._numbers:
            await self._world.reply(f"line {number}", 0.005, 0.02)
            yield f"row {number}\n"


def _importing(first: int, last: int, *, saving: float = 0.02) -> Program:
    numbers = range(first, last + 1)

    async def program(answer: Callable[..., Awaitable[object]], world: World) -> object:
        lines, table = File(world, numbers).lines(), Table(world, saving)
        task = world.start(answer, lines, table, name="import_rows()")
        await asyncio.wait([task])
        return task.result(), numbers

    return program


def _saved(run: Run) -> list[Mark]:
    return [made for made in run.marks if made.verb == "saves"]


@rule(
    "each row is saved once",
    hint="Look at the last row: who has it, and what becomes of that one?",
)
def _each_saved(run: Run) -> Iterator[Breach]:
    saved: list[str] = []
    for made in _saved(run):
        if made.what in saved:
            yield Breach(f"{made.what} is saved a second time", made)
        saved.append(made.what)
    rows = [f"row {number}" for number in run.result[1]]
    lost = [row for row in rows if row not in saved]
    if lost:
        yield Breach(
            f"{words.listing(lost, most=3)} {'was' if len(lost) == 1 else 'were'} never saved: "
            f"{len(rows) - len(lost)} of {len(rows)} are there",
            run.recording.duration,
        )


@rule("rows are saved four at a time", hint="How many calls of `save` does that take?")
def _in_batches(run: Run) -> Iterator[Breach]:
    calls = [made for made in run.marks if made.verb == "has saved"]
    for made in calls:
        if not isinstance(made.value, int) or made.value > 4:
            yield Breach(f"{made.value} rows are saved at once, and four are allowed", made)
    least = -(-len(_saved(run)) // 4)
    if len(calls) > least:
        yield Breach(f"save was called {len(calls)} times, and {least} times are enough", calls[-1])


@rule("the result is how many rows were saved")
def _counted(run: Run) -> Iterator[Breach]:
    saved = len(_saved(run))
    result = run.result[0]
    if type(result) is not int or result != saved:
        yield Breach(
            f"import_rows() returned {shown(result)}, and {saved} were saved",
            run.recording.duration,
        )


_IMPORT = (ends, _each_saved, _in_batches, _counted, clean, never_idle)

tail = Exercise(
    "queues.tail",
    Asked("function", "import_rows"),
    minutes=8,
    level="hunt",
    scenarios=(
        Scenario("Ten rows", _importing(1, 10), seeds(20), _IMPORT),
        Scenario("Eight other rows", _importing(21, 28), seeds(10), _IMPORT),
        Scenario("Ten rows, and a slow table", _importing(1, 10, saving=2), seeds(2), _IMPORT),
    ),
)
