"""Whatever is checked, asked or played: Python's state is afterwards what it was before."""

from __future__ import annotations

import asyncio
import builtins
import contextvars
import gc
import locale
import logging
import os
import random
import signal
import sys
import threading
import time
import warnings
from asyncio import events
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from course_helpers import Recording, play, predict, progress
from course_helpers.exercises import judging, store
from course_helpers.exercises.answers import Answer
from course_helpers.exercises.exercise import Exercise
from course_helpers.exercises.kept import kept
from course_helpers.exercises.rules import no_lost_update
from course_helpers.exercises.solution import made
from course_helpers.exercises.topics import locks
from course_helpers.exercises.world import World
from course_helpers.recorder.marks import mark
from course_helpers.simulation.watchdog import NeverAwaits, WatchingThread

VARIABLE = contextvars.ContextVar("VARIABLE", default="as before")

#: What one can do to Python while a customer waits for the bank. Each has to be undone.
CHANGES = {
    "random": "random.seed(7); random.random()",
    "warning filters": "warnings.simplefilter('error'); warnings.showwarning = print",
    "sys.path": "sys.path.insert(0, '/nowhere')",
    "another sys.path": "sys.path = ['/nowhere']",
    "environment": "os.environ['COURSE_TEST'] = 'x'; os.environ.pop('PATH')",
    "time zone": "os.environ['TZ'] = 'Asia/Tokyo'; time.tzset()",
    "working folder": "os.chdir('/')",
    "mask of new files": "os.umask(0o777)",
    "locale": "locale.setlocale(locale.LC_ALL, 'C' if CUSTOM else 'C.UTF-8')",
    "signal handlers": "signal.signal(signal.SIGHUP, print); signal.signal(signal.SIGWINCH, print)",
    "the Stop button": "signal.signal(signal.SIGINT, signal.SIG_IGN)",
    "alarm": "signal.setitimer(signal.ITIMER_REAL, 1000)",
    "garbage collection": "gc.disable(); gc.set_threshold(1); gc.set_debug(gc.DEBUG_UNCOLLECTABLE)",
    "callbacks of the collector": "gc.callbacks.append(lambda *_: None)",
    "recursion limit": "sys.setrecursionlimit(5000)",
    "switch interval": "sys.setswitchinterval(1)",
    "event loop": "asyncio.set_event_loop(None)",
    "hooks of threads": "threading.excepthook = print; threading.settrace(print)",
    "hooks of sys": "sys.excepthook = sys.displayhook = sys.unraisablehook = print",
    "trace": "sys.settrace(lambda *_: None); sys.setprofile(lambda *_: None)",
    "asyncgen hooks": "sys.set_asyncgen_hooks(print, print)",
    "origins": "sys.set_coroutine_origin_tracking_depth(5)",
    "modules": "sys.modules['json'] = None; del sys.modules['decimal']",
    "a module made up": "sys.modules['made_up'] = 1",
    "builtins": "builtins.divmod = print; builtins.of_mine = 1",
    "asyncio": "asyncio.sleep = asyncio.Lock = None",
    "logging": "logging.basicConfig(level=10); logging.disable()",
    "asyncio's log": "logging.getLogger('asyncio').setLevel(10)",
    "handlers of a log": "logging.getLogger('asyncio').handlers = None",
    "streams": "sys.stdout = sys.stderr = None",
    "context": "VARIABLE.set('changed')",
    "bytecode": "sys.dont_write_bytecode = not sys.dont_write_bytecode",
}

_CODE = """
import builtins, decimal, gc, json, locale, logging, os, random, signal, sys
import threading, time, warnings
from tests.exercises.test_nothing_changes import VARIABLE
CUSTOM = locale.setlocale(locale.LC_ALL) != 'C'

class Account:
    def __init__(self, balance, bank):
        self.balance = balance
        self.bank = bank

    async def withdraw(self, amount):
        approve = self.bank.approve(amount)
        {change}
        await approve
        {last}
"""
RIGHT, WRONG = "self.balance -= amount", "self.balance -= 1"


