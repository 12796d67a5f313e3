"""Marks: what a program says about itself, and the lines that it prints in a simulation."""

from __future__ import annotations

import asyncio
import gc
import json
import weakref
from collections.abc import Callable
from enum import IntEnum
from pathlib import Path
from typing import Any

import pytest

from course_helpers import Recording, mark, record, simulate
from course_helpers.simulation.printing import captured


async def worker(seconds: float) -> None:
    mark("starts", "work")
    await asyncio.sleep(seconds)
    mark("ends", "work", seconds)


async def two_workers() -> None:
    await asyncio.gather(worker(1.0), worker(2.0))


def test_a_mark_has_its_moment_its_task_and_its_line() -> None:
    recording = simulate(two_workers())
    said = [
        (made.time, recording.tasks[made.task or 0].label, made.verb, made.what, made.value)
        for made in recording.marks
    ]
    assert said == [
        (0.0, "worker(1.0)", "starts", "work", None),
        (0.0, "worker(2.0)", "starts", "work", None),
        (1.0, "worker(1.0)", "ends", "work", 1.0),
        (2.0, "worker(2.0)", "ends", "work", 2.0),
    ]
    lines = {made.verb: made.location for made in recording.marks}
    first = worker.__code__.co_firstlineno
    assert lines["starts"] is not None
    assert (lines["starts"].line, lines["starts"].function) == (first + 1, "worker")
    assert lines["ends"] is not None
    assert lines["ends"].line == first + 3


def test_marks_stand_in_the_order_of_all_that_happened() -> None:
    recording = simulate(two_workers())
    sequences = [made.sequence for made in recording.marks]
    assert sequences == sorted(set(sequences))
    spans = {span.sequence for task in recording.tasks for span in task.spans}
    assert not spans & set(sequences)


def test_the_real_clock_has_marks_too() -> None:
    async def main() -> Recording:
        with record() as recording:
            await worker(0.001)
        mark("after the block")
        return recording

    assert [made.verb for made in asyncio.run(main()).marks] == ["starts", "ends"]


def test_where_nothing_records_a_mark_does_nothing() -> None:
    mark("nobody listens")
    asyncio.run(worker(0))


def test_a_callback_and_a_thread() -> None:
    async def main() -> None:
        asyncio.get_running_loop().call_soon(mark, "by a callback")
        await asyncio.to_thread(mark, "by a thread")

    assert [(made.verb, made.task) for made in simulate(main()).marks] == [("by a callback", 0)]


class Odd:
    def __repr__(self) -> str:
        raise ValueError


class Liar(int):
    def __int__(self) -> int:
        return 0

    def __repr__(self) -> str:
        return "0"


Colour = IntEnum("Colour", {"RED": 1})


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (None, None),
        (True, True),
        (80, 80),
        (0.5, 0.5),
        ("text", "text"),
        ((1, 2), "(1, 2)"),
        (float("inf"), "inf"),
        (Liar(5), 5),
        (Colour.RED, 1),
        (Odd(), "<Odd>"),
        (object(), "<object>"),
        ("x" * 300, "x" * 199 + "…"),
    ],
)
def test_values_are_kept_as_data(value: object, kept: object, tmp_path: Path) -> None:
    async def main() -> None:
        mark("has", "value", value)

    recording = simulate(main())
    found = recording.marks[0].value
    assert found == kept
    assert type(found) is type(kept)
    recording.save(tmp_path / "marks.json")
    assert Recording.load(tmp_path / "marks.json") == recording


def test_a_file_from_before_there_were_marks_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / "old.json"
    recording = simulate(asyncio.sleep(1))
    recording.save(path)
    document = json.loads(path.read_text("utf-8"))
    document["version"] = 1
    del document["recording"]["marks"]
    for reason in document["reasons"]:
        assert reason.pop() == []
    path.write_text(json.dumps(document), "utf-8")
    assert Recording.load(path) == recording


async def printers() -> None:
    async def say(name: str) -> None:
        print(name, end=" ")
        await asyncio.sleep(1)
        print("says\nmore")

    await asyncio.gather(say("A"), say("B"))


LINES = [(1.0, 1, "A says"), (1.0, 1, "more"), (1.0, 2, "B says"), (1.0, 2, "more")]


def test_lines_that_are_printed_in_a_simulation_are_marks(
    capsys: pytest.CaptureFixture[str],
) -> None:
    recording = simulate(printers())
    assert {made.verb for made in recording.marks} == {"prints"}
    assert [(made.time, made.task, made.what) for made in recording.marks] == LINES
    assert capsys.readouterr().out == "A B says\nmore\nsays\nmore\n"


def test_captured_lines_are_marks_as_well() -> None:
    with captured() as printed:
        recording = simulate(printers())
    assert [(made.time, made.task, made.what) for made in recording.marks] == LINES
    assert printed.text == "A B says\nmore\nsays\nmore\n"


def test_what_others_print_is_no_mark(capsys: pytest.CaptureFixture[str]) -> None:
    async def main() -> None:
        await asyncio.to_thread(print, "from a thread")

    print("before")
    assert simulate(main()).marks == ()
    assert capsys.readouterr().out == "before\nfrom a thread\n"


def test_without_a_standard_output_a_program_runs_as_it_does_in_python(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sys.stdout", None)

    async def main() -> int:
        print("into nothing")
        return 1

    assert simulate(main()).result == 1


def test_a_task_that_printed_half_a_line_dies_as_it_would() -> None:
    async def main() -> Callable[[], Any]:
        async def half() -> None:
            print("half", end="")

        reference = weakref.ref(asyncio.create_task(half()))
        await asyncio.sleep(1)
        gc.collect()
        return reference

    assert simulate(main()).result() is None
