"""The learner's source: what an answer was written as, and whether it was changed at all."""

from __future__ import annotations

import ast
import inspect
import linecache
from collections.abc import Iterator
from types import CodeType
from typing import Any


def file_of(answer: object) -> str | None:
    """The file that a function or a class was compiled from: a cell of a notebook has one, too."""
    for code in _codes(answer):
        if linecache.getlines(code.co_filename):
            return code.co_filename
    return None


def _codes(answer: object) -> Iterator[CodeType]:
    # `inspect.getsource` cannot do classes of a cell: their module has no file.
    members = list(vars(answer).values()) if inspect.isclass(answer) else [answer]
    for member in members:
        plain: Any = getattr(member, "__func__", member)
        function: Any = inspect.unwrap(plain, stop=_endless)
        code = getattr(getattr(function, "fget", None) or function, "__code__", None)
        if isinstance(code, CodeType):
            yield code


def _endless(function: Any) -> bool:
    # An answer may have any attribute, also a `__wrapped__` that leads nowhere.
    return not hasattr(getattr(function, "__wrapped__", None), "__code__")


def tree_of(answer: object) -> ast.Module | None:
    """The cell in which an answer was written, None where it is not known."""
    file = file_of(answer)
    if file is None:
        return None
    try:
        return ast.parse("".join(linecache.getlines(file)))
    except (SyntaxError, ValueError):  # a cell with a magic
        return None


def unchanged(answer: object, starter: str) -> bool:
    """Whether the code is as it was given, but for comments, docstrings and layout."""
    tree = tree_of(answer)
    return tree is not None and _definitions(tree) == _definitions(ast.parse(starter))


def _definitions(tree: ast.Module) -> list[str]:
    """The statements that define something, as text; neither imports nor the call of `check`."""
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and _is_docstring(body[0]):
            del body[0]
    return [
        ast.dump(node)
        for node in tree.body
        if not isinstance(node, ast.Expr | ast.Import | ast.ImportFrom)
    ]


def _is_docstring(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )
