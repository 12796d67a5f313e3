# %% task: Two downloads
# Two downloads of 0.2 s each take 0.4 s together, because the second begins when the first has ended. **Change `both` so that they are
# under way at the same time.** It returns both texts, in the same order.

# %% starter
async def both(download):
    first = await download("a.txt")
    second = await download("b.txt")
    return [first, second]


# %% solution: gather runs both, and waits for both
async def both(download):
    return await asyncio.gather(download("a.txt"), download("b.txt"))


# %% text
# A coroutine runs only while somebody awaits it, or as a task. `gather` makes a task of each and waits until all have ended. Its results
# stand in the order in which it was given the coroutines, whichever ends first.
#
# In your timeline, compare when the two lanes begin.


# %% right: a task for the second, while the first is awaited
async def both(download):
    second = asyncio.create_task(download("b.txt"))
    first = await download("a.txt")
    return [first, await second]


# %% wrong: each task is awaited as soon as it is made | both downloads are under way at the same time | has ended already
async def both(download):
    first = await asyncio.create_task(download("a.txt"))
    second = await asyncio.create_task(download("b.txt"))
    return [first, second]


# %% wrong: nobody waits for the tasks | the result is both texts, a.txt first | and it is [a task, a task]
async def both(download):
    first = asyncio.create_task(download("a.txt"))
    second = asyncio.create_task(download("b.txt"))
    return [first, second]


# %% wrong: the second is not waited for | nothing is left behind: no task, no lock, no error unheard | was still running when the program ended
async def both(download):
    async def log():
        await asyncio.sleep(5)

    asyncio.create_task(log())
    return await asyncio.gather(download("a.txt"), download("b.txt"))


# %% wrong: gather is not awaited | the result is both texts, a.txt first | and it is a future
async def both(download):
    return asyncio.gather(download("a.txt"), download("b.txt"))


# %% wrong: await and gather, in the wrong place | it comes to its end, without an error | TypeError: An asyncio.Future, a coroutine or an awaitable is required
async def both(download):
    return await asyncio.gather(await download("a.txt"), await download("b.txt"))


# %% wrong: they are given in the order in which they end | the result is both texts, a.txt first | 'text of b.txt, after 0.1 s', 'text of a.txt, after 0.3 s'
async def both(download):
    tasks = [asyncio.create_task(download(name)) for name in ("a.txt", "b.txt")]
    return [await task for task in asyncio.as_completed(tasks)]


# %% wrong: the texts are written down, and nothing is downloaded | each file is downloaded once, to its end | the download of a.txt was never begun
async def both(download):
    return ["text of a.txt, after 0.2 s", "text of b.txt, after 0.2 s"]


# %% wrong: only the first is waited for, and the second text is written down | the result is both texts, a.txt first | and it is
async def both(download):
    second = asyncio.create_task(download("b.txt"))
    first = await download("a.txt")
    return [first, "text of b.txt"]


# %% wrong: the first is downloaded again, to be sure | each file is downloaded once, to its end | a.txt is downloaded a second time
async def both(download):
    texts = await asyncio.gather(download("a.txt"), download("b.txt"), download("a.txt"))
    return texts[:2]


# %% wrong: a pause to be on the safe side | both together take as long as the longer one | it took 0.3 s, and 0.2 s are enough
async def both(download):
    texts = await asyncio.gather(download("a.txt"), download("b.txt"))
    await asyncio.sleep(0.1)
    return list(texts)


# %% wrong: both are downloaded, and the texts are written down | the result is both texts, a.txt first | the result should be
async def both(download):
    await asyncio.gather(download("a.txt"), download("b.txt"))
    return ["text of a.txt, after 0.2 s", "text of b.txt, after 0.2 s"]


# %% hints
# What does the program do while it waits for the first download?
#
# `asyncio.gather(one, other)` runs both and waits for both. It has to be awaited itself.

# %% notes
# 4 minutes, and the first exercise: show `check`, `hint` and `solution`. The two likely wrong answers: `await create_task(…)` twice, and
# `gather` without `await`. Ask the room: "Which line of the first one waits, and for what?"
