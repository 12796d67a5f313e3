"""Steps that keep the loop."""

from __future__ import annotations

import asyncio
import time

import pytest

from course_helpers import Recording, record


def recorded(*, last: bool) -> Recording:
    async def main() -> Recording:
        with record(threshold=0.02) as recording:
            await asyncio.sleep(0)
            time.sleep(0.06)
            if not last:
                await asyncio.sleep(0)
        return recording

    return asyncio.run(main())


@pytest.mark.parametrize("last", [False, True])
def test_a_long_step_blocks_also_when_it_is_the_recordings_last(last: bool) -> None:
    recording = recorded(last=last)
    longest = max(recording.blocked, key=lambda step: step.end - step.start)
    assert longest.end - longest.start >= 0.06
    assert longest.task is not None
    assert recording.tasks[longest.task].existed
