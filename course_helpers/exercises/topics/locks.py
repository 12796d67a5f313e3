"""The exercises on locks."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Final

from course_helpers.exercises.exercise import Exercise
from course_helpers.exercises.judging import Asked, Scenario
from course_helpers.exercises.rules import (
    Breach,
    Run,
    clean,
    ends,
    gives_up,
    never_idle,
    no_lost_update,
    nobody_waits,
    others_unharmed,
    rule,
    shown,
)
from course_helpers.exercises.schedules import every_cancellation, every_order, seeds
from course_helpers.exercises.suspects import made_in
from course_helpers.exercises.world import Program, World, call, part, value_of, watched
from course_helpers.recorder.marks import mark
from course_helpers.recorder.names import give_name
from course_helpers.recording.model import Ending, Mark, Task
from course_helpers.views import words

# 1.1 Two withdrawals


class Bank:
    """Is asked before each withdrawal, and takes a while."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def approve(self, amount: int) -> None:
        """Say that an amount may be withdrawn."""
        await self._world.reply(f"approve {amount}")


def _withdrawals(*amounts: int, accounts: int = 1, balance: int = 100) -> Program:
    async def program(kind: type, world: World) -> int:
        watching = watched(kind, "balance")
        kept = [call(watching, balance, Bank(world)) for _ in range(accounts)]
        await world.together(
            *(
                world.start(part(kept[number % accounts], "withdraw"), amount)
                for number, amount in enumerate(amounts)
            )
        )
        total: int = sum(value_of(account, "balance") for account in kept)
        return total - balance * accounts

    return program


@rule("the bank is asked before each write", hint="What happens before `self.balance` is written?")
def _asked_before_write(run: Run) -> Iterator[Breach]:
    answered: set[str] = set()
    for made in run.marks:
        if made.verb == "answers":
            answered.add(made.what)
        elif made.verb == "writes" and made.task is not None:
            caller = run.caller(made.task)
            amount = run.name(caller).partition("(")[2].rstrip(")")
            if f"approve {amount}" not in answered:
                yield Breach(
                    f"{run.name(made.task)} writes {shown(made.value)}, and the bank has not "
                    "answered yet",
                    made,
                )


@rule(
    "what was withdrawn is missing, and nothing else",
    hint="Compare the balance at the end with what each withdrawal has taken.",
)
def _withdrawn(run: Run) -> Iterator[Breach]:
    wrote = {run.caller(made.task) for made in run.marks if made.verb == "writes"}
    due = sum(
        int(task.label.partition("(")[2].rstrip(")"))
        for task in run.callers()
        if task.ending is Ending.DONE or task.index in wrote
    )
    if run.result != -due:
        change = f"{run.result} more are there" if run.result > 0 else f"{-run.result} are missing"
        yield Breach(f"{due} were withdrawn, and {change}", run.recording.duration)


_APART = nobody_waits(
    name="different accounts do not wait for each other",
    because="though nobody else uses its account",
    hint="How many locks are there, and how many accounts?",
)

_POINT = (
    no_lost_update(
        "balance",
        hint="Look for the `await` between the read and the write of the balance. Either nobody "
        "else may come in between, or there is nothing in between.",
    ),
    _asked_before_write,
    _withdrawn,
)

account = Exercise(
    "locks.account",
    Asked("class", "Account"),
    minutes=5,
    level="warm-up",
    scenarios=(
        Scenario(
            "Two withdrawals from one account",
            _withdrawals(20, 30),
            seeds(10),
            (ends, *_POINT, clean),
        ),
        Scenario(
            "Three withdrawals from one account",
            _withdrawals(10, 20, 30),
            every_order(),
            (ends, *_POINT, clean),
        ),
        Scenario(
            "Two withdrawals from two accounts",
            _withdrawals(10, 20, accounts=2, balance=50),
            seeds(5),
            (ends, _APART, _withdrawn, clean),
        ),
        Scenario(
            "Three withdrawals from one account, one of them cancelled",
            _withdrawals(10, 20, 30),
            every_cancellation(),
            (ends, gives_up, others_unharmed, *_POINT, clean),
        ),
    ),
    suspects=(made_in("withdraw", "Lock", "each call makes its own lock: nobody shares it"),),
)


