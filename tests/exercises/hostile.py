"""Answers that would end or harm a kernel: bodies of `Account.withdraw`, and whole cells."""

from __future__ import annotations

import textwrap
from typing import Final

BODIES: Final = {
    "spins, no await": "while True: pass",
    "spins on sleep(0)": "while True: await asyncio.sleep(0)",
    "swallows, awaits": """
        while True:
            try:
                await asyncio.sleep(0.1)
            except BaseException: pass""",
    "swallows, no await": """
        x = 0
        while True:
            try:
                x += 1
            except BaseException: pass""",
    "swallows, calls": """
        import time
        while True:
            try:
                time.monotonic(); time.sleep(0)
            except BaseException: pass""",
    "waits for a child": "import subprocess; subprocess.run(['sleep', '30'])",
    "waits in select": "import select; select.select([], [], [], 30)",
    "prints for ever": "while True:\n    print('x' * 1000); await asyncio.sleep(0)",
    "prints 3 million characters": "print('x' * 3_000_000)",
    "exit()": "exit()",
    "quit()": "quit()",
    "sys.exit()": "import sys; sys.exit(3)",
    "os._exit": "import os; os._exit(1)",
    "os.abort": "import os; os.abort()",
    "os.kill(self, 9)": "import os; os.kill(os.getpid(), 9)",
    "SIGTERM": "import signal; signal.raise_signal(signal.SIGTERM)",
    "alarm": "import signal, time; signal.setitimer(signal.ITIMER_REAL, 0.01)\nwhile True: pass",
    "SIGINT": "import signal; signal.raise_signal(signal.SIGINT)",
    "KeyboardInterrupt": "raise KeyboardInterrupt",
    "GeneratorExit": "raise GeneratorExit",
    "StopIteration": "raise StopIteration",
    "thread spins": """
        import threading
        def f():
            while True: pass
        threading.Thread(target=f, name='spinner').start()
        await self.bank.approve(amount); self.balance -= amount""",
    "thread sleeps": """
        import threading, time
        threading.Thread(target=time.sleep, args=(3,), name='sleeper', daemon=True).start()
        await self.bank.approve(amount); self.balance -= amount""",
    "recursion": "def f(): return f()\nf()",
    "deep await recursion": "await self.withdraw(amount)",
    "MemoryError at once": "x = [0] * 10**12",
    "grows for ever": "x = []\nwhile True: x.append(bytearray(10_000_000))",
    "asyncio.sleep = None": "asyncio.sleep = None\nself.balance -= amount",
    "del asyncio.Lock": "del asyncio.Lock\nself.balance -= amount",
    "print = None": "import builtins; builtins.print = None\nself.balance -= amount",
    "input()": "x = input('amount? ')",
    "asyncio.run": "asyncio.run(self.bank.approve(amount))",
    "run_until_complete": "asyncio.get_running_loop().run_until_complete(asyncio.sleep(0))",
    "loop.stop()": "asyncio.get_running_loop().stop()\nawait asyncio.sleep(1)",
    "loop.close()": "asyncio.get_running_loop().close()",
    "cancels everything": "for t in asyncio.all_tasks(): t.cancel()\nawait asyncio.sleep(0)",
    "sys.stdout = None": "import sys; sys.stdout = None\nself.balance -= amount",
    "sys.stdout closed": "import sys; sys.stdout.close()\nself.balance -= amount",
    "ten thousand tasks": "await asyncio.gather(*(asyncio.sleep(1) for _ in range(10_000)))",
    "child left": "await asyncio.create_subprocess_exec('sleep', '60')\nself.balance -= amount",
    "odd exception": """
        class E(Exception):
            def __str__(self): raise ValueError
        raise E""",
    "deletes a file": "open('victim', 'w').close(); import os; os.remove('victim')",
    "rmtree": "import shutil, os; os.makedirs('victims', exist_ok=True); shutil.rmtree('victims')",
    "forks": "import os; os.fork()",
    "chdir": "import os; os.chdir('/')\nself.balance -= amount",
    "recursion limit": "import sys; sys.setrecursionlimit(60)\nself.balance -= amount",
    "nothing done": "pass",
    "ExceptionGroup": "raise ExceptionGroup('x', [ValueError(1), KeyError(2)])",
    "trace": "import sys; sys.settrace(lambda *a: None)\nself.balance -= amount",
    "gc off": "import gc; gc.disable()\nself.balance -= amount",
    "patches the checker": """
        import course_helpers.exercises.judging as judging
        judging.Outcome = None
        import course_helpers.exercises.rules as rules
        rules.ends = None
        self.balance -= amount""",
    "patches simulate": """
        import course_helpers.simulation.run as run
        run.clean_up = None
        self.balance -= amount""",
    "keeps a task": """
        globals()['kept'] = asyncio.create_task(asyncio.sleep(1000))
        await self.bank.approve(amount); self.balance -= amount""",
    "never returns from __del__": """
        class D:
            def __del__(self):
                while True: pass
        D()""",
    "__del__ in a cycle": """
        class D:
            def __del__(self):
                while True: pass
        d = D(); d.d = d
        await self.bank.approve(amount); self.balance -= amount""",
    "async generator left open": """
        async def g():
            try:
                while True: yield 1
            finally:
                await asyncio.sleep(1000)
        async for _ in g(): break
        await self.bank.approve(amount); self.balance -= amount""",
    "warnings as errors": "import warnings; warnings.simplefilter('error')\nself.balance -= amount",
    "atexit": "import atexit; atexit.register(print, 'bye')\nself.balance -= amount",
    "event loop policy": "asyncio.set_event_loop(None)\nself.balance -= amount",
    "lies about its balance": """
        class Liar(int):
            def __eq__(self, other): return True
            def __hash__(self): return 0
            def __sub__(self, other): return self
            def __add__(self, other): return 0
            __radd__ = __add__
        await self.bank.approve(amount)
        self.balance = Liar(0)""",
}

