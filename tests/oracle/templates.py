"""The sentences that the package can say, found in its source: each text with a blank in it.

A place where something is filled in is `{}`. Left out is what no recording says: docstrings,
what is raised, markup and styles.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import course_helpers

PACKAGE = Path(course_helpers.__file__).parent

#: Where things are said of a recording, from the package's folder.
_SAYING = (
    "views",
    "views/replay/narration.py",
    "recording/kinds.py",
    "recording/readings.py",
    "recording/wait_for_graph.py",
    "simulation/errors.py",
    "simulation/connections.py",
    "simulation/outside.py",
)
_TEXT = re.compile(r"(?:[a-z}]['’)(]*[,;:]? |^ )[a-z{(]", re.IGNORECASE)
_MARKUP = re.compile(r"<\w|style|\w+: ?[\w{}.-]+;|\\[a-z]")


@cache
def templates() -> dict[str, set[str]]:
    """By module, the sentences and parts of sentences in it."""
    found: dict[str, set[str]] = {}
    for place in _SAYING:
        path = PACKAGE / place
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            texts = set(_texts(ast.parse(file.read_text(encoding="utf-8"))))
            if texts:
                found[file.relative_to(PACKAGE).as_posix()] = texts
    return found


def _texts(tree: ast.AST) -> Iterator[str]:
    if isinstance(tree, ast.Raise):
        return
    if isinstance(tree, ast.Expr) and isinstance(tree.value, ast.Constant):
        return  # a docstring
    if isinstance(tree, ast.JoinedStr | ast.Constant):
        text = _template(tree)
        if text is not None and _TEXT.search(text) and not _MARKUP.search(text):
            yield text
        if isinstance(tree, ast.Constant):
            return
    for child in ast.iter_child_nodes(tree):
        if not (isinstance(tree, ast.JoinedStr) and isinstance(child, ast.Constant)):
            yield from _texts(child)


def _template(node: ast.JoinedStr | ast.Constant) -> str | None:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    return "".join(
        str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values
    )
