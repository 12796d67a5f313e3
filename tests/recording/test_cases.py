"""Which test says it: programs with a fault that people report, and the verdict of a recording.

Of each such program a recording once said what was not so, or nothing of what mattered. The table
says what it has to say; the test beside it is a program of that kind, written for it.
"""

from __future__ import annotations

import importlib
from typing import Any, Final, NamedTuple

import pytest


class Verdict(NamedTuple):
    """What has to be said of a program, and the test that says so: its module and its name."""

    says: str
    test: str


_MODULES: Final = {
    "archive": "tests.recording.test_archive",
    "blocking": "tests.recording.test_blocking",
    "cancellations": "tests.recording.test_cancellations",
    "clock": "tests.simulation.test_outside",
    "compiled": "tests.recording.test_compiled",
    "deadlock": "tests.simulation.test_deadlock",
    "errors": "tests.recording.test_what_is_shown_of_errors",
    "faults": "tests.recording.test_reported_faults",
    "from_threads": "tests.recording.test_from_threads",
    "librarys": "tests.recording.test_librarys_tasks",
    "lines": "tests.test_learners_code",
    "lives": "tests.recording.test_lives",
    "names": "tests.recording.test_names_in_lines",
    "outside": "tests.recording.test_known_outside",
    "pools": "tests.recording.test_pools",
    "primitives": "tests.recording.test_known_primitives",
    "reports": "tests.recording.test_reports",
    "servers": "tests.recording.test_servers",
    "stuck": "tests.simulation.test_stuck",
    "summary": "tests.views.test_summary",
    "threads": "tests.recording.test_threads_of_their_own",
    "timeline": "tests.views.test_timeline",
    "unheard": "tests.recording.test_unheard",
    "virtual_time": "tests.simulation.test_virtual_time",
    "waited": "tests.recording.test_waited",
}

