"""How large things are in a page, in pixels."""

from __future__ import annotations

from typing import Final

from course_helpers.views.drawing.sizes import Size

PAGE: Final = Size(dots=1, text=13, small=11.5, row=26, tight_row=18, mark=2, label=230)
WIDE: Final = 900
"""For which width notes are placed under their lanes; on another page they stand where they fit."""

ABOVE: Final = 8
LINE: Final = 20
NARROW: Final = 1.5
"""What is narrower is no bar, but a stroke or a part of a mixed bar; as in the page's script."""
