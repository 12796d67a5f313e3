"""The replay in a real browser: in a file of its own, and in JupyterLab."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from course_helpers.recording.model import Recording
from course_helpers.simulation import simulate
from course_helpers.views.replay import replay
from course_helpers.views.replay.encoding import encode
from course_helpers.views.replay.machine import machine_state
from course_helpers.views.replay.narration import Jump, moments, text
from tests.views.programs import PROGRAMS, locks, storm

OpenReplay = Callable[..., Page]


@pytest.fixture
def open_replay(browser: Browser, tmp_path: Path) -> Iterator[OpenReplay]:
    """Opens a saved replay: `open_replay(recording, dark=True, java_script_enabled=False)`.

    At the end of the test, no script may have failed and nothing may have been asked for elsewhere.
    """
    contexts: list[BrowserContext] = []
    faults: list[str] = []
    asked: list[str] = []

    def open_(recording: Recording, *, at: float = 0.0, width: int = 900, **settings: Any) -> Page:
        file = tmp_path / f"replay_{len(contexts)}.html"
        replay(recording, at=at).save(file)
        context = browser.new_context(viewport={"width": width, "height": 900}, **settings)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda one: faults.append(one.text) if one.type == "error" else None)
        page.on("dialog", lambda dialog: faults.append(dialog.message))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(file.as_uri())
        return page

    yield open_
    for context in contexts:
        context.close()
    assert faults == []
    assert [url for url in asked if not url.startswith("file:")] == []


def sentence(page: Page) -> str:
    return page.locator(".sentence").inner_text()


def number(page: Page) -> int:
    """The number of the event that is shown, counted from 1."""
    return int(page.locator(".where b").first.inner_text().replace(",", ""))


def chips(page: Page, panel: str) -> list[str]:
    return page.locator(f".panel.{panel} .task").all_inner_texts()


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_script_knows_the_same_machine_as_the_recording(
    open_replay: OpenReplay, name: str
) -> None:
    recording = simulate(PROGRAMS[name]())
    page = open_replay(recording)
    shown = page.evaluate(
        """() => {
            const {machineAt, count} = document.querySelector('.asyncio-replay').shadowRoot.replay;
            return Array.from({length: count}, (_, at) => machineAt(at));
        }"""
    )
    told = moments(recording)
    assert len(shown) == len(told) > 20
    words = encode(recording, told)["words"]
    for moment, machine in zip(told, shown, strict=True):
        state = machine_state(recording, moment.sequence)
        assert machine["running"] == (-1 if state.running is None else state.running)
        assert machine["ready"] == list(state.ready)
        # A timer's place in the data is its place in the recording: none of them is left out.
        assert machine["timers"] == list(state.timers)
        assert [span >= 0 for span in machine["spans"]] == [
            span is not None for span in state.spans
        ]
        for seen, resource in zip(machine["resources"], state.resources, strict=True):
            if resource is None:
                assert seen is None
                continue
            assert seen["waiters"] == list(resource.waiters)
            assert seen["change"][2:] == [resource.change.value, *resource.change.holders]
            assert seen["change"][1] in range(len(words))


def test_stepping_forwards_and_backwards(open_replay: OpenReplay) -> None:
    recording = simulate(locks(2, 1))
    told = [
        " ".join(text(sentence, recording) for sentence in moment.sentences)
        for moment in moments(recording)
    ]
    page = open_replay(recording)
    page.locator(".replay").focus()
    seen = []
    for at in range(len(told)):
        assert number(page) == at + 1
        seen.append(sentence(page))
        page.keyboard.press("ArrowRight")
    assert seen == told
    assert number(page) == len(told)  # the end is the end
    for words in reversed(told):
        assert sentence(page) == words
        page.keyboard.press("ArrowLeft")
    assert number(page) == 1


def test_the_panels_say_who_holds_and_who_waits(open_replay: OpenReplay) -> None:
    recording = simulate(locks())
    page = open_replay(recording)
    lock = page.locator(".card", has=page.locator("b", has_text=re.compile("^lock$")))
    page.locator(".replay").focus()
    while "releases" not in sentence(page):
        before = lock.inner_text() if lock.count() else ""
        page.keyboard.press("ArrowRight")
    assert before.split() == ["lock", "Lock", "held", "by", "A", "in", "line", "B", "C"]
    assert lock.inner_text().split() == ["lock", "Lock", "state", "free", "in", "line", "B", "C"]
    assert chips(page, "running") == ["A"]
    page.keyboard.press("ArrowRight")
    assert sentence(page) == "B is woken by A; it was first in line for lock."
    assert chips(page, "ready") == ["B"]
    assert page.locator(".line.from .text").inner_text().strip() == "await asyncio.sleep(0.01)"


@pytest.mark.parametrize(
    ("key", "button", "jump"),
    [("w", "wake", Jump.WAKE), ("r", "resource wait", Jump.RESOURCE), ("e", "end", Jump.END)],
)
def test_jumping(open_replay: OpenReplay, key: str, button: str, jump: Jump) -> None:
    recording = simulate(locks())
    wanted = [at + 1 for at, moment in enumerate(moments(recording)) if jump in moment.jumps]
    page = open_replay(recording)
    page.locator(".replay").focus()
    for target in wanted[:4]:
        page.keyboard.press(key)
        assert number(page) == target
    for target in reversed(wanted[:3]):
        page.keyboard.press(f"Shift+{key.upper()}")
        assert number(page) == target
    page.keyboard.press("Home")
    page.get_by_role("button", name=button).click()
    assert number(page) == wanted[0]
    page.keyboard.press("End")
    page.get_by_role("button", name=button).click()
    assert "no later" in sentence(page)


def test_playing_goes_on_to_the_end_and_can_be_paused(open_replay: OpenReplay) -> None:
    recording = simulate(locks())
    page = open_replay(recording)
    total = len(moments(recording))
    page.get_by_label("Speed").select_option("10")  # slow enough to be paused by a busy machine
    page.get_by_role("button", name="Play").click()
    page.wait_for_function(
        "() => Number(document.querySelector('.asyncio-replay').shadowRoot"
        ".querySelector('.where b').textContent) > 5"
    )
    page.get_by_role("button", name="Pause").click()
    stopped = number(page)
    assert 5 < stopped < total
    page.evaluate("() => new Promise(requestAnimationFrame)")
    assert number(page) == stopped
    page.get_by_label("Speed").select_option("100")
    page.locator(".replay").focus()
    page.keyboard.press("Space")
    expect(page.locator(".where b").first).to_have_text(str(total))
    expect(page.get_by_role("button", name="Play")).to_be_visible()


def test_the_playhead_is_dragged_on_the_slider_and_on_the_timeline(open_replay: OpenReplay) -> None:
    recording = simulate(locks())
    page = open_replay(recording)
    slider = page.get_by_role("slider", name="Playhead")
    slider.fill("10")
    assert number(page) == 11
    assert (slider.get_attribute("aria-valuetext") or "").startswith("event 11 of ")
    box = page.locator(".picture").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 10, box["y"] + 10)
    page.mouse.down()
    before = number(page)
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 10, steps=3)
    page.mouse.up()
    dragged = number(page)
    assert dragged > before
    page.mouse.move(box["x"] + 20, box["y"] + 10)  # no button is pressed any more
    assert number(page) == dragged


def test_the_legend_names_what_is_in_the_picture_and_nothing_else(
    open_replay: OpenReplay,
) -> None:
    async def alone() -> None:
        await asyncio.sleep(1)

    async def cancels() -> None:
        asyncio.create_task(alone()).cancel()
        await asyncio.sleep(0)

    async def gathers() -> None:
        async def fails() -> None:
            raise ValueError

        await asyncio.gather(fails(), return_exceptions=True)

    def legend(recording: Recording) -> str:
        shown = open_replay(recording).locator(".help > span")
        return " ".join(" ".join(shown.all_inner_texts()).split())

    assert legend(simulate(alone())) == "running ready waiting ✓ done"
    assert legend(simulate(cancels())) == "running ready ✓ done ⊘ cancelled"
    assert legend(simulate(gathers())) == "running ready waiting ✓ done ✗ failed"


def test_keys_that_are_not_the_replays_own_are_left_to_the_page(open_replay: OpenReplay) -> None:
    page = open_replay(simulate(locks()))
    page.evaluate("() => { window.seen = []; addEventListener('keydown', e => seen.push(e.key)); }")
    page.locator(".replay").focus()
    for key in ("ArrowRight", "w", "q", "Control+ArrowRight", "Tab"):
        page.keyboard.press(key)
    assert page.evaluate("() => seen") == ["q", "Control", "ArrowRight", "Tab"]


HOSTILE = "</script><img src=x onerror=alert(1)><!-- <script>&amp;\u2028 \" ' {0}"


def test_names_and_source_are_text_and_nothing_else(open_replay: OpenReplay) -> None:
    recording = simulate(locks())
    recording = replace(
        recording,
        tasks=tuple(replace(task, label=HOSTILE, coroutine=HOSTILE) for task in recording.tasks),
        resources=tuple(replace(one, label=HOSTILE) for one in recording.resources),
        sources=dict.fromkeys(recording.sources, f"# {HOSTILE}\n" * 200),
        warnings=(HOSTILE,),
    )
    for settings in ({}, {"java_script_enabled": False}):
        page = open_replay(recording, **settings)
        assert page.locator("img").count() == 0
        assert page.get_by_text("onerror=alert(1)").count() > 0
    page = open_replay(recording)
    page.locator(".replay").focus()
    for _ in range(20):
        page.keyboard.press("ArrowRight")
    assert sentence(page).startswith("</script><img src=x onerror=alert(1)>")
    assert page.locator("img").count() == 0


def test_a_page_without_script_shows_the_chosen_state(open_replay: OpenReplay) -> None:
    recording = simulate(locks())
    page = open_replay(recording, at=0.015, java_script_enabled=False)
    shown = page.locator("body").inner_text()
    assert "at 0.01 s" in shown
    assert "waiting: Lock.acquire" in shown
    assert "Ready queue, first in front" in shown
    assert "Timer heap, next due first:" in shown
    assert re.search(r"B\s+waiting: sleep\(0.01\)\s+line \d+ in .*worker", shown)


def test_two_on_a_page_do_not_disturb_each_other(browser: Browser, tmp_path: Path) -> None:
    one, two = replay(simulate(locks())), replay(simulate(locks(2)))
    file = tmp_path / "both.html"
    file.write_text(f"<p class='task'>mine</p>{one.html}{two.html}{one.html}", "utf-8")
    page = browser.new_page()
    empty = tmp_path / "empty.html"
    empty.write_text("<p>nothing</p>")
    page.goto(empty.as_uri())
    names = page.evaluate("() => Object.keys(window)")
    page.goto(file.as_uri())
    heads = page.locator(".where b:first-child")
    assert heads.count() == 3
    page.locator(".replay").nth(1).focus()
    page.keyboard.press("ArrowRight")
    assert heads.all_inner_texts() == ["1", "2", "1"]
    assert page.evaluate("() => Object.keys(window)") == names
    assert page.locator("p.task").evaluate("node => getComputedStyle(node).fontWeight") == "400"
    page.close()


def background(page: Any) -> str:
    return str(page.locator(".replay").evaluate("node => getComputedStyle(node).backgroundColor"))


def canvas_background(page: Any) -> list[int]:
    """The colour of the timeline at the right end of its first lane, where nothing is drawn."""
    colour: list[int] = page.locator(".picture canvas").first.evaluate(
        "node => [...node.getContext('2d').getImageData(node.width - 2, 2, 1, 1).data]"
    )
    return colour[:3]


def test_light_dark_and_print(open_replay: OpenReplay) -> None:
    recording = simulate(locks())
    white = "rgb(255, 255, 255)"
    assert background(open_replay(recording, color_scheme="light")) == white
    page = open_replay(recording, color_scheme="dark")
    dark = background(page)
    assert dark != white
    assert canvas_background(page) != [255, 255, 255]
    page.evaluate("() => dispatchEvent(new Event('beforeprint'))")
    assert background(page) == white
    assert canvas_background(page) == [255, 255, 255]
    page.evaluate("() => dispatchEvent(new Event('afterprint'))")
    assert background(page) == dark
    page.emulate_media(color_scheme="light")
    assert background(page) == white


def test_the_words_of_the_page_are_explained_on_it(open_replay: OpenReplay) -> None:
    page = open_replay(simulate(locks()))
    page.get_by_text("Keys and words").click()
    terms = page.locator(".terms b").all_inner_texts()
    assert terms == ["Ready queue", "Timer heap", "Resources", "Resource wait"]
    for panel in terms[:3]:
        heading = page.locator("h3", has_text=panel)
        title = heading.get_attribute("title")
        assert title
        assert title in page.locator(".terms").inner_text()


def test_in_a_narrow_column_no_name_covers_the_code(open_replay: OpenReplay) -> None:
    async def wordy() -> None:
        await asyncio.sleep(1)  # a remark that goes on to the right, until the column has ended

    page = open_replay(simulate(wordy()), width=600, at=0.5)
    # From the end of the code to the beginning of a name beside it, in pixels.
    gaps = page.locator(".line").evaluate_all(
        """lines => lines.filter(line => line.querySelector(".who")?.textContent).map(line => {
            const [code, name] = [".text", ".who"].map(part => {
                const range = document.createRange();
                range.selectNodeContents(line.querySelector(part));
                return range.getBoundingClientRect();
            });
            return name.left - code.right;
        })"""
    )
    assert gaps
    assert min(gaps) >= 0


@pytest.mark.parametrize("width", [600, 900])
def test_it_fits_the_column(open_replay: OpenReplay, width: int) -> None:
    page = open_replay(simulate(locks()), width=width)
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width


def test_ten_thousand_events(open_replay: OpenReplay) -> None:
    recording = simulate(storm(50, 26))
    told = len(moments(recording))
    assert told >= 10_000
    assert len(replay(recording).html) <= 1_000_000
    page = open_replay(recording)
    milliseconds = page.evaluate(
        """() => {
            const {go, count} = document.querySelector('.asyncio-replay').shadowRoot.replay;
            const times = [];
            for (let at = 0; at < count; at += Math.floor(count / 100)) {
                const before = performance.now();
                go(at);
                document.body.getBoundingClientRect();
                times.push(performance.now() - before);
            }
            return times.sort((a, b) => a - b)[times.length >> 1];
        }"""
    )
    assert milliseconds <= 16
    first = page.evaluate(
        """() => new Promise(done => new PerformanceObserver(list => done(
            list.getEntries()[0].startTime)).observe({type: 'paint', buffered: true}))"""
    )
    assert first <= 1000


CELLS = [
    """from course_helpers.simulation import simulate
