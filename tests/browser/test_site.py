"""The static site: built from what is stored, visited as a reader does on a telephone."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from authoring import reading, settings
from authoring.execute import find
from authoring.kernel import NOTEBOOKS, ROOT
from authoring.settings import stored_explorer, stored_game
from authoring.site.__main__ import BROWSER
from authoring.site.staging import places
from course_helpers.exercises.on_a_page import MIME as KIND
from course_helpers.exercises.on_a_page import decoded
from course_helpers.explorer.interface import MIME as EXPLORER

pytestmark = pytest.mark.timeout(240)

PATHS = find((), NOTEBOOKS)


def build(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "authoring.site", str(folder), "--lite"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("published") / "site"
    done = build(folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


class Html(HTMLParser):
    """What a page of the site has: ids, where it leads to, what it loads, its pictures' texts."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.texts: list[str] = []
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        self.ids |= {attributes[name] for name in ("id", "name") if name in attributes}
        if tag == "a" and "href" in attributes:
            self.links.append(attributes["href"])
        elif tag == "img":
            self.texts.append(attributes.get("alt", ""))
        if tag in {"img", "script"} and "src" in attributes:
            self.loads.append(attributes["src"])
        if tag == "link" and attributes.get("rel") == "stylesheet":
            self.loads.append(attributes["href"])


read = cache(Html)


def pages(site: Path) -> list[Path]:
    """All pages; a theme leaves templates of its own among the static files."""
    return [path for path in sorted(site.rglob("*.html")) if "_static" not in path.parts]


def page_of(site: Path, notebook: Path) -> Path:
    return site / notebook.relative_to(ROOT).with_suffix(".html")


def page_name(site: Path, page: Path) -> str:
    """What a page is made of, as the repository calls it."""
    return page.relative_to(site).with_suffix(".ipynb").as_posix()


def test_every_link_and_all_that_is_loaded_is_there(site: Path) -> None:
    dead = []
    assert len(pages(site)) > len(PATHS)
    for page in pages(site):
        html = read(page)
        assert not [source for source in html.loads if "://" in source]
        for address in html.links + html.loads:
            parts = urlsplit(address)
            if parts.scheme:
                continue
            target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
            if target.is_relative_to(site / BROWSER):  # beside the site: test_lite.py looks there
                assert address in places(page_name(site, page), "", BROWSER).values()
                continue
            fragment = unquote(parts.fragment)
            there = target.exists() and (not fragment or fragment in read(target).ids)
            if not there:
                dead.append(f"{page.relative_to(site)}: {address}")
    assert dead == []


@pytest.mark.parametrize("path", PATHS, ids=lambda path: str(path.stem))
def test_pictures_keep_their_texts_and_the_page_opens_where_it_runs(site: Path, path: Path) -> None:
    html = read(page_of(site, path))
    stored = [
        output.metadata["image/png"]["alt"]
        for cell in reading.Page.read(path).code
        for output in cell.outputs
        if "image/png" in output.get("data", {})
    ]
    assert [text for text in html.texts if text in stored] == stored
    name = path.relative_to(ROOT).as_posix()
    assert [link for link in html.links if link.endswith(f"?urlpath=lab/tree/{name}")]
    assert places(name, "", BROWSER)["in the browser"] in html.links


#: One of each kind, as axe takes its time.
LOOKED_AT = (
    *("index.html", "course_helpers/README.html", "teaching/README.html"),
    *(
        "notebooks/00_introduction.html",
        "notebooks/01_locks.html",
        "notebooks/16_task_groups.html",
        "notebooks/practice/01_locks.html",
    ),
)
#: In the dark nothing but the colours is another: one page of each kind is looked at again.
DARK_TOO = ("index.html", "notebooks/00_introduction.html", "notebooks/practice/01_locks.html")
SCHEMES = (("light", ""), ("dark", "runOnly: ['color-contrast']"))
AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text("utf-8")


UNFOLD = "all => all.forEach(one => one.open = true)"


def answer(question: Locator) -> None:
    """Press the lines as they stand there, or choose the first answer, and compare."""
    if question.get_by_role("radio").count():
        question.get_by_role("radio").first.check()
    else:
        for button in question.locator(".lines").get_by_role("button").all():
            button.press("Enter")
    question.get_by_role("button", name="Compare").press("Enter")
    expect(question.get_by_role("status")).to_contain_text(re.compile("^(Right|Not so|As line)"))


