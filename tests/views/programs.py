"""Small real programs whose recordings the views are tested with."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any


async def locks(workers: int = 3, count: int = 3) -> None:
    lock = asyncio.Lock()

    async def worker() -> None:
        for _ in range(count):
            async with lock:
                await asyncio.sleep(0.01)

    async with asyncio.TaskGroup() as group:
        for number in range(workers):
            group.create_task(worker(), name="ABCDEFGH"[number])


async def semaphores(fetches: int = 7) -> None:
    semaphore = asyncio.Semaphore(3)

    async def fetch() -> None:
        async with semaphore:
            await asyncio.sleep(1)

    await asyncio.gather(*(fetch() for _ in range(fetches)))


async def queues() -> None:
    queue: asyncio.Queue[int] = asyncio.Queue(maxsize=2)

    async def producer() -> None:
        for item in range(4):
            await queue.put(item)
        await asyncio.sleep(0.5)

    async def consumer() -> None:
        while True:
            try:
                async with asyncio.timeout(2):
                    await queue.get()
            except TimeoutError:
                return
            await asyncio.sleep(0.1)
            queue.task_done()

    consumers = [asyncio.create_task(consumer(), name=f"consumer {n}") for n in range(2)]
    await asyncio.create_task(producer(), name="producer")
    await queue.join()
    consumers[0].cancel()
    await asyncio.gather(*consumers, return_exceptions=True)


async def events() -> None:
    event = asyncio.Event()

    async def waiter() -> None:
        await event.wait()

    async def setter() -> None:
        await asyncio.sleep(2)
        event.set()
        await asyncio.sleep(0)

    await asyncio.gather(waiter(), waiter(), setter())


async def conditions() -> None:
    condition = asyncio.Condition()
    items: list[int] = []

    async def consumer() -> None:
        async with condition:
            await condition.wait_for(lambda: bool(items))
            items.pop()

    async def producer() -> None:
        for item in range(2):
            await asyncio.sleep(0.1)
            async with condition:
                items.append(item)
                condition.notify()

    await asyncio.gather(consumer(), consumer(), producer())


async def failures() -> None:
    async def fails() -> None:
        await asyncio.sleep(0.5)
        raise ValueError("C failed!")

    async def works(seconds: float) -> None:
        await asyncio.sleep(seconds)

    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(works(1), name="A")
            group.create_task(works(2), name="B")
            group.create_task(fails(), name="C")
    except* ValueError:
        pass


PROGRAMS: dict[str, Callable[[], Coroutine[Any, Any, None]]] = {
    program.__name__: program
    for program in (locks, semaphores, queues, events, conditions, failures)
}


async def storm(workers: int, rounds: int) -> None:
    """Many short steps: about `5 * workers * rounds` events."""
    semaphore = asyncio.Semaphore(3)

    async def worker() -> None:
        for _ in range(rounds):
            async with semaphore:
                await asyncio.sleep(0)

    await asyncio.gather(*(worker() for _ in range(workers)))
