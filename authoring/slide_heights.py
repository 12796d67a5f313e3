"""What each cell of a topic takes of a screen in front of a class, as it was measured last.

To measure it takes a browser, and longer than all else about slides. It depends on the notebook as
it is stored and on what shows it: as long as these are the same, it is not measured again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import nbformat

from authoring.kernel import ROOT
from course import LOCK

FILE: Final = ROOT / "authoring" / "present" / "heights.json"
"""For each topic the heights of its cells, in pixels, and what tells of what they were measured."""

_SHOWN_BY: Final = (ROOT / "course_helpers" / "labextensions", ROOT / "authoring" / "present")


def stored(path: Path) -> list[float] | None:
    """The heights of a notebook's cells, in pixels; None if they are of another state of it."""
    kept = _read().get(path.stem)
    if kept is None or kept["of"] != _measured_of(path):
        return None
    heights: list[float] = kept["heights"]
    return heights


def store(path: Path, heights: Sequence[float]) -> None:
    """Keep what each cell of the notebook, as it is, takes of the screen."""
    rounded = [round(height) for height in heights]
    kept = {**_read(), path.stem: {"of": _measured_of(path), "heights": rounded}}
    lines = (f'"{stem}": {json.dumps(kept[stem], sort_keys=True)}' for stem in sorted(kept))
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")


def _read() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = json.loads(FILE.read_text("utf-8")) if FILE.exists() else {}
    return found


def _measured_of(path: Path) -> str:
    """What tells this state of a notebook, and of all that shows it, from any other.

    Where its slides are cut makes no difference to a cell.
    """
    cells = nbformat.read(path, as_version=4).cells
    for cell in cells:
        cell.metadata.pop("slideshow", None)
    parts = [json.dumps(cells, sort_keys=True), LOCK.read_text("utf-8")]
    shown_by = (file for folder in _SHOWN_BY for file in sorted(folder.rglob("*")))
    parts += [file.read_text("utf-8") for file in shown_by if file.suffix in (".js", ".lock")]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
