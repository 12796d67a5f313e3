"""Known answers: who cancelled whom, through what, and what became of it.

One line for each request: time, whom, by whom, through what of asyncio's, what became of it,
and when it arrived. A program runs simulated, and again with tasks of asyncio's own class.
"""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from functools import partial
from typing import Any

import pytest

from course_helpers import record, simulate, summary
from course_helpers.recording.model import Outcome, Recording
from course_helpers.recording.readings import canceller
from course_helpers.simulation.clock import VirtualClockLoop
from tests.recording.story import told
from tests.recording.truths import untruths

Program = Callable[[], Coroutine[Any, Any, None]]


async def nap(seconds: float) -> None:
    await asyncio.sleep(seconds)


async def deaf(seconds: float, after: float = 0) -> None:
    with suppress(asyncio.CancelledError):
        await asyncio.sleep(seconds)
    await asyncio.sleep(after)


def said(recording: Recording) -> str:
    assert untruths(recording) == []
    labels = [task.label for task in recording.tasks]
    lines = []
    for request in recording.cancellations:
        by = canceller(request, recording.cancellations, labels)
        line = f"{request.time:g} {labels[request.task]} by {by}"
        if request.through is not None:
            line += f" through {request.through}"
        if request.origin is not None:
            line += f" of {labels[recording.cancellations[request.origin].task]}"
        line += f": {request.outcome}"
        if request.arrived is not None:
            line += f", arrived at {request.arrived:g}"
        lines.append(line)
    return "\n".join(lines)


def recorded(program: Program) -> Recording:
    """What is heard of a program whose tasks are of asyncio's own class."""

    async def block() -> Recording:
        with record() as recording:
            await asyncio.create_task(program(), name="main()")
        return recording

    def loop() -> asyncio.AbstractEventLoop:
        loop: asyncio.AbstractEventLoop = VirtualClockLoop(steps=10_000, real_seconds=60)
        loop.set_task_factory(
            lambda loop, *made_of, **how: asyncio.Task(*made_of, loop=loop, **how)
        )
        return loop

    with asyncio.Runner(loop_factory=loop) as runner:
        return runner.run(block())


def check(program: Program, expected: str) -> Recording:
    recording = simulate(program())
    assert said(recording) == told(expected)
    assert said(recorded(program)) == told(expected)
    return recording


def findings(recording: Recording) -> list[str]:
    found = summary(recording).findings
    return [finding.text for finding in found if finding.check == "swallowed cancellation"]


def test_whoever_cancels_a_task_also_cancels_what_it_awaits() -> None:
    async def outer() -> None:
        await asyncio.create_task(nap(9), name="inner")

    async def kill(task: asyncio.Task[None]) -> None:
        await asyncio.sleep(0.1)
        task.cancel()

    async def main() -> None:
        task = asyncio.create_task(outer(), name="outer")
        await asyncio.wait([task, asyncio.create_task(kill(task), name="killer")])

    recording = check(
        main,
        """
        0.1 outer by killer: cancelled, arrived at 0.1
        0.1 inner by killer through await of outer: cancelled, arrived at 0.1
        """,
    )
    assert recording.task("outer").cancelled_by == "killer"
    assert recording.task("inner").cancelled_by == "killer"
    assert recording.cancellations[0].location is not None
    assert recording.cancellations[0].location.function == "kill"
    assert not findings(recording)


def test_nobody_cancels_a_task_that_raises_the_error_itself() -> None:
    async def give_up() -> None:
        raise asyncio.CancelledError

    async def shielded() -> None:
        await asyncio.shield(give_up())

    async def main() -> None:
        await asyncio.wait([asyncio.create_task(shielded(), name="awaits it")])

    recording = check(main, "")
    assert {task.cancelled_by for task in recording.tasks} == {None}
    assert recording.task("awaits it").ended is not None


def test_one_that_is_ready_or_has_not_begun_or_runs() -> None:
    async def cancel_oneself() -> None:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        await asyncio.sleep(0)

    async def main() -> None:
        event = asyncio.Event()
        tasks = [
            asyncio.create_task(nap(9), name="not begun"),
            asyncio.create_task(event.wait(), name="ready"),
            asyncio.create_task(cancel_oneself(), name="itself"),
        ]
        tasks[0].cancel("a message of its own")
        await asyncio.sleep(0)
        event.set()
        tasks[1].cancel()
        await asyncio.wait(tasks)

    check(
        main,
        """
        0 not begun by main(): cancelled, arrived at 0
        0 itself by itself: cancelled, arrived at 0
        0 ready by main(): cancelled, arrived at 0
        """,
    )


