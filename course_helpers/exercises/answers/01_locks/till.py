# %% task: The till that grew slow
# A shop's till works, on most days. When there are many customers it is slow; and sometimes, after a customer who came too late, it
# stands still until somebody restarts it. **Two lines are to blame. Name both, then mend the class.** A card that is refused must leave
# the stock as it was, nothing may be sold twice, and nobody pays for what is not there.

# %% starter
class Till:
    """Sells what is in stock, for cards."""

    def __init__(self, stock, reader, printer):
        self.stock = stock  # how many there are of each product
        self.prices = {"tea": 3, "jam": 5}
        self.reader = reader
        self.printer = printer
        self.lock = asyncio.Lock()  # nobody else may change the stock meanwhile

    def price(self, product):
        return self.prices[product]

    def in_stock(self, product):
        return self.stock.get(product, 0) > 0

    async def sell(self, product, customer):
        await self.lock.acquire()
        if not self.in_stock(product):
            return False
        paid = await self.reader.pay(customer, self.price(product))
        if paid:
            self.stock[product] -= 1
        self.lock.release()
        if paid:
            await self.receipt(product, customer)
        return paid

    async def receipt(self, product, customer):
        line = f"{customer}: {product}, {self.price(product)} euros"
        await self.printer.print(line)


# %% guilty: paid = await self.reader.pay(customer, self.price(product)) | the card is read while the lock is held, so all customers wait for each card.

# %% guilty: return False || await self.lock.acquire() | whoever goes out by the early return leaves the lock held, and everybody after it waits for ever.


# %% solution: the product is put aside, and the card is read without the lock
class Till:
    def __init__(self, stock, reader, printer):
        self.stock = stock
        self.prices = {"tea": 3, "jam": 5}
        self.reader = reader
        self.printer = printer
        self.lock = asyncio.Lock()

    async def sell(self, product, customer):
        async with self.lock:
            if self.stock.get(product, 0) == 0:
                return False
            self.stock[product] -= 1
        paid = False
        try:
            paid = await self.reader.pay(customer, self.prices[product])
        finally:
            if not paid:  # also when the customer has gone away
                self.stock[product] += 1
        if paid:
            await self.printer.print(f"{customer}: {product}")
        return paid


# %% text
# Two lines: `await self.reader.pay(…)` stood between taking the lock and giving it back, so all customers waited for each card. And the
# early `return False` went out with the lock in its hand: everybody after it waited for ever. `async with` has no such way out.
#
# What needs the lock is short: look whether there is one, and put it aside. No `await` is left in there, so the lock could go
# altogether. Who does not pay gives back what was put aside.


# %% right: no lock is needed where nothing waits
class Till:
    def __init__(self, stock, reader, printer):
        self.stock = stock
        self.prices = {"tea": 3, "jam": 5}
        self.reader = reader
        self.printer = printer

    async def sell(self, product, customer):
        if not self.stock[product]:
            return False
        self.stock[product] -= 1
        try:
            if not await self.reader.pay(customer, self.prices[product]):
                raise ValueError("this card is refused")
        except BaseException as error:
            self.stock[product] += 1
            if isinstance(error, ValueError):
                return False
            raise
        await self.printer.print(customer)
        return True


# %% wrong: only the way out is mended | nobody waits while the card of another is read | of the till
class Till:
    def __init__(self, stock, reader, printer):
        self.stock = stock
        self.prices = {"tea": 3, "jam": 5}
        self.reader = reader
        self.printer = printer
        self.lock = asyncio.Lock()

    async def sell(self, product, customer):
        async with self.lock:
            if not self.stock[product]:
                return False
            paid = await self.reader.pay(customer, self.prices[product])
            if paid:
                self.stock[product] -= 1
        if paid:
            await self.printer.print(customer)
        return paid


