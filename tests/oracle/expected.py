"""Kinds of statement that are known to be false in some programs, until they are mended.

Each has a program that shows it. When it is mended, a test fails: then its row goes.
"""

from __future__ import annotations

from typing import Final

from tests.oracle.language import Program

EXPECTED_FALSE: Final[dict[str, Program]] = {
    # Whatever a thread does without `call_soon_threadsafe` is not seen.
    "a thread's deed": [("thread", False, ("put_nowait", 0))],
    # The name of a timeout is not bound yet when it is entered: the one around it has one.
    "a name that is another's": [("timeout", 0, [("timeout", 0, [("give_way",)])])],
}