def test_gather_and_what_it_gathers() -> None:
    async def gathers() -> None:
        await asyncio.gather(
            asyncio.create_task(nap(8), name="A"), asyncio.create_task(nap(9), name="B")
        )

    async def main() -> None:
        task = asyncio.create_task(gathers(), name="gathers")
        await asyncio.sleep(1)
        task.cancel()
        await asyncio.wait([task])

    check(
        main,
        """
        1 gathers by main(): cancelled, arrived at 1
        1 A by main() through gather of gathers: cancelled, arrived at 1
        1 B by main() through gather of gathers: cancelled, arrived at 1
        """,
    )


def test_a_group_ends_because_one_of_its_tasks_fails() -> None:
    async def fail() -> None:
        await asyncio.sleep(1)
        raise ValueError

    async def main() -> None:
        with suppress(BaseExceptionGroup):
            async with asyncio.TaskGroup() as group:
                group.create_task(nap(9), name="A")
                group.create_task(fail(), name="B")
                await asyncio.sleep(8)

    check(
        main,
        """
        1 A by B through TaskGroup: cancelled, arrived at 1
        1 main() by B through TaskGroup: taken back, arrived at 1
        """,
    )


@pytest.mark.parametrize("at_its_end", [False, True])
def test_a_group_passes_on_what_its_owner_was_cancelled_by(at_its_end: bool) -> None:
    async def own() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(nap(9), name="A")
            await asyncio.sleep(0 if at_its_end else 8)

    async def main() -> None:
        task = asyncio.create_task(own(), name="owner")
        await asyncio.sleep(1)
        task.cancel()
        await asyncio.wait([task])

    check(
        main,
        """
        1 owner by main(): cancelled, arrived at 1
        1 A by main() through TaskGroup of owner: cancelled, arrived at 1
        """,
    )


def test_a_timeout_takes_back_what_it_asked_for() -> None:
    async def main() -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(1):
                await asyncio.create_task(nap(9), name="A")
        await asyncio.sleep(0)

    recording = check(
        main,
        """
        1 main() by a timeout through timeout: taken back, arrived at 1
        1 A by a timeout through await of main(): cancelled, arrived at 1
        """,
    )
    assert recording.cancellations[0].resource is not None
    assert not findings(recording)


def test_a_task_that_swallows_it() -> None:
    async def main() -> None:
        task = asyncio.create_task(deaf(9, 1), name="deaf")
        await asyncio.sleep(1)
        task.cancel()
        await task

    recording = check(main, "1 deaf by main(): swallowed, arrived at 1")
    assert findings(recording) == [
        "deaf was cancelled by main() at 1 s and went on: it ended as done."
    ]


def test_a_task_that_goes_on_when_the_recording_ends() -> None:
    async def main() -> None:
        task = asyncio.create_task(deaf(9, 9), name="deaf")
        await asyncio.sleep(1)
        task.cancel()
        await asyncio.sleep(1)

    [finding] = findings(simulate(main()))
    line = deaf.__code__.co_firstlineno + 3
    assert finding == (
        "deaf was cancelled by main() at 1 s and went on: at the end it waits in sleep(9) at line "
        f"{line}."
    )


def test_what_a_timeout_awaits_swallows_it() -> None:
    async def main() -> None:
        async with asyncio.timeout(1):
            await asyncio.create_task(deaf(9), name="deaf")
            await asyncio.sleep(1)

    recording = check(
        main,
        """
        1 main() by a timeout through timeout: swallowed
        1 deaf by a timeout through await of main(): swallowed, arrived at 1
        """,
    )
    assert findings(recording) == [
        "deaf was cancelled by a timeout at 1 s and went on: it ended as done. "
        "So did main(), which awaited it."
    ]


def test_it_is_taken_back_fails_and_comes_too_late() -> None:
    async def take_back() -> None:
        task = asyncio.current_task()
        assert task is not None
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(9)
        task.uncancel()
        await asyncio.sleep(1)

    async def fail() -> None:
        try:
            await asyncio.sleep(9)
        finally:
            raise ValueError

    async def end() -> None:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        raise ValueError

    async def main() -> None:
        tasks = [
            asyncio.create_task(take_back(), name="takes back"),
            asyncio.create_task(fail(), name="fails"),
            asyncio.create_task(end(), name="ends"),
        ]
        await asyncio.sleep(1)
        tasks[0].cancel()
        tasks[1].cancel()
        await asyncio.wait(tasks)

    check(
        main,
        """
        0 ends by ends: too late
        1 takes back by main(): taken back, arrived at 1
        1 fails by main(): failed, arrived at 1
        """,
    )


