"""The exercises on task groups."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any, Final

from course_helpers.exercises.exercise import Exercise
from course_helpers.exercises.judging import Asked, Scenario
from course_helpers.exercises.rules import (
    Breach,
    Run,
    clean,
    described,
    ends,
    gives_up,
    leaves,
    never_idle,
    rule,
    shown,
)
from course_helpers.exercises.schedules import every_cancellation, seeds
from course_helpers.exercises.world import Program, World
from course_helpers.recorder.marks import mark, mark_from
from course_helpers.recording.model import Mark
from course_helpers.views import words


class Database:
    """Is opened and closed by `async with`; writes take a while."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def __aenter__(self) -> Database:
        mark("opens", "database")
        return self

    async def __aexit__(self, *_: object) -> None:
        mark("closes", "database")

    async def write(self, record: str) -> None:
        """Write a record; raises ValueError for one that is bad."""
        mark("begins", "write", record)
        try:
            await self._world.reply(f"write {record}", 0.05, 0.2)
        except asyncio.CancelledError:
            # At times longer than a pause that is made to be on the safe side.
            await self._world.reply(f"undo {record}", 0.01, 0.5)
            mark("undoes", "write", record)
            raise
        if "bad" in record:
            mark("fails", "write", record)
            raise ValueError(f"{record} cannot be written")
        mark("writes", "write", record)


def _saving(*records: str) -> Program:
    async def program(answer: Callable[..., Awaitable[Any]], world: World) -> str:
        task = world.start(answer, Database(world), list(records), name="save_all()")
        outcome = "ended"
        try:
            await task
        except* ValueError as errors:
            if not all("cannot be written" in str(each) for each in leaves(errors)):
                raise
            outcome = "raised"
        # Whoever was left behind has time to do harm.
        await world.reply("some time later", 1, 1)
        return outcome

    return program


def _first(run: Run, verb: str) -> Mark | None:
    return next((made for made in run.marks if made.verb == verb), None)


@rule(
    "nothing is written while the database is not open",
    hint="Who waits for all writes before `async with database` ends? `gather` does not, when one "
    "of them fails.",
)
def _closed(run: Run) -> Iterator[Breach]:
    closed = _first(run, "closes")
    for made in run.marks:
        if made.verb not in ("writes", "undoes"):
            continue
        if _first(run, "opens") is None:
            yield Breach(f"{made.value} is written, and the database was not opened", made)
        elif closed is not None and made.sequence > closed.sequence:
            what = "written" if made.verb == "writes" else "cleaned up"
            yield Breach(
                f"{made.value} is {what}, and the database has been closed since "
                f"{words.seconds(closed.time)}",
                made,
                closed,
            )


@rule("the database is closed in the end", hint="`async with` closes what it has opened.")
def _closed_at_last(run: Run) -> Iterator[Breach]:
    opened = _first(run, "opens")
    if opened is not None and _first(run, "closes") is None:
        yield Breach("the database was opened, and never closed", run.recording.duration, opened)


@rule("when one write fails, the others stop")
def _stopped(run: Run) -> Iterator[Breach]:
    failed = _first(run, "fails")
    for made in run.marks:
        if failed is not None and made.verb == "writes" and made.time > failed.time:
            yield Breach(
                f"{made.value} is written, though {failed.value} failed at "
                f"{words.seconds(failed.time)}",
                made,
                failed,
            )


@rule(
    "the error of a bad record comes out",
    hint="Whoever calls `save_all` has to hear of it.",
)
def _comes_out(run: Run) -> Iterator[Breach]:
    failed = _first(run, "fails")
    if failed is not None and run.result == "ended":
        yield Breach(f"{failed.value} failed, and save_all() ended as if all were well", failed)


