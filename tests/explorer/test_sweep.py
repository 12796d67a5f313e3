"""`sweep` from outside: the table, the picture and what is said of both."""

from __future__ import annotations

import asyncio
import io
import json
import sys
import threading
from collections.abc import Callable
from itertools import count
from typing import Any

import ipywidgets
import pytest
from matplotlib.image import imread
from matplotlib.text import Text

from course_helpers import Recording, record, sweep
from course_helpers.explorer import chart, multiples
from course_helpers.views.drawing.pixels import png
from course_helpers.views.page.picture import MIME
from course_helpers.views.timeline import timeline
from tests.explorer.programs import increments, troubled


def result(recording: Recording) -> Any:
    return recording.result


def keeping(figures: list[Any]) -> Callable[[Any], bytes]:
    """Stands for the function that writes a figure as a PNG, and keeps it instead."""

    def keep(figure: Any) -> bytes:
        figures.append(figure)
        return b"\1" * 30

    return keep


wrongly: Any = sweep
"""`sweep`, called as its types forbid."""


def bundle(swept: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    data, metadata = swept._repr_mimebundle_()
    return data, metadata["image/png"]


def test_a_curve_and_its_table() -> None:
    swept = sweep(increments, workers=range(1, 5), count=3)
    assert swept.table == tuple(
        {"workers": n, "count": 3, "total time (s)": pytest.approx(0.03 * n), "outcome": "ended"}
        for n in range(1, 5)
    )
    assert [one and one.duration for one in swept.recordings] == [
        pytest.approx(0.03 * n) for n in range(1, 5)
    ]
    data, picture = bundle(swept)
    assert data["text/plain"].splitlines() == [
        "workers  total time (s)",
        "1        0.03",
        "2        0.06",
        "3        0.09",
        "4        0.12",
    ]
    assert picture["alt"] == (
        "Curve of total time (s) of increments over workers = 1, 2, 3 and 4 at count = 3. "
        "total time (s): 0.03 at 1, 0.06 at 2, 0.09 at 3, 0.12 at 4."
    )
    height, width = imread(io.BytesIO(data["image/png"])).shape[:2]
    assert picture["width"] == 1400
    assert height / width == pytest.approx(picture["height"] / 1400, abs=1 / 1400)


def test_no_line_to_a_label_crosses_another_label(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[Any] = []
    monkeypatch.setattr(chart, "png", keeping(drawn))
    same = {"first": 1, "second": 1, "third": 1, "fourth": 1}  # all curves end at one point
    sweep(increments, workers=[1, 2], count=same).png()
    [figure] = drawn
    figure.canvas.draw()
    [axes] = figure.axes
    texts = [Text.get_window_extent(label) for label in axes.texts]
    assert len(texts) == 4
    for label in axes.texts:
        line = label.arrow_patch.get_path().transformed(label.arrow_patch.get_transform())
        for text in texts:
            assert not line.intersects_bbox(text, filled=True)


def test_the_same_sweep_gives_the_same_bytes() -> None:
    first, second = (bundle(sweep(increments, workers=[1, 2])) for _ in range(2))
    assert first == second


def test_two_parameters_and_several_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []

    def listen(figure: Any) -> bytes:
        for axes in figure.axes:
            written.extend(text.get_text() for text in axes.texts)
            written.append(axes.get_title(loc="left"))
            lines = axes.get_lines()
            shapes = {(line.get_marker(), line.get_linestyle()) for line in lines}
            assert len(shapes) == len(lines)  # told apart without colour
        return png(figure)

    monkeypatch.setattr(chart, "png", listen)
    figures: dict[str, Callable[..., Any]] = {
        "result": result,
        "lost": lambda recording, workers: workers * 2 - recording.result,
    }
    locked = {"a lock": True, "no lock": False}
    swept = sweep(increments, workers=[1, 2, 3], use_lock=locked, figure=figures)
    rows = [(row["workers"], row["use_lock"], row["result"], row["lost"]) for row in swept.table]
    assert rows == [
        (1, True, 2, 0),
        (1, False, 2, 0),
        (2, True, 4, 0),
        (2, False, 2, 2),
        (3, True, 6, 0),
        (3, False, 2, 4),
    ]
    data, picture = bundle(swept)
    assert "3        no lock   2       4" in data["text/plain"]
    assert "lost at use_lock = a lock: always 0." in picture["alt"]
    assert "lost at use_lock = no lock: 0 at 1, 2 at 2, 4 at 3." in picture["alt"]
    labels = ["use_lock = a lock", "use_lock = no lock"]
    assert sorted(written) == sorted([*labels, *labels, "result", "lost"])


def test_the_longer_of_two_parameters_goes_along() -> None:
    swept = sweep(increments, use_lock=[True, False], workers=range(1, 9))
    assert [axis.name for axis in swept.axes] == ["use_lock", "workers"][::-1]


def test_settings_that_come_to_no_end_are_marked_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    swept = sweep(troubled, kind=["none", "deadlock", "error", "spin"], simulation={"steps": 2_000})
    outcomes = [row["outcome"] for row in swept.table]
    assert outcomes[:2] == ["ended", "deadlock after 1 s"]
    assert outcomes[2].startswith("ValueError: no such host")
    assert outcomes[3].startswith("Stopped: ")
    assert [row["total time (s)"] for row in swept.table] == [1, None, None, None]
    data, picture = bundle(swept)
    assert "deadlock  –               deadlock after 1 s" in data["text/plain"]
    assert "kind = deadlock (deadlock after 1 s)" in picture["alt"]
    drawn: list[Any] = []
    monkeypatch.setattr(chart, "png", keeping(drawn))
    sweep(troubled, kind=["none", "deadlock", "error"])._repr_mimebundle_()
    [figure] = drawn
    assert [(mark.get_text(), mark.xy[0]) for mark in figure.axes[0].texts] == [("✗", 1), ("✗", 2)]


def test_when_nothing_ends_there_is_a_picture_still() -> None:
    data, _ = bundle(sweep(troubled, kind=["deadlock", "error"]))
    assert data["image/png"].startswith(b"\x89PNG")


def test_small_multiples_show_a_timeline_for_each_setting() -> None:
    swept = sweep(increments, workers=[1, 3], use_lock=[True, False], small_multiples=True)
    data, picture = bundle(swept)
    assert picture["alt"].startswith("4 timelines of increments over workers = 1 and 3")
    assert "workers = 3, use_lock = False: ended after 0.02 s" in picture["alt"]
    assert picture["height"] > 600
    assert len(data["text/plain"].splitlines()) == 5
    painted = json.loads(data[MIME])
    assert [plan["title"] for plan in painted] == [
        [f"workers = {workers}, use_lock = {lock}: ended after {seconds} s"]
        for workers, lock, seconds in [
            (1, True, 0.02),
            (1, False, 0.02),
            (3, True, 0.06),
            (3, False, 0.02),
        ]
    ]
    assert {tuple(plan["time"][:2]) for plan in painted} == {(0.0, 0.06)}


def test_small_multiples_of_what_fails() -> None:
    data, picture = bundle(sweep(troubled, kind=["none", "deadlock"], small_multiples=True))
    assert "kind = deadlock: deadlock after 1 s" in picture["alt"]
    assert data["image/png"].startswith(b"\x89PNG")
    _, deadlock = json.loads(data[MIME])
    assert deadlock["title"] == ["✗ kind = deadlock: deadlock after 1 s"]


def test_one_setting_alone_gives_a_point() -> None:
    data, picture = bundle(sweep(increments, workers=2))
    assert data["text/plain"].splitlines() == ["total time (s)", "0.04"]
    assert "Curve of total time (s) of increments at workers = 2." in picture["alt"]


def test_nothing_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    sweep(increments, workers=[1, 2])
    assert capsys.readouterr() == ("", "")


async def needs(n: int) -> None: ...


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: sweep(needs), "'n' has no default"),
        (lambda: sweep(needs, n=[]), "no values to go through"),
        (lambda: sweep(increments, worker=[1]), "did you mean 'workers'"),
        (
            lambda: sweep(increments, workers=range(1000)),
            "more than 400 workers are too many settings: at most 400",
        ),
        (lambda: sweep(increments, workers=count()), "too many settings"),
        (lambda: sweep(increments, workers=range(9), small_multiples=True, count=range(9)), "12"),
        (lambda: sweep(increments, workers=[1, 2], count=[1, 2], hold=[1, 2]), "all vary"),
        (lambda: sweep(increments, workers=range(1, 9), count=range(1, 9)), "a line for each"),
        (lambda: sweep(increments, workers=[1], figure=lambda recording: "x"), "gave 'x'"),
        (lambda: sweep(increments, workers=[1], figure=lambda recording: 1 / 0), "fails: Zero"),
        (lambda: wrongly(increments, workers=[1], figure=3), "functions of a recording"),
        (lambda: sweep(increments, workers=[1], figure=[result] * 2), "two functions are called"),
        (
            lambda: sweep(increments, workers=[1], figure=dict.fromkeys("abcde", result)),
            "fit into a picture",
        ),
        (lambda: wrongly(increments(), workers=[1]), "write sweep\\(increments, …\\)"),
        (lambda: sweep(increments, workers=[1], units={"m": "s"}), "no parameter 'm'"),
        (lambda: wrongly(increments, workers=[1], units=["hold"]), "a unit by parameter"),
        (lambda: sweep(increments, workers=[1], simulation={"step": 1}), "it has until, seed, "),
        (lambda: sweep(increments, workers=[1], timeline={"dark": True}), "shows no timelines"),
        (lambda: wrongly(increments, workers=[1], clock="fast"), 'clock is "virtual" or "real"'),
        (lambda: sweep(increments, workers=[1], clock="real"), "no loop is running"),
        (
            lambda: wrongly(increments, workers=[1], clock="real", simulation={"seed": 1}),
            "leave it",
        ),
        (lambda: sweep(increments, workers=[1], rounds=2), "all runs are the same"),
        (lambda: sweep(increments, workers=[1], rounds=0), "at least 1, not 0"),
        (lambda: sweep(increments, workers=[1], rounds=True), "an int, not True"),
        (lambda: sweep(increments, workers=[1, 2]).at(), r"at\(\) is one of 2 settings"),
        (lambda: sweep(increments, workers=[1, 2]).at(workers=3), "it has workers = 1 and 2"),
    ],
)
def test_what_cannot_be_swept_is_refused_with_a_sentence(
    call: Callable[[], Any], sentence: str
) -> None:
    errors = (TypeError, ValueError, LookupError, RuntimeError)
    with pytest.raises(errors, match=sentence) as caught:
        call()
    assert "\n" not in str(caught.value)