def play(game: Locator) -> None:
    """Answer whatever is awaited first, until the program has ended."""
    while (reply := game.locator(".lines button:not([aria-disabled=true])")).count():
        reply.first.press("Enter")
    expect(game.get_by_role("status").first).to_contain_text(
        re.compile("You have broken it|The program has ended")
    )


def test_axe_finds_nothing_in_what_is_ours(site: Path, browser: Browser) -> None:
    """The theme's own frame around a page is not. In the dark only the colours are others."""
    found = []
    with browser.new_context(color_scheme="light") as context:
        page = context.new_page()
        for name in LOOKED_AT:
            path = site / name
            page.goto(path.as_uri())
            page.add_style_tag(content="* { animation: none !important; }")  # nothing half faded in
            page.locator("details").evaluate_all(UNFOLD)
            for asked in page.locator(".course-asked").all():
                if asked.get_by_role("button", name="From the start").count():
                    play(asked)
                else:
                    answer(asked)
            page.evaluate(AXE)
            for scheme, rules in SCHEMES if name in DARK_TOO else SCHEMES[:1]:
                page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
                expect(page.locator("html")).to_have_attribute("data-theme", scheme)
                said = page.evaluate(
                    f"axe.run('article', {{resultTypes: ['violations'], {rules}}})"
                )
                assert "color-contrast" in {one["id"] for one in said["passes"]}
                found += [
                    (path.name, scheme, one["id"], one["nodes"][0]["html"])
                    for one in said["violations"]
                ]
    assert found == []


@pytest.fixture
def telephone(browser: Browser) -> Iterator[Page]:
    """A page in the dark, 390 pixels wide; nothing may fail in it or be asked for elsewhere."""
    with browser.new_context(
        viewport={"width": 390, "height": 800}, color_scheme="dark"
    ) as context:
        page = context.new_page()
        asked: list[str] = []
        faults: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda one: faults.append(one.text) if one.type == "error" else None)
        yield page
        assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
        assert faults == []


def test_every_page_fits_a_telephone_in_the_dark(site: Path, telephone: Page) -> None:
    for path in pages(site):
        telephone.goto(path.as_uri())
        expect(telephone.locator("html")).to_have_attribute("data-theme", "dark")
        assert telephone.evaluate("document.documentElement.scrollWidth") == 390, path.name
        assert "not set" not in telephone.locator("footer").last.inner_text()
        broken = "images => images.filter(one => one.complete && !one.naturalWidth).length"
        assert telephone.locator("img").evaluate_all(broken) == 0, path.name


def test_a_reader_finds_the_contents_and_the_way_from_topic_to_topic(
    site: Path, telephone: Page
) -> None:
    telephone.goto((site / "index.html").as_uri())
    telephone.get_by_role("link", name="1 Locks").last.click()
    expect(telephone.get_by_role("heading", name="Locks: one at a time")).to_be_visible()
    telephone.get_by_role("link", name="Contents", exact=True).first.click()
    expect(telephone).to_have_url(re.compile(r"00_introduction\.html#contents$"))
    telephone.set_viewport_size({"width": 1280, "height": 800})
    expect(telephone.locator("nav").get_by_role("link", name="16 Task groups")).to_be_visible()


def test_a_replay_is_alive(site: Path, telephone: Page) -> None:
    telephone.goto(page_of(site, NOTEBOOKS / "00_introduction.ipynb").as_uri())
    sentence = telephone.locator(".asyncio-replay .sentence")
    before = sentence.inner_text()
    telephone.get_by_role("slider", name="Playhead").press("ArrowRight")
    expect(sentence).not_to_have_text(before)


def test_something_else_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").touch()
    done = build(tmp_path)
    assert done.returncode == 2
    assert "something else" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_timelines_and_curves_are_painted_in_the_readers_theme(site: Path, telephone: Page) -> None:
    telephone.goto(page_of(site, NOTEBOOKS / "01_locks.ipynb").as_uri())
    pictures = telephone.get_by_role("application")
    painted = telephone.locator("script[type='application/vnd.course-helpers.picture+json']")
    expect(painted).to_have_count(0)
    assert pictures.count() > 5
    telephone.locator("details").evaluate_all(UNFOLD)
    first = pictures.first
    first.scroll_into_view_if_needed()
    expect(first.get_by_text("counter.lock")).to_have_css("fill", "rgb(242, 244, 246)")
    first.focus()
    telephone.keyboard.press("ArrowDown")
    picture = telephone.locator(".course-picture").first
    expect(picture.get_by_role("status")).to_contain_text("this cell")
    paper = telephone.locator(".text_html", has=pictures).first
    expect(paper).to_have_css("background-color", "rgba(0, 0, 0, 0)")


