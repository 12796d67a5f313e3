"""Known answers: programs small enough to be worked out by hand, one for each primitive.

How to read the answers: see `story`.
"""

from __future__ import annotations

import asyncio
import gc
import random
import sys
from collections import deque
from collections.abc import AsyncIterator, Callable, Generator
from contextlib import suppress
from typing import Any

import pytest

from course_helpers import Deadlock, summary
from course_helpers.recorder.record import record
from course_helpers.recording.model import Recording
from course_helpers.simulation.run import simulate
from course_helpers.views.replay.narration import moments, text
from tests.recording.story import story, told
from tests.recording.truths import untruths


async def hold(permit: Any, seconds: float) -> None:
    async with permit:  # @enter
        await asyncio.sleep(seconds)  # @inside


def test_lock() -> None:
    async def main() -> None:
        lock = asyncio.Lock()
        for name in ("A", "B"):
            asyncio.create_task(hold(lock, 1), name=name)
        await hold(lock, 1)  # it asks first: the others have not run yet
        async with lock:  # @last
            pass

    recording = simulate(main())
    assert untruths(recording) == []
    assert story(recording) == told("""
        0 main() ready <outside
        0 main() runs
        0 A ready <main()
        0 B ready <main()
        0 lock acquire by main(): held by main()
        0 main() waits sleep(1) @inside
        0 A runs
        0 A waits Lock.acquire[lock] @enter
        0 B runs
        0 B waits Lock.acquire[lock] @enter
        1 main() ready <timer
        1 main() runs
        1 lock release by main(): A and B in line
        1 A ready <main()
        1 main() waits Lock.acquire[lock] @last
        1 A runs
        1 lock acquire by A: held by A, B and main() in line
        1 A waits sleep(1) @inside
        2 A ready <timer
        2 A runs
        2 lock release by A: B and main() in line
        2 B ready <A
        2 A done
        2 B runs
        2 lock acquire by B: held by B, main() in line
        2 B waits sleep(1) @inside
        3 B ready <timer
        3 B runs
        3 lock release by B: main() in line
        3 main() ready <B
        3 B done
        3 main() runs
        3 lock acquire by main(): held by main()
        3 lock release by main()
        3 main() done
    """)


def test_lock_whose_first_waiter_is_cancelled() -> None:
    async def main() -> None:
        lock = asyncio.Lock()
        async with lock:
            first = asyncio.create_task(hold(lock, 1), name="A")
            second = asyncio.create_task(hold(lock, 1), name="B")
            await asyncio.sleep(1)  # @sleep
            first.cancel()
        await second  # @second

    recording = simulate(main())
    assert untruths(recording) == []
    assert story(recording) == told("""
        0 main() ready <outside
        0 main() runs
        0 lock acquire by main(): held by main()
        0 A ready <main()
        0 B ready <main()
        0 main() waits sleep(1) @sleep
        0 A runs
        0 A waits Lock.acquire[lock] @enter
        0 B runs
        0 B waits Lock.acquire[lock] @enter
        1 main() ready <timer
        1 main() runs
        1 A ready <main()
        1 lock release by main(): B in line
        1 main() waits await task[B] @second
        1 A runs
        1 B ready <A
        1 A cancelled by main()
        1 B runs
        1 lock acquire by B: held by B
        1 B waits sleep(1) @inside
        2 B ready <timer
        2 B runs
        2 lock release by B
        2 main() ready <B
        2 B done
        2 main() runs
        2 main() done
    """)


