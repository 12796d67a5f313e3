"""Judging: an answer runs in all schedules of an exercise, and rules look at each run."""

from __future__ import annotations

import ast
import asyncio
import gc
import inspect
import math
import random
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from time import perf_counter
from typing import Final, Literal, NamedTuple

from course_helpers.browser import processor_time
from course_helpers.exercises import source
from course_helpers.exercises.answers import Answers, answers
from course_helpers.exercises.guard import Refused, end_threads, guarded
from course_helpers.exercises.rules import Breach, Rule, Run, described
from course_helpers.exercises.schedules import Schedule, Schedules
from course_helpers.exercises.world import NotAsked, Program, World
from course_helpers.learners_code import is_learners
from course_helpers.recording.count import count
from course_helpers.recording.model import Recording
from course_helpers.simulation import Deadlock, LimitExceeded, simulate
from course_helpers.simulation.printing import captured
from course_helpers.simulation.watchdog import watchdog

STEPS: Final = 20_000
REAL_SECONDS: Final = 0.5  # for one run
PATIENT_SECONDS: Final = 2.0  # for one that the machine kept waiting
CHECK_SECONDS: Final = 2.5  # for all of them, of this thread's processor time
CHECK_REAL_SECONDS: Final = 10.0
MANY_EVENTS: Final = 5_000  # in one run: a program that asks again and again

Level = Literal["warm-up", "core", "stretch", "hunt"]


class Outcome(StrEnum):
    """What a check finds."""

    RIGHT = "right"
    NOT_YET = "not yet"
    NOT_ATTEMPTED = "not attempted"
    CANNOT_TELL = "cannot tell"


class Asked(NamedTuple):
    """What an exercise asks for: a class or a function, of that name."""

    kind: Literal["class", "function"]
    name: str

    def missing(self, answer: object) -> str:
        """A sentence about what is not as asked, or none."""
        article = f"the {self.kind} {self.name}"
        write = f"write check({self.name})"
        if inspect.iscoroutine(answer):
            answer.close()
            return f"check wants {article} itself, not a call of it: {write}, without brackets."
        if self.kind == "class" and not inspect.isclass(answer):
            return f"check wants {article}, and got {_kind(answer)}: {write}."
        if self.kind == "function" and (inspect.isclass(answer) or not callable(answer)):
            return f"check wants {article}, and got {_kind(answer)}: {write}."
        return ""


def _kind(answer: object) -> str:
    if inspect.isclass(answer):
        return f"the class {answer.__name__}"
    if inspect.isroutine(answer):
        return f"the function {getattr(answer, '__name__', '')}".rstrip()
    return f"a value of type {type(answer).__name__}"


@dataclass(frozen=True)
class Scenario:
    """A situation that the answer is put into.

    `title` says which, as the beginning of a sentence; `program` is an async function of the answer
    and the world. `rules` are in the order in which one would explain them: the first that a run
    breaks counts.
    """

    title: str
    program: Program
    schedules: Schedules
    rules: Sequence[Rule]


@dataclass(frozen=True)
class Suspect:
    """A mistake that can be seen in the source: said beside a breach, never instead of one."""

    says: str
    found: Callable[[ast.Module], ast.AST | None]


class Failure(NamedTuple):
    """A run that broke a rule."""

    run: Run
    rule: Rule
    breach: Breach


class Verdict(NamedTuple):
    """What a check has found, as data; `report` puts it into words.

    `runs` and `failures` are those of the scenario that failed, or of all; `complete` are the
    numbers of orders of those scenarios that tried all there are. `suspicions` are sentences about
    the source, each with its line. `notes` say what the guard has put back.
    """

    outcome: Outcome
    says: str = ""
    scenario: Scenario | None = None
    runs: int = 0
    failures: tuple[Failure, ...] = ()
    held: tuple[str, ...] = ()
    complete: tuple[int, ...] = ()
    suspicions: tuple[tuple[str, int], ...] = ()
    notes: tuple[str, ...] = ()
    example: Run | None = None

    @property
    def failure(self) -> Failure | None:
        """The failure to show: of the rule that comes first, the run in which the least happened.

        Not the one of fewest events: those differ between versions of Python.
        """
        if self.scenario is None or not self.failures:
            return None
        order = [rule.name for rule in self.scenario.rules]
        return min(
            self.failures,
            key=lambda one: (order.index(one.rule.name), one.run.world.moments),
        )


