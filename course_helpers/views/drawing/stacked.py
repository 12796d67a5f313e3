"""The picture of several timelines, one under the other on one axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from course_helpers.recording.model import Recording
from course_helpers.views.drawing.picture import Picture
from course_helpers.views.drawing.plan import Plan

if TYPE_CHECKING:
    from course_helpers.views.drawing.painting.figures import Page


class StackedPicture(Picture):
    """Timelines whose plans go from and to the same moments, with one legend for all."""

    def __init__(
        self,
        recordings: Sequence[Recording],
        plans: Sequence[Plan],
        *,
        dark: bool = False,
        projector: bool = False,
    ) -> None:
        super().__init__(dark=dark, projector=projector)
        self._recordings, self._plans = tuple(recordings), tuple(plans)

    def _draw(self) -> Page:
        if self._figure is None:
            from course_helpers.views.drawing.painting.figures import StackedFigure

            self._figure = StackedFigure(self._plans, self._palette, self._size)
        return self._figure

    @property
    def alternative(self) -> str:
        """What the picture shows, in words."""
        return " ".join(plan.alternative for plan in self._plans)

    @property
    def recordings(self) -> tuple[Recording, ...]:
        """What it shows."""
        return self._recordings

    @property
    def plans(self) -> tuple[Plan, ...]:
        """How it shows each of them."""
        return self._plans
