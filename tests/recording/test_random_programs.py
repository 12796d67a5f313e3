"""Random programs: what is true of every recording, and that recording changes nothing."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from course_helpers.recorder.recorder import Recorder
from course_helpers.recording.model import Recording
from course_helpers.simulation.clock import Halt, VirtualClockLoop
from tests.recording import THOROUGH, random_programs
from tests.recording.random_programs import Program, World
from tests.recording.truths import untruths

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]

examples = settings(
    max_examples=5000 if THOROUGH else 400,
    deadline=None,
    database=None,
    derandomize=not THOROUGH,  # the same programs at every ordinary run
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)

seconds = st.sampled_from([0, 0.1, 0.2, 0.5, 1])
which = st.integers(0, 1)


def statement(name: str, *arguments: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.tuples(st.just(name), *arguments).map(list)


simple = st.one_of(
    statement("sleep", seconds),
    statement("sleep", st.just(0)),
    statement("put", which, st.integers(0, 9)),
    statement("get", which),
    statement("set"),
    statement("clear"),
    statement("wait"),
    statement("condition"),
    statement("notify", st.integers(1, 2)),
    statement("barrier"),
    statement("release"),
    statement("join"),
    statement("cancel", st.integers(0, 3)),
    statement("await", st.integers(0, 3)),
    statement("cancel_oneself"),
    statement("later"),
    statement("fail"),
)


def body(depth: int) -> st.SearchStrategy[Program]:
    statements = simple if depth == 0 else st.one_of(simple, compound(depth - 1))
    return st.lists(statements, max_size=3)


def compound(depth: int) -> st.SearchStrategy[Any]:
    one, several = body(depth), st.lists(body(depth), min_size=2, max_size=3)
    return st.one_of(
        statement("lock", which, one),
        statement("semaphore", which, one),
        statement("gather", several),
        statement("group", several),
        statement("timeout", seconds, one),
        statement("wait_for", seconds, one),
        statement("shield", one),
        statement("generator", one),
        statement("spawn", one),
        statement("suppress", one),
    )


programs = st.lists(
    st.one_of(simple, compound(0), compound(1), compound(2)), min_size=1, max_size=6
)


def clean_up(loop: asyncio.AbstractEventLoop) -> None:
    """End the tasks that are left, also those that suppress a cancellation and wait again.

    Some cannot be ended: a group that waits for a child which awaits the group's own task hands
    every cancellation back and forth. They are thrown away.
    """

    async def turns() -> None:
        for _ in range(20):
            await asyncio.sleep(0)

    for _ in range(20):
        left = asyncio.all_tasks(loop)
        if not left:
            return
        for task in left:
            with suppress(RecursionError):  # two that await each other
                task.cancel()
        loop.run_until_complete(turns())
    event("tasks that cannot be ended")
    for task in left:
        task._log_destroy_pending = False  # type: ignore[attr-defined]


class Run(NamedTuple):
    """What a run of a program printed, how it ended, and the primitives' values at its end."""

    printed: list[str]
    endings: list[str]
    values: dict[str, int]
    recording: Recording | None


def run(program: Program, *, recorded: bool) -> Run:
    """Run a program on a deterministic loop."""
    endings: list[str] = []
    worlds = []

    def complain(message: str) -> None:
        if "never retrieved" not in message:  # that is said when garbage is collected: at any time
            endings.append(message)

    async def main() -> None:
        world = World()
        worlds.append(world)
        await world.main(program)

    with closing(VirtualClockLoop(steps=100_000, real_seconds=10)) as loop:
        loop.set_exception_handler(lambda _, context: complain(context["message"]))
        recorder = Recorder(loop, clock="virtual") if recorded else None
        if recorder is not None:
            recorder.start()
        try:
            loop.run_until_complete(main())
            endings.append("ended")
        except (Exception, asyncio.CancelledError) as error:
            endings.append(f"raised {error!r}")
        except Halt as halt:
            endings.append(f"halted by {halt.cause}")
        if recorder is not None:
            recorder.stop()
        values = worlds[0].final_values()
        clean_up(loop)
    recording = recorder.recording() if recorder is not None else None
    return Run(worlds[0].printed, endings, values, recording)


# Coroutines that are never awaited, and what is thrown away while it waits.
untidy = pytest.mark.filterwarnings(
    "ignore::RuntimeWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)


@untidy
@examples
@given(programs)
def test_recorded_programs_do_what_they_do_bare(program: Program) -> None:
    bare = run(program, recorded=False)
    recorded = run(program, recorded=True)
    assert recorded._replace(recording=None) == bare
    recording = recorded.recording
    assert recording is not None
    assert recording.warnings == ()
    assert untruths(recording) == []
    event(bare.endings[-1].partition(" ")[0])
    for task in recording.tasks:
        event(f"a task is {task.ending}")
    for resource in recording.resources:
        event(f"there is a {resource.kind}")
        if resource.kind not in ("Timeout", "TaskGroup", "Condition"):  # they have no value
            last = resource.changes[-1]
            # Its name is `world.lock0`, or `World.lock0` when main() with its `world` has ended.
            owner, _, attribute = resource.label.partition(".")
            assert owner in ("world", "World")
            assert last.value == recorded.values[attribute]
            if resource.kind in ("Lock", "Semaphore", "BoundedSemaphore"):
                bound = resource.capacity
                taken = last.value if bound is None else bound - last.value
                most = max(change.value for change in resource.changes)
                too_often = resource.kind == "Semaphore" and bound is not None and most > bound
                assert too_often or len(last.holders) <= taken


@untidy
@examples
@given(programs, st.none() | st.integers(0, 3))
def test_two_simulations_of_one_seed_are_the_same_in_two_processes(
    processes: list[Simulator], program: Program, seed: int | None
) -> None:
    first, second = (process.ask(program, seed) for process in processes)
    assert first == second


@pytest.fixture(autouse=True)
def thrown_away_at_once() -> Iterator[None]:
    """What a test throws away must not complain in the next one."""
    yield
    gc.collect()


class Simulator:
    """Another process that simulates programs, with a hash seed of its own."""

    def __init__(self, hash_seed: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", random_programs.__name__],
            cwd=ROOT,
            env=os.environ | {"PYTHONHASHSEED": hash_seed},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, program: Program, seed: int | None) -> str:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(json.dumps([seed, program]), file=self.process.stdin, flush=True)
        answer = self.process.stdout.readline().strip()
        assert answer
        return answer

    def close(self) -> None:
        self.process.communicate()


@pytest.fixture(scope="module")
def processes() -> Iterator[list[Simulator]]:
    simulators = [Simulator("1"), Simulator("2")]
    yield simulators
    for simulator in simulators:
        simulator.close()
