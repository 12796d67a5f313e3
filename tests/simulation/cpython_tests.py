"""CPython's own tests of asyncio with every loop on the virtual clock, and recorded.

Called as `tests.recording.cpython_tests` is, without the mode.
"""

from __future__ import annotations

import asyncio
import sys

from course_helpers.simulation.clock import VirtualClockLoop
from tests.recording.cpython_tests import main


def new_loop() -> VirtualClockLoop:
    return VirtualClockLoop(steps=1_000_000_000, real_seconds=60)


if __name__ == "__main__":
    asyncio.DefaultEventLoopPolicy._loop_factory = staticmethod(new_loop)  # type: ignore[attr-defined]
    main("recorded", *sys.argv[1:])
