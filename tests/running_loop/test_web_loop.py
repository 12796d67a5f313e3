"""What blocks the loop of a browser alone: as `time.sleep` does everywhere else."""

from __future__ import annotations

import asyncio
import time
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from course_helpers import record
from course_helpers.browser import block
from course_helpers.recording.model import Recording

WRONG = [
    *("0.01", b"1", None, [1], float("nan"), -1, -1e-9, Fraction(-1), Decimal(-1)),
    *(float("inf"), float("-inf"), 1e300, -1e300, 10**10, -(10**10), 10**30, 10**400),
]


class Nothing:
    """What stands for a whole number."""

    def __index__(self) -> int:
        return 0


@pytest.mark.parametrize("seconds", WRONG, ids=lambda seconds: repr(seconds)[:12])
def test_what_time_sleep_refuses_is_refused_with_an_error_of_the_same_kind(seconds: Any) -> None:
    with pytest.raises((TypeError, ValueError, OverflowError)) as own:
        time.sleep(seconds)
    # Python 3.15 takes fractions and decimal numbers, but none below zero.
    kinds = (own.type, TypeError) if isinstance(seconds, Fraction | Decimal) else own.type
    with pytest.raises(kinds):
        block(seconds)


@pytest.mark.parametrize("seconds", [0, 0.0, -0.0, False, Nothing(), 0.001])
def test_what_time_sleep_takes_blocks_as_long(seconds: Any) -> None:
    begin = time.perf_counter()
    block(seconds)
    assert time.perf_counter() - begin >= (0.001 if seconds == 0.001 else 0)


@pytest.mark.real_time
def test_the_line_that_blocks_is_known_without_a_thread_that_looks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("course_helpers.recorder.recorder.IN_BROWSER", True)

    async def main() -> Recording:
        with record() as recording:
            await asyncio.create_task(blocks())
        return recording

    async def blocks() -> None:
        block(0.001)
        block(0.06)

    [step] = asyncio.run(main()).blocked
    assert step.location is not None
    assert step.location.line == blocks.__code__.co_firstlineno + 2
