# %% task: The first that succeeds
# `race(servers)` asks all servers at once by `await server.answer()`, and returns the first answer. A server that fails raises `ConnectionError`,
# and is out of the race. **Change `race` so that the first *success* wins, and that an `ExceptionGroup` with all errors comes out if none
# succeeds. However `race` ends, also when it is cancelled itself, the losers are cancelled before, and have cleaned up.**

# %% starter
async def race(servers):
    tasks = [asyncio.create_task(server.answer()) for server in servers]
    done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    return done.pop().result()


# %% solution: wait again until one has succeeded, then wait for the losers
async def race(servers):
    tasks = [asyncio.create_task(server.answer()) for server in servers]
    try:
        errors = []
        for ended in asyncio.as_completed(tasks):
            try:
                return await ended
            except ConnectionError as error:
                errors.append(error)
        raise ExceptionGroup("all servers failed", errors)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


# %% text
# `as_completed` gives the tasks in the order in which they end, whatever that end is. A failure is noted, and the next is waited for.
#
# The `finally` is on each way out: with an answer, with the errors, and when `race` itself is cancelled. It cancels those that are left, and
# `gather` waits until they have cleaned up. Without that wait, their cleanup would still go on, or be cut off.


# %% right: a task group that is told when it is enough
class Enough(Exception):
    pass


async def race(servers):
    errors = []

    async def one(server):
        try:
            answer = await server.answer()
        except ConnectionError as error:
            errors.append(error)
        else:
            raise Enough(answer)

    try:
        async with asyncio.TaskGroup() as group:
            for server in servers:
                group.create_task(one(server))
    except* Enough as found:
        answer = found.exceptions[0].args[0]
    else:
        raise ExceptionGroup("all servers failed", errors)
    return answer


# %% right: the race is a task of a group
async def race(servers):
    async def first():
        tasks = [asyncio.create_task(server.answer()) for server in servers]
        try:
            errors = []
            for ended in asyncio.as_completed(tasks):
                try:
                    return await ended
                except ConnectionError as error:
                    errors.append(error)
            raise ExceptionGroup("all servers failed", errors)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async with asyncio.TaskGroup() as group:
        racing = group.create_task(first())
    return racing.result()


# %% right: wait for the next that ends, again and again
async def race(servers):
    pending = {asyncio.create_task(server.answer()) for server in servers}
    errors = []
    try:
        while pending:
            done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                if task.exception() is None:
                    return task.result()
                errors.append(task.exception())
        raise ExceptionGroup("all servers failed", errors)
    finally:
        for task in pending:
            task.cancel()
        if pending:
            await asyncio.wait(pending)


# %% wrong: the first to end, not to succeed | the first success wins | servers had not failed
async def race(servers):
    tasks = [asyncio.create_task(server.answer()) for server in servers]
    done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    await asyncio.gather(*pending, return_exceptions=True)
    return done.pop().result()


# %% wrong: a task group that the first failure ends | the first success wins | race() raised ExceptionGroup of ConnectionError
async def race(servers):
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(server.answer()) for server in servers]
        for ended in asyncio.as_completed(tasks):
            answer = await ended
            for task in tasks:
                task.cancel()
            return answer


# %% wrong: coroutines in place of tasks | it comes to its end, without an error | TypeError: Passing coroutines is forbidden
async def race(servers):
    pending = [server.answer() for server in servers]
    errors = []
    while pending:
        done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            if task.exception() is None:
                return task.result()
            errors.append(task.exception())
    raise ExceptionGroup("all servers failed", errors)


# %% wrong: the last error, alone | if all have failed, their errors come out | 2 of 2 servers failed, and race() raised ConnectionError
async def race(servers):
    tasks = [asyncio.create_task(server.answer()) for server in servers]
    try:
        for ended in asyncio.as_completed(tasks):
            try:
                return await ended
            except ConnectionError as error:
                last = error
        raise last
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


# %% wrong: nobody is asked | the first success wins | no server was asked
async def race(servers):
    return None


# %% wrong: gather, and the first of the list | the first success wins | was there at
async def race(servers):
    answers = await asyncio.gather(*(server.answer() for server in servers), return_exceptions=True)
    errors = [one for one in answers if isinstance(one, Exception)]
    if len(errors) == len(answers):
        raise ExceptionGroup("all servers failed", errors)
    return next(one for one in answers if not isinstance(one, Exception))


