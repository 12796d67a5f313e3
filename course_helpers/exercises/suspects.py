"""Mistakes that can be seen in the source: said beside what happened, and never decided by."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any, Final

from course_helpers.exercises.judging import Suspect


def made_in(function: str, called: str, says: str) -> Suspect:
    """A call of that name stands inside the function of that name."""

    def found(tree: ast.Module) -> ast.AST | None:
        return next(
            (call for body in _functions(tree, function) for call in _calls(body, called)), None
        )

    return Suspect(says, found)


def made_anew(called: str, says: str) -> Suspect:
    """A call of that name stands in a loop or in an inner function.

    What is made there is made each time, and what is made in the outer function once.
    """
    return Suspect(says, lambda tree: next(_repeated(tree, called), None))


def entered_once(called: str, says: str) -> Suspect:
    """A call of that name makes what a `with` enters, outside of loops and inner functions."""

    def found(tree: ast.Module) -> ast.AST | None:
        entered = (item.context_expr for node in _all(tree, *_WITH) for item in node.items)
        again = list(_repeated(tree, called))
        calls = (call for part in entered for call in _calls(part, called))
        return next((call for call in calls if call not in again), None)

    return Suspect(says, found)


def catches(*names: str, says: str) -> Suspect:
    """An `except` clause is bare, or names one of these exceptions, and does not raise again."""

    def found(tree: ast.Module) -> ast.AST | None:
        for node in ast.walk(tree):
            if isinstance(node, ast.ExceptHandler):
                named = "" if node.type is None else ast.unparse(node.type)
                raises = any(isinstance(inner, ast.Raise) for inner in ast.walk(node))
                if not raises and (node.type is None or any(name in named for name in names)):
                    return node
        return None

    return Suspect(says, found)


_FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef)
_WITH: Final = (ast.With, ast.AsyncWith)


def _all(tree: ast.AST, *kinds: type[Any]) -> Iterator[Any]:
    return (node for node in ast.walk(tree) if isinstance(node, kinds))


def _repeated(tree: ast.AST, called: str) -> Iterator[ast.Call]:
    for outer in _all(tree, *_FUNCTIONS):
        for inner in _all(outer, *_FUNCTIONS, ast.For, ast.AsyncFor, ast.While):
            if inner is not outer:
                yield from _calls(inner, called)


def _functions(tree: ast.AST, name: str) -> Iterator[ast.AST]:
    return (node for node in _all(tree, *_FUNCTIONS) if node.name == name)


def _calls(tree: ast.AST, name: str) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == name:
            yield node


def calls_without_await(called: str, says: str) -> Suspect:
    """A call of that name is a statement of its own, or is returned or kept, without an await."""

    def found(tree: ast.Module) -> ast.AST | None:
        awaited = {
            id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Await | ast.Starred)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Expr | ast.Assign | ast.Return) and isinstance(
                node.value, ast.Call
            ):
                name = ast.unparse(node.value.func).rpartition(".")[2]
                if name == called and id(node.value) not in awaited:
                    return node
        return None

    return Suspect(says, found)
