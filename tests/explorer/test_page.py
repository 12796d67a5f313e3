"""An explorer's picture where the page paints it: a plan, over a comm that the page opens."""

from __future__ import annotations

import json
from typing import Any

import comm
import ipywidgets
import pytest
from matplotlib.figure import Figure

from course_helpers import Recording, described, explore
from course_helpers.explorer.figures import Show
from course_helpers.explorer.interface import Explorer
from course_helpers.explorer.page import TARGET
from course_helpers.views.described import Described
from course_helpers.views.page import picture
from tests.explorer.programs import increments


class PageOfExplorer:
    """What a page does of its own: it says for which widget it paints, and is sent pictures."""

    def __init__(self, widget: str) -> None:
        self.pictures: list[Any] = []
        self.closed = False
        self._receive: Any = None
        target: Any = comm.get_comm_manager().targets[TARGET]
        target(self, {"content": {"data": {"widget": widget}}})

    def send(self, data: dict[str, Any]) -> None:
        self.pictures.append(data["picture"] and json.loads(data["picture"])[0])

    def close(self) -> None:
        self.closed = True

    def on_msg(self, receive: Any) -> None:
        self._receive = receive

    def point_at(self, moment: float) -> None:
        self._receive({"content": {"data": {"moment": moment}}})


def explored(show: Show = None) -> tuple[Explorer, Any]:
    """An explorer, and the widget that it is shown as."""
    explorer = explore(increments, workers=(1, 10), show=show)
    data, _ = explorer._repr_mimebundle_()
    model = data["application/vnd.jupyter.widget-view+json"]["model_id"]
    view: Any = ipywidgets.widgets.widget._instances[model]
    return explorer, view


def outputs(view: Any) -> list[dict[str, Any]]:
    """What is shown of figures that are more than text."""
    return [one["data"] for child in view.children for one in getattr(child, "outputs", ())]


def knob(view: Any) -> Any:
    """The one for workers."""
    knobs = view.children[1].children
    return next(one for one in knobs if getattr(one, "description", "") == "workers")


def has_png(view: Any) -> bool:
    return any("image/png" in getattr(one, "value", "") for one in view.children)


def texts(widget: Any) -> str:
    """All that the explorer says."""
    inner = " ".join(texts(child) for child in getattr(widget, "children", ()))
    return f"{getattr(widget, 'value', '')} {inner}"


def replays(widget: Any) -> list[str]:
    """The pieces of HTML that are shown."""
    found = [one["data"]["text/html"] for one in getattr(widget, "outputs", ())]
    return found + [one for child in getattr(widget, "children", ()) for one in replays(child)]


def test_a_page_that_paints_is_sent_each_picture_and_no_png() -> None:
    _, view = explored()
    assert has_png(view)
    page = PageOfExplorer(view.model_id)
    assert not has_png(view)
    knob(view).value = 4
    first, second = page.pictures
    assert first["name"].startswith("Explorer of increments at workers = 3, ")
    assert second["name"].startswith("Explorer of increments at workers = 4, ")
    assert "Pale outline: the run before, at workers = 3" in second["text"]
    assert not has_png(view)


def test_a_figure_of_ones_own_is_painted_by_the_page_too() -> None:
    def drawn(recording: Recording) -> Described:
        return described(Figure(), f"{len(recording.tasks)} tasks")

    _, view = explored(show=drawn)
    assert "image/png" in outputs(view)[0]
    PageOfExplorer(view.model_id)
    knob(view).value = 4
    [data] = outputs(view)
    assert set(data) == {picture.MIME}
    assert json.loads(data[picture.MIME])[0]["text"] == "5 tasks"


def test_what_the_page_cannot_paint_is_a_png_all_the_same() -> None:
    _, view = explored(show=lambda recording: Figure())
    PageOfExplorer(view.model_id)
    knob(view).value = 4
    [data] = outputs(view)
    assert "image/png" in data


def test_the_stored_output_has_both_all_the_same() -> None:
    explorer, view = explored()
    PageOfExplorer(view.model_id)
    knob(view).value = 5
    data, metadata = explorer._repr_mimebundle_()
    assert data["image/png"].startswith(b"\x89PNG")
    assert "workers = 5" in metadata["image/png"]["alt"]
    assert "workers = 5" in data[picture.MIME]


def test_what_is_too_much_for_a_page_is_a_png(monkeypatch: pytest.MonkeyPatch) -> None:
    _, view = explored()
    page = PageOfExplorer(view.model_id)
    monkeypatch.setattr(picture, "MOST", 10)
    knob(view).value = 4
    assert page.pictures[-1] is None
    assert has_png(view)


def test_a_page_that_is_loaded_anew_is_sent_the_present_picture() -> None:
    _, view = explored()
    before = PageOfExplorer(view.model_id)
    knob(view).value = 6
    anew = PageOfExplorer(view.model_id)
    assert anew.pictures == before.pictures[-1:]


def test_an_explorer_that_is_not_there_is_not_waited_for() -> None:
    explored()
    assert PageOfExplorer("gone").closed


def test_a_moment_that_is_pointed_at_opens_a_replay_there() -> None:
    _, view = explored()
    page = PageOfExplorer(view.model_id)
    assert "A click in the picture opens a replay" in texts(view)
    assert replays(view) == []
    page.point_at(0.03)
    assert "opened at 0.03 s" in texts(view)
    [opened] = replays(view)
    assert "asyncio-replay" in opened
    page.point_at(0.0)
    assert replays(view) != [opened]
    page.point_at(5.0)  # where the axis goes on beyond the end
    assert "opened at 0.06 s" in texts(view)


def test_a_replay_of_an_older_setting_says_of_which() -> None:
    _, view = explored()
    page = PageOfExplorer(view.model_id)
    page.point_at(0.03)
    [opened] = replays(view)
    knob(view).value = 4
    assert "This was at workers = 3. The knobs have moved" in texts(view)
    assert replays(view) == [opened]
    page.point_at(0.03)
    assert "This was" not in texts(view)
    assert "opened at 0.03 s" in texts(view)


def test_a_replay_can_be_closed() -> None:
    explorer, view = explored()
    PageOfExplorer(view.model_id).point_at(0.0)
    explorer._replayed.close_button.click()
    assert replays(view) == []
    knob(view).value = 4
    assert "This was" not in texts(view)
