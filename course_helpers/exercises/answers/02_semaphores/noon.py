# %% task: Too many at noon
# A client library asks a site for pages: four at once, the site allows no more. In the morning all is well. At noon, when many users come
# at once, nine requests are at the site, and it answers *429 Too Many Requests*. **Two lines do together what one of them should do. Name
# both, then mend the class in one place.** When a user is cancelled, its request is cancelled too.

# %% starter
class Client:
    """Asks a site for pages: four at once."""

    def __init__(self, site):
        self.site = site
        self.permits = asyncio.Semaphore(4)
        self.requests = set()

    async def page(self, number):
        await self.permits.acquire()
        try:
            request = asyncio.create_task(self.request(number))
            self.requests.add(request)
            request.add_done_callback(self.ended)
            return await request
        finally:
            self.permits.release()  # the next one, please

    async def request(self, number):
        text = await self.site.get(number)
        return text.strip()

    def ended(self, request):
        self.requests.discard(request)
        self.permits.release()  # this one has ended


# %% guilty: self.permits.release()  # the next one, please | this gives the permit back when the user has its page.

# %% guilty: self.permits.release()  # this one has ended | this gives it back when the request has ended, too.


# %% solution: the permit goes back once, by the block that took it
class Client:
    def __init__(self, site):
        self.site = site
        self.permits = asyncio.Semaphore(4)
        self.requests = set()

    async def page(self, number):
        async with self.permits:
            request = asyncio.create_task(self.request(number))
            self.requests.add(request)
            request.add_done_callback(self.requests.discard)
            return await request

    async def request(self, number):
        text = await self.site.get(number)
        return text.strip()


# %% text
# Each request gave its permit back twice: in the `finally`, and in the callback of its task. So each made the semaphore larger by one. In
# the morning nobody noticed, because few came at once. At noon there were nine permits.
#
# A permit has one owner. Who takes it gives it back, in one place: `async with`. A `BoundedSemaphore` would not have mended that, but it
# would have told: its `release` raises `ValueError` as soon as there are more permits than at the beginning.


# %% right: only the callback gives it back
class Client:
    def __init__(self, site):
        self.site = site
        self.permits = asyncio.Semaphore(4)

    async def page(self, number):
        await self.permits.acquire()
        request = asyncio.create_task(self.request(number))
        request.add_done_callback(self.ended)
        return await request

    async def request(self, number):
        text = await self.site.get(number)
        return text.strip()

    def ended(self, request):
        self.permits.release()


# %% right: no task at all
class Client:
    def __init__(self, site):
        self.site = site
        self.permits = asyncio.BoundedSemaphore(4)

    async def page(self, number):
        async with self.permits:
            return await self.site.get(number)


# %% wrong: a smaller semaphore | never more than 4 at the site at once | is number 5 at the site, and 4 are allowed
class Client:
    def __init__(self, site):
        self.site = site
        self.permits = asyncio.Semaphore(3)

    async def page(self, number):
        await self.permits.acquire()
        try:
            request = asyncio.create_task(self.site.get(number))
            request.add_done_callback(self.ended)
            return await request
        finally:
            self.permits.release()

    def ended(self, request):
        self.permits.release()


# %% wrong: a BoundedSemaphore, and nothing else | never more than 4 at the site at once | is number 5 at the site, and 4 are allowed
class Client:
    def __init__(self, site):
        self.site = site
        self.permits = asyncio.BoundedSemaphore(4)

    async def page(self, number):
        await self.permits.acquire()
        try:
            request = asyncio.create_task(self.site.get(number))
            request.add_done_callback(self.ended)
            return await request
        finally:
            self.permits.release()

    def ended(self, request):
        self.permits.release()


# %% wrong: it is given back nowhere | it comes to its end, without an error | every task waits, and nothing can wake one
class Client:
    def __init__(self, site):
        self.site = site
        self.permits = asyncio.Semaphore(4)

    async def page(self, number):
        await self.permits.acquire()
        request = asyncio.create_task(self.site.get(number))
        return await request


# %% wrong: one at a time | and never fewer than 4, while requests wait | only 1 at the site, though
class Client:
    def __init__(self, site):
        self.site = site
        self.lock = asyncio.Lock()

    async def page(self, number):
        async with self.lock:
            return await self.site.get(number)


