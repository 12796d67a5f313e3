"""Who has solved what: `python -m authoring.results FOLDER [--csv]`.

The folder has what learners have handed in, in files that are called after them or in a folder of
their name: files of progress (`.json`), codes of progress (`.txt`: a code, or lines such as
`Anna: MFRG-G43F`) or notebooks (`.ipynb`). A notebook's answers are checked again, each notebook in
a process of its own: what the learner wrote runs on this machine.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from authoring.kernel import ROOT
from course_helpers.exercises import store
from course_helpers.exercises.catalogue import every_exercise
from course_helpers.exercises.places import TITLES, predictions
from course_helpers.exercises.progress_code import decoded
from course_helpers.exercises.store import Entry, State

SECONDS: Final = 120
"""What one notebook may take."""

_SIGNS: Final = {State.SOLVED.value: "✓", State.SOLVED_AFTER.value: "✓*", State.TRIED.value: "◐"}

Results = dict[str, dict[str, Entry]]
"""The entries of each learner, by the name of the exercise."""


def main(arguments: Sequence[str]) -> int:
    """Print the results of the folder named in `arguments`; 0 if anything could be read."""
    parser = argparse.ArgumentParser(prog="course.py results", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--csv", action="store_true")
    options = parser.parse_args(arguments)
    if not options.folder.is_dir():
        print(f"There is no folder {options.folder}.", file=sys.stderr)
        return 2
    results, unread = collect(options.folder)
    for problem in unread:
        print(problem, file=sys.stderr)
    if not results:
        print(
            f"In {options.folder} is nothing to read: files of progress (.json), codes (.txt) or "
            "notebooks (.ipynb), called after the learner or in a folder of their name.",
            file=sys.stderr,
        )
        return 1
    if options.csv:
        csv.writer(sys.stdout).writerows(rows(results))
    else:
        print("\n".join([*table(results), "", *rules(results)]))
    return 0


def collect(folder: Path) -> tuple[Results, list[str]]:
    """All results in a folder, and a sentence about each file that could not be read."""
    results: Results = {}
    unread: list[str] = []
    for path in sorted(folder.rglob("*")):
        place = path.relative_to(folder)
        if any(part.startswith(".") for part in place.parts) or not path.is_file():
            continue
        try:
            for learner, found in _read(path, place.parts[0].removesuffix(path.suffix)):
                results[learner] = store.merged(results.get(learner, {}), found)
        except (OSError, ValueError) as error:
            unread.append(f"{place} was not read: {error}.")
    return results, unread


def _read(path: Path, learner: str) -> Iterator[tuple[str, Mapping[str, Entry]]]:
    """The entries of each learner in a file; nothing of a file of another kind.

    Raises OSError or ValueError, saying why, for a file that cannot be read.
    """
    if path.suffix == ".json":
        yield learner, store.entries(json.loads(path.read_text("utf-8")))
    elif path.suffix == ".txt":
        for line in filter(str.strip, path.read_text("utf-8").splitlines()):
            name, colon, code = line.rpartition(":")
            yield (name.strip() if colon else learner), decoded(code)
    elif path.suffix == ".ipynb":
        yield learner, check(path)


def check(notebook: Path, seconds: float = SECONDS) -> dict[str, Entry]:
    """Run a notebook in a process of its own; what its exercises have found.

    Raises ValueError, saying why, for a notebook that cannot be run or takes too long.
    """
    with tempfile.TemporaryDirectory(prefix="results-", ignore_cleanup_errors=True) as folder:
        found = Path(folder) / store.NAME
        environment = {
            **os.environ,
            store.VARIABLE: str(found),
            "IPYTHONDIR": folder,
            "MPLBACKEND": "agg",
            "PYTHONPATH": str(ROOT),
        }
        command = [sys.executable, "-m", "authoring.run_answers", str(notebook.resolve())]
        with subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        ) as process:
            try:
                _, said = process.communicate(timeout=seconds)
            except subprocess.TimeoutExpired:
                process.kill()
                raise ValueError(f"it took longer than {seconds:g} s") from None
        if process.returncode:
            last = said.decode(errors="replace").strip().splitlines()[-1:]
            raise ValueError(f"it could not be run ({''.join(last)})")
        return store.entries(json.loads(found.read_text("utf-8"))) if found.exists() else {}


def table(results: Results) -> Iterator[str]:
    """Learner × exercise in lines of text, topic by topic."""
    width = max(map(len, [*results, *TITLES.values()])) + 3
    for number, (topic, title) in enumerate(TITLES.items()):
        own = [each.name for each in every_exercise() if each.name.split(".")[0] == topic]
        asked = predictions(topic)
        if not own and not asked:
            continue
        heads = ["predictions", *(name.split(".")[1] for name in own)]
        yield f"{f'{number:02} {title}':{width}}  {'  '.join(heads)}"
        for learner, known in sorted(results.items()):
            made = sum(name in known for name in asked)
            cells = [f"{made} of {len(asked)}", *(_sign(known, name) for name in own)]
            padded = [f"{cell:{len(head)}}" for cell, head in zip(cells, heads, strict=True)]
            yield f"{learner:{width}}  {'  '.join(padded)}".rstrip()
        yield ""
    yield "✓ solved  ✓* after the solution  ◐ tried  ○ not yet"


def _sign(known: Mapping[str, Entry], name: str) -> str:
    return _SIGNS.get(str(known.get(name, {}).get("state")), "○")


def rules(results: Results) -> Iterator[str]:
    """For each exercise, how many broke which rule: what to talk about next."""
    for exercise in every_exercise():
        tried = [known[exercise.name] for known in results.values() if exercise.name in known]
        broken: dict[str, int] = {}
        for entry in tried:
            for rule in store.broken_rules(entry):
                broken[rule] = broken.get(rule, 0) + 1
        if broken:
            yield f"{exercise.name}, {exercise.answers.title}:"
            for rule, count in sorted(broken.items(), key=lambda each: (-each[1], each[0])):
                yield f"  {count} of {len(tried)} broke: {rule}"


def rows(results: Results) -> Iterator[Sequence[object]]:
    """A row for each learner and exercise, with a heading: for a spreadsheet."""
    yield "learner", "exercise", "state", "day", "checks", "broken rules"
    names = [name for topic in TITLES for name in predictions(topic)]
    names += [each.name for each in every_exercise()]
    for learner, known in sorted(results.items()):
        for name in names:
            entry = known.get(name, {})
            broken = "; ".join(store.broken_rules(entry))
            state, day, checks = (entry.get(key, "") for key in ("state", "day", "checks"))
            yield learner, name, state, day, checks, broken


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
