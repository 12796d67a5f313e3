"""Executor jobs, threads, child processes and sockets inside a simulation.

What they do takes real time, and none of it shows on the virtual clock.
"""

from __future__ import annotations

import asyncio
import os
import queue
import re
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
from asyncio.subprocess import PIPE
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from course_helpers.simulation import Deadlock, LimitExceeded, clock, simulate
from course_helpers.simulation.other_ends import has_children
from course_helpers.simulation.outside import Outside


def now() -> float:
    return asyncio.get_running_loop().time()


class Gate:
    """Holds a thread until it is opened, while the thread looks as if it did something."""

    def __init__(self) -> None:
        self._out, self._into = os.pipe()

    def open(self) -> None:
        os.write(self._into, b"open")

    def pass_through(self, value: Any = None) -> Any:
        os.read(self._out, 1)
        return value

    def __del__(self, close: Callable[[int], None] = os.close) -> None:
        close(self._out)  # also when the interpreter ends, and `os` is gone
        close(self._into)

    def open_later(self) -> None:
        """Open it when real time has passed, from a thread that is not the program's."""
        threading.Timer(0.05, self.open).start()


async def ticking(ticks: list[float]) -> None:
    while True:
        await asyncio.sleep(1)
        ticks.append(now())


def test_time_stands_still_for_a_thread() -> None:
    gate = Gate()
    gate.open_later()

    async def main() -> Any:
        ticks: list[float] = []
        ticker = asyncio.create_task(ticking(ticks))
        await asyncio.sleep(2.5)
        result = await asyncio.to_thread(gate.pass_through, "done")
        assert (now(), ticks) == (2.5, [1, 2])
        ticker.cancel()
        return result

    assert simulate(main()).result == "done"


def test_time_stands_still_for_jobs_of_any_executor() -> None:
    async def main(executor: Any) -> list[Any]:
        loop = asyncio.get_running_loop()
        jobs = [loop.run_in_executor(executor, pow, 2, power) for power in range(20)]
        ticks: list[float] = []
        ticker = asyncio.create_task(ticking(ticks))
        results = await asyncio.gather(*jobs)
        assert ticks == []
        ticker.cancel()
        return results

    powers = [2**power for power in range(20)]
    assert simulate(main(None)).result == powers
    with ThreadPoolExecutor(2) as threads:
        assert simulate(main(threads)).result == powers
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as processes:
        assert simulate(main(processes)).result == powers


def test_idle_threads_of_an_executor_hold_nothing_up() -> None:
    async def main() -> float:
        with ThreadPoolExecutor(3) as executor:
            loop = asyncio.get_running_loop()
            await asyncio.gather(*(loop.run_in_executor(executor, pow, 2, 3) for _ in range(9)))
            await asyncio.to_thread(pow, 2, 3)
            await asyncio.sleep(100)
            return now()

    assert simulate(main()).result == 100


def test_a_deadlock_is_seen_beside_idle_threads() -> None:
    async def main() -> None:
        await asyncio.to_thread(pow, 2, 3)
        await asyncio.Event().wait()

    with pytest.raises(Deadlock):
        simulate(main())


def test_a_future_of_an_executor_that_was_wrapped_by_hand() -> None:
    gate = Gate()
    gate.open_later()

    async def main(executor: ThreadPoolExecutor) -> Any:
        return await asyncio.wrap_future(executor.submit(gate.pass_through, 5))

    with ThreadPoolExecutor() as executor:
        executor.submit(pow, 2, 3).result()
        assert simulate(main(executor)).result == 5


def test_an_exception_in_a_thread() -> None:
    async def main() -> None:
        await asyncio.to_thread(int, "x")

    with pytest.raises(ValueError, match="invalid literal"):
        simulate(main())


def test_a_thread_that_was_started_by_the_program_calls_the_loop() -> None:
    gate = Gate()
    gate.open_later()

    async def main() -> float:
        loop = asyncio.get_running_loop()
        event = asyncio.Event()

        def work() -> None:
            gate.pass_through()
            loop.call_soon_threadsafe(event.set)

        thread = threading.Thread(target=work)
        thread.start()
        async with asyncio.timeout(1):  # virtual seconds, of which none pass meanwhile
            await event.wait()
        thread.join()
        return now()

    assert simulate(main()).result == 0


