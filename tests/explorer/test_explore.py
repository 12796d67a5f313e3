"""`explore` from outside: knobs turned, and what is shown then."""

from __future__ import annotations

import asyncio
import html
import io
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import redirect_stdout
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

import ipywidgets
import pytest

from course_helpers import Recording, explore, longest_wait, record
from course_helpers.explorer import interface
from course_helpers.explorer.interface import Explorer
from course_helpers.explorer.live import LiveRun
from course_helpers.explorer.resting import is_resting
from course_helpers.views.timeline import timeline
from tests.explorer.programs import increments, troubled

pytestmark = pytest.mark.usefixtures("unpainted")


def walk(widget: Any) -> Iterator[Any]:
    yield widget
    for child in getattr(widget, "children", ()):
        yield from walk(child)


def widgets_of(explorer: Any) -> list[Any]:
    """Every widget that the explorer shows, found as a browser finds them: from the bundle."""
    if explorer not in _models:  # each bundle has a picture, drawn for it
        data, _ = explorer._repr_mimebundle_()
        _models[explorer] = data["application/vnd.jupyter.widget-view+json"]["model_id"]
    return list(walk(ipywidgets.widgets.widget._instances[_models[explorer]]))


_models: WeakKeyDictionary[Any, str] = WeakKeyDictionary()


def shown(explorer: Any) -> str:
    """All text that the explorer shows, picture's text alternative included."""
    parts = [one.value for one in widgets_of(explorer) if isinstance(one, ipywidgets.HTML)]
    text = " ".join(parts[1:])
    alternative = " ".join(re.findall(r'alt="([^"]*)"', text))
    return html.unescape(re.sub(r"<[^>]*>", " ", text) + " " + alternative)


def until_true(condition: Callable[[], bool]) -> None:
    """Wait for what another thread does."""
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.001)


def begin_to_turn(knob: Any, value: Any) -> threading.Thread:
    """Turn a knob in a thread, as JupyterLab does; it stands there then, and may not be run yet."""
    thread = threading.Thread(target=setattr, args=(knob, "value", value))
    thread.start()
    until_true(lambda: bool(knob.value == value))
    return thread


def recorded(explorer: Explorer) -> Recording:
    """The run that the explorer shows."""
    assert explorer.recording is not None
    return explorer.recording


def picture(explorer: Any) -> str:
    parts = [one.value for one in widgets_of(explorer) if isinstance(one, ipywidgets.HTML)]
    found = re.search(r'src="(data:image/png;base64,[^"]+)"', " ".join(parts))
    return found.group(1) if found else ""


def knob(explorer: Any, label: str) -> Any:
    [found] = [
        one
        for one in widgets_of(explorer)
        if getattr(one, "description", None) == label and not isinstance(one, ipywidgets.Button)
    ]
    return found


def button(explorer: Any, label: str) -> Any:
    [found] = [
        one
        for one in widgets_of(explorer)
        if isinstance(one, ipywidgets.Button) and one.description == label
    ]
    return found


# Knobs


def test_a_knob_for_each_parameter_beginning_at_its_default() -> None:
    explorer = explore(increments, workers=(1, 10), hold=(0.0, 0.1, 0.01), units={"hold": "s"})
    assert explorer.knobs == {"workers": 3, "count": 2, "hold": 0.01, "use_lock": True}
    workers, hold = knob(explorer, "workers"), knob(explorer, "hold (s)")
    assert (workers.min, workers.max, workers.step) == (1, 10, 1)
    assert (hold.min, hold.max, hold.step) == (0.0, 0.1, 0.01)
    assert isinstance(knob(explorer, "use_lock"), ipywidgets.Checkbox)
    # A number alone goes from nothing to three times as much.
    assert (knob(explorer, "count").min, knob(explorer, "count").max) == (0, 6)


