"""The picture that a page paints, as data: what can be pointed at, and what it says."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine
from typing import Any

import pytest

from course_helpers import Recording, compare, record, simulate, timeline
from course_helpers.views.page import picture as module
from course_helpers.views.page.picture import MIME
from course_helpers.views.palette import DARK, LIGHT


class Shown:
    """One picture of a bundle, read as the page's script reads it."""

    def __init__(self, plan: dict[str, Any]) -> None:
        self.plan = plan
        self.items = [
            " ".join(plan["pieces"][int(piece)] for piece in item.split())
            for item in plan["items"].split(";")
        ]

    def pairs(self) -> list[set[str]]:
        """The words of things that light up together."""
        numbers = [int(number) for number in self.plan["links"].split()]
        pairs = zip(numbers[::2], numbers[1::2], strict=True)
        return [{self.items[one], self.items[other]} for one, other in pairs]

    def light_up(self, one: str, other: str) -> bool:
        """Whether things light up together whose words begin so."""
        return any(
            any(words.startswith(one) for words in pair)
            and any(words.startswith(other) for words in pair)
            for pair in self.pairs()
        )


def shown(figure: Any) -> list[Shown]:
    """The pictures that a page paints for a figure."""
    data, _ = figure._repr_mimebundle_()
    return [Shown(plan) for plan in json.loads(data[MIME])]


def of(program: Coroutine[Any, Any, Any], **options: Any) -> Shown:
    [found] = shown(timeline(simulate(program, **options)))
    return found


async def two_in_line() -> None:
    lock, queue = asyncio.Lock(), asyncio.Queue[int](1)

    async def use(seconds: float) -> None:
        async with lock:
            await asyncio.sleep(seconds)

    async def take() -> None:
        await queue.get()

    async with asyncio.TaskGroup() as group:
        group.create_task(use(0.2), name="A")
        group.create_task(use(0.1), name="B")
        group.create_task(take(), name="taker")
        await asyncio.sleep(0.25)
        await queue.put(1)


def test_a_bar_says_who_what_since_when_how_long_where_and_by_whom() -> None:
    items = of(two_in_line()).items
    line = two_in_line.__code__.co_firstlineno + 4
    assert (
        "B waits for lock, in Lock.acquire from 0 s to 0.2 s: for 0.2 s."
        f" It waits at line {line}, in use. Woken by A. Meanwhile lock is held by A."
    ) in items
    created = "A runs at 0 s, in no time. Created by two_in_line()."
    assert f"{created} It runs up to line {line + 1}, in use." in items


def test_what_has_width_says_so() -> None:
    items = of(two_in_line(), cost_per_step=0.01).items
    ready = [item for item in items if item.startswith("B is ready, and waits for its turn from")]
    assert ready
    assert all("It goes on from" in item or "Created by" in item for item in ready)
    assert [item for item in items if item.startswith("A runs from 0.01 s to 0.02 s: for 0.01 s.")]


def test_resources_arrows_and_ends_say_what_they_are() -> None:
    items = of(two_in_line()).items
    for words in (
        "A holds lock from 0 s to 0.2 s: for 0.2 s.",
        "B is first in line for lock from 0 s to 0.2 s: for 0.2 s.",
        "A wakes B at 0.2 s.",
        "A is done at 0.2 s.",
        "taker is first in line for queue from 0 s to 0.25 s: for 0.25 s.",
    ):
        assert items.count(words) == 1, words


def test_who_waits_and_who_holds_light_up_together() -> None:
    picture = of(two_in_line())
    assert picture.light_up("B waits for lock", "A holds lock")
    assert picture.light_up("B waits for lock", "B is first in line for lock")
    assert picture.light_up("A wakes B", "A runs at 0.2 s")
    assert picture.light_up("A wakes B", "B runs at 0.2 s")
    assert not picture.light_up("B waits for lock", "B holds lock")


