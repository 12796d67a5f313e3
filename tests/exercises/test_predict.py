"""A prediction is committed, and compared with what the program did."""

from __future__ import annotations

import asyncio

import pytest

from course_helpers import mark, play, predict
from course_helpers.exercises.game import Game
from course_helpers.exercises.questions import Prediction
from course_helpers.exercises.rules import no_lost_update
from course_helpers.exercises.world import World
from course_helpers.recording.model import Recording


async def work(name: str, seconds: float) -> None:
    print(name, "starts")
    await asyncio.sleep(seconds)
    print(name, "ends")


async def main() -> None:
    task = asyncio.create_task(work("A", 0.1))
    print("A was created")
    await work("B", 0.2)
    await task


TRUE = ["A was created", "B starts", "A starts", "A ends", "B ends"]


def answered(prediction: Prediction, *given: str) -> Prediction:
    for text in given:
        prediction.give(text)
    prediction.compare()
    return prediction


def test_the_lines_are_offered_in_an_order_that_says_nothing() -> None:
    assert repr(predict.order(main)).splitlines()[1:] == [f"  • {line}" for line in sorted(TRUE)]


def test_a_right_order() -> None:
    compared = answered(predict.order(main), *TRUE).compared
    assert compared is not None
    assert (compared.right, compared.says) == (True, "As predicted.")


def test_of_a_wrong_order_the_first_difference_is_said() -> None:
    prediction = answered(predict.order(main), "A was created", "A starts", "B starts", *TRUE[3:])
    compared = prediction.compared
    assert compared is not None
    assert not compared.right
    assert compared.says == (
        "The first line is right. You said “A starts”. Before that, at 0 s, main() printed "
        "“B starts”."
    )
    said = prediction.box.children[-1].value
    assert "role='status'" in said
    assert "<img alt=" in said


def test_an_answer_is_complete_before_it_is_compared_and_is_given_once() -> None:
    prediction = answered(predict.order(main), *TRUE[:4])
    assert prediction.compared is None
    prediction.take_back()
    answered(prediction, *TRUE[3:])
    assert prediction.compared is not None
    prediction.take_back()
    prediction.give("A starts")
    assert prediction.given == TRUE


def test_two_lines_may_be_alike() -> None:
    async def twice() -> None:
        print("once")
        print("once")

    assert answered(predict.order(twice), "once", "once").compared is not None


def duration(recording: Recording) -> float:
    return recording.duration


def test_of_a_wrong_number_the_reason_is_said() -> None:
    choices = {0.2: "", 0.3: "B is awaited while A waits, too."}
    compared = answered(predict.number(main, duration, "How long?", choices), "0.3").compared
    assert compared is not None
    assert compared.says == "You said 0.3. The recording says 0.2. B is awaited while A waits, too."
    right = answered(predict.number(main, duration, "How long?", choices), "0.2").compared
    assert right is not None
    assert right.right


def test_which_sentence_is_true_is_asked_of_the_recording() -> None:
    options = {
        "It ends at 0.2 s.": lambda recording: recording.duration == 0.2,
        "It never ends.": lambda recording: False,
    }
    wrong = answered(predict.choose(main, "What is true?", options), "It never ends.").compared
    assert wrong is not None
    assert wrong.says == "You said: It never ends. In the recording: It ends at 0.2 s."


def test_who_runs_next() -> None:
    async def three() -> None:
        await asyncio.gather(*(work(name, 1) for name in "CAB"))

    prediction = predict.next(three, count=2)
    answered(prediction, "work('C', 1)", "work('A', 1)")
    assert prediction.compared is not None
    assert prediction.compared.right
    wrong = answered(predict.next(three, count=2), "work('A', 1)", "work('A', 1)").compared
    assert wrong is not None
    assert "You said work('A', 1). It was work('C', 1)" in wrong.says


@pytest.mark.parametrize("program", [main(), 42, None, lambda: None])
def test_what_is_no_program_gets_a_sentence(program: object) -> None:
    with pytest.raises(TypeError, match="without brackets"):
        predict.order(program)  # type: ignore[arg-type]
    if asyncio.iscoroutine(program):
        program.close()


def test_questions_that_ask_nothing_are_refused() -> None:
    async def silent() -> None:
        await asyncio.sleep(0)

    with pytest.raises(ValueError, match="print at least two"):
        predict.order(silent)
    with pytest.raises(ValueError, match="never two are ready"):
        predict.next(silent)
    with pytest.raises(ValueError, match="at least two"):
        predict.number(main, duration, "How long?", {1.0: ""})


# Be the world.


async def increments(world: World) -> None:
    count = 0

    async def increment(name: str) -> None:
        nonlocal count
        await world.reply(f"load for {name}")
        value = count
        mark("reads", "count", value)
        await world.reply(f"store for {name}")
        count = value + 1
        mark("writes", "count", count)

    tasks = [asyncio.create_task(increment(name), name=name) for name in "AB"]
    await asyncio.gather(*tasks)


def played(*moves: int) -> Game:
    game = play(increments, no_lost_update("count"))
    for move in moves:
        game.answer(move)
    return game


def test_those_who_wait_can_be_answered() -> None:
    assert played().waiting == ["load for A", "load for B"]
    assert played(0).waiting == ["load for B", "store for A"]
    assert played(1).waiting == ["load for A", "store for B"]


def test_an_update_can_be_made_to_disappear() -> None:
    game = played(0, 0, 0, 0)
    assert game.won == (
        "✓ B writes 1, from the 0 that it had read at 20 ms. Meanwhile A had written 1: that is "
        "lost. So it is in 4 of 6 orders."
    )
    assert not game.waiting


def test_an_end_without_it_is_said_and_one_may_begin_again() -> None:
    game = played(0, 1, 0, 0)
    assert not game.won
    assert "Begin again" in game.box.children[3].value
    game.restart()
    assert game.waiting == ["load for A", "load for B"]


def test_a_move_that_there_is_not_changes_nothing() -> None:
    assert played(7, -1).moves == ()


def test_a_program_that_is_none_is_refused() -> None:
    with pytest.raises(TypeError, match="async function of the world"):
        play(42, no_lost_update("count"))  # type: ignore[arg-type]
