"""Steps that keep the loop."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time

import pytest

from course_helpers import Recording, record, simulate, summary


def recorded(*, last: bool) -> Recording:
    async def main() -> Recording:
        with record(threshold=0.02) as recording:
            await asyncio.sleep(0)
            time.sleep(0.06)
            if not last:
                await asyncio.sleep(0)
        return recording

    return asyncio.run(main())


@pytest.mark.parametrize("last", [False, True])
def test_a_long_step_blocks_also_when_it_is_the_recordings_last(last: bool) -> None:
    recording = recorded(last=last)
    longest = max(recording.blocked, key=lambda step: step.end - step.start)
    assert longest.end - longest.start >= 0.06
    assert longest.task is not None
    assert recording.tasks[longest.task].existed


def flush() -> None:
    time.sleep(0.15)


def stall() -> None:
    time.sleep(0.4)


def test_a_callback_blocks_and_not_the_task_that_asked_for_it() -> None:
    async def main() -> None:
        asyncio.get_running_loop().call_soon(flush)
        await asyncio.sleep(1)

    recording = simulate(main())
    [blocked] = recording.blocked
    assert (blocked.task, blocked.function) == (None, "flush")
    line = flush.__code__.co_firstlineno + 1
    assert [finding.text for finding in summary(recording).findings][:1] == [
        f"Loop blocked 0.15 s at line {line} in flush."
    ]


@pytest.mark.skipif(sys.version_info < (3, 12), reason="eager tasks came with 3.12")
@pytest.mark.parametrize("own", [0.0, 0.1])
def test_what_an_eager_task_blocks_is_not_said_of_its_callback(own: float) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        loop.set_task_factory(asyncio.eager_task_factory)  # type: ignore[attr-defined, unused-ignore]
        made = []

        async def child() -> None:
            stall()

        def creates() -> None:
            made.append(asyncio.create_task(child()))
            time.sleep(own)

        loop.call_soon(creates)
        await asyncio.sleep(1)

    by_a_callback = [step.task is None for step in simulate(main()).blocked]
    assert by_a_callback == ([False, True] if own else [False])


def test_the_line_is_where_most_of_a_step_went() -> None:
    async def main() -> None:
        time.sleep(0.04)
        time.sleep(0.2)
        time.sleep(0.03)
        await asyncio.sleep(1)
        time.sleep(0.1)

    first = main.__code__.co_firstlineno
    blocked = simulate(main()).blocked
    lines = [step.location and step.location.line - first for step in blocked]
    assert lines == [2, 5]


@pytest.mark.real_time  # no other step may take as long
def test_the_line_is_the_callbacks_also_while_a_job_has_begun() -> None:
    async def main() -> Recording:
        with record() as recording:
            await asyncio.sleep(0)
            job = asyncio.get_running_loop().run_in_executor(None, int)
            time.sleep(0.4)
            await job
            asyncio.get_running_loop().call_soon(stall)
            await asyncio.sleep(0.1)
        return recording

    # On a busy machine other steps may be as long as this, but hardly longer.
    longest = sorted(asyncio.run(main()).blocked, key=lambda step: step.start - step.end)[:2]
    places = {step.location.function: step.location for step in longest if step.location}
    assert places.keys() == {"main", "stall"}
    assert places["stall"].line == stall.__code__.co_firstlineno + 1


@pytest.mark.real_time
def test_a_librarys_task_blocks_in_a_function_of_the_librarys() -> None:
    async def main() -> Recording:
        with record() as recording:
            stack = contextlib.AsyncExitStack()
            stack.callback(time.sleep, 0.4)
            await asyncio.create_task(stack.aclose())
        return recording

    recording = asyncio.run(main())
    step = max(recording.blocked, key=lambda step: step.end - step.start)
    assert (step.location, step.function) == (None, "contextlib._exit_wrapper")
    assert "s by contextlib._exit_wrapper in AsyncExitStack.aclose()" in str(summary(recording))


def test_a_librarys_task_blocks_by_the_virtual_clock() -> None:
    async def main() -> None:
        stack = contextlib.AsyncExitStack()
        stack.callback(time.sleep, 0.3)
        await asyncio.create_task(stack.aclose())

    [finding] = summary(simulate(main())).findings
    assert finding.text == (
        "Loop blocked 0.3 s by contextlib._exit_wrapper in AsyncExitStack.aclose()."
    )
