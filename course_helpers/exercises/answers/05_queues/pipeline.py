# %% task: The assembly line
# `pipeline` reads items, which are numbers from 0 on, transforms each by `await transform(item)`, and writes what that gives by `await write(…)`: one after the other,
# and so it is slow. **Change it into an assembly line: one task reads, three transform and one writes, at the same time, with a queue
# between each two.** Items may be written in any order. This has to hold:
#
# - a queue holds two items at most: a fast reader waits;
# - when all is written, `pipeline` ends and leaves no task behind;
# - when `transform` raises, everything stops and the error comes out, alone or in an `ExceptionGroup`.

# %% starter
async def pipeline(source, transform, write):
    async for item in source:
        await write(await transform(item))


# %% solution: a task group, and a last word in each queue
async def pipeline(source, transform, write):
    read = asyncio.Queue(maxsize=2)
    transformed = asyncio.Queue(maxsize=2)

    async def reader():
        async for item in source:
            await read.put(item)
        for _ in range(3):
            await read.put(None)  # nothing more comes: once for each

    async def transformer():
        while (item := await read.get()) is not None:
            await transformed.put(await transform(item))

    async def transformers():
        async with asyncio.TaskGroup() as three:
            for _ in range(3):
                three.create_task(transformer())
        await transformed.put(None)  # only now have all of them ended

    async def writer():
        while (item := await transformed.get()) is not None:
            await write(item)

    async with asyncio.TaskGroup() as group:
        group.create_task(reader())
        group.create_task(transformers())
        group.create_task(writer())


# %% text
# Each queue ends with a word that means *nothing more comes*. There are three who take from the first queue, so three words are put into
# it. The second queue gets its word when all three have ended: the first that ends is not the last that puts.
#
# Both queues are bounded. When the writer is slow, the transformers wait in `put`; then the first queue fills up, and the reader waits, too.
#
# The task group ends the others when one task fails, and waits for them. That works for those who wait in `get` or `put`, too.


# %% right: tasks without an end, cancelled when both queues are done
async def pipeline(source, transform, write):
    read, transformed = asyncio.Queue(2), asyncio.Queue(2)

    async def transformer():
        while True:
            item = await read.get()
            await transformed.put(await transform(item))
            read.task_done()

    async def writer():
        while True:
            await write(await transformed.get())
            transformed.task_done()

    async def reader():
        async for item in source:
            await read.put(item)
        await read.join()
        await transformed.join()

    async with asyncio.TaskGroup() as group:
        workers = [group.create_task(transformer()) for _ in range(3)]
        workers.append(group.create_task(writer()))
        await reader()
        for worker in workers:
            worker.cancel()


# %% right: one word that is handed on, and tasks by hand
async def pipeline(source, transform, write):
    read, transformed = asyncio.Queue(2), asyncio.Queue(2)
    at_work = 3

    async def reader():
        async for item in source:
            await read.put(item)
        await read.put(None)

    async def transformer():
        nonlocal at_work
        while (item := await read.get()) is not None:
            await transformed.put(await transform(item))
        at_work -= 1
        if at_work:
            await read.put(None)
        else:
            await transformed.put(None)

    async def writer():
        while (item := await transformed.get()) is not None:
            await write(item)

    parts = [reader(), transformer(), transformer(), transformer(), writer()]
    tasks = [asyncio.create_task(part) for part in parts]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


# %% right: the writer counts the last words
async def pipeline(source, transform, write):
    read, transformed = asyncio.Queue(2), asyncio.Queue(2)

    async def reader():
        async for item in source:
            await read.put(item)
        for _ in range(3):
            await read.put(None)

    async def transformer():
        while (item := await read.get()) is not None:
            await transformed.put(await transform(item))
        await transformed.put(None)

    async def writer():
        ended = 0
        while ended < 3:
            item = await transformed.get()
            if item is None:
                ended += 1
            else:
                await write(item)

    async with asyncio.TaskGroup() as group:
        group.create_task(reader())
        for _ in range(3):
            group.create_task(transformer())
        group.create_task(writer())


