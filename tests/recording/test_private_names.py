"""What the package relies on in CPython's inside, on the Python that runs these tests."""

from __future__ import annotations

import asyncio
import warnings

import pytest

from course_helpers import cpython
from course_helpers.cpython import Private
from course_helpers.simulation.run import simulate


@pytest.fixture(autouse=True)
def _not_yet_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cpython, "warn_of_missing", cpython.warn_of_missing.__wrapped__)


async def nothing() -> None: ...


def test_this_python_has_them_all() -> None:
    assert [row.name for row in cpython.missing()] == []


@pytest.mark.parametrize("row", cpython.PRIVATE, ids=lambda row: row.name)
def test_a_row_is_found_missing(row: Private, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = row._replace(name=row.name + "_of_old", since=(3, 11), until=None)
    monkeypatch.setattr(cpython, "PRIVATE", (gone,))
    assert cpython.missing() == (gone,)


def test_a_version_that_never_had_it_lacks_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = (
        Private("asyncio._of_the_future", "", since=(99, 0)),
        Private("asyncio._of_the_past", "", until=(3, 11)),
    )
    monkeypatch.setattr(cpython, "PRIVATE", rows)
    assert cpython.missing() == ()


def test_the_first_recording_says_what_has_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = (
        Private("asyncio.Lock()._gone", "locks are not seen"),
        Private("asyncio.Event()._gone", "events are not seen"),
    )
    monkeypatch.setattr(cpython, "PRIVATE", rows)
    with pytest.warns(RuntimeWarning) as said:
        recording = simulate(nothing())
    assert [task.label for task in recording.tasks] == ["nothing()"]
    [text] = [str(warning.message) for warning in said]
    assert "asyncio.Lock()._gone, asyncio.Event()._gone" in text
    assert "locks are not seen; events are not seen" in text


def test_nothing_is_said_twice_nor_where_nothing_has_gone() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        simulate(nothing())
        simulate(nothing())


def test_a_python_of_which_not_even_this_can_be_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(asyncio.BaseEventLoop, "_call_soon")
    monkeypatch.setattr(asyncio.BaseEventLoop, "call_soon", lambda *_, **__: None)
    with pytest.warns(RuntimeWarning, match="nothing is certain"):
        cpython.warn_of_missing()