@pytest.mark.parametrize(
    ("abbreviation", "kind", "first", "others"),
    [
        ((1, 9), ipywidgets.IntSlider, 5, [1, 9]),
        ((1, 9, 2), ipywidgets.IntSlider, 5, [1, 9]),
        ((0.0, 1.0), ipywidgets.FloatSlider, 0.5, [0.25]),
        (5, ipywidgets.IntSlider, 5, [0, 15]),
        (-2.0, ipywidgets.FloatSlider, -2.0, [-6.0]),
        (True, ipywidgets.Checkbox, True, [False]),
        ("a", ipywidgets.Text, "a", ["b"]),
        (["a", "b"], ipywidgets.Dropdown, "a", ["b"]),
        (range(3), ipywidgets.Dropdown, 0, [2]),
        ({"one": 1, "two": 2}, ipywidgets.Dropdown, 1, [2]),
        ((letter for letter in "xy"), ipywidgets.Dropdown, "x", ["y"]),
        (ipywidgets.BoundedIntText(4, min=0, max=9), ipywidgets.BoundedIntText, 4, [9]),
        (int, ipywidgets.IntText, 0, [7]),
    ],
)
def test_abbreviations(abbreviation: Any, kind: type, first: Any, others: list[Any]) -> None:
    async def main(it: Any) -> Any:
        return it

    explorer = explore(main, it=abbreviation)
    assert type(knob(explorer, "it")) is kind
    assert recorded(explorer).result == first
    for value in others:
        knob(explorer, "it").value = value
        assert recorded(explorer).result == value


def test_fixed_values_and_other_defaults_have_no_knob() -> None:
    async def main(n: int = 1, urls: tuple[str, ...] = ("a", "b"), m: int = 2) -> Any:
        return n, urls, m

    explorer = explore(main, m=ipywidgets.fixed(7))
    assert recorded(explorer).result == (1, ("a", "b"), 7)
    described = {getattr(one, "description", "") for one in widgets_of(explorer)}
    assert "n" in described
    assert not described & {"urls", "m"}


def test_what_the_browser_adds_up_reaches_the_program_as_it_is_read() -> None:
    async def nap(hold: float = 0.1) -> None:
        await asyncio.sleep(hold)

    explorer = explore(nap, hold=(0.05, 1.0, 0.05))
    knob(explorer, "hold").value = 0.05 + 2 * 0.05  # as a slider's page says it: not quite 0.15
    assert repr(explorer.knobs["hold"]) == "0.15"


def test_a_long_result_is_data_and_is_not_read_out() -> None:
    async def measure(count: int = 100) -> str:
        return "x" * count

    said = shown(explore(measure, count=(1, 150)))
    assert re.search(r"Result: 'x{100}'", said)
    explorer = explore(measure, count=(1, 150))
    knob(explorer, "count").value = 150
    assert re.search(r"Result: 'x{118}…", shown(explorer))


def test_a_slider_of_floats_without_a_step_has_many_positions() -> None:
    async def main(delay: float = 0.02) -> None:
        await asyncio.sleep(delay)

    slider = knob(explore(main, delay=(0.0, 0.1)), "delay")
    assert slider.step == 0.001
    assert slider.readout_format == ".3f"


def test_partials_methods_and_callable_objects_can_be_explored() -> None:
    class Program:
        async def main(self, n: int = 2) -> int:
            return n

        async def __call__(self, n: int = 3) -> int:
            return n

    async def with_keywords(**knobs: int) -> dict[str, int]:
        return knobs

    assert recorded(explore(Program().main)).result == 2
    assert recorded(explore(Program())).result == 3
    assert recorded(explore(partial(Program().main, n=4))).result == 4
    assert recorded(explore(with_keywords, a=(1, 3), b=5)).result == {"a": 2, "b": 5}


wrongly: Any = explore
"""`explore`, called as its types forbid."""


async def needs(n: Any, clock: Any = None) -> None: ...
async def plain_needs(n: Any) -> None: ...
async def positional(n: Any = 1, /) -> None: ...
async def generator() -> Any:
    yield 1


