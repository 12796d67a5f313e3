"""Programs explored: parameters as knobs, or as a grid of settings."""

from course_helpers.explorer.explore import explore
from course_helpers.explorer.figures import longest_wait, total_time

__all__ = ["explore", "longest_wait", "total_time"]
