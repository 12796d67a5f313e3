"""What the course adds to Jupyter's server: a kernel's messages do not wait on their way."""

from __future__ import annotations

from typing import Any


def send_at_once(settings: dict[str, Any]) -> None:
    """Have the connections between kernels and pages hold no message back.

    Tornado leaves Nagle's algorithm on for a WebSocket: a short message waits until the page's
    machine has acknowledged the one before, for which Linux takes 40 ms. A kernel answers a knob
    with *busy*, a picture and *idle*, and so most turns of a knob took 40 ms more than they need.
    Source: https://www.tornadoweb.org/en/stable/websocket.html, `set_nodelay`.

    `settings` are those of the server's web application, which name the class of connections.
    """
    connection_class: Any = settings["kernel_websocket_connection_class"]

    class ConnectionAtOnce(connection_class):  # type: ignore[misc]
        def connect(self) -> Any:
            self.websocket_handler.set_nodelay(True)
            return super().connect()

    settings["kernel_websocket_connection_class"] = ConnectionAtOnce


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": __name__}]


def _load_jupyter_server_extension(server: Any) -> None:
    """Called by a Jupyter server that starts: see `SERVER_SETTINGS` in course.py."""
    send_at_once(server.web_app.settings)
