"""Hooks: how asyncio tells the recorders what happens.

A hook stands in the place of a method of one of asyncio's classes, or of a function of a module,
while a recording goes on: it is made by the recorder, from the method that it replaces and calls.
So each recorder hears all that happens, by functions of its own which know at once what concerns
it, and when several loops are recorded at the same time their hooks form a chain. No coroutine is
wrapped, so that a recorded program awaits just what it awaits unrecorded.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any, Final

#: For a class or module and the name of a method of it: makes the hook, from the method.
Makers = dict[tuple[Any, str], Callable[[Any], Any]]

#: The hooks of every loop that is being recorded. Written under the lock only.
by_loop: Final[dict[asyncio.AbstractEventLoop, Makers]] = {}
_lock: Final = threading.Lock()
_MISSING: Final = object()
# What is hooked now: the class's own attribute, if it had one, and the method.
_before: Final[dict[tuple[Any, str], tuple[Any, Any]]] = {}


def _arrange() -> None:
    """Put in the hooks of all recorders, or what was there before where there are none.

    Each method is set once, to its new chain: other threads' recorders miss nothing meanwhile.
    """
    wanted = {place for makers in by_loop.values() for place in makers}
    for place in [*_before, *(wanted - _before.keys())]:
        holder, name = place
        if place not in _before:
            _before[place] = holder.__dict__.get(name, _MISSING), getattr(holder, name)
        own, method = _before[place]
        if place in wanted:
            for makers in by_loop.values():
                if place in makers:
                    method = makers[place](method)
            setattr(holder, name, method)
        else:
            del _before[place]
            if own is _MISSING:
                delattr(holder, name)
            else:
                setattr(holder, name, own)


def register(loop: asyncio.AbstractEventLoop, makers: Makers) -> None:
    """Put in the hooks of a recorder of this loop.

    Raises RuntimeError when the loop is being recorded already.
    """
    with _lock:
        if loop in by_loop:
            raise RuntimeError(
                "this event loop is being recorded already, and one recording at a time is all it "
                "can have: end the first `with record()` block before the next one begins"
            )
        by_loop[loop] = makers
        try:
            _arrange()
        except BaseException:
            del by_loop[loop]
            _arrange()
            raise


def unregister(loop: asyncio.AbstractEventLoop, makers: Makers) -> None:
    """The opposite of `register`; does nothing when these hooks are not registered."""
    with _lock:
        if by_loop.get(loop) is makers:
            del by_loop[loop]
            _arrange()
