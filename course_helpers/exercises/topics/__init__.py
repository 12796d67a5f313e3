"""The exercises of each topic: the situations that an answer is put into, and their rules."""
