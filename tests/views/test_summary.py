"""What the summary says of recordings that were made by hand, and that its numbers add up."""

from __future__ import annotations

import asyncio
import contextlib
import re
import sys
from html.parser import HTMLParser

import pytest

from course_helpers.recorder.marks import mark
from course_helpers.recording.model import (
    Blocked,
    Change,
    Ending,
    Location,
    Recording,
    Resource,
    State,
)
from course_helpers.simulation import simulate
from course_helpers.views.summary import summary
from tests.views import programs
from tests.views.builder import Builder

RUN, READY = State.RUNNING, State.READY


def found(recording: Recording) -> dict[str, list[str]]:
    """The findings by check."""
    checks: dict[str, list[str]] = {}
    for finding in summary(recording).findings:
        checks.setdefault(finding.check, []).append(finding.text)
    return checks


def row(recording: Recording, label: str) -> list[str]:
    """The cells of the line that begins with a label."""
    lines = str(summary(recording)).splitlines()
    line = next(line for line in lines if line.strip().startswith(label + "  "))
    return re.split(r"\s{2,}", line.strip())


def test_a_total_is_running_and_ready_and_waiting_by_reason() -> None:
    made = Builder("real")
    made.task(
        "A",
        (READY, 0.5),
        (RUN, 1),
        ("lock", "Lock.acquire", 2, 0),
        (READY, 0.5),
        (RUN, 1),
        ("sleep", "sleep(3)", 3),
    )
    made.resource("lock", "Lock", (0, (), 0))
    cells = row(made.recording(), "A")
    assert cells[1:] == ["done", "8 s", "2", "2 s", "1 s", "5 s", "sleep(3) 3 s, Lock.acquire 2 s"]


def test_many_reasons_are_told_without_their_arguments() -> None:
    made = Builder()
    made.task("A", *[("sleep", f"sleep({number})", number) for number in range(1, 11)])
    assert row(made.recording(), "A")[-1] == "sleep 55 s"


def test_nothing_to_remark_on_gives_no_finding() -> None:
    made = Builder()
    made.task("A", (READY, 0), (RUN, 0), ("sleep", "sleep(1)", 1))
    assert not summary(made.recording()).findings
    assert "•" not in str(summary(made.recording()))


def test_a_blocked_loop_is_named_with_its_line() -> None:
    made = Builder("real")
    made.task("load", (RUN, 1))
    step = Blocked(0.1, 0.31, 0, 0, Location("cell", 14, "load"))
    one = made.recording(blocked=(step,))
    assert found(one) == {"blocked loop": ["Loop blocked 0.21 s at line 14 in load."]}
    many = made.recording(blocked=(step,) * 5)
    (text,) = found(many)["blocked loop"]
    assert text.startswith("Loop blocked 5 times, 1.05 s altogether, longest 0.21 s at line 14")


def test_tasks_left_running_are_named_but_not_the_cells_own() -> None:
    made = Builder()
    made.task("cell", (RUN, 1), ending=Ending.ALIVE, existed=True)
    made.task("forever", ("sleep", "sleep(9)", 1), ending=Ending.ALIVE)
    assert found(made.recording()) == {
        "left running": ["forever was left waiting in sleep(9)."],
    }
    for number in range(9):
        made.task(f"more {number}", ("sleep", "sleep(9)", 1), ending=Ending.ALIVE)
    (text,) = found(made.recording())["left running"]
    assert text == "10 tasks were left running: forever, more 0, more 1 and 7 more."


def test_an_exception_that_nobody_asked_for_is_told() -> None:
    made = Builder()
    made.task("A", (RUN, 0), ending=Ending.FAILED, detail="KeyError: 'x'", retrieved=False)
    made.task("B", (RUN, 0), ending=Ending.FAILED, detail="KeyError: 'y'")
    (text,) = found(made.recording(1.0))["exception never retrieved"]
    assert text.startswith("Exception never retrieved: A failed with KeyError: 'x'")


def test_a_full_semaphore_is_told_only_if_somebody_waited() -> None:
    made = Builder()
    for number in range(7):
        made.task(f"t{number}", ("semaphore", "Semaphore.acquire", number + 1, 0))
    changes = ((0, (), 3), (0.8, (0, 1, 2), 0))
    made.resource("permits", "Semaphore", *changes, capacity=3)
    recording = made.recording(10.0)
    assert found(recording)["crowded"] == [
        "permits (Semaphore) was full 92 % of the time: 7 tasks waited, the longest 7 s."
    ]
    alone = Builder()
    for number in range(3):
        alone.task(f"t{number}", ("sleep", "sleep(10)", 10))
    alone.resource("permits", "Semaphore", *changes, capacity=3)
    assert "crowded" not in found(alone.recording())


