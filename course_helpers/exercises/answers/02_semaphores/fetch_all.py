# %% task: At most three at the site
# `fetch_all(site, numbers)` gets a page for each number by `await site.get(number)`, once. **At most three requests may be at the site at
# once, and never fewer while others wait.** The pages come back in the order of the numbers. Some requests raise `ConnectionError`: for
# those the list has `None`. Any other error is a bug, and comes out.

# %% starter
async def fetch_all(site, numbers):
    pages = []
    for number in numbers:
        pages.append(await site.get(number))
    return pages


# %% solution: one semaphore for all requests
async def fetch_all(site, numbers):
    limit = asyncio.Semaphore(3)

    async def one(number):
        async with limit:
            try:
                return await site.get(number)
            except ConnectionError:
                return None

    return list(await asyncio.gather(*(one(number) for number in numbers)))


# %% text
# The semaphore is made once, outside of the calls that share it. Each request holds a permit while it is at the site, and hands it on when
# it ends: so there are three at work until the last three are left.
#
# The error is caught where the request is made. So it ends nobody else.


# %% right: three workers and a queue
async def fetch_all(site, numbers):
    left = list(enumerate(numbers))
    left.reverse()
    pages = [None] * len(left)

    async def worker():
        while left:
            place, number = left.pop()
            try:
                pages[place] = await site.get(number)
            except ConnectionError:
                pass

    await asyncio.gather(worker(), worker(), worker())
    return pages


# %% right: a task group in a task group
async def fetch_all(site, numbers):
    limit = asyncio.Semaphore(3)

    async def one(number):
        async with limit:
            try:
                return await site.get(number)
            except ConnectionError:
                return None

    async def every():
        async with asyncio.TaskGroup() as requests:
            tasks = [requests.create_task(one(number)) for number in numbers]
        return [task.result() for task in tasks]

    async with asyncio.TaskGroup() as group:
        pages = group.create_task(every())
    return pages.result()


# %% wrong: one after the other, with the errors caught | and never fewer than 3, while requests wait | since 0 s only 1 at the site, though 6 requests wait and 3 may be there
async def fetch_all(site, numbers):
    pages = []
    for number in numbers:
        try:
            pages.append(await site.get(number))
        except ConnectionError:
            pages.append(None)
    return pages


# %% wrong: all at once | never more than 3 at the site at once | is number 4 at the site, and 3 are allowed
async def fetch_all(site, numbers):
    return list(await asyncio.gather(*(site.get(number) for number in numbers)))


# %% wrong: a semaphore in each request | never more than 3 at the site at once | each request makes its own semaphore: nobody shares it
async def fetch_all(site, numbers):
    async def fetch(number):
        async with asyncio.Semaphore(3):
            return await site.get(number)

    return list(await asyncio.gather(*(fetch(number) for number in numbers)))


# %% wrong: a semaphore in each call of a helper | never more than 3 at the site at once | each request makes its own semaphore: nobody shares it (line 2)
async def fetch(site, number):
    async with asyncio.Semaphore(3):
        try:
            return await site.get(number)
        except ConnectionError:
            return None


async def fetch_all(site, numbers):
    return list(await asyncio.gather(*(fetch(site, number) for number in numbers)))


# %% wrong: one semaphore around them all | never more than 3 at the site at once | one permit is taken for all requests: each needs its own (line 2)
async def fetch_all(site, numbers):
    async with asyncio.Semaphore(3):
        return await asyncio.gather(*(site.get(number) for number in numbers))


# %% wrong: the tasks are returned | and never fewer than 3, while requests wait | it ended when 2 of 7 requests had been at the site
async def fetch_all(site, numbers):
    permits = asyncio.Semaphore(3)

    async def fetch(number):
        async with permits:
            try:
                return await site.get(number)
            except ConnectionError:
                return None

    return [asyncio.create_task(fetch(number)) for number in numbers]


# %% wrong: the permit of a failed request is kept | and never fewer than 3, while requests wait | though 1 request waits and 3 may be there
async def fetch_all(site, numbers):
    permits = asyncio.Semaphore(3)

    async def fetch(number):
        await permits.acquire()
        try:
            page = await site.get(number)
        except ConnectionError:
            return None
        permits.release()
        return page

    return await asyncio.gather(*map(fetch, numbers))


# %% wrong: three at a time, group after group | and never fewer than 3, while requests wait | only 2 at the site, though 4 requests wait and 3 may be there
async def fetch_all(site, numbers):
    pages = []
    for start in range(0, len(numbers), 3):
        group = numbers[start : start + 3]
        pages += await asyncio.gather(*(site.get(number) for number in group))
    return pages


