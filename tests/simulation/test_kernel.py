"""In a real kernel: in cells, in threads with another loop, and stopped by the Stop button."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.kernels import Kernel, started

pytestmark = pytest.mark.real_time


@pytest.fixture(scope="module")
def kernel() -> Iterator[Kernel]:
    with started() as kernel:
        kernel.run(
            "import asyncio, threading, time\n"
            "from course_helpers.simulation import Deadlock, simulate\n"
            "async def main():\n"
            "    await asyncio.gather(asyncio.sleep(1), asyncio.sleep(2))\n"
            "    return 'result'"
        )
        yield kernel


def test_in_a_cell_with_and_without_await(kernel: Kernel) -> None:
    assert kernel.run("print(simulate(main()).result)") == "result\n"
    code = (
        "loop, task = asyncio.get_running_loop(), asyncio.current_task()\n"
        "print(simulate(main()).result)\n"
        "await asyncio.sleep(0)\n"
        "print(asyncio.get_running_loop() is loop, asyncio.current_task() is task)\n"
        "print(await asyncio.create_task(asyncio.sleep(0.01, 'the loop works')))"
    )
    assert kernel.run(code) == "result\nTrue True\nthe loop works\n"


def test_in_a_thread_that_has_another_loop(kernel: Kernel) -> None:
    code = (
        "async def callback():\n"
        "    return simulate(main()).result\n"
        "results = []\n"
        "thread = threading.Thread(target=lambda: results.append(asyncio.run(callback())))\n"
        "thread.start()\n"
        "await asyncio.to_thread(thread.join)\n"
        "print(results)"
    )
    assert kernel.run(code) == "['result']\n"


@pytest.mark.parametrize(
    "body",
    [
        "await asyncio.sleep(0)",
        "await asyncio.sleep(1)",
        "pass",
        "await asyncio.to_thread(lock.acquire, True, 30)",
    ],
)
def test_stop_stops_it_and_the_next_cell_works(kernel: Kernel, body: str) -> None:
    code = (
        "lock = threading.Lock()\n"
        "lock.acquire()\n"
        "sleep, began = time.sleep, None\n"
        "async def endless():\n"
        "    print('begun', flush=True)\n"
        "    while True:\n"
        f"        {body}\n"
        "simulate(endless(), real_seconds=50, steps=10**9)"
    )
    assert kernel.run(code, stop_after="begun") == "begun\nKeyboardInterrupt"
    code = (
        "lock.locked() and lock.release()\n"
        "assert time.sleep is sleep\n"
        "print(simulate(main()).result, await asyncio.sleep(0.01, 'and the loop works'))"
    )
    assert kernel.run(code) == "result and the loop works\n"


def test_errors_are_shown_and_the_next_cell_works(kernel: Kernel) -> None:
    assert kernel.run("simulate(asyncio.Event().wait())") == "Deadlock"
    assert kernel.run("simulate(main)") == "TypeError"
    assert kernel.run(
        "async def spin():\n    while True: pass\nsimulate(spin(), real_seconds=.1)"
    ) == ("LimitExceeded")
    assert kernel.run("print(await asyncio.sleep(0.01, 'works'))") == "works\n"
