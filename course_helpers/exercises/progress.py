"""`progress`: what you have solved, what comes next, and how to take it with you."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from course_helpers.exercises.progress_view import ProgressView


def progress(code: str = "") -> ProgressView:
    """Show what you have solved: a table of topics and exercises, and what to do next.

    Progress is kept in `progress.json` beside the notebooks. *Save* puts a copy of it on your own
    computer, *Bring back* reads one. The code beneath says the same in letters that can be written
    into a chat: `progress("…")` shows the progress of whoever has written it, and can bring it
    back.

    Raises ValueError, saying why, for a text that is no code, TypeError for anything else.
    """
    if not isinstance(code, str):
        raise TypeError(f"progress() takes a code, which is a text, not {code!r:.80}")
    from course_helpers.exercises.progress_code import decoded
    from course_helpers.exercises.progress_view import ProgressView

    return ProgressView(decoded(code) if code.strip() else None)
