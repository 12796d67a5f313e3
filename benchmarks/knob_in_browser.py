"""How long a learner waits from pressing a key on a knob to seeing the new picture.

The program is the Locks example with three workers, explored in JupyterLab in a headless Chromium.
The time is taken in the page itself: from the key event to the frame in which the new picture has
been decoded.
"""

from __future__ import annotations

import inspect
import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import sync_playwright

from benchmarks.measuring import Row
from tests.browser.lab import Lab, NotebookPage, chromium
from tests.explorer.programs import increments

PRESSES = 24

_PRESS = """async key => {
    const output = document.querySelectorAll('.jp-CodeCell')[1];
    const handle = output.querySelector('.noUi-handle');
    const before = output.querySelector('.course-explorer img').src;
    const pressed = performance.now();
    handle.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true}));
    for (;;) {
        const image = output.querySelector('.course-explorer img');
        if (image && image.src !== before) {
            await image.decode();
            await new Promise(requestAnimationFrame);
            return (performance.now() - pressed) / 1000;
        }
        if (performance.now() - pressed > 10000) throw new Error('no new picture in 10 s');
        await new Promise(requestAnimationFrame);
    }
}"""


def measure() -> list[float]:
    """Seconds from key to picture, for each press."""
    cells = [
        "import asyncio\nfrom course_helpers import explore\n" + inspect.getsource(increments),
        "explore(increments, workers=(1, 10), count=(1, 20), hold=(0.0, 0.1, 0.01))",
    ]
    with (
        tempfile.TemporaryDirectory() as folder,
        tempfile.TemporaryDirectory() as private,
        Lab(Path(folder), Path(private)) as lab,
        sync_playwright() as playwright,
        chromium(playwright) as browser,
    ):
        notebook = NotebookPage(browser, lab, lab.write("knob.ipynb", cells))
        notebook.run_all()
        notebook.output(1).locator(".course-explorer img").wait_for()
        seconds = []
        for press in range(PRESSES):
            key = "ArrowRight" if press % 6 < 3 else "ArrowLeft"
            seconds.append(notebook.page.evaluate(_PRESS, key))
            notebook.wait_until_idle()
        notebook.close()
    return seconds


def rows() -> Iterator[Row]:
    """The median, and beside it the quickest and the slowest."""
    seconds = measure()
    yield Row(
        f"key press on a knob to the new picture, in JupyterLab, {PRESSES} presses",
        f"median {statistics.median(seconds) * 1000:.0f} ms"
        f" ({min(seconds) * 1000:.0f} to {max(seconds) * 1000:.0f})",
        "120 ms",
    )
