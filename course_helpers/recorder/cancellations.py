"""From the rows about requests to cancel a task to what became of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from course_helpers.recorder import log
from course_helpers.recording.model import Cancellation, Ending, Location, Outcome, Waker

_BY_ENDING: Final = {
    Ending.CANCELLED: Outcome.CANCELLED,
    Ending.DONE: Outcome.SWALLOWED,
    Ending.FAILED: Outcome.FAILED,
}


@dataclass(slots=True)
class _Request:
    number: int
    record: log.Request
    lane: int = log.OUTSIDE
    time: float = 0.0
    sequence: int = -1
    arrived: tuple[float, int] | None = None
    left: bool | None = None  # whether the block that made it was left by it, or before it came
    outcome: Outcome | None = None


class Cancellations:
    """What becomes of requests, while the rows are read.

    `open` are the requests that the tasks have to reckon with, by their lanes.
    """

    def __init__(self, requests: Sequence[log.Request]) -> None:
        self._requests = [_Request(number, record) for number, record in enumerate(requests)]
        self.open: dict[int, list[_Request]] = {}

    def requested(self, number: int, lane: int, time: float, sequence: int) -> None:
        """Somebody has called `cancel()`."""
        request = self._requests[number]
        request.lane, request.time, request.sequence = lane, time, sequence
        self.open.setdefault(lane, []).append(request)

    def runs(self, lane: int, woken_by_it: bool, time: float, sequence: int) -> None:
        """A task takes a step: what was requested is raised in it, or was swallowed on its way."""
        for request in self.open[lane]:
            if request.arrived is None and request.outcome is None:
                if request.record.at_next_step or woken_by_it:
                    request.arrived = time, sequence
                else:
                    request.outcome = Outcome.SWALLOWED

    def left(self, number: int, by_it: bool) -> None:
        """The block of the timeout or group that made a request was left, by it or otherwise.

        What comes only then, as when a block cancels its own group, comes to the group itself.
        """
        request = self._requests[number]
        request.left = by_it or request.arrived is None

    def taken_back(self, lane: int, count: int) -> None:
        """So many requests are left after `uncancel`: those of blocks that end go first."""
        requests = self.open.get(lane, [])
        requests.sort(key=lambda request: (request.left is not None, request.sequence))
        while len(requests) > count:
            request = requests.pop()
            if request.outcome is None:
                swallowed = request.left is False and request.arrived is not None
                request.outcome = Outcome.SWALLOWED if swallowed else Outcome.TAKEN_BACK

    def ended(self, lane: int, ending: Ending) -> None:
        """A task has ended."""
        for request in self.open.pop(lane, ()):
            if ending is not Ending.DESTROYED and request.outcome is None:
                # One that is requested in a task's last step ends it as cancelled all the same.
                counts = request.arrived is not None or ending is Ending.CANCELLED
                request.outcome = _BY_ENDING[ending] if counts else Outcome.TOO_LATE

    def records(
        self,
        tasks: Mapping[int, int],
        who_shows: Callable[[int], int],
        wakers: Mapping[int, Waker],
        displayed: Callable[[Location], Location],
    ) -> tuple[Cancellation, ...]:
        """What became of the requests about the tasks that are shown, by their lanes.

        `who_shows` gives the lane that is shown for one, `wakers` what that is in the recording.
        """
        found: list[Cancellation] = []
        numbers: dict[int | None, int] = {}
        for request in self._requests:
            if request.lane not in tasks:
                continue
            record = request.record
            numbers[request.number] = len(found)
            arrived, arrived_sequence = request.arrived or (None, None)
            pending = Outcome.PENDING if request.arrived is None else Outcome.GOES_ON
            found.append(
                Cancellation(
                    time=request.time,
                    sequence=request.sequence,
                    task=tasks[request.lane],
                    by=wakers[who_shows(record.by)],
                    through=record.through,
                    resource=record.resource,
                    location=None if record.location is None else displayed(record.location),
                    origin=numbers.get(record.origin),
                    arrived=arrived,
                    arrived_sequence=arrived_sequence,
                    outcome=request.outcome or pending,
                )
            )
        return tuple(found)