def test_cancellations_say_who_sent_them_and_light_up_with_the_sender() -> None:
    async def main() -> None:
        async def stubborn() -> None:
            try:
                await asyncio.sleep(1)
            except asyncio.CancelledError:
                await asyncio.sleep(0.1)

        task = asyncio.create_task(stubborn(), name="stubborn")
        await asyncio.sleep(0.2)
        task.cancel()
        await task

    picture = of(main())
    assert "stubborn is cancelled by main(): swallowed, at 0.2 s." in picture.items
    assert picture.light_up("stubborn is cancelled", "main() runs at 0.2 s")
    assert "cancellation swallowed" in [entry["text"] for entry in picture.plan["key"]]


def test_every_bar_of_a_lane_can_be_pointed_at_but_what_belongs_to_a_step() -> None:
    for cost in (0.0, 0.01):
        picture = of(two_in_line(), cost_per_step=cost)
        lanes = [track for track in picture.plan["tracks"] if "without" in track]
        for track in lanes:
            columns = zip(*(track[name].split() for name in ("start", "end", "item")), strict=True)
            silent = [start == end for start, end, item in columns if item == "-1"]
            assert all(silent)


def test_the_key_has_what_is_in_the_picture_and_no_more() -> None:
    at_once, costly = (
        [entry["text"] for entry in of(two_in_line(), cost_per_step=cost).plan["key"]]
        for cost in (0.0, 0.01)
    )
    assert "woken, ran a step in no time" in at_once
    assert not {"running", "ready"} & set(at_once)
    assert {"running", "ready"} <= set(costly)
    assert all(entry["shapes"] for entry in of(two_in_line()).plan["key"])


def test_colours_are_those_of_both_palettes() -> None:
    looks = of(two_in_line()).plan["looks"]
    assert [LIGHT.waiting["lock"], DARK.waiting["lock"]] in [look[:2] for look in looks]
    assert [LIGHT.ink, DARK.ink] in [look[:2] for look in looks]


def test_two_recordings_are_two_pictures_on_one_axis() -> None:
    async def alone() -> None:
        await asyncio.create_task(asyncio.sleep(0.1), name="A")

    before, after = shown(compare(simulate(two_in_line()), simulate(alone())))
    assert before.plan["time"] == after.plan["time"]  # with ticks as far as it goes
    assert before.plan["title"][-1] == "before"
    assert "".join(before.plan["title"]).count("0.1 s instead of 0.3 s") == 1
    assert after.plan["title"] == ["after"]


def test_beyond_the_end_of_a_run_that_left_tasks_waiting_the_axis_has_no_ticks() -> None:
    async def leaves() -> None:
        asyncio.get_running_loop().left = asyncio.create_task(asyncio.sleep(9))  # type: ignore[attr-defined]
        await asyncio.sleep(0.5)

    begin, finish, ticked = of(leaves()).plan["time"]
    assert (begin, ticked) == (0.0, 0.5)
    assert finish > 0.5


async def recorded() -> Recording:
    with record() as recording:
        await asyncio.gather(asyncio.sleep(0.001), asyncio.sleep(0.002))
    return recording


@pytest.mark.parametrize("program", ["nothing", "an instant", "real", "a crowd"])
def test_whatever_was_recorded_gives_a_picture(program: str) -> None:
    async def instant() -> None:
        pass

    async def crowd() -> None:
        await asyncio.gather(*(asyncio.sleep(number / 100) for number in range(60)))

    if program == "nothing":
        picture = shown(timeline(Recording("virtual", 0.0, ())))
        assert [shape["text"] for shape in picture[0].plan["shapes"]] == ["No task ran."]
    elif program == "an instant":
        assert of(instant()).plan["time"] == [0.0, 1.0, 0.0]
    elif program == "real":
        [picture_] = shown(timeline(asyncio.run(recorded())))
        assert picture_.plan["clock"] == "real clock"
    else:
        assert [item for item in of(crowd()).items if "more tasks: " in item]


def test_too_much_for_a_page_is_left_to_the_png(monkeypatch: pytest.MonkeyPatch) -> None:
    figure = timeline(simulate(two_in_line()))
    monkeypatch.setattr(module, "MOST", 10)
    assert set(figure._repr_mimebundle_()[0]) == {"image/png", "text/plain"}
