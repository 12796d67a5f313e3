"""A program gives the same recording in every process, whatever its hashes are."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.oracle import digests
from tests.recording import THOROUGH

ROOT = Path(__file__).parents[2]
PROGRAMS = 3000 if THOROUGH else 120


@pytest.mark.slow
def test_two_recordings_of_one_program_are_the_same_in_two_processes() -> None:
    numbers = "".join(f"{number}\n" for number in range(PROGRAMS))
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", digests.__name__],
            cwd=ROOT,
            env=os.environ | {"PYTHONHASHSEED": hash_seed},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for hash_seed in ("1", "2")
    ]
    answers = [process.communicate(numbers)[0].splitlines() for process in processes]
    assert len(answers[0]) == PROGRAMS
    different = [
        number for number, pair in enumerate(zip(*answers, strict=True)) if len({*pair}) > 1
    ]
    assert different == []
