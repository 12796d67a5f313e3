# %% task: The lost permit
# `Pool(site).use(job)` chooses a server, which takes a while, and lets the job run there: at most two jobs at once. Users leave at any
# moment, and after a while the pool stands still. **Change `Pool` so that no permit is lost, whenever a user is cancelled.** Two jobs
# can run at once, as before.

# %% starter
class Pool:
    def __init__(self, site):
        self.site = site
        self.permits = asyncio.Semaphore(2)

    async def use(self, job):
        await self.permits.acquire()
        server = await self.site.choose()  # takes a while
        try:
            return await job(server)
        finally:
            self.permits.release()


# %% solution: async with, around everything that needs the permit
class Pool:
    def __init__(self, site):
        self.site = site
        self.permits = asyncio.Semaphore(2)

    async def use(self, job):
        async with self.permits:
            server = await self.site.choose()
            return await job(server)


# %% text
# Between `acquire` and `try` stood an `await`. Who is cancelled there holds a permit, and never reaches the `finally`. After two such users
# nobody comes in any more. `async with` leaves no such gap.
#
# A user who is cancelled while it waits *for* a permit has none: there is nothing to give back.


# %% right: choose first, and take the permit for the job alone
class Pool:
    def __init__(self, site):
        self.site = site
        self.permits = asyncio.BoundedSemaphore(2)

    async def use(self, job):
        server = await self.site.choose()
        await self.permits.acquire()
        try:
            return await job(server)
        finally:
            self.permits.release()


# %% right: a queue of two places
class Pool:
    def __init__(self, site):
        self.site = site
        self.places = asyncio.Queue()
        for place in (1, 2):
            self.places.put_nowait(place)

    async def use(self, job):
        place = await self.places.get()
        try:
            return await job(await self.site.choose())
        finally:
            self.places.put_nowait(place)


# %% wrong: one server is chosen, for all | each job gets a server that was chosen for it | and that was not chosen for it
class Pool:
    def __init__(self, site):
        self.site = site
        self.permits = asyncio.Semaphore(2)
        self.server = None

    async def use(self, job):
        async with self.permits:
            if self.server is None:
                self.server = await self.site.choose()
            return await job(self.server)


# %% wrong: as it was, with an except for the choice | nothing is left behind: no task, no lock, no error unheard | ended, and still holds
class Pool:
    def __init__(self, site):
        self.site = site
        self.permits = asyncio.Semaphore(2)

    async def use(self, job):
        await self.permits.acquire()
        try:
            server = await self.site.choose()
        except Exception:
            self.permits.release()
            raise
        try:
            return await job(server)
        finally:
            self.permits.release()


# %% wrong: the choice is shielded | nothing is left behind: no task, no lock, no error unheard | ended, and still holds
class Pool:
    def __init__(self, site):
        self.site = site
        self.permits = asyncio.Semaphore(2)

    async def use(self, job):
        await self.permits.acquire()
        server = await asyncio.shield(self.site.choose())
        try:
            return await job(server)
        finally:
            self.permits.release()


# %% wrong: given back by who never got it | never more than 2 at the job at once | is number 3 at the job, and 2 are allowed
class Pool:
    def __init__(self, site):
        self.site = site
        self.permits = asyncio.Semaphore(2)

    async def use(self, job):
        try:
            await self.permits.acquire()
            server = await self.site.choose()
            return await job(server)
        finally:
            self.permits.release()


# %% wrong: given back twice | never more than 2 at the job at once | is number 3 at the job, and 2 are allowed
class Pool:
    def __init__(self, site):
        self.site = site
        self.permits = asyncio.Semaphore(2)

    async def use(self, job):
        async with self.permits:
            server = await self.site.choose()
            try:
                return await job(server)
            finally:
                self.permits.release()


# %% wrong: no limit any more | never more than 2 at the job at once | is number 3 at the job, and 2 are allowed
class Pool:
    def __init__(self, site):
        self.site = site

    async def use(self, job):
        server = await self.site.choose()
        return await job(server)


# %% wrong: one after the other | two jobs run at once where two can | never more than 1 job was at work at once
class Pool:
    def __init__(self, site):
        self.site = site
        self.lock = asyncio.Lock()

    async def use(self, job):
        async with self.lock:
            server = await self.site.choose()
            return await job(server)


# %% wrong: the job goes on when its user has left | who is asked to give up takes the job along | went on without its user
class Pool:
    def __init__(self, site):
        self.site = site
        self.permits = asyncio.Semaphore(2)

    async def use(self, job):
        async with self.permits:
            server = await self.site.choose()
            return await asyncio.shield(asyncio.create_task(job(server)))


# %% wrong: a cancelled user gets nothing, and no error | who is asked to give up does | was cancelled, and went on
class Pool:
    def __init__(self, site):
        self.site = site
        self.permits = asyncio.Semaphore(2)

    async def use(self, job):
        try:
            async with self.permits:
                server = await self.site.choose()
                return await job(server)
        except asyncio.CancelledError:
            return None


# %% wrong: each job runs twice | the job of each user runs once, and the user gets its result | begins a second time
class Pool:
    def __init__(self, site):
        self.site = site
        self.permits = asyncio.Semaphore(2)

    async def use(self, job):
        async with self.permits:
            await job(await self.site.choose())
            return await job(await self.site.choose())


# %% wrong: with instead of async with | it comes to its end, without an error | needs `async with` instead of `with`
class Pool:
    def __init__(self, site):
        self.site = site
        self.permits = asyncio.Semaphore(2)

    async def use(self, job):
        with self.permits:
            server = await self.site.choose()
            return await job(server)


# %% wrong: the result is forgotten | the job of each user runs once, and the user gets its result | user A got None
class Pool:
    def __init__(self, site):
        self.site = site
        self.permits = asyncio.Semaphore(2)

    async def use(self, job):
        async with self.permits:
            server = await self.site.choose()
            await job(server)


# %% wrong: each permit comes back after half a second | no time goes by in which nothing is under way | has waited since
class Pool:
    def __init__(self, site):
        self.site = site
        self.permits = asyncio.Semaphore(2)

    async def use(self, job):
        await self.permits.acquire()
        asyncio.get_running_loop().call_later(0.5, self.permits.release)
        return await job(await self.site.choose())


# %% same: first line moved before: async with self.permits: | the choice needs no permit

# %% same: BoundedSemaphore made Semaphore | nothing is given back too often

# %% hints
# At which lines can a cancellation arrive? Where does it go from there: past the `finally`, or through it?
#
# Which `await` stands after the permit is taken, and before the `try`?

# %% notes
# 8 minutes. The two likely wrong answers: `except Exception` around the choice (CancelledError is none), and a second `release`. Ask the
# room: "How would you notice this in production, and after how long?"
