"""Recordings in files.

A file is JSON text: an object with the name of the format, its version and the recording. Rows of
which there are many, as spans, are stored column by column. Places and reasons, which repeat at
every step, and whatever else repeats in a column, are stored once and referred to by number. Equal
recordings make files that are equal byte for byte: nothing of the day, the machine or the path is
in them.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from enum import Enum
from itertools import chain
from math import isfinite
from pathlib import Path
from types import UnionType
from typing import Any, Final, get_args, get_origin, get_type_hints

from course_helpers.recording.columns import (
    NUMBERS,
    Packed,
    Repeated,
    in_array,
    layout,
    pack,
    packed,
)
from course_helpers.recording.files import write_whole
from course_helpers.recording.model import Change, Location, Recording, Span, Turn, WaitReason

FORMAT: Final = "course_helpers recording"
VERSION: Final = 4

#: What repeats: each value is stored once, in a table of this name.
_TABLES: Final[Mapping[type, str]] = {Location: "locations", WaitReason: "reasons"}
#: Fields with so many rows that they are stored in columns.
_IN_COLUMNS: Final[Mapping[str, Any]] = {"spans": Span, "changes": Change, "turns": Turn}
_NOT_FINITE: Final = ("inf", "-inf", "nan")

_Reader = Callable[[Any], Any]


class _Tables:
    """What repeats, while a recording is saved: by its table's name, each value and its number."""

    def __init__(self) -> None:
        self._numbers: dict[str, dict[Any, int]] = {name: {} for name in _TABLES.values()}

    def number(self, table: str, value: Any) -> int:
        """The number of a value in a table; a new one is added to it."""
        numbers = self._numbers.setdefault(table, {})
        return numbers.setdefault(value, len(numbers))

    def plain(self) -> dict[str, list[Any]]:
        """All tables, as JSON values."""
        columns = {
            name: [_plain(value, self) for value in numbers]
            for name, numbers in self._numbers.items()
            if name not in _TABLES.values()
        }
        # Last: columns refer to these.
        own = {name: [list(value) for value in self._numbers[name]] for name in _TABLES.values()}
        return {**columns, **own}


def save(recording: Recording, path: str | os.PathLike[str]) -> None:
    """Write a recording to a file, in the place of whatever has that path.

    All of it is kept but a `result` that is not made of None, bool, int, finite float, str, list
    and dict with str keys alone; such a result is None in the recording that is loaded. The file
    is written whole or not at all.

    Raises TypeError when it is given anything but a recording, OSError when the file cannot be
    written.
    """
    if not isinstance(recording, Recording):
        raise TypeError(f"only a Recording can be saved, not {type(recording).__name__}")
    tables = _Tables()
    body = {
        field.name: _plain_field(recording, field.name, tables)
        for field in fields(Recording)
        if field.name != "result"
    }
    document = {
        "format": FORMAT,
        "version": VERSION,
        "recording": {**body, "result": _storable(recording.result)},
        **tables.plain(),
    }
    text = json.dumps(document, allow_nan=False, sort_keys=True, separators=(",", ":"))
    write_whole(path, text + "\n")


def load(path: str | os.PathLike[str]) -> Recording:
    """Read a recording that `save` wrote.

    Raises ValueError when the file is something else, is damaged, or was written by a newer version
    of this package; OSError when it cannot be read.
    """
    name = Path(path).name
    try:
        document = json.loads(Path(path).read_bytes())
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{name} is not a saved recording: it holds no JSON text") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ValueError(f"{name} is not a saved recording: Recording.save() writes those")
    version = document.get("version")
    if type(version) is int and version > VERSION:
        raise ValueError(
            f"{name} was saved by a newer version of course_helpers (format {version}; this one "
            f"reads format {VERSION}): update course_helpers to load it"
        )
    try:
        if type(version) is not int or version < 1:
            raise _Damage(f"the format has no version {version!r}")
        if version < 3 and isinstance(document.get("recording"), dict):
            _bring_up_to_date(document)
        recording: Recording = _recording_reader(document)(document.get("recording"))
        for damage in _broken_references(recording):
            raise _Damage(damage)
    except _Damage as damage:
        raise ValueError(f"{name} is a saved recording, but it is damaged: {damage}") from None
    return recording


def _bring_up_to_date(document: dict[str, Any]) -> None:
    document["recording"].setdefault("marks", [])  # they came with version 2
    document["recording"].setdefault("cancellations", [])  # and these with version 3, as did
    document["recording"].setdefault("reports", [])
    document["recording"].setdefault("from_threads", [])


