"""The exercises on semaphores."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from itertools import pairwise
from typing import Final, NamedTuple

from course_helpers.exercises.exercise import Exercise
from course_helpers.exercises.judging import Asked, Scenario
from course_helpers.exercises.rules import (
    Breach,
    Rule,
    Run,
    as_many_as,
    at_most,
    clean,
    ends,
    gives_up,
    inside,
    leaves,
    never_idle,
    no_task_left,
    others_unharmed,
    result_is,
    rule,
    shown,
)
from course_helpers.exercises.schedules import every_cancellation, seeds
from course_helpers.exercises.suspects import entered_once, made_anew
from course_helpers.exercises.world import Program, World, call, part
from course_helpers.recorder.marks import mark
from course_helpers.recording.model import Mark, State
from course_helpers.views import words

_ALLOWED = 3
_RAISED: Final = object()  # no answer can return it


class Site:
    """A server that is asked for pages, does not answer for some, and has a bug in one."""

    def __init__(
        self, world: World, faulty: frozenset[int], bug: int | None = None, edition: str = ""
    ) -> None:
        self._world = world
        self._faulty = faulty
        self._bug = bug
        self._edition = edition

    async def get(self, number: int) -> str:
        """The page of that number; raises ConnectionError where there is no answer."""
        mark("enters", "site", number)
        try:
            await self._world.reply(f"page {number}")
            if number in self._faulty:
                raise ConnectionError(f"no answer for {number}")
            if number == self._bug:
                mark("has a bug", f"page {number}")
                raise ValueError(f"page {number} cannot be read")
            return f"page {number}{self._edition}"
        finally:
            mark("leaves", "site", number)


def _fetching(
    *numbers: int, faulty: tuple[int, ...] = (), bug: int | None = None, edition: str = ""
) -> Program:
    async def program(answer: Callable[..., Awaitable[object]], world: World) -> object:
        site = Site(world, frozenset(faulty), bug, edition)
        try:
            return await world.run(answer, site, list(numbers), name="fetch_all()")
        except* ValueError as errors:
            if bug is None or not all("cannot be read" in str(each) for each in leaves(errors)):
                raise
        # Those that are left come to their end meanwhile.
        await world.reply("some time later", 1, 1)
        return _RAISED

    return program


def _pages(*numbers: int, faulty: tuple[int, ...] = (), edition: str = "") -> list[str | None]:
    return [None if number in faulty else f"page {number}{edition}" for number in numbers]


@rule("each page is asked for once")
def _asked_once(run: Run) -> Iterator[Breach]:
    asked: set[int] = set()
    for made, _ in inside(run, "site"):
        if made.verb == "enters" and made.value in asked:
            yield Breach(f"page {made.value} is asked for a second time", made)
        asked.add(made.value)


@rule(
    "any other error comes out",
    hint="Only what is expected is caught: `except ConnectionError`. What else goes wrong is a "
    "bug, and somebody has to hear of it.",
)
def _bug_comes_out(run: Run) -> Iterator[Breach]:
    bug = next((made for made in run.marks if made.verb == "has a bug"), None)
    if bug is not None and run.result is not _RAISED:
        yield Breach(f"the ValueError of {bug.what} was kept quiet", bug)


_FEW = at_most(
    _ALLOWED,
    "site",
    hint="A semaphore lets so many in at once: made once, and held by each request while it is at "
    "the site.",
)
_MANY = as_many_as(
    _ALLOWED,
    "site",
    7,
    hint="Does the next request begin as soon as one has ended, or when all of a group have?",
)
_OTHERS, _FAULTY, _EDITION = (8, 1, 6, 3, 4, 7, 2), (1, 4), ", of today"


def _result(*numbers: int, faulty: tuple[int, ...] = (), edition: str = "") -> Rule:
    return result_is(
        lambda run: _pages(*numbers, faulty=faulty, edition=edition),
        name="all pages, in the order of the numbers, and None for those without an answer",
    )


fetch_all = Exercise(
    "semaphores.fetch_all",
    Asked("function", "fetch_all"),
    minutes=5,
    level="warm-up",
    scenarios=(
        Scenario(
            "Seven pages",
            _fetching(*range(7)),
            seeds(15),
            (ends, _FEW, _asked_once, _MANY, _result(*range(7)), clean, never_idle),
        ),
        Scenario(
            "Seven other pages, two without an answer",
            _fetching(*_OTHERS, faulty=_FAULTY, edition=_EDITION),
            seeds(10),
            (
                ends,
                _FEW,
                _asked_once,
                _MANY,
                _result(*_OTHERS, faulty=_FAULTY, edition=_EDITION),
                clean,
                never_idle,
            ),
        ),
        Scenario(
            "Five pages, and one of them is broken",
            _fetching(*range(5), bug=2),
            seeds(5),
            (ends, _FEW, _bug_comes_out, clean),
        ),
    ),
    suspects=(
        made_anew(
            "fetch_all", "Semaphore", "each request makes its own semaphore: nobody shares it"
        ),
        entered_once(
            "fetch_all",
            "Semaphore",
            "one permit is taken for all requests: each needs its own",
        ),
    ),
)


# 2.2 The lost permit


class Servers:
    """Chooses a server for a job, which takes a while."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._chosen = 0

    async def choose(self) -> str:
        """A server with little to do."""
        await self._world.reply("choice of a server")
        self._chosen += 1
        mark("chooses", f"server {self._chosen}")
        return f"server {self._chosen}"


