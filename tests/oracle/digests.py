"""`python -m tests.oracle.digests`: the digests of recordings, for another process to compare.

It reads the numbers of programs, one a line, and answers each with a digest of the whole recording.
"""

from __future__ import annotations

import dataclasses
import hashlib
import sys

from tests.oracle.examining import program_of
from tests.oracle.runs import run


def digest(seed: int) -> str:
    """A digest of every value in the recording of the program of a number."""
    program, way = program_of(seed)
    recording = run(way.written(program), **way.options()).recording
    values = [getattr(recording, field.name) for field in dataclasses.fields(recording)]
    plain = [list(value) if isinstance(value, tuple) else value for value in values[:-1]]
    return hashlib.sha256(repr(plain).encode()).hexdigest()


def serve() -> None:
    """Answer numbers with digests, until there are no more."""
    for line in sys.stdin:
        print(digest(int(line)), flush=True)


if __name__ == "__main__":
    serve()
