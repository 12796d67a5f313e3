"""Hooks of the birth of tasks, for those that take their first step while they are created."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from functools import wraps
from inspect import CORO_CREATED, getcoroutinestate, iscoroutine
from typing import Any, Final

from course_helpers.recorder import log
from course_helpers.recorder.debug_stacks import hide_hooks
from course_helpers.recorder.primitives import learner_frames
from course_helpers.recorder.session import Hooks, Session
from course_helpers.recorder.step_hooks import Steps
from course_helpers.recorder.tracebacks import hide_package

_UNSEEN_STEPS: Final = (
    "this program's task factory runs the first step of a task while it creates it: what happens "
    "in that step is shown as done by the task's creator (asyncio.eager_task_factory is seen)"
)
_EAGER_FACTORY: Final = getattr(getattr(asyncio, "eager_task_factory", None), "__code__", None)


class TaskHooks:
    """The hook of a loop's `create_task`: eager tasks came with Python 3.12."""

    def __init__(self, session: Session, steps: Steps) -> None:
        self._session = session
        self._steps = steps
        self._write: Callable[[Any], None] = session.log.rows.extend
        self._original = session.loop.create_task

    def hooks(self) -> Hooks:
        """The hooks."""
        on_loop = {} if _EAGER_FACTORY is None else {"create_task": self._create_task}
        return Hooks({}, on_loop, self._write_to)

    def _write_to(self, write: Callable[[Any], None]) -> None:
        self._write = write

    @wraps(asyncio.BaseEventLoop.create_task)
    def _create_task(self, coroutine: Any, **options: Any) -> Any:
        if self._session.now.listening and self._starts_eagerly(options):
            return self._create_eager_task(coroutine, options)
        try:
            task = self._original(coroutine, **options)
        except BaseException as error:
            hide_package(error)
            raise
        session = self._session
        try:
            unknown = session.now.listening and id(task) not in session.tasks.lanes
            if unknown and _has_begun(coroutine):
                self._took_a_step_unseen(task, coroutine)
        except Exception as error:
            session.fail(error)
        return task

    def _starts_eagerly(self, options: dict[str, Any]) -> bool:
        """Whether the loop's `create_task` runs the first step of the task that it creates.

        That is so with the factories of `asyncio.create_eager_task_factory` (Python 3.12), which
        share their code, or when asked for by `eager_start` (3.14), and only while the loop runs.
        """
        loop = self._session.loop
        makes_eager_ones = getattr(loop.get_task_factory(), "__code__", None) is _EAGER_FACTORY
        return bool(options.get("eager_start", makes_eager_ones) and loop.is_running())

    def _create_eager_task(self, coroutine: Any, options: dict[str, Any]) -> Any:
        session, steps = self._session, self._steps
        now, time = session.now, session.time
        parent, plain, interrupted = now.lane, now.plain, len(steps.requests.interrupted)
        try:
            lane = session.tasks.add_coroutine(coroutine, parent, False)
            self._parent_is_interrupted(parent, lane, parent)
            self._write((log.BORN, time(), lane, parent))
            self._write((log.RUN, time(), lane, 0))
        except Exception as error:
            session.fail(error)
            return self._original(coroutine, **options)
        now.lane, now.plain = lane, False
        steps.eager.append(lane)
        task = None
        try:
            task = self._original(coroutine, **options)
        except BaseException as error:
            hide_package(error)
            if now.listening and not session.tasks.is_stopped(error, lane):
                self._write((log.FAILED, time(), lane, session.tasks.detail(error)))
            raise
        finally:
            steps.eager.pop()
            now.lane, now.plain = parent, plain
            if now.listening:
                try:
                    if task is not None:
                        hide_hooks(task)
                        session.tasks.bind(task, lane)
                        steps.requests.asked_unheard(task, lane, lane)
                        steps.end_of_step(task, lane)
                    self._parent_goes_on(parent, lane)
                except Exception as error:
                    session.fail(error)
            del steps.requests.interrupted[interrupted:]
        return task

    def _took_a_step_unseen(self, task: Any, coroutine: Any) -> None:
        """Somebody's own task factory has run the first step of a task that it created."""
        session = self._session
        if _UNSEEN_STEPS not in session.log.warnings:
            session.log.warnings.append(_UNSEEN_STEPS)
        parent = session.now.lane
        # Not asked of the task: 3.12.1 crashes when one that has ended so is asked for it.
        lane = session.tasks.add_coroutine(coroutine, parent, False)
        session.tasks.bind(task, lane)
        self._parent_is_interrupted(parent, lane, log.OUTSIDE)
        self._write((log.BORN, session.time(), lane, parent))
        self._write((log.RUN, session.time(), lane, 0))
        self._steps.end_of_step(task, lane)
        self._parent_goes_on(parent, log.OUTSIDE)
        self._steps.requests.interrupted.clear()

    # A task that creates an eager one goes on when that one's first step has ended. A callback
    # that does so interrupts nobody.

    def _parent_is_interrupted(self, parent: int, child: int, by: int) -> None:
        session = self._session
        if parent >= 0 and not session.now.plain:
            self._steps.requests.interrupt(parent, by)
            stands = session.situations.gives_way(learner_frames(sys._getframe(2))[:1])
            number = len(session.log.interruptions)
            session.log.interruptions.append((child, stands))
            self._write((log.INTERRUPTED, session.time(), parent, number))

    def _parent_goes_on(self, parent: int, by: int) -> None:
        if parent >= 0 and not self._session.now.plain:
            self._steps.requests.look_at_interrupted(by)
            self._write((log.RUN, self._session.time(), parent, 0))


def _has_begun(coroutine: Any) -> bool:
    """Whether a coroutine that was just made a task of has taken its first step."""
    return iscoroutine(coroutine) and getcoroutinestate(coroutine) != CORO_CREATED