async def one(n: Any = 5) -> None: ...


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: explore(plain_needs), "'n' has no default.*n=\\(1, 10\\)"),
        (lambda: explore(one, n=(10, 1)), "range is empty"),
        (lambda: explore(one, n=(5, 5)), "fixed\\(5\\)"),
        (lambda: explore(one, n=(1, 10, 0)), "step must be"),
        (lambda: explore(one, n=(1, 10, 20)), "step must be"),
        (lambda: explore(one, n=(1, 2, 3, 4)), "a tuple is a range"),
        (lambda: explore(one, n=("a", "b")), "for a choice write a list"),
        (lambda: explore(one, n=(0.0, float("inf"))), "finite"),
        (lambda: explore(one, n=(6, 9)), "default 5 is outside"),
        (lambda: explore(partial(one, n=0.5), n=(0, 9)), "whole numbers.*\\(0.0, 9.0\\)"),
        (lambda: explore(partial(one, n="x"), n=(0, 9)), "default is 'x'"),
        (lambda: explore(one, n=[1, 2]), "default 5 is not one of"),
        (lambda: explore(one, n=[]), "nothing to choose from"),
        (lambda: explore(one, n=None), "a knob is"),
        (lambda: explore(one, n=ipywidgets.VBox()), "a widget without a value"),
        (lambda: explore(increments, worker=3), "no parameter 'worker': did you mean 'workers'"),
        (lambda: explore(one, banana=3), "no parameter 'banana'; it has n"),
        (lambda: explore(needs, n=1), "option called 'clock' itself"),
        (lambda: explore(positional), "remove the '/'"),
        (lambda: explore(generator), "async generator"),
        (lambda: wrongly(one()), "write explore\\(one, …\\)"),
        (lambda: wrongly(len), "plain function"),
        (lambda: wrongly(3), "takes an async function"),
        (lambda: wrongly(asyncio.Lock), "is a class"),
        (lambda: wrongly(one, clock="fast"), 'clock is "virtual" or "real"'),
        (lambda: explore(one, clock="real"), "no loop is running"),
        (lambda: explore(one, units={"m": "s"}), "no parameter 'm'"),
        (lambda: wrongly(one, units="s"), "a unit by parameter"),
        (lambda: wrongly(one, units={"n": 3}), "that of 'n' is a text, as in 's', not 3"),
        (lambda: explore(one, simulation={"step": 1}), "simulate\\(\\) has no option 'step'"),
        (lambda: explore(one, simulation={"steps": "x"}), "steps is a number of steps"),
        (lambda: wrongly(one, simulation=3), "it takes options of simulate"),
        (lambda: wrongly(one, show="result"), "takes functions of a recording"),
        (lambda: wrongly(one, show=[3]), "is no function"),
        (lambda: explore(one, show=lambda: 1), "takes no recording"),
        (lambda: explore(one, show=lambda recording, m: 1), "asks for 'm', which is no knob"),
        (lambda: explore(one, show=[one]), "is an async function"),
    ],
)
def test_what_cannot_be_explored_is_refused_with_a_sentence(
    call: Callable[[], Any], sentence: str
) -> None:
    with pytest.raises((TypeError, ValueError, RuntimeError), match=sentence) as caught:
        call()
    assert "\n" not in str(caught.value)


# A knob turned


@pytest.mark.usefixtures("painted")
def test_a_knob_turned_shows_another_picture_result_and_figures() -> None:
    show: dict[str, Callable[..., Any]] = {
        "expected": lambda recording, workers, count: workers * count,
        "longest wait": longest_wait,
    }
    explorer = explore(increments, workers=(1, 10), show=show)
    first = picture(explorer)
    assert "Ended after 0.06 s. Result: 6" in shown(explorer)
    assert "expected 6" in " ".join(shown(explorer).split())
    knob(explorer, "workers").value = 5
    text = " ".join(shown(explorer).split())
    assert "Ended after 0.1 s. Result: 10" in text
    assert "expected 10 before: 6" in text
    assert "longest wait 0.04 s: worker() #5 in Lock.acquire before: 0.02 s: worker() #3" in text
    assert picture(explorer) not in ("", first)
    knob(explorer, "use_lock").value = False
    assert "Result: 2" in shown(explorer)
    assert "nobody waited" in shown(explorer)