@rule("all records are written, each once, at the same time")
def _all_written(run: Run) -> Iterator[Breach]:
    if _first(run, "fails") is not None:
        return
    begun = [made for made in run.marks if made.verb == "begins"]
    for made in begun:
        if made.time > begun[0].time:
            yield Breach(
                f"the write of {made.value} begins, and that of {begun[0].value} began at "
                f"{words.seconds(begun[0].time)}",
                made,
                begun[0],
            )
    written: set[str] = set()
    for made in run.marks:
        if made.verb == "writes" and made.value in written:
            yield Breach(f"{made.value} is written a second time", made)
        if made.verb == "writes":
            written.add(made.value)
    for record in ("ann", "ben", "cem"):
        if record not in written and not any("bad" in str(made.value) for made in begun):
            yield Breach(f"{record} was not written", run.recording.duration)


_RULES = (ends, _closed, _all_written, _stopped, _comes_out, _closed_at_last, clean, never_idle)

save_all = Exercise(
    "task_groups.save_all",
    Asked("function", "save_all"),
    minutes=5,
    level="warm-up",
    scenarios=(
        Scenario("Three records", _saving("ann", "ben", "cem"), seeds(5), _RULES),
        Scenario(
            "Four records, and one is bad", _saving("ann", "bad", "ben", "cem"), seeds(15), _RULES
        ),
    ),
)


# 16.2 Each on its own, and 16.3 the first that succeeds


class Server:
    """Answers after a while, fails (`"closed"`), or has a bug; cleans up when it is cancelled."""

    def __init__(self, world: World, name: str, fate: str) -> None:
        self._world = world
        self._name = name
        self._fate = fate

    async def answer(self) -> str:
        """Its answer; raises ConnectionError where there is none."""
        return await self._asked_for(f"answer of {self._name}")

    async def price(self) -> str:
        """Its price, where the server is a shop."""
        return await self._asked_for(f"price of {self._name}")

    async def _asked_for(self, what: str) -> str:
        mark("asks", self._name)
        try:
            await self._world.reply(what, 0.05, 0.2)
        except asyncio.CancelledError:
            mark("is cancelled", self._name)
            await self._world.reply(f"cleanup of {self._name}", 0.01, 0.5)
            mark("cleans up", self._name)
            raise
        if self._fate == "closed":
            mark("fails", self._name)
            raise ConnectionError(f"no answer from {self._name}")
        if self._fate == "bug":
            mark("has a bug", self._name)
            raise TypeError(f"{self._name} was asked for nonsense")
        mark("is there", self._name)
        return what


def _asking(*fates: str, called: str) -> Program:
    kind = "shop" if called == "prices" else "server"

    async def program(answer: Callable[..., Awaitable[Any]], world: World) -> tuple[str, object]:
        names = [
            f"{kind} {'XY'[fate == 'bug'] if fate else 'ABCD'[n]}" for n, fate in enumerate(fates)
        ]
        servers = [Server(world, name, fate) for name, fate in zip(names, fates, strict=True)]
        mark("there are", kind, len(servers))
        task = world.start(answer, servers, name=f"{called}()")
        await asyncio.wait([task])
        mark("returns", called)
        # Whoever was left behind goes on meanwhile.
        await world.reply("some time later", 1, 1)
        if task.cancelled():
            return "cancelled", None
        error = task.exception()
        if error is None:
            return "returned", task.result()
        if all(map(_expected, leaves(error))):
            return "raised", error
        raise error

    return program


def _expected(error: BaseException) -> bool:
    bug = isinstance(error, TypeError) and "asked for nonsense" in str(error)
    return bug or isinstance(error, ConnectionError)


def _after_the_end(run: Run) -> Iterator[Breach]:
    """What a server did after the answer had returned."""
    end = _first(run, "returns")
    does = {"is there": "goes on", "fails": "goes on", "has a bug": "goes on"}
    does |= {"is cancelled": "is cancelled only now", "cleans up": "still cleans up"}
    for made in run.marks:
        if end is not None and made.sequence > end.sequence and made.verb in does:
            yield Breach(
                f"{made.what} {does[made.verb]}, and {end.what}() ended at "
                f"{words.seconds(end.time)}",
                made,
                end,
            )


