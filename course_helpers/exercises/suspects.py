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


def made_anew(function: str, called: str, says: str) -> Suspect:
    """A call of that name stands in a loop, in an inner function, or in a helper.

    What is made there is made each time, and what is made in the `function` itself once.
    """
    return Suspect(says, lambda tree: next(_repeated(tree, function, called), None))


def entered_once(function: str, called: str, says: str) -> Suspect:
    """A call of that name makes what a `with` of the `function` itself enters."""

    def found(tree: ast.Module) -> ast.AST | None:
        withs = (node for body in _functions(tree, function) for node in _all(body, *_WITH))
        entered = (item.context_expr for node in withs for item in node.items)
        again = list(_repeated(tree, function, called))
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
_LOOPS: Final = (
    *(ast.For, ast.AsyncFor, ast.While),
    *(ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp),
)


def _all(tree: ast.AST, *kinds: type[Any]) -> Iterator[Any]:
    return (node for node in ast.walk(tree) if isinstance(node, kinds))


def _repeated(tree: ast.AST, function: str, called: str) -> Iterator[ast.Call]:
    for outer in _all(tree, *_FUNCTIONS):
        inner = [node for node in _all(outer, *_FUNCTIONS, *_LOOPS) if node is not outer]
        # A helper that begins several things itself may be called once.
        helps = isinstance(outer, ast.AsyncFunctionDef) and outer.name != function and not inner
        for node in [outer] if helps else inner:
            yield from _calls(node, called)


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
