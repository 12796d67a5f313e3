"""Threads that the loop gives no job: what they do between their calls of the loop is not heard."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from queue import SimpleQueue

from course_helpers import Recording, simulate, summary, timeline
from course_helpers.recording.model import Ending, State
from course_helpers.views import words
from course_helpers.views.replay.narration import moments, text
from tests.recording.truths import untruths
from tests.views.test_page import shown


@contextmanager
def _worker() -> Iterator[SimpleQueue[asyncio.Future[None] | None]]:
    """The jobs of a thread such as a library keeps, which waits for them in a queue of its own."""
    loop, jobs = asyncio.get_running_loop(), SimpleQueue[asyncio.Future[None] | None]()

    def work() -> None:
        while (future := jobs.get()) is not None:
            loop.call_soon_threadsafe(future.set_result, None)

    thread = threading.Thread(target=work, name="worker")
    thread.start()
    try:
        yield jobs
    finally:
        jobs.put(None)
        thread.join()


async def _asks_twice() -> None:
    with _worker() as jobs:
        for _ in range(2):
            await asyncio.sleep(0.2)
            future = asyncio.get_running_loop().create_future()
            jobs.put(future)
            await future
        await asyncio.sleep(0.3)


def _recorded() -> Recording:
    recording = simulate(_asks_twice())
    assert not untruths(recording)
    return recording


def test_what_a_thread_does_that_got_no_job_of_the_loops_is_not_known() -> None:
    worker = _recorded().task("worker")
    assert [(span.state, span.start, span.end) for span in worker.spans] == [
        (State.UNKNOWN, 0.2, 0.7)
    ]
    assert worker.ending is Ending.DONE


def test_the_table_counts_none_of_its_time_as_work() -> None:
    [row] = [line for line in str(summary(_recorded())).splitlines() if line.startswith("worker")]
    assert row.split() == ["worker", "(thread)", "done", "0.5", "s", "unknown"]


def test_in_words_what_it_did_is_not_known() -> None:
    said = words.alternative(_recorded())
    assert (
        "worker, a thread, from 0.2 s, done at 0.7 s: what it did for 0.5 s is not known." in said
    )


def test_a_picture_has_a_look_of_its_own_for_it() -> None:
    [picture] = shown(timeline(_recorded()))
    assert (
        "What the thread worker does is not known from 0.2 s to 0.7 s: for 0.5 s." in picture.items
    )
    explained = [entry["text"] for entry in picture.plan["key"]]
    assert "what it does is not known" in explained
    assert "at work outside the loop" not in explained


def test_a_replay_tells_when_it_is_met() -> None:
    recording = _recorded()
    told = [sentence for moment in moments(recording) for sentence in moment.sentences]
    said = [text(sentence, recording) for sentence in told]
    about = [sentence for sentence in said if sentence.startswith("worker")]
    assert about == ["worker uses what is the loop's for the first time.", "worker ends: done"]


def test_the_job_of_an_executor_is_heard_from_its_beginning_to_its_end() -> None:
    recording = simulate(asyncio.to_thread(int))
    [job] = [task for task in recording.tasks if task.kind == "thread"]
    assert [span.state for span in job.spans] == [State.READY, State.RUNNING]
