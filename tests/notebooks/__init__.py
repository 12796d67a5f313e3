"""Notebooks: their standards, the gate that compares their outputs, and the way to run them."""
