"""`sweep` from outside: the table, the picture and what is said of both."""

from __future__ import annotations

import io
from collections.abc import Callable
from itertools import count
from typing import Any

import ipywidgets
import pytest
from matplotlib.image import imread

from course_helpers import Recording, sweep
from course_helpers.explorer import chart
from tests.explorer.programs import increments, troubled


def result(recording: Recording) -> Any:
    return recording.result


def bundle(swept: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    data, metadata = swept._repr_mimebundle_()
    return data, metadata["image/png"]


def test_a_curve_and_its_table() -> None:
    swept = sweep(increments, workers=range(1, 5), count=3)
    assert swept.table == tuple(
        {"workers": n, "count": 3, "total time (s)": pytest.approx(0.03 * n), "outcome": "ended"}
        for n in range(1, 5)
    )
    assert [one.duration for one in swept.recordings] == [
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
    assert imread(io.BytesIO(data["image/png"])).shape[:2] == (
        2 * picture["height"],
        2 * picture["width"],
    )


def test_the_same_sweep_gives_the_same_bytes() -> None:
    first, second = (bundle(sweep(increments, workers=[1, 2])) for _ in range(2))
    assert first == second


def test_two_parameters_and_several_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []
    png = chart._png

    def listen(figure: Any) -> bytes:
        for axes in figure.axes:
            written.extend(text.get_text() for text in axes.texts)
            written.append(axes.get_title(loc="left"))
            lines = axes.get_lines()
            shapes = {(line.get_marker(), line.get_linestyle()) for line in lines}
            assert len(shapes) == len(lines)  # told apart without colour
        return png(figure)

    monkeypatch.setattr(chart, "_png", listen)
    swept = sweep(
        increments,
        workers=[1, 2, 3],
        use_lock={"a lock": True, "no lock": False},
        figure={
            "result": result,
            "lost": lambda recording, workers: workers * 2 - recording.result,
        },
    )
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
    marks: list[Any] = []
    monkeypatch.setattr(
        chart, "_png", lambda figure: marks.extend(figure.axes[0].texts) or b"\0" * 30
    )
    sweep(troubled, kind=["none", "deadlock", "error"])._repr_mimebundle_()
    assert [(mark.get_text(), mark.xy[0]) for mark in marks] == [("✗", 1), ("✗", 2)]


def test_when_nothing_ends_there_is_a_picture_still() -> None:
    data, _ = bundle(sweep(troubled, kind=["deadlock", "error"]))
    assert data["image/png"].startswith(b"\x89PNG")


def test_small_multiples_show_a_timeline_for_each_setting() -> None:
    swept = sweep(increments, workers=[1, 3], use_lock=[True, False], small_multiples=True)
    data, picture = bundle(swept)
    assert picture["alt"].startswith("4 timelines of increments over workers = 1 and 3")
    assert "workers = 3, use_lock = False: ended after 20 ms" in picture["alt"]
    assert picture["height"] > 600
    assert len(data["text/plain"].splitlines()) == 5


def test_small_multiples_of_what_fails() -> None:
    data, picture = bundle(sweep(troubled, kind=["none", "deadlock"], small_multiples=True))
    assert "kind = deadlock: deadlock after 1 s" in picture["alt"]
    assert data["image/png"].startswith(b"\x89PNG")


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
        (lambda: sweep(increments, workers=range(1000)), "too many settings: at most 400"),
        (lambda: sweep(increments, workers=count()), "too many settings"),
        (lambda: sweep(increments, workers=range(9), small_multiples=True, count=range(9)), "12"),
        (lambda: sweep(increments, workers=[1, 2], count=[1, 2], hold=[1, 2]), "all vary"),
        (lambda: sweep(increments, workers=range(1, 9), count=range(1, 9)), "a line for each"),
        (lambda: sweep(increments, workers=[1], figure=lambda recording: "x"), "gave 'x'"),
        (lambda: sweep(increments, workers=[1], figure=lambda recording: 1 / 0), "fails: Zero"),
        (lambda: sweep(increments, workers=[1], figure=3), "functions of a recording"),
        (lambda: sweep(increments, workers=[1], figure=[result] * 2), "two functions are called"),
        (
            lambda: sweep(increments, workers=[1], figure=dict.fromkeys("abcde", result)),
            "fit into a picture",
        ),
        (lambda: sweep(increments(), workers=[1]), "write sweep\\(increments, …\\)"),
        (lambda: sweep(increments, workers=[1], units={"m": "s"}), "no parameter 'm'"),
    ],
)
def test_what_cannot_be_swept_is_refused_with_a_sentence(
    call: Callable[[], Any], sentence: str
) -> None:
    with pytest.raises((TypeError, ValueError), match=sentence) as caught:
        call()
    assert "\n" not in str(caught.value)


def test_fixed_is_one_value() -> None:
    swept = sweep(increments, workers=ipywidgets.fixed(2), count=[1, 2])
    assert [axis.name for axis in swept.axes] == ["count"]
    assert swept.table[0]["workers"] == 2