def test_time_stands_still_for_a_daemon_thread_at_work() -> None:
    gate = Gate()

    async def main() -> float:
        loop = asyncio.get_running_loop()
        event = asyncio.Event()

        def work() -> None:
            gate.pass_through()
            loop.call_soon_threadsafe(event.set)

        threading.Thread(target=work, daemon=True).start()
        gate.open_later()
        async with asyncio.timeout(2):
            await event.wait()
        return now()

    assert simulate(main()).result == 0


class Worker:
    """A thread that takes its jobs from a queue, as those of database drivers do."""

    def __init__(self, jobs: Any, daemon: bool) -> None:
        self._jobs = jobs
        threading.Thread(target=self._work, name="worker", daemon=daemon).start()

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            future, function = job
            future.get_loop().call_soon_threadsafe(future.set_result, function())

    async def run(self, function: Callable[[], Any]) -> Any:
        future = asyncio.get_running_loop().create_future()
        self._jobs.put((future, function))
        return await future

    def end(self) -> None:
        self._jobs.put(None)


@pytest.mark.parametrize("daemon", [False, True])
@pytest.mark.parametrize("kind", [queue.Queue, queue.SimpleQueue])
def test_a_worker_holds_time_while_it_works_and_not_while_it_is_idle(
    kind: Callable[[], Any], daemon: bool
) -> None:
    async def main() -> tuple[list[str], float]:
        worker = Worker(kind(), daemon)
        said = []
        try:
            for number in range(3):
                async with asyncio.timeout(0.5):
                    said.append(await worker.run(partial(pause, f"job {number}")))
                await asyncio.sleep(100)
        finally:
            worker.end()
        return said, now()

    def pause(value: str) -> str:
        time.sleep(0.02)
        return value

    assert simulate(main()).result == (["job 0", "job 1", "job 2"], 300)


def test_a_deadlock_is_seen_beside_an_idle_worker() -> None:
    async def main() -> None:
        worker = Worker(queue.SimpleQueue(), daemon=False)
        try:
            await asyncio.Event().wait()
        finally:
            worker.end()

    with pytest.raises(Deadlock):
        simulate(main())


@pytest.mark.parametrize("wait", ["acquire", "enter", "join", "select", "event"])
def test_a_thread_that_waits_in_any_way_holds_nothing(wait: str) -> None:
    async def main() -> float:
        lock, event = threading.Lock(), threading.Event()
        here, there = socket.socketpair()
        lock.acquire()

        def enter() -> None:
            with lock:
                pass

        def select() -> None:
            with selectors.DefaultSelector() as selector:
                selector.register(here, selectors.EVENT_READ)
                selector.select()

        other = threading.Thread(target=event.wait)
        ways: dict[str, Callable[[], Any]] = {
            "acquire": lock.acquire,
            "enter": enter,
            "join": other.join,
            "select": select,
            "event": event.wait,
        }
        other.start()
        thread = threading.Thread(target=ways[wait])
        thread.start()
        try:
            await asyncio.sleep(1000)
            assert thread.is_alive()
        finally:
            there.send(b"x")
            event.set()
            lock.release()
            thread.join()
            here.close()
            there.close()
        return now()

    assert simulate(main()).result == 1000


def test_a_timer_of_threading_is_at_work() -> None:
    async def main() -> tuple[int, int]:
        ticks: list[float] = []
        ticker = asyncio.create_task(ticking(ticks))
        future: Future[int] = Future()
        threading.Timer(0.05, future.set_result, [1]).start()
        result = await asyncio.wrap_future(future)
        ticker.cancel()
        return result, len(ticks)

    assert simulate(main()).result == (1, 0)


@pytest.mark.parametrize("jobs", [1, 2, 5])
def test_a_job_that_is_queued_holds_nothing(jobs: int) -> None:
    async def answer() -> int:
        await asyncio.sleep(1)
        return 1

    async def main() -> tuple[list[int], float]:
        loop = asyncio.get_running_loop()

        def ask() -> int:
            return asyncio.run_coroutine_threadsafe(answer(), loop).result()

        with ThreadPoolExecutor(1) as one_thread:
            calls = (loop.run_in_executor(one_thread, ask) for _ in range(jobs))
            return list(await asyncio.gather(*calls)), now()

    assert simulate(main()).result == ([1] * jobs, jobs)


