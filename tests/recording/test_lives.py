"""What a program drops dies when it would have died unrecorded: nothing of it is kept alive."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest

from course_helpers.recorder.record import record
from course_helpers.simulation.run import simulate

Log = list[str]


class Thing:
    """Something of the program's that tells when it dies."""

    def __init__(self, log: Log, name: str) -> None:
        self.log = log
        self.name = name

    def __del__(self) -> None:
        self.log.append(f"{self.name} dies")


class Kept(asyncio.Lock):
    """A lock that has something of the program's."""

    def __init__(self, thing: Thing) -> None:
        super().__init__()
        self.thing = thing


async def in_variables(log: Log) -> None:
    async def use(lock: asyncio.Lock, thing: Thing) -> None:
        async with lock:
            await asyncio.sleep(0)
            del thing
            log.append("dropped")
            await asyncio.sleep(0)

    lock = asyncio.Lock()
    async with asyncio.TaskGroup() as group:
        for name in "ab":
            group.create_task(use(lock, Thing(log, name)))


async def in_a_failed_task(log: Log) -> None:
    async def fail(thing: Thing) -> None:
        await asyncio.sleep(0)
        raise ValueError(thing.name)

    with suppress(ValueError):
        await asyncio.create_task(fail(Thing(log, "argument")))
    log.append("failed")


async def in_a_failed_group(log: Log) -> None:
    async def fail(thing: Thing) -> None:
        raise ValueError(thing.name)

    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(fail(Thing(log, "argument")))
    except* ValueError:
        log.append("caught")
    log.append("failed")


async def in_a_queue(log: Log) -> None:
    async def put(queue: asyncio.Queue[Thing]) -> None:
        for name in "xyz":
            await queue.put(Thing(log, name))
            log.append(f"{name} is put")

    queue: asyncio.Queue[Thing] = asyncio.Queue(1)
    producer = asyncio.create_task(put(queue))
    for _ in "xyz":
        await asyncio.sleep(0)
        log.append(f"{(await queue.get()).name} is taken")
    await producer


async def behind_a_timeout(log: Log) -> None:
    async def slow(thing: Thing) -> None:
        await asyncio.sleep(1)

    with suppress(TimeoutError):
        async with asyncio.timeout(0.001):
            await slow(Thing(log, "argument"))
    log.append("expired")


async def with_a_primitive(log: Log) -> None:
    async with Kept(Thing(log, "used")):
        log.append("held")
    log.append("released")
    lock = Kept(Thing(log, "waited for"))
    await lock.acquire()
    waits = asyncio.create_task(lock.acquire())
    await asyncio.sleep(0)
    waits.cancel()
    with suppress(asyncio.CancelledError):
        await waits
    del lock, waits
    log.append("dropped")


async def in_a_callback(log: Log) -> None:
    loop = asyncio.get_running_loop()
    thing = Thing(log, "called with")
    loop.call_soon(lambda _: None, thing)
    loop.call_later(0.001, lambda _: None, thing)
    del thing
    await asyncio.sleep(0.002)
    log.append("called")


PROGRAMS = (
    *(in_variables, in_a_failed_task, in_a_failed_group, in_a_queue, behind_a_timeout),
    *(with_a_primitive, in_a_callback),
)


@pytest.fixture(autouse=True)
def nothing_is_collected() -> Iterator[None]:
    """What dies does so when it is dropped, and not when the collector finds it."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.parametrize("program", PROGRAMS)
def test_recorded_it_dies_when_it_dies_bare(program: Callable[[Log], Awaitable[None]]) -> None:
    async def main(recorded: bool) -> Log:
        log: Log = []
        if recorded:
            with record():
                await program(log)
        else:
            await program(log)
        await asyncio.sleep(0)
        log.append("end")
        return log

    bare = asyncio.run(main(False))
    assert len(bare) > 1
    assert asyncio.run(main(True)) == bare
    result: Any = simulate(main(False)).result
    assert result == bare
