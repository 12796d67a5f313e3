"""Programs that would never end are stopped, with an error that says what they did."""

from __future__ import annotations

import asyncio
import inspect
import itertools
import signal
import statistics
import subprocess
import sys
import threading
import time
import weakref
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from course_helpers.recorder.recorder import Recorder
from course_helpers.running_loop.thread_interrupts import ThreadInterrupts
from course_helpers.simulation import LimitExceeded, simulate

ROOT = Path(__file__).parents[2]


async def spinning() -> None:
    while True:
        await asyncio.sleep(0)


async def never_awaiting() -> None:
    await asyncio.sleep(1)
    while True:
        pass


async def swallowing_everything() -> None:
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass


def test_spinning_ends_at_the_number_of_steps() -> None:
    with pytest.raises(LimitExceeded) as raised:
        simulate(spinning(), steps=1000)
    text = str(raised.value)
    assert "stopped after 1,000 steps, at 0 s of virtual time" in text
    assert "spinning()" in text
    line = inspect.getsourcelines(spinning)[1] + 2
    assert f"line {line}" in text
    assert "simulate(…, steps=10_000)" in text
    assert raised.value.recording.events > 1000


def test_an_endless_chain_of_timers_ends_too() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()

        def tick() -> None:
            loop.call_later(1, tick)

        tick()
        await loop.create_future()

    with pytest.raises(LimitExceeded, match="1,000 steps") as raised:
        simulate(main(), steps=1000)
    half = raised.value.recording.duration / 2
    assert f"to see only its beginning: simulate(…, until={half:g})" in str(raised.value)


def test_a_program_that_needs_just_its_steps_ends() -> None:
    async def main() -> str:
        for _ in range(90):
            await asyncio.sleep(0)
        return "done"

    assert simulate(main(), steps=100).result == "done"


@pytest.mark.real_time
def test_spinning_ends_at_the_real_seconds() -> None:
    with pytest.raises(LimitExceeded, match=r"0\.2 s of real time.*spinning\(\)"):
        simulate(spinning(), real_seconds=0.2, steps=10**9)


@pytest.mark.real_time
def test_a_program_that_never_awaits_is_interrupted() -> None:
    with pytest.raises(LimitExceeded) as raised:
        simulate(never_awaiting(), real_seconds=0.2)
    text = str(raised.value)
    assert "0.2 s of real time, at 1 s of virtual time" in text
    assert "of never_awaiting()" in text
    assert "simulate(…, real_seconds=2)" in text
    assert raised.value.recording.duration == 1


@pytest.mark.real_time
def test_a_librarys_function_that_never_returns_is_named() -> None:
    async def main() -> None:
        asyncio.get_running_loop().call_soon(statistics.mean, itertools.repeat(1))
        await asyncio.sleep(1)

    with pytest.raises(LimitExceeded, match=r"it was in statistics\.\w+\(\), which a library"):
        simulate(main(), real_seconds=0.05)


@pytest.mark.real_time
def test_in_another_thread_too() -> None:
    with ThreadPoolExecutor(1) as threads:
        error = threads.submit(lambda: simulate(never_awaiting(), real_seconds=0.2)).exception()
    assert isinstance(error, LimitExceeded)
    assert "of never_awaiting()" in str(error)


def nothing() -> None:
    pass


async def swallowing_around_calls() -> None:
    while True:
        try:
            for _ in range(1000):
                nothing()
        except BaseException:
            pass


@pytest.mark.skipif(sys.platform == "win32", reason="no thread can be signalled there")
@pytest.mark.real_time
def test_what_is_caught_everywhere_comes_twice_in_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    # A single interrupt hits what lies outside of the `try` once in a thousand times.
    attempts = 0

    def count(interrupts: ThreadInterrupts) -> bool:
        nonlocal attempts
        attempts += 1
        return original(interrupts)

    original = ThreadInterrupts.interrupt
    monkeypatch.setattr(ThreadInterrupts, "interrupt", count)
    with pytest.raises(LimitExceeded):
        simulate(swallowing_around_calls(), real_seconds=0.05)
    assert attempts < 50


@pytest.mark.skipif(sys.platform == "win32", reason="no thread can be signalled there")
@pytest.mark.skipif(
    threading.current_thread() is not threading.main_thread(), reason="not the main thread"
)
@pytest.mark.real_time
def test_a_call_that_blocks_in_c_is_interrupted_in_the_main_thread() -> None:
    async def main() -> None:
        lock = threading.Lock()
        lock.acquire()
        lock.acquire()

    with pytest.raises(LimitExceeded, match=r"of main\(\)"):
        simulate(main(), real_seconds=0.2)


