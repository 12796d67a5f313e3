"""Queues that serve as pools: who takes something gives it back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress

import pytest

from course_helpers import Deadlock, simulate
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


async def _work(items: asyncio.Queue[int], more: Callable[[int], Sequence[int]]) -> None:
    while (item := await items.get()) >= 0:
        await nap()
        for each in more(item):
            items.put_nowait(each)
    items.put_nowait(item)  # the others are to end as well


def _follow_up(number: int) -> Sequence[int]:
    return [number - 1] if number else []


def _follow_up_and_end(number: int) -> Sequence[int]:
    return [1, 0] if number > 1 else [0] if number else [-1]


def _fail_once(job: int) -> Sequence[int]:
    return [job - 100] if job > 100 else []


def _said_of_work(first: Sequence[int], more: Callable[[int], Sequence[int]], until: float) -> str:
    async def main() -> None:
        items = asyncio.Queue[int]()
        for item in first:
            items.put_nowait(item)
        workers = [asyncio.create_task(_work(items, more)) for _ in range(3)]
        await nap(0.15)
        workers.append(asyncio.create_task(_work(items, more)))
        await asyncio.wait(workers)

    try:
        return "".join(said(simulate(main(), until=until)))
    except Deadlock as error:  # nothing is left to be done
        return "".join(said(error.recording))


@pytest.mark.parametrize(
    ("first", "more"),
    [
        ([0, 0, 0, 20, 20, 20], _follow_up),
        ([2], _follow_up_and_end),
        ([1, 102, 103, 4], _fail_once),
        ([2, 2, 2], _follow_up),  # three stages share the queue
    ],
    ids=["follow-ups", "an end", "failures", "stages"],
)
@pytest.mark.parametrize("until", [0.55, 9])
def test_a_queue_of_work_is_no_pool(
    first: Sequence[int], more: Callable[[int], Sequence[int]], until: float
) -> None:
    assert "was empty" not in _said_of_work(first, more, until)


def test_a_queue_whose_items_are_marked_done_is_no_pool() -> None:
    async def crawl(pages: asyncio.Queue[int]) -> None:
        while True:
            page = await pages.get()
            await nap()
            pages.put_nowait(page + 1)
            pages.task_done()

    async def main() -> None:
        pages = asyncio.Queue[int]()
        pages.put_nowait(0)
        async with asyncio.TaskGroup() as group:
            for _ in range(3):
                group.create_task(crawl(pages))

    assert "was empty" not in "".join(said(simulate(main(), until=1.95)))


def test_a_pool_of_which_some_is_still_lent_at_the_end() -> None:
    async def main() -> None:
        pool = _Pool(2)
        await asyncio.gather(*[pool.use(0.1) for _ in range(8)])

    (text,) = (text for text in said(simulate(main(), until=0.35)) if "was empty" in text)
    assert "_Pool._idle (LifoQueue) was empty" in text


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