@dataclass
class Judge:
    """What an exercise is judged by; `name` is `"locks.account"`."""

    name: str
    asks: Asked
    minutes: int
    level: Level
    scenarios: Sequence[Scenario]
    suspects: Sequence[Suspect] = ()

    @property
    def answers(self) -> Answers:
        """Its task, starter and answers."""
        return answers(self.name)

    @property
    def rules(self) -> list[Rule]:
        """All rules, in the order in which they are met first."""
        found: dict[str, Rule] = {}
        for scenario in self.scenarios:
            for rule in scenario.rules:
                found.setdefault(rule.name, rule)
        return list(found.values())

    def verdict(self, answer: object, failures: float = math.inf) -> Verdict:
        """Judge an answer; so many failures are enough, though there were more schedules to try.

        What it raises is a fault of the course's own, or KeyboardInterrupt.
        """
        if sentence := self.asks.missing(answer):
            return Verdict(Outcome.NOT_YET, sentence)
        if source.unchanged(answer, self.answers.starter):
            return Verdict(Outcome.NOT_ATTEMPTED)
        budget = _Budget()
        total, complete, held = 0, [], dict[str, None]()
        example: Run | None = None
        with guarded() as notes:
            for scenario in self.scenarios:
                tried = _Trial(scenario, answer, budget, failures)
                try:
                    tried.go()
                except NotAsked as error:
                    traceback.clear_frames(error.__traceback__)
                    gc.collect()  # what it gave instead: it warns when it goes, as below
                    return Verdict(Outcome.NOT_YET, str(error))
                notes += tried.notes
                if tried.failures or tried.stopped:
                    break
                total += len(tried.runs)
                example = tried.runs[0]
                held.update(dict.fromkeys(rule.name for rule in scenario.rules))
                if not scenario.schedules.others:
                    complete.append(len(tried.runs))
            if tried.failures:
                gc.collect()  # a coroutine that was not awaited warns when it goes: now, unheard
            else:
                _collect_what_was_dropped(1)  # tasks that failed: asyncio would count them on
        noted = tuple(dict.fromkeys(notes))
        if tried.failures:
            return Verdict(
                Outcome.NOT_YET,
                "",
                scenario,
                len(tried.runs),
                tuple(tried.failures),
                (*held, *tried.held),
                suspicions=tuple(self._suspicions(answer)),
                notes=noted,
            )
        if tried.stopped:
            return Verdict(Outcome.CANNOT_TELL, tried.stopped, notes=noted)
        return Verdict(
            Outcome.RIGHT,
            "",
            None,
            total,
            held=tuple(held),
            complete=tuple(complete),
            notes=noted,
            example=example,
        )

    def _suspicions(self, answer: object) -> Iterator[tuple[str, int]]:
        tree = source.tree_of(answer)
        if tree is None:
            return
        for suspect in self.suspects:
            node = suspect.found(tree)
            if node is not None:
                yield suspect.says, getattr(node, "lineno", 0)


class _Budget:
    """What a check may take. On a busy machine real time passes without anything being done."""

    def __init__(self) -> None:
        self._processor, self._real = processor_time(), perf_counter()

    def spent(self) -> bool:
        """Whether it is used up."""
        return (
            processor_time() - self._processor > CHECK_SECONDS
            or perf_counter() - self._real > CHECK_REAL_SECONDS
        )


