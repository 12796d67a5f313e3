"""Sentences that no program at random brings about: said where they are so, and nowhere else.

Each is said of one recording or program, and not of another one that differs in just that.
"""

from __future__ import annotations

import asyncio
import socket
import sys
import threading
from collections.abc import Callable, Coroutine
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from course_helpers import (
    Deadlock,
    LimitExceeded,
    compare,
    replay,
    save_trace,
    simulate,
    summary,
    timeline,
)
from course_helpers.recorder.record import record
from course_helpers.recording.model import Blocked, Recording, State
from course_helpers.views.page.picture import MIME
from tests.views.builder import Builder
from tests.views.test_timeline import texts

RUNNING = State.RUNNING


def tasks(*names: str, seconds: float = 1.0) -> Recording:
    """Tasks that sleep, beside the program that made them."""
    made = Builder()
    main = made.task("main()", ("task", "gather", 2.0))
    for name in names:
        made.task(name, ("sleep", "sleep", seconds), parent=main)
    return made.recording()


def steps(*lengths: float) -> Recording:
    """A task whose steps are so long, with a second between them."""
    made = Builder()
    pieces = [piece for each in lengths for piece in ((RUNNING, each), ("sleep", "sleep", 1.0))]
    made.task("A", *pieces)
    return made.recording()


def timeouts(number: int) -> Recording:
    """So many timeouts that do not expire, and four that do."""
    made = Builder()
    made.task("A", ("sleep", "sleep(1)", 1))
    for place in range(number + 4):
        made.resource(f"Timeout {place}", "Timeout", (0, (0,), 1), (0.5, (), 0))
    for place in range(number, number + 4):
        last = made.resources[place]
        expired = last.changes[-1]._replace(action="expire")
        made.resources[place] = replace(last, changes=(*last.changes[:-1], expired))
    return made.recording()


def blocked(*starts: float, task: int | None = 0) -> Recording:
    """Steps that keep the loop, at these moments."""
    made = Builder()
    made.task("A", (RUNNING, 100.0))
    found = tuple(Blocked(at, at + 0.1, 1, task, None) for at in starts)
    return made.recording(blocked=found)


def switched(kind: str, *values: int) -> Recording:
    """A primitive with these values, a second after each other."""
    made = Builder()
    made.task("A", ("sleep", "sleep", 3.0))
    made.resource("it", kind, *((float(at), (), value) for at, value in enumerate(values)))
    return made.recording()


def held(*holders: int) -> Recording:
    """A lock that these tasks hold, or nobody does."""
    made = Builder()
    made.task("A", ("sleep", "sleep", 3.0))
    made.resource("it", "Lock", (0.0, (), 0), (1.0, holders, len(holders)))
    return made.recording()


def full(number: int) -> Recording:
    """A recording from which so many events are missing."""
    return replace(tasks("A"), left_out=number)


def left_at_work(number: int) -> Recording:
    """So many threads are at work when the recording ends."""
    free = threading.Event()

    async def main() -> Recording:
        loop = asyncio.get_running_loop()
        with record() as recording:
            for _ in range(number):
                loop.run_in_executor(None, free.wait)
            await asyncio.sleep(0)
        free.set()
        return recording

    return asyncio.run(main())


def group(*, fails: bool) -> Recording:
    """A group one of whose tasks fails, or does not."""

    async def child() -> None:
        await asyncio.sleep(1)
        if fails:
            raise ValueError

    async def main() -> None:
        with suppress(ExceptionGroup):
            async with asyncio.TaskGroup() as children:
                children.create_task(child())
                await asyncio.sleep(2)

    return simulate(main())


def findings(recording: Recording) -> str:
    return "\n".join(each.text for each in summary(recording).findings)


def drawn(recording: Recording) -> str:
    return "\n".join(texts(timeline(recording)))


def described(recording: Recording) -> str:
    return str(timeline(recording).alternative)


def late(recording: Recording) -> str:
    """What is drawn of its second second."""
    return "\n".join(texts(timeline(recording, window=(1.5, 2.0))))


def last_ones(recording: Recording) -> str:
    """What is drawn of its tasks but for the first."""
    return "\n".join(texts(timeline(recording, tasks=recording.tasks[1:])))


def replayed(recording: Recording) -> str:
    return replay(recording).html


def page_of_replay(recording: Recording) -> str:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "replay.html"
        replay(recording).save(path)
        return path.read_text("utf-8")


def on_a_page(recording: Recording) -> str:
    data, _ = timeline(recording)._repr_mimebundle_()
    return str(data[MIME])


def traced(recording: Recording) -> str:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "trace.json"
        save_trace(recording, path)
        return path.read_text("utf-8")


def compared(recording: Recording) -> str:
    """What is said beside a program that makes one task, A."""
    return str(compare(tasks("A"), recording).alternative)


