# %% task: In order, and not too far ahead
# `map_ordered(function, items, workers)` is gone through by `async for`: it gives `await function(item)` for each item, in the order of the
# items. As it is given, one item is worked on at a time. **Change it so that all of this holds:**
#
# - as many calls as there are `workers` are at work at the same time, and the results still come in order;
# - it is never more than twice as many items ahead of its caller: those are begun, and their results not yet taken. As long as that
#   allows it, all workers are at work;
# - if a call raises, its error comes out in its place: after the results before it;
# - the caller may leave the loop at any time, by `break` (it then closes the generator by `aclose()`) or by being cancelled. Then no call
#   is left at work.

# %% starter
async def map_ordered(function, items, workers=3):
    for item in items:
        yield await function(item)


# %% solution: a window of tasks, and a finally that clears it
async def map_ordered(function, items, workers=3):
    permits = asyncio.Semaphore(workers)

    async def one(item):
        async with permits:
            return await function(item)

    window = []
    try:
        for item in items:
            window.append(asyncio.create_task(one(item)))
            if len(window) == 2 * workers:
                yield await window.pop(0)
        while window:
            yield await window.pop(0)
    finally:
        for task in window:
            task.cancel()
        await asyncio.gather(*window, return_exceptions=True)


# %% text
# The window is a list of tasks in the order of the items. The caller always gets the first of them, whoever ends first. When the window is
# full, nothing is added before something was taken: that bounds how far it is ahead. The semaphore bounds how many are at work, so one
# slow call does not keep the others from going on.
#
# A generator that is left stands at its `yield`. `aclose()` raises `GeneratorExit` there, a cancellation comes out of an `await`, and an
# error of a call, too: the `finally` is on all three ways. It cancels what is left, and waits until that has cleaned up.


# %% right: workers, and a place for each result
async def map_ordered(function, items, workers=3):
    ahead = asyncio.Semaphore(2 * workers)
    places = asyncio.Queue()
    numbered = iter(items)

    async def worker():
        for item in numbered:
            await ahead.acquire()
            place = asyncio.get_running_loop().create_future()
            places.put_nowait(place)
            try:
                place.set_result(await function(item))
            except Exception as error:
                place.set_exception(error)

    tasks = [asyncio.create_task(worker()) for _ in range(workers)]
    try:
        for _ in items:
            place = await places.get()
            yield await place
            ahead.release()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


# %% wrong: all are begun | never more are at work at once than there are workers | f(4) is number 4 at work, and 3 are allowed
async def map_ordered(function, items, workers=3):
    for result in await asyncio.gather(*(function(item) for item in items)):
        yield result


# %% wrong: a semaphore, and no window | never more items ahead than twice the workers | f(7) begins before result 1 is taken
async def map_ordered(function, items, workers=3):
    permits = asyncio.Semaphore(workers)

    async def one(item):
        async with permits:
            return await function(item)

    tasks = [asyncio.create_task(one(item)) for item in items]
    try:
        for task in tasks:
            yield await task
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


# %% wrong: three workers, however many are asked for | never more are at work at once than there are workers | f(3) is number 3 at work, and 2 are allowed
async def map_ordered(function, items, workers=3):
    permits = asyncio.Semaphore(3)

    async def one(item):
        async with permits:
            return await function(item)

    window = []
    try:
        for item in items:
            window.append(asyncio.create_task(one(item)))
            if len(window) == 6:
                yield await window.pop(0)
        while window:
            yield await window.pop(0)
    finally:
        for task in window:
            task.cancel()
        await asyncio.gather(*window, return_exceptions=True)


