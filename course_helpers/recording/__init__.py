"""What happened in one run, as data, and the recorder that collects it."""