# %% right: permits instead of queues
async def pipeline(source, transform, write):
    permits, writing = asyncio.Semaphore(3), asyncio.Lock()

    async def one(item):
        try:
            transformed = await transform(item)
            async with writing:
                await write(transformed)
        finally:
            permits.release()

    async with asyncio.TaskGroup() as group:
        await permits.acquire()
        async for item in source:
            group.create_task(one(item))
            await permits.acquire()


# %% wrong: one last word for three | it comes to its end, without an error | every task waits, and nothing can wake one
async def pipeline(source, transform, write):
    read, transformed = asyncio.Queue(2), asyncio.Queue(2)

    async def reader():
        async for item in source:
            await read.put(item)
        await read.put(None)

    async def transformer():
        while (item := await read.get()) is not None:
            await transformed.put(await transform(item))

    async def transformers():
        async with asyncio.TaskGroup() as three:
            for number in range(3):
                three.create_task(transformer(), name=f"T{number + 1}")
        await transformed.put(None)

    async def writer():
        while (item := await transformed.get()) is not None:
            await write(item)

    async with asyncio.TaskGroup() as group:
        group.create_task(reader())
        group.create_task(transformers())
        group.create_task(writer())


# %% wrong: the first that ends says that nothing more comes | it comes to its end, without an error | waits for room in transformed
async def pipeline(source, transform, write):
    read, transformed = asyncio.Queue(2), asyncio.Queue(2)

    async def reader():
        async for item in source:
            await read.put(item)
        for _ in range(3):
            await read.put(None)

    async def transformer():
        while (item := await read.get()) is not None:
            await transformed.put(await transform(item))
        await transformed.put(None)

    async def writer():
        while (item := await transformed.get()) is not None:
            await write(item)

    async with asyncio.TaskGroup() as group:
        group.create_task(reader())
        for _ in range(3):
            group.create_task(transformer())
        group.create_task(writer())


# %% wrong: the writer ends too early, and all go home with it | each item is written once, unless one fails | was never written
async def pipeline(source, transform, write):
    read, transformed = asyncio.Queue(2), asyncio.Queue(2)

    async def reader():
        async for item in source:
            await read.put(item)
        for _ in range(3):
            await read.put(None)

    async def transformer():
        while (item := await read.get()) is not None:
            await transformed.put(await transform(item))
        await transformed.put(None)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(transformer()) for _ in range(3)]
        tasks.append(group.create_task(reader()))
        while (item := await transformed.get()) is not None:
            await write(item)
        for task in tasks:
            task.cancel()


# %% wrong: a number that is 0 ends it, too | each item is written once, unless one fails | item 0 was never written
async def pipeline(source, transform, write):
    read = asyncio.Queue(2)
    transformed = asyncio.Queue(2)

    async def reader():
        async for item in source:
            await read.put(item)
        for _ in range(3):
            await read.put(None)

    async def transformer():
        while item := await read.get():
            await transformed.put(await transform(item))
        await transformed.put(None)

    async def writer():
        working = 3
        while working:
            item = await transformed.get()
            if item is None:
                working -= 1
            else:
                await write(item)

    async with asyncio.TaskGroup() as group:
        group.create_task(reader())
        for _ in range(3):
            group.create_task(transformer())
        group.create_task(writer())


# %% wrong: one after the other, with queues | 3 items are transformed at the same time, where so many are there | never more than 1 at the transform, and 3 may be there
async def pipeline(source, transform, write):
    transformed = asyncio.Queue(2)
    async for item in source:
        await transformed.put(await transform(item))
        await write(await transformed.get())


# %% wrong: the queues have no size | no more than 2 items wait in a queue | item 6 is number 4 of those that wait for transform: 2 fit into the queue
async def pipeline(source, transform, write):
    read, transformed = asyncio.Queue(), asyncio.Queue()

    async def transformer():
        while True:
            item = await read.get()
            await transformed.put(await transform(item))
            read.task_done()

    async def writer():
        while True:
            await write(await transformed.get())
            transformed.task_done()

    async with asyncio.TaskGroup() as group:
        workers = [group.create_task(transformer()) for _ in range(3)]
        workers.append(group.create_task(writer()))
        async for item in source:
            await read.put(item)
        await read.join()
        await transformed.join()
        for worker in workers:
            worker.cancel()


