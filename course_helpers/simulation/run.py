"""`simulate`: a program on the virtual clock, recorded."""

from __future__ import annotations

import asyncio
import inspect
import math
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, nullcontext, suppress
from functools import partial
from typing import Any, NamedTuple

from course_helpers.browser import IN_BROWSER
from course_helpers.recorder.recorder import Recorder
from course_helpers.recorder.tracebacks import hide_package_everywhere
from course_helpers.recording.model import Recording
from course_helpers.running_loop.held_interrupts import HeldInterrupts
from course_helpers.running_loop.step_aside import step_aside
from course_helpers.simulation.cleanup import clean_up
from course_helpers.simulation.clock import Cause, Halt, VirtualClockLoop, simulating
from course_helpers.simulation.errors import (
    Deadlock,
    LimitExceeded,
    deadlock,
    too_many_steps,
    too_much_real_time,
)
from course_helpers.simulation.printing import lines_marked
from course_helpers.simulation.stand_ins import stand_ins
from course_helpers.simulation.turns import let_run
from course_helpers.simulation.watchdog import NeverAwaits, watchdog
from course_helpers.simulation.without_files import LoopWithoutFiles

new_loop: type[VirtualClockLoop] = LoopWithoutFiles if IN_BROWSER else VirtualClockLoop
"""The kind of loop that programs are simulated in."""


def simulate(
    coroutine: Coroutine[Any, Any, Any],
    *,
    until: float | None = None,
    seed: int | str | None = None,
    cost_per_step: float = 0.0,
    steps: int = 250_000,
    real_seconds: float = 10.0,
) -> Recording:
    """Run a program on the virtual clock and return its recording.

    The program runs in this thread, to its end, in an event loop of its own whose time jumps from
    timer to timer: `simulate(main())` takes the place of `asyncio.run(main())` in a script, and of
    `await main()` in a notebook. What the coroutine returned is the recording's `result`. What it
    raises, `simulate` raises, with the recording attached as `error.recording`.

    Time stands still while an executor job, a thread or a child process works for the program, or
    another process or machine has still to answer, and the simulation waits for it on the real
    clock. A thread that waits in its turn, an idle worker or a job in a queue, holds nothing up. No
    time passes between two ends of a connection that are both the program's. What comes from
    outside is taken in when nothing is ready to run, in an order that does not depend on who was
    faster, so that the recording is the same each time. Only in how many pieces the answer of
    another process comes, or more data than the kernel's buffers hold, is not the program's doing.

    In this thread `time.sleep` lets virtual time pass, during which the loop is blocked, and
    `time.monotonic`, `time.perf_counter` and `time.time` follow the virtual clock: a program that
    measures itself sees the seconds that it slept. Other threads keep the real functions.

    An exception that nobody retrieves from a task is in the recording, and is not logged. Each line
    that the program prints is one of the recording's marks, too.

    When the coroutine has ended, tasks that are left are recorded as alive, then cancelled and
    given turns to clean up, as `asyncio.run` does.

    Args:
        coroutine: What to run, as in `simulate(main())`.
        until: Virtual seconds after which to stop. The recording then shows what is alive, its
            result is None, and no error is raised: not for a deadlock before that time either.
        seed: Varies what asyncio leaves open: timers due at the same time fire in any order, and
            every timer is late by up to 1 % of its delay. The module `random` is seeded too, for
            the length of the program. The same seed gives the same run.
        cost_per_step: Virtual seconds that each step of a task takes, so that running and ready
            have a width. By default a step takes no time.
        steps: The largest number of steps. The default is about as many as a recording holds.
        real_seconds: The largest number of seconds on the real clock.

    Raises:
        Deadlock: All tasks wait, and nothing is left that could wake one: neither in the program
            nor in the threads, child processes and connections that it has.
        LimitExceeded: The program reached `steps` or `real_seconds`.
        TypeError, ValueError, RuntimeError: The arguments make no sense, the coroutine has been
            used before, or the program itself is being simulated.
    """
    options = _Options(until, seed, cost_per_step, steps, real_seconds)
    try:
        _check_coroutine(coroutine)
        check_options(**options._asdict())
    except BaseException:
        _close_unused(coroutine)
        raise
    recorder, result, error = _recorded(coroutine, options)
    if isinstance(error, KeyboardInterrupt) and not isinstance(error, NeverAwaits):
        raise error  # at once: to work out the recording of a long run takes a while
    recording = recorder.recording()
    recording.result = result
    if isinstance(error, Halt) and error.cause is Cause.UNTIL:
        return recording
    if isinstance(error, Halt | NeverAwaits):
        raise _explained(error, recording, steps, real_seconds)
    if error is not None:
        with suppress(AttributeError, TypeError):  # an exception that takes no attributes
            error.recording = recording  # type: ignore[attr-defined]
        try:
            raise error
        except BaseException:
            hide_package_everywhere(error)
            raise
    return recording


class _Options(NamedTuple):
    """The options of `simulate`."""

    until: float | None
    seed: int | str | None
    cost_per_step: float
    steps: int
    real_seconds: float