def test_fixed_is_one_value() -> None:
    swept = sweep(increments, workers=ipywidgets.fixed(2), count=[1, 2])
    assert [axis.name for axis in swept.axes] == ["count"]
    assert swept.table[0]["workers"] == 2


def test_one_row_of_the_table_and_the_table_as_text() -> None:
    swept = sweep(increments, workers=[1, 2], use_lock=[True, False], figure=result)
    assert swept.at(workers=2, use_lock=False)["result"] == 2
    assert str(swept) == bundle(swept)[0]["text/plain"]
    assert repr(swept) == "<sweep of 4 settings by the virtual clock>"


# The real clock


def test_by_the_real_clock_the_least_of_the_rounds_is_kept() -> None:
    results = iter([5, 1, 3, 4, 2, 9])
    loops: set[Any] = set()

    async def main(n: int = 1) -> int:
        loops.add(asyncio.get_running_loop())
        await asyncio.to_thread(threading.Event().wait, 0.001)
        print("said by the program")
        return 10 * n + next(results)

    async def notebook() -> Any:
        swept = await sweep(main, n=[1, 2, 3], clock="real", rounds=2, figure=result)
        assert loops == {asyncio.get_running_loop()}
        return swept

    swept = asyncio.run(notebook())
    # The settings take turns: 15, 21, 33 in the first round, and 14, 22, 39 in the second.
    assert [row["result"] for row in swept.table] == [14, 21, 33]
    assert [one.clock for one in swept.recordings] == ["real"] * 3
    data, picture = bundle(swept)
    assert data["text/plain"] == "<sweep of 3 settings by the real clock>"
    assert data["image/png"].startswith(b"\x89PNG")
    assert picture["alt"] == (
        "Curve of result of main over n = 1, 2 and 3, measured by the real clock. "
        "result: 14 at 1, 21 at 2, 33 at 3."
    )
    assert str(swept).splitlines() == ["n  result", "1  14", "2  21", "3  33"]