def test_a_semaphore_that_was_released_too_often_is_told() -> None:
    made = Builder()
    made.task("A", ("sleep", "sleep(1)", 1))
    made.resource("permits", "Semaphore", (0, (), 2), (0.5, (0,), 4), (1, (), 5), capacity=2)
    recording = made.recording()
    assert found(recording)["released too often"] == [
        "permits (Semaphore) was released too often: 3 permits beyond its 2."
    ]
    assert row(recording, "permits")[1] == "Semaphore(2)"
    assert "3 permits too many" in row(recording, "permits")[2]
    counter = Builder()
    counter.task("A", ("sleep", "sleep(1)", 1))
    counter.resource("items", "Semaphore", (0, (), 0), (0.5, (), 4), capacity=0)
    assert "released too often" not in found(counter.recording())


def test_a_lock_that_its_holder_took_to_the_grave_is_told() -> None:
    made = Builder()
    made.task("A", ("sleep", "sleep(1)", 1))
    made.resource("lock", "Lock", (0, (), 0), (0.5, (0,), 1))
    assert found(made.recording())["never released"] == [
        "lock (Lock) was never released: A ended with it."
    ]


def test_a_queue_with_unfinished_tasks_is_told_if_it_counts_them() -> None:
    def recording(action: str) -> Recording:
        made = Builder()
        made.task("A", ("sleep", "sleep(1)", 1))
        changes = (
            Change(0, 0, "seen", None, (), 0, 0),
            Change(0, 1, "put", 0, (), 2, 2),
            Change(0.5, 2, action, 0, (), 1, 1),
        )
        made.resources = [Resource(0, "jobs", "Queue", None, changes)]
        return made.recording()

    assert found(recording("task_done"))["unfinished queue"] == [
        "jobs (Queue) has 1 unfinished task at the end: join() would wait for it."
    ]
    assert "unfinished queue" not in found(recording("get"))


def test_a_task_kept_from_running_is_told() -> None:
    made = Builder("real")
    made.task("A", (READY, 0.2), (RUN, 0.1))
    made.task("B", (READY, 0.04), (RUN, 0.1))
    assert found(made.recording())["ready for long"] == [
        "A was ready and did not get its turn for 0.2 s."
    ]


def test_a_deadlock_is_named_by_its_circle_and_its_tasks_once() -> None:
    made = Builder()
    made.task("main", ("task", "gather", 1), ending=Ending.ALIVE)
    for label, lock in (("A", 1), ("B", 0)):
        made.task(
            label,
            ("sleep", "sleep(1)", 1),
            ("lock", "Lock.acquire", 0, lock),
            ending=Ending.ALIVE,
        )
    made.resource("left", "Lock", (0, (), 0), (0, (1,), 1))
    made.resource("right", "Lock", (0, (), 0), (0, (2,), 1))
    told = found(made.recording(1.0))
    assert told["deadlock"] == [
        "Deadlock: A waits for right, which B holds; B waits for left, which A holds."
    ]
    assert told["left running"] == ["main was left waiting in gather."]
    assert row(made.recording(1.0), "A")[-1] == "sleep(1) 1 s, Lock.acquire 0 s"


def test_warnings_and_missing_events_are_told() -> None:
    made = Builder()
    recording = made.recording(warnings=("a hook failed\nbadly",), left_out=12)
    told = found(recording)
    assert told["recorder"] == ["a hook failed\\nbadly"]
    assert "12 events are missing" in told["left out"][0]


