"""Every kind of statement that the package can make has a judge."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import fields, is_dataclass
from pathlib import Path

from course_helpers.recording import model
from tests.oracle.table import ELSEWHERE, FIELDS, NAMES, SENTENCES
from tests.oracle.templates import templates
from tests.oracle.test_falsified import FALSE, KINDS

ROOT = Path(__file__).parents[2]
# No piece of these has a word of four letters: a file has such pieces by chance, and whether it
# judges the sentence has to be read there.
SHORT = {
    "{}, {}{}",
    "{} at {}",
    "{}{} by {}",
    " is {}",
    "{} {} {}, not {}",
    "is new",
    "are new",
    "not set",
    " or ",
    "{} at {}.",
    "{} {}, {}.",
    "{} is {}{}",
    "{}: {}{} {}",
    "{} is {},",
}
JUDGED = {kind.name for _, kind in KINDS} | set(FALSE)


def test_a_sentence_without_a_judge_fails() -> None:
    listed = {sentence for sentences in SENTENCES.values() for sentence in sentences}
    unlisted = {module: sentences - listed for module, sentences in templates().items()}
    without = {module: sentences for module, sentences in unlisted.items() if sentences}
    assert without == {}, "these have no row in tests/oracle/table.py"


def test_a_row_whose_sentence_is_gone_fails() -> None:
    listed = Counter(sentence for sentences in SENTENCES.values() for sentence in sentences)
    said = {sentence for sentences in templates().values() for sentence in sentences}
    assert set(listed) - said == set(), "these are in tests/oracle/table.py and said no more"
    assert max(listed.values()) == 1


def test_each_judge_in_the_table_is_there() -> None:
    judges = {*SENTENCES, *(judge for row in FIELDS.values() for judge in row.values())}
    for judge in judges - {NAMES}:
        if judge.startswith(ELSEWHERE):
            assert (ROOT / judge.removeprefix(ELSEWHERE)).is_file()
        else:
            assert judge in JUDGED


def test_what_is_judged_elsewhere_is_said_there() -> None:
    without = set()
    for judge, sentences in SENTENCES.items():
        if judge.startswith(ELSEWHERE):
            assert sentences, judge
            file = ROOT / judge.removeprefix(ELSEWHERE)
            # A text that does not fit into one line is written as several.
            text = re.sub(r'"\s*r?f?"', "", file.read_text(encoding="utf-8"))
            for sentence in sentences:
                pieces = _telling(sentence)
                assert [piece for piece in pieces if piece not in text] == [], judge
                if not pieces:
                    without.add(sentence)
    assert without == SHORT


def _telling(sentence: str) -> list[str]:
    """The pieces between its blanks that stand in no file by chance."""
    pieces = re.split("{.*?}", sentence)
    return [piece.strip(" .,:;()") for piece in pieces if re.search(r"[^\W\d_]{4}", piece)]


def test_each_field_of_the_model_has_a_judge() -> None:
    for name, each in vars(model).items():
        if isinstance(each, type) and each.__module__ == model.__name__:
            names = (
                [field.name for field in fields(each)]
                if is_dataclass(each)
                else getattr(each, "_fields", ())
            )
            assert set(names) == set(FIELDS.get(name, {})), name
