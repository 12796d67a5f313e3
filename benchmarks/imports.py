"""What `import course_helpers` takes beyond `import asyncio`."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

from benchmarks.measuring import Row, in_turns

_MEASURE = (
    "import time; {}; started = time.process_time(); {}; print(time.process_time() - started)"
)


def _seconds(before: str, measured: str) -> float:
    # With compiled files, which the first round writes: as it is for whoever imports twice.
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}
    command = [sys.executable, "-c", _MEASURE.format(before, measured)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return float(done.stdout)


def rows() -> Iterator[Row]:
    """The import, measured in processes of its own."""
    least = in_turns(
        {
            "asyncio": lambda: _seconds("pass", "import asyncio"),
            "course_helpers": lambda: _seconds("import asyncio", "import course_helpers"),
        },
        rounds=10,
    )
    yield Row(
        f"`import course_helpers`, after `import asyncio` ({least['asyncio'] * 1000:.0f} ms)",
        f"{least['course_helpers'] * 1000:.0f} ms",
        "40 ms",
    )
