"""Links into Python's documentation, held against what it has: no network is needed.

`python_links.txt` says which anchors each page that the course links to has, in the documentation
of the newest Python. To make it anew, with a page that is new in it or for another Python, unpack
that documentation (Debian has it as `python3.15-doc`, python.org as an archive), and run

    python -m authoring.python_links FOLDER

with the folder that has `contents.html` in it.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from authoring.kernel import ROOT

ANCHORS: Final = Path(__file__).with_suffix(".txt")
LINK: Final = re.compile(r"https://docs\.python\.org/[^\s)\"'\\<>`]*[^\s)\"'\\<>`.,;:]")
#: Where links stand: notebooks, pages, what notebooks are made of, and docstrings.
PLACES: Final = (
    *("*.md", "notebooks/*.ipynb", "notebooks/practice/*.ipynb"),
    *("course_helpers/**/*.md", "course_helpers/**/*.py"),
)
_NUMBERED: Final = re.compile(r"id\d+|index-\d+")  # another one with each edition


def links(root: Path = ROOT) -> dict[str, str]:
    """Every link into Python's documentation, with one file that has it."""
    found: dict[str, str] = {}
    for path in sorted(path for place in PLACES for path in root.glob(place)):
        for link in LINK.findall(path.read_text("utf-8")):
            found.setdefault(link, path.relative_to(root).as_posix())
    return found


def anchors(text: str) -> dict[str, frozenset[str]]:
    """By page, its anchors, from a text with a line for each page."""
    lines = (line.split() for line in text.splitlines())
    return {page: frozenset(found) for page, *found in lines}


def fault(link: str, known: dict[str, frozenset[str]]) -> str | None:
    """What is wrong with a link into Python's documentation, in a sentence; None if nothing is."""
    parts = urlsplit(link)
    page = parts.path.removeprefix("/3/")
    if page == parts.path:
        return f"{link}: link to the newest Python's page, https://docs.python.org/3/…"
    if page not in known:
        return f"{link}: no such page was found; is it new? `authoring/python_links.py` says how."
    if parts.fragment and parts.fragment not in known[page]:
        return f"{link}: the page has no such anchor"
    return None


def read(documentation: Path, pages: Iterable[str]) -> str:
    """A line for each page that is there: its name, and its anchors."""
    lines = []
    for page in sorted(set(pages)):
        if (documentation / page).is_file():
            text = (documentation / page).read_text("utf-8")
            found = sorted(set(re.findall(r'\bid="([^"\s]+)"', text)))
            lines.append(" ".join([page, *(one for one in found if not _NUMBERED.fullmatch(one))]))
    return "".join(f"{line}\n" for line in lines)


if __name__ == "__main__":
    linked = [urlsplit(link).path.removeprefix("/3/") for link in links()]
    ANCHORS.write_text(read(Path(sys.argv[1]), linked), "utf-8")
