"""The virtual clock: an event loop whose time jumps."""

from __future__ import annotations

import asyncio
import heapq
import math
import selectors
import signal
import socket
import sys
import threading
from asyncio import events
from asyncio.base_events import _run_until_complete_cb  # type: ignore[attr-defined]
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from contextlib import suppress
from contextvars import Context
from enum import Enum, auto
from functools import partial
from time import perf_counter, sleep
from types import FunctionType
from typing import Any, Final, TypeAlias

from course_helpers.simulation.outside import Outside

# Times are rounded to nanoseconds, so that 0.1 + 0.2 is 0.3.
_DIGITS: Final = 9

# With a seed, a timer fires late by at most this fraction of its delay.
JITTER: Final = 0.01

# Real seconds to wait at a time for what goes on outside the loop, before looking again whether a
# thread waits for the loop.
_PATIENCE: Final = 0.005

# What comes from outside is taken in together when all that works there has come to rest, or when
# nothing more came for so many real seconds: the rest may be waiting for just that. Not a round
# number, as the pauses are that programs make.
_QUIET: Final = 0.37

# The same where only the answers of other processes are waited for, which come in pieces.
_QUIET_CONNECTION: Final = 0.05

# A program that is never idle, because it asks again and again in `sleep(0)`, takes it in after so
# many turns, and waits for the outside to come to rest for so many real seconds.
_BUSY_TURNS: Final = 100
_BUSY_PATIENCE: Final = 0.25

# Real seconds for a second look before a deadlock is believed: a job that was just handed to an
# executor behind the loop's back shows only when a thread has taken it up.
_SECOND_LOOK: Final = 0.01

# Real seconds that what was sent through a socket or pipe of this machine may take to arrive.
_DELIVERY: Final = 0.001


class Cause(Enum):
    """Why the loop stopped before its program ended."""

    DEADLOCK = auto()
    UNTIL = auto()
    STEPS = auto()
    REAL_SECONDS = auto()


class Halt(BaseException):
    """Raised out of the loop, between two turns, when it has to stop.

    `outside` says what it was waiting for outside of the loop; of a deadlock, in sentences, why
    nothing can come from there.
    """

    def __init__(self, cause: Cause, outside: tuple[str, ...] = ()) -> None:
        super().__init__(cause, outside)
        self.cause = cause
        self.outside = outside


class _Timer(asyncio.TimerHandle):
    """A timer that keeps its place among those that are due at the same time."""

    __slots__ = ("_place",)
    _place: float
    _scheduled: bool

    def __lt__(self, other: asyncio.TimerHandle) -> bool:
        when, other_when = self.when(), other.when()
        if when == other_when and isinstance(other, _Timer):
            return self._place < other._place
        return when < other_when


class Task(asyncio.Task[Any]):
    """A task that is the same at every run.

    asyncio keeps tasks in sets (those of a TaskGroup, the result of `wait`), and a set iterates in
    the order of its hashes: by default those are addresses in memory, here they count the loop's
    tasks. So does the name that a task gets when it was given none.
    """

    __slots__ = ("_cancelling", "_number")

    def __init__(
        self,
        coroutine: Coroutine[Any, Any, Any],
        number: int,
        *,
        loop: asyncio.AbstractEventLoop,
        name: object = None,
        **options: Any,
    ) -> None:
        self._number = number
        self._cancelling = False
        super().__init__(
            coroutine, loop=loop, name=f"Task-{number}" if name is None else str(name), **options
        )

    def __hash__(self) -> int:
        return self._number

    def cancel(self, msg: Any = None) -> bool:
        """Request the task's cancellation.

        Raises RecursionError if the task waits for itself, by way of others, as asyncio does after
        a thousand calls.
        """
        if self._cancelling:
            raise RecursionError("a task that waits for itself, by way of others, is cancelled")
        self._cancelling = True
        try:
            return super().cancel(msg)
        finally:
            self._cancelling = False


class _Selector(selectors.DefaultSelector):
    """Asks the loop before it waits."""

    loop: VirtualClockLoop
    files = 0  # how many it has, as its map takes longer to tell

    def register(self, *args: Any, **options: Any) -> selectors.SelectorKey:
        key = super().register(*args, **options)
        self.files += 1
        return key

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        key = super().unregister(fileobj)
        self.files -= 1
        return key

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        return self.loop.look() if timeout == 0 else self.loop.pass_time()

    def poll(self, real_seconds: float) -> list[tuple[selectors.SelectorKey, int]]:
        return super().select(real_seconds)


_Ready: TypeAlias = list[tuple[selectors.SelectorKey, int]]

# The loop is made of asyncio's private parts, which have no types.
_SelectorEventLoop: Any = asyncio.SelectorEventLoop

