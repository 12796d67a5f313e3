"""What the course adds to Jupyter's server."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port
from tornado.web import Application
from tornado.websocket import WebSocketHandler, websocket_connect

from course_helpers.server import send_at_once


class Connection:
    """As Jupyter's server has one for each page and kernel: its handler tells it to connect."""

    def __init__(self, websocket_handler: WebSocketHandler) -> None:
        self.websocket_handler = websocket_handler
        self.is_connected = False

    async def connect(self) -> None:
        self.is_connected = True


async def option_of_a_page(settings: dict[str, Any]) -> int:
    """TCP_NODELAY of the server's socket to a page that has just connected to a kernel."""
    option: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    class Page(WebSocketHandler):
        async def open(self, *_: str, **__: str) -> None:
            connection = self.settings["kernel_websocket_connection_class"](websocket_handler=self)
            await connection.connect()
            assert connection.is_connected
            assert self.ws_connection
            assert self.ws_connection.stream
            to_page = self.ws_connection.stream.socket
            option.set_result(to_page.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))

    server = HTTPServer(Application([("/", Page)], **settings))
    listening, port = bind_unused_port()
    server.add_socket(listening)
    page = await websocket_connect(f"ws://127.0.0.1:{port}/")
    try:
        return await asyncio.wait_for(option, 30)
    finally:
        page.close()
        server.stop()
        await server.close_all_connections()


@pytest.mark.parametrize("is_sent_at_once", [False, True])
def test_a_short_message_does_not_wait_for_the_one_before(is_sent_at_once: bool) -> None:
    settings: dict[str, Any] = {"kernel_websocket_connection_class": Connection}
    if is_sent_at_once:
        send_at_once(settings)
    assert bool(asyncio.run(option_of_a_page(settings))) == is_sent_at_once
