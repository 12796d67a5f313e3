"""The file in which progress is kept: what was solved, and which rules were broken on the way.

It lies beside the notebooks. Each change reads what is there, merges and writes the file whole; the
better state wins. So two kernels, or two files, never conflict, and a cut write loses nothing.
"""

from __future__ import annotations

import importlib
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from course_helpers.browser import IN_BROWSER
from course_helpers.recording.files import write_whole

VERSION: Final = 1
NAME: Final = "progress.json"
VARIABLE: Final = "COURSE_PROGRESS"
"""The environment's variable that says where the file is; `off` keeps no progress."""
_TRIES: Final = 100  # to be alone with the file, within a second
_CONTENTS: Final = "00_introduction.ipynb"  # lies in the folder of the notebooks

Entry = dict[str, Any]


class State(StrEnum):
    """How far an exercise or a prediction has come."""

    TRIED = "tried"
    SOLVED_AFTER = "solved after the solution"
    SOLVED = "solved"


_RANK: Final = {state.value: rank for rank, state in enumerate(State, 1)}
_memory: dict[str, Entry] = {}


def path() -> Path | None:
    """The file of progress, None where none is kept: outside the course's folder."""
    asked = os.environ.get(VARIABLE)
    if asked:
        return None if asked == "off" else Path(asked)
    here = Path.cwd()
    for folder in (here, here.parent, here / "notebooks"):
        if (folder / _CONTENTS).is_file():
            return folder / NAME
    return None


def _is_off() -> bool:
    """Whether nothing is to be kept, and nothing that was kept is to be seen."""
    return os.environ.get(VARIABLE) == "off"


def load() -> dict[str, Entry]:
    """What is known, by name: what the file says, and what this kernel has noted itself.

    A file that is missing or damaged counts as empty. Raises ValueError for one that a newer
    version of this package wrote: it must not be overwritten.
    """
    file = path()
    return merged(_memory, {} if file is None else _read(file))


def known() -> dict[str, Entry]:
    """As `load`; nothing where no progress is kept, or by a newer version."""
    if _is_off():
        return {}
    try:
        return load()
    except ValueError:
        return {}


def _read(file: Path) -> dict[str, Entry]:
    try:
        return entries(json.loads(file.read_text("utf-8")))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, NotProgress):
        return {}


class NotProgress(ValueError):
    """A file that is no progress file; the text says how one knows."""


def entries(document: object) -> dict[str, Entry]:
    """The entries of a document that was read from a file.

    Raises NotProgress for something else, ValueError for a newer version.
    """
    if not isinstance(document, dict) or type(document.get("version")) is not int:
        raise NotProgress("this is no file of progress: it has no version")
    if document["version"] > VERSION:
        raise ValueError(
            f"this file of progress was written by a newer version of the course (format "
            f"{document['version']}; this one reads format {VERSION}): update the course"
        )
    found = {name: entry for name, entry in document.items() if name != "version"}
    return {
        name: entry
        for name, entry in found.items()
        if isinstance(entry, dict) and entry.get("state") in _RANK
    }


def merged(*all_entries: Mapping[str, Entry]) -> dict[str, Entry]:
    """The better of each; of counts the larger. In whichever order they are given."""
    found: dict[str, Entry] = {}
    for some in all_entries:
        for name, entry in some.items():
            found[name] = _better(found[name], entry) if name in found else dict(entry)
    return found


def _better(one: Entry, other: Entry) -> Entry:
    first, second = sorted((one, other), key=_standing)
    better = {**second, **first}
    better["checks"] = max(_count(one.get("checks")), _count(other.get("checks")))
    broken = {**_counts(one), **_counts(other)}
    better["broken"] = {
        rule: max(_counts(one).get(rule, 0), _counts(other).get(rule, 0)) for rule in broken
    }
    return better


def _standing(entry: Entry) -> tuple[int, bool, str]:
    """What sorts the better state first; of the same, the earlier day: since then it is known."""
    day = str(entry.get("day", ""))
    return -_RANK.get(str(entry.get("state")), 0), not day, day


def _count(value: object) -> int:
    return value if type(value) is int and value >= 0 else 0


def _counts(entry: Entry) -> dict[str, int]:
    broken = entry.get("broken")
    if not isinstance(broken, dict):
        return {}
    return {str(rule): _count(count) for rule, count in broken.items()}


def broken_rules(entry: Entry) -> list[str]:
    """The rules that answers to an exercise have broken, by name."""
    return sorted(rule for rule, count in _counts(entry).items() if count)


