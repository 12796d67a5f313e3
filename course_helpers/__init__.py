"""See what an asyncio program does: which task ran, which waited, for what, and who woke it."""
