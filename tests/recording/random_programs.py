"""A small language of async programs, and its interpreter.

A program is a list of statements, a statement a list: its name, then its arguments, some of which
are programs again. It is plain data, so that another process can run the same one:

    [["group", [[["lock", 0, [["sleep", 0.1]]]], [["lock", 0, []]]]], ["cancel", 0]]

`python -m tests.recording.random_programs` simulates programs: it reads `[seed, program]` as JSON,
one a line, and answers each with a digest of the whole recording.
"""

from __future__ import annotations

import asyncio
import dataclasses
import hashlib
import json
import sys
import warnings
from collections.abc import AsyncIterator
from typing import Any

from course_helpers.recording.model import Recording
from course_helpers.simulation.run import simulate

Program = list[Any]

PERMITS = 2
MAXSIZE = 2


class Failed(Exception):
    """What the statement `fail` raises."""


class World:
    """The primitives that a program uses, and what it printed."""

    def __init__(self) -> None:
        self.lock0 = asyncio.Lock()
        self.lock1 = asyncio.Lock()
        self.semaphore = asyncio.Semaphore(PERMITS)
        self.bounded = asyncio.BoundedSemaphore(PERMITS)
        self.queue: asyncio.Queue[int] = asyncio.Queue(MAXSIZE)
        self.unbounded: asyncio.PriorityQueue[int] = asyncio.PriorityQueue()
        self.event = asyncio.Event()
        self.condition = asyncio.Condition()
        self.barrier = asyncio.Barrier(2)
        self.printed: list[str] = []
        self._spawned: list[asyncio.Task[None]] = []

    def print(self, *words: object) -> None:
        task = asyncio.current_task()
        assert task is not None
        now = asyncio.get_running_loop().time()
        self.printed.append(" ".join([f"{now:.9f}", task.get_name(), *map(str, words)]))

    async def run(self, program: Program) -> None:
        for name, *arguments in program:
            self.print(name, *(argument for argument in arguments if type(argument) is not list))
            try:
                await getattr(self, f"do_{name}")(*arguments)
            except (Exception, asyncio.CancelledError) as error:
                self.print(name, "raised", type(error).__name__)
                raise
            self.print(name, "done")

    async def main(self, program: Program) -> None:
        try:
            await self.run(program)
        finally:
            for task in self._spawned:
                task.cancel()
            await asyncio.gather(*self._spawned, return_exceptions=True)

    def final_values(self) -> dict[str, int]:
        """By attribute, what the primitives' values are in truth."""
        return {
            "lock0": int(self.lock0.locked()),
            "lock1": int(self.lock1.locked()),
            "semaphore": self.semaphore._value,
            "bounded": self.bounded._value,
            "queue": self.queue.qsize(),
            "unbounded": self.unbounded.qsize(),
            "event": int(self.event.is_set()),
            "condition's lock": int(self.condition.locked()),
            "barrier": self.barrier.n_waiting,
        }

    # The statements

    async def do_sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def do_lock(self, which: int, body: Program) -> None:
        async with self.lock1 if which else self.lock0:
            await self.run(body)

    async def do_semaphore(self, which: int, body: Program) -> None:
        async with self.bounded if which else self.semaphore:
            await self.run(body)

    async def do_release(self) -> None:
        self.semaphore.release()

    async def do_put(self, which: int, item: int) -> None:
        await (self.unbounded if which else self.queue).put(item)

    async def do_get(self, which: int) -> None:
        if which:
            self.print("got", await self.unbounded.get())
        else:
            self.print("got", await self.queue.get())
            self.queue.task_done()

    async def do_join(self) -> None:
        await self.queue.join()

    async def do_set(self) -> None:
        self.event.set()

    async def do_clear(self) -> None:
        self.event.clear()

    async def do_wait(self) -> None:
        await self.event.wait()

    async def do_condition(self) -> None:
        async with self.condition:
            await self.condition.wait()

    async def do_notify(self, count: int) -> None:
        async with self.condition:
            self.condition.notify(count)

    async def do_barrier(self) -> None:
        await self.barrier.wait()

    async def do_gather(self, bodies: list[Program]) -> None:
        await asyncio.gather(*map(self.run, bodies))

    async def do_group(self, bodies: list[Program]) -> None:
        async with asyncio.TaskGroup() as group:
            for body in bodies:
                group.create_task(self.run(body))

    async def do_timeout(self, seconds: float, body: Program) -> None:
        async with asyncio.timeout(seconds):
            await self.run(body)

    async def do_wait_for(self, seconds: float, body: Program) -> None:
        await asyncio.wait_for(self.run(body), seconds)

    async def do_shield(self, body: Program) -> None:
        await asyncio.shield(self.run(body))

    async def do_generator(self, body: Program) -> None:
        async for _ in self._steps(body):
            pass

    async def _steps(self, body: Program) -> AsyncIterator[int]:
        for position, statement in enumerate(body):
            await self.run([statement])
            yield position

    async def do_spawn(self, body: Program) -> None:
        self._spawned.append(asyncio.create_task(self.run(body)))

    async def do_cancel(self, which: int) -> None:
        if self._spawned:
            self._spawned[which % len(self._spawned)].cancel()

    async def do_await(self, which: int) -> None:
        if self._spawned:
            await self._spawned[which % len(self._spawned)]

    async def do_cancel_oneself(self) -> None:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()

    async def do_later(self) -> None:
        asyncio.get_running_loop().call_later(0.1, self.event.set)

    async def do_fail(self) -> None:
        raise Failed

    async def do_suppress(self, body: Program) -> None:
        try:
            await self.run(body)
        except (Exception, asyncio.CancelledError):
            self.print("suppressed")


def simulated(program: Program, seed: int | None) -> Recording:
    """The recording of a simulation of a program, however it ends."""

    async def main() -> None:
        world = World()
        await world.main(program)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # coroutines that never ran, as Python says, to no end
        try:
            return simulate(main(), seed=seed)
        except BaseException as error:
            return error.recording  # type: ignore[attr-defined,no-any-return]


def digest(recording: Recording) -> str:
    """A digest of every value in a recording."""
    values = [getattr(recording, field.name) for field in dataclasses.fields(recording)]
    return hashlib.sha256(repr(values).encode()).hexdigest()


def serve() -> None:
    """Answer programs with digests, until there are no more."""
    for line in sys.stdin:
        seed, program = json.loads(line)
        print(digest(simulated(program, seed)), flush=True)


if __name__ == "__main__":
    serve()
