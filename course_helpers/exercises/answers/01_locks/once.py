# %% task: One connection for all
# `Once(connect).get()` gives all users one connection, made when it is first asked for. **Change `Once` so that all of this holds:**
#
# - never more than one `connect()` at the same time, and none once there is a connection;
# - if `connect()` fails, all who wait for it get the error, and the next call tries again;
# - a user who is cancelled takes nobody along.

# %% starter
class Once:
    def __init__(self, connect):
        self.connect = connect
        self.value = None

    async def get(self):
        if self.value is None:
            self.value = await self.connect()
        return self.value


# %% solution: one task that connects, and a shield for each user
class Once:
    def __init__(self, connect):
        self.connect = connect
        self.task = None

    async def get(self):
        if self.task is None:
            self.task = asyncio.create_task(self.connect())
            self.task.add_done_callback(self.ended)
        return await asyncio.shield(self.task)

    def ended(self, task):
        if task.cancelled() or task.exception() is not None:
            self.task = None


# %% text
# Between the question `if self.task is None` and the assignment stands no `await`: so nobody can come in between, and no lock is
# needed. The task belongs to no user. Who awaits a task and is cancelled cancels the task, too: `shield` stands in between.
#
# A task that has failed raises its error for everybody who awaits it. The callback forgets it, so the next call makes a new one.


# %% right: an event for each attempt
class Attempt:
    def __init__(self):
        self.over = asyncio.Event()
        self.error = None


class Once:
    def __init__(self, connect):
        self.connect = connect
        self.value = None
        self.attempt = None

    async def work(self, attempt):
        try:
            self.value = await self.connect()
        except Exception as error:
            attempt.error = error
            self.attempt = None
        attempt.over.set()

    async def get(self):
        if self.attempt is None:
            self.attempt = Attempt()
            self.worker = asyncio.create_task(self.work(self.attempt))
        attempt = self.attempt
        await attempt.over.wait()
        if attempt.error is not None:
            raise attempt.error
        return self.value


# %% wrong: as it was, with a test after the await | never more than one connection is being made | user B makes connection 2, while connection 1 is still being made
class Once:
    def __init__(self, connect):
        self.connect = connect
        self.value = None

    async def get(self):
        if self.value is None:
            value = await self.connect()
            if self.value is None:
                self.value = value
        return self.value


# %% wrong: a lock | whoever waits for a connection that fails gets its error | user B connects again, after the failure at
class Once:
    def __init__(self, connect):
        self.connect = connect
        self.value = None
        self.lock = asyncio.Lock()

    async def get(self):
        async with self.lock:
            if self.value is None:
                self.value = await self.connect()
            return self.value


# %% wrong: a shared task, and no shield | who gives up takes nobody along | user B was cancelled, because user A was cancelled
class Once:
    def __init__(self, connect):
        self.connect = connect
        self.task = None

    async def get(self):
        if self.task is None:
            self.task = asyncio.create_task(self.connect())
            self.task.add_done_callback(self.ended)
        return await self.task

    def ended(self, task):
        if task.cancelled() or task.exception() is not None:
            self.task = None


# %% wrong: the failed task is kept | a failure is not kept: the next call tries again | and nobody has tried again
class Once:
    def __init__(self, connect):
        self.connect = connect
        self.task = None

    async def get(self):
        if self.task is None:
            self.task = asyncio.create_task(self.connect())
        return await asyncio.shield(self.task)


# %% wrong: the connection is forgotten each time | all get one and the same connection | user D connects again, though connection 1 is there
class Once:
    def __init__(self, connect):
        self.connect = connect
        self.task = None

    async def get(self):
        if self.task is None:
            self.task = asyncio.create_task(self.connect())
            self.task.add_done_callback(self.ended)
        return await asyncio.shield(self.task)

    def ended(self, task):
        self.task = None
        if not task.cancelled():
            task.exception()


# %% wrong: nobody connects | all get one and the same connection | user A got connection 1, and nobody has made it
class Once:
    def __init__(self, connect):
        self.connect = connect

    async def get(self):
        return "connection 1"


# %% wrong: nobody is told that it failed | it comes to its end, without an error | every task waits
class Once:
    def __init__(self, connect):
        self.connect = connect
        self.value = None
        self.ready = None

    async def get(self):
        if self.ready is None:
            self.ready = asyncio.Event()
            try:
                self.value = await self.connect()
            except ConnectionError:
                self.ready = None
                raise
            self.ready.set()
        else:
            await self.ready.wait()
        return self.value


# %% wrong: an error becomes a text | whoever waits for a connection that fails gets its error | user A got 'no answer to attempt 1', and not the error of attempt 1
class Once:
    def __init__(self, connect):
        self.connect = connect
        self.task = None

    async def get(self):
        if self.task is None:
            self.task = asyncio.create_task(self.connect())
            self.task.add_done_callback(self.ended)
        try:
            return await asyncio.shield(self.task)
        except ConnectionError as error:
            return str(error)

    def ended(self, task):
        if task.cancelled() or task.exception() is not None:
            self.task = None


# %% wrong: who is cancelled tries again | who is asked to give up does | user A was cancelled, and went on
class Once:
    def __init__(self, connect):
        self.connect = connect
        self.task = None

    async def get(self):
        if self.task is None:
            self.task = asyncio.create_task(self.connect())
            self.task.add_done_callback(self.ended)
        while True:
            try:
                return await asyncio.shield(self.task)
            except asyncio.CancelledError:
                pass

    def ended(self, task):
        if task.cancelled() or task.exception() is not None:
            self.task = None


# %% wrong: somebody watches the connection for ever | nothing is left behind: no task, no lock, no error unheard | Once.watch() was still running
class Once:
    def __init__(self, connect):
        self.connect = connect
        self.task = None

    async def watch(self):
        while True:
            await asyncio.sleep(0.3)

    async def get(self):
        if self.task is None:
            self.task = asyncio.create_task(self.connect())
            self.task.add_done_callback(self.ended)
            self.watcher = asyncio.create_task(self.watch())
        return await asyncio.shield(self.task)

    def ended(self, task):
        if task.cancelled() or task.exception() is not None:
            self.task = None


# %% wrong: a pause instead of waiting | no time goes by in which nothing is under way | user A has waited since
class Once:
    def __init__(self, connect):
        self.connect = connect
        self.task = None

    async def get(self):
        if self.task is None or (self.task.done() and self.task.exception()):
            self.task = asyncio.create_task(self.connect())
        task = self.task
        await asyncio.sleep(0.2)  # it is there by then
        return task.result()


# %% same: taken out: self.value = None | it is read only after an attempt has set it

# %% same: swapped with the next: attempt.error = error | no await stands between the two

# %% same: Exception made BaseException | nobody cancels the worker: no other exception can come

# %% hints
# Between the question and the assignment stands an `await`. Can you move the `await` out from in between?
#
# `asyncio.create_task` gives something at once, without an `await`: it can be kept, and awaited by everybody.
#
# Who is cancelled while it awaits a task cancels that task. `asyncio.shield` stands in between.

# %% notes
# 12 minutes. The two likely wrong answers: a lock (each who has waited tries again), and a shared task without `shield`. Ask the room:
# "Whose task is it that connects, when the first user has gone home?"