def test_an_order_is_pressed_and_compared_by_keyboard(site: Path, telephone: Page) -> None:
    telephone.goto(page_of(site, NOTEBOOKS / "16_task_groups.ipynb").as_uri())
    question = telephone.get_by_role("group", name="In which order will in_group print")
    said = question.get_by_role("status")
    compare = question.get_by_role("button", name="Compare")
    expect(question).not_to_contain_text("Same")
    compare.press("Enter")
    expect(said).to_have_text("Press all 4 lines first.")

    question.get_by_role("button", name="the error is caught").press("Space")
    expect(said).to_have_text("Line 1 of 4: the error is caught")
    question.get_by_role("button", name="1. the error is caught").press("Space")
    expect(said).to_have_text("Taken back: the error is caught")
    for line in ("A is cancelled", "B is cancelled", "the error is caught", "two seconds later"):
        question.get_by_role("button", name=line).press("Enter")
    expect(question.get_by_role("listitem")).to_have_count(4)
    compare.press("Enter")
    expect(said).to_have_text(
        re.compile(
            r"^As line 1 you said “A is cancelled”\. Before that, .* printed “B is cancelled”, at "
            r"0\.5 s \(line \d+ of In \[\d+\]\)\. When C fails, the group cancels both; A takes "
            r"0\.1 s longer to end\.$"
        )
    )
    expect(compare).to_be_focused()
    assert question.locator("tbody tr").all_inner_texts() == [
        "1\tA is cancelled\tB is cancelled\t✗",
        "2\tB is cancelled\tA is cancelled\t✗",
        "3\tthe error is caught\tthe error is caught\t✓",
        "4\ttwo seconds later\ttwo seconds later\t✓",
    ]
    expect(question.get_by_role("button", name="A is cancelled")).to_be_disabled()

    other = telephone.get_by_role("group", name="In which order will in_gather print")
    for line in ("the error is caught", "A is done", "B is done", "two seconds later"):
        other.get_by_role("button", name=line).press("Enter")
    other.get_by_role("button", name="Compare").press("Enter")
    expect(other.get_by_role("status")).to_have_text("Right: all 4 lines, in this order.")


def test_one_of_several_answers_is_chosen_by_arrow_keys(site: Path, telephone: Page) -> None:
    telephone.goto(page_of(site, NOTEBOOKS / "16_task_groups.ipynb").as_uri())
    question = telephone.get_by_role("group", name="How long will it take?")
    said = question.get_by_role("status")
    question.get_by_role("button", name="Compare").press("Enter")
    expect(said).to_have_text("Choose an answer first.")
    question.get_by_role("radio", name="0.5 s").focus()
    telephone.keyboard.press("ArrowDown")
    expect(said).to_have_text("Chosen: 1 s")
    question.get_by_role("button", name="Compare").press("Enter")
    expect(said).to_have_text(
        "Not so: it is 0.5 s. No task ends after one second: B would need two."
    )
    answers = question.locator("label").all_inner_texts()
    assert ["".join(answer.split("\n")) for answer in answers] == [
        "✓0.5 s",
        "✗1 s(your answer)",
        "✗2 s",
    ]


