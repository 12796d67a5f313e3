"""How a notebook shows timelines and summaries, pyplot imported or not."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import RichOutput, capture_output
from matplotlib.backends.backend_agg import RendererAgg

from course_helpers import Recording, compare, timeline
from course_helpers.views.summary import summary
from tests.views.builder import Builder


def recording() -> Recording:
    made = Builder()
    made.task("A", ("sleep", "sleep(1)", 1))
    return made.recording()


@pytest.fixture
def shell() -> Iterator[InteractiveShell]:
    yield InteractiveShell.instance()
    InteractiveShell.clear_instance()


def shown(shell: InteractiveShell, what: Any) -> RichOutput:
    from IPython.display import display

    with capture_output() as captured:
        display(what)
    (output,) = captured.outputs
    return output


@pytest.mark.parametrize("pyplot", [False, True])
def test_a_timeline_keeps_its_alternative_and_its_size(
    shell: InteractiveShell, pyplot: bool
) -> None:
    if pyplot:
        from IPython.core.pylabtools import select_figure_formats

        select_figure_formats(shell, {"png"})  # what importing pyplot does in a notebook
    figure = timeline(recording())
    for what in (figure, recording()):
        output = shown(shell, what)
        assert output.data["image/png"] == figure.png()
        assert output.metadata["image/png"] == {
            "alt": figure.alternative,
            "width": figure.page_size[0],
            "height": figure.page_size[1],
        }


def test_a_summary_is_a_table_and_has_plain_text(shell: InteractiveShell) -> None:
    output = shown(shell, summary(recording()))
    assert output.data["text/plain"] == str(summary(recording()))
    assert output.data["text/html"].count("<table>") == 1


def alive() -> int:
    """How many pictures' pixels there are in memory."""
    return sum(isinstance(each, RendererAgg) for each in gc.get_objects())


def test_of_what_was_shown_no_pixels_are_kept_but_those_of_a_figure_that_is_in_use() -> None:
    gc.collect()
    gc.disable()  # what goes has to go by itself: a kernel may not collect for minutes
    try:
        before = alive()
        pictures = [timeline(recording()), compare(recording(), recording())]
        for picture in pictures:
            picture._repr_mimebundle_()
        assert alive() == before
        used = [each.figure for each in pictures]
        for picture in pictures:
            picture._repr_mimebundle_()
        assert used == [each.figure for each in pictures]
        assert alive() == before + len(pictures)
    finally:
        gc.enable()
