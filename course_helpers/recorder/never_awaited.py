"""The warning about a coroutine that was never awaited, for the length of a recording.

Python writes it of the function that called its own function for that, which would be a hook.
"""

from __future__ import annotations

import warnings
from traceback import StackSummary
from typing import Any

from course_helpers.recorder.tracebacks import learners_level


def warn(coroutine: Any) -> None:
    """Say what Python says, of the learner's line that is running; if none is, of asyncio's."""
    message = f"coroutine '{coroutine.__qualname__}' was never awaited"
    if coroutine.cr_origin is not None:  # in debug mode
        created = [(*place, None) for place in reversed(coroutine.cr_origin)]
        stack = "".join(StackSummary.from_list(created).format())
        message += f"\nCoroutine created at (most recent call last)\n{stack}".rstrip("\n")
    warnings.warn(message, RuntimeWarning, stacklevel=learners_level(), source=coroutine)
