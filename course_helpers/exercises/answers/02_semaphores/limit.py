# %% task: So many in a second
# A semaphore limits how many are at work. A site limits how many requests *begin*: at most five within any second. **Write `Limit`: its
# `async with` lets a request begin as soon as that is allowed, and not later, first come, first served.** A user who is cancelled while it
# waits uses up nothing, and when all requests have ended, no task of `Limit` is left. Ask the time of the loop: `asyncio.get_running_loop().time()`.

# %% starter
class Limit:
    def __init__(self, rate):
        self.rate = rate  # starts in a second
        self.permits = asyncio.Semaphore(rate)

    async def __aenter__(self):
        await self.permits.acquire()

    async def __aexit__(self, *exception):
        self.permits.release()


# %% solution: the moments of the last starts, and a lock for those who wait
class Limit:
    def __init__(self, rate):
        self.rate = rate
        self.starts = []
        self.turn = asyncio.Lock()

    async def __aenter__(self):
        loop = asyncio.get_running_loop()
        async with self.turn:
            if len(self.starts) == self.rate:
                await asyncio.sleep(self.starts[0] + 1 - loop.time())
                del self.starts[0]
            self.starts.append(loop.time())

    async def __aexit__(self, *exception):
        pass


# %% text
# What counts are the starts of the last second: five of them, and the next has to wait until the oldest is a second old. The lock lets one
# wait at a time, and asyncio's lock is fair: so they begin in the order in which they came.
#
# Who is cancelled while it waits leaves the lock by `async with`, before a start was noted. Nothing is used up.


# %% right: the permit comes back a second after the start
class Limit:
    def __init__(self, rate):
        self.permits = asyncio.Semaphore(rate)

    async def __aenter__(self):
        await self.permits.acquire()
        asyncio.get_running_loop().call_later(1, self.permits.release)

    async def __aexit__(self, *exception):
        pass


# %% wrong: the semaphore, with a pause at the end | never more starts within a second than the rate | is start number 6 within a second, and 5 are allowed
class Limit:
    def __init__(self, rate):
        self.permits = asyncio.Semaphore(rate)

    async def __aenter__(self):
        await self.permits.acquire()

    async def __aexit__(self, *exception):
        await asyncio.sleep(0.2)
        self.permits.release()


# %% wrong: windows of a second | never more starts within a second than the rate | is start number 6 within a second, and 5 are allowed
class Limit:
    def __init__(self, rate):
        self.rate = rate
        self.window = -1
        self.count = 0

    async def __aenter__(self):
        loop = asyncio.get_running_loop()
        while True:
            window = int(loop.time())
            if window != self.window:
                self.window, self.count = window, 0
            if self.count < self.rate:
                self.count += 1
                return
            await asyncio.sleep(self.window + 1 - loop.time())

    async def __aexit__(self, *exception):
        pass


# %% wrong: all wait for the same moment, and nobody stands in line | first come, first served | begins before
class Limit:
    def __init__(self, rate):
        self.rate = rate
        self.starts = []

    async def __aenter__(self):
        loop = asyncio.get_running_loop()
        while len(self.starts) == self.rate:
            wait = self.starts[0] + 1 - loop.time()
            if wait > 0:
                await asyncio.sleep(wait)
            else:
                del self.starts[0]
        self.starts.append(loop.time())

    async def __aexit__(self, *exception):
        pass


# %% wrong: one each fifth of a second | nobody waits longer than the limit asks for | could have begun at
class Limit:
    def __init__(self, rate):
        self.pause = 1 / rate
        self.turn = asyncio.Lock()

    async def __aenter__(self):
        async with self.turn:
            await asyncio.sleep(self.pause)

    async def __aexit__(self, *exception):
        pass


# %% wrong: who comes too early waits a whole second | nobody waits longer than the limit asks for | request 5 could have begun at 1.75 s
class Limit:
    def __init__(self, rate):
        self.rate = rate
        self.starts = []

    async def __aenter__(self):
        self.starts.append(asyncio.get_running_loop().time())
        if len(self.starts) > self.rate:
            await asyncio.sleep(1)

    async def __aexit__(self, *exception):
        pass


# %% wrong: the permit is held for a second more | nobody waits longer than the limit asks for | request 5 could have begun at 1 s
class Limit:
    def __init__(self, rate):
        self.permits = asyncio.Semaphore(rate)

    async def __aenter__(self):
        await self.permits.acquire()

    async def __aexit__(self, *exception):
        await asyncio.sleep(1)
        self.permits.release()


# %% wrong: who gives up uses a start | nobody waits longer than the limit asks for | could have begun at
class Limit:
    def __init__(self, rate):
        self.rate = rate
        self.starts = []

    async def __aenter__(self):
        now = asyncio.get_running_loop().time()
        start = max(now, self.starts[-self.rate] + 1) if len(self.starts) >= self.rate else now
        self.starts.append(start)
        await asyncio.sleep(start - now)

    async def __aexit__(self, *exception):
        pass


