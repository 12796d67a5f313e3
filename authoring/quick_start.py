"""A pytest plugin, loaded first by `nbval.ini`: spares each of its processes a second at its start.

jsonschema imports rfc3987_syntax to check a format that no notebook has, and that builds a grammar.
Without it jsonschema leaves the check out.
"""

from __future__ import annotations

import sys

sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]
