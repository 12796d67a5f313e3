"""Two recordings of a program, one under the other on one axis."""

from __future__ import annotations

from typing import TYPE_CHECKING

from course_helpers.recorder.record import expect_recording
from course_helpers.recording.model import Recording

if TYPE_CHECKING:
    from course_helpers.views.drawing.comparison import ComparisonPicture


def compare(
    before: Recording,
    after: Recording,
    *,
    resources: bool = True,
    dark: bool = False,
    projector: bool = False,
) -> ComparisonPicture:
    """Draw two recordings on one axis, and say in a sentence what became shorter or longer.

    `before` and `after` are recordings of the same program, such as a bug and its mend. Lanes are
    matched by the names of their tasks: in the second timeline, a pale outline stands where the
    task of that name was in the first. `resources=False` leaves out the lanes of locks, queues and
    the like. `dark` is for dark pages, `projector` has larger letters.

    Returns a picture that shows itself at the end of a cell; what a matplotlib figure can do, it
    can. By the real clock, differences of less than 5 % of the time are not mentioned. Raises
    TypeError when something else than a recording is given.
    """
    from course_helpers.views.drawing.comparison import ComparisonPicture

    expect_recording(before, "compare")
    expect_recording(after, "compare")
    return ComparisonPicture(before, after, resources=resources, dark=dark, projector=projector)
