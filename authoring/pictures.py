"""Makes the pictures of the READMEs, by running them: `python -m authoring.pictures`.

A timeline or a sweep is drawn from the very run that the page shows. A replay and the explorer are
photographed in a browser. Each PNG says in its description what it was made from, so that a test
can tell whether that is still so.
"""

from __future__ import annotations

import base64
import io
import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
from PIL import Image, ImageOps, PngImagePlugin

from authoring.markdown_page import ROOT, Picture, pictures, run
from course_helpers import Recording, timeline

PAGES = (ROOT / "README.md", ROOT / "course_helpers" / "README.md", ROOT / "ARCHITECTURE.md")
LOCKS = ROOT / "notebooks" / "01_locks.ipynb"
EXPLORER = ROOT / ".github" / "pictures" / "explorer.png"
MOST_BYTES = 150_000
COMMAND = "python -m authoring.pictures"

_MARGIN = 16  # pixels
# Resolves when an element has stood still for twenty frames: Lab scrolls when it likes.
_WHEN_STILL = """([element]) => new Promise(resolve => {
    let still = 0, before = NaN;
    const look = () => {
        const now = element.getBoundingClientRect().top;
        still = now === before ? still + 1 : 0;
        before = now;
        if (still < 20) requestAnimationFrame(look); else resolve();
    };
    look();
})"""


def description(value: Any) -> str:
    """What a picture of this value shows, in words made from the value itself."""
    if isinstance(value, Recording):
        value = timeline(value)
    return str(getattr(value, "alternative", repr(value)))


def _code_cells() -> list[Any]:
    return [cell for cell in nbformat.read(LOCKS, as_version=4).cells if cell.cell_type == "code"]


def explorer_cell() -> tuple[int, str]:
    """The number among the code cells, and the source, of the explorer in the Locks notebook."""
    [(number, source)] = [
        (number, cell.source)
        for number, cell in enumerate(_code_cells())
        if "explorer" in cell.metadata.get("tags", [])
    ]
    return number, source


def written_description(path: Path) -> str:
    """What a PNG says that it shows."""
    with Image.open(path) as image:
        return str(image.info.get("Description"))


def save(png: bytes, path: Path, text: str) -> None:
    """Write a PNG with a description, in few colours where it would be too large otherwise."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    information = PngImagePlugin.PngInfo()
    information.add_itxt("Description", text)
    for colours in (None, 256, 128, 64):
        output = io.BytesIO()
        reduced = image if colours is None else image.quantize(colours, dither=Image.Dither.NONE)
        reduced.save(output, "PNG", optimize=True, pnginfo=information)
        if len(output.getvalue()) < MOST_BYTES:
            break
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(output.getvalue())
    print(f"{path.relative_to(ROOT)}: {len(output.getvalue()) / 1000:.0f} kB")


def png_of(value: Any) -> bytes:
    """The PNG by which a value shows itself in a notebook."""
    shown = value._repr_mimebundle_()
    bundle = shown[0] if isinstance(shown, tuple) else shown
    png = bundle["image/png"]
    return base64.b64decode(png) if isinstance(png, str) else bytes(png)


def draw(value: Any, picture: Picture) -> None:
    """Write the picture of a cell's value, for light and for dark pages."""
    for path, dark in ((picture.light, False), (picture.dark, True)):
        if path is None:
            continue
        if type(value).__name__ == "Replay":
            png = photograph_replay(value, dark)
        elif isinstance(value, Recording):
            png = png_of(timeline(value, dark=dark))
        else:
            png = png_of(value)
        save(png, path, description(value))


@contextmanager
def _browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    from authoring.lab import chromium

    with sync_playwright() as playwright, chromium(playwright) as browser:
        yield browser


def photograph_replay(value: Any, dark: bool) -> bytes:
    """A replay, saved as a page, as a browser shows it half-way through."""
    with tempfile.TemporaryDirectory() as folder, _browser() as browser:
        path = Path(folder) / "replay.html"
        value.save(path)
        page = browser.new_page(
            viewport={"width": 940, "height": 800},
            color_scheme="dark" if dark else "light",
            device_scale_factor=2,
        )
        page.goto(path.as_uri())
        return bytes(page.locator("body > *").first.screenshot())


def _with_margin(png: bytes) -> bytes:
    """The picture with an empty margin in the colour of its corner."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    output = io.BytesIO()
    corner = image.getpixel((0, 0))
    assert isinstance(corner, tuple)
    ImageOps.expand(image, 2 * _MARGIN, corner).save(output, "PNG")
    return output.getvalue()


def photograph_explorer(dark: bool) -> bytes:
    """The explorer of the Locks notebook in JupyterLab, from its sliders to its timeline."""
    from authoring.explorers import ExplorerOnScreen
    from authoring.lab import Lab, NotebookPage

    number, _ = explorer_cell()
    cells = [cell.source for cell in _code_cells()[: number + 1]]
    with tempfile.TemporaryDirectory() as folder, _browser() as browser:
        notebooks = Path(folder) / "notebooks"
        notebooks.mkdir()
        with Lab(notebooks, Path(folder) / "private") as lab:
            name = lab.write(LOCKS.name, cells)
            notebook = NotebookPage(browser, lab, name, dark=dark, dots=2)
            notebook.run_all()
            explorer = ExplorerOnScreen(notebook.output(number))
            explorer.picture.evaluate("image => image.scrollIntoView({block: 'end'})")
            notebook.page.evaluate(_WHEN_STILL, [explorer.slider("workers").element_handle()])
            top = explorer.output.locator(".course-explorer").first.bounding_box()
            bottom = explorer.picture.bounding_box()
            assert top is not None
            assert bottom is not None
            height = bottom["y"] + bottom["height"] - top["y"]
            png = notebook.page.screenshot(
                clip={"x": top["x"], "y": top["y"], "width": top["width"], "height": height}
            )
            notebook.close()
    return _with_margin(png)


def main(chosen: list[str]) -> None:
    """Make all pictures, or those whose file names contain one of these words."""

    def wanted(picture: Picture) -> bool:
        return not chosen or any(word in picture.light.name for word in chosen)

    for page in PAGES:
        with tempfile.TemporaryDirectory() as folder:
            shown = run(page, Path(folder))
        for block, result in shown:
            if block.picture is not None and wanted(block.picture):
                draw(result.value, block.picture)
        for picture in pictures(page):
            if picture.light == EXPLORER and wanted(picture):
                text = json.dumps({"cell": explorer_cell()[1]})
                save(photograph_explorer(dark=False), picture.light, text)
                if picture.dark is not None:
                    save(photograph_explorer(dark=True), picture.dark, text)


if __name__ == "__main__":
    main(sys.argv[1:])
