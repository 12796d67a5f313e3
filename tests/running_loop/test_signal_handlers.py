"""Handlers for a block: they act inside it, and everything is as it was after it."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any, TypeVarTuple

import pytest

from course_helpers import signal_handlers

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="loops take no handlers there")

Arguments = TypeVarTuple("Arguments")

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2)


def ignored(*_: object) -> None:
    """A handler that Python knows, as the kernel has one for each cell."""


@pytest.fixture(autouse=True)
def python_handlers() -> Iterator[None]:
    """Handlers and a wake-up descriptor that are not the usual ones."""
    before = {number: signal.signal(number, ignored) for number in SIGNALS}
    here, there = socket.socketpair()
    here.setblocking(False)
    descriptor = signal.set_wakeup_fd(here.fileno(), warn_on_full_buffer=False)
    try:
        yield
    finally:
        signal.set_wakeup_fd(descriptor)
        for number, handler in before.items():
            signal.signal(number, handler)
        here.close()
        there.close()


def installed() -> tuple[Any, ...]:
    descriptor = signal.set_wakeup_fd(-1)
    signal.set_wakeup_fd(descriptor, warn_on_full_buffer=False)
    return descriptor, *map(signal.getsignal, SIGNALS)


async def arrives(event: asyncio.Event, number: signal.Signals) -> None:
    event.clear()
    os.kill(os.getpid(), number)
    async with asyncio.timeout(10):
        await event.wait()


def test_a_handler_acts_in_the_block_and_not_after_it() -> None:
    async def main() -> None:
        before = installed()
        calls: list[asyncio.AbstractEventLoop] = []
        arrived = asyncio.Event()

        def handler() -> None:
            calls.append(asyncio.get_running_loop())
            arrived.set()

        for _ in range(2):
            with signal_handlers({signal.SIGINT: handler, signal.SIGTERM: handler}):
                await arrives(arrived, signal.SIGINT)
                await arrives(arrived, signal.SIGTERM)
            assert installed() == before
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.sleep(0)
        assert calls == [asyncio.get_running_loop()] * 4

    asyncio.run(main())


@pytest.mark.parametrize(
    "error", [ValueError(), asyncio.CancelledError(), KeyboardInterrupt(), SystemExit()]
)
def test_everything_is_as_it_was_after_an_error(error: BaseException) -> None:
    async def main() -> None:
        before = installed()
        raised = None
        try:
            with signal_handlers({signal.SIGINT: print}):
                assert installed() != before
                raise error
        except BaseException as caught:
            raised = caught
        assert raised is error
        assert installed() == before

    asyncio.run(main())


def test_the_loops_own_handlers_are_put_back_and_work() -> None:
    async def main() -> None:
        arrived = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, arrived.set)
        inner = asyncio.Event()
        with signal_handlers({signal.SIGUSR1: inner.set, signal.SIGUSR2: inner.set}):
            await arrives(inner, signal.SIGUSR1)
            assert not arrived.is_set()
        await arrives(arrived, signal.SIGUSR1)

    asyncio.run(main())


@pytest.mark.parametrize("first_ends_first", [True, False])
@pytest.mark.parametrize("second", [signal.SIGUSR1, signal.SIGUSR2])
def test_blocks_may_overlap(second: signal.Signals, first_ends_first: bool) -> None:
    async def main() -> None:
        before = installed()
        events = asyncio.Event(), asyncio.Event()
        blocks = [
            signal_handlers({signal.SIGUSR1: events[0].set}),
            signal_handlers({second: events[1].set}),
        ]
        for block in blocks:
            block.__enter__()
        await arrives(events[1], second)
        ends = 0 if first_ends_first else 1
        blocks[ends].__exit__(None, None, None)
        await arrives(events[1 - ends], second if first_ends_first else signal.SIGUSR1)
        blocks[1 - ends].__exit__(None, None, None)
        assert installed() == before

    asyncio.run(main())


def test_what_another_has_installed_meanwhile_stays() -> None:
    def kernels(*_: object) -> None:
        pass

    async def main() -> None:
        with signal_handlers({signal.SIGINT: print}):
            signal.signal(signal.SIGINT, kernels)  # as the kernel does at the end of a cell
        assert signal.getsignal(signal.SIGINT) is kernels

    asyncio.run(main())


def test_mistakes_are_named_and_install_nothing() -> None:
    async def handler() -> None:
        pass

    async def main() -> None:
        before = installed()
        for wrong, error, match in (
            ([signal.SIGINT], TypeError, "takes a dictionary"),
            ({signal.SIGINT: handler}, TypeError, "is async"),
            ({signal.SIGINT: None}, TypeError, "a function"),
            ({"SIGINT": print}, TypeError, "signal.SIGINT"),
            ({True: print}, TypeError, "signal.SIGINT"),
            ({signal.SIGTERM: print, 999: print}, ValueError, "no signal 999"),
            ({signal.SIGTERM: print, signal.SIGKILL: print}, ValueError, "SIGKILL"),
        ):
            with pytest.raises(error, match=match), signal_handlers(wrong):  # type: ignore[arg-type]
                pytest.fail("it was entered")
            assert installed() == before
        with signal_handlers({}):
            assert installed() == before

    asyncio.run(main())


def test_where_it_cannot_work_it_says_why() -> None:
    with pytest.raises(RuntimeError, match="running event loop"), signal_handlers({}):
        pass

    async def main() -> None:
        with signal_handlers({signal.SIGTERM: print}):
            pass

    errors: list[str] = []

    def in_a_thread() -> None:
        try:
            asyncio.run(main())
        except RuntimeError as error:
            errors.append(str(error))

    thread = threading.Thread(target=in_a_thread)
    thread.start()
    thread.join()
    assert "main thread" in errors[0]


def test_a_loop_without_signal_handlers_shows_the_way_out() -> None:
    class WindowsLoop(asyncio.SelectorEventLoop):
        def add_signal_handler(
            self, sig: int, callback: Callable[[*Arguments], object], *args: *Arguments
        ) -> None:
            raise NotImplementedError

    async def main() -> None:
        before = installed()
        way_out = pytest.raises(NotImplementedError, match="call_soon_threadsafe")
        with way_out, signal_handlers({signal.SIGTERM: print}):
            pass
        assert installed() == before

    with asyncio.Runner(loop_factory=WindowsLoop) as runner:
        runner.run(main())
