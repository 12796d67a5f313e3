"""Known answers: what a task can wait for that is no primitive, and what cancels and fails it.

How to read the answers: see `story`.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import pytest

from course_helpers import learners_code
from course_helpers.recorder import names
from course_helpers.recording.model import Recording
from course_helpers.simulation.run import simulate
from tests.recording.story import story, timers, told
from tests.recording.truths import untruths


async def nap(seconds: float) -> float:
    await asyncio.sleep(seconds)  # @nap
    return seconds


async def fail(seconds: float) -> None:
    await asyncio.sleep(seconds)  # @fail
    raise ValueError("no")


def test_task_group() -> None:
    async def main() -> None:
        async with asyncio.TaskGroup() as group:  # @group
            group.create_task(nap(1), name="A")
            await asyncio.sleep(0)  # @body
            group.create_task(nap(2), name="B")

    recording = simulate(main())
    assert untruths(recording) == []
    assert story(recording) == told("""
        0 main() ready <outside
        0 main() runs
        0 group enter by main(): held by main(), 0
        0 A ready <main()
        0 group create_task by main(): held by main(), 1
        0 main() ready <main() @body
        0 A runs
        0 A waits sleep(1) @nap
        0 main() runs
        0 B ready <main()
        0 group create_task by main(): held by main(), 2
        0 group exit by main(): 2
        0 main() waits TaskGroup[group] @group
        0 B runs
        0 B waits sleep(2) @nap
        1 A ready <timer
        1 A runs
        1 A done
        1 group task_done by A: 1, main() in line
        2 B ready <timer
        2 B runs
        2 B done
        2 main() ready <B
        2 group task_done by B: 0
        2 main() runs
        2 main() done
    """)


def test_task_group_with_a_child_that_fails() -> None:
    async def main() -> None:
        with suppress(BaseExceptionGroup):
            async with asyncio.TaskGroup() as group:  # @group
                group.create_task(nap(2), name="A")
                group.create_task(fail(1), name="B")

    recording = simulate(main())
    assert untruths(recording) == []
    assert story(recording) == told("""
        0 main() ready <outside
        0 main() runs
        0 group enter by main(): held by main(), 0
        0 A ready <main()
        0 group create_task by main(): held by main(), 1
        0 B ready <main()
        0 group create_task by main(): held by main(), 2
        0 group exit by main(): 2
        0 main() waits TaskGroup[group] @group
        0 A runs
        0 A waits sleep(2) @nap
        0 B runs
        0 B waits sleep(1) @fail
        1 B ready <timer
        1 B runs
        1 B failed: ValueError: no
        1 group abort by B: 1, main() in line
        1 A ready <B
        1 main() ready <B
        1 group task_done by B: 1
        1 A runs
        1 A cancelled by B
        1 main() runs
        1 main() waits TaskGroup[group] @group
        1 main() ready <A
        1 group task_done by A: 0
        1 main() runs
        1 main() done
    """)


def test_task_groups_one_inside_the_other() -> None:
    async def inside() -> None:
        async with asyncio.TaskGroup() as inner:  # @inner
            inner.create_task(nap(2), name="A")

    async def main() -> None:
        with suppress(BaseExceptionGroup):
            async with asyncio.TaskGroup() as outer:  # @outer
                outer.create_task(inside(), name="inside")
                outer.create_task(fail(1), name="B")

    recording = simulate(main())
    assert untruths(recording) == []
    # The cancellation goes from B to inside, which passes it on to A: it is B's.
    assert story(recording) == told("""
        0 main() ready <outside
        0 main() runs
        0 outer enter by main(): held by main(), 0
        0 inside ready <main()
        0 outer create_task by main(): held by main(), 1
        0 B ready <main()
        0 outer create_task by main(): held by main(), 2
        0 outer exit by main(): 2
        0 main() waits TaskGroup[outer] @outer
        0 inside runs
        0 inner enter by inside: held by inside, 0
        0 A ready <inside
        0 inner create_task by inside: held by inside, 1
        0 inner exit by inside: 1
        0 inside waits TaskGroup[inner] @inner
        0 B runs
        0 B waits sleep(1) @fail
        0 A runs
        0 A waits sleep(2) @nap
        1 B ready <timer
        1 B runs
        1 B failed: ValueError: no
        1 outer abort by B: 1, main() in line
        1 inside ready <B
        1 main() ready <B
        1 outer task_done by B: 1
        1 inside runs
        1 inner abort by inside: 1
        1 A ready <inside
        1 inside waits TaskGroup[inner] @inner
        1 main() runs
        1 main() waits TaskGroup[outer] @outer
        1 A runs
        1 A cancelled by B
        1 inside ready <A
        1 inner task_done by A: 0
        1 inside runs
        1 inside cancelled by B
        1 main() ready <inside
        1 outer task_done by inside: 0
        1 main() runs
        1 main() done
    """)


def test_timeout_that_fires() -> None:
    async def main() -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(1):
                await asyncio.sleep(2)  # @sleep

    recording = simulate(main())
    assert untruths(recording) == []
    assert story(recording) == told("""
        0 main() ready <outside
        0 main() runs
        0 Timeout 1 enter by main(): held by main()
        0 main() waits sleep(2) @sleep
        1 main() ready <timer
        1 Timeout 1 expire by outside: held by main()
        1 main() runs
        1 Timeout 1 exit by main()
        1 main() done
    """)
    assert timers(recording) == told("""
        0 timeout by main(), due 1, fired at 1
        0 sleep by main(), due 2, cancelled at 1
    """)


def test_timeout_that_does_not_fire() -> None:
    async def main() -> None:
        async with asyncio.timeout(2) as limit:
            await asyncio.sleep(1)  # @sleep
            limit.reschedule(None)

    recording = simulate(main())
    assert untruths(recording) == []
    assert story(recording) == told("""
        0 main() ready <outside
        0 main() runs
        0 limit enter by main(): held by main()
        0 main() waits sleep(1) @sleep
        1 main() ready <timer
        1 main() runs
        1 limit exit by main()
        1 main() done
    """)
    assert timers(recording) == told("""
        0 timeout by main(), due 2, cancelled at 1
        0 sleep by main(), due 1, fired at 1
    """)


def test_gather() -> None:
    async def main() -> None:
        await asyncio.gather(nap(1), nap(2))  # @gather

    recording = simulate(main())
    assert untruths(recording) == []
    assert story(recording) == told("""
        0 main() ready <outside
        0 main() runs
        0 nap(1) ready <main()
        0 nap(2) ready <main()
        0 main() waits gather @gather
        0 nap(1) runs
        0 nap(1) waits sleep(1) @nap
        0 nap(2) runs
        0 nap(2) waits sleep(2) @nap
        1 nap(1) ready <timer
        1 nap(1) runs
        1 nap(1) done
        2 nap(2) ready <timer
        2 nap(2) runs
        2 nap(2) done
        2 main() ready <nap(2)
        2 main() runs
        2 main() done
    """)


def test_wait_and_as_completed() -> None:
    async def main() -> None:
        tasks = [asyncio.create_task(nap(1), name="A"), asyncio.create_task(nap(2), name="B")]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)  # @wait
        for task in asyncio.as_completed(tasks):
            await task  # @next

    recording = simulate(main())
    assert untruths(recording) == []
    # A has ended already: as_completed finds that out in a callback of main's own.
    assert story(recording) == told("""
        0 main() ready <outside
        0 main() runs
        0 A ready <main()
        0 B ready <main()
        0 main() waits wait @wait
        0 A runs
        0 A waits sleep(1) @nap
        0 B runs
        0 B waits sleep(2) @nap
        1 A ready <timer
        1 A runs
        1 A done
        1 main() ready <A
        1 main() runs
        1 main() waits as_completed @next
        1 main() ready <main()
        1 main() runs
        1 main() waits as_completed @next
        2 B ready <timer
        2 B runs
        2 B done
        2 main() ready <B
        2 main() runs
        2 main() done
    """)


def test_a_name_is_not_looked_for_again_where_timeouts_have_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    searches = []
    look = names.primitive_names

    def counted(*arguments: Any) -> tuple[str, ...]:
        searches.append(arguments)
        return look(*arguments)

    monkeypatch.setattr(names, "primitive_names", counted)

    async def main() -> int:
        for _ in range(100):
            async with asyncio.timeout(1):
                pass
            with suppress(TimeoutError):
                async with asyncio.timeout(0.1):
                    await asyncio.sleep(1)
        found = len(searches)
        for _ in range(2):
            async with asyncio.timeout(1) as limit:
                limit.reschedule(None)
        return found

    recording = simulate(main())
    assert recording.result < 10
    labels = [resource.label for resource in recording.resources]
    assert labels[-3:] == ["Timeout 200", "limit", "limit #2"]


def test_shield() -> None:
    async def main() -> None:
        task = asyncio.create_task(nap(2), name="A")
        with suppress(TimeoutError):
            async with asyncio.timeout(1):
                await asyncio.shield(task)  # @shield
        await task  # @task

    recording = simulate(main())
    assert untruths(recording) == []
    assert story(recording) == told("""
        0 main() ready <outside
        0 main() runs
        0 A ready <main()
        0 Timeout 1 enter by main(): held by main()
        0 main() waits shield @shield
        0 A runs
        0 A waits sleep(2) @nap
        1 main() ready <timer
        1 Timeout 1 expire by outside: held by main()
        1 main() runs
        1 Timeout 1 exit by main()
        1 main() waits await task[A] @task
        2 A ready <timer
        2 A runs
        2 main() ready <A
        2 A done
        2 main() runs
        2 main() done
    """)


def waiting_for() -> Recording:
    async def main() -> None:
        await asyncio.wait_for(nap(1), 2)  # @in-time
        with suppress(TimeoutError):
            await asyncio.wait_for(nap(3), 2)  # @too-late

    recording = simulate(main())
    assert untruths(recording) == []
    return recording


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="until 3.11 wait_for makes a task")
def test_wait_for_until_3_11() -> None:
    assert story(waiting_for()) == told("""
        0 main() ready <outside
        0 main() runs
        0 nap(1) ready <main()
        0 main() waits wait_for @in-time
        0 nap(1) runs
        0 nap(1) waits sleep(1) @nap
        1 nap(1) ready <timer
        1 nap(1) runs
        1 nap(1) done
        1 main() ready <nap(1)
        1 main() runs
        1 nap(3) ready <main()
        1 main() waits wait_for @too-late
        1 nap(3) runs
        1 nap(3) waits sleep(3) @nap
        3 main() ready <timer
        3 main() runs
        3 nap(3) ready <main()
        3 main() waits wait_for @too-late
        3 nap(3) runs
        3 nap(3) cancelled by a timeout
        3 main() ready <nap(3)
        3 main() runs
        3 main() done
    """)


@pytest.mark.skipif(sys.version_info < (3, 12), reason="since 3.12 wait_for makes no task")
def test_wait_for_since_3_12() -> None:
    assert story(waiting_for()) == told("""
        0 main() ready <outside
        0 main() runs
        0 main() waits sleep(1) @nap
        1 main() ready <timer
        1 main() runs
        1 main() waits sleep(3) @nap
        3 main() ready <timer
        3 main() runs
        3 main() done
    """)


def test_async_generator() -> None:
    async def numbers() -> AsyncIterator[int]:
        await asyncio.sleep(1)  # @generator
        yield 1

    async def main() -> None:
        async for _ in numbers():
            pass

    recording = simulate(main())
    assert untruths(recording) == []
    assert story(recording) == told("""
        0 main() ready <outside
        0 main() runs
        0 main() waits sleep(1) @generator
        1 main() ready <timer
        1 main() runs
        1 main() done
    """)


def test_bare_future() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        loop.call_later(1, future.set_result, None)
        await future  # @future

    recording = simulate(main())
    assert untruths(recording) == []
    assert story(recording) == told("""
        0 main() ready <outside
        0 main() runs
        0 main() waits await future @future
        1 main() ready <timer
        1 main() runs
        1 main() done
    """)
    assert timers(recording) == told("""
        0 Future.set_result by main(), due 1, fired at 1
    """)


def test_giving_way() -> None:
    async def give_way() -> None:
        await asyncio.sleep(0)  # @zero

    async def main() -> None:
        other = asyncio.create_task(give_way(), name="A")
        await asyncio.sleep(0)  # @first
        await asyncio.sleep(0)  # @second
        await other

    recording = simulate(main())
    assert untruths(recording) == []
    assert story(recording) == told("""
        0 main() ready <outside
        0 main() runs
        0 A ready <main()
        0 main() ready <main() @first
        0 A runs
        0 A ready <A @zero
        0 main() runs
        0 main() ready <main() @second
        0 A runs
        0 A done
        0 main() runs
        0 main() done
    """)


def test_cancelled_before_its_first_step() -> None:
    async def main() -> None:
        task = asyncio.create_task(nap(1), name="A")
        task.cancel()
        await asyncio.wait([task])  # @wait

    recording = simulate(main())
    assert untruths(recording) == []
    assert story(recording) == told("""
        0 main() ready <outside
        0 main() runs
        0 A ready <main()
        0 main() waits wait @wait
        0 A runs
        0 A cancelled by main()
        0 main() ready <A
        0 main() runs
        0 main() done
    """)


def test_cancelled_while_it_waits() -> None:
    async def main() -> None:
        task = asyncio.create_task(nap(2), name="A")
        await asyncio.sleep(1)  # @sleep
        task.cancel()
        await asyncio.wait([task])  # @wait

    recording = simulate(main())
    assert untruths(recording) == []
    assert story(recording) == told("""
        0 main() ready <outside
        0 main() runs
        0 A ready <main()
        0 main() waits sleep(1) @sleep
        0 A runs
        0 A waits sleep(2) @nap
        1 main() ready <timer
        1 main() runs
        1 A ready <main()
        1 main() waits wait @wait
        1 A runs
        1 A cancelled by main()
        1 main() ready <A
        1 main() runs
        1 main() done
    """)


def test_cancelled_while_it_is_ready() -> None:
    async def wait(event: asyncio.Event) -> None:
        await event.wait()  # @event

    async def main() -> None:
        event = asyncio.Event()
        task = asyncio.create_task(wait(event), name="A")
        await asyncio.sleep(1)  # @sleep
        event.set()
        task.cancel()
        await asyncio.wait([task])  # @wait

    recording = simulate(main())
    assert untruths(recording) == []
    assert story(recording) == told("""
        0 main() ready <outside
        0 main() runs
        0 A ready <main()
        0 main() waits sleep(1) @sleep
        0 A runs
        0 A waits Event.wait[event] @event
        1 main() ready <timer
        1 main() runs
        1 event set by main(): A in line
        1 A ready <main()
        1 main() waits wait @wait
        1 A runs
        1 A cancelled by main()
        1 main() ready <A
        1 main() runs
        1 main() done
    """)


def test_cancelled_by_a_timer() -> None:
    async def main() -> None:
        task = asyncio.create_task(nap(2), name="A")
        asyncio.get_running_loop().call_later(1, task.cancel)
        await asyncio.wait([task])  # @wait

    recording = simulate(main())
    assert untruths(recording) == []
    assert story(recording) == told("""
        0 main() ready <outside
        0 main() runs
        0 A ready <main()
        0 main() waits wait @wait
        0 A runs
        0 A waits sleep(2) @nap
        1 A ready <timer
        1 A runs
        1 A cancelled by a timer
        1 main() ready <A
        1 main() runs
        1 main() done
    """)
    assert timers(recording) == told("""
        0 Task.cancel by main(), due 1, fired at 1
        0 sleep by A, due 2, cancelled at 1
    """)


def test_cancelled_while_ready() -> None:
    async def pass_by() -> None:
        pass

    async def main() -> None:
        others = [asyncio.create_task(pass_by(), name=name) for name in "BC"]

        async def cancel() -> None:
            task.cancel()

        others.append(asyncio.create_task(cancel(), name="D"))
        task = asyncio.create_task(nap(2), name="A")
        await asyncio.wait([task])  # @wait

    recording = simulate(main())
    assert untruths(recording) == []
    assert story(recording) == told("""
        0 main() ready <outside
        0 main() runs
        0 B ready <main()
        0 C ready <main()
        0 D ready <main()
        0 A ready <main()
        0 main() waits wait @wait
        0 B runs
        0 B done
        0 C runs
        0 C done
        0 D runs
        0 D done
        0 A runs
        0 A cancelled by D
        0 main() ready <A
        0 main() runs
        0 main() done
    """)


def test_cancelled_by_itself() -> None:
    async def cancel_oneself() -> None:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        await asyncio.sleep(1)  # @sleep

    async def main() -> None:
        task = asyncio.create_task(cancel_oneself(), name="A")
        await asyncio.wait([task])  # @wait

    recording = simulate(main())
    assert untruths(recording) == []
    assert story(recording) == told("""
        0 main() ready <outside
        0 main() runs
        0 A ready <main()
        0 main() waits wait @wait
        0 A runs
        0 A ready <A @sleep
        0 A runs
        0 A cancelled by A
        0 main() ready <A
        0 main() runs
        0 main() done
    """)


def test_cancellation_that_is_refused() -> None:
    async def refuse() -> None:
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(2)  # @sleep

    async def main() -> None:
        task = asyncio.create_task(refuse(), name="A")
        await asyncio.sleep(1)  # @main
        task.cancel()
        await task  # @task

    recording = simulate(main())
    assert untruths(recording) == []
    assert story(recording) == told("""
        0 main() ready <outside
        0 main() runs
        0 A ready <main()
        0 main() waits sleep(1) @main
        0 A runs
        0 A waits sleep(2) @sleep
        1 main() ready <timer
        1 main() runs
        1 A ready <main()
        1 main() waits await task[A] @task
        1 A runs
        1 main() ready <A
        1 A done
        1 main() runs
        1 main() done
    """)


def test_failure_that_nobody_asks_about() -> None:
    kept = []

    async def main() -> None:
        kept.append(asyncio.create_task(fail(1), name="A"))
        await asyncio.sleep(2)  # @sleep

    recording = simulate(main())
    kept[0].exception()
    assert untruths(recording) == []
    assert story(recording) == told("""
        0 main() ready <outside
        0 main() runs
        0 A ready <main()
        0 main() waits sleep(2) @sleep
        0 A runs
        0 A waits sleep(1) @fail
        1 A ready <timer
        1 A runs
        1 A failed: ValueError: no, never retrieved
        2 main() ready <timer
        2 main() runs
        2 main() done
    """)


def test_failure_that_is_asked_about() -> None:
    async def main() -> None:
        await asyncio.gather(fail(1), return_exceptions=True)  # @gather

    recording = simulate(main())
    assert untruths(recording) == []
    assert story(recording) == told("""
        0 main() ready <outside
        0 main() runs
        0 fail(1) ready <main()
        0 main() waits gather @gather
        0 fail(1) runs
        0 fail(1) waits sleep(1) @fail
        1 fail(1) ready <timer
        1 fail(1) runs
        1 fail(1) failed: ValueError: no
        1 main() ready <fail(1)
        1 main() runs
        1 main() done
    """)


def test_task_that_is_left_at_the_end() -> None:
    kept = []

    async def main() -> None:
        kept.append(asyncio.create_task(nap(5), name="A"))
        await asyncio.sleep(1)  # @sleep

    recording = simulate(main())
    assert untruths(recording) == []
    assert story(recording) == told("""
        0 main() ready <outside
        0 main() runs
        0 A ready <main()
        0 main() waits sleep(1) @sleep
        0 A runs
        0 A waits sleep(5) @nap
        1 main() ready <timer
        1 main() runs
        1 main() done
        A alive
    """)


def test_a_computed_delay_is_named_to_three_digits() -> None:
    async def main() -> None:
        for delay in (0.0625, 0.0969088, 1 / 3, 1234.5):
            await asyncio.sleep(delay)

    [task] = simulate(main()).tasks
    assert [span.reason.call for span in task.spans if span.reason is not None] == [
        "sleep(0.0625)",
        "sleep(0.0969)",
        "sleep(0.333)",
        "sleep(1234.5)",
    ]


def test_turns_of_the_loop() -> None:
    async def main() -> None:
        await asyncio.gather(nap(1), nap(1), nap(2))

    # Since Python 3.14 gather has one more callback, for `asyncio.print_call_graph`.
    with_main = 2 if sys.version_info >= (3, 14) else 1
    turns = [(turn.start, turn.ready) for turn in simulate(main()).turns]
    assert turns == [
        (0, 1),  # main()
        (0, 3),  # the three naps
        (0, 0),  # nobody: the loop waits, and in this turn two timers fire
        (1, 2),  # two naps are woken, and end
        (1, 2),  # gather hears of both
        (1, 0),  # the third timer fires
        (2, 1),  # the third nap
        (2, 1),  # gather, which is complete
        (2, with_main),  # main()
        (2, 1),  # the loop hears that main() has ended
    ]


def test_a_library_that_waits_in_a_library_has_the_name_that_the_program_calls() -> None:
    source = (
        "import asyncio\n"
        "async def inner():\n"
        "    future = asyncio.get_running_loop().create_future()\n"
        "    asyncio.get_running_loop().call_later(1, future.set_result, None)\n"
        "    await future\n"
        "async def outer():\n"
        "    await inner()\n"
    )
    library: dict[str, Any] = {}
    exec(compile(source, learners_code.LIBRARY_FOLDERS[-1] + "made_up.py", "exec"), library)

    async def main() -> None:
        await library["outer"]()

    assert simulate(main()).tasks[0].waits() == {"outer": 1.0}
