"""Sentences, taken apart: a pattern for each kind, and who judges what it says."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from tests.oracle.judging import Case, Untruth

#: Says what is true instead of what a sentence says, or gives an untruth of a kind that is judged
#: elsewhere as well; None if it is so.
Check = Callable[[Case, dict[str, str]], object | None]


class Kind(NamedTuple):
    """A kind of sentence: its name, a pattern that takes it apart, and its judge.

    The templates are those of the package that it can be made of, as `tests.oracle.templates`
    finds them.
    """

    name: str
    pattern: re.Pattern[str]
    check: Check


#: Where a program is recorded in a loop that runs already, there is another file beside its own.
_FILE = re.compile(r"(?<=\d) of (?:program|runs)\.py")

#: One thing, said as if it were more: `1 permits`, `0 of 1 items`.
_ONE_AS_MANY = re.compile(
    r"(?<![\w.,#(])1 (?:more |unfinished )?(?:callbacks|events|items|permits|processes|resources"
    r"|steps|tasks|threads|timeouts|times|turns)\b"
)


class Kinds:
    """The kinds of sentence of one view."""

    def __init__(self) -> None:
        self.kinds: list[Kind] = []

    def kind(self, name: str, pattern: str) -> Callable[[Check], Check]:
        """Decorates the judge of a kind of sentence. `<name>` in the pattern is a part of it."""
        expression = re.sub(r"(?<!\?P)<(\w+)>", r"(?P<\1>.+?)", pattern)

        def note(check: Check) -> Check:
            self.kinds.append(Kind(name, re.compile(expression + r"\Z"), check))
            return check

        return note

    def parts(self, text: str) -> tuple[Kind, dict[str, str]] | None:
        """The kind of a sentence, and its parts."""
        text = _FILE.sub("", text)
        for kind in self.kinds:
            if found := kind.pattern.match(text):
                parts = found.groupdict().items()
                return kind, {name: part for name, part in parts if part is not None}
        return None

    def judge(self, case: Case, text: str, **more: str) -> Iterator[Untruth]:
        """What is not so in a sentence; that nobody can judge it is an untruth, too.

        `more` are parts that are not in its text, such as the time at which it is said.
        """
        found = self.parts(text)
        if found is None:
            yield Untruth("sentence without a judge", text, None)
            return
        if _ONE_AS_MANY.search(text):
            yield Untruth("one as many", text, None)
        kind, parts = found
        try:
            true = kind.check(case, parts | more)
        except (KeyError, IndexError) as error:
            true = f"{error} is not there"
        if isinstance(true, Untruth):
            yield true._replace(said=text)
        elif true is not None:
            yield Untruth(kind.name, text, true)


def listed(text: str) -> tuple[list[str], int]:
    """The names in a list, and how many more there are: `a, b and 7 more`."""
    more = re.search(r" and ([\d,]+) more\Z", text)
    if more:
        return text[: more.start()].split(", "), int(more[1].replace(",", ""))
    return re.split(r", | and ", text), 0
