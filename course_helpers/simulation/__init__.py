"""A program on the virtual clock, recorded."""

from course_helpers.simulation.errors import Deadlock, LimitExceeded
from course_helpers.simulation.run import simulate

__all__ = ["Deadlock", "LimitExceeded", "simulate"]
