"""See what an asyncio program does: which task ran, which waited, for what, and who woke it."""

from course_helpers import exercises
from course_helpers.exercises import play, predict, progress
from course_helpers.explorer import explore, longest_wait, sweep
from course_helpers.recorder.marks import mark
from course_helpers.recorder.record import record
from course_helpers.recording.model import Recording
from course_helpers.running_loop.debug_mode import debug_mode
from course_helpers.running_loop.interrupt import interrupt_wakes_the_loop
from course_helpers.running_loop.knobs_while_awaiting import knobs_answer_while_a_cell_awaits
from course_helpers.running_loop.leftover_tasks import leftover_tasks
from course_helpers.running_loop.own_loop import run_in_own_loop
from course_helpers.running_loop.signal_handlers import signal_handlers
from course_helpers.running_loop.web_loop import cells_run_in_turns
from course_helpers.simulation import Deadlock, LimitExceeded, simulate
from course_helpers.views.compare import compare
from course_helpers.views.described import described
from course_helpers.views.replay import replay
from course_helpers.views.sketch import Sketch
from course_helpers.views.summary import summary
from course_helpers.views.timeline import timeline
from course_helpers.views.trace import save_trace
from course_helpers.views.uncaught import uncaught_errors_show_their_picture

__all__ = [
    "Deadlock",
    "LimitExceeded",
    "Recording",
    "Sketch",
    "compare",
    "debug_mode",
    "described",
    "exercises",
    "explore",
    "leftover_tasks",
    "longest_wait",
    "mark",
    "play",
    "predict",
    "progress",
    "record",
    "replay",
    "run_in_own_loop",
    "save_trace",
    "signal_handlers",
    "simulate",
    "summary",
    "sweep",
    "timeline",
]

# In a notebook: Stop ends a cell that awaits, knobs answer while one does, and a cell that ends in
# a deadlock shows it.
cells_run_in_turns()
interrupt_wakes_the_loop()
knobs_answer_while_a_cell_awaits()
uncaught_errors_show_their_picture()

# How a recording shows itself at the end of a cell.
Recording.view = timeline
