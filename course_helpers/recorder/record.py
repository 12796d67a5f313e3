"""`record`: record what happens inside a block, in the loop that is already running."""

from __future__ import annotations

import asyncio
import sys
from types import TracebackType
from typing import Any, Literal

from course_helpers.recorder.recorder import Recorder
from course_helpers.recorder.tracebacks import hide_package_everywhere
from course_helpers.recording.model import Recording


class _Brackets(type):
    """The class of `record`: a `with` statement without brackets meets the class itself."""

    def __enter__(cls) -> Any:
        raise TypeError("write `with record() as recording:`, with brackets behind record")

    def __exit__(cls, *_: object) -> None:
        """There only so that `with` reaches the error above."""


class record(metaclass=_Brackets):  # noqa: N801 - it reads as a statement, as contextlib's own context managers do
    """Record what happens inside a `with` block, in the event loop that is running.

        with record() as recording:
            await main()

    The block's own task, every task it creates and every task that was there before become lanes
    of the `Recording`, which is complete when the block has ended, by whatever way. An exception
    that ends a block in a cell gets a note that says so. Times are real: seconds on the loop's
    clock.

    `limit` bounds the number of events (the default is one million); when it is reached, `keep`
    says which are kept, the `"oldest"` or the `"newest"`. A step that runs for longer than
    `threshold` seconds (the default is 0.05) counts as blocking the loop.

    Entering raises RuntimeError where no event loop runs, and where the loop is being recorded
    already. ValueError or TypeError is raised for bounds that make no sense.
    """

    def __init__(
        self,
        *,
        limit: int = 1_000_000,
        keep: Literal["oldest", "newest"] = "oldest",
        threshold: float = 0.05,
    ) -> None:
        if type(limit) is not int:
            raise TypeError(f"limit is a number of events, an int, not {limit!r}")
        if limit < 1:
            raise ValueError(f"limit is a number of events, at least 1, not {limit!r}")
        if keep not in ("oldest", "newest"):
            raise ValueError(f'keep is "oldest" or "newest", not {keep!r}')
        if type(threshold) not in (int, float):
            raise TypeError(f"threshold is in seconds, a float, not {threshold!r}")
        if not threshold > 0:
            raise ValueError(f"threshold is in seconds and more than 0, not {threshold!r}")
        self._limit = limit
        self._keep = keep
        self._threshold = threshold
        self._recorder: Recorder | None = None
        self._recording: Recording | None = None

    def __enter__(self) -> Recording:
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            raise RuntimeError(
                "record() works inside a running event loop: in a notebook cell or in a "
                "coroutine. In a script, write `recording = simulate(main())`, or put the "
                "`with record()` block inside `async def main()`"
            ) from None
        if self._recorder is not None:
            raise RuntimeError(
                "this record() is in use already: write record() anew for each block"
            )
        recorder = Recorder(loop, limit=self._limit, keep=self._keep, threshold=self._threshold)
        recorder.start()
        self._recorder = recorder
        self._recording = Recording.__new__(Recording)
        return self._recording

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        recorder, recording = self._recorder, self._recording
        if recorder is None or recording is None:
            raise RuntimeError("this record() block was never entered")
        self._recorder = self._recording = None
        recorder.stop()
        recorder.fill(recording)
        if error is not None:
            hide_package_everywhere(error)
            if isinstance(error, Exception):
                _say_what_is_recorded(error, recording, sys._getframe(1).f_globals)

    async def __aenter__(self) -> Any:
        raise TypeError("write `with record() as recording:`, without `async`")

    async def __aexit__(self, *_: object) -> None:
        """There only so that `async with` reaches the error above."""


def _say_what_is_recorded(
    error: Exception, recording: Recording, variables: dict[str, Any]
) -> None:
    """Note on the error that ends a cell under which name its recording is there all the same.

    A function's own variable has gone when somebody reads the note.
    """
    names = (name for name, value in variables.items() if value is recording)
    if name := next(names, None):
        error.add_note(f"`{name}` holds what happened until this error: timeline({name}) shows it")


def expect_recording(value: object, function: str) -> None:
    """Raise TypeError, with a sentence that says what to write, if a value is no recording.

    `function` is the name of the function that it was given to.
    """
    if isinstance(value, Recording):
        return
    if value is record or isinstance(value, record):
        raise TypeError(
            f"{function}() takes what record() recorded: write `with record() as recording:`, and "
            f"after that block {function}(recording)"
        )
    raise TypeError(
        f"{function}() takes a Recording, not {type(value).__name__}: "
        "`recording = simulate(main())` makes one, and so does `with record() as recording:`"
    )
