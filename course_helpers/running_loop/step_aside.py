"""Stepping aside: a thread whose loop is running lets another loop run to its end."""

from __future__ import annotations

import asyncio
from asyncio import events, tasks
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def step_aside() -> Iterator[None]:
    """Make this thread look as if no loop were running in it, for the length of the block.

    asyncio refuses to run a loop in a thread in which another one is running, and from 3.14 on it
    keeps the current task by thread. Both are put back at the end of the block, whatever happened
    in it. The loop that stepped aside does nothing meanwhile. Does nothing where no loop runs.
    """
    loop = events._get_running_loop()
    if loop is None:
        yield
        return
    task = asyncio.current_task(loop)
    try:
        if task is not None:
            tasks._leave_task(loop, task)
        events._set_running_loop(None)
        yield
    finally:
        events._set_running_loop(loop)
        if task is not None and asyncio.current_task(loop) is not task:
            tasks._enter_task(loop, task)
