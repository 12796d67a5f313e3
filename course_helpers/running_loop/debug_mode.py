"""`debug_mode`: asyncio's debug mode, for the length of a block."""

from __future__ import annotations

import asyncio
import gc
import logging
import math
import re
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from types import TracebackType
from typing import Any, Final, NamedTuple, TextIO

_STACK_DEPTH: Final = 10  # asyncio.constants.DEBUG_STACK_DEPTH

_NEVER_AWAITED: Final = "coroutine .* was never awaited"


class debug_mode:  # noqa: N801 - it reads as a statement, as contextlib's own context managers do
    """Switch asyncio's debug mode on in the running loop, for the length of a block.

        async with debug_mode() as messages:
            await main()
        print(*messages, sep="\\n\\n")

    `messages` is a list of texts to which all is added that asyncio has to say: steps and callbacks
    that took longer than `slow_callback_duration` seconds (the default is asyncio's, 0.1),
    exceptions that nobody retrieved, tasks that were destroyed while pending, and coroutines that
    nobody awaited, with the lines that made them. In a notebook these belong to no cell and are
    shown nowhere. Of the stacks the learner's own lines are kept, and a cell's file is called
    as the notebook counts it, `In [3]`. Where blocks overlap, the shortest duration counts, and
    each block has all messages of its time.

    It is `async with` because the loop measures whole steps: the block begins and ends with a turn
    of the loop, so that its own first and last step count too. At its end garbage is collected:
    what nobody retrieved or awaited shows itself then, unless a variable still refers to it.

    After the block, by whatever way it ends, the loop's debug mode and `slow_callback_duration`,
    the tracking of coroutines' origins, the logger `asyncio` and the filters of `warnings` are as
    they were. Meanwhile programs run many times slower.

    Entering raises RuntimeError where the same object is in use already, and TypeError for `with`
    without `async`. TypeError or ValueError is raised for a duration that makes no sense.
    """

    def __init__(self, *, slow_callback_duration: float = 0.1) -> None:
        what = f"slow_callback_duration is in seconds, at least 0, not {slow_callback_duration!r}"
        if type(slow_callback_duration) not in (int, float):
            raise TypeError(what)
        if not slow_callback_duration >= 0:
            raise ValueError(what)
        self._slow_callback_duration = slow_callback_duration
        self._block: _Block | None = None

    async def __aenter__(self) -> list[str]:
        if self._block is not None:
            raise RuntimeError(
                "this debug_mode() is in use already: write debug_mode() anew for each block"
            )
        self._block = _Block(asyncio.get_running_loop(), self._slow_callback_duration)
        try:
            _open(self._block)
            await asyncio.sleep(0)
        except BaseException:
            self._end()
            raise
        return self._block.messages

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            if error is None or isinstance(error, Exception | asyncio.CancelledError):
                await asyncio.sleep(0)  # the block's last step ends, and is measured
                if self._block is not None:
                    _measure_no_more(self._block.loop)
                gc.collect()
                await asyncio.sleep(0)  # this step would go on behind the block
        finally:
            self._end()

    def _end(self) -> None:
        block, self._block = self._block, None
        if block is not None:
            _close(block)

    def __enter__(self) -> Any:
        raise TypeError("write `async with debug_mode() as messages:`, with `async`")

    def __exit__(self, *_: object) -> None:
        """There only so that `with` reaches the error above."""


class _Settings(NamedTuple):
    """What debug mode changes in a loop and in its thread."""

    debug: bool
    slow_callback_duration: float | None
    origin_depth: int

    @classmethod
    def found(cls, loop: asyncio.AbstractEventLoop) -> _Settings:
        return cls(
            loop.get_debug(),
            getattr(loop, "slow_callback_duration", None),
            sys.get_coroutine_origin_tracking_depth(),
        )

    def apply(self, loop: asyncio.AbstractEventLoop) -> None:
        loop.set_debug(self.debug)
        # set_debug leaves this to the loop's next turn, which then finds it done.
        with suppress(AttributeError):
            loop._set_coroutine_origin_tracking(self.debug)  # type: ignore[attr-defined]
        sys.set_coroutine_origin_tracking_depth(self.origin_depth)
        if self.slow_callback_duration is not None:
            loop.slow_callback_duration = self.slow_callback_duration


class _Block:
    """A block that is open, with its messages."""

    def __init__(self, loop: asyncio.AbstractEventLoop, slow_callback_duration: float) -> None:
        self.loop = loop
        self.slow_callback_duration = slow_callback_duration
        self.messages: list[str] = []
        from course_helpers.running_loop.readable import readable  # seldom needed, slow to import

        self._readable = readable

    def add(self, message: str) -> None:
        self.messages.append(self._readable(message))


# Blocks may overlap, in one loop or in several threads' loops: what the first one found is put
# back by the last. Reentrant, as the garbage collector may run anything anywhere.
_lock: Final = threading.RLock()
_blocks: Final[list[_Block]] = []
_settings_found: Final[dict[asyncio.AbstractEventLoop, _Settings]] = {}
_collecting: list[AbstractContextManager[None]] = []


def _open(block: _Block) -> None:
    with _lock:
        if not _collecting:
            collecting = _collect()
            collecting.__enter__()
            _collecting.append(collecting)
        _settings_found.setdefault(block.loop, _Settings.found(block.loop))
        _blocks.append(block)
        _apply_strictest(block.loop)


def _apply_strictest(loop: asyncio.AbstractEventLoop) -> None:
    durations = [block.slow_callback_duration for block in _blocks if block.loop is loop]
    _Settings(True, min(durations), _STACK_DEPTH).apply(loop)


def _measure_no_more(loop: asyncio.AbstractEventLoop) -> None:
    """Let the step that runs now be the last one to be measured, however long it is."""
    with _lock:
        if sum(block.loop is loop for block in _blocks) == 1 and loop in _settings_found:
            _settings_found[loop]._replace(slow_callback_duration=math.inf).apply(loop)


def _close(block: _Block) -> None:
    with _lock:
        if block in _blocks:
            _blocks.remove(block)
        if any(other.loop is block.loop for other in _blocks):
            _apply_strictest(block.loop)
        elif block.loop in _settings_found:
            _settings_found.pop(block.loop).apply(block.loop)
        if not _blocks and _collecting:
            _collecting.pop().__exit__(None, None, None)


@contextmanager
def _collect() -> Iterator[None]:
    """Give what asyncio logs, and the warnings about coroutines, to the open blocks."""
    logger = logging.getLogger("asyncio")
    level = logger.level
    handler = _Handler(logging.WARNING)
    with warnings.catch_warnings():
        warnings.filterwarnings("always", message=_NEVER_AWAITED, category=RuntimeWarning)
        warnings.showwarning = _show_otherwise(warnings.showwarning)
        logger.addHandler(handler)
        if logger.getEffectiveLevel() > logging.WARNING:
            logger.setLevel(logging.WARNING)
        try:
            yield
        finally:
            logger.setLevel(level)
            logger.removeHandler(handler)


class _Handler(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        try:
            _add(self.format(record))
        except Exception:
            self.handleError(record)


def _show_otherwise(show: Callable[..., None]) -> Callable[..., None]:
    """A `warnings.showwarning` that shows by `show` what is no message for the blocks."""

    def show_warning(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        if issubclass(category, RuntimeWarning) and re.match(_NEVER_AWAITED, str(message)):
            _add(str(message))
        else:
            show(message, category, filename, lineno, file, line)

    return show_warning


def _add(text: str) -> None:
    for block in tuple(_blocks):
        block.add(text)
