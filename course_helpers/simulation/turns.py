"""Letting a simulation's loop take turns, whatever it is that ends them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from course_helpers.running_loop.held_interrupts import HeldInterrupts
from course_helpers.simulation.clock import VirtualClockLoop
from course_helpers.simulation.dropped_interrupts import EveryInterruptHeard
from course_helpers.simulation.watchdog import Watchdog

_Result = TypeVar("_Result")


def let_run(
    loop: VirtualClockLoop,
    interrupts: HeldInterrupts,
    guard: Watchdog,
    function: Callable[[], _Result],
) -> _Result:
    """Call a function that runs the loop, for as long as a watchdog allows; interrupts reach it.

    Wherever one lands, the loop is at rest afterwards and can run again.
    """
    try:
        with guard, EveryInterruptHeard(loop), interrupts.let_through():
            return function()
    except KeyboardInterrupt:
        loop.cut_short = True
        raise
    finally:
        guard.end()
        if guard.barked:
            interrupts.forget()  # it was the watchdog's
        loop.come_to_rest()
