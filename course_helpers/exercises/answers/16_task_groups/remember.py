# %%
async def main():
    async def work():
        await asyncio.sleep(0.1)

    async with asyncio.TaskGroup() as group:
        task = group.create_task(work())
    print("it has ended" if task.done() else "it goes on")


predict.choose(
    main,
    "Nobody awaits the task. After the group's block, has it ended?",
    {"It has ended.": "it has ended", "It goes on.": "it goes on"},
    explain={"It goes on.": "A task group that is left has no task any more: it waits for them."},
    name="task_groups.remember_1",
)


# %%
async def main():
    async def slow():
        try:
            await asyncio.sleep(1)
            print("done")
        except asyncio.CancelledError:
            print("cancelled")
            raise

    async def bad():
        await asyncio.sleep(0.1)
        raise ValueError

    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(slow())
            group.create_task(bad())
    except* ValueError:
        pass


predict.choose(
    main,
    "One task of the group fails. What becomes of the other?",
    {"It is done after 1 s.": "done", "It is cancelled.": "cancelled"},
    explain={
        "It is done after 1 s.": "An exception that leaves a task of the group cancels the others."
    },
    name="task_groups.remember_2",
)


# %%
async def main():
    async def slow():
        try:
            await asyncio.sleep(1)
            print("done")
        except asyncio.CancelledError:
            print("cancelled")
            raise

    async def bad():
        await asyncio.sleep(0.1)
        raise ValueError

    try:
        await asyncio.gather(slow(), bad())
    except ValueError:
        print("caught")
    await asyncio.sleep(2)


predict.choose(
    main,
    "The same with gather. What becomes of the other?",
    {"It is done after 1 s.": "done", "It is cancelled.": "cancelled"},
    explain={
        "It is cancelled.": "gather passes the error on at once, and leaves the others running."
    },
    name="task_groups.remember_3",
)