@pytest.mark.parametrize("kind", [asyncio.Semaphore, asyncio.BoundedSemaphore])
def test_semaphore(kind: type[asyncio.Semaphore]) -> None:
    async def main() -> None:
        permits = kind(2)
        for name in ("A", "B", "C"):
            asyncio.create_task(hold(permits, 1), name=name)
        await asyncio.sleep(3)  # @sleep

    recording = simulate(main())
    assert untruths(recording) == []
    assert recording.resource("permits").kind == kind.__name__
    # A's release hands its permit on to C in the same breath: C holds it before it runs.
    assert story(recording) == told("""
        0 main() ready <outside
        0 main() runs
        0 A ready <main()
        0 B ready <main()
        0 C ready <main()
        0 main() waits sleep(3) @sleep
        0 A runs
        0 permits acquire by A: held by A, 1 of 2
        0 A waits sleep(1) @inside
        0 B runs
        0 permits acquire by B: held by A and B, 0 of 2
        0 B waits sleep(1) @inside
        0 C runs
        0 C waits Semaphore.acquire[permits] @enter
        1 A ready <timer
        1 B ready <timer
        1 A runs
        1 permits release by A: held by B, 1 of 2, C in line
        1 permits acquire by C: held by B and C, 0 of 2, C in line
        1 C ready <A
        1 A done
        1 B runs
        1 permits release by B: held by C, 1 of 2
        1 B done
        1 C runs
        1 C waits sleep(1) @inside
        2 C ready <timer
        2 C runs
        2 permits release by C: 2 of 2
        2 C done
        3 main() ready <timer
        3 main() runs
        3 main() done
    """)


def test_semaphore_that_signals() -> None:
    async def main() -> None:
        items = asyncio.Semaphore(0)
        asyncio.create_task(take(items), name="taker")
        await asyncio.sleep(1)  # @sleep
        items.release()
        items.release()
        await asyncio.sleep(1)  # @end

    async def take(items: asyncio.Semaphore) -> None:
        await items.acquire()  # @acquire

    recording = simulate(main())
    assert untruths(recording) == []
    assert story(recording) == told("""
        0 main() ready <outside
        0 main() runs
        0 taker ready <main()
        0 main() waits sleep(1) @sleep
        0 taker runs
        0 taker waits Semaphore.acquire[items] @acquire
        1 main() ready <timer
        1 main() runs
        1 items release by main(): 1, taker in line
        1 items acquire by taker: 0, taker in line
        1 taker ready <main()
        1 items release by main(): 1
        1 main() waits sleep(1) @end
        1 taker runs
        1 taker done
        2 main() ready <timer
        2 main() runs
        2 main() done
    """)


def test_semaphore_released_too_often() -> None:
    async def give_back_twice(permits: asyncio.Semaphore) -> None:
        await permits.acquire()
        await asyncio.sleep(1)  # @inside
        permits.release()
        permits.release()

    async def main() -> None:
        permits = asyncio.Semaphore(2)
        asyncio.create_task(hold(permits, 2), name="A")
        await give_back_twice(permits)
        for name in ("B", "C"):
            asyncio.create_task(hold(permits, 2), name=name)
        await asyncio.sleep(3)

    [permits] = simulate(main()).resources
    assert permits.capacity == 2
    main_task, a, b, c = range(4)
    # It holds nothing when it releases again, so A holds its permit to the end, and C makes three.
    assert [(change.time, change.holders, change.value) for change in permits.changes] == [
        (0.0, (), 2),
        (0.0, (main_task,), 1),
        (0.0, (main_task, a), 0),
        (1.0, (a,), 1),
        (1.0, (a,), 2),
        (1.0, (a, b), 1),
        (1.0, (a, b, c), 0),
        (2.0, (b, c), 1),
        (3.0, (c,), 2),
        (3.0, (), 3),
    ]


def test_what_one_task_takes_another_may_give_back() -> None:
    async def give_back(permits: asyncio.Semaphore) -> None:
        await asyncio.sleep(1)
        permits.release()

    async def main() -> None:
        permits = asyncio.Semaphore(2)
        for _ in range(4):
            await permits.acquire()
            asyncio.create_task(give_back(permits))
        await asyncio.sleep(2)

    recording = simulate(main())
    assert untruths(recording) == []
    [permits] = recording.resources
    assert permits.capacity == 2
    # Whose permit is given back, nobody knows: so nobody is said to hold one.
    assert {change.holders for change in permits.changes} == {()}
    assert permits.changes[-1].value == 2


