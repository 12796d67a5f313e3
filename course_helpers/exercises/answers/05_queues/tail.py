# %% task: The import that loses its tail
# `import_rows` reads lines, and a task of its own saves them as rows, four at a time. Some days all are there. On others the last ones are
# missing, and no error was ever seen. **Name the line after which that happens, then mend it.** Each row is saved once, rows are still saved
# four at a time, and the result is their number.

# %% starter
async def import_rows(lines, table):
    """Save what the lines say, and return how many rows were saved."""
    queue = asyncio.Queue(maxsize=8)
    saved = 0

    async def saver():
        nonlocal saved
        batch = []
        try:
            while True:
                batch.append(await queue.get())
                queue.task_done()
                if len(batch) == 4:
                    await table.save(batch)  # takes a while
                    saved += len(batch)
                    batch = []
        finally:
            if batch:
                await table.save(batch)  # what is left
                saved += len(batch)

    saving = asyncio.create_task(saver())
    async for line in lines:
        await queue.put(line.strip())
    await queue.join()
    saving.cancel()
    return saved


# %% guilty: saving.cancel() || return saved | cancel only asks. The saver still has rows, and saves them on its way out: nobody waits for that.


# %% solution: cancel, and wait for who is cancelled
async def import_rows(lines, table):
    queue = asyncio.Queue(maxsize=8)
    saved = 0

    async def saver():
        nonlocal saved
        batch = []
        try:
            while True:
                batch.append(await queue.get())
                queue.task_done()
                if len(batch) == 4:
                    await table.save(batch)
                    saved += len(batch)
                    batch = []
        finally:
            if batch:
                await table.save(batch)
                saved += len(batch)

    saving = asyncio.create_task(saver())
    async for line in lines:
        await queue.put(line.strip())
    await queue.join()
    saving.cancel()
    await asyncio.wait([saving])
    return saved


# %% text
# `cancel` only asks: the task gets a `CancelledError` when it runs next, and its `finally` takes a while. Whoever cancels a task waits for
# it, by `asyncio.wait` or by `gather(…, return_exceptions=True)`.
#
# `join` did not help: it waits until each item was *taken off the list*, and `task_done` is called before its row is saved. And the last
# rows, fewer than four, are saved only at the very end.


# %% right: no cancellation, but a last word
async def import_rows(lines, table):
    queue = asyncio.Queue(maxsize=8)

    async def saver():
        saved, batch = 0, []
        while True:
            row = await queue.get()
            if row is not None:
                batch.append(row)
            if batch and (row is None or len(batch) == 4):
                await table.save(batch)
                saved += len(batch)
                batch = []
            if row is None:
                return saved

    saving = asyncio.create_task(saver())
    async for line in lines:
        await queue.put(line.strip())
    await queue.put(None)
    return await saving


# %% wrong: a pause at the end | each row is saved once | never saved
async def import_rows(lines, table):
    queue = asyncio.Queue(maxsize=8)
    saved = 0

    async def saver():
        nonlocal saved
        batch = []
        try:
            while True:
                batch.append(await queue.get())
                queue.task_done()
                if len(batch) == 4:
                    await table.save(batch)
                    saved += len(batch)
                    batch = []
        finally:
            if batch:
                await table.save(batch)
                saved += len(batch)

    saving = asyncio.create_task(saver())
    async for line in lines:
        await queue.put(line.strip())
    await queue.join()
    saving.cancel()
    await asyncio.sleep(0.053)
    return saved


# %% wrong: a long pause at the end | no time goes by in which nothing is under way | import_rows() has waited since
async def import_rows(lines, table):
    queue = asyncio.Queue(maxsize=8)
    saved = 0

    async def saver():
        nonlocal saved
        batch = []
        try:
            while True:
                batch.append(await queue.get())
                queue.task_done()
                if len(batch) == 4:
                    await table.save(batch)
                    saved += len(batch)
                    batch = []
        finally:
            if batch:
                await table.save(batch)
                saved += len(batch)

    saving = asyncio.create_task(saver())
    async for line in lines:
        await queue.put(line.strip())
    await queue.join()
    saving.cancel()
    await asyncio.sleep(0.5)
    return saved


# %% wrong: the last save is shielded, and not waited for | each row is saved once | were never saved
async def import_rows(lines, table):
    queue = asyncio.Queue(maxsize=8)
    saved = 0

    async def saver():
        nonlocal saved
        batch = []
        try:
            while True:
                batch.append(await queue.get())
                queue.task_done()
                if len(batch) == 4:
                    await table.save(batch)
                    saved += len(batch)
                    batch = []
        finally:
            if batch:
                await asyncio.shield(table.save(batch))
                saved += len(batch)

    saving = asyncio.create_task(saver())
    async for line in lines:
        await queue.put(line.strip())
    await queue.join()
    saving.cancel()
    return saved


