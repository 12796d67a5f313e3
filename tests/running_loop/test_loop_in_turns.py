"""A loop whose turns somebody else drives: asyncio's programs run in it, and it can be recorded."""

from __future__ import annotations

import asyncio
import heapq
from asyncio import events
from collections.abc import Callable, Coroutine
from itertools import count
from typing import Any

import pytest

from course_helpers.browser import NothingOutside, NotInBrowser
from course_helpers.recorder.record import record
from course_helpers.running_loop.debug_mode import debug_mode
from course_helpers.running_loop.loop_in_turns import LoopInTurns
from course_helpers.views.summary import summary


class Browser(NothingOutside, LoopInTurns):
    """A loop with a browser that drives it, and whose clock jumps to the next thing to do."""

    def __init__(self) -> None:
        self._now = 0.0
        self._asked: list[tuple[float, int, Callable[[], None]]] = []
        self._number = count()
        self.begin()

    def time(self) -> float:
        return self._now

    def after(self, seconds: float, call: Callable[[], None]) -> None:
        heapq.heappush(self._asked, (self._now + seconds, next(self._number), call))

    def is_running(self) -> bool:
        return True

    def run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        """Run a cell."""
        events._set_running_loop(self)
        try:
            task = self.create_task(coroutine)
        finally:
            events._set_running_loop(None)
        while not task.done():
            self._now, _, call = heapq.heappop(self._asked)
            call()
        return task.result()

    def close(self) -> None:
        self._thread_id = None
        self._closed = True


@pytest.fixture
def browser() -> Any:
    loop = Browser()
    yield loop
    loop.close()


async def locked() -> list[str]:
    lock, order = asyncio.Lock(), []

    async def use(name: str, seconds: float) -> None:
        async with lock:
            await asyncio.sleep(seconds)
            order.append(name)

    async with asyncio.TaskGroup() as group:
        group.create_task(use("A", 0.2), name="A")
        group.create_task(use("B", 0.1), name="B")
    return order


def test_a_program_runs_and_time_passes(browser: Browser) -> None:
    assert browser.run(locked()) == ["A", "B"]
    assert browser.time() == pytest.approx(0.3)


def test_timers_come_in_order_and_a_cancelled_one_does_not_come(browser: Browser) -> None:
    async def main() -> list[str]:
        came: list[str] = []
        browser.call_later(0.3, came.append, "third")
        browser.call_later(0.1, came.append, "first")
        browser.call_later(0.15, came.append, "never").cancel()
        browser.call_later(0.2, came.append, "second")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.25):
                await asyncio.Event().wait()
        came.append("timeout")
        await asyncio.sleep(0.1)
        return came

    assert browser.run(main()) == ["first", "second", "timeout", "third"]


def test_it_is_recorded_by_the_real_clock(browser: Browser) -> None:
    async def main() -> Any:
        with record() as recording:
            await locked()
        return recording

    recording = browser.run(main())
    assert recording.warnings == ()
    assert [task.label for task in recording.tasks][-2:] == ["A", "B"]
    assert [task.ended for task in recording.tasks][-2:] == pytest.approx([0.2, 0.3])
    assert "Lock.acquire 0.2 s" in str(summary(recording))


def test_what_wakes_it_from_outside_gets_a_turn(browser: Browser) -> None:
    async def main() -> str:
        future = browser.create_future()
        browser.after(5.0, lambda: future.set_result("pressed"))  # as a button would
        with record():
            return str(await future)

    assert browser.run(main()) == "pressed"
    assert browser.time() == 5.0


def test_debug_mode_tells_what_nobody_retrieved(browser: Browser) -> None:
    async def fails() -> None:
        raise ValueError("unheard")

    async def main() -> list[str]:
        async with debug_mode() as messages:
            asyncio.create_task(fails())
            await asyncio.sleep(0.01)
        return messages

    assert "unheard" in "".join(browser.run(main()))


def test_an_error_in_a_callback_stops_no_later_turn(browser: Browser) -> None:
    async def main() -> str:
        def fails() -> None:
            raise KeyError("of a callback")

        told: list[str] = []
        browser.set_exception_handler(lambda _, context: told.append(repr(context["exception"])))
        browser.call_soon(fails)
        await asyncio.sleep(0.1)
        return told[0]

    assert browser.run(main()) == "KeyError('of a callback')"


def test_a_thread_is_refused(browser: Browser) -> None:
    with pytest.raises(NotInBrowser, match="no threads"):
        browser.run(asyncio.to_thread(print))
