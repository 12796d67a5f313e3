"""Mending a fault of ipykernel 7, by which now and then a cell is never run."""

from __future__ import annotations

import sys
from typing import Any


def no_request_is_lost() -> bool:
    """Have the kernel send its replies through the stream by which it reads requests.

    ipykernel 7 sends them past that stream, straight into the socket of both. Sending uses up the
    socket's notice that something has arrived, so a request that comes at that moment stays unread,
    and the notebook waits for ever:
    https://github.com/ipython/ipykernel/issues/1554 (7.0 to 7.4, not mended when this was written).

    Returns whether it is mended: only in a kernel that is built like that. Doing it twice does
    nothing more.
    """
    if "ipykernel" not in sys.modules:
        return False
    from IPython.core.getipython import get_ipython

    try:
        kernel = get_ipython().kernel  # type: ignore[union-attr]
        manager, stream = kernel.shell_channel_thread.manager, kernel.shell_stream
        if not hasattr(manager, "_shell_socket"):
            return False
    except AttributeError:
        return False
    manager._shell_socket = stream  # sends as well, and then looks what has arrived
    return True


def load_ipython_extension(_: Any) -> None:
    """Mend a kernel that is starting, so that not even its first request is lost.

    The course's environments have their kernels load this module as an extension: see
    `configure_jupyter` in course.py. Elsewhere the mend comes with the import of course_helpers.
    """
    no_request_is_lost()
