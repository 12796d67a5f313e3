"""Notebooks: their standards, the gate that compares their outputs, and the one way to run them."""