@pytest.mark.real_time
def test_of_the_rounds_the_quickest_run_is_kept() -> None:
    numbers = count()

    async def main() -> int:
        number = next(numbers)
        await asyncio.sleep(0 if number else 0.2)
        return number

    async def notebook() -> Any:
        return await sweep(main, clock="real", rounds=2)

    [kept] = asyncio.run(notebook()).recordings
    assert kept.result == 1


def test_whole_numbers_are_such_in_the_table() -> None:
    swept = sweep(increments, workers=[1, 2], figure={"twice": lambda recording: 2.0})
    assert [repr(row["twice"]) for row in swept.table] == ["2", "2"]


def test_by_the_real_clock_numbers_have_as_many_digits_as_mean_something() -> None:
    async def notebook() -> Any:
        figure = {"figure": lambda recording, workers: 0.123456 + workers / 1e6}
        return await sweep(increments, workers=[1, 2], hold=0, clock="real", figure=figure)

    swept = asyncio.run(notebook())
    assert swept.alternative.endswith("figure: 0.123 at 1, 0.123 at 2.")
    assert swept.table[0]["figure"] == 0.123457


def test_each_run_by_the_real_clock_ends_with_its_tasks() -> None:
    async def forever() -> None:
        await asyncio.Event().wait()

    seen: list[set[str]] = []

    async def main(n: int = 1) -> None:
        seen.append({task.get_name() for task in asyncio.all_tasks()})
        orphans.append(asyncio.create_task(forever(), name="orphan"))
        await asyncio.sleep(0)

    orphans: list[asyncio.Task[None]] = []

    async def notebook() -> None:
        other = asyncio.create_task(forever(), name="another cell's")
        await sweep(main, n=[1, 2], clock="real", rounds=2)
        assert [names & {"orphan", "another cell's"} for names in seen] == [{"another cell's"}] * 4
        assert all(task.cancelled() for task in orphans)
        assert not other.done()
        other.cancel()

    asyncio.run(notebook())


