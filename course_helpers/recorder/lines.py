"""Lines: what a primitive is called in the line that uses it, as `Till.lock` or `locks['tea']`.

The expression that stands there is read from the source, once for each instruction, and followed
through the program's variables one step at a time, without a call of the program's own code. It is
a name of the primitive only if it leads there.
"""

from __future__ import annotations

import ast
import linecache
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from types import CodeType, FrameType, MemberDescriptorType, ModuleType
from typing import Any, Final, NamedTuple, cast

from course_helpers.recorder import names

_CONTAINERS: Final = (list, tuple, dict)


class _Found(NamedTuple):
    text: str
    value: Any


class Lines:
    """The expressions that stand at the instructions of a program."""

    def __init__(self) -> None:
        # By the `id()` of a code object and an instruction, with the code, so that it lives on.
        self._expressions: dict[tuple[int, int], tuple[list[ast.expr], CodeType]] = {}

    def name(self, primitive: Any, frame: FrameType) -> str | None:
        """What a primitive is called in the line in which a frame is; None if it has no name there.

        `self` is called by its class.
        """
        expressions = self._at(primitive, frame)
        if not expressions:
            return None
        variables = names.local_variables(frame)
        for expression in expressions:
            with suppress(LookupError):
                found = _follow(expression, variables, frame.f_globals)
                if found.value is primitive:
                    return found.text
        return None

    def may_tell(self, primitive: Any, frame: FrameType) -> bool:
        """Whether the line in which a frame is has a name for what stands there."""
        return bool(self._at(primitive, frame))

    def _at(self, primitive: Any, frame: FrameType) -> list[ast.expr]:
        code, offset = frame.f_code, frame.f_lasti
        known = self._expressions.get((id(code), offset))
        if known is None:
            position = next(islice(code.co_positions(), offset // 2, None), None)
            expressions = _used(_source(code.co_filename, position), type(primitive))
            known = self._expressions[id(code), offset] = expressions, code
        return known[0]


def _used(source: str, kind: type) -> list[ast.expr]:
    """What a piece of source uses: `lock` of `lock.release()` or of `async with lock:`.

    `kind` is the class of what is used, by which its methods are told from other calls.
    """
    try:
        tree = _parsed(source)
    except SyntaxError:
        return []
    if isinstance(tree, ast.AsyncWith):
        used = [item.context_expr for item in tree.items]
    else:
        call = tree.value if isinstance(tree, ast.Await) else tree
        method = call.func if isinstance(call, ast.Call) else None
        is_its_own = isinstance(method, ast.Attribute) and hasattr(kind, method.attr)
        used = [method.value] if isinstance(method, ast.Attribute) and is_its_own else []
        if isinstance(call, ast.expr) and method is None:
            used = [call]
    return [each for each in used if isinstance(each, ast.Name | ast.Attribute | ast.Subscript)]


def _parsed(source: str) -> ast.AST:
    # Until Python 3.13 the place of `async with` is the whole statement, in 3.14 what it enters.
    if not source.startswith("async with"):
        return ast.parse(f"({source})", mode="eval").body
    function: Any = ast.parse(f"async def _():\n {source}").body[0]
    return cast(ast.AST, function.body[0])


def _source(file: str, position: Any) -> str:
    if position is None or None in position:
        return ""
    first, last, start, end = position
    lines = [line.encode() for line in linecache.getlines(file)[first - 1 : last]]
    if len(lines) != last - first + 1:
        return ""
    lines[-1] = lines[-1][:end]
    lines[0] = lines[0][start:]
    return b"".join(lines).decode()


def _follow(expression: ast.expr, variables: dict[str, Any], module: dict[str, Any]) -> _Found:
    """An expression's name and value; LookupError if it takes more than a look to know them."""
    if isinstance(expression, ast.Name):
        value = variables[expression.id] if expression.id in variables else module[expression.id]
        if expression.id == "self":
            return _Found(type(value).__name__, value)
        if expression.id == "cls" and isinstance(value, type):
            return _Found(value.__name__, value)
        return _Found(expression.id, value)
    if isinstance(expression, ast.Attribute):
        owner = _follow(expression.value, variables, module)
        return _Found(f"{owner.text}.{expression.attr}", _attribute(owner.value, expression.attr))
    if isinstance(expression, ast.Subscript):
        owner = _follow(expression.value, variables, module)
        key = _key(expression.slice, variables, module)
        if type(owner.value) not in _CONTAINERS:
            raise LookupError
        try:
            return _Found(f"{owner.text}[{key!r}]", owner.value[key])
        except TypeError:
            raise LookupError from None
    raise LookupError


def _key(expression: ast.expr, variables: dict[str, Any], module: dict[str, Any]) -> Any:
    if isinstance(expression, ast.Constant):
        key = expression.value
    else:
        key = _follow(expression, variables, module).value
    if type(key) not in (str, int):
        raise LookupError
    return key


def _attribute(owner: Any, attribute: str) -> Any:
    """An attribute that is just there: neither a property nor made by a method of the program."""
    if isinstance(owner, type | ModuleType):
        holders: Iterator[Any] = iter((owner,) if isinstance(owner, ModuleType) else owner.__mro__)
        for holder in holders:
            if attribute in vars(holder):
                return vars(holder)[attribute]
        raise LookupError
    kind = type(owner)
    own: Any = kind.__getattribute__
    if own is not object.__getattribute__ or hasattr(kind, "__getattr__"):
        raise LookupError
    for base in kind.__mro__:
        found = vars(base).get(attribute)
        if hasattr(type(found), "__get__") and type(found) is not MemberDescriptorType:
            raise LookupError
    try:
        return getattr(owner, attribute)
    except AttributeError:
        raise LookupError from None
