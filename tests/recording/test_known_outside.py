"""Known answers: threads, child processes and streams, and tasks that a recording did not begin.

A thread does its work at any time: where one takes part, the answer is told lane by lane. How to
read the answers: see `story`.
"""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from course_helpers.recorder.record import record
from course_helpers.recording.model import Ending, Recording
from course_helpers.simulation.run import simulate
from course_helpers.views.replay.narration import moments, text
from course_helpers.views.summary import summary
from tests.recording.story import lanes, story, told
from tests.recording.truths import untruths

EAGER_TASKS: Any = vars(asyncio).get("eager_task_factory")  # from 3.12 on


async def nap(seconds: float) -> float:
    await asyncio.sleep(seconds)  # @nap
    return seconds


def job(error: Exception | None = None) -> None:
    # From Python 3.14 on nobody waits for one that has ended before it is waited for.
    time.sleep(0.05)
    if error is not None:
        raise error


def test_to_thread() -> None:
    async def main() -> None:
        await asyncio.to_thread(job)  # @thread

    recording = simulate(main())
    assert untruths(recording) == []
    assert lanes(recording) == told("""
        main() ready <outside
        main() runs
        main() waits to_thread[job()] @thread
        main() ready <job()
        main() runs
        main() done

        job() is a thread of main()
        job() ready <main()
        job() runs
        job() done
    """)


def test_executor_job_that_fails() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(1) as pool, pytest.raises(ValueError, match="no"):
            await loop.run_in_executor(pool, job, ValueError("no"))  # @executor

    recording = simulate(main())
    assert untruths(recording) == []
    assert lanes(recording) == told("""
        main() ready <outside
        main() runs
        main() waits run_in_executor[job()] @executor
        main() ready <job()
        main() runs
        main() done

        job() is a thread of main()
        job() ready <main()
        job() runs
        job() failed: ValueError: no
    """)


def test_a_job_that_calls_the_loop_is_named_by_what_the_program_called() -> None:
    async def main() -> None:
        called = asyncio.Event()
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(None, loop.call_soon_threadsafe, called.set)
        await called.wait()

    labels = [task.label for task in simulate(main()).tasks]
    assert labels == ["main()", "BaseEventLoop.call_soon_threadsafe()"]


def test_call_soon_threadsafe() -> None:
    async def main() -> None:
        event = asyncio.Event()
        loop = asyncio.get_running_loop()
        caller = threading.Thread(
            target=loop.call_soon_threadsafe, args=(event.set,), name="caller"
        )
        caller.start()
        await event.wait()  # @event
        caller.join()
        await asyncio.sleep(0)  # @end

    recording = simulate(main())
    assert untruths(recording) == []
    assert lanes(recording) == told("""
        main() ready <outside
        main() runs
        main() waits Event.wait[event] @event
        main() ready <caller
        main() runs
        main() ready <main() @end
        main() runs
        main() done

        caller is a thread of nobody
        caller is there
        caller done

        event set by outside: main() in line
    """)


def test_call_soon_threadsafe_in_the_loops_own_thread() -> None:
    async def main() -> None:
        event = asyncio.Event()
        waiter = asyncio.create_task(event.wait(), name="waiter")
        await asyncio.sleep(1)
        asyncio.get_running_loop().call_soon_threadsafe(event.set)
        await waiter

    recording = simulate(main())
    woken = [span.waker for span in recording.task("waiter").spans if span.waker]
    assert [(waker.kind, waker.task) for waker in woken] == [("task", 0), ("task", 0)]


def test_run_coroutine_threadsafe() -> None:
    def submit(loop: asyncio.AbstractEventLoop) -> float:
        return asyncio.run_coroutine_threadsafe(nap(1), loop).result()

    async def main() -> None:
        await asyncio.to_thread(submit, asyncio.get_running_loop())  # @thread

    recording = simulate(main())
    assert untruths(recording) == []
    assert lanes(recording) == told("""
        main() ready <outside
        main() runs
        main() waits to_thread[submit()] @thread
        main() ready <submit()
        main() runs
        main() done

        submit() is a thread of main()
        submit() ready <main()
        submit() runs
        submit() done

        nap(1) ready <submit()
        nap(1) runs
        nap(1) waits sleep(1) @nap
        nap(1) ready <timer
        nap(1) runs
        nap(1) done
    """)


