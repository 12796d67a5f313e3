"""Programs to explore."""

from __future__ import annotations

import asyncio


async def increments(
    workers: int = 3, count: int = 2, hold: float = 0.01, use_lock: bool = True
) -> int:
    """Workers that add to a shared value, each holding a lock for a while, or none."""
    value = 0
    lock = asyncio.Lock()

    async def increment() -> None:
        nonlocal value
        before = value
        await asyncio.sleep(hold)
        value = before + 1

    async def worker() -> None:
        for _ in range(count):
            if use_lock:
                async with lock:
                    await increment()
            else:
                await increment()

    await asyncio.gather(*(worker() for _ in range(workers)))
    print(f"Final value: {value}")
    return value


async def troubled(kind: str = "none") -> str:
    """Ends, or comes to grief, in as many ways as its parameter has values."""
    await asyncio.sleep(1)
    lock = asyncio.Lock()
    match kind:
        case "deadlock":
            async with lock, lock:
                pass
        case "error":
            raise ValueError("no such host")
        case "group":
            async with asyncio.TaskGroup() as group:
                group.create_task(troubled("error"), name="inner")
        case "spin":
            while True:
                await asyncio.sleep(0)
        case "block":
            while True:
                pass
        case "exit":
            raise SystemExit(3)
        case "cancelled":
            raise asyncio.CancelledError
        case "chatty":
            for number in range(20_000):
                print("line", number)
    return "fine"
