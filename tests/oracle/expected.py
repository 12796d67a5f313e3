"""Kinds of statement that are known to be false in some programs, until they are mended.

Each has a program that shows it. When it is mended, a test fails: then its row goes.
"""

from __future__ import annotations

from typing import Final

from tests.oracle.language import Program

EXPECTED_FALSE: Final[dict[str, Program]] = {}