def test_stop_ends_a_sweep_by_the_real_clock_and_leaves_no_task() -> None:
    async def notebook() -> None:
        begun = asyncio.Event()
        runs: list[int] = []

        async def part() -> None:
            begun.set()
            await asyncio.Event().wait()

        async def main(n: int = 1) -> None:
            runs.append(n)
            orphan = asyncio.create_task(asyncio.Event().wait())
            await asyncio.gather(*(part() for _ in range(n)))
            await orphan

        cell = asyncio.create_task(sweep(main, n=[1, 2, 3], clock="real", rounds=5))
        await begun.wait()
        cell.cancel()
        with pytest.raises(asyncio.CancelledError):
            await cell
        assert runs == [1]
        assert asyncio.all_tasks() == {asyncio.current_task()}
        with record():  # the hooks are out
            pass

    asyncio.run(notebook())


def test_what_fails_by_the_real_clock_is_marked_and_the_others_are_measured() -> None:
    tries = count()

    async def main(kind: str = "fine") -> int:
        await asyncio.sleep(0)
        if kind == "error" or (kind == "sometimes" and next(tries) == 1):
            raise ValueError("no such host")
        if kind == "cancelled":
            raise asyncio.CancelledError
        return 1

    async def notebook() -> Any:
        kinds = ["fine", "error", "sometimes", "cancelled"]
        return await sweep(main, kind=kinds, clock="real", rounds=2, figure=result)

    swept = asyncio.run(notebook())
    assert [row["result"] for row in swept.table] == [1, None, None, None]
    outcomes = [row["outcome"] for row in swept.table]
    assert outcomes[0] == "ended"
    assert all(one.startswith("ValueError: no such host") for one in outcomes[1:3])
    assert outcomes[3] == "The program was cancelled from within."
    assert "kind = error (ValueError: no such host" in swept.alternative
    assert repr(swept) == "<sweep of 4 settings by the real clock>"


