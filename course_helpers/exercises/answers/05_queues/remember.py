# %%
async def main():
    queue = asyncio.Queue()

    async def consumer():
        while await queue.get() is not None:
            pass

    tasks = [asyncio.create_task(consumer()) for _ in range(3)]
    for item in (1, 2, 3, None):
        queue.put_nowait(item)
    await asyncio.sleep(1)
    print(sum(task.done() for task in tasks), "ended")


predict.choose(
    main,
    "Three consumers, and one None. How many of them end?",
    {"One.": "1 ended", "Three.": "3 ended"},
    explain={"Three.": "Who takes the None takes it away from the others."},
    name="queues.remember_1",
)


# %%
async def main():
    queue = asyncio.Queue(maxsize=2)

    async def slow():
        while True:
            await queue.get()
            await asyncio.sleep(1)

    consumer = asyncio.create_task(slow())
    for number in range(5):
        await queue.put(number)
    print(f"{asyncio.get_running_loop().time():.0f} s")
    consumer.cancel()


predict.choose(
    main,
    "The consumer needs 1 s for an item. When has the fifth item been put?",
    {"0 s": "0 s", "2 s": "2 s", "5 s": "5 s"},
    explain={
        "0 s": "Only two items fit into the queue: put waits for room.",
        "5 s": "It waits for room in the queue, and not until all is used.",
    },
    name="queues.remember_2",
)


# %%
async def main():
    async def saver():
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0.1)  # save what is left
            print("saved")

    task = asyncio.create_task(saver())
    await asyncio.sleep(1)
    task.cancel()
    await asyncio.sleep(0)
    print("the program ends" if task.done() else "the program ends, and the saver does not")


predict.choose(
    main,
    "The saver is cancelled, and main() ends. Has the saver ended, too?",
    {"Yes.": "the program ends", "No.": "the program ends, and the saver does not"},
    explain={"Yes.": "cancel only asks: its finally takes 0.1 s, and nobody waits for that."},
    name="queues.remember_3",
)
