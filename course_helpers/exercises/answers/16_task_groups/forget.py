# %% task: Fire and forget
# A shop hands over what is ordered, and measures each sale in the background, because that takes a while and customers do not wait for it.
# But some sales were never measured, and nobody knows why. **Two lines are to blame. Name both, then mend the function.** Each measurement
# arrives, or is noted by `metrics.lost(order)` when `send` raises `ConnectionError`. `serve` ends when all is measured. Meanwhile it keeps no task that has ended.

# %% starter
async def serve(orders, shop, metrics):
    """Hand over what is ordered, and measure each sale."""

    async def measure(order):
        await metrics.send(order)  # takes a while

    async def handle(order):
        goods = await shop.fetch(order)
        asyncio.create_task(measure(order))
        shop.hand_over(goods)

    async with asyncio.TaskGroup() as group:
        async for order in orders:
            group.create_task(handle(order))


# %% guilty: asyncio.create_task(measure(order)) | nobody keeps this task: it can be thrown away in the middle, and nobody waits for it in the end.

# %% guilty: await metrics.send(order)  # takes a while | when this raises, the error stays in the task, and nobody asks for it.


# %% solution: the group keeps the task, and the task keeps its error
async def serve(orders, shop, metrics):
    async def measure(order):
        try:
            await metrics.send(order)
        except ConnectionError:
            metrics.lost(order)

    async def handle(order):
        goods = await shop.fetch(order)
        group.create_task(measure(order))
        shop.hand_over(goods)

    async with asyncio.TaskGroup() as group:
        async for order in orders:
            group.create_task(handle(order))


# %% text
# The loop keeps a task only while it is ready. While it waits, whoever it waits for keeps it: here that is nobody but the task itself, a
# circle that the garbage collector throws away, some time, in the middle of the work. And when `serve` ended, the last ones were still on
# their way.
#
# A task group keeps its tasks, lets them go when they are over, and does not end before them. Its other side: an error in one of them
# cancels all. So the error of a measurement is caught where it happens.


# %% right: a set that is looked after
async def serve(orders, shop, metrics):
    measuring = set()

    async def measure(order):
        try:
            await metrics.send(order)
        except ConnectionError:
            metrics.lost(order)

    async def handle(order):
        goods = await shop.fetch(order)
        task = asyncio.create_task(measure(order))
        measuring.add(task)
        task.add_done_callback(measuring.discard)
        shop.hand_over(goods)

    async with asyncio.TaskGroup() as group:
        async for order in orders:
            group.create_task(handle(order))
    if measuring:
        await asyncio.wait(measuring)


# %% right: the order's own task measures, when the customer has gone
async def serve(orders, shop, metrics):
    async def handle(order):
        goods = await shop.fetch(order)
        shop.hand_over(goods)
        try:
            await metrics.send(order)
        except ConnectionError:
            metrics.lost(order)

    async with asyncio.TaskGroup() as group:
        async for order in orders:
            group.create_task(handle(order))


# %% wrong: only the error is caught | each measurement arrives, or is noted as lost | is thrown away with its task, which nobody keeps
async def serve(orders, shop, metrics):
    async def measure(order):
        try:
            await metrics.send(order)
        except ConnectionError:
            metrics.lost(order)

    async def handle(order):
        goods = await shop.fetch(order)
        asyncio.create_task(measure(order))
        shop.hand_over(goods)

    async with asyncio.TaskGroup() as group:
        async for order in orders:
            group.create_task(handle(order))


# %% wrong: only the group is used | it comes to its end, without an error | ConnectionError: the sale of jam was not noted
async def serve(orders, shop, metrics):
    async def measure(order):
        await metrics.send(order)

    async def handle(order):
        goods = await shop.fetch(order)
        group.create_task(measure(order))
        shop.hand_over(goods)

    async with asyncio.TaskGroup() as group:
        async for order in orders:
            group.create_task(handle(order))


# %% wrong: kept, and not waited for in the end | each measurement arrives, or is noted as lost | and serve() ended before it arrived
async def serve(orders, shop, metrics):
    measuring = set()

    async def measure(order):
        try:
            await metrics.send(order)
        except ConnectionError:
            metrics.lost(order)

    async def handle(order):
        goods = await shop.fetch(order)
        task = asyncio.create_task(measure(order))
        measuring.add(task)
        task.add_done_callback(measuring.discard)
        shop.hand_over(goods)

    async with asyncio.TaskGroup() as group:
        async for order in orders:
            group.create_task(handle(order))


# %% wrong: kept, and a pause in place of waiting | no time goes by in which nothing is under way | serve() has waited since
async def serve(orders, shop, metrics):
    measuring = set()

    async def measure(order):
        try:
            await metrics.send(order)
        except ConnectionError:
            metrics.lost(order)

    async def handle(order):
        goods = await shop.fetch(order)
        task = asyncio.create_task(measure(order))
        measuring.add(task)
        task.add_done_callback(measuring.discard)
        shop.hand_over(goods)

    async with asyncio.TaskGroup() as group:
        async for order in orders:
            group.create_task(handle(order))
    await asyncio.sleep(2)


