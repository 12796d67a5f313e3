"""The course in a browser alone: built, served as files, and run without any network.

What is compiled for Pyodide, matplotlib among it, comes from Pyodide's own distribution when a cell
imports it: that cannot be tried here.
"""

from __future__ import annotations

import functools
import http.server
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar
from urllib.parse import parse_qs, urljoin, urlsplit

import nbformat
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from authoring.execute import find
from authoring.kernel import NOTEBOOKS as ALL
from authoring.kernel import ROOT
from authoring.lab import SCREENSHOTS
from authoring.site.__main__ import BROWSER
from authoring.site.staging import places
from course_helpers.exercises.answers import answers

pytestmark = pytest.mark.timeout(240)

#: Seconds that Python may need to start in a page, on a busy machine.
START = 90_000  # milliseconds
#: In each notebook, the exercise whose solution is checked, and what its check takes.
NOTEBOOKS = {
    "01_locks": "locks.account.check(Account)",
    "05_queues": "queues.consumer.check(consumer)",
    "13_timeouts": "",
    "16_task_groups": "task_groups.save_all.check(save_all)",
}
#: What needs threads, processes or signals, all of it or in part.
PARTLY = (*("09_graceful_shutdown", "10_threads", "12_custom_event_loop", "15_context_variables"),)
ELSEWHERE = re.compile(r"^https?://(?!127\.0\.0\.1[:/])")
IDLE = re.compile(r"\| Idle$")
DISTRIBUTION = "https://cdn.jsdelivr.net/pyodide/"

PROGRAM = """
from course_helpers import summary
async def sleeper(): await asyncio.create_task(asyncio.sleep(1))
recording = simulate(sleeper())
summary(recording)
""".strip()
#: Whether most modules had been compiled before the page was opened.
COMPILED = """
import sys
from pathlib import Path
kept = [str(getattr(module, "__cached__", "")) for module in sys.modules.values()]
there = [Path(file).exists() for file in kept if "/site-packages/" in file]
sum(there) / len(there) > 0.8
""".strip()


