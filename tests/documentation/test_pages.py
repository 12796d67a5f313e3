"""What the READMEs show is what their code does, and their pictures are made from it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import course_helpers
from authoring.kernel import ROOT
from authoring.markdown_page import Block, Shown, differs, pictures, run
from authoring.pictures import (
    COMMAND,
    EXPLORER,
    MOST_BYTES,
    PAGES,
    description,
    explorer_cell,
    written_description,
)

AGAIN = f"make the pictures again: `{COMMAND}`"


@pytest.fixture(scope="module", params=PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def page(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


@pytest.fixture(scope="module")
def ran(page: Path, tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Block, Shown]]:
    return run(page, tmp_path_factory.mktemp("page"))


@pytest.mark.slow
def test_every_block_shows_what_the_page_says(ran: list[tuple[Block, Shown]]) -> None:
    assert ran
    different = [
        f"line {block.line}: {difference}"
        for block, shown in ran
        if (difference := differs(block, shown)) is not None
    ]
    assert not different, "\n\n".join(different)


@pytest.mark.slow
def test_every_picture_is_of_the_value_of_its_cell(ran: list[tuple[Block, Shown]]) -> None:
    for block, shown in ran:
        if block.picture is not None:
            for path in (block.picture.light, block.picture.dark):
                if path is not None:
                    assert path.exists(), AGAIN
                    assert written_description(path) == description(shown.value), AGAIN


def test_a_dark_picture_is_another(page: Path) -> None:
    for picture in pictures(page):
        if picture.dark is not None:
            assert picture.dark.read_bytes() != picture.light.read_bytes(), AGAIN


def test_every_picture_can_be_read_aloud_and_is_small(page: Path) -> None:
    shown = pictures(page)
    assert shown
    for picture in shown:
        assert len(picture.alternative) >= 40, f"{picture.light.name} needs an alternative text"
        for path in (picture.light, picture.dark):
            if path is not None:
                assert path.exists(), AGAIN
                assert path.read_bytes().startswith(b"\x89PNG")
                assert path.stat().st_size < MOST_BYTES


def test_the_page_names_everything_public() -> None:
    rows = re.findall(r"^\| `(\w+)", PAGES[1].read_text("utf-8"), re.MULTILINE)
    assert set(course_helpers.__all__) <= set(rows)


@pytest.mark.slow
def test_the_command_makes_every_picture_there_is(ran: list[tuple[Block, Shown]]) -> None:
    made = {EXPLORER}
    for page in PAGES:
        made |= {picture.light for picture in pictures(page)}
        made |= {picture.dark for picture in pictures(page) if picture.dark is not None}
    assert set(EXPLORER.parent.glob("*")) <= made, "a picture that no page shows"
    assert made == set(EXPLORER.parent.glob("*")), AGAIN


def test_the_explorer_is_that_of_the_notebook() -> None:
    shown = [picture for page in PAGES for picture in pictures(page) if picture.light == EXPLORER]
    [picture] = shown
    for path in (picture.light, picture.dark):
        if path is not None:
            assert json.loads(written_description(path))["cell"] == explorer_cell()[1], AGAIN
