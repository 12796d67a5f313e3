"""Many rows of one kind, kept as columns: a sequence of named tuples in a sixth of their room.

A hundred thousand named tuples of seven entries take 20 MB, most of it for entries that are the
same again and again. Here numbers stand in arrays, and of everything else each value stands once,
in a table, with its number in an array. A row is made when somebody asks for it.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, partial
from typing import Any, Final, Generic, NamedTuple, TypeVar, cast, get_type_hints, overload

Row = TypeVar("Row", bound=tuple[Any, ...])

# For each type of an entry, the type codes of arrays that may hold it, the smallest first.
_CODES: Final = {float: "d", int: "Iq"}
#: The type codes of arrays for the numbers of a table's values.
NUMBERS: Final = "HI"


class Repeated(NamedTuple):
    """A column whose entries repeat: `numbers` are indices into `values`, which all differ."""

    numbers: Sequence[int]
    values: Sequence[Any]


class Numbering(dict[Any, int]):
    """A number for each value, from 0 in the order in which they were met: its index in `table`."""

    def __init__(self) -> None:
        self.table: list[Any] = []

    def __missing__(self, value: Any) -> int:
        number = self[value] = len(self)
        self.table.append(value)
        return number


class Packed(Sequence[Row], Generic[Row]):
    """An immutable sequence of named tuples of the class `kind`, equal to a tuple of the same rows.

    `columns` has an entry for each field, in their order. `pack` makes one of rows.
    """

    __slots__ = ("_columns", "kind")

    kind: Any

    def __init__(self, kind: type[Row], columns: Iterable[Sequence[Any] | Repeated]) -> None:
        self.kind = kind
        self._columns = tuple(columns)

    def numbers(self, name: str) -> Sequence[Any]:
        """The column of a field that is a number: an array where it fits into one."""
        column = self._columns[self._place(name)]
        assert not isinstance(column, Repeated), f"{name} is no number"
        return column

    def repeated(self, name: str) -> Repeated:
        """The column of a field that is no number."""
        column = self._columns[self._place(name)]
        assert isinstance(column, Repeated), f"{name} is a number"
        return column

    def each(self, *names: str) -> Iterator[Any]:
        """The entries of these fields, row by row, without making the rows."""
        return zip(
            *(self._entries(self._columns[self._place(name)]) for name in names), strict=True
        )

    def _place(self, name: str) -> int:
        return list(layout(self.kind)).index(name)

    @staticmethod
    def _entries(column: Sequence[Any] | Repeated) -> Iterable[Any]:
        if isinstance(column, Repeated):
            return map(column.values.__getitem__, column.numbers)
        return column

    def distinct(self, name: str) -> list[Any]:
        """The values that a field that is no number has, each once."""
        column = self.repeated(name)
        return [column.values[number] for number in dict.fromkeys(column.numbers)]

    def __len__(self) -> int:
        first = self._columns[0]
        return len(first.numbers if isinstance(first, Repeated) else first)

    @overload
    def __getitem__(self, place: int) -> Row: ...

    @overload
    def __getitem__(self, place: slice) -> tuple[Row, ...]: ...

    def __getitem__(self, place: int | slice) -> Row | tuple[Row, ...]:
        if isinstance(place, slice):
            return tuple(self[index] for index in range(*place.indices(len(self))))
        entries = (
            column.values[column.numbers[place]] if isinstance(column, Repeated) else column[place]
            for column in self._columns
        )
        return cast(Row, tuple.__new__(self.kind, entries))

    def __iter__(self) -> Iterator[Row]:
        make = cast(Any, partial(tuple.__new__, self.kind))  # without the constructor: 3 × sooner
        return map(make, zip(*map(self._entries, self._columns), strict=True))

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Packed | tuple):
            return len(self) == len(other) and all(map(_equal, self, other))
        return NotImplemented

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return repr(tuple(self))


def _equal(one: object, other: object) -> bool:
    return one == other


@cache
def layout(kind: Any) -> Mapping[str, str]:
    """For each field of a named tuple, in order, the type codes of arrays that may hold its column.

    There are none for a field that is no number: its column is `Repeated`.
    """
    return {name: _CODES.get(hint, "") for name, hint in get_type_hints(kind).items()}


def in_array(values: Sequence[Any], codes: str) -> Sequence[Any]:
    """The values in an array of the first type code that holds them all, else as they are."""
    for code in codes:
        try:
            return array(code, values)
        except (TypeError, OverflowError):
            continue
    return values


def pack(
    kind: type[Row], rows: Iterable[tuple[Any, ...]], numberings: dict[str, Numbering] | None = None
) -> Packed[Row]:
    """Rows as columns.

    The entries of `rows` are those of the named tuple `kind`. Sequences that are packed with the
    same `numberings`, by the name of a field, share their tables.
    """
    shared: dict[str, Numbering] = {} if numberings is None else numberings
    fields = layout(kind)
    entries: Sequence[Sequence[Any]] = list(zip(*rows, strict=True)) or [()] * len(fields)
    columns: list[Sequence[Any] | Repeated] = []
    for (name, codes), values in zip(fields.items(), entries, strict=True):
        if codes:
            columns.append(in_array(values, codes))
        else:
            numbering = shared.setdefault(name, Numbering())
            numbers = list(map(numbering.__getitem__, values))
            columns.append(Repeated(in_array(numbers, NUMBERS), numbering.table))
    return Packed(kind, columns)


def packed(kind: type[Row], rows: Sequence[Row]) -> Packed[Row]:
    """The same rows as columns; those that are so already are returned as they are."""
    return rows if isinstance(rows, Packed) else pack(kind, rows)
