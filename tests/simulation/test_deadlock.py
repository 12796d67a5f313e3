"""A deadlock is raised, and said in plain words that are the same at every run."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from course_helpers.recording.model import Ending, Recording, Span, State, Task, WaitReason
from course_helpers.recording.wait_for_graph import cycle, explain, waits
from course_helpers.simulation import Deadlock, LimitExceeded, simulate


def line_of(function: Callable[..., Any], text: str) -> int:
    """The number of the first line of a function that contains a text."""
    lines, first = inspect.getsourcelines(function)
    return first + next(number for number, line in enumerate(lines) if text in line)


def deadlock(coroutine: Coroutine[Any, Any, Any], **options: Any) -> Deadlock:
    with pytest.raises(Deadlock) as raised:
        simulate(coroutine, **options)
    return raised.value


async def a_then_b(lock_a: asyncio.Lock, lock_b: asyncio.Lock) -> None:
    async with lock_a:
        await asyncio.sleep(0.1)
        async with lock_b:
            pass


async def b_then_a(lock_a: asyncio.Lock, lock_b: asyncio.Lock) -> None:
    async with lock_b:
        await asyncio.sleep(0.1)
        async with lock_a:
            pass


async def opposite_orders() -> None:
    lock_a, lock_b = asyncio.Lock(), asyncio.Lock()
    await asyncio.gather(a_then_b(lock_a, lock_b), b_then_a(lock_a, lock_b))


def test_two_locks_in_opposite_orders() -> None:
    error = deadlock(opposite_orders())
    first, second = line_of(a_then_b, "with lock_b"), line_of(b_then_a, "with lock_a")
    assert str(error) == (
        "after 0.1 s every task waits, and nothing can wake one:\n"
        f"a_then_b() holds lock_a and waits for lock_b (line {first}); "
        f"b_then_a() holds lock_b and waits for lock_a (line {second}): a cycle of 2.\n"
        "opposite_orders() waits for a_then_b() and b_then_a(), in gather "
        f"(line {line_of(opposite_orders, 'gather')})."
    )
    assert [wait.task for wait in cycle(error.recording)] == [1, 2]
    assert [task.ending for task in error.recording.tasks] == [Ending.ALIVE] * 3
    assert str(deadlock(opposite_orders())) == str(error)


def test_a_lock_taken_twice() -> None:
    async def main() -> None:
        lock = asyncio.Lock()
        async with lock:
            await asyncio.sleep(1)
            async with lock:
                pass

    error = deadlock(main())
    line = line_of(test_a_lock_taken_twice, "async with lock") + 2
    assert f"main() waits for lock (line {line}), which it holds itself." in str(error)
    assert "cycle" not in str(error)


def test_three_philosophers() -> None:
    async def philosopher(name: str, left: asyncio.Lock, right: asyncio.Lock) -> None:
        async with left:
            await asyncio.sleep(1)
            async with right:
                pass

    async def main() -> None:
        forks = [asyncio.Lock() for _ in range(3)]
        async with asyncio.TaskGroup() as group:
            for seat, name in enumerate("ABC"):
                group.create_task(philosopher(name, forks[seat], forks[(seat + 1) % 3]))

    error = deadlock(main())
    assert "a cycle of 3." in str(error)
    for name in "ABC":
        assert f"philosopher('{name}') holds" in str(error)


def test_someone_who_waits_behind_a_cycle_is_told_apart_from_it() -> None:
    async def behind(lock_a: asyncio.Lock) -> None:
        await asyncio.sleep(0.05)
        async with lock_a:
            pass

    async def main() -> None:
        lock_a, lock_b = asyncio.Lock(), asyncio.Lock()
        await asyncio.gather(behind(lock_a), a_then_b(lock_a, lock_b), b_then_a(lock_a, lock_b))

    text = str(deadlock(main()))
    assert "a cycle of 2." in text
    assert "behind() waits for lock_a" in text
    assert ", held by a_then_b()." in text


def test_a_lock_whose_holder_has_ended() -> None:
    async def forgetful(lock: asyncio.Lock) -> None:
        await lock.acquire()

    async def main() -> None:
        lock = asyncio.Lock()
        await asyncio.create_task(forgetful(lock))
        await lock.acquire()

    assert "held by forgetful(lock), which ended without releasing it" in str(
        deadlock(main())
    ).replace("forgetful()", "forgetful(lock)")


def test_consumers_of_a_condition_that_nobody_notifies() -> None:
    async def consumer(name: str, condition: asyncio.Condition) -> None:
        async with condition:
            await condition.wait()

    async def main() -> None:
        condition = asyncio.Condition()
        await asyncio.gather(consumer("C1", condition), consumer("C2", condition))

    text = str(deadlock(main()))
    assert "consumer('C1') waits for a notification of condition (line " in text
    assert "consumer('C2') waits for a notification of condition (line " in text


def test_a_queue_without_a_producer() -> None:
    async def main() -> None:
        queue: asyncio.Queue[int] = asyncio.Queue()
        await queue.get()

    assert "main() waits for an item from queue (line " in str(deadlock(main()))


def test_a_full_queue_without_a_consumer() -> None:
    async def main() -> None:
        queue: asyncio.Queue[int] = asyncio.Queue(maxsize=1)
        await queue.put(1)
        await queue.put(2)

    assert "main() waits for room in queue (line " in str(deadlock(main()))


def test_a_queue_whose_tasks_are_never_done() -> None:
    async def main() -> None:
        queue: asyncio.Queue[int] = asyncio.Queue()
        queue.put_nowait(1)
        await queue.join()

    assert "main() waits for the unfinished tasks of queue (line " in str(deadlock(main()))


def test_an_event_that_nobody_sets() -> None:
    async def main() -> None:
        event = asyncio.Event()
        await event.wait()

    assert "main() waits for event to be set (line " in str(deadlock(main()))


def test_a_barrier_that_not_enough_tasks_reach() -> None:
    async def main() -> None:
        barrier = asyncio.Barrier(2)
        await barrier.wait()

    assert "main() waits for the others at barrier (line " in str(deadlock(main()))


def test_a_semaphore_that_is_never_released() -> None:
    async def main() -> None:
        semaphore = asyncio.Semaphore(1)
        await semaphore.acquire()
        await semaphore.acquire()

    assert "main() waits for a permit of semaphore (line " in str(deadlock(main()))


def test_a_bare_future() -> None:
    async def main() -> None:
        await asyncio.get_running_loop().create_future()

    assert "main() waits for a future (line " in str(deadlock(main()))


def test_two_tasks_that_wait_for_each_other() -> None:
    tasks: list[asyncio.Task[None]] = []

    async def wait_for_task(number: int) -> None:
        await asyncio.sleep(1)
        await tasks[number]

    async def main() -> None:
        tasks.append(asyncio.create_task(wait_for_task(1)))
        tasks.append(asyncio.create_task(wait_for_task(0)))
        await asyncio.sleep(5)
        await tasks[0]

    error = deadlock(main())
    assert "wait_for_task(1) waits for wait_for_task(0)" in str(error)
    assert "a cycle of 2." in str(error)


def test_many_tasks_are_counted_instead_of_listed() -> None:
    async def waiter(event: asyncio.Event) -> None:
        await event.wait()

    async def main() -> None:
        event = asyncio.Event()
        await asyncio.gather(*(waiter(event) for _ in range(1000)))

    text = str(deadlock(main()))
    assert text.endswith("So do 991 more tasks.")
    assert text.count("\n") == 11


def test_it_can_be_caught_like_any_error_and_shown() -> None:
    caught = None
    try:
        simulate(opposite_orders())
    except Exception as error:
        caught = error
    assert isinstance(caught, Deadlock)
    assert caught.recording.duration == 0.1


def test_what_is_left_when_main_has_ended_is_no_deadlock() -> None:
    async def forever() -> None:
        await asyncio.Event().wait()

    async def main() -> str:
        asyncio.create_task(forever())
        await asyncio.sleep(1)
        return "ended"

    recording = simulate(main())
    assert recording.result == "ended"
    assert [task.ending for task in recording.tasks] == [Ending.DONE, Ending.ALIVE]


def test_a_program_that_goes_on_beside_a_cycle_is_explained_too() -> None:
    async def main() -> None:
        task = asyncio.create_task(opposite_orders())
        await asyncio.sleep(5)
        task.cancel()

    recording = simulate(main(), until=3)
    assert len(cycle(recording)) == 2
    assert "main() waits for sleep(5)" in explain(recording)


def test_a_program_that_never_ends_beside_a_cycle_is_told_of_the_cycle() -> None:
    async def main() -> None:
        task = asyncio.create_task(opposite_orders())  # else the garbage collector takes it
        while not task.done():
            await asyncio.sleep(1)

    with pytest.raises(LimitExceeded, match=r"Meanwhile a_then_b.* a cycle of 2"):
        simulate(main(), steps=1000)


def test_who_does_not_wait_is_not_in_the_graph() -> None:
    async def main() -> None:
        await asyncio.sleep(1)

    recording = simulate(main())
    assert waits(recording) == cycle(recording) == ()
    assert explain(recording) == ""


def test_a_chain_longer_than_pythons_stack() -> None:
    def link(index: int, awaits: int) -> Task:
        reason = WaitReason("task", f"link({awaits})", task=awaits)
        waiting = Span(State.WAITING, 0.0, 1.0, index, reason=reason)
        return Task(
            index=index,
            label=f"link({index})",
            coroutine="link",
            parent=None,
            kind="task",
            born=0.0,
            sequence=index,
            existed=False,
            ended=None,
            ended_sequence=None,
            ending=Ending.ALIVE,
            detail=None,
            retrieved=True,
            cancelled_by=None,
            spans=(waiting,),
        )

    length = 5000
    circle = Recording("virtual", 1.0, tuple(link(i, (i + 1) % length) for i in range(length)))
    assert len(cycle(circle)) == length
    chain = Recording("virtual", 1.0, (*circle.tasks[:-1], replace(circle.tasks[-1], spans=())))
    assert cycle(chain) == ()


def test_tasks_that_failed_unheard_are_named() -> None:
    async def open_doors(door: asyncio.Event) -> None:
        await asyncio.sleep(1)
        raise ValueError("the key is lost")

    async def main() -> None:
        door = asyncio.Event()
        opener = asyncio.create_task(open_doors(door), name="opener")
        await door.wait()
        await opener

    assert str(deadlock(main())).splitlines()[1:] == [
        f"main() waits for door to be set (line {line_of(main, 'door.wait')}).",
        "opener had failed at 1 s, and nobody asked: ValueError: the key is lost.",
    ]


def test_a_failure_that_somebody_asked_for_is_not_named() -> None:
    async def fails() -> None:
        raise ValueError("no such door")

    async def main() -> None:
        with suppress(ValueError):
            await asyncio.create_task(fails())
        await asyncio.Event().wait()

    assert "had failed" not in str(deadlock(main()))