def test_a_longer_and_a_shorter_run_are_told_in_one_unit() -> None:
    explorer = explore(increments, workers=(1, 10))
    knob(explorer, "workers").value = 8
    assert "Ended after 0.16 s." in shown(explorer)
    knob(explorer, "workers").value = 2
    assert "Ended after 0.04 s." in shown(explorer)
    knob(explorer, "workers").value = 3
    assert "Ended after 0.06 s." in shown(explorer)
    assert "the run before, at workers = 2, ended after 0.04 s, with the result 4." in shown(
        explorer
    )


@pytest.mark.usefixtures("painted")
def test_the_figures_stand_above_the_picture() -> None:
    explorer = explore(increments, show=longest_wait)
    values = [getattr(one, "value", "") for one in widgets_of(explorer)]
    places = [
        next(place for place, value in enumerate(values) if sign in str(value))
        for sign in ('class="said"', "<table>", "<img")
    ]
    assert places == sorted(places)


def test_what_is_printed_is_shown_in_the_explorer_and_nowhere_else(
    capsys: pytest.CaptureFixture[str],
) -> None:
    explorer = explore(increments, workers=(1, 10))
    knob(explorer, "workers").value = 4
    assert "Final value: 8" in shown(explorer)
    assert capsys.readouterr() == ("", "")


def test_the_streams_are_put_back() -> None:
    before = sys.stdout, sys.stderr
    explore(increments)
    assert (sys.stdout, sys.stderr) == before


def test_prints_beyond_the_bound_are_counted() -> None:
    explorer = explore(troubled, kind=["none", "chatty"])
    knob(explorer, "kind").value = "chatty"
    assert "line 100 " in " ".join(shown(explorer).split())
    assert re.search(r"and \d{3},\d{3} more characters", shown(explorer))


def test_lines_that_are_written_at_once_are_shown_too() -> None:
    async def main() -> None:
        sys.stdout.writelines(["one\n", "two\n"])

    explorer = explore(main)
    assert "one\ntwo" in shown(explorer)
    assert [mark.what for mark in recorded(explorer).marks] == ["one", "two"]


def test_prints_of_another_program_stay_where_they_belong() -> None:
    elsewhere = io.StringIO()
    entered, leave = threading.Event(), threading.Event()

    async def waits(n: int = 0) -> None:
        print("from the explorer")
        entered.set()
        leave.wait(10)

    with redirect_stdout(elsewhere):
        explorers: list[Any] = []
        thread = threading.Thread(target=lambda: explorers.append(explore(waits)))
        thread.start()
        assert entered.wait(10)
        print("from the cell")
        leave.set()
        thread.join(10)
    assert elsewhere.getvalue() == "from the cell\n"
    assert "from the explorer" in shown(explorers[0])


@pytest.mark.usefixtures("painted")
@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("deadlock", "Deadlock: after 1 s every task waits"),
        ("error", r"✗ ValueError: no such host \(line \d+ of troubled\)"),
        ("group", "ExceptionGroup.*ValueError: no such host"),
        ("spin", "Stopped: the program was stopped after 5,000 steps"),
        ("block", "Stopped: the program was stopped after 1 s"),
        ("exit", "SystemExit: 3"),
        ("cancelled", "The program was cancelled"),
    ],
)
def test_trouble_gives_a_sentence_and_a_picture_and_the_next_knob_works(
    kind: str, sentence: str
) -> None:
    explorer = explore(
        troubled,
        kind=["none", kind],
        simulation={"steps": 5_000, "real_seconds": 1.0 if kind == "block" else 30.0},
    )
    fine = picture(explorer)
    knob(explorer, "kind").value = kind
    assert re.search(sentence, shown(explorer)), shown(explorer)
    assert isinstance(explorer.recording, Recording)
    assert picture(explorer) not in ("", fine)
    knob(explorer, "kind").value = "none"
    assert "Result: 'fine'" in shown(explorer)


