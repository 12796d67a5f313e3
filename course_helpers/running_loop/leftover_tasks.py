"""`leftover_tasks`: the tasks that a program left behind in the running loop."""

from __future__ import annotations

import asyncio
import re
from typing import Any

from course_helpers.learners_code import is_kernels


def leftover_tasks() -> list[asyncio.Task[Any]]:
    """The tasks of the running event loop that have not ended: those that a program left behind.

    Ask when the program has ended: `asyncio.run` cancels what is left then, and a notebook's loop
    goes on, and the tasks with it, into the cells that follow. `asyncio.all_tasks()` also counts
    the kernel's own tasks, and who cancels those has no notebook any more. Here they are left
    out, and so is the task that asks, which is the current cell's.

        await main()
        leftover = leftover_tasks()
        for task in leftover:
            task.cancel()
        await asyncio.gather(*leftover, return_exceptions=True)

    Returns:
        The tasks in the order of their names, in which numbers count as numbers: `Task-9` before
        `Task-10`. Tasks of earlier cells are among them as long as they are alive.

    Raises:
        RuntimeError: No event loop is running in this thread.
    """
    try:
        tasks = asyncio.all_tasks()
    except RuntimeError:
        raise RuntimeError(
            "leftover_tasks() asks the running event loop: call it in a notebook cell or inside "
            "`async def`. Here no loop is running, so no task is either"
        ) from None
    tasks.discard(asyncio.current_task())
    return sorted((task for task in tasks if not _is_kernel_task(task)), key=_by_name)


def _is_kernel_task(task: asyncio.Task[Any]) -> bool:
    code = getattr(task.get_coro(), "cr_code", None)
    return code is not None and is_kernels(code)


def _by_name(task: asyncio.Task[Any]) -> list[tuple[int, str]]:
    """Texts and numbers take turns, beginning with a text, so that any two names compare."""
    return [
        (int(part), "") if part.isdecimal() else (0, part)
        for part in re.split(r"(\d+)", task.get_name())
    ]