def _using(*users: str) -> Program:
    async def program(kind: type, world: World) -> list[object]:
        pool = call(kind, Servers(world))

        def job(user: str) -> Callable[[str], Awaitable[str]]:
            async def at_work(server: str) -> str:
                mark("enters", "job", user)
                mark("uses", str(server))
                try:
                    await world.reply(f"job of {user}", 0.05, 0.1)
                    mark("ends", "job of", user)
                finally:
                    mark("leaves", "job", user)
                return f"done for {user}"

            return at_work

        tasks = [world.start(part(pool, "use"), job(user), name=f"user {user}") for user in users]
        return await world.together(*tasks)

    return program


@rule(
    "two jobs run at once where two can",
    hint="How many permits are there, and is a lock needed beside them?",
)
def _two_at_once(run: Run) -> Iterator[Breach]:
    most = max((len(within) for _, within in inside(run, "job")), default=0)
    if most < _JOBS and len(run.callers()) >= _JOBS and run.who_gave_up() is None:
        jobs = "no job" if not most else "never more than 1 job"
        yield Breach(f"{jobs} was at work at once", run.recording.duration)


@rule(
    "who is asked to give up takes the job along", hint="What does `shield` protect, and from whom?"
)
def _takes_the_job_along(run: Run) -> Iterator[Breach]:
    left = next((made for made in run.marks if made.verb == "gives up"), None)
    gone = run.who_gave_up()
    for made in run.marks:
        if left is None or gone is None or made.verb != "ends" or made.time <= left.time:
            continue
        if gone.label == f"user {made.value}":
            yield Breach(f"the job of user {made.value} went on without its user", made, left)


@rule("each job gets a server that was chosen for it", hint="What does `choose` give?")
def _servers_chosen(run: Run) -> Iterator[Breach]:
    free: set[str] = set()
    for made in run.marks:
        if made.verb == "chooses":
            free.add(made.what)
        elif made.verb == "uses":
            if made.what not in free:
                yield Breach(f"a job gets {made.what}, and that was not chosen for it", made)
            free.discard(made.what)


@rule("the job of each user runs once, and the user gets its result")
def _results(run: Run) -> Iterator[Breach]:
    gone = run.who_gave_up()
    begun: set[str] = set()
    for made, _ in inside(run, "job"):
        if made.verb == "enters" and made.value in begun:
            yield Breach(f"the job of user {made.value} begins a second time", made)
        begun.add(made.value)
    for task, result in zip(run.callers(), run.result, strict=True):
        due = f"done for {task.label.removeprefix('user ')}"
        if result != due and task is not gone:
            yield Breach(f"{task.label} got {shown(result)}", task.ended)


_JOBS = 2
_POOL = (
    ends,
    gives_up,
    at_most(_JOBS, "job", hint="Count: how often is each permit taken, and how often given back?"),
    _two_at_once,
    _takes_the_job_along,
    _servers_chosen,
    _results,
    clean,
    never_idle,
)