def test_child_process() -> None:
    async def main() -> int:
        child = await asyncio.create_subprocess_exec("sh", "-c", "sleep 0.1; exit 3")  # @create
        return await child.wait()  # @wait

    recording = simulate(main())
    assert recording.result == 3
    assert untruths(recording) == []
    assert lanes(recording) == told("""
        main() ready <outside
        main() runs
        main() waits create_subprocess_exec @create
        main() ready <outside
        main() runs
        main() waits Process.wait @wait
        main() ready <io
        main() runs
        main() done

        sh -c sleep 0.1; exit 3 is a process of main()
        sh -c sleep 0.1; exit 3 ready <main()
        sh -c sleep 0.1; exit 3 runs
        sh -c sleep 0.1; exit 3 failed: exit code 3
    """)


@pytest.mark.skipif(sys.platform == "win32", reason="a selector loop starts no children there")
def test_child_process_is_named_by_its_program_without_the_folder() -> None:
    async def main() -> None:
        child = await asyncio.create_subprocess_exec(Path("/bin/sh"), b"-c", "exit 0")
        await child.wait()

    [_, child] = simulate(main()).tasks
    assert child.label == "sh -c exit 0"


@pytest.mark.skipif(sys.platform == "win32", reason="a selector loop starts no children there")
def test_a_program_in_lines_is_no_part_of_a_child_processs_name() -> None:
    async def main() -> None:
        child = await asyncio.create_subprocess_exec("sh", "-c", "\nexit 0\nexit 1\n", "last")
        await child.wait()

    [_, child] = simulate(main()).tasks
    assert child.label == "sh -c … last"


def test_output_of_a_child_process() -> None:
    async def main() -> None:
        child = await asyncio.create_subprocess_exec(
            "cat", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )  # @create
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write(b"line\n")
        await child.stdout.readline()  # @readline
        child.stdin.close()
        await child.wait()  # @wait

    recording = simulate(main())
    assert untruths(recording) == []
    assert lanes(recording) == told("""
        main() ready <outside
        main() runs
        main() waits create_subprocess_exec @'child = await asyncio.create_subprocess_exec('
        main() ready <outside
        main() runs
        main() waits StreamReader.readline @readline
        main() ready <io
        main() runs
        main() waits Process.wait @wait
        main() ready <io
        main() runs
        main() done

        cat is a process of main()
        cat ready <main()
        cat runs
        cat done: exit code 0
    """)


def test_stream_reader() -> None:
    async def feed(reader: asyncio.StreamReader) -> None:
        await asyncio.sleep(1)  # @sleep
        reader.feed_data(b"line\n")

    async def main() -> None:
        reader = asyncio.StreamReader()
        feeding = asyncio.create_task(feed(reader), name="feeder")
        await reader.readline()  # @readline
        await feeding

    recording = simulate(main())
    assert untruths(recording) == []
    assert story(recording) == told("""
        0 main() ready <outside
        0 main() runs
        0 feeder ready <main()
        0 main() waits StreamReader.readline @readline
        0 feeder runs
        0 feeder waits sleep(1) @sleep
        1 feeder ready <timer
        1 feeder runs
        1 main() ready <feeder
        1 feeder done
        1 main() runs
        1 main() done
    """)


def test_connection() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.readline())  # @answer
        writer.close()

    async def main() -> None:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)  # @server
        async with server:
            host, port = server.sockets[0].getsockname()
            reader, writer = await asyncio.open_connection(host, port)  # @open
            writer.write(b"line\n")
            await reader.readline()  # @readline
            writer.close()
            await writer.wait_closed()  # @closed

    recording = simulate(main())
    assert untruths(recording) == []
    # What was sent may have arrived before or after answer() asks for it: main's lane is certain.
    assert lanes(recording).split("\n\n")[0] == told("""
        main() ready <outside
        main() runs
        main() waits start_server @server
        main() ready <outside
        main() runs
        main() ready <main() @server
        main() runs
        main() waits open_connection @open
        main() ready <io
        main() runs
        main() waits open_connection @open
        main() ready <main()
        main() runs
        main() waits StreamReader.readline @readline
        main() ready <io
        main() runs
        main() waits StreamWriter.wait_closed @closed
        main() ready <main()
        main() runs
        main() done
    """)


def recorded_with_others() -> Recording:
    async def wait(event: asyncio.Event) -> None:
        await event.wait()  # @event

    async def main() -> Recording:
        event = asyncio.Event()
        waiting = asyncio.create_task(wait(event), name="waiting")
        await asyncio.sleep(0)  # @unseen
        ready = asyncio.create_task(nap(0), name="ready")
        with record() as recording:
            event.set()
            await waiting  # @waiting
            await ready
        return recording

    return asyncio.run(main())


