"""A recording is worked out when somebody looks at it: until then it only keeps what was heard."""

from __future__ import annotations

import asyncio
import copy
import importlib.util
import linecache
import pickle
import threading
from pathlib import Path
from typing import Any

import pytest

from course_helpers import simulate
from course_helpers.recorder import interpretation, recorder


async def program() -> str:
    await asyncio.gather(asyncio.sleep(0.2), asyncio.sleep(0.1))
    return "all"


def interpretations(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A list that gets an entry each time that a log is interpreted."""
    done: list[str] = []
    interpret = interpretation.interpret

    def noted(*arguments: Any) -> None:
        done.append("again")
        interpret(*arguments)

    monkeypatch.setattr(recorder, "interpret", noted)
    return done


def test_once_and_not_before_somebody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    done = interpretations(monkeypatch)
    recording = simulate(program())
    assert recording.result == "all"
    assert done == []
    assert recording.duration == 0.2
    assert len(recording.tasks) == 3
    assert done == ["again"]


@pytest.mark.parametrize(
    "copied", [copy.copy, copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))]
)
def test_a_copy_is_whole(copied: Any) -> None:
    assert copied(simulate(program())) == simulate(program())


def test_two_threads_look_at_the_same_time(monkeypatch: pytest.MonkeyPatch) -> None:
    done = interpretations(monkeypatch)
    recording = simulate(program())
    seen: list[int] = []
    threads = [threading.Thread(target=lambda: seen.append(recording.events)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(seen) == {recording.events}
    assert done == ["again"]


def test_an_interrupt_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    recording = simulate(program())
    with monkeypatch.context() as patched:

        def interrupted(*_: Any) -> None:
            raise KeyboardInterrupt

        patched.setattr(recorder, "interpret", interrupted)
        with pytest.raises(KeyboardInterrupt):
            recording.tasks  # noqa: B018
    assert recording == simulate(program())


def test_the_source_is_that_of_the_run(tmp_path: Path) -> None:
    file = tmp_path / "homework.py"
    file.write_text("import asyncio\n\n\nasync def main():\n    await asyncio.sleep(1)\n")
    spec = importlib.util.spec_from_file_location("homework", file)
    assert spec is not None
    assert spec.loader is not None
    homework = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(homework)
    recording = simulate(homework.main())
    file.write_text("nothing = 'of that'\n")
    linecache.checkcache()
    assert "asyncio.sleep(1)" in recording.sources[str(file)]


def test_values_of_any_size_are_kept_exactly() -> None:
    permits = 10**30

    async def main() -> None:
        async with asyncio.Semaphore(permits):
            await asyncio.sleep(0)

    (semaphore,) = simulate(main()).resources
    assert [change.value for change in semaphore.changes] == [permits, permits - 1, permits]
