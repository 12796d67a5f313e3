"""Say what a program will do, before you see it: `predict.order(main)`.

Each function shows a question. The answer is given once; then the program runs on the virtual
clock, and what you said stands beside what happened. With a `name`, such as `"locks.predict_1"`,
the answer is kept with your progress and comes back when the cell runs again.

The program runs when the question is shown, too: what each answer would be told is stored with it,
out of sight, for pages where nothing runs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from course_helpers.exercises.happening import (
    Program,
    expect_program,
    happened,
    printed,
)
from course_helpers.exercises.schedules import Schedule, Schedules
from course_helpers.exercises.world import World
from course_helpers.recorder.names import function_name
from course_helpers.recording.model import Recording
from course_helpers.views import words

if TYPE_CHECKING:
    from course_helpers.exercises.predictions import (
        ChoiceQuestion,
        NextQuestion,
        NumberQuestion,
        OrderQuestion,
    )

Figure = Callable[[Recording], float]

_LINES: Final = (2, 12)
"""The fewest and the most lines that can be put in order."""


def order(
    program: Program, *, explain: Mapping[str, str] | None = None, name: str = ""
) -> OrderQuestion:
    """Ask in which order a program prints its lines.

        predict.order(main)

    `program` is an async function without arguments; it runs in here once, so that the lines are
    known. `explain` has, for a line, why it comes where it does: said where the answer first
    differs at that line.

    Raises TypeError for anything else than such a function, ValueError for one that prints fewer
    than 2 lines or more than 12.
    """
    expect_program(program, "predict.order")
    lines = [line.what for line in printed(happened(program))]
    if not _LINES[0] <= len(lines) <= _LINES[1]:
        raise ValueError(
            f"predict.order asks for the order of {_LINES[0]} to {_LINES[1]} lines, and "
            f"{function_name(program)} printed {len(lines)}"
        )
    from course_helpers.exercises.predictions import OrderQuestion

    return OrderQuestion(program, lines, explain or {}, name)


def number(
    program: Program,
    figure: Figure,
    question: str,
    choices: Mapping[float, str] | None = None,
    *,
    unit: str = "",
    schedules: Schedules | None = None,
    at: Figure | None = None,
    name: str = "",
) -> ChoiceQuestion | NumberQuestion:
    """Ask for a number that can be read from the recording of a program.

        predict.number(main, total_time, "How long will it take?", {1: "", 3: "…"}, unit="s")

    `program` is an async function without arguments. `figure` is a function of its recording that
    gives the number. `choices` are the numbers to choose from, each with what one has in mind who
    chooses it; without them, the number is typed. `unit` stands behind the numbers; `"s"` writes
    them as times. `at` is a function of the recording that gives the moment to point out in the
    picture, in seconds.

    With `schedules`, the program takes a `World`, runs in each of them, and the number is that of
    the schedules in which `figure` is true.

    Raises TypeError for anything else than such a function, ValueError for fewer than two choices.
    """
    if schedules is None:
        expect_program(program, "predict.number")
    else:
        expect_program(program, "predict.number", "world")
    _expect_callable(figure, "predict.number", "figure")
    from course_helpers.exercises.predictions import ChoiceQuestion, NumberQuestion, with_unit

    def found() -> tuple[Recording | None, float]:
        if schedules is None:
            recording = happened(program)
            return recording, figure(recording)
        examples: list[Recording] = []

        def holds(world: World) -> bool:
            recording = happened(program, world)
            held = bool(figure(recording))
            if held:
                examples.append(recording)
            return held

        holding, _ = counted(holds, schedules)
        return (examples[0] if examples else None), holding

    if choices is None:
        return NumberQuestion(program, question, unit, found, at, name)
    _expect_choices(choices, "predict.number")
    for value in choices:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise TypeError(f"predict.number: a choice is a number, not {value!r:.80}")
    texts = {with_unit(value, unit): value for value in choices}

    def truth() -> tuple[Recording | None, Mapping[str, bool], str]:
        from course_helpers.exercises.predictions import same

        recording, fact = found()
        truths = {text: same(value, fact) for text, value in texts.items()}
        nothing = "" if any(truths.values()) else " None of these was right."
        return recording, truths, f"it is {with_unit(fact, unit)}.{nothing}"

    explain = {text: choices[value] for text, value in texts.items()}
    return ChoiceQuestion(program, question, list(texts), truth, explain, at, name)


def choose(
    program: Program,
    question: str,
    options: Mapping[str, Callable[[Recording], bool] | str],
    *,
    explain: Mapping[str, str] | None = None,
    at: Figure | None = None,
    name: str = "",
) -> ChoiceQuestion:
    """Ask which of some sentences will be true of a program.

        predict.choose(main, "What becomes of B?", {"It is cancelled.": was_cancelled, …})

    `program` is an async function without arguments. Each of the `options` is a sentence with a
    function of the recording that says whether it is true, or with a line that the program prints
    if it is. `explain` has, for an option, what to say to whoever chooses it. `at` is as for
    `number`.

    Raises TypeError for anything else than such a function, ValueError for fewer than two options.
    """
    expect_program(program, "predict.choose")
    _expect_choices(options, "predict.choose")
    for holds in options.values():
        if not isinstance(holds, str):
            _expect_callable(holds, "predict.choose", "each option")
    from course_helpers.exercises.predictions import ChoiceQuestion

    def truth() -> tuple[Recording | None, Mapping[str, bool], str]:
        recording = happened(program)
        truths = {text: _holds(option, recording) for text, option in options.items()}
        true = " ".join(text for text, holds in truths.items() if holds)
        return recording, truths, true or "none of these was true."

    return ChoiceQuestion(program, question, list(options), truth, explain or {}, at, name)


def next(program: Program, at: float = 0.0, count: int = 5, *, name: str = "") -> NextQuestion:
    """Ask which task runs next, `count` times in a row, from a moment on (`at`, in seconds).

        predict.next(main, at=0.1)

    `program` is an async function without arguments. Raises TypeError for anything else, ValueError
    where nothing runs from that moment on or count is none.
    """
    expect_program(program, "predict.next")
    if isinstance(count, bool) or not isinstance(count, int) or count < 1:
        raise ValueError(f"count is a number of steps, at least 1, not {count!r}")
    from course_helpers.exercises.predictions import NextQuestion, steps_from

    recording = happened(program)
    if not steps_from(recording, at):
        raise ValueError(
            f"nothing runs from {words.seconds(at)} on: {function_name(program)} ends at "
            f"{words.seconds(recording.duration)}"
        )
    return NextQuestion(program, at, count, name)


def counted(holds: Callable[[World], bool], schedules: Schedules) -> tuple[int, int]:
    """In how many schedules what was asked of a world's run holds, and of how many."""
    found: list[bool] = []

    def run(schedule: Schedule) -> World:
        world = World(schedule)
        found.append(holds(world))
        return world

    for _ in schedules.explore(run):
        pass
    return sum(found), len(found)


def _holds(option: Callable[[Recording], bool] | str, recording: Recording) -> bool:
    if isinstance(option, str):
        return option in [line.what for line in printed(recording)]
    return bool(option(recording))


def _expect_callable(function: object, caller: str, what: str) -> None:
    if not callable(function):
        raise TypeError(f"{caller}: {what} is a function of the recording, not {function!r:.80}")


def _expect_choices(choices: object, caller: str) -> None:
    if not isinstance(choices, Mapping):
        raise TypeError(f"{caller} takes a dict of choices, not {choices!r:.80}")
    if len(choices) < 2:
        raise ValueError(f"{caller} needs at least two choices, and there are {len(choices)}")
