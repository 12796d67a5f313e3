"""Programs explored: parameters as knobs, or as a grid of settings."""

from course_helpers.explorer.explore import explore
from course_helpers.explorer.figures import longest_wait, total_time
from course_helpers.explorer.sweep import sweep

__all__ = ["explore", "longest_wait", "sweep", "total_time"]
