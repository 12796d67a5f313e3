"""A program, run and judged."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator, Sequence
from itertools import count
from types import ModuleType
from typing import Any, NamedTuple

from tests.oracle import (
    of_cancellations,
    of_description,
    of_errors,
    of_findings,
    of_model,
    of_narration,
    of_page,
    of_pictures,
    of_tables,
    of_trace,
)
from tests.oracle.expected import EXPECTED_FALSE
from tests.oracle.judging import Case, Judge, Untruth
from tests.oracle.language import Program, random_program, reduced
from tests.oracle.of_errors import STEPS
from tests.oracle.runs import run, told
from tests.oracle.source import source
from tests.oracle.truth import Truth


def _judges(*modules: ModuleType) -> tuple[Judge, ...]:
    return tuple(
        judge
        for module in modules
        for name, judge in vars(module).items()
        if name.startswith("of_")
    )


#: Judges of the data, of what is said in words, and of what is drawn.
DATA = _judges(of_model, of_cancellations)
WORDS = _judges(of_findings, of_errors, of_narration, of_tables, of_description, of_page)
PICTURES = _judges(of_pictures, of_trace)


#: After how many programs what they have left is collected: asyncio looks through all tasks there
#: are, each time.
_TOGETHER = 50
_examined_so_far = count(1)

#: How often a program with threads is tried again, before what is said of it is called false.
_AGAIN = 4


class Way(NamedTuple):
    """How a program is written and run.

    `early` and `attributes` say how its primitives are made, see `source`. It may be `stopped`
    after a few steps, and be `recorded` by `record` instead of simulated; `seed` and `cost` (in
    seconds a step) are for `simulate`. `eager` tasks begin when they are made.
    """

    early: bool = False
    attributes: bool = False
    stopped: bool = False
    recorded: bool = False
    seed: int | None = None
    cost: float = 0.0
    eager: bool = False

    def written(self, program: Program) -> str:
        """The program as Python."""
        return source(program, early=self.early, attributes=self.attributes, eager=self.eager)

    def options(self) -> dict[str, Any]:
        """How it is run."""
        options: dict[str, Any] = {"recorded": self.recorded, "seed": self.seed}
        options["cost_per_step"] = self.cost
        return options | ({"steps": STEPS} if self.stopped else {})


def way(seed: int) -> Way:
    """How the program of a seed is written and run."""
    return Way(
        early=seed % 2 == 1,
        attributes=seed % 3 == 0,
        stopped=seed % 11 == 10,
        recorded=seed % 11 in (1, 4, 7),
        seed=seed if seed % 7 == 3 else None,
        eager=sys.version_info >= (3, 12) and seed % 5 == 4,
        cost=0.03 if seed % 13 == 5 and seed % 11 not in (1, 4, 7) else 0.0,
    )


def examine(program: Program, how: Way) -> Iterator[Untruth]:
    """Every statement about a program that is not so."""
    if not next(_examined_so_far) % _TOGETHER:
        gc.collect()
    text, options = how.written(program), how.options()
    found = _examined(text, options)
    if "to_thread" in text and any(untruth.kind not in EXPECTED_FALSE for untruth in found):
        # Threads race with the loop, so that two runs may differ: what is false is false each time.
        for _ in range(_AGAIN):
            again = {untruth.kind for untruth in _examined(text, options)}
            found = [untruth for untruth in found if untruth.kind in again]
    yield from found


def _examined(text: str, options: dict[str, Any]) -> list[Untruth]:
    bare, recorded = run(text, witness=True, **options), run(text, **options)
    true, said = told(bare.log), told(recorded.log)
    if true != said[: len(true)] or bare.ended != recorded.ended:
        return [Untruth("recorded as bare", *_first_difference(said, true))]
    if not recorded.recording.tasks:
        return [Untruth("the recorder failed", recorded.recording.warnings, "it should not")]
    case = Case(recorded.recording, Truth(bare.log), str(recorded.error or ""))
    return [untruth for judge in DATA + WORDS + PICTURES for untruth in _judged(judge, case)]


def _judged(judge: Judge, case: Case) -> list[Untruth]:
    try:
        return list(judge(case))
    except Exception as error:  # what it met is nothing that it knows: more than a wrong fact
        return [Untruth(f"{judge.__name__} failed", repr(error), "")]


def case_of(program: Program, how: Way) -> Case:
    """A program's recording beside the truth about it."""
    text, options = how.written(program), how.options()
    bare, recorded = run(text, witness=True, **options), run(text, **options)
    return Case(recorded.recording, Truth(bare.log), str(recorded.error or ""))


def _first_difference(said: Sequence[object], true: Sequence[object]) -> tuple[object, object]:
    for one, other in zip(said, true, strict=False):
        if one != other:
            return one, other
    return len(said), len(true)


def smallest(program: Program, how: Way, kind: str) -> tuple[Program, Untruth]:
    """A small program about which an untruth of that kind is said, and that untruth.

    Raises LookupError when it is not said again.
    """

    def find(candidate: Program) -> Untruth | None:
        return next((each for each in examine(candidate, how) if each.kind == kind), None)

    small = reduced(program, lambda candidate: find(candidate) is not None)
    untruth = find(small)
    if untruth is None:
        raise LookupError(f"{kind!r} was said once, and not again")
    return small, untruth


def program_of(seed: int) -> tuple[Program, Way]:
    """The program of a seed, and how it runs."""
    return random_program(seed), way(seed)
