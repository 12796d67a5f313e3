"""Whose code it is: the learner's, asyncio's, a library's or this package's own.

The one definition for all of the package: what a recording shows as the learner's tasks and lines,
what an error names, what debug mode keeps of a stack. Also what a notebook's cell is called.
"""

from __future__ import annotations

import asyncio
import inspect
import os
import re
import site
import sys
from collections.abc import Iterable, Iterator, Sequence
from enum import Enum
from functools import lru_cache
from pathlib import Path, PurePath
from types import CodeType, FrameType
from typing import Final


class Owner(Enum):
    """Whose code it is; `PACKAGE` is course_helpers itself."""

    LEARNER = "learner"
    ASYNCIO = "asyncio"
    LIBRARY = "library"
    PACKAGE = "package"


_ASYNCIO: Final = f"{Path(asyncio.__file__).parent}{os.sep}"
_STANDARD: Final = f"{Path(asyncio.__file__).parents[1]}{os.sep}"
# Not whatever else lies beside the package: the learner's own notebooks may.
_PACKAGE: Final = f"{Path(__file__).parent}{os.sep}"


def _library_folders() -> tuple[str, ...]:
    # Not from sysconfig: importing its data takes longer than all of this package.
    standard = _STANDARD.removesuffix(os.sep)
    installed = {standard, *site.getsitepackages(), site.getusersitepackages()}
    # Python in a browser has no folder of the user's.
    return tuple(sorted(f"{folder}{os.sep}" for folder in installed if folder))


#: The folders of the standard library and of what is installed. Tests put others there.
LIBRARY_FOLDERS: tuple[str, ...] = _library_folders()

# What runs in a notebook's loop on the kernel's behalf, a cell's own task included.
_KERNEL_PACKAGES: Final = frozenset(
    ("IPython", "_pyodide", "ipykernel", "jupyter_client", "pyodide_kernel", "tornado", "zmq")
)
# Code that Python itself or a library made of a text has no file, and no line that helps anybody.
_TYPED_IN: Final = ("<stdin>", "<ipython-input", "<python-input", "<doctest")
_SUSPENDS: Final = inspect.CO_COROUTINE | inspect.CO_GENERATOR | inspect.CO_ASYNC_GENERATOR
_CELL: Final = re.compile(r"[\\/]ipykernel_\d+[\\/]|^<ipython-input")


def owner_of_file(file: str) -> Owner:
    """Whose code stands in a file, by its name as Python gives it."""
    return _owner(file, LIBRARY_FOLDERS)


@lru_cache(maxsize=4096)  # a recorder asks for each step of a task and each mark
def _owner(file: str, library_folders: tuple[str, ...]) -> Owner:
    if file.startswith(_ASYNCIO):
        return Owner.ASYNCIO
    if file.startswith(_PACKAGE):
        return Owner.PACKAGE
    if file.startswith((*library_folders, "<frozen ")):
        return Owner.LIBRARY
    return Owner.LEARNER


def is_standard(file: str) -> bool:
    """Whether a file belongs to Python's own library, and was not installed beside it."""
    beside = ("site-packages", "dist-packages")
    return file.startswith((_STANDARD, "<frozen ")) and not any(
        folder in file[len(_STANDARD) :] for folder in beside
    )


def owner_of(code: CodeType) -> Owner:
    """Whose a function is.

    One that was generated, as dataclasses make their `__init__`, is a library's. What the learner's
    program makes of a text itself is told from that by being async, a generator, or a whole module.
    """
    file = code.co_filename
    if (
        file.startswith("<")
        and not file.startswith(_TYPED_IN)
        and not code.co_flags & _SUSPENDS
        and code.co_name != "<module>"
    ):
        return Owner.LIBRARY
    return owner_of_file(file)


def is_learners(code: CodeType) -> bool:
    """Whether a function is the learner's own."""
    return owner_of(code) is Owner.LEARNER


def is_kernels(code: CodeType) -> bool:
    """Whether a function belongs to what runs a notebook's kernel."""
    return not _KERNEL_PACKAGES.isdisjoint(Path(code.co_filename).parts)


def outwards(frame: FrameType | None) -> Iterator[FrameType]:
    """A frame, the one that called it, and so on."""
    while frame is not None:
        yield frame
        frame = frame.f_back


def learner_frame(frame: FrameType | None) -> FrameType | None:
    """The innermost frame of the learner's own code, from a frame outwards."""
    return next((one for one in outwards(frame) if is_learners(one.f_code)), None)


def cell_name(file: str) -> str | None:
    """What a notebook's cell is called, by the file that it was compiled as; None for other files.

    `In [3]` where its number is known: in the notebook's own kernel.
    """
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    numbers = getattr(getattr(shell, "compile", None), "_filename_map", None) or {}
    if file in numbers:
        return f"In [{numbers[file]}]"
    return "notebook cell" if _CELL.search(file) else None


def short_file(file: str, among: Iterable[str] = ()) -> str:
    """A file as a sentence names it: a cell as above, else its name without folders.

    Where another one `among` the files in play has the same name, its folder is said too.
    """
    path = PurePath(file)
    alike = any(other != file and PurePath(other).name == path.name for other in among)
    return cell_name(file) or "/".join(path.parts[-2 if alike else -1 :]) or file


def line_words(line: int, file: str, files: Sequence[str]) -> str:
    """A line as a sentence names it: `line 7`, and `line 7 of bank.py` among several files."""
    others = [other for other in files if other != file]
    return f"line {line} of {short_file(file, others)}" if others else f"line {line}"
