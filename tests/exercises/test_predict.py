"""A prediction is committed, and compared with what the program did."""

from __future__ import annotations

import asyncio
import itertools
import json
import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from course_helpers import mark, play, predict
from course_helpers.exercises import game, happening, store
from course_helpers.exercises.game import Game
from course_helpers.exercises.on_a_page import MIME as KIND
from course_helpers.exercises.on_a_page import decoded
from course_helpers.exercises.predictions import ChoiceQuestion, NumberQuestion, OrderQuestion
from course_helpers.exercises.question import Question
from course_helpers.exercises.rules import ends, no_lost_update
from course_helpers.exercises.schedules import every_order
from course_helpers.exercises.world import World
from course_helpers.recording.model import Recording
from course_helpers.views.page.picture import MIME

pytestmark = pytest.mark.usefixtures("unpainted")


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
SWAPPED = ["A was created", "A starts", "B starts", *TRUE[3:]]


@pytest.fixture(autouse=True)
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of progress of a kernel that has noted nothing yet."""
    monkeypatch.setenv(store.VARIABLE, str(tmp_path / "progress.json"))
    monkeypatch.setattr(store, "_memory", {})
    return tmp_path / "progress.json"


def ordered(*lines: str, name: str = "", explain: dict[str, str] | None = None) -> OrderQuestion:
    question = predict.order(main, explain=explain, name=name)
    for line in lines:
        question.press(line)
    question.submit()
    return question


def picked(question: ChoiceQuestion | NumberQuestion, option: str) -> ChoiceQuestion:
    assert isinstance(question, ChoiceQuestion)
    question.pick(option)
    question.submit()
    return question


def says(question: Question) -> str:
    assert question.comparison is not None
    return " ".join(sentence for sentence in question.comparison.says if sentence)


def is_right(question: Question) -> bool:
    assert question.comparison is not None
    return question.comparison.right


def still(question: Question | Game) -> tuple[str, str]:
    bundle = question._repr_mimebundle_()
    return bundle["text/plain"], bundle["text/html"]


def test_a_page_where_nothing_runs_has_the_lines_by_the_alphabet_and_no_answer() -> None:
    plain, html = still(predict.order(main))
    assert plain.startswith("<a question about main: In which order will main print these 5 lines?")
    assert re.findall("<li>(.*?)</li>", html) == sorted(TRUE)
    assert still(predict.order(main)) == (plain, html)


def on_a_page(question: Question) -> Any:
    return json.loads(decoded(question._repr_mimebundle_()[KIND]))


def test_a_page_where_nothing_runs_tells_each_order_what_a_comparison_tells() -> None:
    explain = {"B starts": "main() goes on until it has to wait.", "B ends": "It takes longer."}
    asked = on_a_page(predict.order(main, explain=explain))
    assert asked["lines"] == sorted(TRUE)
    assert asked["printed"] == TRUE
    assert asked["right"] == says(ordered(*TRUE))
    for first, other in itertools.combinations(range(len(TRUE)), 2):
        answer = list(TRUE)
        answer[first], answer[other] = answer[other], answer[first]
        before, behind = asked["differences"][first]
        why = asked["why"].get(TRUE[first]) or asked["why"].get(answer[first]) or ""
        told = says(ordered(*answer, explain=explain)).partition(" In the picture")[0]
        assert f"{before}{answer[first]}{behind} {why}".strip() == told


def test_a_page_where_nothing_runs_tells_each_choice_what_a_comparison_tells() -> None:
    def asked() -> ChoiceQuestion:
        choices = {0.1: "B takes longer.", 0.2: "", 0.3: "They overlap."}
        question = predict.number(main, lambda one: one.duration, "How long?", choices, unit="s")
        assert isinstance(question, ChoiceQuestion)
        return question

    options = on_a_page(asked())["options"]
    assert [option["text"] for option in options] == list(asked().options)
    for option in options:
        compared = picked(asked(), option["text"])
        assert (option["right"], option["says"]) == (is_right(compared), says(compared))


def test_a_stored_question_gives_its_answer_away_only_to_who_decodes_it() -> None:
    bundle = predict.order(main)._repr_mimebundle_()
    assert not [line for line in TRUE if line in bundle[KIND]]
    assert KIND not in ordered(*TRUE)._repr_mimebundle_(), "its answer stands there already"


def test_what_a_page_cannot_ask_is_only_told() -> None:
    typed = predict.number(main, lambda recording: recording.duration, "How long?", unit="s")
    failing = predict.choose(main, "Which?", {"a": lambda _: 1 / 0 > 0, "b": lambda _: True})
    for question in (typed, failing):
        bundle = question._repr_mimebundle_()
        assert KIND not in bundle
        assert question.text in bundle["text/html"]


def test_a_right_order() -> None:
    question = ordered(*TRUE)
    assert is_right(question)
    assert says(question) == "Right: all 5 lines, in this order."


@pytest.mark.usefixtures("painted")
def test_of_a_wrong_order_the_first_difference_is_said_with_its_reason_and_shown() -> None:
    question = ordered(*SWAPPED, explain={"B starts": "main() goes on until it has to wait."})
    assert not is_right(question)
    assert says(question) == (
        "As line 2 you said “A starts”. Before that, main() printed “B starts”, at 0 s (line 22). "
        "main() goes on until it has to wait. In the picture each step takes 0.001 s, so that one "
        "sees their order."
    ).replace("22", str(work.__code__.co_firstlineno + 1))
    assert question.comparison is not None
    assert question.comparison.at is not None
    (shown,) = question.pictures
    assert shown["metadata"]["image/png"]["alt"].startswith("Timeline of")
    assert MIME in shown["data"], "the page paints it in its own light"
    assert question.shown.count("✗") == 2


def test_the_picture_says_the_same_time_where_nothing_else_is_printed_then() -> None:
    question = ordered(*TRUE[:3], "B ends", "A ends")
    assert "“A ends”, at 0.1 s (line" in says(question)
    assert "In the picture" not in says(question)
    assert question.comparison is not None
    assert question.comparison.at == 0.1


def test_an_answer_is_complete_before_it_is_compared_and_is_given_once() -> None:
    question = ordered(*TRUE[:4])
    assert question.comparison is None
    question.press("B starts")
    question.press("B starts")
    question.press("B ends")
    question.submit()
    assert question.answer == ["A was created", "A starts", "A ends", "B starts", "B ends"]
    question.press("B ends")
    question.submit()
    assert question.answer == ["A was created", "A starts", "A ends", "B starts", "B ends"]


def test_what_was_picked_before_the_comparison_was_seen_counts_though_it_arrives_later(
    file: Path,
) -> None:
    question = predict.number(
        main,
        lambda recording: recording.duration,
        "How long?",
        {0.1: "", 0.2: ""},
        unit="s",
        name="locks.predict_1",
    )
    assert isinstance(question, ChoiceQuestion)
    assert picked(question, "0.1 s").answer == "0.1 s"
    question.pick("0.2 s")
    assert question.answer == "0.1 s"
    # As a page sends what it had held back while the kernel was busy.
    question._radio.set_state({"index": 1})
    assert question.answer == "0.2 s"
    assert is_right(question)
    kept = json.loads(file.read_text("utf-8"))["locks.predict_1"]
    assert (kept["said"], kept["state"]) == ("0.2 s", "solved")
    question._radio.set_state({"index": 0})
    kept = json.loads(file.read_text("utf-8"))["locks.predict_1"]
    assert (kept["said"], kept["state"]) == ("0.1 s", "tried")


def test_an_option_may_be_a_line_that_the_program_prints() -> None:
    options = {"A ends first.": "A ends", "C ends first.": "C ends"}
    question = predict.choose(main, "Who?", options)
    assert is_right(picked(question, "A ends first."))
    assert not is_right(picked(predict.choose(main, "Who?", options), "C ends first."))


def test_what_was_chosen_is_announced() -> None:
    question = predict.order(main)
    question.press("B starts")
    assert "Line 1 of 5: B starts" in question.shown
    question.press("B starts")
    assert "Taken back: B starts" in question.shown


def test_two_lines_may_be_alike_and_one_empty() -> None:
    async def twice() -> None:
        print("once")
        print()
        print("once")

    question = predict.order(twice)
    for line in ("once", "", "once"):
        question.press(line)
    question.submit()
    assert is_right(question)


def test_the_first_answer_is_kept_and_comes_back(file: Path, monkeypatch: Any) -> None:
    ordered(*SWAPPED, name="introduction.predict_1")
    monkeypatch.setattr(store, "_memory", {})  # the kernel is another
    question = predict.order(main, name="introduction.predict_1")
    assert question.answer == SWAPPED
    assert "You answered this on " in question.shown
    assert "Before that, main() printed “B starts”" in still(question)[1]
    assert json.loads(file.read_text("utf-8"))["introduction.predict_1"]["state"] == "tried"


@pytest.mark.parametrize("kept", [["A starts"], "0.2 s", 3, None, {}, [None] * 5])
def test_a_kept_answer_that_does_not_fit_any_more_is_asked_for_again(kept: object) -> None:
    store.note_prediction("introduction.predict_1", kept, right=True)
    for question in (
        predict.order(main, name="introduction.predict_1"),
        predict.next(main, name="introduction.predict_1"),
        predict.number(main, duration, "?", {1: "", 2: ""}, name="introduction.predict_1"),
    ):
        assert question.comparison is None


def test_progress_that_cannot_be_kept_is_said(monkeypatch: Any, tmp_path: Path) -> None:
    monkeypatch.setenv(store.VARIABLE, str(tmp_path / "missing" / "progress.json"))
    assert "Progress is not kept" in ordered(*TRUE, name="introduction.predict_1").shown


def test_a_program_that_prints_other_lines_when_it_runs_again() -> None:
    runs = []

    async def changing() -> None:
        runs.append(1)
        print("one")
        print(f"run {min(len(runs), 2)}")

    question = predict.order(changing)
    question.press("one")
    question.press("run 1")
    question.submit()
    assert "prints other lines now" in says(question)


def test_a_program_that_fails_when_it_runs_again_is_said_and_counts_for_nothing() -> None:
    runs = []

    async def failing() -> None:
        runs.append(1)
        print("one")
        print("two")
        if len(runs) > 1:
            del runs[:]
            raise SystemError("broken")

    question = predict.order(failing)
    question.press("one")
    question.press("two")
    question.submit()
    assert question.comparison is not None  # what it did until then is recorded

    question_of_none = predict.number(main, lambda _: 1 / 0, "How long?", {1.0: "", 2.0: ""})
    picked(question_of_none, "1")
    assert question_of_none.comparison is None
    assert "could not be run (ZeroDivisionError" in question_of_none.shown


def test_a_program_that_takes_too_long_by_the_clock_is_no_answer(monkeypatch: Any) -> None:
    turns = []

    async def slower() -> None:
        turns.append(1)
        while len(turns) > 1:
            pass

    monkeypatch.setattr(happening, "REAL_SECONDS", 0.2)
    options = {"It ends.": ended, "It never ends.": lambda recording: not ended(recording)}
    turns.append(1)
    question = picked(predict.choose(slower, "Does it end?", options), "It ends.")
    assert question.comparison is None
    assert "could not be run (LimitExceeded" in question.shown


def test_later_cells_may_give_the_names_to_other_things() -> None:
    cell: dict[str, Any] = {"asyncio": asyncio}
    exec(
        "async def nap(name):\n    await asyncio.sleep(0.1)\n    print(name, 'wakes')\n"
        "async def naps():\n    await asyncio.gather(nap('B'), nap('A'))\n"
        "def how_long(recording):\n    return recording.duration\n"
        "figure = lambda recording: how_long(recording)\n",
        cell,
    )
    questions: list[Any] = [
        predict.order(cell["naps"]),
        predict.number(cell["naps"], cell["figure"], "How long?", {0.1: "", 0.2: ""}),
    ]
    cell["nap"] = "a short sleep"
    del cell["how_long"]
    questions[0].press("B wakes")
    questions[0].press("A wakes")
    questions[1].pick("0.1")
    for question in questions:
        question.submit()
        assert is_right(question)
    assert cell["nap"] == "a short sleep"
    assert "how_long" not in cell


def test_a_deadlock_and_an_endless_loop_can_be_asked_about() -> None:
    async def stuck() -> None:
        print("begins")
        await asyncio.get_running_loop().create_future()

    async def busy() -> None:
        while True:
            await asyncio.sleep(0)

    options = {"It ends.": ended, "It never ends.": lambda recording: not ended(recording)}
    for program in (stuck, busy):
        question = picked(predict.choose(program, "Does it end?", options), "It never ends.")
        assert is_right(question)


def ended(recording: Recording) -> bool:
    return recording.tasks[0].ending == "done"


def duration(recording: Recording) -> float:
    return recording.duration


def test_of_a_wrong_number_the_reason_is_said() -> None:
    choices = {0.2: "", 0.3: "B is awaited while A waits, too."}
    wrong = picked(predict.number(main, duration, "How long?", choices, unit="s"), "0.3 s")
    assert says(wrong) == "Not so: it is 0.2 s. B is awaited while A waits, too."
    assert is_right(picked(predict.number(main, duration, "How long?", choices), "0.2"))


def test_choices_none_of_which_is_right() -> None:
    question = picked(predict.number(main, duration, "How long?", {1: "", 2: ""}), "2")
    assert says(question) == "Not so: it is 0.2. None of these was right."


@pytest.mark.parametrize(("typed", "right"), [("0.2", True), ("0,2", True), ("7", False)])
def test_a_number_may_be_typed(typed: str, right: bool) -> None:
    question = predict.number(main, duration, "How long?", unit="s")
    assert isinstance(question, NumberQuestion)
    for no_number in ("", "soon", "nan", "1e999", "--"):
        question.type(no_number)
        question.submit()
        assert question.answer is None
    question.type(typed)
    question.submit()
    assert is_right(question) == right


def test_how_many_schedules_do_it() -> None:
    def lost(recording: Recording) -> bool:
        return all(mark.value < 2 for mark in recording.marks if mark.verb == "writes")

    question = predict.number(
        increments, lost, "How many of 6?", {2: "", 4: ""}, schedules=every_order(), unit="orders"
    )
    assert says(picked(question, "4 orders")) == "Right: it is 4 orders."


def test_which_sentence_is_true_is_asked_of_the_recording() -> None:
    options = {
        "It ends at 0.2 s.": lambda recording: recording.duration == 0.2,
        "It never ends.": lambda recording: False,
    }
    explain = {"It never ends.": "Both sleeps end."}
    wrong = picked(predict.choose(main, "What?", options, explain=explain), "It never ends.")
    assert says(wrong) == "Not so: It ends at 0.2 s. Both sleeps end."


def test_who_runs_next() -> None:
    question = predict.next(main, count=3)
    question.press("main()")
    assert "Right: main() runs, at 0 s: the program begins with it." in question.shown
    question.press("main()")
    assert "It is work('A', 0.1) that runs, at 0 s: main() had made it." in unescape(question.shown)
    assert question.comparison is None
    question.press("work('A', 0.1)")
    assert says(question) == (
        "Right: work('A', 0.1) runs, at 0.1 s: its timer had fired. 2 of 3 are right."
    )


@pytest.mark.parametrize("program", [42, None, lambda: None, asyncio.sleep, int])
def test_what_is_no_program_gets_a_sentence(program: Any) -> None:
    asked: list[Any] = [predict.order, predict.next]
    for ask in asked:
        with pytest.raises(TypeError, match=r"async def|no arguments"):
            ask(program)
        with pytest.raises(TypeError, match="without brackets behind main"):
            ask(main())


def test_questions_that_ask_nothing_are_refused() -> None:
    async def silent() -> None:
        await asyncio.sleep(0)

    async def talkative() -> None:
        for line in range(13):
            print(line)

    for program in (silent, talkative):
        with pytest.raises(ValueError, match="2 to 12 lines"):
            predict.order(program)
    with pytest.raises(ValueError, match="nothing runs from 9 s on"):
        predict.next(silent, at=9)
    with pytest.raises(ValueError, match="at least 1"):
        predict.next(main, count=0)
    with pytest.raises(ValueError, match="at least two"):
        predict.number(main, duration, "How long?", {1.0: ""})
    with pytest.raises(TypeError, match="a choice is a number"):
        predict.number(main, duration, "How long?", {"1": "", "2": ""})  # type: ignore[dict-item]
    with pytest.raises(TypeError, match="function of the recording"):
        predict.choose(main, "What?", {"a": True, "b": False})  # type: ignore[dict-item]


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


def played(*moves: int, name: str = "") -> Game:
    game = play(increments, no_lost_update("count"), name=name)
    for move in moves:
        game.move(move)
    return game


def test_those_who_wait_can_be_answered() -> None:
    assert played().replies == ["load for A", "load for B"]
    assert played(0).replies == ["load for B", "store for A"]
    assert played(1).replies == ["load for A", "store for B"]


def test_an_update_can_be_made_to_disappear(file: Path) -> None:
    game = played(0, 0, 0, 0, name="locks.predict_1")
    assert game.won == (
        "✓ You have broken it, at 0.04 s: B writes 1, from the 0 that it had read at 0.02 s. "
        "Meanwhile A had written 1: that is lost."
    )
    assert game.replies == []
    assert json.loads(file.read_text("utf-8"))["locks.predict_1"]["state"] == "solved"
    game.try_all()
    assert "4 of 6 orders break it. There are no others." in game.says


def test_an_end_without_it_is_said_and_one_may_begin_again() -> None:
    game = played(0, 1, 0, 0)
    assert not game.won
    assert "the rule holds. Begin again" in game.says
    game.start_again()
    assert game.replies == ["load for A", "load for B"]


def test_a_page_where_nothing_runs_has_every_state_of_a_game(monkeypatch: Any) -> None:
    monkeypatch.setattr(game, "as_outputs", lambda *_, **__: ())
    begun = played(0)
    stored = begun.settings()
    assert len(stored["states"]) == 19
    assert stored["states"][0]["says"] == played().says
    for order in ((0, 0, 0, 0), (1, 1, 0, 0), (0, 1, 0, 0)):
        state = stored["states"][0]
        for number, choice in enumerate(order, 1):
            state = stored["states"][state["next"][choice]]
            moved = played(*order[:number])
            assert (state["replies"], state["says"]) == (moved.replies, moved.says)
        assert state["kind"] == ("right" if moved.won else "other")
    assert stored["all"] == "4 of 6 orders break it. There are no others."
    assert begun.moves == (0,)


def test_every_sequence_of_moves_is_an_order_that_is_tried(monkeypatch: Any) -> None:
    monkeypatch.setattr(game, "as_outputs", lambda *_, **__: ())
    all_ends: list[bool] = []

    def go_on(moves: tuple[int, ...]) -> None:
        position = played(*moves)
        if not position.replies:
            all_ends.append(bool(position.won))
        for reply in range(len(position.replies)):
            go_on((*moves, reply))

    go_on(())
    assert (sum(all_ends), len(all_ends)) == (4, 6)


def test_a_move_that_there_is_not_is_refused() -> None:
    for move in (7, -1):
        with pytest.raises(IndexError):
            played(move)


def test_a_program_that_stands_still_breaks_the_rule_that_it_ends() -> None:
    async def both(world: World) -> None:
        locks = [asyncio.Lock(), asyncio.Lock()]

        async def take(first: int, name: str) -> None:
            async with locks[first]:
                await world.reply(name)
                async with locks[1 - first]:
                    pass

        await asyncio.gather(take(0, "A"), take(1, "B"))

    game = play(both, ends)
    game.move(0)
    game.move(0)
    assert "every task waits" in game.won


def test_a_program_that_is_none_is_refused() -> None:
    for program in (42, main, main()):
        with pytest.raises(TypeError, match=r"play"):
            play(program, no_lost_update("count"))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="a rule to break"):
        play(increments, "lose one")  # type: ignore[arg-type]
