"""The virtual clock: exact jumps, exact order, exact numbers."""

from __future__ import annotations

import asyncio
import gc
import math
import time
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from course_helpers.simulation import Deadlock, simulate
from course_helpers.simulation.clock import VirtualClockLoop

Sleeper = Callable[[float], Coroutine[Any, Any, None]]


def now() -> float:
    return asyncio.get_running_loop().time()


def test_time_begins_at_zero_and_jumps_to_the_exact_time_of_the_next_timer() -> None:
    async def main() -> list[float]:
        times = [now()]
        for delay in (0.1, 0.2, 0.7, 1e-9, 12345.678):
            await asyncio.sleep(delay)
            times.append(now())
        return times

    assert simulate(main()).result == [0.0, 0.1, 0.3, 1.0, 1.000000001, 12346.678000001]


def test_no_drift_after_ten_thousand_sleeps() -> None:
    async def main() -> float:
        for _ in range(10_000):
            await asyncio.sleep(0.1)
        return now()

    assert simulate(main()).result == 1000.0


def test_ten_days_are_one_jump() -> None:
    async def main() -> float:
        await asyncio.sleep(10 * 24 * 3600)
        return now()

    recording = simulate(main())
    assert recording.result == recording.duration == 864_000.0
    assert len(recording.turns) < 10


@pytest.mark.parametrize("seconds", [1e6, 1e9, 1e12, 1e15])
def test_time_is_exact_far_away_too(seconds: float) -> None:
    async def main() -> float:
        await asyncio.sleep(seconds)
        await asyncio.sleep(seconds)
        return now()

    assert simulate(main(), steps=100).result == 2 * seconds


def test_ten_thousand_sleeps_take_a_moment() -> None:
    async def main() -> None:
        for _ in range(10_000):
            await asyncio.sleep(1)

    def run() -> float:
        loop = VirtualClockLoop(steps=1_000_000, real_seconds=60)
        try:
            began = time.process_time()
            loop.run_until_complete(main())
            return time.process_time() - began
        finally:
            loop.close()

    # The aim, 0.15 s on an idle machine, is the benchmarks' business; what is tested is that no
    # jump waits for anything.
    assert min(run() for _ in range(3)) < 1.5


def test_equal_timers_fire_in_the_order_in_which_they_were_armed() -> None:
    async def main() -> list[int]:
        order: list[int] = []

        async def worker(number: int) -> None:
            await asyncio.sleep(1)
            order.append(number)

        await asyncio.gather(*(worker(number) for number in range(100)))
        return order

    assert simulate(main()).result == list(range(100))


def test_sums_that_are_equal_on_paper_are_equal_timers() -> None:
    async def main() -> list[str]:
        order: list[str] = []

        async def steps(name: str, *delays: float) -> None:
            for delay in delays:
                await asyncio.sleep(delay)
            order.append(name)

        # 0.1 + 0.2 is more than 0.3 in floating point: A would come last.
        await asyncio.gather(steps("A", 0.1, 0.2), steps("B", 0.3))
        assert now() == 0.3
        return order

    assert simulate(main()).result == ["B", "A"]


def test_a_timer_that_never_fires_is_no_timer() -> None:
    async def main() -> None:
        await asyncio.sleep(math.inf)

    with pytest.raises(Deadlock, match=r"sleep\(inf\)"):
        simulate(main())


def test_a_time_that_is_not_a_number_is_refused() -> None:
    async def main() -> None:
        asyncio.get_running_loop().call_later(math.nan, print)

    with pytest.raises(ValueError, match="NaN"):
        simulate(main())


def test_cancelled_timers_do_not_count() -> None:
    async def main() -> float:
        loop = asyncio.get_running_loop()
        for delay in range(1, 1000):
            loop.call_later(delay, print).cancel()
        await asyncio.sleep(5000)
        return now()

    assert simulate(main()).result == 5000


def test_timeouts_fire_on_time() -> None:
    async def main() -> float:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(2.5):
                await asyncio.sleep(100)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.Event().wait(), 2.5)
        return now()

    assert simulate(main()).result == 5.0


