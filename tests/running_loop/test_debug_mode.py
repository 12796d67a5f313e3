"""Debug mode for a block: what it says, and that nothing of it remains."""

from __future__ import annotations

import asyncio
import logging
import sys
import time
import warnings
from typing import Any

import pytest

from course_helpers import debug_mode, record, simulate


def settings() -> tuple[Any, ...]:
    """All that the block may change."""
    loop = asyncio.get_running_loop()
    logger = logging.getLogger("asyncio")
    return (
        loop.get_debug(),
        loop.slow_callback_duration,
        sys.get_coroutine_origin_tracking_depth(),
        logger.level,
        list(logger.handlers),
        logger.propagate,
        list(warnings.filters),
        warnings.showwarning,
    )


async def block_the_loop() -> None:
    time.sleep(0.2)


async def fail() -> None:
    raise ZeroDivisionError("nobody reads this")


async def forgotten() -> None:
    pass


async def every_mistake() -> None:
    forgotten()  # type: ignore[unused-coroutine] # the first mistake
    task = asyncio.create_task(fail(), name="failing")
    await asyncio.sleep(0)
    del task
    await asyncio.create_task(block_the_loop(), name="blocking")


def test_it_tells_what_is_wrong_with_a_program() -> None:
    async def main() -> list[str]:
        async with debug_mode() as messages:
            await every_mistake()
        return messages

    messages = asyncio.run(main())
    assert len(messages) >= 3  # more on a machine so busy that other steps are slow as well
    [forgot] = [text for text in messages if "never awaited" in text]
    assert "'forgotten'" in forgot
    assert "in every_mistake\n    forgotten()" in forgot
    [failed] = [text for text in messages if "never retrieved" in text]
    assert "name='failing'" in failed
    assert 'asyncio.create_task(fail(), name="failing")' in failed
    assert failed.endswith("ZeroDivisionError: nobody reads this")
    assert "asyncio/events.py" not in failed, "only the learner's frames"
    [slow] = [text for text in messages if "name='blocking'" in text]
    assert slow.startswith("Executing <Task finished name='blocking' coro=<block_the_loop() done")
    assert float(slow.split()[-2]) >= 0.199
    assert "created at" not in slow


def test_the_blocks_own_first_and_last_step_count() -> None:
    async def main() -> tuple[list[str], list[str]]:
        async with debug_mode() as messages:
            time.sleep(0.2)
            first = messages
        async with debug_mode() as messages:
            await asyncio.sleep(0)
            time.sleep(0.3)
        return first, messages

    first, last = simulate(main()).result
    assert [text.rpartition("took ")[2] for text in first] == ["0.200 seconds"]
    assert [text.rpartition("took ")[2] for text in last] == ["0.300 seconds"]