def test_a_setting_that_the_program_cannot_take_gives_a_sentence() -> None:
    async def main(n: int = 1) -> float:
        lock = asyncio.Semaphore(n)
        async with lock:
            return 1 / n

    explorer = explore(main, n=(-1, 1))
    knob(explorer, "n").value = -1
    assert "ValueError: Semaphore initial value must be >= 0" in shown(explorer)


def test_a_figure_that_fails_says_so_and_the_others_are_shown() -> None:
    def fails(recording: Recording) -> str:
        raise KeyError("nothing")

    text = " ".join(shown(explore(increments, show=[fails, longest_wait])).split())
    assert "fails ✗ KeyError: 'nothing'" in text
    assert "longest wait 0.02 s" in text


def test_figures_may_be_mappings_and_anything_a_notebook_displays() -> None:
    from matplotlib.figure import Figure

    def table(recording: Recording) -> dict[str, Any]:
        return {"tasks": len(recording.tasks), "seconds": recording.duration / 7}

    def drawing(recording: Recording) -> Figure:
        figure = Figure()
        figure.add_subplot().plot([1, 2])
        return figure

    explorer = explore(increments, show=[table, drawing])
    assert "tasks 4 seconds 0.00857143" in " ".join(shown(explorer).split())
    outputs = [one for one in widgets_of(explorer) if isinstance(one, ipywidgets.Output)]
    [bundle] = [bundle for one in outputs for bundle in one.outputs]
    assert bundle["data"]["image/png"].startswith("iVBOR")
    assert bundle["metadata"]["image/png"]["alt"] == "drawing"


def test_text_is_shown_as_text() -> None:
    async def main(n: int = 1) -> str:
        print("<b>bold</b>")
        return "<script>alert(1)</script>"

    explorer = explore(main, show={"<i>": lambda recording: "<u>"})
    raw = " ".join(one.value for one in widgets_of(explorer) if isinstance(one, ipywidgets.HTML))
    assert not re.search(r"<(b|i|u|script)>", raw)


def test_reset_goes_back_to_the_first_setting_in_one_run() -> None:
    runs: list[tuple[int, int]] = []

    async def main(a: int = 1, b: int = 2) -> None:
        runs.append((a, b))

    explorer = explore(main, a=(0, 5), b=(0, 5))
    knob(explorer, "a").value = 4
    knob(explorer, "b").value = 5
    runs.clear()
    button(explorer, "Reset").click()
    assert explorer.knobs == {"a": 1, "b": 2}
    assert runs == [(1, 2)]


def test_the_last_position_wins_and_those_between_are_not_run() -> None:
    begun, go_on = threading.Event(), threading.Event()
    runs: list[int] = []

    async def main(n: int = 0) -> int:
        runs.append(n)
        if n == 1:
            begun.set()
            go_on.wait(10)
        return n

    explorer = explore(main, n=(0, 9))
    slider = knob(explorer, "n")
    slow = begin_to_turn(slider, 1)
    assert begun.wait(10)
    others = [begin_to_turn(slider, value) for value in (2, 3, 4)]
    go_on.set()
    for thread in [slow, *others]:
        thread.join(10)
    assert runs == [0, 1, 4]
    assert "Result: 4" in shown(explorer)


def test_reset_while_a_knobs_run_is_going_on_compares_with_no_run_before() -> None:
    begun, go_on = threading.Event(), threading.Event()

    async def main(n: int = 0, m: int = 0) -> tuple[int, int]:
        if n == 1:
            begun.set()
            go_on.wait(10)
        return n, m

    explorer = explore(main, n=(0, 9), m=(0, 9))
    slow = begin_to_turn(knob(explorer, "n"), 1)
    assert begun.wait(10)
    reset = threading.Thread(target=button(explorer, "Reset").click)
    reset.start()
    reset.join(0.05)
    go_on.set()
    for thread in (slow, reset):
        thread.join(10)
    assert "Result: (0, 0)" in shown(explorer)
    assert "utline" not in shown(explorer)