# 1.2 Two accounts at once


class Account:
    """An account whose balance is far away: to change it takes a while, and must not be halved."""

    def __init__(self, world: World, name: str) -> None:
        self._world = world
        self.name = name
        self.__balance = 100
        self.lock = asyncio.Lock()
        give_name(self.lock, f"{name}.lock")

    @property
    def balance(self) -> int:
        """What the account holds."""
        return self.__balance

    @balance.setter
    def balance(self, _: int) -> None:
        raise AttributeError("a balance is changed by add(amount)")

    async def approve(self, amount: int) -> None:
        """Say that an amount may be taken from here."""
        await self._world.reply(f"approve {amount} from {self.name}")

    async def add(self, amount: int) -> None:
        """Change the balance, in two steps."""
        balance = self.__balance
        mark("reads", f"{self.name}.balance", balance)
        await self._world.reply(f"change {self.name}")
        self.__balance = balance + amount
        mark("writes", f"{self.name}.balance", self.__balance)


def _transfers(*pairs: str, arriving: bool = False) -> Program:
    """Transfers at the same time, from and to accounts of one letter: `"AB"`."""

    async def program(transfer: Callable[..., Awaitable[None]], world: World) -> dict[str, int]:
        accounts = {name: Account(world, name) for name in sorted(set("".join(pairs)))}
        tasks = []
        for number, pair in enumerate(pairs):
            payer, payee = pair[0], pair[1]
            if arriving and number:
                await world.reply("the next customer", 0.0, 0.04)
            amount = 20 + 10 * number
            tasks.append(
                world.start(
                    transfer,
                    accounts[payer],
                    accounts[payee],
                    amount,
                    name=f"{payer} to {payee}, {amount}",
                )
            )
        await world.together(*tasks)
        return {name: account.balance for name, account in accounts.items()}

    return program


@rule("each transfer is approved before money moves", hint="Where is `approve` awaited?")
def _approved(run: Run) -> Iterator[Breach]:
    approved: set[str] = set()
    for made in run.marks:
        if made.verb == "answers" and made.what.startswith("approve"):
            approved.add(made.what)
        elif made.verb == "writes":
            name = run.name(run.caller(made.task))
            amount = name.rpartition(" ")[2]
            if f"approve {amount} from {name[0]}" not in approved and name[0] != name[5]:
                yield Breach(f"{name} writes {made.what}, and was not approved", made)


@rule(
    "no money appears or disappears",
    hint="Add up the balances: what is taken from one account has to arrive in the other.",
)
def _sum_kept(run: Run) -> Iterator[Breach]:
    due = dict.fromkeys(run.result, 100)
    for task in run.callers():
        payer, payee, amount = task.label[0], task.label[5], int(task.label.rpartition(" ")[2])
        due[payer] -= amount
        due[payee] += amount
    if run.result != due:
        found = words.listing([f"{name} has {value}" for name, value in run.result.items()])
        wanted = words.listing([f"{name} {value}" for name, value in due.items()])
        yield Breach(f"in the end {found}; it should be {wanted}", run.recording.duration)


_MOVED = (no_lost_update("balance"), _approved, _sum_kept)