def test_nobody_holds_what_a_callback_or_another_task_gives_back() -> None:
    async def refill(bucket: asyncio.Semaphore) -> None:
        await asyncio.sleep(1)
        bucket.release()

    async def main() -> None:
        bucket, rate = asyncio.Semaphore(1), asyncio.Semaphore(1)
        asyncio.create_task(refill(bucket))
        await bucket.acquire()
        await rate.acquire()
        asyncio.get_running_loop().call_later(1, rate.release)
        await asyncio.sleep(0)
        await asyncio.gather(bucket.acquire(), rate.acquire())

    recording = simulate(main())
    assert untruths(recording) == []
    assert {change.holders for one in recording.resources for change in one.changes} == {()}
    assert {finding.check for finding in summary(recording).findings} == {"crowded"}


def test_a_signal_that_nobody_sends_any_more_is_no_deadlock_with_oneself() -> None:
    async def pong(ping: asyncio.Semaphore, pong: asyncio.Semaphore) -> None:
        while True:
            await ping.acquire()
            pong.release()

    async def main() -> None:
        ping_signal, pong_signal = asyncio.Semaphore(0), asyncio.Semaphore(0)
        task = asyncio.create_task(pong(ping_signal, pong_signal), name="pong")
        ping_signal.release()
        await pong_signal.acquire()
        await task

    with pytest.raises(Deadlock) as caught:
        simulate(main())
    assert "holds" not in str(caught.value)
    assert "pong waits for a permit of" in str(caught.value)


@pytest.mark.parametrize("free", [3, 1])
def test_capacity_of_a_semaphore_that_was_made_before_the_recording(free: int) -> None:
    async def use(permits: asyncio.Semaphore, held: int) -> None:
        for _ in range(3 - held):
            await permits.acquire()
        await asyncio.sleep(0)
        for _ in range(3):
            permits.release()

    async def main() -> Recording:
        permits = asyncio.Semaphore(3)
        for _ in range(3 - free):
            await permits.acquire()
        with record() as recording:
            await use(permits, 3 - free)
            await asyncio.create_task(hold(permits, 0))
        return recording

    [permits] = asyncio.run(main()).resources
    assert permits.capacity == 3


def test_bounded_semaphore_released_once_too_often() -> None:
    async def main() -> None:
        permits = asyncio.BoundedSemaphore(1)
        await permits.acquire()
        permits.release()
        with suppress(ValueError):
            permits.release()

    recording = simulate(main())
    assert untruths(recording) == []
    assert story(recording) == told("""
        0 main() ready <outside
        0 main() runs
        0 permits acquire by main(): held by main(), 0 of 1
        0 permits release by main(): 1 of 1
        0 main() done
    """)


def test_event() -> None:
    async def wait(event: asyncio.Event) -> None:
        await event.wait()  # @wait

    async def main() -> None:
        event = asyncio.Event()
        first = asyncio.create_task(wait(event), name="A")
        second = asyncio.create_task(wait(event), name="B")
        await asyncio.sleep(1)  # @sleep
        event.set()
        event.set()  # it is set: this changes nothing
        await event.wait()  # nor does this wait
        event.clear()
        await first  # @first
        await second  # it has ended by then

    recording = simulate(main())
    assert untruths(recording) == []
    assert story(recording) == told("""
        0 main() ready <outside
        0 main() runs
        0 A ready <main()
        0 B ready <main()
        0 main() waits sleep(1) @sleep
        0 A runs
        0 A waits Event.wait[event] @wait
        0 B runs
        0 B waits Event.wait[event] @wait
        1 main() ready <timer
        1 main() runs
        1 event set by main(): A and B in line
        1 A ready <main()
        1 B ready <main()
        1 event clear by main()
        1 main() waits await task[A] @first
        1 A runs
        1 main() ready <A
        1 A done
        1 B runs
        1 B done
        1 main() runs
        1 main() done
    """)


