"""Tests of the exercises: that their checks are right, and that nothing harms the kernel."""
