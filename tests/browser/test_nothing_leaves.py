"""The check that guards every browser test, that no request leaves the machine, can fail."""

from __future__ import annotations

from playwright.sync_api import Browser

from authoring.lab import Lab, NotebookPage


def test_a_request_to_another_machine_is_seen(lab: Lab, browser: Browser) -> None:
    cell = """
from IPython.display import HTML, display
display(HTML('<img src="http://elsewhere.invalid/a.png">'))
display(HTML('<script>new WebSocket("ws://elsewhere.invalid/b")</script>'))
"""
    notebook = NotebookPage(browser, lab, lab.write("elsewhere.ipynb", [cell]))
    try:
        with (
            notebook.page.expect_request("http://elsewhere.invalid/a.png"),
            notebook.page.expect_websocket(lambda socket: socket.url == "ws://elsewhere.invalid/b"),
        ):
            notebook.run_all()
        assert notebook.elsewhere == {"http://elsewhere.invalid/a.png", "ws://elsewhere.invalid/b"}
    finally:
        notebook.close()
