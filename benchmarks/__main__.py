"""`python3 course.py bench [SUBJECT …]`: what everything costs, as a table in Markdown."""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable, Iterator

from benchmarks import (
    exercises,
    hub,
    imports,
    knob_in_browser,
    notebooks,
    picture_in_browser,
    predictions,
    recording,
    simulation,
    views,
)
from benchmarks.measuring import Row

SUBJECTS: dict[str, Callable[[], Iterator[Row]]] = {
    "imports": imports.rows,
    "recording": recording.rows,
    "simulation": simulation.rows,
    "views": views.rows,
    "exercises": exercises.rows,
    "predictions": predictions.rows,
    "knob_in_browser": knob_in_browser.rows,
    "picture_in_browser": picture_in_browser.rows,
    "notebooks": notebooks.rows,
    "hub": hub.rows,
}


def main(subjects: list[str]) -> int:
    """Print the rows of the subjects, or of all; returns the exit status."""
    unknown = [subject for subject in subjects if subject not in SUBJECTS]
    if unknown:
        print(f"There is no {', '.join(unknown)}: the subjects are {', '.join(SUBJECTS)}.")
        return 2
    print(f"Python {platform.python_version()}, {platform.system()}\n")
    print("| what | measured | at most |\n|---|---|---|")
    for subject in subjects or SUBJECTS:
        for row in SUBJECTS[subject]():
            print(f"| {row.what} | {row.measured} | {row.aim} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
