"""What all tests of exercises share."""

from __future__ import annotations

import gc
import warnings
from collections.abc import Iterator

import pytest

from course_helpers.exercises import judging


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A check has the time that it needs: what it finds does not depend on a busy machine."""
    monkeypatch.setattr(judging, "REAL_SECONDS", 20.0)
    monkeypatch.setattr(judging, "CHECK_SECONDS", 100.0)
    monkeypatch.setattr(judging, "CHECK_REAL_SECONDS", 400.0)


@pytest.fixture(scope="module", autouse=True)
def unheard_leftovers() -> Iterator[None]:
    """Answers leave coroutines that nobody awaited: they go here, not in another module's test."""
    yield
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "coroutine .* was never awaited", RuntimeWarning)
        gc.collect()
