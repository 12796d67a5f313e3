"""Recordings are saved and loaded, and other files are refused."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from math import inf
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_helpers.recorder.record import record
from course_helpers.recording.archive import FORMAT, VERSION, load, save
from course_helpers.recording.model import Change, Recording, Span, Turn
from course_helpers.simulation import simulate
from tests.views.programs import PROGRAMS, locks


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_recording_comes_back_equal(name: str, tmp_path: Path) -> None:
    recording = simulate(PROGRAMS[name]())
    save(recording, tmp_path / "recording.json")
    loaded = load(tmp_path / "recording.json")
    assert loaded == recording
    assert repr(loaded) == repr(recording)
    assert [type(span) for task in loaded.tasks for span in task.spans] == [
        type(span) for task in recording.tasks for span in task.spans
    ]


def test_a_recording_by_the_real_clock_comes_back_equal(tmp_path: Path) -> None:
    async def main() -> Recording:
        with record() as recording:
            await asyncio.gather(asyncio.to_thread(sum, [1, 2]), asyncio.sleep(0.001))
        return recording

    recording = asyncio.run(main())
    save(recording, tmp_path / "recording.json")
    assert load(tmp_path / "recording.json") == recording


def test_equal_recordings_make_equal_files(tmp_path: Path) -> None:
    recording = simulate(locks())
    turned = replace(recording, sources=dict(reversed(list(recording.sources.items()))))
    save(recording, tmp_path / "one.json")
    save(turned, tmp_path / "two.json")
    save(load(tmp_path / "one.json"), tmp_path / "three.json")
    first = (tmp_path / "one.json").read_bytes()
    assert (tmp_path / "two.json").read_bytes() == first
    assert (tmp_path / "three.json").read_bytes() == first


def test_the_file_is_strict_json_even_where_time_never_ends(tmp_path: Path) -> None:
    recording = simulate(locks())
    recording = replace(recording, timers=(recording.timers[0]._replace(due=inf),))
    save(recording, tmp_path / "recording.json")
    text = (tmp_path / "recording.json").read_text()
    json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    assert load(tmp_path / "recording.json") == recording


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda values: st.lists(values) | st.dictionaries(st.text(), values),
    max_leaves=10,
)  # fmt: skip


@pytest.mark.slow
@given(JSON)
def test_a_result_that_is_a_json_value_is_kept(
    tmp_path_factory: pytest.TempPathFactory, result: Any
) -> None:
    path = tmp_path_factory.getbasetemp() / "result.json"
    save(Recording("virtual", 0.0, (), result=result), path)
    assert load(path).result == result


class Odd:
    def __eq__(self, other: object) -> bool:
        raise RuntimeError("do not compare me")

    __hash__ = None  # type: ignore[assignment]


def endless() -> list[Any]:
    result: list[Any] = []
    result.append(result)
    return result


@pytest.mark.parametrize(
    "result", [(1, 2), {1: 2}, {"a": (1,)}, {1}, object(), Odd(), inf, endless(), b"x"]
)
def test_any_other_result_is_left_out(result: Any, tmp_path: Path) -> None:
    save(Recording("virtual", 0.0, (), result=result), tmp_path / "recording.json")
    assert load(tmp_path / "recording.json").result is None


@pytest.mark.parametrize(
    "content",
    [b"", b"hello", b"\x89PNG\r\n\x1a\n\xff", b"[1, 2]", b"3", b'{"cells": []}', b"[" * 100_000],
)
def test_other_files_are_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "other.json"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"^other\.json is not a saved recording: "):
        load(path)


def changed(path: Path, change: Callable[[Any], object]) -> Path:
    save(simulate(locks()), path)
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))
    return path


def test_a_newer_version_is_refused_with_what_to_do(tmp_path: Path) -> None:
    path = changed(tmp_path / "new.json", lambda document: document.update(version=VERSION + 1))
    with pytest.raises(ValueError, match=r"newer version .* update course_helpers"):
        load(path)


def in_rows(document: Any) -> None:
    """What the same recording was in version 2 of the format: rows instead of columns."""
    document["version"] = 2

    def rows(kind: Any, columns: dict[str, list[Any]]) -> list[list[Any]]:
        entries = (
            [document[f"{kind.__name__}.{name}"][one] for one in column]
            if f"{kind.__name__}.{name}" in document
            else column
            for name, column in columns.items()
        )
        by_name = dict(zip(columns, entries, strict=True))
        return [list(row) for row in zip(*(by_name[name] for name in kind._fields), strict=True)]

    recording = document["recording"]
    for reason in document["reasons"]:
        reason.pop()  # `tasks` came with version 3
    for waker in filter(None, document["Span.waker"]):
        waker.pop()  # `signal` came with version 4
    for task in recording["tasks"]:
        task["spans"] = rows(Span, task["spans"])
    for resource in recording["resources"]:
        resource["changes"] = rows(Change, resource["changes"])
    recording["turns"] = rows(Turn, recording["turns"])


def test_files_of_an_older_version_are_read(tmp_path: Path) -> None:
    recording = simulate(locks())
    old = load(changed(tmp_path / "old.json", in_rows))
    assert old.resources == recording.resources
    assert old.turns == recording.turns
    for before, now in zip(old.tasks, recording.tasks, strict=True):
        assert len(before.spans) == len(now.spans)
        for span, same in zip(before.spans, now.spans, strict=True):
            reason = same.reason and same.reason._replace(tasks=())
            assert span == same._replace(reason=reason)


def test_rows_made_by_hand_make_the_same_file(tmp_path: Path) -> None:
    recording = simulate(locks())
    by_hand = replace(
        recording,
        turns=tuple(recording.turns),
        tasks=tuple(replace(task, spans=tuple(task.spans)) for task in recording.tasks),
    )
    save(recording, tmp_path / "one.json")
    save(by_hand, tmp_path / "other.json")
    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "other.json").read_bytes()


@pytest.mark.parametrize(
    "damage",
    [
        lambda document: document.update(version="one"),
        lambda document: document.pop("version"),
        lambda document: document.pop("recording"),
        lambda document: document.pop("locations"),
        lambda document: document["recording"].pop("tasks"),
        lambda document: document["recording"].update(more=1),
        lambda document: document["recording"].update(duration="long"),
        lambda document: document["recording"].update(events=True),
        lambda document: document["recording"]["tasks"].pop(0),
        lambda document: document["recording"]["tasks"][0].update(ending="vanished"),
        lambda document: document["recording"]["tasks"][1].update(parent=99),
        lambda document: document["recording"]["tasks"][1]["spans"].pop("end"),
        lambda document: document["recording"]["tasks"][1]["spans"]["end"].pop(),
        lambda document: document["recording"]["tasks"][1]["spans"]["end"].__setitem__(0, "late"),
        lambda document: document["recording"]["tasks"][1]["spans"]["sequence"].__setitem__(0, 0.5),
        lambda document: document["recording"]["tasks"][1]["spans"]["state"].__setitem__(0, 10**6),
        lambda document: document["recording"]["tasks"][1]["spans"]["state"].__setitem__(0, -1),
        lambda document: document["recording"]["tasks"][1]["spans"]["state"].__setitem__(0, 0.5),
        lambda document: document["Span.state"].__setitem__(0, "dreaming"),
        lambda document: document["Change.holders"][-1].append(99),
        lambda document: document["recording"]["resources"][0].update(changes=[]),
        lambda document: document["recording"]["timers"][0].__setitem__(6, 50),
        lambda document: document["reasons"][0].__setitem__(2, 50),
        lambda document: document["locations"][0].append(1),
    ],
)
def test_a_damaged_file_is_refused(damage: Callable[[Any], object], tmp_path: Path) -> None:
    path = changed(tmp_path / "damaged.json", damage)
    with pytest.raises(ValueError, match=r"^damaged\.json is a saved recording, but it is damaged"):
        load(path)


def test_what_is_no_recording_is_not_saved(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="only a Recording can be saved, not dict"):
        save({"format": FORMAT}, tmp_path / "recording.json")  # type: ignore[arg-type]
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "recording.json")


def test_a_recording_that_is_going_on_is_not_saved(tmp_path: Path) -> None:
    async def main() -> None:
        with record() as recording, pytest.raises(RuntimeError, match="still going on"):
            save(recording, tmp_path / "recording.json")

    asyncio.run(main())
    assert list(tmp_path.iterdir()) == []


def test_an_error_half_way_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "recording.json"
    save(simulate(locks()), path)
    before = path.read_bytes()

    def interrupted(self: Path, *arguments: Any, **more: Any) -> int:
        with self.open("w") as file:
            file.write("half")
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "write_text", interrupted)
    with pytest.raises(KeyboardInterrupt):
        save(simulate(locks(2)), path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
