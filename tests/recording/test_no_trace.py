"""Whatever happens inside a `with record()` block, loop and classes are as before afterwards."""

from __future__ import annotations

import asyncio
import re
import threading
import time
import warnings
import weakref
from asyncio import base_subprocess, events
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any

import pytest

from course_helpers.recorder import hooks, log, names, reasons, step_hooks
from course_helpers.recorder import recorder as recorder_module
from course_helpers.recorder.outside import Outside
from course_helpers.recorder.primitives import Primitives
from course_helpers.recorder.record import record
from course_helpers.recorder.situations import Situations
from course_helpers.recorder.tasks import Tasks
from course_helpers.recording.model import Recording
from course_helpers.simulation.run import simulate
from tests.recording.truths import untruths

CLASSES = (
    events.Handle,
    events.TimerHandle,
    asyncio.BaseEventLoop,
    asyncio.SelectorEventLoop,
    asyncio.Lock,
    asyncio.Semaphore,
    asyncio.BoundedSemaphore,
    asyncio.Event,
    asyncio.Condition,
    asyncio.Barrier,
    asyncio.Queue,
    asyncio.PriorityQueue,
    asyncio.LifoQueue,
    asyncio.Timeout,
    asyncio.TaskGroup,
    asyncio.StreamReader,
    base_subprocess.BaseSubprocessTransport,
)


def state(loop: asyncio.AbstractEventLoop) -> dict[str, Any]:
    """All that a recording touches, as far as it does not change by itself."""
    own = {"_ready", "_scheduled", "_timer_cancelled_count", "_current_handle"}
    return {
        "loop": {name: value for name, value in vars(loop).items() if name not in own},
        "classes": [dict(vars(kind)) for kind in CLASSES],
        "asyncio": {name: getattr(asyncio, name) for name in asyncio.__all__},
        "recorded loops": dict(hooks.by_loop),
    }


async def assert_no_trace(block: Callable[[], Awaitable[None]]) -> None:
    """Await `block`, which records something, and compare what there is before and after."""
    # One thread, which is there before: a larger pool may start another when that is not idle yet.
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
    await asyncio.to_thread(int)
    before = state(asyncio.get_running_loop())
    threads = set(threading.enumerate())
    await block()
    after = state(asyncio.get_running_loop())
    for name in before:
        assert after[name] == before[name], name
    for thread in set(threading.enumerate()) - threads:
        thread.join(timeout=10)
        assert not thread.is_alive()


async def use_everything() -> list[str]:
    """A program that every hook hears of; its result is always the same."""
    results: list[object] = []
    loop = asyncio.get_running_loop()
    lock, permits = asyncio.Lock(), asyncio.Semaphore(1)
    event, changed = asyncio.Event(), asyncio.Condition()
    queue: asyncio.Queue[int] = asyncio.Queue(1)

    async def use(name: str) -> None:
        async with lock, permits:
            await asyncio.sleep(0)
            results.append(name)
        async with changed:
            changed.notify()
        await event.wait()

    async def consume() -> None:
        while True:
            results.append(await queue.get())
            queue.task_done()

    loop.call_later(0.001, event.set)
    consumer = asyncio.create_task(consume())
    async with asyncio.TaskGroup() as group:
        group.create_task(use("A"))
        group.create_task(use("B"))
        await queue.put(1)
        await queue.put(2)
    await queue.join()
    consumer.cancel()
    await asyncio.wait([consumer])
    results.append(consumer.cancelled())
    results.append(await asyncio.to_thread(sum, [1, 2]))
    with suppress(TimeoutError):
        async with asyncio.timeout(0.001):
            await loop.create_future()
    caller = threading.Thread(target=loop.call_soon_threadsafe, args=(event.clear,))
    caller.start()
    await asyncio.to_thread(caller.join)
    child = await asyncio.create_subprocess_exec("true")
    results.append(await child.wait())
    return [str(result) for result in results]


RESULT = ["A", "1", "2", "B", "True", "3", "0"]