# %% wrong: it goes back only where all went well | and never fewer than 4, while requests wait | and 4 may be there
class Client:
    def __init__(self, site):
        self.site = site
        self.permits = asyncio.Semaphore(4)

    async def page(self, number):
        await self.permits.acquire()
        page = await self.site.get(number)
        self.permits.release()
        return page


# %% wrong: an error becomes None | each user gets its page, or the error of the site | user 2 should get ConnectionError('no answer for 2'), and got None
class Client:
    def __init__(self, site):
        self.site = site
        self.permits = asyncio.Semaphore(4)

    async def page(self, number):
        async with self.permits:
            try:
                return await self.site.get(number)
            except ConnectionError:
                return None


# %% wrong: an error becomes a text | each user gets its page, or the error of the site | user 2 should get ConnectionError('no answer for 2'), and got 'no answer for 2'
class Client:
    def __init__(self, site):
        self.site = site
        self.permits = asyncio.Semaphore(4)

    async def page(self, number):
        async with self.permits:
            try:
                return await self.site.get(number)
            except ConnectionError as error:
                return str(error)


# %% wrong: an error is returned | each user gets its page, or the error of the site | and got ConnectionError('no answer for 2') as its page
class Client:
    def __init__(self, site):
        self.site = site
        self.permits = asyncio.Semaphore(4)

    async def page(self, number):
        async with self.permits:
            try:
                return await self.site.get(number)
            except ConnectionError as error:
                return error


# %% wrong: each page is asked for twice | each page is asked for once | is asked for a second time
class Client:
    def __init__(self, site):
        self.site = site
        self.permits = asyncio.Semaphore(4)

    async def page(self, number):
        async with self.permits:
            await self.site.get(number)
            return await self.site.get(number)


# %% wrong: who gives up is not heard | who is asked to give up does | was cancelled, and went on
class Client:
    def __init__(self, site):
        self.site = site
        self.permits = asyncio.Semaphore(4)

    async def page(self, number):
        async with self.permits:
            try:
                return await self.site.get(number)
            except asyncio.CancelledError:
                return ""


# %% wrong: the request is shielded | who gives up leaves no request behind | still comes, and user
class Client:
    def __init__(self, site):
        self.site = site
        self.permits = asyncio.Semaphore(4)
        self.requests = set()

    async def page(self, number):
        await self.permits.acquire()
        request = asyncio.create_task(self.site.get(number))
        self.requests.add(request)
        request.add_done_callback(self.ended)
        return await asyncio.shield(request)

    def ended(self, request):
        self.requests.discard(request)
        self.permits.release()


# %% wrong: each request is noted by a task that nobody waits for | nothing is left behind: no task, no error unheard | was still running when the program ended
class Client:
    def __init__(self, site):
        self.site = site
        self.permits = asyncio.Semaphore(4)

    async def page(self, number):
        async with self.permits:
            page = await self.site.get(number)
        self.noting = asyncio.create_task(self.note(number))
        return page

    async def note(self, number):
        await asyncio.sleep(1)


# %% wrong: each permit comes back after half a second | no time goes by in which nothing is under way | has waited since
class Client:
    def __init__(self, site):
        self.site = site
        self.permits = asyncio.Semaphore(4)

    async def page(self, number):
        await self.permits.acquire()
        asyncio.get_running_loop().call_later(0.5, self.permits.release)
        text = await self.site.get(number)
        return text.strip()


# %% same: taken out: self.requests.add(request) | nobody asks for the set, and the request is awaited

# %% same: swapped with the next: self.requests.add(request) | both happen before anything is awaited

# %% same: taken out: request.add_done_callback(self.requests.discard) | nobody asks for the set

# %% same: swapped with the next: request.add_done_callback(self.requests.discard) | a callback can be left to a request that has ended

# %% same: BoundedSemaphore made Semaphore | no permit is given back twice

# %% hints
# Watch the lane of the semaphore: how many permits are there in the beginning, and how many after five users?
#
# Follow one permit through one request: who takes it, and who gives it back?
#
# Whoever takes a permit gives it back, in one place. `async with self.permits:` does both.

# %% notes
# 8 minutes. The two likely wrong answers: a smaller semaphore (it grows just the same), and a `BoundedSemaphore` alone, which tells of the
# mistake and does not mend it. Ask the room: "Why did no test see this? What would you have logged to see it?"
