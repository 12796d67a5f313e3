# %% task: Each on its own
# `prices(shops)` asks all shops for a price by `await shop.price()`, at the same time. A shop may be closed: then it raises
# `ConnectionError`. **Change `prices` so that the list has, for each shop in order, its price or the `ConnectionError`: a closed shop ends
# no other. Any other exception is a bug, which ends them all and comes out**, alone or in a group.

# %% starter
async def prices(shops):
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(shop.price()) for shop in shops]
    return [task.result() for task in tasks]


# %% solution: what is expected is caught inside the task
async def prices(shops):
    async def one(shop):
        try:
            return await shop.price()
        except ConnectionError as error:
            return error

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(shop)) for shop in shops]
    return [task.result() for task in tasks]


# %% text
# The group hears of an exception when it leaves a task. So the error that is expected is caught inside of the task, and becomes a value.
# All others leave it: the group cancels the other tasks, waits until they have cleaned up, and raises.
#
# `gather(return_exceptions=True)` looks alike, and treats a bug like a closed shop.


# %% right: by hand, with wait
async def prices(shops):
    tasks = [asyncio.create_task(shop.price()) for shop in shops]
    pending = set(tasks)
    try:
        while pending:
            done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                if not isinstance(task.exception(), ConnectionError | None):
                    raise task.exception()
    finally:
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)
    return [task.exception() or task.result() for task in tasks]


# %% wrong: one group, and the error caught around it | each shop has its price or its error, in order | and it is []
async def prices(shops):
    tasks = []
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(shop.price()) for shop in shops]
    except* ConnectionError:
        tasks = []
    return [task.result() for task in tasks]


# %% wrong: every exception becomes a value | a bug comes out | TypeError of shop Y became a value
async def prices(shops):
    return list(await asyncio.gather(*(shop.price() for shop in shops), return_exceptions=True))


# %% wrong: the text of the error | each shop has its price or its error, in order | 'no answer from shop X', 'price of shop C']
async def prices(shops):
    async def one(shop):
        try:
            return await shop.price()
        except ConnectionError as error:
            return str(error)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(shop)) for shop in shops]
    return [task.result() for task in tasks]


# %% wrong: what was cancelled is asked for its error | it comes to its end, without an error | prices() ended with a CancelledError, and the check did not cancel it
async def prices(shops):
    tasks = []
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(shop.price()) for shop in shops]
    except* ConnectionError:
        pass
    return [task.exception() or task.result() for task in tasks]


# %% wrong: the class in place of the error | each shop has its price or its error, in order | and it is ['price of shop A', <class 'ConnectionError'>
async def prices(shops):
    async def ask(shop):
        try:
            return await shop.price()
        except ConnectionError:
            return ConnectionError

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(ask(shop)) for shop in shops]
    return [task.result() for task in tasks]


# %% wrong: nobody is asked | all shops are asked at the same time | 0 of 3 shops were asked
async def prices(shops):
    return []


# %% wrong: one after the other | all shops are asked at the same time | shop B is asked, and shop A was asked at 0 s
async def prices(shops):
    found = []
    for shop in shops:
        try:
            found.append(await shop.price())
        except ConnectionError as error:
            found.append(error)
    return found


# %% wrong: the bug comes out, and the others go on | a bug ends all the others before it comes out | goes on
async def prices(shops):
    async def one(shop):
        try:
            return await shop.price()
        except ConnectionError as error:
            return error

    return list(await asyncio.gather(*(one(shop) for shop in shops)))


# %% wrong: cancelled, and not waited for | a bug ends all the others before it comes out | cleans up
async def prices(shops):
    async def one(shop):
        try:
            return await shop.price()
        except ConnectionError as error:
            return error

    tasks = [asyncio.create_task(one(shop)) for shop in shops]
    try:
        return list(await asyncio.gather(*tasks))
    finally:
        for task in tasks:
            task.cancel()


# %% wrong: cancelled, and a pause in place of waiting | a bug ends all the others before it comes out | cleans up
async def prices(shops):
    async def one(shop):
        try:
            return await shop.price()
        except ConnectionError as error:
            return error

    tasks = [asyncio.create_task(one(shop)) for shop in shops]
    try:
        return list(await asyncio.gather(*tasks))
    except Exception:
        for task in tasks:
            task.cancel()
        await asyncio.sleep(0.1)
        raise


# %% wrong: the wrong brackets | it comes to its end, without an error | AttributeError
async def prices(shops):
    async with asyncio.TaskGroup() as group:
        tasks = group.create_task(shops.price())
    return [task.result() for task in tasks]


# %% wrong: a log that nobody waits for | nothing is left behind: no task, no lock, no error unheard | was still running when the program ended
async def prices(shops):
    async def one(shop):
        try:
            return await shop.price()
        except ConnectionError as error:
            return error

    async def log():
        await asyncio.sleep(60)

    asyncio.create_task(log())
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(shop)) for shop in shops]
    return [task.result() for task in tasks]


# %% wrong: a pause in which the others may end | no time goes by in which nothing is under way | prices() has waited since
async def prices(shops):
    async def ask(shop):
        try:
            return await shop.price()
        except ConnectionError as error:
            return error

    tasks = [asyncio.create_task(ask(shop)) for shop in shops]
    try:
        return await asyncio.gather(*tasks)
    except TypeError:
        for task in tasks:
            task.cancel()
        await asyncio.sleep(1)
        raise


# %% hints
# Where does the group hear of an exception, and what could stand in between?
#
# Write a small async function that asks one shop and catches `ConnectionError`. Make the tasks of that one.

# %% notes
# 10 minutes. The two likely wrong answers: `except*` around the group (all prices are lost), and `return_exceptions=True` (a bug becomes
# a price). Ask the room: "Which exceptions do you expect, and which would you want to hear of at once?"
