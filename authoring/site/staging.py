"""What the site is built from: the repository's pages and notebooks, as Sphinx wants them.

Nothing is run. Pictures leave the notebooks and become files, each with the alternative text that
its output has; what is meant for GitHub's pages is turned into what holds on any page.
"""

from __future__ import annotations

import base64
import hashlib
import html
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import nbformat
from nbformat import NotebookNode

from authoring import execute, settings
from authoring.kernel import NOTEBOOKS, ROOT
from authoring.reading import Page, find, tokens
from course_helpers.exercises import on_a_page
from course_helpers.explorer.interface import MIME as EXPLORER

HOME: Final = "README.md"
PACKAGE: Final = "course_helpers/README.md"
TEACHING: Final = ("teaching/README.md", "hub/README.md")
WORKING: Final = ("CONTRIBUTING.md", "ARCHITECTURE.md", "CHANGELOG.md")

PAINTED: Final = "application/vnd.course-helpers.picture+json"
"""The kind of output that the page paints itself."""

SETTINGS: Final = "application/vnd.course-helpers.settings+json"
"""The kind of script by which explorer.js knows the stored settings of an explorer."""

PICTURES: Final = "_static/pictures"
REPOSITORY_PICTURES: Final = ".github/pictures"

FOLDED: Final = {"source_hidden": "hide-input", "outputs_hidden": "hide-output"}
"""What is folded in JupyterLab, such as an answer to a question, and the tag that folds it here."""

_BADGE: Final = re.compile(r"\[!\[([^\]]*)\]\(https?:[^)]*\)\]\(")
_PICTURE: Final = re.compile(r"<picture>.*?</picture>", re.DOTALL)
_ANCHOR: Final = re.compile(r"(?<=\.ipynb#)[^)\s]+")


def stage(folder: Path, binder: str, browser: str = "") -> None:
    """Put into an empty folder all that Sphinx reads.

    `binder` is the address that opens a file of the repository on Binder, but for its path.
    `browser` is the folder of the site that has the course for the browser alone, if it has one.
    """
    shutil.copytree(ROOT / REPOSITORY_PICTURES, folder / PICTURES)
    pages = [page for page in (HOME, PACKAGE, *TEACHING, *WORKING) if (ROOT / page).exists()]
    notebooks = [path.relative_to(ROOT).as_posix() for path in execute.find((), NOTEBOOKS)]
    for name in pages:
        text = (ROOT / name).read_text("utf-8")
        write(folder, name, page(text) + (contents(pages, notebooks) if name == HOME else ""))
        copy_linked_files(folder, name, text)
    for name in notebooks:
        notebook = nbformat.read(ROOT / name, as_version=4)
        for cell in notebook.cells:
            if cell.cell_type == "markdown":
                copy_linked_files(folder, name, cell.source)
        run = places(name, binder, browser)
        write(folder, name, nbformat.writes(lesson(notebook, name, folder, run)))


