"""An interrupt may land between any two lines, and a simulation leaves nothing half done."""

from __future__ import annotations

import asyncio
import gc
import random
import signal
import sys
import threading
import time
from asyncio import base_events
from collections.abc import Callable
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest

from course_helpers import simulation
from course_helpers.recorder import recorder
from course_helpers.running_loop import held_interrupts, step_aside, thread_interrupts
from course_helpers.simulation import LimitExceeded, simulate
from course_helpers.simulation.watchdog import NeverAwaits, WatchingThread

PACKAGE = Path(simulation.__file__).parent
TRACED = {
    base_events.__file__,
    recorder.__file__,
    held_interrupts.__file__,
    step_aside.__file__,
    thread_interrupts.__file__,
    *map(str, PACKAGE.glob("*.py")),
}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="interrupts are sent in another way there"),
    pytest.mark.skipif(
        threading.current_thread() is not threading.main_thread(), reason="not the main thread"
    ),
]


async def child() -> None:
    try:
        await asyncio.sleep(1e9)
    finally:
        await asyncio.sleep(0)


async def program() -> str:
    task = asyncio.create_task(child())
    await asyncio.sleep(1)
    print("begun")
    return f"done, {task.done()}"


def watchdogs() -> list[threading.Thread]:
    """Those that watch on; those that have been told to end are waited for."""
    found = [thread for thread in threading.enumerate() if "watchdog" in thread.name]
    for thread in found:
        thread.join(5)
    return [thread for thread in found if thread.is_alive()]


def state() -> tuple[object, ...]:
    """What a simulation changes, and puts back."""
    return (
        time.sleep,
        time.monotonic,
        threading.Thread.start,
        asyncio.Lock.__setattr__,
        asyncio.events.Handle._run,
        sys.stdout,
        sys.stderr,
        sys.unraisablehook,
        sys.get_asyncgen_hooks(),
        sys.get_coroutine_origin_tracking_depth(),
        asyncio._get_running_loop(),
        signal.getsignal(signal.SIGINT),
        random.getstate(),
        watchdogs(),
    )


class Landing:
    """Traces a run, and acts at one line of it: at one of the times that it is reached."""

    def __init__(
        self,
        act: Callable[[], object] = lambda: None,
        place: tuple[str, int, int] | None = None,
        inside: str = "",
    ) -> None:
        self._act = act
        self._place = place
        self._inside = inside
        self._times: dict[tuple[str, int], int] = {}

    def __call__(self, frame: FrameType, event: str, _: object) -> Any:
        if frame.f_code.co_filename not in TRACED:
            return None
        if event == "call" and not (self._has_the_line(frame.f_code) and self._is_inside(frame)):
            return None  # and none of its lines is looked at, which may be many thousand
        if event in ("call", "line"):
            line = (frame.f_code.co_filename, frame.f_lineno)
            self._times[line] = self._times.get(line, 0) + 1
            if self._place == (*line, self._times[line]):
                self._act()
        return self

    def _has_the_line(self, code: CodeType) -> bool:
        if self._place is None:
            return True
        file, line, _ = self._place
        return code.co_filename == file and any(one == line for _, _, one in code.co_lines())

    def _is_inside(self, frame: FrameType | None) -> bool:
        while self._inside and frame is not None and frame.f_code.co_name != self._inside:
            frame = frame.f_back
        return frame is not None

    def places(self) -> list[tuple[str, int, int]]:
        """Each line that was reached, with the first and the last of the times."""
        return [(*line, time) for line, times in self._times.items() for time in sorted({1, times})]


def run(landing: Landing) -> object:
    """What comes out of a simulation."""
    traced = sys.gettrace()
    sys.settrace(landing)
    try:
        return simulate(program(), seed=1).result
    except (KeyboardInterrupt, LimitExceeded) as error:
        return type(error)
    finally:
        sys.settrace(traced)


def everywhere(act: Callable[[], object], inside: str = "") -> set[object]:
    """Act at one line after the other, in a simulation of its own; returns what comes out."""
    run(Landing())  # it imports what is imported late
    before = state()
    seen = Landing(inside=inside)
    results = {run(seen)}
    for place in seen.places():
        results.add(run(Landing(act, place, inside)))
        assert state() == before, place
        gc.collect()
    return results


def interrupt() -> None:
    signal.raise_signal(signal.SIGINT)


def bark() -> None:
    raise NeverAwaits


# One that lands before the first line of `simulate`, or while the program makes a task, leaves the
# coroutine as it is.
@pytest.mark.filterwarnings("ignore:coroutine '(program|child)' was never awaited")
@pytest.mark.parametrize(
    ("act", "inside", "ends"),
    [(interrupt, "", KeyboardInterrupt), (bark, "run_until_complete", LimitExceeded)],
    ids=["an interrupt", "the watchdog"],
)
def test_wherever_it_lands_everything_is_put_back(
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    act: Callable[[], object],
    inside: str,
    ends: type[BaseException],
) -> None:
    assert everywhere(act, inside) == {"done, False", ends}
    assert caplog.text == ""
    assert capsys.readouterr().err == ""


def test_an_interrupt_where_the_watchdog_is_about_to_end_ends_it_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupted(*_: object) -> None:
        raise NeverAwaits

    monkeypatch.setattr(WatchingThread, "__exit__", interrupted)
    with pytest.raises((KeyboardInterrupt, LimitExceeded)):
        simulate(program())
    assert not watchdogs()