def test_a_thread_cancels_in_the_proper_way() -> None:
    async def main() -> None:
        task = asyncio.create_task(nap(9), name="A")
        loop = asyncio.get_running_loop()
        thread = threading.Thread(
            target=loop.call_soon_threadsafe, args=(task.cancel,), name="killer"
        )
        await asyncio.sleep(0)
        thread.start()
        await asyncio.wait([task])

    check(main, "0 A by killer: cancelled, arrived at 0")


@pytest.mark.skipif(sys.version_info < (3, 12), reason="eager tasks came with 3.12")
def test_eager_tasks() -> None:
    async def main() -> None:
        factory = asyncio.eager_task_factory  # type: ignore[attr-defined]
        asyncio.get_running_loop().set_task_factory(factory)
        task = asyncio.create_task(nap(9), name="A")
        task.cancel()
        await asyncio.wait([task])

    check(main, "0 A by main(): cancelled, arrived at 0")


def test_one_that_cancels_itself_where_a_group_takes_its_request_back() -> None:
    async def main() -> None:
        async def fails() -> None:
            raise ValueError

        async def work() -> None:
            with suppress(BaseException):
                async with asyncio.TaskGroup() as group:
                    group.create_task(fails())
                    group.create_task(nap(9))
            task = asyncio.current_task()
            assert task is not None
            task.cancel()

        await asyncio.wait([asyncio.create_task(work(), name="A")])

    recording = simulate(main())
    assert [
        (request.through, request.by.task == request.task)
        for request in recording.cancellations
        if recording.tasks[request.task].label == "A"
    ] == [("TaskGroup", False), (None, True)]


@pytest.mark.parametrize("at_its_end", [False, True])
def test_one_that_cancels_itself_in_the_step_in_which_a_group_ends(at_its_end: bool) -> None:
    async def main() -> None:
        async def fails() -> None:
            raise ValueError

        async def work() -> None:
            with suppress(BaseException):
                async with asyncio.TaskGroup() as group:
                    group.create_task(fails())
                    while not at_its_end:
                        await asyncio.sleep(0)
            task = asyncio.current_task()
            assert task is not None
            task.cancel()
            time.sleep(0.2)

        await asyncio.wait([asyncio.create_task(work(), name="A")])

    of_the_group, of_itself = simulate(main()).cancellations
    taken_back = not at_its_end or sys.version_info >= (3, 13)
    assert of_the_group.through == "TaskGroup"
    assert of_the_group.outcome is (Outcome.TAKEN_BACK if taken_back else Outcome.CANCELLED)
    assert (of_itself.by.task, of_itself.time) == (of_itself.task, 0.0)
    assert of_itself.outcome is Outcome.CANCELLED


def test_who_cancels_itself_twice_does_so_before_the_time_that_it_blocks() -> None:
    async def main() -> None:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        task.cancel()
        time.sleep(0.2)

    with pytest.raises(asyncio.CancelledError) as raised:
        simulate(main())
    requests = raised.value.recording.cancellations  # type: ignore[attr-defined]
    assert [(request.time, request.by.task) for request in requests] == [(0.0, 0), (0.0, 0)]


def test_a_timeout_whose_request_the_program_has_taken_back_itself() -> None:
    async def main() -> None:
        async with asyncio.timeout(0):
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(1)
            task = asyncio.current_task()
            assert task is not None
            task.uncancel()

    recording = simulate(main())
    assert not recording.warnings
    assert [request.through for request in recording.cancellations] == ["timeout"]


def test_nothing_of_it_is_left_in_a_task() -> None:
    async def main() -> None:
        with record():
            task = asyncio.create_task(nap(9))
            await asyncio.sleep(0)
        assert task._cancel_message is None  # type: ignore[attr-defined]
        task.cancel("why")
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())


@pytest.mark.skipif(sys.version_info < (3, 12), reason="eager tasks came with 3.12")
def test_an_eager_task_that_cancels_itself_in_its_first_step() -> None:
    async def gives_up() -> None:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        asyncio.create_task(nap(0), name="another")
        await asyncio.sleep(9)

    async def main() -> None:
        loop = asyncio.get_running_loop()
        loop.set_task_factory(asyncio.eager_task_factory)  # type: ignore[attr-defined, unused-ignore]
        await asyncio.wait([asyncio.create_task(gives_up(), name="A")])

    recording = simulate(main())
    [request] = recording.cancellations
    assert (request.by.task, request.task) == (recording.task("A").index,) * 2
    assert recording.task("A").cancelled_by == "A"


