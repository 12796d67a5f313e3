"""Making asyncio's messages readable: of the places they name, the learner's own are kept."""

from __future__ import annotations

import re
from typing import Final

from course_helpers import learners_code
from course_helpers.learners_code import Owner, cell_name, owner_of_file

_FRAME: Final = re.compile(r'^ *File "([^"\n]+)", line \d+, in .*(?:\n    .*)*\n?', re.MULTILINE)
_WAS_CREATED: Final = re.compile(r" created at ([^<>\n]*\.py):\d+")
_FILE: Final = re.compile(r"[^\s\"'<>]+\.py\b|<ipython-input[^>]*>")


def readable(message: str) -> str:
    """The message with the learner's frames only, if there are any, and with short paths.

    A notebook's cell goes by its name, and a file that is installed by its name inside its package.
    """
    frames = list(_FRAME.finditer(message))
    foreign = [frame for frame in frames if not _is_learners(frame[1])]
    if len(foreign) < len(frames):
        for frame in reversed(foreign):
            message = message[: frame.start()] + message[frame.end() :]
    # Every task was created in create_task.
    message = _WAS_CREATED.sub(lambda found: found[0] if _is_learners(found[1]) else "", message)
    for folder in sorted(learners_code.LIBRARY_FOLDERS, key=len, reverse=True):
        message = message.replace(folder, "")  # the longest first: one may lie in another
    return _FILE.sub(lambda found: cell_name(found[0]) or found[0], message).rstrip("\n")


def _is_learners(file: str) -> bool:
    return owner_of_file(file) is Owner.LEARNER
