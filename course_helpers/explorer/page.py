"""The page that shows an explorer, where it can paint pictures itself.

There, `labextensions/course-helpers/explorers.js` opens a comm for each explorer, and each picture
goes over it as a plan, which is sooner there than a PNG. A front end that does not have that script
opens none, and is given PNGs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final
from weakref import WeakValueDictionary

try:
    import comm
except ModuleNotFoundError:  # Colab's kernel is older than it: pages there are given PNGs
    comm = None  # type: ignore[assignment] # there is none

TARGET: Final = "course_helpers.explorer"
"""What the script calls such a comm; it says for which widget it is."""


class Page:
    """One explorer's page. `opened` is called when a page says that it can paint.

    `asked` is called with a moment, in seconds, that the learner pointed at in the picture.
    The last one that said so counts. It is not known when a page is gone: a comm is closed by a
    message, and a page that is loaded anew sends none.
    """

    def __init__(
        self, widget: str, opened: Callable[[], None], asked: Callable[[float], None]
    ) -> None:
        self._opened = opened
        self._asked = asked
        self._comm: Any = None
        _pages[widget] = self
        if comm is not None:
            comm.get_comm_manager().register_target(TARGET, _open)

    @property
    def paints(self) -> bool:
        """Whether a page has said that it can."""
        return self._comm is not None

    def open(self, opened: Any) -> None:
        """A page says that it can."""
        self._comm = opened
        opened.on_msg(lambda message: self._asked(float(message["content"]["data"]["moment"])))
        self._opened()

    def paint(self, plans: str | None) -> None:
        """Let the page show these plans, as `Picture.for_page` writes them, or nothing."""
        self._comm.send({"picture": plans})


_pages: Final[WeakValueDictionary[str, Page]] = WeakValueDictionary()


def _open(opened: Any, message: dict[str, Any]) -> None:
    page = _pages.get(message["content"]["data"]["widget"])
    if page is None:
        opened.close()
    else:
        page.open(opened)
