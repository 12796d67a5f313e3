# %% task: Done once
# Cooks take orders from a queue, one at a time, until they are cancelled. Some orders are empty and are skipped; some are burnt: then
# `cook` raises `ValueError`, and that order is over. Whoever has put in the orders waits in `queue.join()`, and waits for ever. **Change `consumer` so that `join` returns, and
# no cook goes home because of a burnt order.** Who is cancelled goes home.

# %% starter
async def consumer(queue, cook):
    while True:
        order = await queue.get()
        if not order:
            continue
        await cook(order)
        queue.task_done()


# %% solution: task_done in a finally, once for each get
async def consumer(queue, cook):
    while True:
        order = await queue.get()
        try:
            if order:
                await cook(order)
        except ValueError:
            pass  # it is burnt: the next one, please
        finally:
            queue.task_done()


# %% text
# `join` returns when `task_done` was called once for each item that was put in. So each way out of the loop's body has to pass one: the
# `continue`, the error, and a cancellation in the middle of `cook`. A `finally` is on all of them.
#
# The `get` stands outside of the `try`: whoever is cancelled while it waits has taken nothing.


# %% right: each way out has its own
async def consumer(queue, cook):
    while True:
        order = await queue.get()
        if order:
            try:
                await cook(order)
            except ValueError as error:
                print(error)
        queue.task_done()


# %% right: whoever is cancelled returns
async def consumer(queue, cook):
    while True:
        try:
            order = await queue.get()
        except asyncio.CancelledError:
            return
        try:
            if order:
                await cook(order)
        except ValueError:
            pass
        except asyncio.CancelledError:
            return
        finally:
            queue.task_done()


# %% wrong: task_done for the empty, and none for the burnt | a burnt order ends no cook | failed with ValueError: burnt pie cannot be served, and cooks no more
async def consumer(queue, cook):
    while True:
        order = await queue.get()
        if not order:
            queue.task_done()
            continue
        await cook(order)
        queue.task_done()


# %% wrong: an error is caught around the whole loop | a burnt order ends no cook | has gone home, and orders may still come
async def consumer(queue, cook):
    try:
        while True:
            order = await queue.get()
            try:
                if order:
                    await cook(order)
            finally:
                queue.task_done()
    except ValueError:
        pass


# %% wrong: task_done only where it went well | join returns when no order is left and no cook is at work | join() waits for ever: of 6 items that were taken, 4 were marked done
async def consumer(queue, cook):
    while True:
        order = await queue.get()
        if not order:
            continue
        try:
            await cook(order)
            queue.task_done()
        except ValueError:
            pass


# %% wrong: twice for the empty | each order is served, but for the empty and the burnt | cake was never served, and join has returned
async def consumer(queue, cook):
    while True:
        order = await queue.get()
        try:
            if not order:
                queue.task_done()
                continue
            await cook(order)
        except ValueError:
            pass
        finally:
            queue.task_done()


# %% wrong: `get` inside the try, and task_done for what was never taken | a cook who is cancelled goes home | cook 1 was cancelled, and failed with ValueError: task_done() called too many times
async def consumer(queue, cook):
    while True:
        try:
            order = await queue.get()
            if order:
                await cook(order)
        except ValueError:
            pass
        finally:
            queue.task_done()


# %% wrong: an empty order ends the cook | a burnt order ends no cook | cook 2 has gone home, and orders may still come
async def consumer(queue, cook):
    while order := await queue.get():
        try:
            await cook(order)
        except ValueError:
            pass
        finally:
            queue.task_done()


# %% wrong: what is burnt is put back | no order is cooked a second time | burnt pie is cooked a second time
async def consumer(queue, cook):
    while True:
        order = await queue.get()
        try:
            if order:
                await cook(order)
        except ValueError:
            await queue.put(order)
        finally:
            queue.task_done()


# %% wrong: each cook waits for all, too | it comes to its end, without an error | cook 1 and cook 2 wait for the unfinished tasks of orders (line 10)
async def consumer(queue, cook):
    while True:
        order = await queue.get()
        try:
            if order:
                await cook(order)
        except ValueError:
            pass
        queue.task_done()
        await queue.join()


# %% wrong: whatever comes is caught | a cook who is cancelled goes home | cook 1 was cancelled, and went on
async def consumer(queue, cook):
    while True:
        order = await queue.get()
        try:
            if order:
                await cook(order)
        except BaseException as error:
            print(error)
        finally:
            queue.task_done()


# %% wrong: the burnt are not tried | each order is served, but for the empty and the burnt | nobody has tried to cook the burnt pie
async def consumer(queue, cook):
    while True:
        order = await queue.get()
        if order and "burnt" not in order:
            await cook(order)
        queue.task_done()


# %% wrong: the burnt are cooked three times | no order is cooked a second time | burnt pie is cooked a second time
async def consumer(queue, cook):
    while True:
        order = await queue.get()
        try:
            for _ in range(3):
                try:
                    if order:
                        await cook(order)
                    break
                except ValueError:
                    pass
        finally:
            queue.task_done()


# %% wrong: a task for each order | a cook has one order at a time | and is still busy with soup
async def consumer(queue, cook):
    async def one(order):
        try:
            if order:
                await cook(order)
        except ValueError:
            pass
        finally:
            queue.task_done()

    async with asyncio.TaskGroup() as group:
        while True:
            group.create_task(one(await queue.get()))


# %% wrong: the empty are cooked, too | each order is served, but for the empty and the burnt | cooks an empty order
async def consumer(queue, cook):
    while True:
        order = await queue.get()
        try:
            await cook(order)
        except ValueError:
            pass
        finally:
            queue.task_done()


# %% wrong: done before it is cooked | each order is served, but for the empty and the burnt | was never served, and join has returned
async def consumer(queue, cook):
    while True:
        order = await queue.get()
        queue.task_done()
        try:
            if order:
                await cook(order)
        except ValueError:
            pass


# %% wrong: cooking goes on in a task of its own | nothing is left behind: no task, no lock, no error unheard | nobody asked
async def consumer(queue, cook):
    tasks = set()
    while True:
        order = await queue.get()
        if order:
            task = asyncio.create_task(cook(order))
            tasks.add(task)
            await asyncio.wait([task])
        queue.task_done()


# %% wrong: the burnt cancel the cook | a burnt order ends no cook | cook 1 ended with a CancelledError, and cooks no more
async def consumer(queue, cook):
    while True:
        order = await queue.get()
        try:
            if order:
                await cook(order)
        except ValueError:
            raise asyncio.CancelledError from None
        finally:
            queue.task_done()


# %% wrong: who goes home throws the orders away | a cook who goes home leaves the orders to the others | nobody has cooked
async def consumer(queue, cook):
    try:
        while True:
            order = await queue.get()
            try:
                if order:
                    await cook(order)
            except ValueError:
                pass
            finally:
                queue.task_done()
    except asyncio.CancelledError:
        while not queue.empty():
            queue.get_nowait()
            queue.task_done()
        raise


# %% same: taken out: print(error) | nobody asks for the message

# %% hints
# Count the calls of `task_done` and of `get`, on each way through the loop.
#
# A `finally` is passed on every way out: by `continue`, by an error, by a cancellation.
#
# Catch `ValueError` inside the loop, so that the loop goes on.

# %% notes
# 5 minutes. The two likely wrong answers: `task_done` at the end of the `try` (join waits), and the error caught around the loop (the cook
# goes home). Ask the room: "What would happen if `get` stood inside the `try`?"