#: What is refused, in every kind of answer. `notes.txt` is there, and has something in it.
_REFUSED: Final = {
    "SIGKILL by raise_signal": "import signal; signal.raise_signal(signal.SIGKILL)",
    "a signal for a thread": """
        import signal, threading
        signal.pthread_kill(threading.main_thread().ident, signal.SIGKILL)""",
    "no time of the processor": """
        import resource; resource.setrlimit(resource.RLIMIT_CPU, (1, 1))""",
    "empties a file": "open('notes.txt', 'w').close()",
    "empties a file that it has opened": "open('notes.txt', 'r+').truncate(0)",
    "writes behind a file": "open('notes.txt', 'a').write('of mine')",
    "empties a file by its path": """
        import io, pathlib
        io.FileIO(pathlib.Path('notes.txt'), 'w').close()""",
    "empties a file by its descriptor": """
        import os
        os.ftruncate(os.open(b'notes.txt', os.O_RDWR), 0)""",
    "starts a program": "import subprocess; subprocess.Popen(['sleep', '60'])",
    "os.system": "import os; os.system('sleep 60 &')",
    "posix_spawn": "import os; os.posix_spawn('/bin/sleep', ['sleep', '60'], {})",
    "a process of multiprocessing": """
        import multiprocessing
        multiprocessing.get_context('fork').Process(target=print).start()""",
    "a pool of processes": """
        import concurrent.futures
        concurrent.futures.ProcessPoolExecutor(1).submit(print)""",
}

_MORE: Final = {
    "starts programs for ever": """
        import subprocess
        while True:
            try:
                subprocess.Popen(['true'])
            except BaseException: pass""",
    "a shell": "await asyncio.create_subprocess_shell('sleep 60')",
    # It cannot be ended. This one ends by itself: it would take the time of all tests behind it.
    "a thread that swallows": """
        import threading, time
        def f():
            end = time.monotonic() + 2
            while time.monotonic() < end:
                try:
                    while time.monotonic() < end: pass
                except BaseException: pass
        threading.Thread(target=f, name='stubborn', daemon=True).start()""",
    "another handler of exceptions": """
        asyncio.get_running_loop().set_exception_handler(lambda *a: 1 / 0)
        asyncio.get_running_loop().call_soon(lambda: 1 / 0)
        await asyncio.sleep(0)""",
    "another factory of tasks": """
        asyncio.get_running_loop().set_task_factory(lambda *a, **b: None)
        asyncio.create_task(asyncio.sleep(0))""",
    "breaks print": "class E:\n    def __str__(self): raise SystemExit\nprint(E())",
    "a future that resolves itself": """
        class F(asyncio.Future):
            def __await__(self): return iter([self, self])
        await F()""",
    "an event of its own": """
        import sys
        sys.audit('open', 1)
        sys.audit('open')
        await self.bank.approve(amount)
        self.balance -= amount""",
    "awaits itself": "await asyncio.current_task()",
    "traces each new thread": "import threading; threading.settrace(print)",
    "an endless repr": """
        class R:
            def __repr__(self):
                while True: pass
        raise ValueError(R())""",
}

