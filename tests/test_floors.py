"""The package is a house: each folder is a floor and knows only what lies below it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "course_helpers"
#: From the top down. A module of the package itself is a floor of its own.
FLOORS = (
    *("__init__", "server", "exercises", "explorer", "views", "simulation", "running_loop"),
    *("recorder", "recording", "learners_code", "cpython", "browser"),
)


def imports(file: Path) -> Iterator[str]:
    """The package's modules that a module imports, anywhere in it."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        names = [name.name for name in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            assert not node.level, f"{file}: a relative import"
            names = [f"{node.module}.{name.name}" for name in node.names]
        yield from (name.partition(".")[2] for name in names if name.startswith("course_helpers."))


def test_imports_go_down_only() -> None:
    upwards = []
    for file in PACKAGE.rglob("*.py"):
        own = file.relative_to(PACKAGE).with_suffix("").parts[0]
        for name in imports(file):
            other = name.partition(".")[0]
            if other != own and FLOORS.index(other) <= FLOORS.index(own):
                upwards.append(f"{file.relative_to(PACKAGE)} imports {name}")
    assert upwards == []
