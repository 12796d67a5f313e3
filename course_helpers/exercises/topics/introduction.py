"""The exercise of the introduction: the first one that a learner meets."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator

from course_helpers.exercises.exercise import Exercise
from course_helpers.exercises.judging import Asked, Scenario
from course_helpers.exercises.rules import (
    Breach,
    Run,
    clean,
    ends,
    inside,
    result_is,
    rule,
    takes_at_most,
)
from course_helpers.exercises.schedules import seeds
from course_helpers.exercises.suspects import calls_without_await
from course_helpers.exercises.world import Program, World
from course_helpers.recorder.marks import mark


def _downloads(first: float, second: float) -> Program:
    """Two downloads, which take so many seconds."""

    async def program(answer: Callable[..., Awaitable[object]], world: World) -> object:
        seconds = {"a.txt": first, "b.txt": second}

        async def download(name: str) -> str:
            mark("enters", "server", name)
            await world.reply(name, seconds[name], seconds[name])
            mark("leaves", "server", name)
            return _text(name, seconds[name])

        return await world.run(answer, download, name="both()")

    return program


def _text(name: str, seconds: float) -> str:
    # Other texts each time: they have to come from the downloads.
    return f"text of {name}, after {seconds} s"


@rule(
    "both downloads are under way at the same time",
    hint="An `await` waits until the download has ended. How can it be begun without being waited "
    "for? `asyncio.create_task` begins it, `asyncio.gather` begins several and waits for all.",
)
def _overlap(run: Run) -> Iterator[Breach]:
    ended = None
    for made, within in inside(run, "server"):
        if made.verb == "leaves":
            ended = ended or made
        elif len(within) == 1 and ended is not None:
            yield Breach(
                f"the download of {made.value} begins, and that of {ended.value} has ended already",
                made,
                0.0,
            )


@rule(
    "each file is downloaded once, to its end",
    hint="What is returned has to come from `download`.",
)
def _each_once(run: Run) -> Iterator[Breach]:
    begun: list[str] = []
    ended: list[str] = []
    for made, _ in inside(run, "server"):
        (begun if made.verb == "enters" else ended).append(made.value)
        if made.verb == "enters" and begun.count(made.value) > 1:
            yield Breach(f"{made.value} is downloaded a second time", made)
    for name in ("a.txt", "b.txt"):
        if name not in ended:
            what = "never ended" if name in begun else "was never begun"
            yield Breach(f"the download of {name} {what}", run.recording.duration)


def _scenario(first: float, second: float, title: str) -> Scenario:
    texts = [_text("a.txt", first), _text("b.txt", second)]
    result = result_is(
        lambda run: tuple(texts) if type(run.result) is tuple else texts,
        name="the result is both texts, a.txt first",
        hint="`gather` gives the results in the order in which it was given the coroutines.",
    )
    in_time = takes_at_most(max(first, second), name="both together take as long as the longer one")
    return Scenario(
        title,
        _downloads(first, second),
        seeds(1),
        (ends, _overlap, result, _each_once, in_time, clean),
    )


downloads = Exercise(
    "introduction.downloads",
    Asked("function", "both"),
    minutes=4,
    level="warm-up",
    scenarios=(
        _scenario(0.2, 0.2, "Two downloads of 0.2 s"),
        _scenario(0.3, 0.1, "Two downloads of 0.3 and 0.1 s"),
        _scenario(0.1, 0.3, "Two downloads of 0.1 and 0.3 s"),
    ),
    suspects=(
        calls_without_await("gather", "the result of gather has to be awaited"),
        calls_without_await("download", "the call of download makes a coroutine: it is not run"),
    ),
)