@pytest.mark.skipif(sys.version_info < (3, 12), reason="eager tasks came with 3.12")
def test_an_eager_task_that_cancels_itself_does_it_through_nothing_of_asyncios() -> None:
    async def gives_up() -> None:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        await asyncio.sleep(9)

    async def main() -> None:
        loop = asyncio.get_running_loop()
        loop.set_task_factory(asyncio.eager_task_factory)  # type: ignore[attr-defined, unused-ignore]
        await asyncio.wait([asyncio.create_task(gives_up(), name="A")])

    check(main, "0 A by A: cancelled, arrived at 0")


@pytest.mark.skipif(sys.version_info < (3, 12), reason="eager tasks came with 3.12")
def test_requests_in_one_step_that_eager_tasks_interrupt() -> None:
    async def grandchild(task: asyncio.Task[Any]) -> None:
        task.cancel()

    async def child(task: asyncio.Task[Any]) -> None:
        task.cancel()
        asyncio.create_task(grandchild(task))
        task.cancel()

    async def main() -> None:
        loop = asyncio.get_running_loop()
        loop.set_task_factory(asyncio.eager_task_factory)  # type: ignore[attr-defined, unused-ignore]
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        asyncio.create_task(child(task))
        task.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(1)
        for _ in range(5):
            task.uncancel()

    recording = simulate(main())
    labels = [task.label for task in recording.tasks]
    by = [labels[request.by.task or 0] for request in recording.cancellations]
    assert by == ["main()", "child()", "grandchild()", "child()", "main()"]
    # They arrive with its next step: an eager task that interrupts this one does not begin it.
    [asleep] = [span for span in recording.tasks[0].spans if span.location is not None][1:2]
    arrived = {request.arrived_sequence for request in recording.cancellations}
    assert len(arrived) == 1
    assert all(each is not None and each > asleep.sequence for each in arrived)


@pytest.mark.skipif(sys.version_info < (3, 12), reason="eager tasks came with 3.12")
def test_what_an_eager_task_cancels_is_raised_as_without_a_recording() -> None:
    async def child(task: asyncio.Task[Any]) -> None:
        task.cancel()

    async def main() -> tuple[Any, ...]:
        loop = asyncio.get_running_loop()
        loop.set_task_factory(asyncio.eager_task_factory)  # type: ignore[attr-defined, unused-ignore]
        task = asyncio.current_task()
        assert task is not None
        asyncio.create_task(child(task))
        try:
            await asyncio.sleep(1)
        except asyncio.CancelledError as error:
            return error.args
        return ("not cancelled",)

    assert asyncio.run(main()) == simulate(main()).result == ()


def test_a_group_that_fails_makes_no_request_that_was_made_before() -> None:
    async def fails() -> None:
        raise ValueError

    async def cancels_itself() -> None:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        async with asyncio.TaskGroup() as group:
            group.create_task(fails(), name="fails")
            group.create_task(nap(0), name="another")

    async def main() -> None:
        await asyncio.wait([asyncio.create_task(cancels_itself(), name="A")])

    check(
        main,
        """
        0 A by A: failed, arrived at 0
        0 another by A through TaskGroup of A: cancelled, arrived at 0
        """,
    )


@pytest.mark.skipif(sys.version_info < (3, 12), reason="eager tasks came with 3.12")
def test_an_eager_task_that_cancels_itself_and_is_cancelled_again() -> None:
    seen = []

    async def gives_up() -> None:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(nap(1), name="in the group")
                await asyncio.sleep(9)
        except asyncio.CancelledError as error:
            seen.append(error.args)
            raise

    async def main() -> None:
        loop = asyncio.get_running_loop()
        loop.set_task_factory(asyncio.eager_task_factory)  # type: ignore[attr-defined, unused-ignore]
        task = asyncio.create_task(gives_up(), name="A")
        task.cancel()
        await asyncio.wait([task])

    asyncio.run(main())
    recording = simulate(main())
    assert seen == [(), ()]
    lanes = [task.label for task in recording.tasks]
    requests = [each for each in recording.cancellations if lanes[each.task] == "A"]
    assert [lanes[each.by.task or 0] for each in requests] == ["A", "main()"]


def test_a_task_that_cancels_itself_three_times_in_a_step_is_heard_three_times() -> None:
    async def main() -> None:
        task = asyncio.current_task()
        assert task is not None
        for _ in range(3):
            task.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(1)

    check(main, "\n".join(3 * ["0 main() by main(): swallowed, arrived at 0"]))


