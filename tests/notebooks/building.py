"""Small notebooks for the tests of the gates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ"
    "AAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
"""A picture: a PNG of one pixel, in base64."""


def code(
    source: str,
    printed: str = "",
    *,
    tags: Sequence[str] = (),
    outputs: Sequence[NotebookNode] = (),
    metadata: Mapping[str, Any] | None = None,
) -> NotebookNode:
    """A code cell that has been run and has printed `printed`, then shown `outputs`."""
    stream = [new_output("stream", name="stdout", text=printed)] if printed else []
    cell: NotebookNode = new_code_cell(source, outputs=[*stream, *outputs], execution_count=1)
    cell.metadata.update(metadata or {})
    if tags:
        cell.metadata["tags"] = list(tags)
    return cell


def unexecuted(source: str) -> NotebookNode:
    """A code cell that has never been run."""
    cell: NotebookNode = new_code_cell(source)
    return cell


def text(source: str, slide: str | None = None) -> NotebookNode:
    """A markdown cell."""
    cell: NotebookNode = new_markdown_cell(source)
    if slide:
        cell.metadata["slideshow"] = {"slide_type": slide}
    return cell


def picture(alt: str | None = None, data: str = PIXEL) -> NotebookNode:
    """The output of a cell that shows a picture."""
    bundle = {"image/png": data, "text/plain": "picture"}
    metadata = {"image/png": {"alt": alt}} if alt else {}
    output: NotebookNode = new_output("display_data", bundle, metadata=metadata)
    return output


def error(name: str, value: str) -> NotebookNode:
    """The output of a cell that ends in an exception."""
    output: NotebookNode = new_output("error", ename=name, evalue=value, traceback=[])
    return output


def stderr(written: str) -> NotebookNode:
    """What a cell wrote to stderr."""
    output: NotebookNode = new_output("stream", name="stderr", text=written)
    return output


def save(cells: Sequence[NotebookNode], path: Path, **course: Any) -> Path:
    """Write a notebook whose code cells are counted as Jupyter would."""
    notebook = new_notebook(cells=list(cells), metadata={"course": course} if course else {})
    count = 0
    for cell in notebook.cells:
        if cell.cell_type == "code" and cell.execution_count is not None:
            count += 1
            cell.execution_count = count
    nbformat.write(notebook, path)
    return path
