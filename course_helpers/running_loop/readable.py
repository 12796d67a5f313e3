"""Making asyncio's messages readable: of the places they name, the learner's own are kept."""

from __future__ import annotations

import os
import re
import sys
import sysconfig
from pathlib import Path
from typing import Final

_INSTALLED: Final = sorted(
    {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")},
    key=len,
    reverse=True,  # site-packages is a folder of the standard library's
)
_NOT_THE_LEARNERS: Final = (*_INSTALLED, str(Path(__file__).parents[1]), "<frozen ")
_FRAME: Final = re.compile(r'^ *File "([^"\n]+)", line \d+, in .*(?:\n    .*)*\n?', re.MULTILINE)
_WAS_CREATED: Final = re.compile(
    rf" created at (?:{'|'.join(map(re.escape, _NOT_THE_LEARNERS))})[^<>\n]*\.py:\d+"
)


def readable(message: str) -> str:
    """The message with the learner's frames only, if there are any, and with short paths.

    The file of a notebook's cell is called "notebook cell", and one that is installed goes by its
    name inside its package.
    """
    frames = list(_FRAME.finditer(message))
    foreign = [frame for frame in frames if frame[1].startswith(_NOT_THE_LEARNERS)]
    if len(foreign) < len(frames):
        for frame in reversed(foreign):
            message = message[: frame.start()] + message[frame.end() :]
    message = _WAS_CREATED.sub("", message)  # every task was, in create_task
    for folder in _INSTALLED:
        message = message.replace(folder + os.sep, "")
    compiler = sys.modules.get("ipykernel.compiler")
    if compiler is not None:
        cell = re.escape(compiler.get_tmp_directory()) + r"[\\/]\d+\.py"
        message = re.sub(cell, "notebook cell", message)
    return message.rstrip("\n")
