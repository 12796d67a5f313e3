"""Queues that serve as pools: who takes something gives it back."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from course_helpers import simulate
from tests.recording.test_reported_faults import nap, said


class _Pool:
    """Connections in a queue, as a driver keeps them: each is given back in a task of its own."""

    def __init__(self, size: int) -> None:
        self._idle = asyncio.LifoQueue[int](size)
        for number in range(size):
            self._idle.put_nowait(number)

    async def use(self, seconds: float) -> None:
        connection = await asyncio.wait_for(self._idle.get(), 10)
        try:
            await nap(seconds)
        finally:
            await asyncio.shield(self._give_back(connection))

    async def _give_back(self, connection: int) -> None:
        await asyncio.sleep(0)
        self._idle.put_nowait(connection)


def test_a_pool_of_connections_that_is_exhausted() -> None:
    async def main(users: int) -> None:
        pool = _Pool(2)
        await asyncio.gather(*[pool.use(0.1) for _ in range(users)])
        await nap(0.05)

    # By turns of two: the last ones wait for three turns.
    assert said(simulate(main(8))) == [
        "_Pool._idle (LifoQueue) was empty 89 % of the time: 6 tasks waited, the longest 0.3 s."
    ]
    assert said(simulate(main(2))) == []


def test_a_queue_whose_consumers_wait_is_no_pool() -> None:
    async def consume(queue: asyncio.Queue[int]) -> None:
        while number := await queue.get():
            if number == 1:  # try again
                queue.put_nowait(number + 1)

    async def main() -> None:
        queue = asyncio.Queue[int]()
        consumers = [asyncio.create_task(consume(queue)) for _ in range(3)]
        for number in range(4):
            await nap()
            queue.put_nowait(number)
        for _ in consumers:
            queue.put_nowait(0)
        await asyncio.wait(consumers)

    assert said(simulate(main())) == []


def test_what_a_thread_puts_into_a_queue_was_not_taken_from_it() -> None:
    async def main() -> None:
        queue = asyncio.Queue[int]()
        await asyncio.to_thread(queue.put_nowait, 1)
        await queue.get()
        async with asyncio.timeout(1):
            await queue.get()

    async def watched() -> None:
        with suppress(TimeoutError):
            await main()

    assert not [text for text in said(simulate(watched())) if "empty" in text]


def test_a_signal_that_is_waited_for_is_not_full() -> None:
    async def consume(items: asyncio.Semaphore) -> None:
        for _ in range(3):
            await items.acquire()

    async def main(free: int) -> None:
        items = asyncio.Semaphore(free)
        consumer = asyncio.create_task(consume(items))
        for _ in range(3 - free):
            await nap()
            items.release()
        await consumer

    assert said(simulate(main(0))) == []
    # The limit of a rate: its tokens are used up.
    assert said(simulate(main(1))) == [
        "items (Semaphore) had no free permit 100 % of the time: 1 task waited, the longest 0.1 s."
    ]
