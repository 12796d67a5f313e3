"""A figure of one's own is shown with its words, by every IPython."""

from __future__ import annotations

import json

import pytest
from IPython.core.formatters import DisplayFormatter
from matplotlib.figure import Figure

from course_helpers import described
from course_helpers.views.page.picture import MIME
from course_helpers.views.palette import DARK, LIGHT


def test_a_notebook_shows_the_figure_and_keeps_its_words() -> None:
    shown = described(Figure(figsize=(2, 1)), "Nothing at all.")
    data, metadata = DisplayFormatter().format(shown)
    assert data["image/png"].startswith(b"\x89PNG")
    assert metadata["image/png"] == {"width": 900, "height": 450, "alt": "Nothing at all."}
    # The same whatever it shows: it is what comparing notebooks compares.
    assert (
        data["text/plain"]
        == DisplayFormatter().format(described(Figure(), "Other."))[0]["text/plain"]
    )


def painted(figure: Figure) -> str:
    """What a page paints of a figure."""
    data, _ = DisplayFormatter().format(described(figure, "Words."))
    [plan] = json.loads(data[MIME])
    assert plan["text"] == "Words."
    return str(plan["svg"])


def test_a_page_paints_it_with_a_colour_for_each_theme() -> None:
    figure = Figure(figsize=(9, 2))
    axes = figure.add_subplot()
    axes.bar([1], [1], color=LIGHT.curves[1].upper(), edgecolor="black")
    axes.bar([2], [1], color="#123456")
    axes.set_xlabel("  turns of the loop")
    svg = painted(figure)
    assert f"light-dark({LIGHT.curves[1]}, {DARK.curves[1]})" in svg
    assert f"light-dark({LIGHT.ink}, {DARK.ink})" in svg
    assert "fill: #123456" in svg
    assert ">  turns of the loop</text>" in svg
    assert "font-family" not in svg
    assert painted(figure) == svg


def test_the_figure_stays_what_it_was() -> None:
    figure = Figure(figsize=(9, 2), dpi=72)
    painted(figure)
    assert (figure.dpi, *figure.get_size_inches()) == (72, 9, 2)


def test_a_figure_of_many_points_is_not_painted() -> None:
    figure = Figure()
    figure.add_subplot().scatter(range(30_000), range(30_000))
    data, _ = DisplayFormatter().format(described(figure, "Words."))
    assert MIME not in data
    assert data["image/png"].startswith(b"\x89PNG")


def test_it_says_what_is_wrong() -> None:
    with pytest.raises(TypeError, match="takes a figure of matplotlib or a Sketch, not 'a"):
        described("a picture", "words")  # type: ignore[arg-type] # on purpose
    with pytest.raises(ValueError, match="what does the picture show"):
        described(Figure(), " ")
