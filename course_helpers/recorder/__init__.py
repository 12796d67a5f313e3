"""The recorder: it patches asyncio while a program runs, and makes a recording of what it heard."""
