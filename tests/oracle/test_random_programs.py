"""What a recording says of programs at random is so."""

from __future__ import annotations

import gc

import pytest

from tests.oracle.examining import examine, program_of
from tests.oracle.expected import EXPECTED_FALSE
from tests.recording import THOROUGH

TOGETHER = 20
PROGRAMS = 10_000 if THOROUGH else 500
QUICKLY = 40  # programs that are tried with the fast tests, too


# Some programs leave a stream open: its writer warns when it goes or, if that goes first, its
# transport does.
@pytest.mark.filterwarnings("ignore:loop is closed:ResourceWarning")
@pytest.mark.filterwarnings("ignore:unclosed transport:ResourceWarning")
@pytest.mark.parametrize(
    "first",
    [
        pytest.param(first, marks=() if first < QUICKLY else pytest.mark.slow)
        for first in range(0, PROGRAMS, TOGETHER)
    ],
)
def test_what_is_said_of_programs_at_random_is_so(first: int) -> None:
    for seed in range(first, first + TOGETHER):
        program, how = program_of(seed)
        false = [each for each in examine(program, how) if each.kind not in EXPECTED_FALSE]
        assert not false, f"program {seed}, {how}: {program}"
    gc.collect()  # here the warning is expected