def test_a_knob_turned_after_reset_was_pressed_stays_turned() -> None:
    begun, go_on = threading.Event(), threading.Event()
    runs: list[tuple[int, int]] = []

    async def main(n: int = 0, m: int = 0) -> tuple[int, int]:
        runs.append((n, m))
        if len(runs) == 3:  # the one of the reset
            begun.set()
            go_on.wait(10)
        return n, m

    explorer = explore(main, n=(0, 9), m=(0, 9))
    knob(explorer, "n").value = 1
    reset = threading.Thread(target=button(explorer, "Reset").click)
    reset.start()
    assert begun.wait(10)
    turned = begin_to_turn(knob(explorer, "m"), 5)
    go_on.set()
    for thread in (reset, turned):
        thread.join(10)
    assert runs == [(0, 0), (1, 0), (0, 0), (0, 5)]
    assert "Result: (0, 5)" in shown(explorer)


def test_a_program_that_turns_its_own_knob_is_run_again_after_its_end() -> None:
    runs: list[str] = []

    async def main(n: int = 0) -> int:
        runs.append(f"begins {n}")
        if n == 1:
            knob(explorer, "n").value = 2
        runs.append(f"ends {n}")
        return n

    explorer = explore(main, n=(0, 9))
    knob(explorer, "n").value = 1
    assert runs == ["begins 0", "ends 0", "begins 1", "ends 1", "begins 2", "ends 2"]
    assert "Result: 2" in shown(explorer)