def test_until_stops_there_and_returns_what_is_alive() -> None:
    ticks: list[float] = []

    async def main() -> str:
        while True:
            ticks.append(now())
            await asyncio.sleep(1)

    recording = simulate(main(), until=3)
    assert ticks == [0, 1, 2, 3]
    assert recording.result is None
    assert recording.duration == 3
    (task,) = recording.tasks
    assert task.ending == "alive"
    assert task.spans[-1].end == 3


def test_until_between_two_timers() -> None:
    async def main() -> None:
        await asyncio.sleep(10)

    assert simulate(main(), until=2.5).duration == 2.5


def test_until_is_later_than_the_end() -> None:
    async def main() -> int:
        await asyncio.sleep(1)
        return 7

    recording = simulate(main(), until=100)
    assert (recording.result, recording.duration) == (7, 1)


def test_until_shows_a_deadlock_instead_of_raising_it() -> None:
    async def main() -> None:
        await asyncio.sleep(1)
        await asyncio.Event().wait()

    recording = simulate(main(), until=5)
    assert recording.duration == 5
    assert recording.tasks[0].spans[-1].duration == 4


def test_until_zero_runs_what_happens_at_once() -> None:
    seen: list[str] = []

    async def main() -> None:
        seen.append("begun")
        await asyncio.sleep(0)
        seen.append("gone on")
        await asyncio.sleep(0.001)
        seen.append("later")

    simulate(main(), until=0)
    assert seen == ["begun", "gone on"]


def test_tasks_are_the_same_at_every_run() -> None:
    async def main() -> tuple[list[str], list[str]]:
        async def worker(seconds: float) -> None:
            await asyncio.sleep(seconds)

        tasks = {asyncio.create_task(worker(1)) for _ in range(200)}
        done, _ = await asyncio.wait(tasks)
        own = asyncio.current_task()
        assert own is not None
        return [own.get_name()], [task.get_name() for task in done]

    kept = [object() for _ in range(1000)]  # other addresses at the second run
    first = simulate(main()).result
    del kept[::3]
    gc.collect()
    assert simulate(main()).result == first
    assert first[0] == ["Task-1"]


def test_the_order_in_which_a_task_group_cancels_is_the_same_at_every_run() -> None:
    async def main() -> list[int]:
        order: list[int] = []

        async def worker(number: int) -> None:
            try:
                await asyncio.sleep(10)
            finally:
                order.append(number)

        async def failing() -> None:
            raise ValueError

        async def group_of_them() -> None:
            async with asyncio.TaskGroup() as group:
                for number in range(50):
                    group.create_task(worker(number))
                group.create_task(failing())

        with pytest.raises(ExceptionGroup):
            await group_of_them()
        return order

    assert simulate(main()).result == list(range(50))


def test_a_task_is_an_ordinary_task() -> None:
    async def main() -> None:
        task = asyncio.create_task(asyncio.sleep(1, "slept"), name="sleeper")
        assert isinstance(task, asyncio.Task)
        assert repr(task).startswith("<Task pending name='sleeper'")
        assert task in {task}
        assert await task == "slept"

    simulate(main())


def test_a_task_factory_of_the_program_is_used() -> None:
    made: list[str] = []

    def factory(loop: Any, coroutine: Any, **options: Any) -> asyncio.Task[Any]:
        made.append(coroutine.__name__)
        return asyncio.Task(coroutine, loop=loop, **options)

    async def child() -> int:
        return 3

    async def main() -> int:
        asyncio.get_running_loop().set_task_factory(factory)
        return await asyncio.create_task(child(), name="mine")

    assert simulate(main()).result == 3
    assert made == ["child"]


def test_debug_mode() -> None:
    async def main() -> float:
        asyncio.get_running_loop().set_debug(True)
        await asyncio.gather(asyncio.sleep(1), asyncio.sleep(2))
        return now()

    assert simulate(main()).result == 2


def test_who_arms_a_timer_until_its_deadline_is_past_gets_there() -> None:
    deadline = 0.1 + 0.2  # a little more than 0.3

    async def main() -> float:
        loop = asyncio.get_running_loop()
        past = asyncio.Event()

        def look() -> None:
            if loop.time() >= deadline:
                past.set()
            else:
                loop.call_at(deadline, look)

        look()
        await past.wait()
        return loop.time()

    assert simulate(main(), steps=100).result == deadline
