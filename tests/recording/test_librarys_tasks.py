"""Tasks that a library makes: they are shown if the learner's code runs in them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from course_helpers import Deadlock, learners_code, simulate, summary

Handler = Callable[[], Awaitable[None]]

_SOURCE = """
import asyncio

class Server:
    def serve(self, *handlers):
        # As a library does from a socket's callback: no task of the program's makes it.
        asyncio.get_running_loop().call_later(0, self._make, handlers)

    def _make(self, handlers):
        self.task = asyncio.create_task(self.start(handlers))

    async def start(self, handlers):
        await asyncio.sleep(0)
        for handler in handlers:
            await handler()
"""


@pytest.fixture
def server() -> Callable[[], Any]:
    """A library's class."""
    library: dict[str, Any] = {}
    exec(compile(_SOURCE, f"{learners_code.LIBRARY_FOLDERS[-1]}made_up.py", "exec"), library)
    made: Callable[[], Any] = library["Server"]
    return made


async def nap() -> None:
    await asyncio.sleep(0.1)


def labels(program: Any) -> list[str]:
    return [task.label for task in simulate(program, until=1).tasks]


def test_one_that_runs_the_learners_code_is_shown_by_that(server: Callable[[], Any]) -> None:
    async def main(*handlers: Handler) -> None:
        made = server()
        made.serve(*handlers)
        await asyncio.sleep(1)

    async def pause() -> None:
        await asyncio.sleep(0.1)

    assert labels(main(nap)) == ["main()", "nap in Server.start"]
    assert labels(main(nap, nap)) == ["main()", "nap in Server.start"]
    # Two are run by turns: it bears the name of neither.
    assert labels(main(nap, pause))[1].startswith("Server.start(")


def test_one_that_runs_none_is_not(server: Callable[[], Any]) -> None:
    async def main() -> None:
        made = server()
        made.serve()
        await asyncio.sleep(1)

    assert labels(main()) == ["main()"]


def test_two_handlers_that_wait_for_each_other_are_found(server: Callable[[], Any]) -> None:
    shelf, door = asyncio.Lock(), asyncio.Lock()

    async def delivery() -> None:
        async with shelf:
            await nap()
            async with door:
                pass

    async def pick_up() -> None:
        async with door:
            await nap()
            async with shelf:
                pass

    async def main() -> None:
        servers = [server(), server()]
        for each, handler in zip(servers, (delivery, pick_up), strict=True):
            each.serve(handler)
        await asyncio.Event().wait()

    with pytest.raises(Deadlock) as raised:
        simulate(main())
    assert "delivery in Server.start holds shelf and waits for door" in str(raised.value)
    assert "pick_up in Server.start holds door and waits for shelf" in str(raised.value)


def test_one_that_keeps_the_loop_is_named(server: Callable[[], Any]) -> None:
    async def slow() -> None:
        await asyncio.sleep(0)
        time.sleep(0.2)

    async def main() -> None:
        made = server()
        made.serve(slow)
        await asyncio.sleep(1)

    [finding] = summary(simulate(main())).findings[:1]
    line = slow.__code__.co_firstlineno + 2
    assert finding.text == f"Loop blocked 0.2 s at line {line} in slow in Server.start."


def test_one_that_never_waits_in_the_learners_code_is_named_too(server: Callable[[], Any]) -> None:
    async def slow() -> None:
        time.sleep(0.2)

    async def main() -> None:
        made = server()
        made.serve(slow)
        await asyncio.sleep(1)

    [finding] = summary(simulate(main())).findings[:1]
    line = slow.__code__.co_firstlineno + 1
    assert finding.text.startswith(f"Loop blocked 0.2 s at line {line} in Server.start(")


def test_a_program_that_is_a_librarys_is_shown(server: Callable[[], Any]) -> None:
    made = server()
    assert labels(made.start(()))[0].startswith("Server.start(")
    assert labels(made.start((nap,))) == ["nap in Server.start"]
