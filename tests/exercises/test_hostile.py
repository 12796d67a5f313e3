"""Whatever an answer does: the kernel lives, the next cell works, and a sentence says why."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

import pytest

from tests.exercises.hostile import RAISES, SABOTAGE, SAID, SLOW, cells
from tests.kernels import Kernel, started

pytestmark = [
    pytest.mark.real_time,
    pytest.mark.skipif(os.name == "nt", reason="signals and children"),
]

PREPARE = """
import os, asyncio, sys, signal, threading, time, random, gc, warnings
os.environ['COURSE_PROGRESS'] = 'off'
import tempfile; os.chdir(tempfile.mkdtemp())
import pathlib; pathlib.Path('notes.txt').write_text('what a learner has written')
from course_helpers.exercises.topics.locks import account
from course_helpers.exercises.topics.semaphores import fetch_all as pages
from course_helpers.exercises.topics.queues import map_ordered as ordered
from course_helpers.exercises import judging
judging.REAL_SECONDS = 0.1  # what never ends is the same after a fifth of the time
def state():
    return (os.getcwd(), asyncio.sleep, asyncio.Lock, print, input, sys.stdout, sys.gettrace(),
            sys.getrecursionlimit(), gc.isenabled(), signal.getsignal(signal.SIGTERM), os._exit,
            os.kill, random.getstate(), sorted(os.environ), warnings.filters[:1], time.sleep,
            pathlib.Path('notes.txt').read_text())
before = state()
"""
AFTERWARDS = (
    "print('as before' if state() == before else [a for a in zip(state(), before) if a[0] != a[1]])"
)


def shown(code: str) -> str:
    """A cell that prints the report, so that it can be read here."""
    return re.sub(
        r"^(account|pages|ordered)\.check\(.*\)$", r"print(\g<0>)", code, flags=re.MULTILINE
    )


@pytest.fixture(scope="module")
def kernel() -> Iterator[Kernel]:
    with started() as kernel:
        kernel.run(PREPARE)
        yield kernel


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.slow if name.rpartition(": ")[2] in SLOW else ())
        for name in cells()
        if name not in SABOTAGE
    ],
)
def test_the_kernel_lives_and_nothing_is_changed(kernel: Kernel, name: str) -> None:
    said = kernel.run(shown(cells()[name]))
    assert kernel.run(AFTERWARDS).strip() == "as before"
    if name in RAISES:
        assert said.strip().endswith(RAISES[name])
        return
    assert said.startswith(("✓", "✗", "?", "○")), said
    assert SAID.get(name, "") in said
    assert said.count("\n") < 20


@pytest.mark.slow
@pytest.mark.parametrize("name", SABOTAGE)
def test_a_broken_package_says_so_and_the_kernel_lives(name: str) -> None:
    with started() as kernel:
        kernel.run(PREPARE)
        assert kernel.run(shown(cells()[name])).startswith(("✗", "?"))
        assert kernel.run("print(6 * 7)").strip() == "42"
