"""How long a frame takes while one pans over a picture that the page paints.

A timeline of about 10,000 spans in a headless Chromium, without a graphics card. One press of
Shift and an arrow key moves it; a frame is the time from one to the next when a press follows as
soon as the last one is on the screen. A screen shows none sooner than after 17 ms.
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterator

from playwright.sync_api import Page, sync_playwright

from authoring.lab import EXTENSIONS, chromium
from benchmarks import workloads
from benchmarks.measuring import Row
from course_helpers import simulate, timeline

SCRIPT = EXTENSIONS / "course-helpers" / "picture.js"
FRAMES = 60

_PAN = """async frames => {
    const picture = document.querySelector('.course-picture svg');
    const frame = () => new Promise(requestAnimationFrame);
    const press = (key, shiftKey) =>
        picture.dispatchEvent(new KeyboardEvent('keydown', {key, shiftKey, bubbles: true}));
    const took = [];
    let last = await frame();
    for (let number = 0; number < frames; number++) {
        press(Math.floor(number / 6) % 2 ? 'ArrowLeft' : 'ArrowRight', true);
        await frame();
        const now = performance.now();
        took.push(now - last);
        last = now;
    }
    return took;
}"""


def measure(page: Page, closer: int) -> list[float]:
    """Milliseconds for each frame, so many steps closer than the whole."""
    for _ in range(closer):
        page.get_by_role("button", name="Zoom in").click()
    page.wait_for_timeout(300)
    took: list[float] = page.evaluate(_PAN, FRAMES)
    return took


def rows() -> Iterator[Row]:
    """Nearly all of it in sight, and a fifth."""
    recording = simulate(workloads.lanes(30, 110))
    figure = timeline(recording)
    spans = sum(len(task.spans) for task in recording.tasks)
    with sync_playwright() as playwright, chromium(playwright) as browser:
        for closer, share in ((1, "two thirds"), (4, "a fifth")):
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            page.set_content("<div id='place'></div>")
            page.add_script_tag(path=SCRIPT)
            page.evaluate(
                "plans => document.body.append(new window.coursePictures.Pictures(plans).node)",
                [json.loads(text)[0] for text in figure.for_page().values()],
            )
            took = sorted(measure(page, closer))
            median, late = statistics.median(took), took[int(len(took) * 0.95)]
            what = f"panning over {share} of {spans:,} spans in a page, a frame"
            yield Row(what, f"median {median:.0f} ms, 95 % within {late:.0f} ms", "17 ms")
            page.close()
