"""The controls of all exercises share what is kept: what is pressed on any is done in its turn."""

from __future__ import annotations

from typing import Final

from course_helpers.explorer.presses import Presses

in_turn: Final = Presses().in_turn
