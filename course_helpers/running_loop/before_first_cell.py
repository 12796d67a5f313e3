"""What a kernel in a browser alone runs before its first cell: `PYTHONSTARTUP` names this file.

So the first cell, too, is told what is not there: it may ask for that before it imports the course.
"""

from course_helpers.running_loop.web_loop import cells_run_in_turns

cells_run_in_turns()
del cells_run_in_turns  # this runs among the learner's own names