@pytest.mark.slow
def test_explorers_do_not_disturb_each_other() -> None:
    first, second = explore(increments, workers=(1, 10)), explore(increments, workers=(1, 10))

    def turn(explorer: Explorer, workers: range) -> None:
        for value in workers:
            knob(explorer, "workers").value = value

    threads = [
        threading.Thread(target=turn, args=(first, range(4, 9))),
        threading.Thread(target=turn, args=(second, range(4, 8))),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert "Final value: 16" in shown(first)
    assert "Final value: 14" in shown(second)


def test_a_program_that_leaves_tasks_alive_says_so() -> None:
    async def main(n: int = 1) -> None:
        asyncio.get_running_loop().left = asyncio.create_task(asyncio.sleep(9))  # type: ignore[attr-defined]
        await asyncio.sleep(0)

    assert "1 task was still alive then." in shown(explore(main))


# Shown in a notebook


@pytest.mark.usefixtures("painted")
def test_a_function_as_a_choice_is_called_by_its_name() -> None:
    def at_once() -> None: ...

    async def main(way: Callable[[], None] = at_once, kind: type = str) -> None:
        way()

    explorer = explore(main, way={"now": at_once}, kind={"text": str})
    _, metadata = explorer._repr_mimebundle_()
    alternative = metadata["image/png"]["alt"]
    assert re.match(r"Explorer of main at way = \S*at_once, kind = str\. ", alternative)
    assert " at 0x" not in alternative


def test_the_axis_stays_while_a_knob_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    ends: list[float] = []

    def remembering(*arguments: Any, **options: Any) -> Any:
        ends.append(options["window"][1])
        return timeline(*arguments, **options)

    monkeypatch.setattr(interface, "timeline", remembering)
    explorer = explore(increments, workers=(1, 10), hold=(0.0, 0.1, 0.01))
    for name, value, axis in (
        ("workers", 2, 0.06),  # a shorter run looks shorter
        ("workers", 4, 0.08),  # a longer one makes the axis longer
        ("workers", 1, 0.08),
        ("hold", 0.02, 0.04),  # another knob: as long as the longer of the two
        ("hold", 0.0, 0.04),
    ):
        knob(explorer, name).value = value
        assert ends[-1] == pytest.approx(axis)
    explorer.reset()
    assert ends[-1] == pytest.approx(0.06)


@pytest.mark.usefixtures("painted")
def test_the_last_settings_run_is_outlined_and_words_say_so() -> None:
    explorer = explore(increments, workers=(1, 10))
    first = picture(explorer)
    assert "utline" not in shown(explorer)
    knob(explorer, "workers").value = 4
    said = "Pale outline: the run before, at workers = 3, ended after 0.06 s, with the result 6."
    assert shown(explorer).count(said) == 2  # beside the knobs, and in its alternative text
    explorer.reset()
    assert "utline" not in shown(explorer)
    assert picture(explorer) == first


@pytest.mark.usefixtures("painted")
def test_the_bundle_has_widgets_a_picture_with_text_and_a_constant_line() -> None:
    explorer = explore(increments, workers=(1, 10))
    data, metadata = explorer._repr_mimebundle_()
    assert data["image/png"].startswith(b"\x89PNG")
    alternative = metadata["image/png"]["alt"]
    assert alternative.startswith("Explorer of increments at workers = 3, count = 2, hold = 0.01")
    assert "worker() #3" in alternative
    knob(explorer, "workers").value = 7
    again, _ = explorer._repr_mimebundle_()
    for constant in ("text/plain", "application/vnd.course-helpers.explorer+json"):
        assert again[constant] == data[constant]
    assert data["text/plain"] == (
        "<explorer of increments, with knobs for workers, count, hold and use_lock>"
    )


# The real clock


async def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        await asyncio.sleep(0.01)


def from_a_thread(function: Callable[[], None]) -> None:
    """As a widget's callback runs: in a thread that has another loop."""

    def call() -> None:
        async def in_another_loop() -> None:
            function()

        asyncio.run(in_another_loop())

    thread = threading.Thread(target=call)
    thread.start()
    thread.join(10)


@pytest.mark.usefixtures("painted")
def test_awaited_an_explorer_by_the_real_clock_has_run_and_has_a_picture() -> None:
    async def main(n: int = 2) -> int:
        await asyncio.gather(*(asyncio.sleep(0.01) for _ in range(n)))
        return n

    async def notebook() -> Explorer:
        return await explore(main, clock="real", n=(1, 5))

    explorer = asyncio.run(notebook())
    assert "Result: 2" in shown(explorer)
    data, metadata = explorer._repr_mimebundle_()
    assert data["image/png"].startswith(b"\x89PNG")
    assert metadata["image/png"]["alt"].startswith("Explorer of main at n = 2. ")
    # Only its own lanes: the notebook's task, which awaits it, has none.
    assert "notebook" not in metadata["image/png"]["alt"]


def test_awaiting_an_explorer_by_the_virtual_clock_changes_nothing() -> None:
    async def notebook() -> Explorer:
        return await explore(increments)

    assert "Result: 6" in shown(asyncio.run(notebook()))


@pytest.mark.usefixtures("painted")
def test_by_the_real_clock_a_program_runs_when_run_is_pressed() -> None:
    loops: list[Any] = []

    async def main(n: int = 2) -> int:
        loops.append(asyncio.get_running_loop())
        print("hello")
        await asyncio.gather(*(asyncio.sleep(0.01) for _ in range(n)))
        return n

    async def notebook() -> None:
        explorer = explore(main, clock="real", n=(1, 5))
        run, stop = button(explorer, "Run"), button(explorer, "Stop")
        assert "Press Run" in shown(explorer)
        assert (is_resting(run), is_resting(stop)) == (False, True)
        await asyncio.sleep(0.02)
        assert loops == []
        from_a_thread(run.click)
        assert (is_resting(run), is_resting(stop)) == (True, False)
        assert "Running" in shown(explorer)
        await until(lambda: not is_resting(run))
        assert loops == [asyncio.get_running_loop()]
        text = shown(explorer)
        assert "Result: 2" in text
        assert "hello" in text
        assert "main" in text
        assert "notebook" not in text  # the cell's own task is none of its lanes
        assert picture(explorer)
        assert recorded(explorer).clock == "real"
        from_a_thread(lambda: setattr(knob(explorer, "n"), "value", 4))
        assert "press Run" in shown(explorer)

    asyncio.run(notebook())


def test_a_run_may_end_before_the_click_has_returned(monkeypatch: pytest.MonkeyPatch) -> None:
    start = LiveRun.start

    def start_and_wait(live: LiveRun, knobs: Mapping[str, Any]) -> None:
        start(live, knobs)
        until_true(lambda: not live.running)

    async def main() -> str:
        return "done"

    async def notebook() -> None:
        explorer = explore(main, clock="real")
        run, stop = button(explorer, "Run"), button(explorer, "Stop")
        await asyncio.to_thread(run.click)
        await until(lambda: not is_resting(run))
        assert is_resting(stop)
        assert "Result: 'done'" in shown(explorer)

    monkeypatch.setattr(LiveRun, "start", start_and_wait)
    asyncio.run(notebook())


def test_a_run_that_begins_while_the_last_one_is_drawn_can_be_stopped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slowly(*arguments: Any, **options: Any) -> Any:
        begun.set()
        go_on.wait(10)
        return timeline(*arguments, **options)

    async def main(seconds: float = 0.0) -> None:
        await asyncio.sleep(seconds)

    async def notebook() -> None:
        explorer = explore(main, clock="real", seconds=[0.0, 60.0])
        run, stop = button(explorer, "Run"), button(explorer, "Stop")
        from_a_thread(run.click)
        await until(begun.is_set)
        begin_to_turn(knob(explorer, "seconds"), 60.0)
        again = threading.Thread(target=run.click)
        again.start()
        again.join(0.05)
        go_on.set()
        await until(lambda: not again.is_alive() and "Running" in shown(explorer))
        assert (is_resting(run), is_resting(stop)) == (True, False)
        from_a_thread(stop.click)
        await until(lambda: not is_resting(run))
        assert "Stopped by you" in shown(explorer)

    monkeypatch.setattr(interface, "timeline", slowly)
    asyncio.run(notebook())


def test_knobs_that_moved_while_a_program_ran_by_the_real_clock_are_said_to_have() -> None:
    go_on = threading.Event()

    async def main(n: int = 2) -> int:
        await asyncio.to_thread(go_on.wait, 10)
        return n

    async def notebook() -> None:
        explorer = explore(main, clock="real", n=(1, 5))
        run = button(explorer, "Run")
        from_a_thread(run.click)
        from_a_thread(lambda: setattr(knob(explorer, "n"), "value", 4))
        assert "Running" in shown(explorer)
        go_on.set()
        await until(lambda: not is_resting(run))
        assert "The knobs have moved" in shown(explorer)
        from_a_thread(lambda: setattr(knob(explorer, "n"), "value", 2))
        assert "Result: 2" in shown(explorer)

    asyncio.run(notebook())


def test_stop_ends_a_run_by_the_real_clock() -> None:
    async def main(seconds: float = 60.0) -> None:
        await asyncio.sleep(seconds)

    async def notebook() -> None:
        explorer = explore(main, clock="real")
        run, stop = button(explorer, "Run"), button(explorer, "Stop")
        for _ in range(2):
            from_a_thread(run.click)
            await until(lambda: len(asyncio.all_tasks()) > 1)
            from_a_thread(stop.click)
            await until(lambda: not is_resting(run))
            assert "Stopped by you" in shown(explorer)
            assert len(asyncio.all_tasks()) == 1

    asyncio.run(notebook())


@pytest.mark.usefixtures("painted")
def test_a_failing_run_by_the_real_clock_gives_a_sentence_and_a_picture() -> None:
    async def notebook() -> None:
        async def main(n: int = 1) -> None:
            await asyncio.sleep(0)
            raise ValueError("no such host")

        explorer = explore(main, clock="real")
        button(explorer, "Run").click()
        await until(lambda: not is_resting(button(explorer, "Run")))
        assert "ValueError: no such host" in shown(explorer)
        assert picture(explorer)

    asyncio.run(notebook())


def test_a_run_while_the_cell_records_is_refused_and_the_cell_goes_on() -> None:
    async def notebook() -> None:
        explorer = explore(increments, clock="real")
        with record() as recording:
            button(explorer, "Run").click()
            await until(lambda: not is_resting(button(explorer, "Run")))
        assert "Not run" in shown(explorer)
        assert recording.duration > 0

    asyncio.run(notebook())
