"""The notebook on graceful shutdown sends signals to its kernel, and leaves it as it was found."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from authoring.kernel import NOTEBOOKS, clean_environment
from authoring.reading import Page
from tests.kernels import Kernel, started

pytestmark = [
    pytest.mark.slow,
    pytest.mark.real_time,
    pytest.mark.skipif(sys.platform == "win32", reason="loops take no handlers there"),
]

STATE = (
    "import asyncio as _asyncio, signal as _signal\n"
    "def _wakeup():\n"
    "    descriptor = _signal.set_wakeup_fd(-1)\n"
    "    _signal.set_wakeup_fd(descriptor, warn_on_full_buffer=False)\n"
    "    return descriptor\n"
    "def _state():\n"
    "    handlers = [_signal.getsignal(n) for n in (_signal.SIGINT, _signal.SIGTERM)]\n"
    "    return handlers, _asyncio.get_running_loop()._signal_handlers, _wakeup()\n"
)
# In a cell without `await`: the kernel gives a cell with `await` another handler for SIGINT.
NO_TRACE = "print(_state() == _found, leftover_tasks())"
PROGRAM = ("setup", "program", "send")


@pytest.fixture(scope="module")
def cells() -> dict[str, str]:
    page = Page.read(NOTEBOOKS / "09_graceful_shutdown.ipynb")
    return {cell.node["id"]: cell.source for cell in page.code if "script" not in cell.tags}


@pytest.fixture
def kernel(cells: dict[str, str]) -> Iterator[Kernel]:
    with clean_environment(), started() as kernel:
        for name in PROGRAM:
            kernel.run(cells[name])
        kernel.run(STATE)
        kernel.run("_found = _state()")
        yield kernel


def test_after_all_its_cells(kernel: Kernel, cells: dict[str, str]) -> None:
    for source in cells.values():
        kernel.run(source)
    assert kernel.run(NO_TRACE) == "True []\n"


def test_after_stop_in_the_middle(kernel: Kernel) -> None:
    printed = kernel.run("await main(cleanup=0.01)", stop_after="Worker-2 working...")
    assert printed.endswith("Worker-2 cleanup done\nAll tasks cancelled\n")
    assert kernel.run(NO_TRACE) == "True []\n"
    asleep = "print('asleep')\nawait asyncio.sleep(50)"
    assert kernel.run(asleep, stop_after="asleep") == "asleep\nCancelledError"


def test_after_stop_in_a_simulation(kernel: Kernel) -> None:
    spinning = (
        "async def spinning():\n"
        "    with signal_handlers({signal.SIGTERM: print}):\n"
        "        print('spinning')\n"
        "        while True:\n"
        "            await asyncio.sleep(1)\n"
        "simulate(spinning(), steps=10**9, real_seconds=50)"
    )
    assert kernel.run(spinning, stop_after="spinning") == "spinning\nKeyboardInterrupt"
    assert kernel.run(NO_TRACE) == "True []\n"


def test_after_an_error_in_the_middle(kernel: Kernel) -> None:
    failing = (
        "async def failing():\n"
        "    with signal_handlers({signal.SIGINT: print, signal.SIGTERM: print}):\n"
        "        await asyncio.sleep(0.01)\n"
        "        1 / 0\n"
        "await with_signals(failing(), (0.1, signal.SIGTERM))"
    )
    assert kernel.run(failing) == "ZeroDivisionError"
    # The SIGTERM that was on its way would end the kernel; it no longer comes.
    kernel.run("await asyncio.sleep(0.2)")
    assert kernel.run(NO_TRACE) == "True []\n"


def test_a_handler_that_stays_would_be_seen(kernel: Kernel) -> None:
    kernel.run("asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, print)")
    assert kernel.run(NO_TRACE) == "False []\n"
