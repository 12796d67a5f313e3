"""What a recording shows, in words: the text alternative of a picture, and how to name things."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from course_helpers.learners_code import line_words
from course_helpers.recording.columns import packed
from course_helpers.recording.count import count as count
from course_helpers.recording.count import count_of as count_of
from course_helpers.recording.kinds import kind_of
from course_helpers.recording.model import (
    Blocked,
    Change,
    Ending,
    Location,
    Mark,
    Outcome,
    Recording,
    Resource,
    State,
    Task,
    Waker,
)
from course_helpers.recording.readings import expired, holds, line_lengths, outside, too_many
from course_helpers.recording.seconds import seconds as seconds
from course_helpers.recording.waited import Calls, Waited
from course_helpers.views.lanes import family, left_waiting

# More than this, and a description would be skipped rather than listened to.
_TASKS = 12
_RESOURCES = 6
_WAITS = 3
_MARKS = 6
_CANCELLED = 6


def significant(value: float) -> str:
    """A number with three significant digits, without needless zeros, never as a power of ten."""
    if value >= 99.95:
        return f"{value:.0f}"
    return f"{float(f'{value:.3g}'):.6f}".rstrip("0").rstrip(".")


def share(part: float, whole: float) -> str:
    """A part as a percentage: `92 %`; `under 1 %` and `over 99 %` are never rounded away."""
    percent = 100 * part / whole if whole > 0 else 0.0
    if 0 < percent < 1:
        return "under 1 %"
    if 99 < percent < 100:
        return "over 99 %"
    return f"{percent:.0f} %"


def outside_waker(waker: Waker | None) -> str:
    """Who woke a task and is none: `a timer`, `SIGTERM`."""
    return outside(waker) or "something that the recording does not show"


def lanes(tasks: Iterable[Task], more: str = "") -> str:
    """How many tasks, threads and processes these are: `3 tasks and 1 thread`.

    `more` stands before each word: `3 more tasks`.
    """
    numbers = Counter(task.kind for task in tasks)
    parts = [count(numbers["task"], f"{more}task")] if numbers["task"] or not numbers else []
    for kind, many in (("thread", "threads"), ("process", "processes")):
        if numbers[kind]:
            parts.append(count(numbers[kind], f"{more}{kind}", f"{more}{many}"))
    return listing(parts)


def listing(items: Sequence[str], most: int | None = None) -> str:
    """`a, b and c`; with `most`, what is beyond it is counted: `a, b and 7 more`."""
    if most is not None and len(items) > most:
        return f"{', '.join(items[:most])} and {len(items) - most:,} more"
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} and {items[-1]}"


def one_line(text: str, most: int = 60) -> str:
    """Text that may hold anything, on one line: what cannot be printed is written as an escape.

    What is longer than `most` characters loses its middle.
    """
    if len(text) <= most and text.isprintable():
        return text
    plain = "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode("ascii")
        for letter in text[: 4 * most]
    )
    if len(plain) <= most and len(text) <= 4 * most:
        return plain
    end = text[-most:] if len(text) > 4 * most else plain
    tail = "".join(letter if letter.isprintable() else "·" for letter in end[-(most // 3) :])
    return f"{plain[: most - most // 3 - 1]}…{tail}"


def told_apart(names: Sequence[str]) -> list[str]:
    """What tells names apart: `worker('A', 3)` and `worker('B', 3)` are `A` and `B`.

    Names lose what is common to the start and to the end of all of them, in whole words. Where one
    of a pair of quotes is lost, they lose all quotes; where one of a pair of brackets would be,
    their ends stay.
    """
    if len(set(names)) < 2:
        return list(names)
    rests = _without_common_start(names)
    backwards = _without_common_start([rest[::-1] for rest in rests])
    short = [rest[::-1] for rest in backwards]
    if any(rest.count("(") != rest.count(")") for rest in short):
        short = rests
    start = names[0].removesuffix(rests[0])
    end = rests[0].removeprefix(short[0])
    if start.count("'") % 2 or end.count("'") % 2:
        return [rest.replace("'", "") for rest in short]
    return short


def _without_common_start(names: Sequence[str]) -> list[str]:
    low, high = min(names), max(names)
    same = next(
        (i for i, pair in enumerate(zip(low, high, strict=False)) if pair[0] != pair[1]), len(low)
    )
    start = low[:same]
    while start and (start[-1].isalnum() or start in names):
        start = start[:-1]
    return [name[len(start) :] for name in names]


def name(task: Task) -> str:
    """A task's label on one line; a task without one has its number."""
    return one_line(task.label) if task.label.strip() else f"task {task.index}"


def resource_name(resource: Resource) -> str:
    """A resource's label with its class: `queue (Queue)`."""
    label = one_line(resource.label)
    return label if label.startswith(resource.kind) else f"{label} ({resource.kind})"


