"""Names: what the learner's code calls a task or a primitive."""

from __future__ import annotations

import asyncio
import functools
import gc
import inspect
import re
import sys
import weakref
from collections.abc import Iterable, Iterator, Mapping
from types import AsyncGeneratorType, CodeType, FrameType, FunctionType, ModuleType
from typing import Any, Final

# The names that asyncio gives to tasks that were given none; their numbers differ at each run.
_DEFAULT_NAME = re.compile(r"Task-\d+")

_LONGEST_ARGUMENT = 24
_LONGEST_LABEL = 40
_MOST_ITEMS = 200


# What the methods of an asynchronous generator return.
_ASKS_A_GENERATOR: Final = ("async_generator_athrow", "async_generator_asend")


def is_default_name(name: str) -> bool:
    """Whether asyncio chose this task's name; with a task factory, Python 3.13.0 chooses "None"."""
    return name == "None" or _DEFAULT_NAME.fullmatch(name) is not None


def shorten(text: str, length: int) -> str:
    """The text, cut to a length with an ellipsis where it is longer."""
    return text if len(text) <= length else text[: length - 1] + "…"


def generator_behind(coroutine: Any) -> Any:
    """The asynchronous generator of which something was asked for by a task of its own, if it was.

    That is how asyncio closes one that nobody has finished: the task runs its `aclose()`.
    """
    if type(coroutine).__name__ not in _ASKS_A_GENERATOR:
        return coroutine
    found = (each for each in gc.get_referents(coroutine) if isinstance(each, AsyncGeneratorType))
    return next(found, coroutine)


def function_name(function: Any) -> str:
    """The name of a callable, without the functions it is nested in."""
    while isinstance(function, functools.partial):
        function = function.func
    name = getattr(function, "__qualname__", None) or type(function).__name__
    return str(name).rpartition("<locals>.")[2]


def code_name(code: CodeType) -> str:
    """The name of the function that a code object belongs to, as in `function_name`."""
    return code.co_qualname.rpartition("<locals>.")[2]


def local_variables(frame: FrameType) -> dict[str, Any]:
    """A function's variables, or those of the module or class in which the frame runs.

    Until Python 3.12 a function's frame keeps the snapshot that `f_locals` makes, and with it all
    that was in its variables then, until it returns: what the program drops would live on. So the
    snapshot is emptied, unless the program has it too, having called `locals()`.
    """
    snapshot = frame.f_locals
    variables = dict(snapshot)
    is_snapshot = type(snapshot) is dict and frame.f_code.co_flags & inspect.CO_OPTIMIZED
    if is_snapshot and sys.getrefcount(snapshot) == _REFERENCES:
        snapshot.clear()
    return variables


# The frame's, the variable's and getrefcount's own.
_REFERENCES: Final = 3


def arguments_of(frame: FrameType, parameters: tuple[str, ...]) -> tuple[Any, ...]:
    """The arguments of the call that a frame is of, as far as `call_label` shows them.

    They are short texts and numbers: nothing is kept alive by them.
    """
    if not parameters:
        return ()
    values = local_variables(frame)
    arguments = [values.get(parameter) for parameter in parameters]
    return tuple([each for each in arguments if _is_shown(each)])


def _is_shown(argument: Any) -> bool:
    kind = type(argument)
    if kind is str:
        return len(argument) <= _LONGEST_ARGUMENT
    return kind in (float, bool) or (kind is int and abs(argument) < 10**_LONGEST_ARGUMENT)


def call_label(function: str, arguments: tuple[Any, ...] | None) -> str:
    """A function's call: `worker('A', 100)`; its name alone where the arguments are not known."""
    if arguments is None:
        return function
    texts = [text for text in map(repr, arguments) if len(text) <= _LONGEST_ARGUMENT]
    label = f"{function}({', '.join(texts)})"
    return label if len(label) <= _LONGEST_LABEL else f"{function}(…)"


def _attributes(value: Any) -> Mapping[str, Any]:
    if isinstance(value, ModuleType | type | FunctionType | FrameType | asyncio.Future):
        return {}
    try:
        attributes = object.__getattribute__(value, "__dict__")
    except AttributeError:
        return {}
    return attributes if isinstance(attributes, dict) else {}


