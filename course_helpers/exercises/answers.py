"""The answers file of an exercise: its task, its starter, right and wrong answers, in one source.

A file is plain Python in sections, each with a heading:

    # %% task: Two withdrawals
    # %% starter
    # %% solution: one lock for each account
    # %% text
    # %% right: no await between read and write
    # %% wrong: a lock for each call | no update of balance is lost | had written 80
    # %% same: what was changed | why that is right as well
    # %% guilty: the line || another that is as good | why it is to blame
    # %% hints
    # %% notes

`task`, `text`, `hints` (a paragraph each) and `notes` are Markdown in comments; `text` stands under
the solution, `notes` are for whoever teaches. A wrong answer names the rule that it breaks, and
words that its message has. `guilty` is for hunts: a line of the starter that is to be found.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent / "answers"
_HEADING: Final = re.compile(r"# %% (\w+)(?:: (.*))?")


@dataclass(frozen=True)
class Answer:
    """An answer of a kind (`"right"`, `"wrong"`, …): what it is called, and its code."""

    title: str
    code: str
    rule: str = ""
    says: str = ""


@dataclass(frozen=True)
class Guilty:
    """A line that a hunt is for: the lines of the starter that count as it, and why."""

    lines: tuple[int, ...]
    why: str


@dataclass(frozen=True)
class Answers:
    """What an answers file holds; `task`, `text` and `notes` are Markdown."""

    title: str
    task: str
    starter: str
    solution: Answer
    text: str
    right: tuple[Answer, ...]
    wrong: tuple[Answer, ...]
    same: dict[str, str]
    guilty: tuple[Guilty, ...]
    hints: tuple[str, ...]
    notes: str


@cache
def answers(exercise: str) -> Answers:
    """The answers file of an exercise, by its name: `"locks.account"`.

    Raises ValueError, saying what is missing, for a file that is none.
    """
    topic, name = exercise.split(".")
    paths = list(FOLDER.glob(f"[0-9][0-9]_{topic}/{name}.py"))
    if len(paths) != 1:
        raise ValueError(f"there is no answers file for {exercise}")
    sections = list(_sections(paths[0].read_text("utf-8")))
    found = {kind: (title, body) for kind, title, body in sections}
    for kind in ("task", "starter", "solution", "text", "hints", "notes"):
        if kind not in found:
            raise ValueError(f"the answers file of {exercise} has no section {kind!r}")
    return Answers(
        title=found["task"][0],
        task=_prose(found["task"][1]),
        starter=found["starter"][1],
        solution=Answer(*found["solution"]),
        text=_prose(found["text"][1]),
        right=tuple(Answer(title, body) for kind, title, body in sections if kind == "right"),
        wrong=tuple(
            Answer(what, body, rule, says)
            for kind, title, body in sections
            if kind == "wrong"
            for what, rule, says in [_parts(exercise, title, 3)]
        ),
        same={
            what: why
            for kind, title, _ in sections
            if kind == "same"
            for what, why in [_parts(exercise, title, 2)]
        },
        guilty=tuple(
            Guilty(tuple(_line_of(exercise, line, found["starter"][1]) for line in lines), why)
            for kind, title, _ in sections
            if kind == "guilty"
            for text, why in [_parts(exercise, title, 2)]
            for lines in [text.split(" || ")]
        ),
        hints=tuple(part.replace("\n", " ") for part in _prose(found["hints"][1]).split("\n\n")),
        notes=_prose(found["notes"][1]),
    )


def _sections(text: str) -> Iterator[tuple[str, str, str]]:
    """Kind, title and body of each section."""
    kind = title = ""
    lines: list[str] = []
    for line in [*text.splitlines(), "# %% end"]:
        heading = _HEADING.fullmatch(line.rstrip())
        if heading is None:
            lines.append(line)
            continue
        if kind:
            yield kind, title, "\n".join(lines).strip("\n") + "\n"
        kind, title, lines = heading[1], heading[2] or "", []


def _prose(body: str) -> str:
    return "\n".join(line.removeprefix("#").removeprefix(" ") for line in body.splitlines()).strip()


def _parts(exercise: str, title: str, count: int) -> list[str]:
    parts = [part.strip() for part in title.split(" | ")]
    if len(parts) != count or not all(parts):
        raise ValueError(f"{exercise}: {count} parts were expected, with | between them: {title}")
    return parts


def _line_of(exercise: str, text: str, starter: str) -> int:
    lines = [line.strip() for line in starter.splitlines()]
    if lines.count(text.strip()) != 1:
        raise ValueError(f"{exercise}: the starter has {lines.count(text.strip())} lines {text!r}")
    return lines.index(text.strip()) + 1