def line_at(recording: Recording, location: Location) -> str:
    """A line: `line 7`, or `line 7 of bank.py` where several files are in the recording."""
    return line_words(location.line, location.file, list(recording.sources))


def blocking(recording: Recording, blocked: Blocked) -> str:
    """How long the loop was blocked, where, and by whom.

    `0.21 s at line 14 in load`, or `0.2 s by ssl.SSLContext.wrap_bio in fetch()`.
    """
    parts = [seconds(blocked.end - blocked.start)]
    if blocked.location is not None:
        parts.append(f"at {line_at(recording, blocked.location)}")
    if blocked.function is not None:
        parts.append(f"{'in' if blocked.task is None else 'by'} {one_line(blocked.function)}")
    if blocked.task is not None:
        parts.append(f"in {name(recording.tasks[blocked.task])}")
    return " ".join(parts)


def endings(tasks: Iterable[Task]) -> str:
    """How many tasks ended how: `3 done and 1 cancelled`."""
    numbers = dict.fromkeys(Ending, 0)
    for task in tasks:
        numbers[task.ending] += 1
    words = {
        Ending.DONE: "done",
        Ending.CANCELLED: "cancelled",
        Ending.FAILED: "failed",
        Ending.DESTROYED: "destroyed",
        Ending.ALIVE: "still alive at the end",
    }
    return listing([f"{numbers[ending]:,} {words[ending]}" for ending in Ending if numbers[ending]])


def alternative(
    recording: Recording,
    tasks: Sequence[Task] | None = None,
    at: float | None = None,
    since: float | None = None,
) -> str:
    """What a picture of these tasks (all of them for None) shows, in so many sentences at most.

    `at` and `since` are the moments that it points out, in seconds.
    """
    shown = recording.tasks if tasks is None else tasks
    sentences = [
        f"Timeline of {lanes(shown)} over {seconds(recording.duration)}"
        f" by the {recording.clock} clock."
    ]
    if at is not None:
        stretch = f", and the stretch since {seconds(since)}" if since is not None else ""
        sentences.append(f"Pointed out: the moment {seconds(at)}{stretch}.")
    if own := [task for task in shown if task.kind == "task"]:
        sentences.append(f"Tasks: {endings(own)}.")
    rows = [lane.task for lane in family(shown)]
    sentences.extend(_task(recording, task) for task in rows[:_TASKS])
    if rest := rows[_TASKS:]:
        sentences.append(f"{lanes(rest, 'more ')}: {endings(rest)}.")
    lengths = line_lengths(recording)
    for resource in recording.resources[:_RESOURCES]:
        longest = max((length for _, length in lengths.get(resource.index, [])), default=0)
        sentences.append(_resource(recording, resource, longest))
    if len(recording.resources) > _RESOURCES:
        sentences.append(f"{count(len(recording.resources) - _RESOURCES, 'more resource')}.")
    sentences.extend(_longest_waits(recording, shown))
    blocked = sorted(recording.blocked, key=lambda step: step.start - step.end)
    if blocked:
        where = listing([blocking(recording, step) for step in blocked[:_WAITS]])
        times = count(len(blocked), "time")
        sentences.append(f"The loop was blocked {times}, longest {where}.")
    sentences.extend(_marks(recording, {task.index for task in shown}))
    sentences.extend(_cancelled_in_vain(recording, {task.index for task in shown}))
    if recording.left_out:
        sentences.append(missing(recording))
    return " ".join(sentences)


def _task(recording: Recording, task: Task) -> str:
    ended = task.ended if task.ended is not None else recording.duration
    what = {
        Ending.DONE: f"done at {seconds(ended)}",
        Ending.CANCELLED: f"cancelled at {seconds(ended)}",
        Ending.FAILED: f"failed at {seconds(ended)}",
        Ending.DESTROYED: f"destroyed while it was pending, at {seconds(ended)}",
        Ending.ALIVE: "still alive at the end",
    }[task.ending]
    if task.ending is Ending.CANCELLED and task.cancelled_by:
        what += f" by {one_line(task.cancelled_by)}"
    if task.ending is Ending.FAILED and task.detail:
        what += f" with {one_line(task.detail)}"
    if left_waiting(task) and (reason := task.spans[-1].reason) is not None:
        what += f", waiting in {one_line(reason.call)}"
    states = [
        f"{word} {seconds(task.total(state))}"
        for state, word in ((State.RUNNING, "running"), (State.READY, "ready"))
        if task.total(state) > 0
    ]
    states.extend(
        f"waiting {seconds(time)} in {one_line(call)}"
        for call, time in list(task.waits().items())[:_WAITS]
        if time > 0
    )
    if unknown := task.total(State.UNKNOWN):
        states.append(f"what it did for {seconds(unknown)} is not known")
    kind = "" if task.kind == "task" else f", a {task.kind},"
    spent = f": {', '.join(states)}" if states else ""
    return f"{name(task)}{kind} from {seconds(task.born)}, {what}{spent}."


