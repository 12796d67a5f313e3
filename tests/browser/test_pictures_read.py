"""Ten pictures are read on the page: what stands on each lane, from when to when, by the legend.

Not one pixel is compared. A picture has to say the same in a light page and in a dark one, on a
telephone and on a large screen; on a telephone some words in bars may be left out.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, Page, expect

from course_helpers import (
    Deadlock,
    Recording,
    Sketch,
    described,
    signal_handlers,
    simulate,
    sweep,
    timeline,
)
from course_helpers.views.page.picture import MIME
from tests.browser.test_picture import box, show

READ: Final = (Path(__file__).parent / "reading.js").read_text("utf-8")
PHONE: Final = 390
WIDTHS: Final = (PHONE, 1280, 1920)

Program = Callable[[], Coroutine[Any, Any, Any]]
# By the label of a lane: its bars with the words in them, its signs, and what is written beside.
Read = Mapping[str, Sequence[str]]


async def nap(seconds: float) -> None:
    await asyncio.sleep(seconds)


async def nap_by(seconds: float, the_one_who_set_it: int) -> None:
    await asyncio.sleep(seconds * the_one_who_set_it)


async def a_lock() -> None:
    lock = asyncio.Lock()

    async def use(seconds: float) -> None:
        async with lock:
            await asyncio.sleep(seconds)

    first = asyncio.create_task(use(2), name="A")
    second = asyncio.create_task(use(1), name="B")
    await asyncio.gather(first, second)


async def a_semaphore() -> None:
    permits = asyncio.Semaphore(2)

    async def use(seconds: float) -> None:
        async with permits:
            await asyncio.sleep(seconds)

    tasks = [asyncio.create_task(use(2), name=name) for name in "ABC"]
    await asyncio.wait(tasks)


async def an_event() -> None:
    event = asyncio.Event()
    tasks = [asyncio.create_task(event.wait(), name=name) for name in "AB"]
    await asyncio.sleep(1)
    event.set()
    await asyncio.wait(tasks)
    await asyncio.sleep(1)


async def a_queue() -> None:
    queue = asyncio.Queue[int](2)

    async def produce() -> None:
        for item in range(4):
            await queue.put(item)

    async def consume() -> None:
        for _ in range(4):
            await asyncio.sleep(1)
            await queue.get()

    producer = asyncio.create_task(produce(), name="producer")
    consumer = asyncio.create_task(consume(), name="consumer")
    await asyncio.wait([producer, consumer])


async def a_barrier() -> None:
    barrier = asyncio.Barrier(2)

    async def arrive(seconds: float) -> None:
        await asyncio.sleep(seconds)
        await barrier.wait()

    early = asyncio.create_task(arrive(1), name="early")
    late = asyncio.create_task(arrive(3), name="late")
    await asyncio.wait([early, late])


async def cancellations() -> None:
    async def deaf() -> None:
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(9)
        await asyncio.sleep(2)

    async def tidy() -> None:
        try:
            await asyncio.sleep(9)
        finally:
            await asyncio.sleep(1)

    tasks = [asyncio.create_task(each(), name=each.__name__) for each in (deaf, tidy)]
    await asyncio.sleep(2)
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


async def a_timeout() -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(2):
            await asyncio.sleep(9)
    await asyncio.sleep(1)


async def a_signal() -> None:
    task = asyncio.create_task(nap(9), name="server")
    with signal_handlers({signal.SIGTERM: task.cancel}):
        asyncio.get_running_loop().call_later(2, signal.raise_signal, signal.SIGTERM)
        await asyncio.wait([task])


async def a_failure() -> None:
    async def breaks() -> None:
        await asyncio.sleep(1)
        raise ValueError("no such host")

    tasks = [asyncio.create_task(breaks(), name="bad"), asyncio.create_task(nap(3), name="good")]
    await asyncio.gather(*tasks, return_exceptions=True)


async def a_deadlock() -> None:
    one, other = asyncio.Lock(), asyncio.Lock()

    async def take(first: asyncio.Lock, second: asyncio.Lock) -> None:
        async with first:
            await asyncio.sleep(1)
            async with second:
                pass

    left = asyncio.create_task(take(one, other), name="left")
    right = asyncio.create_task(take(other, one), name="right")
    await asyncio.wait([left, right])


PICTURES: Final[Mapping[Program, Read]] = {
    a_lock: {
        "a_lock()": ["waiting for a task 0–3: gather", "wakes 3", "done"],
        "A": ["holds 0–2", "sleeping 0–2: sleep(2)", "wakes 0", "done"],
        "B": [
            *("waiting for a lock 0–2: Lock.acquire", "wakes 0"),
            *("holds 2–3", "sleeping 2–3: sleep(1)", "wakes 2", "done"),
        ],
        "lock": ["holds 0–2: A", "holds 2–3: B"],
        "lock, waiting": ["waiting for a lock 0–2: B"],
    },
    a_semaphore: {
        "a_semaphore()": ["waiting for a task 0–4: wait", "wakes 4", "done"],
        "A": ["holds 0–2", "sleeping 0–2: sleep(2)", "wakes 0", "done"],
        "B": ["holds 0–2", "sleeping 0–2: sleep(2)", "wakes 0", "done"],
        "C": [
            *("waiting for a semaphore 0–2: Semaphore.acquire", "wakes 0"),
            *("holds 2–4", "sleeping 2–4: sleep(2)", "wakes 2", "done"),
        ],
        "permits": [
            *("holds 0–2: A", "holds 0–2: B", "not held 0–4", "not held 0–4"),
            "holds 2–4: C",
        ],
        "permits, waiting": ["waiting for a semaphore 0–2: C"],
    },
    an_event: {
        "an_event()": ["sleeping 0–1: sleep(1)", "sleeping 1–2: sleep(1)", "wakes 1", "done"],
        "A": ["waiting for an event 0–1: Event.wait", "wakes 0", "wakes 1", "done"],
        "B": ["waiting for an event 0–1: Event.wait", "wakes 0", "wakes 1", "done"],
        "event": ["event set 1–2: set"],
        "event, waiting": ["waiting for an event 0–1: A", "waiting for an event 0–1: B"],
    },
    a_queue: {
        "a_queue()": ["waiting for a task 0–4: wait", "wakes 4", "done"],
        "producer": [
            *("waiting for a queue 0–1: Queue.put", "wakes 0"),
            *("waiting for a queue 1–2: Queue.put", "wakes 1", "wakes 2", "done"),
        ],
        "consumer": [
            *("sleeping 0–1: sleep(1)", "wakes 0", "sleeping 1–2: sleep(1)"),
            *("sleeping 2–3: sleep(1)", "sleeping 3–4: sleep(1)", "done"),
        ],
        "queue": ["items in the queue 0–3: 2", "its maxsize", "items in the queue 3–4: 1"],
        "queue, waiting": [
            "waiting for a queue 0–1: producer",
            "waiting for a queue 1–2: producer",
        ],
    },
    a_barrier: {
        "a_barrier()": ["waiting for a task 0–3: wait", "wakes 3", "done"],
        "early": [
            *("sleeping 0–1: sleep(1)", "wakes 0"),
            *("waiting at a barrier 1–3: Barrier.wait", "wakes 3", "done"),
        ],
        "late": ["sleeping 0–3: sleep(3)", "wakes 0", "done"],
        "barrier": ["its parties", "tasks that have arrived 1–3: 1", "0"],
        "barrier, waiting": ["waiting at a barrier 1–3: early"],
    },
    cancellations: {
        "cancellations()": [
            *("sleeping 0–2: sleep(2)", "waiting for a task 2–4: wait", "wakes 4", "done"),
        ],
        "deaf": [
            *("sleeping 0–2: sleep(9)", "wakes 0", "cancellation swallowed 2", "cut off 2"),
            *("sleeping 2–4: sleep(2)", "wakes 2", "done"),
            "cancelled by cancellations(): swallowed",
        ],
        "tidy": [
            *("sleeping 0–2: sleep(9)", "wakes 0", "cancelled here 2"),
            *("cleanup after a cancellation 2–3", "cut off 2", "sleeping 2–3: sleep(1)"),
            *("wakes 2", "cancelled", "cancelled by cancellations()"),
        ],
    },
    a_timeout: {
        "a_timeout()": [
            *("sleeping 0–2: sleep(9)", "cancellation taken back 2", "cut off 2"),
            *("sleeping 2–3: sleep(1)", "timeout expired 2", "done", "Timeout 1 expired"),
        ],
        "Timeout 1": ["timeout armed 0–2: armed"],
    },
    a_signal: {
        "a_signal()": ["waiting for a task 0–2: wait", "wakes 2", "done"],
        "server": [
            *("sleeping 0–2: sleep(9)", "wakes 0", "cancelled here 2", "cut off 2", "signal 2"),
            *("cancelled", "cancelled by SIGTERM"),
        ],
    },
    a_failure: {
        "a_failure()": ["waiting for a task 0–3: gather", "wakes 3", "done"],
        "bad": ["sleeping 0–1: sleep(1)", "wakes 0", "failed", "ValueError: no such host"],
        "good": ["sleeping 0–3: sleep(3)", "wakes 0", "done"],
    },
    # Whoever waits for ever is drawn a little beyond the end.
    a_deadlock: {
        "a_deadlock()": ["waiting for a task 0–1.1: wait", "alive"],
        "left": [
            *("holds 0–1.1", "sleeping 0–1: sleep(1)", "wakes 0"),
            *("waiting for a lock 1–1.1: Lock.acquire", "alive"),
        ],
        "right": [
            *("holds 0–1.1", "sleeping 0–1: sleep(1)", "wakes 0"),
            *("waiting for a lock 1–1.1: Lock.acquire", "alive"),
        ],
        "one": ["holds 0–1.1: left", "end of the recording 1"],
        "one, waiting": ["waiting for a lock 1–1.1: right"],
        "other": ["holds 0–1.1: right"],
        "other, waiting": ["waiting for a lock 1–1.1: left"],
    },
}
SETTERS: Final = {"parent": 1, "child 1": 2, "grandchild 1": 3}
# What has the look of something else, or takes no time.
UNREAD: Final = {"in line, first at the top", "woken, ran a step in no time"}


def recorded(program: Program) -> Recording:
    try:
        return simulate(program())
    except Deadlock as error:
        return error.recording


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page without a notebook."""
    with browser.new_context() as context:
        yield context.new_page()


