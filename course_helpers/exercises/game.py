"""The game that `play` shows: replies as buttons, and the timeline of what they have led to."""

from __future__ import annotations

import json
from functools import partial
from html import escape
from typing import Any, Final

import ipywidgets as widgets

from course_helpers.exercises import on_a_page, store
from course_helpers.exercises.happening import NamesAsAsked, Program, happening
from course_helpers.exercises.pictures import as_outputs
from course_helpers.exercises.predict import counted
from course_helpers.exercises.presses import in_turn
from course_helpers.exercises.question import STYLE
from course_helpers.exercises.rules import Breach, Rule, Run
from course_helpers.exercises.schedules import Schedule, Schedules
from course_helpers.exercises.sentences import moment
from course_helpers.exercises.world import World
from course_helpers.explorer.interface import MIME
from course_helpers.explorer.resting import rest
from course_helpers.explorer.widget_view import widget_view
from course_helpers.recorder.names import function_name
from course_helpers.recording.model import Recording
from course_helpers.views import words
from course_helpers.views.page.picture import MIME as PICTURE

PLAIN: Final = "<a game with "
"""How a game begins as plain text."""

_AGAIN: Final = "To play, run the notebook from its top: menu Run, Run All Cells."


class _Paused(World):
    """A world that gives the replies that were chosen, and then no more."""

    def __init__(self, moves: tuple[int, ...]) -> None:
        super().__init__(Schedule("your order", choices=()))
        self._moves = list(moves)
        self.awaited: list[str] = []  # when it stopped: the program is cancelled after that

    def _answer_next(self) -> None:
        self.awaited = self.pending
        if self.awaited and self._moves:
            self.awaited = []
            self._pending[: self._moves[0] + 1] = [
                self._pending[self._moves[0]],
                *self._pending[: self._moves[0]],
            ]
            del self._moves[0]
            super()._answer_next()
        else:
            self._armed = False

    def choose(self, options: int) -> int:
        """The chosen one has been put first."""
        return 0