def _resource(recording: Recording, resource: Resource, longest_line: int) -> str:
    parts: list[str] = []
    spent: dict[int, float] = {}
    kind = kind_of(resource)
    stretches = holds(resource, recording.duration) if kind.held else []
    for hold in stretches:
        spent[hold.task] = spent.get(hold.task, 0.0) + hold.end - hold.start
    if spent:
        by = [
            f"{name(recording.tasks[task])} ({seconds(time)})"
            for task, time in sorted(spent.items(), key=lambda item: -item[1])
        ]
        parts.append(f"held {count(len(stretches), 'time')}, by {listing(by, 4)}")
    if kind.name == "queue":
        depth = max(packed(Change, resource.changes).numbers("value"))
        parts.append(f"at most {count_of(depth, resource.capacity, 'item')} in it")
    elif kind.is_level and not kind.held:
        parts.append(f"{kind.counts}: at most {max(each.value for each in resource.changes)}")
    if extra := too_many(resource, resource.changes):
        parts.append(f"released too often, {count(extra, 'permit')} too many")
    if kind.name in ("group", "timeout"):  # nobody stands in line for one
        ended = expired(resource)
        end = block_end(recording, resource)
        parts.append(end if ended is None else f"{end} at {seconds(ended)}")
    else:
        parts.append(
            f"at most {count(longest_line, 'task')} in line" if longest_line else "nobody waited"
        )
    return f"{resource_name(resource)}: {'; '.join(parts)}."


def block_end(recording: Recording, resource: Resource) -> str:
    """What became of the block of a task group or a timeout: `all its tasks ended`, `expired`."""
    changes = packed(Change, resource.changes)
    is_open = bool(changes[-1].value or changes[-1].holders)
    if kind_of(resource).name == "group":
        if "abort" in changes.distinct("action"):
            # It cancels the task whose block it is, too: that is none of its own.
            block = {task for each in changes for task in each.holders}
            asked = {
                each.task
                for each in recording.cancellations
                if each.through == "TaskGroup" and each.resource == resource.index
            }
            return "cancelled its tasks" if asked - block else "aborted"
        return "still open at the end" if is_open else "all its tasks ended"
    if expired(resource) is not None:
        return "expired"
    return "still running at the end" if is_open else "in time"


def missing(recording: Recording) -> str:
    """That a recording was full, and how many events it has not."""
    return f"The recording was full: {count(recording.left_out, 'event is', 'events are')} missing."


def mark(recording: Recording, made: Mark) -> str:
    """A mark as a sentence without its end: `withdraw(20) writes balance 80`."""
    who = "" if made.task is None else name(recording.tasks[made.task])
    what = [one_line(text) for text in (made.verb, made.what) if text]
    value = [] if made.value is None else [one_line(str(made.value))]
    return " ".join([who, *what, *value]).strip()


def own_marks(recording: Recording) -> list[Mark]:
    """The marks that the program made by calling `mark`: not the lines that it printed."""
    return [made for made in recording.marks if made.verb != "prints"]


def _marks(recording: Recording, shown: set[int]) -> list[str]:
    marks = [made for made in own_marks(recording) if made.task in shown]
    if not marks:
        return []
    said = [f"{mark(recording, made)} at {seconds(made.time)}" for made in marks]
    return [f"Marks: {listing(said, 2 * _MARKS if len(said) <= 2 * _MARKS else _MARKS)}."]


def _cancelled_in_vain(recording: Recording, shown: set[int]) -> list[str]:
    """Whom somebody cancelled who did not end by it; of the others their own sentences tell."""
    ended = (Outcome.CANCELLED, Outcome.FAILED)
    said = [
        f"{name(recording.tasks[request.task])} at {seconds(request.time)}"
        for request in recording.cancellations
        if request.task in shown and request.outcome not in ended
    ]
    return [f"Cancelled, and not ended by it: {listing(said, _CANCELLED)}."] if said else []


def _longest_waits(recording: Recording, tasks: Sequence[Task]) -> list[str]:
    longest: list[tuple[Task, Waited]] = []
    calls = Calls(recording)
    for task in tasks:
        waited = max(calls.of(task), key=lambda call: call.seconds, default=None)
        if waited is not None and waited.seconds > 0:
            longest.append((task, waited))
    longest.sort(key=lambda found: (-found[1].seconds, found[0].index))
    if not longest:
        return []
    waits = [
        f"{name(task)} {seconds(call.seconds)} in"
        f" {one_line(call.reason.call)} from {seconds(call.start)}"
        for task, call in longest[:_WAITS]
    ]
    return [f"Longest waits: {listing(waits)}."]


def ways_to_say(call: str) -> list[str]:
    """`Lock.acquire` and, where there is less room, `acquire`; `sleep(0.5)` and `sleep`."""
    name = one_line(call.partition("(")[0])
    ways = [one_line(call), name]
    if name.rpartition(".")[2].isidentifier():
        ways.append(name.rpartition(".")[2])
    return ways
