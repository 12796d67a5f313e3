"""Living inside an event loop that is already running."""
