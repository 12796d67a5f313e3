"""A figure of one's own is shown with its words, by every IPython."""

from __future__ import annotations

import pytest
from IPython.core.formatters import DisplayFormatter
from matplotlib.figure import Figure

from course_helpers import described


def test_a_notebook_shows_the_figure_and_keeps_its_words() -> None:
    shown = described(Figure(figsize=(2, 1)), "Nothing at all.")
    data, metadata = DisplayFormatter().format(shown)
    assert data["image/png"].startswith(b"\x89PNG")
    assert metadata["image/png"] == {"width": 900, "alt": "Nothing at all."}
    # The same whatever it shows: it is what comparing notebooks compares.
    assert (
        data["text/plain"]
        == DisplayFormatter().format(described(Figure(), "Other."))[0]["text/plain"]
    )


def test_it_says_what_is_wrong() -> None:
    with pytest.raises(TypeError, match="takes a figure of matplotlib, not 'a picture'"):
        described("a picture", "words")  # type: ignore[arg-type] # on purpose
    with pytest.raises(ValueError, match="what does the figure show"):
        described(Figure(), " ")