_CLASS: Final = """
class Account:
    def __init__(self, balance, bank):
        self.balance = balance
        self.bank = bank
    async def withdraw(self, amount):
{body}
account.check(Account)
"""

_FUNCTION: Final = """
async def fetch_all(site, numbers):
{body}
pages.check(fetch_all)
"""

_GENERATOR: Final = """
async def map_ordered(function, items, workers=3):
{body}
    yield 1
ordered.check(map_ordered)
"""

CELLS: Final = {
    "generator: not one": """
async def map_ordered(function, items, workers=3): return []
ordered.check(map_ordered)""",
    "generator: a plain one": """
def map_ordered(function, items, workers=3): yield 1
ordered.check(map_ordered)""",
    "generator: never ends": """
async def map_ordered(function, items, workers=3):
    while True: yield 1
ordered.check(map_ordered)""",
    "generator: yields when it is closed": """
async def map_ordered(function, items, workers=3):
    try:
        for item in items: yield await function(item)
    finally:
        yield 0
ordered.check(map_ordered)""",
    "generator: waits for ever when it is closed": """
async def map_ordered(function, items, workers=3):
    try:
        yield 1
    finally:
        await asyncio.Event().wait()
ordered.check(map_ordered)""",
    "generator: goes through itself": """
async def map_ordered(function, items, workers=3):
    async for x in map_ordered(function, items, workers): yield x
ordered.check(map_ordered)""",
    "generator: a class with __aiter__": """
class map_ordered:
    def __init__(self, function, items, workers=3): pass
    def __aiter__(self): return self
    async def __anext__(self): return 1
    async def aclose(self): raise ValueError
ordered.check(map_ordered)""",
    "generator: spins in aclose": """
class Odd:
    def __aiter__(self): return self
    async def __anext__(self): raise StopAsyncIteration
    async def aclose(self):
        while True: pass
def map_ordered(function, items, workers=3): return Odd()
ordered.check(map_ordered)""",
    "42": "account.check(42)",
    "an instance": "account.check(type('X', (), {})())",
    "nothing": "account.check()",
    "a lambda": "account.check(lambda *_: None)",
    "a coroutine": "async def f(): pass\naccount.check(f())",
    "a module": "account.check(asyncio)",
    "an empty class": "class Account: pass\naccount.check(Account)",
    "SyntaxError": "class Account:\n    async def withdraw(self, amount)\n        pass",
    "NameError": "account.check(Acount)",
    "constructor wants more": """
class Account:
    def __init__(self, balance, bank, extra): pass
    async def withdraw(self, a): pass
account.check(Account)""",
    "constructor spins": """
class Account:
    def __init__(self, balance, bank):
        while True: pass
    async def withdraw(self, a): pass
account.check(Account)""",
    "slots": """
class Account:
    __slots__ = ('balance', 'bank')
    def __init__(self, balance, bank):
        self.balance, self.bank = balance, bank
    async def withdraw(self, amount):
        await self.bank.approve(amount)
        self.balance -= amount
account.check(Account)""",
    "balance is a property": """
class Account:
    def __init__(self, balance, bank):
        self._balance, self.bank = balance, bank
    @property
    def balance(self): return self._balance
    @balance.setter
    def balance(self, value): self._balance = value
    async def withdraw(self, amount):
        await self.bank.approve(amount)
        self.balance -= amount
account.check(Account)""",
    "a generator for a coroutine": """
class Account:
    def __init__(self, balance, bank): self.balance, self.bank = balance, bank
    def withdraw(self, amount):
        yield
        self.balance -= amount
account.check(Account)""",
    "a plain function": """
class Account:
    def __init__(self, balance, bank): self.balance, self.bank = balance, bank
    def withdraw(self, amount):
        self.balance -= amount
account.check(Account)""",
    "a decorator": """
import functools
def logged(function):
    @functools.wraps(function)
    def call(*arguments): return function(*arguments)
    return call
class Account:
    def __init__(self, balance, bank): self.balance, self.bank = balance, bank
    @logged
    async def withdraw(self, amount):
        await self.bank.approve(amount)
        self.balance -= amount
account.check(Account)""",
    "a metaclass that refuses": """
class Meta(type):
    def __new__(m, name, bases, body):
        if bases: raise TypeError('no subclasses')
        return super().__new__(m, name, bases, body)
class Account(metaclass=Meta):
    def __init__(self, balance, bank): self.balance, self.bank = balance, bank
    async def withdraw(self, amount): pass
account.check(Account)""",
    "__wrapped__ in a circle": """
def f(): pass
f.__wrapped__ = f
account.check(f)""",
    "attributes that raise": """
class Odd:
    def __getattr__(self, name): raise ValueError(name)
    def __repr__(self): raise ValueError
account.check(Odd())""",
}

