"""Pictures that the page paints: in JupyterLab, in Notebook 7, and on a page of any other kind."""

from __future__ import annotations

import asyncio
import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import nbformat
import pytest
from matplotlib.figure import Figure
from playwright.sync_api import Browser, Locator, Page, expect

from authoring.lab import EXTENSIONS
from course_helpers import compare, described, simulate, timeline
from course_helpers.views.drawing.ticks import ticks
from course_helpers.views.page.picture import MIME
from tests.browser.conftest import OpenNotebook

SCRIPT = (EXTENSIONS / "course-helpers" / "picture.js").read_text("utf-8")
WAITS = (
    "B waits for lock, in Lock.acquire from 0 s to 0.2 s: for 0.2 s."
    " It waits at line 42, in use. Woken by A. Meanwhile lock is held by A."
)


async def two_tasks() -> None:
    lock = asyncio.Lock()

    async def use(seconds: float) -> None:
        async with lock:
            await asyncio.sleep(seconds)

    async with asyncio.TaskGroup() as group:
        group.create_task(use(0.2), name="A")
        group.create_task(use(0.1), name="B")


def bundle() -> tuple[dict[str, Any], dict[str, Any]]:
    """The output of a cell that ends with the picture."""
    data, metadata = timeline(simulate(two_tasks()))._repr_mimebundle_()
    return data, metadata


def said(words: str) -> re.Pattern[str]:
    """Words without the number of the line, which is that of this file."""
    return re.compile("^" + re.escape(words).replace("line\\ 42", r"line\ \d+") + "$")


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    """A notebook that was saved with a picture: its only cell would fail if it were run."""
    data, metadata = bundle()
    data["image/png"] = base64.b64encode(data["image/png"]).decode()
    output = nbformat.v4.new_output("display_data", data=data, metadata=metadata)
    cell = nbformat.v4.new_code_cell("1 / 0", outputs=[output])
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = nbformat.v4.new_notebook(cells=[cell], metadata={"kernelspec": kernel})
    path = tmp_path / "stored picture.ipynb"
    nbformat.write(notebook, path)
    return path


def colour(text: Locator) -> str:
    value: str = text.evaluate("element => getComputedStyle(element).fill")
    return value


@pytest.mark.parametrize("application", ["lab", "notebook"])
def test_a_stored_picture_is_painted_and_can_be_asked(
    open_notebook: OpenNotebook, stored: Path, application: Literal["lab", "notebook"]
) -> None:
    notebook = open_notebook(stored, application=application)
    picture = notebook.output(0).get_by_role("application")
    expect(picture).to_have_accessible_name("Timeline of 3 tasks over 0.3 s by the virtual clock.")
    expect(notebook.output(0).locator("img")).to_have_count(0)
    for text in ("A", "B", "lock", "waiting", "sleep(0.2)", "Lock.acquire", "wakes", "0.10 s"):
        expect(picture.get_by_text(text, exact=True).first).to_be_visible()

    # By keyboard: lanes are in order, and so is what is on them.
    words = notebook.output(0).get_by_role("status")
    picture.focus()
    press = notebook.page.keyboard.press
    press("ArrowRight")
    expect(words).to_contain_text("two_tasks() runs at 0 s, in no time.")
    press("ArrowDown")
    press("ArrowDown")
    press("ArrowRight")
    expect(words).to_have_text(said(WAITS))
    expect(picture.locator(".counterpart")).to_have_count(2)  # the holder, and its place in line
    press("End")
    expect(words).to_contain_text("B is done at 0.3 s.")
    notebook.screenshot(f"picture_{application}", notebook.output(0))

    # What is not the picture's key is the notebook's.
    press("Escape")
    expect(words).to_be_empty()
    expect(notebook.cell(0)).to_have_class(re.compile("jp-mod-selected"))
    picture.focus()
    press("Shift+Enter")
    expect(notebook.output(0)).to_contain_text("ZeroDivisionError")
    # Notebook 7 has complaints of its own.
    assert [said for said in notebook.errors if "course" in said or "icture" in said] == []


