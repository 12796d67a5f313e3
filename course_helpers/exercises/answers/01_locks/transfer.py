# %% task: Two accounts at once
# An account has a `name`, a `lock`, and two slow methods: `approve(amount)` asks whether money may be taken, and `add(amount)` changes
# the balance in two steps, so nobody else may do that to the same account meanwhile. Two people pay each other, and the program stands
# still. **Change `transfer` so that it never does**, also when one of the two is cancelled. Transfers between other accounts must not wait,
# and somebody pays himself.

# %% starter
async def transfer(payer, payee, amount):
    async with payer.lock:
        await payer.approve(amount)  # takes a while
        async with payee.lock:
            await payer.add(-amount)
            await payee.add(amount)


# %% solution: all take the locks in the same order
async def transfer(payer, payee, amount):
    if payer is payee:
        return
    first, second = sorted((payer, payee), key=lambda account: account.name)
    async with first.lock, second.lock:
        await payer.approve(amount)
        await payer.add(-amount)
        await payee.add(amount)


# %% text
# Two tasks that each hold a lock and wait for the other's wait for ever. Where all take their locks in one order, nobody holds the
# second and waits for the first: there can be no cycle. Any order does that never changes: a name, a number. A balance does not: it
# changes while others wait.
#
# An `asyncio.Lock` is not reentrant: a task that takes it twice waits for itself. So a payment to oneself needs a line of its own.


# %% right: never two locks at the same time
async def transfer(payer, payee, amount):
    await payer.approve(amount)
    async with payer.lock:
        await payer.add(-amount)
    async with payee.lock:
        await payee.add(amount)


# %% wrong: the payer's lock first | it comes to its end, without an error | A to B, 20 holds A.lock and waits for B.lock
async def transfer(payer, payee, amount):
    if payer is payee:
        return
    async with payer.lock:
        await payer.approve(amount)
        async with payee.lock:
            await payer.add(-amount)
            await payee.add(amount)


# %% wrong: one lock for everything | different accounts do not wait for each other | C to D, 30 waits for
everything = asyncio.Lock()


async def transfer(payer, payee, amount):
    async with everything:
        await payer.approve(amount)
        await payer.add(-amount)
        await payee.add(amount)


# %% wrong: in the order of the balances | it comes to its end, without an error | a cycle of
async def transfer(payer, payee, amount):
    if payer is payee:
        return
    await payer.approve(amount)
    first, second = sorted((payer, payee), key=lambda account: account.balance)
    async with first.lock, second.lock:
        await payer.add(-amount)
        await payee.add(amount)


# %% wrong: who pays himself takes the lock twice | it comes to its end, without an error | A to A, 20 waits for A.lock (line 3), which it holds itself
async def transfer(payer, payee, amount):
    first, second = sorted((payer, payee), key=lambda account: account.name)
    async with first.lock, second.lock:
        await payer.approve(amount)
        await payer.add(-amount)
        await payee.add(amount)


# %% wrong: no lock at all | no update of balance is lost | that is lost
async def transfer(payer, payee, amount):
    await payer.approve(amount)
    await payer.add(-amount)
    await payee.add(amount)


# %% wrong: only the payer's lock | no update of balance is lost | from the 100 that it had read
async def transfer(payer, payee, amount):
    async with payer.lock:
        await payer.approve(amount)
        await payer.add(-amount)
        await payee.add(amount)


# %% wrong: nobody is asked | each transfer is approved before money moves | A to B, 20 writes A.balance, and was not approved
async def transfer(payer, payee, amount):
    async with payer.lock:
        await payer.add(-amount)
    async with payee.lock:
        await payee.add(amount)


# %% wrong: the balance is written at once | it comes to its end, without an error | AttributeError: a balance is changed by add(amount)
async def transfer(payer, payee, amount):
    payer.balance -= amount
    payee.balance += amount


# %% wrong: the balance is changed behind the back of the account | it comes to its end, without an error | AttributeError: 'Account' object has no attribute '_balance'
async def transfer(payer, payee, amount):
    await payer.approve(amount)
    payer._balance -= amount
    payee._balance += amount


# %% wrong: the money is taken and does not arrive | no money appears or disappears | in the end A has 80 and B has 70; it should be A 110 and B 90
async def transfer(payer, payee, amount):
    await payer.approve(amount)
    async with payer.lock:
        await payer.add(-amount)


# %% wrong: a receipt is written by a task that nobody waits for | nothing is left behind: no task, no lock, no error unheard | was still running when the program ended
async def receipt(amount):
    await asyncio.sleep(1)


async def transfer(payer, payee, amount):
    await payer.approve(amount)
    async with payer.lock:
        await payer.add(-amount)
    async with payee.lock:
        await payee.add(amount)
    asyncio.create_task(receipt(amount))


# %% wrong: acquire and release, and nothing for a cancellation | it comes to its end, without an error | held by A to B, 20, which ended without releasing it
async def transfer(payer, payee, amount):
    first, second = sorted([payer, payee], key=lambda account: account.name)
    await payer.approve(amount)
    await first.lock.acquire()
    if second is not first:
        await second.lock.acquire()
    await payer.add(-amount)
    await payee.add(amount)
    first.lock.release()
    if second is not first:
        second.lock.release()


# %% wrong: whoever is cancelled goes home quietly | who is asked to give up does | was cancelled, and went on
async def transfer(payer, payee, amount):
    try:
        await payer.approve(amount)
        async with payer.lock:
            await payer.add(-amount)
        async with payee.lock:
            await payee.add(amount)
    except asyncio.CancelledError:
        return


# %% same: swapped with the next: if payer is payee: | the order is worked out before the question instead of after it

# %% same: first line moved before: async with first.lock, second.lock: | the question needs no lock: it changes nothing

# %% same: swapped with the next: await payer.add(-amount) | both locks are held: the order of the two changes is nobody's business

# %% same: swapped with the next: async with payer.lock: | the money arrives before it is taken: the sums are the same

# %% hints
# Who holds which lock, and who waits for which, when nothing goes on? The message names both.
#
# If all tasks take the two locks in the same order, can there be a cycle?
#
# Sort the two accounts by `name`, take the locks in that order, and think of `payer is payee`.

# %% notes
# 10 minutes. The two likely wrong answers: one lock for everything (right, and slow: C waits for A), and the order by balance (right
# until balances change). Ask the room: "Which orders are safe? What if an account could be renamed?"