class _Trial:
    """An answer in all schedules of one scenario."""

    def __init__(self, scenario: Scenario, answer: object, budget: _Budget, enough: float) -> None:
        self.scenario = scenario
        self.runs: list[Run] = []
        self.failures: list[Failure] = []
        self.held: list[str] = []
        self.notes: list[str] = []
        self.stopped = ""
        self._answer = answer
        self._budget = budget
        self._enough = enough

    def go(self) -> None:
        """Run in schedule after schedule, until one of them says that it is enough."""
        for _ in self.scenario.schedules.explore(self._try):
            run = self.runs[-1]
            found = self._broken(run)
            too_much = isinstance(
                run.error, LimitExceeded | Refused | SystemExit | MemoryError | RecursionError
            ) or (found is not None and run.recording.events > MANY_EVENTS)
            # At once: the tasks of all runs would be looked through in each of those to come.
            self.runs[-1] = kept = released(run)
            if found is not None:
                self.failures.append(Failure(kept, *found))
            if too_much or run.others or len(self.failures) >= self._enough:
                break
            if self._budget.spent():
                if not self.failures:
                    self.stopped = (
                        "The check took too long:"
                        f" {count(len(self.runs), 'schedule was', 'schedules were')} tried."
                    )
                break
        broken = {failure.rule.name for failure in self.failures}
        for rule in self.scenario.rules:
            if rule.name in broken:
                break
            self.held.append(rule.name)

    def _try(self, schedule: Schedule) -> World:
        run = run_once(self.scenario.program, self._answer, schedule)
        self.runs.append(run)
        self.notes += run.others
        return run.world

    def _broken(self, run: Run) -> tuple[Rule, Breach] | None:
        for rule in self.scenario.rules:
            breach = next(iter(rule.breaches(run)), None)
            if breach is not None:
                return rule, breach
        return None


class OurFault(Exception):
    """What went wrong is none of the answer's doing."""


def run_once(program: Program, answer: object, schedule: Schedule) -> Run:
    """One run of a scenario with an answer, in one schedule.

    Raises NotAsked where the answer is not what the exercise asks for, and OurFault where it is not
    to blame.
    """
    began = processor_time()
    run = _run(program, answer, schedule, REAL_SECONDS)
    stopped = isinstance(run.error, LimitExceeded) and "of real time" in str(run.error)
    if stopped and processor_time() - began < REAL_SECONDS / 2:
        # It waited more than it ran: for the machine, perhaps.
        again = _run(program, answer, schedule, PATIENT_SECONDS)
        run = replace(again, others=(*run.others, *again.others))
    return run


def _run(program: Program, answer: object, schedule: Schedule, real_seconds: float) -> Run:
    world = World(schedule)
    error: BaseException | None = None
    threads = set(threading.enumerate())
    random.seed(f"{schedule.seed}")
    with _no_collector(), captured() as printed:
        try:
            with _threads_untraced():
                recording = simulate(
                    program(answer, world),
                    seed=schedule.seed if schedule.late else None,
                    steps=STEPS,
                    real_seconds=real_seconds,
                )
        except KeyboardInterrupt:
            raise
        except NotAsked:
            raise
        except BaseException as raised:
            if not _is_the_answers(raised):
                raise OurFault(described(raised)) from raised
            error = raised
            traceback.clear_frames(raised.__traceback__)  # what they hold is dropped now
            recording = getattr(raised, "recording", None) or Recording("virtual", 0.0, ())
        _collect_what_was_dropped()
    others = tuple(end_threads(threads))
    return Run(schedule, recording, world, error, recording.result, printed.text, others)


@contextmanager
def _no_collector() -> Iterator[None]:
    """What the answer drops in cycles goes under a watch: see `_collect_what_was_dropped`."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


@contextmanager
def _threads_untraced() -> Iterator[None]:
    """What an answer wants traced in new threads is not traced in those that watch a run."""
    trace, profile = threading.gettrace(), threading.getprofile()
    try:
        yield
    finally:
        threading.settrace(trace)
        threading.setprofile(profile)


def _collect_what_was_dropped(generation: int = 0) -> None:
    # Young garbage only: with the collector disabled, all that this run made is young. What was
    # still held when its run ended is a generation older.
    guard = watchdog(REAL_SECONDS)  # a `__del__` may never return
    try:
        with guard:
            gc.collect(generation)
    except KeyboardInterrupt:
        if not guard.barked:
            raise
    finally:
        guard.end()


def released(run: Run) -> Run:
    """A run without what the answer made: a coroutine among it would warn much later, elsewhere."""
    run.recording.result = None
    run.world.callers.clear()
    return replace(run, error=None, result=None)


def _is_the_answers(error: BaseException) -> bool:
    """Whether an exception is the answer's doing: one of its lines is in the traceback."""
    if isinstance(
        error,
        Deadlock | LimitExceeded | Refused | SystemExit | MemoryError | asyncio.CancelledError,
    ):
        return True
    # A group may hold what was never raised.
    if isinstance(error, BaseExceptionGroup) and any(map(_is_the_answers, error.exceptions)):
        return True
    return any(is_learners(frame.f_code) for frame, _ in traceback.walk_tb(error.__traceback__))
