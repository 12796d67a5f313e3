"""The programs that are measured."""

from __future__ import annotations

import asyncio


async def storm() -> None:
    """200 tasks take a semaphore of 3 permits 500 times each: 200,199 steps that do nothing."""
    semaphore = asyncio.Semaphore(3)

    async def worker() -> None:
        for _ in range(500):
            async with semaphore:
                await asyncio.sleep(0)

    await asyncio.gather(*(worker() for _ in range(200)))


async def pipeline() -> None:
    """50,000 items go through a queue of 10 places."""
    queue: asyncio.Queue[int] = asyncio.Queue(maxsize=10)

    async def producer() -> None:
        for item in range(50_000):
            await queue.put(item)

    async def consumer() -> None:
        for _ in range(50_000):
            await queue.get()
            queue.task_done()

    await asyncio.gather(producer(), consumer())


async def fresh() -> None:
    """2,000 times a new event, a new timeout, a new lock and a new task group."""

    async def nothing() -> None:
        pass

    for _ in range(2_000):
        event = asyncio.Event()
        event.set()
        await event.wait()
        async with asyncio.timeout(10):
            await asyncio.sleep(0)
        async with asyncio.Lock():
            await asyncio.sleep(0)
        async with asyncio.TaskGroup() as group:
            group.create_task(nothing())


async def locks(count: int = 100) -> int:
    """The example of the topic Locks: three workers, `count` increments each, under one lock."""
    lock = asyncio.Lock()
    value = 0

    async def worker() -> None:
        nonlocal value
        for _ in range(count):
            async with lock:
                seen = value
                await asyncio.sleep(0.01)
                value = seen + 1

    await asyncio.gather(*(worker() for _ in range(3)))
    return value


async def naps() -> None:
    """One task sleeps for a second, 10,000 times."""
    for _ in range(10_000):
        await asyncio.sleep(1)


async def lanes(tasks: int, naps: int) -> None:
    """Many tasks that sleep again and again: a recording with about 3 spans a nap."""

    async def sleeper(number: int) -> None:
        for nap in range(naps):
            await asyncio.sleep(0.01 + (number * 7 + nap * 3) % 11 / 1000)

    await asyncio.gather(*(sleeper(number) for number in range(tasks)))