def reading(page: Page, plans: str, width: int) -> dict[str, Any]:
    """What can be read on a page of some width."""
    page.set_viewport_size({"width": width, "height": 900})
    picture = show(page, plans)
    expect(picture.locator("path.axis")).to_have_attribute("d", re.compile("M"))  # it is painted
    found: dict[str, Any] = picture.evaluate(READ)
    return found


def told(read: Mapping[str, Any]) -> dict[str, list[str]]:
    """What was read, lane by lane: what lies in time in its order, ends, and what is written."""
    lanes: dict[str, list[str]] = {}
    resource = ""
    for lane in read["lanes"]:
        things: list[tuple[float, str]] = []
        for bar in lane["bars"]:
            says = f": {bar['says']}" if bar["says"] else ""
            things.append((bar["from"], f"{bar['is']} {bar['from']}–{bar['to']}{says}"))
        for sign in lane["signs"]:
            when = "" if sign["at"] is None else f" {sign['at']}"
            things.append((sign["at"] or 0, f"{sign['is']}{when}"))
        if lane["label"] == "waiting":
            label = f"{resource}, waiting"
        else:
            label = resource = lane["label"]
        lanes[label] = [text for _, text in sorted(things)] + lane["ends"] + lane["notes"]
    return lanes


def without_words(lanes: Read) -> dict[str, list[str]]:
    """The same without what may be left out in bars that are too narrow for it."""
    return {
        label: [text.partition(": ")[0] if "–" in text else text for text in texts if text != "0"]
        for label, texts in lanes.items()
    }