def _items(value: Any) -> Iterator[tuple[str, Any]]:
    if type(value) in (list, tuple):
        for position, item in enumerate(value[:_MOST_ITEMS]):
            yield f"[{position}]", item
    elif type(value) is dict and len(value) <= _MOST_ITEMS:
        for key, item in value.items():
            if type(key) in (str, int):
                yield f"[{key!r}]", item
    else:
        for attribute, item in list(_attributes(value).items())[:_MOST_ITEMS]:
            yield f".{attribute}", item


def _name_in(target: Any, variables: Mapping[str, Any], scope: bool) -> tuple[str, Any] | None:
    """Name and owner: the variable itself, or one whose attribute or item the target is."""
    visible = [
        (name, value)
        for name, value in variables.items()
        if not (scope and name.startswith("_")) and name.isidentifier()
    ]
    for name, value in visible:
        if value is target and name != "self":
            return name, None
    inside = [
        (name + suffix, item, value)
        for name, value in visible
        if not (scope and name in ("In", "Out"))
        for suffix, item in _items(value)
    ]
    for name, item, owner in inside:
        if item is target and not isinstance(owner, asyncio.Condition):
            return name, owner
    # The lock that a condition made for itself has no other name.
    for name, item, owner in [*((name, value, None) for name, value in visible), *inside]:
        if isinstance(item, asyncio.Condition) and getattr(item, "_lock", None) is target:
            return f"{name}'s lock", owner
    return None


#: What primitives are called by `give_name`, by their `id()`.
given: Final[dict[int, str]] = {}


def give_name(primitive: Any, name: str) -> None:
    """What a program's author calls a primitive that the program's own variables name by turns."""
    given[id(primitive)] = name
    weakref.finalize(primitive, given.pop, id(primitive), None).atexit = False


def _inside(target: Any, variables: Mapping[str, Any]) -> bool:
    """Whether it is an attribute or an item of what one of these variables holds."""
    return any(item is target for value in variables.values() for _, item in _items(value))


def primitive_names(target: Any, frames: Iterable[FrameType]) -> tuple[str, ...]:
    """What the learner's code calls a primitive: `queue`, `counter.lock`, `forks[2]`; or nothing.

    `frames` are frames of the learner's code, innermost first: their variables are searched, and
    then their modules'. The name that the primitive was given where it was made comes first; a
    parameter is but another name for it, and `self.lock` becomes `SharedCounter.lock`.

    A variable for what a parameter holds, such as `first` after `first = source.lock`, may mean
    another primitive in the next call: then there is a second name, which it has elsewhere.
    """
    if id(target) in given:
        return (given[id(target)],)
    found: list[str] = []
    for name, by_parameter in _names(target, frames):
        found = [*found[:1], name]
        if not by_parameter:
            break
    return tuple(found)


def _names(target: Any, frames: Iterable[FrameType]) -> Iterator[tuple[str, bool]]:
    """The names of a primitive, best first, and whether a parameter holds what has that name."""
    alias: str | None = None
    modules: dict[int, Mapping[str, Any]] = {}
    for frame in frames:
        variables = local_variables(frame)
        scope = not frame.f_code.co_flags & inspect.CO_OPTIMIZED
        modules[id(frame.f_globals)] = frame.f_globals
        found = _name_in(target, variables, scope)
        if found is None:
            continue
        name, owner = found
        code = frame.f_code
        parameters = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        variable = re.split(r"[.\[']", name, maxsplit=1)[0]
        if variable not in parameters:
            came_in = {each: variables[each] for each in parameters if each in variables}
            yield name, owner is None and _inside(target, came_in)
        elif variable != "self":
            alias = name
        elif alias is None:
            alias = type(owner).__name__ + name.removeprefix("self")
    for module in modules.values():
        found = _name_in(target, dict(module), True)
        if found is not None:
            yield found[0], False
    if alias is not None:
        yield alias, False


def kind_of(primitive: Any) -> str:
    """The name of a primitive's class: asyncio's, also for a subclass of the learner's."""
    kind: Any = type(primitive)
    return _kind(kind)


@functools.lru_cache(maxsize=64)
def _kind(kind: type) -> str:
    for base in inspect.getmro(kind):
        if base.__module__.partition(".")[0] == "asyncio":
            return base.__name__
    return str(kind.__name__)
