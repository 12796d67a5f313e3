"""A program of the small language as Python, which tells a log what it does, and at which line.

What waits is written on one line with what it tells the log, so that both know the same line:

    log.waits("Event.wait", "event0"); await event0.wait(); log.goes_on()

Where the language forbids that (`async with`), the line is given as a number.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from tests.oracle.language import Program, Statement

#: How each kind of thing is made, by its number.
_MADE = {
    "lock": ("asyncio.Lock()", "asyncio.Lock()"),
    "semaphore": (
        "asyncio.Semaphore(2)",
        "asyncio.BoundedSemaphore(2)",
        *("asyncio.Semaphore(2)",) * 3,
    ),
    "queue": (
        "asyncio.Queue(2)",
        "asyncio.PriorityQueue()",
        "asyncio.LifoQueue(1)",
        "asyncio.Queue(2)",
    ),
    "event": ("asyncio.Event()", "asyncio.Event()"),
    "condition": ("asyncio.Condition()", "asyncio.Condition()"),
    "barrier": ("asyncio.Barrier(2)", "asyncio.Barrier(2)"),
    "pipe": ("log.pipe()", "log.pipe()"),
    "future": ("asyncio.get_running_loop().create_future()",) * 2,
}


def source(
    program: Program, *, early: bool = False, attributes: bool = False, eager: bool = False
) -> str:
    """A module with an `async def main()`.

    `early` makes the primitives before the program runs, `attributes` makes them attributes of an
    object instead of variables, `eager` has all its tasks but the first begin at once.
    """
    return _Writer(early, attributes, eager).module(program)


class _Writer:
    def __init__(self, early: bool, attributes: bool, eager: bool) -> None:
        self.early = early
        self.eager = eager
        self.prefix = "world." if attributes else ""
        self.things: dict[str, str] = {}
        self.lines: list[str] = []
        self.depth = 0
        self.functions = 0
        #: By generator, what it does when it ends or is closed.
        self.last: dict[str, Program] = {}
        #: Functions that are still to be written: name, keyword, body.
        self.waiting: list[tuple[str, str, Program]] = []

    def module(self, program: Program) -> str:
        # Twice: which things there are is known only at the end, and what stands above the
        # functions moves their lines.
        self._functions(program, {})
        things, self.lines = dict(sorted(self.things.items())), []
        self.functions = 0
        for line in (
            "import asyncio",
            "import contextlib",
            "import gc",
            "import time",
            "",
            "tasks = []",
        ):
            self._line(line)
        if self.prefix:
            self._line("class World: pass")
            self._line("world = World()")
        late = self._late(things)
        for name, how in things.items():
            if name not in late:
                self._line(f'{self.prefix}{name} = log.made("{self.prefix}{name}", {how})')
        self._functions(program, things)
        return "\n".join(self.lines) + "\n"

    def _late(self, things: dict[str, str]) -> dict[str, str]:
        """The things that are made when the program runs."""
        return {name: how for name, how in things.items() if not self.early or "future" in name}

    def _functions(self, program: Program, things: dict[str, str]) -> None:
        late = self._late(things)
        with self._block("async def main():"):
            if late and not self.prefix:
                self._line(f"global {', '.join(late)}")
            for name, how in late.items():
                self._line(f'{self.prefix}{name} = log.made("{self.prefix}{name}", {how})')
            if self.eager:
                self._line("log.makes_eager()")
            self._told("main", "", program, [name for name in things if "pipe" in name])
        while self.waiting:
            name, keyword, body = self.waiting.pop(0)
            with self._block(f"{keyword} {name}(number):"):
                self._told(name, "number", body)

    def _told(self, name: str, number: str, body: Program, pipes: Sequence[str] = ()) -> None:
        kind = "calls" if name.startswith("callback") else "enters"
        begins = f'log.{kind}(f"{name}({{{number}}})")' if number else f'log.{kind}("{name}()")'
        self._line(begins)
        if name not in self.last:
            self._watched(body, yields=name.startswith("generator"), pipes=pipes)
            return
        with self._block("try:"):
            self._watched(body, yields=True)
        with self._block("finally:"), self._block(f'if log.may_close(f"{name}({{number}})"):'):
            self._line(begins)
            self._watched(self.last[name])

    def _watched(self, body: Program, *, yields: bool = False, pipes: Sequence[str] = ()) -> None:
        with self._block("try:"):
            for pipe in pipes:
                self._connected(self.prefix + pipe)
            if yields:
                self._line("yield log.number()")
            for statement in body:
                self._statement(statement)
                if yields:
                    self._line("yield log.number()")
        with self._block("except BaseException as error:"):
            self._line("log.ends(error)")
            self._line("raise")
        self._line("log.ends()")

    def _connected(self, pipe: str) -> None:
        for streams, end in ((f"{pipe}.reader, _", 0), (f"_, {pipe}.writer", 1)):
            opened = (
                f"{pipe}.ends[{end}] = await asyncio.open_connection(sock={pipe}.sockets[{end}])"
            )
            self._waits("open_connection", None, f"{streams} = {opened}")

    def _line(self, text: str) -> None:
        self.lines.append("    " * self.depth + text)

    @property
    def _number(self) -> int:
        """The number of the next line."""
        return len(self.lines) + 1

    @contextmanager
    def _block(self, head: str) -> Iterator[None]:
        self._line(head)
        self.depth += 1
        before = len(self.lines)
        yield
        if len(self.lines) == before:
            self._line("pass")
        self.depth -= 1

    def _body(self, program: Program) -> None:
        for statement in program:
            self._statement(statement)

    def _statement(self, statement: Statement) -> None:
        name, *arguments = statement
        getattr(self, f"do_{name}")(*arguments)

    def _thing(self, kind: str, which: int) -> str:
        name = f"{kind}{which}"
        self.things[name] = _MADE[kind][which]
        return self.prefix + name

    def _function(self, body: Program, name: str = "body", keyword: str = "async def") -> str:
        self.functions += 1
        name = f"{name}{self.functions}"
        self.waiting.append((name, keyword, body))
        return name

    def _new(self, body: Program) -> str:
        """A new coroutine for a task of its own."""
        name = self._function(body)
        return f'{name}(log.creates("{name}"))'

    def _waits(self, call: str, thing: str | None, what: str, after: str = "") -> None:
        subject = f', "{thing}"' if thing else ""
        self._line(f'log.waits("{call}"{subject}); {what}; log.goes_on({after})')

    # The statements

    def do_sleep(self, seconds: float) -> None:
        self._waits(f"sleep({seconds})", None, f"await asyncio.sleep({seconds})")

    def do_give_way(self) -> None:
        self.do_sleep(0)

    def do_lock(self, which: int, body: Program) -> None:
        self._with("Lock.acquire", self._thing("lock", which), body)

    def do_semaphore(self, which: int, body: Program) -> None:
        self._with("Semaphore.acquire", self._thing("semaphore", which), body)

    def _with(self, call: str, thing: str, body: Program, held: str | None = None) -> None:
        held = held or thing
        self._line(f'log.waits("{call}", "{held}", line={self._number + 1})')
        with self._block(f"async with {thing}:"):
            self._line(f'log.goes_on("acquire", "{held}")')
            with self._block("try:"):
                self._body(body)
            with self._block("finally:"):
                self._line(f'log.gives_back("{held}")')

    def do_acquire(self, which: int) -> None:
        thing = self._thing("lock", which)
        self._waits("Lock.acquire", thing, f"await {thing}.acquire()", f'"acquire", "{thing}"')

    def do_acquire_semaphore(self, which: int) -> None:
        thing = self._thing("semaphore", which)
        self._waits("Semaphore.acquire", thing, f"await {thing}.acquire()", f'"acquire", "{thing}"')

    def _does(self, action: str, thing: str, what: str, if_: str = "") -> None:
        self._line(f'{if_}{what}; log.did("{action}", "{thing}")')

    def do_release(self, which: int) -> None:
        thing = self._thing("lock", which)
        self._does("release", thing, f"{thing}.release()", f"if {thing}.locked(): ")

    def do_release_semaphore(self, which: int) -> None:
        thing = self._thing("semaphore", which)
        self._does("release", thing, f"{thing}.release()")

    def do_put(self, which: int) -> None:
        thing = self._thing("queue", which)
        self._waits("Queue.put", thing, f"await {thing}.put(log.number())", f'"put", "{thing}"')

    def do_get(self, which: int) -> None:
        thing = self._thing("queue", which)
        self._waits("Queue.get", thing, f"await {thing}.get()", f'"get", "{thing}"')

    def do_put_nowait(self, which: int) -> None:
        thing = self._thing("queue", which)
        self._does("put", thing, f"{thing}.put_nowait(log.number())", f"if not {thing}.full(): ")

    def do_task_done(self, which: int) -> None:
        thing = self._thing("queue", which)
        self._does("task_done", thing, f"{thing}.task_done()", f"if {thing}._unfinished_tasks: ")

    def do_join(self, which: int) -> None:
        thing = self._thing("queue", which)
        self._waits("Queue.join", thing, f"await {thing}.join()")

    def do_set(self, which: int) -> None:
        thing = self._thing("event", which)
        self._does("set", thing, f"{thing}.set()")

    def do_clear(self, which: int) -> None:
        thing = self._thing("event", which)
        self._does("clear", thing, f"{thing}.clear()")

    def do_wait_event(self, which: int) -> None:
        thing = self._thing("event", which)
        self._waits("Event.wait", thing, f"await {thing}.wait()")

    def do_condition(self, which: int) -> None:
        thing = self._thing("condition", which)
        lock = f"{thing}'s lock"
        self._line(f'log.waits("Lock.acquire", "{lock}", line={self._number + 1})')
        with self._block(f"async with {thing}:"):
            self._line(f'log.goes_on("acquire", "{lock}")')
            with self._block("try:"):
                self._line(f'log.waits("Condition.wait", "{thing}", line={self._number + 3})')
                self._line(f'log.gives_back("{lock}")')
                with self._block("try:"):
                    self._line(f"await {thing}.wait()")
                with self._block("finally:"):
                    self._line(f'log.did("acquire", "{lock}")')
                self._line("log.goes_on()")
            with self._block("finally:"):
                self._line(f'log.gives_back("{lock}")')

    def do_notify(self, which: int, count: int) -> None:
        thing = self._thing("condition", which)
        lock = f"{thing}'s lock"
        self._line(f'log.waits("Lock.acquire", "{lock}", line={self._number + 1})')
        with self._block(f"async with {thing}:"):
            self._line(f'log.goes_on("acquire", "{lock}")')
            self._does("notify", thing, f"{thing}.notify({count})")
            self._line(f'log.gives_back("{lock}")')

    def do_barrier(self, which: int) -> None:
        thing = self._thing("barrier", which)
        self._waits("Barrier.wait", thing, f"await {thing}.wait()")

    def do_future(self, which: int) -> None:
        thing = self._thing("future", which)
        self._waits("await future", None, f"await {thing}")

    def do_resolve(self, which: int) -> None:
        thing = self._thing("future", which)
        self._does("resolve", thing, f"{thing}.set_result(None)", f"if not {thing}.done(): ")

    def do_gather(self, keeps_exceptions: bool, bodies: list[Program]) -> None:
        calls = ", ".join(map(self._new, bodies))
        self._waits(
            "gather", None, f"await asyncio.gather({calls}, return_exceptions={keeps_exceptions})"
        )

    def do_group(self, named: bool, bodies: list[Program]) -> None:
        self.functions += 1
        name, number = f"group{self.functions}", self._number
        with self._block(f"async with asyncio.TaskGroup() as {name}:"):
            self._line(f'its_name{name} = log.enters_block("{name}", {name})')
            with self._block("try:"):
                for body in bodies:
                    if self.eager:  # one that has failed already lets it take no more
                        with self._block(f"if not {name}._aborting:"):
                            self._spawned(f"{name}.create_task", named, body, f"its_name{name}")
                    else:
                        self._spawned(f"{name}.create_task", named, body, f"its_name{name}")
            with self._block("finally:"):
                self._line(f'log.waits("TaskGroup", its_name{name}, line={number})')
        self._line("log.goes_on()")

    def _spawned(self, create: str, named: bool, body: Program, group: str = "") -> None:
        function = self._function(body)
        of = f", group={group}" if group else ""
        self._line(f'its_number = log.creates("{function}", named={named}{of})')
        name = ', name=f"task {its_number}"' if named else ""
        self._line(f"tasks.append(log.spawned({create}({function}(its_number){name}), its_number))")

    def do_wait(self, first: bool, bodies: list[Program]) -> None:
        before = len(bodies)
        for body in bodies:
            self._spawned("asyncio.create_task", False, body)
        when = "FIRST_COMPLETED" if first else "ALL_COMPLETED"
        awaited = f"tasks[-{before}:]"
        told = "" if first else f"log.awaits({awaited}); "
        wait = f"await asyncio.wait({awaited}, return_when=asyncio.{when})"
        self._line(f'{told}log.waits("wait"); {wait}; log.goes_on()')

    def do_timeout(self, seconds: float, body: Program) -> None:
        self.functions += 1
        name = f"timeout{self.functions}"
        timeout = f"async with asyncio.timeout({seconds}) as {name}:"
        with self._block("try:"), self._block(timeout):
            self._line(f'its_name{name} = log.enters_block("{name}", {name})')
            self._body(body)
        with self._block("finally:"):
            self._line(f'log.did("expire" if {name}.expired() else "exit", its_name{name})')

    def do_wait_for(self, seconds: float, body: Program) -> None:
        name = self._function(body)
        call = f'{name}(log.waited_for("{name}", {seconds}))'
        self._waits("wait_for", None, f"await asyncio.wait_for({call}, {seconds})")

    def do_shield(self, body: Program) -> None:
        self._waits("shield", None, f"await asyncio.shield({self._new(body)})")

    def do_chain(self, body: Program) -> None:
        self._line(f"await {self._function(body)}(log.number())")

    def do_repeat(self, body: Program) -> None:
        with self._block("for _ in range(2):"):
            self._body(body)

    def do_generator(self, leaves: bool, body: Program) -> None:
        name = self._function(body, "generator")
        with self._block(f"async for _ in {name}(log.number()):"):
            self._line("log.leaves(); break" if leaves else "pass")

    def do_closing(self, closer: str, body: Program, last: Program) -> None:
        """A generator that awaits something when it is closed, by one who leaves it early."""
        name = self._function(body, "closing")
        self.last[name] = last
        number, its = f"number_of_{name}", f"its_{name}"
        self._line(f"{number} = log.number()")
        leave = f'log.leaves(f"{name}({{{number}}})"); break'
        if closer == "dropped":
            with self._block(f"async for _ in {name}({number}):"):
                self._line(leave)
        elif closer == "aclosing":
            closes = f"async with contextlib.aclosing({name}({number})) as {its}:"
            with self._block(closes), self._block(f"async for _ in {its}:"):
                self._line(leave)
        else:
            self._line(f"{its} = {name}({number})")
            with self._block(f"async for _ in {its}:"):
                self._line(leave)
            if closer == "aclose":
                self._line(f"await {its}.aclose()")
            else:
                self._line(f"tasks.append(log.closes(asyncio.create_task({its}.aclose()), {its}))")

    def do_write(self, which: int, lines: int) -> None:
        self._line(f'{self._thing("pipe", which)}.writer.write(b"line\\n" * {lines})')

    def do_close(self, which: int) -> None:
        self._line(f"{self._thing('pipe', which)}.writer.close()")

    def do_drain(self, which: int) -> None:
        self._stream("StreamWriter.drain", f"{self._thing('pipe', which)}.writer.drain()")

    def do_wait_closed(self, which: int) -> None:
        writer = f"{self._thing('pipe', which)}.writer"
        self._stream("StreamWriter.wait_closed", f"{writer}.wait_closed()")

    def do_read_line(self, which: int) -> None:
        self._stream("StreamReader.readline", f"{self._thing('pipe', which)}.reader.readline()")

    def do_read_some(self, which: int) -> None:
        self._stream("StreamReader.read", f"{self._thing('pipe', which)}.reader.read(8)")

    def do_read_exactly(self, which: int) -> None:
        reader = f"{self._thing('pipe', which)}.reader"
        self._stream("StreamReader.readexactly", f"{reader}.readexactly(7)")

    def do_read_all(self, which: int) -> None:
        self._stream("StreamReader.read", f"{self._thing('pipe', which)}.reader.read()")

    def _stream(self, call: str, what: str) -> None:
        self._waits(call, None, f"await {what}")

    def do_spawn(self, named: bool, body: Program) -> None:
        self._spawned("asyncio.create_task", named, body)

    def do_drop(self, body: Program) -> None:
        self._line(f"asyncio.create_task({self._new(body)})")

    def do_collect(self) -> None:
        self._line("gc.collect()")

    def do_lonely(self) -> None:
        """It waits for what nobody else refers to: if nobody refers to its task, it is garbage."""
        self._line("alone = asyncio.get_running_loop().create_future()")
        self._waits("await future", None, "await alone")

    def do_await_task(self, which: int) -> None:
        task = f"tasks[{which} % len(tasks)]"
        self._line(
            f'if tasks: log.waits("await task", log.label({task})); await {task}; log.goes_on()'
        )

    def do_cancel(self, which: int) -> None:
        task = f"tasks[{which} % len(tasks)]"
        self._line(f"if tasks: log.cancelled({task}, {task}.cancel())")

    def do_cancel_oneself(self) -> None:
        self._line("log.cancelled(asyncio.current_task(), asyncio.current_task().cancel())")

    def do_raise_cancelled(self) -> None:
        self._line("log.raises(); raise asyncio.CancelledError")

    def do_fail(self) -> None:
        self._line('log.raises(); raise ValueError(f"fault {log.number()}")')

    def do_suppress(self, takes_back: bool, body: Program) -> None:
        self._line("log.tries()")
        with self._block("try:"):
            self._body(body)
        with self._block("except (Exception, asyncio.CancelledError) as error:"):
            self._line("log.swallows(error)")
            if takes_back:
                self._line("log.took_back(asyncio.current_task().uncancel())")
        with self._block("else:"):
            self._line("log.tried()")

    def do_later(self, seconds: float, action: Statement) -> None:
        name = self._function([action], "callback", "def")
        self._line("its_number = log.number()")
        self._line(f"asyncio.get_running_loop().call_later({seconds}, {name}, its_number)")

    def do_soon(self, action: Statement) -> None:
        name = self._function([action], "callback", "def")
        self._line(f"asyncio.get_running_loop().call_soon({name}, log.number())")

    def do_thread(self, safely: bool, action: Statement) -> None:
        if safely:
            callback = self._function([action], "callback", "def")
            what = f"asyncio.get_running_loop().call_soon_threadsafe, {callback}, log.number()"
        else:
            what = f"{self._function([action], 'callback', 'def')}, log.number()"
        self._waits("to_thread", None, f"await asyncio.to_thread({what})")

    def do_block(self) -> None:
        self._line("log.blocks(); time.sleep(0.2)")

    def do_forget(self) -> None:
        name = self._function([("give_way",)])
        self._line(f'log.forgets("{name}"); {name}(log.number())')

    def do_burst(self) -> None:
        thing = self._thing("queue", 1)
        with self._block("for _ in range(20):"):
            self._does("put", thing, f"{thing}.put_nowait(log.number())")
            self.do_sleep(0.001)
        with self._block(f"while not {thing}.empty():"):
            self._does("get", thing, f"{thing}.get_nowait()")
        self.do_sleep(0.5)