from course_helpers.views.replay import replay
from tests.views.programs import locks, queues, storm
replay(simulate(locks()))""",
    "replay(simulate(queues()))",
]


def test_in_jupyterlab(open_notebook: Any) -> None:
    notebook = open_notebook(CELLS)
    notebook.run_all()
    page = notebook.page
    cells = page.locator(".jp-Notebook .jp-CodeCell").count()
    first, second = notebook.output(0), notebook.output(1)
    first.get_by_role("button", name="One event forward").click()
    # In command mode these keys are the notebook's: b and a make cells, d d deletes, x cuts.
    for key in ("ArrowRight", "ArrowRight", "x", "x", "w", "End", "Home", "ArrowRight"):
        page.keyboard.press(key)
    for key in ("a", "b", "d", "d"):
        page.keyboard.press(key)
    expect(first.locator(".where b").first).to_have_text("2")
    expect(second.locator(".where b").first).to_have_text("1")
    assert page.locator(".jp-Notebook .jp-CodeCell").count() == cells
    white = "rgb(255, 255, 255)"
    assert background(first) == white
    assert canvas_background(first) == [255, 255, 255]
    notebook.screenshot("replay_in_jupyterlab", first)
    page.emulate_media(color_scheme="dark")  # the theme of this Lab follows the browser
    page.wait_for_function("() => document.body.dataset.jpThemeLight === 'false'")
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
    assert background(first) != white
    assert canvas_background(first) != [255, 255, 255]
    notebook.screenshot("replay_in_jupyterlab_dark", first)


@pytest.mark.parametrize("application", ["lab", "notebook"])
def test_keys_in_a_notebook(open_notebook: Any, application: str) -> None:
    notebook = open_notebook([*CELLS, "'the last cell'"], application=application)
    notebook.run_all()
    page, replayed = notebook.page, notebook.output(0)
    cells = page.locator(".jp-Notebook .jp-CodeCell").count()
    at = replayed.locator(".where b").first
    replayed.get_by_role("button", name="One event forward").click()
    expect(at).to_have_text("2")
    # Its own, and of the notebook's those of a letter: b and a make cells, d d deletes, x cuts.
    for key in ("ArrowRight", "ArrowRight", "x", "x", "a", "b", "d", "d", "ArrowLeft"):
        page.keyboard.press(key)
    expect(at).to_have_text("3")
    page.keyboard.press("End")
    page.keyboard.press("Home")
    expect(at).to_have_text("1")
    assert page.locator(".jp-Notebook .jp-CodeCell").count() == cells

    # Those that run cells, and Escape, are the notebook's.
    prompt = notebook.cell(0).locator(".jp-InputPrompt")
    page.keyboard.press("Control+Enter")
    expect(prompt).to_have_text("[4]:")
    replayed.get_by_role("button", name="One event forward").click()
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowDown")
    expect(notebook.cell(1)).to_have_class(re.compile("jp-mod-active"))
    replayed.get_by_role("button", name="One event forward").click()
    page.keyboard.press("Shift+Enter")
    expect(prompt).to_have_text("[5]:")
    expect(notebook.cell(1)).to_have_class(re.compile("jp-mod-active"))


@pytest.mark.parametrize("application", ["lab", "notebook"])
def test_it_fits_a_screen_of_1280_by_800(open_notebook: Any, application: str) -> None:
    cell = CELLS[0].replace("locks()", "storm(20, 2)")  # more lanes than there is room for
    notebook = open_notebook([CELLS[0], cell], application=application, size=(1280, 800))
    notebook.run_all()
    notebook.page.add_style_tag(content=".jp-Cell-inputArea { display: none }")
    panel = notebook.page.locator(".jp-WindowedPanel-outer").bounding_box()
    for number in (0, 1):
        replayed = notebook.output(number).locator(".replay")
        replayed.scroll_into_view_if_needed()
        box = replayed.bounding_box()
        assert box["height"] <= panel["height"]
        assert box["x"] + box["width"] <= panel["x"] + panel["width"]


def test_a_notebook_that_is_not_trusted_shows_the_state_without_script(
    open_notebook: Any, tmp_path: Path
) -> None:
    cell = nbformat.v4.new_code_cell(
        "# made elsewhere",
        execution_count=1,
        outputs=[
            nbformat.v4.new_output(
                "execute_result",
                replay(simulate(locks()), at=0.015)._repr_mimebundle_(),
                execution_count=1,
            )
        ],
    )
    kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    notebook = nbformat.v4.new_notebook(cells=[cell], metadata={"kernelspec": kernel})
    file = tmp_path / "elsewhere.ipynb"
    nbformat.write(notebook, file)
    page = open_notebook(file)
    shown = page.output(0)
    expect(shown.get_by_text("Timer heap, next due first:")).to_be_visible()
    assert shown.locator(".replay").count() == 0
    page.screenshot("replay_not_trusted", shown)