def test_condition() -> None:
    async def consumer(changed: asyncio.Condition, items: list[str]) -> None:
        async with changed:
            while not items:
                await changed.wait()  # @wait
            items.pop()

    async def main() -> None:
        changed = asyncio.Condition()
        items: list[str] = []
        waiting = asyncio.create_task(consumer(changed, items), name="consumer")
        await asyncio.sleep(1)  # @sleep
        async with changed:
            items.append("one")
            changed.notify()
            await asyncio.sleep(1)  # @hold
        await waiting  # @end

    recording = simulate(main())
    assert untruths(recording) == []
    # To wait gives the lock away; who is notified waits for the lock once more.
    assert story(recording) == told("""
        0 main() ready <outside
        0 main() runs
        0 consumer ready <main()
        0 main() waits sleep(1) @sleep
        0 consumer runs
        0 changed's lock acquire by consumer: held by consumer
        0 changed's lock release by consumer
        0 consumer waits Condition.wait[changed] @wait
        1 main() ready <timer
        1 main() runs
        1 changed's lock acquire by main(): held by main()
        1 consumer ready <main()
        1 changed notify by main()
        1 main() waits sleep(1) @hold
        1 consumer runs
        1 consumer waits Lock.acquire[changed's lock] @wait
        2 main() ready <timer
        2 main() runs
        2 changed's lock release by main(): consumer in line
        2 consumer ready <main()
        2 main() waits await task[consumer] @end
        2 consumer runs
        2 changed's lock acquire by consumer: held by consumer
        2 changed's lock release by consumer
        2 main() ready <consumer
        2 consumer done
        2 main() runs
        2 main() done
    """)


def test_barrier() -> None:
    async def meet(barrier: asyncio.Barrier) -> None:
        await barrier.wait()  # @meet

    async def main() -> None:
        barrier = asyncio.Barrier(3)
        asyncio.create_task(meet(barrier), name="A")
        asyncio.create_task(meet(barrier), name="B")
        await asyncio.sleep(1)  # @late
        await barrier.wait()  # the last one does not wait
        await asyncio.sleep(0)  # @end

    recording = simulate(main())
    assert untruths(recording) == []
    assert story(recording) == told("""
        0 main() ready <outside
        0 main() runs
        0 A ready <main()
        0 B ready <main()
        0 main() waits sleep(1) @late
        0 A runs
        0 barrier arrive by A: 1 of 3
        0 A waits Barrier.wait[barrier] @meet
        0 B runs
        0 barrier arrive by B: 2 of 3, A in line
        0 B waits Barrier.wait[barrier] @meet
        1 main() ready <timer
        1 main() runs
        1 barrier arrive by main(): 3 of 3, A and B in line
        1 A ready <main()
        1 B ready <main()
        1 barrier leave by main(): 2 of 3
        1 main() ready <main() @end
        1 A runs
        1 barrier leave by A: 1 of 3
        1 A done
        1 B runs
        1 barrier leave by B: 0 of 3
        1 B done
        1 main() runs
        1 main() done
    """)


def test_barrier_that_is_broken() -> None:
    async def meet(barrier: asyncio.Barrier) -> None:
        with suppress(asyncio.BrokenBarrierError):
            await barrier.wait()  # @meet

    async def main() -> None:
        barrier = asyncio.Barrier(2)
        meeting = asyncio.create_task(meet(barrier), name="A")
        await asyncio.sleep(1)  # @late
        await barrier.abort()
        await meeting  # @end

    recording = simulate(main())
    assert untruths(recording) == []
    assert story(recording) == told("""
        0 main() ready <outside
        0 main() runs
        0 A ready <main()
        0 main() waits sleep(1) @late
        0 A runs
        0 barrier arrive by A: 1 of 2
        0 A waits Barrier.wait[barrier] @meet
        1 main() ready <timer
        1 main() runs
        1 barrier abort by main(): 1 of 2, A in line
        1 A ready <main()
        1 main() waits await task[A] @end
        1 A runs
        1 barrier leave by A: 0 of 2
        1 main() ready <A
        1 A done
        1 main() runs
        1 main() done
    """)


