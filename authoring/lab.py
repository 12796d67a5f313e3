"""JupyterLab on a folder, in a headless Chromium, driven from tests and benchmarks.

Nothing of the person who runs it is read or written: the server gets configuration, data, runtime
and font-cache folders of its own, and the browser a fresh profile for each notebook.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Literal
from urllib.parse import unquote, urlsplit

import nbformat
from nbformat import NotebookNode
from playwright.sync_api import Browser, Locator, Page, Playwright
from playwright.sync_api import TimeoutError as NotInTime

from course import LAB_SETTINGS, SERVER_SETTINGS

CHROMIUM_NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "msedge",
    "microsoft-edge",
)
# Chromium takes the last such list that it is given, so this has Playwright's own, too.
UNWANTED_FEATURES = (
    # The pages that wait behind the address bar: for each window, more work than for a small page.
    "WebUIOmniboxAimPopup",
    "WebUIOmniboxPopup",
    # Playwright's.
    "AimEnabled",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsFirstBalancedModeAutoEnable",
    "HttpsUpgrades",
    "LensOverlay",
    "MediaRouter",
    "NetworkTimeServiceQuerying",
    "OptimizationHints",
    "PaintHolding",
    "PreconnectToSearch",
    "TcpPortRandomizationWin",
    "ThirdPartyStoragePartitioning",
    "msEdgeUpdateLaunchServicesPreferredVersion",
    "msForceBrowserSignIn",
)
CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--disable-features={','.join(UNWANTED_FEATURES)}",
    # Whatever a page asks for elsewhere, no request leaves the machine.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
# The course's own, as it stands in the clone: what is installed beside Lab may be older.
EXTENSIONS = Path(__file__).parents[1] / "course_helpers" / "labextensions"
SCREENSHOTS = Path(__file__).parents[1] / "tests" / "browser" / "screenshots"


def find_chromium() -> str:
    """The path of a Chromium: `$CHROMIUM`, or the first of the usual names on PATH.

    Raises FileNotFoundError, with a message that says what to install, when there is none.
    """
    chosen = os.environ.get("CHROMIUM")
    if chosen and shutil.which(chosen):
        return chosen
    if chosen:
        raise FileNotFoundError(f"CHROMIUM is set to {chosen!r}, which is not a program")
    for name in CHROMIUM_NAMES:
        found = shutil.which(name)
        if found:
            return found
    raise FileNotFoundError(
        "the browser tests need Chromium, Chrome or Edge on PATH: install one "
        "(`apt-get install chromium`), or set CHROMIUM to the path of one"
    )


@contextmanager
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """A headless Chromium for the length of a `with` block."""
    browser = playwright.chromium.launch(
        executable_path=find_chromium(), headless=True, args=list(CHROMIUM_FLAGS)
    )
    try:
        yield browser
    finally:
        browser.close()


class Lab:
    """A JupyterLab server on a folder, for the length of a `with` block.

    `folder` is what it serves; `private` gets its configuration, logs and caches. `extensions` are
    folders with further extensions, beside the course's own.
    """

    def __init__(self, folder: Path, private: Path, extensions: Sequence[Path] = ()) -> None:
        self.folder = folder
        self.private = private
        self.extensions = (EXTENSIONS, *extensions)
        self.token = secrets.token_hex(16)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def _configured(self) -> dict[str, str]:
        """Write the server's settings; returns the environment in which it finds them."""
        environment = dict(os.environ)
        for name in (
            "JUPYTER_CONFIG_DIR",
            "JUPYTER_DATA_DIR",
            "JUPYTER_RUNTIME_DIR",
            "JUPYTERLAB_SETTINGS_DIR",
            "JUPYTERLAB_WORKSPACES_DIR",
            "IPYTHONDIR",
            "MPLCONFIGDIR",
        ):
            folder = self.private / name.lower()
            folder.mkdir(parents=True, exist_ok=True)
            environment[name] = str(folder)
        environment["JUPYTER_PREFER_ENV_PATH"] = "1"
        # The course's own settings; no pop-ups, and the theme is that of the browser, so that a
        # page can be opened in the dark.
        configuration = self.private / "jupyter_config_dir"
        overrides = configuration / "labconfig" / "default_setting_overrides.json"
        overrides.parent.mkdir(exist_ok=True)
        notification = "@jupyterlab/apputils-extension:notification"
        quiet = LAB_SETTINGS[notification] | {"doNotDisturbMode": True}
        theme = {"@jupyterlab/apputils-extension:themes": {"adaptive-theme": True}}
        overrides.write_text(json.dumps({**LAB_SETTINGS, notification: quiet, **theme}))
        (configuration / "jupyter_server_config.json").write_text(json.dumps(SERVER_SETTINGS))
        return environment

    def __enter__(self) -> Lab:
        environment = self._configured()
        with (self.private / "lab.log").open("wb") as log:
            self._process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "jupyterlab",
                    "--no-browser",
                    "--ServerApp.ip=127.0.0.1",
                    f"--ServerApp.port={self.port}",
                    "--ServerApp.port_retries=0",
                    f"--ServerApp.root_dir={self.folder}",
                    f"--IdentityProvider.token={self.token}",
                    "--ServerApp.allow_root=True",
                    *(f"--LabServerApp.extra_labextensions_path={one}" for one in self.extensions),
                ],
                env=environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self._wait_until_it_answers(seconds=60)
        return self

    def _wait_until_it_answers(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while True:
            assert self._process is not None
            if self._process.poll() is not None or time.monotonic() > deadline:
                log = (self.private / "lab.log").read_text(errors="replace")
                self.stop()
                raise RuntimeError(f"JupyterLab did not start:\n{log[-3000:]}")
            try:
                with urllib.request.urlopen(f"{self.url}/api?token={self.token}", timeout=1):
                    return
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.1)

    def kernels(self) -> dict[str, str]:
        """For each notebook that has a kernel, that kernel's id."""
        address = f"{self.url}/api/{{}}?token={self.token}"
        with urllib.request.urlopen(address.format("kernels")) as answer:
            alive = {kernel["id"] for kernel in json.load(answer)}
        with urllib.request.urlopen(address.format("sessions")) as answer:
            sessions = json.load(answer)
        return {
            session["path"]: session["kernel"]["id"]
            for session in sessions
            if session["kernel"]["id"] in alive
        }

    def stop(self) -> None:
        """End the server and with it its kernels."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def write(self, name: str, cells: Sequence[str | NotebookNode]) -> str:
        """Put a notebook of these cells, or code for cells, into the folder; returns its name."""
        notebook = nbformat.v4.new_notebook(
            cells=[
                nbformat.v4.new_code_cell(cell) if isinstance(cell, str) else cell for cell in cells
            ],
            # Without the language, Lab asks which kernel to start.
            metadata={
                "kernelspec": {
                    "name": "python3",
                    "display_name": "Python 3 (ipykernel)",
                    "language": "python",
                },
                "language_info": {"name": "python"},
            },
        )
        nbformat.write(notebook, self.folder / name)
        return name


class NotebookPage:
    """A notebook opened in JupyterLab, or in Notebook 7, with its kernel started.

    `elsewhere` collects the address of every request, WebSockets included, that was meant for
    another machine than this one (the browser finds none), `errors` what the page's scripts
    complained about. `page` is Playwright's page, for what
    has no method here. `dots` is how many pixels of the screen make one of the page; `size` is that
    of the page.
    """

    def __init__(
        self,
        browser: Browser,
        lab: Lab,
        name: str,
        *,
        application: Literal["lab", "notebook"] = "lab",
        dark: bool = False,
        dots: int = 1,
        size: tuple[int, int] = (1280, 900),
    ) -> None:
        self._application = application
        self.lab = lab
        self.name = name
        self.elsewhere: set[str] = set()
        self.errors: list[str] = []
        self._context = browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme="dark" if dark else "light",
            device_scale_factor=dots,
        )
        self.page: Page = self._context.new_page()
        self.page.set_default_timeout(30_000)
        self._context.on("request", lambda request: self._note(request.url))
        self.page.on("websocket", lambda socket: self._note(socket.url))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on(
            "console",
            lambda said: (
                self.errors.append(f"{said.text} ({said.location['url']})")
                if said.type == "error"
                else None
            ),
        )
        self.open()

    def open(self) -> None:
        """Load the page, anew if it is open."""
        place = "lab/tree" if self._application == "lab" else "notebooks"
        self.page.goto(f"{self.lab.url}/{place}/{self.name}?reset&token={self.lab.token}")
        self.page.locator("#jupyterlab-splash").wait_for(state="detached")
        self.wait_until_idle(60)

    def _note(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"data", "blob", "about"} and parts.hostname != "127.0.0.1":
            self.elsewhere.add(url)

    def save(self) -> None:
        """Save the notebook, and wait until it is on the disk."""
        with self.page.expect_response(
            lambda response: response.request.method == "PUT" and self.name in unquote(response.url)
        ):
            self.page.keyboard.press("Control+s")

    def close(self) -> None:
        """Shut the notebook's kernel down and close the page."""
        self.shut_down_kernel()
        self._context.close()

    def shut_down_kernel(self) -> None:
        """End the notebook's kernel."""
        request = self._context.request
        token = {"Authorization": f"token {self.lab.token}"}
        for session in request.get(f"{self.lab.url}/api/sessions", headers=token).json():
            if session["path"] == self.name:
                request.delete(f"{self.lab.url}/api/sessions/{session['id']}", headers=token)

    def command(self, *menus: str) -> None:
        """Choose an entry of the menu bar: `command("Run", "Run All Cells")`."""
        self.page.locator(".lm-MenuBar-itemLabel", has_text=re.compile(f"^{menus[0]}$")).click()
        for label in menus[1:]:
            exact = re.compile(f"^{re.escape(label)}$")
            self.page.locator(".lm-Menu-itemLabel:visible", has_text=exact).first.click()

    def wait_until_idle(self, seconds: float = 30) -> None:
        """Wait until the kernel is there and has nothing to do."""
        if self._application == "lab":
            # Where JupyterLab opens again what was open, another may be in front for a moment.
            self.page.locator(
                ".jp-StatusBar-TextItem", has_text=re.compile(f"^{re.escape(self.name)}$")
            ).wait_for()
            self.page.locator(".jp-StatusBar-TextItem", has_text=re.compile(r"\| Idle$")).wait_for(
                timeout=seconds * 1000
            )
        else:
            # Its indicator says idle before there is a kernel; a cell that is run then makes it
            # ask which kernel to start.
            deadline = time.monotonic() + seconds
            while not self._has_kernel():
                if time.monotonic() > deadline:
                    raise NotInTime(f"{self.name} has no kernel after {seconds} s")
                self.page.wait_for_timeout(100)
        self.page.locator('.jp-Notebook-ExecutionIndicator[data-status="idle"]').wait_for(
            timeout=seconds * 1000
        )

    def _has_kernel(self) -> bool:
        try:
            return self.name in self.lab.kernels()
        except urllib.error.HTTPError as error:
            error.close()
            return False  # the server fails to list its sessions while one begins or ends

    def run_all(self, seconds: float = 60) -> None:
        """Run every cell and wait for the last one's end."""
        self.start_all()
        self.page.wait_for_function(
            """() => {
                const cells = [...document.querySelectorAll('.jp-Notebook .jp-CodeCell')];
                const prompts = cells.map(
                    cell => cell.querySelector('.jp-InputPrompt').textContent.trim());
                return prompts.every(prompt => prompt !== '[*]:') && prompts.some(
                    prompt => /\\d/.test(prompt));
            }""",
            timeout=seconds * 1000,
        )
        self.wait_until_idle(seconds)

    def start_all(self) -> None:
        """Run every cell and return as soon as the first is running."""
        while True:
            self.command("Run", "Run All Cells")
            try:
                self.page.wait_for_function(
                    "() => [...document.querySelectorAll('.jp-InputPrompt')].some("
                    "prompt => /\\d|\\*/.test(prompt.textContent))",
                    timeout=5_000,
                )
            except NotInTime:
                # Notebook 7 forgets it when its kernel is not there yet, and does not say when.
                if self._application == "lab":
                    raise
            else:
                return

    def cell(self, number: int) -> Locator:
        """The code cell of that number, counted from 0."""
        return self.page.locator(".jp-Notebook .jp-CodeCell").nth(number)

    def output(self, number: int) -> Locator:
        """The output area of that code cell."""
        return self.cell(number).locator(".jp-Cell-outputArea")

    def press_stop(self) -> None:
        """Press the Stop button of the notebook's toolbar."""
        self.page.locator('[data-command="notebook:interrupt-kernel"]').click()

    def screenshot(self, name: str, locator: Locator | None = None) -> Path:
        """Keep what is on the screen (or one part of it) as a test artefact."""
        SCREENSHOTS.mkdir(exist_ok=True)
        path = SCREENSHOTS / f"{name}.png"
        (locator or self.page).screenshot(path=path)
        return path