def test_tasks_that_were_there_before() -> None:
    recording = recorded_with_others()
    assert untruths(recording) == []
    assert story(recording, times=False) == told("""
        main() existed
        ready existed
        waiting existed
        ready ready <outside
        waiting waits Event.wait[event] @event
        main() runs
        event set by main(): waiting in line
        waiting ready <main()
        main() waits await task[waiting] @waiting
        ready runs
        ready ready <ready @nap
        waiting runs
        main() ready <waiting
        waiting done
        ready runs
        ready done
        main() runs
        main() alive
    """)


def test_a_thread_that_ends_just_before_the_recording_has_ended() -> None:
    async def main() -> Recording:
        with record() as recording:
            loop = asyncio.get_running_loop()
            thread = threading.Thread(
                target=lambda: loop.call_soon_threadsafe(lambda: None), name="caller"
            )
            thread.start()
            thread.join()
        return recording

    recording = asyncio.run(main())
    assert recording.task("caller").ending is Ending.DONE


def test_jobs_for_other_interpreters_are_left_alone() -> None:
    # As Python 3.14 has them: threads that can call only what can be pickled.
    kind = type("InterpreterPoolExecutor", (ThreadPoolExecutor,), {})
    kind.__module__ = "concurrent.futures.interpreter"

    class Executor(kind):  # type: ignore[misc, valid-type]
        def submit(self, function: Any, /, *arguments: Any, **options: Any) -> Any:
            given.append(function)
            return super().submit(function, *arguments, **options)

    async def main() -> None:
        with Executor() as executor:
            await asyncio.get_running_loop().run_in_executor(executor, sum, (1, 2))

    given: list[Any] = []
    recording = simulate(main())
    assert given == [sum]
    assert [task.label for task in recording.tasks] == ["main()"]


def test_a_future_of_another_thread_is_no_job_of_an_executor() -> None:
    async def main() -> dict[str, float]:
        loop = asyncio.get_running_loop()
        with record() as recording:
            future = Future[None]()
            thread = threading.Thread(target=future.set_result, args=(None,))
            loop.call_soon(thread.start)  # when it is awaited
            await asyncio.wrap_future(future)
            go = threading.Event()
            with ThreadPoolExecutor(1) as pool:
                loop.call_soon(go.set)
                await loop.run_in_executor(pool, go.wait)
        return recording.tasks[0].waits()

    assert sorted(asyncio.run(main())) == ["await thread's future", "run_in_executor"]


@pytest.mark.skipif(sys.version_info < (3, 12), reason="eager tasks came with 3.12")
def test_eager_tasks_of_a_factory_of_ones_own() -> None:
    def factory(loop: Any, coroutine: Any, **options: Any) -> Any:
        eagerly: Any = {"eager_start": True}  # from 3.12 on
        return asyncio.Task(coroutine, loop=loop, **eagerly, **options)

    async def main() -> None:
        asyncio.get_running_loop().set_task_factory(factory)
        await asyncio.create_task(nap(1), name="B")  # @B

    recording = simulate(main())
    assert untruths(recording) == []
    [warning] = recording.warnings
    assert "task factory runs the first step of a task while it creates it" in warning
    assert story(recording) == told("""
        0 main() ready <outside
        0 main() runs
        0 main() ready <B @B
        0 B is a task of main()
        0 B runs
        0 B waits sleep(1) @nap
        0 main() runs
        0 main() waits await task[B] @B
        1 B ready <timer
        1 B runs
        1 main() ready <B
        1 B done
        1 main() runs
        1 main() done
    """)


@pytest.mark.skipif(EAGER_TASKS is None, reason="eager tasks came with 3.12")
def test_an_eager_task_that_is_made_after_the_recording_by_what_was_kept_of_it() -> None:
    async def main() -> Recording:
        loop = asyncio.get_running_loop()
        loop.set_task_factory(EAGER_TASKS)
        with record() as recording:
            create_task = loop.create_task  # as asyncio keeps it to close a generator
        await create_task(nap(0))
        return recording

    recording = asyncio.run(main())
    assert [task.label for task in recording.tasks] == ["main()"]