class _Files(http.server.SimpleHTTPRequestHandler):
    extensions_map = {  # noqa: RUF012
        **http.server.SimpleHTTPRequestHandler.extensions_map,
        ".mjs": "text/javascript",
        ".js": "text/javascript",
        ".wasm": "application/wasm",
    }

    #: What was sent whole, and not left in the browser's cache.
    sent: ClassVar[set[str]] = set()

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Keep in mind what is sent."""
        if code == http.HTTPStatus.OK:
            self.sent.add(self.path)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The course as files, where the published site has it."""
    folder = tmp_path_factory.mktemp("site") / BROWSER
    command = [sys.executable, "-m", "authoring.lite", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def address(built: Path) -> Iterator[str]:
    """Where the course is served, in its folder of the site."""
    handler = functools.partial(_Files, directory=str(built.parent))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/{BROWSER}"
        server.shutdown()
        thread.join()


class Notebook:
    """A notebook of the course in a page; `elsewhere` are the requests for other machines."""

    def __init__(self, browser: Browser, address: str, name: str, *, dark: bool = False) -> None:
        self.context = browser.new_context(
            viewport={"width": 1280, "height": 900}, color_scheme="dark" if dark else "light"
        )
        self.elsewhere: set[str] = set()
        self.context.on("request", lambda request: self._note(request.url))
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(START)
        self.page.goto(f"{address}/lab/index.html?path={name}.ipynb")
        self.page.locator(".jp-Notebook").wait_for()
        self.page.locator(".jp-StatusBar-TextItem", has_text=IDLE).wait_for()

    def _note(self, url: str) -> None:
        if ELSEWHERE.match(url):  # the browser finds none: authoring/lab.py sees to that
            self.elsewhere.add(url)

    @property
    def cells(self) -> Locator:
        return self.page.locator(".jp-CodeCell")

    def run_all(self) -> None:
        """Run all cells, and wait for their ends."""
        self.page.locator(".lm-MenuBar-itemLabel", has_text=re.compile("^Run$")).click()
        self.page.get_by_text("Run All Cells", exact=True).click()
        prompts = self.page.locator(".jp-CodeCell .jp-InputPrompt")
        expect(prompts.filter(has_text="*").first).to_be_attached(timeout=START)
        expect(prompts.filter(has_text="*")).to_have_count(0, timeout=START)

    def run(self, code: str) -> Locator:
        """Run a cell more, at the end; returns its output."""
        count = self.cells.count()
        self.cells.last.click()
        self.page.keyboard.press("Escape")
        self.page.keyboard.press("b")
        expect(self.cells).to_have_count(count + 1)
        self.page.keyboard.press("Enter")
        self.page.keyboard.insert_text(code)
        self.page.keyboard.press("Control+Enter")
        cell = self.page.locator(".jp-CodeCell.jp-mod-active")
        expect(cell.locator(".jp-InputPrompt")).to_have_text(re.compile(r"\[\d+\]:"), timeout=START)
        return cell.locator(".jp-OutputArea")


def errors(cells: Locator) -> list[str]:
    """What cells have told as an error; what is out of sight has a text, too."""
    kinds = ("application/vnd.jupyter.stderr", "application/vnd.jupyter.error")
    found = cells.locator(", ".join(f'[data-mime-type="{kind}"]' for kind in kinds))
    return found.all_text_contents()


def sources(path: Path) -> list[str]:
    """What stands in the cells of a notebook."""
    return [cell.source for cell in nbformat.read(path, as_version=4).cells]


def test_each_page_of_the_site_leads_to_its_notebook(built: Path) -> None:
    """The links are those that test_site.py finds on the pages."""
    for path in find((), ALL):
        page = path.relative_to(ROOT).as_posix()
        link = urlsplit(places(page, "", BROWSER)["in the browser"])
        assert (built.parent / page).parent.joinpath(link.path).resolve().is_file()
        [notebook] = parse_qs(link.query)["path"]
        assert sources(built / "files" / notebook) == sources(path)


def test_who_comes_from_a_page_of_the_site_stands_in_its_notebook(
    browser: Browser, address: str
) -> None:
    name = "notebooks/practice/05_queues"
    link = places(f"{name}.ipynb", "", BROWSER)["in the browser"]
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(urljoin(f"{address.removesuffix(BROWSER)}{name}.html", link))
        title = nbformat.read(ROOT / f"{name}.ipynb", as_version=4).cells[0].source.splitlines()[0]
        heading = page.locator(".jp-Notebook").get_by_role("heading", level=1)
        expect(heading).to_have_text(re.compile(re.escape(title.lstrip("# "))), timeout=START)


def test_a_second_visit_finds_all_that_it_needs_in_the_browsers_cache(
    browser: Browser, address: str
) -> None:
    with browser.new_context() as context:
        for _ in range(2):
            _Files.sent.clear()
            page = context.new_page()
            page.goto(f"{address}/lab/index.html?path=01_locks.ipynb")
            idle = page.locator(".jp-StatusBar-TextItem", has_text=IDLE)
            idle.wait_for(timeout=START)
            page.close()
    # A cache in memory, as this browser has, keeps no file so large.
    assert _Files.sent <= {f"/{BROWSER}/static/pyodide/pyodide.asm.wasm"}


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_runs_from_its_top(browser: Browser, address: str, name: str) -> None:
    notebook = Notebook(browser, address, name, dark=name == "05_queues")
    try:
        notebook.run_all()
        # Only what is run as a script needs a process, and says where it has one.
        (said,) = errors(notebook.cells)
        assert "NotInBrowser: There are no child processes in a browser alone." in said
        assert notebook.cells.locator("svg").count() >= 3
        expect(notebook.run(PROGRAM)).to_contain_text("1 s by the virtual clock, 2 tasks: 2 done")
        blocks = "import time\nasync def blocks(): time.sleep(0.01)\nawait blocks(); print('over')"
        expect(notebook.run(blocks)).to_contain_text("over")
        expect(notebook.run("timeline(recording)").locator("svg").first).to_be_visible()
        if check := NOTEBOOKS[name]:
            solution = answers(".".join(check.split(".")[:2])).solution.code
            told = notebook.run(f"{solution}\n\nexercises.{check}")
            expect(told).to_contain_text("Right, in all")
            wrong = answers(".".join(check.split(".")[:2])).wrong[0].code
            told = notebook.run(f"{wrong}\n\nexercises.{check}")
            expect(told).to_contain_text("Not yet.")
            expect(told.locator("svg").first).to_be_visible()
        assert notebook.elsewhere == set()
    except BaseException:
        SCREENSHOTS.mkdir(exist_ok=True)
        notebook.page.screenshot(path=SCREENSHOTS / f"failed_lite_{name}.png")
        raise
    finally:
        notebook.context.close()


@pytest.mark.parametrize("name", PARTLY)
def test_all_cells_run_or_say_in_one_sentence_why_they_cannot(
    browser: Browser, address: str, name: str
) -> None:
    notebook = Notebook(browser, address, name)
    try:
        # Before any cell has imported the course.
        told = notebook.run("from matplotlib.figure import Figure")
        expect(told).to_have_text(re.compile(r"^NotInBrowser: Without a network there is no matpl"))
        notebook.run_all()
        prompts = notebook.cells.locator(".jp-InputPrompt").all_text_contents()
        assert prompts == [f"[{number}]:" for number in range(2, notebook.cells.count() + 2)]
        said = errors(notebook.cells)
        assert said
        for one in said:
            assert re.fullmatch(r"(NotInBrowser|NameError): [^\n]+ browser alone[^\n]+\n?", one)
        assert len(said) < len(prompts)
        expect(notebook.run(COMPILED)).to_contain_text("True")
        assert all(url.startswith(DISTRIBUTION) for url in notebook.elsewhere)
    finally:
        notebook.context.close()
