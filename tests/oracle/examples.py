"""For each kind of sentence, a small program of which it is said, and is so."""

from __future__ import annotations

from typing import Final

from tests.oracle.language import Program

_GARBAGE: Final[Program] = [("drop", [("lonely",)]), ("sleep", 0.1), ("collect",)]

EXAMPLES: Final[dict[str, Program]] = {
    "stops for an eager task": [("sleep", 1), ("spawn", False, [("sleep", 1)])],
    "goes on with its step": [("sleep", 1), ("spawn", False, [("sleep", 1)])],
    "destroyed": _GARBAGE,
    "is destroyed": _GARBAGE,
    "destroyed, many": [*[("drop", [("lonely",)])] * 4, ("sleep", 0.1), ("collect",)],
    "page: a thread": [("thread", False, ("fail",))],
    "page: a stretch": [
        ("gather", False, [[("lock", 0, [("sleep", 1)])], [("lock", 0, [("sleep", 0)])]]),
        ("get", 0),
    ],
    "page: a hold": [("lock", 0, [("sleep", 1)]), ("sleep", 1)],
    "page: in line": [
        ("gather", False, [[("lock", 0, [("sleep", 1)])], [("lock", 0, [("sleep", 1)])]]),
    ],
    "page: wakes": [("spawn", False, [("sleep", 1)]), ("await_task", 0)],
    "page: an end": [("spawn", False, [("sleep", 1)]), ("spawn", False, [("fail",)])],
    "page: blocked": [("block",)],
    "used from a thread": [
        ("spawn", False, [("wait_event", 0)]),
        ("spawn", False, [("sleep", 1)]),
        ("sleep", 0.1),
        ("thread", False, ("set", 0)),
        ("thread", False, ("put_nowait", 0)),
        ("put", 0),
        ("thread", False, ("cancel", 1)),
        ("sleep", 0.1),
    ],
    "used from a thread, many": [
        *[("thread", False, ("put_nowait", 1))] * 4,
        ("put", 1),
    ],
    "exception reported": [("soon", ("fail",)), ("sleep", 0.1)],
    "exception reported, many": [*[("soon", ("fail",))] * 4, ("sleep", 0.1)],
    "a barrier's use": [("barrier", 0)],
    "a condition's use": [("notify", 0, 1)],
    "nobody writes": [("read_line", 0)],
    "a cycle of": [
        (
            "gather",
            False,
            [
                [("lock", 0, [("sleep", 0.1), ("lock", 1, [])])],
                [("lock", 1, [("sleep", 0.1), ("lock", 0, [])])],
            ],
        )
    ],
    "a group is aborted": [("group", False, [[("await_task", 0)], []])],
    "a group's task": [("group", False, [[("sleep", 1)]])],
    "a group's use": [("group", False, [[], [], []])],
    "a lock's use": [("acquire", 0)],
    "a queue's use": [("put", 0)],
    "a semaphore's use": [
        (
            "gather",
            False,
            [
                [("semaphore", 0, [("sleep", 1)])],
                [("semaphore", 0, [("sleep", 1)])],
                [("release_semaphore", 2)],
                [("sleep", 2)],
            ],
        )
    ],
    "a thread or a process": [("thread", False, ("fail",))],
    "a timeout expires": [("timeout", 0, [("barrier", 0)])],
    "a timeout's use": [("timeout", 0, [])],
    "a timer is cancelled": [("timeout", 1, [])],
    "a timer is due": [("sleep", 1)],
    "a timer is set": [("sleep", 1)],
    "a turn begins": [],
    "a turn begins, no timer": [("get", 0)],
    "a turn begins, nothing ready": [("sleep", 1)],
    "an event's use": [("set", 0)],
    "blocked loop": [("block",)],
    "blocked loop, many": [
        ("block",),
        ("sleep", 0),
        ("block",),
        ("sleep", 0),
        ("block",),
        ("sleep", 0),
        ("block",),
        ("sleep", 0),
    ],
    "changes a primitive": [("put", 0)],
    "crowded": [("drop", [("sleep", 0.1)]), ("acquire", 0), ("lock", 0, [])],
    "a pool is empty": [
        ("put_nowait", 1),
        (
            "gather",
            True,
            [[("get", 1), ("sleep", 1), ("put", 1)], [("get", 1), ("sleep", 1), ("put", 1)]],
        ),
    ],
    "crowded, many": [
        (
            "gather",
            True,
            [
                [("lock", 0, [("sleep", 1)])],
                [("lock", 0, [])],
                [("lock", 1, [("sleep", 1)])],
                [("lock", 1, [])],
                [("put", 2), ("put", 2)],
                [("put", 0), ("put", 0), ("put", 0)],
                [("sleep", 1), ("get", 2), ("get", 0)],
            ],
        )
    ],
    "deadlock": [
        (
            "gather",
            False,
            [
                [("lock", 0, [("sleep", 0.1), ("lock", 1, [])])],
                [("lock", 1, [("sleep", 0.1), ("lock", 0, [])])],
            ],
        )
    ],
    "deadlock at": [("get", 0)],
    "description: a block": [("timeout", 0.1, [("sleep", 1)])],
    "description: a primitive": [
        (
            "gather",
            False,
            [
                [("lock", 0, [("sleep", 1)])],
                [("lock", 0, [])],
                [("put", 0)],
                [("release_semaphore", 0)],
            ],
        )
    ],
    "description: a task": [
        ("spawn", False, [("sleep", 1)]),
        ("spawn", False, [("fail",)]),
        ("spawn", False, [("get", 0)]),
        ("sleep", 0.1),
        ("cancel", 0),
        ("sleep", 0.1),
    ],
    "description: blocked": [("block",), ("sleep", 0), ("block",)],
    "description: endings": [
        ("spawn", False, [("sleep", 1)]),
        ("spawn", False, [("fail",)]),
        ("sleep", 0.1),
        ("cancel", 0),
        ("sleep", 0.1),
    ],
    "description: headline": [],
    "description: longest waits": [("sleep", 1)],
    "description: more resources": [
        ("put", 0),
        ("set", 0),
        ("group", False, [[("timeout", 0, []), ("notify", 0, 1)], [], []]),
        ("set", 1),
    ],
    "description: more tasks": [
        ("spawn", False, []),
        ("spawn", False, []),
        ("spawn", False, []),
        ("spawn", False, []),
        ("spawn", False, []),
        ("spawn", False, []),
        ("spawn", False, []),
        ("spawn", False, []),
        ("spawn", False, []),
        ("spawn", False, []),
        ("spawn", False, []),
        ("spawn", False, []),
        ("spawn", False, []),
        ("sleep", 0.1),
    ],
    "ends": [("thread", False, ("fail",))],
    "exception never retrieved": [("spawn", False, [("fail",)])],
    "exception never retrieved, many": [
        ("spawn", False, [("fail",)]),
        ("spawn", False, [("fail",)]),
        ("spawn", False, [("fail",)]),
        ("spawn", False, [("fail",)]),
        ("sleep", 0.1),
    ],
    "fails": [("fail",)],
    "gives way": [("sleep", 0)],
    "had failed": [("spawn", False, [("await_task", 0)]), ("future", 0)],
    "headline": [
        ("spawn", False, [("sleep", 1)]),
        ("spawn", False, [("fail",)]),
        ("sleep", 0.1),
        ("cancel", 0),
        ("sleep", 0.1),
    ],
    "is cancelled": [
        ("spawn", False, [("sleep", 1)]),
        ("sleep", 0.1),
        ("cancel", 0),
        ("sleep", 0.1),
    ],
    "cancels": [
        ("spawn", False, [("gather", False, [[("sleep", 1)]])]),
        ("sleep", 0.1),
        ("cancel", 0),
        ("suppress", False, [("timeout", 0.1, [("sleep", 1)])]),
        ("suppress", False, [("group", False, [[("fail",)], [("sleep", 1)]])]),
        ("cancel_oneself",),
        ("sleep", 0.1),
    ],
    "is created": [],
    "is done": [],
    "is woken": [
        ("gather", False, [[("lock", 0, [("sleep", 0.1)])], [("lock", 0, [])], [("lock", 0, [])]])
    ],
    "joins the ready queue": [],
    "left ready": [("spawn", False, [("give_way",)])],
    "left running, many": [
        ("spawn", False, [("get", 0)]),
        ("spawn", False, [("get", 0)]),
        ("spawn", False, [("get", 0)]),
        ("spawn", False, [("get", 0)]),
        ("sleep", 0.1),
    ],
    "left waiting": [("get", 0)],
    "more wait": [
        (
            "gather",
            False,
            [
                [("wait_event", 0)],
                [("wait_event", 0)],
                [("wait_event", 0)],
                [("wait_event", 0)],
                [("wait_event", 0)],
                [("wait_event", 0)],
                [("wait_event", 0)],
                [("wait_event", 0)],
                [("wait_event", 0)],
                [("wait_event", 0)],
                [("wait_event", 0)],
            ],
        )
    ],
    "never awaited": [("forget",)],
    "never awaited, many": [("forget",), ("forget",), ("forget",), ("forget",)],
    "description: cancelled in vain": [
        ("spawn", False, [("suppress", False, [("sleep", 1)]), ("sleep", 0.5)]),
        ("sleep", 0.1),
        ("cancel", 0),
        ("sleep", 1),
    ],
    "swallowed cancellation": [
        ("spawn", False, [("suppress", False, [("sleep", 1)]), ("sleep", 0.5)]),
        ("spawn", False, [("await_task", 0)]),
        ("sleep", 0.1),
        ("cancel", 1),
        ("sleep", 1),
    ],
    "swallowed cancellation, many": [
        *[("spawn", False, [("suppress", False, [("sleep", 1)])])] * 4,
        ("sleep", 0.1),
        *[("cancel", number) for number in range(4)],
    ],
    "never released": [("acquire", 0)],
    "never released, many": [
        (
            "gather",
            False,
            [
                [("acquire", 0)],
                [("acquire", 1)],
                [("acquire_semaphore", 0)],
                [("acquire_semaphore", 1)],
            ],
        )
    ],
    "ready for long": [("gather", False, [[("block",)], []])],
    "ready for long, many": [
        ("group", False, [[("gather", False, [[], [], []])], [("block",)], []])
    ],
    "released too often": [("release_semaphore", 0)],
    "released too often, many": [
        ("release_semaphore", 0),
        ("release_semaphore", 2),
        ("release_semaphore", 3),
        ("release_semaphore", 4),
    ],
    "runs": [("sleep", 0)],
    "runs for the first time": [],
    "stopped after steps": [
        (
            "gather",
            False,
            [
                [("lock", 0, [("sleep", 1), ("lock", 1, [])])],
                [("lock", 1, [("sleep", 1), ("lock", 0, [])])],
                [("repeat", [("repeat", [("repeat", [("sleep", 1)])])])],
            ],
        )
    ],
    "task_done missing": [
        ("spawn", False, [("put", 0), ("put", 0), ("get", 0), ("task_done", 0), ("get", 0)]),
        ("sleep", 0.1),
        ("join", 0),
    ],
    "the loop is kept": [("block",)],
    "unfinished queue": [
        ("group", False, [[("put", 2), ("put", 2)], [("get", 2)]]),
        ("task_done", 2),
    ],
    "unfinished queue, many": [
        ("put_nowait", 0),
        ("put_nowait", 0),
        ("task_done", 0),
        ("put_nowait", 1),
        ("put_nowait", 1),
        ("task_done", 1),
        ("put_nowait", 3),
        ("put_nowait", 3),
        ("task_done", 3),
        ("put_nowait", 2),
        ("get", 2),
        ("put_nowait", 2),
        ("task_done", 2),
    ],
    "waits for": [
        ("gather", False, [[("lock", 0, [("sleep", 0.1)])], [("lock", 0, [])], [("lock", 0, [])]])
    ],
    "waits for ever": [
        (
            "gather",
            False,
            [
                [("acquire", 0)],
                [("sleep", 0.1), ("lock", 0, [])],
                [("lock", 1, [("lock", 1, [])])],
                [("lock", 1, [])],
                [("semaphore", 0, [("get", 0)])],
            ],
        )
    ],
}
