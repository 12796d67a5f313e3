"""Which recordings the notebook's cell that runs has displayed already."""

from __future__ import annotations

from typing import Final
from weakref import WeakValueDictionary

from course_helpers.recording.model import Recording

# By identity: two recordings of the same program are equal.
_displayed: Final[WeakValueDictionary[int, Recording]] = WeakValueDictionary()


def note(recording: Recording) -> None:
    """A picture of a recording is displayed now."""
    _displayed[id(recording)] = recording


def was(recording: Recording) -> bool:
    """Whether a picture of a recording has been displayed since `forget_all`."""
    return id(recording) in _displayed


def forget_all() -> None:
    """A new cell begins."""
    _displayed.clear()