@pytest.mark.parametrize("kind", [asyncio.Queue, asyncio.PriorityQueue, asyncio.LifoQueue])
def test_queue(kind: type[asyncio.Queue[int]]) -> None:
    async def producer(queue: asyncio.Queue[int]) -> None:
        await queue.put(1)
        await queue.put(2)  # @put

    async def consumer(queue: asyncio.Queue[int]) -> None:
        while True:
            await queue.get()  # @get
            await asyncio.sleep(1)  # @work
            queue.task_done()

    async def main() -> None:
        queue = kind(maxsize=1)
        working = asyncio.create_task(consumer(queue), name="consumer")
        asyncio.create_task(producer(queue), name="producer")
        await asyncio.sleep(0)  # @begin
        await queue.join()  # @join
        working.cancel()

    recording = simulate(main())
    assert untruths(recording) == []
    assert recording.resource("queue").kind == kind.__name__
    assert story(recording) == told("""
        0 main() ready <outside
        0 main() runs
        0 consumer ready <main()
        0 producer ready <main()
        0 main() ready <main() @begin
        0 consumer runs
        0 consumer waits Queue.get[queue] @get
        0 producer runs
        0 consumer ready <producer
        0 queue put by producer: 1 of 1
        0 producer waits Queue.put[queue] @put
        0 main() runs
        0 main() waits Queue.join[queue] @join
        0 consumer runs
        0 producer ready <consumer
        0 queue get by consumer: 0 of 1, 1 unfinished, main() in line
        0 consumer waits sleep(1) @work
        0 producer runs
        0 queue put by producer: 1 of 1, 2 unfinished, main() in line
        0 producer done
        1 consumer ready <timer
        1 consumer runs
        1 queue task_done by consumer: 1 of 1, main() in line
        1 queue get by consumer: 0 of 1, 1 unfinished, main() in line
        1 consumer waits sleep(1) @work
        2 consumer ready <timer
        2 consumer runs
        2 main() ready <consumer
        2 queue task_done by consumer: 0 of 1
        2 consumer waits Queue.get[queue] @get
        2 main() runs
        2 consumer ready <main()
        2 main() done
        2 consumer runs
        2 consumer cancelled by main()
    """)


def test_queue_without_bounds() -> None:
    async def main() -> None:
        queue: asyncio.Queue[int] = asyncio.Queue()
        queue.put_nowait(1)
        await queue.put(2)
        queue.get_nowait()
        await queue.get()
        with suppress(asyncio.QueueEmpty):
            queue.get_nowait()

    recording = simulate(main())
    assert untruths(recording) == []
    assert story(recording) == told("""
        0 main() ready <outside
        0 main() runs
        0 queue put by main(): 1
        0 queue put by main(): 2
        0 queue get by main(): 1, 2 unfinished
        0 queue get by main(): 0, 2 unfinished
        0 main() done
    """)


@pytest.mark.skipif(sys.version_info < (3, 13), reason="queues cannot be shut down there")
@pytest.mark.parametrize("used_before", [0, 8])
def test_queue_shut_down_at_once(used_before: int) -> None:
    async def main(queue: asyncio.Queue[int]) -> None:
        for _ in range(used_before):
            queue.put_nowait(1)
            queue.get_nowait()
            queue.task_done()
        shut_down: Any = queue.shutdown  # type: ignore[attr-defined]
        joining = asyncio.create_task(queue.join(), name="joining")
        await asyncio.sleep(1)
        shut_down(immediate=True)
        await joining

    queue: asyncio.Queue[int] = asyncio.Queue()
    for item in range(3):
        queue.put_nowait(item)
    recording = simulate(main(queue))
    assert untruths(recording) == []
    changes = [line for line in story(recording).splitlines() if line.startswith("1 queue")]
    assert changes == ["1 queue shutdown by main(): 0"]
    sentences = [text(one, recording) for each in moments(recording) for one in each.sentences]
    assert [each for each in sentences if "shuts" in each] == [
        "main() shuts queue down: 0 in it, 0 unfinished."
    ]


@pytest.mark.skipif(sys.version_info < (3, 13), reason="queues cannot be shut down there")
def test_what_a_queue_drops_was_not_taken_and_not_marked_done() -> None:
    async def main() -> None:
        queue: asyncio.Queue[int] = asyncio.Queue()
        for item in range(4):
            queue.put_nowait(item)
        await asyncio.create_task(queue.get())
        shut_down: Any = queue.shutdown  # type: ignore[attr-defined]
        shut_down(immediate=True)
        await queue.join()

    with pytest.raises(Deadlock) as raised:
        simulate(main())
    assert "of 1 item that was taken, none was marked done" in str(raised.value)
    assert untruths(raised.value.recording) == []


