"""A real kernel, for tests: cells run in it, and its Stop button is pressed."""

from __future__ import annotations

import queue
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager, start_new_kernel

LONGEST = 60.0  # seconds, for one cell


class Kernel:
    """A kernel that runs; `started` makes it."""

    def __init__(self, manager: KernelManager, client: BlockingKernelClient) -> None:
        self.manager = manager
        self.client = client

    def run(self, code: str, stop_after: str | None = None) -> str:
        """Run a cell; returns what it printed, and the name of its error.

        When a line that ends in `stop_after` has been printed, with its end, which may come apart
        from it, the kernel is interrupted.
        """
        printed = ""
        message = self.client.execute(code, stop_on_error=False)
        deadline = time.monotonic() + LONGEST
        while time.monotonic() < deadline:
            try:
                answer = self.client.get_iopub_msg(timeout=1)
            except queue.Empty:
                continue
            if answer["parent_header"].get("msg_id") != message:
                continue
            content = answer["content"]
            if answer["msg_type"] == "stream":
                printed += content["text"]
                if stop_after is not None and f"{stop_after}\n" in printed:
                    stop_after = None
                    self.manager.interrupt_kernel()
            elif answer["msg_type"] == "error":
                printed += content["ename"]
            elif answer["msg_type"] == "status" and content["execution_state"] == "idle":
                return printed
        pytest.fail(f"the cell did not end within {LONGEST:g} s; it printed {printed!r}")


@contextmanager
def started() -> Iterator[Kernel]:
    """A kernel for the length of a block."""
    manager, client = start_new_kernel(kernel_name="python3")
    try:
        yield Kernel(manager, client)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
