# %%
async def main():
    stock = 2

    async def sell():
        nonlocal stock
        async with asyncio.Lock():
            left = stock
            await asyncio.sleep(0.1)
            stock = left - 1

    await asyncio.gather(sell(), sell())
    print(stock, "left")


predict.choose(
    main,
    "Two of two are sold, each with a lock around it. How many are left?",
    {"None.": "0 left", "One.": "1 left", "Two.": "2 left"},
    explain={"None.": "Each call makes a lock of its own, and nobody else waits for that one."},
    name="locks.remember_1",
)


# %%
async def main():
    a, b = asyncio.Lock(), asyncio.Lock()

    async def both(first, second):
        async with first:
            await asyncio.sleep(0.1)
            async with second:
                pass

    try:
        async with asyncio.timeout(5):
            await asyncio.gather(both(a, b), both(b, a))
        print("both are done")
    except TimeoutError:
        print("the time is up")


predict.choose(
    main,
    "Two tasks take two locks each. What becomes of them?",
    {"Both are done after 0.2 s.": "both are done", "The time is up.": "the time is up"},
    explain={"Both are done after 0.2 s.": "Each holds one of the locks, and waits for the other."},
    name="locks.remember_2",
)


# %%
async def main():
    lock = asyncio.Lock()

    async def fetch():
        async with lock:
            await asyncio.sleep(0.2)

    await asyncio.gather(*(fetch() for _ in range(5)))
    print(f"{asyncio.get_running_loop().time():.1f} s")


predict.choose(
    main,
    "Five tasks use one lock. How long does it take?",
    {"0.2 s": "0.2 s", "1 s": "1.0 s"},
    explain={"0.2 s": "What is awaited while the lock is held, all others wait for."},
    name="locks.remember_3",
)