def _recorded(
    coroutine: Coroutine[Any, Any, Any], options: _Options
) -> tuple[Recorder, Any, BaseException | None]:
    """Run the program and clean up after it: who heard it, what it returned, what was raised."""
    until, seed, cost_per_step, steps, real_seconds = options
    try:
        # Set-up and clean-up are done as a whole.
        with HeldInterrupts() as interrupts, step_aside():
            loop = new_loop(until=until, steps=steps, real_seconds=real_seconds, seed=seed)
            try:
                # Virtual seconds pass at the end of each step, before its end is recorded.
                cost = partial(loop.advance, cost_per_step) if cost_per_step else None
                recorder = Recorder(loop, clock="virtual", after_step=cost, stopped_by=NeverAwaits)
                chance = nullcontext() if seed is None else seeded(seed)
                with stand_ins(loop, _variables(coroutine)), chance, lines_marked(loop):
                    try:
                        recorder.start()
                        result, error = _run(
                            loop, coroutine, interrupts, real_seconds, recorder.note_stop
                        )
                    finally:
                        recorder.stop()
                        interrupt = clean_up(loop, interrupts)
            finally:
                coroutine.close()
                loop.close()
    except KeyboardInterrupt:
        coroutine.close()  # it has not begun, if the interrupt came that early
        raise
    return recorder, result, error or interrupt


def _run(
    loop: VirtualClockLoop,
    coroutine: Coroutine[Any, Any, Any],
    interrupts: HeldInterrupts,
    real_seconds: float,
    barks: Callable[[], None],
) -> tuple[Any, BaseException | None]:
    """Run the program; returns what it returned, and what was raised."""

    def program() -> Any:
        loop.allow_real_time(real_seconds)  # what it takes to set all up is not the program's time
        result = loop.run_until_complete(loop.create_task(coroutine))
        with suppress(Halt):
            loop.let_threads_end()
        return result

    try:
        return let_run(loop, interrupts, watchdog(real_seconds, barks), program), None
    except BaseException as error:
        return None, error


def _variables(coroutine: Coroutine[Any, Any, Any]) -> dict[str, Any]:
    """The variables of the module that a coroutine comes from."""
    frame = getattr(coroutine, "cr_frame", None)
    return {} if frame is None else frame.f_globals


def _explained(
    error: Halt | NeverAwaits, recording: Recording, steps: int, real_seconds: float
) -> Deadlock | LimitExceeded:
    """The public error, in words, for a program that was stopped."""
    if isinstance(error, NeverAwaits):
        return too_much_real_time(recording, real_seconds, (), error.line)
    if error.cause is Cause.DEADLOCK:
        return deadlock(recording, error.outside)
    if error.cause is Cause.STEPS:
        return too_many_steps(recording, steps)
    return too_much_real_time(recording, real_seconds, error.outside, None)


@contextmanager
def seeded(seed: int | str) -> Iterator[None]:
    """Seed the module `random` for the length of the block; its state is put back afterwards."""
    import random  # seldom needed, and slow to import

    state = random.getstate()
    random.seed(seed)
    try:
        yield
    finally:
        random.setstate(state)


def _close_unused(coroutine: object) -> None:
    if inspect.iscoroutine(coroutine):
        with suppress(RuntimeError):  # it is running
            coroutine.close()


def check_options(
    *,
    until: object = None,
    seed: object = None,
    cost_per_step: object = 0.0,
    steps: object = 1,
    real_seconds: object = 1.0,
) -> None:
    """Raise TypeError or ValueError, with a sentence, for options that make no sense."""
    if until is not None:
        _check_number("until", until, "virtual seconds, at least 0")
    _check_number("cost_per_step", cost_per_step, "virtual seconds, at least 0", below=math.inf)
    _check_number("steps", steps, "a number of steps, at least 1", least=1)
    if isinstance(steps, float) and not (steps.is_integer() or math.isinf(steps)):
        raise ValueError(f"steps is a whole number of steps, not {steps!r}")
    _check_number("real_seconds", real_seconds, "seconds, more than 0", least=1e-9)
    if seed is not None and (isinstance(seed, bool) or not isinstance(seed, int | str)):
        raise TypeError(f"seed is a whole number or a text, not {seed!r}")


def _check_number(
    name: str, value: object, meaning: str, least: float = 0.0, below: float | None = None
) -> None:
    message = f"{name} is {meaning}, not {value!r}"
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(message)
    if not value >= least or (below is not None and value >= below):
        raise ValueError(message)


def _check_coroutine(coroutine: object) -> None:
    name = getattr(coroutine, "__name__", None) or type(coroutine).__name__
    if inspect.iscoroutinefunction(coroutine):
        raise TypeError(f"simulate() takes a coroutine: write simulate({name}()), with brackets")
    if inspect.isasyncgenfunction(coroutine) or inspect.isasyncgen(coroutine):
        raise TypeError(
            f"simulate() takes a coroutine, and {name}() makes an asynchronous generator: iterate "
            "over it with `async for` in an `async def main()`, and write simulate(main())"
        )
    if isinstance(coroutine, asyncio.Future):
        raise TypeError(
            "simulate() takes a coroutine, not a task or a future: those belong to the loop that "
            "is running already. Write simulate(main()), without create_task()"
        )
    if callable(coroutine) and not isinstance(coroutine, Coroutine):
        raise TypeError(
            f"simulate() takes a coroutine, and {name} is none: define it with `async def` and "
            f"write simulate({name}())"
        )
    if not isinstance(coroutine, Coroutine):
        raise TypeError(
            f"simulate() takes a coroutine, as in simulate(main()), not {type(coroutine).__name__}"
        )
    if simulating():
        raise RuntimeError(
            "this program is being simulated already: inside it, write "
            f"`await {name}()` instead of simulate({name}())"
        )
    if inspect.iscoroutine(coroutine) and (
        inspect.getcoroutinestate(coroutine) != inspect.CORO_CREATED
    ):
        raise RuntimeError(
            f"this coroutine has been used before, and a coroutine runs only once: write "
            f"simulate({name}()), which makes a new one"
        )
