"""How the timeline is drawn: what goes where, bars, letters, and the figure they end up on."""
