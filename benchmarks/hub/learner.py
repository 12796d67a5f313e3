"""A simulated learner: does through the hub's address what a browser would do, without a pause."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import nbformat
from nbformat import NotebookNode
from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

from authoring.kernel import NOTEBOOKS
from benchmarks.hub.server import Hub

LESSON: Final = "01_locks.ipynb"
CHECKS: Final = 3
PICTURES: Final = {"image/png", "application/vnd.course-helpers.picture+json"}
_CHECK: Final = re.compile(r"^exercises\.\w+\.\w+\.check\(", re.MULTILINE)


def cells() -> list[NotebookNode]:
    """The code of notebook 01, with one exercise, and two more of its practice notebook.

    The starters are checked as they stand. They are wrong answers, each with its pictures, which
    cost more than right ones.
    """
    lesson = list(_code(NOTEBOOKS / LESSON))
    practice = [cell for cell in _code(NOTEBOOKS / "practice" / LESSON) if _is_check(cell)]
    found = [*lesson, *practice[: CHECKS - sum(map(_is_check, lesson))]]
    assert sum(map(_is_check, found)) == CHECKS
    return found


def _code(path: Path) -> Iterator[NotebookNode]:
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code":
            yield cell


def _is_check(cell: NotebookNode) -> bool:
    return bool(_CHECK.search(cell.source))


@dataclass
class Learner:
    """One learner. Times are seconds since the log-in; `faults` is what went wrong, in words."""

    hub: Hub
    name: str
    home: Path
    ready: float | None = None
    first_picture: float | None = None
    done: float | None = None
    faults: list[str] = field(default_factory=list)

    async def work(self) -> None:
        """Log in, open notebook 01, run it and the exercises."""
        shutil.copytree(NOTEBOOKS, self.home / "notebooks", ignore=shutil.ignore_patterns(".*"))
        self._began = time.monotonic()
        try:
            await self._log_in()
            await self._open()
            self.done = self._seconds()
        except Exception as error:  # whatever breaks is a result
            self.faults.append(f"{type(error).__name__}: {error}")

    def _seconds(self) -> float:
        return time.monotonic() - self._began

    async def _log_in(self) -> None:
        await self._ask("POST", f"/hub/api/users/{self.name}")
        await self._ask("POST", f"/hub/api/users/{self.name}/server")
        while not (await self._ask("GET", f"/hub/api/users/{self.name}"))["servers"][""]["ready"]:
            await asyncio.sleep(0.2)
        self.ready = self._seconds()

    async def _open(self) -> None:
        own = f"/user/{self.name}"
        await self._ask("GET", f"{own}/lab", is_json=False)
        await self._ask("GET", f"{own}/api/contents/notebooks/{LESSON}?content=1")
        wanted = {
            "path": f"notebooks/{LESSON}",
            "name": LESSON,
            "type": "notebook",
            "kernel": {"name": "python3"},
        }
        session = await self._ask("POST", f"{own}/api/sessions", wanted)
        address = f"{self.hub.url.replace('http', 'ws', 1)}{own}/api/kernels/"
        request = self._request("GET", f"{session['kernel']['id']}/channels", address)
        kernel = await websocket_connect(request, max_message_size=100_000_000)
        try:
            for cell in cells():
                await self._run(kernel, cell)
        finally:
            kernel.close()

    async def _run(self, kernel: WebSocketClientConnection, cell: NotebookNode) -> None:
        message = uuid.uuid4().hex
        header = {"msg_id": message, "msg_type": "execute_request", "version": "5.3"}
        header |= {"session": self.name, "username": self.name, "date": ""}
        content = {"code": cell.source, "silent": False, "stop_on_error": False}
        asked = {"header": header, "parent_header": {}, "metadata": {}, "content": content}
        await kernel.write_message(json.dumps({**asked, "channel": "shell", "buffers": []}))
        while True:
            answer = await kernel.read_message()
            if answer is None:
                raise ConnectionError("the connection to the kernel is gone")
            said = json.loads(answer) if isinstance(answer, str) else {"parent_header": {}}
            if said["parent_header"].get("msg_id") != message:
                continue
            kind, content = said["msg_type"], said["content"]
            if self.first_picture is None and PICTURES & set(content.get("data", {})):
                self.first_picture = self._seconds()
            if kind == "error" and "raises-exception" not in cell.metadata.get("tags", []):
                self.faults.append(f"{content['ename']}: {content['evalue']}")
            if kind == "status" and content["execution_state"] == "idle":
                return

    def _request(self, method: str, path: str, base: str | None = None) -> HTTPRequest:
        return HTTPRequest(
            (self.hub.url if base is None else base) + path,
            method=method,
            headers={"Authorization": f"token {self.hub.token}"},
            request_timeout=600,
            allow_nonstandard_methods=True,
        )

    async def _ask(
        self, method: str, path: str, body: object = None, *, is_json: bool = True
    ) -> Any:
        request = self._request(method, path)
        if body is not None:
            request.body = json.dumps(body).encode()
        answer = await AsyncHTTPClient().fetch(request)
        return json.loads(answer.body or b"null") if is_json else answer.body


AsyncHTTPClient.configure(None, max_clients=1000)  # ten, otherwise: the others would wait in line