# %% wrong: one server after the other | all servers are asked at the same time | 1 of 2 servers was asked
async def race(servers):
    errors = []
    for server in servers:
        try:
            return await server.answer()
        except ConnectionError as error:
            errors.append(error)
    raise ExceptionGroup("all servers failed", errors)


# %% wrong: errors of its own | if all have failed, their errors come out | : not the servers' errors
async def race(servers):
    tasks = [asyncio.create_task(server.answer()) for server in servers]
    errors = []
    try:
        for ended in asyncio.as_completed(tasks):
            try:
                return await ended
            except ConnectionError:
                errors.append(ConnectionError("nobody has answered"))
        raise ExceptionGroup("all servers failed", errors)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


# %% wrong: the losers are left to themselves | the losers have ended when it returns | goes on
async def race(servers):
    errors = []
    for ended in asyncio.as_completed([server.answer() for server in servers]):
        try:
            return await ended
        except ConnectionError as error:
            errors.append(error)
    raise ExceptionGroup("all servers failed", errors)


# %% wrong: cancelled, and not waited for | the losers have ended when it returns | cleans up
async def race(servers):
    tasks = [asyncio.create_task(server.answer()) for server in servers]
    errors = []
    try:
        for ended in asyncio.as_completed(tasks):
            try:
                return await ended
            except ConnectionError as error:
                errors.append(error)
        raise ExceptionGroup("all servers failed", errors)
    finally:
        for task in tasks:
            task.cancel()


# %% wrong: nobody hears that all have failed | if all have failed, their errors come out | 2 of 2 servers failed, and race() returned None
async def race(servers):
    tasks = [asyncio.create_task(server.answer()) for server in servers]
    try:
        for ended in asyncio.as_completed(tasks):
            try:
                return await ended
            except ConnectionError:
                pass
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


# %% wrong: who is cancelled leaves the servers at work | the losers have ended when it returns | goes on
async def race(servers):
    tasks = [asyncio.create_task(server.answer()) for server in servers]
    errors = []
    for ended in asyncio.as_completed(tasks):
        try:
            answer = await ended
        except ConnectionError as error:
            errors.append(error)
            continue
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return answer
    raise ExceptionGroup("all servers failed", errors)


# %% wrong: the cancellation is swallowed | a cancelled race ends, if nobody has won yet | was cancelled, and went on
async def race(servers):
    tasks = [asyncio.create_task(server.answer()) for server in servers]
    errors = []
    try:
        for ended in asyncio.as_completed(tasks):
            try:
                return await ended
            except ConnectionError as error:
                errors.append(error)
            except asyncio.CancelledError:
                return None
        raise ExceptionGroup("all servers failed", errors)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


# %% wrong: a timer is left running | nothing is left behind: no task, no lock, no error unheard | was still running when the program ended
async def race(servers):
    async def timer():
        await asyncio.sleep(60)

    asyncio.create_task(timer())
    tasks = [asyncio.create_task(server.answer()) for server in servers]
    errors = []
    try:
        for ended in asyncio.as_completed(tasks):
            try:
                return await ended
            except ConnectionError as error:
                errors.append(error)
        raise ExceptionGroup("all servers failed", errors)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


# %% wrong: a pause in which the losers may clean up | no time goes by in which nothing is under way | race() has waited since
async def race(servers):
    tasks = [asyncio.create_task(server.answer()) for server in servers]
    errors = []
    try:
        for next_one in asyncio.as_completed(tasks):
            try:
                return await next_one
            except ConnectionError as error:
                errors.append(error)
        raise ExceptionGroup("no server has answered", errors)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.sleep(1)


# %% same: Exception made BaseException | a class of its own: only `except*` meets it

# %% same: swapped with the next: pending = {asyncio.create_task(server.answer()) for server in servers} | nothing is awaited in between

# %% same: swapped with the next: if task.exception() is None: | nobody asks for the errors when one has succeeded

# %% hints
# What is in `done`: the first that succeeded, or the first that ended?
#
# `asyncio.as_completed` gives one after the other as they end. Which of them do you return, and what do you do with the others?
#
# Put cancelling and waiting into a `finally`: it has to happen on every way out.

# %% notes
# 12 minutes. The two likely wrong answers: the first to end (it may have failed), and cancelling without waiting. Ask the room: "What has
# the loser still to do, after it was cancelled? Who waits for that?"
