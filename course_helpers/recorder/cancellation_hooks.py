"""Hooks of cancellation, where the loop tells who cancels a task that does not wait."""

from __future__ import annotations

from typing import Any

from course_helpers.recorder.session import Hooks, Session


def cancellation_hooks(session: Session) -> Hooks:
    """The hooks: those of a simulation's loop."""

    def note_cancellation(task: Any) -> None:
        # One that waits is woken for it, and who wakes it is known: `log.CANCEL`.
        try:
            lane = session.tasks.lanes.get(id(task))
            if session.now.listening and lane is not None and task._fut_waiter is None:
                noted = session.log.position, session.now.lane
                session.log.lanes[lane].cancelled_ready = noted
        except Exception as error:
            session.fail(error)

    told = hasattr(session.loop, "note_cancellation")
    return Hooks({}, {"note_cancellation": note_cancellation} if told else {}, lambda _: None)