# %% wrong: who ends first is given first | the results come in the order of the items | result 1 is due, and result
async def map_ordered(function, items, workers=3):
    window = set()
    try:
        for item in items:
            window.add(asyncio.create_task(function(item)))
            if len(window) == workers:
                done, window = await asyncio.wait(window, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    yield await task
        while window:
            done, window = await asyncio.wait(window, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                yield await task
    finally:
        for task in window:
            task.cancel()
        await asyncio.gather(*window, return_exceptions=True)


# %% wrong: three at a time, then the next three | as many are at work as there are workers, as long as that is allowed | may begin
async def map_ordered(function, items, workers=3):
    for place in range(0, len(items), workers):
        tasks = [asyncio.create_task(function(item)) for item in items[place : place + workers]]
        try:
            for task in tasks:
                yield await task
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


# %% wrong: a window of three | as many are at work as there are workers, as long as that is allowed | may begin
async def map_ordered(function, items, workers=3):
    window = []
    try:
        for item in items:
            window.append(asyncio.create_task(function(item)))
            if len(window) == workers:
                yield await window.pop(0)
        while window:
            yield await window.pop(0)
    finally:
        for task in window:
            task.cancel()
        await asyncio.gather(*window, return_exceptions=True)


# %% wrong: nothing for a caller who leaves | when the loop is left, all that was begun has ended | goes on, and the loop was left at
async def map_ordered(function, items, workers=3):
    permits = asyncio.Semaphore(workers)

    async def one(item):
        async with permits:
            return await function(item)

    window = []
    for item in items:
        window.append(asyncio.create_task(one(item)))
        if len(window) == 2 * workers:
            yield await window.pop(0)
    while window:
        yield await window.pop(0)


# %% wrong: cancelled, and not waited for | when the loop is left, all that was begun has ended | still cleans up, and the loop was left at
async def map_ordered(function, items, workers=3):
    permits = asyncio.Semaphore(workers)

    async def one(item):
        async with permits:
            return await function(item)

    window = []
    try:
        for item in items:
            window.append(asyncio.create_task(one(item)))
            if len(window) == 2 * workers:
                yield await window.pop(0)
        while window:
            yield await window.pop(0)
    finally:
        for task in window:
            task.cancel()


# %% wrong: an error ends the loop in silence | a failure comes out in its place | and the loop ended as if all were well
async def map_ordered(function, items, workers=3):
    permits = asyncio.Semaphore(workers)

    async def one(item):
        async with permits:
            return await function(item)

    window = []
    try:
        for item in items:
            window.append(asyncio.create_task(one(item)))
            if len(window) == 2 * workers:
                yield await window.pop(0)
        while window:
            yield await window.pop(0)
    except ValueError:
        pass
    finally:
        for task in window:
            task.cancel()
        await asyncio.gather(*window, return_exceptions=True)


# %% wrong: an error comes out as soon as it is there | a failure comes out in its place | was never given
async def map_ordered(function, items, workers=3):
    permits = asyncio.Semaphore(workers)
    failed = []

    async def one(item):
        async with permits:
            try:
                return await function(item)
            except ValueError as error:
                failed.append(error)
                raise

    window = []
    try:
        for item in items:
            window.append(asyncio.create_task(one(item)))
            if len(window) == 2 * workers:
                yield await window.pop(0)
            if failed:
                raise failed[0]
        while window:
            yield await window.pop(0)
            if failed:
                raise failed[0]
    finally:
        for task in window:
            task.cancel()
        await asyncio.gather(*window, return_exceptions=True)


# %% wrong: a task group in a generator | a failure comes out in its place | the error of f(3) came out in an ExceptionGroup, and not alone
async def map_ordered(function, items, workers=3):
    permits = asyncio.Semaphore(workers)

    async def one(item):
        async with permits:
            return await function(item)

    async with asyncio.TaskGroup() as group:
        window = []
        for item in items:
            window.append(group.create_task(one(item)))
            if len(window) == 2 * workers:
                yield await window.pop(0)
        while window:
            yield await window.pop(0)


# %% wrong: a caller who is cancelled hears nothing of it | a caller who is cancelled gives up | the caller was cancelled, and its loop ended as if all were well
async def map_ordered(function, items, workers=3):
    permits = asyncio.Semaphore(workers)

    async def one(item):
        async with permits:
            return await function(item)

    window = []
    try:
        for item in items:
            window.append(asyncio.create_task(one(item)))
            if len(window) == 2 * workers:
                yield await window.pop(0)
        while window:
            yield await window.pop(0)
    except asyncio.CancelledError:
        pass
    finally:
        for task in window:
            task.cancel()
        await asyncio.gather(*window, return_exceptions=True)


# %% wrong: the tasks wait for a signal that never comes | it comes to its end, without an error | every task waits, and nothing can wake one
async def map_ordered(function, items, workers=3):
    permits = asyncio.Semaphore(workers)

    async def one(item):
        await permits.acquire()
        return await function(item)

    window = []
    try:
        for item in items:
            window.append(asyncio.create_task(one(item)))
            if len(window) == 2 * workers:
                yield await window.pop(0)
        while window:
            yield await window.pop(0)
    finally:
        for task in window:
            task.cancel()
        await asyncio.gather(*window, return_exceptions=True)


# %% wrong: the errors of the others are never asked for | nothing is left behind: no task, no error unheard | and nobody asked
async def map_ordered(function, items, workers=3):
    permits = asyncio.Semaphore(workers)

    async def one(item):
        async with permits:
            return await function(item)

    async def watched(task):
        try:
            return await task
        except ValueError:
            asyncio.create_task(one_more())
            raise

    async def one_more():
        raise ValueError("something is wrong")

    window = []
    try:
        for item in items:
            window.append(asyncio.create_task(one(item)))
            if len(window) == 2 * workers:
                yield await watched(window.pop(0))
        while window:
            yield await watched(window.pop(0))
    finally:
        for task in window:
            task.cancel()
        await asyncio.gather(*window, return_exceptions=True)


# %% wrong: who leaves waits until all is done | who leaves the loop does not wait for what nobody needs | goes on to its end, though the caller has left
async def map_ordered(function, items, workers=3):
    permits = asyncio.Semaphore(workers)

    async def one(item):
        async with permits:
            return await function(item)

    window = []
    try:
        for item in items:
            window.append(asyncio.create_task(one(item)))
            if len(window) == 2 * workers:
                yield await window.pop(0)
        while window:
            yield await window.pop(0)
    finally:
        await asyncio.gather(*window, return_exceptions=True)


# %% wrong: results that nobody has worked for | the results come in the order of the items | result 1 comes, and f(1) has given none
async def map_ordered(function, items, workers=3):
    for item in items:
        yield f"result {item}"


# %% wrong: what fails cancels itself, and its error is gone | it comes to its end, without an error | caller ended with a CancelledError, and the check did not cancel it
async def map_ordered(function, items, workers=3):
    permits = asyncio.Semaphore(workers)

    async def one(item):
        async with permits:
            try:
                return await function(item)
            except ValueError:
                asyncio.current_task().cancel()
                await asyncio.sleep(0)

    window = []
    try:
        for item in items:
            window.append(asyncio.create_task(one(item)))
            if len(window) == 2 * workers:
                yield await window.pop(0)
        while window:
            yield await window.pop(0)
    finally:
        for task in window:
            task.cancel()
        await asyncio.gather(*window, return_exceptions=True)


# %% wrong: a pause in which those that are cancelled may clean up | no time goes by in which nothing is under way | caller has waited since
async def map_ordered(function, items, workers=3):
    permits = asyncio.Semaphore(workers)
    rest = iter(items)
    tasks = []

    async def work(item):
        async with permits:
            return await function(item)

    def begin():
        for item in rest:
            tasks.append(asyncio.create_task(work(item)))
            return

    try:
        for _ in range(2 * workers):
            begin()
        while tasks:
            result = await tasks[0]
            tasks.pop(0)
            yield result
            begin()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.sleep(2)


# %% same: swapped with the next: window.append(asyncio.create_task(one(item))) | the window is looked at before it grows, and is as full

# %% same: swapped with the next: ahead = asyncio.Semaphore(2 * workers) | two local names are set in another order

# %% same: swapped with the next: places = asyncio.Queue() | two local names are set in another order

# %% same: swapped with the next: await ahead.acquire() | a future that nobody has yet can be made sooner

# %% hints
# A list of tasks, in the order of the items, knows which result is due next: await the first of them.
#
# Two numbers are bounded here: how many are at work (a semaphore), and how many are in the list.
#
# A generator that is closed gets an exception at its `yield`. A `finally` around all of it can cancel what is left, and wait for it.

# %% notes
# 15 minutes. The two likely wrong answers: a window of three (while the first is slow, the other two places stay empty), and no `finally`
# (six calls go on after `break`). Ask the room: "Who pays for a generator that nobody goes through to its end?"
