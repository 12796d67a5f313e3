"""As in a browser alone: a simulation without files, sockets, threads, and a watchdog without."""

from __future__ import annotations

import asyncio
import sys

import pytest

from course_helpers.browser import NotInBrowser
from course_helpers.simulation import LimitExceeded, run, simulate
from course_helpers.simulation.watchdog import WatchedJumps
from course_helpers.simulation.without_files import LoopWithoutFiles

# Whatever is proved of simulations there holds here.
from tests.simulation.test_deadlock import *  # noqa: F403
from tests.simulation.test_seeds import *  # noqa: F403
from tests.simulation.test_virtual_time import *  # noqa: F403

for _of_threads in (
    "test_the_threads_of_the_program_have_the_real_functions",
    "test_simulations_in_many_threads_do_not_disturb_each_other",
):
    del globals()[_of_threads]


@pytest.fixture(autouse=True)
def in_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "new_loop", LoopWithoutFiles)
    if sys.version_info >= (3, 12):
        monkeypatch.setattr(run, "watchdog", WatchedJumps)


@pytest.mark.parametrize(
    ("program", "what"),
    [
        (lambda: asyncio.to_thread(print), "threads"),
        (lambda: asyncio.create_subprocess_exec("true"), "child processes"),
        (lambda: asyncio.create_subprocess_shell("true"), "child processes"),
        (lambda: asyncio.open_connection("localhost", 1), "network connections"),
        (lambda: asyncio.start_server(lambda *_: None, "localhost", 0), "network connections"),
    ],
)
def test_what_is_not_there_says_where_it_is(program, what: str) -> None:  # type: ignore[no-untyped-def]
    async def main() -> None:
        await program()

    with pytest.raises(NotInBrowser, match=rf"There are no {what} in a browser.*course\.py lab"):
        simulate(main())


jumps = pytest.mark.skipif(sys.version_info < (3, 12), reason="Python tells of jumps since 3.12")


@jumps
@pytest.mark.real_time
def test_a_program_that_never_awaits_is_stopped_without_a_thread() -> None:
    async def spins() -> None:
        while True:
            pass

    with pytest.raises(LimitExceeded, match=r"It did not await anything any more: it was in line "):
        simulate(spins(), real_seconds=0.05)


@jumps
@pytest.mark.real_time
def test_it_is_stopped_also_where_it_catches_everything() -> None:
    async def spins() -> None:
        for _ in iter(int, 1):
            try:
                for _ in iter(int, 1):
                    pass
            except BaseException:
                pass

    with pytest.raises(LimitExceeded, match=r"of real time"):
        simulate(spins(), real_seconds=0.05)


@jumps
def test_the_watch_ends_with_the_block() -> None:
    async def short() -> int:
        return sum(number for number in range(1000))

    assert simulate(short()).result == 499_500
    assert sys.monitoring.get_tool(4) is None  # type: ignore[attr-defined]
