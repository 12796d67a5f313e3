"""Threads and child processes race with the loop; a simulation has one outcome all the same."""

from __future__ import annotations

import asyncio
import concurrent.futures.thread
import queue
import sys
import threading
import time
from asyncio.subprocess import PIPE
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Any

import pytest

from course_helpers.simulation import simulate
from tests.simulation.everything import everything

_RUNS = 15


async def busy(turns: int = 30) -> None:
    for _ in range(turns):
        await asyncio.sleep(0)


async def a_job_that_ends_at_once() -> Any:
    return await asyncio.to_thread(pow, 2, 3)


async def many_jobs() -> Any:
    return await asyncio.gather(*(asyncio.to_thread(pow, 2, power) for power in range(8)))


async def jobs_beside_tasks_that_go_on() -> Any:
    jobs = (asyncio.to_thread(pow, 2, power) for power in range(3))
    return await asyncio.gather(busy(), *jobs, asyncio.sleep(1))


async def more_jobs_than_threads() -> Any:
    with ThreadPoolExecutor(2) as threads:
        loop = asyncio.get_running_loop()
        jobs = [loop.run_in_executor(threads, pow, 2, power) for power in range(6)]
        return [await job for job in asyncio.as_completed(jobs)]


async def a_job_whose_task_is_cancelled() -> None:
    task = asyncio.create_task(asyncio.to_thread(sum, range(1000)))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.sleep(1)


async def a_task_that_asks_again_and_again() -> Any:
    job = asyncio.get_running_loop().run_in_executor(None, pow, 2, 3)
    turns = 0
    while not job.done():
        await asyncio.sleep(0)
        turns += 1
    return turns


async def threads_that_call_the_loop() -> Any:
    loop, said = asyncio.get_running_loop(), asyncio.Queue[str]()

    def work(name: str) -> None:
        for number in range(3):
            loop.call_soon_threadsafe(said.put_nowait, f"{name}{number}")

    threads = [threading.Thread(target=work, args=(name,), name=name) for name in "ABC"]
    for thread in threads:
        thread.start()
    return [await said.get() for _ in range(9)]


async def a_thread_that_takes_its_work_from_a_queue() -> Any:
    loop, work = asyncio.get_running_loop(), queue.Queue[asyncio.Future[int] | None]()

    def worker() -> None:
        while (future := work.get()) is not None:
            loop.call_soon_threadsafe(future.set_result, 1)

    threading.Thread(target=worker, name="worker").start()
    results = []
    for _ in range(3):
        future = loop.create_future()
        work.put(future)
        results.append(await future)
        await asyncio.sleep(1)
    work.put(None)
    return results


async def workers_that_are_idle_between_jobs() -> Any:
    loop, work = asyncio.get_running_loop(), queue.SimpleQueue[asyncio.Future[int] | None]()

    def worker() -> None:
        while (future := work.get()) is not None:
            loop.call_soon_threadsafe(future.set_result, 1)

    threading.Thread(target=worker, name="worker", daemon=True).start()
    results = []
    for _ in range(3):
        async with asyncio.timeout(0.1):
            future = loop.create_future()
            work.put(future)
            results.append(await future)
        await asyncio.sleep(1)
    work.put(None)
    return results


async def jobs_that_are_queued() -> Any:
    loop = asyncio.get_running_loop()

    def work(number: int) -> int:
        return asyncio.run_coroutine_threadsafe(asyncio.sleep(1, number), loop).result()

    with ThreadPoolExecutor(1) as one_thread:
        jobs = (loop.run_in_executor(one_thread, work, number) for number in range(3))
        return await asyncio.gather(*jobs)


async def threads_that_ask_the_loop() -> Any:
    loop = asyncio.get_running_loop()

    async def double(number: int) -> int:
        await asyncio.sleep(number)
        return 2 * number

    def work(number: int) -> Any:
        return asyncio.run_coroutine_threadsafe(double(number), loop).result()

    return await asyncio.gather(*(asyncio.to_thread(work, number) for number in range(4)))


async def a_child_that_ends_at_once() -> Any:
    process = await asyncio.create_subprocess_exec("true")
    return await process.wait()


async def the_lines_of_a_child() -> Any:
    process = await asyncio.create_subprocess_exec(
        "sh", "-c", "for i in 1 2 3; do echo $i; done", stdout=PIPE
    )
    assert process.stdout is not None
    lines = [line async for line in process.stdout]
    await process.wait()
    return lines


async def a_child_that_is_asked() -> Any:
    process = await asyncio.create_subprocess_exec("cat", stdin=PIPE, stdout=PIPE)
    return await process.communicate(b"hello\n")


async def children_beside_tasks_that_go_on() -> Any:
    children = the_lines_of_a_child(), a_child_that_ends_at_once(), the_lines_of_a_child()
    return await asyncio.gather(busy(), *children)


_CHILDREN = (
    a_child_that_ends_at_once,
    the_lines_of_a_child,
    a_child_that_is_asked,
    children_beside_tasks_that_go_on,
)
_THREADS = (
    a_job_that_ends_at_once,
    many_jobs,
    jobs_beside_tasks_that_go_on,
    more_jobs_than_threads,
    a_job_whose_task_is_cancelled,
    a_task_that_asks_again_and_again,
    threads_that_call_the_loop,
    a_thread_that_takes_its_work_from_a_queue,
    workers_that_are_idle_between_jobs,
    jobs_that_are_queued,
    threads_that_ask_the_loop,
)


@contextmanager
def unequal_speeds(run: int) -> Iterator[None]:
    """Have Python's threads take turns more or less often, while another one takes part of them."""
    before = sys.getswitchinterval()
    over = threading.Event()
    sys.setswitchinterval((1e-6, 1e-4, 5e-3)[run % 3])
    rival = threading.Thread(target=lambda: all(not over.is_set() for _ in iter(int, 1)))
    if run % 2:
        rival.start()
    try:
        yield
    finally:
        over.set()
        sys.setswitchinterval(before)
        if rival.ident is not None:
            rival.join()


def outcomes(program: Callable[[], Coroutine[Any, Any, Any]], runs: int = _RUNS) -> set[str]:
    seen = set()
    for run in range(runs):
        with unequal_speeds(run):
            seen.add(everything(simulate(program())))
    return seen


def test_whether_a_job_can_be_cancelled_does_not_depend_on_how_fast_its_thread_starts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def late(*args: Any) -> None:
        sleep(0.05)
        work(*args)

    quick = everything(simulate(a_job_whose_task_is_cancelled()))
    sleep, work = time.sleep, concurrent.futures.thread._worker
    monkeypatch.setattr(concurrent.futures.thread, "_worker", late)
    assert everything(simulate(a_job_whose_task_is_cancelled())) == quick


@pytest.mark.parametrize("program", _THREADS)
def test_threads(program: Callable[[], Coroutine[Any, Any, Any]]) -> None:
    assert len(outcomes(program)) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="selector loops start no processes there")
@pytest.mark.parametrize("program", _CHILDREN)
def test_child_processes(program: Callable[[], Coroutine[Any, Any, Any]]) -> None:
    assert len(outcomes(program)) == 1


def test_jobs_in_other_processes() -> None:
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as processes:

        async def main() -> Any:
            loop = asyncio.get_running_loop()
            jobs = (loop.run_in_executor(processes, pow, 2, power) for power in range(4))
            return await asyncio.gather(busy(), *jobs)

        simulate(main())  # whose first job starts threads
        assert len(outcomes(main)) == 1
