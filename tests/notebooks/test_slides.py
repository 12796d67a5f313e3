"""Where slides are cut, given what each cell takes of the screen."""

from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_notebook

from authoring import slide_heights
from authoring.kernel import NOTEBOOKS
from authoring.slides import ROOM, cut, slides, too_tall
from tests.notebooks.building import code, text


def test_a_slide_goes_on_until_the_next_one_and_notes_are_on_none() -> None:
    notebook = new_notebook(
        cells=[text("# A", "slide"), code("1"), text("n", "notes"), text("### B", "subslide")]
    )
    assert slides(notebook) == [[0, 1], [3]]


def test_what_has_no_room_begins_a_slide_of_its_own() -> None:
    notebook = new_notebook(cells=[text("# A", "slide"), code("1"), code("2")])
    taken = [ROOM / 3, ROOM / 3, ROOM / 2]
    assert too_tall(notebook, taken) == [[0, 1, 2]]
    cut(notebook, taken)
    assert slides(notebook) == [[0, 1], [2]]
    assert too_tall(notebook, taken) == []


def test_a_text_goes_with_the_cell_that_it_leads_to() -> None:
    notebook = new_notebook(cells=[text("# A", "slide"), code("1"), text("now"), code("2")])
    cut(notebook, [ROOM / 2, ROOM / 4, ROOM / 8, ROOM / 2])
    assert slides(notebook) == [[0, 1], [2, 3]]


def test_a_cell_that_is_taller_than_the_screen_stands_alone() -> None:
    notebook = new_notebook(cells=[text("# A", "slide"), code("1"), text("so")])
    taken = [10, 2 * ROOM, 10]
    cut(notebook, taken)
    assert slides(notebook) == [[0], [1], [2]]
    assert too_tall(notebook, taken) == []


def test_a_cut_that_is_no_longer_needed_goes() -> None:
    notebook = new_notebook(
        cells=[text("# A", "slide"), code("1"), text("b", "subslide"), text("### B", "subslide")]
    )
    cut(notebook, [10.0] * 4)
    assert slides(notebook) == [[0, 1, 2], [3]]


def test_cutting_twice_is_cutting_once() -> None:
    notebook = new_notebook(cells=[text("# A", "slide"), *(code(str(n)) for n in range(9))])
    taken = [ROOM / 5 * (1 + n % 4) for n in range(10)]
    cut(notebook, taken)
    once = slides(notebook)
    cut(notebook, taken)
    assert slides(notebook) == once


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem)
def test_no_slide_is_taller_than_the_screen(path: Path) -> None:
    """At the size of letters that JupyterLab has."""
    taken = slide_heights.stored(path)
    assert taken is not None, "Run `python -m authoring.slides`, and commit what it writes."
    notebook = nbformat.read(path, as_version=4)
    assert len(taken) == len(notebook.cells) > 0
    assert too_tall(notebook, taken) == []


def test_heights_hold_until_a_cell_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slide_heights, "FILE", tmp_path / "heights.json")
    path = tmp_path / "topic.ipynb"
    notebook = new_notebook(cells=[text("# A", "slide"), code("1"), text("b", "subslide")])
    nbformat.write(notebook, path)
    assert slide_heights.stored(path) is None
    slide_heights.store(path, [10.2, 20.4, 30.6])
    assert slide_heights.stored(path) == [10, 20, 31]

    notebook.cells[1].metadata["slideshow"] = {"slide_type": "subslide"}
    nbformat.write(notebook, path)
    assert slide_heights.stored(path) == [10, 20, 31]

    notebook.cells[1].source = "2"
    nbformat.write(notebook, path)
    assert slide_heights.stored(path) is None