@pytest.mark.real_time
def test_a_stopped_program_leaves_nothing_behind() -> None:
    sleep = time.sleep
    for _ in range(3):
        with pytest.raises(LimitExceeded):
            simulate(never_awaiting(), real_seconds=0.05)
    assert time.sleep is sleep
    assert asyncio._get_running_loop() is None
    # No exception is on its way any more.
    for _ in range(100_000):
        pass
    assert simulate(asyncio.sleep(1, "fine")).result == "fine"


@pytest.mark.real_time
def test_one_that_swallows_everything_cannot_be_stopped_by_half() -> None:
    """It swallows the first interrupts; the task that refuses is given up in the end."""

    async def main() -> None:
        for _ in range(2):
            try:
                while True:
                    pass
            except BaseException:
                pass
        await asyncio.sleep(1)

    with pytest.raises(LimitExceeded):
        simulate(main(), real_seconds=0.1)


PROGRAM = """
import asyncio, signal, sys, threading, time
from course_helpers.simulation import simulate

async def child():
    try:
        print("begun", flush=True)
        await asyncio.sleep(1e9)
    finally:
        print("cleaned up")

async def spinning():
    task = asyncio.create_task(child())
    await asyncio.sleep(0)
    while True:
        {body}

sleep = time.sleep
try:
    simulate(spinning(), real_seconds=60, steps=10**9)
except KeyboardInterrupt:
    print("interrupted")
assert time.sleep is sleep
assert asyncio._get_running_loop() is None
assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
print(simulate(asyncio.sleep(1, "fine")).result)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="interrupts are sent in another way there")
@pytest.mark.parametrize(
    "body",
    [
        "await asyncio.sleep(0)",
        "await asyncio.sleep(1)",
        "pass",
        "await asyncio.to_thread(time.sleep, 1)",
    ],
)
def test_an_interrupt_stops_it_at_once(body: str) -> None:
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-c", PROGRAM.replace("{body}", body)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,  # readline takes no more than its line
    )
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == b"begun\n"
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=20)
    finally:
        process.kill()
    assert errors == b""
    assert output.splitlines()[-2:] == [b"interrupted", b"fine"]
    assert b"cleaned up" in output
    # The aim is a second; what is tested, on a machine that may be busy, is that no bound of the
    # simulation was waited for.
    assert time.monotonic() - began < 15


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"until": -1}, ValueError, "until is virtual seconds, at least 0, not -1"),
        ({"until": "3"}, TypeError, "until is virtual seconds, at least 0, not '3'"),
        ({"until": float("nan")}, ValueError, "until is"),
        ({"steps": 0}, ValueError, "steps is a number of steps, at least 1, not 0"),
        ({"steps": True}, TypeError, "steps is"),
        ({"steps": 1.5}, ValueError, "steps is a whole number of steps, not 1.5"),
        ({"real_seconds": 0}, ValueError, "real_seconds is seconds, more than 0, not 0"),
        ({"cost_per_step": -0.1}, ValueError, "cost_per_step is virtual seconds"),
        ({"cost_per_step": float("inf")}, ValueError, "cost_per_step is virtual seconds"),
        ({"seed": 1.5}, TypeError, "seed is a whole number or a text, not 1.5"),
    ],
)
def test_bounds_that_make_no_sense_are_refused(
    options: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        simulate(spinning(), **options)


def test_bounds_may_be_infinite() -> None:
    infinite = float("inf")
    recording = simulate(
        asyncio.sleep(1, "done"),
        until=infinite,
        steps=infinite,  # type: ignore[arg-type]
        real_seconds=infinite,
    )
    assert recording.result == "done"


def test_an_interrupt_that_python_drops_stops_the_program() -> None:
    async def main() -> None:
        def callback(_: object) -> None:
            raise KeyboardInterrupt  # as it comes when Stop is pressed at that moment

        reference = weakref.ref(gone_soon := threading.Event(), callback)
        del gone_soon
        assert reference() is None
        while True:
            await asyncio.sleep(1)

    before = sys.unraisablehook
    with pytest.raises(KeyboardInterrupt):
        simulate(main(), real_seconds=5, steps=10**9)
    assert sys.unraisablehook is before


@pytest.mark.real_time
def test_what_setting_up_takes_is_not_the_programs_time(monkeypatch: pytest.MonkeyPatch) -> None:
    begins = Recorder.start

    def begins_late(self: Recorder) -> None:
        begins(self)
        threading.Event().wait(0.2)  # a simulation has a time.sleep of its own

    async def main() -> str:
        return "was run"

    monkeypatch.setattr(Recorder, "start", begins_late)
    assert simulate(main(), real_seconds=0.2).result == "was run"