# Since Python 3.14 a callback that is handed in by a thread has a handle of its own.
_HANDLE: Any = getattr(events, "_ThreadSafeHandle", asyncio.Handle)


def _called_as_asyncios(kind: type) -> type:
    """Have a loop's methods bear the names of those that they replace, as programs know them."""
    for name, method in vars(kind).items():
        replaced = getattr(_SelectorEventLoop, name, None)
        if isinstance(method, FunctionType) and isinstance(replaced, FunctionType):
            method.__qualname__ = replaced.__qualname__
    return kind


@_called_as_asyncios
class VirtualClockLoop(_SelectorEventLoop):  # type: ignore[misc]
    """A selector event loop on a clock of its own.

    Its time begins at 0.0 and stands still while anything is ready to run, or goes on outside of
    the loop. When nothing is ready it jumps to the exact time of the next timer. When there is no
    timer either, nothing can ever happen again, and the loop raises `Halt`.

    `until` is in virtual seconds, `real_seconds` in seconds from now on the real clock. A `seed`
    varies what asyncio leaves open: the order of timers that are due at the same time, and by how
    much a timer is late (at most `JITTER` of its delay). Without a seed equal timers fire in the
    order in which they were armed.
    """

    def __init__(
        self,
        *,
        until: float | None = None,
        steps: int,
        real_seconds: float,
        seed: int | str | None = None,
    ) -> None:
        self._now = 0.0
        self._random: Any = None
        if seed is not None:
            from random import Random  # seldom needed, and slow to import

            self._random = Random(seed)
        self._timers_armed = 0
        self._tasks_created = 0
        self._signals_before: dict[int, Any] = {}
        self._wakeup_before = -1
        self.interrupted = False  # set it, and the next turn raises KeyboardInterrupt
        self.cut_short = False  # set it when an interrupt may have landed anywhere
        self.outside = Outside()
        self._busy_turns = 0
        self._own_thread = threading.get_ident()
        self._submitting = False
        self.allow(until=until, steps=steps, real_seconds=real_seconds)
        super().__init__(self._new_selector())
        # By it other threads and signals wake the loop, if they can.
        self._own_file = next(iter(self._selector.get_map()), -1)
        self.outside.connections.set_apart(self._own_file)
        self._generator_hooks_before = sys.get_asyncgen_hooks()
        self._tracking_before = sys.get_coroutine_origin_tracking_depth()

    def _new_selector(self) -> Any:
        """What the loop asks for files that have something, and waits by."""
        selector = _Selector()
        selector.loop = self
        return selector

    def allow(self, *, until: float | None, steps: int, real_seconds: float) -> None:
        """Set the bounds, counted from now on (`until` from the beginning)."""
        self._until = math.inf if until is None else until
        self._steps_left = steps
        self.allow_real_time(real_seconds)

    def allow_real_time(self, real_seconds: float) -> None:
        """Set the bound by the real clock alone, counted from now on."""
        self._deadline = perf_counter() + real_seconds

    def listens(self) -> bool:
        """Whether the program waits for input from files, sockets or signals."""
        return self._selector.files > 1 or bool(self._signal_handlers)

    # Time

    def time(self) -> float:
        """The virtual time, in seconds."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Let virtual seconds pass, during which the loop is blocked."""
        self._jump(round(self._now + seconds, _DIGITS))

    def _jump(self, time: float) -> None:
        self._now = time
        # asyncio runs what is due before time() + _clock_resolution: just what is due by now.
        self._clock_resolution = math.ulp(time)

    def look(self) -> _Ready:
        """Called when something is ready to run, or due."""
        self._busy_turns += 1
        if self._busy_turns % _BUSY_TURNS == 0 and self.outside.concerns_the_program():
            return self._wait_for_rest(_BUSY_PATIENCE)
        return self._poll(0)[0] if self.listens() else []

    def pass_time(self) -> _Ready:
        """Called when nothing is ready: wait for the outside world, or jump to the next timer."""
        self._busy_turns = 0
        looked_twice = False
        ready: _Ready = []
        while True:
            if self.listens() or self.outside.concerns_the_program():
                ready = self._wait_for_rest(math.inf)
            if ready or self._ready:
                return ready
            due = self._scheduled[0].when() if self._scheduled else math.inf
            if due > self._until:
                self._jump(max(self._until, self._now))
                raise Halt(Cause.UNTIL)
            if due < math.inf:
                self._jump(max(due, self._now))
                return ready
            waits_for = self.outside.may_still_call(self._selector.get_map(), self._signal_handlers)
            if not waits_for and looked_twice:
                in_vain = self.outside.in_vain(self._selector.get_map(), self._signal_handlers)
                raise Halt(Cause.DEADLOCK, tuple(in_vain))
            looked_twice = not waits_for
            self._selector.poll(_PATIENCE if waits_for else _SECOND_LOOK)
            if perf_counter() > self._deadline:
                raise Halt(Cause.REAL_SECONDS, tuple(waits_for))

    def let_threads_end(self) -> None:
        """Called when the program has ended: threads that are about to end are seen to do so."""
        if self.outside.concerns_the_program():
            self._wait_for_rest(_BUSY_PATIENCE)

    def _wait_for_rest(self, real_seconds: float) -> _Ready:
        """Wait until nothing works outside any more, at most so long, and take in what came.

        Returns as soon as a socket has something: what two sockets of the program say to each other
        does not depend on who is faster.
        """
        self.outside.loop_has_run()
        were_ready = len(self._ready)
        began = changed = perf_counter()
        came_before: object = None
        while True:
            # What is outstanding is asked first and polled afterwards: what ends in between has
            # left its mark by then.
            waits_for = self.outside.holding(self._selector.get_map(), perf_counter() - began)
            ready, held = self._poll(_PATIENCE if waits_for else _DELIVERY if self.listens() else 0)
            if ready or len(self._ready) > were_ready:
                return ready
            now = perf_counter()
            came = self.outside.came(held)
            if came != came_before:
                came_before, changed = came, now
            quiet = _QUIET if self.outside.others_than_connections() else _QUIET_CONNECTION
            impatient = now > min(changed + quiet, began + real_seconds)
            if came and (impatient or not waits_for or self.outside.waits_to_be_read(held)):
                for key, _ in held:
                    self.outside.connections.note_heard(key.fd)
                self.outside.take_in()
                self.note_rest()
                return held
            if not came and (not waits_for or now > began + real_seconds):
                self.note_rest()
                return []
            if held:
                sleep(_PATIENCE / 5)  # polls return at once
            if now > self._deadline:
                raise Halt(Cause.REAL_SECONDS, tuple(waits_for))

    def _poll(self, real_seconds: float) -> tuple[_Ready, _Ready]:
        """What the loop listens to and has something: sockets, and what other processes write."""
        ready: _Ready = []
        held: _Ready = []
        files = self._selector.get_map()
        for key, what in self._selector.poll(real_seconds):
            if key.fd == self._own_file:
                self._read_from_self()  # at once: it is no business of the program's
            elif what & selectors.EVENT_READ and self.outside.connections.is_outside(key.fd, files):
                held.append((key, what))
            else:
                ready.append((key, what))
        if len(held) > 1:  # the selector lists first what came first
            places = {file: place for place, file in enumerate(files)}
            held.sort(key=lambda event: places[event[0].fd])
        return ready, held

    def _run_once(self) -> None:
        self._steps_left -= len(self._ready) or 1
        if self._steps_left < 0:
            raise Halt(Cause.STEPS)
        if perf_counter() > self._deadline:
            raise Halt(Cause.REAL_SECONDS)
        if self._now > self._until:
            raise Halt(Cause.UNTIL)
        if self.interrupted:
            self.interrupted = False
            raise KeyboardInterrupt
        super()._run_once()

    def come_to_rest(self) -> None:
        """Be a loop that does not run, wherever an exception has ended `run_until_complete`.

        asyncio's own lines expect none: an interrupt between two of them leaves a loop that counts
        as running, or that stops at once when it runs again.
        """
        for task in asyncio.all_tasks(self):
            task.remove_done_callback(_run_until_complete_cb)
        for handle in [each for each in self._ready if each._callback is _run_until_complete_cb]:
            self._ready.remove(handle)
        self._stopping = False
        self._thread_id = None
        if events._get_running_loop() is self:
            events._set_running_loop(None)
        sys.set_coroutine_origin_tracking_depth(self._tracking_before)
        self._coroutine_origin_tracking_enabled = False
        sys.set_asyncgen_hooks(*self._generator_hooks_before)

    # Timers and tasks

    def call_at(
        self,
        when: float,
        callback: Callable[..., object],
        *args: Any,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """Arm a timer; the seed, if there is one, decides how late and in which place."""
        self._check_closed()
        if self._debug:
            self._check_thread()
            self._check_callback(callback, "call_at")
        if math.isnan(when):
            raise ValueError("a timer cannot be due at a time that is not a number (NaN)")
        self._timers_armed += 1
        place: float = self._timers_armed
        if self._random is not None:
            place = self._random.random()
            delay = when - self._now
            if 0 < delay < math.inf:
                when += delay * JITTER * self._random.random()
        due = round(when, _DIGITS)
        if due <= self._now < when:
            due = when  # rounded off, it would be armed again and again by who waits for that time
        timer = _Timer(due, callback, args, self, context)
        timer._place = place
        heapq.heappush(self._scheduled, timer)
        timer._scheduled = True
        return timer

    def _make_socket_transport(self, sock: socket.socket, *args: Any, **options: Any) -> Any:
        # Small pieces pass at once: the kernel would keep them for some real milliseconds.
        if sock.type == socket.SOCK_STREAM and sock.family in (socket.AF_INET, socket.AF_INET6):
            with suppress(OSError):
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return super()._make_socket_transport(sock, *args, **options)

    def create_task(self, coro: Any, **options: Any) -> Any:
        """Create a task that is the same at every run, unless a task factory is set."""
        if self._task_factory is not None:
            return super().create_task(coro, **options)
        self._check_closed()
        self._tasks_created += 1
        try:
            return Task(coro, self._tasks_created, loop=self, **options)
        except TypeError as error:
            error.__traceback__ = None  # the program's line comes next, and is what was wrong
            raise

    # The world outside

    def run_in_executor(
        self, executor: Executor | None, func: Callable[..., Any], *args: Any
    ) -> Any:
        """Hand a call to an executor; time stands still until it has been made."""
        job = self.outside.new_job(func)
        # A job that has ended by now would, with a running loop, end its future at once.
        self._submitting = True
        events._set_running_loop(None)
        try:
            future = super().run_in_executor(executor, job.function_for(executor), *args)
        finally:
            events._set_running_loop(self)
            self._submitting = False
        job.executor = executor or self._default_executor
        self.outside.jobs[future] = job
        self.outside.let_begin(job)
        return future

    def call_soon_threadsafe(
        self, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.Handle:
        """Call back soon; for another thread when all that works outside has come to rest."""
        if threading.get_ident() == self._own_thread and not self._submitting:
            own: asyncio.Handle = super().call_soon_threadsafe(callback, *args, context=context)
            return own
        self._check_closed()
        if self._debug:
            self._check_callback(callback, "call_soon_threadsafe")
        handle: asyncio.Handle = _HANDLE(callback, args, self, context)
        self.outside.hand_in(partial(self._take_in, handle), args)
        self._write_to_self()
        return handle

    def note_thread(self, thread: threading.Thread) -> None:
        """Called when the program starts a thread."""
        self.outside.note_thread(thread)

    def hand_in(self, call: Callable[[], object]) -> None:
        """Have a call made in the loop's thread, in its place among what threads hand in.

        What other threads do is noted so: in an order that does not depend on who is faster.
        """
        self.outside.hand_in(lambda _: call())

    def _take_in(self, handle: asyncio.Handle, thread: threading.Thread | None) -> None:
        self.note_handed_in(handle, thread)
        self._ready.append(handle)

    def note_handed_in(self, handle: asyncio.Handle, thread: threading.Thread | None) -> None:
        """Called when the loop takes in a callback from outside: for a recorder to replace.

        `thread` is who handed it in; None for another process.
        """

    def note_rest(self) -> None:
        """Called when what came from outside has been taken in: for a recorder to replace."""

    async def _make_subprocess_transport(self, *args: Any, **options: Any) -> Any:
        self.outside.starting += 1
        try:
            transport = await super()._make_subprocess_transport(*args, **options)
        finally:
            self.outside.starting -= 1
        self.outside.children.append(transport)
        return transport

    def add_signal_handler(self, sig: int, callback: Callable[..., object], *args: Any) -> None:
        """Handle a signal; `close` puts back the handler that was there before."""
        if threading.current_thread() is threading.main_thread():
            if not self._signals_before:
                self._wakeup_before = signal.set_wakeup_fd(-1)
            self._signals_before.setdefault(sig, signal.getsignal(sig))
        super().add_signal_handler(sig, callback, *args)

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """Report an error that nobody handles, but not when the garbage collector feels like it.

        That an exception was never retrieved is said when the task is collected: at another moment
        in each run, or in the middle of whatever is done afterwards. The recording says it.
        """
        if "never retrieved" in context.get("message", "") and (
            self._exception_handler is None or self.is_closed()
        ):
            return
        if self.cut_short and "destroyed" in context.get("message", ""):
            return  # that task was interrupted while it was made
        # The interrupt of a task that was interrupted has been raised already; and a stream's own
        # callback fails in Python 3.11 where the task that serves it was cancelled.
        quiet = KeyboardInterrupt | asyncio.CancelledError
        if not isinstance(context.get("exception"), quiet):
            super().call_exception_handler(context)

    def close(self) -> None:
        """Close the loop and give signals back to whom they belonged to before."""
        if self.is_closed():
            return
        super().close()
        for number, handler in self._signals_before.items():
            if handler is not None:
                signal.signal(number, handler)
        if self._signals_before:
            signal.set_wakeup_fd(self._wakeup_before, warn_on_full_buffer=False)


def simulating() -> bool:
    """Whether the loop that runs in this thread is on the virtual clock."""
    return isinstance(events._get_running_loop(), VirtualClockLoop)