@pytest.mark.parametrize("program", PICTURES, ids=lambda program: program.__name__)
def test_a_picture_says_what_happened(page: Page, program: Program) -> None:
    if program is a_signal and os.name == "nt":
        pytest.skip("no loop handles signals there")
    expected = PICTURES[program]
    plans = timeline(recorded(program)).for_page()[MIME]
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        for width in WIDTHS:
            read = reading(page, plans, width)
            if width == PHONE:
                assert without_words(told(read)) == without_words(expected)
            else:
                assert told(read) == expected
                assert read["crossed"] == []
            seen = " ".join(chain.from_iterable(told(read).values()))
            assert [entry for entry in set(read["legend"]) - UNREAD if entry not in seen] == []
            assert read["together"] == read["outside"] == read["astray"] == []
            assert read["ticks"] >= 2


@pytest.mark.parametrize("width", WIDTHS)
def test_no_value_of_an_axis_stands_on_another(page: Page, width: int) -> None:
    values = [1.0, 1.001, 1.01, 1.02, 1.5, 1.51, 2.0]
    plans = sweep(nap, seconds=values)._repr_mimebundle_()[0][MIME]
    read = reading(page, plans, width)
    assert read["together"] == read["outside"] == []
    assert 2 <= read["ticks"] < len(values)


