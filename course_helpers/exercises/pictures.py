"""A timeline on a page, in the page's own light.

In a report it is two pictures, one for the light theme, one for the dark: a page shows one of the
two. Where nothing says which theme there is, it is the light one. In a widget it is an output, as
at the end of a cell: a page that can paints it itself.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any, Final, TypeGuard

from course_helpers.recording.model import Recording

_STYLE: Final = """<style>
.course-picture { max-width: 100%; }
[data-jp-theme-light="false"] .course-picture.light { display: none; }
[data-jp-theme-light="false"] .course-picture.dark { display: inline !important; }
</style>"""


Output = dict[str, Any]
"""An output as a notebook's file has it."""

# A picture of more lanes than these takes longer to draw than a check, and shows nothing.
_LANES: Final = 40


def is_worth_showing(recording: Recording | None) -> TypeGuard[Recording]:
    """Whether the timeline of a recording would show anything."""
    return recording is not None and 0 < len(recording.tasks) <= _LANES


def as_outputs(
    recording: Recording | None, *, at: float | None = None, since: float | None = None
) -> tuple[Output, ...]:
    """The timeline of a recording for a widget of outputs; none where it would show nothing."""
    if not is_worth_showing(recording):
        return ()
    from course_helpers.views.timeline import timeline

    return (timeline(recording, at=at, since=since).output(),)


def display_with(data: Mapping[str, str], figures: Iterable[object | None]) -> None:
    """Display an output, and beneath it pictures that the page paints."""
    from IPython.display import display

    display(data, raw=True)
    for figure in figures:
        if figure is not None:
            display(figure)


def on_page(
    recording: Recording, *, at: float | None = None, since: float | None = None, says: str = ""
) -> str:
    """The timeline of a recording as HTML; `says` stands before its text alternative."""
    from course_helpers.views.timeline import timeline

    images = []
    for theme in ("light", "dark"):
        figure = timeline(recording, at=at, since=since, dark=theme == "dark")
        width, _ = figure.page_size
        hidden = " hidden" if theme == "dark" else ""
        images.append(
            f"<img class='course-picture {theme}'{hidden} "
            f"alt='{escape(f'{says} {figure.alternative}'.strip())}' style='width: {width}px' "
            f"src='data:image/png;base64,{base64.b64encode(figure.png(quick=True)).decode()}'>"
        )
    return f"{_STYLE}{''.join(images)}"
