"""A recording as text, to be compared with another one."""

from course_helpers.recording.model import Recording


def everything(recording: Recording) -> str:
    """All of a recording as text."""
    return "\n".join(
        repr(part)
        for part in (
            recording.result,
            recording.duration,
            *recording.tasks,
            *recording.resources,
            *recording.timers,
            *recording.turns,
        )
    )
