"""What happened in one run, as data, and what can be read from it."""
