"""Mending a fault of ipykernel 7, by which now and then a cell is never run."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any


def no_request_is_lost() -> bool:
    """Have the kernel look for the next request after each reply that it sends.

    ipykernel 7 sends its replies past the stream by which it reads requests from the same socket.
    Sending uses up the socket's notice that something has arrived, so a request that comes at that
    moment stays unread, and the notebook waits for ever:
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
        socket, look, loop = manager._shell_socket, stream._handle_events, stream.io_loop
    except AttributeError:
        return False
    if not isinstance(socket, _Socket):
        manager._shell_socket = _Socket(socket, lambda: loop.add_callback(look, None, None))
    return True


class _Socket:
    """A socket that does something after each message that it has sent."""

    def __init__(self, socket: Any, after: Callable[[], object]) -> None:
        self._socket = socket
        self._after = after

    def send_multipart(self, message: Any) -> None:
        self._socket.send_multipart(message)
        self._after()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._socket, name)
