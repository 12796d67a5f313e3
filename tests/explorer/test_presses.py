"""What is pressed in two threads of the kernel is done in the order in which it was pressed."""

from __future__ import annotations

import signal
import sys
import threading
from typing import Any

import pytest

from course_helpers.explorer.presses import Presses


def test_a_press_waits_until_the_one_before_it_is_done() -> None:
    done: list[str] = []
    entered, pressed = threading.Event(), threading.Event()

    def slow(_: Any) -> None:
        entered.set()
        assert pressed.wait(10)
        done.append("first")

    in_turn = Presses().in_turn
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


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="Windows has no such signals")
def test_one_that_is_interrupted_before_its_turn_holds_no_other_up() -> None:
    done: list[str] = []
    interrupted = threading.Event()
    presses = Presses()
    press = presses.in_turn(lambda _: done.append("first"))

    def interrupt(*_: object) -> None:
        if not interrupted.is_set():
            interrupted.set()
            raise KeyboardInterrupt

    def slow(_: Any) -> None:
        main = threading.main_thread().ident or 0
        while not interrupted.wait(0.01):
            if sys._current_frames()[main].f_code is Presses.do.__code__:  # it waits for its turn
                signal.pthread_kill(main, signal.SIGINT)

    before = signal.signal(signal.SIGINT, interrupt)
    try:
        busy = threading.Thread(target=presses.in_turn(slow), args=(None,))
        busy.start()
        with pytest.raises(KeyboardInterrupt):
            press(None)
        busy.join(10)
    finally:
        signal.signal(signal.SIGINT, before)
    presses.do(lambda: done.append("second"))
    assert done[-1] == "second"


def test_what_a_press_changes_itself_belongs_to_it() -> None:
    done: list[str] = []
    presses = Presses()

    def outer() -> None:
        presses.do(lambda: done.append("inner"))
        done.append("outer")

    presses.do(outer)
    assert done == ["inner", "outer"]


def test_after_a_press_that_failed_the_next_has_its_turn() -> None:
    done: list[str] = []
    presses = Presses()
    with pytest.raises(ZeroDivisionError):
        presses.do(lambda: 1 / 0)
    presses.do(lambda: done.append("next"))
    assert done == ["next"]