# %% wrong: the second queue has no size | no more than 2 items wait in a queue | item 7 is number 6 of those that wait for write: 2 fit into the queue
async def pipeline(source, transform, write):
    read, transformed = asyncio.Queue(2), asyncio.Queue()

    async def transformer():
        while True:
            item = await read.get()
            await transformed.put(await transform(item))
            read.task_done()

    async def writer():
        while True:
            await write(await transformed.get())
            transformed.task_done()

    async with asyncio.TaskGroup() as group:
        workers = [group.create_task(transformer()) for _ in range(3)]
        workers.append(group.create_task(writer()))
        async for item in source:
            await read.put(item)
        await read.join()
        await transformed.join()
        for worker in workers:
            worker.cancel()


# %% wrong: gather passes the error on, and the others stay | nothing is left behind: no task, no error unheard | was still running when the program ended
async def pipeline(source, transform, write):
    read, transformed = asyncio.Queue(2), asyncio.Queue(2)

    async def reader():
        async for item in source:
            await read.put(item)
        for _ in range(3):
            await read.put(None)

    async def transformer():
        while (item := await read.get()) is not None:
            await transformed.put(await transform(item))

    async def transformers():
        await asyncio.gather(*(transformer() for _ in range(3)))
        await transformed.put(None)

    async def writer():
        while (item := await transformed.get()) is not None:
            await write(item)

    await asyncio.gather(reader(), transformers(), writer())


# %% wrong: one transforms | 3 items are transformed at the same time, where so many are there | only 1 at the transform, though
async def pipeline(source, transform, write):
    read, transformed = asyncio.Queue(2), asyncio.Queue(2)

    async def reader():
        async for item in source:
            await read.put(item)
        await read.put(None)

    async def transformer():
        while (item := await read.get()) is not None:
            await transformed.put(await transform(item))
        await transformed.put(None)

    async def writer():
        while (item := await transformed.get()) is not None:
            await write(item)

    async with asyncio.TaskGroup() as group:
        group.create_task(reader())
        group.create_task(transformer())
        group.create_task(writer())


# %% wrong: each item has a task of its own | never more than 3 at the transform at once | is number 4 at the transform
async def pipeline(source, transform, write):
    async def one(item):
        await write(await transform(item))

    async with asyncio.TaskGroup() as group:
        async for item in source:
            group.create_task(one(item))


# %% wrong: whoever transforms also writes | never more than 1 at the write at once | is number 2 at the write
async def pipeline(source, transform, write):
    read = asyncio.Queue(2)

    async def worker():
        while (item := await read.get()) is not None:
            await write(await transform(item))

    async with asyncio.TaskGroup() as group:
        for _ in range(3):
            group.create_task(worker())
        async for item in source:
            await read.put(item)
        for _ in range(3):
            await read.put(None)


# %% wrong: a bad item is left out | a failure in transform comes out | and pipeline() ended as if all were well
async def pipeline(source, transform, write):
    read, transformed = asyncio.Queue(2), asyncio.Queue(2)

    async def transformer():
        while True:
            item = await read.get()
            try:
                await transformed.put(await transform(item))
            except ValueError:
                pass
            read.task_done()

    async def writer():
        while True:
            await write(await transformed.get())
            transformed.task_done()

    async with asyncio.TaskGroup() as group:
        workers = [group.create_task(transformer()) for _ in range(3)]
        workers.append(group.create_task(writer()))
        async for item in source:
            await read.put(item)
        await read.join()
        await transformed.join()
        for worker in workers:
            worker.cancel()