def run(test: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(assert_no_trace(test))


def test_a_recorded_program_comes_to_the_same() -> None:
    async def block() -> None:
        assert sorted(await use_everything()) == sorted(RESULT)
        with record() as recording:
            assert sorted(await use_everything()) == sorted(RESULT)
        assert untruths(recording) == []

    run(block)


@pytest.mark.parametrize("error", [ValueError, asyncio.CancelledError, SystemExit])
def test_an_exception(error: type[BaseException]) -> None:
    async def block() -> None:
        try:
            with record() as recording:
                await asyncio.sleep(0)
                raise error
        except error:
            pass
        assert untruths(recording) == []

    run(block)


def test_a_cancellation_from_outside() -> None:
    async def block() -> None:
        async def recorded() -> None:
            with record():
                await asyncio.Event().wait()

        task = asyncio.create_task(recorded())
        await asyncio.sleep(0)
        assert hooks.by_loop
        task.cancel()
        await asyncio.wait([task])

    run(block)


@pytest.mark.parametrize("awaits", [False, True])
def test_a_keyboard_interrupt(awaits: bool) -> None:
    """It leaves the loop at once; its blocks end when asyncio.run cleans up."""
    before = [dict(vars(kind)) for kind in CLASSES]

    async def interrupted() -> None:
        raise KeyboardInterrupt

    async def main() -> None:
        with record():
            if awaits:
                await asyncio.create_task(interrupted())
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        asyncio.run(main())
    assert [dict(vars(kind)) for kind in CLASSES] == before
    assert not hooks.by_loop


def test_a_block_that_is_thrown_away_with_its_loop() -> None:
    before = [dict(vars(kind)) for kind in CLASSES]

    async def recorded() -> None:
        with record():
            await asyncio.sleep(0)

    loop = asyncio.new_event_loop()
    coroutine = recorded()
    task = loop.create_task(coroutine)
    loop.call_soon(loop.stop)
    loop.run_forever()
    assert hooks.by_loop
    loop.close()
    coroutine.close()
    task._log_destroy_pending = False  # type: ignore[attr-defined]
    assert [dict(vars(kind)) for kind in CLASSES] == before
    assert not hooks.by_loop


def test_a_recording_refused_inside_another() -> None:
    async def block() -> None:
        with record() as outer:
            with pytest.raises(RuntimeError, match="recorded already"), record():
                pass
            await asyncio.sleep(0)
        assert len(outer.tasks) == 1

    run(block)


def test_a_loop_in_debug_mode() -> None:
    async def block() -> None:
        with record() as recording:
            assert sorted(await use_everything()) == sorted(RESULT)
        assert untruths(recording) == []

    asyncio.run(assert_no_trace(block), debug=True)


def test_where_debug_mode_says_that_things_were_created() -> None:
    async def created() -> list[list[str]]:
        loop = asyncio.get_running_loop()
        made: list[Any] = [
            asyncio.create_task(asyncio.sleep(0)),
            loop.call_soon(int),
            loop.call_later(0, int),
            loop.call_at(0, int),
            loop.call_soon_threadsafe(int),
        ]
        await asyncio.sleep(0)
        return [[frame.filename for frame in thing._source_traceback] for thing in made]

    async def main() -> None:
        bare = await created()
        with record():
            recorded = await created()
        # Of a deep stack asyncio keeps the innermost ten, of which some were the recorder's.
        for files_bare, files in zip(bare, recorded, strict=True):
            assert files == files_bare[-len(files) :]
            assert files[-1] == files_bare[-1]
            assert len(files) > 3

    asyncio.run(main(), debug=True)


def test_a_loop_whose_methods_were_replaced_before() -> None:
    async def block() -> None:
        loop: Any = asyncio.get_running_loop()
        loop.call_soon_threadsafe = theirs = partial(loop.call_soon_threadsafe)
        with record():
            await asyncio.to_thread(int)
        assert loop.call_soon_threadsafe is theirs
        del loop.call_soon_threadsafe

    run(block)


@pytest.mark.parametrize("name", ["_call_soon", "call_soon_threadsafe", "call_at", "_run_once"])
def test_methods_that_the_program_replaces_meanwhile_stay_its_own(name: str) -> None:
    async def block() -> None:
        loop: Any = asyncio.get_running_loop()
        calls = []

        def theirs(*arguments: Any, **keywords: Any) -> Any:
            calls.append(name)
            return inner(*arguments, **keywords)

        with record():
            inner = getattr(loop, name)
            setattr(loop, name, theirs)
            await asyncio.sleep(0)
        assert loop.__dict__[name] is theirs
        # What they hold on to has become deaf, and works.
        calls.clear()
        assert sorted(await use_everything()) == sorted(RESULT)
        assert calls
        # Another recording hears everything in spite of it.
        with record() as recording:
            assert sorted(await use_everything()) == sorted(RESULT)
        assert untruths(recording) == []
        assert len(recording.resource("queue").changes) == 7
        delattr(loop, name)

    run(block)


def test_a_task_factory() -> None:
    async def block() -> None:
        loop = asyncio.get_running_loop()
        made: list[Any] = []

        def factory(loop: Any, coroutine: Any, **keywords: Any) -> asyncio.Task[Any]:
            made.append(coroutine)
            return asyncio.Task(coroutine, loop=loop, **keywords)

        loop.set_task_factory(factory)
        with record() as recording:
            await asyncio.create_task(asyncio.sleep(0), name="theirs")
        assert len(made) == 1
        assert recording.task("theirs").ending == "done"
        assert loop.get_task_factory() is factory
        with record():
            loop.set_task_factory(None)
        assert loop.get_task_factory() is None

    run(block)


def test_nothing_recorded_is_kept_alive() -> None:
    async def main() -> list[weakref.ref[Any]]:
        with record() as recording:
            lock = asyncio.Lock()
            async with lock:
                task = asyncio.create_task(asyncio.sleep(0))
                await task
            gone: list[weakref.ref[Any]] = [weakref.ref(lock), weakref.ref(task)]
            del lock, task
            await asyncio.sleep(0)  # the loop still has what woke this task
            assert [reference() for reference in gone] == [None, None]
        assert len(recording.tasks) == 2
        return gone

    asyncio.run(main())


def test_locals_that_the_program_asked_for_stay_as_they_are() -> None:
    async def main() -> None:
        with record() as recording:
            lock = asyncio.Lock()
            mine = locals()
            async with lock:
                await asyncio.sleep(0)
        assert mine["lock"] is lock
        assert recording.resources[0].label == "lock"

    asyncio.run(main())


# Faults of the recorder's own

FAULTS = (
    (names, "arguments_of"),
    (names, "function_name"),
    (names, "primitive_names"),
    (reasons, "suspension"),
    (reasons, "classify"),
    (reasons, "describe_future"),
    (Primitives, "constructed"),
    (Primitives, "changed"),
    (Primitives, "waited_for"),
    (Primitives, "_add"),
    (Outside, "job"),
    (Outside, "submitted"),
    (Outside, "calling_thread"),
    (Outside, "note_ended_threads"),
    (Outside, "process"),
    (Outside, "_begin"),
    (Tasks, "add"),
    (Tasks, "bind"),
    (Situations, "_anew"),
    (Situations, "place"),
    (step_hooks, "takes_a_step"),
    (log, "change_kind"),
)


class Fault(Exception):
    """A mistake in the recorder."""


@pytest.mark.parametrize("strict", [False, True], ids=["warning", "warnings are errors"])
@pytest.mark.parametrize(("holder", "name"), FAULTS, ids=[name for _, name in FAULTS])
def test_a_fault_switches_the_recorder_off(
    monkeypatch: pytest.MonkeyPatch, holder: Any, name: str, strict: bool
) -> None:
    def faulty(*_: Any, **__: Any) -> Any:
        raise Fault(name)

    async def block() -> None:
        with warnings.catch_warnings(record=not strict) as caught:
            warnings.simplefilter("error" if strict else "always", RuntimeWarning)
            with record() as recording:
                with monkeypatch.context() as patched:
                    patched.setattr(holder, name, faulty)
                    assert sorted(await use_everything()) == sorted(RESULT)
                assert not hooks.by_loop
        assert "switched off" in recording.warnings[0]
        assert name in recording.warnings[0]
        if caught is not None:
            ours = [str(warning.message) for warning in caught]
            assert ours == [recording.warnings[0]]

    run(block)


@pytest.mark.parametrize("strict", [False, True], ids=["warning", "warnings are errors"])
def test_a_fault_of_the_interpretation(monkeypatch: pytest.MonkeyPatch, strict: bool) -> None:
    def faulty(*_: Any) -> None:
        raise Fault

    async def main() -> Recording:
        with record() as recording:
            await asyncio.sleep(0)
            monkeypatch.setattr(recorder_module, "interpret", faulty)
        return recording

    with warnings.catch_warnings(record=not strict) as caught:
        warnings.simplefilter("error" if strict else "always", RuntimeWarning)
        recording = asyncio.run(main())
        assert "Fault" in recording.warnings[0]  # worked out here at the latest
    assert recording.tasks == ()
    if caught is not None:
        [warning] = caught
        assert str(warning.message) == recording.warnings[0]
        assert warning.filename == __file__


def test_a_simulation_inside_a_recording() -> None:
    async def simulated() -> int:
        lock = asyncio.Lock()
        async with lock:
            await asyncio.sleep(1)
        return 1

    async def block() -> None:
        with record() as recording:
            outer_lock = asyncio.Lock()
            async with outer_lock:
                inner = simulate(simulated())
            async with outer_lock:
                await asyncio.sleep(0)
        assert inner.result == 1
        assert untruths(inner) == untruths(recording) == []
        assert [resource.label for resource in inner.resources] == ["lock"]
        assert [resource.label for resource in recording.resources] == ["outer_lock"]
        assert len(recording.resources[0].changes) == 5

    run(block)


def test_tasks_and_groups_look_as_they_do_bare() -> None:
    async def looks() -> list[str]:
        group = asyncio.TaskGroup()
        async with group, asyncio.timeout(60) as limit:
            task = group.create_task(asyncio.sleep(0.001), name="A")
            seen = [repr(task), repr(group)]
            await asyncio.sleep(0)
            seen += [re.sub("0x[0-9a-f]+", "", repr(task)), repr(limit).partition("when")[0]]
        return [*seen, repr(task)]

    async def recorded() -> list[str]:
        with record():
            return await looks()

    assert asyncio.run(recorded()) == asyncio.run(looks())


def test_what_a_program_hands_on_bears_its_own_name() -> None:
    async def called() -> dict[str, str]:
        holders: tuple[Any, ...] = (asyncio.get_running_loop(), asyncio, time, threading.Thread)
        found = [(name, getattr(each, name)) for each in holders for name in dir(each)]
        return {
            name: value.__qualname__
            for name, value in found
            if isinstance(value, FunctionType | MethodType | BuiltinFunctionType)
            and not name.startswith("_")
        }

    async def recorded() -> dict[str, str]:
        with record():
            return await called()

    bare = asyncio.run(called())
    assert asyncio.run(recorded()) == bare
    assert bare.items() <= simulate(called()).result.items()
