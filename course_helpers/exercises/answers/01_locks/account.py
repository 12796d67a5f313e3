# %% task: Two withdrawals
# Two withdrawals at the same time, and one of them is lost. **Change `Account` so that none is.** Keep the names and the parameters,
# and ask the bank before each withdrawal.

# %% starter
class Account:
    def __init__(self, balance, bank):
        self.balance = balance
        self.bank = bank

    async def withdraw(self, amount):
        balance = self.balance
        await self.bank.approve(amount)  # takes a while, never the same
        self.balance = balance - amount


# %% solution: one lock for each account
class Account:
    def __init__(self, balance, bank):
        self.balance = balance
        self.bank = bank
        self.lock = asyncio.Lock()

    async def withdraw(self, amount):
        async with self.lock:
            balance = self.balance
            await self.bank.approve(amount)
            self.balance = balance - amount


# %% text
# The lock is made once for each account, in `__init__`, and held from the read to the write. So a second withdrawal reads what the
# first has written. `async with` gives the lock back in every case: when the task is cancelled, too.
#
# Look at the lane of the lock: the second withdrawal stands in line while the bank answers the first. That is the price. The other
# right way pays nothing: where no `await` stands between the read and the write, no other task can come in between.


# %% right: no await between the read and the write
class Account:
    def __init__(self, balance, bank):
        self.balance = balance
        self.bank = bank

    async def withdraw(self, amount):
        await self.bank.approve(amount)
        self.balance -= amount


# %% right: a condition around the balance
class Account:
    def __init__(self, balance, bank):
        self.balance = balance
        self.bank = bank
        self.free = asyncio.Condition()

    async def withdraw(self, amount):
        async with self.free:
            balance = self.balance
            await asyncio.gather(self.bank.approve(amount))
            self.balance = balance - amount


# %% wrong: a lock for each call | no update of balance is lost | had written 80: that is lost
class Account:
    def __init__(self, balance, bank):
        self.balance = balance
        self.bank = bank

    async def withdraw(self, amount):
        async with asyncio.Lock():
            balance = self.balance
            await self.bank.approve(amount)
            self.balance = balance - amount


# %% wrong: the balance is read before the lock is taken | no update of balance is lost | from the 100 that it had read at 0 s
class Account:
    def __init__(self, balance, bank):
        self.balance = balance
        self.bank = bank
        self.lock = asyncio.Lock()

    async def withdraw(self, amount):
        balance = self.balance
        async with self.lock:
            await self.bank.approve(amount)
            self.balance = balance - amount


# %% wrong: one lock for all accounts | different accounts do not wait for each other | waits for Account.lock, though nobody else uses its account
class Account:
    lock = asyncio.Lock()

    def __init__(self, balance, bank):
        self.balance = balance
        self.bank = bank

    async def withdraw(self, amount):
        async with self.lock:
            balance = self.balance
            await self.bank.approve(amount)
            self.balance = balance - amount


# %% wrong: all sleep until nobody else is at it | different accounts do not wait for each other | sleeps, though nobody else uses its account
class Account:
    busy = False

    def __init__(self, balance, bank):
        self.balance = balance
        self.bank = bank

    async def withdraw(self, amount):
        while Account.busy:
            await asyncio.sleep(0.001)
        Account.busy = True
        try:
            balance = self.balance
            await self.bank.approve(amount)
            self.balance = balance - amount
        finally:
            Account.busy = False


# %% wrong: acquire and release, and nothing for a cancellation | it comes to its end, without an error | held by withdraw(10), which ended without releasing it
class Account:
    def __init__(self, balance, bank):
        self.balance = balance
        self.bank = bank
        self.lock = asyncio.Lock()

    async def withdraw(self, amount):
        await self.lock.acquire()
        balance = self.balance
        await self.bank.approve(amount)
        self.balance = balance - amount
        self.lock.release()


# %% wrong: with instead of async with | it comes to its end, without an error | needs `async with` instead of `with`
class Account:
    def __init__(self, balance, bank):
        self.balance = balance
        self.bank = bank
        self.lock = asyncio.Lock()

    async def withdraw(self, amount):
        with self.lock:
            balance = self.balance
            await self.bank.approve(amount)
            self.balance = balance - amount


# %% wrong: the bank is not awaited | the bank is asked before each write | and the bank has not answered yet
class Account:
    def __init__(self, balance, bank):
        self.balance = balance
        self.bank = bank

    async def withdraw(self, amount):
        self.bank.approve(amount)
        self.balance -= amount


# %% wrong: a task asks the bank, and nobody waits for it | the bank is asked before each write | withdraw(20) writes 80
class Account:
    def __init__(self, balance, bank):
        self.balance = balance
        self.bank = bank

    async def withdraw(self, amount):
        asyncio.create_task(self.bank.approve(amount))
        self.balance -= amount


# %% wrong: nothing is withdrawn | what was withdrawn is missing, and nothing else | 50 were withdrawn, and 0 are missing
class Account:
    def __init__(self, balance, bank):
        self.balance = balance
        self.bank = bank

    async def withdraw(self, amount):
        await self.bank.approve(amount)


# %% wrong: the cancellation is swallowed | who is asked to give up does | was cancelled, and went on
class Account:
    def __init__(self, balance, bank):
        self.balance = balance
        self.bank = bank

    async def withdraw(self, amount):
        try:
            await self.bank.approve(amount)
        except asyncio.CancelledError:
            return
        self.balance -= amount


# %% wrong: a log is written by a task that nobody waits for | nothing is left behind: no task, no lock, no error unheard | log() was still running when the program ended
class Account:
    def __init__(self, balance, bank):
        self.balance = balance
        self.bank = bank

    async def log(self):
        await asyncio.sleep(1)

    async def withdraw(self, amount):
        await self.bank.approve(amount)
        self.balance -= amount
        self.task = asyncio.create_task(self.log())


# %% wrong: each waits for the task of the one before | who gives up takes nobody along | withdraw(20) was cancelled, because withdraw(10) was cancelled
class Account:
    def __init__(self, balance, bank):
        self.balance = balance
        self.bank = bank
        self.last = None

    async def after(self, before, amount):
        if before is not None:
            await before
        balance = self.balance
        await self.bank.approve(amount)
        self.balance = balance - amount

    async def withdraw(self, amount):
        self.last = asyncio.create_task(self.after(self.last, amount))
        await self.last


# %% wrong: the balance at the beginning is written down | what was withdrawn is missing, and nothing else | 30 were withdrawn, and 70 more are there
class Account:
    def __init__(self, balance, bank):
        self.balance = 100
        self.bank = bank

    async def withdraw(self, amount):
        await self.bank.approve(amount)
        self.balance -= amount


# %% same: swapped with the next: balance = self.balance | the read after the await: nothing stands between it and the write

# %% same: last line moved out of: async with self.lock: | no await stands between the release and the write

# %% same: last line moved out of: async with self.free: | no await stands between the release and the write

# %% hints
# Look for the `await` between the read of the balance and its write. What can another task do meanwhile?
#
# There are two ways: nobody else may come in between, or nothing stands in between.
#
# Make a lock in `__init__`, one for each account, and hold it with `async with` around all three lines.

# %% notes
# 5 minutes. The two likely wrong answers: a lock that is made in `withdraw` (nobody shares it), and a lock that is taken after the
# read. Ask the room: "The shorter answer has no lock at all. Why is that right, and what would make it wrong?"
