"""How the kernel of a notebook is run, the same for storing outputs and for comparing them."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
NOTEBOOKS: Final = ROOT / "notebooks"
SANITISING: Final = Path(__file__).with_name("sanitize.cfg")

NEEDS_POSIX: Final = ("07_subprocesses", "08_streaming_output", "09_graceful_shutdown")
"""Notebooks that Windows cannot run: their commands are those of Linux and macOS, and no loop there
takes signal handlers. Each says so to its learner, with the way out."""


def runs_here(path: Path) -> bool:
    """Whether this system can run a notebook."""
    return sys.platform != "win32" or path.stem not in NEEDS_POSIX


@contextmanager
def clean_environment() -> Iterator[None]:
    """Keep what this user has configured away from the kernels started within.

    IPython's start-up files and history, asyncio's debug mode and the progress of whoever works
    here would change outputs.
    """
    before = dict(os.environ)
    with tempfile.TemporaryDirectory(prefix="ipython-", ignore_cleanup_errors=True) as folder:
        os.environ["IPYTHONDIR"] = folder
        os.environ.pop("PYTHONASYNCIODEBUG", None)
        os.environ["COURSE_PROGRESS"] = "off"  # nobody has solved the exercises here
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)


def fault(tags: Sequence[str], *, raised: bool, stderr: str) -> str | None:
    """What is wrong with the way in which a cell ended, in a sentence; None if nothing is.

    `raised` is the status in the kernel's reply. An uncaught ExceptionGroup shows nowhere else:
    IPython prints it to stderr and sends no error message.
    """
    expected = "raises-exception" in tags
    if raised and not expected:
        return "It ended in an exception and is not tagged raises-exception."
    if stderr:
        return (
            "It wrote to stderr. Print what is meant to be seen, mend what is not; "
            "an ExceptionGroup has to be caught."
        )
    if expected and not raised:
        return "It is tagged raises-exception and raised nothing: mend it or take the tag away."
    return None