def test_a_game_is_played_by_keyboard(site: Path, telephone: Page) -> None:
    telephone.goto(page_of(site, NOTEBOOKS / "01_locks.ipynb").as_uri())
    game = telephone.get_by_role("group", name="You decide which reply comes next.")
    said = game.get_by_role("status").first
    every = game.get_by_role("button", name="Try every order")
    expect(said).to_have_text("2 replies are awaited.")
    every.press("Enter")  # not before one is found
    expect(said).to_have_text("2 replies are awaited.")

    for move in ("load for A", "store for A", "load for B", "store for B"):
        game.get_by_role("button", name=f"answer: {move}").press("Enter")
    expect(said).to_contain_text("“store for B” is answered. ✗ The program has ended")
    expect(game).to_contain_text("Answered so far: load for A, store for A, load for B and")
    expect(game.get_by_role("application")).to_have_attribute("aria-label", re.compile("^Timeline"))
    game.get_by_role("button", name="answer: load for A").press("Enter")
    expect(said).to_have_text("“load for A” is not awaited now.")
    game.get_by_role("button", name="From the start").press("Enter")
    expect(said).to_have_text("From the start. 2 replies are awaited.")
    for move in ("load for A", "load for B", "store for A", "store for B"):
        button = game.get_by_role("button", name=f"answer: {move}")
        button.press("Enter")
        expect(button).to_be_focused()
    expect(said).to_contain_text("“store for B” is answered. ✓ You have broken it, at 0.04 s:")
    every.press("Enter")
    expect(said).to_have_text("4 of 6 orders break it. There are no others.")


@pytest.mark.parametrize("path", PATHS, ids=lambda path: str(path.stem))
def test_a_question_can_be_answered_and_its_page_gives_nothing_away(
    site: Path, telephone: Page, path: Path
) -> None:
    cells = reading.Page.read(path).code
    stored = [o.data for cell in cells for o in cell.outputs if KIND in o.get("data", ())]
    if not stored:
        pytest.skip("it asks nothing")
    source = page_of(site, path).read_text("utf-8")
    telephone.goto(page_of(site, path).as_uri())
    questions = telephone.locator(".course-asked").filter(has=telephone.locator(".compare"))
    expect(questions).to_have_count(len(stored))
    for number, data in enumerate(stored):
        asked = json.loads(decoded(data[KIND]))
        assert asked["question"] in unescape(data["text/html"])
        assert "says" not in data["text/html"]
        for sentence in (one["says"] for one in asked.get("options", ())):
            assert sentence not in source
        answer(questions.nth(number))


@pytest.mark.parametrize("path", PATHS, ids=lambda path: str(path.stem))
def test_what_only_a_kernel_can_do_says_where(site: Path, path: Path) -> None:
    """Knobs and progress: all that is not asked or played on the page itself."""
    outputs = [output for cell in reading.Page.read(path).code for output in cell.outputs]
    alive = [each.data for each in outputs if EXPLORER in each.get("data", ())]
    source = page_of(site, path).read_text("utf-8")
    knobs = sum("image/png" in data for data in alive)
    here = stored_explorer(reading.Page.read(path).notebook) is not None
    assert source.count("It has all its settings where the notebook runs: ") == here
    assert source.count("Its knobs turn where the notebook runs: ") == knobs - here
    others = sum("image/png" not in data and KIND not in data for data in alive)
    others -= stored_game(reading.Page.read(path).notebook) is not None
    assert source.count("It answers where the notebook runs: ") == others


WITH_KNOBS = [path for path in PATHS if stored_explorer(reading.Page.read(path).notebook)]


def test_a_knob_turns_by_keyboard_among_stored_settings(site: Path, telephone: Page) -> None:
    telephone.goto(page_of(site, NOTEBOOKS / "01_locks.ipynb").as_uri())
    explorer = telephone.locator(".course-turned")
    said = explorer.get_by_role("status").first
    expect(said).to_contain_text("Ended after 0.09 s. Result: 9")
    workers = explorer.get_by_role("slider", name="workers")
    expect(workers).to_have_attribute("aria-valuetext", "3")
    lanes = explorer.get_by_role("application").get_by_text("worker(")
    expect(lanes).to_have_count(3)
    workers.press("ArrowRight")
    expect(workers).to_have_attribute("aria-valuetext", "5")
    expect(lanes).to_have_count(5)
    expect(said).to_contain_text("Ended after 0.15 s. Result: 15")
    expect(explorer.get_by_role("row", name="final value")).to_contain_text("15 of 15")
    expect(explorer.locator("pre")).to_contain_text("E done")
    expect(workers).to_be_focused()

    explorer.get_by_role("checkbox", name="use_lock").press("Space")  # it keeps the other knob
    expect(workers).to_have_attribute("aria-valuetext", "5")
    expect(said).to_contain_text("Result: 3")
    expect(explorer.get_by_text("counter.lock")).to_have_count(0)

    explorer.get_by_role("slider", name="count").press("End")
    expect(said).to_contain_text("workers turned back to where it begins.")
    expect(workers).to_have_attribute("aria-valuetext", "3")
    explorer.get_by_role("button", name="Reset").press("Enter")
    expect(said).to_contain_text("Ended after 0.09 s. Result: 9")