@rule(
    "the losers have ended when it returns",
    hint="Who is cancelled cleans up, and that takes a while. Who waits for it?",
)
def _losers_ended(run: Run) -> Iterator[Breach]:
    left, loser = _first(run, "gives up"), _first(run, "is cancelled")
    # Cancelled while it waits for those that clean up, no wait of asyncio's goes on.
    if left is None or loser is None or left.sequence < loser.sequence:
        yield from _after_the_end(run)


@rule(
    "a bug ends all the others before it comes out",
    hint="A task group cancels its other tasks, and waits for them.",
)
def _bug_ends_all(run: Run) -> Iterator[Breach]:
    bug = _first(run, "has a bug")
    for made in run.marks:
        if bug is not None and made.verb == "is there" and made.time > bug.time:
            yield Breach(
                f"{made.what} goes on, though {bug.what} had a bug at {words.seconds(bug.time)}",
                made,
                bug,
            )
    yield from _after_the_end(run)


def _asked(run: Run) -> list[str]:
    return [made.what for made in run.marks if made.verb == "asks"]


def _not_together(run: Run) -> Iterator[Breach]:
    first, there = _first(run, "asks"), _first(run, "there are")
    asked = len(_asked(run))
    if there is not None and asked < int(there.value):
        were = "was" if asked == 1 else "were"
        yield Breach(f"{asked} of {there.value} {there.what}s {were} asked", run.recording.duration)
    for made in run.marks:
        if made.verb == "asks" and first is not None and made.time > first.time:
            yield Breach(
                f"{made.what} is asked, and {first.what} was asked at {words.seconds(first.time)}",
                made,
                first,
            )


_asked_together = rule("all shops are asked at the same time")(_not_together)
_all_race = rule("all servers are asked at the same time")(_not_together)


@rule("a bug comes out", hint="Only what is expected may be caught.")
def _bug_comes_out(run: Run) -> Iterator[Breach]:
    bug = _first(run, "has a bug")
    if bug is not None and run.result[0] == "returned":
        yield Breach(f"the TypeError of {bug.what} became a value", bug)


@rule(
    "each shop has its price or its error, in order",
    hint="What is caught around the group is caught when all tasks have ended.",
)
def _each_price(run: Run) -> Iterator[Breach]:
    if _first(run, "has a bug") is not None:
        return
    how, found = run.result
    closed = {made.what for made in run.marks if made.verb == "fails"}
    due: list[object] = [
        ConnectionError(f"no answer from {name}") if name in closed else f"price of {name}"
        for name in _asked(run)
    ]
    if how != "returned" or not _alike(found, due):
        what = (
            f"it is {shown(found)}" if how == "returned" else f"prices() raised {described(found)}"
        )
        yield Breach(f"the result should be {shown(due)}, and {what}", _first(run, "returns"))


def _alike(found: object, due: list[object]) -> bool:
    """Whether a list holds values of the same types and texts: exceptions are equal to no other."""
    return (
        isinstance(found, list)
        and list(map(type, found)) == list(map(type, due))
        and list(map(str, found)) == list(map(str, due))
    )


_PRICES = (ends, _asked_together, _bug_comes_out, _bug_ends_all, _each_price, clean, never_idle)

prices = Exercise(
    "task_groups.prices",
    Asked("function", "prices"),
    minutes=10,
    level="core",
    scenarios=(
        Scenario("Three shops", _asking("", "", "", called="prices"), seeds(5), _PRICES),
        Scenario(
            "Three shops, and one is closed",
            _asking("", "closed", "", called="prices"),
            seeds(10),
            _PRICES,
        ),
        Scenario(
            "Three shops, and one has a bug",
            _asking("", "bug", "", called="prices"),
            seeds(10),
            _PRICES,
        ),
    ),
)


