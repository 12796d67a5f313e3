"""The first half of a hunt: naming the lines that are to blame, before anything is mended."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from course_helpers.exercises import store
from course_helpers.exercises.answers import Answers
from course_helpers.exercises.judging import Outcome
from course_helpers.exercises.report import Remark
from course_helpers.views import words


def named(answers: Answers, called: str, lines: Sequence[object]) -> Remark:
    """What is to be said to whoever names these lines: numbers, or pieces of their text.

    The lines are those of the code as it was given. `called` is how the exercise is written.
    """
    count = len(answers.guilty)
    if not lines:
        return Remark(Outcome.NOT_ATTEMPTED, [_asking(count, called)])
    guilty = {line for one in answers.guilty for line in one.lines}
    found: list[int] = []
    for line in lines:
        numbers = _numbers(line, answers.starter.splitlines(), guilty)
        if isinstance(numbers, str):
            return Remark(Outcome.NOT_YET, [numbers])
        found += [number for number in numbers if number not in found]
    if len(found) > count:
        says = f"You name {len(found)} lines, and {_are_to_blame(count)}: decide."
        return Remark(Outcome.NOT_YET, [says])
    return _judged(answers, found)


def kept_as(name: str) -> str:
    """The name under which the first half of a hunt is kept with the progress."""
    return f"{name}.lines"


def noted(name: str, lines: Sequence[object], outcome: Outcome) -> str:
    """Keep that lines were named; as `store.note`, a sentence or none."""
    right = outcome is Outcome.RIGHT
    said = [line if isinstance(line, int) else str(line) for line in lines]
    return store.note_lines(kept_as(name), said, right=right)


def named_before(name: str) -> str:
    """What is known of the lines that were named, in a sentence; none if none were."""
    entry = store.known().get(kept_as(name), {})
    said = entry.get("said")
    if not isinstance(said, list) or not said:
        return ""
    lines = words.listing(
        [f"line {line}" if isinstance(line, int) else f"“{line}”" for line in said]
    )
    if entry.get("state") == store.State.SOLVED.value:
        return f"You found them on {entry.get('day', 'an earlier day')}: {lines}."
    return f"You last named {lines}."


def _asking(count: int, called: str) -> str:
    example = ", ".join(["7", "12", "15"][:count])
    which, their = ("it", "its number") if count == 1 else ("them", "their numbers")
    return (
        f"{_are_to_blame(count).capitalize()}. Name {which} before you mend anything: by {their}, "
        f"such as {called}.lines({example}), or by pieces of the text in quotation marks. The menu "
        "View shows line numbers."
    )


def _are_to_blame(count: int) -> str:
    which = {1: "one line", 2: "two lines", 3: "three lines"}[count]
    return f"{which} of the code below {'is' if count == 1 else 'are'} to blame"


def _numbers(line: object, code: Sequence[str], guilty: AbstractSet[int]) -> list[int] | str:
    """The numbers of the lines that are meant, counted from 1; or a sentence on why there are none.

    A text that is the whole code of several lines names them all, if all of them are to blame.
    """
    if isinstance(line, int) and not isinstance(line, bool):
        if 1 <= line <= len(code):
            return [line]
        return f"There is no line {line}: the code, as it was given, has lines 1 to {len(code)}."
    if not isinstance(line, str) or not line.strip():
        return "Name a line by its number, or by a piece of its text in quotation marks."
    having = [number for number, text in enumerate(code, 1) if line.strip() in text]
    whole = all(line.strip() == code[number - 1].partition("#")[0].strip() for number in having)
    if len(having) == 1 or (having and whole and guilty >= set(having)):
        return having
    if not having:
        return f"No line of the code, as it was given, has “{line.strip():.60}” in it."
    return (
        f"Lines {words.listing([str(number) for number in having])} have “{line.strip():.60}” in "
        "them: name one by its number."
    )


def _judged(answers: Answers, found: Sequence[int]) -> Remark:
    code = answers.starter.splitlines()
    hit = [guilty for guilty in answers.guilty if set(guilty.lines) & set(found)]
    innocent = [line for line in found if not any(line in guilty.lines for guilty in hit)]
    whys = [
        f"Line {next(line for line in found if line in guilty.lines)}: {guilty.why}"
        for guilty in hit
    ]
    misses = [f"Line {line} is not to blame: {code[line - 1].strip()}" for line in innocent]
    if len(hit) == len(answers.guilty) and not innocent:
        return Remark(Outcome.RIGHT, ["Found. Now mend it, and let the check see it.", *whys])
    says = f"Not yet: {len(hit)} of {len(answers.guilty)} found."
    return Remark(Outcome.NOT_YET, [says, *whys, *misses])