def test_it_follows_the_theme_at_once(open_notebook: OpenNotebook, stored: Path) -> None:
    notebook = open_notebook(stored)
    label = notebook.output(0).locator("svg text", has_text=re.compile("^A$")).first
    assert colour(label) == "rgb(27, 31, 36)"
    notebook.page.emulate_media(color_scheme="dark")
    expect(notebook.page.locator("body")).to_have_attribute("data-jp-theme-light", "false")
    assert colour(label) == "rgb(242, 244, 246)"
    notebook.screenshot("picture_dark", notebook.output(0))


def test_without_the_extension_the_png_stands_there(
    open_notebook: OpenNotebook, stored: Path
) -> None:
    notebook = open_notebook(stored)
    notebook.page.route("**/explorers*.js*", lambda route: route.abort())
    notebook.page.reload()
    expect(notebook.output(0).locator("img[src^='data:image/png']")).to_be_visible()
    expect(notebook.output(0).get_by_role("application")).to_have_count(0)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page without a notebook, wide enough for all words."""
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        page = context.new_page()
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        yield page
        assert faults == []


def show(page: Page, plans: str) -> Locator:
    """Show a picture on a page; returns what can be asked."""
    inert = plans.replace("<", "\\u003c")
    page.set_content(
        f'<div><img alt="PNG"><script type="{MIME}">{inert}</script></div><script>{SCRIPT}</script>'
    )
    return page.get_by_role("application").first


def box(element: Locator) -> dict[str, float]:
    """Where it is on the page: x, y, width and height."""
    found: Any = element.bounding_box()
    assert found is not None
    return {**found}


def test_what_one_points_at_and_what_the_list_says_are_the_same(page: Page) -> None:
    picture = show(page, bundle()[0][MIME])
    expect(page.locator("img")).to_have_count(0)
    words = page.get_by_role("status")
    waiting = picture.get_by_text("Lock.acquire", exact=True)
    waiting.hover()
    expect(words).to_have_text(said(WAITS))
    page.get_by_text("As a list").click()
    items = page.get_by_role("listitem")
    assert [one for one in items.all_inner_texts() if said(WAITS).match(one)]
    assert items.filter(has_text="A holds lock from 0 s to 0.2 s: for 0.2 s.").count() > 0
    assert items.filter(has_text="A wakes B at 0.2 s.").count() > 0


def test_a_click_tells_who_does_what_at_that_moment(page: Page) -> None:
    picture = show(page, bundle()[0][MIME])
    expect(picture).to_have_accessible_description(re.compile("Enter shows who does what"))
    place = box(picture.get_by_text("Lock.acquire", exact=True))
    page.mouse.click(place["x"] + 3, place["y"] + 3)
    now = page.locator(".now")
    expect(now).to_contain_text("At 0.")
    expect(now.get_by_role("listitem").filter(has_text="A waits in sleep(0.2)")).to_have_count(1)
    expect(now.get_by_role("listitem").filter(has_text="A holds lock")).to_have_count(1)
    expect(now).to_contain_text("replay(recording, at=")
    now.get_by_role("button", name="Close").click()
    expect(now).to_be_hidden()


def test_it_zooms_around_what_is_pointed_at_and_scrolls_with_the_page(page: Page) -> None:
    picture = show(page, bundle()[0][MIME])
    name = picture.get_by_text("Lock.acquire", exact=True)
    before = box(picture)
    picture.hover()
    page.mouse.wheel(0, 300)  # the wheel alone is the page's
    wide = box(name)["x"]
    page.keyboard.down("Control")
    page.mouse.wheel(0, -100)
    page.keyboard.up("Control")
    expect(picture).to_have_class("zoomed")
    assert box(name)["x"] != wide
    assert box(picture)["width"] == before["width"]
    page.get_by_role("button", name="Show the whole").click()
    expect(picture).not_to_have_class("zoomed")
    page.get_by_role("button", name="Zoom in").click()
    page.get_by_role("button", name="Zoom in").click()
    picture.focus()
    page.keyboard.press("Shift+ArrowRight")
    expect(picture.locator("text:visible", has_text="0.20 s")).to_have_count(1)
    page.keyboard.press("0")
    expect(picture).not_to_have_class("zoomed")


@pytest.mark.parametrize("width", [390, 1280, 2560])
def test_it_is_as_wide_as_its_page(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    picture = show(page, bundle()[0][MIME])
    assert box(picture)["width"] == width - 16
    assert page.evaluate("document.documentElement.scrollWidth") == width
    # Where things stand: B holds the lock for the second part of the time, a third of all.
    first, second = (box(picture.get_by_text(text, exact=True).last) for text in ("A", "B"))
    assert first["y"] == pytest.approx(second["y"] - 19, abs=20)
    assert first["x"] < second["x"]


def test_it_grows_with_the_letters_of_the_page(page: Page) -> None:
    """Who enlarges text alone enlarges what is written in a picture, and what one points at."""
    picture = show(page, bundle()[0][MIME])
    lane = picture.get_by_text("B", exact=True).first
    high, wide = box(lane)["height"], box(picture)["width"]
    page.add_style_tag(content="html { font-size: 32px }")
    page.wait_for_function(
        "high => document.querySelector('.sheet > svg text').getBoundingClientRect().height > high",
        arg=1.5 * high,
    )
    assert box(lane)["height"] == pytest.approx(2 * high, abs=1)
    assert box(picture)["width"] == wide
    middle = box(lane)["y"] + box(lane)["height"] / 2
    page.mouse.move(box(picture)["x"] + wide / 2, middle)
    expect(page.locator(".words")).to_have_text(said(WAITS))


def test_enlarged_letters_go_with_a_narrow_page(page: Page) -> None:
    """There it is laid out for the same room at every width, and shown larger or smaller."""
    show(page, bundle()[0][MIME])
    page.add_style_tag(content="html { font-size: 32px }")
    for width in (520, 420):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_function(
            """() => {
              const picture = document.querySelector(".sheet > svg");
              const { width, height } = picture.viewBox.baseVal;
              const box = picture.getBoundingClientRect();
              return width === 300 && Math.abs(box.width / box.height - width / height) < 0.01;
            }"""
        )


def test_ticks_are_those_of_the_png(page: Page) -> None:
    show(page, bundle()[0][MIME])
    for begin, finish, most in ((0, 0.3, 9), (0.1, 0.10004, 7), (0, 7500, 5), (2, 900_000, 11)):
        times, labels = ticks(begin, finish, most)
        found = page.evaluate(
            "([begin, finish, most]) => window.coursePictures.ticks(begin, finish, most)",
            [begin, finish, most],
        )
        assert [text for _, text in found] == labels
        assert [time for time, _ in found] == pytest.approx(times)


def test_no_text_of_a_program_becomes_markup(page: Page) -> None:
    async def hostile() -> None:
        name = "<img src=x onerror=alert(1)></script>"
        await asyncio.create_task(asyncio.sleep(0.1), name=name)

    data, _ = timeline(simulate(hostile()))._repr_mimebundle_()
    picture = show(page, data[MIME])
    expect(picture).to_contain_text("<img")
    page.get_by_text("As a list").click()
    expect(page.locator("img")).to_have_count(0)


def test_a_figure_of_the_notebooks_own_is_painted_in_the_theme(page: Page) -> None:
    figure = Figure(figsize=(9, 2))
    figure.add_subplot().bar([1, 2], [3, 4], color="#0072b2")
    show(page, described(figure, "Three, then four.").for_page()[MIME])
    image = page.get_by_role("img", name="Three, then four.")
    assert box(image) == {"x": 8, "y": 8, "width": 900, "height": pytest.approx(200, abs=1)}
    bar = image.locator("path[style*='fill: light-dark']").first
    number = image.locator("text").first
    assert (colour(bar), colour(number)) == ("rgb(0, 114, 178)", "rgb(27, 31, 36)")
    page.emulate_media(color_scheme="dark")
    assert (colour(bar), colour(number)) == ("rgb(86, 180, 233)", "rgb(242, 244, 246)")


def test_a_figure_is_pushed_to_and_fro_on_a_telephone(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    show(page, described(Figure(figsize=(9, 2)), "Nothing at all.").for_page()[MIME])
    assert box(page.get_by_role("img", name="Nothing at all."))["width"] == 620
    group = page.get_by_role("group", name="Nothing at all.")
    assert box(group)["width"] == 374
    group.focus()
    expect(group).to_be_focused()
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_two_figures_may_have_the_same_pattern(page: Page) -> None:
    figure = Figure(figsize=(9, 2))
    figure.add_subplot().bar([1], [1], hatch="///", edgecolor="black")
    [plan] = json.loads(described(figure, "One bar.").for_page()[MIME])
    show(page, json.dumps([plan, plan]))
    first, second = page.locator("svg.own").all()
    first.evaluate("image => { image.style.display = 'none'; }")
    bar = second.locator("path[style*='fill: url(']")
    pattern = bar.evaluate('bar => getComputedStyle(bar).fill.match(/#[^"]*/)[0]')
    expect(second.locator(pattern)).to_have_count(1)
    expect(page.locator(pattern)).to_have_count(1)


def test_what_draws_nothing_is_left_out_of_a_figure(page: Page) -> None:
    svg = (
        "<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink'"
        " viewBox='0 0 9 9' onload='alert(1)' style='position: fixed'><script>alert(1)</script>"
        "<style>* { display: none }</style><image href='https://elsewhere.example/'/>"
        "<foreignObject><b>bold</b></foreignObject><a href='javascript:alert(1)'><text>a</text></a>"
        "<g onclick='alert(1)'><use xlink:href='https://elsewhere.example/#x'/>"
        "<path class='all' id='kept' d='M0 0L9 9'/></g></svg>"
    )
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: asked.append(dialog.message))
    show(page, json.dumps([{"text": "A line.", "svg": svg}]))
    image = page.get_by_role("img", name="A line.")
    inside = image.evaluate("image => image.innerHTML")
    inside = re.sub("course-figure-[0-9]+", "figure", inside)
    assert inside == '<g><use></use><path id="figure-kept" d="M0 0L9 9"></path></g>'
    assert image.get_attribute("onload") is None
    assert asked == []


def test_a_plan_is_one_line_of_a_notebooks_file() -> None:
    plan = bundle()[0][MIME]
    assert "\n" not in plan
    assert [one["clock"] for one in json.loads(plan)] == ["virtual clock"]


def test_pictures_on_one_axis_have_their_buttons_and_what_they_share_of_a_key_once(
    page: Page,
) -> None:
    same = compare(simulate(two_tasks()), simulate(two_tasks()))
    show(page, same.for_page()[MIME])
    assert page.locator(".course-picture").count() == 2
    assert page.get_by_role("button", name="Zoom in").count() == 1
    assert page.get_by_text("As a list").count() == 2
    expect(page.locator("svg text", has_text=re.compile("^waiting for a lock$"))).to_have_count(1)
    page.get_by_role("button", name="Zoom in").click()
    expect(page.locator("svg.zoomed")).to_have_count(2)

    async def naps() -> None:
        await asyncio.sleep(0.3)

    # What the lower one does not explain stands under the upper one.
    show(page, compare(simulate(two_tasks()), simulate(naps())).for_page()[MIME])
    expect(page.locator("svg text", has_text=re.compile("^waiting for a lock$"))).to_have_count(1)
