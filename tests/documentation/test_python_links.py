"""Each link into Python's documentation leads to a place that the newest edition has."""

from __future__ import annotations

from pathlib import Path

import pytest

from authoring.python_links import ANCHORS, anchors, fault, links, read

KNOWN = anchors(ANCHORS.read_text("utf-8"))


@pytest.mark.parametrize(("link", "place"), links().items(), ids=list(links()))
def test_it_leads_somewhere(link: str, place: str) -> None:
    assert fault(link, KNOWN) is None, place


def test_all_notebooks_are_looked_at() -> None:
    assert len({place for place in links().values() if place.startswith("notebooks/")}) >= 10


@pytest.mark.parametrize(
    ("link", "words"),
    [
        ("https://docs.python.org/3/library/asyncio-task.html#terminating-a-task-group", "anchor"),
        ("https://docs.python.org/3/library/asyncio-policy-of-old.html", "no such page"),
        ("https://docs.python.org/3.11/library/asyncio-task.html", "the newest"),
    ],
)
def test_a_link_that_leads_nowhere_is_found(link: str, words: str) -> None:
    assert words in str(fault(link, KNOWN))


def test_anchors_are_read_from_the_pages_that_are_there(tmp_path: Path) -> None:
    page = '<section id="queue"><dt id="asyncio.Queue"><a id="index-3"></a><span id="id1">'
    (tmp_path / "queue.html").write_text(page, "utf-8")
    found = read(tmp_path, ["queue.html", "gone.html"])
    assert anchors(found) == {"queue.html": {"queue", "asyncio.Queue"}}