@pytest.mark.skipif(sys.version_info < (3, 12), reason="eager tasks came with 3.12")
def test_a_gather_does_not_wait_for_what_has_ended_at_once() -> None:
    async def done() -> None: ...

    async def main() -> None:
        loop = asyncio.get_running_loop()
        loop.set_task_factory(asyncio.eager_task_factory)  # type: ignore[attr-defined, unused-ignore]
        await asyncio.gather(nap(1), done())

    recording = simulate(main())
    [waits] = [span.reason for span in recording.tasks[0].spans if span.reason]
    assert [recording.tasks[task].coroutine for task in waits.tasks] == ["nap"]


@pytest.mark.parametrize(
    "places", [(0, 1), (1, 0), (0,), (0, 1, 0)], ids=["first", "last", "alone", "twice"]
)
def test_who_cancels_what_gathers_it_again_and_again(places: tuple[int, ...]) -> None:
    async def program() -> None:
        async def cancels() -> None:
            task.cancel()
            task.cancel()

        async def gathers() -> None:
            makes = (cancels, partial(nap, 1))
            made = {place: makes[place]() for place in set(places)}
            await asyncio.gather(*[made[place] for place in places])

        task = asyncio.create_task(gathers(), name="gathers")
        await asyncio.wait([task])

    for recording in (simulate(program()), recorded(program)):
        lanes = {task.label: task.index for task in recording.tasks}
        found = [
            (request.through, request.origin)
            for request in recording.cancellations
            if request.task == lanes["cancels()"]
        ]
        asked = [
            number
            for number, request in enumerate(recording.cancellations)
            if request.task == lanes["gathers"]
        ]
        assert found == [("gather", number) for number in asked for _ in range(places.count(0))]
        assert len(asked) == 2


@pytest.mark.parametrize("from_inside", [False, True])
def test_a_gather_in_a_gather_and_who_is_gathered_again(from_inside: bool) -> None:
    async def main() -> None:
        async def shared() -> None:
            await asyncio.sleep(0.5)
            if from_inside:
                outer.cancel()
            await asyncio.sleep(1)

        async def middle() -> None:
            await asyncio.gather(task, task)

        async def gathers() -> None:
            again = asyncio.create_task(middle(), name="middle")
            await asyncio.gather(asyncio.gather(again, task), again)

        task = asyncio.create_task(shared(), name="shared")
        outer = asyncio.create_task(gathers(), name="outer")
        await asyncio.sleep(0.25)
        if not from_inside:
            outer.cancel()
        await asyncio.wait([outer])

    at, by = (0.5, "shared") if from_inside else (0.25, "main()")
    twice = [f"{at} shared by {by} through gather of middle: cancelled, arrived at {at}"] * 2
    check(
        main,
        "\n".join(
            [
                f"{at} outer by {by}: cancelled, arrived at {at}",
                f"{at} middle by {by} through gather of outer: cancelled, arrived at {at}",
                *twice,
                f"{at} shared by {by} through gather of outer: cancelled, arrived at {at}",
                f"{at} middle by {by} through gather of outer: cancelled, arrived at {at}",
                *twice,
            ]
        ),
    )


def test_who_gathers_futures_of_no_task_is_heard() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        futures = [loop.create_future() for _ in range(2)]

        async def gathers() -> None:
            await asyncio.gather(*futures)

        task = asyncio.create_task(gathers(), name="gathers")
        await asyncio.sleep(1)
        task.cancel()
        await asyncio.wait([task])

    check(main, "1 gathers by main(): cancelled, arrived at 1")


async def gather(*naps: float) -> None:
    """The program's own, which is called as one of asyncio's is."""

    def ended(task: asyncio.Task[None]) -> None: ...

    for seconds in naps:
        task = asyncio.create_task(nap(seconds), name=f"nap {seconds:g}")
        task.add_done_callback(ended)
        await task


class TaskGroup:
    """The same."""

    async def __aenter__(self) -> None:
        self.task = asyncio.create_task(nap(9), name="in a group")
        await asyncio.sleep(0)

    async def __aexit__(self, *_: object) -> None:
        self.task.cancel()
        await asyncio.wait([self.task])


def test_what_is_called_as_asyncios_is_and_is_the_programs() -> None:
    async def main() -> None:
        async with TaskGroup():
            pass
        gathers = asyncio.create_task(gather(1), name="gathers")
        await asyncio.sleep(0.5)
        gathers.cancel()
        await asyncio.wait([gathers])

    check(
        main,
        """
        0 in a group by main(): cancelled, arrived at 0
        0.5 gathers by main(): cancelled, arrived at 0.5
        0.5 nap 1 by main() through await of gathers: cancelled, arrived at 0.5
    """,
    )
