"""A question as a page asks it where nothing runs: with all that any answer could be told.

It is stored beside the question's text, as an output of a kind of its own. It is encoded, so that
whoever reads the notebook's file or the page's source does not come across the answer. Whoever
wants to know it can decode it, or run the cell.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, TypedDict

MIME: Final = "application/vnd.course-helpers.question+json"
"""The kind of output by which authoring/site/question.js knows a question."""


class Option(TypedDict):
    """One of several answers, and what is said to whoever chooses it."""

    text: str
    right: bool
    says: str


class Choice(TypedDict):
    """A question with a few answers."""

    kind: Literal["choice"]
    question: str
    options: Sequence[Option]


class Order(TypedDict):
    """A question for the order of lines, which are offered as `lines` and printed as `printed`.

    `right` is said of the right order. Of another, the first difference is told: `differences` has
    for each place the words before and behind the line that was put there, `why` for a line its
    reason, which is told of the line that was printed, or else of the one that was put there.
    """

    kind: Literal["order"]
    question: str
    lines: Sequence[str]
    printed: Sequence[str]
    right: str
    differences: Sequence[tuple[str, str]]
    why: Mapping[str, str]


Kind = Literal["", "right", "other"]
"""How something is said: of an answer or a run that is right, of another, or of neither."""


class State(TypedDict):
    """A state of a game: the replies that are awaited, and for each the number of the next state.

    `says` is said in it, `given` are the replies that have come, as HTML, and `pictures` the plans
    of the timelines.
    """

    replies: Sequence[str]
    next: Sequence[int]
    says: str
    kind: Kind
    given: str
    pictures: Sequence[Any]


class Game(TypedDict):
    """A game with all its states, first that in which it begins.

    `all` is said of all its orders.
    """

    kind: Literal["game"]
    question: str
    states: Sequence[State]
    all: str


Asked = Choice | Order | Game


def encoded(asked: Asked) -> str:
    """A question as it is stored."""
    return base64.b64encode(json.dumps(asked, ensure_ascii=False).encode()).decode()


def decoded(stored: str) -> str:
    """A stored question as JSON, a line for each piece."""
    return json.dumps(json.loads(base64.b64decode(stored)), ensure_ascii=False, indent=1)