@pytest.mark.skipif(sys.version_info < (3, 13), reason="queues cannot be shut down there")
def test_a_thread_shuts_a_queue_down() -> None:
    async def main() -> None:
        queue: asyncio.Queue[int] = asyncio.Queue()
        queue.put_nowait(1)
        shut_down: Any = queue.shutdown  # type: ignore[attr-defined]
        await asyncio.to_thread(shut_down)

    recording = simulate(main())
    assert [deed.action for deed in recording.from_threads] == ["shutdown"]
    [said] = [each for each in summary(recording).findings if each.check == "used from a thread"]
    assert "shut queue down" in said.text


class Odd(asyncio.Queue[int]):
    """A queue that keeps no item twice."""

    def _put(self, item: int) -> None:
        if item not in self._queue:  # type: ignore[attr-defined]
            super()._put(item)


def lopsided() -> asyncio.Queue[int]:
    """A queue one of which's methods was replaced."""
    queue: asyncio.Queue[int] = asyncio.Queue(3)
    queue.__dict__["_get"] = lambda: queue._queue.pop()  # type: ignore[attr-defined]
    return queue


@pytest.mark.parametrize("make", [lambda: asyncio.Queue(3), asyncio.Queue, Odd, lopsided])
def test_a_queue_does_recorded_what_it_does_bare(make: Callable[[], asyncio.Queue[int]]) -> None:
    async def misuse() -> list[object]:
        chance = random.Random(1)
        queue, other = make(), make()
        said: list[object] = []
        joining = [asyncio.create_task(queue.join()) for _ in range(2)]
        for number in range(500):
            use = queue if chance.random() < 0.9 else other
            act = chance.choice(["put", "get", "task_done", "wait", "cancelled"])
            try:
                if act == "put":
                    use.put_nowait(number % 7)
                elif act == "get":
                    said.append(use.get_nowait())
                elif act == "task_done":
                    use.task_done()
                else:
                    getting = asyncio.create_task(use.get())
                    putting = asyncio.create_task(use.put(number % 7))
                    await asyncio.sleep(0)
                    if act == "cancelled":
                        getting.cancel()
                    await asyncio.wait([getting, putting], timeout=0)
                    said += [getting.done(), putting.done(), getting.cancel(), putting.cancel()]
            except (asyncio.QueueFull, asyncio.QueueEmpty, ValueError) as error:
                said.append(repr(error))
            said.append((use.qsize(), use._unfinished_tasks))  # type: ignore[attr-defined]
            said.append([task.done() for task in joining])
        for task in joining:
            task.cancel()
        return said

    recording = simulate(misuse())
    false = untruths(recording)
    if make is Odd:  # what it has already makes it no deeper
        false = [each for each in false if "puts − gets" not in each]
    assert false == []
    assert recording.result == asyncio.run(misuse())


class Latest(asyncio.Queue[int]):
    """A queue that keeps nothing but the last item."""

    def _put(self, item: int) -> None:
        self._queue.clear()  # type: ignore[attr-defined]
        super()._put(item)


class Reticent(asyncio.Queue[int]):
    """A queue that does not tell how many items it has."""

    asked = 0

    def qsize(self) -> int:
        Reticent.asked += 1
        raise NotImplementedError


def test_a_queue_that_does_not_tell_its_length_is_not_shown() -> None:
    async def main() -> list[int]:
        queue, shown = Reticent(), asyncio.Queue[int]()
        getting = asyncio.create_task(queue.get())
        await asyncio.sleep(0)
        for number in range(3):
            queue.put_nowait(number)
            shown.put_nowait(number)
        got = [await getting, queue.get_nowait()]
        queue.task_done()
        if hasattr(queue, "shutdown"):
            queue.shutdown(immediate=True)
        return got

    recording = simulate(main())
    assert (recording.result, recording.warnings) == ([0, 1], ())
    assert [resource.label for resource in recording.resources] == ["shown"]
    assert untruths(recording) == []


