"""Progress as letters: two bits for each place and a check sum, to be written into a chat."""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Mapping
from typing import Final

from course_helpers.exercises.places import in_code
from course_helpers.exercises.store import Entry, State

_NONE: Final = 0
_RANKS: Final = {state.value: rank for rank, state in enumerate(State, 1)}
_STATES: Final = {rank: state for state, rank in _RANKS.items()}
_GROUP: Final = 4  # letters between two hyphens


def encoded(known: Mapping[str, Entry]) -> str:
    """The states of all that is in the course, as letters in groups: `MFRG-G43F-…`."""
    packed = bytearray()
    bits = [_RANKS.get(str(known.get(name, {}).get("state")), _NONE) for name in in_code()]
    bits += [_NONE] * (-len(bits) % 4)
    for first, second, third, fourth in zip(*[iter(bits)] * 4, strict=True):
        packed.append(first << 6 | second << 4 | third << 2 | fourth)
    while packed and packed[-1] == 0:  # a course that was just begun has a short code
        del packed[-1]
    raw = bytes(packed) + _check_sum(bytes(packed))
    letters = base64.b32encode(raw).decode().rstrip("=")
    return "-".join(letters[at : at + _GROUP] for at in range(0, len(letters), _GROUP))


def decoded(code: str) -> dict[str, Entry]:
    """The entries that a code stands for, each with a state and no more.

    Spaces, hyphens and small letters do not matter. Raises ValueError for a code with a letter
    that is wrong, missing or too many.
    """
    letters = "".join(letter for letter in code.upper() if not letter.isspace() and letter != "-")
    try:
        raw = base64.b32decode(letters + "=" * (-len(letters) % 8))
    except (binascii.Error, ValueError):
        raise ValueError(_wrong(code)) from None
    packed, check = raw[:-2], raw[-2:]
    if len(raw) < 2 or _check_sum(packed) != check:
        raise ValueError(_wrong(code))
    ranks = [byte >> shift & 3 for byte in packed for shift in (6, 4, 2, 0)]
    names = in_code()
    return {
        name: {"state": _STATES[rank]}
        for name, rank in zip(names, ranks, strict=False)
        if name and rank
    }


def _check_sum(packed: bytes) -> bytes:
    return (zlib.crc32(packed) & 0xFFFF).to_bytes(2)


def _wrong(code: str) -> str:
    return (
        f"this is no code of progress, or a letter of it is wrong or missing: copy it again, whole "
        f"({code.strip()[:80]!r})"
    )