# %% wrong: only the card is read without the lock | it comes to its end, without an error | which ended without releasing it
class Till:
    def __init__(self, stock, reader, printer):
        self.stock = stock
        self.prices = {"tea": 3, "jam": 5}
        self.reader = reader
        self.printer = printer
        self.lock = asyncio.Lock()

    async def sell(self, product, customer):
        await self.lock.acquire()
        if not self.stock[product]:
            return False
        self.stock[product] -= 1
        self.lock.release()
        paid = await self.reader.pay(customer, self.prices[product])
        if not paid:
            self.stock[product] += 1
        return paid


# %% wrong: the lock is dropped, and the stock changed after the card | nothing is sold that is not there, and what is not paid stays | 2 customers got jam, and there was 1
class Till:
    def __init__(self, stock, reader, printer):
        self.stock = stock
        self.prices = {"tea": 3, "jam": 5}
        self.reader = reader
        self.printer = printer

    async def sell(self, product, customer):
        if not self.stock[product]:
            return False
        paid = await self.reader.pay(customer, self.prices[product])
        if paid:
            self.stock[product] -= 1
            await self.printer.print(customer)
        return paid


# %% wrong: paid first, and then nothing is there | nothing is sold that is not there, and what is not paid stays | Ben has paid, and got no jam
class Till:
    def __init__(self, stock, reader, printer):
        self.stock = stock
        self.prices = {"tea": 3, "jam": 5}
        self.reader = reader
        self.printer = printer

    async def sell(self, product, customer):
        paid = await self.reader.pay(customer, self.prices[product])
        if not paid or not self.stock[product]:
            return False
        self.stock[product] -= 1
        await self.printer.print(customer)
        return True


# %% wrong: what is not paid is gone | nothing is sold that is not there, and what is not paid stays | of 1 jam, 0 left and 0 sold
class Till:
    def __init__(self, stock, reader, printer):
        self.stock = stock
        self.prices = {"tea": 3, "jam": 5}
        self.reader = reader
        self.printer = printer

    async def sell(self, product, customer):
        if not self.stock[product]:
            return False
        self.stock[product] -= 1
        paid = await self.reader.pay(customer, self.prices[product])
        if paid:
            await self.printer.print(customer)
        return paid


# %% wrong: who goes away takes the tea along | nothing is sold that is not there, and what is not paid stays | of 2 tea, 1 left and 0 sold
class Till:
    def __init__(self, stock, reader, printer):
        self.stock = stock
        self.prices = {"tea": 3, "jam": 5}
        self.reader = reader
        self.printer = printer

    async def sell(self, product, customer):
        if not self.stock[product]:
            return False
        self.stock[product] -= 1
        if not await self.reader.pay(customer, self.prices[product]):
            self.stock[product] += 1
            return False
        await self.printer.print(customer)
        return True


# %% wrong: nobody pays anything | who buys pays the price, once | Ann is to pay 0, and jam costs 5
class Till:
    def __init__(self, stock, reader, printer):
        self.stock = stock
        self.reader = reader
        self.printer = printer

    async def sell(self, product, customer):
        if not self.stock[product]:
            return False
        self.stock[product] -= 1
        paid = False
        try:
            paid = await self.reader.pay(customer, 0)
        finally:
            if not paid:
                self.stock[product] += 1
        if paid:
            await self.printer.print(customer)
        return paid


# %% wrong: the card is read twice | who buys pays the price, once | is to pay a second time
class Till:
    def __init__(self, stock, reader, printer):
        self.stock = stock
        self.prices = {"tea": 3, "jam": 5}
        self.reader = reader
        self.printer = printer

    async def sell(self, product, customer):
        if not self.stock[product]:
            return False
        self.stock[product] -= 1
        paid = False
        try:
            if await self.reader.pay(customer, self.prices[product]):
                paid = await self.reader.pay(customer, self.prices[product])
        finally:
            if not paid:
                self.stock[product] += 1
        if paid:
            await self.printer.print(customer)
        return paid


