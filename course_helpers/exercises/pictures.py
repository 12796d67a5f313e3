"""A timeline on a page, in the page's own light: one picture for the light theme, one for the dark.

A page shows one of the two. Where nothing says which theme there is, it is the light one.
"""

from __future__ import annotations

import base64
from html import escape
from typing import Final

from course_helpers.recording.model import Recording

_STYLE: Final = """<style>
.course-picture { max-width: 100%; }
[data-jp-theme-light="false"] .course-picture.light { display: none; }
[data-jp-theme-light="false"] .course-picture.dark { display: inline !important; }
</style>"""


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
