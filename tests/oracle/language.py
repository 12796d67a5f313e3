"""A small language of async programs: what it can say, programs at random, and their reduction.

A program is a list of statements, a statement a tuple: its name, then its arguments. Some arguments
are programs again (`BODY`), or several of them (`BODIES`); `ACTION` is a statement that awaits
nothing. `tests.oracle.source` writes a program as Python.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from typing import Any, Final

Statement = tuple[Any, ...]
Program = list[Statement]

BODY: Final = "body"
BODIES: Final = "bodies"
ACTION: Final = "action"
#: An action that a thread may do.
JOB: Final = "job"

#: By kind of argument, what it may be.
_VALUES: Final[dict[str, tuple[Any, ...]]] = {
    "seconds": (0, 0.1, 0.2, 0.5, 1),
    "delay": (0.1, 0.2, 0.5, 1),
    "which": (0, 0, 1),
    "queue": (0, 0, 0, 1, 2),
    "task": (0, 1, 2, 3),
    "count": (1, 2),
    "flag": (False, True),
    "named": (False, False, True),
    # Of five bytes each; the most are more than a connection holds that nobody reads from.
    "lines": (1, 1, 2, 200_000),
    "closer": ("dropped", "aclose", "task", "aclosing"),
}

#: What a task, a callback or a thread can do without awaiting anything.
ACTIONS: Final[dict[str, tuple[str, ...]]] = {
    "set": ("which",),
    "clear": ("which",),
    "put_nowait": ("queue",),
    "release_semaphore": ("which",),
    "resolve": ("which",),
    "cancel": ("task",),
    "write": ("which", "lines"),
    "close": ("which",),
    "fail": (),
    "block": (),
}
#: What a thread may not do: to block would take real time, and transports know no threads.
_LOOPS_OWN: Final = ("block", "write", "close")

#: All statements, with the kinds of their arguments and how often each is chosen.
STATEMENTS: Final[dict[str, tuple[tuple[str, ...], int]]] = {
    "sleep": (("seconds",), 6),
    "give_way": ((), 3),
    "lock": (("which", BODY), 4),
    "acquire": (("which",), 1),
    "release": (("which",), 1),
    "semaphore": (("which", BODY), 3),
    "acquire_semaphore": (("which",), 2),
    "release_semaphore": (("which",), 1),
    "put": (("queue",), 3),
    "get": (("queue",), 3),
    "put_nowait": (("queue",), 1),
    "task_done": (("queue",), 1),
    "join": (("queue",), 1),
    "set": (("which",), 2),
    "clear": (("which",), 1),
    "wait_event": (("which",), 2),
    "condition": (("which",), 2),
    "notify": (("which", "count"), 2),
    "barrier": (("which",), 2),
    "future": (("which",), 1),
    "resolve": (("which",), 1),
    "gather": (("flag", BODIES), 3),
    "group": (("named", BODIES), 3),
    "wait": (("flag", BODIES), 1),
    "timeout": (("seconds", BODY), 2),
    "wait_for": (("seconds", BODY), 2),
    "shield": ((BODY,), 1),
    "chain": ((BODY,), 2),
    "repeat": ((BODY,), 1),
    "generator": (("flag", BODY), 1),
    "closing": (("closer", BODY, BODY), 2),
    "spawn": (("named", BODY), 4),
    "drop": ((BODY,), 1),
    "collect": ((), 1),
    "lonely": ((), 1),
    "await_task": (("task",), 2),
    "cancel": (("task",), 3),
    "cancel_oneself": ((), 1),
    "raise_cancelled": ((), 1),
    "fail": ((), 1),
    "suppress": (("flag", BODY), 2),
    "later": (("seconds", ACTION), 2),
    "soon": ((ACTION,), 1),
    "thread": (("flag", JOB), 1),
    "write": (("which", "lines"), 2),
    "drain": (("which",), 1),
    "read_line": (("which",), 2),
    "read_some": (("which",), 1),
    "read_exactly": (("which",), 1),
    "read_all": (("which",), 1),
    "close": (("which",), 1),
    "wait_closed": (("which",), 1),
    "block": ((), 1),
    "forget": ((), 1),
    "burst": ((), 1),
}

_NAMES: Final = list(STATEMENTS)
_WEIGHTS: Final = [weight for _, weight in STATEMENTS.values()]


def random_program(seed: int) -> Program:
    """A program at random, the same for the same seed."""
    random = Random(seed)
    return _body(random, depth=3, most=5, least=1)


def _body(random: Random, depth: int, most: int = 3, least: int = 0) -> Program:
    return [_statement(random, depth) for _ in range(random.randint(least, most))]


def _statement(random: Random, depth: int) -> Statement:
    while True:
        (name,) = random.choices(_NAMES, _WEIGHTS)
        kinds, _ = STATEMENTS[name]
        if depth or not {BODY, BODIES} & set(kinds):
            return (name, *(_argument(random, kind, depth - 1) for kind in kinds))


def _argument(random: Random, kind: str, depth: int) -> Any:
    if kind == BODY:
        return _body(random, depth)
    if kind == BODIES:
        return [_body(random, depth) for _ in range(random.randint(2, 3))]
    if kind in (ACTION, JOB):
        name = random.choice([each for each in ACTIONS if kind == ACTION or each not in _LOOPS_OWN])
        return (name, *(random.choice(_VALUES[each]) for each in ACTIONS[name]))
    return random.choice(_VALUES[kind])


def reduced(program: Program, fails: Callable[[Program], bool], tries: int = 400) -> Program:
    """A program as small as can be found in so many tries of which `fails` still says True."""
    smaller = True
    while smaller and tries > 0:
        smaller = False
        for candidate in _smaller(program):
            tries -= 1
            if fails(candidate):
                program, smaller = candidate, True
                break
            if tries <= 0:
                break
    return program


def _smaller(program: Program) -> Iterator[Program]:
    """Programs with one thing less, those that lose most first."""
    for position, statement in enumerate(program):
        before, after = program[:position], program[position + 1 :]
        yield before + after
        for kind, argument in zip(STATEMENTS[statement[0]][0], statement[1:], strict=True):
            if kind == BODY:
                yield before + argument + after
            elif kind == BODIES:
                for body in argument:
                    yield before + body + after
    for position, statement in enumerate(program):
        before, after = program[:position], program[position + 1 :]
        for changed in _simpler(statement):
            yield [*before, changed, *after]


def _simpler(statement: Statement) -> Iterator[Statement]:
    name, *arguments = statement
    for position, kind in enumerate(STATEMENTS[name][0]):
        argument = arguments[position]
        options: Iterator[Any] = iter(())
        if kind == BODY:
            options = _smaller(argument)
        elif kind == BODIES:
            options = (
                [*argument[:which], body, *argument[which + 1 :]]
                for which, old in enumerate(argument)
                for body in _smaller(old)
            )
        elif kind in _VALUES and argument != _VALUES[kind][0]:
            options = iter(_VALUES[kind][:1])
        for option in options:
            yield (name, *arguments[:position], option, *arguments[position + 1 :])
