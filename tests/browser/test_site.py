"""The static site: built from what is stored, visited as a reader does on a telephone."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, Page, expect

from authoring import reading
from authoring.kernel import NOTEBOOKS, ROOT

PATHS = sorted(NOTEBOOKS.rglob("*.ipynb"))


def build(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "authoring.site", str(folder)],
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
            fragment = unquote(parts.fragment)
            there = target.exists() and (not fragment or fragment in read(target).ids)
            if not there:
                dead.append(f"{page.relative_to(site)}: {address}")
    assert dead == []


@pytest.mark.parametrize("path", PATHS, ids=lambda path: str(path.stem))
def test_pictures_keep_their_texts_and_the_page_opens_on_binder(site: Path, path: Path) -> None:
    html = read(page_of(site, path))
    stored = [
        output.metadata["image/png"]["alt"]
        for cell in reading.Page.read(path).code
        for output in cell.outputs
        if "image/png" in output.get("data", {})
    ]
    assert [text for text in html.texts if text in stored] == stored
    on_binder = f"?urlpath=lab/tree/{path.relative_to(ROOT).as_posix()}"
    assert [link for link in html.links if link.endswith(on_binder)]


#: One of each kind, as axe takes its time.
LOOKED_AT = (
    *("index.html", "course_helpers/README.html", "teaching/README.html"),
    *(
        "notebooks/00_introduction.html",
        "notebooks/01_locks.html",
        "notebooks/practice/01_locks.html",
    ),
)
AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text("utf-8")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_what_is_ours(
    site: Path, browser: Browser, scheme: Literal["light", "dark"]
) -> None:
    """The theme's own frame around a page is not."""
    found = []
    with browser.new_context(color_scheme=scheme) as context:
        page = context.new_page()
        for name in LOOKED_AT:
            path = site / name
            page.goto(path.as_uri())
            page.evaluate(AXE)
            said = page.evaluate("axe.run('article', {resultTypes: ['violations']})")
            found += [(path.name, one["id"], one["nodes"][0]["html"]) for one in said["violations"]]
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
    first = pictures.first
    first.scroll_into_view_if_needed()
    expect(first.get_by_text("counter.lock")).to_have_css("fill", "rgb(242, 244, 246)")
    first.focus()
    telephone.keyboard.press("ArrowDown")
    expect(telephone.get_by_role("status").first).to_contain_text("this cell")
    paper = telephone.locator(".text_html", has=pictures).first
    expect(paper).to_have_css("background-color", "rgba(0, 0, 0, 0)")