def test_run_coroutine_threadsafe_from_a_thread_that_waits_for_it() -> None:
    printed: list[str] = []

    async def double(value: int) -> int:
        await asyncio.sleep(1)
        return 2 * value

    async def main() -> float:
        loop = asyncio.get_running_loop()

        def work() -> None:
            result = asyncio.run_coroutine_threadsafe(double(21), loop).result(timeout=30)
            printed.append(f"Thread got result: {result}")

        thread = threading.Thread(target=work)
        thread.start()
        await asyncio.sleep(2)
        assert printed == ["Thread got result: 42"]
        thread.join()
        return now()

    assert simulate(main()).result == 2


def test_run_coroutine_threadsafe_from_to_thread() -> None:
    async def double(value: int) -> int:
        await asyncio.sleep(1)
        return 2 * value

    async def main() -> tuple[list[int], float]:
        loop = asyncio.get_running_loop()

        def work(value: int) -> int:
            first = asyncio.run_coroutine_threadsafe(double(value), loop).result(timeout=30)
            return asyncio.run_coroutine_threadsafe(double(first), loop).result(timeout=30)

        results = await asyncio.gather(*(asyncio.to_thread(work, value) for value in range(4)))
        return results, now()

    results, seconds = simulate(main()).result
    assert results == [0, 4, 8, 12]
    # Each of them sleeps twice for a second; they begin when they get to it.
    assert seconds == 2


def test_a_thread_whose_wait_has_a_time_limit_is_no_deadlock() -> None:
    async def main() -> str:
        called = asyncio.Event()
        loop = asyncio.get_running_loop()
        threading.Timer(0.05, loop.call_soon_threadsafe, [called.set]).start()
        await called.wait()
        waited = await asyncio.to_thread(threading.Event().wait, 0.05)
        return f"called, then the time limit: {waited}"

    assert simulate(main()).result == "called, then the time limit: False"


def test_a_thread_that_takes_its_work_from_a_queue() -> None:
    async def main() -> tuple[list[int], float]:
        work: queue.Queue[int | None] = queue.Queue()
        done: list[int] = []

        def worker() -> None:
            while (item := work.get()) is not None:
                done.append(item)

        thread = threading.Thread(target=worker)
        thread.start()
        for item in range(3):
            await asyncio.sleep(1)
            work.put(item)
        work.put(None)
        await asyncio.to_thread(thread.join)
        return done, now()

    assert simulate(main()).result == ([0, 1, 2], 3)


def test_threads_that_were_there_before_hold_nothing_up() -> None:
    gate = Gate()
    thread = threading.Thread(target=gate.pass_through)
    thread.start()

    async def main() -> float:
        await asyncio.sleep(5)
        return now()

    try:
        assert simulate(main()).result == 5
    finally:
        gate.open()
        thread.join()


@pytest.mark.real_time
def test_waiting_for_real_is_bounded_and_says_for_what() -> None:
    gate = Gate()

    def blocking_call() -> None:
        gate.pass_through()

    async def main() -> None:
        await asyncio.sleep(1)
        await asyncio.to_thread(blocking_call)

    try:
        with pytest.raises(
            LimitExceeded, match=r"blocking_call\(\) in an executor.*stands still"
        ) as e:
            simulate(main(), real_seconds=0.2)
        assert e.value.recording.duration == 1
    finally:
        gate.open()


def _connected(kind: str) -> tuple[Any, Any]:
    """Two ends of a connection, or those of a pipe."""
    if kind == "pair":
        return socket.socketpair()
    if kind == "pipe":
        out, into = os.pipe()
        return os.fdopen(out, "rb"), os.fdopen(into, "wb")
    with socket.create_server(("127.0.0.1", 0)) as server:
        here = socket.create_connection(server.getsockname())
        return here, server.accept()[0]


async def _reads(file: Any) -> None:
    """Wait until something comes."""
    loop = asyncio.get_running_loop()
    comes = asyncio.Event()
    loop.add_reader(file.fileno(), comes.set)
    try:
        await comes.wait()
    finally:
        loop.remove_reader(file.fileno())