def test_a_shorter_run_looks_shorter_while_one_knob_turns(site: Path, telephone: Page) -> None:
    telephone.goto(page_of(site, NOTEBOOKS / "01_locks.ipynb").as_uri())
    workers = telephone.locator(".course-turned").get_by_role("slider", name="workers")
    axis = telephone.locator(".course-turned").get_by_role("application").get_by_text(" s")
    workers.press("End")
    expect(axis.filter(has_text="0.2 s")).to_have_count(1)  # eight workers need 0.24 s
    workers.press("Home")
    expect(axis.filter(has_text="0.2 s")).to_have_count(1)


def test_a_figure_beside_the_timeline_has_an_axis_of_its_own(site: Path, telephone: Page) -> None:
    telephone.goto(page_of(site, NOTEBOOKS / "12_custom_event_loop.ipynb").as_uri())
    explorer = telephone.locator(".course-turned")
    timeline, lists = explorer.get_by_role("application").all()
    expect(timeline.get_by_text("0.4 s", exact=True)).to_have_count(1)  # it ends after 0.5 s
    expect(lists.get_by_text("19", exact=True)).to_have_count(1)  # turns
    for summary in explorer.get_by_text("As a list").all():
        summary.click()
    explorer.get_by_role("slider", name="tasks").press("End")
    expect(explorer.locator("details[open]")).to_have_count(2)


def test_a_question_turns_the_knobs_that_answer_it(site: Path, telephone: Page) -> None:
    telephone.goto(page_of(site, NOTEBOOKS / "04_conditions.ipynb").as_uri())
    explorer = telephone.locator(".course-turned")
    asked = explorer.get_by_role("listitem").filter(has_text="No share, two conditions")
    asked.get_by_role("button").press("Enter")
    expect(asked.get_by_role("img", name="seen", exact=True)).to_be_visible()
    expect(explorer.get_by_role("combobox", name="notify")).to_have_value("2")
    expect(explorer.get_by_role("checkbox", name="share")).not_to_be_checked()
    expect(explorer.get_by_role("status").first).to_contain_text("Deadlock: after 1 s")


@pytest.mark.parametrize("path", WITH_KNOBS, ids=lambda path: str(path.stem))
def test_each_stored_setting_is_shown(site: Path, telephone: Page, path: Path) -> None:
    """Each control at each of its positions; the fixture notices a fault of the scripts."""
    telephone.goto(page_of(site, path).as_uri())
    explorer = telephone.locator(".course-turned")
    picture = explorer.get_by_role("application").first
    expect(picture).to_be_visible()
    seen = {picture.get_attribute("aria-label")}
    for knob in settings.read(path)["knobs"]:
        control = explorer.get_by_label(knob["label"], exact=True)
        for place in range(len(knob["texts"])):
            if knob["kind"] == "check":
                control.set_checked(bool(place))
            elif knob["kind"] == "choice":
                control.select_option(str(place))
            else:
                control.fill(str(place))
            seen.add(picture.get_attribute("aria-label"))
    assert len(seen) > sum(len(knob["texts"]) - 1 for knob in settings.read(path)["knobs"])
    assert telephone.evaluate("document.documentElement.scrollWidth") == 390


def test_an_answer_is_folded_until_it_is_asked_for(site: Path, telephone: Page) -> None:
    telephone.goto(page_of(site, NOTEBOOKS / "16_task_groups.ipynb").as_uri())
    timeline = telephone.get_by_role("application", include_hidden=True).first
    expect(timeline).to_be_hidden()
    expect(telephone.get_by_text("No task ends after one second")).to_be_hidden()
    telephone.get_by_text("Show the output").nth(1).click()
    expect(timeline.get_by_text("TaskGroup", exact=True).first).to_be_visible()


def test_a_site_without_the_course_for_the_browser_does_not_lead_there() -> None:
    name = "notebooks/practice/05_queues.ipynb"
    assert places(name, "https://binder/") == {"on Binder": f"https://binder/{name}"}
