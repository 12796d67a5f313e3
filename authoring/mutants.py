"""Mutants: small damages to a right answer. A check has to notice each, or say why it is right."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import Final

_RENAMED: Final = {
    "notify_all": "notify",
    "Exception": "BaseException",
    "BoundedSemaphore": "Semaphore",
}
_DEFINITIONS: Final = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
_Change = Callable[[list[ast.stmt], int], bool]


def mutants(source: str) -> Iterator[tuple[str, str]]:
    """What was done, and the damaged source; each source once."""
    seen = {ast.unparse(ast.parse(source))}
    for what, tree in (*_of_statements(source), *_of_expressions(source)):
        text = ast.unparse(ast.fix_missing_locations(tree))
        if text not in seen:
            seen.add(text)
            yield what, text


def _of_statements(source: str) -> Iterator[tuple[str, ast.Module]]:
    for place, body in enumerate(_bodies(ast.parse(source))):
        for number, statement in enumerate(body):
            line = ast.unparse(statement).split("\n")[0]
            for what, change in _CHANGES.items():
                tree = ast.parse(source)
                if change(_bodies(tree)[place], number):
                    yield f"{what}: {line}", tree


def _bodies(tree: ast.AST) -> list[list[ast.stmt]]:
    return [
        body
        for node in ast.walk(tree)
        for name in ("body", "orelse", "finalbody")
        if isinstance(body := getattr(node, name, None), list)
        if body and isinstance(body[0], ast.stmt)
    ]


def _taken_out(body: list[ast.stmt], number: int) -> bool:
    if isinstance(body[number], _DEFINITIONS):
        return False
    body[number : number + 1] = [] if len(body) > 1 else [ast.Pass()]
    return True


def _block_taken_away(body: list[ast.stmt], number: int) -> bool:
    block = body[number]
    if not isinstance(block, ast.With | ast.AsyncWith):
        return False
    body[number : number + 1] = block.body
    return True


def _last_moved_out(body: list[ast.stmt], number: int) -> bool:
    block = body[number]
    if not isinstance(block, ast.With | ast.AsyncWith) or len(block.body) < 2:
        return False
    body.insert(number + 1, block.body.pop())
    return True


def _first_moved_before(body: list[ast.stmt], number: int) -> bool:
    block = body[number]
    if not isinstance(block, ast.With | ast.AsyncWith) or len(block.body) < 2:
        return False
    body.insert(number, block.body.pop(0))
    return True


def _while_as_if(body: list[ast.stmt], number: int) -> bool:
    loop = body[number]
    if not isinstance(loop, ast.While):
        return False
    body[number] = ast.If(test=loop.test, body=loop.body, orelse=[])
    return not any(isinstance(node, ast.Break | ast.Continue) for node in ast.walk(loop))


def _finally_as_plain(body: list[ast.stmt], number: int) -> bool:
    block = body[number]
    if not isinstance(block, ast.Try) or not block.finalbody:
        return False
    body[number : number + 1] = block.body + block.finalbody
    return True


def _swapped(body: list[ast.stmt], number: int) -> bool:
    if number + 1 >= len(body):
        return False
    one, other = body[number], body[number + 1]
    if isinstance(one, _DEFINITIONS) or isinstance(other, _DEFINITIONS) or _both_plain(one, other):
        return False
    body[number], body[number + 1] = body[number + 1], body[number]
    return True


def _both_plain(one: ast.stmt, other: ast.stmt) -> bool:
    """Whether both set an attribute of `self`, and neither uses one: their order is the same."""
    return all(
        isinstance(statement, ast.Assign)
        and ast.unparse(statement.targets[0]).startswith("self.")
        and "self." not in ast.unparse(statement.value)
        and not any(isinstance(node, ast.Await) for node in ast.walk(statement))
        for statement in (one, other)
    )


_CHANGES: Final[dict[str, _Change]] = {
    "taken out": _taken_out,
    "block taken away": _block_taken_away,
    "last line moved out of": _last_moved_out,
    "first line moved before": _first_moved_before,
    "while made an if": _while_as_if,
    "finally made plain": _finally_as_plain,
    "swapped with the next": _swapped,
}


def _of_expressions(source: str) -> Iterator[tuple[str, ast.Module]]:
    for place, node in enumerate(ast.walk(ast.parse(source))):
        if isinstance(node, ast.Await):
            tree = ast.parse(source)
            target = list(ast.walk(tree))[place]
            yield f"await forgotten: {ast.unparse(node)}", _without(tree, target)
        name = getattr(node, "attr", None) or getattr(node, "id", None)
        if isinstance(node, ast.Attribute | ast.Name) and name in _RENAMED:
            tree = ast.parse(source)
            setattr(
                list(ast.walk(tree))[place],
                "attr" if isinstance(node, ast.Attribute) else "id",
                _RENAMED[name],
            )
            yield f"{name} made {_RENAMED[name]}", tree


def _without(tree: ast.Module, target: ast.AST) -> ast.Module:
    """The tree with an `await x` replaced by `x`."""

    class Drop(ast.NodeTransformer):
        def visit_Await(self, node: ast.Await) -> ast.AST:
            self.generic_visit(node)
            return node.value if node is target else node

    changed: ast.Module = Drop().visit(tree)
    return changed
