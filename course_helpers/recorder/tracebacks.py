"""Tracebacks and warnings show the learner's program, not the package that listens to it."""

from __future__ import annotations

import sys
from types import TracebackType

from course_helpers.learners_code import Owner, outwards, owner_of, owner_of_file


def hide_package(error: BaseException) -> None:
    """Take the hooks that an error is passing through off the beginning of its traceback.

    A bare `raise` is to follow: Python adds no frame to the traceback then.
    """
    entry = error.__traceback__
    while entry is not None and _is_packages(entry):
        entry = entry.tb_next
    error.with_traceback(entry)


def hide_package_everywhere(error: BaseException) -> None:
    """Take the package's frames out of an error's traceback, but for one that raised it.

    Also out of those of all that it holds: a group's errors, its cause, what came before it.
    """
    seen: set[int] = set()
    to_see: list[BaseException | None] = [error]
    while to_see:
        each = to_see.pop()
        if each is not None and id(each) not in seen:
            seen.add(id(each))
            _hide_throughout(each)
            to_see += [each.__cause__, each.__context__]
            to_see += each.exceptions if isinstance(each, BaseExceptionGroup) else ()


def learners_level() -> int:
    """The `stacklevel` by which a warning is said of the learner's line that is running.

    For the function that calls this. Where no line of the learner's runs, it is said of whoever
    called the package.
    """
    owners = [owner_of(frame.f_code) for frame in outwards(sys._getframe(1))]
    if Owner.LEARNER in owners:
        return owners.index(Owner.LEARNER) + 1
    return next((at for at, owner in enumerate(owners) if owner is not Owner.PACKAGE), 0) + 1


def _hide_throughout(error: BaseException) -> None:
    entries: list[TracebackType] = []
    entry = error.__traceback__
    while entry is not None:
        entries.append(entry)
        entry = entry.tb_next
    shown: TracebackType | None = None
    for entry in reversed(entries):
        if shown is None or not _is_packages(entry):
            entry.tb_next = shown
            shown = entry
    error.with_traceback(shown)


def _is_packages(entry: TracebackType) -> bool:
    return owner_of_file(entry.tb_frame.f_code.co_filename) is Owner.PACKAGE