def test_a_queue_of_another_loop_is_not_asked_for_its_length() -> None:
    async def uses(queue: asyncio.Queue[int]) -> None:
        queue.put_nowait(1)
        await queue.get()
        queue.task_done()
        if hasattr(queue, "shutdown"):
            queue.shutdown()

    async def main() -> None:
        await asyncio.to_thread(lambda: asyncio.run(uses(Reticent())))

    before = Reticent.asked
    simulate(main())
    assert Reticent.asked == before


def unchanged(queue: Any) -> None:
    """It stays what it is."""


def keep_no_item_twice(queue: Any) -> None:
    """Have one queue keep no item twice."""
    queue._put = lambda item: item in queue._queue or queue._queue.append(item)


def keep_two_items(queue: Any) -> None:
    """Have one queue keep the last two items."""
    queue._queue = deque(queue._queue, maxlen=2)


def be_full_at_two(queue: Any) -> None:
    """Have one queue be full with two items."""
    queue.full = lambda: queue.qsize() >= 2


@pytest.mark.parametrize("used", [0, 2], ids=["new", "in use"])
@pytest.mark.parametrize(
    ("kind", "change"),
    [
        *[(asyncio.Queue, each) for each in (keep_no_item_twice, keep_two_items, be_full_at_two)],
        (Latest, unchanged),
    ],
)
def test_what_is_put_on_one_queue_is_heard(
    kind: type[asyncio.Queue[int]], change: Callable[[Any], None], used: int
) -> None:
    async def main() -> list[int]:
        queue = kind()
        depths = []
        for number in range(used):
            queue.put_nowait(number)
            depths.append(queue.qsize())
        change(queue)
        for number in (1, 1, 2, 3):
            with suppress(asyncio.QueueFull):
                queue.put_nowait(number)
                depths.append(queue.qsize())
        while not queue.empty():
            queue.get_nowait()
            depths.append(queue.qsize())
        return depths

    recording = simulate(main())
    assert recording.result == asyncio.run(main())
    assert [change.value for change in recording.resources[0].changes[1:]] == recording.result


def test_waiters_are_in_line_first_come_first() -> None:
    async def main() -> None:
        lock = asyncio.Lock()
        async with asyncio.TaskGroup() as group:
            for name in ("A", "B", "C"):
                group.create_task(hold(lock, 1), name=name)

    recording = simulate(main())
    labels = [task.label for task in recording.tasks]
    line = [
        (waiters.time, "".join(labels[index] for index in waiters.tasks))
        for waiters in recording.waiters(recording.resource("lock"))
    ]
    assert line == [(0, "B"), (0, "BC"), (1, "C"), (2, "")]


@pytest.mark.skipif(
    sys.version_info >= (3, 13), reason="a queue does not fit into the place of a semaphore there"
)
def test_a_primitive_in_the_place_of_a_semaphore_that_is_gone_has_no_permits() -> None:
    async def main() -> None:
        queues = []
        places = set()
        for _ in range(20):
            places.add(id(asyncio.Semaphore(7)))  # gone at once: its place in memory is free again
            queues.append(asyncio.Queue[int]())
            queues[-1].put_nowait(1)
        assert places & {id(queue) for queue in queues}

    recording = simulate(main())
    assert {resource.capacity for resource in recording.resources} == {None}


def test_what_asyncios_own_tasks_do_first_is_not_asyncios_own() -> None:
    async def take(lock: asyncio.Lock) -> None:
        await asyncio.wait_for(lock.acquire(), 5)
        await asyncio.sleep(1)
        lock.release()

    async def main() -> None:
        queue: asyncio.Queue[int] = asyncio.Queue()
        lock = asyncio.Lock()
        late = asyncio.Event()
        asyncio.get_running_loop().call_later(7, late.set)
        await asyncio.gather(*(queue.put(number) for number in range(3)))
        await take(lock)
        await late.wait()
        await asyncio.Barrier(1).wait()

    recording = simulate(main())
    assert untruths(recording) == []
    assert [resource.label for resource in recording.resources[:3]] == ["queue", "lock", "late"]
    # Nor are their parts, a queue's event and a barrier's condition, anybody's.
    kinds = [resource.kind for resource in recording.resources]
    assert sorted(kinds) in (
        ["Barrier", "Event", "Lock", "Queue"],
        ["Barrier", "Event", "Lock", "Queue", "Timeout"],
    )
    held = [change.holders for change in recording.resource("lock").changes]
    assert held == [(), (recording.task("main()").index,), ()]


