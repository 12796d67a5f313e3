"""What was solved, what comes next, and a file to save it in: what `progress()` shows."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from html import escape
from itertools import groupby
from typing import Any, Final

from course_helpers.exercises import store
from course_helpers.exercises.catalogue import every_exercise, number_of
from course_helpers.exercises.exercise import Exercise
from course_helpers.exercises.store import Entry, State

_SIGNS: Final = {State.SOLVED: "✓", State.SOLVED_AFTER: "◐", State.TRIED: "…"}
_MEANINGS: Final = "✓ solved · ◐ solved after the solution · … tried · ○ not yet"
# What was solved is due again after a day, when two other topics have come in between.
_REST: Final = timedelta(days=1)
_TOPICS_BETWEEN: Final = 2


class Progress:
    """What was solved. At the end of a cell it shows itself."""

    @property
    def text(self) -> str:
        """All of it as text."""
        try:
            known = store.load()
        except ValueError as error:
            return f"{str(error).capitalize()}."
        lines = [f"{topic}: {', '.join(entries)}" for topic, entries in _table(known)]
        return "\n".join([*lines, _MEANINGS, *_sentences(known)])

    def __repr__(self) -> str:
        if os.environ.get(store.VARIABLE) == "off":
            return "Here stands which exercises you have solved, and which comes next."
        return self.text

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Any:
        if os.environ.get(store.VARIABLE) == "off":
            return {"text/plain": repr(self)}
        bundle: dict[str, Any] = dict(_View(self).box._repr_mimebundle_())
        return {**bundle, "text/plain": self.text}


def _table(known: Mapping[str, Entry]) -> Iterator[tuple[str, list[str]]]:
    for topic, group in groupby(every_exercise(), key=_topic):
        title = f"{number_of(topic):02} {topic.replace('_', ' ').capitalize()}"
        yield title, [f"{_sign(known, one)} {one.answers.title}" for one in group]


def _topic(exercise: Exercise) -> str:
    return exercise.name.partition(".")[0]


def _sign(known: Mapping[str, Entry], exercise: Exercise) -> str:
    return _SIGNS.get(_state(known, exercise) or "", "○")  # type: ignore[call-overload, no-any-return]


def _state(known: Mapping[str, Entry], exercise: Exercise) -> str | None:
    state: str | None = known.get(exercise.name, {}).get("state")
    return state


def _sentences(known: Mapping[str, Entry]) -> Iterator[str]:
    exercises = list(every_exercise())
    solved = [one for one in exercises if (_state(known, one) or "").startswith(State.SOLVED)]
    yield f"{len(solved)} of {len(exercises)} solved."
    following = next((one for one in exercises if one not in solved), None)
    if following is not None:
        yield f"Next: {following.answers.title} ({following.minutes} minutes)."
    if due := list(_due(known, solved)):
        yield f"Once more, from memory: {', '.join(one.answers.title for one in due[:3])}."


def _due(known: Mapping[str, Entry], solved: list[Exercise]) -> Iterator[Exercise]:
    latest = max((number_of(_topic(one)) for one in solved), default=0)
    for one in solved:
        try:
            day = date.fromisoformat(str(known[one.name].get("day")))
        except ValueError:
            continue
        rested = date.today() - day >= _REST
        if rested and latest - number_of(_topic(one)) >= _TOPICS_BETWEEN:
            yield one


class _View:
    """The table with its link and its button."""

    def __init__(self, shown: Progress) -> None:
        import ipywidgets as widgets  # slow to import

        self._shown = shown
        self._said = widgets.HTML()
        upload = widgets.FileUpload(accept=".json", multiple=False, description="Bring back")
        upload.observe(self._uploaded, names="value")
        self.box = widgets.VBox([self._said, upload])
        self._show("")

    def _uploaded(self, change: Any) -> None:
        if not change["new"]:
            return
        try:
            document = json.loads(bytes(change["new"][0]["content"]))
            said = store.keep(store.entries(document)) or "Brought back."
        except (ValueError, UnicodeDecodeError) as error:
            reason = str(error) if not isinstance(error, json.JSONDecodeError) else "it is no JSON"
            said = f"This file was not taken: {reason}."
        self._show(said)

    def _show(self, said: str) -> None:
        try:
            known = store.load()
        except ValueError:
            self._said.value = f"<p role='status'>{escape(self._shown.text)}</p>"
            return
        rows = "".join(
            f"<tr><th scope='row' style='text-align: left; padding-right: 1em'>{escape(topic)}</th>"
            f"<td>{escape(' · '.join(entries))}</td></tr>"
            for topic, entries in _table(known)
        )
        sentences = " ".join([said, *_sentences(known)]).strip()
        document = json.dumps({"version": store.VERSION, **known})
        data = base64.b64encode(document.encode()).decode()
        self._said.value = (
            f"<p role='status'>{escape(sentences)}</p><table>{rows}</table>"
            f"<p>{escape(_MEANINGS)}</p><p><a download='{store.NAME}' "
            f"href='data:application/json;base64,{data}'>Save {store.NAME} on your computer</a></p>"
        )
