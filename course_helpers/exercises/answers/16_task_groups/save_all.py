# %% task: All or none
# `save_all` writes records into a database at the same time, and closes it. When one record is bad, its write raises `ValueError`, `gather`
# passes that on at once, and the database is closed while others still write. **Change `save_all` so that nothing is written into a closed
# database:** when one write fails, the others stop, and the error comes out, alone or in a group.

# %% starter
async def save_all(database, records):
    async with database:
        await asyncio.gather(*(database.write(record) for record in records))


# %% solution: a task group inside the database
async def save_all(database, records):
    async with database:
        async with asyncio.TaskGroup() as group:
            for record in records:
                group.create_task(database.write(record))


# %% text
# A task group does not end before all its tasks have: when one fails, it cancels the others and waits for them, then raises. It stands
# *inside* the database's block. So when the database is closed nobody is left who could write.
#
# The error comes out as an `ExceptionGroup`: `except* ValueError` catches it.


# %% right: tasks, cancelled and waited for by hand
async def save_all(database, records):
    async with database:
        tasks = [asyncio.create_task(database.write(record)) for record in records]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)


# %% right: a task group in a task group
async def save_all(database, records):
    async def every():
        async with asyncio.TaskGroup() as writes:
            for record in records:
                writes.create_task(database.write(record))

    async with database:
        async with asyncio.TaskGroup() as group:
            group.create_task(every())


# %% wrong: the group stands around the database | nothing is written while the database is not open | and the database has been closed since
async def save_all(database, records):
    async with asyncio.TaskGroup() as group:
        async with database:
            for record in records:
                group.create_task(database.write(record))


# %% wrong: cancelled, and not waited for | nothing is written while the database is not open | is cleaned up, and the database has been closed since
async def save_all(database, records):
    async with database:
        tasks = [asyncio.create_task(database.write(record)) for record in records]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()


# %% wrong: cancelled, and a pause in place of waiting | nothing is written while the database is not open | is cleaned up, and the database has been closed since
async def save_all(database, records):
    async with database:
        tasks = [asyncio.create_task(database.write(record)) for record in records]
        try:
            await asyncio.gather(*tasks)
        except ValueError:
            for task in tasks:
                task.cancel()
            await asyncio.sleep(0.1)
            raise


# %% wrong: errors are kept as results | when one write fails, the others stop | is written, though bad failed at
async def save_all(database, records):
    async with database:
        await asyncio.gather(
            *(database.write(record) for record in records), return_exceptions=True
        )


# %% wrong: one after the other | all records are written, each once, at the same time | the write of ben begins, and that of ann began at 0 s
async def save_all(database, records):
    async with database:
        for record in records:
            await database.write(record)


# %% wrong: the group's error is swallowed | the error of a bad record comes out | bad failed, and save_all() ended as if all were well
async def save_all(database, records):
    async with database:
        try:
            async with asyncio.TaskGroup() as group:
                for record in records:
                    group.create_task(database.write(record))
        except* ValueError:
            pass


# %% wrong: each record is written twice | all records are written, each once, at the same time | is written a second time
async def save_all(database, records):
    async with database:
        async with asyncio.TaskGroup() as group:
            for record in records:
                group.create_task(database.write(record))
                group.create_task(database.write(record))


# %% wrong: opened by hand, and not closed | the database is closed in the end | the database was opened, and never closed
async def save_all(database, records):
    await database.__aenter__()
    async with asyncio.TaskGroup() as group:
        for record in records:
            group.create_task(database.write(record))


# %% wrong: an error of its own | it comes to its end, without an error | ValueError: something went wrong
async def save_all(database, records):
    async with database:
        try:
            async with asyncio.TaskGroup() as group:
                for record in records:
                    group.create_task(database.write(record))
        except* ValueError:
            raise ValueError("something went wrong") from None


# %% wrong: await where create_task belongs | it comes to its end, without an error | TypeError
async def save_all(database, records):
    async with database:
        async with asyncio.TaskGroup() as group:
            for record in records:
                group.create_task(await database.write(record))


# %% wrong: a task outside of the group | nothing is left behind: no task, no lock, no error unheard | was still running when the program ended
async def save_all(database, records):
    async def log():
        await asyncio.sleep(60)

    asyncio.create_task(log())
    async with database:
        async with asyncio.TaskGroup() as group:
            for record in records:
                group.create_task(database.write(record))


# %% wrong: a pause in which the others may stop | no time goes by in which nothing is under way | save_all() has waited since
async def save_all(database, records):
    async with database:
        tasks = [asyncio.create_task(database.write(record)) for record in records]
        try:
            await asyncio.gather(*tasks)
        except ValueError:
            for task in tasks:
                task.cancel()
            await asyncio.sleep(2)
            raise


# %% same: first line moved before: async with database: | coroutines that were not awaited have not begun

# %% hints
# In the picture: which lanes go on after the error, and when is the database closed?
#
# A task group waits for all its tasks, whatever happens. What has to stand inside, and what around it?

# %% notes
# 5 minutes. The two likely wrong answers: the group around the database, and `return_exceptions=True` (nobody stops, nobody hears). Ask the
# room: "Who is the last to leave each of the two blocks?"
