"""How a number of things is written, wherever it stands."""

from __future__ import annotations


def count(number: int, one: str, many: str | None = None) -> str:
    """A number of things: `1 task`, `3 tasks`, `1,200 tasks`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def count_of(number: int, whole: int | None, one: str) -> str:
    """A number of things out of all that there are, if that is known: `2 of 3 permits`."""
    return f"{number:,} of {count(whole, one)}" if whole else count(number, one)