# %% wrong: who came last begins first | first come, first served | begins before
class Limit:
    def __init__(self, rate):
        self.free = rate
        self.waiting = []

    async def __aenter__(self):
        loop = asyncio.get_running_loop()
        if not self.free:
            turn = loop.create_future()
            self.waiting.append(turn)
            await turn
        else:
            self.free -= 1
        loop.call_later(1, self.again)

    def again(self):
        while self.waiting:
            turn = self.waiting.pop()
            if not turn.done():
                turn.set_result(None)
                return
        self.free += 1

    async def __aexit__(self, *exception):
        pass


# %% right: the last starts, looked at again after each pause
class Limit:
    def __init__(self, rate):
        self.rate = rate
        self.starts = []
        self.turn = asyncio.Lock()

    async def __aenter__(self):
        loop = asyncio.get_running_loop()
        async with self.turn:
            while len(self.starts) == self.rate:
                if self.starts[0] <= loop.time() - 1:
                    self.starts.pop(0)
                else:
                    await asyncio.sleep(self.starts[0] + 1 - loop.time())
            self.starts.append(loop.time())

    async def __aexit__(self, *exception):
        pass


# %% wrong: the rate is written down | never more starts within a second than the rate | is start number 3 within a second, and 2 are allowed
class Limit:
    def __init__(self, rate):
        self.permits = asyncio.Semaphore(5)

    async def __aenter__(self):
        await self.permits.acquire()
        asyncio.get_running_loop().call_later(1, self.permits.release)

    async def __aexit__(self, *exception):
        pass


# %% wrong: whatever goes wrong in the block is swallowed | an error inside of the block comes out of it | the ConnectionError of request 1 is gone
class Limit:
    def __init__(self, rate):
        self.permits = asyncio.Semaphore(rate)

    async def __aenter__(self):
        await self.permits.acquire()
        asyncio.get_running_loop().call_later(1, self.permits.release)

    async def __aexit__(self, *exception):
        return True


# %% wrong: a task counts the seconds | nothing is left behind: no task, no lock, no error unheard | was still running when the program ended
class Limit:
    def __init__(self, rate):
        self.permits = asyncio.Semaphore(rate)

    async def later(self):
        await asyncio.sleep(1)
        self.permits.release()

    async def __aenter__(self):
        await self.permits.acquire()
        self.task = asyncio.create_task(self.later())

    async def __aexit__(self, *exception):
        pass


# %% wrong: it gives up on those who wait | it comes to its end, without an error | RuntimeError: too many
class Limit:
    def __init__(self, rate):
        self.rate = rate
        self.count = 0

    async def __aenter__(self):
        self.count += 1
        if self.count > self.rate:
            raise RuntimeError("too many")

    async def __aexit__(self, *exception):
        pass


# %% wrong: who is cancelled begins at once | who is asked to give up does | was cancelled, and went on
class Limit:
    def __init__(self, rate):
        self.rate = rate
        self.starts = []
        self.turn = asyncio.Lock()

    async def __aenter__(self):
        loop = asyncio.get_running_loop()
        try:
            async with self.turn:
                if len(self.starts) == self.rate:
                    await asyncio.sleep(self.starts[0] + 1 - loop.time())
                    del self.starts[0]
                self.starts.append(loop.time())
        except asyncio.CancelledError:
            pass

    async def __aexit__(self, *exception):
        pass


# %% wrong: who would have to wait is cancelled | it comes to its end, without an error | request 5 ended with a CancelledError, and the check did not cancel it
class Limit:
    def __init__(self, rate):
        self.permits = asyncio.Semaphore(rate)

    async def __aenter__(self):
        if self.permits.locked():
            asyncio.current_task().cancel()
        await self.permits.acquire()
        asyncio.get_running_loop().call_later(1, self.permits.release)

    async def __aexit__(self, *exception):
        pass


# %% wrong: who gives up cancels what all wait for | who gives up takes nobody along | was cancelled, because request
class Limit:
    def __init__(self, rate):
        self.rate = rate
        self.starts = []
        self.pause = None

    async def __aenter__(self):
        loop = asyncio.get_running_loop()
        while len(self.starts) == self.rate:
            if self.pause is None or self.pause.done():
                self.pause = asyncio.create_task(asyncio.sleep(self.starts[0] + 1 - loop.time()))
            await self.pause
            if len(self.starts) == self.rate and self.starts[0] + 1 <= loop.time():
                del self.starts[0]
        self.starts.append(loop.time())

    async def __aexit__(self, *exception):
        pass


# %% wrong: who waits looks every millisecond | nobody asks again and again whether it may begin | request 5 has waited more than 50 times
class Limit:
    def __init__(self, rate):
        self.rate = rate
        self.starts = []

    async def __aenter__(self):
        time = asyncio.get_running_loop().time
        while len([start for start in self.starts if time() - start < 1]) >= self.rate:
            await asyncio.sleep(0.001)
        self.starts.append(time())

    async def __aexit__(self, *exception):
        pass


# %% same: last line moved out of: async with self.turn: | no await stands between the release and the note

# %% hints
# When is the next start allowed? Which of the earlier starts does that depend on?
#
# Keep the moments of the last starts. With five of them, wait until the oldest is a second old.
#
# Two who wait must not begin at the same moment: let one after the other through a lock.

# %% notes
# 15 minutes. The two likely wrong answers: windows of a second (eight around the border), and one start each fifth of a second (slow after
# a rest). Ask the room: "Which of these limits does a real server have, and how do you find out?"
