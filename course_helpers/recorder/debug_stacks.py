"""In debug mode asyncio keeps the stack of where a thing was created: the package is none of it."""

from __future__ import annotations

from traceback import FrameSummary
from typing import Any

from course_helpers.learners_code import Owner, owner_of_file


def hide_hooks(created: Any) -> None:
    """Take the package's own frames out of the stack that a handle or a task keeps."""
    hide_hooks_in(getattr(created, "_source_traceback", None))


def hide_hooks_in(stack: list[FrameSummary] | None) -> None:
    """The same for such a stack; there is none outside debug mode."""
    if stack:
        stack[:] = [frame for frame in stack if owner_of_file(frame.filename) is not Owner.PACKAGE]
