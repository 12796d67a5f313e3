"""What cells show of what a browser alone does not have: a sentence, and no error.

An error would have *Run All Cells* stop there, and keep the cells from running that can.
"""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Any, Final

from course_helpers.browser import NotInBrowser

_BELOW: Final = (
    "A cell above was refused: if that one makes this name, this one cannot run in a browser "
    "alone, either."
)


def refusals_are_told(shell: Any) -> None:
    """A cell of this IPython that is refused says why; one below it, why a name is missing."""
    refused = False

    def tell(
        shell: Any,
        kind: type[BaseException],
        error: BaseException,
        traceback: TracebackType | None,
        tb_offset: int | None = None,
    ) -> None:
        nonlocal refused
        if refusal := refusal_in(error):
            refused = True
            print(f"NotInBrowser: {refusal}", file=sys.stderr)
        elif refused and isinstance(error, NameError):
            print(f"NameError: {error}. {_BELOW}", file=sys.stderr)
        else:
            about = (kind, error, traceback)
            lines = shell.InteractiveTB.structured_traceback(*about, tb_offset=tb_offset)
            shell._showtraceback(kind, error, lines)

    kinds = (NotInBrowser, NameError, ExceptionGroup, BaseExceptionGroup)
    shell.set_custom_exc(kinds, tell)


def refusal_in(error: BaseException) -> NotInBrowser | None:
    """The refusal that an error is, or that a group of exceptions holds."""
    if isinstance(error, NotInBrowser):
        return error
    inside = error.exceptions if isinstance(error, BaseExceptionGroup) else ()
    return next((found for each in inside if (found := refusal_in(each))), None)
