"""Whether this Python runs in a browser alone: the one place that asks.

There it is Pyodide. It has neither threads, child processes, sockets nor signals, and one event
loop, which the browser's own timer drives.
"""

from __future__ import annotations

import sys
from typing import Final

IN_BROWSER: Final[bool] = sys.platform == "emscripten"