# %% wrong: the customer waits for the measurement | no customer waits for a measurement | is handed over, and it was fetched at
async def serve(orders, shop, metrics):
    async def handle(order):
        goods = await shop.fetch(order)
        try:
            await metrics.send(order)
        except ConnectionError:
            metrics.lost(order)
        shop.hand_over(goods)

    async with asyncio.TaskGroup() as group:
        async for order in orders:
            group.create_task(handle(order))


# %% wrong: handed over before it is fetched | no customer waits for a measurement | tea is handed over, and it was not fetched yet
async def serve(orders, shop, metrics):
    async for order in orders:
        shop.hand_over(order)
        await shop.fetch(order)
        try:
            await metrics.send(order)
        except ConnectionError:
            metrics.lost(order)


# %% wrong: one order after the other | no customer waits for a measurement | and nobody goes to fetch it before
async def serve(orders, shop, metrics):
    async for order in orders:
        shop.hand_over(await shop.fetch(order))
        try:
            await metrics.send(order)
        except ConnectionError:
            metrics.lost(order)


# %% wrong: a list that grows | what is over is kept no longer | tasks ended a second ago, and are still kept
async def serve(orders, shop, metrics):
    measuring = []

    async def measure(order):
        try:
            await metrics.send(order)
        except ConnectionError:
            metrics.lost(order)

    async def handle(order):
        goods = await shop.fetch(order)
        measuring.append(asyncio.create_task(measure(order)))
        shop.hand_over(goods)

    async with asyncio.TaskGroup() as group:
        async for order in orders:
            group.create_task(handle(order))
    await asyncio.gather(*measuring)


# %% wrong: the order is handed over, and not the goods | what is handed over is what was fetched | hand_over was given tea, and not what fetch has given
async def serve(orders, shop, metrics):
    async def measure(order):
        try:
            await metrics.send(order)
        except ConnectionError:
            metrics.lost(order)

    async def handle(order):
        await shop.fetch(order)
        group.create_task(measure(order))
        shop.hand_over(order)

    async with asyncio.TaskGroup() as group:
        async for order in orders:
            group.create_task(handle(order))


# %% wrong: the error is dropped | each measurement arrives, or is noted as lost | the measurement of jam failed, and that was not noted
async def serve(orders, shop, metrics):
    async def measure(order):
        try:
            await metrics.send(order)
        except ConnectionError:
            pass

    async def handle(order):
        goods = await shop.fetch(order)
        group.create_task(measure(order))
        shop.hand_over(goods)

    async with asyncio.TaskGroup() as group:
        async for order in orders:
            group.create_task(handle(order))


# %% wrong: handed over by who measures, too | each order is handed over once | was handed over 2 times
async def serve(orders, shop, metrics):
    async def measure(order, goods):
        try:
            await metrics.send(order)
            shop.hand_over(goods)
        except ConnectionError:
            metrics.lost(order)

    async def handle(order):
        goods = await shop.fetch(order)
        group.create_task(measure(order, goods))
        shop.hand_over(goods)

    async with asyncio.TaskGroup() as group:
        async for order in orders:
            group.create_task(handle(order))


# %% wrong: noted as lost, and the error goes on unheard | nothing is left behind: no task, no lock, no error unheard | and nobody asked
async def serve(orders, shop, metrics):
    measuring = set()

    async def measure(order):
        try:
            await metrics.send(order)
        except ConnectionError:
            metrics.lost(order)
            raise

    async def handle(order):
        goods = await shop.fetch(order)
        task = asyncio.create_task(measure(order))
        measuring.add(task)
        task.add_done_callback(measuring.discard)
        shop.hand_over(goods)

    async with asyncio.TaskGroup() as group:
        async for order in orders:
            group.create_task(handle(order))
    if measuring:
        await asyncio.wait(measuring)


# %% wrong: measured before it is sold | each measurement arrives, or is noted as lost | is measured, and it was not fetched yet
async def serve(orders, shop, metrics):
    async def measure(order):
        try:
            await metrics.send(order)
        except ConnectionError:
            metrics.lost(order)

    async def handle(order):
        shop.hand_over(await shop.fetch(order))

    async with asyncio.TaskGroup() as group:
        async for order in orders:
            group.create_task(measure(order))
            group.create_task(handle(order))


# %% same: swapped with the next: group.create_task(measure(order)) | nothing is awaited in between

# %% same: swapped with the next: measuring.add(task) | nothing is awaited in between

# %% same: swapped with the next: task.add_done_callback(measuring.discard) | nothing is awaited in between

# %% hints
# Who keeps the task of a measurement, while it waits for an answer? Look for the name under which it could be found again.
#
# A task group keeps its tasks until they have ended. `handle` can add one to the group that it belongs to.
#
# In a task group, an error cancels all others. Where can the error of a measurement be caught, so that it does not?

# %% notes
# 7 minutes. The two likely wrong answers: the group without a `try` (one failed measurement ends the shop), and a list that only grows. Ask
# the room: "Your tests ran for a second. When does the garbage collector come, and who would have told you?"
