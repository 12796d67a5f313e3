"""A recording as the compact data that the replay's script reads.

Tables and columns instead of objects: an event is known by its position among the events shown, a
name by its index, and the form of a sentence is stored once.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from math import isfinite
from typing import Any, Protocol, TypeVar

from course_helpers.learners_code import short_file
from course_helpers.recording.model import (
    Recording,
    Resource,
    State,
    Task,
    Timer,
)
from course_helpers.views.replay.narration import Moment, Name, Sentence, condition, plain_name

#: A source file of at most this many lines is shown whole; of a longer one, the lines so near to
#: those that matter.
WHOLE_FILE = 400
NEAR = 25

#: Names, lines and messages are cut off here: what is longer is data, not for reading.
LONGEST = 160

_STATES = {State.RUNNING: 0, State.READY: 1, State.WAITING: 2, State.UNKNOWN: 3}


class _Sequenced(Protocol):
    @property
    def sequence(self) -> int: ...


_Value = TypeVar("_Value", bound=_Sequenced)


def clip(text: str) -> str:
    """A text of at most `LONGEST` characters."""
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def encode(recording: Recording, moments: Sequence[Moment]) -> dict[str, Any]:
    """What a recording shows of some consecutive moments, as JSON values."""
    return _Encoder(recording, moments).data()


class _Table:
    """Values, numbered in the order in which they are met."""

    def __init__(self) -> None:
        self.numbers: dict[Any, int] = {}

    def number(self, value: Any) -> int:
        """The number of a value; -1 for None."""
        return -1 if value is None else self.numbers.setdefault(value, len(self.numbers))

    def values(self) -> list[Any]:
        return list(self.numbers)


class _Encoder:
    def __init__(self, recording: Recording, moments: Sequence[Moment]) -> None:
        self.recording = recording
        self.moments = moments
        self.sequences = [moment.sequence for moment in moments]
        self.forms = _Table()
        self.locations = _Table()
        self.reasons = _Table()
        self.words = _Table()

    def data(self) -> dict[str, Any]:
        recording, moments = self.recording, self.moments
        data: dict[str, Any] = {
            "duration": _finite(recording.duration),
            "times": [_finite(moment.time) for moment in moments],
            "jumps": [int(moment.jumps) for moment in moments],
            "about": [-1 if moment.task is None else moment.task for moment in moments],
            "sentences": [
                [self._sentence(sentence) for sentence in moment.sentences] for moment in moments
            ],
            "turns": [
                position
                for turn in recording.turns
                if (position := self._position(turn.sequence)) is not None
            ],
            "tasks": [self._task(task) for task in recording.tasks],
            "resources": [self._resource(resource) for resource in recording.resources],
            "timers": [
                encoded for timer in recording.timers if (encoded := self._timer(timer)) is not None
            ],
        }
        # These tables are complete only now.
        data["forms"] = self.forms.values()
        data["reasons"] = [
            [reason.kind, clip(reason.call), reason.resource, reason.task]
            for reason in self.reasons.values()
        ]
        data["words"] = self.words.values()
        data["files"], data["locations"] = self._sources()
        return data

    def _position(self, sequence: int) -> int | None:
        """The moment of a sequence number: below 0 for one before, None for one after these."""
        if sequence < self.sequences[0]:
            return sequence - self.sequences[0]
        position = bisect_left(self.sequences, sequence)
        return position if position < len(self.sequences) else None

    def _within(self, values: Iterable[_Value]) -> list[tuple[int, _Value]]:
        """The values and the moments they begin at; of those before the first moment, the last."""
        found: list[tuple[int, _Value]] = []
        for value in values:
            position = self._position(value.sequence)
            if position is None:
                break
            if found and found[-1][0] < 0 and position <= 0:
                found.pop()
            found.append((position, value))
        return found

    def _sentence(self, sentence: Sentence) -> list[Any]:
        """The number of the form, then its parts: a task is n, a resource -1 - n, a text itself."""
        encoded: list[Any] = [self.forms.number(sentence.form)]
        for part in sentence.parts:
            if isinstance(part, Name):
                encoded.append(part.number if part.kind == "task" else -1 - part.number)
            else:
                encoded.append(clip(part))
        return encoded

    def _task(self, task: Task) -> dict[str, Any]:
        at, states, locations, causes = [], [], [], []
        for position, span in self._within(task.spans):
            at.append(position)
            # Whom an eager task interrupts is in no queue.
            interrupted = span.waker is not None and span.waker.kind == "eager"
            states.append(_STATES[State.RUNNING if interrupted else span.state])
            locations.append(self.locations.number(span.location))
            if span.state is State.WAITING:
                causes.append(self.reasons.number(span.reason))
            elif span.waker is not None and span.waker.task is not None and not interrupted:
                causes.append(span.waker.task)
            else:
                causes.append(-1)
        end = None if task.ended_sequence is None else self._position(task.ended_sequence)
        return {
            "label": clip(task.label),
            "coroutine": clip(task.coroutine),
            "kind": task.kind,
            "parent": task.parent,
            "end": end,
            "ending": str(task.ending),
            "detail": None if task.detail is None else clip(task.detail),
            "at": at,
            "state": states,
            "location": locations,
            "cause": causes,
        }

    def _resource(self, resource: Resource) -> dict[str, Any]:
        return {
            "label": clip(resource.label),
            "kind": resource.kind,
            "capacity": resource.capacity,
            "changes": [
                [
                    position,
                    self.words.number(clip(condition(resource, change, self.recording))),
                    change.value,
                    *change.holders,
                ]
                for position, change in self._within(resource.changes)
            ],
        }

    def _timer(self, timer: Timer) -> list[Any] | None:
        armed = self._position(timer.sequence)
        if armed is None:
            return None
        ended = None if timer.ended_sequence is None else self._position(timer.ended_sequence)
        if ended is not None and ended < 0:
            return None
        task = -1 if timer.task is None else timer.task
        due = timer.due if isfinite(timer.due) else None
        return [armed, ended, due, task, clip(timer.call)]

    def _sources(self) -> tuple[list[dict[str, Any]], list[list[Any]]]:
        files = _Table()
        locations = [
            [files.number(location.file), location.line, clip(plain_name(location.function))]
            for location in self.locations.values()
        ]
        shown = []
        for file in files.values():
            lines = {location.line for location in self.locations.values() if location.file == file}
            source = self.recording.sources.get(file, "").expandtabs().splitlines()
            shown.append({"name": clip(short_file(file)), "parts": _excerpts(source, lines)})
        return shown, locations


def _finite(time: float) -> float:
    # Nanoseconds are finer than anything that can be seen, and shorter than 17 digits.
    return round(time, 9) if isfinite(time) else 0.0


def _excerpts(source: Sequence[str], lines: set[int]) -> list[list[Any]]:
    """The parts of a source to show: the number of the first line, then the lines."""
    if len(source) <= WHOLE_FILE:
        wanted = set(range(1, len(source) + 1))
    else:
        wanted = {
            near
            for line in lines
            for near in range(max(1, line - NEAR), min(len(source), line + NEAR) + 1)
        }
    parts: list[list[Any]] = []
    for number in sorted(wanted):
        if not parts or number != parts[-1][0] + len(parts[-1]) - 1:
            parts.append([number])
        parts[-1].append(clip(source[number - 1]))
    return parts
