"""What is pressed in two threads of the kernel is done in the order in which it was pressed."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from course_helpers.exercises.presses import in_turn


def test_a_press_waits_until_the_one_before_it_is_done() -> None:
    done: list[str] = []
    entered, pressed = threading.Event(), threading.Event()

    def slow(_: Any) -> None:
        entered.set()
        assert pressed.wait(10)
        done.append("first")

    first = threading.Thread(target=in_turn(slow), args=(None,))
    second = threading.Thread(target=in_turn(lambda _: done.append("second")), args=(None,))
    first.start()
    assert entered.wait(10)
    second.start()
    second.join(0.05)  # it would have been done by now, and may not be
    assert done == []
    pressed.set()
    first.join(10)
    second.join(10)
    assert done == ["first", "second"]


def test_what_a_press_changes_itself_belongs_to_it() -> None:
    done: list[str] = []
    inner = in_turn(lambda _: done.append("inner"))

    def outer(_: Any) -> None:
        inner(None)
        done.append("outer")

    in_turn(outer)(None)
    assert done == ["inner", "outer"]


def test_after_a_press_that_failed_the_next_has_its_turn() -> None:
    done: list[str] = []
    with pytest.raises(ZeroDivisionError):
        in_turn(lambda _: 1 / 0)(None)
    in_turn(lambda _: done.append("next"))(None)
    assert done == ["next"]
