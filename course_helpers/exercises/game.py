"""The game in which the player is the world: each move answers one of those who wait."""

from __future__ import annotations

import base64
from collections.abc import Callable, Coroutine
from html import escape
from typing import Any, Final

import ipywidgets as widgets

from course_helpers.exercises.rules import Breach, Rule, Run
from course_helpers.exercises.schedules import Schedule, Schedules
from course_helpers.exercises.world import World
from course_helpers.recording.model import Recording
from course_helpers.simulation import Deadlock, simulate
from course_helpers.simulation.printing import captured
from course_helpers.views import words
from course_helpers.views.timeline import timeline

_LIMITS: Final = {"steps": 20_000, "real_seconds": 0.5}
_LANES: Final = 40


class _Held(World):
    """A world that answers nobody when its choices are used up."""

    def __init__(self, schedule: Schedule) -> None:
        super().__init__(schedule)
        self.waiting: list[str] = []
        self._left = list(schedule.choices or ())

    async def reply(self, what: str, least: float = 0.01, most: float = 0.05) -> None:
        self.waiting.append(what)
        await super().reply(what, least, most)
        self.waiting.remove(what)  # not in a `finally`: those who wait when it stops are asked for

    def _answer_next(self) -> None:
        pending = [each for each in self._pending if not each.done()]
        if pending and self._left:
            self._pending, self._armed = pending, False
            choice = min(self._left.pop(0), len(pending) - 1)
            self.taken.append((choice, len(pending)))
            self._pending.pop(choice).set_result(None)
            if self._pending:
                self._arm()


class Game:
    """Who is answered next? `moves` are the choices so far; `won` says how the goal was reached."""

    def __init__(
        self,
        program: Callable[[World], Coroutine[Any, Any, Any]],
        goal: Rule,
        schedules: Schedules,
    ) -> None:
        self._program = program
        self._goal = goal
        self._schedules = schedules
        self.moves: tuple[int, ...] = ()
        self.waiting: list[str] = []
        self.won = ""
        self._options = widgets.Box(layout={"flex_flow": "row wrap"})
        self._said, self._picture = widgets.HTML(), widgets.HTML()
        restart = widgets.Button(description="From the start", icon="undo")
        restart.on_click(lambda _: self.restart())
        title = widgets.HTML(f"<p><b>{escape(self._question)}</b></p>")
        self.box = widgets.VBox([title, self._options, restart, self._said, self._picture])
        self.box.add_class("course-game")
        self._play()

    @property
    def _question(self) -> str:
        return f"You decide who is answered next. Break this rule: {self._goal.name}."

    def answer(self, number: int) -> None:
        """Answer the one of that number of those who wait (counted from 0)."""
        if 0 <= number < len(self.waiting):
            self.moves = (*self.moves, number)
            self._play()

    def restart(self) -> None:
        """Begin again."""
        self.moves = ()
        self._play()

    def _play(self) -> None:
        world = _Held(Schedule("yours", choices=self.moves))
        run, ended = _run(self._program, world)
        self.waiting = [] if ended else list(world.waiting)
        breach = next(iter(self._goal.breaches(run)), None) if ended or self._early(run) else None
        self.won = ""
        if breach is not None:
            self.waiting = []
            self.won = f"✓ {breach.says}. {self._how_many()}"
        said = self.won or (
            "The program ended well. Begin again, and choose otherwise."
            if ended
            else f"{words.count(len(self.moves), 'answer')} so far."
        )
        self._options.children = [
            self._button(number, what) for number, what in enumerate(self.waiting)
        ]
        self._said.value = f"<p role='status'>{escape(said)}</p>"
        self._picture.value = _picture(run.recording, breach)

    def _early(self, run: Run) -> bool:
        # A rule about the result cannot be asked before there is one.
        try:
            return next(iter(self._goal.breaches(run)), None) is not None
        except Exception:
            return False

    def _button(self, number: int, what: str) -> Any:
        button = widgets.Button(description=f"answer: {what}", layout={"width": "auto"})
        button.on_click(lambda _: self.answer(number))
        return button

    def _how_many(self) -> str:
        worlds: list[bool] = []

        def attempt(schedule: Schedule) -> World:
            world = World(schedule)
            run, _ = _run(self._program, world)
            worlds.append(next(iter(self._goal.breaches(run)), None) is not None)
            return world

        for _ in self._schedules.explore(attempt):
            pass
        return f"So it is in {sum(worlds)} of {len(worlds)} {self._schedules.noun}s."

    def __repr__(self) -> str:
        return self._question

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        static = f"<p><b>{escape(self._question)}</b></p>"
        bundle: dict[str, Any] = dict(self.box._repr_mimebundle_())
        return {**bundle, "text/plain": repr(self), "text/html": static}


def _run(program: Callable[[World], Coroutine[Any, Any, Any]], world: World) -> tuple[Run, bool]:
    """A run, and whether the program came to its end."""
    ended, result = True, None
    with captured() as printed:
        try:
            recording = simulate(program(world), **_LIMITS)  # type: ignore[arg-type]
            result = recording.result
        except Deadlock as error:
            recording, ended = error.recording, not getattr(world, "waiting", True)
    return Run(world.schedule, recording, world, None, result, printed.text), ended


def _picture(recording: Recording, breach: Breach | None) -> str:
    if not 0 < len(recording.tasks) <= _LANES:
        return ""
    at = since = None
    if breach is not None:
        at, since = breach.moment, breach.beginning
    figure = timeline(recording, at=at, since=since)
    picture = base64.b64encode(figure.png(quick=True)).decode()
    return (
        f"<img alt='{escape(figure.alternative)}' src='data:image/png;base64,{picture}' "
        f"style='width: {figure.page_size[0]}px; max-width: 100%'>"
    )