#: What has to be in the text, for some.
SAID: Final = {
    "slots": "✓ Right",
    "an event of its own": "✓ Right",
    "balance is a property": "✓ Right",
    "a decorator": "✓ Right",
    "lies about its balance": "✗ Not yet",
    "constructor wants more": "Keep its parameters",
    "an empty class": "Account",
    "a plain function": "has to be an `async def`",
    "a generator for a coroutine": "it gave a generator",
    "os._exit": "That was refused",
    "exit()": "That was refused",
    "input()": "That was refused",
    "deletes a file": "That was refused",
    "child left": "That was refused",
    "waits for a child": "That was refused",
    **{
        f"{kind}{name}": "That was refused"
        for kind in ("", "function: ", "generator: ")
        for name in _REFUSED
    },
    "function: a shell": "That was refused",
    "a thread that swallows": "left the thread 'stubborn' running",
    "generator: not one": "map_ordered has to be an `async def` with `yield` in it",
    "thread spins": "left the thread 'spinner' running; it was ended",
    "asyncio.sleep = None": "changed asyncio.sleep",
    "ExceptionGroup": "ExceptionGroup of ValueError: 1; KeyError: 2",
    "42": "got a value of type int: write check(Account)",
}

#: What Python itself says, with its traceback; the interrupt cannot be told from the Stop button.
RAISES: Final = {
    "SyntaxError": "SyntaxError",
    "NameError": "NameError",
    "SIGINT": "KeyboardInterrupt",
    "KeyboardInterrupt": "KeyboardInterrupt",
}

# By names without what stands before a colon. They wait for long, or have much to do.
SLOW: Final = frozenset(
    {
        "__del__ in a cycle",
        "a thread that swallows",
        "ten thousand tasks",
        "thread sleeps",
        "waits in select",
    }
)

#: After these the package itself is broken: it says so, until the kernel is restarted.
SABOTAGE: Final = ("patches the checker", "patches simulate")


def cells() -> dict[str, str]:
    """Every hostile cell, by name."""
    bodies = {name: _in(_CLASS, body, 8) for name, body in (BODIES | _REFUSED | _MORE).items()}
    anywhere = {
        name: body
        for name, body in (BODIES | _REFUSED | _MORE).items()
        if "self." not in body and name not in RAISES
    }
    functions = {f"function: {name}": _in(_FUNCTION, body, 4) for name, body in anywhere.items()}
    generators = {f"generator: {name}": _in(_GENERATOR, body, 4) for name, body in anywhere.items()}
    return bodies | CELLS | functions | generators


def _in(cell: str, body: str, indent: int) -> str:
    return cell.format(body=textwrap.indent(textwrap.dedent(body).strip("\n"), " " * indent))
