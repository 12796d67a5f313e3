"""`run_in_own_loop`: a program in an event loop of its own, beside the one that is running."""

from __future__ import annotations

import asyncio
import contextvars
import inspect
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, Final, Generic, TypeVar

from course_helpers.browser import IN_BROWSER, NotInBrowser
from course_helpers.running_loop.thread_interrupts import ThreadInterrupts

_Result = TypeVar("_Result")

# Real seconds: for a cancelled program's cleaning up, between two interrupts, and in all.
_CLEAN_UP: Final = 2.0
_AGAIN: Final = 1.0
_GIVE_UP: Final = 6.0


async def run_in_own_loop(
    coroutine: Coroutine[Any, Any, _Result],
    *,
    loop_factory: Callable[[], asyncio.AbstractEventLoop] | None = None,
    debug: bool | None = None,
) -> _Result:
    """Run a coroutine in an event loop of its own, on a thread of its own; return what it returns.

        result = await run_in_own_loop(main(), loop_factory=DebugEventLoop)

    In a notebook a loop is running already, and a thread has room for one: `asyncio.run` refuses.
    This is `asyncio.run` for such a place. It is awaited, because a plain call would have to block
    the notebook's loop until the program has ended, and with it the Stop button, the
    widgets, and all tasks that are there.

    The program has a copy of the context variables. When it has ended, its remaining tasks are
    cancelled, asynchronous generators and the default executor are shut down, and the loop is
    closed, as `asyncio.run` does. Then the thread ends.

    Cancelling, which is what Stop does, cancels the program and waits for it. If it has not ended
    after 2 s, it is interrupted (KeyboardInterrupt is raised in its thread), also where it never
    awaits. A single call that blocks outside Python, such as a long `time.sleep`, cannot be
    interrupted in a thread: after 6 s it is waited for no longer, the error says so in a note, and
    the thread ends as soon as the call returns.

    Args:
        coroutine: What to run, as in `run_in_own_loop(main())`.
        loop_factory: Makes the loop, as for `asyncio.Runner`; a class of event loops is one. By
            default it is `asyncio.new_event_loop`.
        debug: Whether asyncio's debug mode is on in that loop. By default that is as Python was
            started.

    Returns:
        What the coroutine returned.

    Raises:
        TypeError: It was given no coroutine.
        NotInBrowser: In a browser alone there are no threads.
        BaseException: Whatever the coroutine raised, or `loop_factory`.
    """
    if not inspect.iscoroutine(coroutine):
        name = getattr(coroutine, "__name__", None) or type(coroutine).__name__
        hint = f": write run_in_own_loop({name}()), with brackets" if callable(coroutine) else ""
        raise TypeError(f"run_in_own_loop() takes a coroutine, not {name}{hint}")
    if IN_BROWSER:
        coroutine.close()
        raise NotInBrowser("There are no threads")
    program = _Program(coroutine, loop_factory, debug)
    try:
        await program.ended.wait()
    except asyncio.CancelledError as cancelled:
        if not await program.end():
            cancelled.add_note(
                "The program blocks its thread in a call that cannot be interrupted. The thread "
                "ends when that call returns."
            )
        if isinstance(program.error, Exception):
            raise program.error from None
        raise
    finally:
        program.leave()
    if program.error is not None:
        raise program.error
    return program.result  # type: ignore[return-value]


class _Program(Generic[_Result]):
    """A coroutine that runs in a thread; `ended` is an event of the loop that started it."""

    def __init__(
        self,
        coroutine: Coroutine[Any, Any, _Result],
        loop_factory: Callable[[], asyncio.AbstractEventLoop] | None,
        debug: bool | None,
    ) -> None:
        self.ended = asyncio.Event()
        self.result: _Result | None = None
        self.error: BaseException | None = None
        self._coroutine = coroutine
        self._loop_factory = loop_factory
        self._debug = debug
        self._caller = asyncio.get_running_loop()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[_Result] | None = None
        self._cancelled = False
        self._thread = threading.Thread(
            target=contextvars.copy_context().run,
            args=(self._run,),
            name=f"run_in_own_loop({getattr(coroutine, '__name__', '')})",
            daemon=True,
        )
        self._interrupts = ThreadInterrupts(self._thread)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._run_program()
        except BaseException as error:
            self.error = error
        finally:
            self._interrupts.end()
        with suppress(RuntimeError):  # the caller's loop is closed: nobody is waiting any more
            self._caller.call_soon_threadsafe(self.ended.set)

    def _run_program(self) -> None:
        try:
            with asyncio.Runner(loop_factory=self._loop_factory, debug=self._debug) as runner:
                self._loop = runner.get_loop()
                self._task = self._loop.create_task(self._coroutine)
                if self._cancelled:
                    self._task.cancel()
                self.result = self._loop.run_until_complete(self._task)
        finally:
            self._coroutine.close()

    def leave(self) -> None:
        """Wait for the thread when the program has ended, or cancel it: nobody wants its result."""
        if self.ended.is_set():
            self._thread.join()
        else:
            self._cancel()

    def _cancel(self) -> None:
        self._cancelled = True
        if self._task is not None:
            self._in_loop(self._task.cancel)

    async def end(self) -> bool:
        """Cancel the program, later interrupt it; returns whether it has ended."""
        self._cancel()
        give_up = self._caller.time() + _GIVE_UP
        patience = _CLEAN_UP
        while self._caller.time() < give_up:
            try:
                async with asyncio.timeout(patience):
                    await self.ended.wait()
                return True
            except (TimeoutError, asyncio.CancelledError):  # a second Stop has less patience
                if self._interrupts.interrupt():
                    self._in_loop(lambda: None)  # a loop in its selector runs no Python
                patience = _AGAIN
        return False

    def _in_loop(self, callback: Callable[[], object]) -> None:
        with suppress(RuntimeError):  # it is closed, so the program has ended
            if self._loop is not None:
                self._loop.call_soon_threadsafe(callback)