# %% wrong: the error comes out when all others are done | a failure ends all of it | though item 4 had failed at
async def pipeline(source, transform, write):
    read, transformed = asyncio.Queue(2), asyncio.Queue(2)
    errors = []

    async def transformer():
        while True:
            item = await read.get()
            try:
                await transformed.put(await transform(item))
            except ValueError as error:
                errors.append(error)
            read.task_done()

    async def writer():
        while True:
            await write(await transformed.get())
            transformed.task_done()

    async with asyncio.TaskGroup() as group:
        workers = [group.create_task(transformer()) for _ in range(3)]
        workers.append(group.create_task(writer()))
        async for item in source:
            await read.put(item)
        await read.join()
        await transformed.join()
        for worker in workers:
            worker.cancel()
    if errors:
        raise errors[0]


# %% wrong: who is cancelled ends as if all were well | who is asked to give up does | was cancelled, and went on
async def pipeline(source, transform, write):
    read, transformed = asyncio.Queue(2), asyncio.Queue(2)

    async def transformer():
        while True:
            item = await read.get()
            await transformed.put(await transform(item))
            read.task_done()

    async def writer():
        while True:
            await write(await transformed.get())
            transformed.task_done()

    try:
        async with asyncio.TaskGroup() as group:
            workers = [group.create_task(transformer()) for _ in range(3)]
            workers.append(group.create_task(writer()))
            async for item in source:
                await read.put(item)
            await read.join()
            await transformed.join()
            for worker in workers:
                worker.cancel()
    except asyncio.CancelledError:
        pass


# %% wrong: a bad item cancels everybody, and its error is gone | it comes to its end, without an error | pipeline() ended with a CancelledError, and the check did not cancel it
async def pipeline(source, transform, write):
    read, transformed = asyncio.Queue(2), asyncio.Queue(2)

    async def reader():
        async for item in source:
            await read.put(item)
        for _ in range(3):
            await read.put(None)

    async def transformer():
        try:
            while (item := await read.get()) is not None:
                await transformed.put(await transform(item))
            await transformed.put(None)
        except ValueError:
            for task in tasks:
                task.cancel()

    async def writer():
        ended = 0
        while ended < 3:
            item = await transformed.get()
            if item is None:
                ended += 1
            else:
                await write(item)

    parts = [reader(), transformer(), transformer(), transformer(), writer()]
    tasks = [asyncio.create_task(part) for part in parts]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


# %% wrong: a pause until all is written | no time goes by in which nothing is under way | pipeline() has waited since
async def pipeline(source, transform, write):
    items, results = asyncio.Queue(2), asyncio.Queue(2)

    async def transformer():
        while True:
            await results.put(await transform(await items.get()))

    async def writer():
        while True:
            await write(await results.get())

    async with asyncio.TaskGroup() as group:
        workers = [group.create_task(transformer()) for _ in range(3)]
        workers.append(group.create_task(writer()))
        async for item in source:
            await items.put(item)
        await asyncio.sleep(5)  # all is written by then
        for worker in workers:
            worker.cancel()


# %% same: swapped with the next: read = asyncio.Queue(maxsize=2) | two local names are set in another order

# %% same: swapped with the next: read, transformed = (asyncio.Queue(2), asyncio.Queue(2)) | two local names are set in another order

# %% same: swapped with the next: group.create_task(reader()) | whoever begins first waits for the others

# %% same: swapped with the next: group.create_task(transformers()) | whoever begins first waits for the others

# %% same: swapped with the next: nonlocal at_work | a declaration has no moment

# %% same: swapped with the next: for _ in range(3): | whoever begins first waits for the others

# %% same: first line moved before: async with asyncio.TaskGroup() as group: | the first permit is free, and is taken without giving way

# %% same: finally made plain: try: | where one fails all others are cancelled, and nobody asks for its permit

# %% hints
# Begin with one of each, and a queue between each two. When that is right, let three transform.
#
# How does each of them learn that nothing more comes? A value that is no item, such as `None`, can say so: put it once for each who takes.
#
# An `async with asyncio.TaskGroup()` around all of it ends the others when one fails.

# %% notes
# 12 minutes. The two likely wrong answers: one `None` for three tasks (two of them wait for ever), and a `None` from the first transformer
# that ends (the last items are never written). Ask the room: "Who knows that nothing more comes? Who else has to know it, and when?"
