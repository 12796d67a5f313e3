"""The program that is explored: an async function, and what may be said about its parameters."""

from __future__ import annotations

import difflib
import functools
import inspect
from collections.abc import Callable, Collection, Coroutine, Iterable, Mapping
from typing import Any

Program = Callable[..., Coroutine[Any, Any, Any]]


def name_of(program: Any) -> str:
    """What the learner calls it."""
    while isinstance(program, functools.partial):
        program = program.func
    return getattr(program, "__name__", type(program).__name__)


def parameters_of(
    program: Any, named: Iterable[str], reserved: Iterable[str], caller: str
) -> Mapping[str, inspect.Parameter]:
    """The parameters of an async function by name, after checking that it can be explored.

    `named` are the parameters that the learner gave to `caller`, a function whose own options are
    `reserved`. Raises TypeError, with a sentence that says what to write instead, if `program` is
    no async function, has no parameter of such a name, or has one that is reserved.
    """
    _check_program(program, caller)
    name = name_of(program)
    parameters = inspect.signature(program).parameters
    for one in parameters.values():
        if one.name in reserved:
            raise TypeError(
                f"{caller}() has an option called {one.name!r} itself: give that parameter of "
                f"{name}() another name"
            )
        if one.kind is one.POSITIONAL_ONLY:
            raise TypeError(
                f"{caller}() passes parameters by name, and {one.name!r} of {name}() takes none: "
                f"remove the '/' from its parameters"
            )
    if not any(one.kind is one.VAR_KEYWORD for one in parameters.values()):
        known = [one.name for one in parameters.values() if one.kind is not one.VAR_POSITIONAL]
        for wanted in named:
            if wanted not in known:
                raise TypeError(_unknown(wanted, name, known))
    return {
        one.name: one
        for one in parameters.values()
        if one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD)
    }


def units_of(units: object, names: Collection[str]) -> Mapping[str, str]:
    """The units that the learner gave, by parameter; `names` are those that may have one.

    Raises TypeError, with a sentence, for anything else.
    """
    if units is None:
        return {}
    if not isinstance(units, Mapping):
        raise TypeError(f"units={units!r:.60}: it takes a unit by parameter, as in {{'hold': 's'}}")
    for name, unit in units.items():
        if name not in names:
            raise TypeError(f"units: there is no parameter {name!r}")
        if not isinstance(unit, str):
            raise TypeError(f"units: that of {name!r} is a text, as in 's', not {unit!r:.60}")
    return units


def _check_program(program: Any, caller: str) -> None:
    if inspect.iscoroutine(program):
        name = program.__name__
        program.close()
        raise TypeError(
            f"{caller}() calls the function itself, at each run anew: write {caller}({name}, …), "
            f"not {caller}({name}(…), …)"
        )
    call = getattr(program, "__call__", None)  # noqa: B004 - an object whose call is async
    if inspect.iscoroutinefunction(program) or inspect.iscoroutinefunction(call):
        return
    if not callable(program):
        raise TypeError(
            f"{caller}() takes an async function, as in {caller}(main, …), not {program!r:.80}"
        )
    name = name_of(program)
    if inspect.isasyncgenfunction(program):
        raise TypeError(
            f"{name}() is an async generator, because it has a yield: write an async function that "
            f"goes through it with 'async for', and give that to {caller}()"
        )
    if inspect.isclass(program):
        raise TypeError(f"{name} is a class: {caller}() takes an async function")
    raise TypeError(
        f"{name}() is a plain function: {caller}() takes an async function, one that begins with "
        f"'async def'"
    )


def _unknown(wanted: str, name: str, known: list[str]) -> str:
    if not known:
        return f"{name}() has no parameters, so none called {wanted!r}"
    close = difflib.get_close_matches(wanted, known, 1)
    hint = f": did you mean {close[0]!r}?" if close else f"; it has {', '.join(known)}"
    return f"{name}() has no parameter {wanted!r}{hint}"
