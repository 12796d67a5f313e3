"""Who runs which tests, of three workers: a plugin beside pytest-xdist, which course.py names.

Two of them take the tests in the browser, one test after the other, and nothing else before these
are done: so each starts JupyterLab and Chromium once. More than two make pages come too late on two
processors. What these tests leave of the machine, as they mostly wait, is the third worker's, who
takes the other tests, a module or a class at a time.
"""

from __future__ import annotations

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

PAGES = "tests/browser/"
# Each builds something large once, for all of its tests.
BUILDING = (f"{PAGES}test_site.py", f"{PAGES}test_lite.py")
WITHOUT_PAGES = "gw2"


class Sharing(LoadScopeScheduling):  # type: ignore[misc]  # it has no types
    """Units of work, each for whichever worker is free and may take it; the largest come first."""

    def _split_scope(self, nodeid: str) -> str:
        """The unit that a test belongs to."""
        unit: str = super()._split_scope(nodeid)
        alone = unit.startswith(PAGES) and not unit.startswith(BUILDING)
        return nodeid if alone else unit

    def _assign_work_unit(self, node: WorkerController) -> None:
        """Give the worker its next unit; let it go when there is none for it."""
        pages = [unit for unit in self.workqueue if unit.startswith(PAGES)]
        others = [unit for unit in self.workqueue if not unit.startswith(PAGES)]
        units = others if node.gateway.id == WITHOUT_PAGES else pages + others
        if units:
            self.workqueue.move_to_end(units[0], last=False)
            super()._assign_work_unit(node)
        else:
            node.shutdown()


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Sharing:
    """Have the tests shared in this way."""
    return Sharing(config, log)