@pytest.mark.parametrize("width", [1280, 1920])
def test_no_line_goes_through_words(page: Page, width: int) -> None:
    async def main() -> None:
        event = asyncio.Event()

        async def sets() -> None:
            await asyncio.sleep(1)
            event.set()

        tasks = [asyncio.create_task(sets()), asyncio.create_task(nap(9), name="between")]
        with suppress(TimeoutError):
            async with asyncio.timeout(2):
                await asyncio.gather(*tasks, event.wait())

    read = reading(page, timeline(simulate(main())).for_page()[MIME], width)
    lanes = told(read)
    assert "sleeping 0–2: sleep(9)" in lanes["between"]
    assert "Timeout 1 expired" in lanes["main()"]
    assert read["crossed"] == read["astray"] == []


def test_a_note_gives_way_to_the_arrows_beside_it(page: Page) -> None:
    """It ends at its moment where it began, or stands beside the end of its lane."""

    async def main() -> None:
        server = asyncio.create_task(nap(9), name="server")
        event = asyncio.Event()
        tasks = [asyncio.create_task(event.wait(), name=f"task {number}") for number in range(3)]
        await asyncio.sleep(4)
        tasks[0].cancel()
        await asyncio.sleep(0.5)
        event.set()
        await asyncio.sleep(5)
        server.cancel()
        await asyncio.wait([server])

    read = reading(page, timeline(simulate(main())).for_page()[MIME], 1280)
    assert read["crossed"] == read["together"] == read["outside"] == []


@pytest.mark.parametrize("step", [0.0, 0.001], ids=["in no time", "too short for a bar"])
def test_a_step_is_seen_between_two_bars(page: Page, step: float) -> None:
    async def main() -> None:
        await asyncio.sleep(1)
        await asyncio.sleep(1)

    plans = timeline(simulate(main(), cost_per_step=step)).for_page()[MIME]
    how = "too short for a bar" if step else "in no time"
    assert set(reading(page, plans, 1280)["legend"]) == {
        *("sleeping", f"woken, ran a step {how}", "done"),
    }
    lane, second = page.get_by_text("main()"), page.get_by_text(re.compile(r"^1\.0+ s$"))
    x, y = box(second)["x"] + box(second)["width"] / 2, box(lane)["y"] + box(lane)["height"] / 2
    seen = "([x, y]) => getComputedStyle(document.elementFromPoint(x, y)).fill"
    assert page.evaluate(seen, [x, y]) == "rgb(27, 31, 36)"


def test_a_lock_that_is_held_hardly_any_time_has_a_mark(page: Page) -> None:
    """For a thousandth of a second, and then in no time."""

    async def main() -> None:
        lock = asyncio.Lock()
        await asyncio.sleep(1)
        async with lock:
            await asyncio.sleep(0.001)
        await asyncio.sleep(0.999)
        async with lock:
            pass
        await asyncio.sleep(1)

    reading(page, timeline(simulate(main())).for_page()[MIME], 1280)
    lane = page.get_by_text("lock", exact=True)
    y = box(lane)["y"] + box(lane)["height"] / 2
    for when in (1, 2):
        second = page.get_by_text(re.compile(rf"^{when}\.0+ s$"))
        x = box(second)["x"] + box(second)["width"] / 2
        seen = "([x, y]) => getComputedStyle(document.elementFromPoint(x, y)).fill"
        assert page.evaluate(seen, [x, y]) == "rgb(70, 88, 107)", when