def state() -> dict[str, object]:
    """All of it that can be read."""
    mask = os.umask(0)
    os.umask(mask)
    policy_of: Any = getattr(events, "_get_event_loop_policy", events.get_event_loop_policy)
    return {
        "random": random.getstate(),
        "filters": list(warnings.filters),
        "showwarning": warnings.showwarning,
        **{f"sys.{name}": list(getattr(sys, name)) for name in ("path", "argv", "meta_path")},
        "the list": id(sys.path),
        "environment": dict(os.environ),
        "zone": time.tzname,
        "folder": Path.cwd(),
        "mask": mask,
        "locale": locale.setlocale(locale.LC_ALL),
        "handlers": {one: signal.getsignal(one) for one in signal.valid_signals()},
        "alarm": signal.getitimer(signal.ITIMER_REAL)[0] // 500,
        "gc": (gc.isenabled(), gc.get_threshold(), gc.get_debug(), list(gc.callbacks)),
        "frozen": gc.get_freeze_count(),
        "limits": (sys.getrecursionlimit(), sys.getswitchinterval()),
        "policy": policy_of(),
        "loop": getattr(getattr(policy_of(), "_local", None), "_loop", None),
        # A watchdog of the package's own is about to end.
        "threads": {one for one in threading.enumerate() if "course_helpers" not in one.name},
        "of threads": (threading.excepthook, threading.gettrace(), threading.getprofile()),
        "hooks": [sys.excepthook, sys.displayhook, sys.unraisablehook, sys.breakpointhook],
        "trace": (sys.gettrace(), sys.getprofile()),
        "asyncgen": sys.get_asyncgen_hooks(),
        "origins": sys.get_coroutine_origin_tracking_depth(),
        "modules": {name: sys.modules.get(name) for name in ("json", "decimal", "made_up")},
        "builtins": {name: value for name, value in vars(builtins).items() if name != "_"},
        "asyncio": {name: value for name, value in vars(asyncio).items() if name[0] != "_"},
        "logging": [
            (one.level, one.disabled, list(one.handlers))
            for one in (logging.getLogger(), logging.getLogger("asyncio"))
        ],
        "silenced": logging.root.manager.disable,
        "streams": (sys.stdout, sys.stderr, sys.stdin),
        "context": VARIABLE.get(),
        "bytecode": sys.dont_write_bytecode,
    }


def changed(call: Callable[[], object]) -> dict[str, object]:
    """What is not as it was when the call has been made: none of it."""
    before = state()
    call()
    after = state()
    return {name: (before[name], after[name]) for name in before if before[name] != after[name]}


def account(change: str = "pass", last: str = RIGHT) -> tuple[Exercise, type]:
    """The exercise as a new kernel has it, and an answer that changes something."""
    given = locks.account
    code = _CODE.format(change=change, last=last)
    kind: type = made(given.name, "Account", Answer(f"{change} {last}", code))
    return Exercise(given.name, given.asks, given.minutes, given.level, given.scenarios), kind


