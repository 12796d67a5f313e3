"""A page's picture needs neither matplotlib nor NumPy, and is laid out as with them."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest
from matplotlib.textpath import text_to_path

from authoring.letter_widths import measured
from course_helpers import compare, simulate, sweep, timeline
from course_helpers.explorer import swept
from course_helpers.views.drawing import picture
from course_helpers.views.drawing.measuring import SCALE, UNITS, drawable, width
from course_helpers.views.page.picture import MIME

PICTURES = """
import asyncio, sys
from course_helpers import Sketch, compare, described, simulate, sweep, timeline
from course_helpers.explorer import curves

async def main(workers=60):
    lock, queue = asyncio.Lock(), asyncio.Queue(3)
    async def work():
        async with lock:
            await asyncio.sleep(0.1)
            await queue.put(1)
    async with asyncio.TaskGroup() as group:
        for _ in range(workers):
            group.create_task(work())
        for _ in range(workers):
            await queue.get()

before, after = simulate(main()), simulate(main(3))
assert timeline(before, window=(1, 3)).for_page() and compare(before, after).for_page()
assert described(Sketch(), "nothing").for_page()
assert curves.for_page(sweep(main, workers=range(1, 4)))
print(sorted({"matplotlib", "numpy", "PIL"} & set(sys.modules)))
timeline(after).png()
print(sorted({"matplotlib", "numpy", "PIL"} & set(sys.modules)))
"""


@pytest.mark.slow
def test_a_page_paints_timelines_comparisons_sketches_and_curves_without_them() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PICTURES], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == ["[]", "['PIL', 'matplotlib', 'numpy']"]


@pytest.mark.parametrize(
    "text",
    [
        *("traffic", "Three offers. Tea, AVATAR, waffle, affluent, fifty, flow", "x" * 70),
        *("await queue.get()", "Task-12 …×→·“a” – b", "naïve Ωmega Привет", "漢字 and 😀"),
    ],
)
def test_a_text_is_as_wide_as_matplotlib_says(text: str) -> None:
    assert text_to_path.FONT_SCALE == SCALE
    text = drawable(text)
    assert width(text, SCALE) * UNITS == measured(text)


def test_what_the_font_has_no_letter_for_becomes_a_box() -> None:
    assert drawable("漢\N{GRINNING FACE}a") == "□\N{GRINNING FACE}a"
    assert drawable("a\nb") == "a\\nb"


def test_in_a_browser_alone_the_page_paints_what_it_can(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (picture, swept):
        monkeypatch.setattr(module, "IN_BROWSER", True)

    async def main(workers: int = 1) -> None:
        await asyncio.sleep(workers)

    recording = simulate(main())
    curves = sweep(main, workers=[1, 2])
    small = sweep(main, workers=[1, 2], small_multiples=True)
    for shown in (timeline(recording), compare(recording, recording), curves, small):
        data, _ = shown._repr_mimebundle_()
        assert set(data) == {MIME, "text/plain"}
    assert set(timeline(recording).output()["data"]) == {MIME, "text/plain"}
