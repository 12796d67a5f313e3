"""A call is one wait, however often it was woken and found that it had to wait on."""

from __future__ import annotations

import asyncio

from course_helpers import simulate
from course_helpers.recording.readings import waits_for
from course_helpers.recording.waited import Calls


async def _starves() -> None:
    queue: asyncio.Queue[int] = asyncio.Queue()

    async def patient() -> None:
        await queue.get()

    waiting = asyncio.create_task(patient(), name="patient")
    await asyncio.sleep(0.1)
    for _ in range(4):
        queue.put_nowait(1)
        queue.get_nowait()  # before the one that was woken has its turn
        await asyncio.sleep(0.1)
    await queue.put(2)
    await waiting


def test_who_is_woken_in_vain_waits_once() -> None:
    recording = simulate(_starves())
    patient, queue = recording.task("patient"), recording.resource("queue")
    ((who, call),) = waits_for(recording)[queue.index]
    assert (who, round(call.seconds, 9)) == (patient.index, 0.5)
    assert [call] == list(Calls(recording).of(patient))
    assert (call.reason.call, call.start) == ("Queue.get", 0.0)


async def _takes_two() -> None:
    queue: asyncio.Queue[int] = asyncio.Queue()

    async def takes() -> None:
        for _ in range(2):
            await queue.get()

    taking = asyncio.create_task(takes(), name="takes")
    for item in range(2):
        await asyncio.sleep(0.1)
        await queue.put(item)
    await taking


def test_two_calls_in_one_line_are_two() -> None:
    recording = simulate(_takes_two())
    (waits,) = waits_for(recording).values()
    assert [round(call.seconds, 9) for _, call in waits] == [0.1, 0.1]


async def _cancelled_between() -> None:
    queue: asyncio.Queue[int] = asyncio.Queue()

    async def insists() -> None:
        for _ in range(2):
            try:
                await queue.get()
            except asyncio.CancelledError:
                continue

    task = asyncio.create_task(insists(), name="insists")
    await asyncio.sleep(0.1)
    task.cancel()
    await asyncio.sleep(0.1)
    await queue.put(1)
    await task


def test_who_was_cancelled_calls_anew() -> None:
    (waits,) = waits_for(simulate(_cancelled_between())).values()
    assert len(waits) == 2


async def _group() -> None:
    async def fails() -> None:
        await asyncio.sleep(0.1)
        raise ValueError

    async def cleans_up() -> None:
        try:
            await asyncio.sleep(1)
        finally:
            await asyncio.sleep(0.2)

    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(fails())
            group.create_task(cleans_up())
    except* ValueError:
        pass


def test_a_group_waits_once_for_its_tasks() -> None:
    recording = simulate(_group())
    group = recording.resource("group")
    ((_, call),) = waits_for(recording)[group.index]
    assert round(call.seconds, 9) == 0.3