transfer = Exercise(
    "locks.transfer",
    Asked("function", "transfer"),
    minutes=10,
    level="core",
    scenarios=(
        Scenario(
            "A pays B, and B pays A", _transfers("AB", "BA"), every_order(), (ends, *_MOVED, clean)
        ),
        Scenario("A pays itself", _transfers("AA"), seeds(2), (ends, *_MOVED, clean)),
        Scenario("A pays B, and C pays D", _transfers("AB", "CD"), seeds(5), (ends, _APART, clean)),
        Scenario(
            "A pays B, B pays A, and one of them is cancelled",
            _transfers("AB", "BA"),
            every_cancellation(),
            (ends, gives_up, no_lost_update("balance"), clean),
        ),
        Scenario(
            "Five customers, one after the other, pay from A to B and from B to A",
            _transfers("AB", "BA", "AB", "BA", "AB", arriving=True),
            seeds(20),
            (ends, *_MOVED, clean),
        ),
    ),
)


# 1.3 One connection for all


def _users(*, present: int = 3, failures: int = 0) -> Program:
    """Users who want the connection at once, and one more who comes a second later."""

    async def program(kind: type, world: World) -> dict[str, str]:
        made = 0

        async def connect() -> str:
            nonlocal made
            made += 1
            number = made
            mark("connects", "connection", number)
            await world.reply(f"connection {number}", 0.05, 0.15)
            if number <= failures:
                mark("fails", "connection", number)
                raise ConnectionError(f"no answer to attempt {number}")
            mark("has", "connection", number)
            return f"connection {number}"

        once = call(kind, connect)
        users = {
            name: world.start(part(once, "get"), name=f"user {name}") for name in "ABC"[:present]
        }
        await asyncio.wait(users.values())
        await asyncio.sleep(1)
        users["D"] = world.start(part(once, "get"), name="user D")
        await asyncio.wait([users["D"]])
        return {f"user {name}": _outcome(user) for name, user in users.items()}

    return program


def _outcome(user: asyncio.Future[object]) -> str:
    if user.cancelled():
        return "cancelled"
    error = user.exception()
    if error is None:
        result = user.result()
        if type(result) is str and result.startswith("connection "):
            return result
        return shown(result)  # in quotes: a text may read as an error does
    if not isinstance(error, ConnectionError):
        raise error
    return str(error)


def _connections(run: Run) -> list[Mark]:
    return [made for made in run.marks if made.what == "connection"]


@rule(
    "never more than one connection is being made",
    hint="Between `if self.value is None` and the assignment stands an `await`.",
)
def _one_at_a_time(run: Run) -> Iterator[Breach]:
    open_one: Mark | None = None
    for made in _connections(run):
        if made.verb != "connects":
            open_one = None
        elif open_one is not None:
            who = run.name(run.caller(made.task))
            yield Breach(
                f"{who} makes connection {made.value}, while connection {open_one.value} is still "
                "being made",
                made,
                open_one,
            )
        else:
            open_one = made


@rule("whoever waits for a connection that fails gets its error")
def _error_for_all(run: Run) -> Iterator[Breach]:
    failed = next((made for made in _connections(run) if made.verb == "fails"), None)
    if failed is None:
        return
    for made in _connections(run):
        if made.verb == "connects" and failed.time <= made.time < 1:
            yield Breach(
                f"{run.name(run.caller(made.task))} connects again, after the failure at "
                f"{words.seconds(failed.time)} that it had waited for",
                made,
                failed,
            )
    for user, outcome in run.result.items():
        if user != "user D" and outcome not in ("no answer to attempt 1", "cancelled"):
            yield Breach(f"{user} got {outcome}, and not the error of attempt 1", failed)


@rule("a failure is not kept: the next call tries again")
def _failure_forgotten(run: Run) -> Iterator[Breach]:
    if run.result["user D"] == "no answer to attempt 1":
        raised = next(task for task in run.callers() if task.label == "user D")
        failed = next(made for made in _connections(run) if made.verb == "fails")
        yield Breach(
            f"user D gets the error of {words.seconds(failed.time)}, and nobody has tried again",
            raised.ended,
            failed,
        )


