"""The `time` module inside a simulated program, and outside of it."""

from __future__ import annotations

import asyncio
import importlib
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import perf_counter, sleep

import pytest

from course_helpers.recording.model import State
from course_helpers.simulation import simulate

FUNCTIONS = ("sleep", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns", "time")


def test_a_blocking_sleep_is_virtual_and_blocks_the_loop() -> None:
    async def main() -> list[float]:
        loop = asyncio.get_running_loop()
        woken: list[float] = []

        async def sleeper() -> None:
            await asyncio.sleep(1)
            woken.append(loop.time())

        task = asyncio.create_task(sleeper())
        await asyncio.sleep(0)
        time.sleep(5)
        await task
        return woken

    recording = simulate(main())
    assert recording.result == [5]
    assert recording.duration == 5
    (blocked,) = recording.blocked
    assert (blocked.start, blocked.end, blocked.task) == (0, 5, 0)
    running = [span for span in recording.tasks[0].spans if span.state is State.RUNNING]
    assert max(span.duration for span in running) == 5


def test_a_program_that_measures_itself_sees_virtual_seconds() -> None:
    async def main() -> tuple[float, ...]:
        before = time.monotonic(), time.perf_counter(), time.monotonic_ns(), time.time()
        await asyncio.sleep(1.5)
        time.sleep(0.5)
        after = time.monotonic(), time.perf_counter(), time.monotonic_ns(), time.time()
        return tuple(b - a for a, b in zip(before, after, strict=True))

    monotonic, counter, nanoseconds, seconds = simulate(main()).result
    assert (monotonic, counter, nanoseconds) == (2, 2, 2_000_000_000)
    assert seconds == pytest.approx(2, abs=1e-5)


def test_what_was_imported_by_name_is_virtual_too() -> None:
    async def main() -> float:
        before = perf_counter()
        sleep(3)
        await asyncio.sleep(1)
        return perf_counter() - before

    assert simulate(main()).result == 4
    assert sleep is time.sleep
    assert perf_counter is time.perf_counter


def test_the_date_is_todays() -> None:
    async def main() -> tuple[float, float]:
        await asyncio.sleep(3600)
        return time.time(), time.time_ns() / 1e9

    before = time.time()
    seconds, nanoseconds = simulate(main()).result
    assert before + 3600 <= seconds <= time.time() + 3600
    assert nanoseconds == pytest.approx(seconds, abs=1e-3)


def test_sleeping_for_less_than_nothing_is_an_error_as_ever() -> None:
    async def main() -> None:
        with pytest.raises(ValueError, match="non-negative"):
            time.sleep(-1)
        with pytest.raises(TypeError):
            time.sleep("1")  # type: ignore[arg-type]

    simulate(main())


def test_the_threads_of_the_program_have_the_real_functions() -> None:
    async def main() -> tuple[float, float]:
        def work() -> float:
            before = time.monotonic()
            time.sleep(0.01)
            return time.monotonic() - before

        real = await asyncio.to_thread(work)
        return real, asyncio.get_running_loop().time()

    real, virtual = simulate(main()).result
    assert real >= 0.009
    assert virtual == 0


def test_other_threads_never_notice() -> None:
    seen: list[float] = []
    begun, ended = threading.Event(), threading.Event()

    def other() -> None:
        before = time.monotonic()
        begun.set()
        ended.wait(30)
        seen.append(time.monotonic() - before)

    thread = threading.Thread(target=other)
    thread.start()
    begun.wait(30)
    simulate(asyncio.sleep(1_000_000))
    ended.set()
    thread.join()
    assert 0 <= seen[0] < 1000


def test_everything_is_put_back() -> None:
    before = [getattr(time, name) for name in FUNCTIONS]

    async def failing() -> None:
        assert time.sleep is not before[0]
        raise ValueError("failing")

    with pytest.raises(ValueError, match="failing"):
        simulate(failing())
    assert [getattr(time, name) for name in FUNCTIONS] == before


def test_simulations_in_many_threads_do_not_disturb_each_other() -> None:
    before = [getattr(time, name) for name in FUNCTIONS]

    async def main(seconds: float) -> float:
        began = time.monotonic()
        for _ in range(20):
            time.sleep(seconds / 40)
            await asyncio.sleep(seconds / 40)
        return time.monotonic() - began

    with ThreadPoolExecutor(4) as threads:
        lengths = [float(seconds) for seconds in range(40, 80)]
        results = [r.result for r in threads.map(lambda s: simulate(main(s)), lengths)]
    assert results == pytest.approx(lengths)
    assert [getattr(time, name) for name in FUNCTIONS] == before


def test_a_function_that_was_kept_works_afterwards() -> None:
    async def main() -> object:
        return time.monotonic

    kept = simulate(main()).result
    assert abs(kept() - time.monotonic()) < 60


def test_a_step_can_cost_time() -> None:
    async def worker() -> None:
        await asyncio.sleep(0)

    async def main() -> None:
        await asyncio.gather(worker(), worker())

    recording = simulate(main(), cost_per_step=0.1)
    first, second = recording.tasks[1:]
    # main's step, the two workers' first, their second, and main again.
    assert recording.duration == pytest.approx(0.6)
    for task in (first, second):
        running = [span.duration for span in task.spans if span.state is State.RUNNING]
        assert running == pytest.approx([0.1, 0.1])
    assert first.total(State.READY) + second.total(State.READY) == pytest.approx(
        0.1 + 0.1 + 0.2 + 0.1
    )


def test_the_cost_of_a_step_counts_against_until() -> None:
    async def main() -> None:
        while True:
            await asyncio.sleep(0)

    recording = simulate(main(), cost_per_step=0.5, until=10)
    assert 10 <= recording.duration <= 10.5


def test_by_default_a_step_takes_no_time() -> None:
    async def main() -> None:
        for _ in range(100):
            await asyncio.sleep(0)

    assert simulate(main()).duration == 0


def test_a_module_of_the_program_that_has_imported_sleep(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = tmp_path / "module_that_sleeps.py"
    module.write_text(
        "from time import monotonic, sleep\n"
        "import asyncio\n"
        "async def work():\n"
        "    began = monotonic()\n"
        "    sleep(0.25)\n"
        "    await asyncio.sleep(1)\n"
        "    return monotonic() - began\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "module_that_sleeps", raising=False)
    helper = importlib.import_module("module_that_sleeps")

    async def main() -> float:
        result: float = await helper.work()
        return result

    for _ in range(2):
        recording = simulate(main())
        assert (recording.result, recording.duration) == (1.25, 1.25)
        assert [step.end - step.start for step in recording.blocked] == [0.25]
        assert helper.sleep is time.sleep
        assert helper.monotonic is time.monotonic
