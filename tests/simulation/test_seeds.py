"""A seed varies what asyncio leaves open, and makes the same run of it again."""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from course_helpers.simulation import simulate

ROOT = Path(__file__).parents[2]


async def race(workers: int = 8) -> str:
    order: list[str] = []

    async def worker(name: str) -> None:
        for _ in range(3):
            await asyncio.sleep(1)
            order.append(name)

    await asyncio.gather(*(worker(chr(ord("A") + number)) for number in range(workers)))
    return "".join(order)


def result(seed: int | str | None) -> str:
    return str(simulate(race(), seed=seed).result)


def test_without_a_seed_the_order_is_plain() -> None:
    assert result(None) == "ABCDEFGH" * 3


def test_seeds_differ_and_each_is_the_same_again() -> None:
    results = [result(seed) for seed in range(20)]
    assert len(set(results)) > 15
    assert [result(seed) for seed in range(20)] == results
    assert result("a text") == result("a text")


def test_a_timer_is_late_by_at_most_one_percent_and_never_early() -> None:
    async def main() -> list[float]:
        loop = asyncio.get_running_loop()
        took = []
        for _ in range(200):
            before = loop.time()
            await asyncio.sleep(2)
            took.append(loop.time() - before)
        return took

    took = simulate(main(), seed=1).result
    assert all(2 <= seconds <= 2.02 + 1e-8 for seconds in took)
    assert max(took) > 2.015
    assert min(took) < 2.005


def test_a_race_shows_up_with_some_seed() -> None:
    async def main() -> bool:
        try:
            async with asyncio.timeout(1):
                await asyncio.sleep(1)
        except TimeoutError:
            return False
        return True

    assert {simulate(main(), seed=seed).result for seed in range(20)} == {True, False}


def test_the_module_random_is_seeded_and_put_back() -> None:
    async def main() -> list[float]:
        return [random.random() for _ in range(3)]

    random.seed(99)
    state = random.getstate()
    assert simulate(main(), seed=5).result == simulate(main(), seed=5).result
    assert simulate(main(), seed=5).result != simulate(main(), seed=6).result
    assert random.getstate() == state
    simulate(main())  # without a seed, the program has Python's own
    assert random.getstate() != state


PROGRAM = """
import asyncio, random
from course_helpers.simulation import simulate
from tests.simulation.everything import everything

async def worker(name, queue, lock, event):
    while True:
        item = await queue.get()
        async with lock:
            await asyncio.sleep(random.random())
        queue.task_done()
        print(name, item)
        if queue.empty():
            event.set()

async def failing():
    await asyncio.sleep(3)
    raise ValueError("failing")

async def main():
    queue, lock, event = asyncio.Queue(5), asyncio.Semaphore(2), asyncio.Event()
    try:
        async with asyncio.TaskGroup() as group:
            for name in "ABCDEF":
                group.create_task(worker(name, queue, lock, event))
            group.create_task(failing())
            for number in range(50):
                await queue.put(number)
            await queue.join()
    except* ValueError:
        pass
    done, pending = await asyncio.wait({asyncio.create_task(asyncio.sleep(1, n)) for n in range(9)})
    print([task.result() for task in done])
    print([await first for first in asyncio.as_completed([asyncio.sleep(1, n) for n in range(9)])])

for seed in (None, 1, "two"):
    if seed is None:
        random.seed(0)
    print(everything(simulate(main(), seed=seed)))
"""


def output(hash_seed: str, junk: int) -> bytes:
    # Other objects in memory give other addresses.
    code = f"junk = [object() for _ in range({junk})]\n" + PROGRAM
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def test_the_same_seed_gives_the_same_run_in_another_process() -> None:
    first = output("1", 0)
    assert len(first) > 10_000
    assert output("2", 54_321) == first


@pytest.mark.parametrize("seed", [0, -1, 10**30, "", "ä"])
def test_any_whole_number_and_any_text_is_a_seed(seed: int | str) -> None:
    assert sorted(result(seed)) == sorted("ABCDEFGH" * 3)