@pytest.fixture(scope="module", autouse=True)
def warm() -> Iterator[None]:
    """What is imported for the first time, and set then, is there; progress goes nowhere."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(store.VARIABLE, "off")
        exercise, kind = account(last=WRONG)
        exercise.check(kind)._repr_mimebundle_()
        yield


@pytest.mark.usefixtures("unpainted")
@pytest.mark.skipif(os.name == "nt", reason="signals, time zones and masks")
@pytest.mark.parametrize("change", CHANGES)
def test_what_an_answer_changes_is_put_back(change: str) -> None:
    exercise, kind = account(CHANGES[change])
    assert changed(lambda: exercise.check(kind)._repr_mimebundle_()) == {}
    if exercise._report is not None and exercise._report.recording is not None:
        assert changed(lambda: exercise.schedule(1)) == {}
        assert changed(lambda: exercise.solution()._repr_mimebundle_()) == {}  # type: ignore[union-attr]


def _break() -> None:
    sys.setswitchinterval(0.5)
    vars(os.environ)["_data"] = None
    os.umask(0o777)
    raise LookupError("the block's own")


@pytest.mark.skipif(os.name == "nt", reason="a mask")
def test_what_cannot_be_put_back_keeps_nothing_else_and_hides_no_error() -> None:
    interval, mask = sys.getswitchinterval(), os.umask(0o22)
    notes: list[str] = []
    data = vars(os.environ)["_data"]
    try:
        with pytest.raises(LookupError, match="the block's own"), kept(notes):
            _break()
    finally:
        vars(os.environ)["_data"] = data
        found = os.umask(mask)
    assert (found, sys.getswitchinterval()) == (0o22, interval)
    assert notes == ["changed the environment, which could not be put back"]


def test_no_module_is_missing_meanwhile() -> None:
    """Another thread may go on at any line."""
    looked, missing = 0, []

    def look(frame: FrameType, event: str, _: object) -> Any:
        nonlocal looked
        looked += 1
        if "threading" not in sys.modules:
            missing.append((frame.f_code.co_qualname, frame.f_lineno))
        return look

    before = sys.gettrace()
    sys.settrace(look)
    try:
        with kept([]):
            sys.modules["made_up"] = None  # type: ignore[assignment]
    finally:
        sys.settrace(before)
    assert looked
    assert missing == []


async def _two() -> None:
    print("first", random.random())
    await asyncio.sleep(1)
    print("second")


async def _increments(world: World) -> None:
    async def increment() -> None:
        mark("reads", "count", 1)
        await world.reply("load")
        mark("writes", "count", 2)

    await asyncio.gather(increment(), increment())


def _answered_order() -> None:
    question = predict.order(_two)
    question._repr_mimebundle_()
    for line in question._offered():
        question.press(line)
    question.submit()


def _played() -> None:
    game = play(_increments, no_lost_update("count"))
    game._repr_mimebundle_()
    while game.replies:
        game.move(0)
    game.try_all()


def _picked() -> None:
    options: dict[str, Callable[[Recording], bool] | str]
    options = {"It ends at 1 s.": lambda recording: recording.duration == 1, "Never.": "never"}
    question = predict.choose(_two, "When?", options)
    question._repr_mimebundle_()
    question.pick("Never.")
    question.submit()


def _counted() -> None:
    predict.number(_two, lambda recording: recording.duration, "How long?", {1: "", 2: "no"})


def _all_of_an_exercise() -> None:
    exercise, kind = account(last=WRONG)
    exercise.hint()
    exercise.check()
    exercise.check(3)
    exercise.check(kind)
    for look in (exercise.timeline, exercise.replay):
        look()._repr_mimebundle_()
    locks.till.lines()
    locks.till.lines(3, "self.reader.pay")


@pytest.mark.skipif(os.name == "nt", reason="signals, time zones and masks")
@pytest.mark.parametrize(
    "call",
    [
        _answered_order,
        _picked,
        _counted,
        lambda: predict.next(_two),
        _played,
        lambda: progress()._repr_mimebundle_(),
        _all_of_an_exercise,
    ],
    ids=["order", "choose", "number", "next", "play", "progress", "an exercise"],
)
def test_no_call_changes_anything(call: Callable[[], object]) -> None:
    call()
    assert changed(call) == {}


@pytest.mark.parametrize("interrupt", [NeverAwaits, KeyboardInterrupt])
def test_what_ends_a_long_collection_of_garbage_ends_nothing_else(
    interrupt: type[KeyboardInterrupt], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a busy machine two interrupts are on their way: one lands where the watchdog ends."""

    def interrupted(*_: object) -> None:
        raise interrupt

    monkeypatch.setattr(WatchingThread, "__exit__", interrupted)
    monkeypatch.setattr(WatchingThread, "barked", True)
    judging._collect_what_was_dropped()
    for thread in threading.enumerate():
        if "watchdog" in thread.name:
            thread.join(5)
            assert not thread.is_alive()
