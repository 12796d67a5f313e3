"""matplotlib's painter: it puts a plan on axes. What is drawn is the plan's affair, not its own."""