SAID: dict[str, tuple[Callable[[Recording], str], Recording, Recording]] = {
    "The recording was full: 1 event is missing.": (described, full(1), full(2)),
    "The recording was full: 2 events are missing.": (drawn, full(2), full(1)),
    "missing. What is said here is about the others.": (findings, full(2), full(0)),
    "Everything happened at one instant: no time passed.": (drawn, steps(), steps(1.0)),
    "No task is shown.": (last_ones, tasks(), tasks("A")),
    "1 task outside this window of time.": (late, tasks("A"), tasks("A", seconds=2.0)),
    "together in one lane: the height of a colour is their share.": (
        *(drawn, tasks(*map(str, range(60))), tasks("A")),
    ),
    "of time too short to draw: there the height of a colour is its share of the time.": (
        *(drawn, steps(*[0.0001] * 3000), steps(1.0)),
    ),
    "1 timeout that did not expire is not shown.": (drawn, timeouts(1), timeouts(2)),
    "1 more blocking step without a label.": (drawn, blocked(1.0, 1.2), blocked(1.0, 50.0)),
    "Two timelines on one axis. The run takes 2 s, as before. Before: Timeline of 2 tasks": (
        *(compared, tasks("A"), tasks("A", "B")),
    ),
    " After: Timeline of 3 tasks over 2 s": (compared, tasks("A", "B"), tasks("A")),
    "B and C are new. Before: Timeline of 2 tasks over 2 s": (
        *(compared, tasks("A", "B", "C"), tasks("A", "B")),
    ),
    "A is gone. Before:": (compared, tasks("B"), tasks("A", "B")),
    "B is new. Before:": (compared, tasks("A", "B"), tasks("A")),
    "loop blocked by something that is not shown": (
        *(traced, blocked(1.0, task=None), blocked(1.0)),
    ),
    "Something that is not shown": (replayed, blocked(1.0, task=None), blocked(1.0)),
    "The cancellation is taken back.": (on_a_page, group(fails=True), group(fails=False)),
    "not set": (replayed, switched("Event", 0, 1), switched("Event", 1, 1)),
    "not running": (replayed, switched("Timeout", 0, 0), switched("Timeout", 1, 1)),
    "held by A": (replayed, held(0), held()),
    "Replay of 1 task, 4 events": (page_of_replay, steps(1.0), tasks("A")),
}


@pytest.mark.parametrize("sentence", SAID)
def test_it_is_said_where_it_is_so_and_nowhere_else(sentence: str) -> None:
    view, so, not_so = SAID[sentence]
    assert sentence in view(so)
    assert sentence not in view(not_so)


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (1, ["A thread was left at work on Event.wait()."]),
        (0, []),
        (4, ["4 threads were left at work: {}."]),
    ],
)
def test_threads_that_are_left_at_work(number: int, said: list[str]) -> None:
    recording = left_at_work(number)
    names = "Event.wait(), Event.wait() #2, Event.wait() #3 and 1 more"
    checks = [each.text for each in summary(recording).findings if each.check == "left in a thread"]
    assert checks == [each.format(names) for each in said]


# What a simulation is stopped for


def stopped(program: Coroutine[Any, Any, Any], real_seconds: float = 0.2) -> str:
    """What is said when a program is stopped; nothing if it ends."""
    try:
        simulate(program, real_seconds=real_seconds)
    except (Deadlock, LimitExceeded) as error:
        return str(error)
    return ""


@pytest.mark.real_time
@pytest.mark.skipif(sys.platform == "win32", reason="no thread can be signalled there")
@pytest.mark.parametrize("awaits", [True, False])
def test_a_program_that_does_not_await(awaits: bool) -> None:
    async def main() -> None:
        while True:
            if awaits:
                await asyncio.sleep(0)

    said = stopped(main())
    assert said.startswith(
        "the program was stopped after 0.2 s of real time, at 0 s of virtual time."
    )
    assert (" It did not await anything any more: it was in line " in said) is not awaits
    assert " To allow more: simulate(…, real_seconds=2)." in said


@pytest.mark.real_time
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere it is refused at once")
@pytest.mark.parametrize("room", [True, False])
def test_a_connection_that_is_being_made(room: bool) -> None:
    async def main(address: Any) -> None:
        with socket.socket() as client:
            client.setblocking(False)
            await asyncio.get_running_loop().sock_connect(client, address)

    with socket.create_server(("127.0.0.1", 0), backlog=0) as server:
        waiting = [] if room else [socket.create_connection(server.getsockname())]
        said = stopped(main(server.getsockname()))
        for each in waiting:
            each.close()
    waits = " It was waiting for a connection that is being made: virtual time stands still"
    assert (waits in said) is not room


@pytest.mark.real_time
@pytest.mark.skipif(sys.platform == "win32", reason="selector loops start no processes there")
@pytest.mark.parametrize("ends", [True, False])
def test_the_start_of_a_child_process(ends: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    async def starting(*arguments: Any, **options: Any) -> None:
        await asyncio.get_running_loop().create_future()

    if not ends:
        monkeypatch.setattr(asyncio.SelectorEventLoop, "_make_subprocess_transport", starting)

    async def main() -> None:
        process = await asyncio.create_subprocess_exec("true")
        await process.wait()

    said = stopped(main(), 10 if ends else 0.2)
    waits = " It was waiting for the start of a child process: virtual time stands still meanwhile."
    assert (waits in said) is not ends


def test_a_client_that_nobody_is() -> None:
    async def main(clients: int) -> None:
        loop = asyncio.get_running_loop()
        with socket.create_server(("127.0.0.1", 0)) as server, ExitStack() as stack:
            server.setblocking(False)
            for _ in range(clients):
                stack.enter_context(socket.create_connection(server.getsockname()))
            accepted, _ = await loop.sock_accept(server)
            accepted.close()

    assert "main(0) waits for a client, in sock_accept" in stopped(main(0), 10)
    assert stopped(main(1), 10) == ""