@rule("all get one and the same connection")
def _same_for_all(run: Run) -> Iterator[Breach]:
    first = next((made for made in _connections(run) if made.verb == "has"), None)
    for made in _connections(run):
        if made.verb == "connects" and first is not None and made.time > first.time:
            who = run.name(run.caller(made.task))
            yield Breach(
                f"{who} connects again, though connection {first.value} is there since "
                f"{words.seconds(first.time)}",
                made,
                first,
            )
    there = first and f"connection {first.value}"
    for user, outcome in run.result.items():
        if outcome != there and outcome not in _NO_CONNECTION:
            unmade = "" if first else ", and nobody has made it"
            yield Breach(f"{user} got {outcome}{unmade}", run.recording.duration)


_NO_CONNECTION: Final = ("cancelled", "no answer to attempt 1")


_ONE = (_one_at_a_time, _error_for_all, _failure_forgotten, _same_for_all, clean, never_idle)

once = Exercise(
    "locks.once",
    Asked("class", "Once"),
    minutes=12,
    level="stretch",
    scenarios=(
        Scenario("Three users at once, and one later", _users(), seeds(10), (ends, *_ONE)),
        Scenario(
            "Three users at once, the connection fails, and one later",
            _users(failures=1),
            seeds(10),
            (ends, *_ONE),
        ),
        Scenario(
            "Three users at once, one of them gives up, and one later",
            _users(),
            every_cancellation(),
            (ends, gives_up, others_unharmed, *_ONE),
        ),
    ),
)


# The hunt: the till that grew slow

_SOLD: Final = {"tea": 2, "jam": 1}
_PRICES: Final = {"tea": 3, "jam": 5}


class _Reader:
    """Reads cards, which takes a while, and refuses some."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def pay(self, card: str, price: int) -> bool:
        """Whether the card is good for the price."""
        mark("is at", "card reader", card)
        mark("is to pay", str(card), price)
        await self._world.reply(f"card of {card}", 0.1, 0.3)
        return "bad" not in card


class _Printer:
    """Prints receipts."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def print(self, text: str) -> None:
        """Print one line."""
        mark("prints a receipt", str(text))
        await self._world.reply("receipt", 0.01, 0.02)


def _customers(*wishes: str) -> Program:
    """Customers at the same time: `"Ann jam"`; a bad card has `bad` in its owner's name."""

    async def program(kind: type, world: World) -> tuple[list[bool], dict[str, int]]:
        stock = dict(_SOLD)
        till = call(kind, stock, _Reader(world), _Printer(world))
        tasks = []
        for wish in wishes:
            customer, product = wish.split()
            name = f"{customer} ({product})"
            tasks.append(world.start(part(till, "sell"), product, customer, name=name))
        results = await world.together(*tasks)
        return [value is True for value in results], stock

    return program


def _customer(task: Task) -> str:
    return task.label.partition(" ")[0]


def _sold(run: Run) -> list[Task]:
    """The customers who were told that they have bought something."""
    return [task for task, got in zip(run.callers(), run.result[0], strict=True) if got]


@rule(
    "nothing is sold that is not there, and what is not paid stays",
    hint="Count: what was there, what was sold, and what has to be left.",
)
def _stock_right(run: Run) -> Iterator[Breach]:
    end = run.recording.duration
    paid = {made.what for made in run.marks if made.verb == "answers"}
    for product, count in _SOLD.items():
        buyers = [task for task in run.callers() if task.label.endswith(f"({product})")]
        happy = [task for task in _sold(run) if task in buyers]
        left = run.result[1][product]
        for task in buyers:
            customer, done = _customer(task), task.ending is Ending.DONE
            good = "bad" not in customer and f"card of {customer}" in paid
            if done and good and task not in happy:
                yield Breach(f"{customer} has paid, and got no {product}", task.ended)
        # Who gave up after the card was read may have paid.
        unsure = [
            task
            for task in buyers
            if task.ending is Ending.CANCELLED and f"card of {_customer(task)}" in paid
        ]
        for task in happy:
            if "bad" in _customer(task):
                yield Breach(f"{_customer(task)} has a bad card, and got {product}", task.ended)
        if len(happy) > count:
            customers = words.count(len(happy), "customer")
            yield Breach(f"{customers} got {product}, and there was {count}", end)
        wanted = [task for task in buyers if "bad" not in task.label]
        if len(happy) < min(count, len(wanted)) and not any(
            task.ending is Ending.CANCELLED for task in buyers
        ):
            yield Breach(f"{_customer(wanted[0])} has a good card, and got no {product}", end)
        if not count - len(happy) - len(unsure) <= left <= count - len(happy):
            yield Breach(f"of {count} {product}, {left} left and {len(happy)} sold", end)


