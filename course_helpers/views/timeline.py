"""The timeline: what every task did and what every resource went through, as a picture."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, overload

from course_helpers.recorder.record import expect_recording
from course_helpers.recording.model import Recording
from course_helpers.views.lanes import Chosen, chosen, horizon

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

    from course_helpers.views.drawing.picture import TimelinePicture


@overload
def timeline(
    recording: Recording,
    *,
    tasks: Chosen = None,
    window: tuple[float, float] | None = None,
    resources: bool = True,
    arrows: bool | None = None,
    before: Recording | None = None,
    at: float | None = None,
    since: float | None = None,
    dark: bool = False,
    projector: bool = False,
    axes: None = None,
    figure: TimelinePicture | None = None,
) -> TimelinePicture: ...


@overload
def timeline(
    recording: Recording,
    *,
    tasks: Chosen = None,
    window: tuple[float, float] | None = None,
    resources: bool = True,
    arrows: bool | None = None,
    before: Recording | None = None,
    at: float | None = None,
    since: float | None = None,
    dark: bool = False,
    projector: bool = False,
    axes: Axes,
    figure: None = None,
) -> Figure | SubFigure: ...


def timeline(
    recording: Recording,
    *,
    tasks: Chosen = None,
    window: tuple[float, float] | None = None,
    resources: bool = True,
    arrows: bool | None = None,
    before: Recording | None = None,
    at: float | None = None,
    since: float | None = None,
    dark: bool = False,
    projector: bool = False,
    axes: Axes | None = None,
    figure: TimelinePicture | None = None,
) -> TimelinePicture | Figure | SubFigure:
    """Draw what happened: a lane for each task, and beneath them one for each resource.

    Running is solid, ready striped, waiting pale in the colour of what the task waits for; a sign
    stands where a task ended. A strip at the foot of a lane says that the task holds something. A
    cancellation is a disc where it lands, and a ring where it did not end its task; the wait that
    it cut off has a torn edge, and the cleanup after it a strip at the top of the lane. A timeout
    that expires, and a signal, are lines across the lanes that they concern.
    What takes no time by the recording's clock is a mark that has the same width at every scale.
    Where tasks were left waiting, the picture goes a little beyond the end of the recording.

    `tasks` are the tasks to show, or the one, by label, index or as `Task`; all for None. `window`
    is the part to show, from and to, in seconds. `resources=False` leaves out the lanes of locks,
    queues and the like. `arrows` from who woke a task to the task are drawn when they are few, or
    always (True), or never (False). `at` is a moment to point out, in seconds: a line across all
    lanes, with its time written above; with `since`, an earlier moment, the stretch between the two
    is pale. A mark that the program made is a small diamond on the task's lane; the lines that it
    printed are not drawn. `before` is a recording of the same program, such as one at another
    setting: where its tasks were, there are pale outlines around the lanes. `dark` is for dark
    pages, `projector` has larger letters.

    The timeline is drawn on a new figure, or on `axes` of the caller's own (whose figure is then
    returned), or instead of what was drawn on `figure`, an earlier timeline: the quickest way, and
    the figure keeps its own `dark` and `projector`.

    Raises TypeError when something else than a recording is given, LookupError for a task that is
    not there, and ValueError for a window that is none, or for axes and a figure at once.
    """
    from course_helpers.views.drawing.picture import TimelinePicture
    from course_helpers.views.drawing.plan import Options

    expect_recording(recording, "timeline")
    if before is not None and not isinstance(before, Recording):
        raise TypeError(f"before is a Recording of the same program, not {type(before).__name__}")
    shown = (0.0, horizon(recording)) if window is None else _window(window)
    _check_moments(at, since)
    options = Options(chosen(recording, tasks), shown, resources, arrows, at, since, before)
    if axes is not None:
        if figure is not None:
            raise ValueError("give either axes or figure: a timeline is drawn in one place")
        from course_helpers.views.drawing.painting.figures import draw_on

        draw_on(axes, recording, options, dark=dark, projector=projector)
        return axes.figure
    if figure is None:
        return TimelinePicture(recording, options, dark=dark, projector=projector)
    if not isinstance(figure, TimelinePicture):
        raise TypeError("figure is a timeline drawn before; for another figure, give axes")
    figure.redraw(recording, options)
    return figure


def _window(window: object) -> tuple[float, float]:
    """The part to show, as it was given; raises ValueError for anything else."""
    match window:
        case (int() | float() as begin, int() | float() as finish) if (
            math.isfinite(begin) and math.isfinite(finish) and begin < finish
        ):
            return begin, finish
    raise ValueError(f"a window is (from, to) in seconds, from before to; it was {window!r}")


def _check_moments(at: float | None, since: float | None) -> None:
    for name, moment in (("at", at), ("since", since)):
        if moment is not None and not (isinstance(moment, int | float) and math.isfinite(moment)):
            raise ValueError(f"{name} is a moment in seconds, not {moment!r}")
    if since is not None and (at is None or since > at):
        raise ValueError(f"since is a moment before at, in seconds; they were {since!r} and {at!r}")