@pytest.mark.skipif(sys.version_info < (3, 12), reason="eager tasks came with 3.12")
def test_an_eager_task_of_a_callback_is_no_step_of_whoever_asked_for_the_callback() -> None:
    async def at_once() -> None: ...

    def start() -> None:
        asyncio.create_task(at_once())

    async def main() -> None:
        loop = asyncio.get_running_loop()
        loop.set_task_factory(EAGER_TASKS)
        loop.call_soon(start)
        await asyncio.sleep(1)  # @main

    recording = simulate(main())
    assert untruths(recording) == []
    assert story(recording) == told("""
        0 main() ready <outside
        0 main() runs
        0 main() waits sleep(1) @main
        0 at_once() is a task of main()
        0 at_once() runs
        0 at_once() done
        1 main() ready <timer
        1 main() runs
        1 main() done
    """)


@pytest.mark.skipif(sys.version_info < (3, 12), reason="eager tasks came with 3.12")
def test_eager_tasks() -> None:
    async def at_once(lock: asyncio.Lock) -> None:
        await lock.acquire()

    async def give_way() -> None:
        await asyncio.sleep(0)  # @zero
        await asyncio.create_task(at_once(asyncio.Lock()))  # @D

    async def main() -> None:
        asyncio.get_running_loop().set_task_factory(EAGER_TASKS)
        lock = asyncio.Lock()
        tasks: list[asyncio.Task[Any]] = [asyncio.create_task(at_once(lock))]  # @A
        tasks += [asyncio.create_task(nap(1), name="B")]  # @B
        tasks += [asyncio.create_task(give_way(), name="C")]  # @C
        await tasks[1]  # @end

    recording = simulate(main())
    assert untruths(recording) == []
    # An eager task's first step is part of its creation: it interrupts that of its parent.
    kinds = [span.waker.kind for span in recording.task("main()").spans if span.waker is not None]
    assert kinds == ["outside", "eager", "eager", "eager", "task"]
    (steps,) = [line for line in str(summary(recording)).splitlines() if line.startswith("main()")]
    assert steps.split()[4] == "2"
    told_of = [text(one, recording) for each in moments(recording) for one in each.sentences]
    said = "main() stops in the middle of its step: B, which it creates, runs at once."
    assert told_of[told_of.index(said) :][:3] == [
        said,
        "main() creates B.",
        "B runs for the first time.",
    ]
    assert told_of.count("main() goes on with its step.") == 3
    assert not any(sentence.startswith("main() gives way") for sentence in told_of)
    assert story(recording) == told("""
        0 main() ready <outside
        0 main() runs
        0 main() ready <at_once() @A
        0 at_once() is a task of main()
        0 at_once() runs
        0 lock acquire by at_once(): held by at_once()
        0 at_once() done
        0 main() runs
        0 main() ready <B @B
        0 B is a task of main()
        0 B runs
        0 B waits sleep(1) @nap
        0 main() runs
        0 main() ready <C @C
        0 C is a task of main()
        0 C runs
        0 C ready <C @zero
        0 main() runs
        0 main() waits await task[B] @end
        0 C runs
        0 C ready <at_once() #2 @D
        0 at_once() #2 is a task of C
        0 at_once() #2 runs
        0 lock #2 acquire by at_once() #2: held by at_once() #2
        0 at_once() #2 done
        0 C runs
        0 C done
        1 B ready <timer
        1 B runs
        1 main() ready <B
        1 B done
        1 main() runs
        1 main() done
    """)


@pytest.mark.skipif(sys.version_info < (3, 12), reason="eager tasks came with 3.12")
def test_that_the_first_step_of_a_task_was_not_seen_is_said() -> None:
    async def main() -> None:
        eagerly: Any = {"eager_start": True}  # from 3.12 on
        await asyncio.Task(nap(1), loop=asyncio.get_running_loop(), **eagerly)

    recording = simulate(main())
    assert untruths(recording) == []
    [warning] = recording.warnings
    assert "the task only from when it was woken" in warning
    task = recording.task("nap(1)")
    assert (task.existed, task.parent, task.born) == (False, None, 1.0)


@pytest.mark.skipif(EAGER_TASKS is None, reason="eager tasks came with 3.12")
def test_what_an_eager_task_leaves_behind_is_named_without_asking_it() -> None:
    # Python 3.12.1 crashes when a task is asked for its coroutine that ended in its first step.
    async def main() -> None:
        loop, queue = asyncio.get_running_loop(), asyncio.Queue[int]()

        async def quick() -> None:
            loop.call_later(1, queue.put_nowait, 1)

        loop.set_task_factory(EAGER_TASKS)
        task = asyncio.create_task(quick())
        await asyncio.sleep(2)
        assert task.done()

    recording = simulate(main())
    assert [resource.kind for resource in recording.resources] == ["Queue"]