pool = Exercise(
    "semaphores.pool",
    Asked("class", "Pool"),
    minutes=8,
    level="core",
    scenarios=(
        Scenario("Four users", _using(*"ABCD"), seeds(10), _POOL),
        Scenario(
            "Four users, and one leaves",
            _using(*"ABCD"),
            every_cancellation(callers=(0, 2, 3)),  # one of the two that need not wait
            _POOL,
        ),
    ),
)


# 2.3 So many in a second


def _starting(*arrivals: float, rate: int = 5) -> Program:
    """Requests that arrive at these moments, in seconds."""

    async def program(kind: type, world: World) -> int:
        limit = call(kind, rate)
        enter, leave = part(limit, "__aenter__"), part(limit, "__aexit__")

        async def request(number: int, entered: asyncio.Future[object]) -> None:
            try:
                await entered
            except asyncio.CancelledError:
                return
            mark("starts", "request", number)
            await world.reply(f"answer to {number}", 0.01, 0.05)
            error = ConnectionError(f"no answer to {number}") if number == 1 else None
            if await call(leave, error and type(error), error, None) and error is not None:
                mark("swallows", str(error), number)

        requests = []
        for number, moment in enumerate(arrivals):
            await asyncio.sleep(max(0.0, moment - asyncio.get_running_loop().time()))
            mark("comes", "request", number)
            entered = world.start(enter, name=f"request {number}")
            requests.append(asyncio.create_task(request(number, entered)))
        await asyncio.gather(*requests)
        return rate

    return program


def _starts(run: Run) -> list[Mark]:
    return [made for made in run.marks if made.verb == "starts"]


@rule(
    "never more starts within a second than the rate",
    hint="A second may begin at any moment, not only at 0, 1 and 2.",
)
def _window(run: Run) -> Iterator[Breach]:
    starts, rate = _starts(run), run.result
    for place, made in enumerate(starts[rate:]):
        if made.time - starts[place].time < 1 - 1e-6:
            yield Breach(
                f"request {made.value} is start number {rate + 1} within a second, and {rate} are "
                "allowed",
                made,
                starts[place],
            )


@rule("first come, first served", hint="In which order do those who wait go on?")
def _in_order(run: Run) -> Iterator[Breach]:
    for one, other in pairwise(_starts(run)):
        if one.value > other.value:
            yield Breach(f"request {one.value} begins before request {other.value}", one)


@rule(
    "an error inside of the block comes out of it",
    hint="What does it mean when `__aexit__` returns something true?",
)
def _error_comes_out(run: Run) -> Iterator[Breach]:
    for made in run.marks:
        if made.verb == "swallows":
            yield Breach(
                f"the ConnectionError of request {made.value} is gone: __aexit__ returned "
                "something true",
                made,
            )


@rule(
    "nobody waits longer than the limit asks for",
    hint="When is the next start allowed? And who has given up needs none.",
)
def _no_later(run: Run) -> Iterator[Breach]:
    came = {made.value: made for made in run.marks if made.verb == "comes"}
    starts, rate = _starts(run), run.result
    for place, made in enumerate(starts):
        allowed = came[made.value].time
        if place >= rate:
            allowed = max(allowed, starts[place - rate].time + 1)
        if place:
            allowed = max(allowed, starts[place - 1].time)
        if made.time > allowed + (_LATE if run.schedule.late else 0.001):
            yield Breach(
                f"request {made.value} could have begun at {words.seconds(allowed)}", made, allowed
            )


@rule(
    "nobody asks again and again whether it may begin",
    hint="It is known when the next start is allowed. How long is it until then?",
)
def _asks_seldom(run: Run) -> Iterator[Breach]:
    for task in run.recording.tasks:
        waits = [span for span in task.spans if span.state is State.WAITING]
        if len(waits) > _OFTEN:
            yield Breach(
                f"{words.name(task)} has waited more than {_OFTEN} times",
                waits[_OFTEN],
                task.born,
            )


_OFTEN = 50
_LATE = 0.012  # seconds: a timer of a second is late by a hundredth of it, at most
_LIMIT = (
    ends,
    gives_up,
    others_unharmed,
    _window,
    _in_order,
    _no_later,
    _error_comes_out,
    clean,
    _asks_seldom,
)