# %% wrong: a turn in place of the lock | nobody waits while the card of another is read | comes to the card reader, and has waited since 0 s
class Till:
    def __init__(self, stock, reader, printer):
        self.stock = stock
        self.prices = {"tea": 3, "jam": 5}
        self.reader = reader
        self.printer = printer
        self.busy = False

    async def sell(self, product, customer):
        while self.busy:
            await asyncio.sleep(0.01)
        self.busy = True
        try:
            if not self.stock[product]:
                return False
            paid = await self.reader.pay(customer, self.prices[product])
            if paid:
                self.stock[product] -= 1
        finally:
            self.busy = False
        if paid:
            await self.printer.print(customer)
        return paid


# %% wrong: no receipt | who has paid gets a receipt | Ann got no receipt
class Till:
    def __init__(self, stock, reader, printer):
        self.stock = stock
        self.prices = {"tea": 3, "jam": 5}
        self.reader = reader
        self.printer = printer

    async def sell(self, product, customer):
        if not self.stock[product]:
            return False
        self.stock[product] -= 1
        paid = False
        try:
            paid = await self.reader.pay(customer, self.prices[product])
        finally:
            self.stock[product] += not paid
        return paid


# %% wrong: who goes away is told that there is nothing | who is asked to give up does | was cancelled, and went on
class Till:
    def __init__(self, stock, reader, printer):
        self.stock = stock
        self.prices = {"tea": 3, "jam": 5}
        self.reader = reader
        self.printer = printer

    async def sell(self, product, customer):
        if not self.stock[product]:
            return False
        self.stock[product] -= 1
        try:
            paid = await self.reader.pay(customer, self.prices[product])
        except BaseException:
            paid = False
        if not paid:
            self.stock[product] += 1
            return False
        await self.printer.print(customer)
        return True


# %% wrong: nobody waits for the printer | nothing is left behind: no task, no lock, no error unheard | was still running when the program ended
class Till:
    def __init__(self, stock, reader, printer):
        self.stock = stock
        self.prices = {"tea": 3, "jam": 5}
        self.reader = reader
        self.printer = printer

    async def receipt(self, customer):
        await self.printer.print(customer)

    async def sell(self, product, customer):
        if not self.stock[product]:
            return False
        self.stock[product] -= 1
        if not await self.reader.pay(customer, self.prices[product]):
            self.stock[product] += 1
            return False
        self.printing = asyncio.create_task(self.receipt(customer))
        return True


# %% wrong: who comes too late is cancelled | it comes to its end, without an error | ended with a CancelledError, and the check did not cancel it
class Till:
    def __init__(self, stock, reader, printer):
        self.stock = stock
        self.prices = {"tea": 3, "jam": 5}
        self.reader = reader
        self.printer = printer

    async def sell(self, product, customer):
        if not self.stock[product]:
            raise asyncio.CancelledError
        self.stock[product] -= 1
        paid = False
        try:
            paid = await self.reader.pay(customer, self.prices[product])
        finally:
            if not paid:
                self.stock[product] += 1
        if paid:
            await self.printer.print(customer)
        return paid


# %% same: block taken away: async with self.lock: | no await stands between the question and the change

# %% same: last line moved out of: async with self.lock: | no await stands between the question and the change

# %% same: first line moved before: async with self.lock: | a free lock is taken without giving way

# %% same: swapped with the next: async with self.lock: | a local variable is set sooner

# %% hints
# Look at the lane of the lock: who holds it, and what does that one wait for?
#
# How many ways lead out of `sell`? Is the lock given back on each of them?
#
# What needs the lock is to look whether there is one, and to put it aside. The card can be read afterwards.

# %% notes
# 8 minutes. The two likely wrong answers: only the leak is mended (and it is slow still), and the lock is dropped without putting the
# product aside. Ask the room: "Which of the two would your tests have found? Which would your customers?"