def test_a_generator_that_asyncio_closes_has_its_own_name() -> None:
    async def rows() -> AsyncIterator[int]:
        try:
            yield 1
            yield 2
        finally:
            await asyncio.sleep(1)

    async def main() -> None:
        async for _ in rows():
            break
        await asyncio.sleep(2)

    assert [task.label for task in simulate(main()).tasks] == ["main()", "rows()"]


def test_what_is_done_while_a_destroyed_tasks_coroutine_is_closed_is_its_own() -> None:
    lock, permits = asyncio.Lock(), asyncio.Semaphore(1)
    left = asyncio.Event()

    async def lost() -> None:
        async with lock, permits:
            try:
                await asyncio.get_running_loop().create_future()
            finally:
                left.set()

    async def waits() -> None:
        async with lock:
            await left.wait()

    async def main() -> None:
        asyncio.create_task(lost())
        await asyncio.sleep(1)
        waiter = asyncio.create_task(waits())
        await asyncio.sleep(1)
        gc.collect()
        async with permits:  # and this is its own doing
            await waiter

    recording = simulate(main())
    assert untruths(recording) == []
    labels = [task.label for task in recording.tasks]
    deeds = [
        (change.action, None if change.task is None else labels[change.task])
        for resource in recording.resources
        for change in resource.changes
    ]
    assert deeds == [
        *[("seen", None), ("acquire", "lost()"), ("release", "lost()")],
        *[("acquire", "waits()"), ("release", "waits()")],
        *[("seen", None), ("acquire", "lost()"), ("release", "lost()")],
        *[("acquire", "main()"), ("release", "main()")],
        *[("seen", None), ("set", "lost()")],
    ]
    assert recording.resource("permits").changes[1].holders  # a semaphore of owners
    wakers = [span.waker for span in recording.task("waits()").spans if span.waker]
    assert [labels[waker.task or 0] for waker in wakers] == ["main()", "lost()"]


def test_what_later_tasks_of_a_destroyed_ones_function_do_is_their_own() -> None:
    lock = asyncio.Lock()

    async def work(*, lost: bool) -> None:
        async with lock:
            if lost:
                await asyncio.get_running_loop().create_future()

    async def main() -> None:
        asyncio.create_task(work(lost=True))
        await asyncio.sleep(1)
        gc.collect()
        await asyncio.create_task(work(lost=False))  # in the same turn
        for _ in range(20):  # their frames get the place in memory that its had
            await asyncio.create_task(work(lost=False))

    recording = simulate(main())
    deeds = [(change.action, change.task) for change in recording.resource("lock").changes[1:]]
    tasks = range(1, len(recording.tasks))
    assert deeds == [(action, task) for task in tasks for action in ("acquire", "release")]


def test_a_destroyed_task_has_no_name_of_a_later_one_in_its_place() -> None:
    class Deaf:
        """Is awaited, and refers to nobody who does so: that one goes with its last reference."""

        _asyncio_future_blocking = False

        def get_loop(self) -> asyncio.AbstractEventLoop:
            return asyncio.get_running_loop()

        def add_done_callback(self, *arguments: object, **options: object) -> None:
            pass

        def __await__(self) -> Generator[Any, Any, Any]:
            self._asyncio_future_blocking = True
            yield self

    async def lost() -> None:
        await Deaf()

    async def main() -> None:
        for number in range(6):
            task = asyncio.create_task(lost())
            await asyncio.sleep(1)
            task.set_name(f"lost {number}")
            del task

    labels = [task.label for task in simulate(main()).tasks]
    assert labels == ["main()", *(f"lost {number}" for number in range(6))]
