"""What a course of today does not leave out has its place in a notebook, whatever is shortened."""

from __future__ import annotations

import pytest

from authoring.kernel import NOTEBOOKS


@pytest.mark.parametrize(
    ("number", "name"),
    [
        ("05", "QueueShutDown"),
        ("09", "Server.close_clients"),
        ("10", "InterpreterPoolExecutor"),
        ("10", "free-threading"),
        ("11", "asyncio.capture_call_graph"),
        ("11", "print_call_graph"),
        ("11", "-m asyncio ps"),
        ("11", "pstree"),
        ("11", "pdb.set_trace_async"),
        ("11", "--async-aware"),
        ("12", "polic"),  # loop policies and their end
        ("12", "eager_task_factory"),
        ("13", "uncancel"),
        ("16", "contextlib.aclosing"),
        ("16", "TaskGroup.cancel"),
    ],
)
def test_it_is_named(number: str, name: str) -> None:
    [path] = NOTEBOOKS.glob(f"{number}_*.ipynb")
    assert name in path.read_text("utf-8")