def _count(run: Run, verb: str) -> int:
    return sum(made.verb == verb for made in run.marks)


@rule("the first success wins")
def _first_wins(run: Run) -> Iterator[Breach]:
    first, returned = _first(run, "is there"), _first(run, "returns")
    how, found = run.result
    if not _asked(run) and how != "cancelled":
        yield Breach("no server was asked", returned)
    failed, asked = _count(run, "fails"), _count(run, "asks")
    if how == "raised" and failed < asked:
        yield Breach(
            f"race() raised {described(found)}, and {asked - failed} of {asked} servers had not "
            "failed",
            returned,
        )
    # None is what _all_failed speaks of.
    if how == "returned" and found is not None and (first is None or type(found) is not str):
        yield Breach(f"race() returned {shown(found)}, and that is no answer", returned)
    if first is None or returned is None or how == "cancelled":
        return
    # The losers clean up meanwhile. Who is still under way then was not cancelled.
    late = any(
        made.time > first.time and made.sequence < returned.sequence
        for made in run.marks
        if made.verb in ("is there", "fails")
    )
    if run.result != ("returned", f"answer of {first.what}") or late:
        yield Breach(
            f"the answer of {first.what} was there at {words.seconds(first.time)}; race() "
            f"{run.result[0]} {shown(run.result[1])} at {words.seconds(returned.time)}",
            returned,
            first,
        )


@rule("if all have failed, their errors come out")
def _all_failed(run: Run) -> Iterator[Breach]:
    failed = [made for made in run.marks if made.verb == "fails"]
    asked = [made for made in run.marks if made.verb == "asks"]
    if asked and len(failed) == len(asked) and run.result[0] != "cancelled":
        how, found = run.result
        errors = list(leaves(found)) if how == "raised" else []
        due = sorted(f"no answer from {made.what}" for made in failed)
        if how == "raised" and len(errors) == len(due) and sorted(map(str, errors)) != due:
            yield Breach(f"race() raised {described(found)}: not the servers' errors", failed[-1])
        elif how != "raised" or len(errors) != len(due):
            what = f"race() {how} {described(found) if how == 'raised' else shown(found)}"
            yield Breach(f"{len(failed)} of {len(asked)} servers failed, and {what}", failed[-1])


@rule(
    "a cancelled race ends, if nobody has won yet",
    hint="CancelledError passes through `except Exception`, and not through a bare `except`.",
)
def _race_gives_up(run: Run) -> Iterator[Breach]:
    left, won = _first(run, "gives up"), _first(run, "is there")
    if left is not None and (won is None or won.time > left.time):
        yield from gives_up.breaches(run)


_RACE = (
    ends,
    _race_gives_up,
    _first_wins,
    _all_race,
    _losers_ended,
    _all_failed,
    clean,
    never_idle,
)

race = Exercise(
    "task_groups.race",
    Asked("function", "race"),
    minutes=12,
    level="stretch",
    scenarios=(
        Scenario("Two servers", _asking("", "", called="race"), seeds(5), _RACE),
        Scenario(
            "Three servers, and one fails",
            _asking("", "closed", "", called="race"),
            seeds(15),
            _RACE,
        ),
        Scenario(
            "Two servers, and both fail",
            _asking("closed", "closed", called="race"),
            seeds(5),
            _RACE,
        ),
        Scenario(
            "Three servers, and race() is cancelled",
            _asking("", "closed", "", called="race"),
            every_cancellation(),
            _RACE,
        ),
    ),
)


# The hunt: fire and forget


_PARCEL: Final = "a parcel with "