VERDICTS: Final[dict[str, Verdict]] = {
    # Pictures
    "a crowded moment, then a long level": Verdict(
        "a level wide enough to see is drawn at its value",
        "timeline.test_a_level_wide_enough_to_see_is_drawn_at_its_value",
    ),
    "one lock among a library's primitives": Verdict(
        "the lock is in the picture",
        "faults.test_one_lock_among_many_primitives_without_a_name_is_in_the_picture",
    ),
    # Ownership
    "a semaphore that signals": Verdict(
        "nobody holds it", "primitives.test_semaphore_that_signals"
    ),
    "a consumer that waits for the next signal": Verdict(
        "no deadlock with oneself",
        "primitives.test_a_signal_that_nobody_sends_any_more_is_no_deadlock_with_oneself",
    ),
    "a token bucket, a limit of a rate": Verdict(
        "nobody holds its tokens, and none is said to be kept",
        "primitives.test_nobody_holds_what_a_callback_or_another_task_gives_back",
    ),
    "a queue that serves as a pool, exhausted": Verdict(
        "how long it was empty, and who waited",
        "pools.test_a_pool_of_connections_that_is_exhausted",
    ),
    "a permit that is handed on": Verdict(
        "not who took it, but nobody known holds it",
        "primitives.test_what_one_task_takes_another_may_give_back",
    ),
    # Cancellation
    "a task that awaits another is cancelled": Verdict(
        "both by whoever called cancel()",
        "cancellations.test_whoever_cancels_a_task_also_cancels_what_it_awaits",
    ),
    "a task that raises CancelledError": Verdict(
        "nobody cancelled it",
        "cancellations.test_nobody_cancels_a_task_that_raises_the_error_itself",
    ),
    "a task that swallows its cancellation": Verdict(
        "by whom it was cancelled, when, and that it went on",
        "cancellations.test_a_task_that_swallows_it",
    ),
    "a wait_for that drops a cancellation": Verdict(
        "on Python 3.11 that it went on",
        "faults.test_a_limited_wait_drops_a_cancellation_that_comes_in_the_same_turn",
    ),
    "an inner group that eats an outer one's": Verdict(
        "until Python 3.12 that its owner went on",
        "summary.test_what_an_outer_group_asks_for_is_swallowed_by_an_inner_one",
    ),
    "a timeout that is swallowed": Verdict(
        "who swallowed it, and who went on for that",
        "cancellations.test_what_a_timeout_awaits_swallows_it",
    ),
    "a task that cancels itself where its group ends": Verdict(
        "that it did so itself, and when",
        "cancellations.test_one_that_cancels_itself_in_the_step_in_which_a_group_ends",
    ),
    # Primitives that vanished
    "puts by gather, a lock by wait_for": Verdict(
        "the queue, the lock, and who holds it",
        "primitives.test_what_asyncios_own_tasks_do_first_is_not_asyncios_own",
    ),
    "puts by call_soon_threadsafe": Verdict(
        "the queue that is waited for",
        "faults.test_what_a_thread_puts_into_a_queue_through_the_loop_is_seen",
    ),
    "two locks by wait_for, in two orders": Verdict(
        "the cycle",
        "faults.test_locks_that_are_taken_with_a_time_limit_are_part_of_a_cycle",
    ),
    "a full queue, put into by wait_for": Verdict(
        "that it was full, and who waited",
        "faults.test_who_puts_with_a_time_limit_waits_for_the_queue",
    ),
    "two locks that one variable means by turns": Verdict(
        "each by a name of its own",
        "names.test_a_variable_that_means_several_by_turns_names_none_that_has_a_name_of_its_own",
    ),
    # Outcomes before the end
    "a group and a timeout that have not ended": Verdict(
        "still open", "faults.test_what_is_open_when_the_recording_ends_has_not_ended"
    ),
    "a task that nobody keeps": Verdict(
        "destroyed while it was pending, under its name",
        "reports.test_a_task_that_is_destroyed_while_it_is_pending_has_an_end_and_keeps_its_name",
    ),
    # The blocked loop
    "a callback that blocks": Verdict(
        "its line and its name, not the task that asked for it",
        "blocking.test_a_callback_blocks_and_not_the_task_that_asked_for_it",
    ),
    "a block beside a job of an executor": Verdict(
        "the line that blocks",
        "blocking.test_the_line_is_the_callbacks_also_while_a_job_has_begun",
    ),
    "a block by the virtual clock": Verdict(
        "the line where most of the step went",
        "blocking.test_the_line_is_where_most_of_a_step_went",
    ),
    "a block in a library": Verdict(
        "the library's function, and no line of its file",
        "blocking.test_a_librarys_task_blocks_in_a_function_of_the_librarys",
    ),
    "a library that never gives the loop back": Verdict(
        "the library's function, and no failure of its task",
        "stuck.test_what_a_library_called_is_named_where_no_line_of_the_programs_runs",
    ),
    "a second module with its own sleep": Verdict(
        "that it blocks, and for how long",
        "virtual_time.test_a_module_of_the_program_that_has_imported_sleep",
    ),
    # Threads and loops
    "a queue, an event used from a thread": Verdict(
        "which thread did what at which line, and what came of it",
        "from_threads.test_who_set_an_event_and_made_its_waiter_ready_is_told",
    ),
    "a lock of another loop": Verdict(
        "nothing of it is this loop's",
        "from_threads.test_what_another_loop_uses_is_none_of_this_ones",
    ),
    "a future of another thread": Verdict(
        "that it is a thread's, and no executor's job",
        "outside.test_a_future_of_another_thread_is_no_job_of_an_executor",
    ),
    "a library's thread that waits for its next piece of work": Verdict(
        "that what it does is not known",
        "threads.test_what_a_thread_does_that_got_no_job_of_the_loops_is_not_known",
    ),
    # Replay
    "a permit for who waits": Verdict(
        "who waited gets it", "faults.test_a_permit_is_handed_to_who_waits"
    ),
    "all who wait for a condition": Verdict(
        "they were in line together", "faults.test_all_who_are_notified_were_in_line"
    ),
    "eager tasks": Verdict(
        "nobody gives way, nobody is kept from running", "outside.test_eager_tasks"
    ),
    "eager tasks that block": Verdict(
        "each in its own line", "faults.test_eager_tasks_block_in_lines_of_their_own"
    ),
    # Stuck
    "a lock kept over a gather": Verdict(
        "the cycle through the tasks",
        "stuck.test_a_cycle_by_way_of_a_task_that_is_awaited",
    ),
    "both ends of a connection read": Verdict(
        "who waits for what, at once",
        "clock.TestSockets.test_both_ends_wait_for_the_other_to_speak",
    ),
    "a server whose connections stay open": Verdict(
        "for which connections it waits",
        "servers.test_who_waits_for_the_end_waits_for_the_connections",
    ),
    "a server that listens beside a deadlock": Verdict(
        "the deadlock", "clock.TestSockets.test_a_deadlock_is_seen_beside_a_server"
    ),
    "a child whose output nobody reads": Verdict(
        "that it waits to be read",
        "clock.TestChildProcesses.test_one_whose_output_nobody_reads",
    ),
    "a forgotten task_done": Verdict(
        "who waits, and how many were not marked",
        "stuck.test_a_join_that_waits_for_task_done",
    ),
    "two tasks that await each other": Verdict(
        "a cycle of two, in one sentence",
        "deadlock.test_two_tasks_that_wait_for_each_other",
    ),
    "a loop that never gives way": Verdict(
        "the line, and that the simulation stopped it",
        "stuck.test_a_program_that_never_awaits_was_stopped_and_did_not_fail",
    ),
    "a result() in the loop's own thread": Verdict(
        "the line, and that the simulation stopped it",
        "faults.test_who_waits_for_its_own_loop_was_stopped",
    ),
    # What was not seen
    "a coroutine that is compiled, as Cython's": Verdict(
        "the innermost line that can be known",
        "compiled.test_the_line_and_the_call_behind_it_are_found",
    ),
    "an exception in a callback": Verdict(
        "a finding", "reports.test_an_exception_in_a_callback_is_found"
    ),
    "a generator that asyncio closes": Verdict(
        "its own name", "primitives.test_a_generator_that_asyncio_closes_has_its_own_name"
    ),
    "handlers and jobs that a library runs": Verdict(
        "a lane with the name of the learner's function",
        "librarys.test_one_that_runs_the_learners_code_is_shown_by_that",
    ),
    "two handlers in a deadlock": Verdict(
        "the cycle", "librarys.test_two_handlers_that_wait_for_each_other_are_found"
    ),
    "a program that is a library's coroutine": Verdict(
        "its lane", "librarys.test_a_program_that_is_a_librarys_is_shown"
    ),
    "eager tasks by their constructor": Verdict(
        "that the first step was not seen",
        "outside.test_that_the_first_step_of_a_task_was_not_seen_is_said",
    ),
    # Others that were reported
    "a notification that goes to a cancelled task": Verdict(
        "until Python 3.12 that the next one waits for it still",
        "faults.test_a_notification_is_lost_with_whom_it_woke",
    ),
    "a shielded acquire that is given up": Verdict(
        "that its permit was never released, and not by whom it was given up",
        "faults.test_a_permit_that_comes_when_nobody_waits_for_it_any_more_is_lost",
    ),
    "a generator that is left with its lock": Verdict(
        "who releases it, and when",
        "faults.test_a_generator_that_is_left_keeps_its_lock_until_asyncio_closes_it",
    ),
    "a job that nobody waits for any more": Verdict(
        "that a thread is at work on it",
        "faults.test_a_job_that_its_caller_gave_up_goes_on_in_its_thread",
    ),
    "a lock and a cancellation in one turn": Verdict(
        "on Python 3.11 that it went on",
        "faults.test_a_lock_that_comes_with_a_cancellation_is_released",
    ),
    "tasks that want a second connection each": Verdict(
        "who waits for what", "faults.test_each_task_has_one_connection_and_wants_another"
    ),
    "a group that its own block cancels": Verdict(
        "that nobody swallowed it",
        "faults.test_a_group_that_its_own_block_cancels_swallows_nothing",
    ),
    "a wait that is woken in vain, as a figure": Verdict(
        "one wait", "faults.test_who_is_woken_in_vain_again_and_again_has_waited_once"
    ),
    # What the recorder does to the program
    "many primitives without a name": Verdict(
        "they are looked for a few times",
        "faults.test_many_primitives_without_a_name_are_looked_for_a_few_times",
    ),
    "a wait that is woken in vain": Verdict(
        "one wait", "waited.test_who_is_woken_in_vain_waits_once"
    ),
    "a forgotten await": Verdict(
        "the line that forgot it",
        "errors.test_a_forgotten_await_is_said_of_the_line_that_forgot_it",
    ),
    "an error of a queue or a group": Verdict(
        "no frame of this package",
        "errors.test_an_errors_traceback_has_no_frame_of_the_package",
    ),
    "a task that fails": Verdict(
        "its variables die as they do bare", "lives.test_recorded_it_dies_when_it_dies_bare"
    ),
    "a program that counts its threads": Verdict(
        "the watching thread is none of them",
        "unheard.test_the_watching_thread_is_none_of_the_programs",
    ),
    "a result that JSON does not know": Verdict(
        "it is left out of the file", "archive.test_any_other_result_is_left_out"
    ),
    # The virtual clock beside the real world
    "small pieces through a socket": Verdict(
        "no time passes, whatever the kernel does",
        "clock.TestSockets.test_small_pieces_take_no_time_whatever_the_kernel_does",
    ),
    "a server in another process": Verdict(
        "time stands still until it has answered",
        "clock.TestAnotherProcess.test_time_stands_still_until_it_has_answered",
    ),
    "a job that is queued": Verdict(
        "it holds no time", "clock.test_a_job_that_is_queued_holds_nothing"
    ),
    "a daemon thread at work": Verdict(
        "it holds time", "clock.test_time_stands_still_for_a_daemon_thread_at_work"
    ),
    "an idle worker": Verdict(
        "it holds none",
        "clock.test_a_worker_holds_time_while_it_works_and_not_while_it_is_idle",
    ),
}


def found(test: str) -> Any:
    module, *names = test.split(".")
    place: Any = importlib.import_module(_MODULES[module])
    for name in names:
        place = getattr(place, name)
    return place


@pytest.mark.parametrize("program", VERDICTS)
def test_each_has_a_verdict_and_a_test_that_says_so(program: str) -> None:
    verdict = VERDICTS[program]
    assert verdict.says
    assert verdict.test.rpartition(".")[2].startswith("test_")
    assert callable(found(verdict.test))


def test_every_fault_that_has_a_program_here_is_in_the_table() -> None:
    module = importlib.import_module(_MODULES["faults"])
    programs = {f"faults.{name}" for name in vars(module) if name.startswith("test_")}
    assert programs == {verdict.test for verdict in VERDICTS.values()} & programs