limit = Exercise(
    "semaphores.limit",
    Asked("class", "Limit"),
    minutes=15,
    level="stretch",
    scenarios=(
        Scenario("Eight requests at once", _starting(*[0.0] * 8), seeds(3), _LIMIT),
        Scenario(
            "Five requests at 0.75 s, and five at 1.25 s",
            # Their sums with a second are exact: who reckons whether a second is over may compare.
            _starting(*[0.75] * 5, *[1.25] * 5),
            seeds(3),
            _LIMIT,
        ),
        Scenario(
            "Two in a second are allowed, five come at once, and one gives up",
            _starting(*[0.0] * 5, rate=2),
            every_cancellation(callers=(2, 3, 4)),  # the others begin at once
            _LIMIT,
        ),
        Scenario(
            "Eight requests at once, and timers are a little late, as real ones are",
            _starting(*[0.0] * 8),
            seeds(5, late=True),
            _LIMIT,
        ),
    ),
)


# The hunt: too many at noon

_CLIENT = 4


def _asking(*arrivals: float) -> Program:
    """Users of one client who want a page each, at these moments, in seconds."""

    async def program(kind: type, world: World) -> list[_Got]:
        client = call(kind, Site(world, frozenset({2})))
        loop = asyncio.get_running_loop()
        users = []
        for number, moment in enumerate(arrivals):
            await asyncio.sleep(max(0.0, moment - loop.time()))
            users.append(world.start(part(client, "page"), number, name=f"user {number}"))
        await asyncio.wait(users)
        return [_got(user) for user in users]

    return program


class _Got(NamedTuple):
    """What a user got, and whether that was raised."""

    what: object
    raised: bool = False


def _got(user: asyncio.Future[object]) -> _Got:
    if user.cancelled():
        return _Got(None)
    error = user.exception()
    if error is None:
        return _Got(user.result())
    if isinstance(error, ConnectionError) and "no answer for" in str(error):
        return _Got(error, raised=True)
    raise error


@rule("each user gets its page, or the error of the site")
def _each_page(run: Run) -> Iterator[Breach]:
    gone = run.who_gave_up()
    for number, (user, got) in enumerate(zip(run.callers(), run.result, strict=True)):
        due = ConnectionError("no answer for 2") if number == 2 else f"page {number}"
        alike = type(got.what) is type(due) and str(got.what) == str(due)
        returned = isinstance(got.what, Exception) and not got.raised
        if (returned or not alike) and user is not gone:
            how = " as its page" if returned else ""
            yield Breach(
                f"{user.label} should get {shown(due)}, and got {shown(got.what)}{how}", user.ended
            )


@rule(
    "who gives up leaves no request behind",
    hint="A user is cancelled in the middle of a request. Does the request hear of it?",
)
def _no_request_left(run: Run) -> Iterator[Breach]:
    left = next((made for made in run.marks if made.verb == "gives up"), None)
    gone = run.who_gave_up()
    for made in run.marks:
        if left is None or gone is None or made.verb != "answers" or made.time <= left.time:
            continue
        if made.what == f"page {gone.label.removeprefix('user ')}":
            yield Breach(f"{made.what} still comes, and {gone.label} has given up", made, left)


_FOUR = at_most(_CLIENT, "site", hint="Count: how often is each permit taken, and given back?")
_NOON = (
    _FOUR,
    ends,
    gives_up,
    _each_page,
    _asked_once,
    _no_request_left,
    no_task_left,
    never_idle,
)

noon = Exercise(
    "semaphores.noon",
    Asked("class", "Client"),
    minutes=8,
    level="hunt",
    scenarios=(
        Scenario(
            "Five users, one after the other, and twelve at once",
            _asking(*(number / 5 for number in range(5)), *[1.0] * 12),
            seeds(8),
            _NOON,
        ),
        Scenario(
            "Nine users at once",
            _asking(*[0.0] * 9),
            seeds(6),
            (
                _FOUR,
                ends,
                as_many_as(_CLIENT, "site", 9, hint="Does each request give its permit back?"),
                _each_page,
                _asked_once,
                no_task_left,
            ),
        ),
        Scenario(
            "Six users at once, and one gives up",
            _asking(*[0.0] * 6),
            every_cancellation(callers=(0, 5)),  # one at the site, and one that waits for a permit
            _NOON,
        ),
    ),
)