class Game:
    """A game; `moves` are the replies given so far, by their place among those that were pending.

    `recording` is what they led to, and `won` says how they broke the rule, if they did. `replies`
    are those that are awaited, `says` is what is said.
    """

    def __init__(self, program: Program, goal: Rule, schedules: Schedules, name: str) -> None:
        self.text = f"You decide which reply comes next. Break this rule: {goal.name}."
        self.moves: tuple[int, ...] = ()
        self.won = ""
        self.says = ""
        self._kind: on_a_page.Kind = ""
        self.recording: Recording | None = None
        self._program, self._goal, self._schedules = program, goal, schedules
        self.name = name
        self._as_asked = NamesAsAsked(program)
        self.replies: list[str] = []
        # By reply, and which of those that are called so: a button means the same in every move,
        # however quickly it is pressed, and the one that was pressed keeps the keyboard.
        self._buttons: dict[tuple[str, int], widgets.Button] = {}
        self._options = widgets.Box(layout={"flex_flow": "row wrap", "grid_gap": "2px"})
        self._restart = widgets.Button(
            description="From the start", icon="undo", layout={"width": "auto"}
        )
        self._restart.on_click(in_turn(lambda _: self.start_again()))
        self._all = widgets.Button(
            description="Try every order", icon="random", disabled=True, layout={"width": "auto"}
        )
        self._all.on_click(in_turn(lambda _: self.try_all()))
        self._said, self._given, self._picture = widgets.HTML(), widgets.HTML(), widgets.Output()
        self._said.add_class("course-said")  # read out by labextensions/course-helpers/explorers.js
        self._view = widgets.VBox(
            [
                widgets.HTML(f"{STYLE}<p><b>{escape(self.text)}</b></p>"),
                self._options,
                widgets.HBox([self._restart, self._all]),
                self._given,
                self._said,
                self._picture,
            ]
        )
        self._view.add_class("course-question")
        self._run("")

    def start_again(self) -> None:
        """Take all moves back."""
        self.moves = ()
        self._run("From the start.")

    def move(self, choice: int) -> None:
        """Let one of the pending replies come. Raises IndexError where there is none such."""
        if not 0 <= choice < len(self.replies):
            raise IndexError(f"there is no reply {choice}: {len(self.replies)} are pending")
        reply = self.replies[choice]
        self.moves = (*self.moves, choice)
        self._run(f"“{reply}” is answered.")

    def try_all(self) -> None:
        """Say in how many schedules the goal is reached."""
        try:
            holding, total = counted(self._breaks, self._schedules)
        except Exception as error:
            self._say(f"They could not all be tried ({type(error).__name__}: {error}).", "other")
            return
        noun = self._schedules.noun
        others = "" if self._schedules.others else " There are no others."
        self._say(f"{holding} of {words.count(total, noun)} break it.{others}", "right")

    def settings(self) -> on_a_page.Game:
        """All that can become of it, for a page on which nothing runs: a state for each order."""
        game = Game(self._program, self._goal, self._schedules, name="")
        states: list[on_a_page.State] = []

        def add(moves: tuple[int, ...]) -> int:
            if game.moves:
                game.start_again()
            for choice in moves:
                game.move(choice)
            number, state = len(states), game._state()
            states.append(state)
            state["next"] = [add((*moves, choice)) for choice in range(len(state["replies"]))]
            return number

        add(())
        game.try_all()
        return {"kind": "game", "question": self.text, "states": states, "all": game.says}

    def _state(self) -> on_a_page.State:
        """What is shown now; nothing is said yet of what comes next."""
        plans = (json.loads(output["data"][PICTURE]) for output in self._picture.outputs)
        return {
            "replies": self.replies,
            "next": [],
            "says": self.says,
            "kind": self._kind,
            "given": self._given.value,
            "pictures": [plan for each in plans for plan in each],
        }

    def _breaks(self, world: World) -> bool:
        return self._breach(self._ran(world)) is not None

    def _ran(self, world: World) -> Run:
        with self._as_asked:
            recording, text, error = happening(self._program, world)
        return Run(world.schedule, recording, world, error, recording.result, text)

    def _breach(self, run: Run) -> Breach | None:
        return next(iter(self._goal.breaches(run)), None)

    def _awaited(self) -> list[tuple[str, int]]:
        return [
            (reply, self.replies[:place].count(reply)) for place, reply in enumerate(self.replies)
        ]

    def _press(self, which: tuple[str, int], _: object) -> None:
        if which in self._awaited():
            self.move(self._awaited().index(which))
        else:
            self._say(f"“{which[0]}” is not awaited now.")

    def _run(self, before: str) -> None:
        world = _Paused(self.moves)
        self.won, self.replies = "", []
        try:
            run = self._ran(world)
            self.recording, self.replies = run.recording, world.awaited
            breach = None if self.replies else self._breach(run)
        except Exception as error:
            self._show_options()
            self._say(
                f"The program could not be run ({type(error).__name__}: {error}). Run the cells "
                "above and this one again.",
                "other",
            )
            return
        self._show_options()
        given = [mark.what for mark in run.marks if mark.verb == "answers"]
        listed = escape(words.listing(given))
        self._given.value = f"<p>Answered so far: {listed}.</p>" if given else ""
        at, since = (None, None) if breach is None else (breach.moment, breach.beginning)
        self._picture.outputs = as_outputs(run.recording, at=at, since=since)
        if self.replies:
            awaited = words.count(len(self.replies), "reply is", "replies are")
            self._say(f"{before} {awaited} awaited.")
        else:
            self._end(before, breach)

    def _end(self, before: str, breach: Breach | None) -> None:
        """Say how a whole run has ended."""
        if self.name:
            store.note(self.name, store.State.TRIED if breach is None else store.State.SOLVED)
        if breach is None:
            self._say(
                f"{before} ✗ The program has ended, and the rule holds. Begin again, and choose "
                "otherwise.",
                "other",
            )
            return
        when = "" if breach.moment is None else f", {moment(breach.moment)}"
        self.won = f"✓ You have broken it{when}: {breach.says.rstrip('.')}."
        self._all.disabled = False
        self._say(f"{before} {self.won}", "right")

    def _show_options(self) -> None:
        awaited = self._awaited()
        for which in awaited:
            if which not in self._buttons:
                button = widgets.Button(description=f"answer: {which[0]}", layout={"width": "auto"})
                button.on_click(in_turn(partial(self._press, which)))
                self._buttons[which] = button
        for which, button in self._buttons.items():
            rest(button, which not in awaited)
        self._options.children = list(self._buttons.values())

    def _say(self, text: str, kind: on_a_page.Kind = "") -> None:
        self.says, self._kind = text.strip(), kind
        self._said.value = f'<p class="said {kind}">{escape(text.strip())}</p>'

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        """The widgets, and for pages where nothing runs the goal."""
        return {
            **widget_view(self._view),
            "text/plain": f"{PLAIN}{function_name(self._program)}: {self.text}>",
            "text/html": f"<div><p><b>{escape(self.text)}</b></p></div>",
            MIME: {"again": _AGAIN},
        }