# %% wrong: join is left out | each row is saved once | never saved
async def import_rows(lines, table):
    queue = asyncio.Queue(maxsize=8)
    saved = 0

    async def saver():
        nonlocal saved
        batch = []
        try:
            while True:
                batch.append(await queue.get())
                if len(batch) == 4:
                    await table.save(batch)
                    saved += len(batch)
                    batch = []
        finally:
            if batch:
                await table.save(batch)
                saved += len(batch)

    saving = asyncio.create_task(saver())
    async for line in lines:
        await queue.put(line.strip())
    saving.cancel()
    await asyncio.wait([saving])
    return saved


# %% wrong: awaited, and the cancellation comes out | it comes to its end, without an error | import_rows() ended with a CancelledError, and the check did not cancel it
async def import_rows(lines, table):
    queue = asyncio.Queue(maxsize=8)
    saved = 0

    async def saver():
        nonlocal saved
        batch = []
        try:
            while True:
                batch.append(await queue.get())
                queue.task_done()
                if len(batch) == 4:
                    await table.save(batch)
                    saved += len(batch)
                    batch = []
        finally:
            if batch:
                await table.save(batch)
                saved += len(batch)

    saving = asyncio.create_task(saver())
    async for line in lines:
        await queue.put(line.strip())
    await queue.join()
    saving.cancel()
    await saving
    return saved


# %% wrong: task_done when the row is saved | it comes to its end, without an error | every task waits, and nothing can wake one
async def import_rows(lines, table):
    queue = asyncio.Queue(maxsize=8)
    saved = 0

    async def saver():
        nonlocal saved
        batch = []
        try:
            while True:
                batch.append(await queue.get())
                if len(batch) == 4:
                    await table.save(batch)
                    saved += len(batch)
                    for _ in batch:
                        queue.task_done()
                    batch = []
        finally:
            if batch:
                await table.save(batch)
                saved += len(batch)

    saving = asyncio.create_task(saver())
    async for line in lines:
        await queue.put(line.strip())
    await queue.join()
    saving.cancel()
    await asyncio.wait([saving])
    return saved


# %% wrong: each row is saved at once | rows are saved four at a time | times are enough
async def import_rows(lines, table):
    saved = 0
    async for line in lines:
        await table.save([line.strip()])
        saved += 1
    return saved


# %% wrong: the rows are made up | each row is saved once | were never saved
async def import_rows(lines, table):
    count = len([line async for line in lines])
    rows = [f"row {number}" for number in range(1, count + 1)]
    for start in range(0, count, 4):
        await table.save(rows[start : start + 4])
    return count


# %% wrong: the result is counted too early | the result is how many rows were saved | import_rows() returned 8, and 10 were saved
async def import_rows(lines, table):
    saved, batch = 0, []
    async for line in lines:
        batch.append(line.strip())
        if len(batch) == 4:
            await table.save(batch)
            saved += len(batch)
            batch = []
    if batch:
        await table.save(batch)
    return saved


# %% wrong: the tail is saved outside, and the saver stays | nothing is left behind: no task, no lock, no error unheard | was still running when the program ended
async def import_rows(lines, table):
    queue = asyncio.Queue(maxsize=8)
    saved, batch = 0, []

    async def saver():
        nonlocal saved, batch
        while True:
            batch.append(await queue.get())
            if len(batch) == 4:
                await table.save(batch)
                saved += len(batch)
                batch = []
            queue.task_done()

    asyncio.create_task(saver())
    async for line in lines:
        await queue.put(line.strip())
    await queue.join()
    if batch:
        await table.save(batch)
        saved += len(batch)
    return saved


# %% wrong: all are saved in the end | rows are saved four at a time | 10 rows are saved at once, and four are allowed
async def import_rows(lines, table):
    rows = [line.strip() async for line in lines]
    await table.save(rows)
    return len(rows)


# %% same: swapped with the next: queue = asyncio.Queue(maxsize=8) | two local names are set in another order

# %% same: swapped with the next: nonlocal saved | a declaration has no moment

# %% same: swapped with the next: queue.task_done() | the row that is marked done waits in the batch either way

# %% same: swapped with the next: await table.save(batch) | where nobody cancels the saver, nothing comes in between

# %% same: swapped with the next: if row is not None: | four rows are saved when the fifth has come

# %% hints
# Look at the lane of the saver at the end: what does it do when the program ends?
#
# `cancel()` asks a task to end. Who waits until it has?
#
# `await asyncio.wait([saving])` waits for a task that was cancelled, and raises nothing.

# %% notes
# 8 minutes. The two likely wrong answers: a pause before the end (right in most schedules), and `await saving` alone, out of which the
# cancellation comes. Ask the room: "Why did nobody see an error, and what would you have looked at first?"