# %% wrong: an error ends all | it comes to its end, without an error | ConnectionError: no answer for
async def fetch_all(site, numbers):
    limit = asyncio.Semaphore(3)

    async def one(number):
        async with limit:
            return await site.get(number)

    return list(await asyncio.gather(*(one(number) for number in numbers)))


# %% wrong: errors in the list | all pages, in the order of the numbers, and None for those without an answer | ConnectionError('no answer for 1')
async def fetch_all(site, numbers):
    limit = asyncio.Semaphore(3)

    async def one(number):
        async with limit:
            return await site.get(number)

    return list(await asyncio.gather(*(one(number) for number in numbers), return_exceptions=True))


# %% wrong: whatever goes wrong becomes None | any other error comes out | the ValueError of page 2 was kept quiet
async def fetch_all(site, numbers):
    limit = asyncio.Semaphore(3)

    async def one(number):
        async with limit:
            try:
                return await site.get(number)
            except:
                return None

    return list(await asyncio.gather(*(one(number) for number in numbers)))


# %% wrong: every exception that gather gives becomes None | any other error comes out | the ValueError of page 2 was kept quiet
async def fetch_all(site, numbers):
    limit = asyncio.Semaphore(3)

    async def one(number):
        async with limit:
            return await site.get(number)

    got = await asyncio.gather(*(one(number) for number in numbers), return_exceptions=True)
    return [None if isinstance(page, Exception) else page for page in got]


# %% wrong: a bug becomes a word | any other error comes out | the ValueError of page 2 was kept quiet
async def fetch_all(site, numbers):
    limit = asyncio.Semaphore(3)

    async def one(number):
        async with limit:
            try:
                return await site.get(number)
            except ConnectionError:
                return None

    tasks = [asyncio.create_task(one(number)) for number in numbers]
    await asyncio.wait(tasks)
    if any(task.exception() for task in tasks):
        return "raised"
    return [task.result() for task in tasks]


# %% wrong: what fails is asked for again | each page is asked for once | page 1 is asked for a second time
async def fetch_all(site, numbers):
    limit = asyncio.Semaphore(3)

    async def one(number):
        async with limit:
            for _ in range(2):
                try:
                    return await site.get(number)
                except ConnectionError:
                    pass

    return list(await asyncio.gather(*(one(number) for number in numbers)))


# %% wrong: always the same seven | all pages, in the order of the numbers, and None for those without an answer | the result should be
async def fetch_all(site, numbers):
    limit = asyncio.Semaphore(3)
    pages = [None] * 9

    async def one(number):
        async with limit:
            try:
                pages[number] = await site.get(number)
            except ConnectionError:
                pass

    await asyncio.gather(*(one(number) for number in numbers))
    return pages[:7]


# %% wrong: a watcher is left running | nothing is left behind: no task, no lock, no error unheard | was still running when the program ended
async def fetch_all(site, numbers):
    limit = asyncio.Semaphore(3)

    async def watch():
        while True:
            await asyncio.sleep(1)

    async def one(number):
        async with limit:
            try:
                return await site.get(number)
            except ConnectionError:
                return None

    asyncio.create_task(watch())
    return list(await asyncio.gather(*(one(number) for number in numbers)))


# %% wrong: the pages are asked for, and written down | all pages, in the order of the numbers, and None for those without an answer | the result should be
async def fetch_all(site, numbers):
    permits = asyncio.Semaphore(3)

    async def page(number):
        async with permits:
            try:
                await site.get(number)
            except ConnectionError:
                return None
            return f"page {number}"

    return await asyncio.gather(*map(page, numbers))


# %% wrong: a pause that is long enough for all | no time goes by in which nothing is under way | fetch_all() has waited since
async def fetch_all(site, numbers):
    permits = asyncio.Semaphore(3)

    async def page(number):
        async with permits:
            try:
                return await site.get(number)
            except ConnectionError:
                return None

    tasks = [asyncio.create_task(page(number)) for number in numbers]
    await asyncio.sleep(10)
    return [task.result() for task in tasks]


# %% same: taken out: return None | a function without a return gives None

# %% same: taken out: left.reverse() | the pages are put in their places, in whichever order they come

# %% same: swapped with the next: left.reverse() | it has as many entries in either order

# %% hints
# All requests can be begun at once, if each waits for a permit first.
#
# Make the semaphore outside of the function that every request calls: all have to share the same one.
#
# `async with limit:` around `await site.get(number)`, and the `except ConnectionError` inside of it.

# %% notes
# 5 minutes. The two likely wrong answers: groups of three (at the end of each group, places stay empty), and a semaphore of its own for
# each request. Ask the room: "In the picture of the groups of three, where is the time lost?"