class Shop:
    """Fetches what is ordered, which takes a while, and hands it over at once."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def fetch(self, order: str) -> str:
        """What was ordered."""
        await self._world.reply(f"fetch {order}", 0.05, 0.1)
        mark("fetches", order)
        return f"{_PARCEL}{order}"

    def hand_over(self, goods: str) -> None:
        """Give the customer what was fetched."""
        fetched = str(goods).startswith(_PARCEL)
        mark("hands over", str(goods).removeprefix(_PARCEL), fetched)


class Metrics:
    """Take measurements, which takes a while and fails at times; they do not keep who waits."""

    def __init__(self, world: World, failing: str, least: float) -> None:
        self._world = world
        self._failing = failing
        self._least = least  # seconds that a measurement takes
        self._senders: list[tuple[str, weakref.ref[asyncio.Task[Any]]]] = []

    async def send(self, order: str) -> None:
        """Note the sale of an order; raises ConnectionError where that does not work."""
        mark("begins to measure", order)
        task = asyncio.current_task()
        assert task is not None
        self._senders.append((order, weakref.ref(task)))
        del task
        await self._answer()
        if order == self._failing:
            mark("fails", order)
            raise ConnectionError(f"the sale of {order} was not noted")
        mark("measures", order)

    def lost(self, order: str) -> None:
        """Note that a measurement is lost."""
        mark("is lost", str(order))

    async def _answer(self) -> None:
        # As with a real connection: the task holds the future, and nobody else does.
        loop = asyncio.get_running_loop()
        answered = loop.create_future()
        known = weakref.ref(answered)

        def answer() -> None:
            waiting = known()
            if waiting is not None and not waiting.done():
                waiting.set_result(None)

        loop.call_later(self._least + 0.05 * self._world.choose(4), answer)
        with self._world.under_way():
            await answered

    def collect_garbage(self) -> None:
        """What Python does now and then: throw away what nobody keeps."""
        pending = [order for order, task in self._senders if task() is not None]
        gc.collect(0)
        for order, task in self._senders:
            if order in pending and task() is None:
                mark_from(None, "is thrown away", order, None)

    def kept(self) -> list[str]:
        """The measurements that are over, and whose tasks somebody still keeps."""

        def over() -> list[str]:
            tasks = [(order, task()) for order, task in self._senders]
            return [order for order, task in tasks if task is not None and task.done()]

        if over():
            gc.collect()  # it may be a circle that nobody keeps
        return over()


_SALES: Final = ("tea", "jam", "rice", "fish", "cake", "soup")


class Orders:
    """Come one after the other; a second after the others, the last. Meanwhile garbage goes."""

    def __init__(self, world: World, metrics: Metrics, kept: list[str]) -> None:
        self._world = world
        self._metrics = metrics
        self._kept = kept

    async def come(self) -> AsyncIterator[str]:
        """The orders; what is over and still kept is noted before the last."""
        time = asyncio.get_running_loop().time
        for number, order in enumerate(_SALES, 1):
            # Customers do not look at whether somebody asks for the next of them.
            wait = max(0.0, _EVERY * number - time())
            await self._world.reply(f"order {order}", wait, wait)
            mark("comes", order, _EVERY * number)
            yield order
            if self._world.choose(3) == 0:
                self._metrics.collect_garbage()
        await self._world.reply("the last customer", 2, 2)
        self._kept.extend(self._metrics.kept())
        mark("looks", "kept")
        yield "salt"


_EVERY: Final = 0.08  # seconds between two customers


def _serving(failing: str = "", measuring: float = 0.3) -> Program:
    async def program(answer: Callable[..., Awaitable[Any]], world: World) -> list[str]:
        metrics = Metrics(world, failing, measuring)
        kept: list[str] = []

        await world.run(
            answer, Orders(world, metrics, kept).come(), Shop(world), metrics, name="serve()"
        )
        return kept

    return program


@rule("each order is handed over once")
def _handed_over(run: Run) -> Iterator[Breach]:
    given = [made.what for made in run.marks if made.verb == "hands over"]
    for order in (*_SALES, "salt"):
        if given.count(order) != 1:
            often = (
                f"handed over {given.count(order)} times" if order in given else "never handed over"
            )
            yield Breach(f"{order} was {often}", run.recording.duration)


@rule(
    "no customer waits for a measurement",
    hint="What stands between the `fetch` and the `hand_over`, and does it wait?",
)
def _at_once(run: Run) -> Iterator[Breach]:
    fetched: dict[str, Mark] = {}
    came: dict[str, float] = {}
    for made in run.marks:
        if made.verb == "comes":
            came[f"fetch {made.what}"] = float(made.value)
        elif made.verb == "is asked" and made.time > came.get(made.what, made.time) + 1e-6:
            yield Breach(
                f"{made.what.partition(' ')[2]} was ordered at "
                f"{words.seconds(came[made.what])}, and nobody goes to fetch it before",
                made,
                came[made.what],
            )
        elif made.verb == "fetches":
            fetched[made.what] = made
        elif made.verb == "hands over":
            since = fetched.get(made.what)
            if since is None:
                yield Breach(f"{made.what} is handed over, and it was not fetched yet", made)
            elif made.time > since.time:
                yield Breach(
                    f"{made.what} is handed over, and it was fetched at "
                    f"{words.seconds(since.time)}",
                    made,
                    since,
                )


@rule("what is handed over is what was fetched", hint="What does `fetch` give?")
def _goods(run: Run) -> Iterator[Breach]:
    for made in run.marks:
        if made.verb == "hands over" and not made.value:
            yield Breach(f"hand_over was given {made.what}, and not what fetch has given", made)


_OF_A_SALE: Final = (
    "fetches",
    "begins to measure",
    "is thrown away",
    "fails",
    "measures",
    "is lost",
)


@rule(
    "each measurement arrives, or is noted as lost",
    hint="A task that nobody keeps can be thrown away in the middle. Who keeps it until it has "
    "ended, and who hears of its error?",
)
def _measured(run: Run) -> Iterator[Breach]:
    verbs: dict[str, Mark] = {}
    for made in run.marks:
        last = verbs.get(made.what)
        if made.verb == "begins to measure" and (last is None or last.verb != "fetches"):
            yield Breach(f"the sale of {made.what} is measured, and it was not fetched yet", made)
        if made.verb == "is lost" and (last is None or last.verb != "fails"):
            yield Breach(f"{made.what} is noted as lost, and no error has said so", made)
        if made.verb in _OF_A_SALE:
            verbs[made.what] = made
    for order in (*_SALES, "salt"):
        last = verbs.get(order)
        if last is None or last.verb == "fetches":
            yield Breach(f"the sale of {order} was never measured", run.recording.duration)
        elif last.verb == "is thrown away":
            yield Breach(
                f"the measurement of {order} is thrown away with its task, which nobody keeps", last
            )
        elif last.verb == "fails":
            yield Breach(f"the measurement of {order} failed, and that was not noted", last)
        elif last.verb == "begins to measure":
            yield Breach(
                f"the measurement of {order} began at {words.seconds(last.time)}, and serve() "
                "ended before it arrived",
                run.recording.duration,
                last,
            )


@rule(
    "what is over is kept no longer",
    hint="Who takes a task out again when it has ended? A task group does.",
)
def _not_kept(run: Run) -> Iterator[Breach]:
    if run.result:
        looked = _first(run, "looks")
        tasks = words.count(
            len(run.result), "task ended a second ago, and is", "tasks ended a second ago, and are"
        )
        yield Breach(f"{tasks} still kept", looked)


_FORGET = (ends, _handed_over, _at_once, _goods, _measured, _not_kept, clean, never_idle)

forget = Exercise(
    "task_groups.forget",
    Asked("function", "serve"),
    minutes=7,
    level="hunt",
    scenarios=(
        Scenario("Seven orders", _serving(), seeds(12), _FORGET),
        Scenario("Seven orders, and one measurement fails", _serving("jam"), seeds(8), _FORGET),
        Scenario("Seven orders, and slow measurements", _serving(measuring=5), seeds(2), _FORGET),
    ),
)
