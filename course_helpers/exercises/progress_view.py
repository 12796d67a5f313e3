"""What has been solved, as a notebook shows it: a table, what is next, a file to save and bring."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from html import escape
from typing import Any, Final

import ipywidgets as widgets

from course_helpers.exercises import store
from course_helpers.exercises.exercise import Exercise
from course_helpers.exercises.places import (
    LEVELS,
    TITLES,
    TOPICS_BETWEEN,
    again,
    asked_again_in,
    exercises_of,
    practised,
    predictions,
)
from course_helpers.exercises.presses import in_turn
from course_helpers.exercises.progress_code import encoded
from course_helpers.exercises.question import STYLE
from course_helpers.exercises.store import Entry, State
from course_helpers.explorer.interface import MIME
from course_helpers.explorer.widget_view import widget_view
from course_helpers.views import words

_AGAIN: Final = "As it was. Run this cell again to see how it is now."
_ABOUT: Final = "Here stands which exercises you have solved, and which comes next."
_MEANINGS: Final = "✓ solved, or came true · ✓* after the solution · ◐ tried · ○ not yet"
_TODAY_AGAIN: Final = 3  # exercises offered for repetition

_SOLVED: Final = (State.SOLVED.value, State.SOLVED_AFTER.value)


class ProgressView:
    """A table of topics and exercises, with what to do next.

    `known` are the entries that it shows: those of a code, or else all that is kept here. `says` is
    what came of the last thing that was done with it.
    """

    def __init__(self, of_code: dict[str, Entry] | None = None) -> None:
        self._of_code = of_code
        self.known: Mapping[str, Entry] = {}
        self.says = ""
        self._table, self._save = widgets.HTML(), widgets.HTML()
        self._said = widgets.HTML()
        self._said.add_class("course-said")  # read out by labextensions/course-helpers/explorers.js
        self._bring = self._way_back()
        self._view = widgets.VBox(
            [widgets.HTML(STYLE), self._table, self._save, self._bring, self._said]
        )
        self._view.add_class("course-question")
        self._show("")

    def _way_back(self) -> widgets.Widget:
        if self._of_code is not None:
            button = widgets.Button(
                description="Bring back", icon="upload", layout={"width": "auto"}
            )
            button.on_click(in_turn(lambda _: self.bring_back_code()))
            return button
        upload = widgets.FileUpload(
            accept=".json", multiple=False, description="Bring back", layout={"width": "auto"}
        )
        upload.observe(in_turn(lambda change: self._uploaded(change["new"])), names="value")
        return upload

    def bring_back_code(self) -> None:
        """Take the progress of the code for what is kept here, where it is the better one."""
        assert self._of_code is not None
        besides = self._kept(self._of_code)
        self._show(besides or "Brought back.")

    def bring_back(self, content: bytes) -> None:
        """Take the progress of a file that was saved, where it is the better one."""
        try:
            found = store.entries(json.loads(content.decode("utf-8")))
        except (UnicodeDecodeError, json.JSONDecodeError):
            self._show("Nothing was brought back: this is no file of progress.")
        except ValueError as error:
            self._show(f"Nothing was brought back: {error}.")
        else:
            besides = self._kept(found)
            count = words.count(len(found), "entry", "entries")
            self._show(besides or f"Brought back: {count}.")

    def _kept(self, found: Mapping[str, Entry]) -> str:
        try:
            return store.keep(found)
        except ValueError as error:
            return f"Progress is not kept: {error}."

    def _uploaded(
        self, files: Sequence[Mapping[str, Any]] | Mapping[str, Mapping[str, Any]]
    ) -> None:
        # In ipywidgets 7, which Colab has, they are by name.
        for file in files.values() if isinstance(files, Mapping) else files:
            self.bring_back(bytes(file["content"]))

    def _show(self, said: str) -> None:
        try:
            self.known = store.load() if self._of_code is None else self._of_code
        except ValueError as error:
            said = f"Progress cannot be shown: {error}."
        self._table.value = self._html()
        self._save.value = "".join(self._taken_along())
        self.says = said
        self._said.value = f"<p>{escape(said)}</p>" if said else ""

    def _html(self) -> str:
        heads = "".join(
            f"<th scope='col'>{head}</th>"
            for head in ("Topic", "Predictions", *(level.capitalize() for level in LEVELS))
        )
        sentences = "".join(f"<p>{escape(sentence)}</p>" for sentence in self.sentences)
        return (
            f"<table><thead><tr>{heads}</tr></thead><tbody>{''.join(self._rows())}</tbody></table>"
            f"<p>{_MEANINGS}</p>{sentences}"
        )

    def _rows(self) -> Iterator[str]:
        for topic, title in TITLES.items():
            own = exercises_of(topic)
            if not own and not predictions(topic):
                continue
            cells = [" ".join(self._sign(name) for name in predictions(topic))]
            for level in LEVELS:
                titles = [
                    f"{self._sign(each.name)} {each.answers.title}"
                    for each in own
                    if each.level == level
                ]
                cells.append("<br>".join(map(escape, titles)))
            number = list(TITLES).index(topic)
            yield (
                f"<tr><th scope='row'>{number:02} {escape(title)}</th>"
                + "".join(f"<td class='words'>{cell}</td>" for cell in cells)
                + "</tr>"
            )

    def _sign(self, name: str) -> str:
        state = self.known.get(name, {}).get("state")
        signs = {
            State.SOLVED.value: "✓",
            State.SOLVED_AFTER.value: "✓*",
            State.TRIED.value: "◐",
        }
        return signs.get(str(state), "○")

    @property
    def sentences(self) -> list[str]:
        """How much is solved, what is next, and what is due once more."""
        exercises = [each for topic in TITLES for each in exercises_of(topic)]
        solved = [each for each in exercises if self._solved(each)]
        found = [f"{len(solved)} of {words.count(len(exercises), 'exercise')} solved."]
        following = next((each for each in exercises if not self._solved(each)), None)
        if following is not None:
            found.append(
                f"Next: {_named(following)}, {following.minutes} minutes: "
                f"exercises.{following.name}"
            )
        due = self.due(date.today())
        if due:
            listed = words.listing([f"{_named(each)} (exercises.{each.name})" for each in due])
            found.append(f"Once more, so that it stays: {listed}.")
        for topic, asking in self.to_recall(date.today()).items():
            found.append(
                f"What do you remember of {TITLES[topic]}? The Reminder of practice/"
                f"{list(TITLES).index(asking):02}_{asking}.ipynb asks."
            )
        return found

    def _solved(self, exercise: Exercise) -> bool:
        return self.known.get(exercise.name, {}).get("state") in _SOLVED

    def due(self, today: date) -> list[Exercise]:
        """What was solved before today and is two topics back or more: three, the oldest first."""
        numbers = {topic: number for number, topic in enumerate(TITLES)}
        old = [
            (str(self.known[each.name].get("day", "")), numbers[topic], each)
            for topic in TITLES
            for each in exercises_of(topic)
            if self._solved(each) and self._is_far_back(topic) and self._is_before(each.name, today)
        ]
        return [each for _, _, each in sorted(old, key=lambda one: one[:2])[:_TODAY_AGAIN]]

    def to_recall(self, today: date) -> dict[str, str]:
        """Topics that were worked on before today and lie far back, each with who asks of it again.

        Those of which that question was answered are no more among them.
        """
        asking = {asked_again_in(topic): topic for topic in reversed(TITLES) if practised(topic)}
        return {
            topic: asking[topic]
            for topic in TITLES
            if topic in asking
            and again(topic) not in self.known
            and self._is_far_back(topic)
            and any(self._is_before(each.name, today) for each in exercises_of(topic))
        }

    def _is_far_back(self, topic: str) -> bool:
        numbers = {each: number for number, each in enumerate(TITLES)}
        reached = max((numbers.get(name.split(".")[0], 0) for name in self.known), default=0)
        return numbers[topic] <= reached - TOPICS_BETWEEN

    def _is_before(self, name: str, today: date) -> bool:
        return "" < str(self.known.get(name, {}).get("day", "")) < today.isoformat()

    def _taken_along(self) -> Iterator[str]:
        document = {"version": store.VERSION, **self.known}
        data = base64.b64encode(json.dumps(document).encode()).decode()
        yield (
            f"<p><a download='{store.NAME}' href='data:application/json;base64,{data}'>"
            f"Save {store.NAME} on your computer</a></p>"
        )
        yield f"<p>Code: <code>{encoded(self.known)}</code></p>"

    @property
    def text(self) -> str:
        """All of it as text."""
        lines = []
        for topic, title in TITLES.items():
            titles = {each.name: each.answers.title for each in exercises_of(topic)}
            titles |= dict.fromkeys(predictions(topic), "prediction")
            if titles:
                listed = ", ".join(f"{self._sign(name)} {what}" for name, what in titles.items())
                lines.append(f"{title}: {listed}")
        return "\n".join([*lines, _MEANINGS, *self.sentences, self.says]).strip()

    def __repr__(self) -> str:
        return _ABOUT if os.environ.get(store.VARIABLE) == "off" else self.text

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        """The widgets; where no progress is kept only what would stand here."""
        if os.environ.get(store.VARIABLE) == "off" and self._of_code is None:
            return {"text/plain": repr(self)}
        return {
            **widget_view(self._view),
            "text/plain": repr(self),
            "text/html": self._still(),
            MIME: {"again": _AGAIN},
        }

    def _still(self) -> str:
        return f"<div class='course-question'>{self._html()}</div>"


def _named(exercise: Exercise) -> str:
    return f"{exercise.answers.title} ({TITLES[exercise.name.split('.')[0]]}, {exercise.level})"