def test_a_sweep_by_the_real_clock_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["course_helpers.explorer.sweep"], "ALL_REAL_SECONDS", 0.05)

    async def main(n: int = 1) -> None:
        await asyncio.Event().wait()

    async def notebook() -> Any:
        return await sweep(main, n=[1, 2], clock="real", rounds=10**12)

    first, second = (row["outcome"] for row in asyncio.run(notebook()).table)
    assert first.startswith("Stopped after ")
    assert first.endswith("s.")
    assert second == "Not run: the sweep took longer than 0.05 s"


def test_a_program_that_does_not_let_itself_be_cancelled_is_left_to_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys.modules["course_helpers.explorer.sweep"], "ALL_REAL_SECONDS", 0.05)
    monkeypatch.setattr(sys.modules["course_helpers.explorer.live"], "GRACE", 0.05)

    async def notebook() -> str:
        end = asyncio.Event()

        async def main() -> None:
            while not end.is_set():
                try:
                    await end.wait()
                except asyncio.CancelledError:
                    continue

        swept = await sweep(main, clock="real")
        end.set()
        return str(swept.table[0]["outcome"])

    assert asyncio.run(notebook()).endswith("but it caught the cancellation and goes on.")


def test_small_multiples_by_the_real_clock_show_the_program_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lanes: list[list[str]] = []

    def listen(recording: Recording, **options: Any) -> Any:
        lanes.append([task.label for task in options["tasks"]])
        return timeline(recording, **options)

    monkeypatch.setattr(multiples, "timeline", listen)

    async def notebook() -> None:
        other = asyncio.create_task(asyncio.Event().wait(), name="another cell's")
        grid: dict[str, Any] = {"workers": [1, 2], "hold": 0.001}
        swept = await sweep(increments, clock="real", small_multiples=True, **grid)
        _, picture = bundle(swept)
        assert "2 timelines of increments over workers = 1 and 2" in picture["alt"]
        other.cancel()

    asyncio.run(notebook())
    assert lanes == [["increments", "worker()"], ["increments", "worker()", "worker() #2"]]


def test_a_sweep_by_the_real_clock_that_is_not_awaited_says_so() -> None:
    async def notebook() -> None:
        sweep(increments, workers=[1], clock="real")  # type: ignore[unused-coroutine]

    with pytest.warns(RuntimeWarning, match="coroutine 'sweep' was never awaited"):
        asyncio.run(notebook())


def test_a_sweep_by_the_real_clock_inside_a_recording_is_refused() -> None:
    async def notebook() -> None:
        with record(), pytest.raises(RuntimeError, match="recorded already"):
            await sweep(increments, workers=[1], clock="real")

    asyncio.run(notebook())