class Tables(HTMLParser):
    """Collects tags and cells."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.cells: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag in ("td", "th"):
            self.cells.append("")

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1] in ("td", "th") and self.cells:
            self.cells[-1] += data


@pytest.mark.parametrize("label", ["</td><script>alert(1)</script>", "a & b", '"><img src=x>'])
def test_names_are_escaped_in_html(label: str) -> None:
    made = Builder()
    made.task(label, ("lock", label, 1, 0), ending=Ending.FAILED, detail=label, retrieved=False)
    made.resource(label, "Lock", (0, (), 0), (0, (0,), 1))
    tables = Tables(summary(made.recording())._repr_html_())
    assert not {"script", "img"} & set(tables.tags)
    assert label in tables.cells


def test_text_and_html_have_the_same_content() -> None:
    made = Builder()
    main = made.task("main", ("task", "gather", 2))
    made.task("A", ("queue", "Queue.get", 2, 0), parent=main)
    made.resource("jobs", "Queue", (0, (), 0), (2, (), 1), capacity=3)
    shown = summary(made.recording())
    text = str(shown)
    for cell in Tables(shown._repr_html_()).cells:
        assert cell in text
    assert repr(shown) == text


def test_five_hundred_tasks_give_a_table_one_can_read() -> None:
    made = Builder()
    for number in range(500):
        made.task(f"task {number}", ("sleep", "sleep(1)", 1))
    text = str(summary(made.recording()))
    assert len(text.splitlines()) < 60
    rest = next(line for line in text.splitlines() if "more tasks" in line)
    shown = sum(line.startswith("task ") for line in text.splitlines()) - 1
    assert int(rest.split()[0]) + shown == 500


def test_nothing_recorded_is_said_in_a_line() -> None:
    assert str(summary(Builder().recording())) == "0 s by the virtual clock, 0 tasks."


def test_something_else_than_a_recording_is_refused() -> None:
    with pytest.raises(TypeError, match=r"takes a Recording, not int: `recording = simulate"):
        summary(42)  # type: ignore[arg-type]


def test_a_simulated_program_is_summed_up_the_same_at_every_run() -> None:
    one, other = (str(summary(simulate(programs.locks()))) for _ in range(2))
    assert one == other


def test_the_parts_of_every_simulated_task_add_up_to_its_life() -> None:
    recording = simulate(programs.locks(), cost_per_step=0.001)
    for task in recording.tasks:
        parts = sum(task.total(state) for state in State)
        end = recording.duration if task.ended is None else task.ended
        assert parts == pytest.approx(end - task.born)
        assert parts - task.total(State.RUNNING) - task.total(State.READY) == pytest.approx(
            sum(task.waits().values())
        )


def test_marks_are_a_table_without_printed_lines() -> None:
    async def main() -> None:
        mark("writes", "balance", 80)
        print("hello")

    text = str(summary(simulate(main())))
    assert text.endswith("at   task    mark            value\n0 s  main()  writes balance     80")


def test_a_group_that_ends_its_tasks_swallows_nothing() -> None:
    async def fails() -> None:
        raise ValueError("no")

    async def main() -> None:
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(asyncio.sleep(1))
                group.create_task(fails())
        except* ValueError:
            pass
        await asyncio.sleep(1)

    assert not summary(simulate(main())).findings


def test_what_an_outer_group_asks_for_is_swallowed_by_an_inner_one() -> None:
    async def fails() -> None:
        await asyncio.sleep(0.1)
        raise ValueError("no")

    async def main() -> None:
        try:
            async with asyncio.TaskGroup() as outer:
                outer.create_task(fails(), name="first")
                try:
                    async with asyncio.TaskGroup() as inner:
                        inner.create_task(fails())
                except* ValueError:
                    pass
                await asyncio.sleep(0.5)
        except* ValueError:
            pass

    said = [finding.text for finding in summary(simulate(main())).findings]
    swallowed = ["main() was cancelled by first at 0.1 s and went on: it ended as done."]
    # Since Python 3.13 a group hands on what it was asked for meanwhile.
    assert said == ([] if sys.version_info >= (3, 13) else swallowed)


def test_what_is_full_for_no_time_is_not_said_to_be_never_full() -> None:
    async def main() -> None:
        queue, signal, free = asyncio.Queue[int](1), asyncio.Semaphore(0), asyncio.Semaphore(2)
        queue.put_nowait(1)
        signal.release()
        await signal.acquire()
        async with free:
            await asyncio.sleep(0)

    said = str(summary(simulate(main())))
    assert "1 at the end, full 0 % of the time" in said
    assert "acquired 1 time, without a free permit 0 % of the time" in said
    assert said.count("never full") == 1


def test_a_group_that_had_no_task_left_to_cancel_is_not_said_to_have_cancelled_any() -> None:
    async def fail() -> None:
        raise ValueError

    async def main(others: int) -> None:
        with contextlib.suppress(ExceptionGroup):
            async with asyncio.TaskGroup() as group:
                group.create_task(fail())
                for _ in range(others):
                    group.create_task(asyncio.sleep(1))

    assert "TaskGroup  aborted" in str(summary(simulate(main(0))))
    assert "TaskGroup  cancelled its tasks" in str(summary(simulate(main(1))))