def write(folder: Path, name: str, text: str) -> None:
    """Write a file that is called as in the repository."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def contents(pages: list[str], notebooks: list[str]) -> str:
    """The order of the site, which each page shows beside its text."""
    lessons = [name for name in notebooks if Path(name).parent.name == NOTEBOOKS.name]
    practice = [name for name in notebooks if name not in lessons]
    parts = {
        "The notebooks": lessons,
        "Practice": practice,
        "The package": [name for name in pages if name == PACKAGE],
        "For those who teach": [name for name in pages if name in TEACHING],
        "For those who work on it": [name for name in pages if name in WORKING],
    }
    return "".join(
        f"\n```{{toctree}}\n:hidden:\n:caption: {caption}\n\n"
        + "\n".join(map(entry, names))
        + "\n```\n"
        for caption, names in parts.items()
        if names
    )


def entry(name: str) -> str:
    """A line of the contents: a notebook with its number and topic, a page by its own title."""
    document = name.rpartition(".")[0]
    if not name.endswith(".ipynb") or "topic" not in (about := Page.read(ROOT / name).course):
        return document
    number = int(Path(name).name.partition("_")[0])
    return f"{number or ''} {about['topic']} <{document}>".strip()


def page(markdown: str) -> str:
    """A page as any site can show it: no badge from elsewhere, pictures that follow the theme."""
    markdown = _BADGE.sub(r"[\1](", markdown)
    markdown = _PICTURE.sub(_light_and_dark, markdown)
    return linked(markdown.replace(REPOSITORY_PICTURES, PICTURES))


def _light_and_dark(picture: re.Match[str]) -> str:
    """Both files of a `<picture>`, of which the theme shows one."""
    text, width, light, dark = (
        re.search(rf'\b{name}="([^"]*)"', picture[0]) for name in ("alt", "width", "src", "srcset")
    )
    assert text, f"a picture without a text: {picture[0]}"
    assert light, f"a picture without a file: {picture[0]}"
    size = f' width="{width[1]}"' if width else ""
    both = {"only-light": light, "only-dark": dark} if dark else {"": light}
    return "\n".join(
        f'<img class="{kind}" src="{file[1]}" alt="{text[1]}"{size}>'
        for kind, file in both.items()
        if file
    )


def linked(markdown: str) -> str:
    """Links to a place in a notebook, whose anchors JupyterLab spells in another way."""
    return _ANCHOR.sub(
        lambda anchor: re.sub(r"[^\w-]", "", anchor[0].lower()),
        markdown,
    )


def copy_linked_files(folder: Path, name: str, markdown: str) -> None:
    """Copy what a page links to beside pages and notebooks, such as a module: a download."""
    for link in find("link", tokens(markdown)):
        target = link["attrs"]["url"].partition("#")[0]
        path = (ROOT / name).parent / target
        if "://" in target or not path.is_file() or path.suffix in (".md", ".ipynb"):
            continue
        copy = folder / path.resolve().relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)


def places(name: str, binder: str, browser: str = "") -> dict[str, str]:
    """Where a notebook runs, and the address that opens it there."""
    found = {"on Binder": binder + name}
    if browser:
        up, inside = "../" * name.count("/"), name.partition("/")[2]
        found["in the browser"] = f"{up}{browser}/lab/index.html?path={inside}"
    return found


def lesson(notebook: NotebookNode, name: str, folder: Path, run: Mapping[str, str]) -> NotebookNode:
    """A notebook for readers: its pictures are files, what is for the instructor is left out."""
    notebook.cells = [
        cell
        for cell in notebook.cells
        if cell.metadata.get("slideshow", {}).get("slide_type") != "notes"
    ]
    explored, game = settings.stored_explorer(notebook), settings.stored_game(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = linked(cell.source)
        folded = [tag for part, tag in FOLDED.items() if cell.metadata.get("jupyter", {}).get(part)]
        cell.metadata.tags = [*cell.metadata.get("tags", []), *folded]
        for output in cell.get("outputs", ()):
            if "data" in output:
                turned = settings.file_of(Path(name)).read_bytes() if cell is explored else b""
                if cell is game:
                    played = settings.unpacked(settings.game_file_of(Path(name)))
                    output.data[on_a_page.MIME] = on_a_page.encoded(played)
                as_page_shows(output, name, folder, run, turned)
    first = notebook.cells[0]
    title, _, rest = first.source.partition("\n")
    first.source = f"{title}\n\n{links(run, 'Open ')}, to run and change it.\n{rest}"
    return notebook


def links(run: Mapping[str, str], before: str = "") -> str:
    """Links to where a notebook runs, as HTML."""
    return " or ".join(
        f'<a href="{html.escape(address)}">{before}{where}</a>' for where, address in run.items()
    )


def as_page_shows(
    output: NotebookNode, name: str, folder: Path, run: Mapping[str, str], turned: bytes
) -> None:
    """Give an output the HTML by which a page without a kernel shows it.

    `turned` are the stored settings of the cell's explorer, packed, if it has some.
    """
    data = output.data
    if "text/html" in data:  # what scrolls can be reached by keyboard
        data["text/html"] = data["text/html"].replace("<table>", '<table tabindex="0">')
    elif "image/png" in data:
        shown = picture(output, name, folder)
        # A script paints what is in the element in the place of the PNG beside it.
        if plan := data.pop(PAINTED, None):
            inert = plan.replace("<", "\\u003c")
            script = f'<script type="{PAINTED}">{inert}</script>'
            shown = f'<div class="picture-place">{shown}{script}</div>'
        data["text/html"] = shown
    if asked := data.pop(on_a_page.MIME, None):
        # A script asks the question in the place of its text.
        script = f'<script type="{on_a_page.MIME}">{asked}</script>'
        data["text/html"] = f"<div>{data['text/html']}{script}</div>"
    elif EXPLORER in data and turned:
        # A script turns the knobs in the place of the picture.
        script = f'<script type="{SETTINGS}">{base64.b64encode(turned).decode()}</script>'
        data["text/html"] = (
            f"<div>{data['text/html']}{script}</div>"
            f'<p class="where-it-runs">It has all its settings where the notebook runs: '
            f"{links(run)}.</p>"
        )
    elif EXPLORER in data:
        what = "Its knobs turn" if "image/png" in data else "It answers"
        data["text/html"] += (
            f'<p class="where-it-runs">{what} where the notebook runs: {links(run)}.</p>'
        )


def picture(output: NotebookNode, name: str, folder: Path) -> str:
    """Write the picture of an output into a file; returns what shows it on the notebook's page."""
    data = base64.b64decode(output.data["image/png"])
    path = folder / PICTURES / f"{hashlib.sha256(data).hexdigest()[:16]}.png"
    path.write_bytes(data)
    about: dict[str, Any] = output.metadata.get("image/png", {})
    up = "../" * name.count("/")
    size = "".join(f' {side}="{about[side]}"' for side in ("width", "height") if side in about)
    text = html.escape(about.get("alt", ""), quote=True)
    source = f"{up}{PICTURES}/{path.name}"
    shown = f'<img src="{source}" alt="{text}"{size} loading="lazy">'
    return f'<a class="picture" href="{source}">{shown}</a>'  # alone, it can be enlarged