def test_what_comes_after_the_block_is_not_measured(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> list[str]:
        async with debug_mode() as messages:
            pass
        time.sleep(0.2)
        return messages

    assert simulate(main()).result == []
    assert caplog.records == []


def test_a_step_is_slow_from_the_given_duration_on() -> None:
    async def main(duration: float) -> list[str]:
        async with debug_mode(slow_callback_duration=duration) as messages:
            time.sleep(0.2)
        return messages

    assert len(simulate(main(0.2)).result) == 1
    assert simulate(main(0.25)).result == []


def test_a_dropped_task_is_told() -> None:
    async def main() -> list[str]:
        async with debug_mode() as messages:
            task = asyncio.create_task(waits_for_ever(), name="dropped")
            await asyncio.sleep(0)
            del task
        return messages

    async def waits_for_ever() -> None:
        await asyncio.get_running_loop().create_future()

    [message] = asyncio.run(main())
    assert message.startswith("Task was destroyed but it is pending!")
    assert "name='dropped'" in message


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize(
    "error", [None, ValueError(), asyncio.CancelledError(), KeyboardInterrupt(), SystemExit()]
)
def test_everything_is_as_it_was(debug: bool, error: BaseException | None) -> None:
    async def block() -> None:
        async with debug_mode(slow_callback_duration=0.5):
            assert asyncio.get_running_loop().get_debug()
            assert asyncio.get_running_loop().slow_callback_duration == 0.5
            assert sys.get_coroutine_origin_tracking_depth() == 10
            if error is not None:
                raise error

    async def main() -> None:
        asyncio.get_running_loop().slow_callback_duration = 0.7
        await asyncio.sleep(0)
        before = settings()
        for _ in range(2):
            raised = None
            try:
                await block()
            except BaseException as caught:
                raised = caught
            assert raised is error
            assert settings() == before
            await asyncio.sleep(0)  # what a turn of the loop still does, changes nothing
            assert settings() == before

    asyncio.run(main(), debug=debug)


def test_it_is_off_again_when_its_task_is_cancelled_or_thrown_away() -> None:
    async def block() -> None:
        async with debug_mode():
            await asyncio.sleep(60)

    async def main() -> None:
        before = settings()
        for turns in range(4):  # cancelled before the block, while it begins, and inside
            task = asyncio.create_task(block())
            for _ in range(turns):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            assert settings() == before
        coroutine = block()
        coroutine.send(None)
        coroutine.close()
        assert settings() == before

    asyncio.run(main())


def test_blocks_may_overlap_and_end_in_any_order() -> None:
    async def main() -> tuple[list[str], list[str]]:
        before = settings()
        first, second = debug_mode(), debug_mode(slow_callback_duration=0.5)
        of_first = await first.__aenter__()
        time.sleep(0.2)
        of_second = await second.__aenter__()
        time.sleep(0.3)
        await asyncio.sleep(0)
        await first.__aexit__(None, None, None)
        assert asyncio.get_running_loop().get_debug()
        assert asyncio.get_running_loop().slow_callback_duration == 0.5
        time.sleep(0.4)
        await asyncio.sleep(0)
        time.sleep(0.6)
        await second.__aexit__(None, None, None)
        assert settings() == before
        return of_first, of_second

    of_first, of_second = simulate(main()).result  # each block hears of the step in which it begins
    took = [[text.split()[-2] for text in messages] for messages in (of_first, of_second)]
    assert took == [["0.200", "0.300"], ["0.200", "0.300", "0.600"]]


def test_it_hears_beside_a_recording() -> None:
    async def main() -> list[str]:
        with record():
            async with debug_mode() as messages:
                await every_mistake()
        return messages

    assert len(asyncio.run(main())) >= 3


def test_a_logger_that_hears_errors_only_hears_warnings_in_the_block() -> None:
    logger = logging.getLogger("asyncio")
    logger.setLevel(logging.CRITICAL)
    try:

        async def main() -> list[str]:
            async with debug_mode() as messages:
                time.sleep(0.2)
            return messages

        assert len(simulate(main()).result) == 1
        assert logger.level == logging.CRITICAL
    finally:
        logger.setLevel(logging.NOTSET)


def test_other_warnings_are_shown_as_before() -> None:
    async def main() -> list[str]:
        with pytest.warns(UserWarning, match="mine"):
            async with debug_mode() as messages:
                warnings.warn("mine", stacklevel=1)
        return messages

    assert asyncio.run(main()) == []


def test_mistakes_are_named() -> None:
    with pytest.raises(TypeError, match="async with"), debug_mode():
        pass
    for no_duration in ("0.1", None, True):
        with pytest.raises(TypeError, match="in seconds"):
            debug_mode(slow_callback_duration=no_duration)  # type: ignore[arg-type]
    for duration in (-1, float("nan")):
        with pytest.raises(ValueError, match="at least 0"):
            debug_mode(slow_callback_duration=duration)

    async def twice() -> None:
        mode = debug_mode()
        async with mode:
            with pytest.raises(RuntimeError, match="anew"):
                async with mode:
                    pass
        async with mode:
            pass
        assert not asyncio.get_running_loop().get_debug()

    asyncio.run(twice())