@rule("who has paid gets a receipt", hint="What comes after the card is read?")
def _receipts(run: Run) -> Iterator[Breach]:
    read: set[str] = set()
    printed: list[str] = []
    for made in run.marks:
        if made.verb == "answers":
            read.add(made.what)
        elif made.verb == "prints a receipt":
            customer = _customer(run.recording.tasks[run.caller(made.task) or 0])
            if f"card of {customer}" not in read:
                yield Breach(f"{customer} gets a receipt, and the card was not read yet", made)
            printed.append(made.what)
    for task in _sold(run):
        if not any(_customer(task) in text for text in printed):
            yield Breach(f"{_customer(task)} got no receipt", task.ended)


@rule(
    "nobody waits while the card of another is read",
    hint="Which `await` stands between taking the lock and giving it back? Does it need the lock?",
)
def _lock_is_short(run: Run) -> Iterator[Breach]:
    for task in run.recording.tasks:
        for span in task.spans:
            if (
                span.reason is not None
                and span.reason.kind in ("lock", "semaphore", "condition")
                and span.duration > 0.005
            ):
                yield Breach(
                    f"{words.name(task)} waits {words.seconds(span.duration)} for the "
                    f"{span.reason.call.partition('.')[0].lower()} of the till",
                    span,
                    span.end,
                )
    at_the_reader: set[int] = set()
    for made in run.marks:
        caller = run.caller(made.task)
        if made.verb == "is at" and caller is not None and caller not in at_the_reader:
            at_the_reader.add(caller)
            came = run.recording.tasks[caller].born
            if made.time > came + 0.005:
                yield Breach(
                    f"{_customer(run.recording.tasks[caller])} comes to the card reader, and has "
                    f"waited since {words.seconds(came)}",
                    made,
                    came,
                )


@rule(
    "who buys pays the price, once",
    hint="What is `pay` called with, and how often?",
)
def _price_paid(run: Run) -> Iterator[Breach]:
    asked: set[str] = set()
    for made in run.marks:
        if made.verb != "is to pay":
            continue
        customer = next((task for task in run.callers() if _customer(task) == made.what), None)
        product = "" if customer is None else customer.label.partition(" ")[2].strip("()")
        if made.what in asked:
            yield Breach(f"{made.what} is to pay a second time", made)
        elif made.value != _PRICES.get(product):
            due = f", and {product} costs {_PRICES[product]}" if product else ""
            yield Breach(f"{made.what} is to pay {shown(made.value)}{due}", made)
        asked.add(made.what)


_TILL = (_stock_right, _lock_is_short, _price_paid, _receipts)

till = Exercise(
    "locks.till",
    Asked("class", "Till"),
    minutes=8,
    level="hunt",
    scenarios=(
        Scenario(
            "Four customers, and one of them comes too late",
            _customers("Ann jam", "Ben jam", "Cem tea", "Dan tea"),
            seeds(10),
            (ends, *_TILL, clean),
        ),
        Scenario(
            "Three customers, and one has a bad card",
            _customers("Eve-bad jam", "Flo tea", "Gus tea"),
            seeds(10),
            (ends, *_TILL, clean),
        ),
        Scenario(
            "Two customers, and one goes away",
            _customers("Hal jam", "Ida tea"),
            every_cancellation(),
            (ends, gives_up, *_TILL, clean),
        ),
    ),
)
