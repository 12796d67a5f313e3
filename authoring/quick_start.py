"""A pytest plugin, loaded first by `nbval.ini`: spares each of its processes a second at its start.

jsonschema imports what it needs to check formats that no notebook has: rfc3987_syntax builds a
grammar, isoduration brings the languages of the world. Without them jsonschema leaves these checks
out.
"""

from __future__ import annotations

import sys

for name in ("rfc3987_syntax", "isoduration"):
    sys.modules[name] = None  # type: ignore[assignment]