def note(name: str, state: State, *, broken: str = "", after_solution: bool = False) -> str:
    """Note a check of an exercise, with the rule that it broke first, if any.

    Returns a sentence when that cannot be kept in the file, otherwise none.
    """
    if _is_off():
        return ""
    try:
        before = load()
    except ValueError as error:
        return f"Progress is not kept: {error}."
    entry = dict(before.get(name, {}))
    entry["checks"] = _count(entry.get("checks")) + 1
    counts = _counts(entry)
    if broken:
        counts[broken] = counts.get(broken, 0) + 1
    entry["broken"] = counts
    if state is State.SOLVED and (after_solution or entry.get("seen")):
        state = State.SOLVED_AFTER
    if _RANK[state] > _RANK.get(str(entry.get("state")), 0):
        entry["state"], entry["day"] = state.value, date.today().isoformat()
    return keep({name: entry})


def note_lines(name: str, lines: list[int | str], *, right: bool) -> str:
    """Keep which lines were named: the last ones, until they were the right ones.

    As `note`, returns a sentence or none.
    """
    before = known().get(name, {})
    besides = note(name, State.SOLVED if right else State.TRIED)
    if besides or _is_off() or before.get("state") == State.SOLVED.value:
        return besides
    return keep({name: {**known()[name], "said": lines}}, instead=True)


def solution_seen(name: str) -> str:
    """Note that the solution of an exercise was shown; as `note`, returns a sentence or none."""
    if _is_off():
        return ""
    try:
        entry = load().get(name, {"state": State.TRIED.value, "day": date.today().isoformat()})
    except ValueError:
        return ""
    return keep({name: {**entry, "seen": True}})


def keep(new: Mapping[str, Entry], *, instead: bool = False) -> str:
    """Merge these into what is known, and write the file; returns a sentence when it cannot.

    With `instead`, they take the place of what is known.
    """
    file = path()
    _memory.update(new if instead else merged(_memory, new))
    if file is None:
        return ""
    try:
        with _alone(file.parent):
            entries_now = {**merged(_memory, _read(file)), **(new if instead else {})}
            document = {"version": VERSION, **_unknown(file), **entries_now}
            write_whole(file, json.dumps(document, indent=1, sort_keys=True) + "\n")
    except ValueError as error:
        return f"Progress is not kept: {error}."
    except OSError as error:
        return f"Progress is not kept in {file.name}: {error.strerror}. Save it from progress()."
    return ""


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep other kernels from reading and writing between each other, for a second at most.

    The lock is the operating system's, which takes it back from a process that died. In a browser
    alone there is none, and each kernel has its own view of the folder.
    """
    if IN_BROWSER:
        yield
        return
    try:
        descriptor, lock = _lock(folder)
    except OSError:  # there is no such folder, or nothing may be written into it
        yield
        return
    try:
        for _ in range(_TRIES):
            try:
                lock()
                break
            except OSError:
                time.sleep(1 / _TRIES)
        yield
    finally:
        os.close(descriptor)


def _lock(folder: Path) -> tuple[int, Callable[[], object]]:
    """An open descriptor, and what locks it or raises OSError; to close it gives it back."""
    try:
        import fcntl
    except ImportError:  # Windows, which has no locks for folders
        # Not the file of progress itself: that one is replaced while it is locked.
        descriptor = os.open(folder / f".{NAME}.lock", os.O_RDWR | os.O_CREAT)
        msvcrt: Any = importlib.import_module("msvcrt")
        return descriptor, lambda: msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    descriptor = os.open(folder, os.O_RDONLY)
    return descriptor, lambda: fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _unknown(file: Path) -> dict[str, Any]:
    """What the file holds and this version does not know: it is kept as it is."""
    try:
        document = json.loads(file.read_text("utf-8"))
        known = entries(document)
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, NotProgress):
        return {}
    return {
        name: value for name, value in document.items() if name not in known and name != "version"
    }


def note_prediction(name: str, answer: object, *, right: bool, instead: bool = False) -> str:
    """Keep the answer to a question; the first counts, unless this one stands `instead` of it.

    As `note`, returns a sentence or none.
    """
    if _is_off():
        return ""
    try:
        if "said" in load().get(name, {}) and not instead:
            return ""
    except ValueError as error:
        return f"Progress is not kept: {error}."
    state = State.SOLVED if right else State.TRIED
    day = date.today().isoformat()
    entry = {"state": state.value, "day": day, "checks": 1, "said": answer}
    return keep({name: entry}, instead=instead)


def prediction(name: str) -> tuple[Any, str] | None:
    """The answer that was given to a question and the day; None if there is none."""
    entry = known().get(name, {})
    return (entry["said"], str(entry.get("day", ""))) if "said" in entry else None