def test_a_narrow_level_is_as_high_as_it_says(page: Page) -> None:
    """A thousand to a page, and one of no time at all."""
    sketch = Sketch("turn", counts=True)
    row = sketch.row("ready")
    for turn in range(1000):
        row.bar(turn, turn + 1, level=1 if 450 < turn < 550 else 2)
    row.bar(1520, 1520, level=1)
    row.dot(2000)
    reading(page, described(sketch, "Levels.").for_page()[MIME], 1280)
    keys = re.compile(r"from lane to lane\. Plus and minus zoom")  # there is nothing to enter
    expect(page.get_by_role("application")).to_have_accessible_description(keys)
    lane = box(page.get_by_text("ready"))
    middle = lane["y"] + lane["height"] / 2
    seen = """([x, y]) => [-2, -1.5, -1, -0.5, 0, 0.5, 1, 1.5, 2].some((far) =>
        getComputedStyle(document.elementFromPoint(x + far, y)).fill === "rgb(213, 221, 230)")"""
    for turn, is_high in ((400, True), (480, False), (1520, False)):
        number = box(page.get_by_text(f"{turn}", exact=True))
        x = number["x"] + number["width"] / 2
        assert page.evaluate(seen, [x, middle + 15]), turn
        assert page.evaluate(seen, [x, middle - 15]) is is_high, turn


def test_names_that_are_cut_still_differ(page: Page) -> None:
    async def main() -> None:
        names = [f"sleeper(0.{number}, with no work at all)" for number in range(3)]
        await asyncio.wait([asyncio.create_task(nap(1), name=name) for name in names])

    read = reading(page, timeline(simulate(main())).for_page()[MIME], PHONE)
    labels = [lane["label"] for lane in read["lanes"]]
    assert len(set(labels)) == 4
    assert sum("…" in label for label in labels) == 3
    long = {f"the {name}, who came into the world": years for name, years in SETTERS.items()}
    plans = sweep(nap_by, seconds=[1, 2], the_one_who_set_it=long)._repr_mimebundle_()[0][MIME]
    reading(page, plans, PHONE)
    names = [text for text in page.locator("svg text").all_text_contents() if "…" in text]
    assert len(set(names)) == 3


def test_of_a_curve_with_a_long_name_the_value_is_told(page: Page) -> None:
    plans = sweep(nap_by, seconds=[1, 2], the_one_who_set_it=SETTERS)._repr_mimebundle_()[0][MIME]
    reading(page, plans, PHONE)
    texts = page.locator("svg text").all_text_contents()
    assert {text for text in texts if "=" in text} == {f"= {name}" for name in SETTERS}


@pytest.mark.parametrize("width", WIDTHS)
def test_words_under_a_lane_are_whole_however_narrow_the_page(page: Page, width: int) -> None:
    async def main() -> None:
        for seconds in (2, 3, 1):
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await asyncio.sleep(9)
        await asyncio.wait([asyncio.create_task(fails(), name="late")])

    async def fails() -> None:
        await asyncio.sleep(6)
        raise ValueError("no such host, nor any like it")

    read = reading(page, timeline(simulate(main())).for_page()[MIME], width)
    lanes = told(read)
    assert set(lanes["main()"]) >= {f"Timeout {number} expired" for number in (1, 2, 3)}
    assert "ValueError: no such host, nor any like it" in lanes["late"]
    assert read["together"] == read["outside"] == read["astray"] == []


def test_a_lane_that_needs_more_lines_moves_all_that_is_below(page: Page) -> None:
    """What is pointed at is where it is painted."""

    async def main() -> None:
        for seconds in (2, 3, 1):
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await asyncio.create_task(nap(9), name=f"for {seconds}")

    plans = timeline(simulate(main())).for_page()[MIME]
    high = []
    for width in (PHONE, 1280):
        reading(page, plans, width)
        svg = page.locator(".course-picture svg")
        label = svg.locator("text", has_text=re.compile("^for 1$"))
        box, whole = label.bounding_box(), svg.bounding_box()
        assert box is not None
        assert whole is not None
        last = svg.locator("path.axis").bounding_box()
        assert last is not None
        page.mouse.move(last["x"] + 0.92 * last["width"], box["y"] + box["height"] / 2)
        expect(page.locator(".words")).to_contain_text("for 1 waits in sleep(9)")
        high.append(whole["height"])
    assert high[0] > high[1]