class _Damage(Exception):
    """What is wrong with a file, as the end of a sentence."""


def _storable(result: Any) -> Any:
    """The result of a program if it comes back from a file equal to itself, else None."""
    try:
        return result if bool(json.loads(json.dumps(result, allow_nan=False)) == result) else None
    except Exception:  # whatever a learner's object may raise when it is compared
        return None


def _plain(value: Any, tables: _Tables) -> Any:
    """A value of the model as JSON values."""
    kind = type(value)
    if kind is float and not isfinite(value):
        return str(value)
    if value is None or kind in (int, float, str, bool):
        return value
    if kind in _TABLES:
        return tables.number(_TABLES[kind], value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {key: _plain(entry, tables) for key, entry in value.items()}
    if is_dataclass(value):
        return {field.name: _plain_field(value, field.name, tables) for field in fields(value)}
    return [_plain(entry, tables) for entry in value]


def _plain_field(value: Any, name: str, tables: _Tables) -> Any:
    """A field of a value of the model as JSON values."""
    field = getattr(value, name)
    if name in _IN_COLUMNS:
        return _plain_columns(packed(_IN_COLUMNS[name], field), tables)
    return _plain(field, tables)


def _plain_columns(rows: Packed[Any], tables: _Tables) -> dict[str, list[Any]]:
    """Rows in columns; what repeats is a number in a table that the whole file shares."""
    columns: dict[str, list[Any]] = {}
    for name, codes in layout(rows.kind).items():
        if codes:
            columns[name] = list(rows.numbers(name))
        else:
            column, table = rows.repeated(name), _table(rows.kind, name)
            number = {
                one: tables.number(table, column.values[one])
                for one in dict.fromkeys(column.numbers)
            }
            columns[name] = list(map(number.__getitem__, column.numbers))
    return columns


def _table(kind: type, field: str) -> str:
    return f"{kind.__name__}.{field}"


def _recording_reader(document: Mapping[str, Any]) -> _Reader:
    """A function that makes a recording of what `_plain` made of one."""
    readers: dict[Any, _Reader] = {}
    for kind, name in _TABLES.items():
        rows = _expect(list, document.get(name))
        readers[kind] = _numbered([_named_tuple(kind, readers)(row) for row in rows], name)
    for kind in _IN_COLUMNS.values():
        readers[Sequence[kind]] = _columns(kind, document, readers)  # type: ignore[valid-type]
    return _dataclass(Recording, readers)


def _columns(kind: Any, document: Mapping[str, Any], readers: dict[Any, _Reader]) -> _Reader:
    """A function that makes rows of the columns that `_plain_columns` made of them.

    Before version 3 they were stored row by row.
    """
    hints, columns = get_type_hints(kind), layout(kind)
    read_row = _named_tuple(kind, readers)
    tables: dict[str, list[Any]] = {}
    for name, codes in columns.items():
        if not codes:
            stored = _expect(list, document.get(_table(kind, name), []))
            tables[name] = list(map(_reader(hints[name], readers), stored))

    def column(name: str, codes: str, value: Any) -> Sequence[Any] | Repeated:
        entries = _expect(list, value)
        numbers = in_array(entries, codes or NUMBERS)
        if codes:
            read_number = _reader(hints[name], readers)
            return numbers if numbers is not entries else list(map(read_number, entries))
        if numbers is entries or max(numbers, default=-1) >= len(tables[name]):
            raise _Damage(f"a {kind.__name__} has a {name} that is not there")
        return Repeated(numbers, tables[name])

    def read(value: Any) -> Any:
        if type(value) is list:
            return pack(kind, map(read_row, value))
        if _expect(dict, value).keys() != columns.keys():
            raise _Damage(f"the columns of a {kind.__name__} are not {', '.join(value)}"[:200])
        found = [column(name, codes, value[name]) for name, codes in columns.items()]
        if len(set(map(len, value.values()))) > 1:
            raise _Damage(f"the columns of a {kind.__name__} are not all of one length")
        return Packed(kind, found)

    return read


def _reader(kind: Any, readers: dict[Any, _Reader]) -> _Reader:
    """A function that makes a value of a type of JSON values, or raises `_Damage`."""
    if kind not in readers:
        readers[kind] = _new_reader(kind, readers)
    return readers[kind]


def _new_reader(kind: Any, readers: dict[Any, _Reader]) -> _Reader:
    origin, arguments = get_origin(kind), get_args(kind)
    if kind is Any:
        return lambda value: value
    if kind is float:
        return _number
    if kind in (int, str, bool):
        return lambda value: _expect(kind, value)
    if origin is UnionType:
        (other,) = (argument for argument in arguments if argument is not type(None))
        read_other = _reader(other, readers)
        return lambda value: None if value is None else read_other(value)
    if origin is tuple:
        read_entry = _reader(arguments[0], readers)
        return lambda value: tuple(map(read_entry, _expect(list, value)))
    if origin is not None and issubclass(origin, Mapping):
        read_key, read_value = (_reader(argument, readers) for argument in arguments)
        return lambda value: {
            read_key(key): read_value(entry) for key, entry in _expect(dict, value).items()
        }
    if issubclass(kind, Enum):
        return lambda value: _member(kind, value)
    if is_dataclass(kind):
        return _dataclass(kind, readers)
    return _named_tuple(kind, readers)


def _expect(kind: type, value: Any) -> Any:
    if type(value) is not kind:
        raise _Damage(f"{kind.__name__} was expected where {value!r:.60} stands")
    return value


def _number(value: Any) -> Any:
    if type(value) is str and value in _NOT_FINITE:
        return float(value)
    return value if type(value) is int else _expect(float, value)


def _member(kind: type[Enum], value: Any) -> Enum:
    try:
        return kind(value)
    except ValueError as error:
        raise _Damage(str(error)) from None


def _numbered(values: list[Any], name: str) -> _Reader:
    def read(value: Any) -> Any:
        if type(value) is not int or not 0 <= value < len(values):
            raise _Damage(f"{name} has no entry {value!r:.60}")
        return values[value]

    return read


def _named_tuple(kind: Any, readers: dict[Any, _Reader]) -> _Reader:
    hints = get_type_hints(kind)
    read_fields = [_reader(hints[name], readers) for name in kind._fields]

    # What came with a later version has a default: with 3 `WaitReason.tasks` and
    # `Blocked.function`, with 4 `Waker.signal`.
    fewest = len(read_fields) - len(kind._field_defaults)

    def read(value: Any) -> Any:
        if not fewest <= len(_expect(list, value)) <= len(read_fields):
            raise _Damage(f"a {kind.__name__} has {len(read_fields)} entries, not {len(value)}")
        return kind(*[read(entry) for read, entry in zip(read_fields, value, strict=False)])

    return read


def _dataclass(kind: Any, readers: dict[Any, _Reader]) -> _Reader:
    hints = get_type_hints(kind)
    read_fields = {field.name: _reader(hints[field.name], readers) for field in fields(kind)}

    def read(value: Any) -> Any:
        if _expect(dict, value).keys() != read_fields.keys():
            raise _Damage(f"the fields of a {kind.__name__} are not {', '.join(value)}"[:200])
        return kind(**{name: read(value[name]) for name, read in read_fields.items()})

    return read


def _broken_references(recording: Recording) -> Iterator[str]:
    """What refers to a task or a resource that is not there, or stands in the wrong place."""

    def missing(index: int | None, things: tuple[Any, ...]) -> bool:
        return index is not None and not 0 <= index < len(things)

    tasks, resources = recording.tasks, recording.resources
    for position, task in enumerate(tasks):
        spans = packed(Span, task.spans)
        references = [task.parent]
        references += [waker.task for waker in spans.distinct("waker") if waker]
        for reason in filter(None, spans.distinct("reason")):
            references += [reason.task, *reason.tasks]
            if missing(reason.resource, resources):
                yield f"task {position} waits for a resource that is not there"
        if task.index != position or any(missing(index, tasks) for index in references):
            yield f"task {position} is not in its place, or names a task that is not there"
    for position, resource in enumerate(resources):
        changes = packed(Change, resource.changes)
        named = {*changes.distinct("task"), *chain.from_iterable(changes.distinct("holders"))}
        if resource.index != position or any(missing(index, tasks) for index in named):
            yield f"resource {position} is not in its place, or names a task that is not there"
        if not resource.changes:
            yield f"resource {position} has no state"
    owners = [timer.task for timer in recording.timers]
    owners += [step.task for step in recording.blocked]
    owners += [mark.task for mark in recording.marks]
    owners += [one for deed in recording.from_threads for one in (deed.thread, deed.task)]
    if any(missing(deed.resource, resources) for deed in recording.from_threads):
        yield "a thread's deed names a resource that is not there"
    for request in recording.cancellations:
        owners += [request.task, request.by.task]
        if missing(request.resource, resources) or missing(request.origin, recording.cancellations):
            yield "a cancellation names a resource or another one that is not there"
    for owner in owners:
        if missing(owner, tasks):
            yield "a timer, a blocked step, a mark or a cancellation names a task that is not there"