@pytest.mark.skipif(sys.platform == "win32", reason="selectors take no pipes there")
def test_what_has_come_is_taken_in_in_the_order_of_listening() -> None:
    pipes = [_connected("pipe") for _ in range(4)]
    heard: list[int] = []

    def hear(place: int) -> None:
        heard.append(place)
        os.read(pipes[place][0].fileno(), 1)

    async def main() -> None:
        loop = asyncio.get_running_loop()
        for place, (out, _) in enumerate(pipes):
            loop.add_reader(out, hear, place)
        for place in (2, 0, 3, 1):  # as it may be if others write
            os.write(pipes[place][1].fileno(), b"!")
        await asyncio.sleep(1)

    with ExitStack() as files:
        for out, into in pipes:
            files.enter_context(out)
            files.enter_context(into)
        simulate(main())
    assert heard == [0, 1, 2, 3]


async def run_python(code: str) -> tuple[int | None, bytes]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-S", "-c", code, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    return process.returncode, output


@pytest.mark.skipif(sys.platform == "win32", reason="selector loops start no processes there")
class TestChildProcesses:
    def test_time_stands_still_for_them(self) -> None:
        async def main() -> list[Any]:
            ticks: list[float] = []
            ticker = asyncio.create_task(ticking(ticks))
            async with asyncio.timeout(0.5):  # virtual seconds, of which none pass meanwhile
                results = await asyncio.gather(
                    run_python("print('hello')"),
                    run_python("import sys, time; time.sleep(0.1); print('late'); sys.exit(3)"),
                )
            assert (ticks, now()) == ([], 0)
            ticker.cancel()
            return list(results)

        assert simulate(main()).result == [(0, b"hello\n"), (3, b"late\n")]

    def test_their_lines_are_read(self) -> None:
        async def main() -> list[bytes]:
            process = await asyncio.create_subprocess_shell(
                "for i in 1 2 3; do echo $i; done",
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
            )
            assert process.stdout is not None
            lines = [line async for line in process.stdout]
            assert await process.wait() == 0
            return lines

        assert simulate(main()).result == [b"1\n", b"2\n", b"3\n"]

    def test_one_that_waits_for_its_output_to_be_read(self) -> None:
        async def main() -> tuple[int, float]:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-S",
                "-c",
                "print('x' * 500_000, end='')",
                stdout=asyncio.subprocess.PIPE,
            )
            assert process.stdout is not None
            size = 0
            while data := await process.stdout.read(100_000):
                size += len(data)
                await asyncio.sleep(1)
            await process.wait()
            return size, now()

        size, seconds = simulate(main()).result
        assert size == 500_000
        assert seconds >= 5

    def test_one_that_waits_for_input(self) -> None:
        async def main() -> tuple[bytes, float]:
            process = await asyncio.create_subprocess_exec(
                "cat", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
            )
            assert process.stdin is not None
            assert process.stdout is not None
            await asyncio.sleep(1)
            process.stdin.write(b"hello\n")
            line = await process.stdout.readline()
            process.stdin.close()
            await process.wait()
            return line, now()

        assert simulate(main()).result == (b"hello\n", 1)

    def test_they_are_terminated(self) -> None:
        async def main() -> tuple[float, int]:
            process = await asyncio.create_subprocess_exec("sleep", "60")
            process.terminate()
            return now(), await process.wait()

        assert simulate(main()).result == (0, -signal.SIGTERM)

    def test_they_do_not_outlive_the_simulation(self) -> None:
        async def main() -> int:
            process = await asyncio.create_subprocess_exec(
                "sleep", "60", stdout=asyncio.subprocess.PIPE
            )
            return process.pid

        pid = simulate(main()).result
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)

    @pytest.mark.real_time
    def test_a_child_that_never_ends_is_bounded(self) -> None:
        async def main() -> None:
            process = await asyncio.create_subprocess_exec("sleep", "60")
            await process.wait()

        with pytest.raises(LimitExceeded, match="child process"):
            simulate(main(), real_seconds=0.2)

    def test_one_that_nobody_writes_to(self) -> None:
        async def main() -> None:
            process = await asyncio.create_subprocess_exec("cat", stdin=PIPE)
            await process.wait()

        with pytest.raises(Deadlock) as raised:
            simulate(main())
        assert str(raised.value).endswith("\nA child process waits for the program to write to it.")

    @pytest.mark.real_time
    def test_a_pipe_that_another_process_can_write_to_is_waited_for(self) -> None:
        async def main(pipe: int) -> None:
            reader = asyncio.StreamReader()
            protocol = asyncio.StreamReaderProtocol(reader)
            loop = asyncio.get_running_loop()
            transport, _ = await loop.connect_read_pipe(lambda: protocol, os.fdopen(pipe, "rb"))
            try:
                await reader.read(1)
            finally:
                transport.close()

        out, into = os.pipe()
        other = subprocess.Popen(["sleep", "60"], pass_fds=[into])
        os.close(into)
        try:
            with pytest.raises(LimitExceeded, match=r"waiting for input from a pipe: virtual"):
                simulate(main(out), real_seconds=0.2)
        finally:
            other.kill()
            other.wait()

    @pytest.mark.real_time
    @pytest.mark.parametrize("keeps", [True, False], ids=["kept here too", "given away"])
    @pytest.mark.parametrize("kind", ["pair", "internet", "pipe"])
    def test_one_end_that_a_child_has_may_be_used(self, kind: str, keeps: bool) -> None:
        here, there = _connected(kind)
        other = subprocess.Popen(["sleep", "60"], pass_fds=[there.fileno()])
        if not keeps:
            there.close()
        try:
            with here, pytest.raises(LimitExceeded, match=r"waiting for (the conn|input)"):
                simulate(_reads(here), real_seconds=0.2)
        finally:
            there.close()
            other.kill()
            other.wait()

    @pytest.mark.skipif(sys.platform != "linux", reason="it is not told there who has which file")
    @pytest.mark.parametrize("kind", ["pair", "internet", "pipe"])
    def test_one_end_that_no_child_has_is_used_by_nobody(self, kind: str) -> None:
        here, there = _connected(kind)
        other = subprocess.Popen(["sleep", "60"])
        try:
            with here, there, pytest.raises(Deadlock, match="waits for comes to be set"):
                simulate(_reads(here))
        finally:
            other.kill()
            other.wait()

    @pytest.mark.real_time
    @pytest.mark.skipif(sys.platform != "linux", reason="it is not told there who has which file")
    @pytest.mark.parametrize("kind", ["pair", "pipe"])
    def test_one_end_that_a_grandchild_has_may_be_used(self, kind: str) -> None:
        here, there = _connected(kind)
        starts = ["sh", "-c", "sleep 60 >/dev/null & echo $!"]
        told = subprocess.run(starts, pass_fds=[there.fileno()], stdout=PIPE, check=True).stdout
        try:
            with here, there, pytest.raises(LimitExceeded, match=r"waiting for (the conn|input)"):
                simulate(_reads(here), real_seconds=0.2)
        finally:
            os.kill(int(told), signal.SIGKILL)

    @pytest.mark.real_time
    def test_where_the_loop_looks_around_no_line_is_blamed(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """On a busy machine a look takes longer than the watchdog has patience."""
        monkeypatch.setattr(clock, "_PATIENCE", 0.8)
        here, there = _connected("pipe")
        other = subprocess.Popen(["sleep", "60"], pass_fds=[there.fileno()])
        try:
            with here, there, pytest.raises(LimitExceeded, match="waiting for input from a pipe"):
                simulate(_reads(here), real_seconds=0.01)
        finally:
            other.kill()
            other.wait()

    @pytest.mark.real_time
    def test_a_long_look_when_the_program_has_ended_blames_no_line(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Whether threads are about to end is looked at when nothing of the program runs."""
        slow = staticmethod(partial(time.sleep, 0.8))
        monkeypatch.setattr(Outside, "concerns_the_program", slow)

        async def main() -> str:
            return "done"

        assert simulate(main(), real_seconds=0.01).result == "done"

    def test_children_are_known_where_they_cannot_be_waited_for(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        are_some = has_children()
        monkeypatch.delattr(os, "waitid", raising=False)  # as on macOS before Python 3.13
        assert has_children() is are_some
        with subprocess.Popen(["sleep", "60"]) as other:
            assert has_children()
            other.kill()

    @pytest.mark.real_time
    def test_who_cannot_know_of_children_may_have_some(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        def read_text(path: Path) -> str:
            raise FileNotFoundError(path)

        monkeypatch.delattr(os, "waitid", raising=False)
        monkeypatch.setattr(Path, "read_text", read_text)  # nobody tells who has which file
        monkeypatch.setenv("PATH", str(tmp_path))  # and there is no `ps`
        here, there = _connected("pair")
        with here, there, pytest.raises(LimitExceeded, match="connection to another process"):
            simulate(_reads(here), real_seconds=0.2)

    def test_a_child_process_ends_where_it_cannot_be_asked_for(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delattr(os, "waitid", raising=False)
        assert simulate(run_python("print('it ends')")).result == (0, b"it ends\n")

    @pytest.mark.parametrize("family", ["AF_INET", "AF_UNIX"])
    def test_nobody_is_at_the_other_end_of_what_is_not_connected(
        self, family: str, tmp_path: Path
    ) -> None:
        own = socket.socket(getattr(socket, family), socket.SOCK_DGRAM)
        own.bind(("127.0.0.1", 0) if family == "AF_INET" else str(tmp_path / "own"))
        other = subprocess.Popen(["sleep", "60"])
        try:
            with own, pytest.raises(Deadlock, match="waits for comes to be set"):
                simulate(_reads(own))
        finally:
            other.kill()
            other.wait()

    @pytest.mark.real_time
    def test_a_local_server_in_another_process_that_never_answers(self, tmp_path: Path) -> None:
        async def main() -> None:
            reader, writer = await asyncio.open_unix_connection(path)
            try:
                writer.write(b"question")
                await reader.read(1)
            finally:
                writer.close()

        path = str(tmp_path / "server")
        listens = (
            "import socket, sys, time; own = socket.socket(socket.AF_UNIX); own.bind(sys.argv[1])"
        )
        text = f"{listens}; own.listen(); print(flush=True); time.sleep(60)"
        other = subprocess.Popen([sys.executable, "-S", "-c", text, path], stdout=PIPE)
        assert other.stdout is not None
        try:
            other.stdout.readline()
            with pytest.raises(LimitExceeded, match="connection to another process: virtual"):
                simulate(main(), real_seconds=0.2)
        finally:
            other.kill()
            other.communicate()

    def test_one_whose_output_nobody_reads(self) -> None:
        async def main() -> None:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-S", "-c", "print('x' * 2_000_000)"), stdout=PIPE
            )
            await process.wait()

        with pytest.raises(Deadlock) as raised:
            simulate(main())
        assert "main() waits for the end of a child process, in Process.wait" in str(raised.value)
        assert str(raised.value).endswith(
            "\nA child process waits for the program to read what it writes."
        )

    def test_in_another_thread(self) -> None:
        with ThreadPoolExecutor(1) as threads:
            recording = threads.submit(lambda: simulate(run_python("print(1)"))).result()
        assert recording.result == (0, b"1\n")


SERVER = (
    "import socket, sys, time\n"
    "server = socket.create_server(('127.0.0.1', 0))\n"
    "print(server.getsockname()[1], flush=True)\n"
    "while True:\n"
    "    connection, _ = server.accept()\n"
    "    connection.recv(100)\n"
    "    for piece in b'answer ', b'in ', b'pieces':\n"
    "        time.sleep(0.02)\n"
    "        connection.sendall(piece)\n"
    "    if sys.argv[1] == 'close':\n"
    "        connection.close()\n"
)


@contextmanager
def server_in_another_process(how: str) -> Iterator[int]:
    """Its port. It closes each connection when it has answered (`how` is "close"), or does not."""
    command = [sys.executable, "-S", "-c", SERVER, how]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline())
        finally:
            process.kill()


@pytest.mark.real_time  # it counts as silent when it says nothing for a third of a second
class TestAnotherProcess:
    def test_time_stands_still_until_it_has_answered(self) -> None:
        async def ask(port: int) -> bytes:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"question")
            answer = await reader.read(-1)
            writer.close()
            await writer.wait_closed()
            return answer

        async def main(port: int) -> tuple[list[bytes], float, int]:
            ticks: list[float] = []
            ticker = asyncio.create_task(ticking(ticks))
            async with asyncio.timeout(0.5):
                answers = [await ask(port) for _ in range(3)]
            ticker.cancel()
            return answers, now(), len(ticks)

        with server_in_another_process("close") as port:
            for _ in range(3):
                answers = [b"answer in pieces"] * 3
                assert simulate(main(port)).result == (answers, 0, 0)

    def test_a_connection_that_says_no_more_holds_nothing(self) -> None:
        async def main(port: int) -> tuple[bytes, float]:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"question")
            async with asyncio.timeout(1):
                answer = await reader.readexactly(16)
            await asyncio.sleep(100)
            writer.close()
            return answer, now()

        with server_in_another_process("keep") as port:
            assert simulate(main(port)).result == (b"answer in pieces", 100)

    def test_one_that_never_answers_is_bounded(self) -> None:
        async def main(port: int) -> None:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"question")
            await reader.readexactly(16)
            writer.write(b"another")
            await reader.read(1)

        with (
            server_in_another_process("keep") as port,
            pytest.raises(LimitExceeded, match=f"waiting for the connection to 127.*{port}"),
        ):
            simulate(main(port), real_seconds=1)


class TestSockets:
    def test_small_pieces_take_no_time_whatever_the_kernel_does(self) -> None:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while await reader.read(100):
                writer.write(b"head")
                await asyncio.sleep(0.01)
                writer.write(b"body")
            writer.close()

        async def main() -> list[float]:
            own = socket.socket()  # asyncio leaves its delays as they are
            own.bind(("127.0.0.1", 0))
            ticker = asyncio.create_task(ticking([]))
            async with await asyncio.start_server(serve, sock=own):
                reader, writer = await asyncio.open_connection(*own.getsockname())
                times = []
                for _ in range(4):
                    writer.write(b"?")
                    await reader.readexactly(8)
                    times.append(now())
                writer.close()
                await writer.wait_closed()
            ticker.cancel()
            return times

        for _ in range(3):
            assert simulate(main()).result == [0.01, 0.02, 0.03, 0.04]

    def test_both_ends_wait_for_the_other_to_speak(self) -> None:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readline()

        async def main() -> None:
            async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
                reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
                await reader.readline()
                writer.close()

        with pytest.raises(Deadlock) as raised:
            simulate(main())
        assert re.fullmatch(
            r"after 0 s every task waits, and nothing can wake one:\n"
            r"main\(\) waits for a line, in StreamReader.readline \(line \d+\)\.\n"
            r"serve\(.*\) waits for a line, in StreamReader.readline \(line \d+\)\.\n"
            r"Nobody in the program connects to its server\.\n"
            r"Nobody in the program writes to the connections that it reads\.",
            str(raised.value),
        )

    def test_a_deadlock_is_seen_beside_a_server(self) -> None:
        async def main() -> None:
            async with await asyncio.start_server(lambda r, w: None, "127.0.0.1", 0):
                await asyncio.Queue[int]().get()

        with pytest.raises(Deadlock, match="waits for an item from"):
            simulate(main())

    def test_a_server_and_its_clients_sleep_virtually(self) -> None:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            line = await reader.readline()
            await asyncio.sleep(100)
            writer.write(line.upper())
            await writer.drain()
            writer.close()
            await writer.wait_closed()

        async def ask(port: int, text: bytes) -> tuple[bytes, float]:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(text + b"\n")
            answer = await reader.readline()
            writer.close()
            await writer.wait_closed()
            return answer, now()

        async def main() -> list[Any]:
            async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
                port = server.sockets[0].getsockname()[1]
                return list(await asyncio.gather(ask(port, b"a"), ask(port, b"b")))

        assert simulate(main()).result == [(b"A\n", 100), (b"B\n", 100)]

    def test_a_lot_of_data_takes_no_time(self) -> None:
        size = 3_000_000

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"x" * size)
            await writer.drain()
            writer.close()

        async def main() -> tuple[int, float]:
            async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
                port = server.sockets[0].getsockname()[1]
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                async with asyncio.timeout(1):
                    data = await reader.read(-1)
                writer.close()
                await writer.wait_closed()
                return len(data), now()

        assert simulate(main()).result == (size, 0)

    def test_a_pair_of_sockets_and_a_timer(self) -> None:
        async def main() -> tuple[bytes, float]:
            here, there = socket.socketpair()
            with there:
                reader, writer = await asyncio.open_connection(sock=here)
                asyncio.get_running_loop().call_later(3, there.send, b"hello")
                data = await reader.read(5)
                writer.close()
                await writer.wait_closed()
                return data, now()

        assert simulate(main()).result == (b"hello", 3)

    @pytest.mark.real_time
    def test_a_server_to_which_nobody_connects_waits_in_vain(self) -> None:
        async def main() -> None:
            server = await asyncio.start_server(lambda r, w: None, "127.0.0.1", 0)
            async with server:
                await server.serve_forever()

        with pytest.raises(Deadlock, match=r"waits for clients(?s:.*)Nobody .* connects to its"):
            simulate(main(), real_seconds=0.2)

    def test_a_client_in_a_thread_of_the_program(self) -> None:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"hello")
            await writer.drain()
            writer.close()

        def client(port: int) -> bytes:
            with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
                return connection.recv(5)

        async def main() -> bytes:
            async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
                port = server.sockets[0].getsockname()[1]
                return await asyncio.to_thread(client, port)

        assert simulate(main()).result == b"hello"


def test_a_thread_that_somebody_else_starts_is_none_of_the_programs() -> None:
    gate = Gate()
    started, busy = threading.Event(), threading.Thread(target=gate.pass_through)

    def kernel() -> None:
        started.wait()
        busy.start()  # as a notebook's kernel does for widgets, whatever runs meanwhile
        running.set()

    async def main() -> None:
        started.set()
        running.wait()
        await asyncio.Event().wait()

    running, starter = threading.Event(), threading.Thread(target=kernel)
    starter.start()
    try:
        with pytest.raises(Deadlock):
            simulate(main())
    finally:
        gate.open()
        busy.join()
        starter.join()


def test_a_thread_that_a_thread_of_the_program_starts_is_the_programs() -> None:
    gate = Gate()

    async def main() -> float:
        loop, event = asyncio.get_running_loop(), asyncio.Event()

        def inner() -> None:
            gate.pass_through()
            loop.call_soon_threadsafe(event.set)

        threading.Thread(target=lambda: threading.Thread(target=inner).start()).start()
        gate.open_later()
        async with asyncio.timeout(1):
            await event.wait()
        return now()

    assert simulate(main()).result == 0


@pytest.mark.skipif(sys.platform == "win32", reason="no signal handlers in loops there")
class TestSignals:
    def test_handlers_are_put_back(self) -> None:
        calls: list[str] = []

        def before(number: int, frame: Any) -> None:
            calls.append("before")

        async def main() -> float:
            stop = asyncio.Event()
            loop = asyncio.get_running_loop()
            loop.add_signal_handler(signal.SIGUSR1, stop.set)
            loop.call_later(5, os.kill, os.getpid(), signal.SIGUSR1)
            await stop.wait()
            return now()

        original = signal.signal(signal.SIGUSR1, before)
        here, there = socket.socketpair()
        here.setblocking(False)
        wakeup = signal.set_wakeup_fd(here.fileno(), warn_on_full_buffer=False)
        try:
            assert simulate(main()).result == 5
            assert signal.getsignal(signal.SIGUSR1) is before
            assert signal.set_wakeup_fd(wakeup) == here.fileno()
        finally:
            signal.signal(signal.SIGUSR1, original)
            here.close()
            there.close()

    def test_the_handler_of_the_interrupt_is_pythons_own_again(self) -> None:
        async def main() -> None:
            loop = asyncio.get_running_loop()
            loop.add_signal_handler(signal.SIGINT, print)
            loop.add_signal_handler(signal.SIGTERM, print)
            loop.remove_signal_handler(signal.SIGTERM)

        before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
        simulate(main())
        assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before

    def test_waiting_for_a_signal_that_nobody_sends(self) -> None:
        async def main() -> None:
            stop = asyncio.Event()
            asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, stop.set)
            await stop.wait()

        with pytest.raises(Deadlock, match=r"\nNobody in the program sends SIGUSR1\.$"):
            simulate(main())

    @pytest.mark.real_time
    def test_an_alarm_that_does_not_come_in_time(self) -> None:
        async def main() -> None:
            stop = asyncio.Event()
            asyncio.get_running_loop().add_signal_handler(signal.SIGALRM, stop.set)
            signal.setitimer(signal.ITIMER_REAL, 60)
            await stop.wait()

        try:
            with pytest.raises(LimitExceeded, match="waiting for the alarm that is set: virtual"):
                simulate(main(), real_seconds=0.2)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)

    def test_an_alarm_that_is_set_is_waited_for(self) -> None:
        async def main() -> float:
            stop = asyncio.Event()
            asyncio.get_running_loop().add_signal_handler(signal.SIGALRM, stop.set)
            signal.setitimer(signal.ITIMER_REAL, 0.05)
            await stop.wait()
            return now()

        before = signal.getitimer(signal.ITIMER_REAL)
        try:
            assert simulate(main()).result == 0
        finally:
            signal.setitimer(signal.ITIMER_REAL, *before)
