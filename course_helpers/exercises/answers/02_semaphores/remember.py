# %%
async def main():
    permits = asyncio.Semaphore(1)

    async def use():
        await permits.acquire()
        await asyncio.sleep(0.1)  # choose a server
        try:
            await asyncio.sleep(0.1)
        finally:
            permits.release()

    task = asyncio.create_task(use())
    await asyncio.sleep(0.05)
    task.cancel()
    await asyncio.wait([task])
    print("it is lost" if permits.locked() else "it is back")


predict.choose(
    main,
    "The task is cancelled after 0.05 s. What becomes of its permit?",
    {"It is given back.": "it is back", "It is lost.": "it is lost"},
    explain={
        "It is given back.": "The cancellation comes before the `try`, so not into its `finally`."
    },
    name="semaphores.remember_1",
)


# %%
async def main():
    permits = asyncio.Semaphore(2)
    permits.release()
    taken = 0
    while not permits.locked():
        await permits.acquire()
        taken += 1
    print(taken, "permits")


predict.choose(
    main,
    "One permit is given back that nobody had taken. How many can be taken now?",
    {"2": "2 permits", "3": "3 permits"},
    explain={"2": "A Semaphore only counts. A BoundedSemaphore would have raised ValueError."},
    name="semaphores.remember_2",
)


# %%
async def main():
    permits = asyncio.Semaphore(5)
    begun = 0

    async def request():
        nonlocal begun
        async with permits:
            begun += 1
            await asyncio.sleep(0.1)

    _tasks = [asyncio.create_task(request()) for _ in range(100)]
    await asyncio.sleep(0.95)
    print(begun, "have begun")


predict.choose(
    main,
    "A semaphore of 5, and requests of 0.1 s. How many have begun after 0.95 s?",
    {"5": "5 have begun", "50": "50 have begun", "100": "100 have begun"},
    explain={
        "5": "It limits how many are at work at once: every 0.1 s the next five begin.",
        "100": "Only five are at work at once, and each takes 0.1 s.",
    },
    name="semaphores.remember_3",
)
