"""In a real kernel: Stop ends a cell that has awaited and then blocks the kernel's loop."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from tests.kernels import Kernel, started

pytestmark = [
    pytest.mark.real_time,
    pytest.mark.skipif(sys.platform == "win32", reason="no thread interrupts a sleep there"),
]


@pytest.fixture(scope="module")
def kernel() -> Iterator[Kernel]:
    with started() as kernel:
        kernel.run(
            "import asyncio, signal, time\n"
            "from course_helpers import record, signal_handlers, simulate\n"
            "async def block(begun='begun'):\n"
            "    await asyncio.sleep(0)\n"
            "    print(begun, flush=True)\n"
            "    time.sleep(600)\n"
            "async def compute():\n"
            "    await asyncio.sleep(0)\n"
            "    print('begun', flush=True)\n"
            "    while True:\n"
            "        pass\n"
        )
        yield kernel


def works(kernel: Kernel) -> bool:
    """Whether the next cells work, and Stop in them."""
    code = "await asyncio.sleep(0.01)\nprint('works')"
    sleeping = "print('begun')\nawait asyncio.sleep(600)"
    return (
        kernel.run(code) == "works\n"
        and kernel.run(sleeping, stop_after="begun") == "begun\nCancelledError"
        and kernel.run("print('works')") == "works\n"
    )


@pytest.mark.parametrize(
    "cell",
    [
        "await asyncio.sleep(0)\nprint('begun')\ntime.sleep(600)",
        "await block()",
        "await compute()",
        "with record() as recording:\n    await block()",
        "with record() as recording:\n    await compute()",
        "async with asyncio.timeout(900), asyncio.TaskGroup():\n    await block()",
        "await asyncio.sleep(0)\nsimulate(compute(), real_seconds=600)",
        "async def main():\n    await block()\nawait main()",
    ],
)
def test_the_cell_itself_is_interrupted(kernel: Kernel, cell: str) -> None:
    assert kernel.run(cell, stop_after="begun") == "begun\nKeyboardInterrupt"
    assert works(kernel)


@pytest.mark.parametrize(
    "cell",
    [
        "await asyncio.gather(block(), compute())",
        "async with asyncio.TaskGroup() as group:\n    group.create_task(block())",
        "task = asyncio.create_task(block())\nawait asyncio.sleep(600)",
        "with record() as recording:\n    await asyncio.gather(compute())",
        "await asyncio.wait_for(block(), 900)",
    ],
)
def test_another_task_that_blocks_is_cancelled_and_the_cell_too(kernel: Kernel, cell: str) -> None:
    assert kernel.run(cell, stop_after="begun").startswith("begun\n")
    assert works(kernel)


def test_a_callback_that_blocks(kernel: Kernel) -> None:
    cell = (
        "def sleep():\n"
        "    print('begun', flush=True)\n"
        "    time.sleep(600)\n"
        "asyncio.get_running_loop().call_soon(sleep)\n"
        "await asyncio.sleep(600)"
    )
    assert kernel.run(cell, stop_after="begun").endswith("CancelledError")
    assert works(kernel)


def test_one_that_catches_everything_is_interrupted_again(kernel: Kernel) -> None:
    cell = (
        "await asyncio.sleep(0)\n"
        "print('begun', flush=True)\n"
        "for _ in range(3):\n"
        "    try:\n"
        "        time.sleep(600)\n"
        "    except BaseException as error:\n"
        "        print(type(error).__name__)\n"
        "print('end')"
    )
    assert kernel.run(cell, stop_after="begun") == "begun\n" + 3 * "KeyboardInterrupt\n" + "end\n"
    assert works(kernel)


def test_handlers_of_the_learners_own_get_the_signal_alone(kernel: Kernel) -> None:
    cell = (
        "stop = asyncio.Event()\n"
        "with signal_handlers({signal.SIGINT: stop.set}):\n"
        "    print('begun', flush=True)\n"
        "    time.sleep(0.8)\n"
        "    await stop.wait()\n"
        "print('shut down')"
    )
    assert kernel.run(cell, stop_after="begun") == "begun\nshut down\n"
    assert works(kernel)


def test_a_recording_that_was_stopped_shows_the_step(kernel: Kernel) -> None:
    cell = "with record() as recording:\n    await block()"
    kernel.run(cell, stop_after="begun")
    code = "print(len(recording.tasks) > 0, recording.warnings)"
    assert kernel.run(code) == "True ()\n"
    assert works(kernel)
