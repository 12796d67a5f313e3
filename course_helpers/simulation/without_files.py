"""The virtual clock where there are no files, sockets and threads: in a browser alone."""

from __future__ import annotations

import selectors
from collections.abc import Mapping
from typing import Any

from course_helpers.browser import NothingOutside
from course_helpers.simulation.clock import VirtualClockLoop


class _NoFiles(selectors.BaseSelector):
    """A selector that has nothing to select from; it asks the loop before it would wait."""

    files = 0

    def __init__(self, loop: VirtualClockLoop) -> None:
        self._loop = loop

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        raise NotImplementedError

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        raise KeyError(fileobj)

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return {}

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        return self._loop.look() if timeout == 0 else self._loop.pass_time()

    def poll(self, real_seconds: float) -> list[tuple[selectors.SelectorKey, int]]:
        """Nothing comes, and nobody has to be waited for."""
        return []


class LoopWithoutFiles(NothingOutside, VirtualClockLoop):
    """A loop on a virtual clock that nothing reaches from outside."""

    def _new_selector(self) -> Any:
        return _NoFiles(self)

    def _make_self_pipe(self) -> None:
        """Nobody else could wake it."""

    def _close_self_pipe(self) -> None:
        """It has none."""

    def _write_to_self(self) -> None:
        """It runs already."""
