"""How long a learner waits from pressing a key on a knob to seeing the new picture.

The course's notebooks, run in JupyterLab in a headless Chromium; each slider of their explorers is
pressed right and left. The time is taken in the page itself: from the key event to the first frame
after the new picture has been painted. An explorer by the real clock has a button instead: of the
time from pressing it to the picture, the program's own time, as the explorer says it, is taken off.
"""

from __future__ import annotations

import json
import re
import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Locator, sync_playwright

from authoring.lab import Lab, NotebookPage, chromium
from benchmarks.measuring import Row

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
PRESSES = 24
RUNS = 12  # of a program by the real clock
RATE = 30  # key presses a second of a key that is held down
HELD = 3  # seconds

_PICTURE = ".course-explorer-picture svg[role=application]"
_PRESS = """async ([output, slider, key]) => {
    const handle = output.querySelectorAll('.noUi-handle')[slider];
    // It begins with the setting: some knobs change nothing else, and some settings draw nothing.
    const shown = () => output.querySelector(PICTURE)?.getAttribute('aria-label') ?? '';
    const before = shown();
    const end = key === 'ArrowRight' ? 'aria-valuemax' : 'aria-valuemin';
    if (Number(handle.getAttribute('aria-valuenow')) === Number(handle.getAttribute(end)))
        return null;
    // An observer, and no look at every frame: a page that is kept drawing takes the kernel's time.
    const changed = new Promise((resolve, reject) => {
        setTimeout(reject, 10000, new Error('no new picture in 10 s'));
        new MutationObserver((_, observer) => {
            if (shown() === before) return;
            observer.disconnect();
            resolve();
        }).observe(output, {childList: true, subtree: true, attributes: true});
    });
    const pressed = performance.now();
    handle.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true}));
    await changed;
    await new Promise(requestAnimationFrame);
    return (performance.now() - pressed) / 1000;
}""".replace("PICTURE", repr(_PICTURE))


# Seconds that are not the program's own.
_RUN = """async output => {
    const buttons = [...output.querySelectorAll('button')];
    const said = () => output.querySelector('.course-said').textContent;
    const before = output.querySelector(PICTURE);
    const own = () => output.querySelector(PICTURE) !== before && /after ([0-9.]+) s/.exec(said());
    const ended = new Promise((resolve, reject) => {
        setTimeout(reject, 60000, new Error(`no new picture in 60 s: ${said()}`));
        new MutationObserver((_, observer) => {
            if (!own()) return;
            observer.disconnect();
            resolve();
        }).observe(output, {childList: true, subtree: true, characterData: true});
    });
    const pressed = performance.now();
    buttons.find(button => button.textContent.trim() === 'Run').click();
    await ended;
    await new Promise(requestAnimationFrame);
    return (performance.now() - pressed) / 1000 - Number(own()[1]);
}""".replace("PICTURE", repr(_PICTURE))


_HOLD = """async ([output, seconds]) => {
    const handle = output.querySelector('.noUi-handle');
    const shown = () => output.querySelector(PICTURE)?.getAttribute('aria-label') ?? '';
    let [pictures, last] = [0, shown()];
    const observer = new MutationObserver(() => {
        if (shown() === last) return;
        last = shown();
        pictures += 1;
    });
    observer.observe(output, {childList: true, subtree: true, attributes: true});
    const begun = performance.now();
    let key = 'ArrowRight';
    while (performance.now() - begun < seconds * 1000) {
        const now = Number(handle.getAttribute('aria-valuenow'));
        if (now === Number(handle.getAttribute('aria-valuemax'))) key = 'ArrowLeft';
        if (now === Number(handle.getAttribute('aria-valuemin'))) key = 'ArrowRight';
        handle.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true}));
        await new Promise(resolve => setTimeout(resolve, 1000 / RATE));
    }
    observer.disconnect();
    return pictures / seconds;
}""".replace("PICTURE", repr(_PICTURE)).replace("RATE", str(RATE))


def explorer_cell(path: Path) -> tuple[int, bool]:
    """The number of the code cell with a notebook's first explorer; whether its clock is real."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    for number, source in enumerate(code):
        if re.search(r"^(await )?explore\(", source, re.MULTILINE):
            return number, 'clock="real"' in source
    raise LookupError(f"there is no explorer in {path}")


def measure(page: NotebookPage, output: Locator) -> tuple[list[float], float]:
    """Seconds from key to picture: each slider in turn, three steps right and three left.

    And how many pictures a second there are while a key is held down on the first of them.
    """
    element = output.element_handle()
    sliders = output.locator(".noUi-handle").count()
    seconds: list[float] = []
    for press in range(PRESSES):
        key = "ArrowRight" if press // sliders % 6 < 3 else "ArrowLeft"
        taken = page.page.evaluate(_PRESS, [element, press % sliders, key])
        if taken is not None:
            seconds.append(taken)
        page.wait_until_idle()
    return seconds, page.page.evaluate(_HOLD, [element, HELD])


def measure_runs(page: NotebookPage, output: Locator) -> list[float]:
    """Seconds from pressing Run to the picture, beyond those that the program takes."""
    seconds: list[float] = []
    for _ in range(RUNS):
        seconds.append(output.evaluate(_RUN))
        page.wait_until_idle()
    return seconds


def rows() -> Iterator[Row]:
    """For each notebook the median, and what is slower than 95 of a hundred."""
    with (
        tempfile.TemporaryDirectory() as folder,
        tempfile.TemporaryDirectory() as private,
        Lab(Path(folder), Path(private)) as lab,
        sync_playwright() as playwright,
        chromium(playwright) as browser,
    ):
        for path in sorted(NOTEBOOKS.glob("*.ipynb")):
            number, is_real = explorer_cell(path)
            (lab.folder / path.name).write_bytes(path.read_bytes())
            page = NotebookPage(browser, lab, path.name)
            page.run_all(120)
            output = page.output(number)
            output.locator(_PICTURE).wait_for()
            if is_real:
                what = "Run to the new picture, without the program's own time, in JupyterLab"
                yield _row(path, what, measure_runs(page, output))
            else:
                seconds, held = measure(page, output)
                yield _row(path, "key press on a knob to the new picture, in JupyterLab", seconds)
                yield Row(
                    f"{path.stem}: a key held down on a knob, in JupyterLab",
                    f"{held:.0f} pictures a second",
                    "at least 15",
                )
            page.close()


def _row(path: Path, what: str, seconds: list[float]) -> Row:
    late = sorted(seconds)[int(len(seconds) * 0.95)]
    return Row(
        f"{path.stem}: {what}, {len(seconds)} presses",
        f"median {statistics.median(seconds) * 1000:.0f} ms, 95 % within {late * 1000:.0f} ms",
        "60 and 100 ms",
    )
